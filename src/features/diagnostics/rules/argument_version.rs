//! `argument-version`: some job arguments are known to some Glue versions alone, some values are too much for some workers.

use super::planned::{from, place};
use crate::facts;
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;

/// Documented for early versions only, and written into every job that the console makes: to say so helps nobody.
const DEFAULT_ON: &str = "--enable-job-insights";

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for session in context.model.history.sessions_of(context.index) {
        let table = facts::versions();
        let version = session.request.glue_version.as_deref().and_then(|version| table.glue(version));
        for (name, origin) in &session.arguments {
            let Some(range) = place(context, Some(origin)) else { continue };
            let Some(row) = facts::configure().job_parameter(name).filter(|row| row.is_useful()) else { continue };
            let given = session.request.default_arguments.iter().find(|(known, _)| known == name);
            let value = given.map_or("", |(_, value)| value.trim());
            if let Some(worker) = &session.request.worker_type
                && let Some(&most) = row.max_by_worker.get(worker)
                && value.parse::<u32>().is_ok_and(|number| number > most)
            {
                findings.add(range.clone(), format!("`{name}` is at most {most} on {worker}, not {value}"));
            }
            // What is turned off needs no version.
            let Some(version) = version.filter(|_| !value.eq_ignore_ascii_case("false")) else { continue };
            let since = row.since.as_deref().and_then(|since| table.glue(since));
            let wanted = if since.is_some_and(|since| version.number() < since.number()) {
                format!("Glue {} and newer", row.since.as_deref().unwrap_or_default())
            } else if !row.versions.is_empty() && !row.versions.contains(&version.version) && row.name != DEFAULT_ON {
                format!("Glue {}", row.versions.join(" and "))
            } else {
                continue;
            };
            let by = session.origin(Setting::GlueVersion).map(|origin| format!(" ({})", from(context, origin)));
            let message = format!(
                "`{name}` is for {wanted}; this session gets {}{}, where it has no effect",
                version.version,
                by.unwrap_or_default()
            );
            findings.add(range, message);
        }
    }
}
