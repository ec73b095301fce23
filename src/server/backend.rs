//! The protocol's table of contents: each method forwards to the world or to a file under `requests`.
//!
//! Notifications that change documents do so before their first `.await`; requests take their view as
//! their first step. Admission polls both in order of arrival, so each request sees exactly the edits
//! that came before it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use tokio::sync::mpsc;
use tower_lsp_server::gen_lsp_types as lsp;
use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::{Client, LanguageServer};

use crate::run::Which;
use crate::settings::{Source, is_project_file};
use crate::text::Position;

use super::announce;
use super::announced::Announced;
use super::answers;
use super::capabilities::{self, ClientSupport};
use super::commands;
use super::convert;
use super::desk::Desk;
use super::observed;
use super::publish;
use super::requests;
use super::runs::{Runs, Told, lock};
use super::scripts;
use super::uri::file_path;
use super::view::View;
use super::world::{Others, Touched, World};

/// The server.
pub(super) struct Backend {
    desk: Desk,
    /// What runs tell, until somebody listens.
    told: Mutex<Option<mpsc::UnboundedReceiver<Told>>>,
    /// The folders that are open.
    folders: OnceLock<Vec<PathBuf>>,
    /// What is wrong with what the user says of the client.
    complaint: OnceLock<Option<String>>,
    /// The symbols of files that are not open.
    files: Arc<requests::workspace_symbol::Files>,
}

impl Backend {
    pub(super) fn new(client: Client) -> Backend {
        let (sender, told) = mpsc::unbounded_channel();
        Backend {
            desk: Desk::new(client, Runs::new(sender)),
            told: Mutex::new(Some(told)),
            folders: OnceLock::new(),
            complaint: OnceLock::new(),
            files: Arc::default(),
        }
    }

    /// Returns what the runs of this client are kept in.
    pub(super) fn desk(&self) -> &Desk {
        &self.desk
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.desk.world()
    }

    fn support(&self) -> ClientSupport {
        self.desk.support()
    }

    fn announced(&self) -> Announced {
        self.support().announced
    }

    /// Returns the document as it is now, and remembers that the user was there.
    fn view(&self, uri: &lsp::Uri, position: Option<Position>) -> Option<View> {
        self.desk.remember(&uri.0, position);
        self.desk.view(&uri.0)
    }

    fn show(&self, touched: Touched) {
        if touched.others != Others::None && self.support().refreshes_hints {
            self.desk.dirty().mark_hints();
        }
        self.desk.show(touched);
    }

