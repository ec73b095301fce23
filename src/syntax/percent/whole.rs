//! A script that did not exist: a notebook's cells, written as jupytext writes them.
//!
//! What a line means depends on what is around it, so each cell is written in the ways that come into question, the most
//! usual first, and the first one that reads back as the cell is taken. A blank line behind each cell keeps apart what
//! could reach from one into the next.

use ropey::Rope;

use super::marker::is_marker;
use super::write::{Old, Way};
use crate::syntax::split::{is_line_end, lines};
use crate::syntax::{Cell, CellKind, OffsetMap, Part, Piece, PlacedCell};

/// A cell of a new script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptCell<'a> {
    /// What it holds.
    pub kind: CellKind,
    /// Its text, as the kernel gets it.
    pub text: &'a str,
    /// Its tags. Those that say in which files a cell is active are left out.
    pub tags: Vec<String>,
    /// Which rules are not reported in it.
    pub ignored: Option<&'a str>,
}

/// What a new script says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewScript<'a> {
    /// The name of the notebook's file.
    pub notebook: &'a str,
    /// What tells this script from one that is made of the notebook later: letters and digits.
    pub stamp: &'a str,
    /// The kernel's name for people, if there is a kernel.
    pub display_name: Option<&'a str>,
    /// Its language.
    pub language: &'a str,
    /// Its name.
    pub kernel: Option<&'a str>,
}

/// How a cell can be written.
#[derive(Clone, Copy)]
enum Form {
    /// Code as it is, with its magics commented or not.
    Code(Way),
    /// All of its lines as comments, or all but those that would begin a cell then.
    Comments(Lines),
    /// In a string of three such quotes.
    Quoted(&'static str),
    /// One of these, where the marker says that the cell is for notebooks alone.
    Inactive(&'static Form),
}

/// Which lines are commented.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    All,
    Harmless,
}

const PAIRED: Way = Way { commented: true, blank: true, marked: true, paired: true };
const CODE: [Form; 7] = [
    Form::Code(PAIRED),
    Form::Code(Way { paired: false, ..PAIRED }),
    Form::Code(Way { commented: false, paired: false, ..PAIRED }),
    Form::Inactive(&Form::Comments(Lines::All)),
    Form::Inactive(&Form::Quoted("\"\"\"")),
    Form::Inactive(&Form::Quoted("'''")),
    Form::Inactive(&Form::Comments(Lines::Harmless)),
];
const TEXT: [Form; 5] = [
    Form::Comments(Lines::All),
    Form::Quoted("\"\"\""),
    Form::Quoted("'''"),
    Form::Inactive(&Form::Comments(Lines::All)),
    Form::Inactive(&Form::Comments(Lines::Harmless)),
];

/// Returns a script of the given cells that [`super::parse`] reads as exactly these, but for white space at their ends,
/// which a script does not keep everywhere. A notebook without cells becomes a script with an empty one.
///
/// # Errors
///
/// The position of a cell that no script can hold.
pub fn new_script(
    about: &NewScript<'_>,
    cells: &[ScriptCell<'_>],
    is_magic: &dyn Fn(&str) -> bool,
) -> Result<String, usize> {
    let header = header(about);
    let nothing = PlacedCell { range: 0..0, cell: Cell::new(CellKind::Code, "", OffsetMap::default()).into() };
    let writer = Writer { header: &header, is_magic, place: Old::read("", &header, &nothing, true, is_magic) };
    let mut script = header.clone();
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            script.push('\n');
        }
        script.push_str(&writer.cell(cell).ok_or(index)?);
    }
    if cells.is_empty() {
        script.push_str("# %%\n");
    }
    let read = super::parse(&script, is_magic);
    match cells
        .iter()
        .enumerate()
        .find(|(index, cell)| !read.get(*index).is_some_and(|read| says(cell, &read.cell, false)))
    {
        Some((index, _)) => Err(index),
        None if read.len() != cells.len().max(1) => Err(cells.len().saturating_sub(1)),
        None => Ok(script),
    }
}

/// Returns what tells a script from others of the same notebook: [`NewScript::stamp`], as the script says it.
pub fn script_stamp(text: &Rope) -> Option<String> {
    /// The header is not longer than that unless somebody has made it so.
    const MOST_LINES: usize = 100;
    let mut inside = false;
    for line in text.lines().take(MOST_LINES) {
        let line = line.to_string();
        let content = line.trim_end().strip_prefix('#')?;
        if content.trim() == "---" {
            if inside {
                return None;
            }
            inside = true;
        } else if let Some(stamp) = content.trim_start().strip_prefix(STAMP) {
            return inside.then(|| stamp.trim().to_owned());
        }
    }
    None
}

/// The key of a script's stamp.
const STAMP: &str = "glue_ls_script:";

