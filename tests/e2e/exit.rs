//! How the server ends, and with which code.

use serde_json::{Value, json};

use super::client::{Client, frame};

#[test]
fn shutdown_and_exit_end_with_0() {
    let mut client = Client::ready_probe();
    assert_eq!(client.call("shutdown", Value::Null), Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(0));
}

#[test]
fn shutdown_and_exit_end_with_0_though_commands_hang() {
    let mut client = Client::ready_probe();
    let slow = client.command("slow", Value::Null);
    client.call("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(0));
    // The command may be answered as cancelled, or not at all.
    let answers = client.rest();
    assert!(answers.iter().all(|answer| answer["id"] == slow && answer["error"]["code"] == -32800), "{answers:?}");
}

#[test]
fn requests_after_shutdown_are_refused() {
    let mut client = Client::ready_probe();
    client.call("shutdown", Value::Null);
    let late = client.command("count", Value::Null);
    assert_eq!(client.error_code(late), -32600);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(0));
}

#[test]
fn exit_alone_ends_with_1() {
    let mut client = Client::ready_probe();
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(1));
    let mut client = Client::probe();
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(1), "before initialize");
}

#[test]
fn a_vanished_client_ends_it_with_1() {
    let mut client = Client::ready_probe();
    client.close_input();
    assert_eq!(client.exit_code(), Some(1));
    let mut client = Client::probe();
    client.close_input();
    assert_eq!(client.exit_code(), Some(1), "before a single byte");
}

#[test]
fn a_client_that_vanishes_after_shutdown_ends_it_with_0() {
    let mut client = Client::ready_probe();
    client.call("shutdown", Value::Null);
    client.close_input();
    assert_eq!(client.exit_code(), Some(0));
}

#[test]
fn a_vanished_client_ends_it_though_handlers_wait_for_ever() {
    let mut client = Client::ready_probe();
    for _ in 0..8 {
        client.command("slow", Value::Null);
        client.command("ask", Value::Null);
    }
    assert_eq!(client.call_command("count", Value::Null), json!(16));
    client.ignore("probe/ask");
    client.close_input();
    assert_eq!(client.exit_code(), Some(1));
}

#[test]
fn a_vanished_client_ends_it_though_a_handler_never_returns() {
    let mut client = Client::ready_probe();
    // Holds the thread that admits messages; nothing after it is handled.
    client.notify("probe/hang", json!({}));
    client.command("count", Value::Null);
    client.close_input();
    assert_eq!(client.exit_code(), Some(1));

    let mut client = Client::ready_probe();
    client.notify("probe/hang", json!({}));
    client.request("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(0));
}

#[test]
fn what_was_asked_before_the_input_ended_is_answered() {
    let mut client = Client::ready_probe();
    let quick = client.command("count", Value::Null);
    let slow = client.command("slow", json!({ "ms": 1 }));
    // The last frame is cut off.
    let unfinished = frame(json!({ "jsonrpc": "2.0", "id": 99, "method": "shutdown" }).to_string());
    client.send_raw(&unfinished[..unfinished.len() - 3]);
    client.close_input();
    assert_eq!(client.result(quick), json!(0));
    assert_eq!(client.result(slow), json!("slow"));
    assert_eq!(client.exit_code(), Some(1));
}

#[test]
fn a_killed_client_leaves_no_server_behind() {
    let mut client = Client::ready_probe();
    client.command("flood", json!({ "count": 1_000_000, "bytes": 1000 }));
    client.notification("probe/flood");
    client.ignore("probe/flood");
    client.output_may_be_torn();
    client.hang_up();
    assert_eq!(client.exit_code(), Some(1));
}
