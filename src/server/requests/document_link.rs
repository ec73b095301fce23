//! `textDocument/documentLink`

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::links::links;
use crate::server::view::View;

/// Returns what in the document stands for a page.
pub(in crate::server) fn handle(view: &View) -> Vec<lsp::DocumentLink> {
    let mut out = Vec::new();
    for (cell, link) in links(&view.analysis.model, view.cells()) {
        out.push(lsp::DocumentLink {
            range: view.range(cell, link.range),
            target: Some(lsp::Uri::from(link.target)),
            tooltip: Some(link.tooltip),
            data: None,
        });
    }
    out
}
