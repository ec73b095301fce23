//! What is said of names of the account.

use glue_ls::features::Prices;
use glue_ls::features::hover::hover;
use glue_ls::model::account::{Caller, Database, SecurityConfiguration, SessionFact, Status, Subnet};

use super::Fixture;
use crate::support::accounts::Account;

fn account() -> Account {
    let mut account = Account::default().with_connections(&["orders", "events"]).with_roles(&[
        ("etl", Some(true)),
        ("admin", Some(false)),
        ("odd", None),
    ]);
    account.connections[0].subnet = Some("subnet-1".to_owned());
    account.connections[0].security_groups = vec!["sg-1".to_owned(), "sg-2".to_owned()];
    account.connections[0].description = Some("the <b>shop</b> [x](http://evil)".to_owned());
    account.subnets.push(Subnet { id: "subnet-1".into(), vpc: "vpc-9".into(), zone: Some("eu-west-1b".into()) });
    account.security_configurations.push(SecurityConfiguration { name: "kms".into(), summary: "S3 by SSE-KMS".into() });
    account.sessions.push(SessionFact {
        id: "glue-1".into(),
        status: "READY".into(),
        created: None,
        tags: Vec::new(),
        size: None,
        glue_version: None,
    });
    account.databases.push(Database {
        name: "sales".into(),
        description: None,
        location: Some("s3://lake/sales".into()),
    });
    account.caller.push(Caller {
        arn: "arn:aws:iam::123456789012:user/me".into(),
        account: "123456789012".into(),
        region: "eu-west-1".into(),
    });
    account
}

#[track_caller]
fn said(written: &str, account: &Account) -> Option<(String, String)> {
    let fixture = Fixture::with(written, account);
    let hover = hover(&fixture.model, fixture.cell, fixture.offset, &Prices::default())?;
    Some((fixture.text()[hover.range].to_owned(), hover.markdown))
}

/// Asserts the word that a hover is about, and texts that it holds.
#[track_caller]
fn check(written: &str, word: &str, says: &[&str]) {
    let (range, markdown) = said(written, &account()).unwrap_or_else(|| panic!("nothing is said of {written}"));
    assert_eq!(range, word, "{written}");
    for text in says {
        assert!(markdown.contains(text), "{text:?} is not in\n{markdown}");
    }
}

#[test]
fn what_is_known_is_said_with_its_age() {
    let all = &[
        "**`orders`** — a connection of type `JDBC`",
        "Subnet `subnet-1`",
        "VPC `vpc-9`",
        "Security groups `sg-1`, `sg-2`",
        "\\<b\\>shop",
        "\\[x\\]\\(",
        "As of 3 minutes ago.",
    ];
    check("%connections events, or$0ders", "orders", all);
    check("%%configure\n{'connections': 'events, or$0ders'}", "orders", all);
    check("%env glue_connections=events,or$0ders", "orders", all);
    check("%connections eve$0nts, orders", "events", &["`events`"]);
    check(
        "%iam_role arn:aws:iam::123456789012:role/ad$0min",
        "arn:aws:iam::123456789012:role/admin",
        &["Role `admin` of account `123456789012`.", "**Glue cannot assume it:**", "As of"],
    );
    check("%iam_role et$0l", "etl", &["`arn:aws:iam::123456789012:role/etl`", "Glue can assume it."]);
    check(
        "%%assume_role\n'arn:aws:iam::123456789012:role/od$0d'",
        "arn:aws:iam::123456789012:role/odd",
        &["is not known"],
    );
    check("%security_config k$0ms", "kms", &["S3 by SSE\\-KMS"]);
    check("%%configure\n{'security_config': 'km$0s'}", "kms", &["a security configuration"]);
    check("%reconnect glue$0-1", "glue-1", &["a session, `READY`"]);
    check(
        "%%configure\n{'--source-database': 'sal$0es'}",
        "sales",
        &["a database of the Data Catalog", "s3://lake/sales"],
    );
    check(
        "#- profile: dev region=eu-west-1\n%profile d$0ev",
        "dev",
        &[
            "Profile `dev` of the AWS config files",
            "It calls AWS as `arn:aws:iam::123456789012:user/me` in `eu-west-1`",
        ],
    );
}

#[test]
fn what_is_missing_is_said_where_that_is_sure() {
    let gone = "There is **no connection** `gone` in the account, as of 3 minutes ago.";
    check("%connections go$0ne", "gone", &[gone]);
    check("%security_config go$0ne", "gone", &["**no security configuration** `gone`"]);
    check("%reconnect go$0ne", "gone", &["**no session** `gone`"]);
    check(
        "%iam_role arn:aws:iam::123456789012:role/go$0ne",
        "arn:aws:iam::123456789012:role/gone",
        &["Role `gone` of account", "**no role**"],
    );
    let (_, markdown) = said("%iam_role arn:aws:iam::999999999999:role/etl$0", &account()).unwrap();
    assert_eq!(markdown, "Role `etl` of account `999999999999`.", "that is another account's");
    for unsure in [
        Account { fresh: false, ..account() },
        Account { complete: false, ..account() },
        Account::default().with_status(Status::NeedsConsent).unknown(),
        Account::default().with_status(Status::Fetching).unknown(),
    ] {
        assert_eq!(said("%connections go$0ne", &unsure), None);
        assert_eq!(said("%reconnect go$0ne", &unsure), None);
        assert_eq!(said("%%configure\n{'database': 'go$0ne'}", &unsure), None);
    }
    let (_, markdown) = said("%connections go$0ne", &account().failed()).unwrap();
    assert_eq!(
        markdown,
        "Not looked up in the account. The caller may not list the connections.\n\nAllow `glue:GetConnections` in a policy."
    );
}
