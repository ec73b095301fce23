//! What is in the local Glue, as the product's own client finds it, and as AWS describes its services.

use std::process::Command;
use std::sync::Mutex;

use bytes::Bytes;
use glue_ls::local::catalogue::Catalogue;
use http::Request;
use serde_json::{Value, json};

use super::*;
use crate::support::moto;

const OWN: &str = "111111111111";
const OTHER: &str = "222222222222";
const WIRE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/moto/wire.py");

fn config() -> LocalConfig {
    let settings = json!({
        "account": OWN,
        "databases": { "sales": { "description": "All sales", "tables": {
            "orders": { "path": "/d/o.csv", "format": "csv", "columns": ["id bigint"], "partitions": ["day string"] },
            "events": { "path": "/d/e", "format": "json", "columns": ["a int", "b string"], "description": "Clicks" },
            "facts": { "path": "/d/f", "format": "parquet", "location": "s3://lake/facts/" },
        } } },
        "connections": {
            "mine": { "subnet": "subnet-1", "vpc": "vpc-1", "zone": "eu-west-1a", "securityGroups": ["sg-1"] },
            "theirs": { "account": OTHER, "vpc": "vpc-2" },
        },
        "roles": { "Creator": { "account": OTHER }, "Locked": { "assumable": false }, "Lambda": { "services": [] } },
        "securityConfigurations": ["sealed"],
    });
    let mut config = LocalConfig::new(python(), std::env::temp_dir());
    config.spark.catalogue = Arc::new(Catalogue::of_settings(settings.as_object().unwrap()));
    config
}

/// A client, of the user or of a role.
fn client(glue: &LocalGlue, role: Option<&str>) -> Arc<AwsClient> {
    let service = glue.clone();
    let config = AwsConfig {
        http_client: Some(in_process(move |request| service.handle(request))),
        surroundings: Surroundings::Isolated,
        own_keys: Some(Keys::new("local", "local", None)),
        ..AwsConfig::default()
    };
    let access = role.map_or(Access::Own, |arn| Access::Role { arn: arn.to_owned() });
    Aws::new(config).client(&Identity { region: Some("eu-west-1".to_owned()), access, ..Identity::default() })
}

#[tokio::test]
async fn the_client_finds_what_the_settings_have() {
    let glue = LocalGlue::new(config());
    let own = client(&glue, None);
    let role = client(&glue, Some("arn:aws:iam::222222222222:role/Creator"));
    assert_eq!(own.caller().await.unwrap().account, OWN);
    let caller = role.caller().await.unwrap();
    assert_eq!((caller.account.as_str(), caller.role_name()), (OTHER, Some("Creator")));
    let connections = own.connections(None).await.unwrap().items;
    assert_eq!(connections.len(), 1);
    assert_eq!((&*connections[0].name, &*connections[0].kind), ("mine", "NETWORK"));
    assert_eq!(connections[0].security_groups, ["sg-1"]);
    let theirs = role.connections(None).await.unwrap().items;
    let subnet = theirs[0].subnet.clone().unwrap();
    let subnets = role.subnets(&[subnet.clone(), "subnet-none".to_owned()]).await.unwrap();
    assert_eq!(subnets.len(), 1);
    assert_eq!((&subnets[0].id, &*subnets[0].vpc), (&subnet, "vpc-2"));
    let roles = own.roles(None).await.unwrap().items;
    let roles: Vec<(&str, Option<bool>)> = roles.iter().map(|role| (&*role.name, role.trusts_glue)).collect();
    assert_eq!(roles, [("GlueLocal", Some(true)), ("Lambda", Some(false)), ("Locked", Some(true))]);
    assert_eq!(role.role("Creator").await.unwrap().arn, "arn:aws:iam::222222222222:role/Creator");
    assert_eq!(own.security_configurations(None).await.unwrap().items[0].summary, "encrypts nothing");
    let databases = role.databases(None).await.unwrap().items;
    assert_eq!((&*databases[0].name, databases[0].description.as_deref()), ("sales", Some("All sales")));
    let tables = own.tables("sales", None).await.unwrap().items;
    let tables: Vec<(&str, Option<&str>, usize)> =
        tables.iter().map(|table| (&*table.name, table.format.as_deref(), table.columns.len())).collect();
    assert_eq!(tables, [("events", Some("json"), 2), ("facts", Some("parquet"), 0), ("orders", Some("csv"), 2)]);
    let locked = client(&glue, Some("arn:aws:iam::111111111111:role/Locked"));
    let refused = locked.caller().await.unwrap_err().to_string();
    assert!(refused.contains("sts:AssumeRole"), "{refused}");
}

