//! `owner-tag`: the kernel writes its own `owner` over the author's when the session is created.

use crate::features::diagnostics::{Context, Findings};
use crate::model::effects::ChangeKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        if let ChangeKind::Tag(key, _) = &change.kind
            && key.as_str() == Some("owner")
        {
            let message =
                "the kernel sets the tag `owner` to the caller's user id, so this value is lost; choose another key";
            findings.add(change.range.clone(), message);
        }
    }
}
