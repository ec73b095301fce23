//! Records of sessions, when the processes that keep them are killed and when several share a folder.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use glue_ls::run::record::{RecordState, RecordedIdentity, Records, SessionRecord};

mod crash;
#[cfg(unix)]
mod shared;

/// Tells a child what to do: a word, and the folder in another variable.
const TASK: &str = "GLUE_LS_TEST_RECORDS";
/// Most steps of a child: far more than any test waits for, so that one that is forgotten ends by itself.
const MOST_STEPS: usize = 20_000;

/// Numbers that are the same in each run of the tests.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

fn record(id: &str) -> SessionRecord {
    let identity = RecordedIdentity { region: Some("eu-west-1".into()), ..RecordedIdentity::default() };
    // Long enough for a write to be cut in the middle.
    SessionRecord { document: Some("/notebooks/".to_owned() + &"x".repeat(4000)), ..SessionRecord::new(id, identity) }
}

/// Not a test of its own: the process that the others start.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let records = Records::at(std::env::var_os(format!("{TASK}_FOLDER")).unwrap());
    let (name, seed) = task.split_once(' ').unwrap();
    match name {
        "churn" => crash::churn(&records, seed.parse().unwrap()),
        #[cfg(unix)]
        "claim" => shared::claim_all(&records),
        #[cfg(unix)]
        "grace" => shared::keep_graces(&records),
        #[cfg(unix)]
        "window" => shared::come_back(&records, seed.parse().unwrap()),
        #[cfg(unix)]
        "begin" => shared::begin_some(&records, seed),
        other => panic!("there is no task {other}"),
    }
}

/// Tells the parent something, at once and in one piece.
fn announce(word: &str, id: &str) {
    // A parent that is gone needs no answer.
    let _ = std::io::stderr().write_all(format!("{word} {id}\n").as_bytes());
}

/// Waits until the parent lets go.
#[cfg(unix)]
fn wait_for_parent() {
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
}

/// A child and what it announces.
struct Started {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Started {
    fn new(folder: &Path, task: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["records::child", "--exact", "--nocapture"])
            .env(TASK, task)
            .env(format!("{TASK}_FOLDER"), folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Returns the next thing that is announced; `None` at the end. A failure of the child's is one of the test.
    fn next(&mut self) -> Option<(String, String)> {
        let line = self.lines.next()?.unwrap();
        let (word, id) = line.split_once(' ').unwrap_or((&line, ""));
        let known = ["BEGUN", "OVER", "CLAIMED", "ENDED", "DONE"].contains(&word);
        assert!(known, "{line}\n{}", self.lines.by_ref().map_while(Result::ok).collect::<Vec<_>>().join("\n"));
        Some((word.to_owned(), id.to_owned()))
    }

    /// Lets a child go on that waits for its parent.
    #[cfg(unix)]
    fn go(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Kills the child, and returns what it had announced and nobody had read.
    fn kill(mut self) -> Vec<(String, String)> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::iter::from_fn(|| self.next()).collect()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the ids of records, of which none may occur twice.
fn unique(records: &[SessionRecord]) -> BTreeSet<String> {
    let ids: BTreeSet<String> = records.iter().map(|record| record.id.clone()).collect();
    assert_eq!(ids.len(), records.len(), "one occurs twice");
    ids
}
