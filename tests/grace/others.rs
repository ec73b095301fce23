//! Sessions of others, and of other identities.

use super::*;

#[test]
fn another_account_or_region_does_not_take_a_session_over() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    let record = left(window, &home);
    let mut command = home.command([]);
    command.env("AWS_REGION", "us-east-2");
    let mut elsewhere = Window::of(command, &home, json!({}), Value::Null);
    elsewhere.open_script(&home);
    assert_eq!(elsewhere.status()["sessionId"], Value::Null);
    let answer = elsewhere.client.call_command("glue-ls.runCell", json!({ "uri": elsewhere.uri, "cell": 2 }));
    assert_eq!(answer["reason"], "unapplied-settings", "it has no session");
    assert_eq!(only(&home), record);
    elsewhere.close();
    // A document that asks for another profile is another matter as well.
    let text = SCRIPT.replace("%number_of_workers 3", "%number_of_workers 3\n# %profile team");
    std::fs::write(home.file("a.py"), text).unwrap();
    let mut window = Window::open(&home, json!({}));
    let answer = window.client.call_command("glue-ls.runCell", json!({ "uri": window.uri, "cell": 2 }));
    assert_eq!(answer["reason"], "unapplied-settings");
    window.close();
    assert_eq!(only(&home), record);
    kill_owner(&record);
    clean_up(&glue, &home);
}

#[test]
fn a_document_that_may_not_be_run_takes_nothing_over() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    let record = left(window, &home);
    let mut client = Client::start(home.command([]));
    client.initialize(json!({
        "capabilities": { "experimental": { "glueLs": true } },
        "initializationOptions": { "engine": "aws", "trusted": false },
    }));
    client.ignore("textDocument/publishDiagnostics");
    let uri = format!("file://{}", home.file("a.py").display());
    let item = json!({ "uri": uri, "languageId": "python", "version": 1, "text": SCRIPT });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    assert_eq!(client.call_command("glue-ls.sessionStatus", json!({ "uri": uri }))["sessionId"], Value::Null);
    drop(client);
    assert_eq!(only(&home), record);
    kill_owner(&record);
    clean_up(&glue, &home);
}

#[test]
fn a_session_that_somebody_attaches_to_is_left_alone() {
    let glue = glue(Faults::none());
    let owner = Home::on(&glue, &[("a.ipynb", &crate::cli::run::program::old_notebook(&["x = 41"]))]);
    assert_eq!(owner.run(&["run", "a.ipynb", "--keep-session"]).code, Some(0));
    let id = glue.alive().into_iter().next().unwrap();
    for way in ["grace", "always"] {
        let home = Home::on(&glue, &[("a.py", &format!("# %%\n# %reconnect {id}\n# %%\nx\n"))]);
        let mut window = Window::open(&home, json!({ "stopOnExit": way, "grace": 1 }));
        assert!(window.ok(&[0, 1]).contains("41"));
        window.close();
        assert_eq!((home.records(), glue.alive().len(), glue.calls("StopSession")), (vec![], 1, 0), "{way}");
    }
    // Also one of ours: who made it has gone, and left it to the user.
    let text = format!("# %%\n# %reconnect {id}\n# %%\nx\n");
    std::fs::write(owner.file("a.py"), text).unwrap();
    let mut window = Window::open(&owner, json!({ "grace": 1 }));
    assert!(window.ok(&[0, 1]).contains("41"));
    let mut other = Window::empty(&owner, json!({}));
    assert_eq!(other.survivors(), BTreeSet::new(), "it is in use, and not another window's to stop");
    other.close();
    window.close();
    assert_eq!((glue.alive().len(), only(&owner).keep), (1, true));
    clean_up(&glue, &owner);
}

#[test]
fn a_session_in_its_grace_to_which_the_user_attaches_is_not_stopped() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    let record = left(window, &home);
    std::fs::write(home.file("b.py"), format!("# %%\n# %reconnect {}\n# %%\nx\n", record.id)).unwrap();
    let mut window = Window::empty(&home, json!({}));
    window.uri = format!("file://{}", home.file("b.py").display());
    let item = json!({ "uri": window.uri, "languageId": "python", "version": 1, "text": home.read("b.py") });
    window.client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    assert!(window.ok(&[0, 1]).contains("41"));
    gone(&record);
    let now = only(&home);
    assert!(now.keep && now.grace.is_none() && now.owner.life() == Life::Alive, "{now:?}");
    assert_eq!((glue.calls("StopSession"), glue.alive().len()), (0, 1));
    window.close();
    assert_eq!(glue.alive().len(), 1);
    clean_up(&glue, &home);
}
