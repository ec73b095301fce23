//! What the service refuses, and why sessions fail.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Change, Explanation, Found, Need, pattern};
use crate::facts;
use crate::facts::errors::ServiceError;
use crate::model::create::CreateSession;
use crate::session::{ApiError, ApiErrorKind, EndReason, Operation};

/// How much of a message is read, in bytes.
const READ: usize = 16 * 1024;

/// What the table calls a session that ended by itself.
const SESSION: &str = "Session";

/// Says what the failure of a call means; `None` where nothing is known of it.
///
/// `request` is what the session was, or was to be, created with.
pub fn of_call(
    operation: Operation,
    kind: &ApiErrorKind,
    message: &str,
    request: Option<&CreateSession>,
) -> Option<Explanation> {
    let message = start(message);
    let row = look_up(operation.as_str(), name_of(kind), message, request);
    match kind {
        ApiErrorKind::AccessDenied { action } => {
            // A key that is denied needs two policies; all else is explained by its action.
            row.or_else(|| denied(operation, action.as_deref(), message, request))
        }
        _ => row,
    }
}

/// Says what it means that a session failed with this message of the service's.
pub fn of_session(message: &str, request: Option<&CreateSession>) -> Option<Explanation> {
    look_up(SESSION, "", start(message), request)
}

/// Says what a failed call means.
pub fn of_error(error: &ApiError, request: Option<&CreateSession>) -> Option<Explanation> {
    of_call(error.operation, &error.kind, &error.message, request)
}

/// Says what the end of a session means.
pub fn of_end(reason: &EndReason, request: Option<&CreateSession>) -> Option<Explanation> {
    match reason {
        EndReason::Refused(error) => of_error(error, request),
        EndReason::Failed(Some(message)) => of_session(message, request),
        _ => None,
    }
}

fn start(text: &str) -> &str {
    &text[..text.floor_char_boundary(READ)]
}

/// The table's name for a kind of failure.
fn name_of(kind: &ApiErrorKind) -> &'static str {
    match kind {
        ApiErrorKind::AccessDenied { .. } => "access-denied",
        ApiErrorKind::InvalidInput => "invalid-input",
        ApiErrorKind::NotFound => "not-found",
        ApiErrorKind::Quota => "quota",
        ApiErrorKind::Throttled => "throttled",
        _ => "",
    }
}

fn look_up(operation: &str, kind: &str, message: &str, request: Option<&CreateSession>) -> Option<Explanation> {
    let (row, found) =
        facts::errors().service.iter().find_map(|row| Some((row, fits(row, operation, kind, message)?)))?;
    let mut values = Found(BTreeMap::new());
    for (name, value) in found {
        values.add(name, value);
    }
    if let Some(request) = request {
        for (name, value) in [
            ("role", &request.role),
            ("worker_type", &request.worker_type),
            ("glue_version", &request.glue_version),
            ("security_configuration", &request.security_configuration),
        ] {
            values.add(name, value.as_deref().unwrap_or_default());
        }
        values.add("connections", &request.connections.join(", "));
    }
    let change = row.magic.as_deref().map(|magic| Change { magic, need: Need::Other });
    Some(Explanation {
        code: &row.code,
        what: values.fill(&row.what),
        remedy: values.fill(&row.remedy),
        statement: None,
        change,
    })
}

fn fits<'t>(
    row: &'static ServiceError,
    operation: &str,
    kind: &str,
    message: &'t str,
) -> Option<Vec<(&'static str, &'t str)>> {
    let among = |list: &[String], name: &str| list.is_empty() || list.iter().any(|known| known == name);
    // A session that ended by itself has no kind of failure: its message alone says why.
    let of_kind = if operation == SESSION { !row.patterns.is_empty() } else { among(&row.kinds, kind) };
    if !among(&row.operations, operation) || !of_kind {
        return None;
    }
    if row.patterns.is_empty() {
        return Some(Vec::new());
    }
    row.patterns.iter().find_map(|pattern| pattern::find(pattern, message))
}

/// What a refusal says: who may not do what with what, and which policy says so.
struct Denial<'a> {
    caller: Option<&'a str>,
    action: &'a str,
    resource: Option<&'a str>,
    /// The kind of policy that the text names.
    policy: Option<&'a str>,
    explicit: bool,
}

