//! Settings: from `initialize`, from the client's configuration, from the project file; and comments in the text.

use serde_json::{Value, json};

use super::editor::{Editor, pulling, pushing};

const NONE: [&str; 0] = [];
const URI: &str = "file:///ws/etl.py";
const TEXT: &str = "# %%\n# %glue_version 9.9\n# %workertype G.1X\ny = ;\n";
const VERSION: &str = "unknown-glue-version 1:16-1:19";
const MAGIC: &str = "unknown-magic 2:3-2:13";
const SYNTAX: &str = "python-syntax 3:4-3:5";

fn started(options: Value) -> Editor {
    let mut editor = Editor::with_params(json!({ "capabilities": pulling(), "initializationOptions": options }));
    editor.open(URI, "python", TEXT);
    editor
}

#[test]
fn options_of_initialize_count() {
    assert_eq!(started(Value::Null).pull(URI), [VERSION, MAGIC]);
    assert_eq!(started(json!({ "python": { "syntaxErrors": "on" } })).pull(URI), [VERSION, MAGIC, SYNTAX]);
    assert_eq!(started(json!({ "python.syntaxErrors": "on" })).pull(URI), [VERSION, MAGIC, SYNTAX]);
    assert_eq!(started(json!({ "rules": { "ignore": ["unknown-magic"] } })).pull(URI), [VERSION]);
    assert_eq!(started(json!({ "rules": { "select": ["unknown-magic"] } })).pull(URI), [MAGIC]);
    assert_eq!(started(json!({ "rules": { "severity": { "unknown-magic": "off" } } })).pull(URI), [VERSION]);
    let mut editor =
        started(json!({ "rules": { "severity": { "unknown-magic": "hint", "unknown-glue-version": "information" } } }));
    let items = editor.pull_items(URI);
    assert_eq!((&items[0]["severity"], &items[1]["severity"]), (&json!(3), &json!(4)), "{items}");
}

#[test]
fn a_wrong_setting_is_told_and_passed_over() {
    let mut editor =
        started(json!({ "python": { "syntaxErrors": true }, "rules": { "ignore": ["nonsense", "unknown-magic"] } }));
    let mut told: Vec<String> = (0..2)
        .map(|_| editor.client.notification("window/logMessage")["message"].as_str().unwrap().to_owned())
        .collect();
    told.sort();
    assert!(told[0].contains("`python.syntaxErrors` must be"), "{told:?}");
    assert!(told[1].contains("no rule `nonsense`"), "{told:?}");
    assert_eq!(editor.pull(URI), [VERSION], "the rest counts");
}

/// Answers the server's question for the configuration.
#[track_caller]
fn configure(editor: &mut Editor, settings: &Value) {
    let (id, params) = editor.client.server_request("workspace/configuration");
    assert_eq!(params["items"], json!([{ "section": "glue-ls" }]));
    editor.client.respond(&id, json!([settings]));
}

#[test]
fn the_clients_configuration_is_asked_for() {
    let mut capabilities = pulling();
    capabilities["workspace"]["configuration"] = json!(true);
    let options = json!({ "rules": { "ignore": ["unknown-glue-version"] }, "python": { "syntaxErrors": "on" } });
    let mut editor = Editor::with_params(json!({ "capabilities": capabilities, "initializationOptions": options }));
    editor.open(URI, "python", TEXT);
    assert_eq!(editor.pull(URI), [MAGIC, SYNTAX], "nothing waits for the answer");
    // Each value that the configuration has counts before that of `initialize`, and no other.
    configure(&mut editor, &json!({ "rules": { "ignore": ["unknown-magic"] } }));
    editor.refreshed();
    assert_eq!(editor.pull(URI), [VERSION, SYNTAX]);
    // What changed is asked for again; what comes with the notification may be another section's.
    editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": Value::Null }));
    configure(&mut editor, &json!({ "python": { "syntaxErrors": "off" } }));
    editor.refreshed();
    assert_eq!(editor.pull(URI), [MAGIC]);
    // A client without any such section.
    editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": {} }));
    configure(&mut editor, &Value::Null);
    assert_eq!(editor.pull(URI), [MAGIC]);
}

