//! The protocol's table of contents: each method forwards to the world or to a file under `requests`.
//!
//! Notifications that change documents do so before their first `.await`; requests take their view as
//! their first step. Admission polls both in order of arrival, so each request sees exactly the edits
//! that came before it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value as Json;
use tower_lsp_server::gen_lsp_types as lsp;
use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::{Client, LanguageServer};

use crate::settings::{Settings, find_project_file};

use super::capabilities::{self, ClientSupport};
use super::convert;
use super::publish::{self, Dirty};
use super::requests;
use super::view::View;
use super::world::{Others, Touched, World};

/// The server.
pub(super) struct Backend {
    client: Client,
    world: Arc<Mutex<World>>,
    dirty: Arc<Dirty>,
    support: OnceLock<ClientSupport>,
    /// The folder whose project file counts.
    root: OnceLock<Option<PathBuf>>,
    /// What `initialize` and the client's configuration said last, in this order.
    given: Mutex<[Option<Json>; 2]>,
}

impl Backend {
    pub(super) fn new(client: Client) -> Backend {
        Backend {
            client,
            world: Arc::default(),
            dirty: Arc::default(),
            support: OnceLock::new(),
            root: OnceLock::new(),
            given: Mutex::default(),
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // A panic while the lock was held left documents as they were before or after an edit.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn support(&self) -> ClientSupport {
        self.support.get().copied().unwrap_or_default()
    }

    fn view(&self, uri: &lsp::Uri) -> Option<View> {
        self.world().view(&uri.0)
    }

    /// Sends new diagnostics on their way. Never waits for the client.
    fn show(&self, touched: Touched) {
        let support = self.support();
        if !support.pulls_diagnostics {
            let documents = self.world().all_touched(touched);
            self.dirty.mark(documents);
        } else if touched.others != Others::None && support.refreshes_diagnostics {
            self.dirty.mark_all();
        }
    }

    /// Puts the settings together anew: `initialize`, then the client's configuration, then the project
    /// file.
    fn settle(&self) {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let file = self.root.get().and_then(Option::as_deref).and_then(find_project_file);
        let project = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        let mut settings = Settings::default();
        let mut complaints: Vec<String> = given.iter().flatten().flat_map(|value| settings.merge(value)).collect();
        if let (Some(file), Some(text)) = (&file, &project) {
            let named = |complaint: String| format!("{}: {complaint}", file.display());
            complaints.extend(settings.merge_project_file(text).into_iter().map(named));
        }
        for complaint in complaints {
            let client = self.client.clone();
            tokio::spawn(async move {
                client.log_message(lsp::MessageType::Warning, format!("glue-ls settings: {complaint}")).await;
            });
        }
        let touched = self.world().configure(settings);
        self.show(touched);
    }

    async fn ask_configuration(&self) {
        if !self.support().configuration {
            return;
        }
        let item = lsp::ConfigurationItem { section: Some("glue-ls".to_owned()), ..lsp::ConfigurationItem::default() };
        if let Ok(mut values) = self.client.configuration(vec![item]).await
            && let Some(value) = values.pop().filter(|value| value.is_object())
        {
            self.given.lock().unwrap_or_else(PoisonError::into_inner)[1] = Some(value);
            self.settle();
        }
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let support = ClientSupport::of(&params.capabilities);
        let encoding = convert::choose_encoding(&params.capabilities);
        self.world().set_encoding(encoding);
        let _ = self.support.set(support);
        let _ = self.root.set(root(&params));
        self.given.lock().unwrap_or_else(PoisonError::into_inner)[0] = params.initialization_options;
        if !support.pulls_diagnostics {
            tokio::spawn(publish::run(self.client.clone(), self.world.clone(), self.dirty.clone()));
        } else if support.refreshes_diagnostics {
            tokio::spawn(publish::refresh(self.client.clone(), self.dirty.clone()));
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
        self.settle();
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
        let ours = settings.get("glue-ls").cloned().unwrap_or(settings);
        if ours.is_object() {
            self.given.lock().unwrap_or_else(PoisonError::into_inner)[1] = Some(ours);
            self.settle();
        }
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        let touched = self.world().open_text(&params.text_document);
        self.show(touched);
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        let touched = self.world().change_text(&params);
        self.show(touched);
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        let uri = params.text_document.uri.0;
        self.world().close_text(&uri);
        self.show(Touched { documents: vec![uri], others: Others::None });
    }

    async fn did_save(&self, _: lsp::DidSaveTextDocumentParams) {}

    async fn notebook_did_open(&self, params: lsp::DidOpenNotebookDocumentParams) {
        let touched = self.world().open_notebook(&params);
        self.show(touched);
    }

    async fn notebook_did_change(&self, params: lsp::DidChangeNotebookDocumentParams) {
        let touched = self.world().change_notebook(&params);
        if touched != Touched::default() {
            self.show(touched);
        }
    }

    async fn notebook_did_save(&self, _: lsp::DidSaveNotebookDocumentParams) {}

    async fn notebook_did_close(&self, params: lsp::DidCloseNotebookDocumentParams) {
        let documents = self.world().close_notebook(&params);
        self.show(Touched { documents, others: Others::None });
    }

    async fn diagnostic(&self, params: lsp::DocumentDiagnosticParams) -> Result<lsp::DocumentDiagnosticReport> {
        let view = self.view(&params.text_document.uri);
        Ok(requests::diagnostic::handle(view.as_ref()))
    }

    async fn completion(&self, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
        let at = &params.text_document_position_params;
        let view = self.view(&at.text_document.uri);
        Ok(view.map(|view| requests::completion::handle(&view, convert::position(at.position), self.support())))
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        let at = &params.text_document_position_params;
        let view = self.view(&at.text_document.uri);
        Ok(view.and_then(|view| requests::hover::handle(&view, convert::position(at.position))))
    }

    async fn document_symbol(&self, params: lsp::DocumentSymbolParams) -> Result<Option<lsp::DocumentSymbolResponse>> {
        let view = self.view(&params.text_document.uri);
        Ok(view.map(|view| requests::document_symbol::handle(&view, params.text_document.uri, self.support())))
    }

    async fn folding_range(&self, params: lsp::FoldingRangeParams) -> Result<Option<Vec<lsp::FoldingRange>>> {
        let view = self.view(&params.text_document.uri);
        Ok(view.map(|view| requests::folding_range::handle(&view)))
    }

    async fn code_action(&self, params: lsp::CodeActionParams) -> Result<Option<Vec<lsp::CodeActionResponse>>> {
        let view = self.view(&params.text_document.uri);
        Ok(view.map(|view| requests::code_action::handle(&view, &params)))
    }
}

/// Returns the folder that the client has open.
#[expect(deprecated, reason = "older clients send nothing else")]
fn root(params: &lsp::InitializeParams) -> Option<PathBuf> {
    let folders = params.workspace_folders_initialize_params.workspace_folders.as_ref();
    let folder = folders.and_then(|folders| match folders {
        lsp::WorkspaceFolders::WorkspaceFolderList(list) => list.first().map(|folder| folder.uri.clone()),
        _ => None,
    });
    let uri = folder.or_else(|| params.root_uri.clone())?;
    file_path(&uri.0)
}

/// Returns the path of a `file:` URI.
fn file_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let path = rest.find('/').map(|at| &rest[at..])?;
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let path = String::from_utf8(bytes).ok()?;
    // `file:///C:/x` is `C:/x` on Windows.
    let drive = path.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(if cfg!(windows) && drive { &path[1..] } else { &path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_uri_is_a_path() {
        assert_eq!(file_path("file:///a%20b/c"), Some(PathBuf::from("/a b/c")));
        assert_eq!(file_path("file://host/a"), Some(PathBuf::from("/a")));
        assert_eq!(file_path("untitled:x"), None);
        assert_eq!(file_path("file:///%zz"), None);
    }
}
