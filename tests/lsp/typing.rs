//! What is said while a magic is typed: completions that are resolved, signatures, values and prices behind lines.

use serde_json::{Value, json};

use super::editor::{Editor, cell_uri, kernel, pulling};
use crate::e2e::client::Client;

const SCRIPT: &str = "file:///ws/etl.py";

/// What a client can do that asks for documentation when it shows it.
fn resolving(properties: &Value) -> Value {
    let mut capabilities = pulling();
    capabilities["textDocument"]["completion"]["completionItem"]["resolveSupport"] =
        json!({ "properties": properties });
    capabilities
}

fn item(list: &Value, label: &str) -> Value {
    let items = list["items"].as_array().unwrap();
    items.iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("no {label} in {list}")).clone()
}

#[test]
fn documentation_is_resolved_also_when_the_document_is_closed() {
    let mut editor = Editor::new(resolving(&json!(["documentation", "detail"])));
    assert_eq!(editor.server["capabilities"]["completionProvider"]["resolveProvider"], true);
    editor.open_notebook(kernel("glue_pyspark"), &[("a", "%region us-east-1\n%worker_type G.")]);
    let list = editor.ask("textDocument/completion", &cell_uri("a"), 1, 15);
    let large = item(&list, "G.2X");
    assert_eq!(large["documentation"], Value::Null);
    assert_eq!(large["detail"], "2 DPU, 8 vCPU, 32 GB, $0.88/h");
    assert!(large["data"].to_string().len() < 100, "{large}");
    editor.close_notebook(&["a"]);
    let resolved = editor.client.call("completionItem/resolve", large.clone());
    let text = resolved["documentation"]["value"].as_str().unwrap();
    assert!(text.contains("138 GB disk") && text.contains("$0.88 per worker and hour"), "{text}");
    for member in ["label", "textEdit", "sortText", "detail", "kind"] {
        assert_eq!(resolved[member], large[member], "{member}");
    }
    // What is none of ours stays as it is.
    for data in [json!(3), json!({ "kind": "region" }), json!({ "kind": "region", "name": "\u{0}" }), Value::Null] {
        let foreign = json!({ "label": "x", "data": data });
        assert_eq!(editor.client.call("completionItem/resolve", foreign)["documentation"], Value::Null);
    }
}

#[test]
fn who_cannot_resolve_gets_everything_at_once() {
    for capabilities in [pulling(), resolving(&json!(["additionalTextEdits"]))] {
        let mut editor = Editor::new(capabilities);
        assert_eq!(editor.server["capabilities"]["completionProvider"]["resolveProvider"], false);
        editor.open_notebook(kernel("glue_pyspark"), &[("a", "%")]);
        let list = editor.ask("textDocument/completion", &cell_uri("a"), 0, 1);
        let magic = item(&list, "%glue_version");
        assert!(magic["documentation"]["value"].as_str().unwrap().contains("selects the runtime"), "{magic}");
        assert_eq!(magic["data"], Value::Null);
    }
}

#[test]
fn templates_need_snippets() {
    let mut capabilities = pulling();
    let label = "arn:aws:iam::account:role/name";
    let mut editor = Editor::new(capabilities.clone());
    editor.open(SCRIPT, "python", "# %%\n# %iam_role \n");
    let role = item(&editor.ask("textDocument/completion", SCRIPT, 1, 12), label);
    assert_eq!(role["insertTextFormat"], 2);
    assert_eq!(role["textEdit"]["newText"], "arn:aws:iam::${1:account}:role/${2:name}");
    capabilities["textDocument"]["completion"]["completionItem"]["snippetSupport"] = json!(false);
    let mut editor = Editor::new(capabilities);
    editor.open(SCRIPT, "python", "# %%\n# %iam_role \n");
    assert_eq!(editor.labels(SCRIPT, 1, 12), [""; 0]);
}

#[test]
fn a_marker_is_completed_and_a_commented_cell_magic() {
    let text = "# %glue_version 5.0\n# %%\nx = '''\n# % d\n'''\n# %% \n# %%con\n";
    let mut editor = Editor::new(pulling());
    editor.open(SCRIPT, "python", text);
    let list = editor.ask("textDocument/completion", SCRIPT, 5, 5);
    let sql = item(&list, "language=\"sql\"");
    let range = json!({ "start": { "line": 5, "character": 4 }, "end": { "line": 5, "character": 5 } });
    assert_eq!(sql["textEdit"], json!({ "newText": " language=\"sql\"", "range": range }));
    let list = editor.ask("textDocument/completion", SCRIPT, 6, 7);
    let configure = item(&list, "%%configure");
    let range = json!({ "start": { "line": 6, "character": 2 }, "end": { "line": 6, "character": 7 } });
    assert_eq!(configure["textEdit"], json!({ "newText": "%%configure", "range": range }));
    assert_eq!(editor.labels(SCRIPT, 3, 3), [""; 0]);
    editor.replace(SCRIPT, "# %glue_version 5.0\n# %%");
    assert_eq!(editor.labels(SCRIPT, 1, 4), ["language=\"sql\"", "[markdown]"]);
    // A job script has no cells.
    editor.open("file:///ws/job.py", "python", "import awsglue\n# %\n# x\n");
    assert_eq!(editor.labels("file:///ws/job.py", 1, 3), [""; 0]);
}

