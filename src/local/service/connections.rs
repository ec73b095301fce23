//! Connections and security configurations.

use serde_json::{Map, Value, json};

use super::LocalConfig;
use super::access::is_of;
use super::caller::Caller;
use super::listing::{MADE, page};
use super::sessions::text;
use super::wire::Refusal;
use crate::local::catalogue::Connection;

/// The most items in a page.
const PAGE: usize = 1_000;

/// What is not told where the password is to be hidden.
const PASSWORDS: [&str; 3] = ["PASSWORD", "ENCRYPTED_PASSWORD", "ENCRYPTED_KAFKA_SASL_SCRAM_PASSWORD"];

/// GetConnection.
pub(super) fn one(config: &LocalConfig, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
    let name = text(members, "Name");
    let found = all(config, caller, members).into_iter().find(|connection| connection.name == name);
    let found = found.ok_or_else(|| Refusal::not_found(format!("Connection {name} not found.")))?;
    Ok(json!({"Connection": described(found, caller, hides(members))}).to_string().into_bytes())
}

/// GetConnections.
pub(super) fn list(config: &LocalConfig, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
    let filter = members.get("Filter").and_then(Value::as_object).cloned().unwrap_or_default();
    let kind = text(&filter, "ConnectionType");
    // Those of the catalogue have no match criteria.
    let criteria = filter.get("MatchCriteria").and_then(Value::as_array).is_some_and(|criteria| !criteria.is_empty());
    let mut found = all(config, caller, members);
    found.retain(|connection| !criteria && (kind.is_empty() || connection.kind == kind));
    page(members, "ConnectionList", PAGE, found, |connection| described(connection, caller, hides(members)))
}

fn hides(members: &Map<String, Value>) -> bool {
    members.get("HidePassword").and_then(Value::as_bool).unwrap_or_default()
}

fn all<'a>(config: &'a LocalConfig, caller: &Caller, members: &Map<String, Value>) -> Vec<&'a Connection> {
    let catalogue = text(members, "CatalogId");
    let connections = config.spark.catalogue.connections.iter();
    let own = connections.filter(|connection| is_of(config, caller, connection));
    own.filter(|_| catalogue.is_empty() || catalogue == caller.account).collect()
}

fn described(connection: &Connection, caller: &Caller, hide: bool) -> Value {
    let properties: Map<String, Value> = connection
        .properties
        .iter()
        .filter(|(name, _)| !hide || !PASSWORDS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let mut described = json!({
        "Name": connection.name,
        "ConnectionType": connection.kind,
        "ConnectionProperties": properties,
        "CreationTime": MADE,
        "LastUpdatedTime": MADE,
        "LastUpdatedBy": caller.arn(),
    });
    let Connection { subnet, zone, security_groups, .. } = connection;
    if subnet.is_some() || zone.is_some() || !security_groups.is_empty() {
        let mut network = json!({"SecurityGroupIdList": security_groups});
        for (name, value) in [("SubnetId", subnet), ("AvailabilityZone", zone)] {
            if let Some(value) = value {
                network[name] = json!(value);
            }
        }
        described["PhysicalConnectionRequirements"] = network;
    }
    described
}

/// GetSecurityConfiguration.
pub(super) fn security(config: &LocalConfig, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
    let name = text(members, "Name");
    let known = config.spark.catalogue.security_configurations.iter().find(|known| *known == name);
    let known = known.ok_or_else(|| Refusal::not_found(format!("Security configuration {name} not found.")))?;
    Ok(json!({"SecurityConfiguration": security_described(known)}).to_string().into_bytes())
}

/// GetSecurityConfigurations.
pub(super) fn securities(config: &LocalConfig, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
    let known = config.spark.catalogue.security_configurations.iter().collect();
    page(members, "SecurityConfigurations", PAGE, known, |name: &String| security_described(name))
}

/// One that encrypts nothing: what is written on this machine is written as it is.
fn security_described(name: &str) -> Value {
    json!({
        "Name": name,
        "CreatedTimeStamp": MADE,
        "EncryptionConfiguration": {
            "S3Encryption": [{"S3EncryptionMode": "DISABLED"}],
            "CloudWatchEncryption": {"CloudWatchEncryptionMode": "DISABLED"},
            "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "DISABLED"},
        },
    })
}
