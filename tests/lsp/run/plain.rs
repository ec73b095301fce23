//! Clients that announce nothing of ours: they see runs by what the protocol has for everybody.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Gate, Lab, SCRIPT, Setup};
use crate::lsp::editor::{brief, cell_uri};

/// A client that shows progress.
pub(super) fn progressing() -> Setup {
    let mut setup = Setup::plain();
    setup.capabilities["window"] = json!({ "workDoneProgress": true });
    setup
}

/// Waits for a progress to be created; returns the request's id and the token.
#[track_caller]
pub(super) fn created(lab: &mut Lab) -> (Value, Value) {
    let (id, mut params) = lab.editor.client.server_request("window/workDoneProgress/create");
    (id, params["token"].take())
}

/// Waits for the next word of a progress.
#[track_caller]
pub(super) fn progress(lab: &mut Lab, token: &Value) -> Value {
    let mut params = lab.editor.client.notification("$/progress");
    assert_eq!(params["token"], *token);
    params["value"].take()
}

/// Waits for the end of a progress; returns what is said then.
#[track_caller]
pub(super) fn ended(lab: &mut Lab, token: &Value) -> String {
    loop {
        let value = progress(lab, token);
        match value["kind"].as_str().unwrap() {
            "end" => return value["message"].as_str().unwrap().to_owned(),
            kind => assert_eq!(kind, "report", "{value}"),
        }
    }
}

/// The hints of the script: line and label.
#[track_caller]
fn hints(lab: &mut Lab) -> Vec<String> {
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": SCRIPT }, "range": range });
    let hints = lab.editor.client.call("textDocument/inlayHint", params);
    let brief = |hint: &Value| format!("{} {}", hint["position"]["line"], hint["label"].as_str().unwrap());
    hints.as_array().unwrap().iter().map(brief).collect()
}

/// Fails if anything of ours was told to a client that did not ask for it.
#[track_caller]
fn nothing_of_ours(lab: &Lab) {
    let ours = |message: &&Value| message["method"].as_str().is_some_and(|method| method.starts_with("glue-ls/"));
    assert_eq!(lab.editor.client.unread().find(ours), None);
}

#[test]
fn a_run_is_a_progress_and_its_result_a_hint() {
    let mut lab = progressing().start();
    lab.open_script("# %%\nprint('one')\n6 * 7\n\n# %%\nx = 1\n\n# %%\n1 / 0\n");
    assert_eq!(hints(&mut lab), [""; 0]);
    lab.ask("runAllCells", json!({ "uri": SCRIPT }));
    let (id, token) = created(&mut lab);
    lab.editor.client.respond(&id, Value::Null);
    let begin = progress(&mut lab, &token);
    assert_eq!((&begin["kind"], &begin["cancellable"]), (&json!("begin"), &json!(true)));
    let end = ended(&mut lab, &token);
    assert!(end.contains("ZeroDivisionError"), "{end}");
    let message = lab.editor.client.notification("window/showMessage");
    assert!(message["message"].as_str().unwrap().contains("ZeroDivisionError"), "{message}");
    let expected = ["2 42 (and a line above)", "5 ✓", "8 ✗ ZeroDivisionError: division by zero"];
    assert_eq!(hints(&mut lab), expected);
    assert_eq!(brief(&lab.editor.pull_items(SCRIPT)), ["ZeroDivisionError 8:0-8:5"]);
    // A hint goes with an edit of its cell, and moves with edits of others.
    let at = json!({ "line": 2, "character": 0 });
    lab.editor.edit(SCRIPT, json!([{ "range": { "start": at, "end": at }, "text": "\n\n" }]));
    assert_eq!(hints(&mut lab), ["7 ✓", "10 ✗ ZeroDivisionError: division by zero"]);
    nothing_of_ours(&lab);
}

#[test]
fn the_button_of_a_progress_cancels() {
    let gate = Gate::new();
    let mut lab = progressing().start();
    lab.open_script(&format!("# %%\n{}\n# %%\n'later'\n", gate.endless()));
    lab.ask("runAllCells", json!({ "uri": SCRIPT }));
    let (id, token) = created(&mut lab);
    lab.editor.client.respond(&id, Value::Null);
    assert_eq!(progress(&mut lab, &token)["kind"], "begin");
    let guest = gate.guest();
    lab.editor.client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
    assert!(ended(&mut lab, &token).contains("cancelled"));
    assert_eq!(hints(&mut lab), ["4 cancelled", "7 cancelled"]);
    // Tokens of nobody's are nobody's business.
    for token in [json!("glue-ls/run/999"), json!("else"), json!(7), json!("glue-ls/run/x")] {
        lab.editor.client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
    }
    lab.ask("runCell", json!({ "uri": SCRIPT, "cell": 1 }));
    let (id, token) = created(&mut lab);
    lab.editor.client.respond(&id, Value::Null);
    assert_eq!(progress(&mut lab, &token)["kind"], "begin");
    assert!(ended(&mut lab, &token).contains("ok"));
    assert_eq!(hints(&mut lab), ["4 cancelled", "7 'later'"]);
    for text in ["2 cells are done; Cell 0: cancelled", "Cell 1: 'later'"] {
        assert_eq!(lab.editor.client.notification("window/showMessage")["message"], text);
    }
    drop(guest);
}

