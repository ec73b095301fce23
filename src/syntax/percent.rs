//! Python text with cells: jupytext's percent format.
//!
//! jupytext decides what a cell is and what its text is. Where this differs, it is more careful about
//! taking comments for code, because a comment lost is a statement sent:
//!
//! * a commented magic counts only under a name that the caller knows (`# %d rows` is a comment), and
//!   comments that begin with a shell word (`# copy the data`) or end in `?` stay comments;
//! * a line such as `#!/bin/sh` stays;
//! * text above the first marker is a cell only if it holds more than comments;
//! * a fenced block in a markdown cell ends at the latest with its run of commented lines;
//! * a header with members beside `jupyter:` is no raw cell;
//! * `language="…"` may be any cell magic that the caller knows, and bare magics may stand beside commented ones.
//!
//! `tests/forms` compares all else with jupytext itself.
//!
//! A document without markers is a single cell in which only known magics above the code are
//! uncommented.
//!
//! [`update`] keeps the cells that an edit leaves alone: reading goes on from the cell of the edit until
//! a cell begins where one began before. A string or fence that is opened goes on to where it ends, so
//! such an edit reads further.

mod body;
mod escapes;
mod fence;
mod header;
mod magic;
mod marker;
mod options;
mod quotes;
mod scan;
#[cfg(test)]
mod tests;
mod whole;
#[cfg(test)]
mod whole_tests;
mod write;
#[cfg(test)]
mod write_tests;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use ropey::Rope;

use self::body::Context;
pub use self::escapes::{Taken, taken_for_code};
pub use self::whole::{NewScript, ScriptCell, new_script, script_stamp};
pub use self::write::edit_cell;
use crate::syntax::split::is_line_end;
use crate::syntax::{CellKind, NotebookMeta, PlacedCell};

/// Returns the cells of a document.
///
/// Total and linear. Each cell ranges from its marker's first byte to the next cell's start; the first
/// one may begin below a header. `is_magic` gets a name without percent signs and says whether a comment
/// such as `# %name` is to be taken for a magic.
pub fn parse(text: &str, is_magic: &dyn Fn(&str) -> bool) -> Vec<PlacedCell> {
    let header = header::read(text);
    let context = Context::new(&text[header.end..], &header, is_magic);
    let scan = scan::scan(context);
    if !scan.marked || !header.has_cells {
        return vec![scan::whole(Context { text, ..context })];
    }
    let mut cells = scan.cells;
    for cell in &mut cells {
        cell.range = header.end + cell.range.start..header.end + cell.range.end;
    }
    cells
}

/// Returns what the header of a document says about its kernel.
pub fn header_meta(text: &str) -> NotebookMeta {
    let header = header::read(text);
    let lines = text[header.end..].split_inclusive('\n').map(Cow::from);
    NotebookMeta { above: comments_above(lines), ..header.meta }
}

/// Returns what the header of a document says about its kernel, reading only its beginning.
pub fn header_meta_of(text: &Rope) -> NotebookMeta {
    let header = header::read_rope(text);
    let lines = text.get_byte_slice(header.end..).into_iter().flat_map(|rest| rest.lines()).map(Cow::from);
    NotebookMeta { above: comments_above(lines), ..header.meta }
}

/// How many lines above the first cell are looked at: nobody writes more of them to a program.
const MOST_ABOVE: usize = 100;

/// Returns the comments that lines begin with, above any marker, if they hold something for glue-ls.
fn comments_above<'a>(lines: impl Iterator<Item = Cow<'a, str>>) -> Option<Arc<str>> {
    let is_comment = |line: &Cow<'_, str>| {
        let line = line.trim();
        line.is_empty() || (line.starts_with('#') && !marker::is_marker(line))
    };
    let text: String = lines.take(MOST_ABOVE).take_while(is_comment).collect();
    text.contains("glue-ls:").then(|| text.into())
}

/// Returns the tags that a marker gives its cell; none for a line that is no marker.
pub fn marker_tags(line: &str) -> Vec<String> {
    if marker::is_marker(line) { marker::tags(line) } else { Vec::new() }
}

/// Returns whether a language is one whose code can stand in a script: that has a comment sign which is known.
pub fn is_script_language(name: &str) -> bool {
    quotes::comment_of(&header::main_language(name)).is_some()
}

/// Returns whether a document is divided by `# %%` markers.
pub fn has_marker(text: &str) -> bool {
    let header = header::read(text);
    header.has_cells && scan::scan(Context::new(&text[header.end..], &header, &|_| false)).marked
}

/// Makes the cells of an old text those of a new one, after a single replacement.
///
/// `text` is the new text, `edited_old` the bytes of the old one that were replaced, and `new_len` how
/// many stand there now. Returns the indices of the cells that are new; all others are those of before,
/// at most moved. The range is empty if only the space between cells changed, or cells went.
pub fn update(
    cells: &mut Vec<PlacedCell>,
    text: &Rope,
    edited_old: Range<usize>,
    new_len: usize,
    is_magic: &dyn Fn(&str) -> bool,
) -> Range<usize> {
    if let Some(changed) = resume(cells, text, &edited_old, new_len, is_magic) {
        return changed;
    }
    let whole = Cow::from(text.slice(..));
    let new = parse(&whole, is_magic);
    let all = 0..cells.len();
    replace(cells, all, new)
}

