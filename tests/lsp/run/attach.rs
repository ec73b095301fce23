//! Sessions that exist already, as editors see them: lists, attaching, what others do to them, what they cost.

use serde_json::{Value, json};

use super::{Gate, Lab, SCRIPT, Setup, Story};
use crate::lsp::editor::{NOTEBOOK, cell_uri};
use crate::service::{FakeGlue, Fault, Faults};

/// An editor with a notebook and a script, both on the service.
fn lab(glue: &FakeGlue, cells: &[(&str, &str)], script: &str) -> Lab {
    let mut setup = Setup::new().on(&glue.url);
    setup.options["session"] = json!({ "tags": { "team": "analytics", "cost": "42" } });
    let mut lab = setup.start();
    lab.editor.client.ignore("window/showMessage");
    lab.open_notebook(cells);
    lab.open_script(script);
    lab
}

#[track_caller]
fn session(lab: &mut Lab, uri: &str) -> Value {
    lab.command("sessionStatus", json!({ "uri": uri }))
}

#[track_caller]
fn said(lab: &mut Lab, part: &str) -> String {
    let message = lab.editor.client.take(part, |message| {
        message["method"] == "window/showMessage" && message["params"]["message"].to_string().contains(part)
    });
    message["params"]["message"].as_str().unwrap().to_owned()
}

/// Runs the notebook's cell `a`, which goes on, and has the script come to its session; returns the run and the session's id.
#[track_caller]
fn attach_while_it_runs(lab: &mut Lab, gate: &Gate) -> (u64, Value) {
    let own = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    gate.guest();
    let id = session(lab, NOTEBOOK)["sessionId"].clone();
    let run = lab.ask("attachSession", json!({ "uri": SCRIPT, "sessionId": id }));
    lab.story(run, 1).ok();
    said(lab, "has not ended");
    (own, id)
}

#[test]
fn what_was_run_before_is_shown_again_where_its_code_stands() {
    let glue = FakeGlue::start(Faults::none());
    let cells = [("a", "print('hello')"), ("b", "6 * 7"), ("bad", "1 / 0"), ("other", "elsewhere = 1")];
    let script = "# %%\n6 * 7\n# %%\nprint('hello')\n# %%\n1 / 0\n# %%\nnever = 1\n";
    let mut lab = lab(&glue, &cells, script);
    for (cell, _) in cells {
        lab.run_cell(cell);
    }
    let id = session(&mut lab, NOTEBOOK)["sessionId"].clone();
    let choice = lab.blocked("attachSession", json!({ "uri": SCRIPT }));
    assert_eq!(choice["reason"], "choose");
    let [action] = &**choice["actions"].as_array().unwrap() else { panic!("{choice}") };
    assert_eq!(action["arguments"][0]["sessionId"], id);
    let run = lab.act(action)["runId"].as_u64().unwrap();
    let story = lab.story(run, 1).ok();
    assert_eq!(story.ends(), ["null ok"]);
    assert!(story.message().contains("Reconnected to the session"), "{}", story.message());
    for (cell, statement, shown) in [(1, 0, "hello"), (0, 1, "42"), (2, 2, "ZeroDivisionError")] {
        let told = lab.editor.client.notification("glue-ls/cellOutput");
        assert_eq!((&told["uri"], &told["cell"], &told["runId"]), (&json!(SCRIPT), &json!(cell), &Value::Null));
        assert_eq!((&told["replace"], &told["restored"]["sessionId"]), (&json!(true), &id));
        assert!(told["outputs"].to_string().contains(shown), "{told}");
        let number = told["restored"]["statement"].as_i64().unwrap();
        assert!(number >= statement && told["restored"]["startedAt"].is_u64(), "{told}");
    }
    let text = said(&mut lab, "were run in the session");
    assert!(text.starts_with("3 cells") && text.contains("`elsewhere = 1`"), "{text}");
    assert!(lab.editor.client.unread().all(|message| message["method"] != "glue-ls/cellState"), "no run has happened");
    assert!(lab.command("showOutput", json!({ "uri": SCRIPT, "cell": 0 }))["uri"].is_string());
    // Nobody stops it but the user: both go on with it.
    assert_eq!(lab.run_ordinal(3).ok().ends(), ["3 ok"]);
    assert_eq!(session(&mut lab, SCRIPT)["sessionId"], id);
    assert_eq!(glue.calls("CreateSession"), 1);
}