fn header(about: &NewScript<'_>) -> String {
    let mut out = String::from("# ---\n# jupyter:\n");
    out.push_str(&format!("#   glue_ls_notebook: {}\n", scalar(about.notebook)));
    out.push_str(&format!("#   {STAMP} {}\n", about.stamp));
    out.push_str("#   jupytext:\n#     text_representation:\n#       extension: .py\n#       format_name: percent\n");
    if let Some(kernel) = about.kernel {
        out.push_str("#   kernelspec:\n");
        out.push_str(&format!("#     display_name: {}\n", scalar(about.display_name.unwrap_or(kernel))));
        out.push_str(&format!("#     language: {}\n", scalar(about.language)));
        out.push_str(&format!("#     name: {}\n", scalar(kernel)));
    }
    out + "# ---\n\n"
}

/// Returns a text as a scalar of YAML.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '(' | ')');
    let is_plain =
        text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain) && !text.ends_with(' ');
    // A string of JSON is one of YAML; words such as `yes` and `null` are names here all the same.
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

struct Writer<'a> {
    header: &'a str,
    is_magic: &'a dyn Fn(&str) -> bool,
    place: Old<'a>,
}

impl Writer<'_> {
    /// Returns a cell with its marker, ending with its last line; `None` if it cannot be written.
    fn cell(&self, cell: &ScriptCell<'_>) -> Option<String> {
        let forms: &[Form] = if cell.kind == CellKind::Code { &CODE } else { &TEXT };
        for options in [true, false] {
            let mut nearly = None;
            for &form in forms {
                // Better without the white space at its end than as a comment.
                if !matches!(form, Form::Code(_)) && nearly.is_some() {
                    break;
                }
                let written = self.written(cell, form, options);
                let Some(read) = self.read(&written) else { continue };
                if says(cell, &read.cell, true) {
                    return Some(written);
                }
                if nearly.is_none() && says(cell, &read.cell, false) {
                    nearly = Some(written);
                }
            }
            if nearly.is_some() {
                return nearly;
            }
        }
        None
    }

    /// Reads a cell back, with another one below it; `None` if these are not two cells.
    fn read(&self, written: &str) -> Option<PlacedCell> {
        let script = format!("{}{written}\n# %%\n", self.header);
        let mut read = super::parse(&script, self.is_magic);
        let last = read.pop()?;
        (read.len() == 1 && last.cell.kind == CellKind::Code && last.cell.text.is_empty()).then(|| read.pop())?
    }

    fn written(&self, cell: &ScriptCell<'_>, form: Form, options: bool) -> String {
        let mut marker = String::from(match cell.kind {
            CellKind::Code => "# %%",
            CellKind::Markdown => "# %% [markdown]",
            CellKind::Raw => "# %% [raw]",
        });
        let form = match form {
            Form::Inactive(form) => {
                marker.push_str(" active=\"ipynb\"");
                *form
            }
            form => form,
        };
        let tags: Vec<&str> = cell.tags.iter().map(String::as_str).filter(|tag| !tag.starts_with("active-")).collect();
        if options && !tags.is_empty() {
            marker.push_str(&format!(" tags={}", serde_json::Value::from(tags)));
        }
        if let Some(codes) = cell.ignored.filter(|_| options) {
            marker.push_str(&format!(" {}={}", crate::syntax::cell::IGNORE_KEY, serde_json::Value::from(codes)));
        }
        marker.push('\n');
        let mut out = String::new();
        match form {
            Form::Code(way) => {
                let part = Part { pieces: vec![Piece::New(cell.text.to_owned())] };
                self.place.marked_cell(Some(&marker), &part, cell.text, way, &mut out);
            }
            Form::Comments(which) => {
                out.push_str(&marker);
                commented(cell.text, which, &mut out);
            }
            Form::Quoted(quotes) => {
                let raw = if cell.text.contains('\\') { "r" } else { "" };
                out.push_str(&format!("{marker}{raw}{quotes}\n{}\n{quotes}", cell.text));
            }
            Form::Inactive(_) => {}
        }
        if !out.ends_with(is_line_end) {
            out.push('\n');
        }
        out
    }
}

/// Appends the lines of a text, each as a comment.
fn commented(text: &str, which: Lines, out: &mut String) {
    let mut ended = true;
    for line in lines(text) {
        let content = &text[line.content.clone()];
        let sign = if content.is_empty() { "#" } else { "# " };
        let comment = format!("{sign}{content}");
        out.push_str(if which == Lines::Harmless && is_marker(&comment) { content } else { &comment });
        out.push_str(&text[line.content.end..line.next]);
        ended = line.next > line.content.end;
    }
    // The line behind the last line end, and that of an empty text.
    if ended {
        out.push_str("#\n");
    }
}

/// Returns whether a cell that was read is the one that was written.
fn says(cell: &ScriptCell<'_>, read: &Cell, exactly: bool) -> bool {
    let same = if exactly { *read.text == *cell.text } else { read.text.trim_end() == cell.text.trim_end() };
    same && read.kind == cell.kind
}
