//! What a statement costs beyond its own time, as an editor sees it: the built server over real stdio with a Glue
//! service on loopback behind it, from the request to run a cell to the notification that it is done.
//!
//! `cargo bench --bench statement` prints a table: cells that sleep for a known time, run one after another in one
//! session, how much longer each took, and how many calls of the API each caused. The first row has a budget. The others
//! show what it costs that the states of longer statements are asked for less often. A second table tells of the start: of
//! the process, and of the session with its first statement.
//!
//! The official kernel is measured beside it, with the same cells and the same service, if `GLUE_LS_KERNEL_PYTHON` names
//! a Python that has `aws-glue-sessions`. Its times begin where its client sends a cell and end with the kernel's reply; its
//! start begins where its client starts it and ends when it says that it is ready.
//!
//! Without `--bench`, as `cargo test --benches` runs it, it does a little of each and prints nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "a bench reports to whoever runs it"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

mod client;

#[allow(dead_code, unused_imports, reason = "the tests need more of it")]
#[path = "../tests/service.rs"]
mod service;

use client::Client;
use service::{FakeGlue, Faults};

/// Statements that sleep for so many milliseconds, evenly spread from one bound to the other, and how many of them are
/// run. The first row is the one with a budget. In the others no length alone decides, as one just before a question
/// about the state costs little and one just after it a whole interval.
const WHOLE: [Work; 3] = [Work::of(50, 50, 40), Work::of(100, 1_000, 15), Work::of(1_000, 3_000, 10)];
const LITTLE: [Work; 1] = [Work::of(50, 50, 2)];

/// What a statement of the first row may cost at the median: time beyond its own, and calls.
const BUDGET: (Duration, u64) = (Duration::from_millis(150), 4);

/// The variable that names a Python with the official kernel.
const KERNEL_PYTHON: &str = "GLUE_LS_KERNEL_PYTHON";

/// After this time something hangs.
const LIFE: Duration = Duration::from_secs(15 * 60);

fn main() {
    // The processes that are measured end when their standard input does.
    std::thread::spawn(|| {
        std::thread::sleep(LIFE);
        eprintln!("statement: not done after {} minutes", LIFE.as_secs() / 60);
        std::process::exit(1);
    });
    let whole = std::env::args().any(|argument| argument == "--bench");
    let work: &[Work] = if whole { &WHOLE } else { &LITTLE };
    let python = std::env::var_os(KERNEL_PYTHON).filter(|python| !python.is_empty());

    let glue = FakeGlue::start(Faults::none());
    let home = tempfile::tempdir().unwrap();
    for name in [CONFIG, CREDENTIALS] {
        std::fs::write(home.path().join(name), "").unwrap();
    }
    let place = Place { glue: &glue, home: home.path() };
    let cells = Cells::of(work);

    let begun = Instant::now();
    let mut editor = Editor::start(&place, &cells);
    let process = begun.elapsed();
    let (session, rows) = place.measure(work, &cells, |cell, _| editor.run(cell));
    editor.end();
    let ours = Measured { name: "glue-ls".to_owned(), process, session, rows };
    let kernel = python.map(|python| {
        let mut kernel = Kernel::start(&place, &python);
        kernel.run(&format!("%endpoint {}", glue.url));
        let (session, rows) = place.measure(work, &cells, |_, text| kernel.run(text));
        let (name, process) = (format!("official kernel {}", kernel.version), kernel.ready_after);
        kernel.end();
        Measured { name, process, session, rows }
    });
    if whole {
        report(&ours, kernel.as_ref());
    }
}

/// What was measured of one of the two.
struct Measured {
    name: String,
    /// From the start of the process until it takes cells.
    process: Duration,
    session: Start,
    rows: Vec<Row>,
}

/// The first statement of a session, for which it is started.
struct Start {
    /// From asking for it to its end; it does nothing worth mentioning itself.
    time: Duration,
    operations: BTreeMap<String, u64>,
}

