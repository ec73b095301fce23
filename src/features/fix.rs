//! Changes that mend a problem, and what they are in the text of a document.

use std::ops::Range;

use crate::syntax::{Form, Notebook, ipynb};

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

/// Returns the edits of a document's text that a fix of a problem in `cell` makes. `None` where it cannot be made, and
/// where cells are synced one by one and it concerns more than one.
pub fn in_document(notebook: &Notebook, cell: usize, fix: &Fix) -> Option<Vec<Edit>> {
    if !fix.splits.is_empty() || (notebook.form == Form::Cells && !fix.elsewhere.is_empty()) {
        return None;
    }
    let own = fix.edits.iter().map(|(range, text)| (cell, range, text));
    let others = fix.elsewhere.iter().map(|(cell, range, text)| (*cell, range, text));
    own.chain(others).map(|(cell, range, text)| edit_in_document(notebook, cell, range.clone(), text)).collect()
}