impl<'a> Denial<'a> {
    fn read(action: Option<&'a str>, message: &'a str) -> Option<Denial<'a>> {
        let hole = |pattern: &'static str| pattern::find(pattern, message)?.pop().map(|(_, value)| value);
        let action = action.or_else(|| hole("is not authorized to perform: {action:w}"))?;
        let explicit = message.contains("with an explicit deny");
        let policy = if explicit {
            hole("with an explicit deny in an {policy} policy")
                .or_else(|| hole("with an explicit deny in a {policy} policy"))
        } else {
            hole("because no {policy} policy allows")
        };
        Some(Denial {
            caller: hole("User: {caller:w} is not authorized"),
            action: action.trim_end_matches('.'),
            resource: hole("on resource: {resource:w}"),
            policy,
            explicit,
        })
    }

    /// Where the policy is to be changed.
    fn place(&self) -> String {
        let own = self.caller.map_or_else(|| "your own identity".to_owned(), shown);
        match self.policy {
            Some("service control") => "in a service control policy of the organization".to_owned(),
            Some("resource control") => "in a resource control policy of the organization".to_owned(),
            Some("permissions boundary") => format!("in the permissions boundary of {own}"),
            Some("session") => format!("in the policy that the session of {own} was started with"),
            Some("VPC endpoint") => "in the policy of the VPC endpoint".to_owned(),
            Some("resource-based") => "in the policy of the resource".to_owned(),
            _ => format!("in a policy of {own}"),
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(super::LONGEST).collect()
}

fn denied(
    operation: Operation,
    action: Option<&str>,
    message: &str,
    request: Option<&CreateSession>,
) -> Option<Explanation> {
    let denial = Denial::read(action, message)?;
    if denial.explicit {
        return Some(forbidden(operation, &denial, request));
    }
    let action = shown(denial.action);
    let feature = facts::iam().features_needing(denial.action).next();
    let why = feature.map(|feature| format!(" ({})", feature.why)).unwrap_or_default();
    let (code, what, change) = match (denial.action, denial.resource.map(shown)) {
        ("iam:PassRole", Some(role)) => (
            "pass-role",
            format!("You may not hand the role {role} to Glue: the permission iam:PassRole is missing."),
            Some(Change { magic: "iam_role", need: Need::Other }),
        ),
        ("sts:AssumeRole", Some(role)) => (
            "assume-role",
            format!(
                "You may not assume the role {role}: either sts:AssumeRole is not allowed to you, or the role does not trust you."
            ),
            Some(Change { magic: "assume_role", need: Need::Other }),
        ),
        _ => ("access-denied", format!("The permission {action} is missing{why}."), None),
    };
    let place = denial.place();
    let remedy = match denial.action {
        "sts:AssumeRole" => {
            format!("have this statement added {place}, and your identity named in the trust policy of the role")
        }
        _ => format!("have this statement added {place}"),
    };
    Some(Explanation { code, what, remedy, statement: Some(statement(&denial)), change })
}

/// Says what an explicit deny means.
fn forbidden(operation: Operation, denial: &Denial<'_>, request: Option<&CreateSession>) -> Explanation {
    let (action, place) = (shown(denial.action), denial.place());
    let creates = operation == Operation::CreateSession && denial.action == "glue:CreateSession";
    let connections = request.map(|request| request.connections.join(", ")).unwrap_or_default();
    let (code, what, remedy, change) = if creates && connections.is_empty() {
        (
            "vpc-required",
            format!(
                "A rule {place} forbids this session. Most often it is one about networks (`glue:VpcIds`): a session \
                 without a connection lies in no VPC, and is refused where one is required."
            ),
            "add `%connections` with a connection in the required VPC to the settings, and run the cell again"
                .to_owned(),
            Some(Change { magic: "connections", need: Need::InVpc }),
        )
    } else if creates {
        (
            "vpc-forbidden",
            format!(
                "A rule {place} forbids this session. Most often it is one about networks (`glue:VpcIds`, \
                 `glue:SubnetIds`, `glue:SecurityGroupIds`) which {} does not keep, or one about the tag `owner`.",
                shown(&connections)
            ),
            "name a connection in the required VPC, subnet and security group with `%connections`".to_owned(),
            Some(Change { magic: "connections", need: Need::InVpc }),
        )
    } else {
        (
            "explicit-deny",
            format!("A rule {place} forbids {action}; no other policy can allow it."),
            "ask who keeps that policy which condition it has: on the network, the tags or the region".to_owned(),
            None,
        )
    };
    Explanation { code, what, remedy, statement: None, change }
}

/// Returns the statement that allows what was denied, with what the same feature needs besides.
fn statement(denial: &Denial<'_>) -> String {
    let needed = facts::iam().features_needing(denial.action).next();
    let mut actions: Vec<&str> = match needed {
        Some(feature) => feature.actions.iter().map(String::as_str).filter(|action| is_action(action)).collect(),
        None => Vec::new(),
    };
    if !actions.contains(&denial.action) {
        actions = vec![denial.action];
    }
    let resource = denial.resource.map_or_else(|| "*".to_owned(), |resource| any_session(&shown(resource)));
    let mut statement = serde_json::Map::new();
    statement.insert("Effect".to_owned(), json!("Allow"));
    statement.insert("Action".to_owned(), json!(actions));
    statement.insert("Resource".to_owned(), Json::String(resource));
    if denial.action == "iam:PassRole" {
        let passed = json!({ "StringEquals": { "iam:PassedToService": "glue.amazonaws.com" } });
        statement.insert("Condition".to_owned(), passed);
    }
    serde_json::to_string_pretty(&Json::Object(statement)).unwrap_or_default()
}

fn is_action(text: &str) -> bool {
    text.split_once(':').is_some_and(|(service, name)| {
        !service.is_empty() && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'*')
    })
}

/// The next session has another id: what is allowed for one must be for all.
fn any_session(resource: &str) -> String {
    match resource.split_once(":session/") {
        Some((start, _)) if resource.starts_with("arn:") => format!("{start}:session/*"),
        _ => resource.to_owned(),
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
