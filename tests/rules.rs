//! The rules, on the cases of `tests/fixtures/rules`: one file for each rule.
//!
//! `#- settings: toml` in a case is a line of a project file that holds for it, `#- account: toml` one of what is known of
//! the account (`tests/rules/account.rs`).
//! `## name` starts a case, `# %%` parts its cells. `#- crlf` in a case makes its lines end as on
//! Windows, `#- kernel: name` names a kernel other than `glue_pyspark`, `#- percent` makes it a percent script below a
//! header of jupytext's: its lines are those of the script.
//!
//! ```text
//! %number_of_workers five
//!                    ^^^^ not-an-integer: a whole number
//! ```
//!
//! `<70000 characters>` stands for as many of them.
//!
//! A line of blanks, carets, a rule's code, a colon and a part of the message states a problem at exactly
//! that place of the line above; no cell has such a line. `^^~` goes on to the end of the cell. A case
//! without one must be silent, whatever the rule; only advice (information, hint) of other rules need not be stated.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use glue_ls::features::diagnostics::rules::RULES;
use glue_ls::features::fix::in_document;
use glue_ls::features::{Analysis, Fix, Problem, RuleConfig, Severity};
use glue_ls::model::open::open;
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell};
use ropey::Rope;
use serde_json::json;

mod account;
mod cases;
mod offers;

pub(crate) use account::Known as KnownAccount;
pub(crate) use cases::written_out;
use cases::{Case, cases};

/// Returns the notebook as a client that syncs cells would open it.
fn notebook(cells: &[String]) -> Notebook {
    let cells = cells
        .iter()
        .map(|text| PlacedCell { range: 0..text.len(), cell: Arc::new(Cell::whole(CellKind::Code, text.as_str())) });
    Notebook { form: Form::Cells, meta: NotebookMeta::default(), cells: cells.collect() }
}

impl Case {
    fn problems(&self) -> Vec<Vec<Problem>> {
        match self.percent {
            true => problems_of_script(&script(&self.cells), self),
            false => problems(&analyse(notebook(&self.cells), self)),
        }
    }
}

/// Returns the cells as a percent script with a header.
fn script(cells: &[String]) -> String {
    let line_end = if cells.iter().any(|text| text.contains("\r\n")) { "\r\n" } else { "\n" };
    let header = "# ---\n# jupyter:\n#   kernelspec:\n#     name: glue_pyspark\n# ---\n".replace('\n', line_end);
    cells.iter().fold(header, |text, cell| format!("{text}# %%{line_end}{cell}{line_end}"))
}

/// Returns the problems of each cell of a script, with ranges in the bytes below the cell's marker.
fn problems_of_script(text: &str, case: &Case) -> Vec<Vec<Problem>> {
    let analysis = analyse(open(text, Form::Percent).notebook, case);
    let mut all = problems(&analysis);
    for (placed, found) in analysis.model.notebook.cells.iter().zip(&mut all) {
        let start = text[placed.range.start..].find('\n').map_or(text.len(), |at| placed.range.start + at + 1);
        for problem in found {
            let range = placed.to_document(problem.range.clone());
            problem.range = range.start.saturating_sub(start)..range.end.saturating_sub(start);
        }
    }
    all
}

/// Returns the problems of a script with the fix of a problem in `cell` made, and the script.
fn fixed_script(case: &Case, cell: usize, fix: &Fix) -> (String, Vec<Vec<Problem>>) {
    let text = script(&case.cells);
    let edits = in_document(&open(&text, Form::Percent).notebook, &Rope::from_str(&text), cell, fix);
    let fixed = replaced(&text, edits.unwrap_or_else(|| panic!("{}: `{}` cannot be made", case.name, fix.title)));
    let problems = problems_of_script(&fixed, case);
    (fixed, problems)
}

