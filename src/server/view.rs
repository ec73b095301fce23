//! What a request sees: one document as it was when the request arrived.

use std::sync::Arc;

use ropey::Rope;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::{Analysis, Fix};
use crate::syntax::{Form, ipynb};
use crate::text::{Position, PositionEncoding, offset_at, range_at};

use super::convert;

/// One document as it was at a moment.
#[derive(Clone)]
pub(super) struct View {
    /// What it means, with the problems of its cells.
    pub(super) analysis: Arc<Analysis>,
    rope: Rope,
    encoding: PositionEncoding,
    /// The cell that is the document, where cells are synced one by one.
    cell: Option<usize>,
}

impl View {
    pub(super) fn new(analysis: Arc<Analysis>, rope: Rope, encoding: PositionEncoding, cell: Option<usize>) -> View {
        View { analysis, rope, encoding, cell }
    }

    /// Returns the positions of the cells that the document shows.
    pub(super) fn cells(&self) -> std::ops::Range<usize> {
        match self.cell {
            Some(cell) => cell..cell + 1,
            None => 0..self.analysis.model.cells.len(),
        }
    }

    /// Returns the cell at a position and the offset in its text; `None` between cells.
    pub(super) fn at(&self, position: Position) -> Option<(usize, usize)> {
        let offset = offset_at(&self.rope, position, self.encoding);
        if let Some(cell) = self.cell {
            return Some((cell, offset));
        }
        let cells = &self.analysis.model.notebook.cells;
        let index = cells.partition_point(|placed| placed.range.start <= offset).checked_sub(1)?;
        let placed = cells.get(index).filter(|placed| offset <= placed.range.end)?;
        let inside = offset - placed.range.start;
        let empty = placed.cell.text.is_empty();
        (empty || placed.cell.map.covers(inside)).then(|| (index, placed.cell.map.to_cell(inside)))
    }

    /// Returns where a byte range of a cell's text stands in the document.
    pub(super) fn range(&self, cell: usize, range: std::ops::Range<usize>) -> lsp::Range {
        let bytes = match self.analysis.model.notebook.cells.get(cell) {
            Some(placed) if self.cell.is_none() => placed.to_document(range),
            _ => range,
        };
        convert::range_to(range_at(&self.rope, bytes, self.encoding))
    }

    /// Returns where a whole cell stands in the document, markers and quotes included.
    pub(super) fn cell_range(&self, cell: usize) -> lsp::Range {
        let bytes = match self.analysis.model.notebook.cells.get(cell) {
            Some(placed) if self.cell.is_none() => placed.range.clone(),
            _ => 0..self.rope.len_bytes(),
        };
        convert::range_to(range_at(&self.rope, bytes, self.encoding))
    }

    /// Returns the edit that replaces a byte range of a cell's text, escaped where the cell stands in
    /// JSON. `None` where the text cannot stand as it is: a new line among commented ones.
    pub(super) fn edit(&self, cell: usize, range: std::ops::Range<usize>, text: &str) -> Option<lsp::TextEdit> {
        let form = self.analysis.model.notebook.form;
        let placed = self.analysis.model.notebook.cells.get(cell)?;
        let new_text = match form {
            Form::Json => {
                // An empty source has no string to edit inside of.
                if placed.cell.map.segments().is_empty() {
                    return None;
                }
                ipynb::encode(text)
            }
            Form::Percent if text.contains(['\n', '\r']) && placed.cell.map.segments().len() > 1 => return None,
            _ => text.to_owned(),
        };
        Some(lsp::TextEdit { range: self.range(cell, range), new_text })
    }

    /// Returns the edits of a fix, if all of them can be made.
    pub(super) fn fix(&self, cell: usize, fix: &Fix) -> Option<Vec<lsp::TextEdit>> {
        fix.edits.iter().map(|(range, text)| self.edit(cell, range.clone(), text)).collect()
    }

    /// Returns the form in which the document arrived.
    pub(super) fn form(&self) -> Form {
        self.analysis.model.notebook.form
    }

    /// Returns the diagnostics of the document.
    pub(super) fn diagnostics(&self) -> Vec<lsp::Diagnostic> {
        let mut out = Vec::new();
        for cell in self.cells() {
            for problem in self.analysis.problems(cell).iter() {
                out.push(convert::diagnostic(problem, self.range(cell, problem.range.clone())));
            }
        }
        out
    }
}
