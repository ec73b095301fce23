//! `textDocument/inlayHint`: what the kernel makes of settings, what a session costs and how long it lives; and what cells
//! of scripts have shown, behind their last lines, for clients that show it no other way.

use std::ops::Range;

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::inlays::{Inlay, InlayKind, InlayOptions, inlays};
use crate::run::CellState;
use crate::run::render;
use crate::server::results::{CellResult, Results};
use crate::server::view::View;
use crate::settings::{Engine, Settings};
use crate::syntax::Form;

/// How much of a result is shown, in characters.
const LONGEST: usize = 120;
/// How much the tooltip holds, in characters.
const LONGEST_TOOLTIP: usize = 4_000;

/// Returns the hints in the range; `results` where they are to be shown.
pub(in crate::server) fn handle(
    view: &View,
    params: &lsp::InlayHintParams,
    results: Option<&Results>,
    settings: &Settings,
) -> Vec<lsp::InlayHint> {
    // Hints stand at the ends of lines, behind what may be asked for of them.
    let end = lsp::Position { line: params.range.end.line.saturating_add(1), character: 0 };
    let start = lsp::Position { line: params.range.start.line, character: 0 };
    let cells = view.cells_in(lsp::Range { start, end });
    let mut hints = Vec::new();
    if matches!(view.form(), Form::Cells | Form::Percent) {
        hints.extend(kernels(view, cells.clone(), settings));
    }
    if let Some(results) = results.filter(|_| view.form() == Form::Percent) {
        hints.extend(shown(view, params, &cells, results));
    }
    let lines = params.range.start.line..=params.range.end.line;
    hints.retain(|hint| lines.contains(&hint.position.line));
    hints.sort_by_key(|hint| hint.position.line);
    hints
}

/// What the kernel and the service make of the document.
fn kernels(view: &View, cells: Range<usize>, settings: &Settings) -> Vec<lsp::InlayHint> {
    let prices = settings.prices();
    let billed = settings.engine == Engine::Aws;
    let options = InlayOptions {
        values: settings.value_hints,
        cost: settings.cost_hints,
        idle_timeout: (billed && settings.idle_hints).then_some(settings.idle_timeout),
        billed,
        prices: &prices,
    };
    let hint = |inlay: Inlay| lsp::InlayHint {
        position: view.range(inlay.cell, inlay.offset..inlay.offset).end,
        label: lsp::Label::String(match inlay.kind {
            // Right behind a number, a price would read as more of it.
            InlayKind::Cost => format!("· {}", inlay.label),
            InlayKind::Value | InlayKind::IdleTimeout => inlay.label,
        }),
        kind: None,
        text_edits: None,
        tooltip: Some(lsp::Tooltip::MarkupContent(lsp::MarkupContent {
            kind: lsp::MarkupKind::Markdown,
            value: inlay.tooltip,
        })),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    };
    inlays(&view.analysis.model, cells, &options).into_iter().map(hint).collect()
}

fn shown(view: &View, params: &lsp::InlayHintParams, cells: &Range<usize>, results: &Results) -> Vec<lsp::InlayHint> {
    let mut hints = Vec::new();
    for (key, result) in results.of(&params.text_document.uri.0) {
        let Some(text) = &result.text else { continue };
        let Some(cell) = view.shown_at(key, text).filter(|cell| cells.contains(cell)) else { continue };
        let Some(label) = label(result) else { continue };
        let position = view.end_of_code(cell);
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
    hints
}

/// Returns the last line that a cell has shown, and how it ended.
pub(in crate::server) fn label(result: &CellResult) -> Option<String> {
    // What a cell prints meanwhile is not looked at on each keystroke.
    let state = result.state.filter(|state| state.is_final())?;
    let whole = render::plain(&result.outputs);
    let mut lines = whole.lines().map(str::trim).filter(|line| !line.is_empty());
    let last = lines.next_back();
    let more = lines.count();
    match (state, last) {
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