#[test]
fn a_client_that_refuses_a_progress_gets_none() {
    let gate = Gate::new();
    let mut lab = progressing().start();
    lab.open_script(&format!("# %%\n{}'done'\n", gate.wait()));
    lab.ask("runCell", json!({ "uri": SCRIPT, "cell": 0 }));
    let (id, _) = created(&mut lab);
    let error = json!({ "code": -32601, "message": "no" });
    lab.editor.client.send(&json!({ "jsonrpc": "2.0", "id": id, "error": error }));
    gate.guest().open();
    let said = lab.editor.client.notification("window/showMessage");
    assert_eq!(said["message"], "Cell 0: 'done'", "it is told all the same");
    nothing_of_ours(&lab);
}

#[test]
fn a_client_that_never_answers_holds_nothing_up() {
    let mut setup = progressing();
    setup.capabilities["window"]["showDocument"] = json!({ "support": true });
    setup.capabilities["workspace"]["inlayHint"] = json!({ "refreshSupport": true });
    let gate = Gate::new();
    let mut lab = setup.start();
    for method in
        ["window/workDoneProgress/create", "window/showDocument", "workspace/inlayHint/refresh", "window/showMessage"]
    {
        lab.editor.client.ignore(method);
    }
    lab.open_script(&format!("# %%\n1 / 0\n# %%\n'two'\n# %%\n{}", gate.ring()));
    for cell in [0, 1, 2] {
        lab.ask("runCell", json!({ "uri": SCRIPT, "cell": cell }));
        if cell == 0 {
            lab.editor.client.look_for("the message", |message| message["method"] == "window/showMessage");
        }
    }
    // The last cell tells that the others are done.
    let _guest = gate.guest();
    assert_eq!(hints(&mut lab)[..2], ["1 ✗ ZeroDivisionError: division by zero", "3 'two'"]);
    lab.command("showOutput", json!({ "uri": SCRIPT, "cell": 1 }));
    lab.command("showPlan", json!({ "uri": SCRIPT }));
    lab.command("stopSession", json!({ "uri": SCRIPT }));
    nothing_of_ours(&lab);
}

#[test]
fn a_client_that_can_nothing_still_learns_of_errors() {
    let mut setup = Setup::plain();
    setup.capabilities = json!({});
    let mut lab = setup.start();
    lab.open_script("# %%\n1 / 0\n");
    lab.ask("runCell", json!({ "uri": SCRIPT, "cell": 0 }));
    let message = lab.editor.client.notification("window/showMessage");
    assert_eq!(message["message"], "Cell 0: ZeroDivisionError: division by zero");
    let told = lab.editor.client.notification("textDocument/publishDiagnostics");
    assert_eq!(brief(&told["diagnostics"]), ["ZeroDivisionError 1:0-1:5"]);
    assert_eq!(hints(&mut lab), ["1 ✗ ZeroDivisionError: division by zero"]);
}

#[test]
fn hints_are_asked_for_again_when_a_cell_is_done() {
    let mut setup = Setup::plain();
    setup.capabilities["workspace"]["inlayHint"] = json!({ "refreshSupport": true });
    let mut lab = setup.start();
    lab.open_script("# %%\n'shown'\n");
    lab.ask("runCell", json!({ "uri": SCRIPT, "cell": 0 }));
    let (id, _) = lab.editor.client.server_request("workspace/inlayHint/refresh");
    lab.editor.client.respond(&id, Value::Null);
    assert_eq!(hints(&mut lab), ["1 'shown'"]);
}

#[test]
fn hints_can_be_turned_off_and_clients_that_show_runs_get_none() {
    let mut setup = Setup::plain().option("inlayHints", json!({ "results": false }));
    setup.capabilities["workspace"]["inlayHint"] = json!({ "refreshSupport": true });
    let mut lab = setup.start();
    lab.open_script("# %%\n1\n");
    lab.ask("runCell", json!({ "uri": SCRIPT, "cell": 0 }));
    let (id, _) = lab.editor.client.server_request("workspace/inlayHint/refresh");
    lab.editor.client.respond(&id, Value::Null);
    assert_eq!(hints(&mut lab), [""; 0]);
    let mut lab = Setup::new().start();
    lab.open_script("# %%\n1\n");
    assert_eq!(lab.run_ordinal(0).end(), "ok");
    assert_eq!(hints(&mut lab), [""; 0], "who shows runs itself needs no hint");
}

