//! `invalid-role`: the AWS client refuses a role of fewer than 20 characters, the service any other that
//! is no ARN of a role.

use super::creation::failures;
use super::magic_line::{around, is_swallowed};
use super::placeholder::is_open;
use super::written::replace_value;
use crate::features::diagnostics::{Context, Findings, Fix, Severity};
use crate::model::Setting;
use crate::model::account::Claim;
use crate::model::effects::ChangeKind;
use crate::model::refusal::{CreationRefusal, RefusalKind};
use crate::syntax::CellMagicKind;
use crate::syntax::literal::Value;

/// What a role's ARN looks like.
const WANTED: &str = "`arn:aws:iam::<account>:role/<name>`";
/// Digits of an account's number.
const ACCOUNT_DIGITS: usize = 12;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let mut reported = Vec::new();
    for refusal in context.refusals() {
        if refusal.kind == RefusalKind::AssumedRoleTooShort {
            let role = context.text()[refusal.range.clone()].trim_matches(['"', '\'']);
            findings.add(refusal.range.clone(), message(role));
        }
    }
    for (refusal, range) in failures(context) {
        if *refusal == CreationRefusal::NoRole {
            findings.add(range.clone(), "the role is set to nothing, so no session starts");
        }
        if let CreationRefusal::RoleTooShort { value } = refusal {
            reported.push(range.clone());
            if !is_swallowed(context, &range) {
                // The value may come from outside of the document: then it is shown at code.
                let written = context.text().get(range.clone()).map(|text| text.trim_matches(['"', '\'']));
                let arn = of_account(context, value).filter(|_| written == Some(value));
                let fix = arn.map(|arn| replace_value(context.text(), &range, &arn).to_be_confirmed());
                findings.add_with(range, message(value), fix.into_iter().collect());
            }
        }
    }
    assumed(context, findings);
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::IamRole, Some(Value::Str(role))) = &change.kind else { continue };
        // Text with placeholders is another rule's.
        let open = role.is_empty() || is_open(role);
        if open || reported.contains(&change.range) || is_swallowed(context, &change.range) {
            continue;
        }
        if let Some(slip) = account_slip(role).filter(|_| is_role(role)) {
            // Numbers are made unreadable before a notebook is shown to others.
            findings.add_milder(Severity::Warning, change.range.clone(), slip, Vec::new());
        } else if !is_role(role) {
            match around(context, &change.range, role) {
                Some((advice, fixes)) => {
                    findings.add_with(
                        change.range.clone(),
                        format!("`{role}` is not the ARN of a role{advice}"),
                        fixes,
                    );
                }
                None => {
                    let fix = of_session(role).or_else(|| repaired(role)).or_else(|| of_account(context, role));
                    let fix = fix.map(|arn| replace_value(context.text(), &change.range, &arn));
                    let fixes = fix.map(Fix::to_be_confirmed).into_iter().collect();
                    findings.add_with(change.range.clone(), message(role), fixes);
                }
            }
        }
    }
}

/// The role of `%%assume_role`. A shorter text the AWS client refuses, which is reported as such.
fn assumed(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::AssumeRole) else { return };
    let Some(role) = literal.node.value.as_str().filter(|role| role.chars().count() >= 20) else { return };
    if is_role(role) || is_open(role) {
        return;
    }
    let range = literal.to_cell(literal.node.range.clone());
    let fix = of_session(role)
        .filter(|role| is_role(role))
        .map(|role| Fix::replace(format!("Write `{role}`"), range.clone(), format!("\"{role}\"")).to_be_confirmed());
    let message = "this is not the ARN of a role, so it cannot be assumed; write `arn:aws:iam::<account>:role/<name>`";
    findings.add_with(range, message, fix.into_iter().collect());
}

/// Returns whether the text has the shape of a role's ARN, with any account.
fn is_role(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let arn = parts.next() == Some("arn") && parts.next().is_some_and(|partition| partition.starts_with("aws"));
    let iam = parts.next() == Some("iam") && parts.next() == Some("");
    let account =
        parts.next().is_some_and(|account| !account.is_empty() && account.chars().all(|c| c.is_ascii_alphanumeric()));
    let role = |rest: &str| {
        rest.strip_prefix("role/")
            .is_some_and(|name| !name.ends_with('/') && !name.is_empty() && name.chars().all(is_name))
    };
    arn && iam && account && parts.next().is_some_and(role)
}

/// Characters of a path and a name in IAM.
fn is_name(c: char) -> bool {
    c.is_ascii_graphic() && (c.is_ascii_alphanumeric() || "/_+=,.@-".contains(c))
}

/// Says what is wrong with the number of the account; letters stand for a number that is not told.
fn account_slip(role: &str) -> Option<String> {
    let account = role.split(':').nth(4).filter(|account| account.bytes().all(|b| b.is_ascii_digit()))?;
    let count = account.len();
    (count != ACCOUNT_DIGITS).then(|| {
        format!("the number of an account has {ACCOUNT_DIGITS} digits, `{account}` has {count}: there is no such role")
    })
}

/// Returns the role behind the ARN of somebody's session in it.
fn of_session(arn: &str) -> Option<String> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(":sts::")?;
    let (account, session) = rest.split_once(":assumed-role/")?;
    let arn = format!("arn:{partition}:iam::{account}:role/{}", session.split('/').next()?);
    is_role(&arn).then_some(arn)
}

/// Returns the ARN of the role that has this name in the account where the context's cell would have a session, if that
/// is known and Glue can assume it.
fn of_account(context: &Context<'_>, role: &str) -> Option<String> {
    let name = role.rsplit('/').next().filter(|name| !name.is_empty() && role.chars().all(is_name))?;
    let refused = || context.model.history.refused(context.index).map(Claim::as_whom);
    let claim =
        refused().or_else(|| Claim::of_session(context.model, context.index)).filter(|claim| !claim.endpoint)?;
    let known = context.model.accounts.roles(&claim);
    let found = known.find(name).filter(|found| known.is_reliable() && found.trusts_glue != Some(false))?;
    // A path that is written is part of the name.
    found.arn.ends_with(&format!("/{}", role.trim_start_matches('/'))).then(|| found.arn.clone())
}

/// Returns the ARN that is left without stray signs around it, or that only lacks the empty region.
fn repaired(role: &str) -> Option<String> {
    let arn = role.trim_matches([' ', '\t', ';', ',', '[', ']', '(', ')', '"', '\'']);
    [arn.to_owned(), arn.replacen(":iam:", ":iam::", 1)].into_iter().find(|arn| is_role(arn))
}

fn message(role: &str) -> String {
    let is = |part: &str| role.split(':').nth(5).is_some_and(|resource| resource.starts_with(part));
    let what = if !role.starts_with("arn:") {
        return format!("`{role}` is not an ARN, and Glue takes no names of roles; write {WANTED}");
    } else if is("user/") {
        "the ARN of a user"
    } else if is("group/") {
        "the ARN of a group"
    } else if is("policy/") {
        "the ARN of a policy"
    } else if is("instance-profile/") {
        "the ARN of an instance profile"
    } else if is("assumed-role/") {
        "the ARN of a session in a role"
    } else if is("root") {
        "the ARN of an account"
    } else if role.split(':').nth(4) == Some("") {
        "an ARN without the number of its account"
    } else {
        return format!("`{role}` is not the ARN of a role, so Glue refuses the session; write {WANTED}");
    };
    format!("`{role}` is {what}, not of a role, so Glue refuses the session; write {WANTED}")
}
