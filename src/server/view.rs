//! What a request sees: one document as it was when the request arrived.

use std::sync::Arc;

use ropey::Rope;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::{Analysis, Fix, fix};
use crate::syntax::{CellChange, Form};
use crate::text::{Position, PositionEncoding, offset_at, range_at};

use crate::run::CellKey;
use crate::run::explain::{Change, Need};

use super::convert;
use super::results::Results;

/// One document as it was at a moment.
#[derive(Clone)]
pub(super) struct View {
    /// What it means, with the problems of its cells.
    pub(super) analysis: Arc<Analysis>,
    rope: Rope,
    encoding: PositionEncoding,
    /// The cell that is the document, where cells are synced one by one.
    cell: Option<usize>,
    /// Where cells failed when they were run as they are now.
    failures: Vec<Failure>,
}

/// Where a cell failed.
#[derive(Clone)]
struct Failure {
    cell: usize,
    range: std::ops::Range<usize>,
    name: String,
    message: String,
    related: Option<lsp::Location>,
    /// What could be changed in the document to mend it.
    change: Option<Change>,
}

impl View {
    pub(super) fn new(analysis: Arc<Analysis>, rope: Rope, encoding: PositionEncoding, cell: Option<usize>) -> View {
        View { analysis, rope, encoding, cell, failures: Vec::new() }
    }

    /// Adds where cells failed. `uri` is the document's own, `owner` that of its notebook, or its own.
    pub(super) fn add_failures(&mut self, uri: &str, owner: &str, results: &Results) {
        for (key, result) in results.of(owner) {
            let Some(failure) = &result.failure else { continue };
            let Some(cell) = self.place_of(uri, key, &failure.text) else { continue };
            let related = failure.related.as_ref().and_then(|related| {
                let at = |uri: &str, range| lsp::Location { uri: lsp::Uri(uri.to_owned()), range };
                match &related.cell {
                    CellKey::Uri(other) => {
                        let rope = Rope::from_str(&related.text);
                        let range = range_at(&rope, related.range.clone(), self.encoding);
                        Some(at(other, convert::range_to(range)))
                    }
                    CellKey::Ordinal(_) => {
                        let cell = self.place_of(uri, &related.cell, &related.text)?;
                        Some(at(uri, self.range(cell, related.range.clone())))
                    }
                }
            });
            self.failures.push(Failure {
                cell,
                range: failure.range.clone(),
                name: failure.name.clone(),
                message: failure.message.clone(),
                related,
                change: failure.explanation.as_ref().and_then(|explanation| explanation.change),
            });
        }
        self.failures.sort_by_key(|failure| failure.cell);
    }

    /// Returns the cell that was run as `key` with that text; `None` if it was changed since. A cell of a script may
    /// have another place now.
    fn place_of(&self, uri: &str, key: &CellKey, text: &str) -> Option<usize> {
        let cells = &self.analysis.model.cells;
        let same = |index: &usize| cells.get(*index).is_some_and(|cell| *cell.cell.text == *text);
        match key {
            CellKey::Uri(cell) => self.cell.filter(|_| cell == uri).filter(same),
            CellKey::Ordinal(place) => {
                Some(*place).filter(same).or_else(|| (0..cells.len()).find(same)).filter(|_| self.cell.is_none())
            }
        }
    }

