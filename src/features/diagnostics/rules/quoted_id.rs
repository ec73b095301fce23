//! `quoted-id`: `%reconnect` is one of two magics that keep the quotes around their value.

use super::magic_line::is_swallowed;
use super::written::before_comment;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::effects::ChangeKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let ChangeKind::Reconnect(id) = &change.kind else { continue };
        // One thing after the other.
        if before_comment(id).is_some() || id.starts_with(char::is_whitespace) {
            continue;
        }
        let bare = id.trim_matches(['"', '\'']);
        if bare.len() == id.len() || bare.is_empty() || is_swallowed(context, &change.range) {
            continue;
        }
        let written = &context.text()[change.range.clone()];
        let Some(range) = written.find(id).map(|at| change.range.start + at..change.range.start + at + id.len()) else {
            continue;
        };
        let fix = Fix::replace("Remove the quotes", range.clone(), bare);
        findings.add_with(
            range,
            "`%reconnect` takes the quotes for a part of the session's id, so none is found",
            vec![fix],
        );
    }
}
