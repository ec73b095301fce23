//! Runs that do not begin, and what the user is offered.

use serde_json::{Value, json};

use super::{Gate, Lab, SCRIPT, Setup};
use crate::lsp::editor::{NOTEBOOK, cell_uri};

const CELLS: [(&str, &str); 4] =
    [("s", "%glue_version 4.0"), ("a", "'code'"), ("t", "%idle_timeout 20"), ("b", "'more'")];

fn titles(blocked: &Value) -> Vec<&str> {
    blocked["actions"].as_array().unwrap().iter().map(|action| action["title"].as_str().unwrap()).collect()
}

#[test]
fn settings_above_are_run_first_if_the_user_wants() {
    let mut lab = Lab::notebook(&CELLS);
    let blocked = lab.blocked("runCell", json!({ "cell": cell_uri("b") }));
    assert_eq!(blocked["reason"], "unapplied-settings");
    assert_eq!(titles(&blocked), ["Run the settings cells first", "Start anyway"]);
    let answer = lab.act(&blocked["actions"][0]);
    let story = lab.story(answer["runId"].as_u64().unwrap(), 3).ok();
    assert_eq!(story.ends(), ["s ok", "t ok", "b ok"]);
    assert_eq!(story.stream("stdout"), "glue_version = 4.0\nidle_timeout = 20\n");
}

#[test]
fn settings_above_are_passed_over_if_the_user_wants() {
    let mut lab = Lab::notebook(&CELLS);
    let blocked = lab.blocked("runCell", json!({ "cell": cell_uri("a") }));
    assert!(blocked["message"].as_str().unwrap().contains("settings cell 0 "), "only what is above: {blocked}");
    let answer = lab.act(&blocked["actions"][1]);
    assert_eq!(lab.story(answer["runId"].as_u64().unwrap(), 1).ok().ends(), ["a ok"]);
    // There is a session now: settings would hold from the next one on.
    lab.run_cell("b").ok();
    let told = lab.run_cell("t").ok().stream("stderr");
    assert!(told.contains("from the next one on"), "{told}");
}

#[test]
fn the_same_holds_in_scripts_and_for_several_cells() {
    let mut lab = Lab::script("# %%\n# %glue_version 4.0\n\n# %%\n'one'\n\n# %%\n'two'\n");
    let argument = json!({ "uri": SCRIPT, "cells": [2, 1] });
    let blocked = lab.blocked("runCell", argument);
    assert_eq!(blocked["reason"], "unapplied-settings");
    let answer = lab.act(&blocked["actions"][0]);
    let story = lab.story(answer["runId"].as_u64().unwrap(), 3).ok();
    assert_eq!(story.ends(), ["0 ok", "2 ok", "1 ok"]);
    // `runCellsAbove` is blocked and done like the rest.
    lab.command("stopSession", json!({ "uri": SCRIPT }));
    lab.editor.replace(SCRIPT, "# %%\n'one'\n\n# %%\n# %glue_version 5.0\n\n# %%\n'two'\n\n# %%\n'three'\n");
    let run = lab.ask("runCellsAbove", json!({ "uri": SCRIPT, "cell": 3 }));
    assert_eq!(lab.story(run, 3).ok().ends(), ["0 ok", "1 ok", "2 ok"], "what runs before counts");
}

#[test]
fn settings_that_wait_count_as_run() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("s", "%glue_version 4.0"), ("g", &gate.wait()), ("a", "1")]);
    let all = lab.ask("runCell", json!({ "uri": NOTEBOOK, "cells": [cell_uri("s"), cell_uri("g")] }));
    let a = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    gate.guest().open();
    lab.story(all, 2).ok();
    lab.story(a, 1).ok();
}

#[test]
fn settings_that_were_changed_since_they_ran_count_as_not_run() {
    let mut lab = Lab::notebook(&CELLS);
    lab.run_cell("s").ok();
    lab.editor.edit_cell("s", json!([{ "text": "%glue_version 5.0" }]));
    assert_eq!(lab.blocked("runCell", json!({ "cell": cell_uri("a") }))["reason"], "unapplied-settings");
    lab.run_cell("s").ok();
    lab.run_cell("a").ok();
}

