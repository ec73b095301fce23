//! Fixes of problems: one by one, all of a rule, all that are safe.

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::fix_all::{Which, fix_all, has, safe_fix};
use crate::server::convert;

use super::{Asked, FIX_ALL};

/// Returns the fixes of the problems that touch the range, and behind them what fixes all problems of the same rule.
pub(super) fn at_range(asked: &Asked<'_>) -> Vec<lsp::CodeAction> {
    let mut out = Vec::new();
    if !asked.wants(lsp::CodeActionKind::QuickFix.as_str()) {
        return out;
    }
    let (view, wanted) = (asked.view, asked.params.range);
    // Rules with a problem here that can be fixed everywhere.
    let mut rules: Vec<(&'static str, lsp::Diagnostic)> = Vec::new();
    for cell in view.cells_in(wanted) {
        for problem in view.analysis.problems(cell).iter().filter(|problem| !problem.fixes.is_empty()) {
            let range = view.range(cell, problem.range.clone());
            if range.end < wanted.start || wanted.end < range.start {
                continue;
            }
            let diagnostic = convert::diagnostic(problem, range);
            let safe = safe_fix(problem);
            for fix in &problem.fixes {
                let Some(action) = asked.action(cell, fix, lsp::CodeActionKind::QuickFix) else { continue };
                let is_preferred = Some(safe.is_some_and(|safe| std::ptr::eq(safe, fix)));
                out.push(lsp::CodeAction { diagnostics: Some(vec![diagnostic.clone()]), is_preferred, ..action });
            }
            if safe.is_some() && !rules.iter().any(|(code, _)| *code == problem.code) {
                rules.push((problem.code, diagnostic));
            }
        }
    }
    // Nobody waits for all of a long document while only the cursor moves.
    if asked.is_idle() && view.own_cell().is_none() {
        return out;
    }
    for (code, diagnostic) in rules {
        let which = Which::Code(code);
        if has(&view.analysis, view.rope(), view.own_cell(), which, 2)
            && let Some(action) = everywhere(asked, format!("Fix all `{code}` problems"), "quickfix", which)
        {
            out.push(lsp::CodeAction { diagnostics: Some(vec![diagnostic]), ..action });
        }
    }
    out
}

/// Returns what makes all safe fixes of the document.
pub(super) fn of_document(asked: &Asked<'_>) -> Option<lsp::CodeAction> {
    if !asked.wants(FIX_ALL) || asked.is_idle() {
        return None;
    }
    // Among all other actions a single fix stands once, as the fix of its problem.
    let least = if asked.params.context.only.is_some() { 1 } else { 2 };
    let view = asked.view;
    if !has(&view.analysis, view.rope(), view.own_cell(), Which::All, least) {
        return None;
    }
    everywhere(asked, "Fix all Glue problems that can be fixed safely".to_owned(), FIX_ALL, Which::All)
}

fn everywhere(asked: &Asked<'_>, title: String, kind: &str, which: Which<'_>) -> Option<lsp::CodeAction> {
    let view = asked.view;
    let edits = fix_all(&view.analysis, view.rope(), view.own_cell(), which, asked.environment)?;
    let edits = edits.into_iter().map(|edit| view.text_edit(edit)).collect();
    Some(asked.edit(title, lsp::CodeActionKind::from(kind.to_owned()), edits))
}
