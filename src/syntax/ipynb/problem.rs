//! What is wrong with a notebook's JSON text.

use std::ops::Range;

/// A problem and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Bytes of the document.
    pub range: Range<usize>,
    /// The position in `cells` of the cell that it is in, if it is in one.
    pub cell: Option<usize>,
}

impl Problem {
    /// By what problems are ordered.
    pub(super) fn place(&self) -> (usize, Option<usize>) {
        (self.range.start, self.cell)
    }
}

/// What is wrong. Displayed, it says to the user what it means and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// There is no text.
    #[error(
        "this notebook is empty; create one with your notebook editor, or put `{{\"cells\": [], \"metadata\": {{}}, \"nbformat\": 4, \"nbformat_minor\": 5}}` here"
    )]
    Empty,
    /// Not JSON.
    #[error("this is not valid JSON: expected {expected}; until it is mended, no notebook editor will open the file")]
    NotJson {
        /// What should stand there.
        expected: &'static str,
    },
    /// The text ends within a value.
    #[error(
        "the notebook ends in the middle: it was cut off, or a closing bracket or quote is missing; close what is open, or restore the file from version control or from `.ipynb_checkpoints`"
    )]
    Truncated,
    /// There is no list of cells.
    #[error(
        "this JSON has no list `cells`, so it is no Jupyter notebook; open the notebook itself, or add `\"cells\": []`"
    )]
    NoCells,
    /// A format before version 4.
    #[error(
        "this notebook is in the old format nbformat {version}, whose cells are not read; upgrade it with `jupyter nbconvert --to notebook --nbformat 4 FILE`, which writes FILE.nbconvert.ipynb"
    )]
    OldFormat {
        /// The version.
        version: i64,
    },
    /// An element of `cells` is no object.
    #[error("a cell must be an object such as `{{\"cell_type\": \"code\", \"source\": []}}`, not {found}")]
    BadCell {
        /// What it is.
        found: &'static str,
    },
    /// The type of a cell is missing or none that a notebook may have.
    #[error("the cell's `cell_type` is {found}; write \"code\", \"markdown\" or \"raw\"")]
    BadCellType {
        /// What it is.
        found: &'static str,
    },
    /// The text of a cell is missing, or neither a string nor a list of strings.
    #[error("the cell's `source` is {found}, so its text is taken as empty; write a string or a list of strings")]
    BadSource {
        /// What it is.
        found: &'static str,
    },
}

/// Returns what a value is, by its first byte.
pub(super) fn description(first: u8) -> &'static str {
    match first {
        b'"' => "a string",
        b'[' => "a list",
        b'{' => "an object",
        b't' | b'f' => "true or false",
        b'n' => "null",
        _ => "a number",
    }
}
