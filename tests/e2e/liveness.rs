//! No handler in trouble keeps another from being answered.

use serde_json::{Value, json};

use super::client::Client;

fn hover(client: &mut Client) -> i64 {
    let position = json!({ "line": 0, "character": 0 });
    client.request("textDocument/hover", json!({ "textDocument": { "uri": "file:///x" }, "position": position }))
}

/// Sends commands that never end and ones that wait for the client, then a hover, which must be answered first.
fn hover_overtakes(count: usize) {
    let mut client = Client::ready_probe();
    let slow: Vec<_> = (0..count).map(|_| client.command("slow", Value::Null)).collect();
    let asking: Vec<_> = (0..count).map(|index| client.command("ask", json!({ "index": index }))).collect();
    let hover = hover(&mut client);
    assert_eq!(client.result(hover), Value::Null);
    assert_eq!(client.call_command("count", Value::Null), json!(2 * count));
    assert!(client.unread().all(|message| message["method"] == "probe/ask"), "{}", client.evidence());

    // The client's answers come last, in reverse, and each reaches the command that asked.
    let questions: Vec<_> = (0..count).map(|_| client.server_request("probe/ask")).collect();
    for (id, params) in questions.iter().rev() {
        client.respond(id, json!({ "answer": params["index"] }));
    }
    for (index, id) in asking.into_iter().enumerate() {
        assert_eq!(client.result(id), json!({ "answer": index }));
    }
    for &id in &slow {
        client.cancel(id);
    }
    for id in slow {
        assert_eq!(client.error_code(id), -32800);
    }
    assert_eq!(client.call_command("count", Value::Null), json!(0));
}

#[test]
fn hover_is_answered_before_4_slow_commands_and_4_unanswered_client_requests() {
    hover_overtakes(4);
}

#[test]
fn hover_is_answered_before_64_slow_commands_and_64_unanswered_client_requests() {
    hover_overtakes(64);
}

#[test]
fn a_cancelled_request_is_answered_and_its_handler_is_gone() {
    let mut client = Client::ready_probe();
    let slow = client.command("slow", Value::Null);
    assert_eq!(client.call_command("count", Value::Null), json!(1));
    client.cancel(slow);
    assert_eq!(client.error_code(slow), -32800);
    assert_eq!(client.call_command("count", Value::Null), json!(0));
}

#[test]
fn cancelling_works_for_any_id_and_does_nothing_for_unknown_or_finished_ones() {
    let mut client = Client::ready_probe();
    for id in [json!(2.5), json!("name"), json!(1_000_000_000_000_i64)] {
        let params = json!({ "command": "slow" });
        client.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "workspace/executeCommand", "params": params }));
        client.notify("$/cancelRequest", json!({ "id": "unknown" }));
        client.notify("$/cancelRequest", Value::Null);
        client.notify("$/cancelRequest", json!({ "id": id }));
        assert_eq!(client.error_code(id.clone()), -32800);
        client.notify("$/cancelRequest", json!({ "id": id }));
    }
    assert_eq!(client.call_command("count", Value::Null), json!(0));
}

#[test]
fn a_panicking_handler_costs_its_request_and_nothing_else() {
    let mut client = Client::ready_probe();
    let slow = client.command("slow", Value::Null);
    for command in ["panic", "panic-later", "panic", "panic-later"] {
        let id = client.command(command, Value::Null);
        let response = client.response(id);
        assert_eq!(response["error"]["code"], -32603, "{response}");
        assert!(response["error"]["message"].as_str().unwrap().contains("workspace/executeCommand"), "{response}");
        client.notify("probe/panic", json!({}));
        assert_eq!(client.call_command("count", Value::Null), json!(1), "after {command}");
    }
    client.cancel(slow);
    assert_eq!(client.error_code(slow), -32800);
}

#[test]
fn an_unknown_request_is_answered_and_an_unknown_notification_is_not() {
    let mut client = Client::ready_probe();
    for method in ["no/such", "$/no-such"] {
        client.notify(method, json!({}));
        let id = client.request(method, json!({}));
        assert_eq!(client.error_code(id), -32601, "{method}");
    }
}

#[test]
fn nothing_is_handled_before_initialize() {
    let mut client = Client::probe();
    let early = hover(&mut client);
    assert_eq!(client.error_code(early), -32002);
    // All at once, without waiting for the answer in between.
    let initialize = client.request("initialize", json!({ "capabilities": {} }));
    client.notify("initialized", json!({}));
    let count = client.command("count", Value::Null);
    assert_eq!(client.result(count), json!(0));
    assert_eq!(client.result(initialize), json!({ "capabilities": {} }));
}

#[test]
fn more_requests_than_may_run_are_refused_and_do_not_wait() {
    let mut client = Client::probe_with(["3"]);
    client.initialize(json!({ "capabilities": {} }));
    let slow: Vec<_> = (0..3).map(|_| client.command("slow", Value::Null)).collect();
    for _ in 0..3 {
        let refused = client.command("count", Value::Null);
        assert_eq!(client.error_code(refused), -32803);
    }
    client.cancel(slow[1]);
    assert_eq!(client.error_code(slow[1]), -32800);
    // The place is free when the answer is out, or very soon after.
    loop {
        let id = client.command("count", Value::Null);
        let response = client.response(id);
        if response["result"] == 2 {
            break;
        }
        assert_eq!(response["error"]["code"], -32803, "{response}");
    }
    // Full again; `shutdown` is taken nevertheless.
    let another = client.command("slow", Value::Null);
    client.call("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(0));
    let left = [slow[0], slow[2], another];
    let answers = client.rest();
    assert!(answers.iter().all(|answer| left.iter().any(|&id| answer["id"] == id)), "{answers:?}");
}
