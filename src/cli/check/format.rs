//! How problems are written.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::features::Severity;
use crate::text::Range;

use super::file::{Found, Report};
use super::{Format, Mode, Options, sarif, snippet};

/// Adds a problem to a file's report.
pub(super) fn add(found: &Found<'_>, options: &Options, report: &mut Report) {
    match options.format {
        Format::Text => snippet::add(found, options, &mut report.text),
        Format::Json => report.items.push(as_json(found)),
        Format::Sarif => report.items.push(sarif::result(found)),
        Format::Github => add_github(found, &mut report.text),
    }
}

/// Collects what is found in all files.
pub(super) struct Writer {
    format: Format,
    mode: Mode,
    unsafe_fixes: bool,
    files: usize,
    mended_files: usize,
    all: Report,
}

impl Writer {
    pub(super) fn new(options: &Options) -> Writer {
        let (format, mode, unsafe_fixes) = (options.format, options.mode, options.unsafe_fixes);
        Writer { format, mode, unsafe_fixes, files: 0, mended_files: 0, all: Report::default() }
    }

    pub(super) fn add(&mut self, report: Report) {
        self.files += usize::from(report.checked);
        self.mended_files += usize::from(report.fixed > 0);
        self.all.fixed += report.fixed;
        self.all.fixable += report.fixable;
        self.all.unsafely_fixable += report.unsafely_fixable;
        self.all.severities.iter_mut().zip(report.severities).for_each(|(all, more)| *all += more);
        self.all.text.push_str(&report.text);
        self.all.items.extend(report.items);
    }

    /// Returns how many errors there are.
    pub(super) fn errors(&self) -> usize {
        self.all.severities[0]
    }

    /// Returns all of the output. `failed` says that something could not be checked.
    pub(super) fn finish(self, failed: bool) -> String {
        match self.format {
            Format::Github => self.all.text,
            Format::Json => format!("{}\n", pretty(&Json::Array(self.all.items))),
            Format::Sarif => format!("{}\n", pretty(&sarif::log(self.all.items, failed))),
            Format::Text => {
                let summary = self.summary();
                self.all.text + &summary
            }
        }
    }

    /// Returns what is said about what mending would change.
    pub(super) fn finish_diff(&self) -> String {
        match self.all.fixed {
            0 => "Nothing would change.\n".to_owned(),
            fixed => format!(
                "{} would be fixed in {}.\n",
                count(fixed, "problem", "problems"),
                count(self.mended_files, "file", "files")
            ),
        }
    }

    fn summary(&self) -> String {
        let mut out = String::new();
        if self.mode == Mode::Fix && self.all.fixed > 0 {
            let (problems, files) =
                (count(self.all.fixed, "problem", "problems"), count(self.mended_files, "file", "files"));
            let _ = writeln!(out, "Fixed {problems} in {files}.");
        }
        let files = count(self.files, "file", "files");
        let [errors, warnings, hints] = self.all.severities;
        if self.files == 0 {
            return "Nothing was checked.\n".to_owned();
        }
        let parts = [(errors, "error", "errors"), (warnings, "warning", "warnings"), (hints, "hint", "hints")];
        let parts: Vec<String> =
            parts.iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| count(*n, one, many)).collect();
        let _ = match parts.as_slice() {
            [] => writeln!(out, "No problems in {files}."),
            [only] => writeln!(out, "{only} in {files}."),
            [first @ .., last] => writeln!(out, "{} and {last} in {files}.", first.join(", ")),
        };
        let option = if self.unsafe_fixes { "`--fix --unsafe-fixes`" } else { "`--fix`" };
        let _ = match (self.all.fixable, self.all.unsafely_fixable) {
            (0, 0) => Ok(()),
            (0, more) => writeln!(out, "{more} can be fixed with `--fix --unsafe-fixes`."),
            (some, 0) => writeln!(out, "{some} can be fixed with {option}."),
            (some, more) => writeln!(out, "{some} can be fixed with {option}, {more} more with `--unsafe-fixes`."),
        };
        out
    }
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn add_github(found: &Found<'_>, out: &mut String) {
    let kind = match found.problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        _ => "notice",
    };
    let Range { start, end } = found.in_file;
    let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
    let _ = writeln!(
        out,
        "::{kind} file={},line={},endLine={},col={},endColumn={},title=glue-ls {}::{}",
        property(&found.document.path.display().to_string()),
        start.line + 1,
        end.line + 1,
        start.character + 1,
        end.character + 1,
        found.problem.code,
        escape(&snippet::printable(&found.problem.message)),
    );
}

fn as_json(found: &Found<'_>) -> Json {
    let cells = &found.document.opened.notebook.cells;
    let edit = |cell: usize, range: &std::ops::Range<usize>, text: &String| {
        let range = found.document.in_cell(cells.get(cell)?, range.clone());
        let mut edit = json!({"range": range_json(range), "new_text": text});
        if cell != found.index {
            edit["cell"] = json!(found.document.cell_number(cell));
        }
        Some(edit)
    };
    let fixes: Vec<Json> = found
        .problem
        .fixes
        .iter()
        .map(|fix| {
            let own = fix.edits.iter().filter_map(|(range, text)| edit(found.index, range, text));
            let others = fix.elsewhere.iter().filter_map(|(cell, range, text)| edit(*cell, range, text));
            json!({"title": fix.title, "edits": own.chain(others).collect::<Vec<_>>()})
        })
        .collect();
    json!({
        "path": found.document.path.display().to_string(),
        "cell": found.cell,
        "range": range_json(found.in_cell),
        "severity": found.problem.severity.name(),
        "code": found.problem.code,
        "message": found.problem.message,
        "help_url": found.problem.help_url(),
        "fixes": fixes,
    })
}

fn range_json(range: Range) -> Json {
    let position = |p: crate::text::Position| json!({"line": p.line, "character": p.character});
    json!({"start": position(range.start), "end": position(range.end)})
}

fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
