//! What real editors said in one run each, said again: `fixtures/clients` holds the parameters of `initialize` and
//! all that followed, as recorded. Every request is answered, none with an error. The server of the recordings had a
//! command of its own: one of ours stands in its place.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::e2e::client::Client;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/clients")
}

/// What an editor is known to want.
struct Expected {
    encoding: &'static str,
    pulls: bool,
    /// Whether problems of the recorded notebook are to be seen.
    syncs_notebooks: bool,
}

/// Replays a recording; returns the answer to `initialize`.
fn replay(name: &str, expected: &Expected) -> Value {
    let params = std::fs::read_to_string(fixtures().join("initialize").join(format!("{name}.json"))).unwrap();
    let mut client = Client::glue_ls([""; 0]);
    // The recorded process is long gone.
    let mut params: Value = serde_json::from_str(&params).unwrap();
    params["processId"] = json!(std::process::id());
    client.send(&json!({ "jsonrpc": "2.0", "id": "start", "method": "initialize", "params": params }));
    let server = client.result("start")["capabilities"].clone();
    assert_eq!(server["positionEncoding"], expected.encoding, "{name}");
    assert_eq!(server.get("diagnosticProvider").is_some(), expected.pulls, "{name}");

    let mut told = false;
    let asked = say_again(&mut client, name, &mut |client| {
        probe(client, &server, expected);
        told = true;
    });
    assert!(told && !asked.is_empty(), "{name} asked for nothing");
    assert_eq!(client.exit_code(), Some(0), "{name}");
    let mut methods: Vec<String> =
        client.rest().iter().map(|message| message["method"].as_str().unwrap_or("an answer").to_owned()).collect();
    methods.dedup();
    for method in &methods {
        let fine = match method.as_str() {
            "workspace/configuration" => params["capabilities"]["workspace"]["configuration"] == true,
            "workspace/diagnostic/refresh" => expected.pulls,
            "textDocument/publishDiagnostics" => !expected.pulls,
            // What the command says, to a client that shows no answers.
            "window/showMessage" => asked.contains("workspace/executeCommand"),
            _ => false,
        };
        assert!(fine, "{name} was sent {method}");
    }
    server
}

/// Sends what an editor has sent, and ends as it does; `at_end` comes before that. Returns which requests it made.
fn say_again(client: &mut Client, name: &str, at_end: &mut dyn FnMut(&mut Client)) -> BTreeSet<String> {
    let traffic = std::fs::read_to_string(fixtures().join("traffic").join(format!("{name}.jsonl"))).unwrap();
    let mut asked = BTreeSet::new();
    for line in traffic.lines() {
        let mut message: Value = serde_json::from_str(line).unwrap();
        // What answers another server's questions answers none of ours.
        let Some(method) = message["method"].as_str().map(str::to_owned) else { continue };
        if method == "shutdown" {
            at_end(client);
        }
        if method == "workspace/executeCommand" {
            message["params"]["command"] = json!("glue-ls.sessionStatus");
            if message["params"]["arguments"].get(0).is_some() {
                message["params"]["arguments"] = json!([{ "uri": "file:///ws/job.py" }]);
            }
        }
        client.send(&message);
        if method == "exit" {
            // A recording may hold more than one ending.
            return asked;
        }
        if let Some(id) = message.get("id") {
            let response = client.response(id.clone());
            assert!(response.get("error").is_none(), "{name}: {method}: {response}");
            asked.insert(method);
        }
    }
    at_end(client);
    client.call("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    asked
}

/// After all that the editor did, the server still finds what is wrong in a new document.
fn probe(client: &mut Client, server: &Value, expected: &Expected) {
    let uri = "file:///ws/probe.py";
    let text = "# %%\n# %glue_version 4.0\n# 𝕏\n# %workertype G.1X\n";
    let item = json!({ "uri": uri, "languageId": "python", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let items = if expected.pulls {
        client.send(&json!({
            "jsonrpc": "2.0", "id": "probe", "method": "textDocument/diagnostic",
            "params": { "textDocument": { "uri": uri }, "identifier": server["diagnosticProvider"]["identifier"] },
        }));
        client.result("probe")["items"].clone()
    } else {
        let published = client.take("diagnostics", |message| message["params"]["uri"] == uri);
        published["params"]["diagnostics"].clone()
    };
    assert_eq!(items[0]["code"], "unknown-magic", "{items}");
    if expected.syncs_notebooks {
        assert!(server["notebookDocumentSync"].is_object());
    }
}

#[test]
fn emacs() {
    let server =
        replay("emacs-30.1-eglot-1.17.30", &Expected { encoding: "utf-8", pulls: false, syncs_notebooks: false });
    assert!(server["codeActionProvider"].is_object(), "{server}");
}

#[test]
fn helix() {
    replay("helix-25.01.1", &Expected { encoding: "utf-8", pulls: false, syncs_notebooks: false });
    replay("helix-25.07.1-master-079a789e", &Expected { encoding: "utf-8", pulls: true, syncs_notebooks: false });
}

#[test]
fn neovim() {
    replay("neovim-0.7.2", &Expected { encoding: "utf-16", pulls: false, syncs_notebooks: false });
    replay("neovim-0.10.4", &Expected { encoding: "utf-16", pulls: true, syncs_notebooks: false });
}

#[test]
fn jupyterlab() {
    let server = replay("jupyterlab-lsp-5.3.0", &Expected { encoding: "utf-16", pulls: false, syncs_notebooks: false });
    assert_eq!(server["codeActionProvider"], true, "commands alone: edits were not announced");
}

#[test]
fn vs_code() {
    let server =
        replay("vscode-1.100.3-languageclient-9", &Expected { encoding: "utf-16", pulls: true, syncs_notebooks: true });
    assert!(server["codeActionProvider"].is_object(), "{server}");
}

#[test]
fn whatever_an_editor_announces_it_may_ask_as_any_other() {
    let names = |folder: &str| {
        let entries = std::fs::read_dir(fixtures().join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
        names.collect::<BTreeSet<String>>()
    };
    assert_eq!(names("initialize"), names("traffic"), "each has both");
    for announces in names("initialize") {
        for asks in names("traffic").into_iter().filter(|asks| *asks != announces) {
            let path = fixtures().join("initialize").join(format!("{announces}.json"));
            let mut params: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            params["processId"] = Value::Null;
            let mut client = Client::glue_ls([""; 0]);
            client.send(&json!({ "jsonrpc": "2.0", "id": "start", "method": "initialize", "params": params }));
            client.result("start");
            say_again(&mut client, &asks, &mut |_| ());
            assert_eq!(client.exit_code(), Some(0), "{announces} as {asks}");
            client.rest();
        }
    }
}

#[test]
fn every_recording_is_replayed() {
    let mut names: Vec<String> = std::fs::read_dir(fixtures().join("initialize"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "emacs-30.1-eglot-1.17.30",
            "helix-25.01.1",
            "helix-25.07.1-master-079a789e",
            "jupyterlab-lsp-5.3.0",
            "neovim-0.10.4",
            "neovim-0.7.2",
            "vscode-1.100.3-languageclient-9",
        ]
    );
}
