//! What running has left behind: the outputs and failures of cells, for as long as their document is open.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::run::{BatchId, CellFailure, CellKey, CellState, nbformat};
use crate::session::Part;

/// How many bytes of outputs are kept; the oldest go first. A notebook's own file keeps what its editor saves.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// What a cell shows.
#[derive(Debug, Clone, Default)]
pub(super) struct CellResult {
    /// Outputs of the notebook format.
    pub(super) outputs: Vec<Json>,
    /// Where the cell failed.
    pub(super) failure: Option<CellFailure>,
    /// What of its outputs is in S3, and where.
    pub(super) elsewhere: Vec<(Part, String)>,
    /// Where its last run stands.
    pub(super) state: Option<CellState>,
    /// The cell's text when it ran.
    pub(super) text: Option<Arc<str>>,
    /// The count of its last execution in the document, from 1; `None` for what a session showed before.
    pub(super) count: Option<i64>,
    /// Whether outputs of its are not kept any more.
    lost: bool,
    bytes: usize,
}

impl CellResult {
    /// Returns whether its outputs are all that it has shown.
    pub(super) fn is_whole(&self) -> bool {
        !self.lost
    }

    /// Returns the outputs with the exception as it came, where a part of it is shown.
    pub(super) fn whole(&self) -> Vec<Json> {
        let mut outputs = self.outputs.clone();
        let whole = self.failure.as_ref().and_then(|failure| failure.whole.as_deref());
        if let Some(whole) = whole
            && let Some(shown) = outputs.iter_mut().rev().find(|output| output["output_type"] == "error")
        {
            shown.clone_from(whole);
        }
        outputs
    }
}

/// What a cell has shown in a session before.
pub(super) struct Restored<'a> {
    /// Outputs of the notebook format.
    pub(super) outputs: &'a [Json],
    /// What of them is in S3, and where.
    pub(super) elsewhere: &'a [(Part, String)],
    /// How it ended; `None` while it runs.
    pub(super) state: Option<CellState>,
    /// Whether this is news of what was restored before.
    pub(super) since: bool,
    /// The cell's text.
    pub(super) text: Arc<str>,
}

/// What the cells of all documents show.
#[derive(Debug, Default)]
pub(super) struct Results {
    documents: HashMap<String, HashMap<CellKey, CellResult>>,
    /// Cells with outputs, oldest first.
    order: VecDeque<(String, CellKey)>,
    bytes: usize,
    /// How many executions each document has seen.
    executions: HashMap<String, i64>,
    /// The texts of cells that were asked for.
    asked: HashMap<(BatchId, CellKey), Arc<str>>,
}

impl Results {
    /// Notes the text of a cell that is about to be run.
    pub(super) fn asked(&mut self, batch: BatchId, key: CellKey, text: Arc<str>) {
        self.asked.insert((batch, key), text);
    }

    /// Returns the results of a document's cells.
    pub(super) fn of(&self, document: &str) -> impl Iterator<Item = (&CellKey, &CellResult)> {
        self.documents.get(document).into_iter().flatten()
    }

    /// Returns the result of a cell.
    pub(super) fn get(&self, document: &str, cell: &CellKey) -> Option<&CellResult> {
        self.documents.get(document)?.get(cell)
    }

    /// Takes over a cell's state; with `kept` it is remembered.
    pub(super) fn set_state(&mut self, document: &str, cell: &CellKey, batch: BatchId, state: CellState, kept: bool) {
        let text = if state.is_final() { self.asked.remove(&(batch, cell.clone())) } else { None };
        if !kept {
            return;
        }
        let (had, shows) = self.get(document, cell).map_or((None, false), |it| (it.count, !it.outputs.is_empty()));
        let cancelled = state.is_final() && !matches!(state, CellState::Ok | CellState::Error);
        // What was cancelled before it began shows what it did.
        let as_before = cancelled && had.is_some();
        let count = match state.is_final() && !as_before && (shows || !cancelled) {
            true => Some(self.count(document)),
            false => had,
        };
        let result = self.entry(document, cell);
        result.state = Some(state);
        result.count = count;
        if text.is_some() && !as_before {
            result.text = text;
        }
    }

    /// Counts one more execution of a document.
    fn count(&mut self, document: &str) -> i64 {
        let count = self.executions.entry(document.to_owned()).or_default();
        *count += 1;
        *count
    }

    /// Takes over outputs.
    pub(super) fn show(&mut self, document: &str, cell: &CellKey, outputs: &[Json], replace: bool) {
        let size: usize = outputs.iter().map(size).sum();
        let result = self.entry(document, cell);
        let mut freed = 0;
        if replace {
            freed = std::mem::take(&mut result.bytes);
            result.outputs.clear();
            result.elsewhere.clear();
            result.failure = None;
            result.lost = false;
            result.count = None;
        }
        nbformat::join(&mut result.outputs, outputs.iter().cloned());
        result.bytes += size;
        self.bytes = self.bytes + size - freed;
        if size > 0 {
            let entry = (document.to_owned(), cell.clone());
            self.order.retain(|other| *other != entry);
            self.order.push_back(entry);
        }
        self.shrink();
    }

