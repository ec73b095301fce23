//! `unknown-session-type`: the kernel refuses to create the session.

use super::creation::failures;
use super::written::{COMMENT_ADVICE, before_comment, replace_value};
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::CreationRefusal;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (refusal, range) in failures(context) {
        let CreationRefusal::BadSessionType { value } = refusal else { continue };
        let kept = before_comment(value).filter(|kept| matches!(*kept, "etl" | "streaming"));
        let advice = if kept.is_some() {
            COMMENT_ADVICE
        } else if value.to_lowercase().contains("ray") {
            "; write `etl` or `streaming`: Ray sessions are gone since kernel 1.0.6"
        } else {
            "; write `etl` or `streaming`"
        };
        let fixes = kept.map(|kept| replace_value(context.text(), &range, kept)).into_iter().collect();
        findings.add_with(range, format!("there is no session type `{value}`, so no session starts{advice}"), fixes);
    }
}
