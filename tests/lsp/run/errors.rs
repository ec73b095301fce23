//! What went wrong while a cell ran, as a diagnostic on the line that did it.

use serde_json::{Value, json};

use super::{Gate, Lab, SCRIPT, Setup};
use crate::lsp::editor::{NOTEBOOK, brief, cell_uri};

const NONE: [&str; 0] = [];
const FAILS: &str = "x = 1\n\nif x:\n    y = x / 0\nz = 3";
const FAILED: &str = "ZeroDivisionError 3:4-3:13";

/// The diagnostics of a cell that come from running it.
#[track_caller]
fn found(lab: &mut Lab, uri: &str) -> Vec<String> {
    let items = lab.editor.pull_items(uri);
    let ran = items.as_array().unwrap().iter().filter(|item| item["source"] == "glue-ls run");
    brief(&ran.cloned().collect())
}

/// Collects what is published until some document has these diagnostics.
#[track_caller]
fn published(lab: &mut Lab, uri: &str, expected: &[&str]) {
    lab.editor.client.take(&format!("{expected:?} in {uri}"), |message| {
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["uri"] == uri
            && brief(&message["params"]["diagnostics"]) == expected
    });
}

#[test]
fn an_error_stands_on_its_line_and_goes_with_an_edit() {
    let mut lab = Lab::notebook(&[("a", "ok = 1"), ("b", FAILS)]);
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    assert_eq!(lab.story(run, 2).ends(), ["a ok", "b error"]);
    lab.editor.refreshed();
    assert_eq!((found(&mut lab, &cell_uri("a")), found(&mut lab, &cell_uri("b"))), (vec![], vec![FAILED.to_owned()]));
    let item = lab.editor.pull_items(&cell_uri("b"))[0].take();
    assert_eq!((&item["severity"], &item["message"]), (&json!(1), &json!("ZeroDivisionError: division by zero")));
    // An edit of another cell changes nothing.
    lab.editor.edit_cell("a", json!([{ "text": "ok = 2" }]));
    assert_eq!(found(&mut lab, &cell_uri("b")), [FAILED]);
    // Nor do cells that come and go above it.
    lab.editor.splice(0, 1, &[], &[], &["a"]);
    assert_eq!(found(&mut lab, &cell_uri("b")), [FAILED]);
    lab.editor.edit_cell("b", json!([{ "text": "x = 1" }]));
    assert_eq!(found(&mut lab, &cell_uri("b")), NONE);
}

#[test]
fn a_run_that_ends_well_takes_the_error_away() {
    let mut lab = Lab::notebook(&[("a", "d"), ("b", "d = 1")]);
    assert_eq!(lab.run_cell("a").end(), "error");
    assert_eq!(found(&mut lab, &cell_uri("a")), ["NameError 0:0-0:1"]);
    lab.run_cell("b").ok();
    assert_eq!(found(&mut lab, &cell_uri("a")), ["NameError 0:0-0:1"]);
    lab.run_cell("a").ok();
    assert_eq!(found(&mut lab, &cell_uri("a")), NONE);
}

#[test]
fn an_error_of_a_script_stands_on_its_line_and_moves_with_its_cell() {
    let text = format!("# %%\nfine = 1\n\n# %%\n{FAILS}\n");
    let mut lab = Lab::script(&text);
    let run = lab.ask("runAllCells", json!({ "uri": SCRIPT }));
    assert_eq!(lab.story(run, 2).ends(), ["0 ok", "1 error"]);
    assert_eq!(found(&mut lab, SCRIPT), ["ZeroDivisionError 7:4-7:13"]);
    let start = json!({ "line": 0, "character": 0 });
    lab.editor.edit(SCRIPT, json!([{ "range": { "start": start, "end": start }, "text": "# %%\n'new'\n\n" }]));
    assert_eq!(found(&mut lab, SCRIPT), ["ZeroDivisionError 10:4-10:13"]);
    let at = json!({ "line": 10, "character": 13 });
    lab.editor.edit(SCRIPT, json!([{ "range": { "start": at, "end": at }, "text": "1" }]));
    assert_eq!(found(&mut lab, SCRIPT), NONE);
}

#[test]
fn lines_are_counted_behind_magics_and_characters_as_the_client_does() {
    let mut lab = Lab::notebook(&[("a", "%glue_version 4.0\n\ns = '😀'; 1 / 0")]);
    assert_eq!(lab.run_cell("a").end(), "error");
    assert_eq!(found(&mut lab, &cell_uri("a")), ["ZeroDivisionError 2:0-2:15"]);
    lab.open_script("# %%\n# %glue_version 4.0\n\n1 / 0\n");
    assert_eq!(lab.run_ordinal(0).end(), "error");
    assert_eq!(found(&mut lab, SCRIPT), ["ZeroDivisionError 3:0-3:5"]);
}

