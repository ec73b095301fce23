//! `textDocument/codeAction`

use std::collections::HashMap;

use serde_json::json;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::server::convert;
use crate::server::view::View;
use crate::syntax::Form;

/// The kind of actions that run cells.
pub(in crate::server) const RUN: &str = "source.glue-ls.run";

/// Returns the fixes of problems that touch the range, and with `runs` what runs the cell where it begins.
pub(in crate::server) fn handle(
    view: &View,
    params: &lsp::CodeActionParams,
    runs: bool,
) -> Vec<lsp::CodeActionResponse> {
    let mut out = fixes(view, params);
    if runs {
        out.extend(run_actions(view, params));
    }
    out
}

/// What runs the cell at the start of the range: for editors whose commands take no arguments.
fn run_actions(view: &View, params: &lsp::CodeActionParams) -> Vec<lsp::CodeActionResponse> {
    let wanted = |kind: &lsp::CodeActionKind| {
        let kind = kind.as_str();
        kind.is_empty()
            || kind == "source"
            || RUN.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let only = params.context.only.as_ref();
    let glue = view.form() == Form::Percent && view.analysis.model.gate.kernel().is_some();
    if !glue || only.is_some_and(|only| !only.iter().any(wanted)) {
        return Vec::new();
    }
    let Some(cell) = view.cell_at(convert::position(params.range.start)) else { return Vec::new() };
    let argument = json!({ "uri": params.text_document.uri.0, "cell": cell });
    let actions = [
        ("Run the cell", "glue-ls.runCell"),
        ("Run the cells above", "glue-ls.runCellsAbove"),
        ("Show the cell's whole output", "glue-ls.showOutput"),
    ];
    let action = |(title, command): (&str, &str)| {
        lsp::CodeActionResponse::CodeAction(lsp::CodeAction {
            title: title.to_owned(),
            kind: Some(lsp::CodeActionKind::from(RUN.to_owned())),
            command: Some(lsp::Command {
                title: title.to_owned(),
                tooltip: None,
                command: command.to_owned(),
                arguments: Some(vec![argument.clone()]),
            }),
            ..lsp::CodeAction::default()
        })
    };
    actions.into_iter().map(action).collect()
}

fn fixes(view: &View, params: &lsp::CodeActionParams) -> Vec<lsp::CodeActionResponse> {
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
