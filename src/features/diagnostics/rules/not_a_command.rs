//! `not-a-command`: IPython reads `%=` and `!=` as operators of Python.

use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::RefusalKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        if refusal.kind == RefusalKind::NotACommand {
            findings.add(
                refusal.range.clone(),
                "this is neither a magic nor a shell command: IPython reads `%=` and `!=` as Python's operators",
            );
        }
    }
}
