//! `tag-limits`: the service takes 50 tags of limited length, and keeps keys that begin with `aws:` for itself.

use crate::features::diagnostics::{Context, Findings};
use crate::model::effects::ChangeKind;

/// Most tags of a session, the kernel's `owner` among them.
const MOST_TAGS: usize = 50;
/// Most characters of a key.
const LONGEST_KEY: usize = 128;
/// Most characters of a value.
const LONGEST_VALUE: usize = 256;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let mut keys = vec!["owner"];
    for change in &context.cell.effects.changes {
        let ChangeKind::Tag(key, value) = &change.kind else { continue };
        let Some(key) = key.as_str() else { continue };
        let length = key.chars().count();
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            let message =
                "keys of tags that begin with `aws:` are reserved, so the service refuses them; choose another";
            findings.add(change.range.clone(), message);
        } else if length > LONGEST_KEY {
            let message = format!("the service takes keys of at most {LONGEST_KEY} characters, this one has {length}");
            findings.add(change.range.clone(), message);
        }
        if let Some(length) = value.as_str().map(|value| value.chars().count()).filter(|&length| length > LONGEST_VALUE)
        {
            let message =
                format!("the service takes values of at most {LONGEST_VALUE} characters, this one has {length}");
            findings.add(change.range.clone(), message);
        }
        if keys.len() <= MOST_TAGS && !keys.contains(&key) {
            keys.push(key);
            if keys.len() > MOST_TAGS {
                let message = format!(
                    "the service takes at most {MOST_TAGS} tags, and the kernel adds `owner`: this one is too many"
                );
                findings.add(change.range.clone(), message);
            }
        }
    }
}
