//! `textDocument/inlayHint`: what cells of scripts have shown, behind their last lines, for clients that show it no
//! other way.

use tower_lsp_server::gen_lsp_types as lsp;

use crate::run::CellState;
use crate::run::render;
use crate::server::results::{CellResult, Results};
use crate::server::view::View;
use crate::syntax::Form;

/// How much of a result is shown, in characters.
const LONGEST: usize = 120;
/// How much the tooltip holds, in characters.
const LONGEST_TOOLTIP: usize = 4_000;

pub(in crate::server) fn handle(view: &View, params: &lsp::InlayHintParams, results: &Results) -> Vec<lsp::InlayHint> {
    if view.form() != Form::Percent {
        return Vec::new();
    }
    let mut hints = Vec::new();
    for (key, result) in results.of(&params.text_document.uri.0) {
        let (Some(text), Some(label)) = (&result.text, label(result)) else { continue };
        let Some(cell) = view.shown_at(key, text) else { continue };
        let position = view.end_of_code(cell);
        if position.line < params.range.start.line || position.line > params.range.end.line {
            continue;
        }
        let whole = render::plain(&result.outputs);
        let tooltip = (whole.trim_end() != label).then(|| lsp::Tooltip::String(cut(&whole, LONGEST_TOOLTIP)));
        hints.push(lsp::InlayHint {
            position,
            label: lsp::Label::String(label),
            kind: None,
            text_edits: None,
            tooltip,
            padding_left: Some(true),
            padding_right: None,
            data: None,
        });
    }
    hints.sort_by_key(|hint| hint.position.line);
    hints
}

/// Returns the last line that a cell has shown, and how it ended.
fn label(result: &CellResult) -> Option<String> {
    let whole = render::plain(&result.outputs);
    let mut lines = whole.lines().map(str::trim).filter(|line| !line.is_empty());
    let last = lines.next_back();
    let more = lines.count();
    match (result.state?, last) {
        (CellState::Ok, Some(last)) if more == 0 => Some(cut(last, LONGEST)),
        (CellState::Ok, Some(last)) if more == 1 => Some(format!("{} (and a line above)", cut(last, LONGEST))),
        (CellState::Ok, Some(last)) => Some(format!("{} (and {more} lines above)", cut(last, LONGEST))),
        (CellState::Ok, None) => Some("✓".to_owned()),
        (CellState::Error, last) => Some(format!("✗ {}", cut(last.unwrap_or("failed"), LONGEST))),
        (CellState::Cancelled, _) => Some("cancelled".to_owned()),
        (CellState::Queued | CellState::StartingSession | CellState::Running, _) => None,
    }
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
