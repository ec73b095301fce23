//! `profile-hides-endpoint`: with a profile, or with temporary credentials, the kernel makes its clients without the endpoint.

use super::planned::{from, place};
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for session in context.model.history.sessions_of(context.index) {
        let Some(range) = place(context, session.origin(Setting::Endpoint)) else { continue };
        let cause = match session.identity(Setting::Profile) {
            Some(profile) => format!("with a profile ({})", from(context, &profile.origin)),
            None if session.credentials.is_some() => "with credentials of `%%assume_role`".to_owned(),
            None => continue,
        };
        let message = format!("{cause} the kernel does not use the endpoint: the session starts at AWS's own");
        findings.add(range, message);
    }
}
