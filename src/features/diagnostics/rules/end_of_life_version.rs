//! `end-of-life-version`: the service starts no session on a Glue version whose life has ended.

use super::written::replace_value;
use crate::facts::versions::{GlueStatus, SessionSupport};
use crate::facts::{self, GlueVersion};
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::GlueVersion, Some(Value::Str(version))) = &change.kind else { continue };
        let table = facts::versions();
        let Some(row) = table.glue(version).filter(|row| row.status == GlueStatus::EndOfLife) else { continue };
        let newest = table.glue_versions().iter().rev().find(|row| row.sessions == SessionSupport::Yes);
        let mut others: Vec<&GlueVersion> = newest.into_iter().chain(table.kernel_default()).collect();
        others.dedup_by(|a, b| a.version == b.version);
        let fix = |row: &&GlueVersion| replace_value(context.text(), &change.range, &row.version).to_be_confirmed();
        let ended = row.end_of_life.as_deref().map(|day| format!(" on {day}")).unwrap_or_default();
        let names: Vec<String> = others.iter().map(|row| format!("`{}`", row.version)).collect();
        let message = format!(
            "Glue {version} reached the end of its life{ended}, and no session starts on it; write {}",
            names.join(" or ")
        );
        findings.add_with(change.range.clone(), message, others.iter().map(fix).collect());
    }
}