#[test]
fn what_still_runs_is_told_and_followed_to_its_end() {
    let glue = FakeGlue::start(Faults::none());
    let gate = Gate::new();
    let code = format!("print('first')\n{}print('second')", gate.wait());
    let script = format!("# %%\n{code}\n# %%\n'next'\n");
    let mut lab = lab(&glue, &[("a", &code)], &script);
    let own = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let begun = Story::until(&mut lab.editor.client, own, |story| story.stream("stdout").contains("first"));
    let id = session(&mut lab, NOTEBOOK)["sessionId"].clone();
    let run = lab.ask("attachSession", json!({ "uri": SCRIPT, "sessionId": id }));
    lab.story(run, 1).ok();
    let restored = |lab: &mut Lab, state: &str| {
        let message = lab.editor.client.take(state, |message| {
            let params = &message["params"];
            message["method"] == "glue-ls/cellOutput" && params["uri"] == SCRIPT && params["restored"]["state"] == state
        });
        (message["params"]["cell"].clone(), message["params"]["outputs"][0]["text"].clone())
    };
    assert_eq!(restored(&mut lab, "RUNNING"), (json!(0), json!("first\n")));
    let text = said(&mut lab, "has not ended");
    assert!(text.contains("print('first')") && text.contains("RUNNING") && text.contains("cells wait"), "{text}");
    // Its end comes without anybody who asks.
    gate.guest().open();
    begun.until_the_end(&mut lab.editor.client, own, 1).ok();
    assert_eq!(restored(&mut lab, "AVAILABLE"), (json!(0), json!("first\nsecond\n")));
    let text = said(&mut lab, "has ended;");
    assert!(text.ends_with("its cell shows what it showed."), "{text}");
    assert_eq!(lab.run_ordinal(1).ok().values(), ["'next'"]);
}

#[test]
fn what_still_runs_can_be_cancelled_by_its_cell_and_nothing_of_others() {
    let glue = FakeGlue::start(Faults::none());
    let gate = Gate::new();
    let code = gate.endless();
    // The document that comes has the first cell, and not the second.
    let script = format!("# %%\n{code}\n# %%\n'next'\n");
    let mut lab = lab(&glue, &[("a", &code), ("b", "'waits'")], &script);
    // Each state of the statement comes with what it shows.
    lab.editor.client.ignore("glue-ls/cellOutput");
    let (own, id) = attach_while_it_runs(&mut lab, &gate);
    let cancel = |lab: &mut Lab, argument: Value| lab.command("cancel", argument)["cancelled"].clone();
    assert_eq!(cancel(&mut lab, json!({ "uri": SCRIPT, "cell": 1 })), 0, "it does not run");
    assert_eq!(glue.calls("CancelStatement"), 0);
    assert_eq!(cancel(&mut lab, json!({ "uri": SCRIPT, "cell": 0 })), 1);
    let told = lab.editor.client.take("the end of the statement", |message| {
        message["params"]["uri"] == SCRIPT && message["params"]["restored"]["state"] == "CANCELLED"
    });
    assert_eq!((&told["params"]["cell"], &told["params"]["runId"]), (&json!(0), &Value::Null));
    let text = said(&mut lab, "was cancelled");
    assert!(text.contains(id.as_str().unwrap()) && text.ends_with("its cell shows what it showed."), "{text}");
    assert_eq!(lab.story(own, 1).ends(), ["a cancelled"], "the document that had begun it sees it");
    assert_eq!(cancel(&mut lab, json!({ "uri": SCRIPT })), 0, "there is nothing left");
    assert_eq!(lab.run_ordinal(1).ok().values(), ["'next'"]);
    // All of a document is what its cells show: the statement of another one goes on.
    let gate = Gate::new();
    lab.editor.edit_cell("b", json!([{ "text": gate.wait() }]));
    let own = lab.ask("runCell", json!({ "cell": cell_uri("b") }));
    let guest = gate.guest();
    let run = lab.ask("attachSession", json!({ "uri": SCRIPT, "sessionId": id }));
    lab.story(run, 1).ok();
    assert_eq!(cancel(&mut lab, json!({ "uri": SCRIPT })), 0);
    guest.open();
    lab.story(own, 1).ok();
}

