//! `invalid-region`: the AWS client refuses it.

use super::creation::failures;
use super::written::{COMMENT_ADVICE, before_comment, replace_value};
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
                let id: String = value
                    .chars()
                    .skip_while(|c| !c.is_alphanumeric())
                    .take_while(|c| c.is_alphanumeric() || *c == '-')
                    .collect();
                let known = crate::facts::regions().find(&id);
                let fixes = known.map(|region| replace_value(context.text(), &range, &region.id)).into_iter().collect();
                let advice = if before_comment(value).is_some() {
                    COMMENT_ADVICE
                } else if value.contains('{') {
                    "; magics do not know the session's variables"
                } else {
                    "; write an id such as `us-east-1` and nothing else"
                };
                findings.add_with(range, format!("`{value}` cannot be a region, so no session starts{advice}"), fixes);
            }
            _ => {}
        }
    }
}
