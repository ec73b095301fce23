//! A window that comes back.

use super::*;

#[test]
fn a_window_that_comes_back_goes_on_with_its_session() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    let id = window.status()["sessionId"].clone();
    let calls = glue.all_calls();
    let record = left(window, &home);
    assert_eq!((json!(record.id), record.owner.life()), (id.clone(), Life::Alive));
    assert!(record.grace_left().is_some_and(|left| (500..=600).contains(&left)), "{record:?}");
    assert_eq!(glue.all_calls(), calls, "nobody is asked for anything when a window is closed");
    let text = home.run(&["sessions", "list", "--mine"]).stdout;
    assert!(text.contains("its window was closed: it is stopped in") && text.contains("min"), "{text}");

    let calls = glue.all_calls();
    let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
    let told = window.client.notification("window/showMessage")["message"].to_string();
    assert!(told.contains(&record.id) && told.contains("taken over"), "{told}");
    let back = only(&home);
    assert_eq!((&back.id, back.grace), (&record.id, None));
    assert_ne!(back.owner, record.owner);
    gone(&record);
    assert_eq!(glue.all_calls(), calls, "nobody is asked before a cell is run");
    // The cell with the setting has not been run here: it has done its work.
    let text = window.ok(&[2]);
    assert!(text.contains("42") && text.contains("is taken over, with the variables it has"), "{text}");
    assert!(!window.ok(&[2]).contains("taken over"), "that is said once");
    let status = window.status();
    assert_eq!(
        (&status["sessionId"], &status["status"], &status["workers"]),
        (&id, &json!("READY"), &json!("3 × G.1X"))
    );
    assert_eq!((glue.calls("CreateSession"), glue.calls("StopSession")), (1, 0));
    assert_eq!(window.survivors(), BTreeSet::new());
    window.close();
    assert!(glue.alive().is_empty() && home.records().is_empty());
}

#[test]
fn a_session_is_handed_on_as_often_as_its_window_is_loaded() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    let first = left(window, &home);
    // This one is closed before anything was run in it.
    let mut window = Window::open(&home, json!({}));
    wait_until("the session is taken over", || only(&home).grace.is_none());
    assert_eq!(window.status()["status"], "READY");
    let second = left(window, &home);
    assert_eq!((&first.id, glue.alive().len()), (&second.id, 1));
    let mut window = Window::open(&home, json!({}));
    assert!(window.ok(&[2]).contains("42"));
    // What it was made with is no news to it; anything else is for the next one, as with any session that runs.
    assert!(!window.ok(&[0]).contains("hold from the next one on"));
    let change = json!([{ "text": SCRIPT.replace("workers 3", "workers 4") }]);
    let document = json!({ "uri": window.uri, "version": 2 });
    window.client.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": change }));
    assert!(window.ok(&[0]).contains("hold from the next one on"));
    let third = left(window, &home);
    kill_owner(&third);
    clean_up(&glue, &home);
}

#[test]
fn what_runs_goes_on_and_the_next_cell_waits_for_it() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let (began, go) = (home.file("began"), home.file("go"));
    let text = format!(
        "# %%\nimport os, time\nopen({:?}, 'w').close()\nwhile not os.path.exists({:?}):\n    time.sleep(0.01)\nz = 7\n# %%\nz * 6\n",
        began.display().to_string(),
        go.display().to_string()
    );
    std::fs::write(home.file("a.py"), text).unwrap();
    let mut window = Window::open(&home, json!({}));
    window.begin(&[0]);
    wait_until("the cell runs", || began.exists());
    left(window, &home);
    let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
    let run = window.begin(&[0, 1]);
    std::fs::write(&go, "").unwrap();
    let shown = window.client.take("the value", |message| {
        message["params"]["runId"] == run && message["params"]["outputs"].to_string().contains("42")
    });
    assert_eq!(shown["params"]["cell"], 1);
    assert_eq!(glue.calls("CreateSession"), 1);
    window.close();
    assert!(glue.alive().is_empty());
}

