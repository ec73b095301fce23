//! Changes of cells into a notebook's text.
//!
//! What stays of a source stays as it is spelled, with its escapes. A change within lines is one within strings; where
//! lines come or go, a list keeps one string for each line, as Jupyter writes it.

use std::borrow::Cow;
use std::ops::Range;

use ropey::Rope;

use super::{CellShape, gap_after};
use crate::syntax::ipynb::encode;
use crate::syntax::ipynb::escape::decode;
use crate::syntax::ipynb::scanner::Scanner;
use crate::syntax::split::lines;
use crate::syntax::{Cell, CellChange, OffsetMap, Part, Piece, PlacedCell};

/// A replacement in the notebook's text: byte range, new text.
type Edit = (Range<usize>, String);

/// The longest id that the notebook format allows.
const LONGEST_ID: usize = 64;

/// Returns the edits of a notebook's text that make a change of a cell, in order. Cells that come below it have no
/// outputs, an id if the cell has one, and its members in its layout.
///
/// `None` if the change does not fit the cell's text, or the cell has no source.
pub fn edit_cell(text: &Rope, placed: &PlacedCell, change: &CellChange) -> Option<Vec<Edit>> {
    let cell = &*placed.cell;
    let parts = change.parts(&cell.text)?;
    let region = Cow::from(text.get_byte_slice(placed.range.clone())?);
    let mut scanner = Scanner::new(&region);
    if scanner.peek() != Some(b'{') {
        return None;
    }
    let shape = CellShape::read(&mut scanner, b'{');
    if scanner.mistake.is_some() || scanner.truncated || scanner.at != region.len() {
        return None;
    }
    let source = Source::of(&region, &shape)?;
    // A list has one string for each line, also where the last line goes or a new one comes behind it.
    let as_many = literals(&source.raw(cell, parts.first()?)).len() == source.literals.len();
    let concerns_lines = change.concerns_lines(&cell.text) || cell.text.is_empty() || !as_many;
    let mut edits = if parts.len() > 1 || (source.is_list && concerns_lines) {
        source.replace(cell, parts.first()?)
    } else {
        source.replace_within(cell, &change.edits)?
    };
    let mut below = String::new();
    let mut ids = Vec::new();
    for (index, part) in parts.iter().enumerate().skip(1) {
        if shape.has("id") {
            ids.push(fresh_id(text, &region, &shape, index, &ids));
        }
        let before = text.get_byte_slice(..placed.range.start)?;
        let gap: Vec<char> = before.chars_at(before.len_chars()).reversed().take_while(|c| is_blank(*c)).collect();
        below.push(',');
        below.extend(gap.iter().rev());
        source.sibling(cell, part, ids.last(), &mut below);
    }
    if !below.is_empty() {
        edits.push((region.len()..region.len(), below));
    }
    let start = placed.range.start;
    Some(edits.into_iter().map(|(range, new)| (start + range.start..start + range.end, new)).collect())
}

/// Where a cell's source stands. All ranges but `Literal::text` are bytes of the cell's object.
struct Source<'a> {
    region: &'a str,
    shape: &'a CellShape,
    value: Range<usize>,
    is_list: bool,
    literals: Vec<Literal>,
}

struct Literal {
    /// With its quotes.
    range: Range<usize>,
    /// Which bytes of the cell's text it holds.
    text: Range<usize>,
}

