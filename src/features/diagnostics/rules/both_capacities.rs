//! `both-capacities`: the kernel refuses to create the session, or the service does.

use super::creation::failures;
use super::planned::{from, place};
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;
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
    // With one of the worker settings the kernel sends both, and the service refuses.
    for session in context.model.history.sessions_of(context.index) {
        let Some(range) = place(context, session.origin(Setting::MaxCapacity)) else { continue };
        let (other, setting) = match (&session.request.worker_type, &session.request.number_of_workers) {
            (Some(_), None) => ("worker_type", Setting::WorkerType),
            (None, Some(_)) => ("number_of_workers", Setting::NumberOfWorkers),
            _ => continue,
        };
        let by = session.origin(setting).map(|origin| format!(" ({})", from(context, origin))).unwrap_or_default();
        let message = format!("the service refuses `max_capacity` together with `{other}`{by}: remove one of them");
        findings.add(range, message);
    }
}
