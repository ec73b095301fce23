//! A user of one account works in another one, which he may enter by a role only, in a network that its owner requires.

use std::fs;

use serde_json::{Value, json};

use super::{REGION, Seat, World, item, labels, of_code, shop};
use crate::lsp::editor::{apply_fix, cell_uri};
use crate::service::{Fault, Faults};
use crate::support::contents::Contents;

const CONNECTIONS: &str = "%connections ";
const ROLES: &str = "%iam_role ";
const TAGS: &str = "# Who pays\n%%tags\n{'team':'analytics', 'billing':'Data-Platform'}";
const WORK: &str = "import sys\nfrom datetime import date\n\njob = {'day': date(2024, 2, 29).isoformat()}\njob['day']";
const DENY: &str = "User: arn:aws:sts::111122223333:assumed-role/GlueSessionCreationRole/x is not authorized to perform: \
    glue:CreateSession on resource: arn:aws:glue:eu-west-1:111122223333:session/1 with an explicit deny in an \
    identity-based policy";

/// The account that owns the data.
fn owner() -> Contents {
    shop("b")
        .jdbc(REGION, "session_vpc", "subnet-0000000d", "eu-west-1c")
        .jdbc(REGION, "of_ireland_in_name_only", "subnet-0000000e", "us-east-1a")
        .subnet(REGION, "subnet-0000000d", "vpc-0000000d", "eu-west-1c")
        .role("AWSGlueServiceRole-blog", "glue.amazonaws.com")
        .role("GlueSessionCreationRole", "arn:aws:iam::{account:0}:root")
}

/// The texts of the walkthrough's cells: who, and what.
struct Texts {
    assume: String,
    settings: String,
    consent: String,
}

impl Texts {
    fn of(world: &World) -> Texts {
        let owner = &world.moto.accounts[1].id;
        Texts {
            assume: format!(
                "# Assume the role of the account that owns the data\n%%assume_role\n\
                 \"arn:aws:iam::{owner}:role/GlueSessionCreationRole\""
            ),
            settings: format!(
                "%idle_timeout 2880\n%glue_version 4.0\n%worker_type G.1X\n%number_of_workers 5\n\
                 %iam_role arn:aws:iam::{owner}:role/AWSGlueServiceRole-blog"
            ),
            consent: format!("Load names as role GlueSessionCreationRole ({owner})"),
        }
    }
}

/// The only thing that is offered in a cell is to load names.
#[track_caller]
fn nothing_but(seat: &mut Seat<'_>, cell: &str, text: &str, label: &str) {
    let list = seat.complete(&cell_uri(cell), text, text);
    let names: Vec<String> = labels(&list).into_iter().filter(|name| !name.starts_with("arn:")).collect();
    assert_eq!(names, [label], "{list}");
}

