//! `configure-value`: the kernel applies settings one after the other and stops at the first that it
//! cannot take; those before stay in effect, those behind are lost.

use super::written::with_article;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::RefusalKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        if let RefusalKind::ConfigureValue { key, found, wanted } = &refusal.kind {
            findings.add(
                refusal.range.clone(),
                format!(
                    "`{key}` must be {wanted}, not {}: `%%configure` stops here and drops the rest",
                    with_article(found)
                ),
            );
        }
    }
}
