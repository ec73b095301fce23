//! Between our plain values and the protocol's.

use serde_json::Value as Json;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::{Problem, Severity};
use crate::syntax::NotebookMeta;
use crate::text::{Position, PositionEncoding, Range};

pub(super) fn position(position: lsp::Position) -> Position {
    Position { line: position.line, character: position.character }
}

pub(super) fn range_from(range: lsp::Range) -> Range {
    Range { start: position(range.start), end: position(range.end) }
}

pub(super) fn range_to(range: Range) -> lsp::Range {
    let position = |p: Position| lsp::Position { line: p.line, character: p.character };
    lsp::Range { start: position(range.start), end: position(range.end) }
}

/// Returns the replaced range (`None`: all of it) and the new text of a change.
pub(super) fn content_change(change: &lsp::TextDocumentContentChangeEvent) -> (Option<Range>, &str) {
    match change {
        lsp::TextDocumentContentChangeEvent::TextDocumentContentChangePartial(partial) => {
            (Some(range_from(partial.range)), &partial.text)
        }
        lsp::TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => (None, &whole.text),
    }
}

pub(super) fn severity(severity: Severity) -> lsp::DiagnosticSeverity {
    match severity {
        Severity::Error => lsp::DiagnosticSeverity::Error,
        Severity::Warning => lsp::DiagnosticSeverity::Warning,
        Severity::Information => lsp::DiagnosticSeverity::Information,
        Severity::Hint => lsp::DiagnosticSeverity::Hint,
    }
}

pub(super) fn diagnostic(problem: &Problem, range: lsp::Range) -> lsp::Diagnostic {
    lsp::Diagnostic {
        range,
        severity: Some(severity(problem.severity)),
        code: Some(lsp::Code::String(problem.code.to_owned())),
        code_description: Some(lsp::CodeDescription { href: lsp::Uri::from(problem.help_url()) }),
        source: Some("glue-ls".to_owned()),
        message: problem.message.clone().into(),
        ..lsp::Diagnostic::default()
    }
}

pub(super) fn encoding_kind(encoding: PositionEncoding) -> lsp::PositionEncodingKind {
    match encoding {
        PositionEncoding::Utf8 => lsp::PositionEncodingKind::UTF8,
        PositionEncoding::Utf16 => lsp::PositionEncodingKind::UTF16,
        PositionEncoding::Utf32 => lsp::PositionEncodingKind::UTF32,
    }
}

/// Chooses how characters are counted: UTF-8 where the client knows it (nothing is converted then),
/// else UTF-16, which every client knows.
pub(super) fn choose_encoding(capabilities: &lsp::ClientCapabilities) -> PositionEncoding {
    let offered = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref());
    let offered = offered.unwrap_or_default();
    if offered.contains(&lsp::PositionEncodingKind::UTF8) {
        PositionEncoding::Utf8
    } else if offered.contains(&lsp::PositionEncodingKind::UTF16) || offered.is_empty() {
        PositionEncoding::Utf16
    } else if offered.contains(&lsp::PositionEncodingKind::UTF32) {
        PositionEncoding::Utf32
    } else {
        PositionEncoding::Utf16
    }
}

/// Returns what a notebook's metadata says about its kernel. VS Code nests it once more.
pub(super) fn notebook_meta(metadata: Option<&Json>) -> NotebookMeta {
    let Some(metadata) = metadata else { return NotebookMeta::default() };
    let find = |path: [&str; 2]| {
        let inner = metadata.get("metadata").and_then(|inner| inner.get(path[0])?.get(path[1]));
        let value = inner.or_else(|| metadata.get(path[0])?.get(path[1]))?;
        value.as_str().map(str::to_owned)
    };
    NotebookMeta {
        kernel_name: find(["kernelspec", "name"]),
        language: find(["language_info", "name"]).or_else(|| find(["kernelspec", "language"])),
        nbformat: None,
        is_paired: false,
        above: None,
    }
}