fn analyse(notebook: Notebook, case: &Case) -> Analysis {
    let mut model = NotebookModel::of(notebook, Some(case.kernel), &Arc::new(Environment::default()));
    model.accounts = case.account.handle();
    Analysis::new(model, case.config.clone())
}

fn problems(analysis: &Analysis) -> Vec<Vec<Problem>> {
    (0..analysis.model.cells.len()).map(|cell| analysis.problems(cell).to_vec()).collect()
}

/// The file in which a problem stands, drawn for a failure.
fn show(cells: &[String], problems: &[Vec<Problem>]) -> String {
    let mut out = String::new();
    for (text, problems) in cells.iter().zip(problems) {
        out.push_str("# %%\n");
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let next = at + line.len();
            out.push_str(line.trim_end_matches(['\n', '\r']));
            out.push('\n');
            let last = next == text.len();
            for problem in problems.iter().filter(|p| p.range.start >= at && (p.range.start < next || last)) {
                let start = (problem.range.start - at).min(line.len());
                let end = (problem.range.end - at).clamp(start, line.trim_end_matches(['\n', '\r']).len().max(start));
                let (lead, width) = (line[..start].chars().count(), line[start..end].chars().count());
                let more = if problem.range.end > next { "~" } else { "" };
                let (blank, carets) = (" ".repeat(lead), "^".repeat(width));
                out.push_str(&format!("{blank}{carets}{more} {}: {}\n", problem.code, problem.message));
            }
            at = next;
        }
    }
    out
}

