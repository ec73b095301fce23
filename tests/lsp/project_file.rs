//! A project file that is open in an editor.

use serde_json::{Value, json};

use super::editor::{Editor, apply_fix, pulling, pushing};

const FILE: &str = "file:///ws/glue-ls.toml";
const NONE: [&str; 0] = [];

#[test]
fn mistakes_are_shown_where_they_are_with_fixes() {
    let text = "# größe 𝕏\nengin = \"aws\"\n[rules]\nignore = [\"𝕏\", \"unknown-magik\"]\n[policy]\nmaxWorkers = 0\n";
    for capabilities in [pulling(), pushing()] {
        let pushes = capabilities == pushing();
        let mut editor = Editor::new(capabilities);
        editor.open(FILE, "toml", text);
        let found = if pushes { editor.settle()[FILE].clone() } else { editor.pull(FILE) };
        assert_eq!(found, ["settings 1:0-1:5", "settings 3:10-3:14", "settings 3:16-3:31", "settings 5:13-5:14"]);
        editor.replace(FILE, "engine = \"aws\"\n");
        let found = if pushes { editor.settle()[FILE].clone() } else { editor.pull(FILE) };
        assert_eq!(found, NONE);
    }
    let mut editor = Editor::new(pulling());
    editor.open(FILE, "toml", text);
    let fixes = editor.fixes(FILE, [3, 16, 3, 31]);
    assert_eq!(fixes.len(), 1, "{fixes:?}");
    assert!(apply_fix(text, FILE, &fixes[0]).contains("[\"𝕏\", \"unknown-magic\"]"));
    editor.open("file:///ws/other.toml", "toml", text);
    assert_eq!(editor.pull("file:///ws/other.toml"), NONE, "other files are none of ours");
}

#[test]
fn a_quote_that_is_open_yet_is_one_mistake() {
    let mut editor = Editor::new(pulling());
    editor.open(FILE, "toml", "[policy]\nroles = [\"\n\n[rules]\nignore = [\"unknown-magic\"]\n");
    let found = editor.pull(FILE);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("settings 1:"), "{found:?}");
}

#[test]
fn keys_and_values_are_completed_and_explained() {
    let mut editor = Editor::new(pulling());
    editor.open(FILE, "toml", "engine = \"\"\n[policy]\nmax\n\n[rules]\nignore = [\"\"]\n");
    assert_eq!(editor.labels(FILE, 0, 10), ["local", "aws"]);
    assert!(editor.labels(FILE, 2, 3).contains(&"maxDpu".to_owned()));
    assert!(editor.labels(FILE, 5, 11).contains(&"unknown-magic".to_owned()));
    let hover = editor.ask("textDocument/hover", FILE, 0, 2);
    let shown = hover["contents"]["value"].as_str().unwrap();
    assert!(shown.contains("Who runs cells") && shown.contains("`\"aws\"`: sessions of AWS Glue"), "{hover}");
    assert_eq!(editor.ask("textDocument/hover", FILE, 3, 0), Value::Null);
}

#[test]
fn what_is_saved_comes_into_force() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("glue-ls.toml");
    let uri = format!("file://{}", folder.path().display());
    let mut editor = Editor::with_params(json!({ "capabilities": pulling(), "rootUri": uri }));
    let script = format!("{uri}/legacy/etl.py");
    editor.open(&script, "python", "# %%\n# %workertype G.1X\n# %glue_version 5.0\n");
    assert_eq!(editor.pull(&script), ["unknown-magic 1:3-1:13"]);
    let file = format!("{uri}/glue-ls.toml");
    let text = "[rules.perFileIgnores]\n\"legacy/\" = [\"unknown-magic\"]\n";
    editor.open(&file, "toml", text);
    assert_eq!(editor.pull(&script).len(), 1, "not before it is saved");
    std::fs::write(&path, text).unwrap();
    editor.client.notify("textDocument/didSave", json!({ "textDocument": { "uri": file } }));
    editor.refreshed();
    assert_eq!(editor.pull(&script), NONE);
    std::fs::write(&path, "").unwrap();
    let changes = json!({ "changes": [{ "uri": file, "type": 2 }] });
    editor.client.notify("workspace/didChangeWatchedFiles", changes);
    editor.refreshed();
    assert_eq!(editor.pull(&script).len(), 1);
}

#[test]
fn a_comment_at_the_top_counts_everywhere_while_it_is_there() {
    let mut editor = Editor::new(pulling());
    let uri = "file:///ws/etl.py";
    let text = |top: &str| format!("{top}\n\n# %%\n# %glue_version 5.0\n\n# %%\n# %workertype G.1X\n");
    editor.open(uri, "python", &text("# note"));
    assert_eq!(editor.pull(uri), ["unknown-magic 6:3-6:13"]);
    editor.edit(uri, json!([{ "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 6 } }, "text": "# glue-ls: ignore-file[unknown-magic]" }]));
    assert_eq!(editor.pull(uri), NONE);
    editor.edit(uri, json!([{ "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 3 } }, "text": "# " }]));
    assert_eq!(editor.pull(uri), ["unknown-magic 6:3-6:13"]);
}

#[test]
fn a_setting_far_from_the_session_is_reported_as_it_changes() {
    let params = json!({ "capabilities": pulling(), "initializationOptions": { "policy": { "maxWorkers": 5 } } });
    let mut editor = Editor::with_params(params);
    let uri = "file:///ws/etl.py";
    editor.open(uri, "python", "# %%\n# %worker_type G.1X\n# %number_of_workers 50\n\n# %%\n# %number_of_workers 4\n");
    // The last one counts, and any session would have it.
    assert_eq!(editor.pull(uri), ["replaced-setting 2:21-2:23"]);
    editor.edit(uri, json!([{ "range": { "start": { "line": 5, "character": 0 }, "end": { "line": 5, "character": 22 } }, "text": "y = 1" }]));
    assert_eq!(editor.pull(uri), ["policy 2:21-2:23"]);
}
