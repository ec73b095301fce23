//! Order: messages are handled strictly as they arrived, and none waits for another to finish.
//!
//! Every handler is polled once before the next message is looked at. Its part before the first `.await` therefore runs
//! in order of arrival: there a document changes, there a request takes its snapshot. What is not finished then goes on
//! as a task of its own. No number of slow handlers keeps a message from being admitted: behind the slow ones may stand the
//! cancellation, or the client's answer, that they wait for.
//!
//! A handler that panics costs its request an error answer and nothing else.
//!
//! The client names requests as it likes (floats, long strings, the same name twice). The service only sees ids given here,
//! which are unique, and the answer carries the client's name again.

use std::any::Any;
use std::collections::HashMap;
use std::fmt::Display;
use std::future::{poll_fn, ready};
use std::io::{Read, Write};
use std::panic::AssertUnwindSafe;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, Sink, SinkExt};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tower::Service;
use tower_lsp_server::ClientSocket;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Id, Request, Response};

use self::after::Afterwards;
pub(super) use self::after::after_answer;
use self::ending::Progress;
pub use self::ending::{Ending, Outcome};
use super::transport::message::Incoming;
use super::transport::outbox::{Answers, outbox};
use super::transport::{Arrived, Limits, start_reader, start_writer};

mod after;
mod ending;

/// The code of LSP's `RequestFailed`: correct as a request, and yet not done.
const REQUEST_FAILED: i64 = -32803;

/// What a handler leaves: an answer for a request, nothing for a notification; or the panic that ended it.
type Handled<E> = Result<Result<Option<Response>, E>, Box<dyn Any + Send>>;
type Handler<E> = BoxFuture<'static, Handled<E>>;

/// Serves one client until it says `exit`, vanishes or no longer takes messages; returns how it ended.
///
/// `service` and `socket` are the two halves that `LspService` is built as. Blocks the calling thread, which must not
/// be one of `runtime`'s: it stays responsive even if every thread of the runtime hangs in a handler. The reader and
/// the writer thread may still be blocked on their ends of the connection when this returns, and handlers may still hang;
/// so the caller ends the process (or uses `Runtime::shutdown_background`) rather than waiting for either.
///
/// # Errors
///
/// A thread could not be started.
pub fn serve<S, R, W>(
    runtime: &Handle,
    input: R,
    output: W,
    service: S,
    socket: ClientSocket,
    limits: &Limits,
    ending: &Ending,
) -> std::io::Result<Outcome>
where
    S: Service<Request, Response = Option<Response>> + Send + 'static,
    S::Error: Display + Send + 'static,
    S::Future: Send + 'static,
    R: Read + Send + 'static,
    W: Write + Send + 'static,
{
    let (own, client) = socket.split();
    let (answers, outbox, frames) = outbox(limits.outbox_bytes);

    let watch = ending.clone();
    start_writer(frames, output, move || watch.reach(Progress::OutputClosed))?;
    let (noticing, watch) = (ending.clone(), ending.clone());
    let arrived = start_reader(
        runtime,
        input,
        limits,
        move |message| match message {
            Incoming::Call { id: Some(_), method, .. } if method == "shutdown" => noticing.shutdown_requested(),
            Incoming::Call { method, .. } if method == "exit" => noticing.reach(Progress::InputClosed),
            _ => {}
        },
        move || watch.reach(Progress::InputClosed),
    )?;

    runtime.spawn(outbox.run(own));
    let admission = Admission {
        service,
        client,
        answers,
        ending: ending.clone(),
        running: HashMap::new(),
        most_running: limits.running_requests,
        tasks: JoinSet::new(),
        last_id: 0,
    };
    let admission = runtime.spawn(admission.run(arrived));

    ending.wait_for_last_message();
    // Drops handlers that still run and, with them, everything that could still answer: the output closes.
    admission.abort();
    Ok(ending.wait_for_output())
}

/// Says that no message will be handled any more, however the admission ended.
struct ReachOnDrop(Ending);

impl Drop for ReachOnDrop {
    fn drop(&mut self) {
        self.0.reach(Progress::LastMessageHandled);
    }
}

/// A request that went on as a task.
struct Running {
    /// The client's name for it.
    name: String,
    /// The service's id of it.
    id: i32,
}