#[test]
fn every_case_has_the_problems_it_states_and_no_others() {
    let mut failures = String::new();
    for rule in RULES {
        for case in cases(rule.code) {
            let mut found = case.problems();
            // Advice of other rules may be there or not.
            let states = |code: &str| case.expected.iter().any(|expected| expected.code == code);
            for list in &mut found {
                list.retain(|p| p.severity <= Severity::Warning || p.code == rule.code || states(p.code));
            }
            let drawn = show(&case.cells, &found);
            let count: usize = found.iter().map(Vec::len).sum();
            if count != case.expected.len() {
                failures.push_str(&format!("{}: found\n{drawn}", case.name));
            }
            for expected in &case.expected {
                let here = &found[expected.cell];
                let same = |p: &Problem| {
                    p.code == expected.code && p.range == expected.range && p.message.contains(&expected.message)
                };
                if !here.iter().any(same) {
                    failures.push_str(&format!("{}: {expected:?} is not in\n{drawn}", case.name));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_fixture_has_a_case_that_fires_two_that_are_silent_and_others_text() {
    for rule in RULES {
        let cases = cases(rule.code);
        let fires = |case: &&Case| case.expected.iter().any(|expected| expected.code == rule.code);
        assert!(cases.iter().any(|case| fires(&case)), "{}: nothing fires", rule.code);
        let silent = cases.iter().filter(|case| case.expected.is_empty()).count();
        assert!(silent >= 2, "{}: {silent} silent", rule.code);
    }
    let all: Vec<Case> = RULES.iter().flat_map(|rule| cases(rule.code)).collect();
    let firing = |case: &&Case| !case.expected.is_empty();
    assert!(all.iter().filter(firing).any(|case| case.cells.iter().any(|text| text.contains("\r\n"))));
    // Beyond the basic plane: two UTF-16 units, four bytes.
    assert!(all.iter().filter(firing).any(|case| case.cells.iter().any(|text| text.chars().any(|c| c > '\u{ffff}'))));
}

#[test]
fn problems_cover_text_and_speak_to_people() {
    for rule in RULES {
        for case in cases(rule.code) {
            for (text, found) in case.cells.iter().zip(case.problems()) {
                for problem in found {
                    let covered = text.get(problem.range.clone());
                    assert!(covered.is_some_and(|covered| !covered.is_empty()), "{}: {problem:?}", case.name);
                    assert!(
                        !problem.message.ends_with('.') && problem.message.len() > 15,
                        "{}: {problem:?}",
                        case.name
                    );
                    assert!(!problem.message.contains('\n'), "{}: {problem:?}", case.name);
                    for fix in &problem.fixes {
                        assert!(fix.title.starts_with(char::is_uppercase) && !fix.title.ends_with('.'), "{fix:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn nothing_that_is_said_repeats_a_secret() {
    let mut secrets = 0;
    for case in cases("hardcoded-credentials") {
        for (text, found) in case.cells.iter().zip(problems(&analyse(notebook(&case.cells), &case))) {
            for secret in glue_ls::features::secrets::find(text).into_iter().map(|range| &text[range]) {
                secrets += 1;
                assert!(found.iter().any(|problem| problem.code == "hardcoded-credentials"), "{}", case.name);
                assert!(!format!("{found:?}").contains(secret), "{}", case.name);
            }
        }
    }
    assert!(secrets > 3, "{secrets} secrets");
}

/// A problem without its fixes.
type Shape<'a> = (&'static str, &'a str, Range<usize>);

fn shape(problems: &[Vec<Problem>]) -> Vec<Vec<Shape<'_>>> {
    let mut shapes = Vec::new();
    for cell in problems {
        shapes
            .push(cell.iter().map(|problem| (problem.code, problem.message.as_str(), problem.range.clone())).collect());
    }
    shapes
}

/// Returns the cells as the JSON of a notebook, sources as lists of lines or as one string.
fn as_json(cells: &[String], lines: bool) -> String {
    let source = |text: &String| match lines {
        true => json!(text.split_inclusive('\n').collect::<Vec<_>>()),
        false => json!(text),
    };
    let cells: Vec<_> = cells
        .iter()
        .map(|text| {
            json!({"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": source(text)})
        })
        .collect();
    serde_json::to_string_pretty(&json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})).unwrap()
}

#[test]
fn a_notebook_as_json_text_has_the_same_problems_at_the_same_places() {
    for rule in RULES {
        for case in cases(rule.code).iter().filter(|case| !case.percent) {
            let expected = case.problems();
            for lines in [true, false] {
                let text = as_json(&case.cells, lines);
                let opened = open(&text, Form::Json);
                assert!(opened.problems.is_empty(), "{}: {:?}", case.name, opened.problems);
                let analysis = analyse(opened.notebook, case);
                let found = problems(&analysis);
                assert_eq!(shape(&found), shape(&expected), "{}", case.name);
                for (placed, found) in analysis.model.notebook.cells.iter().zip(&found) {
                    for problem in found {
                        let covered = &placed.cell.text[problem.range.clone()];
                        // What spans lines spans strings of a list.
                        if !covered.contains('\n') {
                            let written = &text[placed.to_document(problem.range.clone())];
                            let read: String = serde_json::from_str(&format!("\"{written}\"")).unwrap();
                            assert_eq!(read, covered, "{}: {problem:?}", case.name);
                        }
                    }
                }
            }
        }
    }
}

/// Returns the cells as a percent script; magics of the head commented, as jupytext writes them.
fn as_percent(cells: &[String], commented: bool) -> String {
    let mut out = String::new();
    for text in cells {
        out.push_str("# %%\n");
        let split = Cell::whole(CellKind::Code, text.as_str()).split.clone();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let head = split.head.iter().any(|head| head.range.start == at) && line.starts_with(['%', '!']);
            out.push_str(if commented && head { "# " } else { "" });
            out.push_str(line);
            at += line.len();
        }
        out.push('\n');
    }
    out
}

#[test]
fn a_percent_script_has_the_same_problems_at_the_same_places() {
    // Not every text can be told apart in a script: a comment that looks like a magic is one there.
    let mut compared = [0, 0];
    let mut all = 0;
    for rule in RULES {
        for case in cases(rule.code).iter().filter(|case| !case.percent) {
            all += 1;
            let expected = case.problems();
            for commented in [true, false] {
                let text = as_percent(&case.cells, commented);
                let opened = open(&text, Form::Percent).notebook;
                let read: Vec<&str> = opened.cells.iter().map(|placed| &*placed.cell.text).collect();
                if read != case.cells.iter().map(String::as_str).collect::<Vec<_>>() {
                    continue;
                }
                compared[usize::from(commented)] += 1;
                let analysis = analyse(opened, case);
                let found = problems(&analysis);
                assert_eq!(shape(&found), shape(&expected), "{} as\n{text}", case.name);
                for (placed, found) in analysis.model.notebook.cells.iter().zip(&found) {
                    for problem in found.iter().filter(|p| !placed.cell.text[p.range.clone()].contains('\n')) {
                        let written = &text[placed.to_document(problem.range.clone())];
                        assert_eq!(written, &placed.cell.text[problem.range.clone()], "{}: {problem:?}", case.name);
                    }
                }
            }
        }
    }
    assert!(compared.iter().all(|&n| n * 2 > all), "{compared:?} of {all} cases could be written as a script");
}

/// Returns the text with replacements made that do not overlap.
fn replaced(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    assert!(edits.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start), "edits overlap: {edits:?}");
    let mut text = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        text.replace_range(range, &new);
    }
    text
}

/// Returns the cells with the fix of a problem in `cell` made.
fn apply(cells: &[String], cell: usize, fix: &Fix) -> Vec<String> {
    let mut fixed = Vec::new();
    for (index, text) in cells.iter().enumerate() {
        let elsewhere = fix.elsewhere.iter().filter(|(other, ..)| *other == index);
        let mut edits: Vec<_> = elsewhere.map(|(_, range, new)| (range.clone(), new.clone())).collect();
        if index != cell {
            fixed.push(replaced(text, edits));
            continue;
        }
        edits.extend(fix.edits.iter().cloned());
        let bounds: Vec<usize> = [0].into_iter().chain(fix.splits.iter().copied()).chain([text.len()]).collect();
        for part in bounds.windows(2) {
            let last = part[1] == text.len();
            let inside = |range: &Range<usize>| {
                part[0] <= range.start && (range.end < part[1] || last || range.end == part[1] && !range.is_empty())
            };
            let own = edits
                .extract_if(.., |(range, _)| inside(range))
                .map(|(range, new)| (range.start - part[0]..range.end - part[0], new));
            let part = replaced(&text[part[0]..part[1]], own.collect());
            // The line end in front of the next cell is none of the cell's text.
            fixed.push(if last { part } else { part.trim_end_matches(['\r', '\n']).to_owned() });
        }
        assert!(edits.is_empty(), "edits across a split: {fix:?}");
    }
    fixed
}

#[test]
fn every_fix_mends_its_problem_and_makes_no_new_error() {
    let mut fixes = 0;
    let mut in_scripts = [0, 0];
    for rule in RULES {
        for case in cases(rule.code) {
            let before = case.problems();
            for (cell, problem) in
                before.iter().enumerate().flat_map(|(cell, list)| list.iter().map(move |p| (cell, p)))
            {
                for fix in &problem.fixes {
                    fixes += 1;
                    let cells = if case.percent { Vec::new() } else { apply(&case.cells, cell, fix) };
                    let (drawn, after) = match case.percent {
                        true => fixed_script(&case, cell, fix),
                        false => {
                            let after = problems(&analyse(notebook(&cells), &case));
                            (show(&cells, &after), after)
                        }
                    };
                    let same = |p: &&Problem| p.code == problem.code && p.message == problem.message;
                    let count = |all: &[Vec<Problem>]| all.iter().flatten().filter(same).count();
                    let (old, new) = (count(&before), count(&after));
                    assert_eq!(new + 1, old, "{}: `{}` does not mend it:\n{drawn}", case.name, fix.title);
                    for error in after.iter().flatten().filter(|p| p.severity == Severity::Error) {
                        let known = before.iter().flatten().any(|p| p.code == error.code && p.message == error.message);
                        assert!(known, "{}: `{}` makes a new error:\n{drawn}", case.name, fix.title);
                    }
                    if !case.percent {
                        fix_in_json(&case, cell, fix, &cells);
                        let made = fix_in_percent(&case, cell, fix, &cells);
                        in_scripts.iter_mut().zip(made).for_each(|(count, made)| *count += usize::from(made));
                    }
                }
            }
        }
    }
    assert!(fixes > 40, "{fixes} fixes");
    assert!(in_scripts.iter().all(|&n| n * 2 > fixes), "{in_scripts:?} of {fixes} fixes were made in scripts");
}

/// Asserts that the fix leaves a valid notebook with the same texts where the cells stand in JSON, and one string for
/// each line where it had that.
fn fix_in_json(case: &Case, cell: usize, fix: &Fix, wanted: &[String]) {
    for lines in [true, false] {
        let text = as_json(&case.cells, lines);
        let Some(edits) = in_document(&open(&text, Form::Json).notebook, &Rope::from_str(&text), cell, fix) else {
            panic!("{}: `{}` cannot be made in JSON", case.name, fix.title);
        };
        let fixed_text = replaced(&text, edits);
        let fixed = open(&fixed_text, Form::Json);
        assert!(fixed.problems.is_empty(), "{}: `{}`: {:?}", case.name, fix.title, fixed.problems);
        let read: Vec<&str> = fixed.notebook.cells.iter().map(|placed| &*placed.cell.text).collect();
        assert_eq!(read, wanted, "{}: `{}`", case.name, fix.title);
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(json(&fixed_text), json(&as_json(wanted, lines)), "{}: `{}`", case.name, fix.title);
    }
}

/// Asserts that the fix leaves the same cells where they stand in a percent script. Returns whether they can: not every
/// text is one of a script.
fn fix_in_percent(case: &Case, cell: usize, fix: &Fix, wanted: &[String]) -> [bool; 2] {
    [false, true].map(|commented| {
        let read_as = |text: &str, cells: &[String]| {
            let read = open(text, Form::Percent).notebook;
            read.cells.iter().map(|placed| &*placed.cell.text).eq(cells.iter().map(String::as_str))
        };
        let text = as_percent(&case.cells, commented);
        if !read_as(&text, &case.cells) {
            return false;
        }
        let edits = in_document(&open(&text, Form::Percent).notebook, &Rope::from_str(&text), cell, fix);
        let Some(edits) = edits else {
            let writable = read_as(&as_percent(wanted, commented), wanted);
            assert!(!writable, "{}: `{}` cannot be made in\n{text}", case.name, fix.title);
            return false;
        };
        let fixed = replaced(&text, edits);
        assert!(read_as(&fixed, wanted), "{}: `{}` of\n{text}makes\n{fixed}", case.name, fix.title);
        true
    })
}

#[test]
fn the_examples_are_as_the_readme_says() {
    let example = |name: &str, form| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        let model =
            NotebookModel::of(open(&std::fs::read_to_string(path).unwrap(), form).notebook, None, &Arc::default());
        assert_eq!(model.gate.kernel(), Some(Kernel::PySpark), "{name}");
        Analysis::new(model, Arc::new(RuleConfig { syntax_errors: true, ..RuleConfig::default() }))
    };
    for (name, form) in [("quickstart.ipynb", Form::Json), ("job.py", Form::Percent)] {
        assert!(problems(&example(name, form)).iter().all(Vec::is_empty), "{name}");
    }
    let mistakes = example("mistakes.ipynb", Form::Json);
    for (index, cell) in mistakes.model.cells.iter().enumerate() {
        let expected = cell.cell.kind == CellKind::Code;
        assert_eq!(!mistakes.problems(index).is_empty(), expected, "{}", cell.cell.text);
    }
}
