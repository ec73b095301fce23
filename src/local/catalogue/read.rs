//! From settings to the catalogue.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{Catalogue, Column, Connection, Database, Format, Mount, Policy, Role, Table};

/// Whom a role trusts of which nothing is said.
const GLUE: &str = "glue.amazonaws.com";

impl Catalogue {
    /// Makes a catalogue of what the settings say of the local Glue, by their names without `local.`: `databases`,
    /// `policy.requiredVpcs`. They have been checked, and paths in them are absolute; what can be of no use all the same
    /// is left out.
    pub fn of_settings(settings: &Map<String, Value>) -> Catalogue {
        let list = |name: &str| settings.get(name).map(texts).unwrap_or_default();
        Catalogue {
            account: text(settings, "account"),
            databases: named(settings, "databases").map(|(name, it)| (name.to_lowercase(), database(it))).collect(),
            connections: named(settings, "connections").map(|(name, it)| connection(name, it)).collect(),
            roles: named(settings, "roles").map(|(name, it)| role(name, it)).collect(),
            security_configurations: list("securityConfigurations"),
            mounts: mounts(settings),
            policy: Policy {
                required_vpcs: list("policy.requiredVpcs"),
                denied_actions: list("policy.deniedActions"),
                required_tags: list("policy.requiredTags"),
            },
        }
    }
}

type Members = Map<String, Value>;

/// The tables in a table, by name.
fn named<'a>(members: &'a Members, name: &str) -> impl Iterator<Item = (&'a String, &'a Members)> {
    let inner = members.get(name).and_then(Value::as_object).into_iter().flatten();
    inner.filter_map(|(name, value)| Some((name, value.as_object()?)))
}

fn text(members: &Members, name: &str) -> Option<String> {
    let text = members.get(name)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn pairs(members: &Members, name: &str) -> BTreeMap<String, String> {
    let inner = members.get(name).and_then(Value::as_object).into_iter().flatten();
    inner.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

fn database(members: &Members) -> Database {
    let tables = named(members, "tables");
    Database {
        description: text(members, "description"),
        tables: tables.filter_map(|(name, it)| Some((name.to_lowercase(), table(it)?))).collect(),
    }
}

fn table(members: &Members) -> Option<Table> {
    Some(Table {
        description: text(members, "description"),
        path: PathBuf::from(text(members, "path")?),
        location: text(members, "location"),
        format: match text(members, "format")?.as_str() {
            "csv" => Format::Csv,
            "json" => Format::Json,
            "parquet" => Format::Parquet,
            _ => return None,
        },
        options: pairs(members, "options"),
        columns: columns(members, "columns"),
        partitions: columns(members, "partitions"),
    })
}

fn columns(members: &Members, name: &str) -> Vec<Column> {
    let written = members.get(name).map(texts).unwrap_or_default();
    let column = |text: &String| {
        let (name, kind) = text.trim().split_once(char::is_whitespace)?;
        // The catalogue has no blanks in types, and no capitals in names.
        Some(Column { name: name.to_lowercase(), kind: kind.split_whitespace().collect::<String>().to_lowercase() })
    };
    written.iter().filter_map(column).collect()
}

fn connection(name: &str, members: &Members) -> Connection {
    let vpc = text(members, "vpc");
    let made_up = || vpc.as_ref().map(|vpc| format!("subnet-{}", hex(vpc)));
    Connection {
        name: name.to_owned(),
        account: text(members, "account"),
        kind: text(members, "type").unwrap_or_else(|| "NETWORK".to_owned()),
        properties: pairs(members, "properties"),
        subnet: text(members, "subnet").or_else(made_up),
        zone: text(members, "zone"),
        security_groups: members.get("securityGroups").map(texts).unwrap_or_default(),
        vpc,
    }
}

/// Sixteen digits for a text, always the same ones.
fn hex(text: &str) -> String {
    format!("{:016x}", super::digest(text))
}

fn role(name: &str, members: &Members) -> Role {
    let list = |name: &str| members.get(name).map(texts).unwrap_or_default();
    Role {
        name: name.to_owned(),
        account: text(members, "account"),
        services: members.get("services").map_or_else(|| vec![GLUE.to_owned()], texts),
        assumable: members.get("assumable").and_then(Value::as_bool).unwrap_or(true),
        policy: Policy {
            required_vpcs: list("requiredVpcs"),
            denied_actions: list("deniedActions"),
            required_tags: list("requiredTags"),
        },
    }
}

fn mounts(settings: &Members) -> Vec<Mount> {
    let mount = |(address, folder): (&String, &Value)| {
        let (bucket, prefix) = address.strip_prefix("s3://")?.split_once('/')?;
        let folder = Path::new(folder.as_str()?).to_owned();
        Some(Mount { bucket: bucket.to_owned(), prefix: prefix.to_owned(), folder })
    };
    settings.get("s3").and_then(Value::as_object).into_iter().flatten().filter_map(mount).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_become_a_catalogue() {
        let settings = json!({
            "account": "111111111111",
            "databases": { "Sales": { "tables": {
                "Orders": {
                    "path": "/d/orders.csv", "format": "csv", "options": { "sep": ";" }, "location": "s3://lake/orders/",
                    "columns": ["Id  bigint", "tags array< string >"], "partitions": ["day string"],
                },
                "no_path": { "format": "csv" },
            } } },
            "connections": { "vpc": { "vpc": "vpc-1", "securityGroups": ["sg-1"] }, "jdbc": { "type": "JDBC" } },
            "roles": { "A": {}, "B": { "account": "222222222222", "assumable": false, "services": [], "requiredTags": ["x"] } },
            "s3": { "s3://lake/": "/d", "s3://lake/raw/x": "/r" },
            "policy.requiredVpcs": ["vpc-1"],
        });
        let catalogue = Catalogue::of_settings(settings.as_object().unwrap());
        assert_eq!(catalogue.account.as_deref(), Some("111111111111"));
        let tables = &catalogue.databases["sales"].tables;
        assert_eq!(tables.keys().collect::<Vec<_>>(), ["orders"]);
        let columns: Vec<(&str, &str)> =
            tables["orders"].columns.iter().map(|column| (&*column.name, &*column.kind)).collect();
        assert_eq!(columns, [("id", "bigint"), ("tags", "array<string>")]);
        let [jdbc, vpc] = &catalogue.connections[..] else { panic!("{:?}", catalogue.connections) };
        assert_eq!((&*jdbc.kind, &jdbc.subnet, &*vpc.kind), ("JDBC", &None, "NETWORK"));
        assert!(vpc.subnet.as_ref().unwrap().starts_with("subnet-"));
        let [a, b] = &catalogue.roles[..] else { panic!("{:?}", catalogue.roles) };
        assert_eq!((a.assumable, &a.services[..]), (true, &[GLUE.to_owned()][..]));
        assert_eq!((b.assumable, b.services.len(), &*b.policy.required_tags), (false, 0, &["x".to_owned()][..]));
        let mounts: Vec<(&str, &str)> = catalogue.mounts.iter().map(|it| (&*it.bucket, &*it.prefix)).collect();
        assert_eq!(mounts, [("lake", ""), ("lake", "raw/x")]);
        assert_eq!(catalogue.policy.required_vpcs, ["vpc-1"]);
        assert_eq!(Catalogue::of_settings(&Map::new()), Catalogue::default());
    }
}
