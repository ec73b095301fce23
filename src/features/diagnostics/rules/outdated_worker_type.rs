//! `outdated-worker-type`: a type that a newer one replaces, or that only sessions of a type that is gone had.

use super::written::replace_value;
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Severity};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::WorkerType, Some(Value::Str(name))) = &change.kind else { continue };
        let table = facts::versions();
        let Some(worker) = table.worker(name).filter(|row| row.deprecated || row.removed.is_some()) else { continue };
        let same = table
            .worker_types()
            .iter()
            .find(|row| row.vcpu == worker.vcpu && row.dpu == worker.dpu && !row.deprecated && row.removed.is_none());
        let instead = same.map(|row| format!("; write `{}`", row.name)).unwrap_or_default();
        let fixes = same.map(|row| replace_value(context.text(), &change.range, &row.name).to_be_confirmed());
        let fixes = fixes.into_iter().collect();
        match &worker.removed {
            Some(why) => {
                findings.add_with(change.range.clone(), format!("worker type `{name}` is gone: {why}{instead}"), fixes);
            }
            None => {
                let message = format!("worker type `{name}` is of an older generation{instead}");
                findings.add_milder(Severity::Hint, change.range.clone(), message, fixes);
            }
        }
    }
}