impl<'a> Source<'a> {
    fn of(region: &'a str, shape: &'a CellShape) -> Option<Source<'a>> {
        let value = shape.members.iter().rfind(|member| member.name == "source")?.value.clone();
        let mut scanner = Scanner::new(region);
        scanner.at = value.start;
        let mut literals: Vec<Literal> = Vec::new();
        let mut only_strings = true;
        let mut add = |scanner: &mut Scanner<'_>| {
            let start = scanner.at;
            let content = scanner.string().content;
            let from = literals.last().map_or(0, |literal| literal.text.end);
            let (mut text, mut map) = (String::new(), OffsetMap::default());
            decode(region, content, 0, &mut text, &mut map);
            literals.push(Literal { range: start..scanner.at, text: from..from + text.len() });
        };
        let first = scanner.peek()?;
        match first {
            b'"' => add(&mut scanner),
            b'[' => {
                scanner.list(&mut |scanner, first| {
                    if first == b'"' {
                        add(scanner);
                    } else {
                        only_strings = false;
                        scanner.skip_value();
                    }
                });
            }
            _ => return None,
        }
        only_strings.then_some(Source { region, shape, value, is_list: first == b'[', literals })
    }

    /// Returns the edits for replacements that leave the strings as many as they are.
    fn replace_within(&self, cell: &Cell, edits: &[Edit]) -> Option<Vec<Edit>> {
        let mut out = Vec::new();
        for (range, new) in edits {
            let place = match self.literals.as_slice() {
                // An empty text has no place in the map.
                [only] if cell.text.is_empty() => only.range.start + 1..only.range.start + 1,
                [] => return None,
                _ => cell.map.to_document(range.clone()),
            };
            out.push((place, encode(new)));
        }
        out.sort_by_key(|(range, _)| (range.start, range.end));
        Some(out)
    }

    /// Returns the edits that give the source another text.
    fn replace(&self, cell: &Cell, part: &Part) -> Vec<Edit> {
        let raw = self.raw(cell, part);
        if !self.is_list {
            return vec![(self.value.clone(), format!("\"{raw}\""))];
        }
        let new = literals(&raw);
        let old: Vec<&str> = self.literals.iter().map(|literal| &self.region[literal.range.clone()]).collect();
        let most = old.len().min(new.len());
        let same = (0..most).take_while(|&at| old[at] == new[at]).count();
        let same_below = (1..=most - same).take_while(|&at| old[old.len() - at] == new[new.len() - at]).count();
        let (gone, come) = (same..old.len() - same_below, &new[same..new.len() - same_below]);
        if come.is_empty() && gone.is_empty() {
            return Vec::new();
        }
        if old.is_empty() || new.is_empty() {
            return vec![(self.value.clone(), self.list(&new))];
        }
        let at = |index: usize| self.literals[index].range.clone();
        let joined = come.join(&self.separator());
        let edit = if !come.is_empty() && !gone.is_empty() {
            (at(gone.start).start..at(gone.end - 1).end, joined)
        } else if !come.is_empty() && gone.start < old.len() {
            let start = at(gone.start).start;
            (start..start, joined + &self.separator())
        } else if !come.is_empty() {
            let end = at(gone.start - 1).end;
            (end..end, self.separator() + &joined)
        } else if gone.end < old.len() {
            (at(gone.start).start..at(gone.end).start, joined)
        } else {
            (at(gone.start - 1).end..at(gone.end - 1).end, joined)
        };
        vec![edit]
    }

    /// Returns a text as it stands within a JSON string, with what is old as it is spelled.
    fn raw(&self, cell: &Cell, part: &Part) -> String {
        let mut raw = String::new();
        for piece in &part.pieces {
            match piece {
                Piece::New(text) => raw.push_str(&encode(text)),
                Piece::Old(range) => {
                    let from = self.literals.partition_point(|literal| literal.text.end <= range.start);
                    for literal in self.literals[from..].iter().take_while(|literal| literal.text.start < range.end) {
                        let inside = range.start.max(literal.text.start)..range.end.min(literal.text.end);
                        if !inside.is_empty() {
                            raw.push_str(&self.region[cell.map.to_document(inside)]);
                        }
                    }
                }
            }
        }
        raw
    }

    /// Returns what stands between two strings of the list.
    fn separator(&self) -> String {
        let gap = match self.literals.as_slice() {
            [first, second, ..] => return self.region[first.range.end..second.range.start].to_owned(),
            [_] => gap_after(self.region, self.value.start),
            [] => "",
        };
        if gap.contains('\n') {
            return format!(",{gap}");
        }
        // All on one line, with blanks where the object has blanks.
        if self.layout_colon().ends_with(' ') { ", ".to_owned() } else { ",".to_owned() }
    }

    fn layout_colon(&self) -> &str {
        self.shape.layout(self.region, None).colon
    }

    /// Returns a list of strings as the source's list is laid out.
    fn list(&self, strings: &[String]) -> String {
        if strings.is_empty() {
            return "[]".to_owned();
        }
        if let Some(last) = self.literals.last().filter(|_| self.is_list) {
            let start = gap_after(self.region, self.value.start);
            let end = gap_after(self.region, last.range.end - 1);
            return format!("[{start}{}{end}]", strings.join(&self.separator()));
        }
        let layout = self.shape.layout(self.region, None);
        match layout.newline {
            None => format!("[{}]", strings.join(&self.separator())),
            Some(newline) => {
                // The object's bracket stands one level out of its members.
                let outer = self.closing_gap().rsplit('\n').next().unwrap_or_default();
                let unit = layout.indent.strip_prefix(outer).filter(|unit| !unit.is_empty()).unwrap_or(layout.unit);
                let line = format!("{newline}{}{unit}", layout.indent);
                format!("[{line}{}{newline}{}]", strings.join(&format!(",{line}")), layout.indent)
            }
        }
    }

    /// Returns what stands in front of the object's last bracket.
    fn closing_gap(&self) -> &'a str {
        let inside = &self.region[..self.region.len() - 1];
        &inside[inside.trim_end_matches(is_blank).len()..]
    }

    /// Appends a cell with another text, in the layout of this one.
    fn sibling(&self, cell: &Cell, part: &Part, id: Option<&String>, out: &mut String) {
        let layout = self.shape.layout(self.region, None);
        let raw = self.raw(cell, part);
        out.push('{');
        out.push_str(layout.first_gap);
        let mut first = true;
        for (index, member) in self.shape.members.iter().enumerate() {
            let again = self.shape.members[index + 1..].iter().any(|later| later.name == member.name);
            let value = match member.name.as_str() {
                _ if again => continue,
                "cell_type" => self.region[member.value.clone()].to_owned(),
                "execution_count" => "null".to_owned(),
                "id" => id.map(|id| format!("\"{id}\"")).unwrap_or_default(),
                "metadata" => "{}".to_owned(),
                "outputs" => "[]".to_owned(),
                "source" if self.is_list => self.list(&literals(&raw)),
                "source" => format!("\"{raw}\""),
                _ => continue,
            };
            if !std::mem::take(&mut first) {
                out.push(',');
                out.push_str(layout.gap);
            }
            out.push_str(&format!("\"{}\"{}{value}", member.name, layout.colon));
        }
        out.push_str(self.closing_gap());
        out.push('}');
    }
}

