//! `unknown-profile`: the AWS clients cannot be made. Most such names are a comment or quotes that the
//! kernel takes for part of the name.

use super::creation::failures;
use super::magic_line::{around, is_swallowed};
use super::placeholder::is_open;
use super::written::replace_value;
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::model::refusal::CreationRefusal;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let mut reported = Vec::new();
    for (refusal, range) in failures(context) {
        if let CreationRefusal::UnknownProfile { value } = refusal {
            reported.push(range.clone());
            findings
                .add(range, format!("this machine's AWS configuration has no profile `{value}`: no session starts"));
        }
    }
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::Profile, Some(Value::Str(profile))) = &change.kind else { continue };
        if profile.is_empty() || is_plausible(profile) || reported.contains(&change.range) {
            continue;
        }
        if is_swallowed(context, &change.range) {
            continue;
        }
        let name: String = profile.chars().skip_while(|c| !is_plain(*c)).take_while(|c| is_plain(*c)).collect();
        let (advice, fixes) = around(context, &change.range, profile).unwrap_or_else(|| {
            let fix = (!name.is_empty()).then(|| replace_value(context.text(), &change.range, &name));
            ("; write the name and nothing else", fix.into_iter().collect())
        });
        let message = format!("`{profile}` is not the name of a profile, so no session starts{advice}");
        findings.add_with(change.range.clone(), message, fixes);
    }
}

/// Returns whether a profile may well have that name. Placeholders are the author's own business.
fn is_plausible(name: &str) -> bool {
    let blank = name.starts_with(char::is_whitespace) || name.ends_with(char::is_whitespace);
    is_open(name) || (!blank && name.chars().all(|c| is_plain(c) || c == ' '))
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '@' | '+' | '-' | '/' | ':')
}