#[test]
fn what_is_followed_is_let_go_with_its_session() {
    let glue = FakeGlue::start(Faults::none());
    let gate = Gate::new();
    let code = gate.endless();
    let mut lab = lab(&glue, &[("a", &code)], &format!("# %%\n{code}\n"));
    lab.editor.client.ignore("glue-ls/cellOutput");
    let (own, _) = attach_while_it_runs(&mut lab, &gate);
    lab.command("stopSession", json!({ "uri": SCRIPT }));
    // The statement may be seen to end with it, or not.
    let told = lab.editor.client.take("the end of what was followed", |message| {
        let state = &message["params"]["restored"]["state"];
        message["params"]["uri"] == SCRIPT && (state == "UNKNOWN" || state == "CANCELLED")
    });
    assert_eq!(told["params"]["cell"], 0);
    assert_eq!(lab.command("cancel", json!({ "uri": SCRIPT, "cell": 0 }))["cancelled"], 0);
    lab.story(own, 1);
}

#[test]
fn a_cancel_that_fails_is_told_and_can_be_repeated() {
    let glue = FakeGlue::start(Faults::none());
    let gate = Gate::new();
    let code = gate.endless();
    let mut lab = lab(&glue, &[("a", &code)], &format!("# %%\n{code}\n"));
    // Each state of the statement comes with what it shows.
    lab.editor.client.ignore("glue-ls/cellOutput");
    let (own, _) = attach_while_it_runs(&mut lab, &gate);
    glue.set(Faults::none().always("CancelStatement", Fault::Denied));
    assert_eq!(lab.command("cancel", json!({ "uri": SCRIPT }))["cancelled"], 1);
    let text = said(&mut lab, "could not be cancelled");
    assert!(text.contains("glue:CancelStatement"), "{text}");
    glue.set(Faults::none());
    assert_eq!(lab.command("cancel", json!({ "uri": SCRIPT }))["cancelled"], 1);
    said(&mut lab, "was cancelled");
    assert_eq!(lab.story(own, 1).ends(), ["a cancelled"]);
}

#[test]
fn tags_of_the_settings_are_on_each_session_and_those_of_the_document_win() {
    let glue = FakeGlue::start(Faults::none());
    let mut lab = lab(&glue, &[("t", "%%tags\n{'team': 'ours', 'sprint': '7'}"), ("a", "1")], "# %%\n1\n");
    lab.run_ordinal(0).ok();
    lab.run_cell("t").ok();
    lab.run_cell("a").ok();
    let tags = |number: usize| {
        let mut tags = glue.creations()[number]["Tags"].clone();
        assert!(tags.as_object_mut().unwrap().remove("owner").is_some(), "{tags}");
        tags
    };
    assert_eq!(tags(0), json!({ "team": "analytics", "cost": "42" }));
    assert_eq!(tags(1), json!({ "team": "ours", "cost": "42", "sprint": "7" }));
    // From the next session on, others hold.
    let settings = json!({ "session": { "tags": { "team": "science" } } });
    lab.editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
    lab.command("stopSession", json!({ "uri": SCRIPT }));
    lab.run_ordinal(0).ok();
    assert_eq!(tags(2), json!({ "team": "science", "cost": "42" }));
}

#[test]
fn a_magic_attaches_as_well_and_its_own_cell_shows_what_it_does() {
    let glue = FakeGlue::start(Faults::none());
    let mut lab = lab(&glue, &[("a", "6 * 7"), ("b", "'b'")], "# %%\n6 * 7\n");
    lab.run_cell("a").ok();
    lab.run_cell("b").ok();
    let id = session(&mut lab, NOTEBOOK)["sessionId"].as_str().unwrap().to_owned();
    lab.editor.replace(SCRIPT, &format!("# %%\n# %reconnect {id}\n6 * 7\n# %%\n'b'\n"));
    let story = lab.run_ordinal(0).ok();
    assert_eq!(story.values(), ["42"]);
    assert!(story.stream("stdout").contains("Reconnected"), "{}", story.text());
    let told = lab.editor.client.notification("glue-ls/cellOutput");
    assert_eq!((&told["cell"], &told["restored"]["sessionId"]), (&json!(1), &json!(id)));
    said(&mut lab, "One cell was run");
}

