//! What one server leaves for the next one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::{World, labels, shop};
use crate::cli::run::program::wait_until;
use crate::lsp::editor::cell_uri;
use crate::service::{Fault, Faults};
use crate::support::profiles::{Gives, Profiles};

const CONNECTIONS: &str = "%connections ";
/// No answer comes before the test is over.
const NEVER: Fault = Fault::Delay(Duration::from_secs(3600));

/// Fills the files.
#[track_caller]
fn first(world: &World) {
    let mut seat = world.start().begin();
    seat.open(&[("c", CONNECTIONS), ("r", "%iam_role ")]);
    assert_eq!(seat.names_in("c", CONNECTIONS), ["a-events", "a-orders"]);
    seat.names_in("r", "%iam_role ");
    is_written(world);
    seat.end();
    assert_eq!(world.kept().len(), 1, "{:?}", world.kept());
}

/// Waits until names are on disk. That is when it is known whose they are, which may be later than the names are.
#[track_caller]
fn is_written(world: &World) {
    wait_until("names are on disk", || {
        world.kept().iter().any(|(_, text)| text.contains("a-orders") && text.contains("roles\":{"))
    });
}

/// The permissions of a file or folder.
fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_next_start_has_the_names_before_anybody_answers() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    first(&world);
    let file = world.kept().remove(0).0;
    assert!(world.kept()[0].1.contains("a-orders"));
    assert_eq!(mode(Path::new(&file)), 0o600);
    assert_eq!(mode(Path::new(&file).parent().unwrap()), 0o700);
    world.proxy.set(Faults::none().always("*", NEVER));
    let mut seat = world.start().begin();
    seat.open(&[("c", CONNECTIONS), ("s", "%connections nothing\n%iam_role "), ("x", "1")]);
    let list = seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, |list| !labels(list).is_empty());
    assert_eq!(
        (&list["isIncomplete"], labels(&list)),
        (&Value::Bool(true), vec!["a-events".into(), "a-orders".into()])
    );
    // Good for names, and for nothing else.
    assert_eq!(seat.editor.pull_cell("s"), ["empty-argument 1:1-1:9"]);
    seat.end();
    world.proxy.set(Faults::none());
    let mut seat = world.start().begin();
    seat.open(&[("s", "%connections nothing"), ("x", "1")]);
    seat.problem("s", "unknown-connection");
    seat.end();
}

#[test]
fn a_file_that_is_broken_is_as_good_as_none() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    first(&world);
    let (file, good) = world.kept().remove(0);
    let longer = good.replace("a-orders", &"a".repeat(100_000));
    for text in ["", "{", "\u{0}\u{ff}garbage", "{\"format\": 99}", &good[..good.len() / 2], &longer, "[[[[[[[[[[[["] {
        fs::write(&file, text).unwrap();
        let mut seat = world.start().begin();
        seat.open(&[("c", CONNECTIONS)]);
        assert_eq!(seat.names_in("c", CONNECTIONS), ["a-events", "a-orders"], "{text:.40}");
        wait_until("it is written anew", || {
            let kept = world.kept();
            kept.len() == 1 && serde_json::from_str::<Value>(&kept[0].1).is_ok() && kept[0].1.contains("a-orders")
        });
        seat.end();
        assert_eq!(mode(Path::new(&file)), 0o600);
    }
    // Something else in its place.
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let mut seat = world.start().begin();
    seat.open(&[("c", CONNECTIONS)]);
    assert_eq!(seat.names_in("c", CONNECTIONS), ["a-events", "a-orders"]);
    seat.end();
}

#[test]
fn two_servers_leave_what_both_have_found() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    let (mut one, mut two) = (world.start().begin(), world.start().begin());
    for seat in [&mut one, &mut two] {
        seat.open(&[("c", CONNECTIONS), ("s", "%security_config ")]);
    }
    assert_eq!(one.names_in("c", CONNECTIONS), ["a-events", "a-orders"]);
    assert_eq!(two.names_in("s", "%security_config "), ["a-sealed"]);
    for (seat, name) in [(one, "a-orders"), (two, "a-sealed")] {
        wait_until("names are on disk", || world.kept().iter().any(|(_, text)| text.contains(name)));
        seat.end();
    }
    let kept = world.kept();
    assert_eq!(kept.len(), 1, "nothing unfinished is left: {kept:?}");
    let text = &kept[0].1;
    assert!(
        serde_json::from_str::<Value>(text).is_ok() && text.contains("a-orders") && text.contains("a-sealed"),
        "{text}"
    );
}

#[test]
fn names_of_one_account_are_never_those_of_another() {
    let Some(mut world) = World::new([shop("a"), shop("b")]) else { return };
    let [mine, theirs] = [0, 1].map(|number| world.moto.accounts[number].clone());
    Profiles::new().program(&world.home, "team", &Gives::Keys(&mine)).write(&world.home);
    world.home = world.home.with("AWS_PROFILE", "team");
    first(&world);
    // The same profile now leads elsewhere.
    Profiles::new().program(&world.home, "team", &Gives::Keys(&theirs)).write(&world.home);
    world.proxy.set(Faults::none().always("GetConnections", Fault::Denied));
    let mut seat = world.start().begin();
    seat.editor.client.ignore("glue-ls/accountState");
    seat.open(&[("c", CONNECTIONS), ("s", "%connections a-order"), ("x", "1")]);
    // Once it is known who calls, the old names are gone, whether or not there are new ones.
    seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, |list| {
        labels(list) == ["Not allowed: glue:GetConnections"]
    });
    assert_eq!(seat.editor.pull_cell("s"), [""; 0]);
    seat.end();
    world.proxy.set(Faults::none());
    let mut seat = world.start().begin();
    seat.open(&[("c", CONNECTIONS)]);
    let list = seat.complete_until(&cell_uri("c"), CONNECTIONS, CONNECTIONS, |list| list["isIncomplete"] == false);
    assert_eq!(labels(&list), ["b-events", "b-orders"]);
    seat.end();
    assert!(world.kept().iter().all(|(_, text)| !text.contains("a-orders")), "{:?}", world.kept());
}
