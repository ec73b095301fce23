//! A cell that was not there, into a notebook's text.

use std::ops::Range;

use serde_json::{Value, json};

use super::super::scanner::Scanner;
use super::CellShape;
use super::value::{Layout, print};
use crate::syntax::PlacedCell;
use crate::syntax::split::lines;

/// Where a new cell comes.
#[derive(Debug, Clone, Copy)]
pub enum Spot<'a> {
    /// Above a cell.
    Before(&'a PlacedCell),
    /// Below a cell.
    After(&'a PlacedCell),
    /// In place of a cell.
    InsteadOf(&'a PlacedCell),
}

/// Returns a notebook's text with one more code cell, which has a tag and no outputs. It has an id if its neighbour has
/// one, and its members in that one's layout.
pub fn insert_cell(text: &str, spot: Spot<'_>, source: &str, tag: &str) -> String {
    let (Spot::Before(neighbour) | Spot::After(neighbour) | Spot::InsteadOf(neighbour)) = spot;
    let region = &text[neighbour.range.clone()];
    let mut scanner = Scanner::new(region);
    // Past the brace that opens the cell.
    scanner.peek();
    let shape = CellShape::read(&mut scanner, b'{');
    let gap_above = blank_before(text, neighbour.range.start);
    let indent = gap_above.rfind('\n').map_or("", |at| &gap_above[at + 1..]);
    let newline = gap_above.contains('\n').then_some("\n");
    let unit = &indent[..indent.len() / 2];
    let layout = Layout { newline, indent, unit, colon: ": ", gap: " ", first_gap: "" };
    let mut start = 0;
    let source: Vec<&str> = lines(source)
        .map(|line| {
            let piece = &source[start..line.next];
            start = line.next;
            piece
        })
        .collect();
    let mut cell = json!({
        "cell_type": "code",
        "execution_count": null,
        "metadata": { "tags": [tag] },
        "outputs": [],
        "source": source,
    });
    if let (true, Some(members)) = (shape.has("id"), cell.as_object_mut()) {
        members.insert("id".to_owned(), Value::from(fresh_id(text, tag)));
    }
    let cell = print(&cell, &layout);
    let Range { start, end } = neighbour.range.clone();
    match spot {
        Spot::Before(_) => format!("{}{cell},{gap_above}{}", &text[..start], &text[start..]),
        Spot::After(_) => format!("{},{gap_above}{cell}{}", &text[..end], &text[end..]),
        Spot::InsteadOf(_) => format!("{}{cell}{}", &text[..start], &text[end..]),
    }
}

/// Returns the white space before a place.
fn blank_before(text: &str, at: usize) -> &str {
    let start = text[..at].trim_end_matches([' ', '\t', '\r', '\n']).len();
    &text[start..at]
}

fn fresh_id(text: &str, name: &str) -> String {
    let taken = |id: &str| text.contains(&format!("\"{id}\""));
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    // The tag itself stands in the text as a tag.
    numbered.take(10_000).find(|id| !taken(id)).unwrap_or_else(|| name.to_owned())
}
