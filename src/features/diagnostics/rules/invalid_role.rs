//! `invalid-role`: the AWS client refuses a role of fewer than 20 characters, the service any other that
//! is no ARN of a role.

use super::creation::failures;
use super::written::{COMMENT_ADVICE, before_comment, replace_value};
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::model::refusal::{CreationRefusal, RefusalKind};
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let mut reported = Vec::new();
    for refusal in context.refusals() {
        if refusal.kind == RefusalKind::AssumedRoleTooShort {
            findings
                .add(refusal.range.clone(), message(context.text()[refusal.range.clone()].trim_matches(['"', '\''])));
        }
    }
    for (refusal, range) in failures(context) {
        if *refusal == CreationRefusal::NoRole {
            findings.add(range.clone(), "the role is set to nothing, so no session starts");
        }
        if let CreationRefusal::RoleTooShort { value } = refusal {
            reported.push(range.clone());
            findings.add(range, message(value));
        }
    }
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::IamRole, Some(Value::Str(role))) = &change.kind else { continue };
        // Text with placeholders or without the shape of anything is the author's own business until it runs.
        if role.is_empty() || reported.contains(&change.range) || is_role(role) || role.contains(['<', '{', '$']) {
            continue;
        }
        let kept = before_comment(role).filter(|kept| is_role(kept));
        let fixes = kept.map(|kept| replace_value(context.text(), &change.range, kept)).into_iter().collect();
        findings.add_with(change.range.clone(), message(role), fixes);
    }
}

/// Returns whether the text has the shape of a role's ARN. Names of roles hold no blanks.
fn is_role(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let arn = parts.next() == Some("arn") && parts.next().is_some_and(|partition| partition.starts_with("aws"));
    let iam = parts.next() == Some("iam") && parts.next() == Some("");
    let account = parts.next().is_some_and(|account| account.chars().all(|c| c.is_ascii_alphanumeric()));
    let role =
        |rest: &str| rest.strip_prefix("role/").is_some_and(|name| !name.is_empty() && !name.contains([' ', '\t']));
    arn && iam && account && parts.next().is_some_and(role)
}

fn message(role: &str) -> String {
    if before_comment(role).is_some() {
        return format!("`{role}` is not the ARN of a role{COMMENT_ADVICE}");
    }
    let wanted = "`arn:aws:iam::<account>:role/<name>`";
    if role.starts_with("arn:") {
        format!("`{role}` is not the ARN of a role, so Glue refuses the session; write {wanted}")
    } else {
        format!("`{role}` is not an ARN, and Glue takes no names of roles; write {wanted}")
    }
}
