//! The session of a document: started, asked for, stopped, changed.

use serde_json::{Value, json};

use super::{Gate, Lab, SCRIPT, Setup};
use crate::lsp::editor::{NOTEBOOK, cell_uri};

#[test]
fn a_session_is_started_asked_for_and_stopped() {
    let mut lab = Lab::notebook(&[("a", "kept = 1"), ("b", "'kept' in globals()")]);
    let none = json!({
        "uri": NOTEBOOK, "engine": "local", "sessionId": null, "status": null, "workers": null, "dpuSeconds": null,
        "costPerHour": null, "costSoFar": null, "message": null,
    });
    assert_eq!(lab.command("stopSession", json!({ "uri": NOTEBOOK })), none);
    let mut with_survivors = none.clone();
    with_survivors["survivors"] = json!([]);
    assert_eq!(lab.command("sessionStatus", json!({ "uri": NOTEBOOK })), with_survivors);
    let run = lab.ask("startSession", json!({ "uri": NOTEBOOK }));
    let story = lab.story(run, 1).ok();
    assert_eq!(story.ends(), ["null ok"]);
    assert!(story.states().contains(&"starting-session".to_owned()), "{:?}", story.states());
    let status = lab.command("sessionStatus", json!({ "uri": cell_uri("a") }));
    assert_eq!(
        (&status["status"], &status["uri"], &status["engine"]),
        (&json!("READY"), &json!(NOTEBOOK), &json!("local"))
    );
    assert_eq!((status["costPerHour"].as_f64(), status["costSoFar"].as_f64()), (Some(0.0), Some(0.0)));
    assert_eq!((&status["dashboardUrl"], &status["logsUrl"]), (&Value::Null, &Value::Null));
    let why = format!("The local Glue has no dashboard for the session {}", status["sessionId"].as_str().unwrap());
    assert_eq!(status["dashboardError"], json!(why));
    // To start what runs does nothing.
    let run = lab.ask("startSession", json!({ "uri": NOTEBOOK }));
    lab.story(run, 1).ok();
    assert_eq!(lab.command("sessionStatus", json!({ "uri": NOTEBOOK }))["sessionId"], status["sessionId"]);
    lab.run_cell("a").ok();
    assert_eq!(lab.run_cell("b").ok().values(), ["True"]);
    let stopped = lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    assert_eq!((&stopped["status"], &stopped["sessionId"]), (&json!("STOPPED"), &status["sessionId"]));
    assert_eq!(lab.run_cell("b").ok().values(), ["False"]);
    assert_ne!(lab.command("sessionStatus", json!({ "uri": NOTEBOOK }))["sessionId"], status["sessionId"]);
}

#[test]
fn stopping_ends_what_runs_and_what_waits() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", &gate.endless()), ("b", "2")]);
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let guest = gate.guest();
    let stopped = lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    assert_eq!(stopped["status"], "STOPPED");
    guest.gone();
    let story = lab.story(run, 2);
    assert_eq!(story.ends(), ["b cancelled", "a cancelled"]);
    assert!(story.message().contains("stopped"), "{}", story.message());
    lab.run_cell("b").ok();
}

#[test]
fn the_state_of_the_session_is_told_as_it_changes() {
    let mut lab = Lab::notebook(&[("a", "1")]);
    lab.run_cell("a").ok();
    lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    let mut words = Vec::new();
    while words.last() != Some(&"STOPPED".to_owned()) {
        let told = lab.editor.client.notification("glue-ls/sessionState");
        assert_eq!((&told["uri"], &told["engine"]), (&json!(NOTEBOOK), &json!("local")));
        if let Some(word) = told["status"].as_str() {
            words.push(word.to_owned());
        }
    }
    words.dedup();
    let known = ["PROVISIONING", "READY", "STOPPING", "STOPPED"];
    assert!(words.iter().all(|word| known.contains(&&**word)) && words.contains(&"READY".to_owned()), "{words:?}");
    assert!(words.is_sorted_by_key(|word| known.iter().position(|known| known == word)), "{words:?}");
}

#[test]
fn a_cell_can_stop_its_session() {
    let mut lab = Lab::notebook(&[("a", "kept = 1"), ("s", "%stop_session"), ("b", "'kept' in globals()")]);
    lab.run_cell("a").ok();
    let told = lab.run_cell("s").ok().stream("stdout");
    assert!(told.contains("is stopped"), "{told}");
    assert_eq!(lab.run_cell("b").ok().values(), ["False"]);
}

