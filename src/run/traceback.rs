//! Where in a cell something went wrong while it ran.
//!
//! What comes back from a session speaks of lines of the statement that was sent, and of other files: libraries,
//! statements of other cells, the session's own code. Here a traceback is read and brought back to the cell. A wrong
//! place is worse than none, so a frame counts only where it fits what was sent.

mod frames;
mod sql;
#[cfg(test)]
mod tests;

use std::ops::Range;

use self::frames::{Entry, Frames, Source};
pub(super) use self::frames::{last_said, without_colours};
use crate::model::effects;
pub use crate::syntax::first_code::first_code;
use crate::syntax::first_code::trimmed;
use crate::syntax::split::{Line, lines};
use crate::syntax::{Cell, CellMagicKind, Tail};

/// The most characters of a message for people.
const MESSAGE_CHARS: usize = 300;

/// An exception as a session reports it.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// Its class.
    pub ename: &'a str,
    /// Its text.
    pub evalue: &'a str,
    /// The traceback, in lines or larger pieces, with or without colours.
    pub traceback: &'a [String],
}

/// A place in the cell that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Bytes of the cell's text, on character boundaries: the code of a line, or a part of it.
    pub range: Range<usize>,
}

/// A place in a statement that was sent earlier in the same session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Other {
    /// The number of the statement.
    pub statement: i64,
    /// The line of its text, from 1; [`statement_line`] finds it in the cell.
    pub line: usize,
}

/// Where an exception came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Located {
    /// Where in the cell; `None` if nothing points into it, see [`first_code`].
    pub place: Option<Place>,
    /// The deepest frame in another statement, if it lies below that place: the cell called a function that was
    /// defined there. Known for local sessions only.
    pub other: Option<Other>,
}

/// Finds where in `cell` an exception came from.
///
/// `statement` is the text that was sent for the cell: if the cell has changed since, a line that is not the same any
/// more is not pointed at. `number` is the statement's number where frames bear it (local sessions: the file name
/// `<statement N>`); `None` for sessions whose frames do not tell statements apart.
pub fn locate(cell: &Cell, statement: &str, number: Option<i64>, failure: &Failure<'_>) -> Located {
    let plain: Vec<String>;
    let (mut failure, evalue) = (*failure, frames::without_colours(failure.evalue));
    failure.evalue = &evalue;
    if failure.traceback.iter().any(|entry| entry.contains('\u{1b}')) {
        plain = failure.traceback.iter().map(|entry| frames::without_colours(entry).into_owned()).collect();
        failure.traceback = &plain;
    }
    let failure = &failure;
    let sent = Sent::new(cell, statement);
    if sent.sql
        && let Some(range) = sql::place(cell, failure)
    {
        return Located { place: Some(Place { range }), other: None };
    }
    let frames = Frames::read(failure);
    let mut located = match number {
        Some(number) => by_number(&sent, number, &frames),
        None => Located { place: by_shape(&sent, &frames, failure).map(|range| Place { range }), other: None },
    };
    // The statement of a query is our wrapping: its lines say nothing of where in the query it went wrong.
    if sent.sql && located.place.is_some() {
        located.place = Some(Place { range: first_code(cell) });
    }
    located
}

/// Returns the code of a line (from 1) of the statement that is sent for a cell, in bytes of the cell's text; `None` if
/// there is no such line or nothing on it.
pub fn statement_line(cell: &Cell, line: usize) -> Option<Range<usize>> {
    let statement = effects::statement(cell)?;
    let sent = Sent::new(cell, &statement);
    if sent.sql { Some(first_code(cell)) } else { sent.line(line) }
}

/// Returns one line for people: the exception's class and the first line of its text, at most 300 characters.
///
/// What Java or a worker process wraps around the reason is left out.
pub fn message(ename: &str, evalue: &str) -> String {
    let ename = tidy(ename);
    let mut said = evalue.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut first = said.next().unwrap_or_default();
    let inner = if first.starts_with("An error occurred while calling") {
        // py4j: the Java exception stands below, behind a colon.
        said.next().and_then(|line| line.strip_prefix(':')).map(str::trim)
    } else if first.starts_with("An exception was thrown from the Python worker") {
        frames::last_said(evalue)
    } else {
        None
    };
    if let Some(inner) = inner.filter(|inner| !inner.is_empty()) {
        first = inner;
    }
    let first = tidy(first);
    let message = match (ename.is_empty(), first.is_empty()) {
        (false, false) => format!("{ename}: {first}"),
        (false, true) => ename,
        (true, false) => first,
        (true, true) => "the cell failed".to_owned(),
    };
    match message.char_indices().nth(MESSAGE_CHARS) {
        Some(_) => message.chars().take(MESSAGE_CHARS - 1).chain(['…']).collect(),
        None => message,
    }
}

/// Returns a text without colours and control characters; of a very long one its beginning.
fn tidy(text: &str) -> String {
    let text: String = text.chars().take(4 * MESSAGE_CHARS).collect();
    frames::without_colours(&text).chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

/// What was sent for a cell, and where its lines stand there.
struct Sent<'a> {
    cell: &'a Cell,
    /// The lines of the statement.
    lines: Vec<&'a str>,
    /// The lines of the cell that they should be.
    places: Vec<Range<usize>>,
    /// Whether the statement is the wrapping of a query.
    sql: bool,
}

