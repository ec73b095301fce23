//! `zero-timeout`: 0 is nothing to the kernel, so it sends no timeout at all.

use super::written::replace_value;
use crate::facts;
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let limits = &facts::versions().timeouts;
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(setting, Some(Value::Int(digits))) = &change.kind else { continue };
        let limit = match setting {
            Setting::IdleTimeout => &limits.idle_timeout,
            Setting::Timeout => &limits.timeout,
            _ => continue,
        };
        if digits == "0" {
            let message = format!(
                "a timeout of 0 is never sent: the service's default of {} {} applies",
                limit.default, limit.unit
            );
            let fix = replace_value(context.text(), &change.range, "60").to_be_confirmed();
            findings.add_with(change.range.clone(), message, vec![fix]);
        }
    }
}
