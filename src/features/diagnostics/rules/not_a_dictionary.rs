//! `not-a-dictionary`: `%%configure` fails on anything else, and on an empty dictionary.

use super::written::with_article;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::RefusalKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        match &refusal.kind {
            RefusalKind::NotADictionary { name, found } => findings.add(
                refusal.range.clone(),
                format!("`%%{name}` needs a dictionary `{{\"setting\": value}}`, not {}", with_article(found)),
            ),
            RefusalKind::NothingToConfigure => {
                findings.add(refusal.range.clone(), "this dictionary is empty: `%%configure` sets nothing and fails");
            }
            _ => {}
        }
    }
}
