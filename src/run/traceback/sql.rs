//! Where in a query Spark says that something is wrong.

use std::ops::Range;

use super::{Failure, trimmed};
use crate::syntax::local_line::is_python_space;
use crate::syntax::split::lines;
use crate::syntax::{Cell, CellMagicKind, Tail};

/// A place in a query: the line from 1, and how many characters stand before it on that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    line: usize,
    column: usize,
}

/// Returns what Spark's message is about, in bytes of the cell's text; `None` if it names no place that the query has.
pub(super) fn place(cell: &Cell, failure: &Failure<'_>) -> Option<Range<usize>> {
    let Tail::CellMagic { kind: CellMagicKind::Sql, .. } = &cell.split.tail else { return None };
    let position =
        position(failure.evalue).or_else(|| failure.traceback.iter().rev().find_map(|entry| position(entry)))?;
    let text = &*cell.text;
    // The query is all that stands below the cell's first line.
    let line = lines(text).nth(position.line)?;
    let query = lines(text).next()?.next;
    // Python reads the query between quotes: an escape above may add lines or take some away.
    if text[query.min(line.content.start)..line.content.start].contains('\\') {
        return None;
    }
    let code = trimmed(text, line.content.clone());
    if code.is_empty() {
        return None;
    }
    let said = &text[line.content.clone()];
    let at = said.char_indices().nth(position.column).map(|(at, _)| line.content.start + at);
    match at {
        Some(at) if said.contains('\\') || text[at..].starts_with(is_python_space) || at >= code.end => Some(code),
        Some(at) => Some(at..at + word(&text[at..code.end])),
        // "At the end of the input" is one character behind it; farther away is another text.
        None if position.column <= said.chars().count() + 1 => Some(code),
        None => None,
    }
}

/// Returns the length in bytes of the name that a text begins with, or of its first character.
fn word(text: &str) -> usize {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '`');
    let len = text.find(|c| !in_name(c)).unwrap_or(text.len());
    if len > 0 { len } else { text.chars().next().map_or(0, char::len_utf8) }
}

/// Reads the first place that a message names.
fn position(message: &str) -> Option<Position> {
    let mut rest = message;
    let mut read = 0;
    while let Some(at) = rest.find("line ") {
        let before = &rest[..at];
        rest = &rest[at + 5..];
        // Not in what a stack or a plan may hold.
        read += at;
        if read > 256 * 1024 {
            return None;
        }
        let Some((line, after)) = number(rest) else { continue };
        // `(line 1, pos 14)` and `; line 1 pos 14`: the column is counted from 0.
        let column = after.strip_prefix(", pos ").or_else(|| after.strip_prefix(" pos ")).and_then(number);
        if let Some((column, _)) = column.filter(|_| line > 0) {
            return Some(Position { line, column });
        }
        // `== SQL (line 1, position 8) ==`: from 1. That of a view names the view, and is not about this text.
        let heading = before.trim_end().ends_with("== SQL(") || before.trim_end().ends_with("== SQL (");
        let column = after.strip_prefix(", position ").and_then(number);
        if let Some((column, _)) = column.filter(|(column, _)| heading && line > 0 && *column > 0) {
            return Some(Position { line, column: column - 1 });
        }
    }
    None
}

fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}
