//! A notebook's cells in another order, with other texts, more of them or fewer.
//!
//! What stays of a cell stays byte for byte, and so does all around the cells.

use serde_json::{Value, json};

use super::super::cell;
use super::value::{Layout, print};
use super::{CellShape, Shape, WriteError, edit_cell, gap_after};
use crate::syntax::ipynb::scanner::Scanner;
use crate::syntax::split::lines;
use crate::syntax::{CellChange, CellKind};
use ropey::Rope;

/// A cell of a notebook that is written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellWrite<'a> {
    /// The position of the cell that it was, from 0; `None` if it is new.
    pub from: Option<usize>,
    /// What it holds.
    pub kind: CellKind,
    /// Its text; `None` if it stays what it was.
    pub source: Option<&'a str>,
    /// The tags of a new cell.
    pub tags: Vec<String>,
}

/// Returns a notebook's text with these cells in place of those that it has.
///
/// A cell that was there keeps its id, its metadata, its outputs and whatever else it has; one that becomes of another
/// kind keeps what such a cell can have. A new one has no outputs, and an id where the version of the format has ids:
/// `fresh_id` makes them, and is asked again for one that is there.
///
/// # Errors
///
/// If the text is not a notebook's valid JSON, or has no such cell. Nothing is written then.
pub fn write_cells(
    text: &str,
    cells: &[CellWrite<'_>],
    fresh_id: &mut dyn FnMut() -> String,
) -> Result<String, WriteError> {
    let notebook = Shape::read(text)?;
    let mut ids = Ids { text, fresh: fresh_id, taken: Vec::new() };
    let mut elements = Vec::with_capacity(cells.len());
    for (index, cell) in cells.iter().enumerate() {
        let element = match cell.from {
            Some(from) => {
                let old = notebook.cells.get(from).ok_or(WriteError::NoCodeCell { cell: from })?;
                kept(text, &notebook, old, cell)
            }
            None => {
                let above = cells[..index].iter().rev().find_map(|cell| cell.from);
                let neighbour = above.or(cells.iter().find_map(|cell| cell.from)).unwrap_or(0);
                let id = (notebook.version >= (4, 5)).then(|| ids.next());
                new(text, &notebook, notebook.cells.get(neighbour), cell, id)
            }
        };
        elements.push(element);
    }
    let inside = if cells.iter().enumerate().all(|(index, cell)| cell.from == Some(index))
        && cells.len() == notebook.cells.len()
    {
        // What stands between them stays.
        let mut inside = String::new();
        let mut at = notebook.list.start + 1;
        for (old, element) in notebook.cells.iter().zip(&elements) {
            inside.push_str(&text[at..old.start]);
            inside.push_str(element);
            at = old.end;
        }
        inside + &text[at..notebook.list.end - 1]
    } else {
        let Around { before, between, after } = Around::of(text, &notebook);
        if elements.is_empty() { String::new() } else { format!("{before}{}{after}", elements.join(&between)) }
    };
    Ok(format!("{}{inside}{}", &text[..=notebook.list.start], &text[notebook.list.end - 1..]))
}

/// What stands around the elements of the list.
struct Around {
    before: String,
    between: String,
    after: String,
}

impl Around {
    fn of(text: &str, notebook: &Shape<'_>) -> Around {
        let own = |range: std::ops::Range<usize>| text[range].to_owned();
        let (first, last) = (notebook.cells.first(), notebook.cells.last());
        match (first, last) {
            (Some(first), Some(last)) => {
                let before = own(notebook.list.start + 1..first.start);
                let between = match notebook.cells.get(1) {
                    Some(second) => own(first.end..second.start),
                    None => format!(",{before}"),
                };
                Around { before, between, after: own(last.end..notebook.list.end - 1) }
            }
            _ => {
                let Some(newline) = newline(text) else {
                    return Around { before: String::new(), between: ", ".to_owned(), after: String::new() };
                };
                let unit = notebook.unit.unwrap_or_default();
                let line = format!("{newline}{unit}{unit}");
                Around { before: line.clone(), between: format!(",{line}"), after: format!("{newline}{unit}") }
            }
        }
    }
}

/// Returns the line break behind the notebook's first bracket, if there is one.
fn newline(text: &str) -> Option<&'static str> {
    let gap = gap_after(text, text.find('{')?);
    let crlf = gap.contains("\r\n");
    gap.contains('\n').then_some(if crlf { "\r\n" } else { "\n" })
}

/// Returns a cell that was there.
fn kept(text: &str, notebook: &Shape<'_>, old: &CellShape, cell: &CellWrite<'_>) -> String {
    let region = &text[old.start..old.end];
    let mut scanner = Scanner::new(region);
    if scanner.peek() != Some(b'{') {
        return region.to_owned();
    }
    let read = cell::read(&mut scanner).placed;
    let source = cell.source.filter(|source| **source != *read.cell.text);
    if cell.kind != read.cell.kind {
        return of_other_kind(text, notebook, old, cell, source.unwrap_or(&read.cell.text));
    }
    let Some(source) = source else { return region.to_owned() };
    let change = CellChange { cell: 0, edits: vec![difference(&read.cell.text, source)], splits: Vec::new() };
    match edit_cell(&Rope::from_str(region), &read, &change) {
        Some(edits) => {
            let mut out = String::new();
            let mut at = 0;
            for (range, new) in edits {
                out.push_str(&region[at..range.start]);
                out.push_str(&new);
                at = range.end;
            }
            out + &region[at..]
        }
        // Its source was no text.
        None => of_other_kind(text, notebook, old, cell, source),
    }
}