#[test]
fn two_documents_share_a_session_and_each_sees_that_the_other_stops_it() {
    let glue = FakeGlue::start(Faults::none());
    let cells =
        [("a", "shared = []"), ("b", "for n in range(20): shared.append('b')\nprint('from b')"), ("c", "len(shared)")];
    let script = "# %%\nfor n in range(20): shared.append('s')\nprint('from s')\n# %%\nmine = 1\n";
    let mut lab = lab(&glue, &cells, script);
    lab.run_cell("a").ok();
    let id = session(&mut lab, NOTEBOOK)["sessionId"].clone();
    let run = lab.ask("attachSession", json!({ "uri": SCRIPT, "sessionId": id }));
    lab.story(run, 1).ok();
    for _ in 0..3 {
        let one = lab.ask("runCell", json!({ "cell": cell_uri("b") }));
        let two = lab.ask("runCell", json!({ "uri": SCRIPT, "cell": 0 }));
        assert_eq!(lab.story(two, 1).ok().stream("stdout"), "from s\n");
        assert_eq!(lab.story(one, 1).ok().stream("stdout"), "from b\n");
    }
    lab.run_ordinal(1).ok();
    assert_eq!(lab.run_cell("c").ok().values(), ["120"]);
    // The session is the notebook's: the script does not restart it by the way.
    let blocked = lab.blocked("restartSession", json!({ "uri": SCRIPT }));
    assert_eq!(blocked["reason"], "attached");
    let stopped = lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    assert_eq!(stopped["status"], "STOPPED");
    assert!(stopped["receipt"]["cost"].as_f64().is_some(), "{stopped}");
    let text = said(&mut lab, "lived");
    assert_eq!(stopped["receipt"]["text"], text);
    assert!(text.contains("DPU-seconds and cost"), "{text}");
    // The script learns of it when it wants the session, and is told what has to be run again.
    let story = lab.run_ordinal(1);
    assert!(story.stream("stderr").contains("stopped elsewhere"), "{}", story.text());
    let actions = story.actions();
    assert_eq!(actions[0]["arguments"][0]["cells"], json!([0, 1]), "{actions:?}");
    assert_ne!(session(&mut lab, SCRIPT)["sessionId"], id);
    assert_eq!(glue.calls("CreateSession"), 2);
}

#[test]
fn sessions_are_listed_with_what_they_cost_and_whose_they_are() {
    let glue = FakeGlue::start(Faults::none());
    let mut other = lab(&glue, &[("a", "1")], "# %%\n1\n");
    other.run_cell("a").ok();
    let theirs = session(&mut other, NOTEBOOK)["sessionId"].clone();
    let mut lab = lab(&glue, &[("t", "%%tags\n{'team': 'ours'}"), ("a", "1")], "# %%\n1\n");
    let list = lab.command("listSessions", json!({ "uri": NOTEBOOK }));
    assert_eq!((list["sessions"].as_array().unwrap().len(), &list["region"]), (1, &json!("eu-west-1")), "{list}");
    lab.run_cell("t").ok();
    lab.run_cell("a").ok();
    let ours = session(&mut lab, NOTEBOOK)["sessionId"].clone();
    let list = lab.command("listSessions", json!({ "uri": SCRIPT }));
    let find = |id: &Value| {
        let sessions = list["sessions"].as_array().unwrap();
        sessions.iter().find(|session| session["sessionId"] == *id).unwrap_or_else(|| panic!("{list}")).clone()
    };
    let (own, foreign) = (find(&ours), find(&theirs));
    assert_eq!(
        (&own["whose"], &own["document"], &foreign["whose"]),
        (&json!("here"), &json!("/ws/etl.ipynb"), &json!("other"))
    );
    assert_eq!((&own["status"], &own["tags"]["team"]), (&json!("READY"), &json!("ours")), "{own}");
    assert_eq!((&foreign["tags"]["team"], &foreign["tags"]["cost"]), (&json!("analytics"), &json!("42")), "{foreign}");
    assert!(own["cost"].is_f64() && own["ageSeconds"].is_u64() && own["createdAt"].is_u64(), "{own}");
    assert_eq!(own["actions"].as_array().unwrap().len(), 2, "{own}");
    assert_eq!(glue.creations()[1]["Tags"]["team"], "ours");
    // More of it is told to who asks, also of one that no document here has.
    for (id, workers) in [(&ours, &own["workers"]), (&theirs, &foreign["workers"])] {
        let status = lab.command("sessionStatus", json!({ "uri": SCRIPT, "sessionId": id }));
        assert_eq!(
            (&status["sessionId"], &status["status"], &status["workers"]),
            (id, &json!("READY"), workers),
            "{status}"
        );
        assert!(status["dashboardUrl"].as_str().unwrap().starts_with("https://dashboard.glue.example/"), "{status}");
        assert!(status["logsUrl"].as_str().unwrap().ends_with(id.as_str().unwrap()), "{status}");
        assert!(status["costSoFar"].is_f64() && status["survivors"].is_array(), "{status}");
    }
    assert!(lab.refused("sessionStatus", json!({ "sessionId": "nobody-knows-it" })).contains("nobody-knows-it"));
    // It is stopped as any of the editor's own, with what runs in it.
    let stopped = lab.act(&own["actions"][0]);
    assert_eq!((&stopped["status"], &stopped["uri"]), (&json!("STOPPED"), &json!(NOTEBOOK)));
    let stopped = lab.act(&foreign["actions"][0]);
    assert_eq!(stopped["status"], "STOPPED");
    assert!(glue.alive().is_empty());
    assert!(lab.refused("stopSession", json!({ "sessionId": "nobody-knows-it" })).contains("no such session"));
    let list = lab.command("listSessions", json!({ "uri": SCRIPT }));
    assert!(list["sessions"].as_array().unwrap().iter().all(|session| session["actions"] == json!([])), "{list}");
}

