//! A project file that is open: diagnostics, completion, hover and fixes.

use std::collections::HashMap;
use std::ops::Range;

use ropey::Rope;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::help_url;
use crate::server::convert;
use crate::settings::assist::{self, Mistake, Offer};
use crate::text::{Position, PositionEncoding, offset_at, range_at};

/// The code of everything that is wrong in a project file.
const CODE: &str = "settings";

/// Returns what is wrong with the file.
pub(in crate::server) fn diagnostics(rope: &Rope, encoding: PositionEncoding) -> Vec<lsp::Diagnostic> {
    let mistakes = assist::mistakes(&rope.to_string());
    mistakes.iter().map(|mistake| diagnostic(rope, encoding, mistake)).collect()
}

fn diagnostic(rope: &Rope, encoding: PositionEncoding, mistake: &Mistake) -> lsp::Diagnostic {
    lsp::Diagnostic {
        range: place(rope, encoding, mistake.range.clone()),
        severity: Some(lsp::DiagnosticSeverity::Warning),
        code: Some(lsp::Code::String(CODE.to_owned())),
        code_description: Some(lsp::CodeDescription { href: lsp::Uri::from(settings_page()) }),
        source: Some("glue-ls".to_owned()),
        message: mistake.message.clone().into(),
        ..lsp::Diagnostic::default()
    }
}

/// The address of the page about settings.
fn settings_page() -> String {
    help_url("").replace("rules/.md", "settings.md")
}

/// Returns what can stand at a position.
pub(in crate::server) fn completion(
    rope: &Rope,
    encoding: PositionEncoding,
    position: Position,
) -> lsp::CompletionResponse {
    let offers = assist::offers(&rope.to_string(), offset_at(rope, position, encoding));
    let items = offers.into_iter().enumerate();
    lsp::CompletionResponse::CompletionList(lsp::CompletionList {
        is_incomplete: false,
        items: items.map(|(index, offer)| item(rope, encoding, index, offer)).collect(),
        ..lsp::CompletionList::default()
    })
}

fn item(rope: &Rope, encoding: PositionEncoding, index: usize, offer: Offer) -> lsp::CompletionItem {
    let range = place(rope, encoding, offer.replace.clone());
    // Clients filter by what stands in the range, quotes included.
    let quoted = rope.get_byte_slice(offer.replace).is_some_and(|slice| slice.chars().next() == Some('"'));
    lsp::CompletionItem {
        filter_text: quoted.then(|| format!("\"{}\"", offer.label)),
        label: offer.label,
        kind: Some(if offer.key { lsp::CompletionItemKind::Property } else { lsp::CompletionItemKind::EnumMember }),
        detail: offer.detail.filter(|detail| !detail.is_empty()),
        documentation: offer.documentation.map(|value| {
            lsp::Documentation::MarkupContent(lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value })
        }),
        sort_text: Some(format!("{index:03}")),
        text_edit: Some(lsp::CompletionItemTextEdit::TextEdit(lsp::TextEdit { range, new_text: offer.insert })),
        ..lsp::CompletionItem::default()
    }
}

/// Returns what is known of the thing at a position.
pub(in crate::server) fn hover(rope: &Rope, encoding: PositionEncoding, position: Position) -> Option<lsp::Hover> {
    let (value, range) = assist::hover(&rope.to_string(), offset_at(rope, position, encoding))?;
    Some(lsp::Hover {
        contents: lsp::Contents::MarkupContent(lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value }),
        range: Some(place(rope, encoding, range)),
    })
}

/// Returns the fixes of what is wrong in the range.
pub(in crate::server) fn fixes(
    rope: &Rope,
    encoding: PositionEncoding,
    params: &lsp::CodeActionParams,
) -> Vec<lsp::CodeActionResponse> {
    let wanted =
        |kind: &lsp::CodeActionKind| *kind == lsp::CodeActionKind::QuickFix || *kind == lsp::CodeActionKind::Empty;
    if params.context.only.as_ref().is_some_and(|only| !only.iter().any(wanted)) {
        return Vec::new();
    }
    let action = |mistake: Mistake| {
        let new_text = mistake.fix.clone()?;
        let diagnostic = diagnostic(rope, encoding, &mistake);
        let range = diagnostic.range;
        if range.end < params.range.start || params.range.end < range.start {
            return None;
        }
        let title = format!("Change it to `{}`", new_text.trim_matches('"'));
        let edits = HashMap::from([(params.text_document.uri.clone(), vec![lsp::TextEdit { range, new_text }])]);
        Some(lsp::CodeActionResponse::CodeAction(lsp::CodeAction {
            title,
            kind: Some(lsp::CodeActionKind::QuickFix),
            diagnostics: Some(vec![diagnostic]),
            is_preferred: Some(true),
            edit: Some(lsp::WorkspaceEdit { changes: Some(edits), ..lsp::WorkspaceEdit::default() }),
            ..lsp::CodeAction::default()
        }))
    };
    assist::mistakes(&rope.to_string()).into_iter().filter_map(action).collect()
}

fn place(rope: &Rope, encoding: PositionEncoding, range: Range<usize>) -> lsp::Range {
    convert::range_to(range_at(rope, range, encoding))
}
