//! The program in a home of its own: what it is given, what it leaves, and a hand on it while it runs.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use glue_ls::local::service::LocalConfig;
use glue_ls::run::record::{Records, SessionRecord};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::service::{FakeGlue, Faults};

/// How long anything may take before a test fails. A guard against hanging, not a measure of speed.
const PATIENCE: Duration = Duration::from_secs(100);

/// The key of [`Home::on`]. Neither its secret nor its token may ever be seen.
pub(crate) const KEY: &str = "AKIAOWNKEYID";
pub(crate) const SECRET: &str = "own-s3cret-access-key";
pub(crate) const TOKEN: &str = "own-s3ssion-t0ken";

/// Returns the interpreter itself: what a name leads to may be a script that takes its time.
pub(crate) fn python() -> &'static str {
    static PYTHON: OnceLock<String> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let name = std::env::var("GLUE_LS_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let asked = Command::new(name).args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
        String::from_utf8(asked.stdout).unwrap().trim().to_owned()
    })
}

/// Starts a Glue service.
pub(crate) fn glue(faults: Faults) -> FakeGlue {
    FakeGlue::with(faults, LocalConfig::new(python(), std::env::temp_dir()))
}

/// A folder of documents which is the user's home as well, and the environment. Nothing of the machine's is in it but
/// the search path.
pub(crate) struct Home {
    folder: TempDir,
    env: BTreeMap<String, String>,
}

impl Home {
    /// With these files and without an account.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = crate::cli::folder(files);
        let home = folder.path().display().to_string();
        let env = [("HOME", home.as_str()), ("PATH", &std::env::var("PATH").unwrap())];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { folder, env: env.into() }.with("XDG_STATE_HOME", &format!("{home}/state"))
    }

    /// With these files and an account at a service.
    pub(crate) fn on(glue: &FakeGlue, files: &[(&str, &str)]) -> Self {
        Self::new(files)
            .with("AWS_ENDPOINT_URL", &glue.url)
            .with("AWS_ACCESS_KEY_ID", KEY)
            .with("AWS_SECRET_ACCESS_KEY", SECRET)
            .with("AWS_SESSION_TOKEN", TOKEN)
            .with("AWS_REGION", "eu-west-1")
            .with("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// With one more variable, or another value of one.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    /// Returns a notebook that was written.
    pub(crate) fn notebook(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// Returns the records of sessions.
    pub(crate) fn records(&self) -> Vec<SessionRecord> {
        let (records, unreadable) = Records::at(self.file("state/glue-ls/sessions")).all();
        assert_eq!(unreadable, []);
        records
    }

    pub(crate) fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glue-ls"));
        command.args(arguments).current_dir(self.path()).env_clear().envs(&self.env);
        command
    }

    /// Starts the program.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::of(self.command(arguments.iter().copied()))
    }

    /// Runs the program to its end.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.start(arguments).end()
    }

    /// Runs `glue-ls run --local` to its end.
    #[track_caller]
    pub(crate) fn local(&self, arguments: &[&str]) -> Ran {
        self.run(&[&["run", "--local", "--python", python()], arguments].concat())
    }

    /// Returns the list of its own sessions that `glue-ls sessions list` writes.
    #[track_caller]
    pub(crate) fn sessions(&self) -> Vec<Value> {
        let ran = self.run(&["sessions", "list", "--mine", "--format", "json"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        serde_json::from_str(&ran.stdout).unwrap()
    }
}

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What comes from the program while it runs.
#[derive(Default)]
struct Said {
    text: Mutex<(Vec<u8>, bool)>,
    more: Condvar,
}

impl Said {
    fn listen(mut from: impl Read + Send + 'static) -> (Arc<Self>, JoinHandle<()>) {
        let said = Arc::new(Self::default());
        let heard = Arc::clone(&said);
        let thread = thread::spawn(move || {
            let mut chunk = [0; 1 << 16];
            while let Ok(read @ 1..) = from.read(&mut chunk) {
                heard.text.lock().unwrap().0.extend_from_slice(&chunk[..read]);
                heard.more.notify_all();
            }
            heard.text.lock().unwrap().1 = true;
            heard.more.notify_all();
        });
        (said, thread)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap().0).into_owned()
    }

    /// Waits until a text has come; returns whether it has.
    fn wait(&self, wanted: &str) -> bool {
        let said = self.text.lock().unwrap();
        let lacks = |said: &mut (Vec<u8>, bool)| !said.1 && !String::from_utf8_lossy(&said.0).contains(wanted);
        let (said, _) = self.more.wait_timeout_while(said, PATIENCE, lacks).unwrap();
        String::from_utf8_lossy(&said.0).contains(wanted)
    }
}

