//! Frames and bytes: what arrives on the input is cut into messages, what is sent is written to the output.
//!
//! This module knows nothing of methods or documents. Two threads block on the two ends of the connection, so that
//! a handler that hangs, or a client that does not read, stops neither:
//!
//! - the *reader* cuts frames (`frame`), decodes them (`message`) and queues them. The queue is bounded by count and
//!   by bytes; when it is full the reader stops reading, and the client has to wait.
//! - the *writer* takes frames from the `outbox`, which holds a bounded number of bytes; when it is full, whoever
//!   has something to send waits, and so does the admission of further messages.
//!
//! Nothing that arrives ends the process: what cannot be decoded is answered with an error, or stepped over.

use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tower_lsp_server::jsonrpc::ErrorCode;

use self::frame::{Cut, FrameReader};
use self::message::{Incoming, Refusal, Undecodable};
use self::outbox::Frames;

mod frame;
pub(crate) mod message;
pub(crate) mod outbox;

/// How much the connection holds at a time.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest message that is taken from the client, in bytes. A larger one is skipped.
    pub message_bytes: usize,
    /// How many bytes of messages wait to be handled before the client is no longer read.
    pub inbox_bytes: u32,
    /// How many messages wait to be handled before the client is no longer read.
    pub inbox_messages: usize,
    /// How many bytes wait for the client to read them before those who send have to wait.
    pub outbox_bytes: u32,
    /// How many requests may be unanswered at a time. Further ones are refused, they never wait: behind them
    /// may stand what the running ones need.
    pub running_requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u32 = 1024 * 1024;
        Self {
            message_bytes: 256 * MIB as usize,
            inbox_bytes: 32 * MIB,
            inbox_messages: 1024,
            outbox_bytes: 32 * MIB,
            running_requests: 10_000,
        }
    }
}

/// A message in the queue, with its share of the queue's bytes.
pub(crate) struct Arrived {
    /// The message.
    pub(crate) message: Incoming,
    /// Given back when the message is handled.
    pub(crate) share: OwnedSemaphorePermit,
}

/// Starts the thread that reads `input`; returns the queue of messages in order of arrival.
///
/// `noticed` is told of every message before it is queued, which is not when it is handled. `ended` is called at the
/// end of the input.
///
/// # Errors
///
/// The thread could not be started.
pub(crate) fn start_reader<R: Read + Send + 'static>(
    runtime: &Handle,
    input: R,
    limits: &Limits,
    noticed: impl Fn(&Incoming) + Send + 'static,
    ended: impl FnOnce() + Send + 'static,
) -> std::io::Result<mpsc::Receiver<Arrived>> {
    let (queue, arrived) = mpsc::channel(limits.inbox_messages.max(1));
    let largest_share = limits.inbox_bytes.max(1);
    let reader = Reader {
        runtime: runtime.clone(),
        queue,
        budget: Arc::new(Semaphore::new(largest_share as usize)),
        largest_share,
    };
    let frames = FrameReader::new(input, limits.message_bytes);
    thread::Builder::new().name("client-reader".into()).spawn(move || {
        reader.run(frames, noticed);
        ended();
    })?;
    Ok(arrived)
}

/// Starts the thread that writes `frames` to `output`; `ended` is called when it has written all, or cannot go on.
///
/// # Errors
///
/// The thread could not be started.
pub(crate) fn start_writer<W: Write + Send + 'static>(
    frames: Frames,
    output: W,
    ended: impl FnOnce() + Send + 'static,
) -> std::io::Result<()> {
    thread::Builder::new().name("client-writer".into()).spawn(move || {
        if let Err(error) = frames.write_to(output) {
            tracing::warn!("the client no longer takes messages: {error}");
        }
        ended();
    })?;
    Ok(())
}

struct Reader {
    runtime: Handle,
    queue: mpsc::Sender<Arrived>,
    budget: Arc<Semaphore>,
    largest_share: u32,
}

impl Reader {
    fn run<R: Read>(&self, mut frames: FrameReader<R>, noticed: impl Fn(&Incoming)) {
        loop {
            let (message, size) = match frames.next() {
                Ok(Cut::Body(body)) => {
                    let size = u32::try_from(body.len()).unwrap_or(u32::MAX);
                    (decode(body, &mut frames), size)
                }
                Ok(Cut::Skipped(bad)) => {
                    tracing::warn!("input skipped: {bad}");
                    let refusal = Refusal::anonymous(ErrorCode::ParseError, format!("message skipped: {bad}"));
                    (Incoming::Refused(vec![refusal]), 0)
                }
                Ok(Cut::End) => return,
                Err(error) => {
                    tracing::error!("the client can no longer be read: {error}");
                    return;
                }
            };
            noticed(&message);
            if !self.enqueue(message, size) {
                return;
            }
        }
    }

    /// Waits for room in the queue; false when nobody takes messages from it any more.
    fn enqueue(&self, message: Incoming, size: u32) -> bool {
        let size = size.clamp(1, self.largest_share);
        let Ok(share) = self.runtime.block_on(Arc::clone(&self.budget).acquire_many_owned(size)) else {
            return false;
        };
        self.queue.blocking_send(Arrived { message, share }).is_ok()
    }
}

/// Decodes a body. If its length was wrong, the frame after it is still found.
fn decode<R: Read>(mut body: Vec<u8>, frames: &mut FrameReader<R>) -> Incoming {
    match message::decode(&mut body) {
        Ok(message) => message,
        Err(Undecodable(refusal)) => {
            tracing::warn!("undecodable message of {} bytes: {}", body.len(), refusal.error.message);
            frames.distrust(&body);
            Incoming::Refused(vec![refusal])
        }
    }
}
