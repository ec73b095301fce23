//! One cell of a notebook's JSON text.

use std::ops::Range;
use std::sync::Arc;

use super::escape::decode;
use super::problem::{Problem, ProblemKind, description};
use super::scanner::{Place, Scanner};
use crate::syntax::cell::IGNORE_KEY;
use crate::syntax::{Cell, CellKind, OffsetMap, PlacedCell};

/// A cell as it was read.
pub(super) struct ReadCell {
    /// The cell and the bytes of its object.
    pub(super) placed: PlacedCell,
    /// What is wrong with it, in order; the cell's own position is not known here.
    pub(super) problems: Vec<Problem>,
    /// Whether its object is closed.
    pub(super) closed: bool,
}

/// A text and where it stands, or what stands in its place.
enum Source {
    Missing,
    Bad(&'static str, Range<usize>),
    Text(String, OffsetMap),
}

/// Reads the cell whose object begins here.
pub(super) fn read(scanner: &mut Scanner<'_>) -> ReadCell {
    let start = scanner.at;
    let outer_mistake = scanner.mistake.take();
    let mut source = Source::Missing;
    let mut kind: Result<CellKind, (&'static str, Range<usize>)> = Err(("missing", start..start + 1));
    let mut ignored = None;
    let closed = scanner.object(Place::Element, &mut |scanner, key| match key {
        "cell_type" => kind = read_kind(scanner),
        "source" => source = read_source(scanner, start),
        "metadata" => ignored = read_ignored(scanner),
        _ => {
            scanner.skip_value();
        }
    });
    let mistake = std::mem::replace(&mut scanner.mistake, outer_mistake);

    let mut problems = Vec::new();
    if let Some((at, expected)) = mistake {
        problems.push(Problem {
            kind: ProblemKind::NotJson { expected },
            range: character(scanner.text, at),
            cell: None,
        });
    }
    // In a cell that is cut off, what is missing may have come later.
    let mut report = |kind: ProblemKind, range: Range<usize>| problems.push(Problem { kind, range, cell: None });
    let kind = kind.unwrap_or_else(|(found, range)| {
        if closed || (found != "missing" && !scanner.truncated) {
            report(ProblemKind::BadCellType { found }, range);
        }
        CellKind::Raw
    });
    let (text, map) = match source {
        Source::Text(text, map) => (text, map),
        Source::Missing => {
            if closed {
                report(ProblemKind::BadSource { found: "missing" }, start..start + 1);
            }
            Default::default()
        }
        Source::Bad(found, range) => {
            if !scanner.truncated {
                report(ProblemKind::BadSource { found }, range);
            }
            Default::default()
        }
    };
    problems.sort_by_key(|problem| problem.range.start);
    let cell = Arc::new(Cell::new(kind, text, map).ignoring(ignored.as_deref()));
    ReadCell { placed: PlacedCell { range: start..scanner.at, cell }, problems, closed }
}

/// Makes the cell for an element of `cells` that is no object, so that positions stay right.
pub(super) fn no_cell(scanner: &mut Scanner<'_>, first: u8) -> ReadCell {
    let start = scanner.at;
    scanner.skip_value();
    let range = start..scanner.at;
    let problem =
        Problem { kind: ProblemKind::BadCell { found: description(first) }, range: range.clone(), cell: None };
    let cell = Arc::new(Cell::new(CellKind::Raw, "", OffsetMap::default()));
    ReadCell { placed: PlacedCell { range, cell }, problems: vec![problem], closed: false }
}

/// Returns the range of the character at `at`; empty at the end of the text.
pub(super) fn character(text: &str, at: usize) -> Range<usize> {
    let len = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    at..at + len
}

fn read_kind(scanner: &mut Scanner<'_>) -> Result<CellKind, (&'static str, Range<usize>)> {
    let start = scanner.at;
    if scanner.peek() == Some(b'"') {
        let literal = scanner.string();
        let mut text = String::new();
        decode(scanner.text, literal.content, 0, &mut text, &mut OffsetMap::default());
        return match text.as_str() {
            "code" => Ok(CellKind::Code),
            "markdown" => Ok(CellKind::Markdown),
            "raw" => Ok(CellKind::Raw),
            _ => Err(("unknown", start..scanner.at)),
        };
    }
    let found = scanner.peek().map_or("missing", description);
    scanner.skip_value();
    Err((found, start..scanner.at))
}

/// Reads which rules a cell's metadata says are not to be reported in it.
fn read_ignored(scanner: &mut Scanner<'_>) -> Option<String> {
    let start = scanner.at;
    scanner.skip_value();
    let text = scanner.text.get(start..scanner.at)?;
    if !text.contains(IGNORE_KEY) {
        return None;
    }
    let metadata: serde_json::Value = serde_json::from_str(text).ok()?;
    metadata.get(IGNORE_KEY)?.as_str().map(str::to_owned)
}

fn read_source(scanner: &mut Scanner<'_>, origin: usize) -> Source {
    let start = scanner.at;
    let (mut text, mut map) = (String::new(), OffsetMap::default());
    let mut append = |scanner: &mut Scanner<'_>| {
        let literal = scanner.string();
        decode(scanner.text, literal.content, origin, &mut text, &mut map);
    };
    match scanner.peek() {
        Some(b'"') => {
            append(scanner);
            Source::Text(text, map)
        }
        Some(b'[') => {
            let mut bad = None;
            scanner.list(&mut |scanner, first| {
                if first == b'"' {
                    append(scanner);
                } else {
                    let start = scanner.at;
                    scanner.skip_value();
                    bad.get_or_insert((first, start..scanner.at));
                }
            });
            match bad {
                None => Source::Text(text, map),
                Some((first, range)) => Source::Bad(
                    match description(first) {
                        "a list" => "a list with a list in it",
                        "an object" => "a list with an object in it",
                        "null" => "a list with null in it",
                        "true or false" => "a list with true or false in it",
                        _ => "a list with a number in it",
                    },
                    range,
                ),
            }
        }
        first => {
            scanner.skip_value();
            Source::Bad(first.map_or("missing", description), start..scanner.at)
        }
    }
}
