//! The line of a cell that stands for all of it.

use std::ops::Range;

use super::local_line::is_python_space;
use super::split::lines;
use super::{Cell, CellMagicKind, Tail};

/// Returns the first line of a cell's code, of its query, or of what it has at all: where to mark what the cell as a
/// whole does. Bytes of the cell's text; empty for an empty cell.
pub fn first_code(cell: &Cell) -> Range<usize> {
    let text = &*cell.text;
    let within = match &cell.split.tail {
        Tail::Code(range) => range.clone(),
        Tail::CellMagic { kind: CellMagicKind::Sql, line, body, .. } => {
            if text[body.clone()].trim().is_empty() {
                line.clone()
            } else {
                body.clone()
            }
        }
        Tail::CellMagic { line, .. } => line.clone(),
        Tail::Nothing => 0..text.len(),
    };
    let mut first = None;
    for line in lines(&text[within.clone()]) {
        let range = trimmed(text, within.start + line.content.start..within.start + line.content.end);
        if range.is_empty() {
            continue;
        }
        // A comment did not fail.
        if !text[range.clone()].starts_with('#') {
            return range;
        }
        first.get_or_insert(range);
    }
    first.unwrap_or(within.start..within.start)
}

/// Returns a range without the white space at its ends.
pub fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let line = &text[range.clone()];
    let start = line.len() - line.trim_start_matches(is_python_space).len();
    let len = line.trim_matches(is_python_space).len();
    range.start + start..range.start + start + len
}
