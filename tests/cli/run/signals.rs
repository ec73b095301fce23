//! Ctrl-C, once and twice, and the request to end.

use std::time::Duration;

use rustix::process::Signal;

use super::notebook;
use super::program::{Home, Ran, glue, python, wait_until};
use crate::service::{Fault, Faults};

/// Writes a line, and a file behind it, so that a test knows that it runs.
fn endless(marker: &str) -> String {
    format!("import time\nprint('half')\nopen({marker:?}, 'w').close()\nwhile True:\n    time.sleep(0.01)")
}

fn home(on: Option<&crate::service::FakeGlue>) -> Home {
    // The service's sessions have another folder than this program: the marker's path is whole.
    let files: [(&str, &str); 0] = [];
    let home = on.map_or_else(|| Home::new(&files), |glue| Home::on(glue, &files));
    let marker = home.file("begun").display().to_string();
    std::fs::write(home.file("a.ipynb"), notebook(&["x = 1", &endless(&marker), "print('after')"])).unwrap();
    home
}

fn was_cancelled(ran: &Ran) {
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("half\n") && !ran.stdout.contains("after"), "{ran:?}");
    for said in ["Interrupted: cancelling", "cell 1  cancelled", "cell 2  not run", "Total", "stopped"] {
        assert!(ran.stderr.contains(said), "{said} is missing in {}", ran.stderr);
    }
}

#[test]
fn one_interrupt_cancels_and_stops_the_session() {
    for signal in [Signal::INT, Signal::TERM] {
        let glue = glue(Faults::none());
        let home = home(Some(&glue));
        let running = home.start(&["run", "a.ipynb", "--in-place"]);
        wait_until("the cell runs", || home.file("begun").exists());
        assert_eq!((glue.alive().len(), home.records().len()), (1, 1));
        running.signal(signal);
        let ran = running.end();
        was_cancelled(&ran);
        assert_eq!(glue.calls("CancelStatement"), 1);
        assert!(glue.calls("StopSession") >= 1 && glue.alive().is_empty());
        assert_eq!(home.records(), []);
        assert!(home.read("a.ipynb").contains("half"), "what it has shown is written");
    }
}

#[test]
fn a_cell_that_cannot_be_cancelled_ends_with_its_session() {
    let glue = glue(Faults::none().always("CancelStatement", Fault::Internal));
    let home = home(Some(&glue));
    let running = home.start(&["run", "a.ipynb"]);
    wait_until("the cell runs", || home.file("begun").exists());
    running.signal(Signal::INT);
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("cell 1  cancelled"), "{}", ran.stderr);
    assert_eq!((glue.alive().len(), home.records().len()), (0, 0));
}

#[test]
fn one_interrupt_ends_a_local_run() {
    let home = home(None);
    let running = home.start(&["run", "--local", "--python", python(), "a.ipynb"]);
    wait_until("the cell runs", || home.file("begun").exists());
    running.signal(Signal::INT);
    was_cancelled(&running.end());
}

#[test]
fn a_session_to_be_kept_outlives_an_interrupt() {
    let glue = glue(Faults::none());
    let home = home(Some(&glue));
    let running = home.start(&["run", "a.ipynb", "--keep-session"]);
    wait_until("the cell runs", || home.file("begun").exists());
    running.signal(Signal::INT);
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("cancelling, and keeping the session"), "{}", ran.stderr);
    assert!(ran.stderr.contains("cell 1  cancelled") && ran.stderr.contains("still alive and costs"), "{}", ran.stderr);
    assert_eq!((glue.alive().len(), home.records().len(), glue.calls("StopSession")), (1, 1, 0));
}

#[test]
fn an_interrupt_during_the_start_stops_what_was_created() {
    for (operation, delay) in [("CreateSession", 400), ("GetSession", 700)] {
        let glue = glue(Faults::none().always(operation, Fault::Delay(Duration::from_millis(delay))));
        let home = home(Some(&glue));
        let running = home.start(&["run", "a.ipynb"]);
        wait_until("the call is made", || glue.calls(operation) > 0);
        running.signal(Signal::INT);
        let ran = running.end();
        assert_eq!(ran.code, Some(1), "{operation}: {ran:?}");
        assert!(glue.alive().is_empty(), "{operation}");
        assert_eq!(home.records(), [], "{operation}");
        assert!(!home.file("begun").exists(), "{operation}");
    }
}

#[test]
fn a_second_interrupt_leaves_at_once() {
    let glue = glue(Faults::none().always("StopSession", Fault::Delay(Duration::from_secs(600))));
    let home = home(Some(&glue));
    let running = home.start(&["run", "a.ipynb"]);
    wait_until("the cell runs", || home.file("begun").exists());
    running.signal(Signal::INT);
    wait_until("the session is to stop", || glue.calls("StopSession") > 0);
    running.signal(Signal::INT);
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let [record] = &*home.records() else { panic!("{:?}", home.records()) };
    assert!(ran.stderr.contains("left at once"), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("`glue-ls sessions stop {}`", record.id)), "{}", ran.stderr);
    assert!(glue.alive().contains(&record.id));
    let listed = home.run(&["sessions", "list", "--offline"]);
    assert_eq!(listed.code, Some(0));
    for said in [&*record.id, "not asked", "nobody looks after it", "a.ipynb"] {
        assert!(listed.stdout.contains(said), "{said} is missing in {}", listed.stdout);
    }
    // The next run says so before it begins.
    glue.set(Faults::none());
    std::fs::write(home.file("b.ipynb"), notebook(&["1"])).unwrap();
    let ran = home.run(&["run", "b.ipynb"]);
    assert!(ran.stderr.contains(&format!("the session {} of an earlier run may still be alive", record.id)), "{ran:?}");
    let ran = home.run(&["sessions", "stop", &record.id]);
    assert_eq!((ran.code, glue.alive().len(), home.records().len()), (Some(0), 0, 0), "{ran:?}");
}

#[test]
fn at_the_end_an_interrupt_hurries_nothing_and_a_second_one_does() {
    let glue = glue(Faults::none().always("StopSession", Fault::Delay(Duration::from_secs(600))));
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["1"]))]);
    let running = home.start(&["run", "a.ipynb"]);
    wait_until("the session is to stop", || glue.calls("StopSession") > 0);
    running.signal(Signal::INT);
    running.hear_stderr("stopping the session");
    running.signal(Signal::INT);
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("left at once"), "{}", ran.stderr);
    assert_eq!(home.records().len(), 1);
}

#[test]
fn a_terminal_that_is_closed_ends_the_run_in_order() {
    let glue = glue(Faults::none());
    let home = home(Some(&glue));
    let running = home.start(&["run", "a.ipynb"]);
    wait_until("the cell runs", || home.file("begun").exists());
    running.signal(Signal::HUP);
    assert_eq!(running.end().code, Some(1));
    assert!(glue.alive().is_empty());
    assert_eq!(home.records(), []);
}

#[test]
fn nohup_is_honoured() {
    let glue = glue(Faults::none());
    let home = home(Some(&glue));
    let mut command = std::process::Command::new("nohup");
    let program = home.command(["run", "a.ipynb"]);
    command.arg(program.get_program()).args(program.get_args()).current_dir(home.path()).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let running = super::program::Running::of(command);
    wait_until("the cell runs", || home.file("begun").exists());
    running.signal(Signal::HUP);
    running.signal(Signal::INT);
    let ran = running.end();
    assert!(ran.stderr.contains("cell 1  cancelled"), "one was heard, the interrupt: {ran:?}");
    assert!(!ran.stderr.contains("left at once"), "{ran:?}");
}
