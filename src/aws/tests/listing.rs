//! Listings of Glue and IAM: what is asked for, how answers are read, and what comes of faults.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::*;
use crate::aws::listing::Page as Listed;
use crate::model::account::{Connection, SessionFact};

#[tokio::test(start_paused = true)]
async fn connections_come_without_their_properties() {
    let connection = json!({"Name": "db", "ConnectionType": "JDBC", "Description": "the ledger",
        "ConnectionProperties": {"JDBC_CONNECTION_URL": "jdbc:x", "USERNAME": "u", "PASSWORD": "the-password"},
        "PhysicalConnectionRequirements": {"SubnetId": "subnet-1", "SecurityGroupIdList": ["sg-1", "sg-2"],
            "AvailabilityZone": "eu-west-1a"}});
    let service = Scripted::new([
        ok(json!({"ConnectionList": [connection, {"ConnectionType": "KAFKA"}], "NextToken": "more"})),
        ok(json!({"ConnectionList": [{"Name": "new", "ConnectionType": "TELEPATHY"}], "NextToken": ""})),
        ok(json!({"ConnectionList": []})),
    ]);
    let client = service.client();
    let page = client.connections(None).await.unwrap();
    let expected = Connection {
        name: "db".into(),
        kind: "JDBC".into(),
        description: Some("the ledger".into()),
        subnet: Some("subnet-1".into()),
        zone: Some("eu-west-1a".into()),
        security_groups: vec!["sg-1".into(), "sg-2".into()],
    };
    assert_eq!(page, Listed { items: vec![expected], next: Some("more".into()) });
    let page = client.connections(page.next).await.unwrap();
    assert_eq!((page.items[0].kind.as_str(), page.next), ("TELEPATHY", None));
    assert_eq!(client.connections(None).await.unwrap().items, []);
    assert_eq!(service.sent()[0].json(), json!({"HidePassword": true, "MaxResults": 1000}));
    assert_eq!(service.sent()[1].json(), json!({"HidePassword": true, "MaxResults": 1000, "NextToken": "more"}));
    assert!(!format!("{client:?}").contains("the-password"));
}

#[tokio::test(start_paused = true)]
async fn security_configurations_are_told_by_what_they_encrypt() {
    let full = json!({"S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": "arn:x"}],
        "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS"},
        "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS"}});
    let none = json!({"S3Encryption": [{"S3EncryptionMode": "DISABLED"}],
        "CloudWatchEncryption": {"CloudWatchEncryptionMode": "DISABLED"}});
    let service = Scripted::new([ok(json!({"SecurityConfigurations": [
        {"Name": "a", "EncryptionConfiguration": full}, {"Name": "b", "EncryptionConfiguration": none}, {"Name": "c"}]}))]);
    let page = service.client().security_configurations(None).await.unwrap();
    let told: Vec<(&str, &str)> = page.items.iter().map(|one| (one.name.as_str(), one.summary.as_str())).collect();
    let all = "S3 SSE-KMS, logs SSE-KMS, job bookmarks CSE-KMS";
    assert_eq!(told, [("a", all), ("b", "encrypts nothing"), ("c", "encrypts nothing")]);
    assert_eq!(service.sent()[0].json(), json!({"MaxResults": 1000}));
}

#[tokio::test(start_paused = true)]
async fn sessions_come_with_size_and_those_that_are_ready_with_tags() {
    let sessions = json!([
        {"Id": "old", "Status": "STOPPED", "MaxCapacity": 2.5},
        {"Id": "mine", "Status": "READY", "CreatedOn": 1_700_000_000, "NumberOfWorkers": 5, "WorkerType": "G.1X",
            "MaxCapacity": 5.0, "GlueVersion": "5.0"},
        {"Status": "READY"}]);
    let service = Scripted::new([
        ok(json!({"Ids": ["old", "mine", "bare"], "Sessions": sessions, "NextToken": "t"})),
        caller(ROLE_SESSION),
        ok(json!({"Tags": {"team": "b", "owner": "a"}})),
    ]);
    let page = service.client().account_sessions(None).await.unwrap();
    let fact = |id: &str, status: &str| SessionFact {
        id: id.into(),
        status: status.into(),
        created: None,
        tags: vec![],
        size: None,
        glue_version: None,
    };
    let mine = SessionFact {
        created: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
        tags: vec![("owner".into(), "a".into()), ("team".into(), "b".into())],
        size: Some("5 × G.1X".into()),
        glue_version: Some("5.0".into()),
        ..fact("mine", "READY")
    };
    let old = SessionFact { size: Some("2.5 DPU".into()), ..fact("old", "STOPPED") };
    assert_eq!(page, Listed { items: vec![old, mine, fact("bare", "")], next: Some("t".into()) });
    assert_eq!(service.operations(), ["ListSessions", "GetCallerIdentity", "GetTags"]);
    let arn = "arn:aws:glue:eu-west-1:123456789012:session/mine";
    assert_eq!(service.sent()[2].json(), json!({"ResourceArn": arn}));
}

