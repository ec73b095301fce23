//! How problems are written.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::cli::output;
use crate::features::Severity;
use crate::features::diagnostics::{help_url, rules};
use crate::features::secrets;
use crate::text::Range;

use super::{Format, Found};

/// Collects problems in one format.
pub(super) struct Writer {
    format: Format,
    text: String,
    items: Vec<Json>,
    errors: usize,
    others: usize,
    colours: bool,
}

impl Writer {
    pub(super) fn new(format: Format) -> Writer {
        let colours = format == Format::Text && output::colours();
        Writer { format, text: String::new(), items: Vec::new(), errors: 0, others: 0, colours }
    }

    pub(super) fn add(&mut self, found: &Found<'_>) {
        match found.problem.severity {
            Severity::Error => self.errors += 1,
            _ => self.others += 1,
        }
        match self.format {
            Format::Text => self.add_text(found),
            Format::Json => self.items.push(as_json(found)),
            Format::Sarif => self.items.push(as_sarif(found)),
            Format::Github => self.add_github(found),
        }
    }

    /// Returns all of the output.
    pub(super) fn finish(self, files: usize) -> String {
        match self.format {
            Format::Github => self.text,
            Format::Json => format!("{}\n", pretty(&Json::Array(self.items))),
            Format::Sarif => {
                let rules: Vec<Json> = rules::RULES
                    .iter()
                    .map(|rule| json!({"id": rule.code, "shortDescription": {"text": rule.summary}, "helpUri": help_url(rule.code)}))
                    .collect();
                let driver = json!({
                    "name": "glue-ls",
                    "version": env!("CARGO_PKG_VERSION"),
                    "informationUri": env!("CARGO_PKG_REPOSITORY"),
                    "rules": rules,
                });
                let sarif = json!({
                    "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
                    "version": "2.1.0",
                    "runs": [{"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": self.items}],
                });
                format!("{}\n", pretty(&sarif))
            }
            Format::Text => {
                let count = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
                let summary = if files == 0 {
                    "Nothing was checked.\n".to_owned()
                } else if self.errors + self.others == 0 {
                    format!("No problems in {}.\n", count(files, "file", "files"))
                } else {
                    format!(
                        "{} and {} in {}.\n",
                        count(self.errors, "error", "errors"),
                        count(self.others, "other problem", "other problems"),
                        count(files, "file", "files"),
                    )
                };
                self.text + &summary
            }
        }
    }

    fn add_text(&mut self, found: &Found<'_>) {
        let (bold, colour, dim, reset) = match (self.colours, found.problem.severity) {
            (false, _) => ("", "", "", ""),
            (true, Severity::Error) => ("\x1b[1m", "\x1b[1;31m", "\x1b[2m", "\x1b[0m"),
            (true, Severity::Warning) => ("\x1b[1m", "\x1b[1;33m", "\x1b[2m", "\x1b[0m"),
            (true, _) => ("\x1b[1m", "\x1b[1;34m", "\x1b[2m", "\x1b[0m"),
        };
        let at = found.in_file.start;
        let path = found.document.path.display();
        let cell = found.cell.map(|cell| format!(" (cell {cell})")).unwrap_or_default();
        let problem = &found.problem;
        let _ = writeln!(
            self.text,
            "{bold}{path}:{}:{}:{reset} {colour}{}[{}]{reset} {}{dim}{cell}{reset}",
            at.line + 1,
            at.character + 1,
            problem.severity.name(),
            problem.code,
            printable(&problem.message),
        );
        // The line as the kernel gets it, with the place underlined.
        let cell = found.cell.unwrap_or(0);
        let Some(placed) = found.document.opened.notebook.cells.get(cell) else { return };
        // What is printed goes to logs: secrets become asterisks, which take the same place.
        let text = &*secrets::masked(&placed.cell.text);
        let start = problem.range.start.min(text.len());
        let line_start = text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let line: &str = text[line_start..].split(['\n', '\r']).next().unwrap_or_default();
        let end = problem.range.end.clamp(start, line_start + line.len());
        let lead: String = text[line_start..start].chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let width = text[start..end].chars().count().max(1);
        let shown: String = printable(line).chars().take(160).collect();
        if lead.chars().count() < 160 {
            let _ = writeln!(self.text, "    {shown}\n    {lead}{colour}{}{reset}", "^".repeat(width.min(160)));
        }
        for fix in &problem.fixes {
            let _ = writeln!(self.text, "    {dim}fix: {}{reset}", printable(&fix.title));
        }
    }

    fn add_github(&mut self, found: &Found<'_>) {
        let kind = match found.problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            _ => "notice",
        };
        let Range { start, end } = found.in_file;
        let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
        let _ = writeln!(
            self.text,
            "::{kind} file={},line={},endLine={},col={},endColumn={},title=glue-ls {}::{}",
            property(&found.document.path.display().to_string()),
            start.line + 1,
            end.line + 1,
            start.character + 1,
            end.character + 1,
            found.problem.code,
            escape(&printable(&found.problem.message)),
        );
    }
}

fn as_json(found: &Found<'_>) -> Json {
    let fixes: Vec<Json> = found
        .problem
        .fixes
        .iter()
        .zip(&found.edits)
        .map(|(fix, edits)| {
            let edits: Vec<Json> =
                edits.iter().map(|(range, text)| json!({"range": range_json(*range), "new_text": text})).collect();
            json!({"title": fix.title, "edits": edits})
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

fn as_sarif(found: &Found<'_>) -> Json {
    let level = match found.problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        _ => "note",
    };
    let Range { start, end } = found.in_file;
    let path = found.document.path.to_string_lossy().replace('\\', "/");
    json!({
        "ruleId": found.problem.code,
        "level": level,
        "message": {"text": found.problem.message},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri_path(&path)},
            "region": {
                "startLine": start.line + 1,
                "startColumn": start.character + 1,
                "endLine": end.line + 1,
                "endColumn": end.character + 1,
            },
        }}],
    })
}

/// A path as the reference of a URI: everything but unreserved characters and slashes is escaped.
fn uri_path(path: &str) -> String {
    path.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn range_json(range: Range) -> Json {
    let position = |p: crate::text::Position| json!({"line": p.line, "character": p.character});
    json!({"start": position(range.start), "end": position(range.end)})
}

fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Text without control characters, which a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}
