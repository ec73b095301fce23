//! `--from` and `--to`: which cells are run.

use std::ops::RangeInclusive;

use crate::cli::load::Document;
use crate::cli::output;
use crate::run::CellRun;

/// Which cells are run.
pub(super) struct Choice {
    cells: RangeInclusive<usize>,
    all: bool,
    /// The cell that sets parameters, which is run wherever it is.
    injected: Option<usize>,
}

impl Choice {
    /// Returns the choice of the cells from one to another, both included.
    ///
    /// # Errors
    ///
    /// There are no such cells; a sentence for the user.
    pub(super) fn new(document: &Document, from: Option<usize>, to: Option<usize>) -> Result<Choice, String> {
        let name = document.path.display();
        let count = document.opened.notebook.cells.len();
        let last = count.saturating_sub(1);
        let all = from.is_none() && to.is_none();
        if !all && document.cell_number(0).is_none() {
            return Err(format!("{name} has no cells to choose from; divide it by lines of `# %%`"));
        }
        let cells = from.unwrap_or(0)..=to.unwrap_or(last);
        if !all && (*cells.start() > last || *cells.end() > last) {
            return Err(format!("{name} has {count} cells, counted from 0: `--from` and `--to` go up to {last}"));
        }
        if !all && cells.is_empty() {
            return Err(format!("`--from {}` is behind `--to {}`", cells.start(), cells.end()));
        }
        Ok(Choice { cells, all, injected: None })
    }

    /// Takes note of the cell that sets parameters. The choice was made of the cells as they stand in the file.
    pub(super) fn inject(&mut self, at: usize, replaced: bool) {
        self.injected = Some(at);
        if !replaced {
            let moved = |cell: usize| cell + usize::from(cell >= at);
            self.cells = moved(*self.cells.start())..=moved(*self.cells.end());
        }
    }

    /// Returns whether all cells are run.
    pub(super) fn is_all(&self) -> bool {
        self.all
    }

    /// Returns the cells that are run: those chosen, and those above them that make settings and nothing else, without
    /// which the session would be another one. Says which settings are passed over.
    pub(super) fn of(&self, cells: Vec<CellRun>) -> Vec<CellRun> {
        if self.all {
            return cells;
        }
        let mut passed_over = Vec::new();
        let chosen = cells.into_iter().filter(|cell| {
            let effects = &cell.model.effects;
            let above = cell.index < *self.cells.start();
            if self.cells.contains(&cell.index) || self.injected == Some(cell.index) {
                return true;
            }
            if above && effects.has_statement && effects.changes.iter().any(|change| change.kind.is_setting()) {
                passed_over.push(cell.index.to_string());
            }
            above && !effects.has_statement && !effects.changes.is_empty()
        });
        let chosen: Vec<CellRun> = chosen.collect();
        if !passed_over.is_empty() {
            let one = passed_over.len() == 1;
            let (cells, have, are) = if one { ("cell", "has", "is") } else { ("cells", "have", "are") };
            output::message(&format!(
                "{cells} {} above {have} settings beside code, and {are} not run: the session starts without them",
                passed_over.join(", ")
            ));
        }
        chosen
    }
}