fn report_starts(all: &[&Measured]) {
    println!(
        "\nstart, in ms: until the process takes cells; then a new session with its first statement, and its calls"
    );
    println!("{:<24}{:>9} |{:>9}{:>7} | calls in all", "", "process", "session", "calls");
    for Measured { name, process, session, .. } in all {
        println!(
            "{name:<24}{:>9.1} |{:>9.1}{:>7} | {}",
            millis(*process),
            millis(session.time),
            total(&session.operations),
            listed(&session.operations),
        );
    }
}

fn listed(operations: &BTreeMap<String, u64>) -> String {
    operations.iter().map(|(name, calls)| format!("{name} {calls}")).collect::<Vec<_>>().join(", ")
}

fn report(ours: &Measured, kernel: Option<&Measured>) {
    let all: Vec<&Measured> = std::iter::once(ours).chain(kernel).collect();
    report_starts(&all);
    println!("\noverhead: time beyond the statement's own, in ms, and calls of the API per statement");
    println!(
        "{:<24}{:>13}{:>5} |{:>9}{:>9} |{:>7}{:>6} | calls in all",
        "", "statements", "n", "ms p50", "p90", "calls", "p90"
    );
    for Measured { name, rows, .. } in all {
        for row in rows {
            println!(
                "{name:<24}{:>13}{:>5} |{:>9.1}{:>9.1} |{:>7}{:>6} | {}",
                row.name,
                row.beyond.len(),
                millis(part(&row.beyond, 50)),
                millis(part(&row.beyond, 90)),
                part(&row.calls, 50),
                part(&row.calls, 90),
                listed(&row.operations),
            );
        }
    }
    if kernel.is_none() {
        println!(
            "the official kernel was not measured: name a Python that has it in {KERNEL_PYTHON} \
             (`pip install aws-glue-sessions==1.0.9` in a virtual environment)"
        );
    }
    let (time, calls) = (part(&ours.rows[0].beyond, 50), part(&ours.rows[0].calls, 50));
    let kept = |kept| if kept { "kept" } else { "MISSED" };
    println!(
        "budget of glue-ls at {}, medians: {} ms beyond it ({}), {} calls ({})\n",
        ours.rows[0].name,
        BUDGET.0.as_millis(),
        kept(time <= BUDGET.0),
        BUDGET.1,
        kept(calls <= BUDGET.1),
    );
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The value below which so many percent of the sorted values lie.
fn part<T: Copy>(sorted: &[T], percent: usize) -> T {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// The notebook: a cell of settings, one that warms up, and those that are measured.
struct Cells(Vec<String>);

const SETTINGS: usize = 0;
const WARM_UP: usize = 1;
const FIRST: usize = 2;

impl Cells {
    fn of(work: &[Work]) -> Cells {
        let settings = "%iam_role arn:aws:iam::000000000000:role/GlueLocal\n%region us-east-1\n%idle_timeout 15";
        let mut texts = vec![settings.to_owned(), sleep(Duration::from_millis(1))];
        texts.extend(work.iter().flat_map(Work::lengths).map(sleep));
        Cells(texts)
    }
}

fn sleep(length: Duration) -> String {
    format!("import time; time.sleep({})", length.as_secs_f64())
}

/// Statements of a row: the shortest and the longest in milliseconds, and their number.
struct Work {
    from: u64,
    to: u64,
    count: u64,
}

impl Work {
    const fn of(from: u64, to: u64, count: u64) -> Work {
        Work { from, to, count }
    }

    fn lengths(&self) -> impl Iterator<Item = Duration> {
        // The middle of each of so many equal parts.
        let (from, width, parts) = (self.from, self.to - self.from, 2 * self.count);
        (0..self.count).map(move |index| Duration::from_millis(from + width * (2 * index + 1) / parts))
    }

    fn name(&self) -> String {
        if self.from == self.to { format!("{} ms", self.from) } else { format!("{}-{} ms", self.from, self.to) }
    }
}

/// What became of the statements of a row.
struct Row {
    /// How long they are.
    name: String,
    /// How much longer each took, sorted.
    beyond: Vec<Duration>,
    /// How many calls each caused, sorted.
    calls: Vec<u64>,
    /// The calls of all of them, by operation.
    operations: BTreeMap<String, u64>,
}

/// Files in the place of the user's AWS configuration: nothing is in them.
const CONFIG: &str = "config";
const CREDENTIALS: &str = "credentials";

/// The service, and a folder in the place of the user's own.
struct Place<'a> {
    glue: &'a FakeGlue,
    home: &'a Path,
}

impl Place<'_> {
    /// Makes a command that knows the service and nothing of the user's AWS configuration.
    fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy().to_ascii_lowercase();
            if name_text.starts_with("aws_") || name_text.starts_with("glue_") || name_text.ends_with("_proxy") {
                command.env_remove(&name);
            }
        }
        command
            .env("AWS_ENDPOINT_URL", &self.glue.url)
            .env("AWS_ACCESS_KEY_ID", "AKIALOCAL")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_CONFIG_FILE", self.home.join(CONFIG))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.home.join(CREDENTIALS))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("XDG_STATE_HOME", self.home.join("state"))
            .env("XDG_CONFIG_HOME", self.home.join("config-home"))
            .env("XDG_CACHE_HOME", self.home.join("cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        command
    }

    /// Returns the calls since then, by operation.
    fn calls_since(&self, start: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let mut operations = self.glue.all_calls();
        operations.retain(|name, calls| {
            *calls -= start.get(name).copied().unwrap_or_default();
            *calls > 0
        });
        operations
    }

    /// Runs all cells. `run` gets a cell's number and text, and returns how long it took.
    fn measure(&self, work: &[Work], cells: &Cells, mut run: impl FnMut(usize, &str) -> Duration) -> (Start, Vec<Row>) {
        run(SETTINGS, &cells.0[SETTINGS]);
        let before = self.glue.all_calls();
        let time = run(WARM_UP, &cells.0[WARM_UP]);
        let started = Start { time, operations: self.calls_since(&before) };
        let mut cell = FIRST;
        let mut rows = Vec::new();
        for part in work {
            let start = self.glue.all_calls();
            let (mut before, mut beyond, mut calls) = (total(&start), Vec::new(), Vec::new());
            for own in part.lengths() {
                let time = run(cell, &cells.0[cell]);
                let now = total(&self.glue.all_calls());
                assert!(time >= own, "a statement of {own:?} took {time:?}");
                beyond.push(time - own);
                calls.push(now - before);
                before = now;
                cell += 1;
            }
            beyond.sort();
            calls.sort();
            rows.push(Row { name: part.name(), beyond, calls, operations: self.calls_since(&start) });
        }
        (started, rows)
    }
}

