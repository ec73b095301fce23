//! `invalid-region`: the AWS client refuses it.

use super::creation::failures;
use super::magic_line::{around, is_swallowed};
use super::written::replace_value;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::CreationRefusal;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (refusal, range) in failures(context) {
        match refusal {
            CreationRefusal::NoRegion => {
                findings
                    .add(range, "the region is set to nothing, so no session starts; write an id such as `us-east-1`");
            }
            CreationRefusal::BadRegion { value } => {
                if is_swallowed(context, &range) {
                    continue;
                }
                let (advice, fixes) = around(context, &range, value).unwrap_or_else(|| {
                    let fix = meant(value).map(|id| replace_value(context.text(), &range, id));
                    let advice = if value.contains('{') {
                        "; magics do not know the session's variables"
                    } else {
                        "; write an id such as `us-east-1` and nothing else"
                    };
                    (advice, fix.into_iter().collect())
                });
                findings.add_with(range, format!("`{value}` cannot be a region, so no session starts{advice}"), fixes);
            }
            _ => {}
        }
    }
}

/// Returns the id of the region that `[eu-west-1]`, `eu_west_1` or `Europe (Ireland)` stands for.
pub(super) fn meant(value: &str) -> Option<&'static str> {
    let table = crate::facts::regions();
    let behind = value.trim_start_matches(|c: char| !c.is_alphanumeric());
    let id = behind.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap_or_default();
    let letters = |text: &str| -> String { text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect() };
    let squeezed = letters(value);
    let place = |name: &str| name.split_once('(').map(|(_, place)| letters(place));
    let known = table.find(id).or_else(|| {
        table.all().iter().find(|region| {
            letters(&region.id) == squeezed
                || letters(&region.name) == squeezed
                || place(&region.name).as_ref() == Some(&squeezed)
        })
    });
    known.map(|region| region.id.as_str())
}
