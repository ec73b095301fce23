//! `invalid-session-id`: the AWS client refuses an id that is no text.

use super::creation::failures;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::CreationRefusal;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (refusal, range) in failures(context) {
        if *refusal == CreationRefusal::BadSessionId {
            findings.add(range, "`session_id` must be text in quotes, otherwise no session starts");
        }
    }
}