#[tokio::test(start_paused = true)]
async fn tags_that_may_not_be_read_are_not_asked_for_again_and_cost_nothing_else() {
    let ready: Vec<Value> = (0..40).map(|number| json!({"Id": format!("s{number}"), "Status": "READY"})).collect();
    let refusals = std::iter::repeat_n(refused(400, "AccessDeniedException", "no"), 40);
    let service = Scripted::new([ok(json!({"Sessions": ready})), caller(ROLE_SESSION)].into_iter().chain(refusals));
    let page = service.client().account_sessions(None).await.unwrap();
    assert!(page.items.len() == 40 && page.items.iter().all(|session| session.tags.is_empty()));
    let asked = service.operations().iter().filter(|operation| *operation == "GetTags").count();
    assert!((1..=8).contains(&asked), "{asked}");
    // Without a caller there is no ARN to ask with.
    let service = Scripted::new([ok(json!({"Sessions": ready})), xml_refused(403, "AccessDenied", "no")]);
    assert_eq!(service.client().account_sessions(None).await.unwrap().items.len(), 40);
}

#[tokio::test(start_paused = true)]
async fn tables_have_their_partitions_last() {
    let table = json!({"Name": "sales", "Description": " ", "TableType": "EXTERNAL_TABLE",
        "Parameters": {"table_type": "ICEBERG"}, "PartitionKeys": [{"Name": "day", "Type": "date"}],
        "StorageDescriptor": {"Location": "s3://b/sales/", "Columns": [
            {"Name": "day", "Type": "date"}, {"Name": "price", "Type": "decimal(10,2)", "Comment": "net"}]}});
    let service = Scripted::new([
        ok(json!({"DatabaseList": [{"Name": "shop", "LocationUri": "s3://b/", "Description": "d"}]})),
        ok(json!({"TableList": [table, {"Name": "bare"}], "NextToken": "t"})),
    ]);
    let client = service.client();
    let databases = client.databases(None).await.unwrap();
    assert_eq!((databases.items[0].name.as_str(), databases.items[0].location.as_deref()), ("shop", Some("s3://b/")));
    let page = client.tables("shop", None).await.unwrap();
    let sales = &page.items[0];
    let columns: Vec<(&str, bool)> = sales.columns.iter().map(|it| (&*it.name, it.partition)).collect();
    assert_eq!(columns, [("price", false), ("day", true)]);
    assert_eq!(sales.columns[0].comment.as_deref(), Some("net"));
    assert_eq!((sales.format.as_deref(), sales.location.as_deref()), (Some("iceberg"), Some("s3://b/sales/")));
    assert_eq!((sales.description.as_deref(), sales.kind.as_deref()), (None, Some("EXTERNAL_TABLE")));
    assert!(page.items[1].columns.is_empty() && page.items[1].format.is_none());
    assert_eq!(service.sent()[0].json(), json!({"MaxResults": 100}));
    assert_eq!(service.sent()[1].json(), json!({"DatabaseName": "shop", "MaxResults": 100}));
}

fn role(name: &str, service: &str) -> String {
    let trust = format!(
        "{{\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"Service\":\"{service}\"}},\
         \"Action\":\"sts:AssumeRole\"}}]}}"
    );
    let trust: String = trust.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!(
        "<Path>/p/</Path><RoleName>{name}</RoleName><RoleId>AROA</RoleId><CreateDate>2024-01-01T00:00:00Z</CreateDate>\
         <Arn>arn:aws:iam::123456789012:role/p/{name}</Arn><Description>d</Description>\
         <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument>"
    )
}

#[tokio::test(start_paused = true)]
async fn roles_say_whether_glue_may_assume_them() {
    let member = |name: &str, service: &str| format!("<member>{}</member>", role(name, service));
    let both = member("Etl", "glue.amazonaws.com") + &member("Fn", "lambda.amazonaws.com");
    let first = format!("<Roles>{both}</Roles><IsTruncated>true</IsTruncated><Marker>m1</Marker>");
    let last = "<Roles></Roles><IsTruncated>false</IsTruncated><Marker>stale</Marker>";
    let service = Scripted::new([xml("ListRoles", &first), xml("ListRoles", last)]);
    let client = service.client();
    let page = client.roles(None).await.unwrap();
    let told: Vec<_> = page.items.iter().map(|role| (role.name.as_str(), role.trusts_glue)).collect();
    assert_eq!(told, [("Etl", Some(true)), ("Fn", Some(false))]);
    assert_eq!(page.items[0].arn, "arn:aws:iam::123456789012:role/p/Etl");
    assert_eq!(page.next.as_deref(), Some("m1"));
    assert_eq!(client.roles(page.next).await.unwrap().next, None);
    assert!(service.sent()[0].body.contains("MaxItems=1000") && service.sent()[1].body.contains("Marker=m1"));
    assert_eq!(service.sent()[0].host, "iam.amazonaws.com");
}

