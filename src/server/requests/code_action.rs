//! `textDocument/codeAction`

use std::collections::HashMap;

use tower_lsp_server::gen_lsp_types as lsp;

use crate::server::convert;
use crate::server::view::View;

/// Returns the fixes of problems that touch the range.
pub(in crate::server) fn handle(view: &View, params: &lsp::CodeActionParams) -> Vec<lsp::CodeActionResponse> {
    let wanted =
        |kind: &lsp::CodeActionKind| *kind == lsp::CodeActionKind::QuickFix || *kind == lsp::CodeActionKind::Empty;
    if params.context.only.as_ref().is_some_and(|only| !only.iter().any(wanted)) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for cell in view.cells() {
        for problem in view.analysis.problems(cell).iter().filter(|problem| !problem.fixes.is_empty()) {
            let range = view.range(cell, problem.range.clone());
            if range.end < params.range.start || params.range.end < range.start {
                continue;
            }
            let diagnostic = convert::diagnostic(problem, range);
            for (index, fix) in problem.fixes.iter().enumerate() {
                let Some(edits) = view.fix(cell, fix) else { continue };
                out.push(lsp::CodeActionResponse::CodeAction(lsp::CodeAction {
                    title: fix.title.clone(),
                    kind: Some(lsp::CodeActionKind::QuickFix),
                    diagnostics: Some(vec![diagnostic.clone()]),
                    is_preferred: Some(index == 0),
                    edit: Some(lsp::WorkspaceEdit {
                        changes: Some(HashMap::from([(params.text_document.uri.clone(), edits)])),
                        ..lsp::WorkspaceEdit::default()
                    }),
                    ..lsp::CodeAction::default()
                }));
            }
        }
    }
    out
}
