//! Cancelling.

use serde_json::json;

use super::{Gate, Lab, SCRIPT};
use crate::lsp::editor::{NOTEBOOK, cell_uri};

#[test]
fn an_endless_loop_ends_and_names_stay() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", "kept = 1"), ("loop", &gate.endless()), ("b", "kept")]);
    lab.run_cell("a").ok();
    for argument in [json!({ "cell": cell_uri("loop") }), json!({ "uri": NOTEBOOK })] {
        let run = lab.ask("runCell", json!({ "cell": cell_uri("loop") }));
        let _guest = gate.guest();
        assert_eq!(lab.command("cancel", argument), json!({ "cancelled": 1 }));
        let story = lab.story(run, 1);
        assert_eq!(story.end(), "cancelled");
        assert!(!story.message().is_empty(), "it is said why");
    }
    let run = lab.ask("runCell", json!({ "cell": cell_uri("loop") }));
    let _guest = gate.guest();
    assert_eq!(lab.command("cancel", json!({ "runId": run })), json!({ "cancelled": 1 }));
    assert_eq!(lab.story(run, 1).end(), "cancelled");
    assert_eq!(lab.command("cancel", json!({ "runId": run })), json!({ "cancelled": 0 }), "it is over");
    assert_eq!(lab.run_cell("b").ok().values(), ["1"]);
    assert_eq!(lab.editor.pull_cell("loop"), [""; 0], "being cancelled is no error");
}

#[test]
fn a_cell_that_waits_leaves_the_queue_and_no_other_does() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("g", &gate.wait()), ("a", "'a'"), ("b", "'b'")]);
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let guest = gate.guest();
    assert_eq!(lab.command("cancel", json!({ "cell": cell_uri("a") })), json!({ "cancelled": 1 }));
    guest.open();
    assert_eq!(lab.story(run, 3).ends(), ["a cancelled", "g ok", "b ok"]);
}

#[test]
fn a_cell_is_cancelled_by_any_of_its_names() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("g", &gate.wait()), ("a", "'a'")]);
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let guest = gate.guest();
    assert_eq!(lab.command("cancel", json!({ "uri": NOTEBOOK, "cell": 1 })), json!({ "cancelled": 1 }));
    guest.open();
    assert_eq!(lab.story(run, 2).ends(), ["a cancelled", "g ok"]);
    lab.open_script(&format!("# %%\n{}\n# %%\n'one'\n# %%\n'two'\n", gate.wait()));
    let run = lab.ask("runAllCells", json!({ "uri": SCRIPT }));
    let guest = gate.guest();
    let last = json!({ "line": 99, "character": 0 });
    assert_eq!(lab.command("cancel", json!({ "uri": SCRIPT, "position": last })), json!({ "cancelled": 1 }));
    guest.open();
    assert_eq!(lab.story(run, 3).ends(), ["2 cancelled", "0 ok", "1 ok"]);
}

#[test]
fn one_run_of_several_is_cancelled() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("g", &gate.wait()), ("a", "'a'"), ("b", "'b'")]);
    let first = lab.ask("runCell", json!({ "cell": cell_uri("g") }));
    let guest = gate.guest();
    let second = lab.ask("runCell", json!({ "uri": NOTEBOOK, "cells": [cell_uri("a"), cell_uri("b")] }));
    let third = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    assert_eq!(lab.command("cancel", json!({ "runId": second })), json!({ "cancelled": 2 }));
    assert_eq!(lab.story(second, 2).ends(), ["a cancelled", "b cancelled"]);
    guest.open();
    lab.story(first, 1).ok();
    lab.story(third, 1).ok();
}

