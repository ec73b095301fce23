//! Real notebooks and scripts, opened in every form that they could arrive in.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::editor::{Editor, apply_fix, pulling};

/// Returns the files of a folder of the corpus whose names end so; none where the corpus is not at hand.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let Some(corpus) = super::corpus_folder() else { return Vec::new() };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(corpus.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    assert!(!files.is_empty(), "there is nothing in {folder}");
    files
}

/// Asks everything that can be asked about a document, answers with an error failing the test; returns the diagnostics.
fn ask_all(editor: &mut Editor, uri: &str, text: &str) -> Vec<Value> {
    let document = json!({ "textDocument": { "uri": uri } });
    let mut ids = Vec::new();
    for method in ["textDocument/diagnostic", "textDocument/documentSymbol", "textDocument/foldingRange"] {
        ids.push(editor.client.request(method, document.clone()));
    }
    // The first and a middle column of a few lines: magics at their start, keys, values and code behind.
    let lines: Vec<&str> = text.lines().collect();
    for line in (0..lines.len()).step_by(lines.len() / 5 + 1) {
        for character in [1, lines[line].len() / 2] {
            let params =
                json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
            ids.push(editor.client.request("textDocument/hover", params.clone()));
            ids.push(editor.client.request("textDocument/completion", params));
        }
    }
    let mut diagnostics = Vec::new();
    for id in ids {
        let result = editor.client.result(id);
        if let Some(items) = result.get("items").filter(|_| result["kind"] == "full") {
            diagnostics = items.as_array().unwrap().clone();
        }
    }
    for item in &diagnostics {
        let line = item["range"]["end"]["line"].as_u64().unwrap() as usize;
        assert!(line <= text.lines().count(), "{uri}: {item}");
    }
    diagnostics
}

/// What a diagnostic says, wherever it stands.
fn words(items: &[Value]) -> Vec<(String, String)> {
    items
        .iter()
        .map(|item| (item["code"].as_str().unwrap().to_owned(), item["message"].as_str().unwrap().to_owned()))
        .collect()
}

fn source(cell: &Value) -> String {
    match &cell["source"] {
        Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect(),
        text => text.as_str().unwrap().to_owned(),
    }
}

/// A notebook's code cells as jupytext would write them, near enough: magics are commented.
fn as_script(cells: &[&Value]) -> String {
    let mut script = String::from("# ---\n# jupyter:\n#   kernelspec:\n#     name: glue_pyspark\n# ---\n");
    for cell in cells {
        script.push_str("\n# %%\n");
        for line in source(cell).lines() {
            let magic = line.starts_with(['%', '!']);
            script.push_str(if magic { "# " } else { "" });
            script.push_str(line);
            script.push('\n');
        }
    }
    script
}

#[test]
fn every_notebook_says_the_same_cell_by_cell_and_as_json() {
    let mut editor = Editor::new(pulling());
    let mut found = 0;
    for path in files("notebooks", "ipynb") {
        let text = std::fs::read_to_string(&path).unwrap();
        let notebook: Value = serde_json::from_str(&text).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let all = notebook["cells"].as_array().unwrap();
        let cells: Vec<&Value> = all.iter().filter(|cell| cell["cell_type"] == "code").collect();

        let uri = |index: usize| format!("vscode-notebook-cell:/corpus/{name}#{index}");
        let documents: Vec<Value> =
            (0..cells.len()).map(|index| json!({ "kind": 2, "document": uri(index) })).collect();
        let texts: Vec<Value> = cells
            .iter()
            .enumerate()
            .map(|(index, cell)| json!({ "uri": uri(index), "languageId": "python_glue_session", "version": 1, "text": source(cell) }))
            .collect();
        let document = json!({
            "uri": format!("file:///corpus/{name}"), "notebookType": "jupyter-notebook", "version": 0,
            "metadata": { "metadata": notebook["metadata"] }, "cells": documents,
        });
        editor
            .client
            .notify("notebookDocument/didOpen", json!({ "notebookDocument": document, "cellTextDocuments": texts }));
        let mut by_cell = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            by_cell.extend(ask_all(&mut editor, &uri(index), &source(cell)));
        }
        editor.client.notify(
            "notebookDocument/didClose",
            json!({ "notebookDocument": { "uri": format!("file:///corpus/{name}") }, "cellTextDocuments": [] }),
        );

        let json_uri = format!("file:///corpus/json/{name}");
        editor.open(&json_uri, "json", &text);
        let in_json = ask_all(&mut editor, &json_uri, &text);
        assert_eq!(words(&in_json), words(&by_cell), "{name}");
        found += in_json.len();
        // Whatever is offered leaves a notebook.
        for fix in editor.fixes(&json_uri, [0, 0, u32::MAX >> 1, 0]) {
            let mended = apply_fix(&text, &json_uri, &fix);
            let mended: Result<Value, _> = serde_json::from_str(&mended);
            let mended = mended.unwrap_or_else(|error| panic!("{name}: {error} after {fix}"));
            assert_eq!(mended["cells"].as_array().unwrap().len(), all.len(), "{name}: {fix}");
        }
        editor.close(&json_uri);

        let script_uri = format!("file:///corpus/{name}.py");
        let script = as_script(&cells);
        editor.open(&script_uri, "python_glue_session", &script);
        ask_all(&mut editor, &script_uri, &script);
        editor.close(&script_uri);
    }
    assert!(found > 0 || super::corpus_folder().is_none(), "real notebooks have mistakes");
}

#[test]
fn every_script_opens() {
    let mut editor = Editor::new(pulling());
    for path in files("scripts", "py") {
        let text = std::fs::read_to_string(&path).unwrap();
        let uri = format!("file:///corpus/{}", path.file_name().unwrap().to_str().unwrap());
        editor.open(&uri, "python", &text);
        ask_all(&mut editor, &uri, &text);
        editor.close(&uri);
    }
}
