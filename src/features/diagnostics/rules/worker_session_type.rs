//! `worker-session-type`: some worker types are for streaming.

use super::planned::{from, place};
use crate::facts;
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for session in context.model.history.sessions_of(context.index) {
        let Some(range) = place(context, session.origin(Setting::WorkerType)) else { continue };
        let Some(worker) = session.request.worker_type.as_deref().and_then(|name| facts::versions().worker(name))
        else {
            continue;
        };
        let is_for = |kind: &str| worker.session_types.iter().any(|known| known == kind);
        if is_for("glueetl") || !is_for("gluestreaming") || session.request.command != "glueetl" {
            continue;
        }
        let origin = session.origin(Setting::SessionType).map(|origin| format!(" ({})", from(context, origin)));
        let message = format!(
            "`{}` is for streaming, and this is an ETL session{}: write `%streaming`, or take `G.1X`",
            worker.name,
            origin.unwrap_or_default()
        );
        findings.add(range, message);
    }
}
