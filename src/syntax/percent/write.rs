//! Changes of cells into a script's text.
//!
//! What a line of a script means depends on what is around it: whether a comment is a magic, where a string ends, what
//! the marker says. So a change is written in the ways that come into question, the least first, and the first one that
//! reads back as exactly the cells that are wanted is taken.

use std::borrow::Cow;
use std::ops::Range;

use ropey::Rope;

use super::body::is_jupyter_language;
use super::header::{read as read_header, usual_language};
use super::magic::{Magics, Reading};
use super::marker::{self, Marker};
use super::quotes::{Quotes, trim_start};
use crate::syntax::split::{is_line_end, lines};
use crate::syntax::{CellChange, CellKind, HeadKind, Part, Piece, PlacedCell, Tail};

/// A replacement in the script's text: byte range, new text.
type Edit = (Range<usize>, String);

/// How many cells are asked at most whether the script's magics are commented.
const ASKED: usize = 200;

/// Returns the edits of a script's text that make a change of a cell.
///
/// `cells` are those that [`super::parse`] gives for the text, with the same `is_magic`. New magics are commented where
/// the script's others are; a cell that begins with the magic of another language has it in its marker there, as
/// jupytext writes it.
///
/// `None` if the change does not fit the cell's text, or no script says it.
pub fn edit_cell(
    text: &Rope,
    cells: &[PlacedCell],
    change: &CellChange,
    is_magic: &dyn Fn(&str) -> bool,
) -> Option<Vec<Edit>> {
    let placed = cells.get(change.cell)?;
    let parts = change.parts(&placed.cell.text)?;
    if placed.cell.kind != CellKind::Code {
        return None;
    }
    let region = Cow::from(text.get_byte_slice(placed.range.clone())?);
    let above = Cow::from(text.get_byte_slice(..cells.first()?.range.start)?);
    let old = Old::read(&region, &above, placed, cells.len() > 1, is_magic);
    let wanted: Vec<String> = parts.iter().map(|part| part.text(&placed.cell.text)).collect();
    let at_place = |edits: Vec<Edit>| {
        let start = placed.range.start;
        edits.into_iter().map(|(range, new)| (start + range.start..start + range.end, new)).collect()
    };

    if !change.concerns_lines(&placed.cell.text) && !placed.cell.text.is_empty() {
        let place = |(range, new): &Edit| (placed.cell.map.to_document(range.clone()), new.clone());
        let mut edits: Vec<Edit> = change.edits.iter().map(place).collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        if applied(&region, &edits).is_some_and(|new| old.reads_as(&new, &wanted)) {
            return Some(at_place(edits));
        }
    }
    let style = commented(text, cells, change.cell);
    for commented in [style, !style] {
        for blank in [true, false] {
            for marked in [old.marked, old.marked || parts.len() > 1] {
                let new = old.with(&parts, &wanted, Way { commented, blank, marked, paired: false });
                if old.reads_as(&new, &wanted) {
                    return Some(at_place(difference(&region, &new)));
                }
            }
        }
    }
    None
}

/// One of the ways to write cells.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// Magics as comments.
    pub(super) commented: bool,
    /// A blank line between cells.
    pub(super) blank: bool,
    /// A marker in front of a cell that has none.
    pub(super) marked: bool,
    /// For jupytext too: comments that it would take for code are commented once more, and what would be taken for a
    /// comment is not commented.
    pub(super) paired: bool,
}

/// A cell as it stands in the script. All ranges are bytes of `region`, but for those of the cell's text.
pub(super) struct Old<'a> {
    region: &'a str,
    /// The document above its first cell: the header.
    above: &'a str,
    language: String,
    is_magic: &'a dyn Fn(&str) -> bool,
    placed: &'a PlacedCell,
    /// Whether the script is divided by markers.
    marked: bool,
    /// The line of the marker with its end, if there is one.
    marker: Option<Range<usize>>,
    /// Whether all lines of the cell are commented.
    foreign: bool,
    /// Behind the last byte of its text.
    end: usize,
    line_end: &'static str,
}

