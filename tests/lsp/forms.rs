//! Documents that arrive as one text: a notebook's JSON, percent scripts, job scripts, virtual documents.

use serde_json::{Value, json};

use super::editor::{Editor, apply_fix, offset, pulling, pushing};

const NONE: [&str; 0] = [];

/// A notebook as Jupyter writes it.
const JSON: &str = r##"{
 "cells": [
  {
   "cell_type": "markdown",
   "metadata": {},
   "source": ["%workertype in a text for people"]
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "metadata": {},
   "outputs": [],
   "source": [
    "# \"é𝕏\"\tand a comment\n",
    "%workertype G.1X\n",
    "%worker_type \"g1x\"\n",
    "%glue"
   ]
  },
  {
   "cell_type": "code",
   "metadata": {},
   "outputs": [{"output_type": "stream", "text": ["%workertype"]}],
   "source": "%glue_version 4.0\n%%sql\nselect 1"
  }
 ],
 "metadata": {"kernelspec": {"name": "glue_pyspark"}},
 "nbformat": 4,
 "nbformat_minor": 5
}
"##;

#[test]
fn problems_are_inside_the_strings_of_a_notebooks_json() {
    let uri = "file:///ws/etl.ipynb";
    let mut editor = Editor::new(pulling());
    editor.open(uri, "json", JSON);
    let problems = editor.pull(uri);
    assert!(problems.contains(&"unknown-magic 14:6-14:16".to_owned()), "{problems:?}");
    assert!(problems.contains(&"unknown-worker-type 15:20-15:23".to_owned()), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.starts_with("sql-not-first 23:")), "{problems:?}");
    drop(editor);
    let mut editor = Editor::new(pushing());
    editor.open(uri, "json", JSON);
    assert_eq!(editor.settle()[uri], problems, "the same problems are pushed");
}

#[test]
fn a_fix_leaves_valid_json() {
    let uri = "file:///ws/etl.ipynb";
    let mut editor = Editor::new(pulling());
    editor.open(uri, "json", JSON);
    let fixes = editor.fixes(uri, [0, 0, 99, 0]);
    assert!(fixes.len() >= 2, "{fixes:?}");
    let mut mended = Vec::new();
    for fix in &fixes {
        let text = apply_fix(JSON, uri, fix);
        let notebook: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} after {fix}:\n{text}"));
        mended.push(notebook["cells"][1]["source"].clone());
    }
    assert!(mended.iter().any(|source| source[1] == "%worker_type G.1X\n"), "{mended:?}");
    assert!(mended.iter().any(|source| source[2] == "%worker_type \"G.1X\"\n"), "{mended:?}");
}

#[test]
fn hover_and_completion_work_inside_the_strings() {
    let uri = "file:///ws/etl.ipynb";
    let mut editor = Editor::new(pulling());
    editor.open(uri, "json", JSON);
    let hover = editor.ask("textDocument/hover", uri, 15, 10);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("worker_type"), "{hover}");
    assert_eq!(hover["range"]["start"]["line"], 15);
    // Keys, outputs and text for people say nothing.
    for (line, character) in [(12, 5), (20, 55), (5, 15), (0, 0), (25, 30)] {
        assert_eq!(editor.ask("textDocument/hover", uri, line, character), Value::Null, "{line}:{character}");
        assert_eq!(editor.labels(uri, line, character), NONE, "{line}:{character}");
    }
    let list = editor.ask("textDocument/completion", uri, 16, 10);
    let items = list["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["label"].as_str().unwrap().contains("glue_version")).unwrap();
    let edit = &item["textEdit"];
    let at = |place: &Value| offset(JSON, place["line"].as_u64().unwrap(), place["character"].as_u64().unwrap());
    let mut text = JSON.to_owned();
    let range = at(&edit["range"]["start"])..at(&edit["range"]["end"]);
    text.replace_range(range, edit["newText"].as_str().unwrap());
    let notebook: Value = serde_json::from_str(&text).unwrap();
    assert!(notebook["cells"][1]["source"][3].as_str().unwrap().starts_with("%glue_version"), "{notebook}");
}

