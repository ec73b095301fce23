//! `bad-session-prefix`: the kernel prints one line and keeps the old prefix.

use super::written::{COMMENT_ADVICE, before_comment};
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::RefusalKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        if refusal.kind == RefusalKind::BadPrefix {
            let comment = before_comment(&context.text()[refusal.range.clone()]).is_some();
            let advice = if comment { COMMENT_ADVICE } else { "" };
            findings.add(
                refusal.range.clone(),
                format!(
                    "the kernel ignores this prefix: only letters without accents, digits and the characters `-._#/` are allowed{advice}"
                ),
            );
        }
    }
}
