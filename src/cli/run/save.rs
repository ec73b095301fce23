//! Where the outputs of a run go.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cli::file::{folder, write};
use crate::cli::load::Document;
use crate::syntax::ipynb::{CellResult, NewCell, new_notebook, write_outputs};
use crate::syntax::{CellKind, Form};

use super::course::Done;

/// A notebook to write.
pub(super) struct Target {
    path: PathBuf,
    /// Whether it is the document itself.
    in_place: bool,
}

impl Target {
    /// Returns where the outputs shall go, if anywhere.
    ///
    /// # Errors
    ///
    /// They cannot go there; a sentence for the user.
    pub(super) fn of(document: &Document, output: Option<&Path>, in_place: bool) -> Result<Option<Target>, String> {
        let named = match (output, in_place) {
            (Some(path), _) => path.to_owned(),
            (None, true) if document.opened.notebook.form == Form::Json => document.path.clone(),
            (None, true) => {
                let name = document.path.display();
                return Err(format!(
                    "{name} is a script, which has no place for outputs; name a notebook with `--output`"
                ));
            }
            (None, false) => return Ok(None),
        };
        // A link stays one: what it leads to is replaced.
        let path = named.canonicalize().unwrap_or(named);
        let folder = folder(&path);
        if !folder.is_dir() {
            return Err(format!("the folder {} does not exist; create it first", folder.display()));
        }
        if path.is_dir() {
            return Err(format!("{} is a folder; name a file", path.display()));
        }
        // Found out now, and not when the cells have been paid for.
        tempfile::Builder::new()
            .prefix(".glue-ls-")
            .tempfile_in(&folder)
            .map_err(|error| format!("nothing can be written to {}: {error}", folder.display()))?;
        Ok(Some(Target { path, in_place }))
    }

    /// Writes the notebook: aside first, so that no half of it is left whatever happens.
    ///
    /// # Errors
    ///
    /// It could not be written; a sentence for the user.
    pub(super) fn save(&self, document: &Document, done: &BTreeMap<usize, Done>) -> Result<(), String> {
        let text = text(document, done)?;
        if self.in_place && !document.is_unchanged() {
            // Somebody has worked on it while its cells ran.
            let aside = self.path.with_extension("outputs.ipynb");
            let (name, other) = (self.path.display(), aside.display());
            write(&aside, text.as_bytes()).map_err(|error| format!("{other} could not be written: {error}"))?;
            return Err(format!("{name} was changed while it ran, and is left as it is; the outputs are in {other}"));
        }
        write(&self.path, text.as_bytes())
            .map_err(|error| format!("{} could not be written: {error}", self.path.display()))
    }
}

fn text(document: &Document, done: &BTreeMap<usize, Done>) -> Result<String, String> {
    let notebook = &document.opened.notebook;
    if notebook.form == Form::Json {
        let results: Vec<CellResult> = done
            .iter()
            // What did not get its turn keeps what it has.
            .filter(|(_, done)| done.count.is_some())
            .map(|(cell, done)| CellResult { cell: *cell, outputs: done.outputs.clone(), execution_count: done.count })
            .collect();
        return write_outputs(&document.text(), &results)
            .map_err(|error| format!("the outputs could not be put into the notebook: {error}"));
    }
    let cells: Vec<NewCell<'_>> = notebook
        .cells
        .iter()
        .enumerate()
        .map(|(index, placed)| {
            let done = done.get(&index).filter(|_| placed.cell.kind == CellKind::Code);
            NewCell {
                kind: placed.cell.kind,
                source: &placed.cell.text,
                outputs: done.map(|done| done.outputs.clone()).unwrap_or_default(),
                execution_count: done.and_then(|done| done.count),
            }
        })
        .collect();
    Ok(new_notebook(&cells, &notebook.meta))
}
