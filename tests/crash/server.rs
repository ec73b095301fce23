//! The language server.

use super::*;

const ROUNDS: u64 = 18;

/// Starts a server whose documents run on AWS, and which stops their sessions at its end.
fn server(home: &Home) -> Client {
    let mut client = Client::start(home.command([]));
    for method in [
        "textDocument/publishDiagnostics",
        "window/logMessage",
        "glue-ls/cellState",
        "glue-ls/cellOutput",
        "glue-ls/sessionState",
    ] {
        client.ignore(method);
    }
    client.initialize(json!({
        "capabilities": { "experimental": { "glueLs": true } },
        "initializationOptions": { "engine": "aws", "trusted": true, "session": { "stopOnExit": "always" } },
    }));
    client
}

fn uri(home: &Home) -> String {
    format!("file://{}", home.file("a.py").display())
}

/// Opens the script and asks for all of it to be run.
fn run_all(client: &mut Client, home: &Home) {
    let item = json!({ "uri": uri(home), "languageId": "python", "version": 1, "text": home.read("a.py") });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    client.command("glue-ls.runAllCells", json!({ "uri": uri(home) }));
}

/// Kills a server as nothing can be prepared for.
fn kill(mut client: Client) {
    client.output_may_be_torn();
    client.kill();
    client.rest();
}

/// Returns the ids that a server names as left behind, when it is asked.
fn survivors(client: &mut Client) -> BTreeSet<String> {
    let status = client.call_command("glue-ls.sessionStatus", json!({}));
    ids(status["survivors"].as_array().unwrap())
}

#[test]
fn a_killed_server_leaves_no_session_that_the_next_one_does_not_know() {
    let glue = slow_glue();
    let home = home(&glue);
    let mut random = Random(20_261_124);
    let mut with_session = 0;
    for round in 0..ROUNDS {
        let stage = STAGES[usize::try_from(round).unwrap() % STAGES.len()];
        let before = Before::now(&glue, &home);
        let mut client = server(&home);
        run_all(&mut client, &home);
        before.wait(stage, &glue, &home, &mut random);
        kill(client);

        settled(&glue);
        let on_record: BTreeSet<String> = home.records().into_iter().map(|record| record.id).collect();
        let alive = glue.alive();
        assert!(alive.is_subset(&on_record), "round {round}, {stage:?}: {alive:?} live, {on_record:?} are on record");
        let mut next = server(&home);
        assert_eq!(survivors(&mut next), on_record, "round {round}, {stage:?}");
        if !on_record.is_empty() {
            let message = next.notification("window/showMessage")["message"].as_str().unwrap().to_owned();
            for id in &on_record {
                assert_eq!(message.matches(id).count(), 1, "round {round}, {stage:?}: {message}");
            }
            assert!(message.contains("glue-ls sessions stop"), "{message}");
        }
        drop(next);
        with_session += u64::from(found_again(&glue, &home, &format!("round {round}, {stage:?}")));
    }
    assert!((ROUNDS / 3..ROUNDS).contains(&with_session), "{with_session} of {ROUNDS} had a session");
    assert!(glue.alive().is_empty(), "none came to life behind our back");
}

#[test]
fn a_server_that_is_killed_in_the_middle_of_an_end_forgets_no_session() {
    let glue = slow_glue();
    let home = home(&glue);
    let ends = [
        ("stopSession", "StopSession"),
        ("restartSession", "StopSession"),
        ("restartSession", "CreateSession"),
        ("cancel", "CancelStatement"),
    ];
    for (command, operation) in ends {
        let what = format!("{command}, {operation}");
        glue.set(Faults::none());
        let before = Before::now(&glue, &home);
        let mut client = server(&home);
        run_all(&mut client, &home);
        before.wait(Stage::Running, &glue, &home, &mut Random(9));
        glue.set(Faults::none().always(operation, Fault::Delay(Duration::from_millis(300))));
        let calls = glue.calls(operation);
        client.command(&format!("glue-ls.{command}"), json!({ "uri": uri(&home) }));
        wait_until("the call is made", || glue.calls(operation) > calls);
        kill(client);
        wait_until("the service is at rest", || glue.calls(operation) == glue.handled(operation));
        glue.set(Faults::none());
        let alive = glue.alive();
        let mut next = server(&home);
        // What it says on its own is the concern of the test above.
        next.ignore("window/showMessage");
        let told = survivors(&mut next);
        assert!(alive.is_subset(&told), "{what}: {alive:?} live, {told:?} are told of");
        drop(next);
        assert_eq!(found_again(&glue, &home, &what), !alive.is_empty(), "{what}");
    }
}

#[test]
fn servers_do_not_list_each_others_sessions() {
    let glue = slow_glue();
    let home = home(&glue);
    let before = Before::now(&glue, &home);
    let mut first = server(&home);
    run_all(&mut first, &home);
    before.wait(Stage::Running, &glue, &home, &mut Random(3));
    let [record] = &*home.records() else { panic!("{:?}", home.records()) };

    let mut second = server(&home);
    assert_eq!(survivors(&mut second), BTreeSet::new());
    assert!(second.unread().all(|message| message["method"] != "window/showMessage"), "{}", second.evidence());
    assert_eq!(survivors(&mut first), BTreeSet::new());
    kill(first);
    assert_eq!(survivors(&mut second), BTreeSet::from([record.id.clone()]));
    drop(second);
    assert!(found_again(&glue, &home, "after both"));
}

#[test]
fn a_server_that_ends_in_order_stops_its_sessions() {
    let glue = slow_glue();
    let home = home(&glue);
    let before = Before::now(&glue, &home);
    let mut client = server(&home);
    run_all(&mut client, &home);
    before.wait(Stage::Running, &glue, &home, &mut Random(5));
    client.call("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    client.close_input();
    assert_eq!(client.exit_code(), Some(0));
    client.rest();
    assert!(glue.alive().is_empty());
    assert_eq!(home.records(), []);
}
