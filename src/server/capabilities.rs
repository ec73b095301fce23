//! What the server offers, from what the client can do.

use serde_json::Value as Json;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::text::PositionEncoding;

use super::announced::Announced;
use super::commands::COMMANDS;
use super::convert;
use super::requests::code_action::{AS_SCRIPT, FIX_ALL, RUN};
use super::requests::semantic_tokens;

/// The languages that cells of Glue notebooks have in real clients: AWS's PySpark kernel calls its own
/// `Python_Glue_Session`, which VS Code lower-cases.
const CELL_LANGUAGES: [&str; 4] = ["python", "python_glue_session", "scala", "sql"];

/// What the client can do, as far as it matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ClientSupport {
    /// Diagnostics are pulled; otherwise they are pushed, never both.
    pub(super) pulls_diagnostics: bool,
    /// Pulled diagnostics can be asked to be pulled again.
    pub(super) refreshes_diagnostics: bool,
    /// Settings can be asked for.
    pub(super) configuration: bool,
    /// Completions may hold placeholders.
    pub(super) snippets: bool,
    /// The documentation of a completion can be asked for when it is shown.
    pub(super) resolves_documentation: bool,
    /// Parameters of a signature may be given by their place in its label.
    pub(super) label_offsets: bool,
    /// Symbols may be nested.
    pub(super) nested_symbols: bool,
    /// Code actions may be edits.
    pub(super) code_action_literals: bool,
    /// The client shows runs itself, from notifications of ours (`experimental.glueLs`).
    pub(super) shows_runs: bool,
    /// Cells of notebooks can be split, by a command of the client's own (`experimental.glueLs.splitCell`).
    pub(super) splits_cells: bool,
    /// Completions may have the list opened again for what comes next (`experimental.glueLs.triggerSuggest`).
    pub(super) suggests_again: bool,
    /// The client shows outputs as HTML beside what they are (`experimental.glueLs.tables`).
    pub(super) shows_tables: bool,
    /// The client wants to know when more is known of accounts (`experimental.glueLs.accountNews`).
    pub(super) hears_account_news: bool,
    /// Progress can be shown for work that the server began.
    pub(super) progress: bool,
    /// Files can be opened.
    pub(super) shows_documents: bool,
    /// Inlay hints can be asked to be asked for again.
    pub(super) refreshes_hints: bool,
    /// Completions are put in the place of the token at the cursor, whatever their edit says.
    pub(super) takes_tokens: bool,
    /// What it understands of single members of what it is sent.
    pub(super) announced: Announced,
}

impl ClientSupport {
    pub(super) fn of(capabilities: &lsp::ClientCapabilities) -> ClientSupport {
        let text = capabilities.text_document.as_ref();
        let workspace = capabilities.workspace.as_ref();
        let completion = text.and_then(|text| text.completion.as_ref());
        let symbols = text.and_then(|text| text.document_symbol.as_ref());
        let actions = text.and_then(|text| text.code_action.as_ref());
        let window = capabilities.window.as_ref();
        let ours = capabilities.experimental.as_ref().and_then(|experimental| experimental.get("glueLs"));
        ClientSupport {
            pulls_diagnostics: text.is_some_and(|text| text.diagnostic.is_some()),
            refreshes_diagnostics: workspace
                .and_then(|workspace| workspace.diagnostics.as_ref())
                .and_then(|diagnostics| diagnostics.refresh_support)
                .unwrap_or(false),
            configuration: workspace.and_then(|workspace| workspace.configuration).unwrap_or(false),
            snippets: completion
                .and_then(|completion| completion.completion_item.as_ref())
                .and_then(|item| item.snippet_support)
                .unwrap_or(false),
            resolves_documentation: completion
                .and_then(|completion| completion.completion_item.as_ref()?.resolve_support.as_ref())
                .is_some_and(|resolve| resolve.properties.iter().any(|property| property == "documentation")),
            label_offsets: text
                .and_then(|text| text.signature_help.as_ref()?.signature_information.as_ref())
                .and_then(|information| information.parameter_information.as_ref()?.label_offset_support)
                .unwrap_or(false),
            nested_symbols: symbols.and_then(|symbols| symbols.hierarchical_document_symbol_support).unwrap_or(false),
            code_action_literals: actions.is_some_and(|actions| actions.code_action_literal_support.is_some()),
            shows_runs: ours.is_some_and(|ours| ours.is_object() || ours.as_bool() == Some(true)),
            suggests_again: ours.and_then(|ours| ours.get("triggerSuggest")?.as_bool()).unwrap_or(false),
            shows_tables: ours.and_then(|ours| ours.get("tables")?.as_bool()).unwrap_or(false),
            hears_account_news: ours.and_then(|ours| ours.get("accountNews")?.as_bool()).unwrap_or(false),
            splits_cells: ours.and_then(|ours| ours.get("splitCell")?.as_bool()).unwrap_or(false),
            progress: window.and_then(|window| window.work_done_progress).unwrap_or(false),
            shows_documents: window.and_then(|window| window.show_document.as_ref()).is_some_and(|show| show.support),
            refreshes_hints: workspace
                .and_then(|workspace| workspace.inlay_hint.as_ref())
                .and_then(|hints| hints.refresh_support)
                .unwrap_or(false),
            takes_tokens: false,
            announced: Announced::of(capabilities),
        }
    }