impl<'a> Old<'a> {
    pub(super) fn read(
        region: &'a str,
        above: &'a str,
        placed: &'a PlacedCell,
        several: bool,
        is_magic: &'a dyn Fn(&str) -> bool,
    ) -> Old<'a> {
        let header = read_header(if above.is_empty() { region } else { above });
        let first = lines(region).next();
        let marked = several || !above.is_empty() || super::has_marker(region);
        let line = first.filter(|line| marked && marker::is_marker(&region[line.content.clone()]));
        let said = line.as_ref().map_or(Marker::NONE, |line| marker::read(&region[line.content.clone()]));
        let other = said.language.as_ref().is_some_and(|language| language.text != header.language);
        let foreign = !said.active.unwrap_or(true) || (other && !said.active_key);
        let marker_end = line.as_ref().map_or(0, |line| line.content.end);
        let end = placed.cell.map.document_end().max(marker_end);
        Old {
            region,
            above,
            language: header.language,
            is_magic,
            placed,
            marked,
            marker: line.map(|line| 0..line.next),
            foreign,
            end,
            line_end: if region.contains("\r\n") || above.contains("\r\n") { "\r\n" } else { "\n" },
        }
    }

    /// Returns whether the cell's place in the script reads as cells of these texts if its text is `new`.
    fn reads_as(&self, new: &str, wanted: &[String]) -> bool {
        let mut script = format!("{}{new}", self.above);
        // What follows must still begin a cell.
        let guarded = self.marked || wanted.len() > 1;
        if guarded {
            if !script.is_empty() && !script.ends_with(is_line_end) {
                if self.region.ends_with(is_line_end) {
                    return false;
                }
                script.push_str(self.line_end);
            }
            script.push_str("# %%");
            script.push_str(self.line_end);
        }
        let read = super::parse(&script, self.is_magic);
        let mut wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        // The file's last line end is the text's only where there is no marker.
        if !self.marked
            && guarded
            && let Some(last) = wanted.last_mut()
        {
            *last = last.strip_suffix("\r\n").or_else(|| last.strip_suffix(is_line_end)).unwrap_or(last);
        }
        let texts = read.iter().map(|placed| &*placed.cell.text);
        read.iter().all(|placed| placed.cell.kind == CellKind::Code)
            && texts.eq(wanted.into_iter().chain(guarded.then_some("")))
    }

    /// Returns the cell's place in the script with other cells.
    fn with(&self, parts: &[Part], wanted: &[String], way: Way) -> String {
        let mut out = String::new();
        for (index, (part, text)) in parts.iter().zip(wanted).enumerate() {
            if index > 0 {
                self.end_line(&mut out);
                if way.blank {
                    out.push_str(self.line_end);
                }
            }
            self.cell(index, part, text, way, &mut out);
        }
        let rest = &self.region[self.end..];
        if !rest.starts_with(is_line_end) && !rest.is_empty() {
            self.end_line(&mut out);
        }
        out + rest
    }

    fn end_line(&self, out: &mut String) {
        if !out.is_empty() && !out.ends_with(is_line_end) {
            out.push_str(self.line_end);
        }
    }

    fn cell(&self, index: usize, part: &Part, text: &str, way: Way, out: &mut String) {
        let marker = match &self.marker {
            Some(line) if index == 0 => Some(&self.region[line.clone()]),
            _ if index > 0 || way.marked && !self.marked => Some("# %%"),
            _ => None,
        };
        self.marked_cell(marker, part, text, way, out);
    }

    /// Appends a cell below a marker, if there is one.
    pub(super) fn marked_cell(&self, marker: Option<&str>, part: &Part, text: &str, way: Way, out: &mut String) {
        let first = lines(text).next().map_or("", |line| &text[line.content]);
        let magic = marker.and_then(|_| self.foreign_magic(first)).filter(|_| way.commented);
        if let Some(marker) = marker {
            let line = marker.trim_end_matches(is_line_end);
            let end = &marker[line.len()..];
            out.push_str(&with_language(line, self.foreign, magic));
            out.push_str(if end.is_empty() && !text.is_empty() { self.line_end } else { end });
        }
        self.body(part, text, magic.is_some(), way, out);
    }

    /// Returns the language and what stands behind it if jupytext puts a cell's first line into its marker.
    fn foreign_magic<'t>(&self, line: &'t str) -> Option<(&'t str, &'t str)> {
        let rest = line.strip_prefix("%%")?;
        let (name, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
        let plain = name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.contains(['"', '\\', '\t']);
        let other = is_jupyter_language(name) && usual_language(name) != self.language;
        (plain && other).then_some((name, arguments))
    }

    fn body(&self, part: &Part, text: &str, foreign: bool, way: Way, out: &mut String) {
        let magics = Magics::new(&self.language, self.is_magic, self.marked || way.marked);
        let mut quotes = Quotes::new(&self.language);
        let mut continued = false;
        let kept = Kept::of(part);
        for (index, line) in lines(text).enumerate() {
            if foreign && index == 0 {
                continue;
            }
            let content = &text[line.content.clone()];
            let end = &text[line.content.end..line.next];
            let as_before = if self.foreign == foreign { kept.line(&line.content, self) } else { None };
            let start = out.len();
            if let Some(line) = as_before {
                out.push_str(line);
            } else if foreign {
                out.push_str(if content.is_empty() { "#" } else { "# " });
                out.push_str(content);
            } else {
                let indent = content.len() - trim_start(content).len();
                let is_comment = content[indent..].starts_with('#');
                let reading =
                    magics.filter(|_| !quotes.is_open()).map_or(Reading::Plain, |magics| magics.read(content));
                // A comment that would be taken for a magic is one behind one more sign.
                let sign = match reading {
                    Reading::Magic(_) if way.paired && !is_comment => {
                        let commented = format!("{}# {}", &content[..indent], &content[indent..]);
                        way.commented && magics.is_some_and(|magics| magics.read(&commented) != Reading::Plain)
                    }
                    Reading::Magic(_) => is_comment || way.commented,
                    Reading::Plain if way.paired && is_comment && !quotes.is_open() && !continued => {
                        magics.is_some_and(|magics| magics.taken_for(content).is_some())
                    }
                    Reading::Plain => continued && way.commented && !content.is_empty(),
                };
                out.push_str(&content[..indent]);
                out.push_str(if sign { "# " } else { "" });
                out.push_str(&content[indent..]);
            }
            if !foreign {
                let written = &out[start..];
                let is_magic = magics.is_some_and(|magics| matches!(magics.read(written), Reading::Magic(_)));
                continued = !quotes.is_open()
                    && (continued || is_magic)
                    && magics.is_some_and(|magics| magics.continues(content));
                quotes.read_line(written);
            }
            out.push_str(end);
        }
    }
}

