//! Documents that are none, or far too much: the server stays, and serves what is sound.

use serde_json::{Value, json};

use crate::cli::bad;

use super::editor::{Editor, NOTEBOOK, cell_uri, kernel, pulling, pushing};

/// Asks for everything about a document; returns the answers that are errors.
fn ask(editor: &mut Editor, uri: &str) -> Vec<Value> {
    let mut ids = Vec::new();
    let document = json!({ "uri": uri });
    for method in [
        "textDocument/diagnostic",
        "textDocument/documentSymbol",
        "textDocument/foldingRange",
        "textDocument/semanticTokens/full",
        "textDocument/documentLink",
    ] {
        ids.push(editor.client.request(method, json!({ "textDocument": document })));
    }
    for (line, character) in [(0, 0), (3, 2), (u32::MAX >> 1, u32::MAX >> 1)] {
        let position = json!({ "line": line, "character": character });
        for method in ["textDocument/hover", "textDocument/completion"] {
            ids.push(editor.client.request(method, json!({ "textDocument": document, "position": position })));
        }
        let selection = json!({ "textDocument": document, "positions": [position] });
        ids.push(editor.client.request("textDocument/selectionRange", selection));
        let range = json!({ "start": position, "end": position });
        let actions = json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } });
        ids.push(editor.client.request("textDocument/codeAction", actions));
    }
    let answers: Vec<Value> = ids.into_iter().map(|id| editor.client.response(id)).collect();
    answers.into_iter().filter(|answer| answer.get("error").is_some()).collect()
}

/// The server still finds what is wrong elsewhere.
#[track_caller]
fn still_serves(editor: &mut Editor) {
    let uri = "file:///ws/sound.py";
    editor.open(uri, "python", "# %%\n# %glue_version 9.9\n");
    assert_eq!(editor.pull(uri), ["unknown-glue-version 1:16-1:19"]);
    editor.close(uri);
}

#[test]
fn texts_that_are_no_notebooks_leave_the_server_alive() {
    let mut editor = Editor::new(pulling());
    for (name, bytes) in bad::texts() {
        let text = String::from_utf8_lossy(&bytes);
        for language in ["json", "python", "python_glue_session", "plaintext"] {
            let uri = format!("file:///ws/{name}");
            editor.open(&uri, language, &text);
            assert_eq!(ask(&mut editor, &uri), [] as [Value; 0], "{name} as {language}");
            editor.edit(&uri, json!([
                { "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 3 } }, "text": "\u{1d54f}" },
                { "text": text },
            ]));
            assert_eq!(ask(&mut editor, &uri), [] as [Value; 0], "{name} as {language}, edited");
            editor.close(&uri);
        }
        still_serves(&mut editor);
    }
}

#[test]
fn a_huge_notebook_leaves_the_server_alive() {
    let mut editor = Editor::new(pulling());
    // The server may refuse to take it in, and then says so.
    editor.client.ignore("window/logMessage");
    editor.client.ignore("window/showMessage");
    let uri = "file:///ws/huge.ipynb";
    editor.open(uri, "json", &bad::huge_notebook());
    assert_eq!(ask(&mut editor, uri), [] as [Value; 0]);
    editor.close(uri);
    still_serves(&mut editor);
}

#[test]
fn changes_that_make_no_sense_leave_the_server_alive() {
    let mut editor = Editor::new(pushing());
    let far = json!({ "line": 9_999_999, "character": 9_999_999 });
    let near = json!({ "line": 0, "character": 1 });
    // Documents that are not open.
    editor.edit("file:///ws/none.py", json!([{ "text": "x" }]));
    editor.close("file:///ws/none.py");
    editor.change_notebook(json!({ "metadata": {} }));
    editor.close_notebook(&["a"]);
    editor.settle();
    // Ranges that the text does not have, also backwards.
    editor.open("file:///ws/a.py", "python", "# %%\n# %glue_version 9.9\n");
    for (start, end) in [(&far, &far), (&far, &near), (&near, &near)] {
        editor.edit("file:///ws/a.py", json!([{ "range": { "start": start, "end": end }, "text": "\n" }]));
    }
    editor.settle();
    // Cells that the notebook does not have.
    editor.open_notebook(kernel("glue_pyspark"), &[("a", "%glue_version 9.9"), ("a", "twice")]);
    editor.splice(9, 9, &["b"], &[("b", "%glue_version 9.8")], &["x"]);
    editor.splice(0, 4_000_000_000, &["c"], &[], &[]);
    editor.edit_cell("z", json!([{ "text": "x" }]));
    editor.change_notebook(json!({ "cells": { "data": [{ "kind": 1, "document": cell_uri("y") }] } }));
    editor.change_notebook(json!({ "cells": { "structure": { "array": { "start": 0, "deleteCount": 0 } } } }));
    editor.settle();
    assert_eq!(editor.pull_cell("z"), [""; 0]);
    // A notebook that is opened twice is the second one.
    editor.open_notebook(kernel("glue_pyspark"), &[("d", "%glue_version 9.9")]);
    editor.open_notebook(kernel("glue_pyspark"), &[("e", "%glue_version 9.9")]);
    editor.settle();
    assert_eq!(editor.pull_cell("d"), [""; 0]);
    assert_eq!(editor.pull_cell("e"), ["unknown-glue-version 0:14-0:17"]);
    assert_eq!(editor.pull(NOTEBOOK), [""; 0]);
}