/// The program while it runs. It is killed when it is dropped before its end.
pub(crate) struct Running {
    child: Child,
    stdout: Option<(Arc<Said>, JoinHandle<()>)>,
    stderr: Option<(Arc<Said>, JoinHandle<()>)>,
}

impl Running {
    /// Starts a command and reads what it says.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut running = Self::deaf(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()));
        running.stdout = running.child.stdout.take().map(Said::listen);
        running.stderr = running.child.stderr.take().map(Said::listen);
        running
    }

    /// Starts a command whose output is somebody else's.
    pub(crate) fn deaf(command: &mut Command) -> Self {
        Self { child: command.spawn().unwrap(), stdout: None, stderr: None }
    }

    /// Waits until the program has said something on stderr.
    #[track_caller]
    pub(crate) fn hear_stderr(&self, wanted: &str) {
        let heard = self.stderr.as_ref().unwrap().0.wait(wanted);
        assert!(heard, "waited for {wanted:?} on stderr: {}", self.evidence());
    }

    /// Waits until the program has written something to stdout; returns all that it has written there.
    #[track_caller]
    pub(crate) fn hear_stdout(&self, wanted: &str) -> String {
        let said = &self.stdout.as_ref().unwrap().0;
        assert!(said.wait(wanted), "waited for {wanted:?} on stdout: {}", self.evidence());
        said.text()
    }

    /// Returns what the program has written to stdout so far.
    pub(crate) fn stdout(&self) -> String {
        self.stdout.as_ref().unwrap().0.text()
    }

    fn evidence(&self) -> String {
        let text = |said: &Option<(Arc<Said>, JoinHandle<()>)>| said.as_ref().map(|said| said.0.text());
        format!("{:#?}", (text(&self.stdout), text(&self.stderr)))
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Kills the program as nothing can be prepared for.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the program's end.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ran {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end: {}", self.evidence());
            thread::sleep(Duration::from_millis(2));
        };
        let text = |said: Option<(Arc<Said>, JoinHandle<()>)>| {
            said.map_or_else(String::new, |(said, thread)| {
                thread.join().unwrap();
                said.text()
            })
        };
        let (stdout, stderr) = (text(self.stdout.take()), text(self.stderr.take()));
        assert!(!stderr.contains("panicked"), "{stderr}");
        Ran { code: status.code(), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so that can only be looked at.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited for: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A notebook of the Glue kernel with these cells of code, each with an output of an earlier run.
pub(crate) fn old_notebook(cells: &[&str]) -> String {
    let old = json!([{ "output_type": "stream", "name": "stdout", "text": ["of an earlier run\n"] }]);
    let cells: Vec<Value> = cells
        .iter()
        .map(|source| json!({ "cell_type": "code", "execution_count": 7, "metadata": {}, "outputs": old, "source": source }))
        .collect();
    let metadata = json!({ "kernelspec": { "name": "glue_pyspark", "display_name": "Glue PySpark" } });
    let notebook = json!({ "cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5 });
    serde_json::to_string_pretty(&notebook).unwrap() + "\n"
}
