//! `long-idle`: a session is billed while it does nothing, until it times out.

use super::written::replace_value;
use crate::facts;
use crate::facts::pricing::{DpuKind, FALLBACK_REGION};
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::model::numbers::int_from_value;

/// A working day, in minutes: the longest that nothing is said about.
const LONGEST: u64 = 480;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::IdleTimeout, Some(value)) = &change.kind else { continue };
        let Some(minutes) = int_from_value(value).and_then(|digits| digits.parse::<u64>().ok()) else { continue };
        if minutes <= LONGEST {
            continue;
        }
        let cost = cost(minutes).unwrap_or_default();
        let message = format!("a session is billed while it idles, here for up to {}{cost}", time(minutes));
        let fix = replace_value(context.text(), &change.range, "60").to_be_confirmed();
        findings.add_with(change.range.clone(), message, vec![fix]);
    }
}

/// Says what that time costs with the workers that a session has when nothing is said.
fn cost(minutes: u64) -> Option<String> {
    let table = facts::versions();
    let (workers, name) = (table.capacity.default_workers, &table.capacity.default_worker_type);
    let worker = table.worker(name)?;
    let rate = table.pricing.rate(FALLBACK_REGION, None, DpuKind::of_worker(worker))?;
    let hours = u32::try_from(minutes).ok().map(f64::from)? / 60.0;
    let total = f64::from(workers) * worker.dpu * hours * rate.usd;
    Some(format!(": about {total:.0} US dollars with {workers} workers of {name} at {} a DPU-hour", rate.usd))
}

fn time(minutes: u64) -> String {
    match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("{hours} hours"),
        _ => format!("{minutes} minutes"),
    }
}
