//! How a connection ends, as seen by the thread that waits for it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long handlers may go on after the last message was read.
const HANDLERS_GRACE: Duration = Duration::from_secs(1);
/// How long the client may take to read what is left for it then.
const OUTPUT_GRACE: Duration = Duration::from_millis(500);

/// How far a connection is on its way to the end. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    /// The client is served.
    Serving,
    /// `exit` or the end of the input was read; what arrived before may not be handled yet.
    InputClosed,
    /// Everything up to `exit`, or up to the end of the input, is handled.
    LastMessageHandled,
    /// All is written, or the client takes no more.
    OutputClosed,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the client asked for `shutdown` before it went.
    pub orderly: bool,
}

impl Outcome {
    /// Returns the process's exit code as the protocol has it: 0 after `shutdown`, otherwise 1.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        u8::from(!self.orderly)
    }
}

/// Watches over the end of one connection. Clones watch the same one.
#[derive(Debug, Clone)]
pub struct Ending {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug)]
struct State {
    progress: Progress,
    shutdown_requested: bool,
}

impl Default for Ending {
    fn default() -> Self {
        Self::new()
    }
}

impl Ending {
    /// Returns the watch of a connection that is not served yet.
    #[must_use]
    pub fn new() -> Self {
        let state = State { progress: Progress::Serving, shutdown_requested: false };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), moved: Condvar::new() }) }
    }

    /// Says that the client's process is gone, which the server may learn before its input ends (another process may
    /// still hold the pipe). Ends the connection like the end of the input.
    pub fn client_vanished(&self) {
        self.reach(Progress::InputClosed);
    }

    pub(super) fn reach(&self, progress: Progress) {
        let mut state = self.lock();
        state.progress = state.progress.max(progress);
        self.shared.moved.notify_all();
    }

    pub(super) fn shutdown_requested(&self) {
        self.lock().shutdown_requested = true;
    }

    /// Waits until the last message is handled, or its handling takes too long after it was read.
    pub(super) fn wait_for_last_message(&self) {
        let state = self.lock();
        let waiting = self.shared.moved.wait_while(state, |state| state.progress == Progress::Serving);
        drop(waiting);
        self.wait_until(Progress::LastMessageHandled, HANDLERS_GRACE);
    }

    /// Waits until all is written, or writing takes too long.
    pub(super) fn wait_for_output(&self) -> Outcome {
        self.wait_until(Progress::OutputClosed, OUTPUT_GRACE);
        Outcome { orderly: self.lock().shutdown_requested }
    }

    fn wait_until(&self, progress: Progress, grace: Duration) {
        let deadline = Instant::now() + grace;
        let mut state = self.lock();
        while state.progress < progress {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.shared.moved.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
