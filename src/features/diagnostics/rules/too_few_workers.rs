//! `too-few-workers`: one worker is the driver, so a session of a single one has none to work.

use super::written::replace_value;
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Severity};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::model::numbers::int_from_value;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::NumberOfWorkers, Some(value)) = &change.kind else { continue };
        let Some(digits) = int_from_value(value) else { continue };
        let capacity = &facts::versions().capacity;
        let fix = replace_value(context.text(), &change.range, "2").to_be_confirmed();
        let (severity, message) = if matches!(value, Value::Int(_)) && digits == "0" {
            let message =
                format!("0 is never sent: the service's default of {} workers applies", capacity.default_workers);
            (Severity::Warning, message)
        } else if digits == "0" || digits.starts_with('-') {
            (Severity::Error, format!("Glue starts no session with {digits} workers; write 2 or more"))
        } else if digits == "1" {
            let message = format!(
                "a session needs at least {} DPU, and one worker is the driver; write 2 or more",
                capacity.min_dpu
            );
            (Severity::Warning, message)
        } else {
            continue;
        };
        findings.add_milder(severity, change.range.clone(), message, vec![fix]);
    }
}
