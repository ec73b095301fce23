//! `invalid-session-id`: the AWS client refuses an id that is no text, the service one with control characters.

use super::creation::failures;
use crate::features::diagnostics::{Context, Findings};
use crate::model::effects::ChangeKind;
use crate::model::refusal::CreationRefusal;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (refusal, range) in failures(context) {
        if *refusal == CreationRefusal::BadSessionId {
            findings.add(range, "`session_id` must be text in quotes, otherwise no session starts");
        }
    }
    for change in &context.cell.effects.changes {
        let ChangeKind::SessionId(Value::Str(id)) = &change.kind else { continue };
        if id.chars().any(|c| c.is_control() && c != '\t') {
            findings.add(change.range.clone(), "the service refuses line breaks and other control characters in an id");
        }
    }
}