    /// The same, of a client that introduces itself so.
    pub(super) fn introduced(self, params: &lsp::InitializeParams) -> ClientSupport {
        ClientSupport { takes_tokens: is_jupyterlab(params), ..self }
    }
}

/// Whether a client is jupyterlab-lsp, which does not say so, but what it says nobody else does: neither name nor process, of
/// the workspace settings alone, of the window nothing.
fn is_jupyterlab(params: &lsp::InitializeParams) -> bool {
    let capabilities = &params.capabilities;
    let completion = capabilities.text_document.as_ref().and_then(|text| text.completion.as_ref());
    let item = completion.and_then(|completion| completion.completion_item.as_ref());
    let settings_alone = capabilities.workspace.as_ref().is_some_and(|workspace| {
        workspace.did_change_configuration.is_some()
            && workspace.apply_edit.is_none()
            && workspace.configuration.is_none()
    });
    params.client_info.is_none()
        && params.process_id.is_none()
        && capabilities.window.is_none()
        && settings_alone
        && item
            .is_some_and(|item| item.preselect_support == Some(false) && item.commit_characters_support == Some(true))
}

/// The member of `initializationOptions` in which users say what their editor can do and does not announce.
const SAID: &str = "clientCapabilities";

/// Takes what the user says of the editor out of an editor's settings, where it is no setting.
pub(super) fn take_said(settings: Option<&mut Json>) -> Option<Json> {
    settings?.as_object_mut()?.remove(SAID)
}

/// Adds what the user says of the editor to what it announces itself; returns what is wrong with that, for people.
pub(super) fn add_said(params: &mut lsp::InitializeParams) -> Option<String> {
    let said = take_said(params.initialization_options.as_mut())?;
    let mut all = serde_json::to_value(&params.capabilities).unwrap_or_default();
    let wrong = |why: &str| Some(format!("glue-ls settings: `{SAID}` is passed over: {why}"));
    if !said.is_object() {
        return wrong("it is an object, as `capabilities` of the protocol is");
    }
    merge(&mut all, said);
    match serde_json::from_value(all) {
        Ok(capabilities) => {
            params.capabilities = capabilities;
            None
        }
        Err(error) => wrong(&error.to_string()),
    }
}

/// Puts the members of one object into another, at all depths: JSON that was read is not deeper than its reader allows.
fn merge(into: &mut Json, from: Json) {
    match (into, from) {
        (Json::Object(into), Json::Object(from)) => {
            from.into_iter().for_each(|(name, value)| merge(into.entry(name).or_insert(Json::Null), value));
        }
        (into, from) => *into = from,
    }
}

