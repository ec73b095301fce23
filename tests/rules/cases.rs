//! Reads the cases of the fixtures.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glue_ls::features::RuleConfig;
use glue_ls::features::diagnostics::rules::find;
use glue_ls::model::Kernel;
use glue_ls::settings::Settings;

use super::account::Known;

/// A case of a fixture.
pub(super) struct Case {
    /// File and name, for failures.
    pub(super) name: String,
    pub(super) kernel: Kernel,
    /// Whether it is a percent script.
    pub(super) percent: bool,
    pub(super) cells: Vec<String>,
    pub(super) expected: Vec<Expected>,
    pub(super) config: Arc<RuleConfig>,
    pub(super) account: Known,
}

/// A problem that a case states.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) cell: usize,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) range: Range<usize>,
}

/// Returns the text with `<N characters>` written out.
pub(crate) fn written_out(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(" characters>") {
        let (lead, count) = before.rsplit_once('<').unwrap_or((before, ""));
        match count.parse() {
            Ok(count) => out.extend([lead, &"x".repeat(count)]),
            Err(_) => out.extend([before, " characters>"]),
        }
        rest = behind;
    }
    out + rest
}

fn fixture(code: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/rules/{code}.txt"))
}

/// Returns the code and the part of a message that a line of carets states, with the columns (in
/// characters) of the carets and whether they go on to the cell's end.
fn marker(line: &str) -> Option<(&'static str, &str, Range<usize>, bool)> {
    let carets = line.trim_start_matches(' ');
    let start = line.len() - carets.len();
    let rest = carets.trim_start_matches('^');
    let width = carets.len() - rest.len();
    let goes_on = rest.starts_with('~');
    let (code, message) = rest.trim_start_matches('~').strip_prefix(' ')?.split_once(": ")?;
    (width > 0).then_some(())?;
    Some((find(code)?.code, message, start..start + width, goes_on))
}

pub(super) fn cases(code: &str) -> Vec<Case> {
    let path = fixture(code);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = written_out(&text);
    let mut cases = Vec::new();
    for part in text.split("\n## ").skip(1) {
        let (name, body) = part.split_once('\n').unwrap();
        cases.push(case(format!("{code}: {name}"), body.trim_end_matches('\n')));
    }
    assert!(!cases.is_empty(), "{} has no case", path.display());
    cases
}

/// Returns a case without a file, from lines of what is known of the account, of a project file, and its cells.
pub(super) fn parse(name: &str, account: &str, settings: &str, text: &str) -> Case {
    let header =
        |key: &str, lines: &str| -> String { lines.lines().map(|line| format!("#- {key}: {line}\n")).collect() };
    let body = format!("{}{}# %%\n{text}", header("account", account), header("settings", settings));
    case(name.to_owned(), &body)
}

fn case(name: String, body: &str) -> Case {
    let mut kernel = Kernel::PySpark;
    let mut percent = false;
    let mut line_end = "\n";
    let mut settings = String::new();
    let mut account = String::new();
    let mut cells: Vec<Vec<&str>> = Vec::new();
    let mut marked = Vec::new();
    for line in body.split('\n') {
        if line == "#- crlf" {
            line_end = "\r\n";
        } else if line == "#- percent" {
            percent = true;
        } else if let Some(name) = line.strip_prefix("#- kernel: ") {
            kernel = Kernel::from_name(name).unwrap();
        } else if let Some(line) = line.strip_prefix("#- settings: ") {
            settings.push_str(&format!("{line}\n"));
        } else if let Some(line) = line.strip_prefix("#- account: ") {
            account.push_str(&format!("{line}\n"));
        } else if line == "# %%" {
            cells.push(Vec::new());
        } else if let Some(marker) = marker(line) {
            marked.push((cells.len() - 1, cells.last().unwrap().len() - 1, marker));
        } else {
            let cell = cells.last_mut();
            cell.unwrap_or_else(|| panic!("{name}: text above the first `# %%`")).push(line);
        }
    }
    let expected = marked.into_iter().map(|(cell, row, (code, message, columns, goes_on))| {
        let above: usize = cells[cell][..row].iter().map(|line| line.len() + line_end.len()).sum();
        let line = cells[cell][row];
        let byte = |column| line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        let end = match goes_on {
            true => cells[cell].join(line_end).len(),
            false => above + byte(columns.end),
        };
        Expected { cell, code, message: message.to_owned(), range: above + byte(columns.start)..end }
    });
    let expected = expected.collect();
    let cells = cells.iter().map(|lines| lines.join(line_end)).collect();
    let mut read = Settings::default();
    assert_eq!(read.merge_project_file(Path::new("glue-ls.toml"), &settings), [], "{name}");
    let config = read.rules(false, None);
    let account = Known::of_toml(&account);
    Case { name, kernel, percent, cells, expected, config, account }
}
