//! `textDocument/hover`

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::Prices;
use crate::features::hover::hover;
use crate::server::view::View;
use crate::text::Position;

/// Returns what is known about the thing at a position.
pub(in crate::server) fn handle(view: &View, position: Position, prices: &Prices) -> Option<lsp::Hover> {
    let (cell, offset) = view.at(position)?;
    let hover = hover(&view.analysis.model, cell, offset, prices)?;
    Some(lsp::Hover {
        contents: lsp::Contents::MarkupContent(lsp::MarkupContent {
            kind: lsp::MarkupKind::Markdown,
            value: hover.markdown,
        }),
        range: Some(view.range(cell, hover.range)),
    })
}
