//! Kernels that are not ours, as an editor sees them at work: failures on their lines, the session that costs money.

use serde_json::{Value, json};

use super::{Lab, Setup};
use crate::lsp::editor::{NOTEBOOK, brief, cell_uri, kernel};
use crate::service::{FakeGlue, Faults};

const ID: &str = "kernel-1b2c3d4e";

/// An editor with a notebook on the service, whose sessions may be asked for.
fn lab(glue: &FakeGlue, cells: &[(&str, &str)]) -> Lab {
    started(Setup::new().on(&glue.url).option("account", json!({ "enabled": true })), cells)
}

fn started(setup: Setup, cells: &[(&str, &str)]) -> Lab {
    let mut lab = setup.start_hearing();
    for method in ["window/showMessage", "window/logMessage", "glue-ls/accountState", "glue-ls/accountNews"] {
        lab.editor.client.ignore(method);
    }
    lab.open_notebook(cells);
    lab
}

fn stream(name: &str, text: &str) -> Value {
    json!({ "output_type": "stream", "name": name, "text": text })
}

fn banner() -> String {
    "Welcome to the Glue Interactive Sessions Kernel\nFor more information on available magic commands, please type %help\n\n"
        .to_owned()
}

/// What the kernel says when it creates a session.
fn creation(id: &str) -> String {
    format!(
        "Trying to create a Glue session for the kernel.\nSession Type: etl\nSession ID: {id}\n\
         Applying the following default arguments:\n--glue_kernel_version 1.0.9\n\
         Waiting for session {id} to get into ready status...\nSession {id} has been created.\n"
    )
}

/// The time of the computer, in milliseconds since 1970.
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

impl Lab {
    fn sees(&mut self, cell: &str, outputs: Value, success: Value, started: u64) {
        let ended = if success.is_null() { Value::Null } else { json!(started + 5) };
        let params = json!({
            "uri": NOTEBOOK, "cell": cell_uri(cell), "outputs": outputs, "success": success, "executionOrder": 1,
            "startedAt": started, "endedAt": ended,
        });
        self.editor.client.notify("glue-ls/observed", params);
    }

    /// Sees a cell from its start to its end.
    fn sees_all(&mut self, cell: &str, stdout: &str, success: bool) {
        let started = now();
        self.sees(cell, json!([]), Value::Null, started);
        self.sees(cell, json!([stream("stdout", stdout)]), json!(success), started);
    }

    /// Waits for a state of the observed session.
    #[track_caller]
    fn told(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let message = self.editor.client.take(what, |message| {
            let params = &message["params"];
            message["method"] == "glue-ls/sessionState" && params["observed"] == true && wanted(params)
        });
        message["params"].clone()
    }

    fn done(mut self) {
        self.editor.client.ignore("glue-ls/sessionState");
        self.editor.client.ignore("glue-ls/cellOutput");
    }
}

#[test]
fn a_run_follows_the_kernel_into_its_session_and_nobody_pays_twice() {
    let glue = FakeGlue::start(Faults::none());
    glue.create(ID);
    let mut lab = lab(&glue, &[("s", "%number_of_workers 2"), ("a", "x = 40"), ("b", "6 * 7")]);
    lab.sees_all(
        "s",
        &format!("{}Previous number of workers: None\nSetting new number of workers to: 2\n", banner()),
        true,
    );
    assert_eq!(lab.told("no session yet", |state| state["idleSince"].is_u64())["sessionId"], Value::Null);
    lab.sees_all("a", &creation(ID), true);
    let state = lab.told("what it costs", |state| state["costSoFar"].is_f64() && state["idleSince"].is_u64());
    assert_eq!((&state["uri"], &state["sessionId"]), (&json!(NOTEBOOK), &json!(ID)));
    assert_eq!(
        (&state["status"], &state["workers"], &state["engine"]),
        (&json!("READY"), &json!("2 × G.1X"), &json!("aws"))
    );
    assert!(state["dpuSeconds"].is_f64() && state["costPerHour"].as_f64().unwrap() > 0.5, "{state}");
    // The settings cell counts as run.
    let story = lab.run_cell("b").ok();
    assert_eq!(story.values(), ["42"]);
    assert!(story.stream("stderr").contains(ID), "{}", story.text());
    assert_eq!((glue.calls("CreateSession"), glue.alive().len()), (0, 1));
    // It is the kernel's: a restart stops it only if the user says so.
    assert_eq!(lab.blocked("restartSession", json!({ "uri": NOTEBOOK }))["reason"], "attached");
    let status = lab.command("sessionStatus", json!({ "uri": NOTEBOOK }));
    assert_eq!((&status["sessionId"], &status["observed"]), (&json!(ID), &json!(true)));
    let listed = lab.command("listSessions", json!({ "uri": NOTEBOOK }));
    assert_eq!((&listed["sessions"][0]["sessionId"], &listed["sessions"][0]["whose"]), (&json!(ID), &json!("here")));
    lab.done();
    assert_eq!(glue.alive().len(), 1, "who leaves does not stop it");
}

