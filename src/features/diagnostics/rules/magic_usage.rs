//! `magic-usage`: IPython refuses the magic's argument, or the kernel cannot read a variable that `%env` set.

use super::creation::failures;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::{CreationRefusal, RefusalKind};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        match &refusal.kind {
            RefusalKind::Usage { name, reason } => {
                findings.add(refusal.range.clone(), format!("`%{name}` fails: {reason}"));
            }
            RefusalKind::Background => {
                let message = "IPython runs no command in the background, so this one fails; remove the `&` at its end";
                findings.add(refusal.range.clone(), message);
            }
            _ => {}
        }
    }
    for (refusal, range) in failures(context) {
        if let CreationRefusal::BadVariable { name, wanted } = refusal {
            findings.add(range, format!("the variable `{name}` must hold {wanted}: no session starts"));
        }
    }
}
