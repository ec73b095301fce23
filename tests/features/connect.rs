//! Connections that are offered where a session was refused for want of one.

use glue_ls::features::connect::offers;
use glue_ls::features::fix;
use glue_ls::model::account::Subnet;
use glue_ls::model::policy::{Limits, Policy};

use ropey::Rope;

use super::Fixture;
use crate::support::accounts::{Account, connection};

const NOTEBOOK: &str = "#- kernel: glue_pyspark\n# %%\n%glue_version 4.0\n%worker_type G.1X\n# %%\nx = 1$0";

fn account() -> Account {
    let mut account = Account::default();
    let at = |name: &str, kind: &str, subnet: Option<&str>| {
        let mut connection = connection(name);
        connection.kind = kind.to_owned();
        connection.subnet = subnet.map(str::to_owned);
        connection
    };
    account.connections = vec![
        at("db", "JDBC", Some("subnet-1")),
        at("market", "MARKETPLACE", None),
        at("net", "NETWORK", Some("subnet-2")),
    ];
    account.subnets = [("subnet-1", "vpc-1"), ("subnet-2", "vpc-2")]
        .map(|(id, vpc)| Subnet { id: id.to_owned(), vpc: vpc.to_owned(), zone: None })
        .into();
    account
}

fn offered(written: &str, account: &Account, policy: &Policy) -> Vec<String> {
    let fixture = Fixture::with(written, account);
    let fixes = offers(&fixture.model, fixture.cell, policy).into_iter();
    fixes.map(|fix| fix.title).collect()
}

#[test]
fn those_that_lead_into_a_network_are_offered_where_the_settings_are() {
    let fixture = Fixture::with(NOTEBOOK, &account());
    let fixes = offers(&fixture.model, fixture.cell, &Policy::default());
    let titles: Vec<&str> = fixes.iter().map(|fix| fix.title.as_str()).collect();
    assert_eq!(titles, ["Use the connection `net` (vpc-2)", "Use the connection `db` (vpc-1)"]);
    assert!(fixes.iter().all(|fix| !fix.safe), "somebody has to choose");
    let changes = fixes[0].changes(fixture.cell);
    let [change] = &changes[..] else { panic!("{changes:?}") };
    let text = fix::applied(&Rope::from_str(&fixture.model.cells[change.cell].cell.text), &change.edits).unwrap();
    assert_eq!((change.cell, text.to_string().as_str()), (0, "%glue_version 4.0\n%worker_type G.1X\n%connections net"));
}

#[test]
fn a_policy_narrows_them_and_a_connection_ends_them() {
    let policy = Policy { limits: vec![Limits { required_vpcs: vec!["vpc-1".into()], ..Limits::default() }] };
    assert_eq!(offered(NOTEBOOK, &account(), &policy), ["Use the connection `db` (vpc-1)"]);
    let connected = NOTEBOOK.replace("%worker_type G.1X", "%connections db");
    let endpoint = NOTEBOOK.replace("%worker_type G.1X", "%endpoint https://glue.example");
    let alone = "#- kernel: glue_pyspark\n# %%\nx = 1$0";
    for (written, account, count) in [
        (connected.as_str(), account(), 0),
        (&endpoint, account(), 0),
        (NOTEBOOK, Account::default(), 0),
        (NOTEBOOK, Account { complete: false, ..account() }, 0),
        (alone, account(), 2),
    ] {
        assert_eq!(offered(written, &account, &Policy::default()).len(), count, "{written}");
    }
}
