//! `docs/lsp-extensions.md` lists what the server speaks.

use std::collections::BTreeSet;

use super::{between, code, files_with, read, section};

/// Returns the first column of the tables in a section, without backticks.
fn first_column(section: &str) -> BTreeSet<String> {
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(name, _)| name.to_owned()).collect()
}

/// Returns the LSP method that a method of the backend serves: `did_open` is `textDocument/didOpen`.
fn method(function: &str) -> String {
    let mut parts = function.split('_');
    let first = parts.next().unwrap().to_owned();
    let camel = |name: String, part: &str| name + &part[..1].to_uppercase() + &part[1..];
    let name = parts.fold(first, camel);
    if let Some(rest) = name.strip_prefix("notebookDid") {
        return format!("notebookDocument/did{rest}");
    }
    match name.as_str() {
        "initialize" | "initialized" | "shutdown" => name,
        "completionResolve" => "completionItem/resolve".to_owned(),
        "didChangeConfiguration" | "didChangeWatchedFiles" | "executeCommand" | "symbol" => format!("workspace/{name}"),
        "semanticTokensFull" => "textDocument/semanticTokens/full".to_owned(),
        "semanticTokensRange" => "textDocument/semanticTokens/range".to_owned(),
        _ => format!("textDocument/{name}"),
    }
}

#[test]
fn the_page_lists_the_methods_that_are_served() {
    let backend = code("src/server/backend.rs");
    let served = backend.split_once("impl LanguageServer for Backend {").unwrap().1.split_once("\n}").unwrap().0;
    let served: BTreeSet<String> = between(served, "    async fn ", "(").into_iter().map(method).collect();
    let page = read("docs/lsp-extensions.md");
    let mut listed = first_column(section(&page, "From the client"));
    // These two the transport sees to.
    assert!(listed.remove("exit") && listed.remove("$/cancelRequest"));
    assert_eq!(listed, served);
}

#[test]
fn the_page_lists_what_the_server_sends() {
    let server: String = files_with("src/server", &["rs"]).iter().map(|file| code(file)).collect();
    let page = read("docs/lsp-extensions.md");
    let calls = [
        ("publish_diagnostics(", "textDocument/publishDiagnostics"),
        ("log_message(", "window/logMessage"),
        ("show_message(", "window/showMessage"),
        ("show_document(", "window/showDocument"),
        ("apply_edit(", "workspace/applyEdit"),
        ("register_capability(", "client/registerCapability"),
        (".configuration(", "workspace/configuration"),
        ("workspace_diagnostic_refresh(", "workspace/diagnostic/refresh"),
        ("inlay_hint_refresh(", "workspace/inlayHint/refresh"),
        ("create_work_done_progress(", "window/workDoneProgress/create"),
        ("ProgressNotification", "$/progress"),
    ];
    let sent = calls.iter().filter(|(call, _)| server.contains(call)).map(|(_, method)| (*method).to_owned());
    assert_eq!(first_column(section(&page, "From the server")), sent.collect());
}

#[test]
fn the_page_lists_the_servers_own_methods_and_commands() {
    let server: String = files_with("src/server", &["rs"]).iter().map(|file| code(file)).collect();
    let page = read("docs/lsp-extensions.md");
    let root = code("src/server.rs");
    let mut own: BTreeSet<String> = between(&root, "custom_method(\"", "\"").into_iter().map(str::to_owned).collect();
    own.extend(
        between(&server, "\"glue-ls/", "\"")
            .into_iter()
            .filter(|name| name.chars().all(char::is_alphabetic))
            .map(|name| format!("glue-ls/{name}")),
    );
    assert_eq!(first_column(section(&page, "Own methods")), own);
    let mut commands: BTreeSet<String> = between(&server, "\"glue-ls.", "\"").into_iter().map(str::to_owned).collect();
    commands = commands.into_iter().map(|name| format!("glue-ls.{name}")).collect();
    assert_eq!(first_column(section(&page, "Commands")), commands);
    assert_eq!(server.contains("execute_command_provider"), !commands.is_empty());
}

#[test]
fn the_page_names_the_selectors() {
    let capabilities = code("src/server/capabilities.rs");
    let page = read("docs/lsp-extensions.md");
    let selectors = section(&page, "Notebooks");
    let languages = between(&capabilities, "const CELL_LANGUAGES: [&str; 4] = [", "]")[0];
    let types = between(&capabilities, "notebook_selector: vec![", "]")[0];
    let named: Vec<&str> = languages.split('"').skip(1).step_by(2).chain(types.split('"').skip(1).step_by(2)).collect();
    assert!(named.len() >= 6, "{named:?}");
    for name in named {
        assert!(selectors.contains(&format!("`{name}`")), "{name} is missing");
    }
}
