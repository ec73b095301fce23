//! `timeout-below-idle`: whichever comes first ends the session.

use super::planned::{from, place};
use crate::features::diagnostics::{Context, Findings};
use crate::model::{Origin, Setting};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for session in context.model.history.sessions_of(context.index) {
        let minutes = |text: &Option<String>| text.as_deref().and_then(|digits| digits.parse::<u64>().ok());
        let (Some(idle), Some(timeout)) = (minutes(&session.request.idle_timeout), minutes(&session.request.timeout))
        else {
            continue;
        };
        if timeout >= idle {
            continue;
        }
        let (idle_origin, origin) = (session.origin(Setting::IdleTimeout), session.origin(Setting::Timeout));
        let idle_in_cell = matches!(idle_origin, Some(Origin::Cell { .. }));
        if let Some(range) = place(context, idle_origin) {
            let by = origin.map(|origin| format!(" ({})", from(context, origin))).unwrap_or_default();
            let message = format!(
                "the session ends after {timeout} minutes in any case{by}, so an idle timeout of {idle} never applies"
            );
            findings.add(range, message);
        } else if let (false, Some(range)) = (idle_in_cell, place(context, origin)) {
            let by = idle_origin.map(|origin| format!(" ({})", from(context, origin))).unwrap_or_default();
            let message = format!(
                "the session ends after {timeout} minutes in any case, so the idle timeout of {idle}{by} never applies"
            );
            findings.add(range, message);
        }
    }
}
