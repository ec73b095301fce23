//! Problems that only the account tells.

use serde_json::{Value, json};

use super::{Seat, World, of_code, shop};
use crate::lsp::editor::{apply_fix, cell_uri};

const SETTINGS: &str = "%connections a-order\n%security_config a-seal";

/// Waits until problems of these codes were published of a cell; returns them.
#[track_caller]
fn published(seat: &mut Seat<'_>, cell: &str, codes: &[&str]) -> Vec<Value> {
    let uri = cell_uri(cell);
    let message = seat.editor.client.take("the problems to be published", |message| {
        let items = message["params"]["diagnostics"].as_array();
        message["params"]["uri"] == uri.as_str()
            && items.is_some_and(|items| codes.iter().all(|code| items.iter().any(|item| of_code(item, code))))
    });
    message["params"]["diagnostics"].as_array().unwrap().clone()
}

#[test]
fn problems_come_by_themselves_and_go_with_their_fixes() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    let account = world.moto.accounts[0].id.clone();
    let text = format!("{SETTINGS}\n%iam_role arn:aws:iam::{account}:role/a-Lambda");
    let mut seat = world.start().begin();
    seat.open(&[("s", &text), ("c", "x = 1")]);
    let connection = seat.problem("s", "unknown-connection");
    let said = connection["message"].as_str().unwrap();
    assert!(said.contains("did you mean `a-orders`") && said.contains("looked up a moment ago"), "{said}");
    assert_eq!(connection["severity"], 2);
    let role = seat.problem("s", "untrusted-role");
    assert!(role["message"].as_str().unwrap().contains("glue.amazonaws.com"), "{role}");
    seat.problem("s", "unknown-security-config");
    let uri = cell_uri("s");
    let fixes = seat.editor.fixes(&uri, [0, 0, 0, 20]);
    let fix = fixes.iter().find(|fix| fix["title"] == "Write `a-orders`").unwrap_or_else(|| panic!("{fixes:?}"));
    let fixed = apply_fix(&text, &uri, fix);
    seat.editor.edit_cell("s", json!([{ "text": fixed }]));
    let left = seat.editor.pull_cell("s").join(" ");
    assert!(!left.contains("unknown-connection") && left.contains("unknown-security-config"), "{left}");
    seat.end();
}

#[test]
fn problems_are_published_to_who_waits_for_them() {
    for plain in [false, true] {
        let Some(world) = World::with_keys([shop("a")]) else { return };
        let start = world.start().pushing();
        let mut seat = if plain { start.plain() } else { start }.begin();
        seat.editor.client.ignore("textDocument/publishDiagnostics");
        seat.open(&[("s", SETTINGS), ("c", "x = 1")]);
        published(&mut seat, "s", &["unknown-connection", "unknown-security-config"]);
        let script = "# %%\n# %connections a-order\n# %%\nx = 1\n";
        seat.editor.open("file:///ws/etl.py", "python", script);
        seat.editor.client.take("the script's problems", |message| {
            message["params"]["uri"] == "file:///ws/etl.py" && message.to_string().contains("unknown-connection")
        });
        seat.end();
    }
}

#[test]
fn a_connection_of_another_region_is_told_as_such() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    let mut seat = world.start().begin();
    seat.open(&[("s", "%region us-east-1\n%connections a-orders"), ("c", "x = 1")]);
    loop {
        let found = seat.problem("s", "unknown-connection");
        // The other region's list may come later.
        if found["message"].as_str().unwrap().contains("there is one in another region, `eu-west-1`") {
            break;
        }
        seat.editor.refreshed();
    }
    seat.end();
}

#[test]
fn what_is_there_now_is_seen_when_it_is_asked_for_again() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    let mut seat = world.start().begin();
    seat.open(&[("c", "%connections ")]);
    assert_eq!(seat.names_in("c", "%connections "), ["a-events", "a-orders"]);
    let calls = world.proxy.calls("GetConnections");
    assert_eq!(seat.editor.client.call_command("glue-ls.refreshAccount", json!({})), json!({ "state": "refreshing" }));
    assert_eq!(seat.names_in("c", "%connections "), ["a-events", "a-orders"]);
    assert_eq!(world.proxy.calls("GetConnections"), calls + 1);
    seat.end();
}