/// Reads again from the edited cell on; `None` if all of the text has to be read.
fn resume(
    cells: &mut Vec<PlacedCell>,
    text: &Rope,
    edited: &Range<usize>,
    new_len: usize,
    is_magic: &dyn Fn(&str) -> bool,
) -> Option<Range<usize>> {
    // A document of one cell may be one without markers, whose cell follows other rules.
    if cells.len() < 2 {
        return None;
    }
    let first_start = cells.first()?.range.start;
    let header = header::read_rope(text);
    // The language of all cells stands in the header: it must be the old one. It is if it ends above
    // the edit, or if there is none and the cells said that there was none.
    if header.examined >= edited.start && (header.end != 0 || first_start != 0) {
        return None;
    }
    let shifted = |offset: usize| (offset + new_len).checked_sub(edited.len());
    let above = cells.partition_point(|cell| cell.range.start < edited.start);
    let index = first_to_read(cells, text, above, edited.start)?;
    let from = if index == 0 { header.end } else { cells[index].range.start };

    let mut next = cells.partition_point(|cell| cell.range.start < edited.end);
    if above == 0 && first_start <= header.end {
        // The first cell may be the one without a marker.
        next = next.max(1);
    }
    let mut step = 1;
    let scan = loop {
        let to = match cells.get(next) {
            Some(cell) => shifted(cell.range.start)?,
            None => text.len_bytes(),
        };
        if to < from {
            return None;
        }
        let region = Cow::from(text.get_byte_slice(from..to)?);
        let scan = scan::scan(Context::new(&region, &header, is_magic));
        if scan.aligned || next >= cells.len() {
            break scan;
        }
        // Twice as much each time, so that all the attempts together stay linear.
        next = (next + step).min(cells.len());
        step *= 2;
    };
    let mut new = scan.cells;
    if index + new.len() + (cells.len() - next) < 2 {
        return None;
    }
    for cell in &mut new {
        cell.range = from + cell.range.start..from + cell.range.end;
    }
    let new_end = index + new.len();
    let changed = replace(cells, index..next, new);
    for cell in cells.iter_mut().skip(new_end) {
        cell.range = shifted(cell.range.start)?..shifted(cell.range.end)?;
    }
    Some(changed)
}

/// Returns the cell to begin reading at for an edit at `at`, given how many cells start above it.
fn first_to_read(cells: &[PlacedCell], text: &Rope, above: usize, at: usize) -> Option<usize> {
    let Some(mut index) = above.checked_sub(1) else {
        return Some(0);
    };
    // An edit in a marker's line may join its cell to the one above.
    let marker = text.get_byte_slice(cells[index].range.start..at)?;
    if !marker.chars().any(is_line_end) {
        index = index.saturating_sub(1);
    }
    // A fence above may be opened or closed by what is commented below it, be it through other cells.
    let mut above = index;
    while above > 0 && follows_comment(text, cells[above].range.start)? {
        above -= 1;
        if cells[above].cell.kind != CellKind::Code {
            index = above;
        } else if !is_commented(text, &cells[above].range)? {
            break;
        }
    }
    Some(index)
}

/// Returns whether all lines of a range are comments.
fn is_commented(text: &Rope, range: &Range<usize>) -> Option<bool> {
    let range = text.get_byte_slice(range.clone())?;
    Some(range.lines().all(|line| line.len_chars() == 0 || line.get_char(0) == Some('#')))
}

/// Returns whether the line above the one at `start` is a comment.
fn follows_comment(text: &Rope, start: usize) -> Option<bool> {
    let mut chars = text.get_chars_at(text.try_byte_to_char(start).ok()?)?;
    let line_end = chars.prev();
    let mut before = chars.prev();
    if line_end == Some('\n') && before == Some('\r') {
        before = chars.prev();
    }
    let mut first = None;
    while let Some(c) = before.filter(|&c| !is_line_end(c)) {
        first = Some(c);
        before = chars.prev();
    }
    Some(first == Some('#'))
}

/// Puts cells in place of others, keeping those old ones at both ends that are the same.
fn replace(cells: &mut Vec<PlacedCell>, old: Range<usize>, mut new: Vec<PlacedCell>) -> Range<usize> {
    let added = new.len();
    let most = added.min(old.len());
    let same = |a: &PlacedCell, b: &PlacedCell| *a.cell == *b.cell;
    let before = (0..most).take_while(|&i| same(&new[i], &cells[old.start + i])).count();
    let after = (1..=most - before).take_while(|&i| same(&new[added - i], &cells[old.end - i])).count();
    for i in 0..before {
        new[i].cell = Arc::clone(&cells[old.start + i].cell);
    }
    for i in 1..=after {
        new[added - i].cell = Arc::clone(&cells[old.end - i].cell);
    }
    let start = old.start;
    cells.splice(old, new);
    start + before..start + added - after
}
