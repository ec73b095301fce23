//! What opens a notebook that is open as JSON text as a script: for editors whose commands take no arguments.

use serde_json::json;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::syntax::Form;

use super::Asked;

/// The kind of the action.
pub(in crate::server) const AS_SCRIPT: &str = "source.glue-ls.openAsScript";

/// Returns the action for a notebook of Glue's, unless the client asks with every move of the cursor.
pub(super) fn of_document(asked: &Asked<'_>) -> Option<lsp::CodeAction> {
    let glue = asked.view.form() == Form::Json && asked.view.analysis.model.gate.kernel().is_some();
    if !glue || asked.is_automatic() || !asked.wants(AS_SCRIPT) {
        return None;
    }
    let title = "Open the notebook as a script".to_owned();
    Some(lsp::CodeAction {
        title: title.clone(),
        kind: Some(lsp::CodeActionKind::from(AS_SCRIPT.to_owned())),
        command: Some(lsp::Command {
            title,
            tooltip: None,
            command: "glue-ls.openAsScript".to_owned(),
            arguments: Some(vec![json!({ "uri": asked.uri().0 })]),
        }),
        ..lsp::CodeAction::default()
    })
}
