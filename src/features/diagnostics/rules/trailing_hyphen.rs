//! `trailing-hyphen`: the kernel puts a hyphen of its own between prefix and id.

use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::SessionIdPrefix, Some(Value::Str(prefix))) = &change.kind else { continue };
        let bare = prefix.trim_end_matches('-');
        if bare.len() == prefix.len() {
            continue;
        }
        let written = &context.text()[change.range.clone()];
        let hyphens = change.range.start + written.trim_end_matches('-').len()..change.range.end;
        let fix = (!bare.is_empty()).then(|| Fix::replace("Remove the hyphen", hyphens.clone(), "").to_be_confirmed());
        let message = format!("the kernel puts a hyphen behind the prefix itself: ids will begin with `{prefix}-`");
        if !hyphens.is_empty() {
            findings.add_with(hyphens, message, fix.into_iter().collect());
        }
    }
}
