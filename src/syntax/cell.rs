//! A cell: its text as the kernel gets it, how the kernel splits it, and where it stands.

use std::ops::Range;
use std::sync::Arc;

use super::offset_map::OffsetMap;
use super::split::{Split, split_cell};

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CellKind {
    /// Magics and code, run by the kernel.
    Code,
    /// Text for people.
    Markdown,
    /// Anything else; the kernel never sees it.
    Raw,
}

/// The key of a cell's metadata, and the option of a marker, that names rules not to report in the cell.
pub(super) const IGNORE_KEY: &str = "glue-ls-ignore";

/// One cell. Immutable: an edit makes a new one, so that a snapshot can keep the old.
#[derive(Debug, PartialEq, Eq)]
pub struct Cell {
    /// What it holds.
    pub kind: CellKind,
    /// The text as the kernel gets it: magics uncommented, escapes resolved.
    pub text: Arc<str>,
    /// Where that text stands, relative to the cell's start in the document.
    pub map: OffsetMap,
    /// How the kernel splits the text; empty for cells that are not code.
    pub split: Split,
    /// What its marker or metadata says under `glue-ls-ignore`: codes of rules that are not reported in it, with commas
    /// between them; all rules where it is blank.
    pub ignored: Option<Box<str>>,
}

impl Cell {
    /// Makes a cell and splits its text.
    pub fn new(kind: CellKind, text: impl Into<Arc<str>>, map: OffsetMap) -> Cell {
        let text = text.into();
        let split = if kind == CellKind::Code { split_cell(&text) } else { Split::default() };
        Cell { kind, text, map, split, ignored: None }
    }

    /// Adds which rules are not reported in it.
    pub fn ignoring(self, codes: Option<&str>) -> Cell {
        Cell { ignored: codes.map(Box::from), ..self }
    }

    /// Makes a cell that is a document of its own.
    pub fn whole(kind: CellKind, text: impl Into<Arc<str>>) -> Cell {
        let text = text.into();
        let map = OffsetMap::identity(text.len());
        Cell::new(kind, text, map)
    }
}

/// A cell and where it stands in its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedCell {
    /// Byte range of the cell in the document, markers and quotes included.
    pub range: Range<usize>,
    /// The cell.
    pub cell: Arc<Cell>,
}

impl PlacedCell {
    /// Returns the byte range in the document for a range of the cell's text.
    pub fn to_document(&self, range: Range<usize>) -> Range<usize> {
        let range = self.cell.map.to_document(range);
        self.range.start + range.start..self.range.start + range.end
    }
}
