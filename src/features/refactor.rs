//! Changes that mend nothing, but write the same in another way. Those of settings leave the plan of the document as it
//! is: each is tried in memory first, and offered only if the kernel would do the same.

use std::ops::Range;
use std::sync::Arc;

use crate::model::create::CreateSession;
use crate::model::state::{KernelState, Outcome};
use crate::model::{Environment, NotebookModel, Setting};
use crate::syntax::{Cell, CellKind};

use super::fix::{Edit, Fix};

mod configure;
mod spark_conf;
mod split;
mod to_configure;
mod to_magics;

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefactorKind {
    /// The same, written in another way.
    Rewrite,
    /// A part gets a place of its own.
    Extract,
}

/// A change that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refactor {
    /// What kind of change it is.
    pub kind: RefactorKind,
    /// The change, with its title.
    pub fix: Fix,
}

impl Refactor {
    fn rewrite(title: impl Into<String>, edits: Vec<Edit>) -> Refactor {
        Refactor { kind: RefactorKind::Rewrite, fix: Fix::of(title, edits) }
    }
}

/// Returns what can be changed at a range of a cell's text, in bytes; nothing where the document is not Glue's.
pub fn refactors(
    model: &NotebookModel,
    cell: usize,
    range: Range<usize>,
    environment: &Arc<Environment>,
) -> Vec<Refactor> {
    let mut out = Vec::new();
    let glue = model.gate.kernel().is_some();
    let Some(entry) = model.cells.get(cell).filter(|entry| glue && entry.cell.kind == CellKind::Code) else {
        return out;
    };
    let place = Place { model, cell, text: &entry.cell.text, range, environment };
    to_magics::offer(&place, &mut out);
    to_configure::offer(&place, &mut out);
    spark_conf::offer(&place, &mut out);
    split::offer(&place, &mut out);
    out
}

/// Where something is to be offered.
struct Place<'a> {
    model: &'a NotebookModel,
    cell: usize,
    text: &'a str,
    range: Range<usize>,
    environment: &'a Arc<Environment>,
}

impl<'a> Place<'a> {
    fn parsed(&self) -> &'a Cell {
        &self.model.cells[self.cell].cell
    }

    /// Returns whether a range of the text touches what is selected.
    fn touches(&self, range: &Range<usize>) -> bool {
        range.start <= self.range.end && self.range.start <= range.end
    }

    /// Returns whether the document's plan is the same once the cell is edited so.
    fn keeps_plan(&self, edits: &[Edit]) -> bool {
        let mut text = self.text.to_owned();
        let mut edits: Vec<&Edit> = edits.iter().collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        for (range, new) in edits.into_iter().rev() {
            if text.get(range.clone()).is_none() {
                return false;
            }
            text.replace_range(range.clone(), new);
        }
        self.same_plan(&text)
    }

    fn same_plan(&self, text: &str) -> bool {
        let (old, cell) = (self.model, self.cell);
        let mut notebook = old.notebook.clone();
        let Some(placed) = notebook.cells.get_mut(cell) else { return false };
        placed.cell = Arc::new(Cell::whole(CellKind::Code, text));
        let mut new = old.clone();
        new.update(notebook, old.gate, cell..cell + 1, self.environment);
        let refused = |model: &NotebookModel| model.cells[cell].effects.refusals.len();
        let statement = |model: &NotebookModel| crate::model::effects::statement(&model.cells[cell].cell);
        refused(&new) <= refused(old)
            && statement(&new) == statement(old)
            && new.cells[cell].effects.shell == old.cells[cell].effects.shell
            && self.same_outcomes(&new)
            && self.leaves(&new) == self.leaves(old)
    }

    fn same_outcomes(&self, new: &NotebookModel) -> bool {
        let old = self.model;
        old.outcomes.len() == new.outcomes.len()
            && old.outcomes.iter().zip(new.outcomes.iter()).all(|(a, b)| {
                let request = |created: &Option<Arc<CreateSession>>| created.as_deref().map(comparable);
                let why = |outcome: &Outcome| outcome.failure.as_ref().map(|failure| failure.refusal.clone());
                a.sent == b.sent
                    && a.late_settings == b.late_settings
                    && why(a) == why(b)
                    && request(&a.created) == request(&b.created)
            })
    }

    /// What the kernel would do after the cell, should the next statement come then: the request, or why there is none,
    /// and the settings that are no part of it.
    fn leaves(&self, model: &NotebookModel) -> Option<Left> {
        let mut state = KernelState::new(self.environment.clone(), model.gate.kernel()?);
        for (index, entry) in model.cells.iter().enumerate().take(self.cell + 1) {
            state.run(index, &entry.effects);
        }
        let client = [Setting::Profile, Setting::Endpoint, Setting::Region, Setting::SessionIdPrefix];
        let client = client.map(|setting| state.resolve(setting).map(|given| given.value.repr()));
        let live = state.is_live();
        let request = state.create().map(|request| comparable(&request)).map_err(|failure| failure.refusal);
        Some((live, client.to_vec(), request))
    }
}

/// What a cell leaves behind.
type Left = (bool, Vec<Option<String>>, Result<CreateSession, crate::model::refusal::CreationRefusal>);

/// The request without where its values come from, and with arguments and tags, which have no order, in one.
fn comparable(request: &CreateSession) -> CreateSession {
    let mut request = CreateSession { origins: Vec::new(), ..request.clone() };
    request.default_arguments.sort();
    request.tags.sort();
    request
}
