//! The role that runs the code: whether it exists, whom it trusts, and what it is given.

use serde_json::Value as Json;

use super::permissions::{Oracle, Place};
use super::policy::{self, Permit};
use super::principal::{Principal, RoleArn, put_role_policy};
use super::probe::{Failure, Probe};
use super::report::{Check, Fix, quoted};
use super::trust_policy::{self, Trusts};
use super::{Chosen, shown};
use crate::aws::{Caller, RoleDetails};
use crate::facts;

const EXISTS: (&str, &str) = ("runtime-role", "Runtime role");
const TRUST: (&str, &str) = ("runtime-role-trust", "Trust policy of the runtime role");
const POLICIES: (&str, &str) = ("runtime-role-policies", "Policies of the runtime role");
const INLINE: (&str, &str) = ("runtime-role-inline", "What the role may do with itself");
const PASS: (&str, &str) = ("permission-pass-role", "Permission to pass the runtime role");

const GLUE: &str = "glue.amazonaws.com";
const SAGEMAKER: &str = "sagemaker.amazonaws.com";

/// The managed policy of roles that run their own notebooks.
const RESTRICTED: &str = "AwsGlueSessionUserRestrictedServiceRole";
/// The managed policy of all other runtime roles.
const SERVICE: &str = "AWSGlueServiceRole";
/// Managed policies with which nothing of these is needed.
const WIDE: &[&str] = &["AdministratorAccess", "PowerUserAccess"];
/// Managed policies that the restricted ones do not go with.
const UNDOES: &[&str] =
    &["AWSGlueServiceRole", "AWSGlueConsoleFullAccess", "AWSGlueConsoleSageMakerNotebookFullAccess"];

/// The role in question.
pub(super) struct Subject {
    name: String,
    /// Its ARN, as far as it is known before anybody is asked.
    arn: Option<String>,
    /// Where it comes from, for people.
    from: String,
    /// Whether it is the caller's own.
    own: bool,
}

/// Finds the role as the kernel does: the one that is set, else the caller's own. The error is what is wrong with it.
pub(super) fn subject(chosen: Option<&Chosen>, caller: &Caller) -> Result<Subject, Check> {
    let Some(chosen) = chosen else {
        let Some(name) = caller.role_name() else {
            let message = format!(
                "no role is set, and the caller, {}, is none: set one with `%iam_role ARN`, or glue_role_arn.",
                shown(&caller.arn)
            );
            return Err(Check::failed(EXISTS.0, EXISTS.1, message).command(format!(
                "export glue_role_arn=arn:{}:iam::{}:role/NAME",
                caller.partition(),
                caller.account
            )));
        };
        let from = "your own, since no other is set".to_owned();
        return Ok(Subject { name: name.to_owned(), arn: None, from, own: true });
    };
    match RoleArn::read(&chosen.value) {
        Some(role) if role.account != caller.account => {
            let message = format!(
                "{}, from {}, is a role of the account {}, and you call as the account {}: Glue takes roles of its own \
                 account only. Use a role of {}, or assume a role of the other account with %%assume_role.",
                shown(&chosen.value),
                chosen.from,
                shown(role.account),
                shown(&caller.account),
                shown(&caller.account)
            );
            Err(Check::failed(EXISTS.0, EXISTS.1, message))
        }
        Some(role) => Ok(Subject {
            name: role.name.to_owned(),
            arn: Some(chosen.value.clone()),
            from: format!("from {}", chosen.from),
            own: caller.role_name() == Some(role.name),
        }),
        None => {
            let message = format!("{}, from {}, is no ARN of a role.", shown(&chosen.value), chosen.from);
            Err(Check::failed(EXISTS.0, EXISTS.1, message))
        }
    }
}

