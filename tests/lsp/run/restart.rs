//! Sessions started anew, parts of cells, outputs that are cleared.

use serde_json::{Value, json};

use super::{Gate, Lab, SCRIPT, Setup};
use crate::lsp::editor::{NOTEBOOK, cell_uri};

#[test]
fn a_session_is_started_anew_and_its_cells_are_offered() {
    let mut lab = Lab::notebook(&[("a", "kept = 1"), ("b", "'kept' in globals()"), ("c", "kept += 1\nkept")]);
    lab.run_cell("a").ok();
    assert_eq!(lab.run_cell("c").ok().values(), ["2"]);
    lab.run_cell("a").ok();
    let before = lab.command("sessionStatus", json!({ "uri": NOTEBOOK }))["sessionId"].clone();
    let answer = lab.command("restartSession", json!({ "uri": NOTEBOOK }));
    assert!(answer["message"].as_str().unwrap().contains("variables are gone"), "{answer}");
    assert_eq!(lab.story(answer["runId"].as_u64().unwrap(), 1).ok().ends(), ["null ok"]);
    assert_ne!(lab.command("sessionStatus", json!({ "uri": NOTEBOOK }))["sessionId"], before);
    assert_eq!(lab.run_cell("b").ok().values(), ["False"]);
    let [action] = &**answer["actions"].as_array().unwrap() else { panic!("{answer}") };
    assert_eq!(action["title"], "Run the 2 cells again that ran in it");
    let run = lab.act(action)["runId"].as_u64().unwrap();
    // In the order in which each came first.
    let story = lab.story(run, 2).ok();
    assert_eq!((story.ends(), story.values()), (vec!["a ok".to_owned(), "c ok".to_owned()], vec!["2".to_owned()]));
}

#[test]
fn a_restart_can_run_the_cells_again_at_once() {
    let mut lab = Lab::notebook(&[("a", "kept = 41"), ("bad", "1 / 0"), ("b", "kept + 1")]);
    for cell in ["a", "bad", "b"] {
        lab.run_cell(cell);
    }
    let answer = lab.command("restartSession", json!({ "uri": NOTEBOOK, "replay": true }));
    assert_eq!(answer["actions"], json!([]));
    let story = lab.story(answer["runId"].as_u64().unwrap(), 2).ok();
    assert_eq!((story.ends(), story.values()), (vec!["a ok".to_owned(), "b ok".to_owned()], vec!["42".to_owned()]));
}

#[test]
fn a_restart_ends_what_runs_and_what_waits() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", &gate.endless()), ("b", "2")]);
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let guest = gate.guest();
    let again = lab.ask("restartSession", json!({ "uri": NOTEBOOK }));
    guest.gone();
    assert_eq!(lab.story(run, 2).ends(), ["b cancelled", "a cancelled"]);
    lab.story(again, 1).ok();
    assert_eq!(lab.run_cell("b").ok().values(), ["2"]);
    // Where there is none, one is started.
    lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    let run = lab.ask("restartSession", json!({ "uri": NOTEBOOK }));
    lab.story(run, 1).ok();
}

#[test]
fn a_cell_that_fails_after_a_loss_says_which_others_it_needs() {
    let mut lab = Lab::notebook(&[("a", "kept = 1"), ("die", "import os\nos._exit(3)"), ("b", "kept"), ("c", "3")]);
    lab.run_cell("a").ok();
    let died = lab.run_cell("die");
    assert_eq!((died.end(), died.actions().len()), ("error", 1), "{:?}", died.actions());
    assert_eq!(lab.run_cell("c").ok().actions().len(), 0, "it has not missed any");
    let failed = lab.run_cell("b");
    let actions = failed.actions();
    let [action] = &*actions else { panic!("{actions:?}") };
    assert_eq!(action["title"], "Run the cell again that ran before, then this one");
    assert_eq!(action["arguments"][0]["cells"], json!([cell_uri("a"), cell_uri("b")]));
    let run = lab.act(action)["runId"].as_u64().unwrap();
    assert_eq!(lab.story(run, 2).ok().values(), ["1"]);
    lab.editor.client.ignore("window/showMessage");
}

/// The argument that means a part of the script.
fn part(start: [u32; 2], end: [u32; 2]) -> Value {
    let at = |[line, character]: [u32; 2]| json!({ "line": line, "character": character });
    json!({ "uri": SCRIPT, "range": { "start": at(start), "end": at(end) } })
}

