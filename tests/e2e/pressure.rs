//! A client that reads slowly, or not at all, makes the server wait, not grow.

use serde_json::{Value, json};

use super::client::Client;

const MIB: u64 = 1 << 20;
/// What the server may take at most: a debug build with its budgets of 32 MiB each way, and room for copies.
const MOST_MEMORY: u64 = 160 * MIB;
const FLOOD_BYTES: u64 = 64 * 1024;
/// 500 MB in all.
const FLOOD_COUNT: u64 = 500_000_000 / FLOOD_BYTES;

/// Waits until the server does nothing more: its memory and its CPU time stay as they are.
fn wait_until_blocked(client: &Client) {
    let mut same = 0;
    let mut last = None;
    while same < 20 {
        let now = client.activity();
        assert!(now.is_some(), "the server is gone\n{}", client.evidence());
        same = if now == last { same + 1 } else { 0 };
        last = now;
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn a_client_that_stops_reading_does_not_make_the_server_grow() {
    let mut client = Client::ready_probe();
    if client.peak_memory().is_none() {
        eprintln!("not checked here: the system does not tell how much memory a process has");
        return;
    }
    client.keep_at_most(0);
    let flood = client.command("flood", json!({ "count": FLOOD_COUNT, "bytes": FLOOD_BYTES }));
    // Requests go on arriving, more of them than the server may keep: it has to stop reading.
    let padding = "y".repeat(100_000);
    let asked: Vec<_> = (0..2_000).map(|_| client.command("count", json!({ "padding": padding }))).collect();
    wait_until_blocked(&client);
    let peak = client.peak_memory().unwrap();
    assert!(peak < MOST_MEMORY, "{peak} bytes while the client did not read");

    // Then it reads, slowly: a little at a time, never more than a few messages ahead of the test.
    client.keep_at_most(1 << 20);
    for index in 0..FLOOD_COUNT {
        let params = client.notification("probe/flood");
        assert_eq!(params["index"], index);
        assert_eq!(params["text"].as_str().map(str::len), usize::try_from(FLOOD_BYTES).ok());
    }
    assert_eq!(client.result(flood), json!(FLOOD_COUNT));
    for id in asked {
        assert!(client.result(id).is_u64());
    }
    let peak = client.peak_memory().unwrap();
    assert!(peak < MOST_MEMORY, "{peak} bytes in all");
}

#[test]
fn handlers_that_send_one_message_each_do_not_pile_up() {
    let mut client = Client::ready_probe();
    if client.peak_memory().is_none() {
        eprintln!("not checked here: the system does not tell how much memory a process has");
        return;
    }
    client.keep_at_most(0);
    let asked: Vec<_> = (0..400).map(|_| client.command("flood", json!({ "count": 1, "bytes": MIB }))).collect();
    wait_until_blocked(&client);
    let peak = client.peak_memory().unwrap();
    assert!(peak < MOST_MEMORY, "{peak} bytes");

    client.keep_at_most(4 << 20);
    for id in asked {
        client.notification("probe/flood");
        assert_eq!(client.result(id), json!(1));
    }
}

#[test]
fn a_client_that_stops_reading_can_still_end_the_server() {
    let mut client = Client::ready_probe();
    client.keep_at_most(0);
    client.command("flood", json!({ "count": 1000, "bytes": MIB }));
    if client.activity().is_some() {
        wait_until_blocked(&client);
    }
    client.request("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(0));
    // What was on its way is cut off somewhere.
    client.output_may_be_torn();
    client.rest();
}