#[test]
fn after_the_role_is_assumed_all_facts_are_those_of_its_account() {
    let mine = shop("a").role("Analyst", "arn:aws:iam::{account}:root");
    let Some(world) = World::with_keys([mine, owner()]) else { return };
    let world = world.running();
    let texts = Texts::of(&world);
    let [own, other] = [0, 1].map(|number| world.moto.accounts[number].id.clone());
    let own_role = format!("%iam_role arn:aws:iam::{own}:role/a-GlueEtl");
    let configure = "%%configure\n{\"--database\": \"b_db\"}";
    let cells =
        [("n", CONNECTIONS), ("r", ROLES), ("k", "%security_config "), ("o", &*own_role), ("d", configure), ("x", "1")];
    let mut seat = world.start().option("engine", json!("aws")).begin();
    // First they are the user's own.
    seat.open(&cells);
    assert_eq!(seat.names_in("n", CONNECTIONS), ["a-events", "a-orders"]);
    assert!(seat.names_in("r", ROLES).contains(&"Analyst".to_owned()));
    assert_eq!(seat.names_in("k", "%security_config "), ["a-sealed"]);
    // Typing the role's cell asks nobody as that role.
    seat.editor.splice(0, 0, &["a"], &[("a", "%%assume_role\n")], &[]);
    assert!(seat.names_in("a", "%%assume_role\n").contains(&"Analyst".to_owned()), "the user is who assumes it");
    seat.editor.edit_cell("a", json!([{ "text": texts.assume }]));
    nothing_but(&mut seat, "n", CONNECTIONS, &texts.consent);
    nothing_but(&mut seat, "k", "%security_config ", &texts.consent);
    assert_eq!(world.proxy.calls("AssumeRole"), 0);
    let story = seat.run("a").ok();
    assert!(story.text().contains("GlueSessionCreationRole"), "{}", story.text());
    let names = seat.names_in("n", CONNECTIONS);
    assert_eq!(names, ["b-events", "b-orders", "of_ireland_in_name_only", "session_vpc"]);
    let roles = seat.names_in("r", ROLES);
    assert!(
        roles.contains(&"AWSGlueServiceRole-blog".to_owned()) && !roles.contains(&"Analyst".to_owned()),
        "{roles:?}"
    );
    let list = seat.complete(&cell_uri("r"), ROLES, ROLES);
    let arn = &item(&list, "AWSGlueServiceRole-blog")["textEdit"]["newText"];
    assert_eq!(arn, &json!(format!("arn:aws:iam::{other}:role/AWSGlueServiceRole-blog")));
    assert_eq!(seat.names_in("k", "%security_config "), ["b-sealed"]);
    let foreign = seat.problem("o", "other-account");
    assert!(foreign["message"].as_str().unwrap().contains(&other), "{foreign}");
    crate::cli::run::program::wait_until("the database is known", || {
        let hover = seat.editor.ask("textDocument/hover", &cell_uri("d"), 1, 17);
        hover.to_string().contains("All of b")
    });
    // The role's own facts were fetched as the role, and those of the user before.
    for operation in ["GetConnections", "ListRoles", "GetSecurityConfigurations", "GetCallerIdentity"] {
        let both = ["0".to_owned(), "role".to_owned()].into();
        assert_eq!(world.signers(operation), both, "{operation}");
    }
    assert_eq!(world.signers("GetDatabases"), ["role".to_owned()].into());
    assert!(!world.proxy.given().is_empty());
    seat.end();
    // What was allowed by running it ends with the server.
    let calls = world.proxy.calls("AssumeRole");
    let mut seat = world.start().option("engine", json!("aws")).begin();
    seat.open(&[("a", &texts.assume), ("n", CONNECTIONS)]);
    nothing_but(&mut seat, "n", CONNECTIONS, &texts.consent);
    seat.end();
    assert_eq!(world.proxy.calls("AssumeRole"), calls);
}

#[test]
fn the_session_of_the_walkthrough_starts_once_it_is_in_the_network() {
    let Some(world) = World::with_keys([shop("a"), owner()]) else { return };
    let world = world.running();
    let texts = Texts::of(&world);
    let refused = Fault::Refused("AccessDeniedException", DENY);
    world.glue.set(Faults::none().first("CreateSession", 1, refused));
    let mut seat = world.start().option("engine", json!("aws")).begin();
    // A session that is stopped leaves a receipt.
    seat.editor.client.ignore("window/showMessage");
    let cells = [("a", &*texts.assume), ("t", TAGS), ("s", &*texts.settings), ("w", WORK), ("q", "%status")];
    seat.open(&cells);
    for cell in ["a", "t", "s"] {
        seat.run(cell).ok();
    }
    let story = seat.run("w");
    assert_eq!(story.end(), "error");
    let said = story.text();
    for part in ["`glue:VpcIds`", "add `%connections` with a connection in the required VPC", "with an explicit deny"] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let found = seat.problems("w").into_iter().find(|item| of_code(item, "vpc-required"));
    let found = found.unwrap();
    assert_eq!(found["source"], "glue-ls run");
    // What would do is offered where it failed, and goes where the settings are.
    let line = u32::try_from(found["range"]["start"]["line"].as_u64().unwrap()).unwrap();
    let mut fix = Value::Null;
    crate::cli::run::program::wait_until("connections are offered", || {
        let actions = seat.actions(&cell_uri("w"), line);
        let offered = |action: &&Value| action["title"] == "Use the connection `session_vpc` (vpc-0000000d)";
        fix = actions.iter().find(offered).cloned().unwrap_or_default();
        !fix.is_null()
    });
    let written = apply_fix(&texts.settings, &cell_uri("s"), &fix);
    assert!(written.ends_with("\n%connections session_vpc"), "{written}");
    seat.editor.edit_cell("s", json!([{ "text": written }]));
    seat.run("s").ok();
    assert_eq!(seat.run("w").ok().values(), ["'2024-02-29'"]);
    assert!(!seat.problems("w").iter().any(|item| of_code(item, "vpc-required")));
    let status = seat.run("q").ok().stream("stdout");
    for part in ["team=analytics", "billing=Data-Platform", "4.0", "5 × G.1X"] {
        assert!(status.contains(part), "{part} is missing in {status}");
    }
    let created = world.glue.creations();
    assert_eq!(created.len(), 2, "{created:#?}");
    assert_eq!(created[1]["Connections"], json!({ "Connections": ["session_vpc"] }));
    assert_eq!(created[1]["Tags"]["billing"], "Data-Platform", "{created:#?}");
    assert_eq!(world.signers("CreateSession"), ["role".to_owned()].into());
    seat.editor.client.call_command("glue-ls.stopSession", json!({ "cell": cell_uri("w") }));
    seat.end();
    assert!(world.glue.alive().is_empty());
}

