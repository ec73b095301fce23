//! What names of an account cost whoever types: the built server over real stdio, with 5,000 roles, 2,000 connections and
//! 10,000 tables at moto.
//!
//! `GLUE_LS_MOTO_PYTHON=… cargo bench --bench account` prints a table. `completion` is an edit of the typed name and the
//! list of what fits, with all names known; `key` an edit of a line of code in a notebook whose cells name connections
//! and roles, until its problems are told. Memory is the resident set of the server with connections and roles, and
//! that of a process that has nothing but the store of names and the clients, before and after it has fetched all lists,
//! tables among them.
//!
//! Without `--bench` it does nothing: moto may not be at hand.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "a bench reports to whoever runs it, and needs a part of what tests share"
)]

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use glue_ls::account::{AwsSource, Identity, Options, Store};
use glue_ls::aws::{Aws, AwsConfig};
use glue_ls::model::account::{Known, Status};
use serde_json::{Value, json};

mod client;
#[path = "../tests/support/contents.rs"]
mod contents;
#[path = "../tests/support/moto.rs"]
mod moto;

use client::Client;
use contents::Contents;
use moto::Moto;

const REGION: &str = "eu-west-1";
const ROLES: usize = 5_000;
const CONNECTIONS: usize = 2_000;
const TABLES: usize = 10_000;
/// Cells of the notebook, each with a name of the account.
const CELLS: usize = 200;

fn main() {
    if std::env::args().any(|argument| argument == "--store") {
        store();
        return;
    }
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let contents = Contents::new()
        .many_roles(ROLES)
        .many_connections(REGION, CONNECTIONS)
        .many_tables(REGION, "big", TABLES)
        .session(REGION, json!({ "Id": "s-1" }))
        .security_configuration(REGION, "sealed");
    let Some(moto) = Moto::with([contents]) else { return };
    let mut notebook = Notebook::open(&moto);
    println!("before any name is asked for: {}", resident(notebook.server.server.id()));
    println!("first list: {} names, {:?}, incomplete", notebook.first.0, notebook.first.1);
    let whole = notebook.wait();
    println!("all names known after {whole:?}: {}", resident(notebook.server.server.id()));
    println!("{:<28}{:>9}{:>9}   in µs; budget 2,000 at p50", "", "p50", "p99");
    for (name, cell) in [("completion of a connection", 0), ("completion of a role", 1)] {
        let times = times(500, |round| notebook.complete(cell, round));
        println!("{name:<28}{:>9}{:>9}", times.0.as_micros(), times.1.as_micros());
    }
    let times = times(500, |round| notebook.key(round));
    println!("{:<28}{:>9}{:>9}", format!("key, {CELLS} cells of names"), times.0.as_micros(), times.1.as_micros());
    println!("after that: {}", resident(notebook.server.server.id()));
    notebook.server.end();
    let mut command = Command::new(std::env::current_exe().unwrap());
    assert!(configured(&mut command, &moto).arg("--store").status().unwrap().success());
}

/// The 50th and the 99th of a hundred.
fn times(count: usize, mut round: impl FnMut(usize) -> Duration) -> (Duration, Duration) {
    for index in 0..count / 10 {
        round(index);
    }
    let mut all: Vec<Duration> = (0..count).map(&mut round).collect();
    all.sort();
    (all[all.len() / 2], all[all.len() * 99 / 100])
}

/// What a process has in memory, for people: all of it, and what is not the program itself.
fn resident(process: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0)
    };
    match (of("VmRSS:"), of("RssAnon:"), of("VmHWM:")) {
        (Some(all), Some(own), Some(most)) => format!("{all:.1} MiB ({own:.1} of data; {most:.1} at most)"),
        _ => "the system does not tell how much memory".to_owned(),
    }
}

fn configured<'c>(command: &'c mut Command, moto: &Moto) -> &'c mut Command {
    let home = std::env::temp_dir().join(format!("glue-ls-bench-{}", std::process::id()));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") || name.to_string_lossy().starts_with("XDG_") {
            command.env_remove(name);
        }
    }
    command
        .env("HOME", home)
        .env("AWS_ENDPOINT_URL", &moto.url)
        .env("AWS_ACCESS_KEY_ID", &moto.accounts[0].key)
        .env("AWS_SECRET_ACCESS_KEY", &moto.accounts[0].secret)
        .env("AWS_REGION", REGION)
        .env("AWS_EC2_METADATA_DISABLED", "true")
}

/// A notebook that names connections and roles in all of its cells. Its last cells are typed in.
struct Notebook {
    server: Client,
    /// How many names the first list had, and how long it took.
    first: (usize, Duration),
    version: usize,
}

fn uri(cell: usize) -> String {
    format!("vscode-notebook-cell:/bench/etl.ipynb#{cell}")
}

fn text(cell: usize) -> String {
    match cell {
        0 => "%connections ".to_owned(),
        1 => "%iam_role ".to_owned(),
        _ if cell.is_multiple_of(2) => format!("%connections connection-{:05}", cell % CONNECTIONS),
        _ => format!("x = {cell}\ny = x + 1\n"),
    }
}

