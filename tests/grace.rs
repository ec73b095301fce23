//! What becomes of sessions when their window goes: the real program over stdio, the processes that it leaves, and a Glue
//! service on loopback.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::collections::BTreeSet;
use std::process::Command;

use glue_ls::platform::Life;
use glue_ls::run::record::{RecordState, SessionRecord};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::cli::run::program::{Home, glue, wait_until};
use crate::e2e::client::Client;
use crate::service::{FakeGlue, Fault, Faults};

mod awake;
mod back;
mod ends;
mod killed;
mod others;
mod races;

/// The script that windows open: cell 0 makes a setting, cell 1 a variable, cell 2 shows it, cell 3 another.
const SCRIPT: &str = "# %%\n# %number_of_workers 3\n# %%\nx = 41\n# %%\nx + 1\n# %%\ny = 2\n";

/// A home with the script.
pub(crate) fn home(glue: &FakeGlue) -> Home {
    Home::on(glue, &[("a.py", SCRIPT)])
}

/// A window of an editor.
pub(crate) struct Window {
    pub(crate) client: Client,
    pub(crate) uri: String,
}

/// What a run of a cell has shown.
pub(crate) struct Ran {
    pub(crate) state: String,
    pub(crate) message: String,
    pub(crate) text: String,
}

impl Window {
    /// Opens a window, with settings of the section `session`, in which nothing is open.
    pub(crate) fn empty(home: &Home, session: Value) -> Window {
        Window::of(home.command([]), home, session, Value::Null)
    }

    /// Opens a window with the script.
    pub(crate) fn open(home: &Home, session: Value) -> Window {
        let mut window = Window::empty(home, session);
        window.open_script(home);
        window
    }

    pub(crate) fn of(command: Command, home: &Home, session: Value, process: Value) -> Window {
        let mut client = Client::start(command);
        let told = ["textDocument/publishDiagnostics", "window/logMessage", "window/showMessage"];
        for method in told.iter().chain(&["glue-ls/cellState", "glue-ls/cellOutput", "glue-ls/sessionState"]) {
            client.ignore(method);
        }
        let process = if process == json!("its own") { json!(client.process()) } else { process };
        client.initialize(json!({
            "processId": process,
            "capabilities": { "experimental": { "glueLs": true } },
            "initializationOptions": { "engine": "aws", "trusted": true, "session": session },
        }));
        Window { client, uri: format!("file://{}", home.file("a.py").display()) }
    }

    pub(crate) fn open_script(&mut self, home: &Home) {
        let item = json!({ "uri": self.uri, "languageId": "python", "version": 1, "text": home.read("a.py") });
        self.client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    }

    /// Asks for cells to be run; returns the number of the run.
    #[track_caller]
    pub(crate) fn begin(&mut self, cells: &[usize]) -> Value {
        let answer = self.client.call_command("glue-ls.runCell", json!({ "uri": self.uri, "cells": cells }));
        assert!(answer["runId"].is_number(), "{answer}");
        answer["runId"].clone()
    }

    /// Runs cells, and returns what has become of the last.
    #[track_caller]
    pub(crate) fn run(&mut self, cells: &[usize]) -> Ran {
        let run = self.begin(cells);
        let last = json!(cells.last().unwrap());
        let is_last = |params: &Value| params["runId"] == run && params["cell"] == last;
        let end = self.client.look_for("the end of the run", |message| {
            let ended = ["ok", "error", "cancelled"].map(|state| json!(state)).contains(&message["params"]["state"]);
            is_last(&message["params"]) && ended
        });
        let mut text = String::new();
        for message in self.client.unread().filter(|message| is_last(&message["params"])) {
            text += &message["params"]["outputs"].to_string();
        }
        let string = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ran { state: string(&end["params"]["state"]), message: string(&end["params"]["message"]), text }
    }

    /// Runs cells, all of which have to go well; returns what the last has shown.
    #[track_caller]
    pub(crate) fn ok(&mut self, cells: &[usize]) -> String {
        let ran = self.run(cells);
        assert_eq!(ran.state, "ok", "{} {}\n{}", ran.message, ran.text, self.client.evidence());
        ran.text
    }

    /// Returns the state of the document's session.
    #[track_caller]
    pub(crate) fn status(&mut self) -> Value {
        self.client.call_command("glue-ls.sessionStatus", json!({ "uri": self.uri }))
    }

    /// Returns the ids of what is said to be left behind.
    #[track_caller]
    pub(crate) fn survivors(&mut self) -> BTreeSet<String> {
        let survivors = self.status()["survivors"].take();
        survivors.as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Closes the window as editors do.
    #[track_caller]
    pub(crate) fn close(mut self) {
        self.client.call("shutdown", Value::Null);
        self.client.notify("exit", Value::Null);
        self.client.close_input();
        assert_eq!(self.client.exit_code(), Some(0));
        self.client.rest();
    }

    /// Kills the server as nothing can be prepared for.
    pub(crate) fn kill(mut self) {
        self.client.output_may_be_torn();
        self.client.kill();
        self.client.rest();
    }
}

/// Returns the one record that there is.
#[track_caller]
pub(crate) fn only(home: &Home) -> SessionRecord {
    let [record] = &*home.records() else { panic!("{:?}", home.records()) };
    record.clone()
}

/// Closes a window whose session waits then; returns its record.
#[track_caller]
pub(crate) fn left(window: Window, home: &Home) -> SessionRecord {
    window.close();
    let record = only(home);
    assert_eq!((record.state, record.keep), (RecordState::Created, false));
    assert!(record.grace.is_some(), "{record:?}");
    record
}

pub(crate) fn process(record: &SessionRecord) -> Pid {
    Pid::from_raw(i32::try_from(record.owner.pid).unwrap()).unwrap()
}

/// Kills the process that looks after a session.
pub(crate) fn kill_owner(record: &SessionRecord) {
    kill_process(process(record), Signal::KILL).unwrap();
    gone(record);
}

/// Waits for the end of the process that looks after a session.
#[track_caller]
pub(crate) fn gone(record: &SessionRecord) {
    wait_until("the process ends", || record.owner.life() == Life::Gone);
}

/// Stops all that is alive.
pub(crate) fn clean_up(glue: &FakeGlue, home: &Home) {
    for id in glue.alive() {
        assert_eq!(home.run(&["sessions", "stop", &id]).code, Some(0));
    }
    assert!(glue.alive().is_empty());
}

/// Opens a window in which a cell runs that never ends.
#[track_caller]
pub(crate) fn at_work(home: &Home) -> Window {
    let began = home.file("began");
    let text = format!(
        "# %%\nimport time\nopen({:?}, 'w').close()\nwhile True:\n    time.sleep(0.01)\n",
        began.display().to_string()
    );
    std::fs::write(home.file("a.py"), text).unwrap();
    let mut window = Window::open(home, json!({}));
    window.begin(&[0]);
    wait_until("the cell runs", || began.exists());
    window
}
