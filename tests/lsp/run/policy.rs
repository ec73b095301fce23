//! Runs that the policy does not allow.

use serde_json::json;

use super::{Lab, Setup, file_uri};
use crate::lsp::editor::{NOTEBOOK, cell_uri};

const CELLS: [(&str, &str); 3] = [("s", "%number_of_workers 50"), ("a", "'code'"), ("t", "%number_of_workers 2")];

fn aws(policy: serde_json::Value) -> Lab {
    let mut lab = Setup::new().option("engine", json!("aws")).option("policy", policy).start();
    lab.open_notebook(&CELLS);
    lab
}

#[test]
fn nothing_overrides_the_policy() {
    let mut lab = aws(json!({ "maxWorkers": 10, "reason": "the quota is small" }));
    // What the user can mend by running cells first is offered before.
    assert_eq!(lab.blocked("runCell", json!({ "cell": cell_uri("a") }))["reason"], "unapplied-settings");
    for argument in [
        json!({ "uri": NOTEBOOK, "cells": [cell_uri("s"), cell_uri("a")] }),
        json!({ "cell": cell_uri("a"), "settingsFirst": true }),
    ] {
        for force in [false, true] {
            let mut argument = argument.clone();
            if argument.get("settingsFirst").is_none() {
                argument["force"] = json!(force);
            }
            let blocked = lab.blocked("runCell", argument);
            assert_eq!((&blocked["reason"], &blocked["actions"]), (&json!("policy"), &json!([])), "{blocked}");
            let message = blocked["message"].as_str().unwrap();
            assert!(message.contains("50 workers are too many; the most is 10: the quota is small"), "{message}");
            assert!(message.contains("your editor's settings"), "{message}");
        }
    }
    let blocked = lab.blocked("runAllCells", json!({ "uri": NOTEBOOK, "force": true }));
    assert_eq!(blocked["reason"], "policy");
    // Settings cells alone start nothing, and the session that is wanted then is asked about again.
    lab.run_cell("s").ok();
    assert_eq!(lab.blocked("startSession", json!({ "uri": NOTEBOOK, "force": true }))["reason"], "policy");
    assert_eq!(lab.blocked("runCell", json!({ "cell": cell_uri("a"), "force": true }))["reason"], "policy");
}

#[test]
fn a_project_file_below_the_open_folder_holds_too() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("in");
    std::fs::create_dir(&inner).unwrap();
    let mut lab = Setup::new().option("engine", json!("aws")).root(folder.path()).start();
    let uri = file_uri(&inner.join("etl.py"));
    lab.editor.open(&uri, "python", "# %%\n# %number_of_workers 50\nx = 1\n");
    // It is written after the document was opened, and read when a session is wanted.
    std::fs::write(inner.join("glue-ls.toml"), "[policy]\nmaxWorkers = 10\n").unwrap();
    let blocked = lab.blocked("runCell", json!({ "uri": uri, "cell": 0 }));
    assert_eq!(blocked["reason"], "policy");
    assert!(blocked["message"].as_str().unwrap().contains("glue-ls.toml"), "{blocked}");
    std::fs::write(inner.join("glue-ls.toml"), "[policy]\nmaxWorkers = 'ten'\n").unwrap();
    let blocked = lab.blocked("runCell", json!({ "uri": uri, "cell": 0, "force": true }));
    assert!(blocked["message"].as_str().unwrap().contains("cannot be read"), "{blocked}");
}

#[test]
fn the_engine_of_this_machine_is_free() {
    let mut lab = Setup::new().option("policy", json!({ "maxWorkers": 10 })).start();
    lab.open_notebook(&CELLS);
    assert_eq!(
        lab.editor.pull_cell("s"),
        ["policy 0:19-0:21", "workers-incomplete 0:19-0:21"],
        "it is shown all the same"
    );
    lab.run_cell("s").ok();
    lab.run_cell("a").ok();
}
