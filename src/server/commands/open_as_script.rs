//! `openAsScript`.

use serde_json::{Value as Json, json};
use tower_lsp_server::gen_lsp_types as lsp;
use tower_lsp_server::jsonrpc::{Error, Result};

use crate::server::desk::Desk;
use crate::server::scripts::{self, Asked};
use crate::server::uri::{file_path, file_uri};
use crate::syntax::Form;

use super::arguments::Arguments;
use super::show_output;

/// Makes a percent script of a notebook that is open as JSON text, and opens it where the client can.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let uri = arguments.uri.clone().or_else(|| desk.last_place().map(|(uri, _)| uri));
    let Some(uri) = uri else {
        return Err(Error::invalid_params("open a notebook first, or name one: {\"uri\": …}"));
    };
    let Some(path) = file_path(&uri) else {
        return Err(Error::invalid_params(format!("{uri} is no file; save the notebook first")));
    };
    // The script itself, where the user is already.
    let notebook = scripts::notebook_of(&path).unwrap_or(path);
    let asked = {
        let world = desk.world();
        if world.is_notebook(&uri) {
            return Err(Error::invalid_params(
                "the notebook is open cell by cell; a script is for editors that show its text",
            ));
        }
        let text = |uri: &str| world.view(uri).filter(|view| view.own_cell().is_none());
        let shown = text(&uri).filter(|_| file_path(&uri).as_ref() == Some(&notebook));
        if shown.as_ref().is_some_and(|view| view.form() != Form::Json) {
            return Err(Error::invalid_params(format!("{uri} is no notebook")));
        }
        let script = scripts::path_for(&notebook).and_then(|path| text(&file_uri(&path)));
        Asked {
            notebook: notebook.clone(),
            shown: shown.map(|view| view.rope().clone()),
            script: script.map(|view| view.rope().clone()),
        }
    };
    // Not while it is being written.
    let _turn = desk.saving().lock().await;
    let opened = tokio::task::spawn_blocking(move || scripts::open(&asked)).await;
    let opened = opened.unwrap_or_else(|error| Err(error.to_string())).map_err(Error::invalid_params)?;
    if let Some(note) = opened.note {
        desk.client().show_message(lsp::MessageType::Warning, note).await;
    }
    show_output::show(&desk, &opened.path).await;
    Ok(json!({ "uri": file_uri(&opened.path), "notebook": file_uri(&notebook) }))
}
