//! `session-id-too-long`: prefix, hyphen and a random id of 36 characters are the session's id.

use crate::facts;
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::syntax::literal::Value;

/// Characters of the hyphen and the random id that the kernel puts behind a prefix.
const BEHIND_PREFIX: usize = 1 + 36;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let most = facts::versions().quotas.session_id_characters;
    for change in &context.cell.effects.changes {
        let (length, most, what) = match &change.kind {
            ChangeKind::Set(Setting::SessionIdPrefix, Some(Value::Str(prefix))) => {
                (prefix.chars().count(), most - BEHIND_PREFIX, "prefix of a session id")
            }
            ChangeKind::SessionId(Value::Str(id)) | ChangeKind::Reconnect(id) => {
                (id.chars().count(), most, "session id")
            }
            _ => continue,
        };
        if length > most {
            let message = format!("a {what} has at most {most} characters, this one has {length}");
            findings.add(change.range.clone(), message);
        }
    }
}
