//! `showOutput`.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use tower_lsp_server::gen_lsp_types as lsp;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};

use crate::platform;
use crate::run::{nbformat, render};
use crate::server::desk::Desk;
use crate::server::results::{CellResult, Results};
use crate::server::runs::{Runnable, lock};
use crate::server::uri::file_uri;
use crate::session::{self, Part};

use super::arguments::Arguments;
use super::target;

/// Writes all that a cell has shown to a file, and opens it where the client can.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments)?;
    let cell = target::one_cell(&desk, &document, &arguments)?;
    let shown = {
        let results = lock(&desk.runs().results);
        shown_by(&document, cell, &results).map(|result| (result.whole(), result.elsewhere.clone()))
    };
    let Some((outputs, elsewhere)) = shown.filter(|(outputs, _)| !outputs.is_empty()) else {
        return Err(Error::invalid_params(format!("cell {cell} has shown nothing yet; run it first")));
    };
    let mut text = render::plain(&outputs);
    text.push_str(&fetched_from_s3(&desk, &document.uri, elsewhere).await);
    open(&desk, "output", text).await
}

/// Returns what is in S3 of an output, or why it cannot be had. It is fetched as whom the document's cells run.
async fn fetched_from_s3(desk: &Desk, uri: &str, parts: Vec<(Part, String)>) -> String {
    let mut text = String::new();
    let Some(runner) = desk.runs().existing(uri).filter(|_| !parts.is_empty()) else { return text };
    let client = desk.runs().shared().aws.client(&runner.identity());
    let mut seen = HashSet::new();
    for (part, place) in parts {
        if !seen.insert(place.clone()) {
            continue;
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        match client.object(&place).await {
            Ok(content) => {
                // All of it: whoever asks for the whole of an output gets it.
                let limit = nbformat::Limit { bytes: usize::MAX, ..nbformat::Limit::default() };
                let shown = nbformat::objects(&session::fetched(part, &content), &limit);
                text.push_str(&format!("[glue-ls: {place}]\n{}", render::plain(&shown)));
            }
            Err(failure) => text.push_str(&format!("[glue-ls: {place} cannot be read: {failure}]\n")),
        }
    }
    text
}

/// Returns what a cell has shown. A cell of a script may have had another place when it ran.
fn shown_by<'a>(document: &Runnable, cell: usize, results: &'a Results) -> Option<&'a CellResult> {
    let own = results.get(&document.uri, &document.key(cell));
    if document.cell_uris.is_some() {
        return own;
    }
    let text = |index: usize| document.cells().get(index).map(|cell| &cell.cell.text);
    let ran_as = |result: &CellResult, index: usize| result.text.is_some() && result.text.as_ref() == text(index);
    if own.is_some_and(|own| ran_as(own, cell)) {
        return own;
    }
    let moved = results.of(&document.uri).map(|(_, result)| result).find(|result| ran_as(result, cell));
    // What ran at this place and is still there, elsewhere, is not this cell's; else this one was edited since.
    let elsewhere = |result: &CellResult| (0..document.cells().len()).any(|index| ran_as(result, index));
    moved.or_else(|| own.filter(|own| !elsewhere(own)))
}

/// Writes a text to a file of this user's alone, whose name begins with what it is, and opens it where the client can.
pub(in crate::server) async fn open(desk: &Desk, what: &'static str, text: String) -> Result<Json> {
    let written = tokio::task::spawn_blocking(move || write(what, &text)).await;
    let path = match written {
        Ok(Ok(path)) => path,
        Ok(Err(error)) => return Err(failed(format!("the output cannot be written to a file: {error}"))),
        Err(error) => return Err(failed(error.to_string())),
    };
    show(desk, &path).await;
    Ok(json!({ "uri": file_uri(&path) }))
}

/// Opens a file where the client can, or says where it is.
pub(super) async fn show(desk: &Desk, path: &Path) {
    let text = format!("written to {}", path.display());
    if desk.support().shows_documents {
        let client = desk.client().clone();
        let uri = lsp::Uri(file_uri(path));
        let params = lsp::ShowDocumentParams { uri, external: None, take_focus: Some(true), selection: None };
        // Nothing waits for the answer.
        tokio::spawn(async move {
            if !matches!(client.show_document(params).await, Ok(true)) {
                client.show_message(lsp::MessageType::Info, text).await;
            }
        });
    } else {
        desk.client().show_message(lsp::MessageType::Info, text).await;
    }
}

fn failed(message: String) -> Error {
    Error { code: ErrorCode::InternalError, message: message.into(), data: None }
}

/// How many files of outputs are kept.
const KEPT: usize = 50;

fn write(what: &str, text: &str) -> std::io::Result<PathBuf> {
    let folder = platform::cache_folder()
        .ok_or_else(|| std::io::Error::other("there is no folder for caches; set HOME or XDG_CACHE_HOME"))?
        .join("glue-ls")
        .join("outputs");
    platform::create_private_folder(&folder)?;
    tidy(&folder);
    // Short, for the name is the title of a tab; one that is there already would be an error, not overwritten.
    let number = uuid::Uuid::new_v4().simple().to_string();
    let path = folder.join(format!("glue-{what}-{}.txt", number.get(..12).unwrap_or(&number)));
    platform::create_private_file(&path)?.write_all(text.as_bytes())?;
    Ok(path)
}

/// Removes all but the newest files. One that cannot be removed stays.
fn tidy(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
        })
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(KEPT);
    for (_, path) in files.into_iter().take(surplus) {
        let _ = std::fs::remove_file(path);
    }
}