#[test]
fn what_keeps_a_run_from_beginning_is_said() {
    let mut setup = Setup::plain();
    setup.options.as_object_mut().unwrap().remove("trusted");
    let mut lab = setup.start();
    lab.open_script("# %%\n1\n");
    assert_eq!(lab.blocked("runCell", json!({ "cell": 0 }))["reason"], "untrusted");
    let message = lab.editor.client.notification("window/showMessage");
    let text = message["message"].as_str().unwrap();
    assert!(text.contains("not allowed in") && text.contains("glue-ls.trustFolder"), "{message}");
}

#[test]
fn a_session_that_would_live_as_glue_ls_says_tells_so() {
    let script = "# %%\n# %glue_version 5.0\n\n# %%\n\n# first\nx = 1\n\n# %%\ny = 2\n";
    let hinted = |options: Value, script: &str| {
        let mut setup = Setup::plain();
        for (name, value) in options.as_object().unwrap() {
            setup.options[name] = value.clone();
        }
        let mut lab = setup.start();
        lab.open_script(script);
        hints(&mut lab)
    };
    let price = "6 · 5 DPU, about $2.20/h";
    assert_eq!(hinted(json!({ "engine": "aws" }), script), [price, "6 · ends at 60 min idle"]);
    let shorter = json!({ "engine": "aws", "session": { "defaultIdleTimeout": 15 } });
    assert_eq!(hinted(shorter, script), [price, "6 · ends at 15 min idle"]);
    let none = [""; 0];
    let off = json!({ "engine": "aws", "inlayHints": { "idleTimeout": false, "cost": false } });
    assert_eq!(hinted(off, script), none);
    assert_eq!(hinted(json!({ "engine": "local" }), script), none, "here it costs nothing");
    let own = script.replace("glue_version 5.0", "idle_timeout 10");
    assert_eq!(hinted(json!({ "engine": "aws" }), &own), [price], "the document says it");
}

/// Answers the request to show a document; returns its text.
#[track_caller]
fn shown(lab: &mut Lab) -> (String, String) {
    let (id, params) = lab.editor.client.server_request("window/showDocument");
    lab.editor.client.respond(&id, json!({ "success": true }));
    let uri = params["uri"].as_str().unwrap().to_owned();
    let path = PathBuf::from(uri.strip_prefix("file://").unwrap());
    assert!(path.starts_with(lab.home.path().join("cache")), "{}", path.display());
    (uri, std::fs::read_to_string(path).unwrap())
}

#[test]
fn whole_outputs_and_plans_are_opened_as_documents() {
    let mut setup = Setup::new();
    setup.capabilities["window"] = json!({ "showDocument": { "support": true } });
    let mut lab = setup.start();
    lab.open_script("# %%\n# %glue_version 4.0\n\n# %%\nprint('one')\n'two'\n");
    assert!(lab.refused("showOutput", json!({ "uri": SCRIPT, "cell": 1 })).contains("shown nothing yet"));
    lab.run_ordinal(0).ok();
    lab.run_ordinal(1).ok();
    let answer = lab.command("showOutput", json!({ "uri": SCRIPT, "cell": 1 }));
    let (uri, text) = shown(&mut lab);
    assert_eq!((answer, &*text), (json!({ "uri": uri }), "one\n'two'\n"));
    // The output is that of the cell, wherever it is now.
    let start = json!({ "line": 0, "character": 0 });
    lab.editor.edit(SCRIPT, json!([{ "range": { "start": start, "end": start }, "text": "# %%\n'new'\n\n" }]));
    lab.command("showOutput", json!({ "uri": SCRIPT, "cell": 2 }));
    assert_eq!(shown(&mut lab).1, "one\n'two'\n");
    assert!(lab.refused("showOutput", json!({ "uri": SCRIPT, "cell": 0 })).contains("shown nothing yet"));
    let plan = lab.command("showPlan", json!({ "uri": SCRIPT }));
    assert_eq!((&plan["schema"], &plan["cells"].as_array().unwrap().len()), (&json!(1), &3));
    assert_eq!(plan["create_session"]["GlueVersion"], "4.0", "{plan}");
    assert!(shown(&mut lab).1.contains("4.0"));
}

#[test]
fn a_notebook_of_such_a_client_is_run_as_well() {
    let gate = Gate::new();
    let mut lab = progressing().start();
    lab.open_notebook(&[("a", "1 / 0"), ("b", &gate.wait())]);
    lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let (id, token) = created(&mut lab);
    lab.editor.client.respond(&id, Value::Null);
    assert_eq!(progress(&mut lab, &token)["kind"], "begin");
    ended(&mut lab, &token);
    lab.editor.client.notification("window/showMessage");
    assert_eq!(lab.editor.pull_cell("a"), ["ZeroDivisionError 0:0-0:5"]);
    nothing_of_ours(&lab);
}
