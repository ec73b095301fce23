//! Notebooks that are synced cell by cell: every shape of change, for clients that pull and clients that wait.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::editor::{Editor, NOTEBOOK, apply_fix, cell_uri, code_cell, kernel, pulling, pushing};

const TYPO: &str = "%workertype G.1X\n";
const VERSION: &str = "%glue_version 9.9\n";
const VERSION_PROBLEM: &str = "unknown-glue-version 0:14-0:17";
const LATE_PROBLEM: &str = "late-setting 0:14-0:17";
const TYPO_PROBLEM: &str = "unknown-magic 0:1-0:11";
/// Python that needs 3.10: fine on Glue 4.0, not on Glue 3.0.
const MATCH: &str = "match x:\n    case 1: pass\n";
const MATCH_PROBLEM: &str = "python-syntax 0:0-0:5";

fn glue(capabilities: Value, cells: &[(&str, &str)]) -> Editor {
    let mut editor = Editor::new(capabilities);
    editor.open_notebook(kernel("glue_pyspark"), cells);
    editor
}

/// A change that inserts text.
fn insert(line: u32, character: u32, text: &str) -> Value {
    let at = json!({ "line": line, "character": character });
    json!([{ "range": { "start": at, "end": at }, "text": text }])
}

fn published(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    pairs
        .iter()
        .map(|(name, items)| ((*name).to_owned(), items.iter().map(|&item| item.to_owned()).collect()))
        .collect()
}

const NONE: [&str; 0] = [];

#[test]
fn a_problem_is_in_the_cell_that_has_it() {
    let cells = [("a", "%idle_timeout 9\n"), ("b", TYPO), ("c", "%glue_version 4.0\nprint('x')\n")];
    let mut editor = glue(pulling(), &cells);
    assert_eq!(editor.pull_cell("a"), NONE);
    assert_eq!(editor.pull_cell("b"), [TYPO_PROBLEM]);
    assert_eq!(editor.pull_cell("c"), NONE);
    let items = editor.pull_items(&cell_uri("b"));
    assert_eq!(items[0]["severity"], 1);
    assert_eq!(items[0]["source"], "glue-ls");
    assert!(items[0]["message"].as_str().unwrap().contains("`%worker_type`"), "{items}");
    assert!(items[0]["codeDescription"]["href"].as_str().unwrap().ends_with("/unknown-magic.md"), "{items}");
    // The notebook itself is no text, and neither is a cell that it does not have.
    assert_eq!(editor.pull(NOTEBOOK), NONE);
    assert_eq!(editor.pull_cell("z"), NONE);
    drop(editor);

    let mut editor = glue(pushing(), &cells);
    assert_eq!(editor.settle(), published(&[("b", &[TYPO_PROBLEM])]));
}

#[test]
fn who_pulls_is_not_pushed_to() {
    let mut editor = glue(pulling(), &[("a", TYPO)]);
    // Anything else that the server sends unasked fails the test at the end.
    editor.client.ignore("workspace/diagnostic/refresh");
    editor.edit_cell("a", insert(1, 0, "%workertypes G.1X\n"));
    assert_eq!(editor.pull_cell("a").len(), 2);
    editor.open("file:///ws/x.py", "python", "# %glue_version 9.9\n");
    editor.close("file:///ws/x.py");
    editor.close_notebook(&["a"]);
    assert_eq!(editor.pull_cell("a"), NONE);
}