/// Returns what the server offers.
pub(super) fn server(support: ClientSupport, encoding: PositionEncoding) -> lsp::ServerCapabilities {
    let filter = |notebook: &str| {
        lsp::NotebookSelector::NotebookDocumentFilterWithCells(lsp::NotebookDocumentFilterWithCells {
            notebook: Some(lsp::Notebook::String(notebook.to_owned())),
            cells: CELL_LANGUAGES
                .iter()
                .map(|language| lsp::NotebookCellLanguage { language: (*language).to_owned() })
                .collect(),
        })
    };
    let diagnostics = lsp::DiagnosticOptions {
        identifier: Some("glue-ls".to_owned()),
        // A setting in one cell changes what another one means.
        inter_file_dependencies: true,
        workspace_diagnostics: false,
        ..lsp::DiagnosticOptions::default()
    };
    let mut kinds = vec![
        lsp::CodeActionKind::QuickFix,
        lsp::CodeActionKind::from(FIX_ALL.to_owned()),
        lsp::CodeActionKind::RefactorRewrite,
        lsp::CodeActionKind::RefactorExtract,
        lsp::CodeActionKind::from(AS_SCRIPT.to_owned()),
    ];
    if !support.shows_runs {
        kinds.push(lsp::CodeActionKind::from(RUN.to_owned()));
    }
    lsp::ServerCapabilities {
        position_encoding: Some(convert::encoding_kind(encoding)),
        text_document_sync: Some(lsp::TextDocumentSync::Options(lsp::TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(lsp::TextDocumentSyncKind::Incremental),
            // Of project files: what they set counts once they are saved. Of notebooks' scripts: they are written back.
            save: Some(lsp::Save::Bool(true)),
            ..lsp::TextDocumentSyncOptions::default()
        })),
        notebook_document_sync: Some(lsp::NotebookDocumentSync::Options(lsp::NotebookDocumentSyncOptions {
            notebook_selector: vec![filter("jupyter-notebook"), filter("interactive")],
            save: None,
        })),
        completion_provider: Some(lsp::CompletionOptions {
            trigger_characters: Some(["%", ".", "-", ",", "\"", "'", " ", "=", "/"].map(str::to_owned).to_vec()),
            resolve_provider: Some(support.resolves_documentation),
            ..lsp::CompletionOptions::default()
        }),
        signature_help_provider: Some(lsp::SignatureHelpOptions {
            trigger_characters: Some([" ", ","].map(str::to_owned).to_vec()),
            ..lsp::SignatureHelpOptions::default()
        }),
        hover_provider: Some(true.into()),
        document_symbol_provider: Some(true.into()),
        folding_range_provider: Some(true.into()),
        selection_range_provider: Some(true.into()),
        workspace_symbol_provider: Some(true.into()),
        document_link_provider: Some(lsp::DocumentLinkOptions::default()),
        semantic_tokens_provider: Some(
            lsp::SemanticTokensOptions {
                legend: semantic_tokens::legend(),
                range: Some(true.into()),
                full: Some(true.into()),
                ..lsp::SemanticTokensOptions::default()
            }
            .into(),
        ),
        code_action_provider: Some(if support.code_action_literals {
            lsp::CodeActionProvider::CodeActionOptions(lsp::CodeActionOptions {
                code_action_kinds: Some(kinds),
                ..lsp::CodeActionOptions::default()
            })
        } else {
            lsp::CodeActionProvider::Bool(true)
        }),
        code_lens_provider: Some(lsp::CodeLensOptions::default()),
        inlay_hint_provider: Some(lsp::InlayHintProvider::Bool(true)),
        execute_command_provider: Some(lsp::ExecuteCommandOptions {
            commands: COMMANDS.iter().map(|command| command.id.to_owned()).collect(),
            ..lsp::ExecuteCommandOptions::default()
        }),
        diagnostic_provider: support
            .pulls_diagnostics
            .then_some(lsp::DiagnosticProvider::DiagnosticOptions(diagnostics)),
        ..lsp::ServerCapabilities::default()
    }
}
