//! Roles, connections, databases and what is refused, as settings have them.

use std::sync::Arc;

use super::*;
use crate::local::catalogue::Catalogue;

const OWN: &str = "111111111111";
const OTHER: &str = "222222222222";

fn glue(settings: Value) -> LocalGlue {
    let mut config = LocalConfig::new("/nowhere/python", std::env::temp_dir());
    config.spark.catalogue = Arc::new(Catalogue::of_settings(settings.as_object().unwrap()));
    LocalGlue::new(config)
}

/// Two accounts, with something in each.
fn accounts() -> Value {
    json!({
        "account": OWN,
        "databases": { "sales": { "description": "All sales", "tables": {
            "orders": { "path": "/d/orders.csv", "format": "csv", "options": { "sep": ";" }, "columns": ["id bigint"],
                        "partitions": ["day string"], "location": "s3://lake/orders/" },
            "events": { "path": "/d/events", "format": "json", "columns": ["a int", "b string"] },
            "facts": { "path": "/d/facts", "format": "parquet" },
        } }, "empty": {} },
        "connections": {
            "mine": { "subnet": "subnet-1", "vpc": "vpc-1", "zone": "eu-west-1a", "securityGroups": ["sg-1"] },
            "theirs": { "account": OTHER, "vpc": "vpc-2" },
            "astray": { "account": OTHER, "vpc": "vpc-3" },
            "db": { "type": "JDBC", "properties": { "JDBC_CONNECTION_URL": "jdbc:x", "PASSWORD": "hidden-one" } },
        },
        "roles": {
            "Creator": { "account": OTHER, "services": [], "requiredVpcs": ["vpc-2"], "requiredTags": ["team"] },
            "Runtime": { "account": OTHER, "assumable": false },
            "Own": {},
            "Lambda": { "services": ["lambda.amazonaws.com"] },
        },
        "securityConfigurations": ["sealed"],
        "policy.deniedActions": ["glue:Delete*"],
    })
}

/// A role's keys: id, secret, token.
type RoleKeys = (String, String, String);

impl LocalGlue {
    fn signed(&self, service: &str, kind: &str, body: String, keys: Option<&RoleKeys>) -> Request<Bytes> {
        let mut request = request(service, kind, body);
        if let Some((id, _, token)) = keys {
            let scope = format!("AWS4-HMAC-SHA256 Credential={id}/20260101/eu-west-1/{service}/aws4_request");
            request.headers_mut().insert("authorization", scope.parse().unwrap());
            request.headers_mut().insert("x-amz-security-token", token.parse().unwrap());
        }
        request
    }

    /// A call of Glue: its code or an empty text, and what is answered.
    async fn as_role(&self, keys: Option<&RoleKeys>, operation: &str, members: Value) -> (String, Value) {
        let mut request = self.signed("glue", "application/x-amz-json-1.1", members.to_string(), keys);
        request.headers_mut().insert("x-amz-target", format!("AWSGlue.{operation}").parse().unwrap());
        let (_, body) = self.sent(request).await;
        let answer: Value = serde_json::from_slice(&body).unwrap();
        (answer["__type"].as_str().unwrap_or_default().to_owned(), answer)
    }