#[test]
fn a_policy_tells_of_the_network_before_anything_runs() {
    let Some(world) = World::with_keys([shop("a"), owner()]) else { return };
    let world = world.running();
    let texts = Texts::of(&world);
    fs::write(
        world.home.file("glue-ls.toml"),
        "[policy]\nrequiredVpcs = [\"vpc-0000000d\"]\nreason = \"the data stays in\"\n",
    )
    .unwrap();
    let folder = world.home.path().to_owned();
    let mut seat = world.start().option("engine", json!("aws")).root(&folder).begin();
    seat.editor.client.ignore("window/showMessage");
    seat.open(&[("a", &texts.assume), ("t", TAGS), ("s", &texts.settings), ("w", WORK)]);
    let told = seat.problem("s", "policy");
    let said = told["message"].as_str().unwrap();
    assert!(said.contains("vpc-0000000d") && said.contains("the data stays in"), "{said}");
    // Nobody was asked as the role yet; who allows it is told which connections there are.
    let line = u32::try_from(told["range"]["start"]["line"].as_u64().unwrap()).unwrap();
    let uri = cell_uri("s");
    let titles = |seat: &mut Seat<'_>| -> Vec<String> {
        seat.actions(&uri, line).iter().map(|action| action["title"].as_str().unwrap().to_owned()).collect()
    };
    let offered = "Use the connection `session_vpc` (vpc-0000000d)".to_owned();
    let before = titles(&mut seat);
    assert!(before.contains(&texts.consent) && !before.contains(&offered), "{before:?}");
    assert_eq!(world.proxy.calls("AssumeRole"), 0);
    let actions = seat.actions(&uri, line);
    let allow = actions.iter().find(|action| action["title"] == texts.consent.as_str()).unwrap();
    seat.act(&allow["command"]);
    crate::cli::run::program::wait_until("connections are offered", || titles(&mut seat).contains(&offered));
    let actions = seat.actions(&uri, line);
    let others: Vec<&Value> = actions
        .iter()
        .filter(|action| {
            action["title"].as_str().unwrap().starts_with("Use the connection") && action["title"] != offered
        })
        .collect();
    assert!(others.is_empty(), "{others:?}");
    let fix = actions.iter().find(|action| action["title"] == offered.as_str()).unwrap();
    let fixed = apply_fix(&texts.settings, &uri, fix);
    assert!(fixed.contains("%connections session_vpc"), "{fixed}");
    seat.editor.edit_cell("s", json!([{ "text": fixed }]));
    assert!(seat.problems("s").iter().all(|item| !of_code(item, "policy")), "{:?}", seat.problems("s"));
    // One that lies elsewhere is told by the account alone.
    let astray = fixed.replace("session_vpc", "b-orders");
    seat.editor.edit_cell("s", json!([{ "text": astray }]));
    let found = seat.problem("s", "policy-network");
    assert!(found["message"].as_str().unwrap().contains("vpc-0000000a"), "{found}");
    assert!(titles(&mut seat).len() > 1);
    seat.editor.edit_cell("s", json!([{ "text": fixed.replace("session_vpc", "of_ireland_in_name_only") }]));
    let found = seat.problem("s", "unknown-connection");
    assert!(found["message"].as_str().unwrap().contains("another region"), "{found}");
    seat.editor.edit_cell("s", json!([{ "text": fixed }]));
    for cell in ["a", "t", "s", "w"] {
        seat.run(cell).ok();
    }
    seat.editor.client.call_command("glue-ls.stopSession", json!({ "cell": cell_uri("w") }));
    seat.end();
}
