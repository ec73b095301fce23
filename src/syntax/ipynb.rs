//! A notebook as JSON text.
//!
//! A notebook that opens as text is being edited as text, so any text gives cells: mistakes are
//! remembered as problems, and reading goes on behind them as well as it can. Outputs and all else are
//! read past without being kept.

mod about;
mod cell;
mod escape;
mod problem;
mod scanner;
#[cfg(test)]
mod tests;
mod write;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use ropey::Rope;

pub use self::about::{Kernelspec, kernelspec, tags};
use self::cell::{ReadCell, character};
use self::escape::decode;
pub use self::escape::encode;
pub use self::problem::{Problem, ProblemKind};
use self::scanner::{Place, Scanner};
pub use self::write::{
    CellResult, CellWrite, NewCell, Spot, WriteError, edit_cell, insert_cell, new_notebook, write_cells, write_outputs,
};
use crate::syntax::{NotebookMeta, OffsetMap, PlacedCell};

/// What was read from a notebook's text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// What it says about its kernel.
    pub meta: NotebookMeta,
    /// One cell for each element of `cells`, in order. A cell ranges over its JSON object; its text is
    /// empty where it has none.
    pub cells: Vec<PlacedCell>,
    /// What is wrong, in document order: at most one mistake in the JSON for each cell and one for all
    /// that is outside of them.
    pub problems: Vec<Problem>,
}

/// Returns whether a text whose beginning is `prefix` is meant to be a notebook's JSON.
pub fn looks_like_notebook(prefix: &str) -> bool {
    prefix.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}

/// Reads a notebook. Total and linear, whatever the text.
pub fn parse(text: &str) -> Parsed {
    let mut scanner = Scanner::new(text);
    if text.starts_with('\u{feff}') {
        scanner.at = '\u{feff}'.len_utf8();
    }
    let mut reading = Reading::default();
    match scanner.peek() {
        None => {
            let problems = vec![Problem { kind: ProblemKind::Empty, range: 0..text.len(), cell: None }];
            return Parsed { problems, ..Parsed::default() };
        }
        Some(b'{') => {
            scanner.object(Place::Top, &mut |scanner, key| reading.member(scanner, key));
            if !scanner.truncated && scanner.peek().is_some() {
                scanner.wrong("the end of the file, because the notebook is complete above");
            }
        }
        Some(_) => scanner.wrong("`{`, with which a notebook begins"),
    }
    reading.finish(&scanner)
}

/// Makes what was read from an old text what a new one gives, after a single replacement.
///
/// `text` is the new text, `edited_old` the bytes of the old one that were replaced, and `new_len` how
/// many stand there now. Returns the indices of the cells that are new; all others are those of before,
/// at most moved. An edit inside of one cell reads that cell alone.
pub fn update(parsed: &mut Parsed, text: &Rope, edited_old: Range<usize>, new_len: usize) -> Range<usize> {
    if let Some(changed) = update_cell(parsed, text, &edited_old, new_len) {
        return changed;
    }
    let whole = Cow::from(text.slice(..));
    let mut new = parse(&whole);
    // What is as before stays the very same, so that nothing is computed for it again.
    let most = parsed.cells.len().min(new.cells.len());
    let (added, old_len) = (new.cells.len(), parsed.cells.len());
    let before = (0..most).take_while(|&i| *new.cells[i].cell == *parsed.cells[i].cell).count();
    let after =
        (1..=most - before).take_while(|&i| *new.cells[added - i].cell == *parsed.cells[old_len - i].cell).count();
    for i in 0..before {
        new.cells[i].cell = Arc::clone(&parsed.cells[i].cell);
    }
    for i in 1..=after {
        new.cells[added - i].cell = Arc::clone(&parsed.cells[old_len - i].cell);
    }
    *parsed = new;
    before..added - after
}

/// Reads one cell again; `None` if the edit concerns more than that.
fn update_cell(parsed: &mut Parsed, text: &Rope, edited: &Range<usize>, new_len: usize) -> Option<Range<usize>> {
    let index = parsed.cells.partition_point(|cell| cell.range.start < edited.start).checked_sub(1)?;
    let old = parsed.cells[index].range.clone();
    // Its own brackets must stay.
    if edited.end >= old.end {
        return None;
    }
    let shifted = |offset: usize| (offset + new_len).checked_sub(edited.len());
    let new_end = shifted(old.end)?;
    let region = Cow::from(text.get_byte_slice(old.start..new_end)?);
    let mut scanner = Scanner::new(&region);
    if scanner.peek() != Some(b'{') {
        return None;
    }
    let ReadCell { placed, mut problems, closed } = cell::read(&mut scanner);
    if !closed || scanner.at != region.len() || scanner.truncated {
        return None;
    }
    // Something around the cell, such as a comma before it, may be amiss at its very start.
    let first = parsed.problems.partition_point(|problem| problem.place() < (old.start, Some(index)));
    let last = first + parsed.problems[first..].partition_point(|problem| problem.cell == Some(index));
    for problem in parsed.problems.iter_mut().skip(last) {
        problem.range = shifted(problem.range.start)?..shifted(problem.range.end)?;
    }
    for problem in &mut problems {
        problem.cell = Some(index);
        problem.range = old.start + problem.range.start..old.start + problem.range.end;
    }
    parsed.problems.splice(first..last, problems);
    for cell in parsed.cells.iter_mut().skip(index + 1) {
        cell.range = shifted(cell.range.start)?..shifted(cell.range.end)?;
    }
    let cell = &mut parsed.cells[index];
    cell.range = old.start..new_end;
    // Outputs and metadata are no part of it.
    if *cell.cell == *placed.cell {
        return Some(index..index);
    }
    cell.cell = placed.cell;
    Some(index..index + 1)
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    cells: Option<Vec<PlacedCell>>,
    cell_problems: Vec<Problem>,
    /// Where the list stands in which an old format keeps its cells.
    worksheets: Option<usize>,
    nbformat: Option<(i64, Range<usize>)>,
    kernel: KernelNames,
    /// What VS Code nests once more.
    nested: KernelNames,
}

