//! A notebook with what each cell does and led to, kept up to date cell by cell.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::syntax::split::is_line_end;
use crate::syntax::{Cell, Notebook, Tail, python};

use super::account::AccountsHandle;
use super::effects::{ChangeKind, Effects};
use super::environment::Environment;
use super::gate::{Gate, Kernel, gate};
use super::history::{Historian, History};
use super::session_python;
use super::setting::Setting;
use super::state::{CreationFailure, KernelState, Outcome};

mod defined;

/// A cell with what it does, whatever came before it.
#[derive(Debug)]
pub struct CellModel {
    /// The cell.
    pub cell: Arc<Cell>,
    /// What it does.
    pub effects: Effects,
    syntax_error: OnceLock<((u8, u8), Option<python::SyntaxError>)>,
    outline: OnceLock<python::Outline>,
}

impl CellModel {
    /// Computes what a cell does.
    pub fn new(cell: Arc<Cell>) -> CellModel {
        let effects = Effects::of(&cell);
        CellModel { cell, effects, syntax_error: OnceLock::new(), outline: OnceLock::new() }
    }

    /// Returns what the cell's code consists of; nothing where it has none. Read once, then remembered.
    pub fn outline(&self) -> &python::Outline {
        self.outline.get_or_init(|| match &self.cell.split.tail {
            Tail::Code(range) => python::outline(&self.cell.text, range.clone()),
            Tail::Nothing | Tail::CellMagic { .. } => python::Outline::default(),
        })
    }

    /// Returns the first syntax error of the cell's code as the given Python (major, minor) reports it.
    /// Remembered for the version asked first.
    pub fn syntax_error(&self, version: (u8, u8)) -> Option<python::SyntaxError> {
        let compute = || match &self.cell.split.tail {
            Tail::Code(range) => {
                let text = &*self.cell.text;
                let mut error = python::syntax_error(&with_plain_line_ends(text, range), range.clone(), version)?;
                // What stands for a line end may end where a character of the text does not.
                error.range = text.floor_char_boundary(error.range.start)..text.ceil_char_boundary(error.range.end);
                Some(error)
            }
            Tail::Nothing | Tail::CellMagic { .. } => None,
        };
        match self.syntax_error.get_or_init(|| (version, compute())) {
            (known, error) if *known == version => error.clone(),
            _ => compute(),
        }
    }
}

/// Returns the text with the line ends in `code` that only the kernel knows replaced by what Python knows,
/// as the kernel does before it sends the code; every offset stays as it was.
fn with_plain_line_ends<'a>(text: &'a str, code: &Range<usize>) -> Cow<'a, str> {
    let odd = |c: char| is_line_end(c) && !matches!(c, '\n' | '\r');
    if !text[code.clone()].contains(odd) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..code.start]);
    for c in text[code.clone()].chars() {
        if odd(c) {
            out.extend(std::iter::repeat_n(' ', c.len_utf8() - 1));
            out.push('\n');
        } else {
            out.push(c);
        }
    }
    out.push_str(&text[code.end..]);
    Cow::Owned(out)
}

/// A notebook with what each cell does and led to, run from top to bottom.
///
/// Cheap to clone and to update: an edit that leaves what its cell does as it was costs that cell alone.
#[derive(Debug, Clone)]
pub struct NotebookModel {
    /// The notebook.
    pub notebook: Notebook,
    /// What glue-ls does with it.
    pub gate: Gate,
    /// One for each cell of the notebook.
    pub cells: Vec<Arc<CellModel>>,
    /// What each cell led to; empty unless a Glue kernel runs the cells.
    pub outcomes: Arc<Vec<Outcome>>,
    /// The Python (major, minor) that each cell's code runs on; as long as `outcomes`.
    pub python: Arc<Vec<(u8, u8)>>,
    /// Why sessions could not be created, with the cell that needed one; each reason once.
    pub failures: Arc<Vec<(usize, CreationFailure)>>,
    /// What became of what cells set.
    pub history: Arc<History>,
    /// What the kernel would find outside the notebook.
    pub environment: Arc<Environment>,
    /// What is known of the accounts that it uses.
    pub accounts: AccountsHandle,
}

impl NotebookModel {
    /// Computes the model of a notebook.
    pub fn new(notebook: Notebook, gate: Gate, environment: &Arc<Environment>) -> NotebookModel {
        let cells = notebook.cells.iter().map(|placed| Arc::new(CellModel::new(placed.cell.clone()))).collect();
        let mut model = NotebookModel {
            notebook,
            gate,
            cells,
            outcomes: Arc::default(),
            python: Arc::default(),
            failures: Arc::default(),
            history: Arc::default(),
            environment: environment.clone(),
            accounts: AccountsHandle::default(),
        };
        model.run(environment);
        model
    }

    /// Computes the model of a notebook, deciding by itself whether it is Glue's.
    pub fn of(notebook: Notebook, forced: Option<Kernel>, environment: &Arc<Environment>) -> NotebookModel {
        let gate = gate(&notebook, forced);
        NotebookModel::new(notebook, gate, environment)
    }

    /// Takes over a changed notebook: cells at the places `changed` are new, those outside are the same
    /// as before, in the same order. Returns whether what the cells led to may have changed.
    pub fn update(
        &mut self,
        notebook: Notebook,
        gate: Gate,
        changed: Range<usize>,
        environment: &Arc<Environment>,
    ) -> bool {
        let tail = notebook.cells.len() - changed.end;
        let old_end = self.cells.len().saturating_sub(tail);
        let fresh: Vec<Arc<CellModel>> = notebook.cells[changed.clone()]
            .iter()
            .map(|placed| Arc::new(CellModel::new(placed.cell.clone())))
            .collect();
        let old = changed.start..old_end.max(changed.start);
        let same = old.len() == fresh.len()
            && self.gate == gate
            && self.cells[old.clone()].iter().zip(&fresh).all(|(a, b)| a.effects == b.effects);
        self.cells.splice(old, fresh);
        self.notebook = notebook;
        self.gate = gate;
        self.environment = environment.clone();
        if same {
            return false;
        }
        self.run(environment);
        true
    }

    fn run(&mut self, environment: &Arc<Environment>) {
        let mut outcomes = Vec::new();
        let mut python = Vec::new();
        let mut failures: Vec<(usize, CreationFailure)> = Vec::new();
        self.history = Arc::default();
        if let Some(kernel) = self.gate.kernel() {
            let mut historian = Historian::default();
            let mut state = KernelState::new(environment.clone(), kernel);
            let mut version = session_python(&state);
            outcomes.reserve(self.cells.len());
            python.reserve(self.cells.len());
            for (index, model) in self.cells.iter().enumerate() {
                let sets_version = model
                    .effects
                    .changes
                    .iter()
                    .any(|change| matches!(change.kind, ChangeKind::Set(Setting::GlueVersion, _)));
                let outcome = state.run(index, &model.effects);
                historian.cell(index, &model.effects, &outcome, &state);
                if let Some(failure) = outcome.failure.as_deref()
                    && !failures.iter().any(|(_, known)| known == failure)
                {
                    failures.push((index, failure.clone()));
                }
                outcomes.push(outcome);
                if sets_version {
                    version = session_python(&state);
                }
                python.push(version);
            }
            self.history = Arc::new(historian.finish(&state));
        }
        self.outcomes = Arc::new(outcomes);
        self.python = Arc::new(python);
        self.failures = Arc::new(failures);
    }
}
