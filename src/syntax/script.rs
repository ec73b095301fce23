//! Notebooks as percent scripts, and back.
//!
//! A notebook's cells become a script ([`of_notebook`]). When the script was edited, its cells are found again among those
//! of the notebook ([`align`]), and written into the notebook's text ([`into_notebook`]) so that all stays that was not
//! edited: ids, metadata, outputs, the order of members, how strings are spelled.

mod align;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::Value;

pub use self::align::align;
use super::ipynb::{self, CellResult, CellWrite, WriteError};
use super::percent::{self, NewScript, ScriptCell};
use super::{CellKind, PlacedCell};

/// Why there is no script of a notebook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// The notebook's text has mistakes.
    #[error("line {line} of the notebook is not as it should be: {what}")]
    Mistake {
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A cell cannot be written.
    #[error("cell {cell} holds lines that divide a script, and strings that would hide them; no script can hold both")]
    Cell {
        /// Its position, from 0.
        cell: usize,
    },
}

/// Returns a notebook's cells as a script, which says `stamp` of itself.
///
/// `file` is the name of the notebook's file. `kernel` is the kernel of Glue's that runs the cells (its name and its
/// language) where the notebook may not name it.
///
/// # Errors
///
/// The notebook's text has mistakes, or a cell that no script can hold.
pub fn of_notebook(
    text: &str,
    file: &str,
    stamp: &str,
    kernel: Option<(&str, &str)>,
    is_magic: &dyn Fn(&str) -> bool,
) -> Result<String, ScriptError> {
    let parsed = ipynb::parse(text);
    if let Some(problem) = parsed.problems.first() {
        let line = text.as_bytes()[..problem.range.start.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
        return Err(ScriptError::Mistake { line: line + 1, what: problem.kind.to_string() });
    }
    let said = ipynb::kernelspec(text);
    let (named, spoken) =
        (said.name.as_deref(), said.language.as_deref().filter(|name| percent::is_script_language(name)));
    let about = NewScript {
        notebook: file,
        stamp,
        display_name: said.display_name.as_deref(),
        language: kernel.map(|(_, language)| language).or(spoken).unwrap_or("python"),
        kernel: kernel.map(|(name, _)| name).or(named),
    };
    let tags = ipynb::tags(text);
    let cells: Vec<ScriptCell<'_>> = parsed
        .cells
        .iter()
        .enumerate()
        .map(|(index, placed)| ScriptCell {
            kind: placed.cell.kind,
            text: &placed.cell.text,
            tags: tags.get(index).cloned().unwrap_or_default(),
            ignored: placed.cell.ignored.as_deref(),
        })
        .collect();
    percent::new_script(&about, &cells, is_magic).map_err(|cell| ScriptError::Cell { cell })
}

/// What a cell of a script has shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// Outputs of the notebook format 4.
    pub outputs: Vec<Value>,
    /// The count of its execution; `None` for what it showed before the script was opened: the notebook keeps what it
    /// has of a cell that was not edited.
    pub count: Option<i64>,
}

/// Returns a notebook's text with the cells of a script.
///
/// `script` is the script's text, `cells` are those that [`percent::parse`] gives for it. `ran` is by their positions what
/// was run as it stands there now. `fresh_id` makes ids of cells.
///
/// # Errors
///
/// The notebook's text has mistakes.
pub fn into_notebook(
    notebook: &str,
    script: &str,
    cells: &[PlacedCell],
    ran: &[Option<Ran>],
    fresh_id: &mut dyn FnMut() -> String,
) -> Result<String, WriteError> {
    let parsed = ipynb::parse(notebook);
    let old: Vec<(CellKind, &str)> = parsed.cells.iter().map(|placed| (placed.cell.kind, &*placed.cell.text)).collect();
    let new: Vec<(CellKind, &str)> = cells.iter().map(|placed| (placed.cell.kind, &*placed.cell.text)).collect();
    // The script of a notebook without cells has an empty one.
    if old.is_empty() && matches!(*new, [(CellKind::Code, text)] if text.trim().is_empty()) {
        return Ok(notebook.to_owned());
    }
    let from = align(&old, &new);
    let texts: Vec<Option<Cow<'_, str>>> = new
        .iter()
        .zip(&from)
        .map(|(&(_, text), from)| match from.and_then(|from| old.get(from)) {
            Some(&(_, before)) => (!is_same(before, text)).then(|| edited(before, text)),
            None => Some(text.replace("\r\n", "\n").into()),
        })
        .collect();
    let tags = |index: usize| {
        let line = script.get(cells[index].range.clone()).and_then(|region| region.lines().next());
        line.map(percent::marker_tags).unwrap_or_default()
    };
    let writes: Vec<CellWrite<'_>> = from
        .iter()
        .enumerate()
        .map(|(index, from)| CellWrite {
            from: *from,
            kind: new[index].0,
            source: texts[index].as_deref(),
            tags: if from.is_none() { tags(index) } else { Vec::new() },
        })
        .collect();
    let written = ipynb::write_cells(notebook, &writes, fresh_id)?;
    let results = (0..new.len()).filter(|&index| new[index].0 == CellKind::Code).filter_map(|cell| {
        let ran = ran.get(cell).and_then(Option::as_ref);
        let is_edited = texts[cell].is_some();
        match ran.filter(|ran| is_edited || ran.count.is_some()) {
            Some(ran) => Some(CellResult { cell, outputs: ran.outputs.clone(), execution_count: ran.count }),
            None => is_edited.then(|| CellResult { cell, outputs: Vec::new(), execution_count: None }),
        }
    });
    ipynb::write_outputs(&written, &results.collect::<Vec<_>>())
}

/// Returns whether two texts are the same cell's: a script keeps neither white space at a cell's end everywhere nor, in
/// every editor, the kind of line ends.
pub fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim_end(), b.trim_end());
    a == b || ((a.contains('\r') || b.contains('\r')) && line_feeds(a) == line_feeds(b))
}

fn line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Returns the new text of a cell with the line ends of the old one, and its white space at the end.
fn edited<'t>(before: &str, text: &'t str) -> Cow<'t, str> {
    let windows = before.contains("\r\n") && !before.replace("\r\n", "").contains('\n');
    let mut text: Cow<'t, str> = match (windows, text.contains('\r')) {
        (true, _) => text.replace("\r\n", "\n").replace('\n', "\r\n").into(),
        (false, true) if !before.contains('\r') => text.replace("\r\n", "\n").into(),
        _ => text.into(),
    };
    // What a script keeps of the white space at the end is a part of it.
    let end = &before[before.trim_end().len()..];
    let kept = text.len() - text.trim_end().len();
    if kept < end.len() && end.starts_with(&text[text.len() - kept..]) {
        let missing = &end[kept..];
        text.to_mut().push_str(missing);
    }
    text
}
