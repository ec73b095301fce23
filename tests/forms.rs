//! The two text forms that hold several cells, on real notebooks: what is read is what other readers
//! of the format read.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test reports by panicking, and says on stderr what it leaves out"
)]

use std::path::{Path, PathBuf};

use glue_ls::syntax::split::{is_line_end, lines};
use glue_ls::syntax::{CellKind, PlacedCell};

mod differences;
mod differential;
mod formatted;
mod generate;
mod json;
mod jupytext;
mod oracle;
mod roundtrip;
mod script;
mod write;

/// Kind and text of a cell.
type Content = (CellKind, String);

/// Returns kind and text of each cell.
fn contents(cells: &[PlacedCell]) -> Vec<Content> {
    cells.iter().map(|placed| (placed.cell.kind, placed.cell.text.to_string())).collect()
}

/// Returns the cells as jupytext gives them: lines joined with line feeds.
fn joined(mut cells: Vec<Content>) -> Vec<Content> {
    for (_, text) in &mut cells {
        // A line end at the end counts as a line of its own in a cell, but not for `lines`.
        let ends = text.ends_with(is_line_end);
        *text = lines(text).map(|line| &text[line.content]).collect::<Vec<_>>().join("\n");
        if ends {
            text.push('\n');
        }
    }
    cells
}

/// Returns the folder that holds `corpus`, if there is one.
fn shared() -> PathBuf {
    std::env::var_os("GLUE_LS_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
}

/// Returns the notebooks of the corpus of published ones, or nothing, loudly, where it is not at hand.
fn corpus() -> Vec<PathBuf> {
    let folder = shared().join("corpus/notebooks");
    let notebooks = notebooks_in(&folder);
    if notebooks.is_empty() {
        eprintln!(
            "SKIPPED: no notebooks in {}; set GLUE_LS_SHARED to the folder that holds `corpus`",
            folder.display()
        );
    }
    notebooks
}

/// Returns the notebooks of a folder by name; none if there is no such folder.
fn notebooks_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "ipynb"));
    paths.sort();
    paths
}

/// Returns the folder of notebooks that are converted by jupytext beside them.
fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/jupytext")
}
