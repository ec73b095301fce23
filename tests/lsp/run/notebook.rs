//! Notebooks whose cells are synced one by one.

use serde_json::{Value, json};

use super::{Gate, Lab, Setup};
use crate::lsp::editor::{NOTEBOOK, cell_uri, kernel};

#[test]
fn a_cell_runs_from_its_queue_to_its_end() {
    let mut lab = Lab::notebook(&[("a", "print('to out')\nimport sys\nprint('to err', file=sys.stderr)\n6 * 7")]);
    let story = lab.run_cell("a");
    assert_eq!(story.states(), ["queued", "starting-session", "running", "ok"]);
    assert_eq!(story.values(), ["42"]);
    assert_eq!((&*story.stream("stdout"), &*story.stream("stderr")), ("to out\n", "to err\n"));
    // The session is there now.
    let story = lab.run_cell("a");
    assert_eq!(story.states(), ["queued", "running", "ok"]);
    assert_eq!(story.values(), ["42"], "what was there is replaced");
}

#[test]
fn cells_share_their_names_and_run_in_the_order_asked_for() {
    let mut lab =
        Lab::notebook(&[("a", "x = x * 2 if 'x' in globals() else 1\nx"), ("b", "x = x + 10\nx"), ("c", "x")]);
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let story = lab.story(run, 3);
    assert_eq!((story.ends(), story.values()), (svec(["a ok", "b ok", "c ok"]), svec(["1", "11", "11"])));
    let run = lab.ask("runCell", json!({ "uri": NOTEBOOK, "cells": [cell_uri("b"), cell_uri("a")] }));
    let story = lab.story(run, 2);
    assert_eq!((story.ends(), story.values()), (svec(["b ok", "a ok"]), svec(["21", "42"])));
    let run = lab.ask("runCellsAbove", json!({ "cell": cell_uri("c") }));
    let story = lab.story(run, 2);
    assert_eq!((story.ends(), story.values()), (svec(["a ok", "b ok"]), svec(["84", "94"])));
    // An ordinal names a cell as well, and what is told bears the cell's own name.
    let run = lab.ask("runCell", json!({ "uri": NOTEBOOK, "cell": 2 }));
    assert_eq!(lab.story(run, 1).ends(), ["c ok"]);
    // So does the cell's URI in the place of the document's.
    let run = lab.ask("runCell", json!({ "uri": cell_uri("b") }));
    assert_eq!(lab.story(run, 1).ends(), ["b ok"]);
}

fn svec<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

#[test]
fn text_cells_and_empty_ones_are_left_out() {
    let mut lab = Setup::new().start();
    let mut cells = [("t", "# Title"), ("e", "  \n"), ("a", "1")]
        .map(|(name, text)| (crate::lsp::editor::code_cell(name), crate::lsp::editor::cell_text(name, text)));
    cells[0].0["kind"] = json!(1);
    let (cells, texts): (Vec<Value>, Vec<Value>) = cells.into_iter().unzip();
    let document = json!({
        "uri": NOTEBOOK, "notebookType": "jupyter-notebook", "version": 0, "metadata": kernel("glue_pyspark"), "cells": cells,
    });
    let params = json!({ "notebookDocument": document, "cellTextDocuments": texts });
    lab.editor.client.notify("notebookDocument/didOpen", params);
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    assert_eq!(lab.story(run, 1).ends(), ["a ok"]);
    for argument in [json!({ "cell": cell_uri("t") }), json!({ "cell": cell_uri("e") })] {
        assert_eq!(lab.blocked("runCell", argument)["reason"], "not-runnable");
    }
    assert_eq!(lab.blocked("runCellsAbove", json!({ "cell": cell_uri("a") }))["reason"], "not-runnable");
    assert_eq!(lab.blocked("runCell", json!({ "uri": NOTEBOOK, "cells": [] }))["reason"], "not-runnable");
}