#[test]
fn what_runs_is_shown_as_soon_as_the_window_is_back_and_can_be_cancelled() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let began = home.file("began");
    let text = format!(
        "# %%\nimport time\nprint('so far')\nopen({:?}, 'w').close()\nwhile True:\n    time.sleep(0.01)\n# %%\n'next'\n",
        began.display().to_string()
    );
    std::fs::write(home.file("a.py"), text).unwrap();
    let restored = |window: &mut Window, state: &str| {
        let told = window.client.look_for(state, |message| {
            message["method"] == "glue-ls/cellOutput" && message["params"]["restored"]["state"] == state
        });
        assert_eq!(told["params"]["cell"], 0);
        told["params"]["outputs"].to_string()
    };
    let mut window = Window::open(&home, json!({}));
    window.begin(&[0]);
    wait_until("the cell runs", || began.exists());
    assert!(left(window, &home).at_work);
    // Nobody runs anything in these windows. The first one is closed again, and the cell goes on.
    let mut window = Window::open(&home, json!({}));
    assert!(restored(&mut window, "RUNNING").contains("so far"));
    assert_eq!(window.status()["status"], "READY");
    assert!(left(window, &home).at_work, "it runs");
    let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
    restored(&mut window, "RUNNING");
    let cancelled = window.client.call_command("glue-ls.cancel", json!({ "uri": window.uri }));
    assert_eq!(cancelled["cancelled"], 1);
    assert!(restored(&mut window, "CANCELLED").contains("so far"));
    assert_eq!((glue.calls("RunStatement"), glue.calls("CancelStatement")), (1, 1));
    assert!(window.ok(&[1]).contains("next"));
    assert_eq!(glue.calls("CreateSession"), 1);
    window.close();
    assert!(glue.alive().is_empty() && home.records().is_empty());
}

#[test]
fn a_session_that_ended_while_something_ran_in_it_is_told_of_at_once() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let window = at_work(&home);
    let record = left(window, &home);
    glue.stop(&record.id);
    let mut window = Window::open(&home, json!({}));
    let told = window.client.look_for("the end of the session", |message| {
        message["method"] == "window/showMessage"
            && message["params"]["message"].to_string().contains("has ended since")
    });
    let told = told["params"]["message"].as_str().unwrap().to_owned();
    assert!(told.contains(&record.id) && told.contains("stopped elsewhere"), "{told}");
    wait_until("its record goes", || home.records().is_empty());
    assert_eq!(window.status()["sessionId"], Value::Null);
    window.close();
}

#[test]
fn it_is_stopped_without_having_been_used() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    left(window, &home);
    let mut window = Window::open(&home, json!({}));
    wait_until("the session is taken over", || only(&home).grace.is_none());
    let stopped = window.client.call_command("glue-ls.stopSession", json!({ "uri": window.uri }));
    assert_eq!(stopped["status"], "STOPPED");
    assert!(glue.alive().is_empty() && home.records().is_empty());
    // The next one is asked for as ever: the cell with the setting has not been run.
    let answer = window.client.call_command("glue-ls.runCell", json!({ "uri": window.uri, "cell": 2 }));
    assert_eq!(answer["reason"], "unapplied-settings");
    window.ok(&[0, 1, 2]);
    assert_eq!(glue.calls("CreateSession"), 2);
    let record = left(window, &home);
    kill_owner(&record);
    clean_up(&glue, &home);
}

#[test]
fn one_that_has_ended_meanwhile_is_explained() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    let record = left(window, &home);
    let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
    wait_until("the session is taken over", || only(&home).grace.is_none());
    // Another home stops it; this one is not told.
    let other = Home::on(&glue, &[]);
    assert_eq!(other.run(&["sessions", "stop", &record.id]).code, Some(0));
    let ran = window.run(&[2]);
    assert_eq!(ran.state, "error");
    for said in [&*record.id, "has ended since", "stopped elsewhere", "settings have to be run before"] {
        assert!(ran.text.contains(said), "{said} is missing in {}", ran.text);
    }
    assert_eq!((home.records().len(), glue.calls("CreateSession")), (0, 1), "none is created behind the user's back");
    assert!(window.ok(&[0, 1, 2]).contains("42"));
    window.close();
    assert!(glue.alive().is_empty());
}

#[test]
fn one_that_cannot_be_asked_for_is_kept_for_the_next_try() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    let record = left(window, &home);
    let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
    wait_until("the session is taken over", || only(&home).grace.is_none());
    glue.set(Faults::none().always("GetSession", Fault::Expired));
    let ran = window.run(&[2]);
    assert_eq!(ran.state, "error");
    assert!(ran.text.contains(&record.id) && ran.text.contains("cannot be used"), "{}", ran.text);
    assert_eq!(only(&home).id, record.id);
    glue.set(Faults::none());
    assert!(window.ok(&[2]).contains("42"));
    assert_eq!(glue.calls("CreateSession"), 1);
    window.close();
    assert!(glue.alive().is_empty());
}
