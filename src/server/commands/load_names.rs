//! `loadNames`.

use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};

use crate::host;
use crate::model::account::Claim;
use crate::server::desk::Desk;

use super::arguments::Arguments;
use super::{blocked, target};

/// Lets the identity that a document names at a cell be used for looking names up, in documents of the same folder and
/// from now on.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments)?;
    if let Some(blocked) = blocked::untrusted(&desk, &document) {
        return Ok(blocked);
    }
    let cell = target::one_cell(&desk, &document, &arguments)?;
    let naming = desk.names().naming(&Claim::at(&document.analysis.model, cell));
    if naming == (None, None) {
        return Err(Error::invalid_params("the cell uses your own identity, or keys that are known once it has run"));
    }
    let Some(folder) = desk.folder_to_trust(&document.uri) else {
        return Err(Error::invalid_params("the document is in no folder; save it first"));
    };
    let (place, (profile, role)) = (folder.clone(), naming.clone());
    let give = move || host::consent::give(&place, profile.as_deref(), role.as_deref());
    let written = tokio::task::spawn_blocking(give).await;
    if let Err(error) = written.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        return Err(Error {
            code: ErrorCode::InternalError,
            message: format!("the list of identities that may be used cannot be written: {error}").into(),
            data: None,
        });
    }
    desk.names().allow();
    Ok(json!({ "folder": folder, "profile": naming.0, "role": naming.1 }))
}