impl<'a> Sent<'a> {
    fn new(cell: &'a Cell, statement: &'a str) -> Sent<'a> {
        let text = &*cell.text;
        let (code, sql) = match &cell.split.tail {
            Tail::Code(range) => (range.clone(), false),
            Tail::CellMagic { kind: CellMagicKind::Sql, .. } => (0..0, true),
            _ => (0..0, false),
        };
        let place = |line: Line| code.start + line.content.start..code.start + line.content.end;
        let places = lines(&text[code.clone()]).map(place).collect();
        Sent { cell, lines: statement.split('\n').collect(), places, sql }
    }

    /// Returns whether the statement has a line of this number, from 1.
    fn has(&self, line: usize) -> bool {
        line >= 1 && line <= self.lines.len()
    }

    /// Returns the code of a line of the statement, from 1, in the cell.
    fn line(&self, line: usize) -> Option<Range<usize>> {
        let index = line.checked_sub(1)?;
        let range = self.places.get(index)?;
        let text = &*self.cell.text;
        (text[range.clone()] == **self.lines.get(index)?).then(|| trimmed(text, range.clone()))
    }

    /// Returns the code of a line that has any.
    fn code(&self, line: usize) -> Option<Range<usize>> {
        self.line(line).filter(|range| !range.is_empty())
    }

    /// Returns where a frame or an entry of a message points.
    fn place_of(&self, entry: &Entry<'_>) -> Option<Range<usize>> {
        if self.sql {
            return self.has(entry.line).then(|| first_code(self.cell));
        }
        self.code(entry.line)
    }

    /// Returns where a mistake in the syntax is: the characters that are marked, else the line, else (for what is
    /// missing at the end) the last line above that has code.
    fn syntax_place(&self, entry: &Entry<'_>) -> Option<Range<usize>> {
        if self.sql {
            return Some(first_code(self.cell));
        }
        if entry.line == 0 || entry.line > self.lines.len() + 1 {
            return None;
        }
        if let Some(range) = self.code(entry.line) {
            let text = &self.cell.text[range.clone()];
            let marked = entry.source.filter(|source| source.trim() == text).and(entry.marked.as_ref());
            let byte = |chars: usize| text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
            return Some(match marked {
                Some(marked) => {
                    let (start, end) = (byte(marked.start), byte(marked.end));
                    // Behind the end something is missing: then the whole line is marked.
                    if start < end { range.start + start..range.start + end } else { range }
                }
                None => range,
            });
        }
        // The line differs from what was sent: the cell has changed.
        let exists = self.places.len() >= entry.line;
        if exists && self.line(entry.line).is_none() {
            return None;
        }
        (1..entry.line).rev().find_map(|line| self.code(line))
    }

    /// Returns whether what a traceback shows of a line is what was sent; `true` where it shows nothing.
    fn shows(&self, entry: &Entry<'_>) -> bool {
        let sent = entry.line.checked_sub(1).and_then(|index| self.lines.get(index));
        entry.source.is_none_or(|source| sent.is_some_and(|line| line.trim() == source.trim()))
    }
}

/// Finds the place where frames bear the statement's number.
fn by_number(sent: &Sent<'_>, number: i64, frames: &Frames<'_>) -> Located {
    let calls: Vec<&Entry<'_>> = frames.calls.iter().chain(&frames.nested).collect();
    let mine = calls.iter().rposition(|call| call.file == Source::Statement(number) && sent.place_of(call).is_some());
    if let Some(mine) = mine {
        let other = calls[mine + 1..].iter().rev().find_map(|call| match call.file {
            Source::Statement(statement) if statement != number => Some(Other { statement, line: call.line }),
            _ => None,
        });
        let place = sent.place_of(calls[mine]).map(|range| Place { range });
        return Located { place, other };
    }
    // Code that could not even begin has no frame: the message says where it stands.
    let said = frames.said.as_ref().filter(|said| said.file == Source::Statement(number));
    let place = said.and_then(|said| sent.syntax_place(said)).map(|range| Place { range });
    let other = calls.iter().rev().find_map(|call| match call.file {
        Source::Statement(statement) if statement != number => Some(Other { statement, line: call.line }),
        _ => None,
    });
    Located { place, other }
}

/// Finds the place where all statements have the same file name: the outermost call is the one that began with this
/// statement; what lies below may belong to earlier ones.
fn by_shape(sent: &Sent<'_>, frames: &Frames<'_>, failure: &Failure<'_>) -> Option<Range<usize>> {
    for kind in [Source::Input, Source::Cell, Source::Loose] {
        let outermost = frames.calls.iter().find(|call| call.file == kind && sent.has(call.line) && sent.shows(call));
        if let Some(call) = outermost {
            return sent.place_of(call);
        }
        if kind == Source::Input
            && let Some(said) = said_by_text(frames, failure)
            && said.file != Source::Loose
            && sent.shows(&said)
        {
            return sent.syntax_place(&said);
        }
    }
    let said = said_by_text(frames, failure).filter(|said| sent.shows(said))?;
    sent.syntax_place(&said)
}

/// Returns where the message of a mistake in the syntax says that it is.
fn said_by_text<'a>(frames: &Frames<'a>, failure: &Failure<'a>) -> Option<Entry<'a>> {
    if !matches!(failure.ename, "SyntaxError" | "IndentationError" | "TabError") {
        return None;
    }
    match &frames.said {
        Some(said) => matches!(said.file, Source::Input | Source::Cell | Source::Loose).then(|| said.clone()),
        // "invalid syntax (<stdin>, line 2)"
        None => frames::said_in_parentheses(failure.evalue),
    }
}
