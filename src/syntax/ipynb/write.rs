//! Outputs into a notebook's text, with the least change.
//!
//! A notebook is under version control: what a run changes in its file is outputs and counts of executions, and all
//! else stays byte for byte. What is written looks as Jupyter writes it (sorted members, text as a list of lines), in
//! the file's own indentation, so that saving it from Jupyter changes nothing again.

mod cells;
#[cfg(test)]
mod cells_tests;
mod edit;
#[cfg(test)]
mod edit_tests;
mod insert;
mod new;
#[cfg(test)]
mod tests;
mod value;

use std::ops::Range;

use serde_json::Value;

pub use self::cells::{CellWrite, write_cells};
pub use self::edit::edit_cell;
pub use self::insert::{Spot, insert_cell};
pub use self::new::{NewCell, new_notebook};
use self::value::{Layout, joined, print};
use super::scanner::{Place, Scanner};

/// What a cell's run left.
#[derive(Debug, Clone, PartialEq)]
pub struct CellResult {
    /// The position of the cell in the notebook's `cells`, from 0.
    pub cell: usize,
    /// Its outputs: objects of the notebook format 4, in place of those it has.
    pub outputs: Vec<Value>,
    /// Its count of executions; `None` is written as `null`.
    pub execution_count: Option<i64>,
}

/// Why outputs cannot be written into a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The text is not JSON.
    #[error("line {line} of the file is not valid JSON; expected there: {expected}. Mend it, then run it again")]
    NotJson {
        /// The line of the mistake, from 1.
        line: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// The text ends too early.
    #[error("the file is cut off: its JSON has no end; get a whole copy of it, then run it again")]
    CutOff,
    /// There are no cells.
    #[error("the file is no notebook of format 4: it has no list `cells`; save it with a newer Jupyter first")]
    NoCells,
    /// A cell is not there, or cannot have outputs.
    #[error(
        "cell {cell} of the file is no code cell, so it cannot take outputs; the file has changed since it was read"
    )]
    NoCodeCell {
        /// Its position, from 0.
        cell: usize,
    },
}

/// Returns a notebook's text with the outputs and counts of executions of the cells in `results`.
///
/// All else is byte for byte as it was: other members, their order, white space, line ends, how numbers and strings
/// are spelled. Outputs that say what is there already are left as they stand. Of several results for a cell the last
/// counts.
///
/// # Errors
///
/// If the text is not a notebook's valid JSON, or a cell is no code cell of it. Nothing is written then.
pub fn write_outputs(text: &str, results: &[CellResult]) -> Result<String, WriteError> {
    let notebook = Shape::read(text)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut done = vec![false; notebook.cells.len()];
    for result in results.iter().rev() {
        let index = result.cell;
        let cell = notebook.cells.get(index).filter(|cell| cell.code).ok_or(WriteError::NoCodeCell { cell: index })?;
        if std::mem::replace(&mut done[index], true) {
            continue;
        }
        let layout = cell.layout(text, notebook.unit);
        let count = result.execution_count.map_or(Value::Null, Value::from);
        let members = [("execution_count", count), ("outputs", joined(Value::from(result.outputs.clone())))];
        let mut missing: Vec<(usize, bool, String)> = Vec::new();
        for (name, value) in members {
            match cell.members.iter().rev().find(|member| member.name == name) {
                Some(member) if says(&text[member.value.clone()], &value) => {}
                Some(member) => edits.push((member.value.clone(), print(&value, &layout))),
                None => {
                    let (at, first) = cell.place_for(name);
                    missing.push((at, first, format!("\"{name}\"{}{}", layout.colon, print(&value, &layout))));
                }
            }
        }
        // Two members for one place are one edit.
        let mut missing = missing.into_iter().peekable();
        while let Some((at, first, mut members)) = missing.next() {
            while let Some((_, _, next)) = missing.next_if(|next| next.0 == at) {
                members = format!("{members},{}{next}", layout.gap);
            }
            let edit =
                if first { format!("{}{members},", layout.first_gap) } else { format!(",{}{members}", layout.gap) };
            edits.push((at..at, edit));
        }
    }
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let added: usize = edits.iter().map(|(_, new)| new.len()).sum();
    let mut out = String::with_capacity(text.len() + added);
    let mut at = 0;
    for (range, new) in edits {
        out.push_str(&text[at..range.start]);
        out.push_str(&new);
        at = range.end;
    }
    out.push_str(&text[at..]);
    Ok(out)
}

/// Returns whether a text says the same as a value, however it is written.
fn says(text: &str, value: &Value) -> bool {
    serde_json::from_str(text).is_ok_and(|there: Value| joined(there) == *value)
}

/// Where everything stands that matters for writing.
struct Shape<'a> {
    cells: Vec<CellShape>,
    /// The list of cells, with its brackets.
    list: Range<usize>,
    /// The version of the format: major and minor number.
    version: (i64, i64),
    /// One level of indentation; `None` for a text that has none.
    unit: Option<&'a str>,
}

