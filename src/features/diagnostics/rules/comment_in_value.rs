//! `comment-in-value`: a comment behind a value that nothing else finds wrong.

use super::creation::failures;
use super::magic_line::{around, is_swallowed};
use super::written::before_comment;
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;
use crate::model::effects::{Change, ChangeKind};
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (change, value) in unchecked(context) {
        if before_comment(value).is_some()
            && !is_swallowed(context, &change.range)
            && let Some((_, fixes)) = around(context, &change.range, value)
        {
            let message = format!("the comment becomes part of the value, which is `{value}`; put it above the line");
            findings.add_with(change.range.clone(), message, fixes);
        }
    }
}

/// Returns the values of settings that no rule of their own checks, as far as it has not found them wrong.
pub(super) fn unchecked<'a>(context: &'a Context<'_>) -> impl Iterator<Item = (&'a Change, &'a str)> {
    let failed: Vec<_> = failures(context).into_iter().map(|(_, range)| range).collect();
    context.cell.effects.changes.iter().filter_map(move |change| {
        let value = match &change.kind {
            ChangeKind::Set(setting, Some(Value::Str(value))) => {
                let free = match setting {
                    Setting::SecurityConfig | Setting::SparkConf => true,
                    Setting::Region | Setting::Endpoint | Setting::SessionType => !failed.contains(&change.range),
                    _ => setting.is_list(),
                };
                free.then_some(value)?
            }
            ChangeKind::Reconnect(value) => value,
            _ => return None,
        };
        Some((change, value.as_str()))
    })
}
