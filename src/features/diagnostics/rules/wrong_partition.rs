//! `wrong-partition`: roles of China, of GovCloud and of all others live apart.

use super::planned::{from, place};
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Setting;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for session in context.model.history.sessions_of(context.index) {
        let Some(range) = place(context, session.origin(Setting::IamRole)) else { continue };
        let (Some(role), Some(region)) = (&session.request.role, session.identity(Setting::Region)) else { continue };
        let Some(name) = region.value.as_str() else { continue };
        let Some(written) = role.strip_prefix("arn:").and_then(|rest| rest.split(':').next()) else { continue };
        let table = facts::regions();
        let Some(wanted) = table.partition_of(name) else { continue };
        if wanted.id == written || table.partition(written).is_none() {
            continue;
        }
        let text = context.text();
        let at = text[range.clone()].find(&format!("arn:{written}:")).map(|at| range.start + at + 4);
        let fix = at.map(|at| Fix::replace(format!("Write `arn:{}:`", wanted.id), at..at + written.len(), &*wanted.id));
        let message = format!(
            "the role is of `{written}`, and `{name}` ({}) belongs to `{}`: Glue refuses it",
            from(context, &region.origin),
            wanted.id
        );
        findings.add_with(range, message, fix.map(Fix::to_be_confirmed).into_iter().collect());
    }
}