/// Returns the content of a JSON string as strings of one line each.
fn literals(raw: &str) -> Vec<String> {
    let (mut text, mut map) = (String::new(), OffsetMap::default());
    decode(raw, 0..raw.len(), 0, &mut text, &mut map);
    let mut start = 0;
    let piece = |line: crate::syntax::split::Line| {
        let range = map.to_document(start..line.next);
        start = line.next;
        format!("\"{}\"", &raw[range])
    };
    lines(&text).map(piece).collect()
}

/// Returns an id for the cell at `index` of those that a cell is split into: the cell's own with a number, which no
/// string of the notebook and none of `taken` is.
fn fresh_id(text: &Rope, region: &str, shape: &CellShape, index: usize, taken: &[String]) -> String {
    let old = shape.members.iter().rfind(|member| member.name == "id");
    let old = old.map(|member| &region[member.value.clone()]).unwrap_or_default();
    let stem: String = old.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    let stem = if stem.is_empty() { "cell" } else { &stem };
    let text = text.to_string();
    let mut number = index + 1;
    loop {
        let end = format!("-{number}");
        // A stem of ASCII: each byte is a character.
        let id = format!("{}{end}", &stem[..stem.len().min(LONGEST_ID - end.len())]);
        if !taken.contains(&id) && !text.contains(&format!("\"{id}\"")) {
            return id;
        }
        number += 1;
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}
