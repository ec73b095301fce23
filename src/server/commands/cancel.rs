//! `cancel`.

use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::Result;

use crate::run::Which;
use crate::server::desk::Desk;

use super::arguments::Arguments;
use super::target;

/// Cancels a run, a cell, or all that a document does.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    if let Some(batch) = arguments.run_id() {
        let runner = desk.runs().document_of(batch).and_then(|document| desk.runs().existing(&document));
        let cancelled = runner.map_or(0, |runner| runner.cancel(Which::Batch(batch)));
        return Ok(json!({ "cancelled": cancelled }));
    }
    // A document that was closed while its cells run can still be named.
    let uri = match &arguments.uri {
        Some(uri) => desk.world().owner(uri).to_owned(),
        None => target::document(&desk, &arguments)?.uri,
    };
    let open = desk.world().runnable(&uri);
    let which = match (&arguments.cell, open) {
        // Whatever the cell is called by; one that is gone can only be named as it was.
        (Some(name), Some(document)) => {
            Which::Cell(target::cell(&document, name).map_or_else(|_| name.key(), |cell| document.key(cell)))
        }
        (Some(name), None) => Which::Cell(name.key()),
        (None, Some(document)) if arguments.position.is_some() => {
            Which::Cell(document.key(target::one_cell(&desk, &document, &arguments)?))
        }
        (None, _) => Which::All,
    };
    let cancelled = desk.runs().existing(&uri).map_or(0, |runner| runner.cancel(which));
    Ok(json!({ "cancelled": cancelled }))
}
