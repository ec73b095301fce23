//! The ends of windows, and of graces.

use super::*;

#[test]
fn a_session_whose_window_does_not_come_back_is_stopped() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({ "grace": 1 }));
    window.ok(&[0, 1]);
    window.close();
    wait_until("the session is stopped", || glue.alive().is_empty());
    wait_until("its record goes", || home.records().is_empty());
    assert_eq!(glue.calls("StopSession"), 1);
}

/// Ends a server in some way, and checks that its session waits, or was stopped.
fn ends(what: &str, settings: Value, waits: bool, end: impl FnOnce(&mut Client)) {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, settings);
    window.ok(&[0, 1]);
    end(&mut window.client);
    window.client.close_input();
    window.client.exit_code();
    window.client.rest();
    if waits {
        let record = only(&home);
        assert!(record.grace_left().is_some() && record.owner.life() == Life::Alive, "{what}: {record:?}");
        kill_owner(&record);
    } else {
        assert_eq!((home.records().len(), glue.alive().len()), (0, 0), "{what}");
    }
    clean_up(&glue, &home);
}

#[test]
fn it_does_not_matter_how_a_window_ends() {
    let signal = |signal| {
        move |client: &mut Client| {
            let process = Pid::from_raw(i32::try_from(client.process()).unwrap()).unwrap();
            kill_process(process, signal).unwrap();
            client.exit_code();
        }
    };
    ends("the input ends", json!({}), true, |_| {});
    ends("exit without shutdown", json!({}), true, |client| client.notify("exit", Value::Null));
    ends("SIGTERM", json!({}), true, signal(Signal::TERM));
    ends("SIGINT", json!({}), true, signal(Signal::INT));
    ends("the input ends, always", json!({ "stopOnExit": "always" }), false, |_| {});
    ends("SIGTERM, always", json!({ "stopOnExit": "always" }), false, signal(Signal::TERM));
}

#[test]
fn a_client_that_dies_is_missed_though_its_pipes_are_held() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut command = Command::new("sh");
    let program = home.command([]);
    command
        .args(["-c", "exec 3<&0; \"$0\" <&3 3<&- & exec 3<&-; wait", env!("CARGO_BIN_EXE_glue-ls")])
        .current_dir(home.path())
        .env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut window = Window::of(command, &home, json!({}), json!("its own"));
    window.open_script(&home);
    window.ok(&[0, 1]);
    window.client.output_may_be_torn();
    // The pipes stay open: this process holds them.
    window.client.kill();
    window.client.rest();
    wait_until("the session is handed over", || only(&home).grace.is_some());
    let record = only(&home);
    kill_owner(&record);
    clean_up(&glue, &home);
}

#[test]
fn a_session_that_is_to_be_left_alone_is() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let never = json!({ "stopOnExit": "never" });
    let mut window = Window::open(&home, never.clone());
    window.ok(&[0, 1]);
    let server = window.client.process();
    let record = left(window, &home);
    assert_eq!((record.grace_left(), record.owner.pid, record.owner.life()), (None, server, Life::Gone));
    assert_eq!((glue.calls("StopSession"), glue.alive().len()), (0, 1));
    let text = home.run(&["sessions", "list", "--mine"]).stdout;
    assert!(text.contains("left to its idle timeout"), "{text}");
    let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
    assert!(window.ok(&[2]).contains("42"));
    window.close();
    assert!(glue.alive().is_empty() && home.records().is_empty());
}

#[test]
fn what_is_being_started_is_not_kept() {
    let slow = Fault::Delay(std::time::Duration::from_millis(300));
    let glue = glue(Faults::none().always("GetSession", slow).always("CreateSession", slow));
    let home = home(&glue);
    for stage in ["CreateSession", "GetSession"] {
        let mut window = Window::open(&home, json!({}));
        let before = glue.calls(stage);
        window.begin(&[0, 1]);
        wait_until("the session is being started", || glue.calls(stage) > before);
        window.close();
        wait_until("nothing is alive", || {
            glue.calls("CreateSession") == glue.handled("CreateSession") && glue.alive().is_empty()
        });
        wait_until("nothing is on record", || home.records().is_empty());
    }
}

#[test]
fn a_session_that_cannot_be_stopped_is_tried_again() {
    let faults = Faults::none().first("StopSession", 3, Fault::Unavailable).first("GetSession", 1, Fault::HangUp);
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({ "grace": 1 }));
    window.ok(&[0, 1]);
    glue.set(faults);
    window.close();
    wait_until("the session is stopped", || glue.alive().is_empty());
    wait_until("its record goes", || home.records().is_empty());
    assert!(glue.calls("StopSession") > 3);
}

#[test]
fn what_is_not_stopped_in_time_is_stopped_later() {
    let slow = Fault::Delay(std::time::Duration::from_secs(8));
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
    window.ok(&[0, 1]);
    glue.set(Faults::none().first("StopSession", 1, slow));
    window.close();
    assert_eq!(home.records().len(), 1, "the server did not wait for it");
    wait_until("the session is stopped", || glue.alive().is_empty());
    wait_until("its record goes", || home.records().is_empty());
}

#[test]
fn somebody_who_ends_the_wait_ends_the_session() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    let record = left(window, &home);
    kill_process(process(&record), Signal::TERM).unwrap();
    gone(&record);
    assert_eq!((home.records().len(), glue.alive().len()), (0, 0));
}

#[test]
fn the_process_that_waits_is_nobody_elses() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    let record = left(window, &home);
    let pid = process(&record);
    // It has a session of its own, so that no terminal and no group takes it along.
    assert_eq!(rustix::process::getsid(Some(pid)).unwrap(), pid);
    if cfg!(target_os = "linux") {
        let of = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", record.owner.pid)).unwrap();
        let status = of("status");
        let resident = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        let kilobytes: u64 = resident.trim().trim_end_matches("kB").trim().parse().unwrap();
        assert!(kilobytes < 8 * 1024, "{resident}");
        assert!(!of("cmdline").contains("own-s3cret"), "no secret is among its arguments");
    }
    // A session that is stopped by hand needs nobody any more.
    assert_eq!(home.run(&["sessions", "stop", &record.id]).code, Some(0));
    gone(&record);
    assert_eq!(glue.calls("StopSession"), 1);
}