#[test]
fn every_completion_in_json_leaves_valid_json() {
    let uri = "file:///ws/etl.ipynb";
    let mut editor = Editor::new(pulling());
    for source in ["%", "%%", "%worker_type ", "%%configure\\n{\\\"", "%%configure\\n{\\\"--", "%region "] {
        let text = format!(
            "{{\"cells\": [{{\"cell_type\": \"code\", \"source\": [\"{source}\"]}}], \
             \"metadata\": {{\"kernelspec\": {{\"name\": \"glue_pyspark\"}}}}, \"nbformat\": 4}}"
        );
        editor.open(uri, "json", &text);
        let character = (text.find(source).unwrap() + source.len()) as u32;
        let list = editor.ask("textDocument/completion", uri, 0, character);
        let items = list["items"].as_array().unwrap();
        assert!(!items.is_empty(), "nothing is offered behind {source}");
        for item in items {
            let edit = &item["textEdit"];
            let at = |end: &str| edit["range"][end]["character"].as_u64().unwrap() as usize;
            let mut text = text.clone();
            text.replace_range(at("start")..at("end"), edit["newText"].as_str().unwrap());
            let notebook: Result<Value, _> = serde_json::from_str(&text);
            assert!(notebook.is_ok(), "{item} makes {text}");
        }
        editor.close(uri);
    }
}

#[test]
fn edits_of_json_move_its_problems() {
    let uri = "file:///ws/etl.ipynb";
    let mut editor = Editor::new(pulling());
    editor.open(uri, "json", JSON);
    let insert = |line: u32, character: u32, text: &str| {
        let at = json!({ "line": line, "character": character });
        json!([{ "range": { "start": at, "end": at }, "text": text }])
    };
    editor.edit(uri, insert(4, 0, "\n\n"));
    assert!(editor.pull(uri).contains(&"unknown-magic 16:6-16:16".to_owned()));
    // An escaped character within a problem, behind an escaped quote.
    editor.edit(uri, insert(17, 20, "\\u0047"));
    let problems = editor.pull(uri);
    assert!(problems.contains(&"unknown-worker-type 17:20-17:29".to_owned()), "{problems:?}");
    // While the JSON is broken, the cells above are still read.
    editor.edit(uri, insert(19, 3, "]]"));
    assert!(editor.pull(uri).contains(&"unknown-magic 16:6-16:16".to_owned()));
}

#[test]
fn json_that_is_no_glue_notebook_is_left_alone() {
    let mut editor = Editor::new(pulling());
    let other = JSON.replace("glue_pyspark", "pysparkkernel");
    for (uri, text) in [
        ("file:///ws/other.ipynb", other.as_str()),
        ("file:///ws/package.json", "{\"name\": \"%workertype\", \"cells\": 3}"),
        ("file:///ws/list.json", "[\"%workertype G.1X\"]"),
        ("file:///ws/empty.json", ""),
    ] {
        editor.open(uri, "json", text);
        assert_eq!(editor.pull(uri), NONE, "{uri}");
        assert_eq!(editor.labels(uri, 0, 1), NONE, "{uri}");
        assert_eq!(editor.fixes(uri, [0, 0, 99, 0]).len(), 0, "{uri}");
    }
}

const PERCENT: &str = "\
# %%
# %workertype G.1X
# %glue_version 3.0
# %%
# %d rows
match x:
    case 1: pass
# %% language=\"sql\"
# select 1
# %%
# # %%configure
y = ;
";

#[test]
fn a_percent_script_has_the_problems_of_its_cells() {
    let uri = "file:///ws/etl.py";
    let mut editor = Editor::new(pulling());
    editor.open(uri, "python_glue_session", PERCENT);
    assert_eq!(editor.pull(uri), ["unknown-magic 1:3-1:13", "python-syntax 5:0-5:5", "python-syntax 11:4-11:5"]);
    let fixes = editor.fixes(uri, [1, 3, 1, 3]);
    assert_eq!(apply_fix(PERCENT, uri, &fixes[0]), PERCENT.replacen("workertype", "worker_type", 1));
    let hover = editor.ask("textDocument/hover", uri, 2, 6);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("glue_version"), "{hover}");
    let symbols = editor.client.call("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(symbols.as_array().unwrap().len(), 4, "one for each cell: {symbols}");
}

#[test]
fn beside_another_python_server_syntax_errors_are_its_own() {
    let uri = "file:///ws/etl.py";
    let mut editor = Editor::new(pulling());
    editor.open(uri, "python", PERCENT);
    assert_eq!(editor.pull(uri), ["unknown-magic 1:3-1:13"]);
}

#[test]
fn percent_text_under_a_notebooks_name_is_percent_text() {
    let uri = "file:///ws/etl.ipynb";
    let mut editor = Editor::new(pulling());
    for language in ["python", "json"] {
        editor.open(uri, language, PERCENT);
        assert!(editor.pull(uri).contains(&"unknown-magic 1:3-1:13".to_owned()), "{language}");
        editor.close(uri);
    }
}

#[test]
fn a_job_script_draws_nothing() {
    let text = "import sys\nfrom awsglue.utils import getResolvedOptions\n# %d rows and %timeout\nprint 'x'\nx = 10 %number_of_workers\n";
    for uri in ["file:///ws/job.py", "untitled:Untitled-1"] {
        let mut editor = Editor::new(pulling());
        editor.open(uri, "python", text);
        assert_eq!(editor.pull(uri), NONE);
        editor.edit(uri, json!([{ "text": format!("{text}# more\n") }]));
        assert_eq!(editor.pull(uri), NONE);
    }
}

