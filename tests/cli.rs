//! The command line, run as users run it.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test reports by panicking, and says on stderr what it leaves out"
)]

pub(crate) mod bad;
mod bad_files;
mod check;
mod check_fix;
mod check_text;
mod config;
mod corpus;
mod doctor;
mod plan;
pub(crate) mod run;
mod transcript;

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a command may take before a test fails. A guard against hanging, not a measure of speed.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a command left.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs `glue-ls` in a folder, without any of the machine's AWS settings.
#[track_caller]
fn run(folder: &Path, arguments: &[&str]) -> Ran {
    run_on(folder, arguments, "")
}

/// Runs it with a text as standard input.
#[track_caller]
fn run_on(folder: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glue-ls"));
    command.args(arguments).current_dir(folder).env_clear().env("HOME", folder).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // Whoever does not want it closes the pipe.
    thread::spawn(move || drop(std::io::Write::write_all(&mut stdin, input.as_bytes())));
    let read = |mut from: Box<dyn std::io::Read + Send>| {
        thread::spawn(move || {
            let mut text = String::new();
            from.read_to_string(&mut text).unwrap();
            text
        })
    };
    let stdout = read(Box::new(child.stdout.take().unwrap()));
    let stderr = read(Box::new(child.stderr.take().unwrap()));
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("glue-ls {arguments:?} does not end");
        }
        thread::sleep(Duration::from_millis(2));
    };
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    assert!(!stderr.contains("panicked"), "glue-ls {arguments:?}\n{stderr}");
    Ran { code: status.code(), stdout, stderr }
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// A notebook of the Glue kernel with these cells of code.
pub(crate) fn notebook(cells: &[&str]) -> String {
    let cells: Vec<serde_json::Value> = cells
        .iter()
        .map(|source| serde_json::json!({ "cell_type": "code", "metadata": {}, "outputs": [], "source": source }))
        .collect();
    serde_json::json!({
        "cells": cells, "metadata": { "kernelspec": { "name": "glue_pyspark" } }, "nbformat": 4, "nbformat_minor": 5,
    })
    .to_string()
}
