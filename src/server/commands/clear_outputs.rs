//! `clearOutputs`.

use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::Result;

use crate::server::announce;
use crate::server::desk::Desk;
use crate::server::runs::lock;

use super::arguments::Arguments;
use super::target;

/// Forgets what the cells of a document have shown, or one of them. The session keeps its variables.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments)?;
    let one = arguments.cell.is_some() || arguments.position.is_some();
    let cell = if one { Some(document.key(target::one_cell(&desk, &document, &arguments)?)) } else { None };
    let cleared = lock(&desk.runs().results).clear(&document.uri, cell.as_ref());
    announce::cleared(&desk, &document.uri, &cleared).await;
    Ok(json!({ "cleared": cleared.len() }))
}
