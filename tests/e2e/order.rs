//! Requests are answered against the document as it was when they were asked.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use serde_json::{Value, json};

use super::client::Client;

const URI: &str = "file:///flooded.txt";

/// The hash that the probe server answers with.
pub(crate) fn hash(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The answer of the probe server's hover.
fn seen(result: &Value) -> Value {
    serde_json::from_str(result["contents"]["value"].as_str().unwrap()).unwrap()
}

#[test]
fn each_of_600_requests_sees_the_version_it_was_asked_on_among_3000_edits() {
    let mut client = Client::ready_probe();
    let mut text = String::from("first\nsecond\n");
    client.notify(
        "textDocument/didOpen",
        json!({ "textDocument": { "uri": URI, "languageId": "plaintext", "version": 0, "text": text } }),
    );
    let mut expected = Vec::new();
    for version in 1..=3000 {
        let change = if version % 100 == 0 {
            text = format!("version {version}\nsecond\n");
            json!({ "text": text })
        } else {
            let insert = format!("{version};");
            text.insert_str(3, &insert);
            let place = json!({ "line": 0, "character": 3 });
            json!({ "range": { "start": place, "end": place }, "text": insert })
        };
        client.notify(
            "textDocument/didChange",
            json!({ "textDocument": { "uri": URI, "version": version }, "contentChanges": [change] }),
        );
        if version % 5 == 0 {
            let position = json!({ "line": 0, "character": 0 });
            let id =
                client.request("textDocument/hover", json!({ "textDocument": { "uri": URI }, "position": position }));
            expected.push((id, json!({ "version": version, "hash": hash(&text) })));
        }
    }
    assert_eq!(expected.len(), 600);
    for (id, expected) in expected {
        assert_eq!(seen(&client.result(id)), expected, "request {id}");
    }
}

#[test]
fn what_a_handler_sends_arrives_before_its_answer() {
    let mut client = Client::ready_probe();
    for _ in 0..100 {
        let id = client.command("flood", json!({ "count": 3, "bytes": 10 }));
        client.result(id);
        let indices: Vec<_> = client.take_unread().iter().map(|message| message["params"]["index"].clone()).collect();
        assert_eq!(indices, [0, 1, 2]);
    }
}

#[test]
fn requests_may_be_named_by_any_number_or_string_and_names_can_be_used_again() {
    let mut client = Client::ready_probe();
    for id in [json!(1.5), json!("a \"name\""), json!(-1), json!(u64::MAX), json!(1.5), json!(0)] {
        let params = json!({ "command": "slow", "arguments": [{ "ms": 1 }] });
        client.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "workspace/executeCommand", "params": params }));
        assert_eq!(client.result(id), "slow");
    }
}