    async fn ask_configuration(&self) {
        if !self.support().configuration {
            return;
        }
        let item = lsp::ConfigurationItem { section: Some("glue-ls".to_owned()), ..lsp::ConfigurationItem::default() };
        if let Ok(mut values) = self.desk.client().configuration(vec![item]).await
            && let Some(mut value) = values.pop().filter(|value| value.is_object())
        {
            capabilities::take_said(Some(&mut value));
            self.desk.give(Source::Client, Some(value));
            self.desk.settle();
            self.desk.take_back(None);
        }
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let mut params = params;
        let complaint = capabilities::add_said(&mut params);
        let folders = folders(&params);
        let support = ClientSupport::of(&params.capabilities).introduced(&params);
        let encoding = convert::choose_encoding(&params.capabilities);
        self.world().set_encoding(encoding);
        if let Some(process) = params.process_id.and_then(|process| u32::try_from(process).ok()) {
            let _ = self.desk.client_process().send_replace(Some(process));
        }
        self.desk.begin(support, folders.first().cloned());
        let _ = self.folders.set(folders);
        self.desk.give(Source::Start, params.initialization_options);
        let _ = self.complaint.set(complaint);
        if !support.pulls_diagnostics {
            tokio::spawn(publish::run(self.desk.clone()));
        } else if support.refreshes_diagnostics {
            tokio::spawn(publish::refresh(self.desk.clone()));
        }
        if support.refreshes_hints {
            tokio::spawn(publish::refresh_hints(self.desk.clone()));
        }
        if let Some(told) = lock(&self.told).take() {
            tokio::spawn(announce::run(self.desk.clone(), told));
            tokio::spawn(announce::accounts(self.desk.clone()));
            tokio::spawn(observed::announce(self.desk.clone()));
        }
        Ok(lsp::InitializeResult {
            capabilities: capabilities::server(support, encoding),
            server_info: Some(lsp::ServerInfo {
                name: "glue-ls".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        })
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        if let Some(Some(complaint)) = self.complaint.get() {
            self.desk.log(lsp::MessageType::Warning, complaint.clone());
        }
        self.desk.settle();
        self.desk.take_back(None);
        tokio::spawn(announce::survivors(self.desk.clone()));
        self.ask_configuration().await;
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_change_configuration(&self, params: lsp::DidChangeConfigurationParams) {
        if self.support().configuration {
            self.ask_configuration().await;
            return;
        }
        // Clients without the request send the values along, with or without our section around them.
        let settings = params.settings;
        let mut ours = settings.get("glue-ls").cloned().unwrap_or(settings);
        capabilities::take_said(Some(&mut ours));
        if ours.is_object() {
            self.desk.give(Source::Client, Some(ours));
            self.desk.settle();
            self.desk.take_back(None);
        }
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        if !is_project_file(&params.text_document.uri.0) {
            self.desk.remember(&params.text_document.uri.0, Some(Position { line: 0, character: 0 }));
        }
        let touched = self.world().open_text(&params.text_document);
        self.show(touched);
        self.desk.take_back(Some(&params.text_document.uri.0));
        self.desk.warm(&params.text_document.uri.0);
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        let place = params.content_changes.last().and_then(|change| convert::content_change(change).0);
        let uri = &params.text_document.text_document_identifier.uri.0;
        // Nobody means a project file where cells are to be run.
        if !is_project_file(uri) {
            self.desk.remember(uri, place.map(|range| range.start));
        }
        let touched = self.world().change_text(&params);
        self.show(touched);
        self.desk.warm_again(uri);
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        let uri = params.text_document.uri.0;
        self.world().close_text(&uri);
        self.desk.withdraw_offers(&uri);
        lock(&self.desk.runs().results).forget(&uri);
        self.show(Touched { documents: vec![uri], others: Others::None });
    }

    async fn did_save(&self, params: lsp::DidSaveTextDocumentParams) {
        if is_project_file(&params.text_document.uri.0) {
            self.desk.settle();
        }
        scripts::saved(self.desk.clone(), params.text_document.uri.0).await;
    }

    async fn did_change_watched_files(&self, params: lsp::DidChangeWatchedFilesParams) {
        if params.changes.iter().any(|change| is_project_file(&change.uri.0)) {
            self.desk.settle();
        }
    }

    async fn notebook_did_open(&self, params: lsp::DidOpenNotebookDocumentParams) {
        self.desk.remember(&params.notebook_document.uri.0, None);
        let touched = self.world().open_notebook(&params);
        self.show(touched);
        self.desk.take_back(Some(&params.notebook_document.uri.0));
        // Its kernel may have gone on while it was closed.
        observed::tell(&self.desk, &params.notebook_document.uri.0);
        self.desk.warm(&params.notebook_document.uri.0);
    }

    async fn notebook_did_change(&self, params: lsp::DidChangeNotebookDocumentParams) {
        let edited = params.change.cells.as_ref().and_then(|cells| cells.text_content.as_ref()?.last());
        if let Some(cell) = edited {
            self.desk.remember(&cell.document.text_document_identifier.uri.0, None);
        }
        let touched = self.world().change_notebook(&params);
        if touched != Touched::default() {
            self.show(touched);
            self.desk.warm_again(&params.notebook_document.uri.0);
        }
    }

    async fn notebook_did_save(&self, _: lsp::DidSaveNotebookDocumentParams) {}

    async fn notebook_did_close(&self, params: lsp::DidCloseNotebookDocumentParams) {
        let documents = self.world().close_notebook(&params);
        self.desk.withdraw_offers(&params.notebook_document.uri.0);
        lock(&self.desk.runs().results).forget(&params.notebook_document.uri.0);
        self.show(Touched { documents, others: Others::None });
    }

    async fn diagnostic(&self, params: lsp::DocumentDiagnosticParams) -> Result<lsp::DocumentDiagnosticReport> {
        // Editors ask for the diagnostics of all that is open: it says nothing of where the user is.
        let uri = &params.text_document.uri.0;
        if let Some((file, encoding)) = self.world().project_file(uri) {
            let problems = requests::project_file::diagnostics(&file.rope, encoding);
            return Ok(requests::diagnostic::report(self.announced().diagnostics(uri, problems)));
        }
        let view = self.desk.view(uri);
        let problems = view.as_ref().map(View::diagnostics).unwrap_or_default();
        Ok(requests::diagnostic::report(self.announced().diagnostics(uri, problems)))
    }

    async fn completion(&self, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
        let at = &params.text_document_position_params;
        if let Some((file, encoding)) = self.world().project_file(&at.text_document.uri.0) {
            let found = requests::project_file::completion(&file.rope, encoding, convert::position(at.position));
            return Ok(Some(self.announced().completions(found)));
        }
        let view = self.view(&at.text_document.uri, Some(convert::position(at.position)));
        let prices = self.world().settings().prices();
        let position = convert::position(at.position);
        let typed = params.context.as_ref().and_then(|context| context.trigger_character.as_deref());
        Ok(view.map(|view| {
            let uri = &at.text_document.uri.0;
            let found = requests::completion::handle(&view, uri, position, typed, self.support(), &prices);
            self.announced().completions(found)
        }))
    }

    async fn completion_resolve(&self, item: lsp::CompletionItem) -> Result<lsp::CompletionItem> {
        let prices = self.world().settings().prices();
        Ok(self.announced().completion(requests::completion::resolve(item, &prices)))
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        let at = &params.text_document_position_params;
        if let Some((file, encoding)) = self.world().project_file(&at.text_document.uri.0) {
            let hover = requests::project_file::hover(&file.rope, encoding, convert::position(at.position));
            return Ok(hover.map(|hover| self.announced().hover(hover)));
        }
        let view = self.view(&at.text_document.uri, Some(convert::position(at.position)));
        let prices = self.world().settings().prices();
        let hover = view.and_then(|view| requests::hover::handle(&view, convert::position(at.position), &prices));
        Ok(hover.map(|hover| self.announced().hover(hover)))
    }

    async fn signature_help(&self, params: lsp::SignatureHelpParams) -> Result<Option<lsp::SignatureHelp>> {
        let at = &params.text_document_position_params;
        let position = convert::position(at.position);
        let view = self.view(&at.text_document.uri, Some(position));
        let help = view.and_then(|view| requests::signature_help::handle(&view, position, self.support()));
        Ok(help.map(|help| self.announced().signatures(help)))
    }

    async fn document_symbol(&self, params: lsp::DocumentSymbolParams) -> Result<Option<lsp::DocumentSymbolResponse>> {
        let view = self.view(&params.text_document.uri, None);
        let found = view.map(|view| requests::document_symbol::handle(&view, params.text_document.uri, self.support()));
        Ok(found.map(|found| self.announced().symbols(found)))
    }

    async fn folding_range(&self, params: lsp::FoldingRangeParams) -> Result<Option<Vec<lsp::FoldingRange>>> {
        let view = self.view(&params.text_document.uri, None);
        Ok(view.map(|view| requests::folding_range::handle(&view)))
    }

    async fn code_action(&self, params: lsp::CodeActionParams) -> Result<Option<Vec<lsp::CodeActionResponse>>> {
        if let Some((file, encoding)) = self.world().project_file(&params.text_document.uri.0) {
            let fixes = requests::project_file::fixes(&file.rope, encoding, &params);
            return Ok(Some(self.announced().actions(&params.text_document.uri.0, fixes)));
        }
        let view = self.view(&params.text_document.uri, Some(convert::position(params.range.start)));
        let environment = self.world().environment();
        let uris = || self.world().runnable(&params.text_document.uri.0).and_then(|document| document.cell_uris);
        let uri = &params.text_document.uri.0;
        let offered = self.desk.offered(uri);
        let handle = |view| {
            let found = requests::code_action::handle(&view, &params, self.support(), &environment, &uris, &offered);
            self.announced().actions(uri, found)
        };
        Ok(view.map(handle))
    }

    async fn semantic_tokens_full(&self, params: lsp::SemanticTokensParams) -> Result<Option<lsp::SemanticTokens>> {
        // Asked for whatever is on the screen: it says nothing of where the user is.
        let view = self.desk.view(&params.text_document.uri.0);
        Ok(view.map(|view| requests::semantic_tokens::handle(&view, None)))
    }

    async fn semantic_tokens_range(
        &self,
        params: lsp::SemanticTokensRangeParams,
    ) -> Result<Option<lsp::SemanticTokens>> {
        let view = self.desk.view(&params.text_document.uri.0);
        Ok(view.map(|view| requests::semantic_tokens::handle(&view, Some(params.range))))
    }

    async fn document_link(&self, params: lsp::DocumentLinkParams) -> Result<Option<Vec<lsp::DocumentLink>>> {
        let view = self.desk.view(&params.text_document.uri.0);
        Ok(view.map(|view| self.announced().links(requests::document_link::handle(&view))))
    }

    async fn selection_range(&self, params: lsp::SelectionRangeParams) -> Result<Option<Vec<lsp::SelectionRange>>> {
        let first = params.positions.first().map(|position| convert::position(*position));
        let view = self.view(&params.text_document.uri, first);
        Ok(view.map(|view| requests::selection_range::handle(&view, &params.positions)))
    }

    async fn symbol(&self, params: lsp::WorkspaceSymbolParams) -> Result<Option<lsp::WorkspaceSymbolResponse>> {
        let search = {
            let mut world = self.world();
            requests::workspace_symbol::Search {
                views: world.views(),
                open: world.open_uris(),
                folders: self.folders.get().cloned().unwrap_or_default(),
                encoding: world.encoding(),
                environment: world.environment(),
            }
        };
        let found = requests::workspace_symbol::handle(search, params.query, self.files.clone()).await;
        Ok(found.map(|found| self.announced().workspace_symbols(found)))
    }

    async fn code_lens(&self, params: lsp::CodeLensParams) -> Result<Option<Vec<lsp::CodeLens>>> {
        let view = self.view(&params.text_document.uri, None);
        let settings = self.world().settings().clone();
        Ok(view.map(|view| requests::code_lens::handle(&view, &params.text_document.uri.0, &settings)))
    }

    async fn inlay_hint(&self, params: lsp::InlayHintParams) -> Result<Option<Vec<lsp::InlayHint>>> {
        let view = self.view(&params.text_document.uri, None);
        let settings = self.world().settings().clone();
        let shown = !self.support().shows_runs && settings.result_hints;
        let results = lock(&self.desk.runs().results);
        let hints = view.map(|view| requests::inlay_hint::handle(&view, &params, shown.then_some(&results), &settings));
        Ok(hints.map(|hints| self.announced().hints(hints)))
    }

    async fn execute_command(&self, params: lsp::ExecuteCommandParams) -> Result<Option<lsp::LspAny>> {
        if self.support().shows_runs {
            let done = commands::execute(&params.command, params.arguments, self.desk.clone())?;
            return Ok(Some(done.await?));
        }
        let named = params.arguments.iter().flatten().find_map(|argument| argument["uri"].as_str());
        if let Some(uri) = named.map(str::to_owned).or_else(|| self.desk.last_place().map(|(uri, _)| uri)) {
            self.desk.withdraw_offers(&uri);
        }
        let answer = match commands::execute(&params.command, params.arguments, self.desk.clone()) {
            Ok(done) => done.await,
            Err(error) => Err(error),
        };
        answers::tell(&self.desk, &params.command, &answer);
        Ok(Some(answer?))
    }
}

impl Backend {
    /// `glue-ls/observed`: a kernel that is not ours runs a cell of a notebook.
    pub(super) async fn observed(&self, params: serde_json::Value) {
        observed::observe(&self.desk, &params);
    }

    /// `window/workDoneProgress/cancel`: the user has pressed the button beside a run.
    pub(super) async fn work_done_progress_cancel(&self, params: lsp::WorkDoneProgressCancelParams) {
        if let Some(batch) = announce::batch_of(&params.token) {
            let runs = self.desk.runs();
            if let Some(runner) = runs.document_of(batch).and_then(|document| runs.existing(&document)) {
                runner.cancel(Which::Batch(batch));
            }
        }
    }
}

/// Returns the folders that the client has open, the first of them its root.
#[expect(deprecated, reason = "older clients send nothing else")]
fn folders(params: &lsp::InitializeParams) -> Vec<PathBuf> {
    let uris: Vec<&lsp::Uri> = match &params.workspace_folders_initialize_params.workspace_folders {
        Some(lsp::WorkspaceFolders::WorkspaceFolderList(list)) if !list.is_empty() => {
            list.iter().map(|folder| &folder.uri).collect()
        }
        _ => params.root_uri.iter().collect(),
    };
    uris.into_iter().filter_map(|uri| file_path(&uri.0)).collect()
}
