//! What keeps names from being known, and how it passes.

use serde_json::{Value, json};

use super::{World, labels, shop};
use crate::lsp::editor::cell_uri;
use crate::service::{Fault, Faults};
use crate::support::profiles::{Profiles, sign_in};

const CONNECTIONS: &str = "%connections ";

#[test]
fn who_runs_on_this_machine_and_has_no_account_is_left_alone() {
    let Some(world) = World::new([]) else { return };
    for plain in [false, true] {
        let start = world.start().option("engine", json!("local"));
        let mut seat = if plain { start.plain() } else { start }.begin();
        seat.open(&[("s", "%connections nothing\n%security_config nothing"), ("c", CONNECTIONS), ("x", "1")]);
        let list = seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, |list| !labels(list).is_empty());
        let found = labels(&list);
        assert!(found.len() == 1 && found[0].starts_with("No "), "it is told where names are wanted: {found:?}");
        assert_eq!(seat.editor.pull_cell("s"), [""; 0]);
        seat.end();
    }
    assert!(world.proxy.all_calls().is_empty(), "{:?}", world.proxy.all_calls());
}

#[test]
fn a_trouble_is_told_once_with_what_to_do() {
    let Some(world) = World::new([]) else { return };
    let home = world.home.with("AWS_REGION", "eu-west-1");
    let world = World { home, ..world };
    let mut seat = world.start().option("engine", json!("aws")).begin();
    seat.open(&[("c", CONNECTIONS), ("s", "%security_config ")]);
    let list = seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, |list| !labels(list).is_empty());
    assert_eq!(labels(&list), ["No AWS credentials"]);
    assert_eq!(list["items"][0]["command"]["command"], "glue-ls.doctor", "{list}");
    let told = seat.troubles();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0]["message"].as_str().unwrap().contains("credentials"), "{told:?}");
    assert_eq!((&told[0]["requiresReauth"], &told[0]["role"]), (&json!(true), &Value::Null), "{told:?}");
    seat.complete_until(&cell_uri("s"), "%security_config ", "%security_config ", |list| !labels(list).is_empty());
    seat.end();
    let mut seat = world.start().option("engine", json!("aws")).plain().begin();
    seat.open(&[("c", CONNECTIONS), ("s", "%security_config ")]);
    seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, |list| !labels(list).is_empty());
    let told = seat.editor.client.notification("window/logMessage");
    assert!(told["message"].as_str().unwrap().contains("credentials"), "{told}");
    seat.complete_until(&cell_uri("s"), "%security_config ", "%security_config ", |list| !labels(list).is_empty());
    seat.end();
}

#[test]
fn each_trouble_names_itself() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    for (fault, label, remedy) in [
        (Fault::Denied, "Not allowed: glue:GetConnections", "glue:GetConnections"),
        (Fault::Expired, "The AWS credentials have expired", ""),
        (Fault::Rejected, "AWS does not accept the credentials", ""),
        (Fault::Skewed, "The computer's clock is wrong", "clock"),
        (Fault::HangUp, "AWS cannot be reached", ""),
    ] {
        world.proxy.set(Faults::none().always("GetConnections", fault));
        let mut seat = world.start().option("engine", json!("aws")).begin();
        seat.open(&[("c", CONNECTIONS), ("s", "%connections nothing"), ("x", "1")]);
        seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, |list| labels(list).contains(&label.to_owned()));
        let told = seat.troubles();
        assert!(told.len() == 1 && told[0]["remedy"].as_str().unwrap().contains(remedy), "{fault:?}: {told:?}");
        // Nothing is said of what is not known.
        assert_eq!(seat.editor.pull_cell("s"), [""; 0]);
        // It has passed, and the user says so.
        world.proxy.set(Faults::none());
        seat.editor.client.call_command("glue-ls.refreshAccount", json!({}));
        seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, |list| labels(list).len() == 2);
        while !seat.troubles().is_empty() {}
        seat.end();
        for (file, _) in world.kept() {
            std::fs::remove_file(file).unwrap();
        }
    }
}

#[test]
fn a_sign_in_elsewhere_is_noticed() {
    let Some(world) = World::new([shop("a")]) else { return };
    let own = world.moto.accounts[0].clone();
    Profiles::new().sso("work", &own).write(&world.home);
    world.proxy.portal("t0ken-of-the-sign-in", &own);
    sign_in(&world.home, "t0ken-of-the-sign-in", "2020-01-01T00:00:00Z");
    let mut seat = world.start().option("engine", json!("aws")).option("profile", json!("work")).begin();
    seat.open(&[("c", CONNECTIONS)]);
    seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, |list| labels(list).len() == 1);
    let told = seat.troubles();
    assert!(told[0]["remedy"].as_str().unwrap().contains("aws sso login --profile work"), "{told:?}");
    assert_eq!((&told[0]["requiresReauth"], &told[0]["profile"]), (&json!(true), &json!("work")), "{told:?}");
    sign_in(&world.home, "t0ken-of-the-sign-in", "2100-01-01T00:00:00Z");
    seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, |list| labels(list) == ["a-events", "a-orders"]);
    while !seat.troubles().is_empty() {}
    seat.end();
}

#[test]
fn keys_that_are_renewed_in_a_file_are_noticed() {
    let Some(mut world) = World::new([shop("a")]) else { return };
    let own = world.moto.accounts[0].clone();
    world.home = world.home.with("AWS_PROFILE", "work");
    let old = crate::support::moto::Account { key: "AKIAOLDOLDOLDOLDOLDO".to_owned(), ..own.clone() };
    Profiles::new().keys("work", &old).write(&world.home);
    let mut seat = world.start().option("engine", json!("aws")).begin();
    seat.open(&[("c", CONNECTIONS)]);
    seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, |list| {
        labels(list) == ["AWS does not accept the credentials"]
    });
    assert_eq!(seat.troubles().len(), 1);
    Profiles::new().keys("work", &own).write(&world.home);
    let names = |list: &Value| labels(list) == ["a-events", "a-orders"];
    seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, names);
    while !seat.troubles().is_empty() {
        // What was asked with the old keys may fail late; it is tried again when somebody asks.
        seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, names);
    }
    seat.end();
}
