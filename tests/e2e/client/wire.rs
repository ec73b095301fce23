//! Frames as the protocol has them, and the queue of those that the server sent.

use std::collections::VecDeque;
use std::io::BufRead;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// Frames that the server sent and the test has not asked for yet.
#[derive(Default)]
pub(super) struct Inbox {
    state: Mutex<InboxState>,
    changed: Condvar,
}

struct InboxState {
    frames: VecDeque<Vec<u8>>,
    bytes: usize,
    /// The server's output is read only while fewer bytes than this are kept.
    most_bytes: usize,
    /// Whether the client no longer wants to read.
    hung_up: bool,
    /// Set when the output ended: with the reason if it did not end between two frames.
    ended: Option<Result<(), String>>,
}

impl Default for InboxState {
    fn default() -> Self {
        Self { frames: VecDeque::new(), bytes: 0, most_bytes: usize::MAX, hung_up: false, ended: None }
    }
}

/// Why there is no further frame.
#[derive(Debug)]
pub(super) enum End {
    /// The output ended after a whole frame, or was empty.
    Orderly,
    /// The output ended within a frame, or was no frame.
    Torn(String),
    /// Nothing came for too long.
    Patience,
}

impl std::fmt::Display for End {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Orderly => formatter.write_str("the server closed its output"),
            Self::Torn(why) => formatter.write_str(why),
            Self::Patience => formatter.write_str("nothing came for too long"),
        }
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, InboxState> {
        self.state.lock().unwrap()
    }

    /// See [`super::Client::keep_at_most`].
    pub(super) fn keep_at_most(&self, bytes: usize) {
        self.lock().most_bytes = bytes;
        self.changed.notify_all();
    }

    /// Makes the reading end, and its end of the connection close.
    pub(super) fn hang_up(&self) {
        self.lock().hung_up = true;
        self.changed.notify_all();
    }

    /// Cuts frames from the server's output until it ends.
    pub(super) fn fill(&self, mut output: impl BufRead) {
        let ended = loop {
            let state = self.lock();
            let full = |state: &mut InboxState| state.bytes >= state.most_bytes && !state.hung_up;
            if self.changed.wait_while(state, full).unwrap().hung_up {
                break Ok(());
            }
            match read_frame(&mut output) {
                Ok(Some(frame)) => {
                    let mut state = self.lock();
                    state.bytes += frame.len();
                    state.frames.push_back(frame);
                    self.changed.notify_all();
                }
                Ok(None) => break Ok(()),
                Err(why) => break Err(why),
            }
        };
        self.lock().ended = Some(ended);
        self.changed.notify_all();
    }

    pub(super) fn next(&self, patience: Duration) -> Result<Vec<u8>, End> {
        let waiting = |state: &mut InboxState| state.frames.is_empty() && state.ended.is_none();
        let (mut state, _) = self.changed.wait_timeout_while(self.lock(), patience, waiting).unwrap();
        if let Some(frame) = state.frames.pop_front() {
            state.bytes -= frame.len();
            self.changed.notify_all();
            return Ok(frame);
        }
        Err(match &state.ended {
            Some(Ok(())) => End::Orderly,
            Some(Err(why)) => End::Torn(why.clone()),
            None => End::Patience,
        })
    }
}

/// Reads one frame, exactly as the protocol has it; none at the end.
fn read_frame(output: &mut impl BufRead) -> Result<Option<Vec<u8>>, String> {
    let mut length = None;
    loop {
        let mut line = String::new();
        output.read_line(&mut line).map_err(|error| format!("the server's output cannot be read: {error}"))?;
        if line.is_empty() && length.is_none() {
            return Ok(None);
        }
        if line == "\r\n" {
            break;
        }
        let number = line.strip_prefix("Content-Length: ").and_then(|rest| rest.strip_suffix("\r\n"));
        match number.and_then(|number| number.parse::<usize>().ok()) {
            Some(number) => length = Some(number),
            None => {
                return Err(format!("the server wrote what is no header to stdout: {line:?}"));
            }
        }
    }
    let Some(length) = length else {
        return Err("the server sent a frame without a length".to_owned());
    };
    let mut body = vec![0; length];
    output.read_exact(&mut body).map_err(|error| format!("the server's output ended within a frame: {error}"))?;
    Ok(Some(body))
}

/// Puts a header before a body.
pub(crate) fn frame(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
