//! Whatever arrives is answered or skipped, and the next good message is served.

use serde_json::{Value, json};

use super::client::{Client, frame};

/// Sends `bytes` and then a good request; returns id and code of the errors that came before its answer.
#[track_caller]
fn answers_to(client: &mut Client, bytes: impl Into<Vec<u8>>) -> Vec<(Value, i64)> {
    client.send_raw(bytes);
    assert_eq!(client.call_command("count", Value::Null), json!(0));
    let errors = client.take_unread();
    errors.iter().map(|answer| (answer["id"].clone(), answer["error"]["code"].as_i64().unwrap())).collect()
}

/// A request of the probe server's, as text.
fn count(id: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": "workspace/executeCommand", "params": { "command": "count" } })
        .to_string()
}

const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;

#[test]
fn what_is_no_message_is_answered_without_an_id() {
    let mut client = Client::ready_probe();
    let anonymous = |code| vec![(Value::Null, code)];
    let bodies: [(&[u8], i64); 13] = [
        (b"garbage", PARSE_ERROR),
        (b"", PARSE_ERROR),
        (b"{", PARSE_ERROR),
        (b"{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"params\":{", PARSE_ERROR),
        (b"\xFF\xFE\x00\x01", PARSE_ERROR),
        (b"\xEF\xBB\xBF{\"method\":\"a\"}", PARSE_ERROR),
        (b"{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":[", PARSE_ERROR),
        (b"null", INVALID_REQUEST),
        (b"\"text\"", INVALID_REQUEST),
        (b"[]", INVALID_REQUEST),
        (b"{}", INVALID_REQUEST),
        (b"{\"id\":true,\"method\":\"a\"}", INVALID_REQUEST),
        (b"{\"method\":7}", INVALID_REQUEST),
    ];
    for (body, code) in bodies {
        let shown = String::from_utf8_lossy(body);
        assert_eq!(answers_to(&mut client, frame(body)), anonymous(code), "{shown}");
    }
}

#[test]
fn a_broken_request_is_answered_with_its_id() {
    let mut client = Client::ready_probe();
    let mut invalid_utf8 = count(&json!("bytes")).into_bytes();
    let place = invalid_utf8.windows(5).position(|window| window == b"count").unwrap();
    invalid_utf8[place] = 0xC3;
    assert_eq!(answers_to(&mut client, frame(invalid_utf8)), [(json!("bytes"), PARSE_ERROR)]);

    let truncated = r#"{"jsonrpc":"2.0","id":1000,"method":"textDocument/hover","params":{"text"#;
    assert_eq!(answers_to(&mut client, frame(truncated)), [(json!(1000), PARSE_ERROR)]);

    let number = r#"{"jsonrpc":"2.0","id":1001.5,"method":7}"#;
    assert_eq!(answers_to(&mut client, frame(number)), [(json!(1001.5), INVALID_REQUEST)]);
}

#[test]
fn deep_nesting_is_refused() {
    let mut client = Client::ready_probe();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let request = format!(r#"{{"jsonrpc":"2.0","id":"deep","method":"textDocument/hover","params":{deep}}}"#);
        assert_eq!(answers_to(&mut client, frame(request)), [(json!("deep"), PARSE_ERROR)]);
        let notification = format!(r#"{{"jsonrpc":"2.0","method":"a","params":{deep}}}"#);
        assert_eq!(answers_to(&mut client, frame(notification)), [(Value::Null, PARSE_ERROR)]);
        let open_ended = format!(r#"{{"jsonrpc":"2.0","method":"a","params":{}"#, open.repeat(100_000));
        assert_eq!(answers_to(&mut client, frame(open_ended)), [(Value::Null, PARSE_ERROR)]);
    }
    let bare = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(answers_to(&mut client, frame(bare)), [(Value::Null, PARSE_ERROR)]);
}

#[test]
fn every_request_of_a_batch_is_refused() {
    let mut client = Client::ready_probe();
    let batch = format!(r#"[{},{{"jsonrpc":"2.0","method":"a"}},{}]"#, count(&json!(500)), count(&json!("b")));
    assert_eq!(answers_to(&mut client, frame(batch)), [(json!(500), INVALID_REQUEST), (json!("b"), INVALID_REQUEST)]);
}

#[test]
fn headers_may_be_spelled_and_accompanied_freely() {
    let mut client = Client::ready_probe();
    for (index, header) in [
        "content-length: {}\r\n\r\n",
        "CONTENT-LENGTH:{}\r\n\r\n",
        "Content-Length: {}\r\nContent-Type: application/vscode-jsonrpc\r\n\r\n",
        "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
        "Content-Type: application/vscode-jsonrpc; charset=utf8\r\nX-One: 1\r\nContent-Length: {}\r\nX-Two: a: b\r\n\r\n",
        "Content-Length: {}\n\n",
        "\r\n\r\n\nContent-Length: {}\r\n\r\n",
    ]
    .into_iter()
    .enumerate()
    {
        let id = json!(format!("header {index}"));
        let body = count(&id);
        client.send_raw(header.replace("{}", &body.len().to_string()) + &body);
        assert_eq!(client.result(id), json!(0), "{header:?}");
    }
}

#[test]
fn bad_headers_are_skipped_with_what_follows_them() {
    let mut client = Client::ready_probe();
    let skipped = [(Value::Null, PARSE_ERROR)];
    let body = count(&json!("never"));
    for header in [
        "Content-Length: 1000000000000000000\r\n\r\n",
        "Content-Length: 99999999999999999999999999999999\r\n\r\n",
        "Content-Length: 268435457\r\n\r\n",
        "Content-Length: -5\r\n\r\n",
        "Content-Length: ten\r\n\r\n",
        "Content-Length: 1e3\r\n\r\n",
        "Content-Length:\r\n\r\n",
        "Content-Type: application/vscode-jsonrpc\r\n\r\n",
        "Content-Lenght: 20\r\n\r\n",
        "hello\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "",
        "\u{FEFF}",
        "\0\0\0\0",
    ] {
        assert_eq!(answers_to(&mut client, format!("{header}{body}")), skipped, "{header:?}");
    }
}

#[test]
fn a_wrong_length_costs_its_own_message_only() {
    let mut client = Client::ready_probe();
    let body = count(&json!("never"));
    for length in [1, 30, body.len() - 1, body.len() + 1, body.len() + 10, body.len() + 30, body.len() + 100] {
        let answers = answers_to(&mut client, format!("Content-Length: {length}\r\n\r\n{body}"));
        assert_eq!(answers.len(), 1, "{length}: {answers:?}");
        assert_eq!(answers[0].1, PARSE_ERROR, "{length}");
    }
}

#[test]
fn escaped_lone_surrogates_are_repaired() {
    let mut client = Client::ready_probe();
    let open = r#"{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":
        {"uri":"file:///lone","languageId":"plaintext","version":7,"text":"a\ud800b \udc00 \\ud800 \ud83d\ude00"}}}"#;
    client.send_raw(frame(open));
    let position = json!({ "line": 0, "character": 0 });
    let hover =
        client.call("textDocument/hover", json!({ "textDocument": { "uri": "file:///lone" }, "position": position }));
    let seen: Value = serde_json::from_str(hover["contents"]["value"].as_str().unwrap()).unwrap();
    let text = "a\u{FFFD}b \u{FFFD} \\ud800 \u{1F600}";
    assert_eq!(seen, json!({ "version": 7, "hash": super::order::hash(text) }));
}

#[test]
fn a_message_of_64_mib_is_taken() {
    let mut client = Client::ready_probe();
    let text = "x".repeat(64 << 20);
    let body = format!(
        r#"{{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{{"textDocument":
            {{"uri":"file:///large","languageId":"plaintext","version":3,"text":"{text}"}}}}}}"#,
    );
    client.send_raw(frame(body));
    let position = json!({ "line": 0, "character": 0 });
    let hover =
        client.call("textDocument/hover", json!({ "textDocument": { "uri": "file:///large" }, "position": position }));
    let seen: Value = serde_json::from_str(hover["contents"]["value"].as_str().unwrap()).unwrap();
    assert_eq!(seen, json!({ "version": 3, "hash": super::order::hash(&text) }));
}

#[test]
fn an_announced_length_alone_takes_no_memory() {
    let mut client = Client::ready_probe();
    let Some(before) = client.peak_memory() else {
        eprintln!("not checked here: the system does not tell how much memory a process has");
        return;
    };
    client.send_raw(format!("Content-Length: {}\r\n\r\n{{\"jsonrpc\":", 256 << 20));
    client.close_input();
    // The server has read the header when it ends, because the input ended within the frame.
    let mut most = before;
    while let Some(now) = client.peak_memory() {
        most = most.max(now);
        std::thread::yield_now();
    }
    assert_eq!(client.exit_code(), Some(1));
    assert!(most < before + (32 << 20), "grew from {before} to {most} bytes");
}
