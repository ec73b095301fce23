//! `local-name`: `%time` and the like run their code on the user's machine, without the session.

use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::RefusalKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        if let RefusalKind::LocalName { name, missing } = &refusal.kind
            && !context.model.may_bind_locally(context.index, refusal.range.start, missing)
        {
            findings.add(
                refusal.range.clone(),
                format!("`%{name}` runs in the kernel's own process, where `{missing}` does not exist; measure with `time.time()` in the cell"),
            );
        }
    }
}