/// What a finished task reports.
struct Finished {
    /// None for a notification.
    request: Option<Running>,
    panicked: bool,
}

struct Admission<S, C> {
    service: S,
    /// Takes the client's answers to requests of ours.
    client: C,
    answers: Answers,
    ending: Ending,
    /// The service's ids of requests that run as tasks, by the client's name.
    running: HashMap<String, i32>,
    most_running: usize,
    tasks: JoinSet<Finished>,
    last_id: i32,
}

impl<S, C> Admission<S, C>
where
    S: Service<Request, Response = Option<Response>> + Send + 'static,
    S::Error: Display + Send + 'static,
    S::Future: Send + 'static,
    C: Sink<Response> + Unpin,
{
    async fn run(mut self, mut arrived: mpsc::Receiver<Arrived>) {
        let _over = ReachOnDrop(self.ending.clone());
        loop {
            // A client that does not read is not served further, or what it is sent would pile up here.
            self.answers.catch_up().await;
            let next = tokio::select! {
                biased;
                Some(finished) = self.tasks.join_next() => {
                    self.reap(finished).await;
                    continue;
                }
                next = arrived.recv() => next,
            };
            let Some(Arrived { message, share }) = next else {
                break;
            };
            let exit = matches!(&message, Incoming::Call { method, .. } if method == "exit");
            self.admit(message).await;
            drop(share);
            if exit {
                return;
            }
        }
        // The client is gone; what it asked for may still be wanted by whoever reads our output.
        while self.tasks.join_next().await.is_some() {}
    }

    async fn admit(&mut self, message: Incoming) {
        match message {
            Incoming::Refused(refusals) => {
                for refusal in refusals {
                    self.answers.send(&refusal.id, &Err(refusal.error)).await;
                }
            }
            Incoming::Answer { id, outcome } => self.pass_answer(id, outcome).await,
            Incoming::Call { id: None, method, params } if method == "$/cancelRequest" => {
                self.cancel(params.as_ref()).await;
            }
            Incoming::Call { id: None, method, params } => self.notify(method, params).await,
            Incoming::Call { id: Some(id), method, params } => self.request(id, method, params).await,
        }
    }

    async fn pass_answer(&mut self, id: Value, outcome: Result<Value, Error>) {
        let id = match &id {
            Value::String(text) => Id::String(text.clone()),
            id => match whole_number(id) {
                Some(number) => Id::Number(number),
                None => {
                    tracing::warn!("the client answered a request that was never sent: id {id}");
                    return;
                }
            },
        };
        // Refused only after `exit`, when nobody waits any more.
        let _ = self.client.send(Response::from_parts(id, outcome)).await;
    }

    /// Tells the service to drop a handler; its answer is then made by the service.
    async fn cancel(&mut self, params: Option<&Value>) {
        let id = params.and_then(|params| params.get("id")).and_then(|id| self.running.get(&name_of(id)));
        if let Some(&id) = id {
            self.forget(id).await;
        }
    }

    /// Makes the service drop what it keeps for a request.
    async fn forget(&mut self, id: i32) {
        let cancel = Request::build("$/cancelRequest").params(json!({ "id": id })).finish();
        if let Some(handler) = self.call(cancel).await {
            let _ = handler.await;
        }
    }

    async fn notify(&mut self, method: String, params: Option<Value>) {
        let Some(mut handler) = self.call(build(method.clone(), params, None)).await else {
            return;
        };
        match (&mut handler).now_or_never() {
            Some(done) => {
                conclude_notification(&method, done);
            }
            None => {
                self.tasks.spawn(async move {
                    let panicked = conclude_notification(&method, handler.await);
                    Finished { request: None, panicked }
                });
            }
        }
    }

    async fn request(&mut self, name: Value, method: String, params: Option<Value>) {
        // However many are running, a client can always ask the server to end.
        if self.running.len() >= self.most_running && method != "shutdown" {
            let message = format!("{} requests are unanswered already; `{method}` was not started", self.most_running);
            self.answers.send(&name, &Err(failure(ErrorCode::from(REQUEST_FAILED), message))).await;
            return;
        }
        let initialize = method == "initialize";
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        let id = self.last_id;
        let Some(handler) = self.call(build(method.clone(), params, Some(id))).await else {
            return;
        };
        let afterwards = Afterwards::default();
        let mut handler = afterwards.of(handler).boxed();
        // The protocol lets nothing be handled before the answer to `initialize`.
        let first = if initialize { Some((&mut handler).await) } else { (&mut handler).now_or_never() };
        if let Some(done) = first {
            let (outcome, panicked) = conclude_request(&method, done);
            if panicked {
                self.forget(id).await;
            }
            self.answers.send(&name, &outcome).await;
            return;
        }
        let answers = self.answers.clone();
        let running = Running { name: name_of(&name), id };
        self.running.insert(running.name.clone(), id);
        self.tasks.spawn(async move {
            let (outcome, panicked) = conclude_request(&method, handler.await);
            answers.send(&name, &outcome).await;
            drop(afterwards);
            Finished { request: Some(running), panicked }
        });
    }

    /// Returns the service's handler for `request`, not yet polled; none if the service takes no more.
    async fn call(&mut self, request: Request) -> Option<Handler<S::Error>> {
        if let Err(error) = poll_fn(|context| self.service.poll_ready(context)).await {
            tracing::warn!("`{}` was not handled: {error}", request.method());
            return None;
        }
        let called = std::panic::catch_unwind(AssertUnwindSafe(|| self.service.call(request)));
        Some(match called {
            Ok(handler) => AssertUnwindSafe(handler).catch_unwind().boxed(),
            Err(panic) => ready(Err(panic)).boxed(),
        })
    }

    async fn reap(&mut self, finished: Result<Finished, tokio::task::JoinError>) {
        // Tasks catch panics themselves and are never aborted one by one, so there is always a report.
        let Ok(Finished { request: Some(Running { name, id }), panicked }) = finished else {
            return;
        };
        if self.running.get(&name) == Some(&id) {
            self.running.remove(&name);
        }
        if panicked {
            self.forget(id).await;
        }
    }
}

