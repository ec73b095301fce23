//! `unknown-session-type`: the kernel refuses to create the session.

use super::creation::failures;
use super::magic_line::{around, is_swallowed};
use super::written::replace_value;
use crate::facts::nearest::nearest;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::CreationRefusal;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (refusal, range) in failures(context) {
        let CreationRefusal::BadSessionType { value } = refusal else { continue };
        if is_swallowed(context, &range) {
            continue;
        }
        let (advice, fixes) = around(context, &range, value).unwrap_or_else(|| {
            if value.to_lowercase().contains("ray") {
                return ("; write `etl` or `streaming`: Ray sessions are gone since kernel 1.0.6", Vec::new());
            }
            let meant = if value == "stream" { Some("streaming") } else { nearest(value, ["etl", "streaming"]) };
            let fix = meant.map(|meant| replace_value(context.text(), &range, meant));
            ("; write `etl` or `streaming`", fix.into_iter().collect())
        });
        findings.add_with(range, format!("there is no session type `{value}`, so no session starts{advice}"), fixes);
    }
}
