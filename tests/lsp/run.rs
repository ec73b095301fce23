//! Running cells, as editors do it: over the real binary's stdio, on the Python of this machine.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::editor::{Editor, cell_uri, kernel, pulling, pushing};
use crate::e2e::client::{Client, PATIENCE};

pub(crate) mod story;

mod announced;
mod as_script;
mod attach;
mod blocked;
mod cancel;
mod commands;
mod ends;
mod errors;
mod lifetime;
mod live;
mod many;
mod names;
mod notebook;
mod observed;
mod plain;
mod policy;
mod restart;
mod runtime;
mod script;
mod session;
mod trust;
mod useful;

use story::Story;

/// The script that [`Lab::open_script`] opens.
const SCRIPT: &str = "file:///ws/etl.py";

/// The interpreter that cells run in: `python3`, or the one that `GLUE_LS_TEST_PYTHON` names.
fn python() -> String {
    let python = std::env::var("GLUE_LS_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let version = Command::new(&python).arg("--version").output();
    assert!(version.is_ok_and(|version| version.status.success()), "these tests need `{python}` on this machine");
    python
}

/// An editor that runs cells, with a home of its own.
struct Lab {
    editor: Editor,
    home: TempDir,
}

/// How an editor is started.
struct Setup {
    capabilities: Value,
    options: Value,
    root: Option<PathBuf>,
    home: TempDir,
    env: Vec<(&'static str, String)>,
}

impl Setup {
    /// A client that shows runs itself and pulls diagnostics, in a workspace that is trusted.
    fn new() -> Setup {
        let mut capabilities = pulling();
        capabilities["experimental"] = json!({ "glueLs": true });
        let options = json!({ "engine": "local", "trusted": true, "local": { "python": python() } });
        Setup { capabilities, options, root: None, home: tempfile::tempdir().unwrap(), env: Vec::new() }
    }

    /// A client that announces nothing of ours.
    fn plain() -> Setup {
        let mut setup = Setup::new();
        setup.capabilities.as_object_mut().unwrap().remove("experimental");
        setup
    }

    /// A client that shows runs itself and waits for diagnostics.
    fn pushing() -> Setup {
        let mut setup = Setup::new();
        let experimental = setup.capabilities["experimental"].take();
        setup.capabilities = pushing();
        setup.capabilities["experimental"] = experimental;
        setup
    }

    /// Takes one setting out, or puts it in.
    fn option(mut self, name: &str, value: Value) -> Setup {
        self.options[name] = value;
        self
    }

    /// Sessions are at a service, with any keys.
    fn on(mut self, url: &str) -> Setup {
        self.env = [
            ("AWS_ENDPOINT_URL", url),
            ("AWS_ACCESS_KEY_ID", "AKIAOWNKEYID"),
            ("AWS_SECRET_ACCESS_KEY", "own-secret"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into();
        // It knows sessions, and nothing else of an account.
        self.option("engine", json!("aws")).option("account", json!({ "enabled": false }))
    }

    fn root(mut self, root: &Path) -> Setup {
        self.root = Some(root.to_owned());
        self
    }

    fn start(self) -> Lab {
        let mut lab = self.start_hearing();
        lab.editor.client.ignore("glue-ls/sessionState");
        lab
    }

    /// The same for who looks at what is told of sessions.
    fn start_hearing(self) -> Lab {
        let Setup { capabilities, options, root, home, env } = self;
        let mut command = Command::new(env!("CARGO_BIN_EXE_glue-ls"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command
            .env("HOME", home.path())
            .env("XDG_STATE_HOME", home.path().join("state"))
            .env("XDG_CACHE_HOME", home.path().join("cache"))
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .envs(env)
            .current_dir(home.path());
        let root = root.map(|root| file_uri(&root));
        let params = json!({ "capabilities": capabilities, "initializationOptions": options, "rootUri": root });
        let mut editor = Editor::with_client(Client::start(command), params);
        editor.client.ignore("workspace/diagnostic/refresh");
        Lab { editor, home }
    }
}

impl Lab {
    /// An editor as [`Setup::new`] makes it, with a notebook of Glue's open.
    fn notebook(cells: &[(&str, &str)]) -> Lab {
        let mut lab = Setup::new().start();
        lab.open_notebook(cells);
        lab
    }

    /// An editor as [`Setup::new`] makes it, with a percent script open.
    fn script(text: &str) -> Lab {
        let mut lab = Setup::new().start();
        lab.open_script(text);
        lab
    }

    fn open_notebook(&mut self, cells: &[(&str, &str)]) {
        self.editor.open_notebook(kernel("glue_pyspark"), cells);
    }

    fn open_script(&mut self, text: &str) {
        self.editor.open(SCRIPT, "python", text);
    }

    /// Does a command, and returns its answer.
    #[track_caller]
    fn command(&mut self, name: &str, argument: Value) -> Value {
        self.editor.client.call_command(&format!("glue-ls.{name}"), argument)
    }

    /// Does a command that is refused, and returns what the user is told.
    #[track_caller]
    fn refused(&mut self, name: &str, argument: Value) -> String {
        let id = self.editor.client.command(&format!("glue-ls.{name}"), argument);
        let response = self.editor.client.response(id);
        match response["error"]["message"].as_str() {
            Some(message) => message.to_owned(),
            None => panic!("expected an error: {response}"),
        }
    }

    /// Asks for a run that begins; returns its number.
    #[track_caller]
    fn ask(&mut self, name: &str, argument: Value) -> u64 {
        let answer = self.command(name, argument);
        answer["runId"].as_u64().unwrap_or_else(|| panic!("the run does not begin: {answer}"))
    }

    /// Asks for a run that does not begin; returns the answer.
    #[track_caller]
    fn blocked(&mut self, name: &str, argument: Value) -> Value {
        let answer = self.command(name, argument);
        assert_eq!(answer["state"], "blocked", "{answer}");
        assert!(answer.get("runId").is_none() && !answer["message"].as_str().unwrap().is_empty(), "{answer}");
        answer
    }

    /// Does what an action of a blocked run says, to the letter; returns the answer.
    #[track_caller]
    fn act(&mut self, action: &Value) -> Value {
        let params = json!({ "command": action["command"], "arguments": action["arguments"] });
        self.editor.client.call("workspace/executeCommand", params)
    }

    /// Collects what is told of a run until so many cells of it are done.
    #[track_caller]
    fn story(&mut self, run: u64, cells: usize) -> Story {
        Story::collect(&mut self.editor.client, run, cells)
    }

    /// Runs a cell of the notebook to its end.
    #[track_caller]
    fn run_cell(&mut self, name: &str) -> Story {
        let run = self.ask("runCell", json!({ "cell": cell_uri(name) }));
        self.story(run, 1)
    }

    /// Runs a cell of the script to its end.
    #[track_caller]
    fn run_ordinal(&mut self, cell: usize) -> Story {
        let run = self.ask("runCell", json!({ "uri": SCRIPT, "cell": cell }));
        self.story(run, 1)
    }
}

/// Returns the `file:` URI of a path that needs no escapes.
fn file_uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A place where cells report that they run, and wait until the test lets them go on.
struct Gate {
    listener: TcpListener,
}

/// A cell that has come to a [`Gate`].
struct Guest {
    stream: TcpStream,
    /// The process that it runs in.
    pid: u32,
}

impl Gate {
    fn new() -> Gate {
        Gate { listener: TcpListener::bind(("127.0.0.1", 0)).unwrap() }
    }

    /// Python that comes to the gate and goes on at once; the connection is open for as long as its process lives.
    fn ring(&self) -> String {
        let port = self.listener.local_addr().unwrap().port();
        format!(
            "import os, socket\ngate = socket.create_connection(('127.0.0.1', {port}))\n\
             gate.sendall(b'%10d' % os.getpid())\n"
        )
    }

    /// Python that comes to the gate and waits there.
    fn wait(&self) -> String {
        format!("{}gate.recv(1)\n", self.ring())
    }

    /// Python that comes to the gate and then runs for ever.
    fn endless(&self) -> String {
        format!("{}while True: pass\n", self.ring())
    }

    /// Waits for a cell.
    #[track_caller]
    fn guest(&self) -> Guest {
        let listener = self.listener.try_clone().unwrap();
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut pid = [0; 10];
            stream.read_exact(&mut pid).unwrap();
            let pid = String::from_utf8_lossy(&pid).trim().parse().unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            sender.send(Guest { stream, pid }).ok();
        });
        receiver.recv_timeout(PATIENCE).expect("a cell comes to the gate")
    }
}

impl Guest {
    /// Lets the cell go on.
    fn open(mut self) {
        self.stream.write_all(b"x").unwrap();
    }

    /// Waits until the cell's process is gone.
    #[track_caller]
    fn gone(mut self) {
        let mut rest = Vec::new();
        // A connection that is reset ends as well as one that is closed.
        if let Err(error) = self.stream.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "the process {} lives on", self.pid);
        }
    }
}