/// A cell's object.
struct CellShape {
    /// Its first byte.
    start: usize,
    /// Behind its last byte.
    end: usize,
    members: Vec<Member>,
    /// Whether it is a code cell.
    code: bool,
}

struct Member {
    name: String,
    value: Range<usize>,
}

impl<'a> Shape<'a> {
    fn read(text: &'a str) -> Result<Shape<'a>, WriteError> {
        let mut scanner = Scanner::new(text);
        if text.starts_with('\u{feff}') {
            scanner.at = '\u{feff}'.len_utf8();
        }
        let mut cells = None;
        if scanner.peek() != Some(b'{') {
            return Err(if scanner.at == text.len() { WriteError::CutOff } else { WriteError::NoCells });
        }
        let start = scanner.at;
        let (mut range, mut version) = (0..0, (4, 0));
        scanner.object(Place::Top, &mut |scanner, key| {
            if key != "cells" {
                let start = scanner.at;
                scanner.skip_value();
                let number = || scanner.text.get(start..scanner.at)?.parse().ok();
                match key {
                    "nbformat" => version.0 = number().unwrap_or(version.0),
                    "nbformat_minor" => version.1 = number().unwrap_or(version.1),
                    _ => {}
                }
            } else if scanner.peek() == Some(b'[') {
                // Of members with the same key, the last one counts.
                let mut list = Vec::new();
                let start = scanner.at;
                scanner.list(&mut |scanner, first| list.push(CellShape::read(scanner, first)));
                range = start..scanner.at;
                cells = Some(list);
            } else {
                cells = None;
                scanner.skip_value();
            }
        });
        if !scanner.truncated && scanner.peek().is_some() {
            scanner.wrong("the end of the file");
        }
        if scanner.truncated {
            return Err(WriteError::CutOff);
        }
        if let Some((at, expected)) = scanner.mistake {
            let line = text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
            return Err(WriteError::NotJson { line, expected });
        }
        let gap = gap_after(text, start);
        let unit = gap.rfind('\n').map(|line| &gap[line + 1..]);
        Ok(Shape { cells: cells.ok_or(WriteError::NoCells)?, list: range, version, unit })
    }
}

impl CellShape {
    fn read(scanner: &mut Scanner<'_>, first: u8) -> CellShape {
        let mut cell = CellShape { start: scanner.at, end: scanner.at, members: Vec::new(), code: false };
        if first != b'{' {
            scanner.skip_value();
            cell.end = scanner.at;
            return cell;
        }
        let mut kind = None;
        scanner.object(Place::Element, &mut |scanner, key| {
            let start = scanner.at;
            scanner.skip_value();
            if key == "cell_type" {
                kind = Some(start..scanner.at);
            }
            cell.members.push(Member { name: key.to_owned(), value: start..scanner.at });
        });
        cell.end = scanner.at;
        cell.code = kind.is_some_and(|kind| says(&scanner.text[kind], &Value::from("code")));
        cell
    }

    fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name == name)
    }

    /// Returns how values are to be written into this cell.
    fn layout<'a>(&self, text: &'a str, unit: Option<&'a str>) -> Layout<'a> {
        let first_gap = gap_after(text, self.start);
        // Between two members: behind the comma.
        let gap = match &self.members[..] {
            [first, _, ..] => {
                let comma = text[first.value.end..].find(',').map_or(first.value.end, |at| first.value.end + at);
                gap_after(text, comma)
            }
            _ => first_gap,
        };
        let before = self.members.first().and_then(|first| text[..first.value.start].rfind(':').map(|at| (at, first)));
        let colon = before.map_or(": ", |(at, first)| &text[at..first.value.start]);
        // A line break behind the colon is nobody's style.
        let colon = if colon.contains('\n') { ": " } else { colon };
        let indent = gap.rfind('\n').map(|line| (&gap[..=line], &gap[line + 1..]));
        let (newline, indent) = match indent {
            Some((newline, indent)) => (Some(if newline.ends_with("\r\n") { "\r\n" } else { "\n" }), indent),
            None => (None, ""),
        };
        // Where only the cell has lines of its own, a third of its indentation is a level's.
        let unit = unit.unwrap_or_else(|| &indent[..indent.len() / 3]);
        Layout { newline, indent, unit, colon, gap, first_gap }
    }

    /// Returns where a member that the cell lacks belongs by its name, and whether that is before all others.
    fn place_for(&self, name: &str) -> (usize, bool) {
        let before = self.members.iter().take_while(|member| *member.name < *name).last();
        match before {
            Some(member) => (member.value.end, false),
            None => (self.start + 1, true),
        }
    }
}

/// Returns the white space behind the byte at `at`.
fn gap_after(text: &str, at: usize) -> &str {
    let rest = text.get(at + 1..).unwrap_or_default();
    &rest[..rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len()]
}