#[test]
fn a_session_that_is_not_what_the_notebook_says_is_noticed() {
    let glue = FakeGlue::start(Faults::none());
    let cells = [("s", "%worker_type G.1X\n%number_of_workers 5"), ("a", "kept = 1"), ("q", "%status")];
    let mut lab = lab(&glue, &cells, "# %%\n1\n");
    lab.run_cell("s").ok();
    lab.run_cell("a").ok();
    assert_eq!(session(&mut lab, NOTEBOOK)["message"], Value::Null);
    let range = json!({ "start": { "line": 1, "character": 19 }, "end": { "line": 1, "character": 20 } });
    lab.editor.edit_cell("s", json!([{ "range": range, "text": "10" }]));
    let says = "the session has 5 × G.1X, the notebook says 10";
    let status = session(&mut lab, NOTEBOOK);
    assert_eq!(status["message"], says);
    let text = lab.run_cell("q").ok().stream("stdout");
    assert!(text.contains(says), "{text}");
    let told: Vec<Value> = lab.editor.client.take_unread();
    let told = told
        .iter()
        .filter(|message| message["method"] == "glue-ls/sessionState" && message["params"]["message"] == says);
    assert!(told.clone().count() >= 1);
    assert!(told.clone().all(|message| message["params"]["actions"][0]["command"] == "glue-ls.restartSession"));
    // The action runs the cell with the setting first.
    let [action] = &**status["actions"].as_array().unwrap() else { panic!("{status}") };
    let answer = lab.act(action);
    let run = answer["runId"].as_u64().unwrap();
    lab.story(run - 1, 1).ok();
    lab.story(run, 1).ok();
    assert_eq!(glue.creations()[1]["NumberOfWorkers"], 10);
    assert_eq!(session(&mut lab, NOTEBOOK)["message"], Value::Null);
    assert!(answer["receipt"].as_str().unwrap().contains("cost"), "{answer}");
    assert_eq!(answer["actions"][0]["arguments"][0]["cells"], json!([cell_uri("a")]));
}

#[test]
fn the_policy_is_asked_before_a_session_is_given_up() {
    let glue = FakeGlue::start(Faults::none());
    let cells = [("s", "%number_of_workers 5"), ("a", "kept = 1"), ("b", "kept")];
    let mut lab = lab(&glue, &cells, "# %%\n1\n");
    lab.run_cell("s").ok();
    lab.run_cell("a").ok();
    let policy = json!({ "policy": { "maxWorkers": 4 } });
    lab.editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": policy }));
    let blocked = lab.blocked("restartSession", json!({ "uri": NOTEBOOK }));
    assert_eq!(blocked["reason"], "policy");
    assert_eq!(lab.run_cell("b").ok().values(), ["1"]);
}

