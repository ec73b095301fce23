//! `textDocument/semanticTokens/full` and `…/range`

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::semantic_tokens::{MODIFIERS, TokenKind, cell_tokens};
use crate::server::view::View;

/// Returns the numbers that tokens are sent with.
pub(in crate::server) fn legend() -> lsp::SemanticTokensLegend {
    lsp::SemanticTokensLegend {
        token_types: TokenKind::ALL.iter().map(|kind| kind.name().to_owned()).collect(),
        token_modifiers: MODIFIERS.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// Returns the tokens of a document, or of those cells that a range touches.
pub(in crate::server) fn handle(view: &View, range: Option<lsp::Range>) -> lsp::SemanticTokens {
    let mut data = Vec::new();
    if view.analysis.model.gate.kernel().is_some() {
        let mut last = lsp::Position { line: 0, character: 0 };
        for cell in range.map_or_else(|| view.cells(), |range| view.cells_in(range)) {
            add_cell(view, cell, range, &mut last, &mut data);
        }
    }
    lsp::SemanticTokens { result_id: None, data }
}

fn add_cell(
    view: &View,
    cell: usize,
    wanted: Option<lsp::Range>,
    last: &mut lsp::Position,
    data: &mut Vec<lsp::SemanticToken>,
) {
    for token in cell_tokens(&view.analysis.model.cells[cell].cell) {
        let place = view.range(cell, token.range);
        let outside = wanted.is_some_and(|wanted| place.end <= wanted.start || wanted.end <= place.start);
        // What is one line of the cell may be two of the document, and the other way round: a token stands on one.
        if place.start.line != place.end.line || place.start >= place.end || place.start < *last || outside {
            continue;
        }
        let same_line = place.start.line == last.line;
        data.push(lsp::SemanticToken {
            delta_line: place.start.line - last.line,
            delta_start: place.start.character - if same_line { last.character } else { 0 },
            length: place.end.character - place.start.character,
            token_type: TokenKind::ALL.iter().position(|kind| *kind == token.kind).unwrap_or_default() as u32,
            token_modifiers_bitset: token.modifiers,
        });
        *last = place.start;
    }
}
