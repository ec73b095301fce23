//! What is in the account, as the client lists it.

use std::sync::Arc;

use glue_ls::aws::{AwsClient, CallFailure, Decision, ListingPage as Page, Simulation, trouble};
use glue_ls::model::account::{Entry, TroubleKind};
use serde_json::json;

use crate::service::{Fault, Faults};
use crate::support::client::client_of;
use crate::support::contents::{Contents, SECRET, policy, trust};
use crate::support::moto::{Account, Moto};
use crate::support::proxy::Proxy;

const REGION: &str = "eu-west-1";

/// Fetches a list to its end; returns it, and how many pages it had.
macro_rules! all {
    ($next:ident => $page:expr) => {{
        let (mut items, mut pages, mut next) = (Vec::new(), 0, None);
        loop {
            let $next = next;
            let page: Page<_> = $page.await.unwrap();
            items.extend(page.items);
            pages += 1;
            next = page.next;
            if next.is_none() {
                break (items, pages);
            }
        }
    }};
}

fn names<T: Entry>(items: &[T]) -> Vec<&str> {
    let mut names: Vec<&str> = items.iter().map(Entry::name).collect();
    names.sort_unstable();
    names
}

fn client(moto: &Moto) -> Arc<AwsClient> {
    client_of(&moto.url, &moto.accounts[0], REGION)
}

#[tokio::test]
async fn every_list_is_read_and_every_signature_holds() {
    let contents = Contents::new()
        .only(&["*"])
        .jdbc(REGION, "orders", "subnet-0000000a", "eu-west-1b")
        .connection(REGION, json!({"Name": "net", "ConnectionType": "NETWORK", "ConnectionProperties": {}}))
        .jdbc("us-east-1", "elsewhere", "subnet-0000000c", "us-east-1a")
        .subnet(REGION, "subnet-0000000a", "vpc-0000000b", "eu-west-1b")
        .security_configuration(REGION, "sealed")
        .database(REGION, "shop", &[("orders", &[("id", "bigint"), ("day", "date")])])
        .role("Etl", "glue.amazonaws.com")
        .role("Lambda", "lambda.amazonaws.com")
        .session(REGION, json!({"Id": "s-1", "NumberOfWorkers": 5, "WorkerType": "G.1X", "GlueVersion": "5.0"}))
        .bucket("data-{account}", &[("raw/a.txt", "four"), ("raw/deep/b c+d.txt", "b"), ("top.txt", "")]);
    let Some(moto) = Moto::with([contents]) else { return };
    let client = client(&moto);

    let forged = Account { secret: "another".to_owned(), ..moto.accounts[0].clone() };
    let forged = client_of(&moto.url, &forged, REGION);
    let subnet = ["subnet-0000000a".to_owned()];
    assert!(forged.connections(None).await.is_err() && forged.roles(None).await.is_err(), "signatures are looked at");
    assert!(forged.subnets(&subnet).await.is_err() && forged.buckets().await.is_err(), "those of EC2 and S3 as well");

    let (connections, _) = all!(next => client.connections(next));
    assert_eq!(names(&connections), ["net", "orders"]);
    let orders = connections.iter().find(|connection| connection.name == "orders").unwrap();
    assert_eq!((orders.kind.as_str(), orders.subnet.as_deref()), ("JDBC", Some("subnet-0000000a")));
    assert_eq!((orders.zone.as_deref(), orders.security_groups.len()), (Some("eu-west-1b"), 1));
    assert!(!format!("{connections:?}").contains(SECRET), "{connections:?}");

    let subnets = client.subnets(&subnet).await.unwrap();
    assert_eq!((names(&subnets), subnets[0].vpc.as_str()), (vec!["subnet-0000000a"], "vpc-0000000b"));
    assert_eq!(names(&all!(next => client.security_configurations(next)).0), ["sealed"]);
    assert_eq!(names(&all!(next => client.databases(next)).0), ["shop"]);
    let (tables, _) = all!(next => client.tables("shop", next));
    assert_eq!((names(&tables), tables[0].columns[1].kind.as_ref()), (vec!["orders"], "date"));
    assert_eq!(tables[0].format.as_deref(), Some("parquet"));
    let (sessions, _) = all!(next => client.account_sessions(next));
    assert_eq!((names(&sessions), sessions[0].status.as_str()), (vec!["s-1"], "READY"));

    let (roles, _) = all!(next => client.roles(next));
    let trusts: Vec<_> = roles.iter().map(|role| (role.name.as_str(), role.trusts_glue)).collect();
    assert!(trusts.contains(&("Etl", Some(true))) && trusts.contains(&("Lambda", Some(false))), "{trusts:?}");

    let bucket = format!("data-{}", moto.accounts[0].id);
    assert_eq!(names(&client.buckets().await.unwrap()), [format!("s3://{bucket}/")]);
    let (top, _) = all!(next => client.objects(&bucket, "", next));
    assert_eq!(names(&top), [format!("s3://{bucket}/raw/"), format!("s3://{bucket}/top.txt")]);
    let (raw, _) = all!(next => client.objects(&bucket, "raw/", next));
    assert_eq!(names(&raw), [format!("s3://{bucket}/raw/a.txt"), format!("s3://{bucket}/raw/deep/")]);
    let (deep, _) = all!(next => client.objects(&bucket, "raw/deep/", next));
    assert_eq!(names(&deep), [format!("s3://{bucket}/raw/deep/b c+d.txt")]);
}