/// Returns the replacement that makes a text of another.
fn difference(old: &str, new: &str) -> (std::ops::Range<usize>, String) {
    let start: usize = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (rest, other) = (&old[start..], &new[start..]);
    let same = rest.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b);
    let end: usize = same.map(|(a, _)| a.len_utf8()).sum();
    (start..old.len() - end, new[start..new.len() - end].to_owned())
}

/// How the members of a cell are laid out.
struct Members<'a> {
    layout: Layout<'a>,
    closing: String,
}

impl Members<'_> {
    fn object(&self, members: &[(String, String)]) -> String {
        let member =
            |(name, value): &(String, String)| format!("{}{}{value}", Value::from(name.as_str()), self.layout.colon);
        let members: Vec<String> = members.iter().map(member).collect();
        format!("{{{}{}{}}}", self.layout.first_gap, members.join(&format!(",{}", self.layout.gap)), self.closing)
    }

    fn value(&self, value: &Value) -> String {
        print(value, &self.layout)
    }
}

/// Returns a cell with what it keeps as a cell of another kind.
fn of_other_kind(text: &str, notebook: &Shape<'_>, old: &CellShape, cell: &CellWrite<'_>, source: &str) -> String {
    let members = members_of(text, notebook, old);
    let mut written: Vec<(String, String)> = Vec::new();
    for (index, member) in old.members.iter().enumerate() {
        let again = old.members[index + 1..].iter().any(|later| later.name == member.name);
        let lost: &[&str] =
            if cell.kind == CellKind::Code { &["attachments"] } else { &["execution_count", "outputs"] };
        let lost = lost.contains(&member.name.as_str()) || matches!(member.name.as_str(), "cell_type" | "source");
        if !again && !lost {
            written.push((member.name.clone(), text[member.value.clone()].to_owned()));
        }
    }
    let is_there = |written: &[(String, String)], name: &str| written.iter().any(|(other, _)| other == name);
    for (name, value) in of_kind(cell.kind, source) {
        if !is_there(&written, name) {
            written.push((name.to_owned(), members.value(&value)));
        }
    }
    written.sort();
    members.object(&written)
}

/// Returns a cell that was not there.
fn new(
    text: &str,
    notebook: &Shape<'_>,
    neighbour: Option<&CellShape>,
    cell: &CellWrite<'_>,
    id: Option<String>,
) -> String {
    let unit = notebook.unit.unwrap_or_default();
    let (indent, outer) = (unit.repeat(3), unit.repeat(2));
    let gap = newline(text).map(|newline| format!("{newline}{indent}")).unwrap_or_default();
    let members = match neighbour.filter(|neighbour| !neighbour.members.is_empty()) {
        Some(neighbour) => members_of(text, notebook, neighbour),
        None => Members {
            layout: Layout {
                newline: newline(text),
                indent: &indent,
                unit,
                colon: ": ",
                gap: if gap.is_empty() { " " } else { &gap },
                first_gap: &gap,
            },
            closing: newline(text).map(|newline| format!("{newline}{outer}")).unwrap_or_default(),
        },
    };
    let mut written: Vec<(String, String)> = of_kind(cell.kind, cell.source.unwrap_or_default())
        .into_iter()
        .map(|(name, value)| (name.to_owned(), members.value(&value)))
        .collect();
    let metadata = if cell.tags.is_empty() { json!({}) } else { json!({ "tags": cell.tags }) };
    written.push(("metadata".to_owned(), members.value(&metadata)));
    written.extend(id.map(|id| ("id".to_owned(), Value::from(id).to_string())));
    written.sort();
    members.object(&written)
}

fn members_of<'a>(text: &'a str, notebook: &Shape<'a>, cell: &CellShape) -> Members<'a> {
    let layout = cell.layout(text, notebook.unit);
    let last = cell.members.last().map_or(cell.start + 1, |member| member.value.end);
    Members { layout, closing: text[last..cell.end.saturating_sub(1).max(last)].to_owned() }
}

/// Returns the members that depend on what a cell is and holds.
fn of_kind(kind: CellKind, source: &str) -> Vec<(&'static str, Value)> {
    let mut start = 0;
    let lines: Vec<&str> =
        lines(source).map(|line| &source[std::mem::replace(&mut start, line.next)..line.next]).collect();
    let mut members = vec![("source", json!(lines))];
    match kind {
        CellKind::Code => {
            members.extend([("cell_type", json!("code")), ("execution_count", Value::Null), ("outputs", json!([]))]);
        }
        CellKind::Markdown => members.push(("cell_type", json!("markdown"))),
        CellKind::Raw => members.push(("cell_type", json!("raw"))),
    }
    members
}

/// Makes ids that no string of the notebook is.
struct Ids<'a> {
    text: &'a str,
    fresh: &'a mut dyn FnMut() -> String,
    taken: Vec<String>,
}

impl Ids<'_> {
    fn next(&mut self) -> String {
        /// Who makes the same id again and again gets a number behind it.
        const MOST_TRIES: usize = 20;
        let mut number = 0;
        loop {
            let mut id = (self.fresh)();
            if number > MOST_TRIES {
                id = format!("{id}-{number}");
            }
            if !self.taken.contains(&id) && !self.text.contains(&format!("\"{id}\"")) {
                self.taken.push(id.clone());
                return id;
            }
            number += 1;
        }
    }
}