    /// Takes over what a cell with that text has shown in a session before. Returns whether it was: a cell that waits or
    /// is being run shows what comes of that, and where it was run since, no news of before.
    pub(super) fn restore(&mut self, document: &str, cell: &CellKey, restored: Restored<'_>) -> bool {
        let state = self.get(document, cell).and_then(|result| result.state);
        if state.is_some_and(|state| restored.since || !state.is_final())
            || self.asked.keys().any(|(_, key)| key == cell)
        {
            return false;
        }
        self.show(document, cell, restored.outputs, true);
        if !restored.elsewhere.is_empty() {
            self.is_elsewhere(document, cell, restored.elsewhere.to_vec());
        }
        let result = self.entry(document, cell);
        result.state = restored.state;
        result.text = Some(restored.text);
        true
    }

    /// Forgets what a cell shows, or all of them; returns which did. What is being run goes on, and shows what comes.
    pub(super) fn clear(&mut self, document: &str, cell: Option<&CellKey>) -> Vec<CellKey> {
        let shows = |result: &CellResult| !result.outputs.is_empty() || result.failure.is_some();
        let wanted = |key: &CellKey| cell.is_none_or(|cell| cell == key);
        let found = self.of(document).filter(|(key, result)| wanted(key) && (shows(result) || result.state.is_some()));
        let cells: Vec<CellKey> = found.map(|(key, _)| key.clone()).collect();
        for key in &cells {
            self.show(document, key, &[], true);
            let result = self.entry(document, key);
            result.state.take_if(|state| state.is_final());
        }
        cells
    }

    /// Takes over what of a cell's outputs is in S3.
    pub(super) fn is_elsewhere(&mut self, document: &str, cell: &CellKey, parts: Vec<(Part, String)>) {
        const MOST: usize = 64;
        let known = &mut self.entry(document, cell).elsewhere;
        known.extend(parts);
        known.truncate(MOST);
    }

    /// Takes over where a cell failed.
    pub(super) fn fail(&mut self, document: &str, failure: CellFailure) {
        let cell = failure.cell.clone();
        let size = failure.whole.as_deref().map_or(0, size);
        let result = self.entry(document, &cell);
        result.failure = Some(failure);
        result.bytes += size;
        self.bytes += size;
        self.shrink();
    }

    /// Forgets where a cell failed that somebody else runs anew; returns whether it had.
    pub(super) fn pass(&mut self, document: &str, cell: &CellKey) -> bool {
        let known = self.documents.get_mut(document).and_then(|cells| cells.get_mut(cell));
        let Some(known) = known.filter(|known| known.state.is_none_or(CellState::is_final)) else { return false };
        let Some(failure) = known.failure.take() else { return false };
        let freed = failure.whole.as_deref().map_or(0, size).min(known.bytes);
        known.bytes -= freed;
        self.bytes -= freed;
        true
    }

    /// Forgets a document that was closed.
    pub(super) fn forget(&mut self, document: &str) {
        self.executions.remove(document);
        if let Some(cells) = self.documents.remove(document) {
            self.bytes -= cells.values().map(|cell| cell.bytes).sum::<usize>();
            self.order.retain(|(other, _)| other != document);
        }
    }

    fn entry(&mut self, document: &str, cell: &CellKey) -> &mut CellResult {
        self.documents.entry(document.to_owned()).or_default().entry(cell.clone()).or_default()
    }

    /// Lets go of the oldest outputs, but never of the newest.
    fn shrink(&mut self) {
        while self.bytes > KEPT_BYTES && self.order.len() > 1 {
            let Some((document, cell)) = self.order.pop_front() else { return };
            if let Some(result) = self.documents.get_mut(&document).and_then(|cells| cells.get_mut(&cell)) {
                self.bytes -= std::mem::take(&mut result.bytes);
                result.outputs.clear();
                result.lost = true;
                if let Some(failure) = &mut result.failure {
                    failure.whole = None;
                }
            }
        }
    }
}