#[tokio::test(start_paused = true)]
async fn a_role_is_looked_at_closely() {
    let bounded = role("Etl", "sagemaker.amazonaws.com")
        + "<PermissionsBoundary><PermissionsBoundaryArn>arn:b</PermissionsBoundaryArn></PermissionsBoundary>";
    let policy = |arn: &str| format!("<member><PolicyName>p</PolicyName><PolicyArn>{arn}</PolicyArn></member>");
    let attached = |arn: &str, rest: &str| {
        xml("ListAttachedRolePolicies", &format!("<AttachedPolicies>{}</AttachedPolicies>{rest}", policy(arn)))
    };
    let more = "<IsTruncated>true</IsTruncated><Marker>m</Marker>";
    let inline = "<PolicyNames><member>own</member></PolicyNames><IsTruncated>false</IsTruncated>";
    let service = Scripted::new([
        xml("GetRole", &format!("<Role>{bounded}</Role>")),
        xml_refused(404, "NoSuchEntity", "The role with name Gone cannot be found."),
        attached("arn:1", more),
        attached("arn:2", "<IsTruncated>false</IsTruncated>"),
        xml("ListRolePolicies", inline),
    ]);
    let client = service.client();
    let details = client.role("Etl").await.unwrap();
    assert_eq!(trusts(&details.trust, "sagemaker.amazonaws.com"), Some(true));
    assert_eq!(trusts(&details.trust, "glue.amazonaws.com"), Some(false));
    assert_eq!(details.boundary.as_deref(), Some("arn:b"));
    assert_eq!(client.role("Gone").await.unwrap_err().kind, ApiErrorKind::NotFound);
    assert_eq!(client.role_policies("Etl").await.unwrap(), ["arn:1", "arn:2", "own"]);
    assert!(service.sent()[3].body.contains("Marker=m"), "{}", service.sent()[3].body);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_tables_come_a_page_at_a_time() {
    let page = |number: usize| {
        let tables: Vec<Value> = (0..100)
            .map(|table| {
                json!({"Name": format!("t{number:03}_{table:02}"),
                    "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}]}})
            })
            .collect();
        let next = (number < 99).then(|| (number + 1).to_string());
        ok(json!({"TableList": tables, "NextToken": next}))
    };
    let service = Scripted::new((0..100).map(page));
    let client = service.patient_client();
    let (mut names, mut next) = (std::collections::BTreeSet::new(), None);
    loop {
        let page = client.tables("big", next).await.unwrap();
        assert_eq!(page.items.len(), 100);
        names.extend(page.items.into_iter().map(|table| table.name));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!((names.len(), service.sent().len()), (10_000, 100));
    assert_eq!(service.sent()[99].json()["NextToken"], "99");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_never_ends_ends() {
    let service = Scripted::new([ok(json!({"ConnectionList": [], "NextToken": "a"}))]);
    let failure = service.client().connections(Some("a".into())).await.unwrap_err();
    assert_eq!(failure.kind, ApiErrorKind::BadAnswer);
    let again = "<Roles></Roles><IsTruncated>true</IsTruncated><Marker>a</Marker>";
    let service = Scripted::new([xml("ListRoles", again)]);
    assert_eq!(service.client().roles(Some("a".into())).await.unwrap_err().kind, ApiErrorKind::BadAnswer);
}

#[tokio::test(start_paused = true)]
async fn faults_pass_or_are_told_by_meaning() {
    let good = || ok(json!({"DatabaseList": [{"Name": "shop"}]}));
    for fault in [
        refused(400, "ThrottlingException", "Rate exceeded"),
        refused(500, "InternalServiceException", "oops"),
        page(503),
        Reply::HangUp,
        Reply::Truncated(r#"{"DatabaseList": [{"#.into()),
    ] {
        let service = Scripted::new([fault.clone(), good()]);
        assert_eq!(service.client().databases(None).await.unwrap().items.len(), 1, "{fault:?}");
    }
    let long = json!({"DatabaseList": [{"Name": "x".repeat(5_000)}]});
    for (reply, kind) in [
        (refused(400, "ThrottlingException", "Rate exceeded"), ApiErrorKind::Throttled),
        (refused(500, "InternalServiceException", "oops"), ApiErrorKind::Server { status: Some(500) }),
        (Reply::HangUp, ApiErrorKind::Connection { sent: true }),
        (Reply::Truncated("{".into()), ApiErrorKind::Connection { sent: true }),
        (Reply::Silence, ApiErrorKind::Timeout),
        (page(200), ApiErrorKind::BadAnswer),
        (Reply::Answer(200, vec![], String::new()), ApiErrorKind::BadAnswer),
        (ok(json!({"DatabaseList": 7})), ApiErrorKind::BadAnswer),
        (ok(long), ApiErrorKind::BadAnswer),
        (refused(400, "ExpiredTokenException", "old"), ApiErrorKind::ExpiredCredentials),
        (refused(400, "InvalidSignatureException", "Signature expired: x"), ApiErrorKind::ClockSkew),
    ] {
        let service = Scripted::new(std::iter::repeat_n(reply.clone(), 9));
        let failure = service.client().databases(None).await.unwrap_err();
        assert_eq!((failure.call, &failure.kind), ("GetDatabases", &kind), "{reply:?}: {failure}");
        assert_eq!(failure.region(), Some("eu-west-1"));
        assert!(service.sent().len() <= 3, "{reply:?}: {}", service.sent().len());
    }
}