#[test]
fn a_session_of_somebody_else_is_held_against_all_that_the_notebook_says_and_the_service_tells() {
    let glue = FakeGlue::start(Faults::none());
    let cells = [("t", "%%tags\n{'team': 'other'}"), ("i", "%idle_timeout 30"), ("a", "own = 1")];
    let mut lab = lab(&glue, &cells, "# %%\n1\n");
    lab.run_ordinal(0).ok();
    let id = session(&mut lab, SCRIPT)["sessionId"].clone();
    let run = lab.ask("attachSession", json!({ "uri": NOTEBOOK, "sessionId": id }));
    lab.story(run, 1).ok();
    let status = session(&mut lab, NOTEBOOK);
    assert_eq!(status["message"], "the session is not as the notebook says: the idle timeout, the tags");
    assert_eq!(status["actions"][0]["command"], "glue-ls.restartSession", "{status}");
    assert_eq!(glue.calls("GetTags"), 1);
    // Who may not see the tags is told the rest.
    glue.set(Faults::none().always("GetTags", Fault::Denied));
    let run = lab.ask("attachSession", json!({ "uri": NOTEBOOK, "sessionId": id }));
    lab.story(run, 1).ok();
    let status = session(&mut lab, NOTEBOOK);
    assert_eq!(status["message"], "the session is not as the notebook says: the idle timeout");
    assert_eq!(session(&mut lab, SCRIPT)["message"], Value::Null, "it is as the script says");
}

#[test]
fn a_cell_tells_what_it_cost() {
    let glue = FakeGlue::start(Faults::none());
    let mut lab = lab(&glue, &[("a", "1")], "# %%\n1\n");
    let spent = lab.run_cell("a").ok().spent();
    assert!(spent["dpuSeconds"].as_f64().is_some_and(|used| used > 0.0), "{spent}");
    assert_eq!(spent["estimate"], true);
    local_costs_nothing();
}

#[test]
fn a_run_tells_at_its_end_what_its_cells_cost_together() {
    let glue = FakeGlue::start(Faults::none());
    let mut lab = lab(&glue, &[("s", "%number_of_workers 2"), ("a", "1"), ("b", "2")], "# %%\n1\n");
    let run = lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let story = lab.story(run, 3).ok();
    let receipts = story.receipts();
    let [(cell, receipt)] = &*receipts else { panic!("{receipts:?}") };
    assert_eq!((cell.as_str(), &receipt["cells"], &receipt["estimate"]), ("b", &json!(2), &json!(true)));
    let number = |member: &str| receipt[member].as_f64().unwrap();
    assert!(number("seconds") > 0.0 && number("dpuSeconds") > 0.0 && number("cost") > 0.0, "{receipt}");
    let text = receipt["text"].as_str().unwrap();
    assert!(text.starts_with("2 cells took ") && text.contains(" DPU-seconds and cost about $"), "{text}");
}

/// On this machine there is nothing to tell of it.
fn local_costs_nothing() {
    let mut local = Lab::notebook(&[("a", "1")]);
    let story = local.run_cell("a").ok();
    assert_eq!((story.spent(), story.receipts()), (Value::Null, Vec::new()));
}

#[test]
fn one_that_cannot_be_attached_to_is_named() {
    let glue = FakeGlue::start(Faults::none());
    let mut lab = lab(&glue, &[("a", "1")], "# %%\n1\n");
    let run = lab.ask("attachSession", json!({ "uri": NOTEBOOK, "sessionId": "never" }));
    let story = lab.story(run, 1);
    assert_eq!(story.ends(), ["null error"]);
    assert!(story.message().contains("does not exist"), "{}", story.message());
    assert!(lab.refused("attachSession", json!({ "uri": NOTEBOOK, "sessionId": "" })).contains("1 to 255"));
    assert_eq!(lab.blocked("attachSession", json!({ "uri": NOTEBOOK }))["actions"], json!([]));
    // It has no session for it, and starts one as ever.
    lab.run_cell("a").ok();
    assert_eq!(glue.calls("CreateSession"), 1);
}