#[test]
fn an_error_ends_the_run_and_the_cells_behind_it_do_not_run() {
    let mut lab = Lab::notebook(&[("a", "print('before')\n1 / 0"), ("b", "2"), ("c", "3")]);
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let story = lab.story(run, 3);
    assert_eq!(story.ends(), ["a error", "b cancelled", "c cancelled"]);
    assert!(story.message().contains("earlier cell"), "{}", story.message());
    let outputs = story.outputs();
    assert_eq!((&outputs[0]["text"], &outputs[1]["ename"]), (&json!("before\n"), &json!("ZeroDivisionError")));
    assert_eq!(outputs[1]["evalue"], "division by zero");
    assert!(outputs[1]["traceback"].as_array().is_some_and(|lines| !lines.is_empty()), "{outputs:?}");
    assert_eq!(outputs.len(), 2, "{outputs:?}");
}

#[test]
fn a_figure_is_shown_as_an_image() {
    let code = "import sys, types\nsys.modules.setdefault('matplotlib', types.ModuleType('matplotlib'))\n\
                class Figure:\n    def savefig(self, file, format): file.write(b'\\x89PNG')\n%matplot Figure()";
    let mut lab = Lab::notebook(&[("a", code)]);
    let outputs = lab.run_cell("a").ok().outputs();
    assert_eq!(outputs.len(), 1, "{outputs:?}");
    assert_eq!(
        (&outputs[0]["output_type"], &outputs[0]["data"]["image/png"]),
        (&json!("display_data"), &json!("iVBORw=="))
    );
}

#[test]
fn settings_are_told_and_need_no_session() {
    let mut lab = Lab::notebook(&[("a", "%glue_version 4.0\n%idle_timeout 30"), ("b", "1")]);
    let story = lab.run_cell("a").ok();
    assert_eq!(story.states(), ["queued", "running", "ok"]);
    assert_eq!(story.stream("stdout"), "glue_version = 4.0\nidle_timeout = 30\n");
    let status = lab.command("sessionStatus", json!({ "uri": NOTEBOOK }));
    assert_eq!(status["sessionId"], Value::Null, "{status}");
    lab.run_cell("b").ok();
}

#[test]
fn a_cell_runs_as_it_was_when_it_was_asked_for() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", &gate.wait()), ("b", "'old'")]);
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let guest = gate.guest();
    // One runs, the other waits, and both are changed.
    lab.editor.edit_cell("a", json!([{ "text": "raise ValueError" }]));
    lab.editor.edit_cell("b", json!([{ "text": "'new'" }]));
    let again = lab.ask("runCell", json!({ "cell": cell_uri("b") }));
    guest.open();
    let story = lab.story(run, 2).ok();
    assert_eq!(story.values(), ["b'x'", "'old'"]);
    assert_eq!(lab.story(again, 1).ok().values(), ["'new'"]);
}

#[test]
fn a_cell_that_is_deleted_runs_to_its_end() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", &gate.wait()), ("b", "2"), ("c", "3")]);
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let guest = gate.guest();
    lab.editor.splice(0, 2, &[], &[], &["a", "b"]);
    guest.open();
    assert_eq!(lab.story(run, 3).ends(), ["a ok", "b ok", "c ok"]);
    assert!(lab.refused("runCell", json!({ "uri": NOTEBOOK, "cell": cell_uri("a") })).contains("no cell"));
    lab.run_cell("c").ok();
}

#[test]
fn a_deleted_cell_can_still_be_cancelled() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", &gate.endless()), ("b", "2")]);
    let run = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let _guest = gate.guest();
    lab.editor.splice(0, 1, &[], &[], &["a"]);
    let answer = lab.command("cancel", json!({ "uri": NOTEBOOK, "cell": cell_uri("a") }));
    assert_eq!(answer, json!({ "cancelled": 1 }));
    assert_eq!(lab.story(run, 1).end(), "cancelled");
    lab.run_cell("b").ok();
}

