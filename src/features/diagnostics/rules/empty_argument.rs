//! `empty-argument`: without a value these magics unset the setting, or do nothing at all.

use crate::facts::{self, ArgumentKind};
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::RefusalKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for call in context.cell.effects.calls.iter().filter(|call| !call.cell && call.argument.is_empty()) {
        let Some(spec) = facts::magics().line(&call.name).filter(|spec| spec.works()) else { continue };
        let refused = context.refusals().iter().any(|refusal| {
            refusal.range == call.name_range && matches!(refusal.kind, RefusalKind::MissingArgument { .. })
        });
        // `%spark_conf` alone shows the current value.
        if refused || !spec.argument.required || spec.argument.kind == ArgumentKind::None || call.name == "spark_conf" {
            continue;
        }
        let effect = if spec.argument.kind == ArgumentKind::List {
            "does nothing"
        } else {
            "unsets it: environment, AWS config file or the default decide"
        };
        findings.add(call.name_range.clone(), format!("`%{}` without a value {effect}", call.name));
    }
}
