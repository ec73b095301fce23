//! Whether moto, as the tests have it, is what they take it for.

use serde_json::{Value, json};

use crate::support::contents::{Contents, SECRET, trust};
use crate::support::moto::{Account, Moto, ask};
use crate::support::profiles::home_of;

/// Sends a request of Glue as an account, with a signature that is none.
fn glue(moto: &Moto, account: &Account, operation: &str, body: &Value) -> (u16, Value) {
    let target = format!("AWSGlue.{operation}");
    let headers = [("X-Amz-Target", target.as_str()), ("Content-Type", "application/x-amz-json-1.1")];
    let (status, answer) = call(moto, account, "glue", ("POST", "/"), &headers, &body.to_string());
    (status, serde_json::from_str(&answer).unwrap_or_default())
}

/// Sends a form to another service.
fn form(moto: &Moto, account: &Account, service: &str, form: &str) -> (u16, String) {
    call(moto, account, service, ("POST", "/"), &[("Content-Type", "application/x-www-form-urlencoded")], form)
}

fn call(
    moto: &Moto,
    account: &Account,
    service: &str,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String) {
    let scope = format!("{}/20261122/eu-west-1/{service}/aws4_request", account.key);
    let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
    ask(&moto.url, method, path, &[&[("Authorization", signature.as_str())], headers].concat(), body)
}

/// All pages of a list.
fn pages(moto: &Moto, operation: &str, list: &str, body: Value) -> Vec<Value> {
    let (mut pages, mut body) = (Vec::new(), body);
    loop {
        let (status, answer) = glue(moto, &moto.accounts[0], operation, &body);
        assert_eq!(status, 200, "{answer}");
        pages.push(answer[list].clone());
        match answer["NextToken"].as_str().filter(|token| !token.is_empty()) {
            Some(token) => body["NextToken"] = token.into(),
            None => return pages,
        }
    }
}

fn names(pages: &[Value]) -> Vec<&str> {
    pages.iter().flat_map(|page| page.as_array().unwrap()).map(|item| item["Name"].as_str().unwrap()).collect()
}

#[test]
fn lists_come_in_pages_and_passwords_only_to_those_who_do_not_hide_them() {
    let region = "eu-west-1";
    let contents = Contents::new()
        .jdbc(region, "orders", "subnet-00000001", "eu-west-1a")
        .many_connections(region, 120)
        .database(region, "shop", &[("orders", &[("id", "bigint"), ("day", "date")])])
        .many_tables(region, "big", 250)
        .security_configuration(region, "sealed");
    let Some(moto) = Moto::with([contents]) else { return };
    let hidden = pages(&moto, "GetConnections", "ConnectionList", json!({"HidePassword": true}));
    assert_eq!((hidden.len(), names(&hidden).len()), (2, 121));
    assert!(!json!(hidden).to_string().contains(SECRET), "{hidden:?}");
    let open = pages(&moto, "GetConnections", "ConnectionList", json!({"HidePassword": false, "MaxResults": 50}));
    assert_eq!(open.len(), 3);
    assert!(json!(open).to_string().contains(SECRET), "there is a secret to be hidden");
    let tables = pages(&moto, "GetTables", "TableList", json!({"DatabaseName": "big", "MaxResults": 100}));
    assert_eq!((tables.len(), names(&tables).len()), (3, 250));
    assert_eq!(names(&pages(&moto, "GetDatabases", "DatabaseList", json!({}))), ["shop", "big"]);
    let shop = pages(&moto, "GetTables", "TableList", json!({"DatabaseName": "shop"}));
    assert_eq!(shop[0][0]["StorageDescriptor"]["Columns"][1]["Type"], "date");
    let sealed = pages(&moto, "GetSecurityConfigurations", "SecurityConfigurations", json!({}));
    assert_eq!(names(&sealed), ["sealed"]);
}

#[test]
fn a_request_that_aws_would_not_understand_is_refused_and_noted() {
    let Some(moto) = Moto::with([Contents::new()]) else { return };
    let account = &moto.accounts[0];
    for (operation, body, said) in [
        ("GetConnections", json!({"HidePasswords": true}), "Unknown parameter in input: \"HidePasswords\""),
        ("GetConnections", json!({"MaxResults": 1001}), "1001 is more than 1000"),
        ("GetTables", json!({}), "Missing required parameter"),
        ("GetThings", json!({}), "GetThings"),
        (
            "CreateSession",
            json!({"Id": "s", "Role": "arn:aws:iam::123456789012:role/R", "Command": {"Name": "glueetl"}, "WorkerType": "Z.1"}),
            "is none of Standard",
        ),
    ] {
        let (status, answer) = glue(&moto, account, operation, &body);
        assert_eq!(status, 400);
        assert!(answer["message"].as_str().is_some_and(|text| text.contains(said)), "{said}: {answer}");
    }
    let good = "Action=DescribeSubnets&Version=2016-11-15";
    for (bad, said) in
        [(format!("{good}&SubnetIds.1=x"), "SubnetIds"), ("Action=DescribeSubnets&Version=1".into(), "Version")]
    {
        let (status, answer) = form(&moto, account, "ec2", &bad);
        assert!(status == 400 && answer.contains(said), "{said}: {answer}");
    }
    assert_eq!(form(&moto, account, "ec2", good).0, 200);
    let wrong = moto.end_with_wrong();
    assert_eq!(wrong.len(), 7, "{wrong:?}");
}