fn total(calls: &BTreeMap<String, u64>) -> u64 {
    calls.values().sum()
}

const EXECUTE: &str = "workspace/executeCommand";
const NOTEBOOK: &str = "file:///bench/statements.ipynb";

fn cell_uri(cell: usize) -> String {
    format!("vscode-notebook-cell:/bench/statements.ipynb#{cell}")
}

/// An editor with the notebook open.
struct Editor(Client);

impl Editor {
    fn start(place: &Place<'_>, cells: &Cells) -> Editor {
        let mut client = Client::start(
            place.command(env!("CARGO_BIN_EXE_glue-ls")),
            &json!({
                "capabilities": {
                    "general": { "positionEncodings": ["utf-16"] },
                    "window": { "workDoneProgress": true },
                    "workspace": { "diagnostics": { "refreshSupport": true } },
                    "textDocument": { "diagnostic": {} },
                    "experimental": { "glueLs": true },
                },
                "initializationOptions": { "engine": "aws", "trusted": true },
            }),
        );
        let structure: Vec<Value> =
            (0..cells.0.len()).map(|cell| json!({ "kind": 2, "document": cell_uri(cell) })).collect();
        let texts: Vec<Value> = cells
            .0
            .iter()
            .enumerate()
            .map(|(cell, text)| json!({ "uri": cell_uri(cell), "languageId": "python_glue_session", "version": 1, "text": text }))
            .collect();
        let notebook = json!({
            "uri": NOTEBOOK, "notebookType": "jupyter-notebook", "version": 0, "cells": structure,
            "metadata": { "metadata": { "kernelspec": { "name": "glue_pyspark" } } },
        });
        client.notify("notebookDocument/didOpen", &json!({ "notebookDocument": notebook, "cellTextDocuments": texts }));
        Editor(client)
    }

