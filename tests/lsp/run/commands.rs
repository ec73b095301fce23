//! The commands themselves: what is offered, what is refused and how.

use serde_json::{Value, json};

use super::{Lab, SCRIPT, Setup};
use crate::lsp::editor::{NOTEBOOK, cell_uri};

#[test]
fn every_command_is_offered_and_known() {
    let mut lab = Setup::new().start();
    let offered = &lab.editor.server["capabilities"]["executeCommandProvider"]["commands"];
    let expected = [
        "runCell",
        "runCellsAbove",
        "runAllCells",
        "runSelection",
        "cancel",
        "startSession",
        "stopSession",
        "restartSession",
        "attachSession",
        "listSessions",
        "sessionStatus",
        "showPlan",
        "showOutput",
        "clearOutputs",
        "refreshAccount",
        "loadNames",
        "listNames",
        "openAsScript",
        "doctor",
        "trustFolder",
    ];
    assert_eq!(*offered, json!(expected.map(|name| format!("glue-ls.{name}"))));
    assert_eq!(lab.editor.server["capabilities"]["codeLensProvider"], json!({}));
    let lab_of_others = Setup::plain().start();
    assert_eq!(lab_of_others.editor.server["capabilities"]["inlayHintProvider"], true);
    assert!(lab.refused("nonsense", json!({})).contains("no command `glue-ls.nonsense`"));
}

#[test]
fn only_what_asks_for_our_notifications_gets_them() {
    for (announced, shows) in
        [(json!(true), true), (json!({}), true), (json!(false), false), (json!(1), false), (Value::Null, false)]
    {
        let mut setup = Setup::new();
        setup.capabilities["experimental"] = json!({ "glueLs": announced });
        let lab = setup.start();
        // Who shows runs has ways of its own to ask for them.
        let kinds = &lab.editor.server["capabilities"]["codeActionProvider"]["codeActionKinds"];
        let runs = kinds.as_array().unwrap().iter().any(|kind| kind == "source.glue-ls.run");
        assert_eq!(runs, !shows, "{announced}");
    }
}

#[test]
fn wrong_arguments_are_refused_in_words() {
    let mut lab = Lab::script("# %%\n1\n");
    let wrong = [
        json!([1]),
        json!("file:///ws/etl.py"),
        json!(7),
        json!({ "uri": 3 }),
        json!({ "cell": -1 }),
        json!({ "cell": 1.5 }),
        json!({ "cell": {} }),
        json!({ "cells": 1 }),
        json!({ "position": {} }),
        json!({ "range": {} }),
        json!({ "sessionId": 3 }),
        json!({ "position": { "line": -1, "character": 0 } }),
        json!({ "runId": "x" }),
        json!({ "force": "yes" }),
    ];
    for name in ["runCell", "cancel", "sessionStatus", "trustFolder"] {
        for argument in &wrong {
            let message = lab.refused(name, argument.clone());
            assert!(message.contains("argument") || message.contains("one object"), "{argument}: {message}");
            assert!(!message.contains("untagged") && !message.contains("variant"), "{argument}: {message}");
        }
    }
    let params = json!({ "command": "glue-ls.runCell", "arguments": [{}, {}] });
    let id = lab.editor.client.request("workspace/executeCommand", params);
    assert_eq!(lab.editor.client.error_code(id), -32602);
    // Members that nobody knows are passed over, for clients that are newer.
    let run = lab.ask("runCell", json!({ "uri": SCRIPT, "cell": 0, "more": true }));
    lab.story(run, 1).ok();
}

#[test]
fn what_is_not_there_is_named() {
    let mut lab = Setup::new().start();
    for name in ["runCell", "runAllCells", "startSession", "showPlan", "showOutput"] {
        assert!(lab.refused(name, Value::Null).contains("open a notebook or script"), "{name}");
        assert!(lab.refused(name, json!({ "uri": "file:///ws/never.py" })).contains("never.py is not open"), "{name}");
    }
    lab.open_script("# %%\n1\n\n# %%\n2\n");
    lab.open_notebook(&[("a", "1"), ("b", "2")]);
    for (cell, says) in
        [(json!(2), "no cell 2"), (json!(u64::from(u32::MAX)), "no cell"), (json!("a"), "no cell of the document")]
    {
        for name in ["runCell", "runCellsAbove", "showOutput"] {
            let message = lab.refused(name, json!({ "uri": SCRIPT, "cell": cell }));
            assert!(message.contains(says), "{message}");
        }
    }
    assert!(lab.refused("runCell", json!({ "uri": SCRIPT, "cells": [0, 9] })).contains("no cell 9"));
    assert!(lab.refused("runCell", json!({ "uri": NOTEBOOK, "cell": 2 })).contains("no cell 2"));
    assert!(lab.refused("runCell", json!({ "uri": NOTEBOOK, "cell": cell_uri("z") })).contains("is no cell"));
    assert!(lab.refused("runCell", json!({ "uri": NOTEBOOK })).contains("name a cell"));
}

#[test]
fn a_notebook_that_was_opened_is_meant_without_arguments() {
    let mut lab = Lab::notebook(&[("a", "'a'"), ("b", "'b'")]);
    let run = lab.ask("runAllCells", Value::Null);
    assert_eq!(lab.story(run, 2).ok().ends(), ["a ok", "b ok"]);
    // The cell is the one where the user is.
    lab.editor.ask("textDocument/hover", &cell_uri("b"), 0, 1);
    let run = lab.ask("runCell", Value::Null);
    assert_eq!(lab.story(run, 1).ok().ends(), ["b ok"]);
    lab.editor.edit_cell("a", json!([{ "text": "'changed'" }]));
    let run = lab.ask("runCell", Value::Null);
    assert_eq!(lab.story(run, 1).ok().values(), ["'changed'"]);
    assert_eq!(lab.command("stopSession", Value::Null)["uri"], NOTEBOOK);
}
