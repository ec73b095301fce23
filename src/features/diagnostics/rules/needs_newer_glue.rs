//! `needs-newer-glue`: larger and memory-rich workers came with later Glue versions.

use super::planned::{from, place};
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::{Origin, Setting};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for session in context.model.history.sessions_of(context.index) {
        let request = &session.request;
        let (Some(worker), Some(version)) = (&request.worker_type, &request.glue_version) else { continue };
        let table = facts::versions();
        let (Some(worker), Some(version)) = (table.worker(worker), table.glue(version)) else { continue };
        let Some(least) = table.glue(&worker.min_glue_version) else { continue };
        if version.number() >= least.number() {
            continue;
        }
        let (worker_origin, version_origin) =
            (session.origin(Setting::WorkerType), session.origin(Setting::GlueVersion));
        // The worker type is to blame where a cell sets it, else the version.
        let blamed = place(context, worker_origin).or_else(|| match worker_origin {
            Some(Origin::Cell { .. }) => None,
            _ => place(context, version_origin),
        });
        let Some(range) = blamed else { continue };
        let origin = version_origin.map(|origin| format!(" ({})", from(context, origin))).unwrap_or_default();
        let message = format!(
            "`{}` needs Glue {} or newer, and this session gets {}{origin}: Glue refuses it",
            worker.name, least.version, version.version
        );
        findings.add_with(range, message, raise(context, version_origin, &least.version).into_iter().collect());
    }
}

/// Makes the fix that raises the version where a cell sets it.
fn raise(context: &Context<'_>, origin: Option<&Origin>, version: &str) -> Option<Fix> {
    let Some(Origin::Cell { cell, range }) = origin else { return None };
    let written = context.model.cells.get(*cell)?.cell.text.get(range.clone())?;
    let new = if written.starts_with(['"', '\'']) { format!("\"{version}\"") } else { version.to_owned() };
    let title = format!("Raise the Glue version to {version}");
    let fix = match *cell == context.index {
        true => Fix::replace(title, range.clone(), new),
        false => Fix { elsewhere: vec![(*cell, range.clone(), new)], ..Fix::of(title, Vec::new()) },
    };
    Some(fix.to_be_confirmed())
}
