//! `unicode-dash`: word processors and web pages turn two hyphens into a dash. Names of job arguments hold ASCII only,
//! so the service refuses the session.

use crate::features::diagnostics::{Context, Findings};
use crate::syntax::CellMagicKind;

/// Dashes and hyphens that are not the one on the keyboard.
const DASHES: [char; 8] = ['‐', '‑', '‒', '–', '—', '―', '−', '－'];

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::Configure) else { return };
    for entry in literal.entries() {
        let Some(fixed) = entry.key.as_str().and_then(straight) else { continue };
        let message = "this is not the hyphen of a keyboard, and the service refuses such names of job arguments";
        findings.add_with(entry.key_range.clone(), message, entry.rename(&fixed).into_iter().collect());
    }
}

/// Returns a key with plain hyphens, if it begins with hyphens or dashes and one of them is another.
pub(super) fn straight(key: &str) -> Option<String> {
    if !key.contains(DASHES) || !key.starts_with(|c| c == '-' || DASHES.contains(&c)) {
        return None;
    }
    let rest = key.trim_start_matches(|c| c == '-' || DASHES.contains(&c));
    Some(format!("--{}", rest.replace(DASHES, "-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_begin_with_a_hyphen_are_arguments() {
        assert_eq!(straight("––enable-metrics").as_deref(), Some("--enable-metrics"));
        assert_eq!(straight("—conf").as_deref(), Some("--conf"));
        assert_eq!(straight("--enable–metrics").as_deref(), Some("--enable-metrics"));
        assert_eq!(straight("--enable-metrics"), None);
        assert_eq!(straight("a–b"), None);
    }
}
