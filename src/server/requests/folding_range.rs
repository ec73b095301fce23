//! `textDocument/foldingRange`

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::folding::{FoldKind, cell_folds};
use crate::server::view::View;

/// Returns what can be folded: cells, runs of magics, bodies, definitions.
pub(in crate::server) fn handle(view: &View) -> Vec<lsp::FoldingRange> {
    let mut out = Vec::new();
    if view.analysis.model.gate.kernel().is_none() {
        return out;
    }
    for index in view.cells() {
        for fold in cell_folds(&view.analysis.model.cells[index]) {
            let range = view.range(index, fold.range);
            // Folding is by lines; what stands on one cannot fold.
            if range.end.line > range.start.line {
                out.push(lsp::FoldingRange {
                    start_line: range.start.line,
                    start_character: None,
                    end_line: range.end.line,
                    end_character: None,
                    kind: match fold.kind {
                        FoldKind::Region => Some(lsp::FoldingRangeKind::Region),
                        FoldKind::Comment => Some(lsp::FoldingRangeKind::Comment),
                        FoldKind::Imports => Some(lsp::FoldingRangeKind::Imports),
                    },
                    collapsed_text: None,
                });
            }
        }
    }
    out
}
