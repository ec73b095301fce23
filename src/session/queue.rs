//! Runs: what is asked of a session, in order, and what is told of each.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::events::{CancelReason, EndReason, LostReason, Outcome, RunEnd, RunEvent};

/// The number of a run; no two in a process are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(u64);

impl RunId {
    pub(super) fn fresh() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Returns the number.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// Code to run.
#[derive(Clone, PartialEq, Eq)]
pub struct RunRequest {
    /// The text that RunStatement gets.
    pub code: String,
    /// Whether the runs that wait behind it are cancelled when it does not end well.
    pub stop_on_error: bool,
}

/// A run that was asked for: its number, and its events up to [`RunEvent::Ended`].
#[derive(Debug)]
pub struct Run {
    /// Its number, to cancel it by.
    pub id: RunId,
    /// What happens to it. The sender is dropped after `Ended`, which always comes.
    pub events: mpsc::UnboundedReceiver<RunEvent>,
}

/// A run in the actor's hands. Dropping it ends it: no run stays without an end, whatever happens.
#[derive(Debug)]
pub(super) struct PendingRun {
    pub(super) id: RunId,
    pub(super) code: String,
    pub(super) stop_on_error: bool,
    /// Whether the service has, or may have, got it.
    pub(super) sent: bool,
    events: mpsc::UnboundedSender<RunEvent>,
    ended: bool,
}

impl PendingRun {
    /// Makes a run and the end of it that the outside holds.
    pub(super) fn new(request: RunRequest) -> (Self, Run) {
        let (sender, events) = mpsc::unbounded_channel();
        let id = RunId::fresh();
        let RunRequest { code, stop_on_error } = request;
        (Self { id, code, stop_on_error, sent: false, events: sender, ended: false }, Run { id, events })
    }

    /// Tells something of the run, if anybody still listens.
    pub(super) fn tell(&self, event: RunEvent) {
        self.events.send(event).ok();
    }

    /// Ends the run.
    pub(super) fn end(mut self, end: RunEnd) {
        self.ended = true;
        self.tell(RunEvent::Ended(end));
    }

    /// Ends a run that was not sent.
    pub(super) fn cancel(self, reason: CancelReason) {
        self.end(RunEnd::unsent(Outcome::Cancelled(reason)));
    }
}

impl Drop for PendingRun {
    fn drop(&mut self) {
        if !self.ended {
            let outcome = if self.sent {
                Outcome::Lost(LostReason::SessionEnded(EndReason::Left))
            } else {
                Outcome::Cancelled(CancelReason::SessionEnded(EndReason::Left))
            };
            self.tell(RunEvent::Ended(RunEnd::unsent(outcome)));
        }
    }
}

impl RunEnd {
    /// Returns the end of a run of which the service has told nothing.
    pub(super) fn unsent(outcome: Outcome) -> Self {
        Self {
            outcome,
            statement: None,
            execution_count: None,
            started_on: None,
            completed_on: None,
            elapsed: std::time::Duration::ZERO,
        }
    }
}

/// Runs that wait for their turn, oldest first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<PendingRun>,
}

impl Queue {
    /// Adds a run; `ahead` others are before the queue's first one.
    pub(super) fn push(&mut self, run: PendingRun, ahead: usize) {
        run.tell(RunEvent::Queued { ahead: self.waiting.len() + ahead });
        self.waiting.push_back(run);
    }

    /// Takes the oldest run out.
    pub(super) fn pop(&mut self) -> Option<PendingRun> {
        self.waiting.pop_front()
    }

    /// Returns the oldest run.
    pub(super) fn first(&self) -> Option<&PendingRun> {
        self.waiting.front()
    }

    /// Returns how many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Cancels a run, and returns whether it was there.
    pub(super) fn cancel(&mut self, id: RunId) -> bool {
        let Some(run) =
            self.waiting.iter().position(|run| run.id == id).and_then(|position| self.waiting.remove(position))
        else {
            return false;
        };
        run.cancel(CancelReason::Asked);
        true
    }

    /// Cancels all runs.
    pub(super) fn cancel_all(&mut self, reason: &CancelReason) {
        for run in self.waiting.drain(..) {
            run.cancel(reason.clone());
        }
    }
}
