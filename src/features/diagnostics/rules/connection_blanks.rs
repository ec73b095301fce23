//! `connection-blanks`: `%connections` takes the blanks around its commas away, `%%configure` does not.

use crate::features::diagnostics::{Context, Findings};
use crate::syntax::CellMagicKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::Configure) else { return };
    for entry in literal.entries() {
        let (Some("connections"), Some(text)) = (entry.key.as_str(), entry.value.as_str()) else { continue };
        let names: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        let mended = names.join(",");
        if mended == text || names.is_empty() {
            continue;
        }
        let message = if text.split(',').any(|name| name.trim().is_empty()) {
            "there is a comma too many, so that one connection has an empty name"
        } else {
            "the blanks stay in the names of the connections, and Glue finds none of such a name"
        };
        findings.add_with(entry.value_range.clone(), message, entry.write(&mended).into_iter().collect());
    }
}
