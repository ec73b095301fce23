//! `missing-argument`: the magic raises an error and changes nothing.

use crate::facts;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::RefusalKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        let RefusalKind::MissingArgument { name } = &refusal.kind else { continue };
        let example = facts::magics().line(name).and_then(|spec| spec.example.as_deref());
        let example = example.map(|example| format!(", such as `{example}`")).unwrap_or_default();
        findings.add(refusal.range.clone(), format!("`%{name}` needs a value{example}"));
    }
}