#[test]
fn a_virtual_document_draws_no_false_alarm() {
    // As jupyterlab-lsp writes it, and with a folder that says so already before there is any magic.
    let text = "\n\n\nget_ipython().run_line_magic(\"glue_versions\", \" 4.0\")\nx = 1\n\n\n\
        get_ipython().run_cell_magic(\"sql\", \"\", \"\"\"select 1\"\"\")\n\n\nfrom awsglue.context import GlueContext\n# %workertype\n";
    for (uri, text) in [
        ("file:///ws/.virtual_documents/glue.ipynb", text),
        ("file:///ws/.virtual_documents/plain.ipynb", "# %glue_version 4.0\n# %workertype G.1X\n"),
        ("file:///ws/elsewhere/glue.ipynb", text),
    ] {
        let mut editor = Editor::new(pushing());
        editor.open(uri, "python", text);
        assert_eq!(editor.settle().get(uri), None, "{uri}");
        editor.replace(uri, &format!("{text}y = 2\n"));
        assert_eq!(editor.settle().get(uri), None, "{uri}");
    }
}

#[test]
fn a_text_becomes_one_of_another_form_as_it_is_edited() {
    let uri = "file:///ws/etl.py";
    let mut editor = Editor::new(pulling());
    let typo = "# %workertype G.1X\n";
    editor.open(uri, "python", &format!("import awsglue\n# %%\n{typo}"));
    assert_eq!(editor.pull(uri), ["unknown-magic 2:3-2:13"]);
    // Without its only marker it is a job script, whose comments are comments.
    let change = |lines: [u32; 2], text: &str| {
        let [start, end] = lines.map(|line| json!({ "line": line, "character": 0 }));
        json!([{ "range": { "start": start, "end": end }, "text": text }])
    };
    editor.edit(uri, change([1, 2], ""));
    assert_eq!(editor.pull(uri), NONE);
    editor.edit(uri, change([1, 1], "# %%\n"));
    assert_eq!(editor.pull(uri), ["unknown-magic 2:3-2:13"]);
    // A magic as jupyterlab-lsp writes it.
    editor.edit(uri, change([0, 0], "get_ipython().run_line_magic('region', '')\n# %%\n"));
    assert_eq!(editor.pull(uri), NONE);
    editor.edit(uri, change([0, 1], ""));
    assert_eq!(editor.pull(uri), ["unknown-magic 3:3-3:13"]);

    let uri = "file:///ws/etl.ipynb";
    editor.open(uri, "json", JSON);
    let problems = editor.pull(uri);
    assert!(!problems.is_empty());
    let at = json!({ "line": 0, "character": 0 });
    editor.edit(uri, json!([{ "range": { "start": at, "end": at }, "text": "[" }]));
    assert_eq!(editor.pull(uri), NONE);
    let end = json!({ "line": 0, "character": 1 });
    editor.edit(uri, json!([{ "range": { "start": at, "end": end }, "text": "" }]));
    assert_eq!(editor.pull(uri), problems);
}

#[test]
fn a_closed_document_keeps_nothing_on_the_screen() {
    let uri = "file:///ws/etl.py";
    let mut editor = Editor::new(pushing());
    editor.open(uri, "python", PERCENT);
    assert_eq!(editor.settle()[uri], ["unknown-magic 1:3-1:13"]);
    editor.close(uri);
    assert_eq!(editor.settle()[uri], NONE);
    // Closed before anything could be sent, or without problems: there may be silence, but no problem.
    editor.open(uri, "python", PERCENT);
    editor.close(uri);
    assert_eq!(editor.settle().get(uri).map_or(0, Vec::len), 0);
    editor.open(uri, "python", PERCENT);
    assert_eq!(editor.settle()[uri], ["unknown-magic 1:3-1:13"]);
}

#[test]
fn published_diagnostics_name_the_version_they_are_of() {
    let uri = "file:///ws/etl.py";
    let mut editor = Editor::new(pushing());
    editor.open(uri, "python", PERCENT);
    let first = editor.client.notification("textDocument/publishDiagnostics");
    assert_eq!((&first["uri"], &first["version"]), (&json!(uri), &json!(1)));
    let at = json!({ "line": 0, "character": 0 });
    editor.edit(uri, json!([{ "range": { "start": at, "end": at }, "text": "\n" }]));
    let second = editor.client.notification("textDocument/publishDiagnostics");
    assert_eq!(second["version"], 2, "{second}");
    assert_eq!(second["diagnostics"][0]["range"]["start"]["line"], 2);
}