#[test]
fn a_notebook_that_is_closed_runs_on_and_can_be_cancelled() {
    let gate = Gate::new();
    let cells = [("a", &*gate.endless()), ("b", "kept = 1")];
    let mut lab = Lab::notebook(&cells);
    lab.run_cell("b").ok();
    let run = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let _guest = gate.guest();
    lab.editor.close_notebook(&["a", "b"]);
    assert!(lab.refused("runAllCells", json!({ "uri": NOTEBOOK })).contains("not open"));
    assert_eq!(lab.command("cancel", json!({ "uri": NOTEBOOK })), json!({ "cancelled": 1 }));
    assert_eq!(lab.story(run, 1).ends(), ["a cancelled"]);
    // Opened again, it has the session that it had.
    lab.open_notebook(&[("a", "kept")]);
    assert_eq!(lab.run_cell("a").ok().values(), ["1"]);
    // And closed once more, its session can be stopped.
    lab.editor.close_notebook(&["a"]);
    assert_eq!(lab.command("stopSession", json!({ "uri": NOTEBOOK }))["status"], "STOPPED");
}

#[test]
fn each_notebook_has_a_session_of_its_own() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", &format!("x = 1\n{}", gate.wait())), ("b", "import os\n(x, os.getpid())")]);
    let run = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let one = gate.guest();
    // The other one does not wait for the first.
    lab.open_script("# %%\nx = 2\nimport os\nos.getpid()\n# %%\nx\n");
    let other = lab.run_ordinal(0).ok().values();
    assert_ne!(other, [one.pid.to_string()]);
    one.open();
    lab.story(run, 1).ok();
    assert_eq!(lab.run_ordinal(1).ok().values(), ["2"]);
    assert!(lab.run_cell("b").ok().values()[0].starts_with("(1, "));
    let sessions: Vec<Value> = [NOTEBOOK, super::SCRIPT]
        .map(|uri| lab.command("sessionStatus", json!({ "uri": uri }))["sessionId"].take())
        .to_vec();
    assert!(sessions[0].is_string() && sessions[0] != sessions[1], "{sessions:?}");
}

#[test]
fn a_cell_that_is_asked_for_twice_runs_twice() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("g", &gate.wait()), ("a", "n = n + 1 if 'n' in globals() else 1\nn")]);
    lab.ask("runCell", json!({ "cell": cell_uri("g") }));
    let guest = gate.guest();
    let one = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let two = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let both = lab.ask("runCell", json!({ "uri": NOTEBOOK, "cells": [cell_uri("a"), cell_uri("a")] }));
    guest.open();
    let stories = [lab.story(one, 1).ok().values(), lab.story(two, 1).ok().values(), lab.story(both, 2).ok().values()];
    assert_eq!(stories, [["1"], ["2"], ["4"]], "of two in one run the second takes the place of the first");
    lab.story(one - 1, 1).ok();
}

#[test]
fn a_notebook_of_another_kernel_is_glues_once_it_is_run() {
    let mut lab = Setup::new().start();
    lab.editor.open_notebook(kernel("pysparkkernel"), &[("a", "%glue_verson 4.0"), ("b", "1")]);
    assert_eq!(lab.editor.pull_cell("a"), [""; 0], "it is left alone");
    lab.run_cell("b").ok();
    assert_eq!(lab.editor.pull_cell("a").len(), 1, "its magics are those of Glue's kernel now");
}

#[test]
fn much_output_is_cut_and_said_so() {
    let mut lab = Lab::notebook(&[("a", "for i in range(2000): print('x' * 10_000)"), ("b", "1")]);
    let story = lab.run_cell("a").ok();
    let text = story.stream("stdout");
    assert!(text.len() < 10 * 1024 * 1024, "{}", text.len());
    assert!(story.text().contains("glue-ls"), "it is said that something is missing");
    lab.run_cell("b").ok();
}
