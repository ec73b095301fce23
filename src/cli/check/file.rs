//! One file: its problems, mended or written down.

use std::sync::Arc;

use ropey::Rope;
use serde_json::Value as Json;

use crate::cli::load::{Document, read, read_input};
use crate::features::fix::all::{Wanted, fix_of};
use crate::features::fix::{Edit, in_document};
use crate::features::{Analysis, Problem, Severity};
use crate::model::{Environment, NotebookModel};
use crate::text::Range;

use super::{Format, Input, Mode, Options, diff, fix, format};

/// For how many problems of a file it is found out whether their fixes can be made in it; others are taken for such that
/// can, as nearly all can be.
const LOOKED_AT: usize = 200;

/// What was found in a file.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Sentences for the user.
    pub(super) messages: Vec<String>,
    /// Whether something of what was asked for could not be done.
    pub(super) failed: bool,
    /// Whether the file could be read.
    pub(super) checked: bool,
    /// What goes to standard output before anything else.
    pub(super) output: Option<String>,
    /// How many problems were mended, or would be.
    pub(super) fixed: usize,
    /// The problems that are left, as text.
    pub(super) text: String,
    /// The problems that are left, as JSON.
    pub(super) items: Vec<Json>,
    /// How many of them are errors, warnings, and advice.
    pub(super) severities: [usize; 3],
    /// How many of them `--fix` can mend.
    pub(super) fixable: usize,
    /// How many more `--fix --unsafe-fixes` can mend.
    pub(super) unsafely_fixable: usize,
}

/// A problem and its place in a file.
pub(super) struct Found<'a> {
    pub(super) document: &'a Document,
    /// The cell's position among the document's cells.
    pub(super) index: usize,
    /// The cell's number, if the document has cells.
    pub(super) cell: Option<usize>,
    /// As `json` gives it: from the cell's start in a notebook, else from the file's.
    pub(super) in_cell: Range,
    /// From the file's start.
    pub(super) in_file: Range,
    pub(super) problem: &'a Problem,
    /// What each fix does to the file; `None` if it cannot be made there. Only where it is asked for.
    pub(super) edits: Vec<Option<Vec<Edit>>>,
}

/// Checks a file, and mends it where that is asked for.
pub(super) fn check(input: &Input, options: &Options) -> Report {
    let mut report = Report::default();
    let read = match input {
        Input::File(path) => read(path),
        Input::Standard(name) => read_input(name),
    };
    let mut document = match read {
        Ok(document) => document,
        Err(message) => return Report { messages: vec![message], failed: true, ..report },
    };
    report.checked = true;
    if options.mode != Mode::Report {
        let mended = fix::mend(&document, options);
        report.fixed = mended.as_ref().map_or(0, |mended| mended.problems);
        let new = mended.as_ref().map_or(&document, |mended| &mended.document);
        match (options.mode, input) {
            (Mode::Diff, _) => {
                let diff = diff::unified(&document.path, &document.rope.to_string(), &new.rope.to_string());
                report.output = Some(diff).filter(|diff| !diff.is_empty());
                return report;
            }
            (_, Input::Standard(_)) => report.output = Some(document.text_with(&new.rope)),
            (_, Input::File(_)) if mended.is_some() => {
                if let Err(message) = fix::write(&document, &new.rope) {
                    report.messages.push(message);
                    (report.failed, report.fixed) = (true, 0);
                }
            }
            _ => {}
        }
        if let Some(mended) = mended.filter(|_| !report.failed) {
            document = mended.document;
        }
    }
    let analysis = analyse(&document, options);
    for index in 0..analysis.model.notebook.cells.len() {
        for problem in analysis.problems(index) {
            add(&document, &analysis, index, problem, options, &mut report);
        }
    }
    report
}

/// Returns the document with its problems.
pub(super) fn analyse(document: &Document, options: &Options) -> Analysis {
    // Checks look at the document alone: what this machine's environment sets is no business of theirs.
    let environment = Arc::new(Environment::default());
    let model = NotebookModel::of(document.opened.notebook.clone(), options.kernel, &environment);
    Analysis::new(model, options.rules_for(&document.path))
}

fn add(
    document: &Document,
    analysis: &Analysis,
    index: usize,
    problem: &Problem,
    options: &Options,
    report: &mut Report,
) {
    let notebook = &analysis.model.notebook;
    let Some(placed) = notebook.cells.get(index) else { return };
    report.severities[match problem.severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Information | Severity::Hint => 2,
    }] += 1;
    if options.format == Format::Text {
        let looked_at = report.severities.iter().sum::<usize>() <= LOOKED_AT;
        let makes = |wanted: Wanted<'_>| match looked_at {
            true => fix_of(analysis, &document.rope, index, problem, wanted).is_some(),
            false => problem.fixes.iter().any(|fix| wanted(problem, fix)),
        };
        if makes(&|_, fix| options.makes(fix)) {
            report.fixable += 1;
        } else if makes(&|_, _| true) {
            report.unsafely_fixable += 1;
        }
    }
    let edits = match options.format {
        Format::Sarif => problem.fixes.iter().map(|fix| in_document(notebook, &document.rope, index, fix)).collect(),
        _ => Vec::new(),
    };
    let found = Found {
        document,
        index,
        cell: document.cell_number(index),
        in_cell: document.in_cell(placed, problem.range.clone()),
        in_file: document.in_file(placed, problem.range.clone()),
        problem,
        edits,
    };
    format::add(&found, options, report);
}

/// Returns the lines of a rope from the one at byte `start` to the one that ends at `end`, and the number of the first,
/// from 0.
pub(super) fn lines_of(rope: &Rope, start: usize, end: usize) -> (usize, Vec<String>) {
    let (start, end) = (start.min(rope.len_bytes()), end.min(rope.len_bytes()));
    let first = rope.byte_to_line(start);
    // What ends with a line does not concern the next one.
    let last = rope.byte_to_line(if end > start { end - 1 } else { end }).max(first);
    let line = |line: usize| rope.line(line).to_string().trim_end_matches(['\n', '\r']).to_owned();
    (first, (first..=last).map(line).collect())
}