#[test]
fn a_session_of_the_kernel_is_stopped_when_the_user_says_so() {
    let glue = FakeGlue::start(Faults::none());
    glue.create(ID);
    let mut lab = lab(&glue, &[("a", "x = 40"), ("b", "6 * 7")]);
    lab.sees_all("a", &format!("{}{}", banner(), creation(ID)), true);
    lab.told("the session", |state| state["sessionId"] == ID);
    let blocked = lab.blocked("restartSession", json!({ "uri": NOTEBOOK }));
    assert_eq!(blocked["reason"], "attached");
    let stopped = lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    assert_eq!((&stopped["status"], &stopped["observed"]), (&json!("STOPPED"), &json!(true)));
    assert!(stopped["receipt"]["cost"].is_f64(), "{stopped}");
    assert!(glue.alive().is_empty());
    assert_eq!(lab.told("its end", |state| state["status"] == "STOPPED")["sessionId"], ID);
    // The next run is in a session of its own.
    assert_eq!(lab.run_cell("b").ok().values(), ["42"]);
    assert_eq!(glue.calls("CreateSession"), 1);
    lab.done();
}

#[test]
fn a_session_that_has_ended_gives_way_to_a_new_one_and_the_cell_says_so() {
    let glue = FakeGlue::start(Faults::none());
    glue.create(ID);
    let mut lab = lab(&glue, &[("a", "x = 40"), ("b", "6 * 7")]);
    lab.sees_all("a", &creation(ID), true);
    lab.told("what it costs", |state| state["costSoFar"].is_f64());
    glue.stop(ID);
    let story = lab.run_cell("b").ok();
    assert_eq!(story.values(), ["42"]);
    let said = story.stream("stderr");
    assert!(said.contains(ID) && said.contains("A new session is started"), "{said}");
    assert_eq!(lab.told("its end", |state| state["status"] == "STOPPED")["sessionId"], ID);
    assert_eq!(glue.calls("CreateSession"), 1);
    lab.done();
}

#[test]
fn a_session_that_goes_on_though_the_kernel_calls_it_stopped_is_not_forgotten() {
    let glue = FakeGlue::start(Faults::none());
    glue.create(ID);
    let mut lab = lab(&glue, &[("a", "x = 40"), ("stop", "%stop_session")]);
    lab.sees_all("a", &creation(ID), true);
    lab.told("what it costs", |state| state["costSoFar"].is_f64());
    lab.sees_all("stop", &format!("Stopping session: {ID}\nStopped session.\n"), true);
    let state = lab.told("that it goes on", |state| state["message"].is_string());
    assert!(state["status"] != "STOPPED" && state["receipt"].is_null(), "{state}");
    lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    assert!(glue.alive().is_empty());
    lab.done();
}

