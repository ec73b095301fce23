//! What lets an identity be used that the document names.

use serde_json::json;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::completion::consent_label;
use crate::model::account::{Claim, Status};

use super::Asked;

/// The command that lets it be used.
const LOAD_NAMES: &str = "glue-ls.loadNames";

/// Returns the action for the cell where the range begins, if it makes settings and their names are not looked up yet.
pub(super) fn at_range(asked: &Asked<'_>) -> Option<lsp::CodeAction> {
    let model = &asked.view.analysis.model;
    if asked.is_idle() || !asked.wants("quickfix") || model.gate.kernel().is_none() {
        return None;
    }
    let cell = asked.view.cells_in(asked.params.range).next()?;
    if model.cells.get(cell)?.effects.changes.is_empty() {
        return None;
    }
    let claim = Claim::at(model, cell);
    if model.accounts.caller(&claim).status != Status::NeedsConsent {
        return None;
    }
    let title = consent_label(&claim);
    // A cell that is a document is named by its URI.
    let mut argument = json!({ "uri": asked.uri().0 });
    if let (None, Some(members)) = (asked.view.own_cell(), argument.as_object_mut()) {
        members.insert("cell".to_owned(), json!(cell));
    }
    Some(lsp::CodeAction {
        title: title.clone(),
        kind: Some(lsp::CodeActionKind::QuickFix),
        command: Some(lsp::Command {
            title,
            tooltip: None,
            command: LOAD_NAMES.to_owned(),
            arguments: Some(vec![argument]),
        }),
        ..lsp::CodeAction::default()
    })
}
