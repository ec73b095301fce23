//! As whom names are looked up: the user himself, and who a document names once the user wants that.

use std::fs;

use serde_json::{Value, json};

use super::{Seat, World, item, labels, shop};
use crate::lsp::editor::{cell_uri, kernel};
use crate::support::profiles::Profiles;

const CONNECTIONS: &str = "%connections ";
const THEIRS: &str = "%profile theirs\n%connections ";
const CONSENT: &str = "Load names as profile theirs";

/// The item that asks for the user's consent, once nothing else comes; nobody was asked as the other one.
#[track_caller]
fn consent(seat: &mut Seat<'_>, uri: &str, text: &str, label: &str) -> Value {
    let list = seat.complete(uri, text, text.trim_end_matches('\n'));
    assert_eq!(labels(&list), [label], "{list}");
    let item = item(&list, label);
    assert_eq!(item["command"]["command"], "glue-ls.loadNames", "{item}");
    let edit = &item["textEdit"];
    let range = &edit["range"];
    assert!(edit["newText"] == "" && range["start"] == range["end"], "it leaves the text as it is: {item}");
    item
}

#[test]
fn the_settings_or_the_environment_choose_the_user() {
    let Some(mut world) = World::with_profiles([shop("a"), shop("b")]) else { return };
    let names = |world: &World, profile: Value, text: &str| {
        let mut seat = world.start().option("profile", profile).begin();
        seat.open(&[("c", text)]);
        let names = seat.names_in("c", text);
        seat.end();
        names
    };
    assert_eq!(names(&world, Value::Null, CONNECTIONS), ["a-events", "a-orders"]);
    assert_eq!(names(&world, json!("theirs"), CONNECTIONS), ["b-events", "b-orders"]);
    // Who is the user anyway may be named.
    assert_eq!(names(&world, json!("theirs"), THEIRS), ["b-events", "b-orders"]);
    assert_eq!(names(&world, Value::Null, "%profile mine\n%connections "), ["a-events", "a-orders"]);
    assert_eq!(names(&world, Value::Null, "%region us-east-1\n%connections "), ["a-faraway"]);
    world.home = world.home.with("AWS_PROFILE", "theirs");
    assert_eq!(names(&world, Value::Null, THEIRS), ["b-events", "b-orders"]);
    // A region that nobody knows could be the name of any host.
    let mut seat = world.start().begin();
    let text = "%region eu-west-1.example.com\n%connections ";
    seat.open(&[("c", text)]);
    let list = seat.complete(&cell_uri("c"), text, text);
    assert_eq!((&list["isIncomplete"], &list["items"]), (&json!(false), &json!([])));
    seat.end();
}

#[test]
fn who_a_document_names_is_used_once_the_user_allows_it() {
    let Some(world) = World::with_profiles([shop("a"), shop("b")]) else { return };
    for way in 0..3 {
        let mut seat = world.start().begin();
        // Each in a folder of its own: what is allowed in one is not in another.
        let uri = format!("file://{}/{way}/etl.py", world.home.path().display());
        let script = "# %%\n# %profile theirs\n# %connections \n# %%\nx = 1\n";
        fs::create_dir_all(world.home.file(&way.to_string())).unwrap();
        seat.editor.open(&uri, "python", script);
        let list = seat.complete(&uri, script, "# %connections ");
        assert_eq!(labels(&list), [CONSENT], "{way}: {list}");
        let item = item(&list, CONSENT);
        let action = seat.actions(&uri, 1).into_iter().find(|action| action["title"] == CONSENT).unwrap();
        assert_eq!(action["kind"], "quickfix", "{action}");
        let answer = match way {
            0 => seat.act(&item["command"]),
            1 => seat.act(&action["command"]),
            _ => seat.editor.client.call_command("glue-ls.loadNames", json!({ "uri": uri, "cell": 0 })),
        };
        assert_eq!((&answer["profile"], &answer["role"]), (&json!("theirs"), &Value::Null), "{answer}");
        assert_eq!(seat.names(&uri, script, "# %connections "), ["b-events", "b-orders"]);
        assert!(seat.actions(&uri, 1).iter().all(|action| action["title"] != CONSENT));
        seat.end();
        // The next server knows it too.
        let mut seat = world.start().begin();
        seat.editor.open(&uri, "python", script);
        assert_eq!(seat.names(&uri, script, "# %connections "), ["b-events", "b-orders"]);
        seat.end();
    }
}