#[test]
fn who_waits_is_not_asked_to_pull() {
    let mut capabilities = pushing();
    capabilities["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
    let mut editor = glue(capabilities, &[("a", "%glue_version 4.0"), ("b", MATCH)]);
    assert_eq!(editor.settle(), published(&[]));
    editor.edit_cell("a", json!([{ "text": "%glue_version 3.0" }]));
    assert_eq!(editor.settle(), published(&[("b", &[MATCH_PROBLEM])]));
}

#[test]
fn an_edit_of_code_changes_its_cell_only() {
    let cells = [("a", TYPO), ("b", "x = 1\n"), ("c", TYPO)];
    let mut editor = glue(pushing(), &cells);
    assert_eq!(editor.settle(), published(&[("a", &[TYPO_PROBLEM]), ("c", &[TYPO_PROBLEM])]));
    editor.edit_cell("b", insert(0, 5, " +"));
    assert_eq!(editor.settle(), published(&[("b", &["python-syntax 0:7-1:0"])]));
    editor.edit_cell("b", insert(0, 7, " 1"));
    assert_eq!(editor.settle(), published(&[("b", &[])]));
    drop(editor);

    let mut editor = glue(pulling(), &cells);
    editor.edit_cell("b", insert(0, 5, " +"));
    assert_eq!(editor.pull_cell("b"), ["python-syntax 0:7-1:0"]);
    // Nothing asked to pull other cells again: the editor's end would find the request unread.
}

#[test]
fn characters_outside_the_basic_plane_are_two_units() {
    let mut editor = glue(pulling(), &[("a", "x = '𝕏𝕏'; y = ; z\r\n%region")]);
    assert_eq!(editor.pull_cell("a")[0], "python-syntax 0:16-0:17");
    editor.edit_cell("a", insert(0, 7, "𝕏"));
    assert_eq!(editor.pull_cell("a")[0], "python-syntax 0:18-0:19");
}

#[test]
fn a_setting_concerns_the_cells_below_it() {
    let cells = [("a", "%glue_version 4.0"), ("b", "x = 1"), ("c", MATCH)];
    let mut editor = glue(pulling(), &cells);
    assert_eq!(editor.pull_cell("c"), NONE);
    editor.edit_cell("a", json!([{ "text": "%glue_version 3.0" }]));
    editor.refreshed();
    assert_eq!(editor.pull_cell("c"), [MATCH_PROBLEM]);
    drop(editor);

    // A client that pulls and cannot be told so finds out when it pulls.
    let mut capabilities = pulling();
    capabilities["workspace"].as_object_mut().unwrap().remove("diagnostics");
    let mut editor = glue(capabilities, &cells);
    editor.edit_cell("a", json!([{ "text": "%glue_version 3.0" }]));
    assert_eq!(editor.pull_cell("c"), [MATCH_PROBLEM]);
    drop(editor);

    let mut editor = glue(pushing(), &cells);
    assert_eq!(editor.settle(), published(&[]));
    editor.edit_cell("a", json!([{ "text": "%glue_version 3.0" }]));
    assert_eq!(editor.settle(), published(&[("c", &[MATCH_PROBLEM])]));
}

#[test]
fn a_client_is_asked_once_however_much_has_changed() {
    let mut editor = glue(pulling(), &[("a", "%glue_version 4.0"), ("b", MATCH)]);
    let change = |editor: &mut Editor, version: &str| {
        editor.edit_cell("a", json!([{ "text": format!("%glue_version {version}") }]));
    };
    change(&mut editor, "3.0");
    let (id, _) = editor.client.server_request("workspace/diagnostic/refresh");
    for _ in 0..20 {
        change(&mut editor, "4.0");
        change(&mut editor, "3.0");
        assert_eq!(editor.pull_cell("b"), [MATCH_PROBLEM]);
    }
    assert_eq!(editor.client.unread().count(), 0, "the client has not answered yet");
    editor.client.respond(&id, Value::Null);
    editor.refreshed();
    change(&mut editor, "4.0");
    editor.refreshed();
    assert_eq!(editor.pull_cell("b"), NONE);
}

#[test]
fn a_magic_that_is_defined_above_is_known_below() {
    let mut editor = glue(pushing(), &[("a", "%alias greet echo"), ("b", "%greet")]);
    assert_eq!(editor.settle(), published(&[]));
    editor.edit_cell("a", json!([{ "text": "%alias greets echo" }]));
    assert_eq!(editor.settle(), published(&[("b", &["unknown-magic 0:1-0:6"])]));
    editor.edit_cell("a", json!([{ "text": "%alias greet echo" }]));
    assert_eq!(editor.settle(), published(&[("b", &[])]));
}

#[test]
fn a_use_concerns_the_setting_above_it() {
    let mut editor = glue(pushing(), &[("a", "%idle_timeout -1"), ("b", "")]);
    assert_eq!(editor.settle(), published(&[]));
    // Only code needs a session, which cannot be created.
    editor.edit_cell("b", json!([{ "text": "x = 1" }]));
    assert_eq!(editor.settle(), published(&[("a", &["number-too-small 0:14-0:16"])]));
    editor.edit_cell("b", json!([{ "text": "" }]));
    assert_eq!(editor.settle(), published(&[("a", &[])]));
}

#[test]
fn a_moved_cell_keeps_its_text() {
    let mut editor = glue(pulling(), &[("a", "%glue_version 3.0"), ("b", "x = 1"), ("c", MATCH)]);
    assert_eq!(editor.pull_cell("c"), [MATCH_PROBLEM]);
    // The first cell goes to the end: three cells are replaced, and no text comes along.
    editor.splice(0, 3, &["b", "c", "a"], &[], &[]);
    editor.refreshed();
    assert_eq!(editor.pull_cell("c"), NONE);
    assert_eq!(editor.pull_cell("a"), ["late-setting 0:14-0:17"]);
    editor.splice(0, 3, &["a", "b", "c"], &[], &[]);
    editor.refreshed();
    assert_eq!(editor.pull_cell("c"), [MATCH_PROBLEM]);
    // Its text is still there to be edited.
    editor.edit_cell("c", insert(0, 0, "# \u{1d54f}\n"));
    assert_eq!(editor.pull_cell("c"), ["python-syntax 1:0-1:5"]);
    editor.edit_cell("a", json!([{ "text": "%glue_version 4.0" }]));
    editor.refreshed();
    assert_eq!(editor.pull_cell("c"), NONE);
}

#[test]
fn a_cell_is_split() {
    for capabilities in [pulling(), pushing()] {
        let pulls = capabilities["textDocument"].get("diagnostic").is_some();
        let mut editor = glue(capabilities, &[("a", "x = 1\n%glue_version 9.9\n"), ("z", TYPO)]);
        if pulls {
            assert_eq!(editor.pull_cell("a"), ["magic-below-code 1:0-1:13"]);
        } else {
            let before = editor.settle();
            assert_eq!(before["a"], ["magic-below-code 1:0-1:13"]);
        }
        // VS Code tells of the new cell and of the shortened one in one change.
        let array = json!({ "start": 1, "deleteCount": 0, "cells": [code_cell("b")] });
        let opened = json!([super::editor::cell_text("b", VERSION)]);
        let range = json!({ "start": { "line": 0, "character": 5 }, "end": { "line": 2, "character": 0 } });
        editor.change_notebook(json!({ "cells": {
            "structure": { "array": array, "didOpen": opened },
            "textContent": [{
                "document": { "uri": cell_uri("a"), "version": 2 }, "changes": [{ "range": range, "text": "" }],
            }],
        } }));
        if pulls {
            editor.refreshed();
            assert_eq!(editor.pull_cell("a"), NONE);
            assert_eq!(editor.pull_cell("b"), [LATE_PROBLEM, VERSION_PROBLEM]);
            assert_eq!(editor.pull_cell("z"), [TYPO_PROBLEM]);
        } else {
            assert_eq!(editor.settle(), published(&[("a", &[]), ("b", &[LATE_PROBLEM, VERSION_PROBLEM])]));
        }
    }
}

#[test]
fn two_cells_are_merged() {
    let mut editor = glue(pushing(), &[("a", "x = 1"), ("b", VERSION), ("c", "y = 2")]);
    assert_eq!(editor.settle(), published(&[("b", &[LATE_PROBLEM, VERSION_PROBLEM])]));
    editor.change_notebook(json!({ "cells": {
        "structure": {
            "array": { "start": 1, "deleteCount": 1 }, "didClose": [{ "uri": cell_uri("b") }],
        },
        "textContent": [{
            "document": { "uri": cell_uri("a"), "version": 2 },
            "changes": insert(0, 5, &format!("\n{VERSION}")),
        }],
    } }));
    assert_eq!(editor.settle(), published(&[("a", &["magic-below-code 1:0-1:13"]), ("b", &[])]));
}

#[test]
fn a_removed_cell_keeps_no_problems() {
    let mut editor = glue(pushing(), &[("a", TYPO), ("b", TYPO)]);
    assert_eq!(editor.settle().len(), 2);
    editor.splice(0, 1, &[], &[], &["a"]);
    assert_eq!(editor.settle(), published(&[("a", &[])]));
    // The last one too: the notebook is then empty.
    editor.splice(0, 1, &[], &[], &["b"]);
    assert_eq!(editor.settle(), published(&[("b", &[])]));
    editor.splice(0, 0, &["c"], &[("c", TYPO)], &[]);
    assert_eq!(editor.settle(), published(&[("c", &[TYPO_PROBLEM])]));
}

#[test]
fn a_cell_becomes_markdown_and_code_again() {
    let mut editor = glue(pushing(), &[("a", "%glue_version 3.0"), ("b", MATCH)]);
    assert_eq!(editor.settle(), published(&[("b", &[MATCH_PROBLEM])]));
    let kind = |name: &str, kind: i32| json!({ "cells": { "data": [{ "kind": kind, "document": cell_uri(name) }] } });
    editor.change_notebook(kind("b", 1));
    assert_eq!(editor.settle(), published(&[("b", &[])]));
    editor.change_notebook(kind("b", 2));
    assert_eq!(editor.settle(), published(&[("b", &[MATCH_PROBLEM])]));
    // The settings above count no longer once they are text for people.
    editor.change_notebook(kind("a", 1));
    assert_eq!(editor.settle(), published(&[("b", &[])]));
    drop(editor);

    let mut editor = glue(pulling(), &[("a", "%glue_version 3.0"), ("b", MATCH)]);
    editor.change_notebook(kind("a", 1));
    editor.refreshed();
    assert_eq!(editor.pull_cell("b"), NONE);
    // VS Code, which syncs no text for people, takes the cell out and puts it in again.
    editor.splice(0, 1, &[], &[], &["a"]);
    editor.refreshed();
    editor.splice(0, 0, &["a"], &[("a", "%glue_version 3.0")], &[]);
    editor.refreshed();
    assert_eq!(editor.pull_cell("b"), [MATCH_PROBLEM]);
}

#[test]
fn all_cells_are_cleared_and_come_back() {
    let mut editor = glue(pulling(), &[("a", "%glue_version 3.0"), ("b", MATCH)]);
    editor.splice(0, 2, &[], &[], &["a", "b"]);
    editor.refreshed();
    assert_eq!(editor.pull_cell("b"), NONE);
    editor.splice(0, 0, &["c", "d"], &[("c", "%glue_version 3.0"), ("d", MATCH)], &[]);
    editor.refreshed();
    assert_eq!(editor.pull_cell("d"), [MATCH_PROBLEM]);
    // A cell is emptied by an edit.
    editor.edit_cell("c", json!([{ "text": "" }]));
    editor.refreshed();
    assert_eq!(editor.pull_cell("d"), NONE);
}

#[test]
fn running_cells_costs_no_diagnostics() {
    let cells = [("a", TYPO), ("b", "%glue_version 3.0"), ("c", MATCH), ("d", "y = 1"), ("e", "z = 1")];
    for capabilities in [pulling(), pushing()] {
        let pulls = capabilities["textDocument"].get("diagnostic").is_some();
        let mut editor = glue(capabilities, &cells);
        if pulls {
            assert_eq!(editor.pull_cell("c"), [MATCH_PROBLEM]);
        } else {
            editor.settle();
        }
        for change in 0..35 {
            let (name, _) = cells[change % 5];
            let mut data = code_cell(name);
            data["metadata"] = json!({ "execution_count": change });
            data["executionSummary"] = json!({ "executionOrder": change, "success": true });
            editor.change_notebook(json!({ "cells": { "data": [data] } }));
        }
        // Metadata of the notebook that leaves the kernel as it is costs nothing either.
        let mut metadata = kernel("glue_pyspark");
        metadata["indentAmount"] = json!("  ");
        editor.change_notebook(json!({ "metadata": metadata }));
        if pulls {
            assert_eq!(editor.pull_cell("c"), [MATCH_PROBLEM]);
            assert_eq!(editor.client.unread().count(), 0);
        } else {
            assert_eq!(editor.settle(), published(&[]));
        }
    }
}

#[test]
fn the_kernel_chosen_turns_problems_off_and_on() {
    let cells = [("a", TYPO), ("b", "%number_of_workers x")];
    let mut editor = glue(pushing(), &cells);
    assert_eq!(editor.settle().len(), 2);
    editor.change_notebook(json!({ "metadata": kernel("pysparkkernel") }));
    assert_eq!(editor.settle(), published(&[("a", &[]), ("b", &[])]));
    editor.change_notebook(json!({ "metadata": kernel("glue_pyspark") }));
    assert_eq!(editor.settle().keys().collect::<Vec<_>>(), ["a", "b"]);
    drop(editor);

    let mut editor = glue(pulling(), &cells);
    editor.change_notebook(json!({ "metadata": kernel("pysparkkernel") }));
    editor.refreshed();
    assert_eq!(editor.pull_cell("a"), NONE);
    editor
        .change_notebook(json!({ "metadata": kernel("conda-env-sm_glue_is-glue_pyspark__SAGEMAKER_INTERNAL__arn:x") }));
    editor.refreshed();
    assert_eq!(editor.pull_cell("a"), [TYPO_PROBLEM]);
}

#[test]
fn the_kernel_is_found_at_both_depths() {
    for metadata in [
        kernel("glue_pyspark"),
        json!({ "kernelspec": { "name": "glue_pyspark" } }),
        json!({ "metadata": { "language_info": { "name": "Python_Glue_Session" } } }),
        json!({ "language_info": { "name": "python_glue_session" } }),
        // No kernel, or a plain one, and a magic that only Glue has.
        json!({}),
        kernel("python3"),
    ] {
        let mut editor = Editor::new(pulling());
        editor.open_notebook(metadata.clone(), &[("a", TYPO), ("b", "%number_of_workers 5")]);
        assert_eq!(editor.pull_cell("a"), [TYPO_PROBLEM], "{metadata}");
    }
}

#[test]
fn a_notebook_of_another_kernel_is_left_alone() {
    let text = "%workertype G.1X\n%number_of_workers x\nprint 'x'\n";
    for name in ["pysparkkernel", "ir", "sparkkernel"] {
        let mut editor = Editor::new(pulling());
        editor.open_notebook(kernel(name), &[("a", text), ("b", "%%sql\nselect 1")]);
        let uri = cell_uri("a");
        assert_eq!(editor.pull_cell("a"), NONE, "{name}");
        assert_eq!(editor.labels(&uri, 0, 1), NONE, "{name}");
        assert_eq!(editor.ask("textDocument/hover", &uri, 1, 3), Value::Null, "{name}");
        let document = json!({ "textDocument": { "uri": uri } });
        assert_eq!(editor.client.call("textDocument/documentSymbol", document.clone()), json!([]), "{name}");
        assert_eq!(editor.client.call("textDocument/foldingRange", document), json!([]), "{name}");
        assert_eq!(editor.fixes(&uri, [0, 0, 3, 0]), [] as [Value; 0], "{name}");
    }
}

#[test]
fn a_closed_notebook_keeps_nothing_on_the_screen() {
    let mut editor = glue(pushing(), &[("a", TYPO), ("b", TYPO)]);
    assert_eq!(editor.settle().len(), 2);
    editor.close_notebook(&["a", "b"]);
    assert_eq!(editor.settle(), published(&[("a", &[]), ("b", &[])]));
    editor.open_notebook(kernel("glue_pyspark"), &[("a", TYPO)]);
    assert_eq!(editor.settle(), published(&[("a", &[TYPO_PROBLEM])]));
}

#[test]
fn a_cell_answers_as_a_document_of_its_own() {
    let text = "%worker\ndef f(x):\n    return x\n";
    let mut editor = glue(pulling(), &[("a", "%glue_version 4.0"), ("b", text)]);
    let uri = cell_uri("b");
    let labels = editor.labels(&uri, 0, 7);
    assert!(labels.iter().any(|label| label.contains("worker_type")), "{labels:?}");
    let hover = editor.ask("textDocument/hover", &cell_uri("a"), 0, 3);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("glue_version"), "{hover}");
    let symbols = editor.client.call("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
    let function = symbols.as_array().unwrap().iter().find(|symbol| symbol["name"] == "f").unwrap();
    assert_eq!(function["range"]["start"], json!({ "line": 1, "character": 0 }));
    let folds = editor.client.call("textDocument/foldingRange", json!({ "textDocument": { "uri": uri } }));
    assert!(folds.as_array().unwrap().iter().any(|fold| fold["startLine"] == 1 && fold["endLine"] == 2), "{folds}");
}

#[test]
fn a_fix_mends_its_cell() {
    let mut editor = glue(pulling(), &[("a", "x = 1"), ("b", TYPO)]);
    let uri = cell_uri("b");
    let fixes = editor.fixes(&uri, [0, 3, 0, 3]);
    assert_eq!(fixes.len(), 1, "{fixes:?}");
    assert_eq!(fixes[0]["kind"], "quickfix");
    assert_eq!(fixes[0]["diagnostics"][0]["code"], "unknown-magic");
    assert_eq!(apply_fix(TYPO, &uri, &fixes[0]), "%worker_type G.1X\n");
    assert_eq!(editor.fixes(&uri, [1, 0, 1, 0]).len(), 0, "there is nothing to fix in that line");
    assert_eq!(editor.fixes(&cell_uri("a"), [0, 0, 0, 5]).len(), 0, "nor in that cell");
}