impl Notebook {
    fn open(moto: &Moto) -> Notebook {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glue-ls"));
        configured(&mut command, moto);
        let capabilities = json!({ "textDocument": { "diagnostic": {}, "completion": {} } });
        let options = json!({ "engine": "aws" });
        let mut server =
            Client::start(command, &json!({ "capabilities": capabilities, "initializationOptions": options }));
        let cells: Vec<Value> = (0..CELLS).map(|cell| json!({ "kind": 2, "document": uri(cell) })).collect();
        let texts: Vec<Value> = (0..CELLS)
            .map(|cell| json!({ "uri": uri(cell), "languageId": "python_glue_session", "version": 1, "text": text(cell) }))
            .collect();
        let metadata = json!({ "metadata": { "kernelspec": { "name": "glue_pyspark" } } });
        let document = json!({
            "uri": "file:///bench/etl.ipynb", "notebookType": "jupyter-notebook", "version": 0, "metadata": metadata,
            "cells": cells,
        });
        let params = json!({ "notebookDocument": document, "cellTextDocuments": texts });
        server.notify("notebookDocument/didOpen", &params);
        let mut notebook = Notebook { server, first: (0, Duration::ZERO), version: 1 };
        let start = Instant::now();
        let list = notebook.list(0, text(0).len());
        assert_eq!(list["isIncomplete"], true);
        notebook.first = (names(&list), start.elapsed());
        notebook
    }

    fn list(&mut self, cell: usize, character: usize) -> Value {
        let position = json!({ "line": 0, "character": character });
        let params = json!({ "textDocument": { "uri": uri(cell) }, "position": position });
        self.server.call("textDocument/completion", &params)
    }

    /// Waits until the last names are known.
    fn wait(&mut self) -> Duration {
        let start = Instant::now();
        for (cell, name) in [(0, format!("connection-{:05}", CONNECTIONS - 1)), (1, format!("role-{:05}", ROLES - 1))] {
            self.edit(cell, &format!("{}{name}", text(cell)));
            loop {
                let list = self.list(cell, text(cell).len() + name.len());
                if list["items"].as_array().unwrap().iter().any(|item| item["label"] == name.as_str()) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        // All cells are looked at once, as an editor shows them.
        for cell in 0..CELLS {
            self.problems(cell);
        }
        start.elapsed()
    }

    fn edit(&mut self, cell: usize, text: &str) {
        self.version += 1;
        let document = json!({ "uri": uri(cell), "version": self.version });
        let content = json!([{ "document": document, "changes": [{ "text": text }] }]);
        let change = json!({ "cells": { "textContent": content } });
        let notebook = json!({ "uri": "file:///bench/etl.ipynb", "version": self.version });
        self.server.notify("notebookDocument/didChange", &json!({ "notebookDocument": notebook, "change": change }));
    }

    fn problems(&mut self, cell: usize) -> Value {
        let params = json!({ "textDocument": { "uri": uri(cell) } });
        self.server.call("textDocument/diagnostic", &params)
    }

    /// Types one more letter of a name.
    fn complete(&mut self, cell: usize, round: usize) -> Duration {
        let name = if cell == 0 { "connection-01234" } else { "role-04321" };
        let typed = &name[..1 + round % name.len()];
        let text = format!("{}{typed}", text(cell));
        let start = Instant::now();
        self.edit(cell, &text);
        let list = self.list(cell, text.len());
        let time = start.elapsed();
        assert!(names(&list) > 0, "{typed}: {list}");
        time
    }

    /// Types in a line of code.
    fn key(&mut self, round: usize) -> Duration {
        let cell = CELLS / 2 + 1;
        let start = Instant::now();
        self.edit(cell, &format!("x = {cell}{}\ny = x + 1\n", " + 1".repeat(round % 10)));
        self.problems(cell);
        start.elapsed()
    }
}

/// How many names a list has.
fn names(list: &Value) -> usize {
    list["items"].as_array().unwrap().iter().filter(|item| item["kind"] == 20).count()
}

/// Fetches every list there is, as a server with all features in use would, and says what that takes.
fn store() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let source = Arc::new(AwsSource::new(Arc::new(Aws::new(AwsConfig::default()))));
        let options = Options { max_age: Duration::from_secs(600), folder: None };
        let store = Store::new(source, options, Arc::new(|_| {}));
        let identity = Identity::default();
        let here = std::process::id();
        println!("a store that knows nothing: {}", resident(here));
        let count = [
            whole(|| store.connections(&identity)).await,
            whole(|| store.roles(&identity)).await,
            whole(|| store.security_configurations(&identity)).await,
            whole(|| store.sessions(&identity)).await,
            whole(|| store.databases(&identity)).await,
        ];
        println!("connections, roles, security configurations, sessions, databases {count:?}: {}", resident(here));
        let tables = whole(|| store.tables(&identity, "big")).await;
        println!("and {tables} tables: {}", resident(here));
        store.refresh(None);
        let tables = whole(|| store.tables(&identity, "big")).await;
        let count = whole(|| store.roles(&identity)).await;
        println!("all fetched again ({tables} tables, {count} roles): {}", resident(here));
    });
}

/// Asks until a list is whole; returns how long it is.
async fn whole<T>(mut ask: impl FnMut() -> Known<T>) -> usize {
    loop {
        let known = ask();
        match &known.status {
            Status::Ready => return known.items.len(),
            Status::Failed(trouble) => panic!("{trouble:?}"),
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}