    /// Runs a cell, and returns how long it took until it was told to be done.
    fn run(&mut self, cell: usize) -> Duration {
        let start = Instant::now();
        let argument = json!({ "uri": NOTEBOOK, "cell": cell_uri(cell) });
        let id = self.0.ask(EXECUTE, &json!({ "command": "glue-ls.runCell", "arguments": [argument] }));
        loop {
            let message = self.0.receive();
            if message.get("method").is_none() && message["id"] == id {
                assert!(message["result"]["runId"].is_number(), "{message}");
            }
            let told = &message["params"];
            if message["method"] != "glue-ls/cellState" || told["cell"] != cell_uri(cell) {
                continue;
            }
            match told["state"].as_str() {
                Some("ok") => return start.elapsed(),
                Some("error" | "cancelled") => panic!("the cell did not run: {message}"),
                _ => {}
            }
        }
    }

    fn end(mut self) {
        self.0.call(EXECUTE, &json!({ "command": "glue-ls.stopSession", "arguments": [{ "uri": NOTEBOOK }] }));
        self.0.end();
    }
}

/// The official kernel, behind a script that is its client.
struct Kernel {
    client: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    version: String,
    /// From its start until it took cells.
    ready_after: Duration,
}

impl Kernel {
    fn start(place: &Place<'_>, python: &OsString) -> Kernel {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/kernel.py");
        let mut client = place
            .command(python)
            .arg(script)
            .env("JUPYTER_RUNTIME_DIR", place.home.join("runtime"))
            .env("IPYTHONDIR", place.home.join("ipython"))
            // As a notebook of Glue Studio it asks neither PyPI for a newer version nor STS, whose address it
            // does not take from outside, for its user.
            .env("request_origin", "GlueStudioNotebook")
            .env("userId", "bench")
            .spawn()
            .unwrap_or_else(|error| panic!("{KERNEL_PYTHON}={}: {error}", python.display()));
        let (input, output) = (client.stdin.take().unwrap(), BufReader::new(client.stdout.take().unwrap()));
        let mut kernel = Kernel { client, input, output, version: String::new(), ready_after: Duration::ZERO };
        let hello = kernel.line();
        kernel.version = hello["version"].as_str().unwrap().to_owned();
        kernel.ready_after = Duration::from_secs_f64(hello["seconds"].as_f64().unwrap());
        kernel
    }

    /// Runs a cell, and returns how long it took until the kernel's reply.
    fn run(&mut self, text: &str) -> Duration {
        writeln!(self.input, "{}", json!(text)).unwrap();
        let answer = self.line();
        let complaint = answer["text"].as_str().is_some_and(|text| text.contains("Exception"));
        assert!(answer["status"] == "ok" && !complaint, "{text}: {answer}");
        Duration::from_secs_f64(answer["seconds"].as_f64().unwrap())
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        let length = self.output.read_line(&mut line).unwrap();
        assert!(length > 0, "the script beside the official kernel has ended; its reason is above");
        serde_json::from_str(&line).unwrap()
    }

    fn end(self) {
        let Kernel { mut client, input, .. } = self;
        drop(input);
        assert!(client.wait().unwrap().success());
    }
}