/// Judges the role. `own_role` is what is known of the caller's, which need not be asked for again; `sagemaker` says by
/// what it shows that this is a notebook of SageMaker.
pub(super) async fn checks(
    probe: &dyn Probe,
    subject: &Subject,
    own_role: Option<&Result<RoleDetails, Failure>>,
    oracle: &Oracle<'_>,
    place: &Place,
    sagemaker: Option<&str>,
) -> Vec<Check> {
    let studio = sagemaker.filter(|_| subject.own);
    let (role, policies) = tokio::join!(
        async {
            match own_role.filter(|_| subject.own) {
                Some(known) => known.clone(),
                None => probe.role(subject.name.clone()).await,
            }
        },
        probe.role_policies(subject.name.clone())
    );
    let mut checks = Vec::new();
    let arn = role.as_ref().ok().map(|role| role.arn.clone()).or_else(|| subject.arn.clone());
    let arns = arn.clone().map_or_else(|| arns_of(&subject.name, place), |arn| vec![arn]);
    match &role {
        Ok(role) => {
            let as_whom = studio.map(|by| format!("; a notebook of SageMaker, by {by}")).unwrap_or_default();
            let limit = role.boundary.as_deref().map(|arn| format!("; limited by the boundary {}", shown(arn)));
            let text = format!("{}, {}{as_whom}{}", shown(&role.arn), subject.from, limit.unwrap_or_default());
            checks.push(Check::ok(EXISTS.0, EXISTS.1, text));
            checks.push(trust_check(subject, &role.trust, place, studio.is_some()));
        }
        Err(failure) if failure.absent => {
            checks.push(absent(subject));
            return checks;
        }
        Err(failure) => {
            let why = format!("{}, {}: {}.", shown(&subject.name), subject.from, failure.sentence());
            let fixes = if failure.is_denied() { get_role(oracle, &arns) } else { Vec::new() };
            checks.push(Check::unknown(EXISTS.0, EXISTS.1, &why).fixes(fixes));
        }
    }
    let may_work = async {
        let resources = [format!("arn:{}:glue:{}:{}:session/*", place.partition, place.region, place.account)];
        let actions = ["glue:CreateSession", "glue:RunStatement"].map(str::to_owned);
        let answers = if subject.own { oracle.ask(&actions, &resources).await } else { Vec::new() };
        !answers.is_empty() && answers.iter().all(|(_, permit)| *permit == Permit::Yes)
    };
    checks.extend(attached(subject, &policies, may_work.await, place, studio.is_some()));
    if studio.is_some() {
        checks.push(inline(subject, &arns, oracle, role.is_ok()).await);
    } else {
        checks.push(pass(arn.as_deref(), oracle).await);
    }
    checks
}

fn absent(subject: &Subject) -> Check {
    let trust = trust_policy::of_services(&[GLUE]);
    let message = format!(
        "there is no role {} in your account ({}): check its name, or create it.",
        shown(&subject.name),
        subject.from
    );
    let create = format!(
        "aws iam create-role --role-name {} --assume-role-policy-document {}",
        quoted(&subject.name),
        quoted(&trust.to_string())
    );
    let arn = subject.arn.as_deref().unwrap_or_default();
    let partition = arn.split(':').nth(1).unwrap_or("aws");
    Check::failed(EXISTS.0, EXISTS.1, message)
        .command(create)
        .command(attach(&subject.name, SERVICE, partition))
        .fix(Fix::Policy(trust))
}

/// The ARNs that a role of that name may have: nobody has told its path.
fn arns_of(name: &str, place: &Place) -> Vec<String> {
    let arn = |path: &str| format!("arn:{}:iam::{}:role/{path}{name}", place.partition, place.account);
    vec![arn(""), arn("*/")]
}

fn get_role(oracle: &Oracle<'_>, arns: &[String]) -> Vec<Fix> {
    let actions = ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"].map(str::to_owned);
    let statement = policy::allow("GlueLsRole", &actions, arns);
    oracle.principal().grant("glue-ls-role", policy::policy(vec![statement]))
}

