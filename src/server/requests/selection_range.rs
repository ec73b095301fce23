//! `textDocument/selectionRange`

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::selection::selection;
use crate::server::convert;
use crate::server::view::View;

/// The most positions that are looked at: editors send one for each cursor, and each costs a look at its cell's syntax.
const MOST_POSITIONS: usize = 64;

/// Returns, for each position, what a selection there grows to. The protocol wants an answer for every one.
pub(in crate::server) fn handle(view: &View, positions: &[lsp::Position]) -> Vec<lsp::SelectionRange> {
    positions.iter().enumerate().map(|(index, position)| one(view, *position, index < MOST_POSITIONS)).collect()
}

fn one(view: &View, position: lsp::Position, looked_at: bool) -> lsp::SelectionRange {
    let glue = view.analysis.model.gate.kernel().is_some() && looked_at;
    let mut steps = vec![lsp::Range { start: position, end: position }];
    if let Some((cell, offset)) = view.at(convert::position(position)).filter(|_| glue) {
        let ranges = selection(&view.analysis.model.cells[cell].cell, offset);
        steps = ranges.into_iter().map(|range| view.range(cell, range)).collect();
    }
    if let Some(cell) = view.cell_at(convert::position(position)).filter(|_| glue) {
        steps.push(view.cell_range(cell));
    }
    if glue {
        steps.push(view.whole());
    }
    // From the outside in; what is no larger than what it holds is left out.
    let mut parent: Option<lsp::SelectionRange> = None;
    for range in steps.into_iter().rev() {
        let inside = parent.as_ref().is_none_or(|outer| {
            outer.range.start <= range.start && range.end <= outer.range.end && outer.range != range
        });
        if inside {
            parent = Some(lsp::SelectionRange { range, parent: parent.map(Box::new) });
        }
    }
    parent.unwrap_or(lsp::SelectionRange { range: lsp::Range { start: position, end: position }, parent: None })
}
