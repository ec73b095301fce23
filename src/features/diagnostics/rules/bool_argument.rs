//! `bool-argument`: job arguments are text. The kernel sends what Python prints: `True` for `True`, and Glue knows
//! `true` only.

use crate::facts;
use crate::features::diagnostics::{Context, Findings, Severity};
use crate::syntax::CellMagicKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::Configure) else { return };
    for entry in literal.entries() {
        let (Some(name), Value::Bool(value)) = (entry.argument(), entry.value) else { continue };
        if entry.key_is_doubtful() {
            continue;
        }
        let sent = if *value { "True" } else { "False" };
        let fixes = entry.write(if *value { "true" } else { "false" }).into_iter().collect();
        if facts::configure().job_parameter(&name).is_some() {
            let message = format!("`{name}` would be sent as the text `{sent}`: write \"{value}\"");
            findings.add_with(entry.value_range, message, fixes);
        } else {
            // What reads it is the author's own script.
            let message = format!("`{name}` is sent as the text `{sent}`: write the text that your code compares with");
            let fixes: Vec<_> = fixes;
            let fixes = fixes.into_iter().map(crate::features::Fix::to_be_confirmed).collect();
            findings.add_milder(Severity::Information, entry.value_range, message, fixes);
        }
    }
}
