//! `--parameters name=value`: a cell that sets them, as papermill puts one into notebooks.

use std::str::FromStr;
use std::sync::Arc;

use ropey::Rope;
use serde_json::Value as Json;

use crate::cli::load::Document;
use crate::model::CellModel;
use crate::syntax::ipynb::{Spot, insert_cell};
use crate::syntax::literal::Value;
use crate::syntax::{CellKind, Form, PlacedCell, percent};

/// The tag of the cell whose values are replaced.
const PARAMETERS: &str = "parameters";
/// The tag of the cell that replaces them.
const INJECTED: &str = "injected-parameters";

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    name: String,
    /// As it stands in code.
    value: String,
}

impl FromStr for Parameter {
    type Err = String;

    /// Reads `name=value`. The value is `True`, `False`, `None`, a number, or else text.
    fn from_str(text: &str) -> Result<Parameter, String> {
        let (name, value) = text.split_once('=').ok_or("write name=value")?;
        let name = name.trim();
        let first = name.chars().next().is_some_and(|c| c == '_' || c.is_alphabetic());
        if !first || !name.chars().all(|c| c == '_' || c.is_alphanumeric()) || is_keyword(name) {
            return Err(format!("`{name}` is no name of a Python variable"));
        }
        Ok(Parameter { name: name.to_owned(), value: value_of(value) })
    }
}

/// Returns a value as it stands in code: what papermill takes for a number is one.
fn value_of(text: &str) -> String {
    if matches!(text, "True" | "False" | "None") {
        return text.to_owned();
    }
    let trimmed = text.trim();
    let (sign, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    // As Python's `int` and `float` have it: underscores between digits only.
    let between = |at: usize| {
        let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        at > 0 && is_digit(digits.as_bytes().get(at - 1)) && is_digit(digits.as_bytes().get(at + 1))
    };
    let plain = digits.bytes().enumerate().all(|(at, byte)| byte != b'_' || between(at));
    let bare = digits.replace('_', "");
    if plain && !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = bare.trim_start_matches('0');
        return if number.is_empty() { "0".to_owned() } else { format!("{sign}{number}") };
    }
    match bare.parse::<f64>() {
        Ok(value) if plain && !bare.starts_with(['-', '+']) && value.is_finite() => {
            format!("{sign}{}", Value::Float(value).repr())
        }
        Ok(_) if plain && !bare.starts_with(['-', '+']) => format!("float('{}')", trimmed.to_ascii_lowercase()),
        _ => Value::Str(text.to_owned()).repr(),
    }
}

fn is_keyword(name: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
        "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    KEYWORDS.contains(&name)
}

/// A document with a cell that sets parameters.
pub(super) struct Injected {
    pub(super) document: Document,
    /// The position of that cell.
    pub(super) at: usize,
    /// Whether it took the place of one from an earlier run, so that all others are where they were.
    pub(super) replaced: bool,
    /// Whether a cell was tagged for it; otherwise it is above the first that has code.
    pub(super) tagged: bool,
}

/// Puts a cell that sets the parameters below the one tagged `parameters`, or in place of an earlier run's; where no cell
/// is tagged, above the first cell with code. Nothing is written to disk.
///
/// # Errors
///
/// There is no place for it; a sentence for the user.
pub(super) fn inject(document: &Document, cells: &[Arc<CellModel>], given: &[Parameter]) -> Result<Injected, String> {
    let name = document.path.display();
    let notebook = &document.opened.notebook;
    if document.cell_number(0).is_none() {
        return Err(format!("{name} has no cells, so it takes no parameters; divide it by lines of `# %%`"));
    }
    let tags = tags(document);
    let with = |tag: &str| tags.iter().position(|tags| tags.iter().any(|known| known == tag));
    let (injected, tagged) = (with(INJECTED), with(PARAMETERS));
    let code = || cells.iter().position(|cell| cell.effects.has_statement);
    let source = source(given);
    let cell = |index: usize| &notebook.cells[index];
    let (spot, at) = match (injected, tagged, code()) {
        (Some(index), ..) => (Spot::InsteadOf(cell(index)), index),
        (None, Some(index), _) => (Spot::After(cell(index)), index + 1),
        (None, None, Some(index)) => (Spot::Before(cell(index)), index),
        (None, None, None) => return Err(format!("{name} has no code, so it takes no parameters")),
    };
    let text = document.text();
    let text = match notebook.form {
        Form::Json => insert_cell(&text, spot, &source, INJECTED),
        _ => in_script(&text, spot, &source),
    };
    let document = document.with(Rope::from_str(&text))?;
    Ok(Injected { document, at, replaced: injected.is_some(), tagged: injected.or(tagged).is_some() })
}

fn source(given: &[Parameter]) -> String {
    let lines = given.iter().map(|parameter| format!("{} = {}", parameter.name, parameter.value));
    std::iter::once("# Parameters".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

fn in_script(text: &str, spot: Spot<'_>, source: &str) -> String {
    let (start, end) = match spot {
        Spot::Before(cell) => (cell.range.start, cell.range.start),
        Spot::After(cell) => (cell.range.end, cell.range.end),
        Spot::InsteadOf(cell) => (cell.range.start, cell.range.end),
    };
    let above = &text[..start];
    let gap = if above.is_empty() || above.ends_with("\n") { "" } else { "\n\n" };
    format!("{above}{gap}# %% tags=[\"{INJECTED}\"]\n{source}\n\n{}", &text[end..])
}

/// Returns the tags of each cell.
fn tags(document: &Document) -> Vec<Vec<String>> {
    let notebook = &document.opened.notebook;
    let text = document.text();
    let of = |placed: &PlacedCell| {
        let own = text.get(placed.range.clone()).unwrap_or_default();
        if placed.cell.kind != CellKind::Code {
            return Vec::new();
        }
        match notebook.form {
            Form::Json => {
                let cell: Json = serde_json::from_str(own).unwrap_or_default();
                let tags = cell["metadata"]["tags"].as_array().into_iter().flatten();
                tags.filter_map(Json::as_str).map(str::to_owned).collect()
            }
            _ => percent::marker_tags(own.lines().next().unwrap_or_default()),
        }
    };
    notebook.cells.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_papermill_reads_them() {
        let read = |text: &str| text.parse::<Parameter>().map(|parameter| parameter.value);
        for (text, value) in [
            ("a=1", "1"),
            ("a=-3", "-3"),
            ("a=1.5", "1.5"),
            ("a=1e3", "1000.0"),
            ("a=True", "True"),
            ("a=None", "None"),
            ("a=true", "'true'"),
            ("a=", "''"),
            ("a=inf", "float('inf')"),
            ("a=-Infinity", "float('-infinity')"),
            ("a=1_000", "1000"),
            ("a=1__0", "'1__0'"),
            ("a=007", "7"),
            ("a=-0.5", "-0.5"),
            ("a=--5", "'--5'"),
            ("a=+-5.0", "'+-5.0'"),
            ("a=2026-11-22", "'2026-11-22'"),
            ("a=b=c", "'b=c'"),
            ("a=it's \"x\"\\n", r#"'it\'s "x"\\n'"#),
        ] {
            assert_eq!(read(text), Ok(value.to_owned()), "{text}");
        }
        for bad in ["a", "=1", "1a=2", "a b=1", "for=1", "a.b=1"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