fn trust_check(subject: &Subject, document: &Json, place: &Place, studio: bool) -> Check {
    let services: &[&str] = if studio { &[GLUE, SAGEMAKER] } else { &[GLUE] };
    let mut missing = Vec::new();
    let (mut denied, mut conditional) = (Vec::new(), Vec::new());
    for service in services {
        match trust_policy::trusts(document, service, &place.account) {
            Some(Trusts::Yes) => {}
            Some(Trusts::No) => missing.push(*service),
            Some(Trusts::Denied) => denied.push(*service),
            Some(Trusts::If(keys)) => conditional.push(format!("{service} under conditions on {}", keys.join(", "))),
            None => return Check::unknown(TRUST.0, TRUST.1, "the trust policy cannot be read."),
        }
    }
    let mut said = Vec::new();
    if !missing.is_empty() {
        let then = if missing.contains(&GLUE) { "no session starts with it" } else { "SageMaker cannot use it" };
        said.push(format!("the role does not trust {}: {then}.", missing.join(" and ")));
    }
    if !denied.is_empty() {
        let text = "remove the statement with `\"Effect\": \"Deny\"`; no further one helps.";
        said.push(format!("the trust policy forbids {}: {text}", denied.join(" and ")));
    }
    if !conditional.is_empty() {
        said.push(format!("trusted: {}. Whether they hold for sessions cannot be told.", conditional.join("; ")));
    }
    if missing.is_empty() && denied.is_empty() {
        return match conditional.is_empty() {
            true => Check::ok(TRUST.0, TRUST.1, format!("trusts {}", services.join(" and "))),
            false => Check::warning(TRUST.0, TRUST.1, said.join(" ")),
        };
    }
    let check = Check::failed(TRUST.0, TRUST.1, said.join(" "));
    match trust_policy::with_services(document, &missing).filter(|_| !missing.is_empty()) {
        Some(whole) => check
            .command(format!(
                "aws iam update-assume-role-policy --role-name {} --policy-document {}",
                quoted(&subject.name),
                quoted(&whole.to_string())
            ))
            .fix(Fix::Policy(whole)),
        None => check,
    }
}

/// The command that attaches a managed policy that the table of permissions knows.
fn attach(role: &str, policy: &str, partition: &str) -> String {
    format!(
        "aws iam attach-role-policy --role-name {} --policy-arn {}",
        quoted(role),
        quoted(&managed_arn(policy, partition))
    )
}

fn managed_arn(policy: &str, partition: &str) -> String {
    let row = facts::iam().managed_policies.iter().find(|row| row.name == policy);
    let arn = row.map_or_else(|| format!("arn:aws:iam::aws:policy/{policy}"), |row| row.arn.clone());
    arn.replacen("arn:aws:", &format!("arn:{partition}:"), 1)
}

