//! `number-too-small`: the AWS client refuses the request.

use super::creation::failures;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::CreationRefusal;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (refusal, range) in failures(context) {
        if let CreationRefusal::TooSmall { setting, value, min } = refusal {
            findings.add(range, format!("`{}` must be at least {min}, not {value}: no session starts", setting.name()));
        }
    }
}