#[test]
fn where_the_kernel_may_be_somebody_else_no_second_session_is_made() {
    let glue = FakeGlue::start(Faults::none());
    let mut lab = lab(&glue, &[("a", "x = 40"), ("b", "6 * 7"), ("stop", "%stop_session")]);
    lab.sees_all("a", &creation("elsewhere"), true);
    lab.told("that it is not found", |state| state["message"].is_string());
    let story = lab.run_cell("b");
    assert_eq!(story.end(), "error");
    assert!(story.message().contains("elsewhere") && story.message().contains("%stop_session"), "{}", story.message());
    assert_eq!((glue.calls("CreateSession"), glue.calls("RunStatement")), (0, 0));
    // Who says that it is over makes way for one.
    lab.sees_all("stop", "Stopping session: elsewhere\nStopped session.\n", true);
    assert_eq!(lab.run_cell("b").ok().values(), ["42"]);
    assert_eq!(glue.calls("CreateSession"), 1);
    lab.done();
}

#[test]
fn a_session_that_the_kernel_makes_next_takes_the_place_of_the_one_before() {
    let glue = FakeGlue::start(Faults::none());
    glue.create(ID);
    glue.create("next");
    let mut lab = lab(&glue, &[("a", "x = 40"), ("b", "x"), ("stop", "%stop_session")]);
    lab.sees_all("a", &format!("{}{}", banner(), creation(ID)), true);
    lab.told("the first", |state| state["sessionId"] == ID && state["status"] == "READY");
    lab.run_cell("a").ok();
    glue.stop(ID);
    lab.sees_all("stop", &format!("Stopping session: {ID}\nStopped session.\n"), true);
    lab.told("its end", |state| state["sessionId"] == ID && state["status"] == "STOPPED");
    lab.sees_all("a", &creation("next"), true);
    lab.told("the next", |state| state["sessionId"] == "next" && state["status"] == "READY");
    let story = lab.run_cell("a").ok();
    assert!(story.stream("stderr").contains("next"), "{}", story.text());
    // The kernel is started anew, and has no session.
    lab.sees_all("stop", &format!("{}There is no current session.\n", banner()), true);
    lab.told("none", |state| state["sessionId"].is_null());
    assert_eq!(glue.calls("CreateSession"), 0);
    lab.done();
}

#[test]
fn cells_on_this_machine_stay_there_and_the_kernels_session_is_shown_all_the_same() {
    let glue = FakeGlue::start(Faults::none());
    glue.create(ID);
    let setup =
        Setup::new().on(&glue.url).option("engine", json!("local")).option("account", json!({ "enabled": true }));
    let mut lab = started(setup, &[("a", "x = 40"), ("b", "6 * 7")]);
    lab.sees_all("a", &creation(ID), true);
    let state = lab.told("what it costs", |state| state["costSoFar"].is_f64());
    assert_eq!((&state["engine"], &state["sessionId"]), (&json!("aws"), &json!(ID)));
    assert_eq!(lab.run_cell("b").ok().values(), ["42"]);
    assert_eq!((glue.calls("CreateSession"), glue.calls("RunStatement")), (0, 0));
    lab.done();
}

#[test]
fn who_wants_no_account_asked_is_told_of_no_cost() {
    let glue = FakeGlue::start(Faults::none());
    glue.create(ID);
    let mut lab = started(Setup::new().on(&glue.url), &[("s", "%number_of_workers 4\n%worker_type G.1X"), ("a", "x")]);
    lab.sees_all("s", &banner(), true);
    lab.sees_all("a", &creation(ID), true);
    let state = lab.told("the session", |state| state["sessionId"] == ID && state["idleSince"].is_u64());
    assert_eq!((&state["workers"], &state["status"]), (&json!("4 × G.1X"), &json!("READY")));
    assert!(state["costPerHour"].is_f64(), "{state}");
    assert_eq!((&state["costSoFar"], &state["dpuSeconds"]), (&Value::Null, &Value::Null));
    lab.editor.pull_cell("a");
    assert_eq!(glue.calls("GetSession"), 0);
    // The user may ask all the same.
    assert!(lab.command("sessionStatus", json!({ "uri": NOTEBOOK }))["costSoFar"].is_f64());
    lab.done();
}

