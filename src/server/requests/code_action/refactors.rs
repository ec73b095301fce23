//! Changes that mend nothing.

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::refactor::{RefactorKind, refactors};
use crate::server::convert;

use super::Asked;

/// Returns what can be written in another way where the range begins; nothing unless the user asks.
pub(super) fn at_range(asked: &Asked<'_>) -> Vec<lsp::CodeAction> {
    let kinds = [lsp::CodeActionKind::RefactorRewrite, lsp::CodeActionKind::RefactorExtract];
    if asked.is_automatic() || !kinds.iter().any(|kind| asked.wants(kind.as_str())) {
        return Vec::new();
    }
    let (view, range) = (asked.view, asked.params.range);
    let Some((cell, _)) = view.at(convert::position(range.start)) else { return Vec::new() };
    let offered = refactors(&view.analysis.model, cell, view.in_cell(cell, range), asked.environment);
    let action = |refactor: crate::features::refactor::Refactor| {
        let kind = match refactor.kind {
            RefactorKind::Rewrite => lsp::CodeActionKind::RefactorRewrite,
            RefactorKind::Extract => lsp::CodeActionKind::RefactorExtract,
        };
        asked.wants(kind.as_str()).then(|| asked.action(cell, &refactor.fix, kind))?
    };
    offered.into_iter().filter_map(action).collect()
}
