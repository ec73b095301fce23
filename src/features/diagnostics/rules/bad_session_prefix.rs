//! `bad-session-prefix`: the kernel prints one line and keeps the old prefix.

use super::magic_line::{around, is_swallowed};
use super::written::replace_value;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::RefusalKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        if refusal.kind == RefusalKind::BadPrefix && !is_swallowed(context, &refusal.range) {
            let written = &context.text()[refusal.range.clone()];
            let (advice, fixes) = around(context, &refusal.range, written).unwrap_or_else(|| {
                let words: Vec<&str> = written.split_whitespace().collect();
                let joined = Some(words.join("-")).filter(|joined| words.len() > 1 && joined.bytes().all(is_allowed));
                let fix = joined.map(|joined| replace_value(context.text(), &refusal.range, &joined).to_be_confirmed());
                ("", fix.into_iter().collect())
            });
            findings.add_with(
                refusal.range.clone(),
                format!(
                    "the kernel ignores this prefix: only letters without accents, digits and the characters `-._#/` are allowed{advice}"
                ),
                fixes,
            );
        }
    }
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._#/".contains(&byte)
}
