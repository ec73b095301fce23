//! A document's model with the problems of its cells, computed when asked for and kept.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::model::{Environment, Gate, NotebookModel, Origin};
use crate::syntax::Notebook;

use super::diagnostics::ignore::{Everywhere, everywhere};
use super::diagnostics::{Problem, RuleConfig, cell_problems};

/// The problems of a cell once somebody has asked for them. Most cells have none, so that costs nothing.
type Slot = OnceLock<Option<Arc<[Problem]>>>;

/// A document's model with the problems of its cells.
///
/// Immutable but for the slots, which fill on demand: what one request computed the next one finds, and a
/// clone begins with what is known by then.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// What the document means.
    pub model: NotebookModel,
    config: Arc<RuleConfig>,
    slots: Vec<Slot>,
    /// What comments at the top of the document silence in all of it.
    silenced: Everywhere,
    /// Whether it is a script that jupytext reads, which rules ask for. The model may be without its notebook when an
    /// update comes.
    is_paired: bool,
    /// Whether somebody has asked for problems, of this or of a clone: what a clone has told, this one need not have found.
    asked: Arc<AtomicBool>,
}

impl Analysis {
    /// Makes the analysis of a document.
    pub fn new(model: NotebookModel, config: Arc<RuleConfig>) -> Analysis {
        let slots = model.cells.iter().map(|_| Slot::default()).collect();
        let silenced = everywhere(&model);
        let is_paired = model.notebook.meta.is_paired;
        Analysis { model, config, slots, silenced, is_paired, asked: Arc::default() }
    }

    /// Takes over a changed document; see [`NotebookModel::update`]. Returns whether problems of cells
    /// other than the changed ones may have changed.
    pub fn update(
        &mut self,
        notebook: Notebook,
        gate: Gate,
        changed: Range<usize>,
        environment: &Arc<Environment>,
    ) -> bool {
        let tail = notebook.cells.len() - changed.end;
        let old = changed.start..self.slots.len().saturating_sub(tail).max(changed.start);
        let is_paired = notebook.meta.is_paired;
        let (gate_before, python, failures) = (self.model.gate, self.model.python.clone(), self.model.failures.clone());
        let (outcomes, history) = (self.model.outcomes.clone(), self.model.history.clone());
        let led_elsewhere = self.model.update(notebook, gate, changed.clone(), environment);
        let same_count = old.len() == changed.len();
        self.slots.splice(old, changed.clone().map(|_| Slot::default()));
        let silenced = everywhere(&self.model);
        let everything = is_paired != self.is_paired || silenced != self.silenced;
        (self.is_paired, self.silenced) = (is_paired, silenced);
        if !led_elsewhere && !everything {
            return false;
        }
        if !same_count || gate_before != gate || everything {
            self.slots = self.model.cells.iter().map(|_| Slot::default()).collect();
            return true;
        }
        // A keystroke in a setting must not cost every cell below it. What rules find in a cell depends on
        // the cell itself and, besides, on its Python, on what it led to, on failures that are its own, on what became of
        // what it sets, and (for what is refused in it, and for names that IPython fills in) on the magics above.
        let mut concerned = history.differences(&self.model.history);
        if *failures != *self.model.failures {
            for (needed_by, failure) in failures.iter().chain(&*self.model.failures) {
                concerned.push(match &failure.origin {
                    Some(Origin::Cell { cell, .. }) => *cell,
                    _ => *needed_by,
                });
            }
        }
        concerned.sort_unstable();
        // What breaks the policy is shown where the setting stands, wherever the session is needed.
        let other_sessions = !self.config.policy.is_empty() && history.sessions != self.model.history.sessions;
        let differs = |index: &usize| {
            // Where none is written, at the code that needs the session.
            let needs = || self.model.outcomes.get(*index).is_some_and(|outcome| outcome.created.is_some());
            let sets = || !self.model.cells[*index].effects.changes.is_empty() || needs();
            python.get(*index) != self.model.python.get(*index)
                || outcomes.get(*index) != self.model.outcomes.get(*index)
                || !self.model.cells[*index].effects.refusals.is_empty()
                || self.model.cells[*index].effects.calls.iter().any(|call| call.argument.contains(['{', '$']))
                || concerned.binary_search(index).is_ok()
                || (other_sessions && sets())
        };
        let others: Vec<usize> =
            (0..self.slots.len()).filter(|index| !changed.contains(index)).filter(differs).collect();
        others.iter().for_each(|&index| self.slots[index] = Slot::default());
        !others.is_empty()
    }

    /// Returns which rules run.
    pub fn config(&self) -> &Arc<RuleConfig> {
        &self.config
    }

    /// Takes over other rules.
    pub fn reconfigure(&mut self, config: Arc<RuleConfig>) {
        if *self.config != *config {
            self.config = config;
            self.slots = self.model.cells.iter().map(|_| Slot::default()).collect();
        }
    }

    /// Looks again at what somebody has asked for, since something is known of the accounts that was not before; returns
    /// whether anything else was found than may have been told. Kept are cells that nothing in the account is said of.
    pub fn accounts_changed(&mut self) -> bool {
        // A request may have answered, or be answering, from a clone with what was known before.
        if !self.asked.load(Ordering::Acquire) {
            return false;
        }
        // Where no setting is written, what breaks the policy is shown at the code that needs the session.
        let has_policy = !self.config.policy.is_empty();
        let outcomes = self.model.outcomes.clone();
        let needs = |index: usize| has_policy && outcomes.get(index).is_some_and(|outcome| outcome.created.is_some());
        let concerned = |index: &usize| {
            let sets = self.model.cells.get(*index).is_some_and(|cell| !cell.effects.changes.is_empty());
            sets || needs(*index)
        };
        let concerned: Vec<usize> = (0..self.slots.len()).filter(concerned).collect();
        let mut differs = false;
        for index in concerned {
            let before = self.slots[index].take().flatten();
            differs |= self.problems(index) != before.as_deref().unwrap_or_default();
        }
        differs
    }

    /// Returns the problems of one cell, in order of their place.
    pub fn problems(&self, cell: usize) -> &[Problem] {
        self.asked.store(true, Ordering::Release);
        let Some(slot) = self.slots.get(cell) else { return &[] };
        let compute = || {
            let problems = cell_problems(&self.model, cell, &self.config);
            (!problems.is_empty()).then(|| problems.into())
        };
        slot.get_or_init(compute).as_deref().unwrap_or_default()
    }
}
