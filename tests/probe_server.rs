//! A language server whose handlers are slow, hang or panic on demand, behind the product's own transport and
//! admission. The end-to-end tests drive it over real stdio, to see what a handler in trouble does to the others.
//!
//! Documents are plain texts; `textDocument/hover` answers with `{version, hash}` of the text at the moment of asking.
//! Everything else is a command, see [`Probe::execute`].

#![allow(clippy::panic, reason = "panicking on demand is one of its purposes")]

use std::collections::{BTreeMap, hash_map::DefaultHasher};
use std::hash::{Hash, Hasher};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use glue_ls::server::admission::{Ending, serve};
use glue_ls::server::transport::Limits;
use serde_json::{Value, json};
use tower_lsp_server::gen_lsp_types::{
    DidChangeTextDocumentParams, DidOpenTextDocumentParams, ExecuteCommandParams, Hover, HoverParams, InitializeParams,
    InitializeResult, InitializedParams, LspNotificationMethod, LspRequestMethod, MarkupContent, MarkupKind,
    MessageDirection, Notification, Request,
};
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::{Client, LanguageServer, LspService};

/// A text document and its version.
struct Document {
    version: i32,
    text: String,
}

struct Probe {
    client: Client,
    documents: Mutex<BTreeMap<String, Document>>,
}

/// How many commands are alive, finished ones and dropped ones not counted.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

/// Counts a command for as long as its future exists.
struct Guard;

impl Guard {
    fn new() -> Self {
        ALIVE.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// `probe/flood`: `{index, text}`, sent by the command `flood`.
enum Flood {}

impl Notification for Flood {
    type Params = Value;
    const METHOD: LspNotificationMethod<'static> = LspNotificationMethod::Custom("probe/flood");
    const MESSAGE_DIRECTION: MessageDirection = MessageDirection::ServerToClient;
}

/// `probe/ask`: sent by the command `ask`.
enum Ask {}

impl Request for Ask {
    type Params = Value;
    type Result = Value;
    const METHOD: LspRequestMethod<'static> = LspRequestMethod::Custom("probe/ask");
    const MESSAGE_DIRECTION: MessageDirection = MessageDirection::ServerToClient;
}

impl Probe {
    fn documents(&self) -> MutexGuard<'_, BTreeMap<String, Document>> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The notification `probe/panic`: a handler that cannot even report its end.
    async fn panic_on_notification(&self, _: Value) {
        panic!("asked to, by a notification");
    }

    /// The notification `probe/hang`: holds the thread that polls it, for ever.
    async fn hang(&self, _: Value) {
        loop {
            std::thread::park();
        }
    }

    async fn execute(&self, command: &str, argument: Value) -> Result<Value> {
        match command {
            // `{ms}`, or nothing for one that never ends.
            "slow" => {
                let _guard = Guard::new();
                match argument["ms"].as_u64() {
                    Some(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
                    None => std::future::pending().await,
                }
                Ok(json!("slow"))
            }
            "panic" => panic!("asked to, at once"),
            "panic-later" => {
                let _guard = Guard::new();
                tokio::task::yield_now().await;
                panic!("asked to, later")
            }
            // Asks the client and answers with what the client said.
            "ask" => {
                let _guard = Guard::new();
                self.client.send_request::<Ask>(argument).await
            }
            // `{count, bytes}`: that many notifications of that size, then the answer.
            "flood" => {
                let _guard = Guard::new();
                let count = argument["count"].as_u64().unwrap_or(0);
                let size = argument["bytes"].as_u64().and_then(|size| usize::try_from(size).ok());
                let text = "x".repeat(size.unwrap_or(0));
                for index in 0..count {
                    self.client.send_notification::<Flood>(json!({ "index": index, "text": text })).await;
                }
                Ok(json!(count))
            }
            // How many of the commands above are alive.
            "count" => Ok(json!(ALIVE.load(Ordering::SeqCst))),
            other => Err(Error::invalid_params(format!("no such command: {other}"))),
        }
    }
}

impl LanguageServer for Probe {
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        Ok(InitializeResult::default())
    }

    async fn initialized(&self, _: InitializedParams) {}

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let item = params.text_document;
        let document = Document { version: item.version, text: item.text };
        self.documents().insert(item.uri.to_string(), document);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let item = params.text_document;
        let changes = json!(params.content_changes);
        if let Some(document) = self.documents().get_mut(item.text_document_identifier.uri.as_ref()) {
            for change in changes.as_array().into_iter().flatten() {
                apply(&mut document.text, change);
            }
            document.version = item.version;
        }
        // Handlers go on after they have changed the document; others then run in between.
        tokio::task::yield_now().await;
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let uri = params.text_document_position_params.text_document.uri;
        let seen = self.documents().get(uri.as_ref()).map(|document| (document.version, hash(&document.text)));
        tokio::task::yield_now().await;
        Ok(seen.map(|(version, hash)| Hover {
            contents: MarkupContent::new(
                MarkupKind::PlainText,
                json!({ "version": version, "hash": hash }).to_string(),
            )
            .into(),
            range: None,
        }))
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let argument = params.arguments.and_then(|arguments| arguments.into_iter().next());
        self.execute(&params.command, argument.unwrap_or(Value::Null)).await.map(Some)
    }
}

/// Applies one change: the whole text, or a range of it. Texts are ASCII here, so a character is a byte.
fn apply(text: &mut String, change: &Value) {
    let new = change["text"].as_str().unwrap_or_default();
    if change["range"].is_null() {
        new.clone_into(text);
        return;
    }
    let offset = |position: &Value| {
        let number = |name: &str| position[name].as_u64().and_then(|number| usize::try_from(number).ok());
        let (line, character) = (number("line").unwrap_or(0), number("character").unwrap_or(0));
        let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        (before + character).min(text.len())
    };
    let (start, end) = (offset(&change["range"]["start"]), offset(&change["range"]["end"]));
    text.replace_range(start..end, new);
}

/// The hash of a text as `hover` gives it: the same in every process built by one compiler.
fn hash(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let Ok(runtime) = runtime else {
        return ExitCode::from(2);
    };
    let (service, socket) = LspService::build(|client| Probe { client, documents: Mutex::default() })
        .custom_method("probe/panic", Probe::panic_on_notification)
        .custom_method("probe/hang", Probe::hang)
        .finish();
    // The only argument: how many requests may run at a time.
    let mut limits = Limits::default();
    if let Some(most) = std::env::args().nth(1).and_then(|argument| argument.parse().ok()) {
        limits.running_requests = most;
    }
    let outcome =
        serve(runtime.handle(), std::io::stdin(), std::io::stdout(), service, socket, &limits, &Ending::new());
    runtime.shutdown_background();
    outcome.map_or(ExitCode::from(2), |outcome| ExitCode::from(outcome.exit_code()))
}
