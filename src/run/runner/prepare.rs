//! The interpreter of sessions on this machine, before one is created.

use tokio::sync::mpsc;

use crate::local::setup::{Progress, SetupError, cancellable};
use crate::run::engine::Interpreters;
use crate::run::event::{CellState, Event};
use crate::session::StreamName;

use super::actor::{Actor, Verdict};

impl Actor {
    /// Sees to the interpreter of the next session on this machine; the runtime is made, if the document needs it. Nothing
    /// is done for a session on AWS.
    ///
    /// # Errors
    ///
    /// It was cancelled. That there is no runtime is told, and no error: plain Python runs without it.
    pub(super) async fn prepare(&mut self) -> Result<(), Verdict> {
        let Some(preparation) = self.machine.preparation() else { return Ok(()) };
        let (canceller, cancel) = cancellable();
        if let Some(current) = &mut self.current {
            if current.cancelled {
                return Err(Verdict::cancelled("cancelled"));
            }
            current.preparing = Some(canceller);
        }
        let (told, mut progress) = mpsc::unbounded_channel();
        let needs_spark = self.needs_spark;
        let tell = move |progress: Progress| drop(told.send(progress));
        // By itself: it also ends in an orderly way when nobody waits for it any more.
        let mut making = tokio::spawn(preparation.run(needs_spark, cancel, tell));
        let prepared = loop {
            let next = self.wait(async {
                tokio::select! {
                    biased;
                    Some(progress) = progress.recv() => Ok(progress),
                    prepared = &mut making => Err(prepared),
                }
            });
            match next.await {
                Ok(Progress { fraction, text, .. }) => {
                    self.tell_cell(CellState::StartingSession, fraction.map(f64::from), Some(text));
                }
                Err(prepared) => break prepared,
            }
        };
        if let Some(current) = &mut self.current {
            current.preparing = None;
        }
        self.tell_cell(CellState::StartingSession, None, None);
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Err(self.refuse("SessionError", &format!("the session was not started: {error}"))),
        };
        self.interpreter = Some(prepared.interpreter);
        match prepared.failed {
            Some(SetupError::Cancelled) => Err(Verdict::cancelled("cancelled")),
            Some(error) => {
                let text = error.to_string();
                let told =
                    format!("Spark is not set up on this machine: {text}. Cells of plain Python run without it.");
                if self.current.as_ref().is_none_or(|current| current.key.is_none()) {
                    // Who asks for a session wants to know each time.
                    self.tell(Event::Notice(told));
                } else if self.no_runtime.as_ref() != Some(&text) {
                    self.say(StreamName::Stderr, &told);
                }
                self.no_runtime = Some(text);
                Ok(())
            }
            None => {
                self.no_runtime = None;
                Ok(())
            }
        }
    }

    /// Has a worker started for the session that the document asks for first, as it is written, unless it has one.
    pub(super) fn keep_spare(&self) {
        let Some(preparation) = self.machine.preparation() else { return };
        let (Some(request), None, None, true) =
            (self.says.first(), &self.session, &self.current, self.needs_spark && self.queue.is_empty())
        else {
            return;
        };
        tokio::spawn(preparation.keep_spare(request.default_arguments.clone()));
    }

    /// Returns whether a new session would have Spark, or Spark would be set up for it once more.
    pub(super) fn could_have_spark(&self) -> bool {
        match self.interpreter {
            Some(Interpreters::Chosen) | None => false,
            Some(Interpreters::Managed) => true,
            Some(Interpreters::System) => self.machine.makes_runtime(),
        }
    }

    /// Returns what to say where a cell asks for Spark and there is none.
    pub(super) fn no_spark(&self) -> &'static str {
        match self.interpreter {
            Some(Interpreters::Chosen) => {
                "The Python that runs cells on this machine has no Spark. Install it there (`pip install 'pyspark>=3.5,<3.6'`), or \
                 name no Python (`local.python`, `--python`): then `glue-ls local setup` makes one with Spark."
            }
            Some(Interpreters::Managed) => {
                "Spark is set up on this machine, and this session knows nothing of it: start a new session, or make it anew with \
                 `glue-ls local setup --force`."
            }
            // A failure would have been told.
            Some(Interpreters::System) if self.no_runtime.is_none() && self.machine.makes_runtime() => {
                "This session was started without Spark, which no cell of the document used then. Start a new session: Spark is \
                 set up for it first."
            }
            Some(Interpreters::System) | None => {
                "Spark is not set up on this machine. `glue-ls local setup` does it; then start a new session."
            }
        }
    }
}
