//! `trustFolder`.

use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};

use crate::host;
use crate::server::desk::Desk;

use super::arguments::Arguments;
use super::target;

/// Allows documents below the folder of a document to be run, from now on.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments)?;
    if desk.world().settings().trusted == Some(false) {
        return Err(Error::invalid_params("your editor does not trust this workspace; trust it there"));
    }
    let Some(folder) = desk.folder_to_trust(&document.uri) else {
        return Err(Error::invalid_params("the document is in no folder; save it first"));
    };
    let trusted = folder.clone();
    let written = tokio::task::spawn_blocking(move || host::trust::add(&trusted)).await;
    match written.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        Ok(()) => Ok(json!({ "folder": folder })),
        Err(error) => Err(Error {
            code: ErrorCode::InternalError,
            message: format!("the list of trusted folders cannot be written: {error}").into(),
            data: None,
        }),
    }
}
