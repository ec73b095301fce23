//! The query below `%%sql`, as the rules about it read it.
//!
//! The kernel puts the query between three double quotes, in Python: what Spark gets has been through Python's escapes,
//! and its own strings go through Spark's escapes after that.

use std::ops::Range;

use crate::features::diagnostics::Context;
use crate::model::Kernel;
use crate::syntax::{CellMagicKind, Tail};

/// What a stretch of a query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Anything else.
    Code,
    /// A string, quotes included, with its quote and whether it is one of `r'…'`.
    Text(char, bool),
    /// A name in backticks.
    Name,
    /// A comment to the end of its line.
    LineComment,
    /// A comment with an end of its own.
    BlockComment,
}

/// The query of a cell whose first line is `%%sql`.
pub(super) struct Query<'a> {
    /// The cell's text.
    pub(super) cell: &'a str,
    /// The query, without blanks at its end.
    pub(super) range: Range<usize>,
    /// Whether it becomes a string of Python's; of Scala's otherwise, which has no escapes.
    pub(super) python: bool,
}

impl<'a> Query<'a> {
    /// Returns the query of the context's cell; `None` if it is none, or empty.
    pub(super) fn of(context: &'a Context<'_>) -> Option<Query<'a>> {
        let Tail::CellMagic { kind: CellMagicKind::Sql, line, body, .. } = &context.cell.cell.split.tail else {
            return None;
        };
        let cell = context.text();
        let query = cell[body.clone()].trim_end();
        let python = context.model.gate.kernel() == Some(Kernel::PySpark);
        (line.start == 0 && !query.trim().is_empty()).then(|| Query {
            cell,
            range: body.start..body.start + query.len(),
            python,
        })
    }

    /// Returns the query's text.
    pub(super) fn text(&self) -> &'a str {
        &self.cell[self.range.clone()]
    }

    /// Returns the query as parts, in order, with their places in the cell.
    pub(super) fn parts(&self) -> Vec<(Part, Range<usize>)> {
        let text = self.text();
        let mut parts: Vec<(Part, Range<usize>)> = Vec::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            let (part, len) = match c {
                '\'' | '"' => {
                    let raw = text[..at].ends_with(['r', 'R'])
                        && !text[..at - 1].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                    (Part::Text(c, raw), self.text_len(rest, c, raw))
                }
                '`' => (Part::Name, rest[1..].find('`').map_or(rest.len(), |end| end + 2)),
                '-' if rest.starts_with("--") => (Part::LineComment, rest.find(['\n', '\r']).unwrap_or(rest.len())),
                '/' if rest.starts_with("/*") => {
                    (Part::BlockComment, rest[2..].find("*/").map_or(rest.len(), |end| end + 4))
                }
                _ => (Part::Code, c.len_utf8()),
            };
            let place = self.range.start + at..self.range.start + at + len;
            match parts.last_mut() {
                Some((Part::Code, last)) if part == Part::Code => last.end = place.end,
                _ => parts.push((part, place)),
            }
            at += len;
        }
        parts
    }

    /// Returns the bytes of the string that a text begins with, quotes included.
    fn text_len(&self, rest: &str, quote: char, raw: bool) -> usize {
        let mut at = 1;
        while let Some(c) = rest[at..].chars().next() {
            if c == '\\' && !raw {
                let (run, next) = backslashes(&rest[at..]);
                at += run;
                // Python halves them before Spark counts.
                let escaped = if self.python { !run.is_multiple_of(4) } else { !run.is_multiple_of(2) };
                at += next.filter(|_| escaped).map_or(0, char::len_utf8);
                continue;
            }
            at += c.len_utf8();
            if c == quote {
                break;
            }
        }
        at
    }

    /// Returns the query as Python code that runs it, for a string with that prefix; `None` where it would not be the
    /// same.
    pub(super) fn as_python(prefix: &str, statement: &str) -> Option<String> {
        let statement = statement.trim_end();
        let breaks = statement.contains("\"\"\"") || statement.ends_with(['"', '\\']);
        (!breaks).then(|| format!("spark.sql({prefix}\"\"\"{statement}\"\"\").show()"))
    }
}

/// Returns how many backslashes a text begins with, and the character behind them.
pub(super) fn backslashes(text: &str) -> (usize, Option<char>) {
    let rest = text.trim_start_matches('\\');
    (text.len() - rest.len(), rest.chars().next())
}