#[test]
fn nothing_that_is_named_is_used_in_a_folder_that_is_not_trusted() {
    let Some(world) = World::with_profiles([shop("a"), shop("b")]) else { return };
    let mut seat = world.start().begin();
    seat.open(&[("c", THEIRS)]);
    let allow = consent(&mut seat, &cell_uri("c"), THEIRS, CONSENT);
    seat.act(&allow["command"]);
    assert_eq!(seat.names_in("c", THEIRS), ["b-events", "b-orders"]);
    seat.end();
    let asked = world.proxy.calls("GetConnections");
    for trusted in [json!(false), Value::Null] {
        let mut seat = world.start().option("trusted", trusted).begin();
        seat.open(&[("c", THEIRS), ("own", CONNECTIONS)]);
        let allow = consent(&mut seat, &cell_uri("c"), THEIRS, CONSENT);
        let blocked = seat.act(&allow["command"]);
        assert_eq!((&blocked["state"], &blocked["reason"]), (&json!("blocked"), &json!("untrusted")), "{blocked}");
        consent(&mut seat, &cell_uri("c"), THEIRS, CONSENT);
        seat.end();
    }
    assert_eq!(world.proxy.calls("GetConnections"), asked);
}

#[test]
fn who_has_run_the_cell_has_allowed_it() {
    let theirs = shop("b").role("Keys", "arn:aws:iam::{account}:root");
    let Some(world) = World::with_profiles([shop("a"), theirs]) else { return };
    let world = world.running();
    let theirs = world.moto.accounts[1].clone();
    let (key, secret, token) = world.assumed(1, &format!("arn:aws:iam::{}:role/Keys", theirs.id));
    let keys = format!(
        "%%assume_role\n{{'aws_access_key_id': '{key}', 'aws_secret_access_key': '{secret}', 'aws_session_token': '{token}'}}"
    );
    let mut seat = world.start().option("engine", json!("aws")).begin();
    seat.open(&[("p", "%profile theirs"), ("n", CONNECTIONS)]);
    consent(&mut seat, &cell_uri("n"), CONNECTIONS, CONSENT);
    seat.run("p").ok();
    assert_eq!(seat.names_in("n", CONNECTIONS), ["b-events", "b-orders"]);
    seat.end();
    assert_eq!(world.signers("GetConnections"), ["1".to_owned()].into());
    // Keys are nobody's before their cell has run, and leave nothing behind.
    let before = world.kept();
    let mut seat = world.start().option("engine", json!("aws")).begin();
    seat.open(&[("k", &keys), ("n", "%security_config ")]);
    let list = seat.complete(&cell_uri("n"), "%security_config ", "%security_config ");
    assert_eq!(list["items"], json!([]), "{list}");
    seat.run("k").ok();
    assert_eq!(seat.names_in("n", "%security_config "), ["b-sealed"]);
    seat.end();
    assert_eq!(world.kept(), before);
}

#[test]
fn a_profile_that_assumes_a_role_is_as_good_as_any() {
    let Some(mut world) = World::new([shop("a"), shop("b").role("Shared", "arn:aws:iam::{account:0}:root")]) else {
        return;
    };
    let [own, other] = &world.moto.accounts[..] else { panic!("two accounts") };
    let arn = format!("arn:aws:iam::{}:role/Shared", other.id);
    Profiles::new().keys("own", own).role("shared", &arn, "own").write(&world.home);
    world.home = world.home.with("AWS_PROFILE", "shared");
    let mut seat = world.start().begin();
    seat.editor.open_notebook(kernel("glue_pyspark"), &[("c", CONNECTIONS), ("p", "%profile ")]);
    assert_eq!(seat.names_in("c", CONNECTIONS), ["b-events", "b-orders"]);
    assert_eq!(world.proxy.calls("AssumeRole"), 1);
    assert_eq!(seat.names_in("p", "%profile "), ["own", "shared"]);
    seat.end();
}