#[test]
fn a_session_that_dies_is_told_and_replaced() {
    let mut lab = Lab::notebook(&[("a", "import os\nos._exit(3)"), ("b", "2")]);
    let story = lab.run_cell("a");
    assert_eq!(story.end(), "error");
    assert!(story.message().contains("Python ended with exit code 3"), "{}", story.message());
    assert_eq!(story.outputs()[0]["ename"], "PythonEnded", "it is shown in the cell: {}", story.text());
    let story = lab.run_cell("b").ok();
    assert_eq!(story.values(), ["2"]);
    assert!(story.stream("stderr").contains("without the variables"), "{}", story.text());
}

#[test]
fn another_interpreter_takes_the_place_of_the_first() {
    let gate = Gate::new();
    let mut lab = Lab::script(&format!("# %%\n{}# %%\nkept = 1\n# %%\n'kept' in globals()\n", gate.ring()));
    let run = lab.ask("runCell", json!({ "uri": SCRIPT, "cells": [0, 1] }));
    let old = gate.guest();
    lab.story(run, 2).ok();
    let first = lab.command("sessionStatus", json!({ "uri": SCRIPT }));
    // Another name of the same interpreter will do.
    let link = lab.home.path().join("python");
    let code = "import sys; print(sys.executable)";
    let found = std::process::Command::new(super::python()).args(["-c", code]).output().unwrap();
    let path = String::from_utf8(found.stdout).unwrap();
    std::os::unix::fs::symlink(path.trim(), &link).unwrap();
    let settings = json!({ "local": { "python": link } });
    lab.editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": { "glue-ls": settings } }));
    assert_eq!(lab.run_ordinal(2).ok().values(), ["False"]);
    old.gone();
    let told = lab.editor.client.notification("window/showMessage");
    assert!(told["message"].as_str().unwrap().contains("is stopped, because `local.python` changed"), "{told}");
    let second = lab.command("sessionStatus", json!({ "uri": SCRIPT }));
    assert_eq!(second["status"], "READY");
    assert_ne!(first["sessionId"], second["sessionId"]);
}

#[test]
fn without_an_interpreter_it_is_said_what_to_do() {
    let setup = Setup::new().option("local", json!({ "python": "/nowhere/python3" }));
    let mut lab = setup.start();
    lab.open_notebook(&[("a", "1")]);
    let story = lab.run_cell("a");
    assert_eq!(story.end(), "error");
    let text = format!("{} {}", story.message(), story.text());
    assert!(text.contains("/nowhere/python3"), "{text}");
    // Once it is set right, cells run.
    let settings = json!({ "local": { "python": super::python() } });
    lab.editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
    lab.run_cell("a").ok();
}

#[test]
fn status_words_are_there_without_any_document() {
    let mut lab = Setup::new().start();
    let status = lab.command("sessionStatus", Value::Null);
    assert_eq!((&status["status"], &status["survivors"]), (&Value::Null, &json!([])));
}

#[test]
fn a_cell_that_takes_its_session_with_it_is_seen_at_once() {
    let mut lab = Lab::notebook(&[("a", "import os\nos._exit(3)")]);
    lab.run_cell("a");
    let failed = lab.editor.client.look_for("the session to fail", |message| message["params"]["status"] == "FAILED");
    assert!(failed["params"]["message"].as_str().unwrap().contains("Python ended"), "{failed}");
}

#[test]
fn another_profile_counts_for_the_next_session() {
    let mut setup = Setup::new().option("engine", json!("aws")).option("profile", json!("one-of-nobody"));
    setup.options["region"] = json!("eu-west-1");
    let mut lab = setup.start();
    lab.open_notebook(&[("a", "1")]);
    let story = lab.run_cell("a");
    assert_eq!(story.end(), "error");
    assert!(story.text().contains("one-of-nobody"), "{}", story.text());
    let settings = json!({ "profile": "two-of-nobody" });
    lab.editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
    let story = lab.run_cell("a");
    assert_eq!(story.end(), "error");
    assert!(story.text().contains("two-of-nobody"), "{}", story.text());
}
