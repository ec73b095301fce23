//! `tests/live/run`, which tries the real service, against the local Glue: it must work when somebody pays for it, and leave
//! no session behind however it ends.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::run::program::{KEY, SECRET, TOKEN, glue, python};
use crate::service::{FakeGlue, Fault, Faults};

const ROLE: &str = "arn:aws:iam::123456789012:role/team/SecretProject";

/// All steps but one are left out.
const ONLY_IDLE: &[&str] = &["--skip", "early", "--skip", "main", "--skip", "refusals"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program, with an account at a service and nothing of this machine but the search path.
fn driver(glue: &FakeGlue, out: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(python());
    command
        .arg("-B")
        .arg(root().join("tests/live/run"))
        .args(["--role", ROLE, "--region", "eu-west-1", "--glue-ls", env!("CARGO_BIN_EXE_glue-ls"), "--out"])
        .arg(out.path().join("answers"))
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", out.path())
        .env("AWS_ENDPOINT_URL", &glue.url)
        .env("AWS_ACCESS_KEY_ID", KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_SESSION_TOKEN", TOKEN)
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it to its end; returns exit code and both outputs.
fn ran(glue: &FakeGlue, arguments: &[&str]) -> (Option<i32>, String, TempDir) {
    let out = tempfile::tempdir().unwrap();
    let done = driver(glue, &out, arguments).output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
    (done.status.code(), text, out)
}

/// Returns the verdict on a fact.
fn verdict(text: &str, fact: &str) -> String {
    let row = text.lines().find(|line| line.split_whitespace().next() == Some(fact));
    let row = row.unwrap_or_else(|| panic!("nothing is said of {fact}: {text}"));
    row[fact.len()..].trim_start().split("  ").next().unwrap().trim().to_owned()
}

/// Returns the files that were written.
fn answers(out: &Path) -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(out.join("answers"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn all_steps_go_well_and_leave_nothing() {
    let glue = glue(Faults::none());
    let (code, text, out) = ran(&glue, &["--i-accept-costs", "--skip", "idle"]);
    // Here the local Glue is not as the service is held to be.
    let differs = ["traceback-stdin", "create-refusals"];
    let refuted: Vec<_> = text.lines().filter(|line| line.contains(" refuted ")).collect();
    assert_eq!(refuted.len(), differs.len(), "{text}");
    assert!(differs.iter().all(|fact| verdict(&text, fact) == "refuted"), "{text}");
    assert!(text.contains("accepted: too-few-workers, wrong-partition"), "{text}");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with("At most ") && text.contains("Every session of this run is over."), "{text}");
    assert!(glue.alive().is_empty());
    for fact in [
        "get-session-at-once",
        "create-twice",
        "plan-fields",
        "request-origin",
        "live-tags",
        "list-by-tag",
        "private-members",
        "stderr-member",
        "error-output",
        "cancel-statement",
        "cancel-ended",
        "list-statements",
        "statement-after-end",
        "stop-again",
        "unknown-session",
        "attach",
        "dashboard-url",
    ] {
        assert_eq!(verdict(&text, fact), "confirmed", "{fact}: {text}");
    }
    assert_eq!(verdict(&text, "idle-timeout"), "not seen", "it was left out");
    assert!(!text.contains("FAILED: "), "{text}");
    // Two sessions are made, six requests are there to be refused, and one is sent twice.
    let creations = glue.creations();
    assert!(creations.iter().all(|request| request["Tags"]["glue-ls-live"].is_string() && request["Timeout"].is_u64()));
    assert_eq!(creations.iter().map(|request| request["Id"].as_str()).collect::<BTreeSet<_>>().len(), 2 + 6);
    assert!(creations[1]["Tags"]["glue-ls-live-of"] == "plan" && creations[1]["IdleTimeout"] == 15, "{}", creations[1]);

    let answers = answers(out.path());
    for operation in ["CreateSession", "GetSession", "RunStatement", "GetStatement", "StopSession", "GetDashboardUrl"] {
        assert!(answers.iter().any(|(name, _)| name.ends_with(&format!("-{operation}.json"))), "{operation}");
    }
    for (name, answer) in &answers {
        let parsed: Value = serde_json::from_str(answer).unwrap();
        assert!(parsed["status"].is_u64() && parsed["answer"].is_object(), "{name}");
        for secret in [KEY, SECRET, TOKEN, "123456789012", "SecretProject", "GlueLocal"] {
            assert!(!answer.contains(secret), "{name} holds {secret}: {answer}");
        }
    }
    assert!(![SECRET, TOKEN, "SecretProject"].iter().any(|secret| text.contains(secret)), "{text}");
}

#[test]
fn nothing_is_done_before_the_costs_are_accepted() {
    let glue = glue(Faults::none());
    let (code, text, _) = ran(&glue, &[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("At most ") && text.contains("--i-accept-costs"), "{text}");
    assert!(glue.all_calls().is_empty());
}

#[test]
fn a_step_that_fails_leaves_no_session() {
    let faults = Faults::none().always("GetStatement", Fault::Denied);
    let glue = glue(faults);
    let (code, text, _) = ran(&glue, &["--i-accept-costs", "--skip", "idle", "--skip", "early"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("FAILED: main: Refused: GetStatement") && text.contains("is STOPPED"), "{text}");
    assert_eq!(verdict(&text, "denied-text"), "confirmed", "{text}");
    assert_eq!(verdict(&text, "list-statements"), "not seen", "{text}");
    assert!(glue.alive().is_empty() && glue.handled("CreateSession") == 2, "{text}");
}

#[test]
fn a_start_without_an_answer_leaves_no_session() {
    let glue = glue(Faults::none().always("CreateSession", Fault::LostAnswer));
    let (code, text, _) = ran(&glue, &["--i-accept-costs", "--skip", "idle", "--skip", "early"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("FAILED: main: Unreachable: CreateSession") && text.contains("is STOPPED"), "{text}");
    assert!(glue.alive().is_empty() && glue.handled("CreateSession") == 1);
}

#[test]
fn a_session_that_nobody_uses_is_watched_to_its_end() {
    let glue = glue(Faults::none().always("GetSession", Fault::Idles));
    let (code, text, _) = ran(&glue, &[&["--i-accept-costs"], ONLY_IDLE].concat());
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("At most "), "{text}");
    assert_eq!(verdict(&text, "idle-timeout"), "confirmed", "{text}");
    let creations = glue.creations();
    let [session] = &*creations else { panic!("{creations:?}") };
    assert_eq!((&session["WorkerType"], &session["NumberOfWorkers"]), (&"G.1X".into(), &2.into()));
    assert_eq!((&session["IdleTimeout"], &session["Timeout"]), (&1.into(), &8.into()));
    assert!(session["Tags"]["glue-ls-live"].is_string(), "{session}");
    assert_eq!((glue.calls("RunStatement"), glue.calls("StopSession")), (0, 0), "it ends by itself");
    assert!(glue.alive().is_empty());
}

#[test]
fn another_end_than_that_refutes_it() {
    let glue = glue(Faults::none());
    let out = tempfile::tempdir().unwrap();
    let (child, mut lines) = at(&glue, &out, &[&["--i-accept-costs"], ONLY_IDLE].concat(), "  nobody uses it");
    let id = glue.alive().pop_first().unwrap();
    glue.stop(&id);
    let mut text = String::new();
    lines.read_to_string(&mut text).unwrap();
    assert_eq!(verdict(&text, "idle-timeout"), "refuted", "{text}");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1), "{text}");
}

#[test]
fn an_interrupt_while_nobody_uses_it_leaves_no_session() {
    let glue = glue(Faults::none());
    let out = tempfile::tempdir().unwrap();
    let (mut child, mut lines) = at(&glue, &out, &[&["--i-accept-costs"], ONLY_IDLE].concat(), "  nobody uses it");
    signal(&child, rustix::process::Signal::INT);
    let mut text = String::new();
    lines.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{text}");
    assert!(text.contains("is STOPPED") && text.contains("FAILED: interrupted"), "{text}");
    assert!(glue.alive().is_empty());
}

/// Starts it and waits until the main session runs a statement.
fn at_work(glue: &FakeGlue, out: &TempDir) -> (Child, BufReader<std::process::ChildStdout>) {
    at(glue, out, &["--i-accept-costs", "--skip", "early"], "  statement ok")
}

/// Starts it and waits until it says something.
fn at(glue: &FakeGlue, out: &TempDir, arguments: &[&str], said: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = driver(glue, out, arguments).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with(said) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it ended");
    }
    assert_eq!(glue.alive().len(), 1);
    (child, lines)
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
}

#[test]
fn a_kill_leaves_no_session() {
    let glue = glue(Faults::none());
    let out = tempfile::tempdir().unwrap();
    let (mut child, _lines) = at_work(&glue, &out);
    child.kill().unwrap();
    child.wait().unwrap();
    // The process that stops what is left holds the other end until it is done.
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains("stopper: the session ") && text.contains("is STOPPED"), "{text}");
    assert!(glue.alive().is_empty());
}

#[test]
fn an_interrupt_leaves_no_session() {
    for wish in [rustix::process::Signal::INT, rustix::process::Signal::TERM] {
        let glue = glue(Faults::none());
        let out = tempfile::tempdir().unwrap();
        let (mut child, mut lines) = at_work(&glue, &out);
        signal(&child, wish);
        let mut text = String::new();
        lines.read_to_string(&mut text).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1), "{text}");
        assert!(text.contains("is STOPPED") && text.contains("FAILED: interrupted"), "{text}");
        assert!(glue.alive().is_empty());
    }
}

#[test]
fn the_page_and_the_program_know_the_same_facts() {
    let listed = Command::new(python()).arg("-B").arg(root().join("tests/live/run")).arg("--facts").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let checked: BTreeSet<&str> = listed.lines().map(|line| line.split('\t').next().unwrap()).collect();
    let page = std::fs::read_to_string(root().join("docs/unverified.md")).unwrap();
    let mut named = BTreeSet::new();
    let mut places = 0;
    for row in
        page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Taken") && !line.starts_with("| ---"))
    {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, _, place, check] = *cells else { panic!("four columns: {row}") };
        for path in place.split('`').skip(1).step_by(2) {
            places += 1;
            assert!(root().join(path).exists(), "{path} does not exist: {row}");
        }
        let checks: Vec<&str> = check.split('`').skip(1).step_by(2).collect();
        assert!(!checks.is_empty() || check.starts_with("none: "), "which check, or why none: {row}");
        named.extend(checks);
    }
    assert_eq!(named, checked);
    assert!(places >= 30, "only {places} places were read");
}