#[test]
fn a_part_of_a_script_is_run() {
    let text = "# %%\nx = 1\nif x:\n    y = 'ä'\n    y * 2\n# %%\n# %glue_version 4.0\nz = 3\n# %% language=\"sql\"\n# select 1\n";
    let mut lab = Lab::script(text);
    let run = lab.ask("runSelection", part([1, 0], [2, 0]));
    assert_eq!(lab.story(run, 1).ok().ends(), ["0 ok"]);
    // What it shows is the cell's; its lines are moved to the left.
    let run = lab.ask("runSelection", part([3, 4], [4, 9]));
    assert_eq!(lab.story(run, 1).ok().values(), ["'ää'"]);
    let run = lab.ask("runSelection", part([1, 0], [1, 1]));
    assert_eq!(lab.story(run, 1).ok().values(), ["1"]);
    // The marks of cells are no part of them.
    let run = lab.ask("runSelection", part([0, 0], [5, 0]));
    assert_eq!(lab.story(run, 1).ok().ends(), ["0 ok"]);
    let answer = lab.command("restartSession", json!({ "uri": SCRIPT }));
    lab.story(answer["runId"].as_u64().unwrap(), 1).ok();
    assert_eq!(answer["actions"], json!([]), "a part of a cell is not the cell");
    for (range, says) in [
        (part([1, 0], [1, 0]), "no code is selected"),
        (part([1, 0], [7, 5]), "spans several cells"),
        (part([6, 0], [7, 5]), "the magic `%glue_version` in the selection"),
        (part([9, 2], [9, 8]), "`%%sql`"),
    ] {
        let blocked = lab.blocked("runSelection", range.clone());
        assert_eq!(blocked["reason"], "not-runnable");
        assert!(blocked["message"].as_str().unwrap().contains(says), "{range}: {blocked}");
    }
    lab.command("stopSession", json!({ "uri": SCRIPT }));
    // The settings of its own cell are missed.
    let blocked = lab.blocked("runSelection", part([7, 0], [7, 5]));
    assert_eq!(blocked["reason"], "unapplied-settings");
    let run = lab.act(&blocked["actions"][1])["runId"].as_u64().unwrap();
    lab.story(run, 1).ok();
    assert!(lab.refused("runSelection", json!({ "uri": SCRIPT })).contains("range"));
}

#[test]
fn a_part_of_a_synced_cell_is_run() {
    let mut lab = Lab::notebook(&[("a", "x = 1\nx + 1\nx + 2"), ("b", "%%sql\nselect 1")]);
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 1, "character": 5 } });
    let run = lab.ask("runSelection", json!({ "uri": NOTEBOOK, "cell": cell_uri("a"), "range": range }));
    let story = lab.story(run, 1).ok();
    assert_eq!((story.ends(), story.values()), (vec!["a ok".to_owned()], vec!["2".to_owned()]));
    let run = lab.ask("runSelection", json!({ "uri": cell_uri("a"), "range": range }));
    lab.story(run, 1).ok();
    assert!(lab.refused("runSelection", json!({ "uri": NOTEBOOK, "range": range })).contains("cell"));
    let blocked = lab.blocked("runSelection", json!({ "cell": cell_uri("b"), "range": range }));
    assert!(blocked["message"].as_str().unwrap().contains("%%sql"), "{blocked}");
}

#[test]
fn outputs_are_cleared() {
    let mut lab = Lab::notebook(&[("a", "'a'"), ("b", "1 / 0"), ("c", "'kept' in globals()"), ("k", "kept = 1")]);
    for cell in ["a", "b", "k"] {
        lab.run_cell(cell);
    }
    assert_eq!(lab.command("clearOutputs", json!({ "cell": cell_uri("a") })), json!({ "cleared": 1 }));
    let told = lab.editor.client.notification("glue-ls/cellOutput");
    let empty = json!({ "uri": NOTEBOOK, "cell": cell_uri("a"), "runId": null, "outputs": [], "replace": true });
    assert_eq!(told, empty);
    assert!(lab.refused("showOutput", json!({ "cell": cell_uri("a") })).contains("has shown nothing"));
    let failed = |lab: &mut Lab| lab.editor.pull_items(&cell_uri("b")).to_string().contains("ZeroDivisionError");
    assert!(failed(&mut lab));
    assert_eq!(lab.command("clearOutputs", json!({ "uri": NOTEBOOK })), json!({ "cleared": 2 }));
    assert!(!failed(&mut lab), "what was found by running it is gone as well");
    assert_eq!(lab.command("clearOutputs", json!({ "uri": NOTEBOOK })), json!({ "cleared": 0 }));
    for _ in 0..2 {
        lab.editor.client.notification("glue-ls/cellOutput");
    }
    assert_eq!(lab.run_cell("c").ok().values(), ["True"], "the session keeps its variables");
}

#[test]
fn nothing_of_it_happens_in_a_folder_that_is_not_trusted() {
    let mut lab = Setup::new().option("trusted", json!(false)).start();
    lab.open_script("# %%\n1\n");
    for name in ["restartSession", "attachSession", "runSelection"] {
        let mut argument = part([1, 0], [1, 1]);
        argument["sessionId"] = json!("s");
        assert_eq!(lab.blocked(name, argument)["reason"], "untrusted", "{name}");
    }
}
