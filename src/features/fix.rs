//! Changes that mend a problem, and what they are in the text of a document.

use std::collections::BTreeMap;
use std::ops::Range;

use ropey::Rope;

use crate::model::gate::is_magic_name;
use crate::syntax::{CellChange, Form, Notebook, ipynb, percent};

pub mod all;

/// A change that mends a problem. All places are those of the texts before the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, for people: an imperative sentence without a full stop.
    pub title: String,
    /// Replacements in the cell's text: byte range, new text. They do not overlap.
    pub edits: Vec<(Range<usize>, String)>,
    /// Replacements in other cells: position of the cell, byte range of its text, new text.
    pub elsewhere: Vec<(usize, Range<usize>, String)>,
    /// Where the cell is split: from each of these offsets, in bytes of the cell's text, a cell of its own begins. In
    /// order, at starts of lines; no edit spans one.
    pub splits: Vec<usize>,
    /// Whether it may be made without anybody looking at it: it does what the author plainly meant, and nothing that
    /// has worked before works otherwise. Others are only offered.
    pub safe: bool,
}

/// A replacement in a document's text: range in bytes, new text.
pub type Edit = (Range<usize>, String);

impl Fix {
    /// Makes a safe fix of one replacement.
    pub fn replace(title: impl Into<String>, range: Range<usize>, text: impl Into<String>) -> Fix {
        Fix::of(title, vec![(range, text.into())])
    }

    /// Makes a safe fix of several replacements.
    pub fn of(title: impl Into<String>, edits: Vec<(Range<usize>, String)>) -> Fix {
        Fix { title: title.into(), edits, elsewhere: Vec::new(), splits: Vec::new(), safe: true }
    }

    /// Makes it one that is only offered.
    pub fn to_be_confirmed(self) -> Fix {
        Fix { safe: false, ..self }
    }

    /// Returns what becomes of each cell that it concerns, in the order of the cells; `cell` is the problem's.
    pub fn changes(&self, cell: usize) -> Vec<CellChange> {
        let mut changes: BTreeMap<usize, CellChange> = BTreeMap::new();
        if !self.edits.is_empty() || !self.splits.is_empty() {
            let own = CellChange { cell, edits: self.edits.clone(), splits: self.splits.clone() };
            changes.insert(cell, own);
        }
        for (cell, range, text) in &self.elsewhere {
            let change = changes.entry(*cell).or_insert_with(|| CellChange { cell: *cell, ..CellChange::default() });
            change.edits.push((range.clone(), text.clone()));
        }
        changes.into_values().collect()
    }
}

/// Returns the edit of a document's text that replaces a byte range of a cell's text, escaped where the cell stands in
/// JSON.
///
/// `None` where the text cannot stand as it is: a new line among commented ones, a text in a source without a string.
pub fn edit_in_document(notebook: &Notebook, cell: usize, range: Range<usize>, text: &str) -> Option<Edit> {
    let placed = notebook.cells.get(cell)?;
    let new_text = match notebook.form {
        // An empty source has no string to edit inside of.
        Form::Json if placed.cell.map.segments().is_empty() => return None,
        Form::Json => ipynb::encode(text),
        Form::Percent if text.contains(['\n', '\r']) && placed.cell.map.segments().len() > 1 => return None,
        _ => text.to_owned(),
    };
    let range = match notebook.form {
        Form::Cells => range,
        _ => placed.to_document(range),
    };
    Some((range, new_text))
}

/// Returns the edits of a document's text that a fix of a problem in `cell` makes, in order. `text` is the document's.
///
/// `None` where it cannot be made, and where cells are synced one by one and it concerns another one.
pub fn in_document(notebook: &Notebook, text: &Rope, cell: usize, fix: &Fix) -> Option<Vec<Edit>> {
    let changes = fix.changes(cell);
    // The text is that of the problem's cell.
    if notebook.form == Form::Cells && changes.iter().any(|change| change.cell != cell) {
        return None;
    }
    changes_in_document(notebook, text, &changes)
}

/// Returns the edits of a document's text that make changes of its cells, in order; at most one change for each cell.
///
/// Sources of notebooks keep one string for each line; new lines of scripts are commented where they have to be. Cells
/// that come from a split have no outputs.
///
/// `None` where they cannot be made, and where cells are synced one by one and more than one is concerned or one is
/// split.
pub fn changes_in_document(notebook: &Notebook, text: &Rope, changes: &[CellChange]) -> Option<Vec<Edit>> {
    if notebook.form == Form::Cells && changes.len() > 1 {
        return None;
    }
    let mut edits = Vec::new();
    for change in changes {
        let placed = notebook.cells.get(change.cell)?;
        edits.extend(match notebook.form {
            Form::Json => ipynb::edit_cell(text, placed, change)?,
            Form::Percent => percent::edit_cell(text, &notebook.cells, change, &is_magic_name)?,
            Form::Cells | Form::Script | Form::Virtual => {
                // It fits the text.
                change.parts(&placed.cell.text).filter(|parts| parts.len() == 1)?;
                change.edits.clone()
            }
        });
    }
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    Some(edits)
}

/// Returns a text with replacements made that are in order and do not overlap; `None` if they do not fit it.
pub fn applied(text: &Rope, edits: &[Edit]) -> Option<Rope> {
    let mut new = text.clone();
    let mut end = text.len_bytes();
    for (range, replacement) in edits.iter().rev() {
        if range.start > range.end || range.end > end {
            return None;
        }
        let chars = text.try_byte_to_char(range.start).ok()?..text.try_byte_to_char(range.end).ok()?;
        new.remove(chars.clone());
        new.insert(chars.start, replacement);
        end = range.start;
    }
    Some(new)
}
