//! `both-capacities`: the kernel refuses to create the session.

use super::creation::failures;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::CreationRefusal;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (refusal, range) in failures(context) {
        if *refusal == CreationRefusal::TwoCapacities {
            findings.add(
                range,
                "`max_capacity` and workers exclude each other, so no session starts: remove it, or `worker_type` and `number_of_workers`",
            );
        }
    }
}
