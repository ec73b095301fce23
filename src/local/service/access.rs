//! What callers may not do: the policy of the catalogue, in the service's words.

use http::StatusCode;
use serde_json::{Map, Value};

use super::LocalConfig;
use super::caller::{self, Caller};
use super::sessions::{pairs, text};
use super::wire::Refusal;
use crate::local::catalogue::{Connection, Policy};

/// The service that takes the role of a session.
const GLUE: &str = "glue.amazonaws.com";

/// The policies that hold for a caller: that of all, and that of the role that was assumed.
fn policies<'a>(config: &'a LocalConfig, caller: &Caller) -> impl Iterator<Item = &'a Policy> {
    let role = caller::role(config, &caller.account, &caller.role);
    std::iter::once(&config.spark.catalogue.policy).chain(role.map(|role| &role.policy))
}

/// Returns whether a policy denies an action.
pub(super) fn is_denied(config: &LocalConfig, caller: &Caller, action: &str) -> bool {
    policies(config, caller).any(|policy| policy.denies(action))
}

/// The text of a denial.
pub(super) fn denial(caller: &Caller, action: &str, resource: &str, why: &str) -> String {
    format!("User: {} is not authorized to perform: {action} on resource: {resource}{why}", caller.arn())
}

/// Why an action is refused that a policy denies.
pub(super) const EXPLICIT: &str = " with an explicit deny in an identity-based policy";

/// Refuses an action of Glue that a policy denies.
fn not_denied(config: &LocalConfig, caller: &Caller, action: &str, resource: &str) -> Result<(), Refusal> {
    if is_denied(config, caller, action) {
        return Err(Refusal::new("AccessDeniedException", denial(caller, action, resource, EXPLICIT)));
    }
    Ok(())
}

/// Refuses an operation of Glue that a policy denies.
pub(super) fn operation(
    config: &LocalConfig,
    caller: &Caller,
    operation: &str,
    members: &Map<String, Value>,
) -> Result<(), Refusal> {
    let of = |kind: &str, name: &str| caller.glue_arn(&format!("{kind}/{}", text(members, name)));
    let resource = match operation {
        "CreateSession" | "GetSession" | "StopSession" | "DeleteSession" => of("session", "Id"),
        "RunStatement" | "GetStatement" | "ListStatements" | "CancelStatement" => of("session", "SessionId"),
        "ListSessions" => caller.glue_arn("session/*"),
        "GetTags" | "TagResource" | "UntagResource" => text(members, "ResourceArn").to_owned(),
        "GetConnection" => of("connection", "Name"),
        "GetDatabase" => of("database", "Name"),
        "GetTable" => caller.glue_arn(&format!("table/{}/{}", text(members, "DatabaseName"), text(members, "Name"))),
        "GetTables" => of("database", "DatabaseName"),
        "GetConnections" | "GetDatabases" => caller.glue_arn("catalog"),
        _ => "*".to_owned(),
    };
    not_denied(config, caller, &format!("glue:{operation}"), &resource)?;
    if operation == "CreateSession" { creation(config, caller, members, &resource) } else { Ok(()) }
}

/// What holds for the creation of a session beside the action itself.
fn creation(
    config: &LocalConfig,
    caller: &Caller,
    members: &Map<String, Value>,
    resource: &str,
) -> Result<(), Refusal> {
    const CREATE: &str = "glue:CreateSession";
    let catalogue = &config.spark.catalogue;
    let tags = pairs(members, "Tags");
    if !tags.is_empty() {
        not_denied(config, caller, "glue:TagResource", resource)?;
    }
    not_denied(config, caller, "iam:PassRole", text(members, "Role"))?;
    role(config, caller, text(members, "Role"))?;
    let connections = connections(config, caller, members)?;
    for policy in policies(config, caller) {
        let inside = |connection: &&Connection| {
            connection.vpc.as_ref().is_some_and(|vpc| policy.required_vpcs.iter().any(|required| required == vpc))
        };
        if !policy.required_vpcs.is_empty() && !connections.iter().any(inside) {
            return Err(Refusal::new("AccessDeniedException", denial(caller, CREATE, resource, EXPLICIT)));
        }
        // A condition on tags is one of what is allowed.
        if policy.required_tags.iter().any(|tag| !tags.contains_key(tag)) {
            let why = format!(" because no identity-based policy allows the {CREATE} action");
            return Err(Refusal::new("AccessDeniedException", denial(caller, CREATE, resource, &why)));
        }
    }
    let security = text(members, "SecurityConfiguration");
    let known = &catalogue.security_configurations;
    if !security.is_empty() && !known.is_empty() && !known.iter().any(|name| name == security) {
        return Err(Refusal::invalid(format!("Security configuration {security} not found.")));
    }
    Ok(())
}

/// Looks at the role of a session that is to be created. Where the catalogue has no roles any will do.
fn role(config: &LocalConfig, caller: &Caller, arn: &str) -> Result<(), Refusal> {
    if config.spark.catalogue.roles.is_empty() {
        return Ok(());
    }
    let not_there = || Refusal::invalid(format!("Role {arn} does not exist."));
    let (account, name) = caller::of_role_arn(arn).ok_or_else(not_there)?;
    if account != caller.account {
        return Err(Refusal::new("AccessDeniedException", "Cross-account pass role is not allowed."));
    }
    match caller::role(config, account, name) {
        Some(role) if role.services.iter().any(|service| service == GLUE) => Ok(()),
        Some(_) => {
            let message = format!("Service is unable to assume role {arn}. Please verify role's TrustPolicy");
            Err(Refusal::invalid(message))
        }
        // The caller's own may be one that the catalogue does not have.
        None if account == config.account && name == config.role => Ok(()),
        None => Err(not_there()),
    }
}

/// Returns the connections of a session that is to be created. Where the catalogue has none any will do.
fn connections<'a>(
    config: &'a LocalConfig,
    caller: &Caller,
    members: &Map<String, Value>,
) -> Result<Vec<&'a Connection>, Refusal> {
    let known = &config.spark.catalogue.connections;
    let list = members.get("Connections").and_then(|list| list.get("Connections")).and_then(Value::as_array);
    let mut found = Vec::new();
    for name in list.into_iter().flatten().filter_map(Value::as_str) {
        match known.iter().find(|connection| connection.name == name && is_of(config, caller, connection)) {
            Some(connection) => found.push(connection),
            None if known.is_empty() => {}
            None => return Err(Refusal::invalid(format!("Connection {name} not found."))),
        }
    }
    Ok(found)
}

/// Whether a connection is one of the caller's account.
pub(super) fn is_of(config: &LocalConfig, caller: &Caller, connection: &Connection) -> bool {
    connection.account.as_deref().unwrap_or(&config.account) == caller.account
}

/// A refusal of STS or IAM.
pub(super) fn forbidden(message: String) -> Refusal {
    Refusal { status: StatusCode::FORBIDDEN, ..Refusal::new("AccessDenied", message) }
}