/// JupyterLab passes over edits: it takes a comment for one token, whose place the text takes if it begins as that does.
#[test]
fn jupyterlab_gets_texts_in_the_place_of_tokens() {
    let params = include_str!("../fixtures/clients/initialize/jupyterlab-lsp-5.3.0.json");
    let params = serde_json::from_str(params).unwrap();
    let mut editor = Editor::with_client(Client::glue_ls([""; 0]), params);
    let uri = "file:///ws/job.py";
    editor.open(uri, "python", "# %%\n# %glue_version 5.0\n# %worker_t\n# %%sq\n");
    let list = editor.ask("textDocument/completion", uri, 2, 11);
    let item = item(&list, "%worker_type");
    let told = (&item["insertText"], &item["filterText"]);
    assert_eq!(told, (&json!("# %worker_type "), &json!("# %worker_type ")), "{item}");
    let items = list["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["insertText"].as_str().unwrap().starts_with("# %worker_t")), "{list}");
    let version = editor.ask("textDocument/completion", uri, 1, 18);
    let versions: Vec<&str> =
        version["items"].as_array().unwrap().iter().map(|item| item["insertText"].as_str().unwrap()).collect();
    assert!(
        versions.contains(&"# %glue_version 5.0") && versions.iter().all(|text| text.starts_with("# %glue_version 5")),
        "{versions:?}"
    );
}

#[test]
fn a_signature_follows_the_cursor_in_every_form() {
    let mut capabilities = pulling();
    let active = |help: &Value| {
        assert_eq!(help["signatures"][0]["label"], "%connections NAME[, NAME…]", "{help}");
        let active = usize::try_from(help["activeParameter"].as_u64().unwrap()).unwrap();
        help["signatures"][0]["parameters"][active]["label"].clone()
    };
    let mut editor = Editor::new(capabilities.clone());
    let offered = &editor.server["capabilities"]["signatureHelpProvider"];
    assert_eq!(offered["triggerCharacters"], json!([" ", ","]));
    let cell = cell_uri("a");
    editor.open_notebook(kernel("glue_pyspark"), &[("a", "%connections é, b\nf(1, 2) % 3, 4")]);
    assert_eq!(active(&editor.ask("textDocument/signatureHelp", &cell, 0, 13)), "NAME");
    assert_eq!(active(&editor.ask("textDocument/signatureHelp", &cell, 0, 17)), "[, NAME…]");
    for character in 0..14 {
        assert_eq!(editor.ask("textDocument/signatureHelp", &cell, 1, character), Value::Null, "{character}");
    }
    let offsets = json!({ "signatureInformation": { "parameterInformation": { "labelOffsetSupport": true } } });
    capabilities["textDocument"]["signatureHelp"] = offsets;
    let mut editor = Editor::new(capabilities);
    editor.open(SCRIPT, "python", "# %%\n# %connections a,\n");
    assert_eq!(active(&editor.ask("textDocument/signatureHelp", SCRIPT, 1, 17)), json!([17, 26]));
    let uri = "file:///ws/etl.ipynb";
    let text = r##"{"cells": [{"cell_type": "code", "source": "# \"\n%connections a, b"}], "nbformat": 4,
        "metadata": {"kernelspec": {"name": "glue_pyspark"}}}"##;
    editor.open(uri, "json", text);
    let comma = u32::try_from(text.find(", b").unwrap()).unwrap();
    assert_eq!(active(&editor.ask("textDocument/signatureHelp", uri, 0, comma + 3)), json!([17, 26]));
    assert_eq!(active(&editor.ask("textDocument/signatureHelp", uri, 0, comma)), json!([13, 17]));
    assert_eq!(editor.ask("textDocument/signatureHelp", uri, 0, 5), Value::Null);
}

/// The hints of a document, `line:character label`.
#[track_caller]
fn hints(editor: &mut Editor, uri: &str) -> Vec<String> {
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": uri }, "range": range });
    let hints = editor.client.call("textDocument/inlayHint", params);
    let brief = |hint: &Value| {
        assert_eq!(hint["tooltip"]["kind"], "markdown", "{hint}");
        let at = &hint["position"];
        format!("{}:{} {}", at["line"], at["character"], hint["label"].as_str().unwrap())
    };
    hints.as_array().unwrap().iter().map(brief).collect()
}

