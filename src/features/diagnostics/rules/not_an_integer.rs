//! `not-an-integer`: the magic raises an error and the old value stays.

use super::magic_line::{is_swallowed, move_comment};
use super::written::COMMENT_ADVICE;
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::refusal::RefusalKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        let RefusalKind::NotAnInteger { name, value } = &refusal.kind else { continue };
        if is_swallowed(context, &refusal.range) {
            continue;
        }
        let unit = facts::magics().line(name).and_then(|spec| spec.argument.unit.as_deref());
        let unit = unit.map(|unit| format!(" of {unit}")).unwrap_or_default();
        let digits: String = value.trim_start().chars().take_while(char::is_ascii_digit).collect();
        let rest = value.trim_start()[digits.len()..].trim_start();
        // `60 # one hour`, `30 minutes`, `2.0`: the number is plain, what follows is not part of it.
        let plain = !digits.is_empty()
            && (rest.starts_with('#') || rest.chars().all(char::is_alphabetic) || matches!(rest, ".0" | ";" | ","));
        let (advice, fixes) = if plain {
            let fix = Fix::replace(format!("Write `{digits}`"), refusal.range.clone(), digits);
            if rest.starts_with('#') {
                let moved = move_comment(context, &refusal.range);
                (COMMENT_ADVICE, moved.into_iter().chain([fix.to_be_confirmed()]).collect())
            } else {
                ("; write digits only", vec![fix])
            }
        } else if value.contains('{') || value.starts_with('$') {
            ("; magics do not know the session's variables", Vec::new())
        } else {
            ("", Vec::new())
        };
        let found = if value.is_empty() { "an empty text".to_owned() } else { format!("`{value}`") };
        let message = format!("`%{name}` needs a whole number{unit}, not {found}{advice}");
        findings.add_with(refusal.range.clone(), message, fixes);
    }
}