/// About how many bytes a value takes.
fn size(value: &Json) -> usize {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => 8,
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(size).sum(),
        Json::Object(members) => members.iter().map(|(name, value)| name.len() + size(value)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_oldest_outputs_go_first_and_the_newest_stay() {
        let mut results = Results::default();
        let big = [json!("x".repeat(KEPT_BYTES / 2))];
        for cell in 0..3 {
            results.show("a", &CellKey::Ordinal(cell), &big, true);
        }
        let kept: Vec<bool> =
            (0..3).map(|cell| !results.get("a", &CellKey::Ordinal(cell)).unwrap().outputs.is_empty()).collect();
        assert_eq!(kept, [false, true, true]);
        results.show("a", &CellKey::Ordinal(3), &[json!("x".repeat(2 * KEPT_BYTES))], true);
        assert!(!results.get("a", &CellKey::Ordinal(3)).unwrap().outputs.is_empty());
        results.forget("a");
        assert_eq!((results.bytes, results.order.len()), (0, 0));
    }

    #[test]
    fn an_exception_is_whole_for_as_long_as_outputs_are_kept() {
        let failure = |cell, text: &str| CellFailure {
            cell,
            text: "x".into(),
            range: 0..1,
            name: "E".to_owned(),
            message: String::new(),
            related: None,
            explanation: None,
            whole: Some(Arc::new(json!({ "output_type": "error", "traceback": [text] }))),
        };
        let mut results = Results::default();
        let (one, two) = (CellKey::Ordinal(1), CellKey::Ordinal(2));
        results.show("a", &one, &[json!("before"), json!({ "output_type": "error", "traceback": [] })], true);
        results.fail("a", failure(one.clone(), "all of it"));
        let shown = results.get("a", &one).unwrap();
        assert_eq!(shown.whole(), [json!("before"), json!({ "output_type": "error", "traceback": ["all of it"] })]);
        assert!(shown.outputs[1]["traceback"] == json!([]));
        results.show("a", &two, &[json!({ "output_type": "error" })], true);
        results.fail("a", failure(two.clone(), &"x".repeat(KEPT_BYTES)));
        assert!(results.get("a", &one).unwrap().whole().is_empty(), "it made room");
        assert_eq!(results.get("a", &two).unwrap().whole()[0]["traceback"][0].as_str().map(str::len), Some(KEPT_BYTES));
        results.show("a", &two, &[], true);
        results.forget("a");
        assert_eq!((results.bytes, results.order.len()), (0, 0));
    }

    #[test]
    fn what_was_shown_before_does_not_hide_what_is_being_run() {
        let mut results = Results::default();
        let (key, shown) = (CellKey::Ordinal(0), [json!("of before")]);
        let elsewhere = [(Part::Result, "s3://bucket/key".to_owned())];
        let of = |state, since| Restored { outputs: &shown, elsewhere: &elsewhere, state, since, text: "x".into() };
        let restored = || of(Some(CellState::Ok), false);
        results.asked(BatchId(1), key.clone(), "x".into());
        assert!(!results.restore("a", &key, restored()), "it waits");
        results.set_state("a", &key, BatchId(1), CellState::Running, true);
        assert!(!results.restore("a", &key, restored()), "it runs");
        results.set_state("a", &key, BatchId(1), CellState::Ok, true);
        assert!(results.restore("a", &key, restored()));
        assert_eq!(results.get("a", &key).unwrap().outputs, shown);
        assert_eq!(results.get("a", &key).unwrap().elsewhere, elsewhere);
        assert!(!results.restore("a", &key, of(None, true)), "it was run since");
        assert!(results.restore("a", &key, of(None, false)), "it runs in a session that the document comes to");
        assert!(results.restore("a", &key, of(Some(CellState::Ok), true)), "and has ended");
        assert_eq!(results.get("a", &key).unwrap().elsewhere.len(), 1, "once");
        assert_eq!(results.clear("a", Some(&CellKey::Ordinal(1))), []);
        assert_eq!(results.clear("a", None), std::slice::from_ref(&key));
        assert_eq!(results.clear("a", None), []);
        assert!(results.get("a", &key).unwrap().outputs.is_empty());
    }

    #[test]
    fn executions_are_counted_as_they_end() {
        let mut results = Results::default();
        let (one, two) = (CellKey::Ordinal(1), CellKey::Ordinal(2));
        let run = |results: &mut Results, key: &CellKey, text: &str, begins: bool, state| {
            results.asked(BatchId(1), key.clone(), text.into());
            results.set_state("a", key, BatchId(1), CellState::Queued, true);
            if begins {
                results.show("a", key, &[], true);
                results.show("a", key, &[json!(text)], false);
            }
            results.set_state("a", key, BatchId(1), state, true);
            let result = results.get("a", key).unwrap();
            (result.count, result.text.clone().unwrap_or_default().to_string())
        };
        assert_eq!(run(&mut results, &one, "x", true, CellState::Ok), (Some(1), "x".to_owned()));
        assert_eq!(run(&mut results, &two, "y", true, CellState::Error), (Some(2), "y".to_owned()));
        assert_eq!(
            run(&mut results, &one, "z", false, CellState::Cancelled),
            (Some(1), "x".to_owned()),
            "it did not begin"
        );
        assert_eq!(run(&mut results, &one, "z", true, CellState::Cancelled), (Some(3), "z".to_owned()));
        results.clear("a", None);
        assert_eq!(results.get("a", &one).unwrap().count, None);
        results.forget("a");
        assert_eq!(run(&mut results, &one, "x", true, CellState::Ok), (Some(1), "x".to_owned()));
        let big = [json!("x".repeat(KEPT_BYTES))];
        results.show("b", &two, &big, true);
        assert!(!results.get("a", &one).unwrap().is_whole(), "its outputs made room");
    }

    #[test]
    fn new_outputs_replace_or_follow() {
        let mut results = Results::default();
        let key = CellKey::Uri("c".into());
        results.show("a", &key, &[json!(1)], false);
        results.show("a", &key, &[json!(2)], false);
        assert_eq!(results.get("a", &key).unwrap().outputs, [json!(1), json!(2)]);
        results.show("a", &key, &[], true);
        assert!(results.get("a", &key).unwrap().outputs.is_empty());
        assert_eq!(results.bytes, 0);
    }
}
