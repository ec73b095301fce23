//! What goes wrong, one thing at a time: each ends in a message that says what happened and what to do.

use std::time::Duration;

use super::notebook;
use super::program::{Home, Ran, glue};
use crate::service::{FakeGlue, Fault, Faults};
use crate::support::port::ClosedPort;

#[track_caller]
fn says(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(wanted), "{wanted:?} is missing in {}", &text[..text.len().min(4000)]);
    }
}

fn local(cells: &[&str]) -> Ran {
    Home::new(&[("a.ipynb", &notebook(cells))]).local(&["a.ipynb"])
}

#[cfg(unix)]
#[test]
fn there_is_no_python() {
    let home = Home::new(&[("a.ipynb", &notebook(&["1", "2"]))]);
    let ran = home.run(&["run", "--local", "--python", "no-such-python", "a.ipynb"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    says(&ran.stdout, &["no-such-python", "install"]);
    assert!(!ran.stdout.contains("os error"), "{}", ran.stdout);
    // One that is no Python.
    let ran = home.run(&["run", "--local", "--python", "/bin/false", "a.ipynb"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    says(&ran.stdout, &["/bin/false"]);
}

#[cfg(unix)]
#[test]
fn the_worker_dies() {
    for death in ["os._exit(3)", "os.kill(os.getpid(), 9)", "os.abort()"] {
        let ran = local(&["x = 1", &format!("import os\nprint('half', flush=True)\n{death}"), "x"]);
        assert_eq!(ran.code, Some(1), "{death}: {ran:?}");
        says(&ran.stdout, &["half\n", "PythonEnded: Python ", "start a new session and run the cells again"]);
        says(&ran.stderr, &["cell 1  error", "cell 2  not run"]);
    }
}

#[test]
fn spark_is_missing() {
    for cell in ["spark.sql('select 1')", "import pyspark.nothing_of_the_kind", "from awsglue.nothing import x"] {
        let ran = local(&[cell]);
        assert_eq!(ran.code, Some(1), "{cell}: {ran:?}");
        says(&ran.stdout, &["The Python that runs cells on this machine has no Spark", "glue-ls local setup"]);
    }
    let ran = local(&["nothing_of_the_kind"]);
    assert!(!ran.stdout.contains("Spark"), "{ran:?}");
}

#[test]
fn after_a_death_the_cells_below_start_anew() {
    let home = Home::new(&[("a.ipynb", &notebook(&["x = 1", "import os\nos._exit(3)", "x", "'x' in globals()"]))]);
    let ran = home.local(&["a.ipynb", "--allow-errors"]);
    assert_eq!(ran.code, Some(1));
    // The next one is told of it, and begins anew.
    says(&ran.stdout, &["A new session is started, without the variables", "NameError: name 'x'", "False\n"]);
    says(&ran.stderr, &["cell 1  error", "cell 2  error", "cell 3  ok"]);
}

#[test]
fn two_hundred_megabytes_are_printed() {
    let home = Home::new(&[("a.ipynb", &notebook(&["for _ in range(200):\n    print('x' * 999_999)", "'after'"]))]);
    let ran = home.local(&["a.ipynb", "--output", "b.ipynb"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.len() < 32 << 20, "{} bytes", ran.stdout.len());
    assert!(ran.stdout.ends_with("'after'\n"));
    let note = ran.stdout.lines().find(|line| line.starts_with("[glue-ls: ")).unwrap();
    says(note, &["the output is cut here", "MiB more were printed", "write large output to a file"]);
    assert!(std::fs::metadata(home.file("b.ipynb")).unwrap().len() < 32 << 20);
}

#[test]
fn bytes_that_are_no_text_are_printed() {
    let ran =
        local(&["import sys\nsys.stdout.buffer.write(bytes(range(256)) * 10)\nsys.stdout.flush()\nprint()", "'after'"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains('\u{fffd}') && ran.stdout.ends_with("'after'\n"), "{ran:?}");
    assert!(!ran.stdout.contains(['\u{1b}', '\u{7}', '\u{0}']), "nothing of it reaches the terminal: {:?}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn a_statement_forks() {
    let fork = "import os, time\npid = os.fork()\nif pid == 0:\n    print('child')\n    time.sleep(600)\n    os._exit(0)\nprint('parent')\n\
                open('pid', 'w').write(str(pid))";
    let home = Home::new(&[("a.ipynb", &notebook(&[fork, "print('after')"]))]);
    let ran = home.local(&["a.ipynb"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    // The two write at the same time: their words come whole, their lines may not.
    says(&ran.stdout, &["parent", "after\n"]);
    let child = home.read("pid");
    super::program::wait_until("the child is gone with its session", || {
        // What nobody has waited for yet is over as well.
        let state = std::process::Command::new("ps").args(["-o", "stat=", "-p", &child]).output().unwrap().stdout;
        state.is_empty() || state.starts_with(b"Z")
    });
}

/// Runs a notebook on a service with these faults.
fn on(glue: &FakeGlue, cells: &[&str]) -> (Home, Ran) {
    let home = Home::on(glue, &[("a.ipynb", &notebook(cells))]);
    let ran = home.run(&["run", "a.ipynb"]);
    (home, ran)
}

#[test]
fn answers_that_cannot_be_understood_are_asked_for_again() {
    for fault in [Fault::Empty, Fault::Truncated, Fault::Page, Fault::UnknownState, Fault::Throttle] {
        let faults = ["GetSession", "GetStatement", "StopSession"]
            .iter()
            .fold(Faults::none(), |faults, operation| faults.first(operation, 1, fault));
        let glue = glue(faults);
        let (home, ran) = on(&glue, &["print('ran once')"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "ran once\n"), "{fault:?}: {ran:?}");
        assert!(glue.alive().is_empty() && home.records().is_empty(), "{fault:?}");
    }
}

#[test]
fn a_session_and_a_statement_are_never_made_twice() {
    for fault in [Fault::LostAnswer, Fault::LateError, Fault::Page] {
        let glue = glue(Faults::none().first("CreateSession", 1, fault).first("RunStatement", 1, fault));
        let (home, ran) = on(&glue, &["print('ran once')"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "ran once\n"), "{fault:?}: {ran:?}");
        assert_eq!((glue.calls("CreateSession"), glue.calls("RunStatement")), (1, 1), "{fault:?}: it is looked for");
        assert!(glue.alive().is_empty() && home.records().is_empty(), "{fault:?}");
    }
    // What never arrived is sent again.
    let glue = glue(Faults::none().first("CreateSession", 1, Fault::HangUp).first("RunStatement", 1, Fault::HangUp));
    let (_, ran) = on(&glue, &["print('ran once')"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "ran once\n"), "{ran:?}");
    assert_eq!((glue.handled("CreateSession"), glue.handled("RunStatement")), (1, 1));
}

#[test]
fn the_credentials_have_expired() {
    for operation in ["GetCallerIdentity", "CreateSession"] {
        let glue = glue(Faults::none().always(operation, Fault::Expired));
        let (home, ran) = on(&glue, &["1", "2"]);
        assert_eq!(ran.code, Some(2), "{operation}: {ran:?}");
        says(&ran.stdout, &["SessionError: the session could not be started", "expired", "AWS_ACCESS_KEY_ID"]);
        says(&ran.stderr, &["cell 0  error", "cell 1  not run", "none was started"]);
        assert_eq!(home.records(), [], "{operation}");
    }
    // While a statement is sent.
    let glue = glue(Faults::none().always("RunStatement", Fault::Expired));
    let (home, ran) = on(&glue, &["1", "2"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    says(&ran.stdout, &["SessionError", "RunStatement", "expired"]);
    assert!(glue.alive().is_empty() && home.records().is_empty());
}

#[test]
fn a_session_that_cannot_be_stopped_is_on_record() {
    let glue = glue(Faults::none().always("StopSession", Fault::Expired));
    let (home, ran) = on(&glue, &["1"]);
    let [record] = &*home.records() else { panic!("{:?}", home.records()) };
    says(&ran.stderr, &["It may still be alive and cost money", &format!("glue-ls sessions stop {}", record.id)]);
    assert!(glue.alive().contains(&record.id));
    assert_eq!(ran.code, Some(1), "a session that was left behind is no success: {ran:?}");
}

#[test]
fn a_slow_service_is_waited_for() {
    let glue = glue(Faults::none().always("*", Fault::Delay(Duration::from_millis(150))));
    let (home, ran) = on(&glue, &["print('slow')"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "slow\n"), "{ran:?}");
    assert!(glue.alive().is_empty() && home.records().is_empty());
}

#[test]
fn nobody_answers() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["1"]))]);
    assert_eq!(home.run(&["run", "a.ipynb", "--keep-session"]).code, Some(0));
    let port = ClosedPort::new();
    let home = home.with("AWS_ENDPOINT_URL", &port.url());
    let listed = home.run(&["sessions", "list"]);
    assert_eq!(listed.code, Some(2), "the account's are not known: {listed:?}");
    says(&listed.stdout, &["unknown", "could not reach Glue", "check the network"]);
    says(&listed.stderr, &["the sessions of the account cannot be listed", "check the network"]);
    assert_eq!(home.run(&["sessions", "list", "--mine"]).code, Some(0));
    let id = home.records()[0].id.clone();
    let ran = home.run(&["sessions", "stop", &id]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    says(&ran.stderr, &["could not be stopped", "could not reach Glue", "check the network"]);
    assert_eq!(home.records().len(), 1);
}
