//! What a command has offered to do next, for clients that show no choice.

use serde_json::Value as Json;
use tower_lsp_server::gen_lsp_types as lsp;

use super::{Asked, RUN};

/// Returns the actions that are offered for the document, as they were offered.
pub(super) fn actions(asked: &Asked<'_>, offered: &[Json]) -> Vec<lsp::CodeAction> {
    if asked.is_automatic() || !asked.wants(RUN) {
        return Vec::new();
    }
    offered.iter().filter_map(action).collect()
}

fn action(offered: &Json) -> Option<lsp::CodeAction> {
    let title = offered["title"].as_str()?.to_owned();
    Some(lsp::CodeAction {
        title: title.clone(),
        kind: Some(lsp::CodeActionKind::from(RUN.to_owned())),
        command: Some(lsp::Command {
            title,
            tooltip: None,
            command: offered["command"].as_str()?.to_owned(),
            arguments: offered["arguments"].as_array().cloned(),
        }),
        ..lsp::CodeAction::default()
    })
}