#[test]
fn configuration_that_is_sent_along_counts() {
    let mut editor = Editor::new(pushing());
    editor.open(URI, "python", TEXT);
    assert_eq!(editor.settle()[URI], [VERSION, MAGIC]);
    let ignore = json!({ "rules": { "ignore": ["unknown-magic"] } });
    editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": { "glue-ls": ignore } }));
    assert_eq!(editor.settle()[URI], [VERSION]);
    editor
        .client
        .notify("workspace/didChangeConfiguration", json!({ "settings": { "python": { "syntaxErrors": "on" } } }));
    assert_eq!(editor.settle()[URI], [VERSION, MAGIC, SYNTAX]);
    editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": {} }));
    assert_eq!(editor.settle()[URI], [VERSION, MAGIC]);
    // The same once more is no news.
    editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": {} }));
    assert_eq!(editor.settle().get(URI), None);
}

#[test]
fn the_project_file_has_the_last_word() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a folder");
    std::fs::create_dir(&inner).unwrap();
    let file = folder.path().join("glue-ls.toml");
    std::fs::write(&file, "[rules]\nignore = [\"unknown-glue-version\"]\n[rules.severity]\nunknown-magic = \"hint\"\n")
        .unwrap();
    let uri = format!("file://{}", inner.to_str().unwrap().replace(' ', "%20"));
    let options = json!({ "rules": { "ignore": ["unknown-magic"], "severity": { "unknown-magic": "error" } }, "python": { "syntaxErrors": "on" } });
    for root in
        [json!({ "rootUri": uri }), json!({ "workspaceFolders": [{ "uri": uri, "name": "x" }], "rootUri": null })]
    {
        let mut params = root;
        params["capabilities"] = pulling();
        params["initializationOptions"] = options.clone();
        let mut editor = Editor::with_params(params);
        editor.open(URI, "python", TEXT);
        assert_eq!(editor.pull(URI), [MAGIC, SYNTAX]);
        assert_eq!(editor.pull_items(URI)[0]["severity"], 4);
    }
    // A file that cannot be read says so, with its name, and the other settings count.
    std::fs::write(&file, "[rules\n").unwrap();
    let mut editor =
        Editor::with_params(json!({ "capabilities": pulling(), "initializationOptions": options, "rootUri": uri }));
    let told = editor.client.notification("window/logMessage");
    assert!(told["message"].as_str().unwrap().contains("glue-ls.toml"), "{told}");
    editor.open(URI, "python", TEXT);
    assert_eq!(editor.pull(URI), [VERSION, SYNTAX]);
}

#[test]
fn a_comment_above_silences_a_rule() {
    let mut editor = Editor::new(pulling());
    for (comment, problems) in [
        ("# glue-ls: ignore[unknown-magic]", &NONE[..]),
        ("# glue-ls: ignore[unknown-region, unknown-magic]", &["unused-ignore 2:18-2:32"]),
        ("# glue-ls: ignore", &NONE),
        ("# glue-ls: ignore[unknown-region]", &["unused-ignore 2:18-2:32", "unknown-magic 3:3-3:13"]),
    ] {
        editor.open(URI, "python", &format!("# %%\n# %glue_version 4.0\n{comment}\n# %workertype G.1X\n"));
        assert_eq!(editor.pull(URI), problems, "{comment}");
        editor.close(URI);
    }
    // What another server reports in scripts is not looked for, and so not known to be silenced.
    editor.open(
        URI,
        "python",
        "# %%\n# %glue_version 4.0\n# glue-ls: ignore[python-syntax]\ny = ;\n# glue-ls: ignore\nz = ;\n",
    );
    assert_eq!(editor.pull(URI), NONE);
}
