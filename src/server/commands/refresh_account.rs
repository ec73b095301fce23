//! `refreshAccount`.

use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::Result;

use crate::server::desk::Desk;

use super::arguments::Arguments;

/// Has everything that is known of accounts fetched again. Does not wait for it.
pub(super) async fn handle(desk: Desk, _: Arguments) -> Result<Json> {
    desk.names().refresh();
    Ok(json!({ "state": "refreshing" }))
}