    async fn form(&self, service: &str, keys: Option<&RoleKeys>, form: &str) -> (StatusCode, String) {
        let request = self.signed(service, "application/x-www-form-urlencoded", form.to_owned(), keys);
        let (head, body) = self.sent(request).await;
        (head.status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn assume(&self, account: &str, role: &str) -> Result<RoleKeys, String> {
        let form =
            format!("Action=AssumeRole&RoleSessionName=ana&RoleArn=arn%3Aaws%3Aiam%3A%3A{account}%3Arole%2F{role}");
        let (status, text) = self.form("sts", None, &form).await;
        if status != StatusCode::OK {
            return Err(text);
        }
        let of = |name: &str| {
            let rest = text.split_once(&format!("<{name}>")).unwrap().1;
            rest.split_once('<').unwrap().0.to_owned()
        };
        Ok((of("AccessKeyId"), of("SecretAccessKey"), of("SessionToken")))
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["Name"].as_str().unwrap()).collect()
}

fn session(account: &str, role: &str, more: Value) -> Value {
    let mut members = json!({
        "Id": "s", "Role": format!("arn:aws:iam::{account}:role/{role}"), "Command": { "Name": "glueetl" },
    });
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    members
}

#[tokio::test]
async fn a_role_is_assumed_and_sees_its_own_account() {
    let glue = glue(accounts());
    let keys = glue.assume(OTHER, "Creator").await.unwrap();
    assert_eq!(glue.secret_of(&keys.0), Some((keys.1.clone(), keys.2.clone())));
    assert_eq!(glue.secret_of("AKID"), None);
    let (_, who) = glue.form("sts", Some(&keys), "Action=GetCallerIdentity").await;
    assert!(who.contains(&format!("arn:aws:sts::{OTHER}:assumed-role/Creator/ana")), "{who}");
    assert!(who.contains("<UserId>AROA") && who.contains(":ana</UserId>"), "{who}");
    let (_, roles) = glue.form("iam", Some(&keys), "Action=ListRoles").await;
    assert!(roles.contains(":role/Creator<") && roles.contains(":role/Runtime<") && !roles.contains("Own"), "{roles}");
    assert!(roles.contains("<IsTruncated>false</IsTruncated>"), "{roles}");
    let (_, page) = glue.form("iam", None, "Action=ListRoles&MaxItems=1").await;
    assert!(page.contains("<IsTruncated>true</IsTruncated><Marker>1</Marker>"), "{page}");
    let (_, rest) = glue.form("iam", None, "Action=ListRoles&Marker=1").await;
    assert!(rest.contains(":role/Lambda<") && rest.contains(":role/Own<"), "{rest}");
    for (keys, wanted) in [(None, &["db", "mine"][..]), (Some(&keys), &["astray", "theirs"])] {
        let (_, list) = glue.as_role(keys, "GetConnections", json!({})).await;
        assert_eq!(names(&list["ConnectionList"]), wanted);
    }
    let (_, subnets) = glue.form("ec2", Some(&keys), "Action=DescribeSubnets").await;
    assert!(subnets.contains("<vpcId>vpc-2<") && !subnets.contains("vpc-1"), "{subnets}");
    // Without its token a key is of no use, nor is one that was made up and claims a token.
    let stolen = (keys.0.clone(), keys.1.clone(), "other".to_owned());
    let (code, _) = glue.as_role(Some(&stolen), "GetConnections", json!({})).await;
    assert_eq!(code, "UnrecognizedClientException");
}

#[tokio::test]
async fn roles_that_may_not_be_assumed_are_not() {
    let glue = glue(accounts());
    for role in ["Runtime", "Nobody"] {
        let refused = glue.assume(OTHER, role).await.unwrap_err();
        let text = format!(
            "User: arn:aws:sts::{OWN}:assumed-role/GlueLocal/local is not authorized to perform: sts:AssumeRole on \
             resource: arn:aws:iam::{OTHER}:role/{role}"
        );
        assert!(refused.contains("<Code>AccessDenied</Code>") && refused.contains(&text), "{refused}");
    }
    // Where no role is told of, all are there.
    let open = self::glue(json!({}));
    let keys = open.assume(OTHER, "Anybody").await.unwrap();
    let (code, _) = open.as_role(Some(&keys), "CreateSession", session(OTHER, "Whatever", json!({}))).await;
    assert_eq!(code, "");
}

#[tokio::test]
async fn sessions_are_refused_in_the_words_of_the_service() {
    let glue = glue(accounts());
    let keys = glue.assume(OTHER, "Creator").await.unwrap();
    let denied = format!(
        "User: arn:aws:sts::{OTHER}:assumed-role/Creator/ana is not authorized to perform: glue:CreateSession on \
         resource: arn:aws:glue:eu-west-1:{OTHER}:session/s"
    );
    let explicit = format!("{denied} with an explicit deny in an identity-based policy");
    let implicit = format!("{denied} because no identity-based policy allows the glue:CreateSession action");
    let with = |connection: &str| json!({ "Connections": { "Connections": [connection] }, "Tags": { "team": "x" } });
    for (keys, members, code, message) in [
        (Some(&keys), session(OTHER, "Runtime", json!({})), "AccessDeniedException", explicit.as_str()),
        (Some(&keys), session(OTHER, "Runtime", with("astray")), "AccessDeniedException", &explicit),
        (
            Some(&keys),
            session(OTHER, "Runtime", json!({ "Connections": { "Connections": ["theirs"] } })),
            "AccessDeniedException",
            &implicit,
        ),
        (Some(&keys), session(OTHER, "Runtime", with("mine")), "InvalidInputException", "Connection mine not found."),
        (
            Some(&keys),
            session(OTHER, "Creator", with("theirs")),
            "InvalidInputException",
            "Service is unable to assume role arn:aws:iam::222222222222:role/Creator. Please verify role's TrustPolicy",
        ),
        (
            None,
            session(OTHER, "Runtime", json!({})),
            "AccessDeniedException",
            "Cross-account pass role is not allowed.",
        ),
        (
            None,
            session(OWN, "Nobody", json!({})),
            "InvalidInputException",
            "Role arn:aws:iam::111111111111:role/Nobody does not exist.",
        ),
        (
            None,
            session(OWN, "Own", json!({ "SecurityConfiguration": "open" })),
            "InvalidInputException",
            "Security configuration open not found.",
        ),
    ] {
        let (told, answer) = glue.as_role(keys, "CreateSession", members.clone()).await;
        assert_eq!((told.as_str(), answer["Message"].as_str().unwrap()), (code, message), "{members}");
    }
    let (code, answer) = glue.as_role(Some(&keys), "CreateSession", session(OTHER, "Runtime", with("theirs"))).await;
    assert_eq!(code, "", "{answer}");
    // It is of its account, in which another may have the same id.
    let (code, _) = glue.as_role(None, "GetSession", json!({ "Id": "s" })).await;
    assert_eq!(code, "EntityNotFoundException");
    let (code, _) = glue.as_role(None, "CreateSession", session(OWN, "GlueLocal", json!({}))).await;
    assert_eq!(code, "");
    for (keys, role) in [(None, "GlueLocal"), (Some(&keys), "Runtime")] {
        let (_, found) = glue.as_role(keys, "ListSessions", json!({})).await;
        assert_eq!(found["Ids"], json!(["s"]));
        assert!(found["Sessions"][0]["Role"].as_str().unwrap().ends_with(role), "{found}");
    }
    let (code, answer) = glue.as_role(None, "DeleteSession", json!({ "Id": "s" })).await;
    assert_eq!(code, "AccessDeniedException");
    assert!(answer["Message"].as_str().unwrap().contains("perform: glue:DeleteSession on resource"), "{answer}");
}

#[tokio::test]
async fn denied_actions_are_denied_wherever_they_are_needed() {
    let denied = |action: &str| glue(json!({ "policy.deniedActions": [action] }));
    for (action, members) in [
        ("iam:PassRole", json!({})),
        ("glue:TagResource", json!({ "Tags": { "a": "b" } })),
        ("glue:createsession", json!({})),
    ] {
        let (code, answer) =
            denied(action).as_role(None, "CreateSession", session("000000000000", "GlueLocal", members)).await;
        assert_eq!(code, "AccessDeniedException", "{answer}");
        assert!(answer["Message"].as_str().unwrap().contains("with an explicit deny"), "{answer}");
    }
    let (status, text) = denied("sts:*").form("sts", None, "Action=GetCallerIdentity").await;
    assert_eq!(status, StatusCode::OK, "nobody can be denied that: {text}");
    assert!(denied("sts:*").assume(OTHER, "Any").await.unwrap_err().contains("with an explicit deny"));
    let (status, text) = denied("iam:ListRoles").form("iam", None, "Action=ListRoles").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{text}");
    let (status, text) = denied("ec2:*").form("ec2", None, "Action=DescribeSubnets").await;
    assert!(status == StatusCode::FORBIDDEN && text.contains("<Code>UnauthorizedOperation</Code>"), "{text}");
}

#[tokio::test]
async fn databases_and_tables_are_told_as_a_crawler_would_have_them() {
    let glue = glue(accounts());
    let (_, databases) = glue.as_role(None, "GetDatabases", json!({ "MaxResults": 1 })).await;
    assert_eq!((names(&databases["DatabaseList"]), &databases["NextToken"]), (vec!["empty"], &json!("1")));
    let (_, rest) = glue.as_role(None, "GetDatabases", json!({ "NextToken": "1" })).await;
    assert_eq!((names(&rest["DatabaseList"]), rest.get("NextToken")), (vec!["sales"], None));
    let tables = async |more: Value| {
        let mut members = json!({ "DatabaseName": "SALES" });
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        glue.as_role(None, "GetTables", members).await.1
    };
    assert_eq!(names(&tables(json!({})).await["TableList"]), ["events", "facts", "orders"]);
    assert_eq!(names(&tables(json!({ "Expression": "o.*|facts" })).await["TableList"]), ["facts", "orders"]);
    assert_eq!(tables(json!({ "AttributesToGet": ["NAME"] })).await["TableList"][0], json!({ "Name": "events" }));
    assert_eq!(tables(json!({ "Expression": "(" })).await["__type"], "InvalidInputException");
    let (_, answer) = glue.as_role(None, "GetTable", json!({ "DatabaseName": "sales", "Name": "Orders" })).await;
    let storage = &answer["Table"]["StorageDescriptor"];
    assert_eq!(storage["Location"], "s3://lake/orders/");
    assert_eq!(storage["SerdeInfo"]["Parameters"]["field.delim"], ";");
    assert_eq!(answer["Table"]["Parameters"]["skip.header.line.count"], "1");
    assert_eq!(storage["Columns"], json!([{ "Name": "id", "Type": "bigint" }]));
    assert_eq!(answer["Table"]["PartitionKeys"], json!([{ "Name": "day", "Type": "string" }]));
    let (_, answer) = glue.as_role(None, "GetTable", json!({ "DatabaseName": "sales", "Name": "events" })).await;
    assert_eq!(answer["Table"]["StorageDescriptor"]["Location"], "file:///d/events");
    for (operation, members, message) in [
        ("GetTable", json!({ "DatabaseName": "sales", "Name": "x" }), "Table x not found."),
        ("GetTables", json!({ "DatabaseName": "x" }), "Database x not found."),
        ("GetDatabase", json!({ "Name": "x" }), "Database x not found."),
        ("GetDatabase", json!({ "Name": "sales", "CatalogId": OTHER }), "Database sales not found."),
        ("GetConnection", json!({ "Name": "theirs" }), "Connection theirs not found."),
        ("GetSecurityConfiguration", json!({ "Name": "x" }), "Security configuration x not found."),
    ] {
        let (code, answer) = glue.as_role(None, operation, members).await;
        assert_eq!((code.as_str(), answer["Message"].as_str()), ("EntityNotFoundException", Some(message)));
    }
    for (hide, told) in [(true, false), (false, true)] {
        let (_, answer) = glue.as_role(None, "GetConnection", json!({ "Name": "db", "HidePassword": hide })).await;
        assert_eq!(answer.to_string().contains("hidden-one"), told, "{answer}");
    }
    let (_, jdbc) = glue.as_role(None, "GetConnections", json!({ "Filter": { "ConnectionType": "JDBC" } })).await;
    assert_eq!(names(&jdbc["ConnectionList"]), ["db"]);
}
