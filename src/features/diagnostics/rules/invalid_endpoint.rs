//! `invalid-endpoint`: the AWS client refuses it.

use super::creation::failures;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::CreationRefusal;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (refusal, range) in failures(context) {
        if let CreationRefusal::BadEndpoint { value } = refusal {
            findings.add(range, format!("`{value}` is not a URL, so no session starts; write `https://…`"));
        }
    }
}
