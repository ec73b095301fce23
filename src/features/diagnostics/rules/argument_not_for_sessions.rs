//! `argument-not-for-sessions`: some job arguments are set by Glue itself, meant for jobs, or gone.

use super::dictionary::remove;
use super::written::lower_first;
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Fix, Severity};
use crate::syntax::CellMagicKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::Configure) else { return };
    let entries = literal.entries();
    for (index, entry) in entries.iter().enumerate() {
        let Some(parameter) = entry.argument().and_then(|name| facts::configure().job_parameter(&name)) else {
            continue;
        };
        let name = parameter.name.as_str();
        let renamed = match name {
            "--SECURITY_CONFIGURATION" => Some("security_config"),
            "--continuation-option" => Some("--job-bookmark-option"),
            "--RedshiftTempDir" => Some("--TempDir"),
            _ => None,
        };
        // Values of the old option are others.
        let rename = renamed.filter(|_| name != "--continuation-option").and_then(|key| entry.rename(key));
        let take_out = || remove(context.text(), &entries, index).map(Fix::to_be_confirmed);
        let (why, milder, fix) = if let Some(removed) = &parameter.removed {
            (removed.to_lowercase().replacen("ray", "Ray", 1), false, take_out())
        } else if let Some(key) = renamed {
            (format!("it is an old name; write `{key}`"), name == "--RedshiftTempDir", rename)
        } else if parameter.forbidden {
            // Code taken over from a job reads its name.
            let milder = name == "--JOB_NAME";
            ("Glue uses it itself, and the documentation forbids setting it".to_owned(), milder, take_out())
        } else if parameter.no_effect_in_session {
            ("it is a setting of jobs, and a session ignores it".to_owned(), false, take_out())
        } else if parameter.internal {
            ("Glue or the kernel sets it itself".to_owned(), false, take_out())
        } else if parameter.deprecated {
            (lower_first(&parameter.description), true, None)
        } else {
            continue;
        };
        let message = format!("`{name}` is not for sessions: {}", why.trim_end_matches('.'));
        let severity = if milder { Severity::Information } else { Severity::Warning };
        findings.add_milder(severity, entry.key_range.clone(), message, fix.into_iter().collect());
    }
}
