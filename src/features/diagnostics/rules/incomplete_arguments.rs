//! `incomplete-arguments`: some job arguments do nothing without another one.

use super::dictionary::Entry;
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Severity};
use crate::syntax::CellMagicKind;

/// Both ends of the range of bookmarks, which count with one value of the option only.
const BOOKMARKS: [&str; 2] = ["--job-bookmark-from", "--job-bookmark-to"];

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::Configure) else { return };
    let entries = literal.entries();
    let find = |name: &str| entries.iter().rfind(|entry| entry.argument().as_deref() == Some(name));
    for entry in &entries {
        let Some(name) = entry.argument() else { continue };
        let off = entry.value.as_str().is_some_and(|value| value.eq_ignore_ascii_case("false"));
        if let Some(parameter) = facts::configure().job_parameter(&name)
            && !off
            && let Some(missing) = parameter.needs.iter().find(|needed| find(needed).is_none())
        {
            // Another cell may give it.
            let message = format!("`{name}` does nothing without `{missing}`, which is not set here");
            findings.add_milder(Severity::Information, entry.key_range.clone(), message, Vec::new());
        }
        if BOOKMARKS.contains(&name.as_str()) {
            bookmark(entry, &name, &find, findings);
        }
    }
}

fn bookmark<'a>(
    entry: &Entry<'_>,
    name: &str,
    find: &dyn Fn(&str) -> Option<&'a Entry<'a>>,
    findings: &mut Findings<'_>,
) {
    let other = if name == BOOKMARKS[0] { BOOKMARKS[1] } else { BOOKMARKS[0] };
    let option = find("--job-bookmark-option").and_then(|option| option.value.as_str());
    if find(other).is_none() {
        findings.add(entry.key_range.clone(), format!("`{name}` counts only together with `{other}`"));
    } else if option != Some("job-bookmark-pause") {
        let message = format!("`{name}` counts only with \"--job-bookmark-option\": \"job-bookmark-pause\"");
        findings.add(entry.key_range.clone(), message);
    }
}