#[test]
fn prices_and_values_stand_behind_their_lines() {
    let started = |options: Value| {
        let mut editor = Editor::with_params(json!({ "capabilities": pulling(), "initializationOptions": options }));
        let cells = [("a", "%region US-EAST-1\n%worker_type \"G.2X\""), ("b", "# é\n%number_of_workers 2\nx = 1")];
        editor.open_notebook(kernel("glue_pyspark"), &cells);
        let a = hints(&mut editor, &cell_uri("a"));
        (a, hints(&mut editor, &cell_uri("b")))
    };
    let none = Vec::<String>::new();
    let (a, b) = started(json!({ "engine": "aws" }));
    assert_eq!(a, ["0:17 = us-east-1"]);
    assert_eq!(b, ["1:20 · 4 DPU, $1.76/h", "2:5 · ends at 60 min idle"]);
    let (_, b) = started(json!({ "engine": "local" }));
    assert_eq!(b, ["1:20 · 4 DPU, $1.76/h on AWS"]);
    let own =
        json!({ "engine": "aws", "cost": { "rates": { "us-east-1": 1 } }, "session": { "defaultIdleTimeout": 9 } });
    assert_eq!(started(own).1, ["1:20 · 4 DPU, $4.00/h", "2:5 · ends at 9 min idle"]);
    let off = json!({ "engine": "aws", "inlayHints": { "values": false, "cost": false, "idleTimeout": false } });
    assert_eq!(started(off), (none.clone(), none));
}

#[test]
fn a_script_has_the_prices_of_its_cells() {
    let mut editor = Editor::new(pulling());
    editor.open(SCRIPT, "python", "# %%\n# %region us-east-1\n# %number_of_workers 3\n\n# %%\nx = 1\n");
    assert_eq!(hints(&mut editor, SCRIPT), ["2:22 · 3 DPU, $1.32/h on AWS"]);
}

#[test]
fn a_setting_in_one_cell_changes_the_price_in_another() {
    let mut capabilities = pulling();
    capabilities["workspace"] = json!({ "inlayHint": { "refreshSupport": true } });
    let mut editor = Editor::new(capabilities);
    let cells = [("a", "%region us-east-1\n%worker_type G.1X"), ("b", "%number_of_workers 2\nx = 1")];
    editor.open_notebook(kernel("glue_pyspark"), &cells);
    assert_eq!(hints(&mut editor, &cell_uri("b")), ["0:20 · 2 DPU, $0.88/h on AWS"]);
    let at = |character: u32| json!({ "line": 1, "character": character });
    editor.edit_cell("a", json!([{ "range": { "start": at(15), "end": at(16) }, "text": "8" }]));
    let (id, _) = editor.client.server_request("workspace/inlayHint/refresh");
    editor.client.respond(&id, Value::Null);
    assert_eq!(hints(&mut editor, &cell_uri("b")), ["0:20 · 16 DPU, $7.04/h on AWS"]);
}

#[test]
fn lists_follow_each_other_in_clients_that_can_open_them() {
    let mut capabilities = resolving(&json!(["documentation"]));
    capabilities["experimental"] = json!({ "glueLs": { "triggerSuggest": true } });
    let mut editor = Editor::new(capabilities);
    editor.open_notebook(kernel("glue_pyspark"), &[("a", "%"), ("b", "%%configure\n{\"region\":\"eu-west-1\",}")]);
    let list = editor.ask("textDocument/completion", &cell_uri("a"), 0, 1);
    let command = &item(&list, "%worker_type")["command"];
    assert_eq!(command["command"], "editor.action.triggerSuggest");
    assert_eq!(command["arguments"], json!([{ "auto": true }]));
    // Where names follow, nothing stands in their way.
    for name in ["%connections", "%iam_role", "%reconnect"] {
        let chosen = item(&list, name);
        assert_eq!(chosen["command"]["command"], "editor.action.triggerSuggest", "{chosen}");
        assert_eq!(
            (&chosen["textEdit"]["newText"], &chosen["insertTextFormat"]),
            (&json!(format!("{name} ")), &json!(1))
        );
    }
    assert_eq!(item(&list, "%additional_python_modules")["command"], Value::Null);
    assert_eq!(item(&list, "%additional_python_modules")["insertTextFormat"], 2);
    // A detail leaves its label the room that it needs.
    for item in list["items"].as_array().unwrap() {
        let length = |member: &str| item[member].as_str().map_or(0, |text| text.chars().count());
        assert!(length("label") + length("detail") <= 46 || length("detail") <= 20, "{item}");
    }
    // Enter behind the comma of an entry is a line end.
    let mut keys = |context: Value| {
        let params = json!({
            "textDocument": { "uri": cell_uri("b") },
            "position": { "line": 1, "character": 22 },
            "context": context,
        });
        editor.client.call("textDocument/completion", params)["items"].as_array().unwrap().len()
    };
    // (Column 22 is behind it.)
    assert_eq!(keys(json!({ "triggerKind": 2, "triggerCharacter": "," })), 0);
    assert!(keys(json!({ "triggerKind": 1 })) > 10);
}
