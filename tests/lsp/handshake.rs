//! What the server offers, by what the client says it can do.

use serde_json::{Value, json};

use super::editor::{Editor, pulling, pushing};

fn encoding(offered: &[&str]) -> Value {
    let mut capabilities = pulling();
    capabilities["general"]["positionEncodings"] = json!(offered);
    let mut editor = Editor::new(capabilities);
    editor.server["capabilities"]["positionEncoding"].take()
}

#[test]
fn notebooks_of_every_glue_kernel_are_synced() {
    let editor = Editor::new(pulling());
    let server = &editor.server["capabilities"];
    let selectors = server["notebookDocumentSync"]["notebookSelector"].as_array().unwrap();
    assert!(!selectors.is_empty());
    for selector in selectors {
        let languages: Vec<&str> =
            selector["cells"].as_array().unwrap().iter().map(|cell| cell["language"].as_str().unwrap()).collect();
        for language in ["python", "python_glue_session", "scala"] {
            assert!(languages.contains(&language), "{language} is missing in {selector}");
        }
    }
    assert!(selectors.iter().any(|selector| selector["notebook"] == "jupyter-notebook"), "{selectors:?}");
    assert_eq!(server["textDocumentSync"]["openClose"], true);
    assert_eq!(server["textDocumentSync"]["change"], 2, "edits come as edits");
    assert_eq!(editor.server["serverInfo"]["name"], "glue-ls");
    assert_eq!(editor.server["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn characters_are_counted_as_the_client_can() {
    assert_eq!(encoding(&["utf-16"]), "utf-16");
    assert_eq!(encoding(&["utf-16", "utf-8"]), "utf-8");
    assert_eq!(encoding(&["utf-8", "utf-32", "utf-16"]), "utf-8");
    assert_eq!(encoding(&["utf-32"]), "utf-32");
    // A client that says nothing, or that says what nobody knows, counts as the protocol always did.
    assert_eq!(encoding(&[]), "utf-16");
    assert_eq!(encoding(&["utf-7"]), "utf-16");
    let editor = Editor::new(json!({}));
    assert_eq!(editor.server["capabilities"]["positionEncoding"], "utf-16");
}

#[test]
fn diagnostics_are_offered_for_pulling_to_those_who_pull() {
    let editor = Editor::new(pulling());
    let provider = &editor.server["capabilities"]["diagnosticProvider"];
    assert_eq!(provider["interFileDependencies"], true, "a cell's settings concern the others");
    assert_eq!(provider["workspaceDiagnostics"], false);
    let editor = Editor::new(pushing());
    assert_eq!(editor.server["capabilities"].get("diagnosticProvider"), None);
}

#[test]
fn a_client_that_can_nothing_is_served() {
    let mut editor = Editor::new(json!({}));
    let uri = "file:///ws/job.py";
    editor.open(uri, "python", "# %%\n# %glue_version 4.0\n# %workertype G.1X\n");
    let published = editor.settle();
    assert_eq!(published[uri], ["unknown-magic 2:3-2:13"]);
    let symbols = editor.client.call("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(symbols[0]["location"]["uri"], uri, "symbols are flat: {symbols}");
    let list = editor.ask("textDocument/completion", uri, 2, 4);
    for item in list["items"].as_array().unwrap() {
        assert!(item.get("insertTextFormat").is_none(), "placeholders were not announced: {item}");
    }
}