/// Returns a marker's line that says which language its cell is in, and nothing of what it said before if that was
/// another one than the document's.
fn with_language<'a>(line: &'a str, foreign: bool, magic: Option<(&str, &str)>) -> Cow<'a, str> {
    let said = marker::read(line);
    let text = |value: &Option<marker::Value>| value.as_ref().map(|value| value.text.clone());
    let before =
        foreign.then(|| text(&said.language)).flatten().map(|name| (name, text(&said.magic_args).unwrap_or_default()));
    if before.as_ref().map(|(name, arguments)| (name.as_str(), arguments.as_str())) == magic {
        return Cow::Borrowed(line);
    }
    let mut new = line.to_owned();
    if before.is_some() {
        let mut options: Vec<Range<usize>> =
            [said.language, said.magic_args].into_iter().flatten().map(|value| value.option).collect();
        options.sort_by_key(|option| option.start);
        options.dedup();
        for option in options.into_iter().rev() {
            let before = new[..option.start].trim_end_matches(' ').len();
            new.replace_range(before..option.end, "");
        }
    }
    if let Some((name, arguments)) = magic {
        new.push_str(&format!(" language=\"{name}\""));
        if !arguments.is_empty() {
            new.push_str(&format!(" magic_args={}", serde_json::Value::from(arguments)));
        }
    }
    Cow::Owned(new)
}

