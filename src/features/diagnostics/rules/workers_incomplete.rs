//! `workers-incomplete`: Glue's documentation asks for the number of workers and their type together.

use super::planned::place;
use crate::facts;
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;
use crate::model::refusal::{Refusal, RefusalKind};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    // What was to complete it and is refused is another rule's.
    let refused = |refusal: &Refusal| matches!(&refusal.kind, RefusalKind::NotAnInteger { name, .. } if name == "number_of_workers");
    if context.refusals().iter().any(refused) {
        return;
    }
    for session in context.model.history.sessions_of(context.index) {
        let request = &session.request;
        if request.max_capacity.is_some() {
            continue;
        }
        let capacity = &facts::versions().capacity;
        match (&request.number_of_workers, &request.worker_type) {
            (Some(number), None) => {
                let Some(range) = place(context, session.origin(Setting::NumberOfWorkers)) else { continue };
                let message = format!(
                    "without `%worker_type` Glue takes {number} × {}: write the type down",
                    capacity.default_worker_type
                );
                findings.add(range, message);
            }
            (None, Some(worker)) => {
                let Some(range) = place(context, session.origin(Setting::WorkerType)) else { continue };
                let message = format!(
                    "without `%number_of_workers` Glue takes {} × {worker}: write the number down",
                    capacity.default_workers
                );
                findings.add(range, message);
            }
            _ => {}
        }
    }
}