#[test]
fn a_cell_that_calls_another_shows_both_places() {
    let mut lab = Lab::notebook(&[("a", "def half(n):\n    return n / 0\n"), ("b", "x = 1\nhalf(x)")]);
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    assert_eq!(lab.story(run, 2).ends(), ["a ok", "b error"]);
    assert_eq!(found(&mut lab, &cell_uri("a")), NONE);
    assert_eq!(found(&mut lab, &cell_uri("b")), ["ZeroDivisionError 1:0-1:7"]);
    let item = lab.editor.pull_items(&cell_uri("b"))[0].take();
    let there = &item["relatedInformation"][0]["location"];
    assert_eq!(there["uri"], cell_uri("a"), "{item}");
    assert_eq!(there["range"]["start"], json!({ "line": 1, "character": 4 }));
    // In a script, both are places of the one document.
    lab.open_script("# %%\ndef half(n):\n    return n / 0\n\n# %%\nhalf(1)\n");
    let run = lab.ask("runAllCells", json!({ "uri": SCRIPT }));
    assert_eq!(lab.story(run, 2).ends(), ["0 ok", "1 error"]);
    let items = lab.editor.pull_items(SCRIPT);
    assert_eq!(brief(&items), ["ZeroDivisionError 5:0-5:7"]);
    let there = &items[0]["relatedInformation"][0]["location"];
    assert_eq!((&there["uri"], &there["range"]["start"]), (&json!(SCRIPT), &json!({ "line": 2, "character": 4 })));
}

#[test]
fn a_mistake_in_the_syntax_stands_where_python_sees_it() {
    let mut lab = Setup::new().option("python", json!({ "syntaxErrors": "off" })).start();
    lab.open_notebook(&[("a", "x = 1\ny = (2 +\n"), ("b", "x = 1\ny = 2 +* 3")]);
    for (cell, line) in [("a", "SyntaxError 1:4-1:5"), ("b", "SyntaxError 1:7-1:8")] {
        assert_eq!(lab.run_cell(cell).end(), "error");
        assert_eq!(found(&mut lab, &cell_uri(cell)), [line]);
    }
}

#[test]
fn a_query_without_spark_says_so_at_the_query() {
    let mut lab = Lab::notebook(&[("q", "%%sql\nSELECT 1"), ("b", "2")]);
    assert_eq!(lab.run_cell("q").end(), "error");
    assert_eq!(found(&mut lab, &cell_uri("q")), ["NameError 1:0-1:8"]);
    lab.open_script("# %%\n1\n\n# %% language=\"sql\"\n# SELECT 1\n");
    assert_eq!(lab.run_ordinal(1).end(), "error");
    assert_eq!(found(&mut lab, SCRIPT), ["NameError 4:2-4:10"]);
}

#[test]
fn what_is_raised_while_the_cell_is_edited_is_not_shown_at_a_wrong_place() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", &format!("{}1 / 0", gate.wait())), ("b", "1")]);
    let run = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let guest = gate.guest();
    lab.editor.edit_cell("a", json!([{ "text": "something else" }]));
    guest.open();
    let story = lab.story(run, 1);
    assert_eq!(story.message(), "ZeroDivisionError: division by zero");
    assert_eq!(found(&mut lab, &cell_uri("a")), NONE);
}

#[test]
fn clients_that_wait_for_diagnostics_get_them() {
    let mut lab = Setup::pushing().start();
    lab.open_notebook(&[("a", "d"), ("b", "d = 1")]);
    assert_eq!(lab.run_cell("a").end(), "error");
    published(&mut lab, &cell_uri("a"), &["NameError 0:0-0:1"]);
    lab.run_cell("b").ok();
    lab.run_cell("a").ok();
    published(&mut lab, &cell_uri("a"), &[]);
    lab.editor.edit_cell("a", json!([{ "text": "nothing" }]));
    assert_eq!(lab.run_cell("a").end(), "error");
    published(&mut lab, &cell_uri("a"), &["NameError 0:0-0:7"]);
    lab.editor.edit_cell("a", json!([{ "text": "1" }]));
    published(&mut lab, &cell_uri("a"), &[]);
    // A script, and what is shown of it when it is closed.
    lab.open_script("# %%\n1 / 0\n");
    assert_eq!(lab.run_ordinal(0).end(), "error");
    published(&mut lab, SCRIPT, &["ZeroDivisionError 1:0-1:5"]);
    lab.editor.close(SCRIPT);
    published(&mut lab, SCRIPT, &[]);
    lab.open_script("# %%\n1 / 0\n");
    lab.editor.replace(SCRIPT, "# %%\n# %glue_version 9.9\n");
    lab.editor.client.take("what is published of the text that is opened again", |message| {
        assert_ne!(message["params"]["diagnostics"][0]["code"], "ZeroDivisionError", "it begins anew");
        message["params"]["diagnostics"][0]["code"] == "unknown-glue-version"
    });
}

#[test]
fn what_a_closed_document_ran_is_not_shown_when_it_is_opened_again() {
    let gate = Gate::new();
    let text = format!("# %%\n{}\n1 / 0\n", gate.wait());
    let mut lab = Lab::script(&text);
    let run = lab.ask("runCell", json!({ "uri": SCRIPT, "cell": 0 }));
    let guest = gate.guest();
    lab.editor.close(SCRIPT);
    guest.open();
    assert_eq!(lab.story(run, 1).end(), "error");
    lab.open_script(&text);
    assert_eq!(found(&mut lab, SCRIPT), NONE);
}

#[test]
fn problems_and_errors_stand_side_by_side() {
    let severity = json!({ "severity": { "unknown-magic": "hint" } });
    let mut lab = Setup::new().option("rules", severity).start();
    lab.open_notebook(&[("a", "%workertype G.1X\n1 / 0")]);
    let before: Vec<Value> = lab.editor.pull_items(&cell_uri("a")).as_array().unwrap().clone();
    assert!(!before.is_empty());
    assert_eq!(lab.run_cell("a").end(), "error");
    let after = lab.editor.pull_items(&cell_uri("a"));
    assert_eq!(after.as_array().unwrap()[..before.len()], before[..]);
    assert_eq!(after.as_array().unwrap().len(), before.len() + 1);
}