#[test]
fn roles_subnets_and_objects_are_there_as_well() {
    let contents = Contents::new()
        .many_roles(150)
        .role("Etl", "glue.amazonaws.com")
        .subnet("eu-west-1", "subnet-0000000a", "vpc-0000000b", "eu-west-1b")
        .bucket("data-{account}", &[("raw/a.txt", "a"), ("raw/deep/b.txt", "b"), ("top.txt", "")]);
    let Some(moto) = Moto::with([contents]) else { return };
    let account = &moto.accounts[0];
    let holds = |answer: &(u16, String), texts: &[&str]| {
        for text in texts {
            assert!(answer.0 == 200 && answer.1.contains(text), "{text} is missing: {answer:?}");
        }
    };
    let roles = form(&moto, account, "iam", "Action=ListRoles&Version=2010-05-08");
    holds(&roles, &["<IsTruncated>true", "<Marker>100", "glue.amazonaws.com%22"]);
    let roles = form(&moto, account, "iam", "Action=ListRoles&Version=2010-05-08&MaxItems=1000");
    holds(&roles, &["<IsTruncated>false", "role-00149", &format!("arn:aws:iam::{}:role/Etl", account.id)]);
    let query = "Action=DescribeSubnets&Version=2016-11-15&SubnetId.1=subnet-0000000a";
    holds(&form(&moto, account, "ec2", query), &["<vpcId>vpc-0000000b", "<availabilityZone>eu-west-1b"]);
    let get = |path: &str| call(&moto, account, "s3", ("GET", path), &[], "");
    holds(&get("/"), &[&format!("<Name>data-{}</Name>", account.id)]);
    let objects = get(&format!("/data-{}?list-type=2&prefix=raw%2F&delimiter=%2F", account.id));
    holds(&objects, &["<Key>raw/a.txt", "<CommonPrefixes><Prefix>raw/deep/"]);
    assert!(!objects.1.contains("top.txt"), "{objects:?}");
    let asked = format!("arn:aws:iam::{}:user/ana", account.id);
    let simulate = format!(
        "Action=SimulatePrincipalPolicy&Version=2010-05-08&ActionNames.member.1=glue:GetTags&PolicySourceArn={asked}"
    );
    holds(&form(&moto, account, "iam", &simulate), &["<EvalDecision>allowed"]);
}

#[test]
fn accounts_and_regions_are_apart() {
    let session = |id: &str| json!({"Id": id, "GlueVersion": "5.0", "NumberOfWorkers": 2, "WorkerType": "G.1X"});
    let first = Contents::new().session("eu-west-1", session("of-first")).session("us-east-1", session("elsewhere"));
    let Some(moto) = Moto::with([first, Contents::new().session("eu-west-1", session("of-second"))]) else { return };
    let listed = |account: &Account| {
        let (status, answer) = glue(&moto, account, "ListSessions", &json!({}));
        assert_eq!(status, 200, "{answer}");
        answer["Ids"].clone()
    };
    assert_eq!(listed(&moto.accounts[0]), json!(["of-first"]));
    assert_eq!(listed(&moto.accounts[1]), json!(["of-second"]));
    let nobody = Account { key: "AKIANOBODYNOBODYNOBO".into(), ..moto.accounts[0].clone() };
    let (status, answer) = glue(&moto, &nobody, "ListSessions", &json!({}));
    assert_eq!((status, &answer["__type"]), (400, &json!("UnrecognizedClientException")));
}

#[test]
fn a_policy_counts_and_so_does_the_signature() {
    let contents = Contents::new().only(&["glue:ListSessions"]).role_with(json!({
        "name": "Glue", "path": "/service-role/", "trust": trust(&["glue.amazonaws.com"]),
        "managed": ["arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"],
    }));
    let Some(moto) = Moto::with([contents]) else { return };
    let home = home_of(&moto, &moto.url);
    let ran = home.run(&["sessions", "list"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "No session is alive.\n"), "{ran:?}");
    let ran = home.run(&["sessions", "show", "some-session"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("glue:GetSession"), "{}", ran.stderr);
    let ran = home.with("AWS_SECRET_ACCESS_KEY", "another").run(&["sessions", "list"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}
