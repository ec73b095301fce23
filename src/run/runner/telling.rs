//! What a runner tells: where the cell stands that is being run, and what it shows.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::run::event::{CellReport, CellState, Event, RanCell, Sink};
use crate::run::nbformat;
use crate::session::{Output, Part, StreamName};

use super::actor::{Actor, Current, Verdict};
use super::lock;
use super::printed::{Printed, Showing};

impl Actor {
    /// Returns where events go.
    pub(super) fn sink(&self) -> Sink {
        Arc::clone(&self.sink)
    }

    pub(super) fn tell(&self, event: Event) {
        (self.sink)(event);
    }

    /// Tells where the cell stands that is being run.
    pub(super) fn tell_cell(&mut self, state: CellState, progress: Option<f64>, message: Option<String>) {
        let spent = if state.is_final() { self.spent() } else { None };
        let replay = self.replay(state);
        let Some(current) = &mut self.current else { return };
        // The service does not say what it counts up to: only what can be a part of one is taken for it.
        let progress = progress.filter(|progress| (0.0..=1.0).contains(progress));
        let told = (state, progress, message);
        if current.told.as_ref() == Some(&told) {
            return;
        }
        current.told = Some(told.clone());
        let report = CellReport {
            cell: current.key.clone(),
            batch: current.batch,
            state,
            started_at: Some(current.began.0),
            elapsed: current.began.1.elapsed(),
            progress,
            message: told.2,
            replay,
            lacks_spark: current.lacks_spark,
            spent,
        };
        self.tell(Event::Cell(report));
    }

    /// Returns which cells were run in a session that is gone, for a cell that may have missed them: the first one after
    /// the loss, and those that fail as long as they are missing. The cell itself is the last.
    fn replay(&mut self, state: CellState) -> Vec<RanCell> {
        let first = state.is_final() && std::mem::take(&mut self.offers_replay);
        let missing = if first || state == CellState::Error { lock(&self.ledger).missing.clone() } else { Vec::new() };
        let own = self.current.as_ref().and_then(|current| current.key.as_ref());
        missing.into_iter().filter(|cell| Some(&cell.cell) != own).collect()
    }

    /// Shows outputs of the notebook format in the cell that is being run.
    pub(super) fn output(&self, outputs: Vec<Json>, replace: bool) {
        if let Some(current) = self.current.as_ref().filter(|current| current.sent.is_none()) {
            let mut shown = lock(&current.shown);
            if replace {
                shown.clear();
            }
            shown.extend_from_slice(&outputs);
        }
        self.display(Showing { outputs, replace, rest: None });
    }

    /// Shows what the code of the cell prints and returns.
    pub(super) fn display(&self, showing: Showing) {
        let Some(Current { key: Some(cell), batch, .. }) = &self.current else { return };
        let Showing { outputs, replace, rest } = showing;
        self.tell(Event::Output { cell: cell.clone(), batch: *batch, outputs, replace, rest });
    }

    /// Returns the place for what the code of the cell prints, which is about to be sent.
    pub(super) fn printing(&self) -> Printed {
        let shown = self.current.as_ref().map(|current| lock(&current.shown).clone());
        Printed::after(shown.unwrap_or_default())
    }

    /// Shows a session's outputs in the cell that is being run.
    pub(super) fn show(&self, outputs: &[Output]) {
        self.output(nbformat::objects(outputs, &limit()), false);
        self.tell_elsewhere(outputs);
    }

    /// Tells what of the outputs of the cell that is being run is in S3.
    pub(super) fn tell_elsewhere(&self, outputs: &[Output]) {
        let parts = references(outputs);
        if let Some(Current { key: Some(cell), .. }) = self.current.as_ref().filter(|_| !parts.is_empty()) {
            self.tell(Event::Elsewhere { cell: cell.clone(), parts });
        }
    }

    /// Shows text of glue-ls's own in the cell that is being run.
    pub(super) fn say(&self, name: StreamName, text: &str) {
        self.show(&[Output::Stream { name, text: format!("{}\n", text.trim_end()) }]);
    }

    /// Shows that the cell was not run, and why.
    pub(super) fn refuse(&self, name: &str, why: &str) -> Verdict {
        self.show(&[Output::Error {
            ename: name.to_owned(),
            evalue: why.to_owned(),
            traceback: vec![format!("{name}: {why}")],
        }]);
        Verdict::error(why)
    }
}

/// The most parts of one answer in S3 that are remembered: the service names three.
const MOST_ELSEWHERE: usize = 8;

/// Returns what of an answer is in S3, and where.
pub(super) fn references(outputs: &[Output]) -> Vec<(Part, String)> {
    let reference = |output: &Output| match output {
        Output::Reference { part, uri } => Some((*part, uri.clone())),
        _ => None,
    };
    outputs.iter().filter_map(reference).take(MOST_ELSEWHERE).collect()
}

/// How much of a cell's outputs is shown.
pub(super) fn limit() -> nbformat::Limit {
    // A little more than what a session of this machine keeps: what it has shortened itself, with a note, is not
    // shortened a second time.
    let bytes = nbformat::Limit::DEFAULT_BYTES + 64 * 1024;
    nbformat::Limit { bytes, remedy: "to keep all of it, write it to a file".into() }
}
