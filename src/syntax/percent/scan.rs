//! Where the cells of a script begin.

use std::ops::Range;
use std::sync::Arc;

use super::body::{Context, ScriptLine};
use super::fence::{self, Fence, Run};
use super::marker::{self, Marker};
use super::quotes::{Quotes, comment_of, is_space, trim_start};
use crate::syntax::split::lines;
use crate::syntax::{Cell, CellKind, PlacedCell};

/// The cells of a text.
pub(super) struct Scan {
    /// The cells; ranges are bytes of the text, and the last one goes on to its end.
    pub(super) cells: Vec<PlacedCell>,
    /// Whether any of them has a marker.
    pub(super) marked: bool,
    /// Whether a marker that follows the text is sure to begin a cell.
    pub(super) aligned: bool,
}

/// Finds the cells of a text that begins at a marker or behind a document's header.
pub(super) fn scan(context: Context<'_>) -> Scan {
    let mut scan = Scan { cells: Vec::new(), marked: false, aligned: true };
    let mut cell = Open::new(0, None, context.language);
    let mut run = Run::default();
    let mut ended = true;
    for line in lines(context.text) {
        let content = &context.text[line.content.clone()];
        ended = line.next > line.content.end;
        let quoted = cell.quotes.is_open();
        if !quoted && cell.may_end_at(content, line.next, context.text, &mut run, &mut scan.aligned) {
            cell.close(line.content.start, &context, &mut scan.cells);
            let marker = marker::read(content);
            scan.marked = true;
            cell = cell.next(line.content.start, marker, context.language);
        }
        cell.quotes.read_line(content);
        cell.lines.push(ScriptLine { content: line.content, next: line.next, quoted });
    }
    cell.close(context.text.len(), &context, &mut scan.cells);
    scan.aligned &= ended && !cell.quotes.is_open() && cell.fence.is_none();
    scan
}

/// Makes the one cell of a text without markers.
pub(super) fn whole(context: Context<'_>) -> PlacedCell {
    let script: Vec<ScriptLine> =
        lines(context.text).map(|line| ScriptLine { content: line.content, next: line.next, quoted: false }).collect();
    PlacedCell { range: 0..context.text.len(), cell: Arc::new(context.whole(&script)) }
}

/// The cell whose end is being looked for.
struct Open {
    start: usize,
    marker: Option<Marker>,
    quotes: Quotes,
    fence: Option<Fence>,
    lines: Vec<ScriptLine>,
}

impl Open {
    fn new(start: usize, marker: Option<Marker>, language: &str) -> Open {
        let cell_language = marker.as_ref().and_then(|m| m.language.as_ref());
        let quotes = Quotes::new(cell_language.map_or(language, |l| l.text.as_str()));
        Open { start, marker, quotes, fence: None, lines: Vec::new() }
    }

    /// Begins the next cell, with the memory of this one.
    fn next(&mut self, start: usize, marker: Marker, language: &str) -> Open {
        let mut lines = std::mem::take(&mut self.lines);
        lines.clear();
        Open { lines, ..Open::new(start, Some(marker), language) }
    }

    /// Returns whether `line`, which does not begin inside a string, begins the next cell.
    fn may_end_at(&mut self, line: &str, next: usize, text: &str, run: &mut Run, aligned: &mut bool) -> bool {
        let for_people = self.marker.as_ref().is_some_and(|m| m.kind != CellKind::Code && !m.script_only);
        if for_people && let Some(open) = self.fence {
            if open.is_closed_by(fence::uncommented(line)) {
                self.fence = None;
            }
            return false;
        }
        if for_people
            && line.starts_with('#')
            && let Some(open) = fence::opening(fence::uncommented(line))
        {
            let closes = run.closes(text, next, open);
            *aligned &= closes.is_some();
            if closes == Some(true) {
                self.fence = Some(open);
            }
            return false;
        }
        marker::is_marker(line)
    }

    /// Adds the cell, which ends at `end`.
    fn close(&mut self, end: usize, context: &Context<'_>, cells: &mut Vec<PlacedCell>) {
        let lines = trimmed(&self.lines, context.text);
        let cell = context.cell(self.start, self.marker.as_ref(), lines);
        if self.marker.is_some() || !is_idle(&cell, context.language) {
            cells.push(PlacedCell { range: self.start..end, cell: Arc::new(cell) });
        }
    }
}

/// Returns the lines of a cell without the blank ones that part it from the next: two of them behind a
/// line that is not blank, else an empty one.
fn trimmed<'l>(lines: &'l [ScriptLine], text: &str) -> &'l [ScriptLine] {
    let content = |range: &Range<usize>| &text[range.clone()];
    let is_blank = |line: &ScriptLine| content(&line.content).chars().all(is_space);
    match lines {
        [kept @ .., a, b] if is_blank(a) && is_blank(b) && kept.last().is_some_and(|line| !is_blank(line)) => kept,
        [kept @ .., last] if last.content.is_empty() => kept,
        _ => lines,
    }
}

/// Returns whether the text above the first marker holds nothing for the kernel.
fn is_idle(cell: &Cell, language: &str) -> bool {
    let comment = comment_of(language).unwrap_or("#");
    lines(&cell.text).all(|line| {
        let content = trim_start(&cell.text[line.content]);
        content.is_empty() || content.starts_with('#') || content.starts_with(comment)
    })
}