#[tokio::test]
async fn answers_are_as_aws_describes_them() {
    let Some(botocore) = moto::python() else { return };
    let glue = LocalGlue::new(config());
    let lines = Mutex::new(String::new());
    let send = async |service: &str, operation: &str, body: String| -> String {
        let scope = format!("AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/{service}/aws4_request");
        let mut request = Request::post("https://example.com/").header("authorization", scope);
        request = match service {
            "glue" => request.header("x-amz-target", format!("AWSGlue.{operation}")),
            _ => request.header("content-type", "application/x-www-form-urlencoded"),
        };
        let answer = glue.handle(request.body(Bytes::from(body.clone())).unwrap()).await;
        let (status, text) = (answer.status().as_u16(), String::from_utf8(answer.into_body().to_vec()).unwrap());
        let line = json!({
            "service": service, "operation": operation, "request": body, "status": status, "answer": text,
        });
        lines.lock().unwrap().push_str(&format!("{line}\n"));
        text
    };
    let name = |name: &str| json!({ "Name": name });
    let table = |name: &str| json!({ "DatabaseName": "sales", "Name": name });
    for (operation, members) in [
        ("GetConnection", name("mine")),
        ("GetConnection", name("none")),
        ("GetConnections", json!({ "HidePassword": true, "MaxResults": 10 })),
        ("GetDatabase", name("sales")),
        ("GetDatabase", name("none")),
        ("GetDatabases", json!({ "MaxResults": 1 })),
        ("GetTable", table("orders")),
        ("GetTable", table("events")),
        ("GetTable", table("facts")),
        ("GetTable", table("none")),
        ("GetTables", json!({ "DatabaseName": "sales", "Expression": ".*" })),
        ("GetTables", json!({ "DatabaseName": "sales", "MaxResults": 1 })),
        ("GetSecurityConfiguration", name("sealed")),
        ("GetSecurityConfiguration", name("none")),
        ("GetSecurityConfigurations", json!({})),
    ] {
        send("glue", operation, members.to_string()).await;
    }
    for (service, operation, form) in [
        ("sts", "GetCallerIdentity", "Version=2011-06-15"),
        (
            "sts",
            "AssumeRole",
            "Version=2011-06-15&RoleSessionName=ana&RoleArn=arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2FCreator",
        ),
        (
            "sts",
            "AssumeRole",
            "Version=2011-06-15&RoleSessionName=ana&RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2FLocked",
        ),
        ("iam", "GetRole", "Version=2010-05-08&RoleName=Locked"),
        ("iam", "GetRole", "Version=2010-05-08&RoleName=None"),
        ("iam", "ListRoles", "Version=2010-05-08&MaxItems=2"),
        ("iam", "ListRoles", "Version=2010-05-08&Marker=2"),
    ] {
        send(service, operation, format!("Action={operation}&{form}")).await;
    }
    let parsed: Value =
        serde_json::from_str(&send("glue", "GetTables", json!({ "DatabaseName": "sales" }).to_string()).await).unwrap();
    assert_eq!(parsed["TableList"].as_array().unwrap().len(), 3);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.jsonl"), lines.lock().unwrap().as_str()).unwrap();
    let checked = Command::new(botocore).args(["-B", WIRE]).arg(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
    assert!(said.contains("23 requests, 23 answers, 0 things wrong"), "{said}");
}
