//! Servers, and those that look after their sessions, that are killed.

use std::time::Duration;

use super::*;

#[test]
fn a_session_whose_grace_nobody_keeps_any_more_is_a_survivor() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    let record = left(window, &home);
    // While somebody keeps it, it is offered to nobody.
    let mut other = Window::empty(&home, json!({}));
    assert_eq!(other.survivors(), BTreeSet::new());
    kill_owner(&record);
    assert_eq!(other.survivors(), BTreeSet::from([record.id.clone()]));
    other.close();
    let mut next = Window::empty(&home, json!({}));
    let told = next.client.notification("window/showMessage")["message"].to_string();
    assert!(told.contains(&record.id) && told.contains("may still be alive"), "{told}");
    assert!(home.run(&["sessions", "list", "--mine"]).stdout.contains("nobody looks after it"));
    // Its own window may have it back as long as it was promised.
    next.open_script(&home);
    assert!(next.ok(&[2]).contains("42"));
    assert_eq!(next.survivors(), BTreeSet::new());
    let record = left(next, &home);
    kill_owner(&record);
    clean_up(&glue, &home);
}

#[test]
fn a_server_that_is_killed_while_it_ends_forgets_nothing() {
    let delay = Fault::Delay(Duration::from_millis(20));
    let glue = glue(Faults::none().always("StopSession", delay));
    let home = home(&glue);
    let mut random = 20_261_130_u64;
    for round in 0..16_u32 {
        let way = if round % 2 == 0 { "grace" } else { "always" };
        let mut window = Window::open(&home, json!({ "stopOnExit": way }));
        // Some take a session over from the round before.
        window.run(&[0, 1]);
        window.client.call("shutdown", Value::Null);
        window.client.notify("exit", Value::Null);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // Not to wait for anything: so that it is killed at any point of its end.
        std::thread::sleep(Duration::from_micros((random >> 33) % 30_000));
        window.kill();
        let on_record: BTreeSet<String> = home.records().into_iter().map(|record| record.id).collect();
        let alive = glue.alive();
        assert!(alive.is_subset(&on_record), "round {round}: {alive:?} live, {on_record:?} are on record");
    }
    for record in home.records() {
        if record.owner.life() == Life::Alive {
            // One that stops it at this moment ends by itself.
            let _ = kill_process(process(&record), Signal::KILL);
            gone(&record);
        }
    }
    clean_up(&glue, &home);
    assert_eq!(home.sessions().len(), home.records().len());
    let alive: Vec<Value> = home.sessions().into_iter().filter(|listed| listed["status"] == "READY").collect();
    assert_eq!(alive, [Value::Null; 0]);
}

#[test]
fn a_server_that_is_killed_while_it_stops_a_session_leaves_a_survivor() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
    window.ok(&[0, 1]);
    glue.set(Faults::none().always("StopSession", Fault::Unavailable));
    window.client.command("glue-ls.stopSession", json!({ "uri": window.uri }));
    wait_until("it is being stopped", || glue.calls("StopSession") > 0);
    window.kill();
    let record = only(&home);
    assert!(record.grace.is_none() && record.owner.life() == Life::Gone);
    let mut next = Window::open(&home, json!({}));
    assert_eq!(next.survivors(), BTreeSet::from([record.id.clone()]), "what is half stopped is taken by nobody");
    assert_eq!(next.status()["sessionId"], Value::Null);
    glue.set(Faults::none());
    next.close();
    clean_up(&glue, &home);
}

#[test]
fn a_window_that_is_killed_with_a_session_that_it_has_taken_over_leaves_a_survivor() {
    // Before anybody wanted the session, and after.
    for wanted in [false, true] {
        let glue = glue(Faults::none());
        let home = home(&glue);
        let mut window = Window::open(&home, json!({}));
        window.ok(&[0, 1]);
        left(window, &home);
        let mut window = Window::open(&home, json!({}));
        wait_until("the session is taken over", || only(&home).grace.is_none());
        if wanted {
            window.ok(&[2]);
        }
        window.kill();
        let record = only(&home);
        assert_eq!((record.owner.life(), record.state), (Life::Gone, RecordState::Created), "{wanted}");
        assert_eq!(glue.alive(), BTreeSet::from([record.id.clone()]), "{wanted}");
        let mut next = Window::open(&home, json!({}));
        assert_eq!(next.survivors(), BTreeSet::from([record.id.clone()]), "{wanted}");
        assert_eq!(next.status()["sessionId"], Value::Null, "{wanted}: nobody has promised it to anybody");
        next.close();
        clean_up(&glue, &home);
    }
}

#[test]
fn a_window_that_is_killed_while_it_looks_into_a_session_leaves_a_survivor() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let window = at_work(&home);
    left(window, &home);
    let asked = glue.calls("GetSession");
    glue.set(Faults::none().always("GetSession", Fault::Delay(Duration::from_secs(5))));
    let window = Window::open(&home, json!({}));
    wait_until("the service is asked", || glue.calls("GetSession") > asked);
    window.kill();
    glue.set(Faults::none());
    let record = only(&home);
    assert_eq!((record.owner.life(), record.grace), (Life::Gone, None));
    let mut next = Window::empty(&home, json!({}));
    assert_eq!(next.survivors(), BTreeSet::from([record.id.clone()]));
    next.close();
    clean_up(&glue, &home);
}
