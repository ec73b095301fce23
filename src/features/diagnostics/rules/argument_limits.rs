//! `argument-limits`: the service takes a limited number of job arguments, with names and values of limited length.

use super::unicode_dash::straight;
use crate::facts;
use crate::features::diagnostics::{Context, Findings};
use crate::syntax::CellMagicKind;
use crate::syntax::literal::Value;

/// Arguments that the kernel always adds.
const KERNELS_OWN: [&str; 2] = ["--glue_kernel_version", "--enable-glue-datacatalog"];

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::Configure) else { return };
    let limits = &facts::configure().limits;
    let mut names: Vec<String> = KERNELS_OWN.iter().map(|&name| name.to_owned()).collect();
    let mut full = false;
    for entry in literal.entries() {
        let Some(name) = entry.argument() else { continue };
        let length = name.chars().count();
        if length > limits.key_length.1 {
            let most = limits.key_length.1;
            let message = format!("the service takes names of at most {most} characters, this one has {length}");
            findings.add(entry.key_range.clone(), message);
        } else if let Some(odd) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || "-._".contains(*c)))
            && entry.key.as_str().and_then(straight).is_none()
        {
            let shown = if odd.is_control() { "a control character".to_owned() } else { format!("`{odd}`") };
            let message = format!(
                "the service refuses the name of this job argument: {shown} is none of letters without accents, digits, `-`, `.` and `_`"
            );
            findings.add(entry.key_range.clone(), message);
        }
        if let Value::Str(text) = entry.value {
            let (most, length) = (limits.value_length.1, text.chars().count());
            if length > most {
                let message = format!("the service takes at most {most} characters as a value, this one has {length}");
                findings.add(entry.value_range.clone(), message);
            }
        }
        if names.len() <= limits.max_pairs && !names.contains(&name) {
            names.push(name);
        }
        if names.len() > limits.max_pairs && !full {
            full = true;
            let message = format!(
                "the service takes at most {} job arguments, and the kernel adds {} of its own: this one is too many",
                limits.max_pairs,
                KERNELS_OWN.len()
            );
            findings.add(entry.key_range, message);
        }
    }
}