fn build(method: String, params: Option<Value>, id: Option<i32>) -> Request {
    let mut request = Request::build(method);
    if let Some(params) = params {
        request = request.params(params);
    }
    if let Some(id) = id {
        request = request.id(i64::from(id));
    }
    request.finish()
}

/// Returns the answer to a request, and whether its handler panicked.
fn conclude_request<E: Display>(method: &str, done: Handled<E>) -> (Result<Value, Error>, bool) {
    match done {
        Ok(Ok(Some(response))) => (response.into_parts().1, false),
        // A request must be answered, also one in the protocol's own name space, about which the service is silent.
        Ok(Ok(None)) => {
            (Err(failure(ErrorCode::MethodNotFound, format!("`{method}` is not a request known here"))), false)
        }
        Ok(Err(error)) => (Err(failure(ErrorCode::InvalidRequest, error.to_string())), false),
        Err(panic) => {
            tracing::error!("the handler of `{method}` panicked: {}", panic_text(panic.as_ref()));
            let message = format!("`{method}` failed because of a defect in the server; its log says more");
            (Err(failure(ErrorCode::InternalError, message)), true)
        }
    }
}

/// Logs how a notification's handler went wrong; returns whether it panicked.
fn conclude_notification<E: Display>(method: &str, done: Handled<E>) -> bool {
    match done {
        Ok(Ok(_)) => false,
        Ok(Err(error)) => {
            tracing::warn!("`{method}` was not handled: {error}");
            false
        }
        Err(panic) => {
            tracing::error!("the handler of `{method}` panicked: {}", panic_text(panic.as_ref()));
            true
        }
    }
}

fn failure(code: ErrorCode, message: String) -> Error {
    Error { code, message: message.into(), data: None }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// The key of a request: its id as JSON, with whole numbers in one spelling.
fn name_of(id: &Value) -> String {
    whole_number(id).map_or_else(|| id.to_string(), |number| number.to_string())
}

fn whole_number(id: &Value) -> Option<i64> {
    // Beyond this, a float does not stand for one whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    id.as_i64().or_else(|| {
        let number = id.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < EXACT)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole, and in range, as checked")]
        Some(number as i64)
    })
}
