//! `textDocument/codeAction`

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::Fix;
use crate::model::Environment;
use crate::server::capabilities::ClientSupport;
use crate::server::convert;
use crate::server::view::View;
use crate::syntax::Form;

mod as_script;
mod connect;
mod consent;
mod fixes;
mod offered;
mod refactors;

pub(in crate::server) use as_script::AS_SCRIPT;

/// The kind of actions that run cells.
pub(in crate::server) const RUN: &str = "source.glue-ls.run";
/// The kind of the action that makes all safe fixes.
pub(in crate::server) const FIX_ALL: &str = "source.fixAll.glue-ls";
/// The command of the client's own that splits a cell: a notebook cannot be edited by the protocol.
pub(in crate::server) const SPLIT_CELL: &str = "glueLs.splitCell";

/// Returns the URIs of the cells of a notebook, where each cell is a document.
pub(in crate::server) type CellUris<'a> = &'a dyn Fn() -> Option<Vec<String>>;

/// Returns what can be done at the range: fixes of problems, all fixes of the document, refactors, and for clients that
/// do not show runs themselves, what runs the cell where it begins, and `offered`: what a command has offered to do next.
pub(in crate::server) fn handle(
    view: &View,
    params: &lsp::CodeActionParams,
    support: ClientSupport,
    environment: &Arc<Environment>,
    cell_uris: CellUris<'_>,
    offered: &[Json],
) -> Vec<lsp::CodeActionResponse> {
    let asked = Asked { view, params, support, environment, cell_uris };
    let mut out = fixes::at_range(&asked);
    out.extend(fixes::of_document(&asked));
    out.extend(refactors::at_range(&asked));
    out.extend(connect::at_range(&asked));
    out.extend(consent::at_range(&asked));
    if !support.shows_runs {
        out.extend(offered::actions(&asked, offered));
    }
    out.extend(as_script::of_document(&asked));
    let mut out: Vec<lsp::CodeActionResponse> = out.into_iter().map(lsp::CodeActionResponse::CodeAction).collect();
    if !support.shows_runs {
        out.extend(run_actions(&asked));
    }
    out
}

/// A request for code actions.
struct Asked<'a> {
    view: &'a View,
    params: &'a lsp::CodeActionParams,
    support: ClientSupport,
    environment: &'a Arc<Environment>,
    /// Returns the documents of the cells, where each is one.
    cell_uris: CellUris<'a>,
}

impl Asked<'_> {
    /// Returns whether actions of a kind are wanted: of any, of that one, or of one that it is a part of.
    fn wants(&self, kind: &str) -> bool {
        let Some(only) = &self.params.context.only else { return true };
        let wanted = |asked: &str| {
            let part = kind.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            asked.is_empty() || part
        };
        only.iter().any(|asked| wanted(asked.as_str()))
    }

    /// Returns whether the client asks by itself, with every move of the cursor, and not for certain kinds.
    fn is_idle(&self) -> bool {
        let context = &self.params.context;
        self.is_automatic() && context.only.as_ref().is_none_or(Vec::is_empty)
    }

    /// Returns whether nobody has called for the actions.
    fn is_automatic(&self) -> bool {
        self.params.context.trigger_kind == Some(lsp::CodeActionTriggerKind::Automatic)
    }

    fn uri(&self) -> &lsp::Uri {
        &self.params.text_document.uri
    }

    /// Makes the action of edits of the document.
    fn edit(&self, title: String, kind: lsp::CodeActionKind, edits: Vec<lsp::TextEdit>) -> lsp::CodeAction {
        lsp::CodeAction {
            title,
            kind: Some(kind),
            edit: Some(lsp::WorkspaceEdit {
                changes: Some(HashMap::from([(self.uri().clone(), edits)])),
                ..lsp::WorkspaceEdit::default()
            }),
            ..lsp::CodeAction::default()
        }
    }

    /// Makes the action of a fix: edits, or a command where a cell is to be split that is a document of its own and the
    /// client knows how. `None` where it cannot be made.
    fn action(&self, cell: usize, fix: &Fix, kind: lsp::CodeActionKind) -> Option<lsp::CodeAction> {
        if let Some(edits) = self.view.fix(cell, fix) {
            return Some(self.edit(fix.title.clone(), kind, edits));
        }
        if let Some(cells) = self.view.fix_of_cells(cell, fix) {
            let uris = (self.cell_uris)()?;
            let changes = cells.into_iter().map(|(cell, edits)| Some((lsp::Uri(uris.get(cell)?.clone()), edits)));
            let changes = changes.collect::<Option<HashMap<_, _>>>()?;
            let mut action = self.edit(fix.title.clone(), kind, Vec::new());
            action.edit = Some(lsp::WorkspaceEdit { changes: Some(changes), ..lsp::WorkspaceEdit::default() });
            return Some(action);
        }
        if !self.support.splits_cells {
            return None;
        }
        let (edits, splits) = self.view.split(cell, fix)?;
        let argument = json!({ "uri": self.uri().0, "edits": edits, "splits": splits });
        Some(lsp::CodeAction {
            title: fix.title.clone(),
            kind: Some(kind),
            command: Some(lsp::Command {
                title: fix.title.clone(),
                tooltip: None,
                command: SPLIT_CELL.to_owned(),
                arguments: Some(vec![argument]),
            }),
            ..lsp::CodeAction::default()
        })
    }
}

/// What runs the cell at the start of the range: for editors whose commands take no arguments.
fn run_actions(asked: &Asked<'_>) -> Vec<lsp::CodeActionResponse> {
    let (view, params) = (asked.view, asked.params);
    let glue = view.form() == Form::Percent && view.analysis.model.gate.kernel().is_some();
    if !glue || !asked.wants(RUN) {
        return Vec::new();
    }
    let Some(cell) = view.cell_at(convert::position(params.range.start)) else { return Vec::new() };
    let argument = json!({ "uri": params.text_document.uri.0, "cell": cell });
    let actions = [
        ("Run the cell", "glue-ls.runCell"),
        ("Run the cells above", "glue-ls.runCellsAbove"),
        ("Show the cell's whole output", "glue-ls.showOutput"),
    ];
    let action = |(title, command): (&str, &str), argument: &Json| {
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
    let mut found: Vec<lsp::CodeActionResponse> = actions.into_iter().map(|named| action(named, &argument)).collect();
    // Some editors always select what is under the cursor.
    let range = params.range;
    if range.start.line != range.end.line || range.end.character > range.start.character + 1 {
        let argument = json!({ "uri": params.text_document.uri.0, "range": range });
        found.push(action(("Run the selection", "glue-ls.runSelection"), &argument));
    }
    found
}