#[test]
fn a_role_that_cannot_be_assumed_is_told_and_nobody_elses_names_come() {
    let Some(world) = World::with_keys([shop("a"), shop("b").role("Closed", "glue.amazonaws.com")]) else { return };
    let arn = format!("arn:aws:iam::{}:role/Closed", world.moto.accounts[1].id);
    let assume = format!("%%assume_role\n'{arn}'");
    let mut seat = world.start().begin();
    seat.open(&[("r", &assume), ("n", CONNECTIONS), ("s", "%connections nothing"), ("x", "1")]);
    let label = format!("Load names as role Closed ({})", world.moto.accounts[1].id);
    let allow = consent(&mut seat, &cell_uri("n"), CONNECTIONS, &label);
    assert_eq!(seat.act(&allow["command"])["role"], json!(arn));
    let list = seat.complete_until(&cell_uri("n"), CONNECTIONS, CONNECTIONS, |list| {
        labels(list).first().is_some_and(|first| *first != label)
    });
    assert_eq!(labels(&list), ["Not allowed: sts:AssumeRole"]);
    let told = seat.troubles();
    assert_eq!((told.len(), &told[0]["role"]), (1, &json!(arn)), "{told:?}");
    assert_eq!(seat.editor.pull_cell("s"), [""; 0]);
    seat.end();
    assert!(world.signers("GetConnections").is_empty());
}

#[test]
fn running_on_this_machine_has_nobody_looked_up_as_somebody_else() {
    let Some(world) = World::with_profiles([shop("a"), shop("b")]) else { return };
    let mut seat = world.start().option("engine", json!("local")).begin();
    seat.open(&[("p", "%profile theirs"), ("x", "1"), ("n", CONNECTIONS)]);
    seat.run("p").ok();
    seat.run("x").ok();
    consent(&mut seat, &cell_uri("n"), CONNECTIONS, CONSENT);
    seat.end();
    assert!(world.proxy.all_calls().is_empty(), "{:?}", world.proxy.all_calls());
}

#[test]
fn who_is_named_once_more_is_allowed_once_more() {
    let other = shop("b").role("Shared", "arn:aws:iam::{account:0}:root");
    let Some(world) = World::with_profiles([shop("a"), other]) else { return };
    let world = world.running();
    let arn = format!("arn:aws:iam::{}:role/Shared", world.moto.accounts[1].id);
    let assume = format!("%%assume_role\n\"{arn}\"");
    let start = world.start().option("engine", json!("aws")).option("profile", json!("mine"));
    let mut seat = start.begin();
    seat.open(&[("r", &assume), ("n", CONNECTIONS)]);
    seat.run("r").ok();
    assert_eq!(seat.names_in("n", CONNECTIONS), ["b-events", "b-orders"]);
    // The cell now says something else, which nobody has run.
    let another = assume.replace("Shared", "Another");
    seat.editor.edit_cell("r", json!([{ "text": another }]));
    let label = format!("Load names as role Another ({})", world.moto.accounts[1].id);
    consent(&mut seat, &cell_uri("n"), CONNECTIONS, &label);
    seat.editor.edit_cell("r", json!([{ "text": format!("%profile theirs\n{assume}") }]));
    seat.editor.splice(0, 0, &["p"], &[("p", "%profile theirs")], &[]);
    seat.editor.edit_cell("r", json!([{ "text": assume }]));
    let label = format!("Load names as role Shared ({}) by profile theirs", world.moto.accounts[1].id);
    consent(&mut seat, &cell_uri("n"), CONNECTIONS, &label);
    // An address of the document's own is never asked, whoever has run what.
    seat.editor.splice(0, 1, &["e"], &[("e", "%endpoint https://example.invalid")], &["p"]);
    let list = seat.complete(&cell_uri("n"), CONNECTIONS, CONNECTIONS);
    assert_eq!((&list["isIncomplete"], &list["items"]), (&json!(false), &json!([])));
    seat.end();
}