#[test]
fn what_a_document_names_is_not_asked_where_nobody_trusts_it() {
    let glue = FakeGlue::start(Faults::none());
    glue.create(ID);
    let setup =
        Setup::new().on(&glue.url).option("trusted", json!(false)).option("account", json!({ "enabled": true }));
    let mut lab = started(setup, &[("p", "%profile others"), ("a", "x")]);
    lab.sees_all("p", &banner(), true);
    lab.sees_all("a", &creation(ID), true);
    lab.told("the session", |state| state["sessionId"] == ID && state["idleSince"].is_u64());
    let status = lab.command("sessionStatus", json!({ "uri": NOTEBOOK }));
    assert!(status["message"].as_str().unwrap().contains("not trusted"), "{status}");
    assert!(lab.refused("stopSession", json!({ "uri": NOTEBOOK })).contains("%stop_session"));
    assert_eq!((glue.calls("GetSession"), glue.calls("StopSession"), glue.alive().len()), (0, 0, 1));
    lab.done();
}

#[test]
fn failures_stand_on_their_lines_until_the_cell_is_run_again_or_edited() {
    let glue = FakeGlue::start(Faults::none());
    let mut lab = lab(&glue, &[("a", "x = 1\n\nf(x)\ny = 2"), ("b", "y = nope")]);
    let ran = |lab: &mut Lab, cell: &str| brief(&lab.editor.pull_items(&cell_uri(cell)));
    let before = (ran(&mut lab, "a"), ran(&mut lab, "b"));
    let error = json!({
        "output_type": "error", "ename": "ValueError", "evalue": "no",
        "traceback": ["Traceback (most recent call last):\n", "  File \"<stdin>\", line 3, in <module>\n", "ValueError: no\n"],
    });
    let started = now();
    lab.sees("a", json!([]), Value::Null, started);
    lab.sees("a", json!([error]), json!(false), started);
    lab.sees_all("b", "NameError: name 'nope' is not defined\n", false);
    let with = |before: &[String], more: &str| [before, &[more.to_owned()]].concat();
    assert_eq!(ran(&mut lab, "a"), with(&before.0, "ValueError 2:0-2:4"));
    assert_eq!(ran(&mut lab, "b"), with(&before.1, "NameError 0:4-0:8"));
    // It runs again.
    lab.sees("a", json!([]), Value::Null, started + 10);
    assert_eq!(ran(&mut lab, "a"), before.0);
    lab.sees("a", json!([]), json!(true), started + 10);
    assert_eq!(ran(&mut lab, "a"), before.0);
    lab.editor.edit_cell("b", json!([{ "text": "y = 3" }]));
    assert_eq!(ran(&mut lab, "b"), Vec::<String>::new());
    lab.done();
}

#[test]
fn a_refusal_is_explained_where_it_can_be_mended() {
    let glue = FakeGlue::start(Faults::none());
    let mut lab = lab(&glue, &[("s", "%idle_timeout 60"), ("a", "1")]);
    let message = "User: arn:aws:sts::111122223333:assumed-role/Dev/me is not authorized to perform: glue:CreateSession on \
                   resource: arn:aws:glue:eu-west-1:111122223333:session/x with an explicit deny in an identity-based policy";
    let said = format!("An error occurred (AccessDeniedException) when calling the CreateSession operation: {message}");
    let stdout = format!("{}{}", banner(), creation(ID).split_once("Waiting").unwrap().0);
    let stderr = format!(
        "Following exception encountered while creating session: {said} \n\nTraceback (most recent call last):\n  File \"x\"\n\
         Exception encountered while creating session: {said} \n"
    );
    // The kernel counts the cell as one that ran well.
    lab.sees("a", json!([stream("stdout", &stdout), stream("stderr", &stderr)]), json!(true), now());
    let found = lab.editor.pull_items(&cell_uri("a"));
    let of_run = |item: &&Value| item["source"] == "glue-ls run";
    let refusal = found.as_array().unwrap().iter().find(of_run).unwrap_or_else(|| panic!("{found}")).clone();
    assert_eq!((&refusal["code"], &refusal["range"]["start"]["line"]), (&json!("vpc-required"), &json!(0)));
    assert!(refusal["message"].as_str().unwrap().contains("%connections"), "{refusal}");
    assert_eq!(lab.told("no session", |state| state["idleSince"].is_u64())["sessionId"], Value::Null);
    // What is wrong elsewhere is said, and marks nothing.
    let limit = "An error occurred (AccessDeniedException) when calling the CreateSession operation: User: arn:aws:iam::1:user/me \
                 is not authorized to perform: glue:CreateSession on resource: arn:aws:glue:eu-west-1:1:session/x because no \
                 identity-based policy allows the glue:CreateSession action";
    let stderr = format!("Exception encountered while creating session: {limit} \n");
    lab.sees("a", json!([stream("stdout", &stdout), stream("stderr", &stderr)]), json!(true), now() + 60_000);
    let message = lab.editor.client.notification("window/showMessage");
    assert!(message["message"].as_str().unwrap().contains("The permission glue:CreateSession is missing"), "{message}");
    let found = lab.editor.pull_items(&cell_uri("a"));
    assert!(!found.as_array().unwrap().iter().any(|item| of_run(&item)), "{found}");
    lab.done();
}

