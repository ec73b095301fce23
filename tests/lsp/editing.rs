//! Code actions and colours, links, selections and symbols, as editors ask for them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::editor::{Editor, apply_fix, cell_uri, kernel, offset, pulling};

/// A client that knows how to split cells.
fn splitting() -> Value {
    let mut capabilities = pulling();
    capabilities["experimental"] = json!({ "glueLs": { "splitCell": true } });
    capabilities
}

/// Asks for code actions at a place, with a context.
fn actions(editor: &mut Editor, uri: &str, place: [u32; 2], mut context: Value) -> Vec<Value> {
    let at = json!({ "line": place[0], "character": place[1] });
    context["diagnostics"] = json!([]);
    let params = json!({ "textDocument": { "uri": uri }, "range": { "start": at, "end": at }, "context": context });
    editor.client.call("textDocument/codeAction", params).as_array().unwrap().clone()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

const SCRIPT: &str = "\
# %%
# %workertype G.1X
# %glue_versoin 5.0
# %%
# %spark_conf spark.a=1
# %spark_conf spark.b=2
# %%
# %number_of_workers 4
x = 1
";

fn merged(script: &str) -> String {
    script.replace("=1\n# %spark_conf spark.b", "=1 --conf spark.b")
}

const MERGE: &str = "Merge the `%spark_conf` lines into one";
const FIX_ALL: &str = "Fix all Glue problems that can be fixed safely";

#[test]
fn all_safe_fixes_are_one_edit_when_they_are_asked_for() {
    let uri = "file:///ws/etl.py";
    let mut editor = Editor::new(pulling());
    editor.open(uri, "python_glue_session", SCRIPT);
    let fixed = merged(&SCRIPT.replace("workertype", "worker_type").replace("versoin", "version"));
    for only in ["source.fixAll.glue-ls", "source.fixAll", "source", ""] {
        for trigger in [1, 2] {
            let context = json!({ "only": [only], "triggerKind": trigger });
            let found = actions(&mut editor, uri, [7, 0], context);
            let all: Vec<&Value> = found.iter().filter(|action| action["kind"] == "source.fixAll.glue-ls").collect();
            assert_eq!(all.len(), 1, "{only}: {found:?}");
            assert_eq!(apply_fix(SCRIPT, uri, all[0]), fixed);
        }
    }
    for context in [json!({ "only": ["source.organizeImports", "source.fix"] }), json!({ "triggerKind": 2 })] {
        let found = actions(&mut editor, uri, [7, 0], context.clone());
        assert!(!titles(&found).contains(&FIX_ALL), "{context}: {found:?}");
    }
    editor.replace(uri, &fixed);
    assert_eq!(editor.pull(uri), [""; 0]);
    let found = actions(&mut editor, uri, [7, 0], json!({ "only": ["source.fixAll"] }));
    assert_eq!(found, [Value::Null; 0]);
}

#[test]
fn all_problems_of_a_rule_are_fixed_at_once() {
    let uri = "file:///ws/etl.py";
    let mut editor = Editor::new(pulling());
    editor.open(uri, "python_glue_session", SCRIPT);
    let found = actions(&mut editor, uri, [1, 5], json!({ "triggerKind": 1, "only": ["quickfix"] }));
    assert_eq!(titles(&found).last(), Some(&"Fix all `unknown-magic` problems"), "{found:?}");
    assert_eq!(found[0]["isPreferred"], true);
    assert!(found[1..].iter().all(|action| action["isPreferred"] != true), "{found:?}");
    let fixed = apply_fix(SCRIPT, uri, found.last().unwrap());
    assert_eq!(fixed, SCRIPT.replace("workertype", "worker_type").replace("versoin", "version"));
    // There is one such problem in this cell, which is a document.
    editor.open_notebook(kernel("glue_pyspark"), &[("a", "%workertype G.1X"), ("b", "%glue_versoin 5.0")]);
    let found = actions(&mut editor, &cell_uri("a"), [0, 5], json!({ "only": ["quickfix"] }));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(apply_fix("%workertype G.1X", &cell_uri("a"), &found[0]), "%worker_type G.1X");
}

#[test]
fn refactors_are_offered_to_those_who_ask() {
    let uri = "file:///ws/etl.py";
    let mut editor = Editor::new(pulling());
    editor.open(uri, "python_glue_session", SCRIPT);
    let merge = |actions: &[Value]| titles(actions).contains(&MERGE);
    for (context, wanted) in [
        (json!({}), true),
        (json!({ "triggerKind": 1 }), true),
        (json!({ "triggerKind": 2 }), false),
        (json!({ "only": ["refactor"] }), true),
        (json!({ "only": ["refactor.rewrite"] }), true),
        (json!({ "only": ["refactor.extract"] }), false),
        (json!({ "only": ["quickfix"] }), false),
    ] {
        let found = actions(&mut editor, uri, [4, 6], context.clone());
        assert_eq!(merge(&found), wanted, "{context}: {found:?}");
    }
    let found = actions(&mut editor, uri, [4, 6], json!({ "only": ["refactor"] }));
    let action = found.iter().find(|action| action["title"] == MERGE).unwrap();
    assert_eq!(apply_fix(SCRIPT, uri, action), merged(SCRIPT));
}

#[test]
fn a_refactor_of_json_text_leaves_a_notebook() {
    let uri = "file:///ws/etl.ipynb";
    let text = r##"{"cells": [{"cell_type": "code", "source": ["%region eu-west-1\n", "%timeout 10"]}],
 "metadata": {"kernelspec": {"name": "glue_pyspark"}}, "nbformat": 4}"##;
    let mut editor = Editor::new(pulling());
    editor.open(uri, "json", text);
    let found = actions(&mut editor, uri, [0, 50], json!({ "only": ["refactor"] }));
    let all = found.iter().find(|action| action["title"].as_str().unwrap().starts_with("Move the settings"));
    let changed = apply_fix(text, uri, all.unwrap_or_else(|| panic!("{found:?}")));
    let read: Value = serde_json::from_str(&changed).unwrap();
    let source: String =
        read["cells"][0]["source"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(source, "%%configure\n{\n    \"region\": \"eu-west-1\",\n    \"timeout\": 10\n}");
}

#[test]
fn a_synced_cell_is_split_by_a_command_of_the_client() {
    let text = "%region eu-west-1\n%%sql\nselect '𝕏'";
    for (capabilities, offered) in [(splitting(), true), (pulling(), false)] {
        let mut editor = Editor::new(capabilities);
        editor.open_notebook(kernel("glue_pyspark"), &[("a", text)]);
        let found = actions(&mut editor, &cell_uri("a"), [1, 3], json!({ "only": ["refactor.extract"] }));
        if !offered {
            assert_eq!(found, [Value::Null; 0]);
            continue;
        }
        assert_eq!(titles(&found), ["Split the cell at `%%sql`"]);
        assert_eq!(found[0]["edit"], Value::Null);
        let command = &found[0]["command"];
        assert_eq!(command["command"], "glueLs.splitCell");
        let expected = json!([{ "uri": cell_uri("a"), "edits": [], "splits": [{ "line": 1, "character": 0 }] }]);
        assert_eq!(command["arguments"], expected);
    }
}

/// The tokens of an answer: line, character, text, type.
fn tokens(editor: &Editor, answer: &Value, text: &str) -> Vec<(u64, u64, String, String)> {
    let legend = editor.server["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"].as_array().unwrap();
    let numbers: Vec<u64> = answer["data"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    let (mut line, mut character) = (0, 0);
    let mut out = Vec::new();
    for token in numbers.chunks(5) {
        character = if token[0] > 0 { token[1] } else { character + token[1] };
        line += token[0];
        let range = offset(text, line, character)..offset(text, line, character + token[2]);
        let kind = legend[token[3] as usize].as_str().unwrap();
        out.push((line, character, text[range].to_owned(), kind.to_owned()));
    }
    out
}

#[test]
fn tokens_stand_where_their_texts_are_in_every_form() {
    let percent =
        "# %%\n# %glue_version 5.0\nx = '%d' % 1\n# %% [markdown]\n# text\n# %%\n# %%sql\n# select '𝕏', `é`\n";
    let json = "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"%glue_version 5.0\\n\", \"x\"]},\n\
         {\"cell_type\": \"code\", \"source\": \"%%sql\\nselect '𝕏', `é`, \\\"a\\nb\\\"\"}],\n\
         \"metadata\": {\"kernelspec\": {\"name\": \"glue_pyspark\"}}, \"nbformat\": 4}";
    let mut editor = Editor::new(pulling());
    let standard: BTreeSet<&str> =
        "namespace type class enum interface struct typeParameter parameter variable property enumMember event \
         function method macro keyword modifier comment string number regexp operator decorator"
            .split_whitespace()
            .collect();
    let legend = editor.server["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"].clone();
    assert!(legend.as_array().unwrap().iter().all(|name| standard.contains(name.as_str().unwrap())), "{legend}");
    for (uri, language, text) in [("file:///ws/a.py", "python", percent), ("file:///ws/a.ipynb", "json", json)] {
        editor.open(uri, language, text);
        let answer = editor.client.call("textDocument/semanticTokens/full", json!({ "textDocument": { "uri": uri } }));
        let all = tokens(&editor, &answer, text);
        let brief: Vec<(&str, &str)> = all.iter().map(|(_, _, text, kind)| (text.as_str(), kind.as_str())).collect();
        let mut expected = vec![("%glue_version", "macro"), ("5.0", "number"), ("%%sql", "macro")];
        expected.extend([("select", "keyword"), ("'𝕏'", "string"), ("`é`", "variable")]);
        if language == "json" {
            expected.extend([("\\\"a", "string"), ("b\\\"", "string")]);
        }
        assert_eq!(brief, expected, "{answer}");
        let lines = |line: u64| {
            let at = |line: u64| json!({ "line": line, "character": 0 });
            json!({ "textDocument": { "uri": uri }, "range": { "start": at(line), "end": at(line + 1) } })
        };
        for line in 0..9 {
            let answer = editor.client.call("textDocument/semanticTokens/range", lines(line));
            let here: Vec<_> = all.iter().filter(|token| token.0 == line).cloned().collect();
            assert_eq!(tokens(&editor, &answer, text), here, "line {line} of {uri}");
        }
    }
    // Nothing of other documents.
    editor.open("file:///ws/b.py", "python", "x = '%region'\n");
    let uri = json!({ "textDocument": { "uri": "file:///ws/b.py" } });
    assert_eq!(editor.client.call("textDocument/semanticTokens/full", uri)["data"], json!([]));
}

#[test]
fn links_lead_to_the_console() {
    let uri = "file:///ws/etl.py";
    let mut editor = Editor::new(pulling());
    editor.open(uri, "python", "# %%\n# %region eu-west-1\n# %extra_jars s3://jars/é/a.jar\n");
    let links = editor.client.call("textDocument/documentLink", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(
        links,
        json!([{
            "range": { "start": { "line": 2, "character": 14 }, "end": { "line": 2, "character": 31 } },
            "target": "https://s3.console.aws.amazon.com/s3/object/jars?region=eu-west-1&prefix=%C3%A9/a.jar",
            "tooltip": "Open the object in the S3 console",
        }])
    );
}

#[test]
fn a_selection_grows_to_the_document() {
    let uri = "file:///ws/etl.py";
    let text = "# %%\n# %region eu-west-1\nx = 1\n# %%\ny = f(2)\n";
    let mut editor = Editor::new(pulling());
    editor.open(uri, "python", text);
    let positions =
        json!([{ "line": 1, "character": 12 }, { "line": 4, "character": 6 }, { "line": 0, "character": 2 }]);
    let params = json!({ "textDocument": { "uri": uri }, "positions": positions });
    let answer = editor.client.call("textDocument/selectionRange", params);
    let steps: Vec<Vec<&str>> = answer
        .as_array()
        .unwrap()
        .iter()
        .map(|first| {
            let mut steps = Vec::new();
            let mut next = first;
            while !next.is_null() {
                let at = |end: &str| {
                    offset(
                        text,
                        next["range"][end]["line"].as_u64().unwrap(),
                        next["range"][end]["character"].as_u64().unwrap(),
                    )
                };
                steps.push(&text[at("start")..at("end")]);
                next = &next["parent"];
            }
            steps
        })
        .collect();
    assert_eq!(steps[0][..3], ["eu", "eu-west-1", "%region eu-west-1"]);
    assert_eq!(steps[1][..4], ["2", "(2)", "f(2)", "y = f(2)"]);
    for steps in &steps {
        assert_eq!(*steps.last().unwrap(), text);
        assert!(steps.windows(2).all(|pair| pair[0].len() < pair[1].len() && pair[1].contains(pair[0])), "{steps:?}");
    }
}

#[test]
fn symbols_are_found_in_open_documents_and_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("job.py", "# %%\n# %glue_version 5.0\ndef load_orders():\n    pass\n");
    write("open.py", "# %%\n# %glue_version 5.0\ndef load_old():\n    pass\n");
    write("plain.py", "def load_plain():\n    pass\n");
    let notebook = json!({
        "cells": [{ "cell_type": "code", "source": ["class LoadAll:\n", "    pass"] }],
        "metadata": { "kernelspec": { "name": "glue_pyspark" } }, "nbformat": 4,
    });
    write("all.ipynb", &notebook.to_string());
    let root = format!("file://{}", folder.path().display());
    let mut editor = Editor::with_params(json!({
        "capabilities": pulling(), "workspaceFolders": [{ "uri": root, "name": "ws" }],
    }));
    let found = |editor: &mut Editor, query: &str| {
        let list = editor.client.call("workspace/symbol", json!({ "query": query }));
        let mut names: Vec<String> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|symbol| {
                let location = &symbol["location"];
                let name = location["uri"].as_str().unwrap().rsplit(['/', '#']).next().unwrap();
                format!("{} {name}:{}", symbol["name"].as_str().unwrap(), location["range"]["start"]["line"])
            })
            .collect();
        names.sort();
        names
    };
    assert_eq!(found(&mut editor, "load"), ["LoadAll all.ipynb:0", "load_old open.py:2", "load_orders job.py:2"]);
    // What is open counts as it is in the editor.
    editor.open(&format!("{root}/open.py"), "python", "# %%\n# %glue_version 4.0\n\ndef load_new():\n    pass\n");
    editor.open_notebook(kernel("glue_pyspark"), &[("a", "%region eu-west-1"), ("b", "def load_cell(): pass")]);
    let expected = ["LoadAll all.ipynb:0", "load_cell b:0", "load_new open.py:3", "load_orders job.py:2"];
    assert_eq!(found(&mut editor, "LOAD"), expected);
    assert_eq!(found(&mut editor, "region eu"), ["%region eu-west-1 a:0"]);
    assert_eq!(found(&mut editor, "glue4"), ["%glue_version 4.0 open.py:1"]);
    // A file that has changed is read again.
    write("job.py", "# %%\n# %glue_version 5.0\n\n\ndef load_orders_again():\n    pass\n");
    assert_eq!(found(&mut editor, "orders"), ["load_orders_again job.py:4"]);
    assert_eq!(found(&mut editor, "nothing of that name"), [""; 0]);
}