    /// Returns where the result of a cell that was run with that text is to be shown.
    pub(super) fn shown_at(&self, key: &CellKey, text: &str) -> Option<usize> {
        self.place_of("", key, text)
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

    /// Returns the line of the document at a position, without its end, and the offset in it.
    pub(super) fn line_at(&self, position: Position) -> (String, usize) {
        let offset = offset_at(&self.rope, position, self.encoding);
        let line = self.rope.byte_to_line(offset);
        let start = self.rope.line_to_byte(line);
        let text = self.rope.line(line).to_string();
        let text = text.trim_end_matches(['\n', '\r']);
        (text.to_owned(), (offset - start).min(text.len()))
    }

    /// Returns the edit that replaces bytes of the document's line at a position.
    pub(super) fn edit_line(&self, position: Position, range: std::ops::Range<usize>, text: &str) -> lsp::TextEdit {
        let offset = offset_at(&self.rope, position, self.encoding);
        let start = self.rope.line_to_byte(self.rope.byte_to_line(offset));
        self.text_edit((start + range.start..start + range.end, text.to_owned()))
    }

    /// Returns the cell at a position; between cells, the one above.
    pub(super) fn cell_at(&self, position: Position) -> Option<usize> {
        let offset = offset_at(&self.rope, position, self.encoding);
        let cells = &self.analysis.model.notebook.cells;
        self.cell.or_else(|| cells.partition_point(|placed| placed.range.start <= offset).checked_sub(1))
    }

    /// Returns the cell that is the document, where cells are synced one by one.
    pub(super) fn own_cell(&self) -> Option<usize> {
        self.cell
    }

    /// Returns the text of the document.
    pub(super) fn rope(&self) -> &Rope {
        &self.rope
    }

    /// Returns where the whole document stands.
    pub(super) fn whole(&self) -> lsp::Range {
        convert::range_to(range_at(&self.rope, 0..self.rope.len_bytes(), self.encoding))
    }

    /// Returns the positions of the cells that a range of the document touches.
    pub(super) fn cells_in(&self, range: lsp::Range) -> std::ops::Range<usize> {
        if self.cell.is_some() {
            return self.cells();
        }
        let at = |position| offset_at(&self.rope, convert::position(position), self.encoding);
        let (start, end) = (at(range.start), at(range.end));
        let cells = &self.analysis.model.notebook.cells;
        let first = cells.partition_point(|placed| placed.range.end < start);
        first..cells.partition_point(|placed| placed.range.start <= end).max(first)
    }

    /// Returns the part of a cell's text that a range of the document touches.
    pub(super) fn in_cell(&self, cell: usize, range: lsp::Range) -> std::ops::Range<usize> {
        let at = |position| offset_at(&self.rope, convert::position(position), self.encoding);
        let (start, end) = (at(range.start), at(range.end));
        let Some(placed) = self.analysis.model.notebook.cells.get(cell).filter(|_| self.cell.is_none()) else {
            return start..end.max(start);
        };
        let inside = |offset: usize| placed.cell.map.to_cell(offset.saturating_sub(placed.range.start));
        inside(start)..inside(end).max(inside(start))
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

    /// Returns where the last line of a cell that is not blank ends.
    pub(super) fn end_of_code(&self, cell: usize) -> lsp::Position {
        let text = self.analysis.model.notebook.cells.get(cell).map_or("", |placed| &*placed.cell.text);
        let end = text.trim_end().len();
        self.range(cell, end..end).end
    }

    /// Returns the edit that replaces a byte range of a cell's text, if it can be made.
    pub(super) fn edit(&self, cell: usize, range: std::ops::Range<usize>, text: &str) -> Option<lsp::TextEdit> {
        fix::edit_in_document(&self.analysis.model.notebook, cell, range, text).map(|edit| self.text_edit(edit))
    }

    /// Returns the edits of a fix, if all of them can be made in this document.
    pub(super) fn fix(&self, cell: usize, fix: &Fix) -> Option<Vec<lsp::TextEdit>> {
        let edits = fix::in_document(&self.analysis.model.notebook, &self.rope, cell, fix)?;
        Some(edits.into_iter().map(|edit| self.text_edit(edit)).collect())
    }

    /// Returns the edits of a fix that concerns several cells, each a document of its own: by the positions of the cells.
    /// `None` for any other fix.
    pub(super) fn fix_of_cells(&self, cell: usize, fix: &Fix) -> Option<Vec<(usize, Vec<lsp::TextEdit>)>> {
        if self.cell != Some(cell) || fix.elsewhere.is_empty() || !fix.splits.is_empty() {
            return None;
        }
        let of_cell = |change: CellChange| {
            let rope = Rope::from_str(&self.analysis.model.cells.get(change.cell)?.cell.text);
            let edit = |(range, new_text)| lsp::TextEdit {
                range: convert::range_to(range_at(&rope, range, self.encoding)),
                new_text,
            };
            Some((change.cell, change.edits.into_iter().map(edit).collect()))
        };
        fix.changes(cell).into_iter().map(of_cell).collect()
    }

    /// Returns the edits of a fix that splits the cell that is the document, and where it is split then, in positions
    /// before the edits. `None` for any other fix.
    pub(super) fn split(&self, cell: usize, fix: &Fix) -> Option<(Vec<lsp::TextEdit>, Vec<lsp::Position>)> {
        if self.cell != Some(cell) || fix.splits.is_empty() || !fix.elsewhere.is_empty() {
            return None;
        }
        let edits = fix.edits.iter().map(|(range, text)| self.edit(cell, range.clone(), text));
        let splits = fix.splits.iter().map(|&at| self.range(cell, at..at).start);
        Some((edits.collect::<Option<Vec<_>>>()?, splits.collect()))
    }

    /// Returns an edit of the document's text as the client gets it.
    pub(super) fn text_edit(&self, (range, new_text): fix::Edit) -> lsp::TextEdit {
        lsp::TextEdit { range: convert::range_to(range_at(&self.rope, range, self.encoding)), new_text }
    }

    /// Returns the form in which the document arrived.
    pub(super) fn form(&self) -> Form {
        self.analysis.model.notebook.form
    }

    /// Returns the cells that touch a range of the document and failed for want of a connection, with where they did.
    pub(super) fn lacking_connections(&self, range: lsp::Range) -> Vec<(usize, lsp::Range)> {
        let lacks = Some(Change { magic: "connections", need: Need::InVpc });
        let failures = self.failures.iter().filter(|failure| failure.change == lacks);
        let places = failures.map(|failure| (failure.cell, self.range(failure.cell, failure.range.clone())));
        places.filter(|(_, place)| place.end >= range.start && range.end >= place.start).collect()
    }

    /// Returns the diagnostics of the document.
    pub(super) fn diagnostics(&self) -> Vec<lsp::Diagnostic> {
        let mut out = Vec::new();
        for cell in self.cells() {
            for problem in self.analysis.problems(cell).iter() {
                out.push(convert::diagnostic(problem, self.range(cell, problem.range.clone())));
            }
            for failure in self.failures.iter().filter(|failure| failure.cell == cell) {
                let related = failure.related.clone().map(|location| {
                    let message = "it happened in what is defined here".to_owned();
                    vec![lsp::DiagnosticRelatedInformation { location, message }]
                });
                out.push(lsp::Diagnostic {
                    range: self.range(cell, failure.range.clone()),
                    severity: Some(lsp::DiagnosticSeverity::Error),
                    code: Some(lsp::Code::String(failure.name.clone())),
                    source: Some("glue-ls run".to_owned()),
                    message: failure.message.clone().into(),
                    related_information: related,
                    ..lsp::Diagnostic::default()
                });
            }
        }
        out
    }
}