#[test]
fn everything_of_a_document_is_cancelled_and_nothing_of_another() {
    let (gate, other) = (Gate::new(), Gate::new());
    let mut lab = Lab::notebook(&[("g", &gate.endless()), ("a", "'a'")]);
    lab.open_script(&format!("# %%\n{}\n", other.wait()));
    let script = lab.ask("runAllCells", json!({ "uri": SCRIPT }));
    let guest = other.guest();
    let one = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let two = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let _endless = gate.guest();
    assert_eq!(lab.command("cancel", json!({ "uri": NOTEBOOK })), json!({ "cancelled": 3 }));
    assert_eq!(lab.story(one, 2).ends(), ["a cancelled", "g cancelled"]);
    assert_eq!(lab.story(two, 1).ends(), ["a cancelled"]);
    guest.open();
    lab.story(script, 1).ok();
    assert_eq!(lab.command("cancel", json!({ "uri": NOTEBOOK })), json!({ "cancelled": 0 }));
    assert_eq!(lab.command("cancel", json!({ "uri": "file:///ws/never.py" })), json!({ "cancelled": 0 }));
    assert_eq!(lab.command("cancel", json!({ "runId": 999_999 })), json!({ "cancelled": 0 }));
}

#[test]
fn a_cancelled_request_cancels_no_run() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", &gate.wait())]);
    let id = lab.editor.client.command("glue-ls.runCell", json!({ "cell": cell_uri("a") }));
    lab.editor.client.cancel(id);
    // The answer came first, or it was given up: the client gets one of the two.
    let response = lab.editor.client.response(id);
    assert!(response["result"]["runId"].is_u64() || response["error"]["code"] == -32800, "{response}");
    let queued = lab.editor.client.look_for("the queued cell", |message| message["params"]["state"] == "queued");
    let run = queued["params"]["runId"].as_u64().unwrap();
    gate.guest().open();
    lab.story(run, 1).ok();
}

#[test]
fn a_cancelled_request_to_stop_leaves_a_session_that_can_be_asked_for() {
    let mut lab = Lab::notebook(&[("a", "1")]);
    lab.run_cell("a").ok();
    let id = lab.editor.client.command("glue-ls.stopSession", json!({ "uri": NOTEBOOK }));
    lab.editor.client.cancel(id);
    let response = lab.editor.client.response(id);
    assert!(response["result"].is_object() || response["error"]["code"] == -32800, "{response}");
    // Stopped all the same.
    let status = lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    assert!(status["status"].is_null() || status["status"] == "STOPPED", "{status}");
    lab.run_cell("a").ok();
}

#[test]
fn code_that_does_not_obey_loses_its_session() {
    let gate = Gate::new();
    // It is deaf from the moment on in which it comes to the gate.
    let deaf = format!(
        "import time\nwhile True:\n    try:\n        if 'gate' not in globals():\n            {}\n        time.sleep(1000)\n    \
         except KeyboardInterrupt: pass",
        gate.ring().trim_end().replace('\n', "\n            ")
    );
    let mut lab = Lab::notebook(&[("a", "kept = 1"), ("deaf", &deaf), ("b", "'kept' in globals()")]);
    lab.run_cell("a").ok();
    let run = lab.ask("runCell", json!({ "cell": cell_uri("deaf") }));
    let guest = gate.guest();
    assert_eq!(lab.command("cancel", json!({ "runId": run })), json!({ "cancelled": 1 }));
    guest.gone();
    let story = lab.story(run, 1);
    let told = format!("{} {}", story.message(), story.text());
    assert!(told.contains("interrupt"), "it is said why: {told}");
    let story = lab.run_cell("b").ok();
    assert_eq!(story.values(), ["False"]);
    assert!(story.states().contains(&"starting-session".to_owned()), "{:?}", story.states());
    assert!(story.stream("stderr").contains("without the variables"), "{}", story.text());
}

#[test]
fn the_start_of_a_session_can_be_cancelled() {
    let mut lab = Lab::notebook(&[("a", "1")]);
    let run = lab.ask("startSession", json!({ "uri": NOTEBOOK }));
    lab.command("cancel", json!({ "uri": NOTEBOOK }));
    let end = lab.story(run, 1).end().to_owned();
    assert!(end == "cancelled" || end == "ok", "{end}");
    lab.run_cell("a").ok();
}
