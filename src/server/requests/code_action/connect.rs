//! What gives a session a connection that was refused for having none.

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::connect::offers;

use super::Asked;

/// Returns the connections that would do, for the cells at the range that failed for want of one.
pub(super) fn at_range(asked: &Asked<'_>) -> Vec<lsp::CodeAction> {
    let kind = lsp::CodeActionKind::QuickFix;
    if !asked.wants(kind.as_str()) {
        return Vec::new();
    }
    let analysis = &asked.view.analysis;
    let cells = asked.view.lacking_connections(asked.params.range).into_iter();
    let actions = cells.flat_map(|(cell, _)| {
        let fixes = offers(&analysis.model, cell, &analysis.config().policy);
        fixes.into_iter().filter_map(|fix| asked.action(cell, &fix, lsp::CodeActionKind::QuickFix)).collect::<Vec<_>>()
    });
    actions.collect()
}
