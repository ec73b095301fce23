//! What is offered in place of names that the account does not have.

use super::*;

/// Returns the fixes of the one problem with that code in cells parted by `# %%`: titles, and the cell with each made.
fn offers(code: &str, account: &str, settings: &str, text: &str) -> Vec<(String, String)> {
    let case = cases::parse("offers", account, settings, text);
    let found = case.problems();
    let all = found.iter().enumerate().flat_map(|(cell, list)| list.iter().map(move |problem| (cell, problem)));
    let named: Vec<_> = all.filter(|(_, problem)| problem.code == code).collect();
    let [(cell, problem)] = named[..] else { panic!("{found:?}") };
    let made = |fix: &Fix| (fix.title.clone(), apply(&case.cells, cell, fix)[cell].clone());
    assert!(problem.fixes.iter().all(|fix| !fix.safe), "what an account has is no slip to mend unseen");
    problem.fixes.iter().map(made).collect()
}

const ACCOUNT: &str = r#"
[assumed."arn:aws:iam::444455556666:role/GlueSessionCreationRole"]
caller = { account = "444455556666", region = "us-east-1" }
connections = [
    { name = "a-db", kind = "JDBC", subnet = "subnet-1" },
    { name = "elsewhere", kind = "NETWORK", subnet = "subnet-2" },
    { name = "session_vpc", kind = "NETWORK", subnet = "subnet-1" },
]
subnets = { subnet-1 = "vpc-1", subnet-2 = "vpc-2" }
roles = [{ arn = "arn:aws:iam::444455556666:role/AWSGlueServiceRole-blog", trusts_glue = true }]
"#;

#[test]
fn the_connections_of_the_assumed_account_that_lie_in_the_required_vpc_are_offered_in_the_settings_cell() {
    let settings = "%idle_timeout 2880\n%glue_version 4.0\n%worker_type G.1X\n%number_of_workers 5\n\
                    %iam_role arn:aws:iam::444455556666:role/AWSGlueServiceRole-blog";
    let text = format!(
        "# Assume the role\n%%assume_role\n\"arn:aws:iam::444455556666:role/GlueSessionCreationRole\"\n# %%\n\
         %%tags\n{{'team':'analytics', 'billing':'Data-Platform'}}\n# %%\n{settings}\n# %%\n\
         from awsglue.context import GlueContext\n# %%\n%status"
    );
    let with = |name: &str| format!("{settings}\n%connections {name}");
    assert_eq!(
        offers("policy", ACCOUNT, "policy.requiredVpcs = [\"vpc-1\"]", &text),
        [
            ("Use the connection `session_vpc` (vpc-1)".to_owned(), with("session_vpc")),
            ("Use the connection `a-db` (vpc-1)".to_owned(), with("a-db")),
        ]
    );
}

#[test]
fn a_connection_elsewhere_is_left_out_or_another_takes_its_place() {
    let policy = "policy.requiredVpcs = [\"vpc-1\"]";
    let assumed = "%%assume_role\n\"arn:aws:iam::444455556666:role/GlueSessionCreationRole\"\n# %%\n";
    let of = |list: &str| offers("policy-network", ACCOUNT, policy, &format!("{assumed}%connections {list}"));
    assert_eq!(
        of("elsewhere"),
        [
            ("Use the connection `session_vpc` (vpc-1)".to_owned(), "%connections session_vpc".to_owned()),
            ("Use the connection `a-db` (vpc-1)".to_owned(), "%connections a-db".to_owned()),
        ]
    );
    assert_eq!(of("a-db, elsewhere"), [("Use `a-db` only".to_owned(), "%connections a-db".to_owned())]);
}

#[test]
fn a_required_connection_joins_those_that_are_there() {
    let found = offers("policy", "", "policy.requiredConnections = [\"inside\"]", "%connections [other]\n# %%\nx = 1");
    assert_eq!(found, [("Use the connection `inside`".to_owned(), "%connections other, inside".to_owned())]);
}

#[test]
fn names_that_are_there_are_offered_where_one_is_not() {
    let account = "connections = [{ name = \"orders-db\" }, { name = \"my db\" }, { name = \"lake\" }]";
    let write = |name: &str, text: &str| (format!("Write `{name}`"), text.to_owned());
    let found = offers("unknown-connection", account, "", "%connections lake, order-db");
    assert_eq!(found, [write("orders-db", "%connections lake, orders-db")]);
    let found = offers("unknown-connection", account, "", "%connections warehouse");
    assert_eq!(found, [write("lake", "%connections lake"), write("orders-db", "%connections orders-db")]);
    let sessions = "sessions = [{ id = \"a\", status = \"READY\" }, { id = \"b\", status = \"FAILED\" }]";
    assert_eq!(offers("session-not-ready", sessions, "", "%reconnect b"), [write("a", "%reconnect a")]);
}

#[test]
fn in_an_account_with_thousands_of_roles_the_nearest_is_found() {
    let rows: Vec<String> = (0..5000)
        .map(|n| format!("{{ arn = \"arn:aws:iam::111122223333:role/team-{n:04}-glue-session-role\" }}"))
        .collect();
    let account = format!("roles = [{}]", rows.join(", "));
    let text = "%iam_role arn:aws:iam::111122223333:role/team-4321-glue-sesion-role";
    let found = offers("unknown-role", &account, "", text);
    assert_eq!(found[0].1, "%iam_role arn:aws:iam::111122223333:role/team-4321-glue-session-role");
    assert_eq!(found.len(), 1);
}
