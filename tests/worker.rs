//! The Python worker: a real interpreter (`python3`, or the one that `GLUE_LS_TEST_PYTHON` names) runs real statements.
//!
//! Every wait is bounded; nothing is waited for by sleeping.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::future::Future;
use std::time::Duration;

use glue_ls::local::worker::{Dropped, End, Limits, Outcome, Output, Raised, Source, Worker, WorkerConfig};
use tokio::sync::mpsc;

mod death;
mod interrupts;
mod output;
mod places;
mod process;
mod start;
mod values;

/// Long enough for a loaded machine, short enough to end a test that hangs.
pub(crate) const BOUND: Duration = Duration::from_secs(240);

pub(crate) fn python() -> String {
    std::env::var("GLUE_LS_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

pub(crate) fn config() -> WorkerConfig {
    WorkerConfig::new(python(), std::env::temp_dir())
}

/// A worker, and the number of its next statement.
pub(crate) struct Session {
    pub(crate) worker: Worker,
    next: std::cell::Cell<u64>,
}

/// What came of a statement.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) end: End,
    pub(crate) dropped: Dropped,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Session {
    pub(crate) async fn start() -> Self {
        Self::with(config()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        Self::with(WorkerConfig { limits, ..config() }).await
    }

    pub(crate) async fn with(config: WorkerConfig) -> Self {
        let worker = bounded(Worker::start(config)).await.unwrap();
        Self { worker, next: std::cell::Cell::new(1) }
    }

    /// Begins a statement; its output and its outcome are still to be awaited.
    pub(crate) fn begin(&self, code: &str) -> (mpsc::Receiver<Output>, impl Future<Output = Outcome> + use<>) {
        let number = self.next.get();
        self.next.set(number + 1);
        let (sink, outputs) = mpsc::channel(16);
        (outputs, self.worker.run(number, code.to_owned(), sink))
    }

    /// Runs a statement to its end.
    pub(crate) async fn run(&self, code: &str) -> Ran {
        let (outputs, outcome) = self.begin(code);
        finish(outputs, outcome).await
    }

    /// Runs a statement that prints a line first, and calls `then` when that has arrived.
    pub(crate) async fn run_and(&self, code: &str, then: impl FnOnce(&Worker)) -> Ran {
        let (mut outputs, outcome) = self.begin(code);
        let outcome = tokio::spawn(outcome);
        let first = bounded(outputs.recv()).await.expect("the statement prints something first");
        then(&self.worker);
        let mut ran = finish(outputs, async { outcome.await.unwrap() }).await;
        match first.source {
            Source::Stdout => ran.stdout.insert_str(0, &first.text),
            Source::Stderr => ran.stderr.insert_str(0, &first.text),
        }
        ran
    }

    /// Runs a statement that must succeed; returns the text of its value.
    pub(crate) async fn value(&self, code: &str) -> String {
        let ran = self.run(code).await;
        ran.text().unwrap_or_else(|| panic!("no value: {ran:?}")).to_owned()
    }
}

impl Ran {
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.end {
            End::Value(data) => data.get("text/plain").map(String::as_str),
            _ => None,
        }
    }

    pub(crate) fn is_empty_value(&self) -> bool {
        matches!(&self.end, End::Value(data) if data.is_empty())
    }

    pub(crate) fn error(&self) -> &Raised {
        match &self.end {
            End::Error(raised) => raised,
            other => panic!("no error: {other:?}"),
        }
    }

    pub(crate) fn interrupted(&self) -> &Raised {
        match &self.end {
            End::Interrupted(raised) => raised,
            other => panic!("not interrupted: {other:?}"),
        }
    }

    pub(crate) fn died(&self) -> &str {
        match &self.end {
            End::Died(death) => &death.message,
            other => panic!("still alive: {other:?}"),
        }
    }
}

pub(crate) async fn finish(mut outputs: mpsc::Receiver<Output>, outcome: impl Future<Output = Outcome>) -> Ran {
    let collect = async {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        while let Some(Output { source, text }) = outputs.recv().await {
            match source {
                Source::Stdout => stdout.push_str(&text),
                Source::Stderr => stderr.push_str(&text),
            }
        }
        (stdout, stderr)
    };
    let (outcome, (stdout, stderr)) = bounded(async { tokio::join!(outcome, collect) }).await;
    Ran { end: outcome.end, dropped: outcome.dropped, stdout, stderr }
}

pub(crate) async fn bounded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, future).await.expect("it ends in time")
}