#[test]
fn starting_a_session_looks_at_all_settings() {
    let mut lab = Lab::notebook(&CELLS);
    let blocked = lab.blocked("startSession", json!({ "uri": NOTEBOOK }));
    assert_eq!(blocked["reason"], "unapplied-settings");
    let answer = lab.act(&blocked["actions"][0]);
    let run = answer["runId"].as_u64().unwrap();
    assert_eq!(lab.story(run, 1).ok().ends(), ["null ok"]);
    // The settings cells were a run of their own.
    assert_eq!(lab.story(run - 1, 2).ok().ends(), ["s ok", "t ok"]);
    lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    // They have been run.
    let run = lab.ask("startSession", json!({ "uri": NOTEBOOK }));
    lab.story(run, 1).ok();
}

#[test]
fn a_session_can_be_started_without_its_settings() {
    let mut lab = Lab::notebook(&CELLS);
    let blocked = lab.blocked("startSession", json!({ "uri": NOTEBOOK }));
    let answer = lab.act(&blocked["actions"][1]);
    assert_eq!(lab.story(answer["runId"].as_u64().unwrap(), 1).ok().ends(), ["null ok"]);
}

#[test]
fn a_cell_with_problems_runs_only_if_the_user_insists() {
    let mut lab = Lab::notebook(&[("a", "%workertype G.1X\nprint('ran')"), ("b", "2")]);
    let blocked = lab.blocked("runCell", json!({ "cell": cell_uri("a") }));
    assert_eq!((&blocked["reason"], titles(&blocked)), (&json!("problems"), vec!["Run all the same"]));
    assert!(blocked["message"].as_str().unwrap().contains("workertype"), "{blocked}");
    let answer = lab.act(&blocked["actions"][0]);
    let story = lab.story(answer["runId"].as_u64().unwrap(), 1);
    assert_eq!((story.end(), story.stream("stdout").as_str()), ("error", "ran\n"), "{}", story.text());
    assert!(story.stream("stderr").contains("workertype"), "the problem is told: {}", story.text());
    // The other cell has none.
    lab.run_cell("b").ok();
    assert_eq!(lab.blocked("runAllCells", json!({ "uri": NOTEBOOK }))["reason"], "problems");
}

#[test]
fn insisting_on_all_cells_runs_all_cells() {
    let mut lab = Lab::notebook(&[("b", "2"), ("a", "%workertype G.1X")]);
    let blocked = lab.blocked("runAllCells", json!({ "uri": NOTEBOOK }));
    let answer = lab.act(&blocked["actions"][0]);
    assert_eq!(lab.story(answer["runId"].as_u64().unwrap(), 2).ends(), ["b ok", "a error"]);
}

#[test]
fn what_has_no_cells_of_its_own_is_not_run() {
    let mut lab = Setup::new().start();
    let json_text = r#"{"cells":[{"cell_type":"code","source":["%glue_version 4.0"],"metadata":{},"outputs":[],"execution_count":null}],"metadata":{"kernelspec":{"name":"glue_pyspark","display_name":"Glue","language":"python"}},"nbformat":4,"nbformat_minor":5}"#;
    let documents = [
        ("file:///ws/a.ipynb", "json", json_text, "JSON"),
        ("file:///ws/job.py", "python", "import awsglue\nprint(1)\n", "# %%"),
        (
            "file:///ws/.virtual_documents/etl.ipynb",
            "python",
            "get_ipython().run_line_magic(\"glue_version\", \"4.0\")\nprint(1)\n",
            "",
        ),
    ];
    for (uri, language, text, why) in documents {
        lab.editor.open(uri, language, text);
        for command in ["runCell", "runAllCells", "startSession"] {
            let argument = json!({ "uri": uri, "position": { "line": 0, "character": 0 } });
            let blocked = lab.blocked(command, argument);
            assert_eq!(blocked["reason"], "not-runnable", "{uri} {command}");
            assert!(blocked["message"].as_str().unwrap().contains(why), "{blocked}");
            let actions = blocked["actions"].as_array().unwrap().iter().map(|action| &action["command"]);
            let expected = (why == "JSON").then_some("glue-ls.openAsScript");
            assert!(actions.eq(expected), "{blocked}");
        }
    }
    lab.editor.open("file:///ws/empty.py", "python", "# %%\n\n");
    assert_eq!(lab.blocked("runAllCells", json!({ "uri": "file:///ws/empty.py" }))["reason"], "not-runnable");
}