#[test]
fn rubbish_teaches_nothing_and_ends_nothing() {
    let glue = FakeGlue::start(Faults::none());
    let mut lab = lab(&glue, &[("a", "print(x)"), ("s", "%region eu-west-1")]);
    for params in [
        json!({}),
        json!([1, 2]),
        json!({ "uri": 1, "cell": [], "outputs": "x" }),
        json!({ "uri": NOTEBOOK, "cell": "file:///no/such/cell", "outputs": [], "success": true }),
        json!({ "uri": "file:///ws/other.ipynb", "cell": cell_uri("a"), "outputs": [], "success": true }),
        json!({ "uri": cell_uri("a"), "cell": cell_uri("a"), "outputs": [], "success": true }),
        json!({ "uri": NOTEBOOK, "cell": cell_uri("a"), "outputs": [7, null, { "output_type": "stream", "name": "x" }] }),
    ] {
        lab.editor.client.notify("glue-ls/observed", params);
    }
    let hostile = ["$(reboot)", "a b", "\u{1b}[2J", "…"];
    for id in hostile {
        lab.sees_all("a", &creation(id), true);
    }
    lab.sees_all("s", &creation("code-cannot-say-so"), true);
    lab.sees_all("a", "Current active Session ID: nor-this\nSession nor-this has been created.\n", true);
    let status = lab.command("sessionStatus", json!({ "uri": NOTEBOOK }));
    assert_eq!(status["sessionId"], Value::Null, "{status}");
    assert_eq!(glue.calls("GetSession"), 0);
    assert!(lab.editor.client.unread().all(|message| message["params"]["sessionId"].is_null()));
    lab.done();
}

#[test]
fn a_notebook_of_another_kernel_is_left_alone() {
    let glue = FakeGlue::start(Faults::none());
    let mut lab = Setup::new().on(&glue.url).start_hearing();
    lab.editor.open_notebook(kernel("python3"), &[("a", "1 / 0"), ("b", "x")]);
    lab.sees_all("a", "ZeroDivisionError: division by zero\n", false);
    assert_eq!(lab.editor.pull_items(&cell_uri("a")), json!([]));
    lab.done();
}

#[test]
fn a_notebook_that_is_closed_and_opened_again_still_has_its_kernel() {
    let glue = FakeGlue::start(Faults::none());
    glue.create(ID);
    let mut lab = lab(&glue, &[("a", "6 * 7")]);
    lab.sees_all("a", &creation(ID), true);
    lab.told("what it costs", |state| state["costSoFar"].is_f64());
    lab.editor.close_notebook(&["a"]);
    lab.sees_all("a", "too late\n", true);
    lab.editor.client.take_unread();
    lab.open_notebook(&[("a", "6 * 7")]);
    assert_eq!(lab.told("the session", |_| true)["sessionId"], ID);
    assert_eq!(lab.run_cell("a").ok().values(), ["42"]);
    assert_eq!(glue.calls("CreateSession"), 0);
    lab.done();
}