fn attached(
    subject: &Subject,
    policies: &Result<Vec<String>, Failure>,
    may_work: bool,
    place: &Place,
    studio: bool,
) -> Vec<Check> {
    let wanted = if studio { RESTRICTED } else { SERVICE };
    let command = || attach(&subject.name, wanted, &place.partition);
    let policies = match policies {
        Ok(policies) => policies,
        Err(failure) => {
            let why = format!("{}. It needs {wanted} or the like.", failure.sentence());
            return vec![Check::unknown(POLICIES.0, POLICIES.1, &why).command(command())];
        }
    };
    let names: Vec<&str> = policies.iter().map(|policy| policy.rsplit('/').next().unwrap_or_default()).collect();
    // A policy of one's own may have the same name.
    let managed: Vec<&str> = policies
        .iter()
        .zip(&names)
        .filter(|(policy, _)| policy.contains(":iam::aws:policy/"))
        .map(|(_, name)| *name)
        .collect();
    let is_restricted = |name: &&&str| name.starts_with("AwsGlueSessionUserRestricted");
    let good: Vec<&str> = managed
        .iter()
        .filter(|name| **name == SERVICE || is_restricted(name) || WIDE.contains(*name))
        .copied()
        .collect();
    let undone: Vec<&str> = managed.iter().filter(|name| UNDOES.contains(*name)).copied().collect();
    if let Some(restricted) = managed.iter().find(is_restricted)
        && !undone.is_empty()
    {
        let message = format!(
            "{restricted} restricts nothing while {} is attached as well: with it each user reaches the sessions of all.",
            undone.join(" and ")
        );
        let detach = undone.iter().map(|name| {
            Fix::Command(format!(
                "aws iam detach-role-policy --role-name {} --policy-arn {}",
                quoted(&subject.name),
                quoted(&managed_arn(name, &place.partition))
            ))
        });
        return vec![Check::warning(POLICIES.0, POLICIES.1, message).fixes(detach)];
    }
    if !good.is_empty() {
        return vec![Check::ok(POLICIES.0, POLICIES.1, good.join(", "))];
    }
    let has = match names.as_slice() {
        [] => "it has no policy at all".to_owned(),
        names => format!("it has {}", names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ")),
    };
    if studio && may_work {
        let message = format!("{wanted} is not attached, but the role may do what sessions need; {has}");
        return vec![Check::ok(POLICIES.0, POLICIES.1, message)];
    }
    let message = format!("the managed policy {wanted} is not attached; {has}.");
    let check = if studio || names.is_empty() {
        Check::failed(POLICIES.0, POLICIES.1, message)
    } else {
        let message = format!("{message} These may allow as much; a role for Glue usually has it.");
        Check::warning(POLICIES.0, POLICIES.1, message)
    };
    vec![check.command(command())]
}

/// What the execution role of a notebook needs to start sessions as itself.
async fn inline(subject: &Subject, arns: &[String], oracle: &Oracle<'_>, was_found: bool) -> Check {
    let (id, title) = INLINE;
    let own = ["iam:GetRole", "iam:PassRole"].map(str::to_owned);
    let statements = vec![
        policy::allow("GlueLsOwnRole", &own, arns),
        policy::allow("GlueLsCaller", &["sts:GetCallerIdentity".to_owned()], &["*".to_owned()]),
    ];
    let whole = policy::policy(statements);
    let give = [Fix::Command(put_role_policy(&subject.name, "glue-ls-own-role", &whole)), Fix::Policy(whole)];
    let mut answers = oracle.ask(&own, arns.first().map(std::slice::from_ref).unwrap_or_default()).await;
    answers.extend(oracle.ask(&["sts:GetCallerIdentity".to_owned()], &["*".to_owned()]).await);
    let of = |test: fn(&Permit) -> bool| -> Vec<&str> {
        let fits = |(action, permit): &&(String, Permit)| {
            // It has just been done.
            let shown = was_found && action == "iam:GetRole";
            test(if shown { &Permit::Yes } else { permit })
        };
        answers.iter().filter(fits).map(|(action, _)| action.as_str()).collect()
    };
    let missing = of(|permit| matches!(permit, Permit::No));
    let denied = of(|permit| matches!(permit, Permit::Denied(_)));
    let unknown = of(|permit| *permit == Permit::Unknown);
    if !denied.is_empty() {
        let message =
            format!("a policy forbids {}: find the statement with `\"Effect\": \"Deny\"`.", denied.join(", "));
        return Check::failed(id, title, message);
    }
    // AWS answers this one without a permission.
    let needed: Vec<&str> = missing.iter().filter(|action| action.starts_with("iam:")).copied().collect();
    if !needed.is_empty() {
        let message =
            format!("missing: {}. Without, no session starts with the notebook's own role.", missing.join(", "));
        return Check::failed(id, title, message).fixes(give);
    }
    if !unknown.is_empty() {
        let why = format!("whether {} is allowed could not be asked; the policy below allows it.", unknown.join(", "));
        return Check::unknown(id, title, &why).fixes(give);
    }
    if !missing.is_empty() {
        let message = format!(
            "no policy names {}. AWS allows it all the same; the published setup has it in the role.",
            missing.join(", ")
        );
        return Check::warning(id, title, message).fixes(give);
    }
    Check::ok(id, title, "iam:GetRole, iam:PassRole, sts:GetCallerIdentity")
}

async fn pass(arn: Option<&str>, oracle: &Oracle<'_>) -> Check {
    let (id, title) = PASS;
    let Some(arn) = arn else {
        return Check::unknown(id, title, "the role's ARN is not known.");
    };
    let mut statement = policy::allow("GlueLsPassRole", &["iam:PassRole".to_owned()], &[arn.to_owned()]);
    statement["Condition"] = serde_json::json!({"StringLike": {"iam:PassedToService": GLUE}});
    let give = || oracle.principal().grant("glue-ls-pass-role", policy::policy(vec![statement.clone()]));
    let answers = oracle.ask(&["iam:PassRole".to_owned()], &[arn.to_owned()]).await;
    match answers.first().map(|(_, permit)| permit) {
        Some(Permit::Yes) => Check::ok(id, title, format!("iam:PassRole on {}", shown(arn))),
        Some(Permit::No) => {
            let advice = match oracle.principal() {
                Principal::Other => "",
                principal => principal.advice(),
            };
            let message = format!("missing: iam:PassRole on {}. Without, no session starts.{advice}", shown(arn));
            Check::failed(id, title, message).fixes(give())
        }
        Some(Permit::Denied(_)) => {
            let message = format!(
                "a policy forbids iam:PassRole on {}: find the statement with `\"Effect\": \"Deny\"`.",
                shown(arn)
            );
            Check::failed(id, title, message)
        }
        _ => {
            let why = format!("whether iam:PassRole on {} is allowed could not be asked.", shown(arn));
            Check::unknown(id, title, &why).fixes(give())
        }
    }
}

#[cfg(test)]
mod tests;
