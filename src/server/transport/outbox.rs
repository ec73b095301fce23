//! The way out: one place where messages become bytes, one budget, one thread that writes.
//!
//! Answers and what handlers send on their own meet in [`Outbox::run`], which keeps an order that clients can rely on:
//! what a handler sent before it returned goes out before its answer.

use std::io::Write;
use std::sync::Arc;

use futures_util::{FutureExt, Stream, StreamExt};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tower_lsp_server::jsonrpc::{Error, Request};

/// How many of the handlers' own messages go out ahead of one answer at most, so that a handler that never
/// stops sending cannot hold back answers for ever.
const AHEAD_OF_AN_ANSWER: usize = 256;

/// What a frame takes beside its body, in bytes, roughly: small messages must not slip through the budget.
const FRAME_OVERHEAD: usize = 128;

/// A frame on its way to the client, with its share of the budget.
struct Frame {
    bytes: Vec<u8>,
    /// Given back when the bytes are written.
    _share: OwnedSemaphorePermit,
}

/// Where answers are handed in. The way out closes when every clone is gone.
#[derive(Clone)]
pub(crate) struct Answers {
    sender: mpsc::Sender<Handed>,
}

/// What is handed in beside the handlers' own messages.
enum Handed {
    /// The body of an answer.
    Answer(Vec<u8>),
    /// Someone waits until what was sent so far has found room.
    CatchUp(oneshot::Sender<()>),
}

impl Answers {
    /// Sends the answer to the request that the client calls `id`.
    ///
    /// Waits while the client does not read. Without effect when the output is closed.
    pub(crate) async fn send(&self, id: &Value, outcome: &Result<Value, Error>) {
        let body = match outcome {
            Ok(result) => encode(&Answer { jsonrpc: "2.0", id, result: Some(result), error: None }),
            Err(error) => encode(&Answer { jsonrpc: "2.0", id, result: None, error: Some(error) }),
        };
        if let Some(body) = body {
            // An error means that the output is closed, which ends the server by another way.
            let _ = self.sender.send(Handed::Answer(body)).await;
        }
    }

    /// Waits until everything that handlers have sent so far has found room in the budget.
    ///
    /// Handlers hand in one message each without waiting, so the budget alone does not bound how much they have made:
    /// who starts handlers waits here before starting the next.
    pub(crate) async fn catch_up(&self) {
        let (caught_up, wait) = oneshot::channel();
        if self.sender.send(Handed::CatchUp(caught_up)).await.is_ok() {
            // An error means that the output is closed.
            let _ = wait.await;
        }
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    jsonrpc: &'static str,
    id: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Error>,
}

fn encode(message: &impl Serialize) -> Option<Vec<u8>> {
    serde_json::to_vec(message)
        .inspect_err(|error| tracing::error!("a message could not be encoded and was not sent: {error}"))
        .ok()
}

/// The sending half of the connection; see the module's text.
pub(crate) struct Outbox {
    handed: mpsc::Receiver<Handed>,
    frames: mpsc::UnboundedSender<Frame>,
    budget: Arc<Semaphore>,
    /// The whole budget, in bytes. A larger message takes all of it.
    largest_share: u32,
}

/// What the writing thread takes frames from.
pub(crate) struct Frames(mpsc::UnboundedReceiver<Frame>);

/// Returns the parts of a way out that holds at most `budget` bytes that the client has not taken yet.
pub(crate) fn outbox(budget: u32) -> (Answers, Outbox, Frames) {
    let (sender, handed) = mpsc::channel(1);
    let (frames, taken) = mpsc::unbounded_channel();
    let largest_share = budget.max(1);
    let outbox = Outbox { handed, frames, budget: Arc::new(Semaphore::new(largest_share as usize)), largest_share };
    (Answers { sender }, outbox, Frames(taken))
}

impl Outbox {
    /// Passes on answers and the handlers' own messages, until every [`Answers`] is gone or the output is closed.
    pub(crate) async fn run(mut self, own: impl Stream<Item = Request>) {
        let mut own = std::pin::pin!(own.fuse());
        loop {
            tokio::select! {
                biased;
                handed = self.handed.recv() => {
                    let Some(handed) = handed else { return };
                    for _ in 0..AHEAD_OF_AN_ANSWER {
                        let Some(Some(request)) = own.next().now_or_never() else { break };
                        if !self.push_request(&request).await {
                            return;
                        }
                    }
                    match handed {
                        Handed::Answer(body) => {
                            if !self.push(body).await {
                                return;
                            }
                        }
                        Handed::CatchUp(caught_up) => {
                            // Nobody waits any more if the one who asked was dropped.
                            let _ = caught_up.send(());
                        }
                    }
                }
                Some(request) = own.next() => {
                    if !self.push_request(&request).await {
                        return;
                    }
                }
            }
        }
    }

    async fn push_request(&self, request: &Request) -> bool {
        match encode(request) {
            Some(body) => self.push(body).await,
            None => true,
        }
    }

    /// Queues one body for the writer; false when the output is closed.
    async fn push(&self, body: Vec<u8>) -> bool {
        let size = u32::try_from(body.capacity().saturating_add(FRAME_OVERHEAD))
            .unwrap_or(u32::MAX)
            .clamp(1, self.largest_share);
        let Ok(share) = Arc::clone(&self.budget).acquire_many_owned(size).await else {
            return false;
        };
        self.frames.send(Frame { bytes: body, _share: share }).is_ok()
    }
}

impl Frames {
    /// Writes frames as they come, until the way out closes or the client no longer takes them. Blocks.
    ///
    /// # Errors
    ///
    /// The output's own error.
    pub(crate) fn write_to(mut self, mut output: impl Write) -> std::io::Result<()> {
        while let Some(frame) = self.0.blocking_recv() {
            write!(output, "Content-Length: {}\r\n\r\n", frame.bytes.len())?;
            output.write_all(&frame.bytes)?;
            output.flush()?;
        }
        Ok(())
    }
}