/// Where the pieces of the old text are in a new one.
struct Kept {
    /// Bytes of the new text, and where they begin in the old one.
    pieces: Vec<(Range<usize>, usize)>,
}

impl Kept {
    fn of(part: &Part) -> Kept {
        let mut at = 0;
        let mut pieces = Vec::new();
        for piece in &part.pieces {
            match piece {
                Piece::Old(range) => {
                    pieces.push((at..at + range.len(), range.start));
                    at += range.len();
                }
                Piece::New(text) => at += text.len(),
            }
        }
        Kept { pieces }
    }

    /// Returns a line of the script, without its end, if the line of the new text is all of one of the old text.
    fn line<'a>(&self, new: &Range<usize>, old: &Old<'a>) -> Option<&'a str> {
        let index = self.pieces.partition_point(|(range, _)| range.end < new.end);
        let (range, from) = self.pieces.get(index).filter(|(range, _)| range.start <= new.start)?;
        let text = &*old.placed.cell.text;
        let start = from + (new.start - range.start);
        let end = start + new.len();
        let begins = text[..start].is_empty() || text[..start].ends_with(is_line_end);
        let ends = text[end..].is_empty() || text[end..].starts_with(is_line_end);
        if !begins || !ends || new.is_empty() {
            return None;
        }
        let place = old.placed.cell.map.to_document(start..end);
        let line = old.region[..place.start].rfind(is_line_end);
        let line = line.map_or(0, |at| at + old.region[at..].chars().next().map_or(1, char::len_utf8));
        // A line that the marker stands for is none of the script's.
        let marker = old.marker.as_ref().map_or(0, |marker| marker.end);
        old.region.get(line..place.end).filter(|_| line >= marker)
    }
}

/// Returns whether the magics of a script are commented, as those nearest to the cell tell; jupytext's way if there are
/// none.
fn commented(text: &Rope, cells: &[PlacedCell], cell: usize) -> bool {
    let below = cells.iter().skip(cell).take(ASKED);
    let above = cells[..cell].iter().rev().take(ASKED);
    below.chain(above).find_map(|placed| is_commented(text, placed)).unwrap_or(true)
}

/// Returns whether the magics of a cell are commented; `None` if it has none.
fn is_commented(text: &Rope, placed: &PlacedCell) -> Option<bool> {
    let split = &placed.cell.split;
    let magic = split.head.iter().find(|line| matches!(line.kind, HeadKind::Magic(_) | HeadKind::Shell(_)));
    let start = match (magic, &split.tail) {
        (Some(line), _) => line.range.start,
        (None, Tail::CellMagic { line, .. }) => line.start,
        _ => return None,
    };
    let at = placed.to_document(start..start).start;
    let line = text.byte_to_line(at.min(text.len_bytes()));
    let before = text.get_byte_slice(text.line_to_byte(line)..at)?;
    Some(before.chars().any(|c| c == '#'))
}

/// Returns a text with replacements made; `None` if they do not fit.
fn applied(text: &str, edits: &[Edit]) -> Option<String> {
    let mut out = String::new();
    let mut at = 0;
    for (range, new) in edits {
        out.push_str(text.get(at..range.start)?);
        out.push_str(new);
        at = range.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

/// Returns the edit that makes the new text of the old one: of the lines that differ.
fn difference(old: &str, new: &str) -> Vec<Edit> {
    fn split(text: &str) -> Vec<&str> {
        let mut start = 0;
        let piece = |line: crate::syntax::split::Line| &text[std::mem::replace(&mut start, line.next)..line.next];
        lines(text).map(piece).collect()
    }
    let (before, after) = (split(old), split(new));
    let most = before.len().min(after.len());
    let same = (0..most).take_while(|&at| before[at] == after[at]).count();
    let below = (1..=most - same).take_while(|&at| before[before.len() - at] == after[after.len() - at]).count();
    let len = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    let start = len(&before[..same]);
    let end = old.len() - len(&before[before.len() - below..]);
    let text = after[same..after.len() - below].concat();
    if text.is_empty() && start == end { Vec::new() } else { vec![(start..end, text)] }
}
