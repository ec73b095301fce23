//! `unknown-session-type`: the kernel refuses to create the session.

use super::creation::failures;
use super::magic_line::{around, is_swallowed};
use super::written::replace_value;
use crate::facts::{self, nearest::nearest};
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::CreationRefusal;

/// The type of sessions that take no statements.
pub(super) const SPARK_CONNECT: &str = "SPARK_CONNECT";

/// Returns the value of the API's `SessionType` that is meant, if one is.
pub(super) fn api_kind(value: &str) -> Option<&'static str> {
    let kinds = facts::versions().session_kinds.values.iter();
    let plain = value.trim().replace(['-', ' '], "_");
    kinds.map(String::as_str).find(|kind| kind.eq_ignore_ascii_case(&plain))
}

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
            if let Some(kind) = api_kind(value) {
                let advice = match kind {
                    SPARK_CONNECT => {
                        "; write `etl` or `streaming`: this is a type of the API for PySpark's own client, and neither the \
                         kernel nor glue-ls runs cells in such a session"
                    }
                    _ => "; leave it out: it is the API's word for sessions that take statements, as all of the kernel's do",
                };
                return (advice, Vec::new());
            }
            let meant = if value == "stream" { Some("streaming") } else { nearest(value, ["etl", "streaming"]) };
            let fix = meant.map(|meant| replace_value(context.text(), &range, meant));
            ("; write `etl` or `streaming`", fix.into_iter().collect())
        });
        findings.add_with(range, format!("there is no session type `{value}`, so no session starts{advice}"), fixes);
    }
}