#[tokio::test]
async fn lists_of_thousands_come_page_by_page() {
    let contents = Contents::new().many_connections(REGION, 2_000).many_roles(5_000).many_tables(REGION, "big", 1_000);
    let Some(moto) = Moto::with([contents]) else { return };
    let client = client(&moto);
    let (connections, pages) = all!(next => client.connections(next));
    assert!(names(&connections).len() == 2_000 && pages > 1, "{} in {pages}", connections.len());
    assert!(!format!("{connections:?}").contains(SECRET));
    let (roles, pages) = all!(next => client.roles(next));
    assert!(names(&roles).len() == 5_000 && pages > 1, "{} in {pages}", roles.len());
    assert_eq!(roles.iter().filter(|role| role.trusts_glue == Some(true)).count(), 2_500);
    let (tables, pages) = all!(next => client.tables("big", next));
    assert!(names(&tables).len() == 1_000 && pages > 1, "{} in {pages}", tables.len());
}

#[tokio::test]
async fn what_may_not_be_read_is_named() {
    let Some(moto) = Moto::with([Contents::new().only(&["glue:GetConnections"])]) else { return };
    let client = client(&moto);
    assert_eq!(client.connections(None).await.unwrap().items, []);
    let ids = ["subnet-0000000a".to_owned()];
    let denied: [(&str, Option<CallFailure>); 6] = [
        ("glue:GetDatabases", client.databases(None).await.err()),
        ("glue:GetTables", client.tables("x", None).await.err()),
        ("glue:GetSecurityConfigurations", client.security_configurations(None).await.err()),
        ("glue:ListSessions", client.account_sessions(None).await.err()),
        ("iam:ListRoles", client.roles(None).await.err()),
        ("ec2:DescribeSubnets", client.subnets(&ids).await.err()),
    ];
    for (action, failure) in denied {
        let trouble = trouble(&failure.unwrap(), client.identity());
        assert_eq!(trouble.kind, TroubleKind::Denied(Some(action.to_owned())), "{trouble:?}");
    }
}

#[tokio::test]
async fn every_service_has_its_own_words_for_the_same_trouble() {
    let Some(moto) = Moto::with([Contents::new()]) else { return };
    let ids = ["subnet-0000000a".to_owned()];
    let kinds = [
        (Fault::Expired, TroubleKind::Expired),
        (Fault::Rejected, TroubleKind::Rejected),
        (Fault::Skewed, TroubleKind::ClockSkew),
    ];
    for (fault, kind) in kinds {
        let proxy = Proxy::before(&moto, Faults::none().always("*", fault));
        let client = client_of(&proxy.url, &moto.accounts[0], REGION);
        for failure in [
            client.connections(None).await.err(),
            client.roles(None).await.err(),
            client.subnets(&ids).await.err(),
            client.buckets().await.err(),
        ] {
            let failure = failure.unwrap();
            let trouble = trouble(&failure, client.identity());
            assert_eq!(trouble.kind, kind, "{fault:?} {}: {trouble:?}", failure.call);
            assert!(!format!("{trouble:?}").contains(&moto.accounts[0].secret), "{trouble:?}");
        }
    }
}

#[tokio::test]
async fn a_role_is_looked_at_from_all_sides() {
    let contents = Contents::new().role_with(json!({
        "name": "Etl", "path": "/service-role/", "description": "Runs the shop's jobs",
        "trust": trust(&["glue.amazonaws.com"]), "policies": {"own": policy("Deny", &["glue:DeleteTable"])},
        "managed": ["arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"],
    }));
    let Some(moto) = Moto::with([contents]) else { return };
    let client = client(&moto);
    let role = client.role("Etl").await.unwrap();
    assert_eq!(role.arn, format!("arn:aws:iam::{}:role/service-role/Etl", moto.accounts[0].id));
    assert_eq!(role.trust["Statement"][0]["Principal"]["Service"], "glue.amazonaws.com");
    let policies = client.role_policies("Etl").await.unwrap();
    assert_eq!(policies, ["arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole", "own"]);
    let actions = ["glue:GetTable", "glue:DeleteTable", "sqs:SendMessage"].map(str::to_owned).into();
    let question = Simulation { principal: role.arn.clone(), actions, ..Simulation::default() };
    let simulated = client.simulate(&question).await.unwrap();
    let said: Vec<_> = simulated.iter().map(|one| (one.action.as_str(), one.decision)).collect();
    let wanted = [
        ("glue:GetTable", Decision::Allowed),
        ("glue:DeleteTable", Decision::Denied),
        ("sqs:SendMessage", Decision::NotAllowed),
    ];
    assert_eq!(said, wanted);
    assert!(client.role("Nobody").await.is_err());
}