#[derive(Default)]
struct KernelNames {
    kernel_name: Option<String>,
    kernel_language: Option<String>,
    language_info: Option<String>,
}

impl Reading {
    /// Reads a member of the notebook.
    fn member(&mut self, scanner: &mut Scanner<'_>, key: &str) {
        let start = scanner.at;
        match (key, scanner.peek()) {
            ("cells", Some(b'[')) => self.read_cells(scanner),
            ("cells", _) => {
                self.cells = None;
                self.cell_problems.clear();
                scanner.skip_value();
            }
            ("metadata", Some(b'{')) => {
                (self.kernel, self.nested) = Default::default();
                let (kernel, nested) = (&mut self.kernel, &mut self.nested);
                scanner.object(Place::Member, &mut |scanner, key| match (key, scanner.peek()) {
                    ("metadata", Some(b'{')) => {
                        *nested = KernelNames::default();
                        scanner.object(Place::Member, &mut |scanner, key| nested.member(scanner, key));
                    }
                    _ => kernel.member(scanner, key),
                });
            }
            ("nbformat", Some(b'0'..=b'9')) => {
                let version = scanner.word().parse().ok();
                self.nbformat = version.map(|version| (version, start..scanner.at));
            }
            ("worksheets", Some(b'[')) => {
                self.worksheets = Some(start);
                scanner.skip_value();
            }
            _ => {
                scanner.skip_value();
            }
        }
    }

    fn read_cells(&mut self, scanner: &mut Scanner<'_>) {
        // Of members with the same key, the last one counts.
        let mut cells = Vec::new();
        self.cell_problems.clear();
        scanner.list(&mut |scanner, first| {
            let read = if first == b'{' { cell::read(scanner) } else { cell::no_cell(scanner, first) };
            let index = Some(cells.len());
            cells.push(read.placed);
            self.cell_problems.extend(read.problems.into_iter().map(|problem| Problem { cell: index, ..problem }));
        });
        self.cells = Some(cells);
    }

    fn finish(self, scanner: &Scanner<'_>) -> Parsed {
        let mut problems = self.cell_problems;
        let mut report = |kind, range| problems.push(Problem { kind, range, cell: None });
        let end = scanner.text.len();
        let old = self.nbformat.as_ref().is_some_and(|(version, _)| *version < 4);
        if old || (self.cells.is_none() && self.worksheets.is_some()) {
            let (version, range) = match (&self.nbformat, self.worksheets) {
                (Some((version, range)), _) if old => (*version, range.clone()),
                (_, place) => (3, character(scanner.text, place.unwrap_or(0))),
            };
            report(ProblemKind::OldFormat { version }, range);
        } else if self.cells.is_none() && scanner.mistake.is_none() && !scanner.truncated {
            let start = end - scanner.text.trim_start_matches('\u{feff}').trim_start().len();
            report(ProblemKind::NoCells, character(scanner.text, start));
        }
        if let Some((at, expected)) = scanner.mistake {
            report(ProblemKind::NotJson { expected }, character(scanner.text, at));
        }
        if scanner.truncated {
            report(ProblemKind::Truncated, end..end);
        }
        problems.sort_by_key(Problem::place);
        let meta = NotebookMeta {
            kernel_name: self.kernel.kernel_name.or(self.nested.kernel_name),
            language: (self.kernel.language_info)
                .or(self.nested.language_info)
                .or(self.kernel.kernel_language)
                .or(self.nested.kernel_language),
            nbformat: self.nbformat.map(|(version, _)| version),
            is_paired: false,
            above: None,
        };
        Parsed { meta, cells: self.cells.unwrap_or_default(), problems }
    }
}

impl KernelNames {
    /// Reads a member of `metadata`.
    fn member(&mut self, scanner: &mut Scanner<'_>, key: &str) {
        match (key, scanner.peek()) {
            ("kernelspec", Some(b'{')) => {
                (self.kernel_name, self.kernel_language) = (None, None);
                scanner.object(Place::Member, &mut |scanner, key| {
                    let value = value(scanner);
                    match key {
                        "name" => self.kernel_name = value,
                        "language" => self.kernel_language = value,
                        _ => {}
                    }
                });
            }
            ("language_info", Some(b'{')) => {
                self.language_info = None;
                scanner.object(Place::Member, &mut |scanner, key| {
                    let value = value(scanner);
                    if key == "name" {
                        self.language_info = value;
                    }
                });
            }
            _ => {
                scanner.skip_value();
            }
        }
    }
}

/// Reads a value; returns it if it is a string.
fn value(scanner: &mut Scanner<'_>) -> Option<String> {
    if scanner.peek() != Some(b'"') {
        scanner.skip_value();
        return None;
    }
    let literal = scanner.string();
    let mut text = String::new();
    decode(scanner.text, literal.content, 0, &mut text, &mut OffsetMap::default());
    Some(text)
}
