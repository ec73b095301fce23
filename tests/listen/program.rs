//! `glue-ls local`, as a program.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use glue_ls::local::listen::Key;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::server::{Connection, PATIENCE, Wanted};
use crate::cli::run::program::{Home, Running, python};

/// The program while it serves, and what it has printed.
pub(super) struct Program {
    pub(super) running: Running,
    pub(super) printed: String,
    pub(super) environment: BTreeMap<String, String>,
}

impl Program {
    /// Starts it with a Python that has no Spark.
    pub(super) fn start(home: &Home, more: &[&str]) -> Self {
        Self::of(home, &[&["--python", python()], more].concat())
    }

    pub(super) fn of(home: &Home, arguments: &[&str]) -> Self {
        let running = home.start(&[&["local"], arguments].concat());
        running.hear_stderr("serving the local Glue at http://127.0.0.1:");
        let printed = running.hear_stdout("\nAWS_REGION=us-east-1\n");
        let pairs = printed.lines().map(|line| line.split_once('=').unwrap());
        let environment = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { running, printed, environment }
    }

    fn port(&self) -> u16 {
        self.environment["AWS_ENDPOINT_URL"].rsplit_once(':').unwrap().1.parse().unwrap()
    }

    /// Calls an operation of Glue, which must be carried out.
    pub(super) async fn call(&self, operation: &str, members: Value) -> Value {
        let key = Key {
            id: self.environment["AWS_ACCESS_KEY_ID"].clone(),
            secret: self.environment["AWS_SECRET_ACCESS_KEY"].clone(),
            token: None,
            expires: None,
        };
        let mut wanted = Wanted::new(self.port(), &key).with("x-amz-target", &format!("AWSGlue.{operation}"));
        wanted.body = members.to_string().into_bytes();
        let mut connection = Connection { stream: TcpStream::connect(("127.0.0.1", self.port())).await.unwrap() };
        connection.send(&wanted.bytes()).await;
        let answer = connection.answer().await.unwrap();
        assert_eq!(answer.status, 200, "{operation}: {answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Calls one until its answer is as wanted.
    async fn until(&self, operation: &str, members: Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.call(operation, members.clone()).await;
            if wanted(&answer) {
                return answer;
            }
            assert!(Instant::now() < deadline, "{operation}: {answer}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Starts a session; returns the id of its process and the folder that it is in.
    async fn session(&self, id: &str) -> (i32, String) {
        let shown = self.shows(id, "import os; print(os.getpid(), os.getcwd())").await;
        let (process, folder) = shown.split_once(' ').unwrap();
        (process.parse().unwrap(), folder.to_owned())
    }

    /// Starts a session and returns what its first statement shows.
    pub(super) async fn shows(&self, id: &str, code: &str) -> String {
        let role = "arn:aws:iam::000000000000:role/GlueLocal";
        self.call("CreateSession", json!({"Id": id, "Role": role, "Command": {"Name": "glueetl"}})).await;
        self.until("GetSession", json!({"Id": id}), |answer| answer["Session"]["Status"] == "READY").await;
        self.call("RunStatement", json!({"SessionId": id, "Code": code})).await;
        let over = |answer: &Value| answer["Statement"]["State"] == "AVAILABLE";
        let answer = self.until("GetStatement", json!({"SessionId": id, "Id": 0}), over).await;
        let output = &answer["Statement"]["Output"];
        assert_eq!(output["Status"], "ok", "{output:#}");
        output["Data"]["TextPlain"].as_str().unwrap().trim().to_owned()
    }
}

/// Whether a process is there.
fn lives(process: i32) -> bool {
    rustix::process::test_kill_process(rustix::process::Pid::from_raw(process).unwrap()).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_prints_what_programs_need_and_serves_until_it_is_told_to_end() {
    for signal in [Signal::INT, Signal::TERM] {
        let home = Home::new(&[]);
        let program = Program::start(&home, &[]);
        let names: Vec<&str> = program.printed.lines().map(|line| line.split_once('=').unwrap().0).collect();
        let wanted =
            ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"];
        assert_eq!(names, wanted);
        let (first, folder) = program.session("one").await;
        let (second, _) = program.session("two").await;
        assert_eq!(folder, home.path().canonicalize().unwrap().display().to_string());
        // One of them is busy.
        program.call("RunStatement", json!({"SessionId": "two", "Code": "while True: pass"})).await;
        assert!(lives(first) && lives(second));
        program.running.signal(signal);
        let ran = program.running.end();
        assert_eq!((ran.code, &ran.stdout), (Some(0), &program.printed), "{ran:?}");
        assert!(ran.stderr.contains("stopping all sessions"), "{ran:?}");
        assert!(!ran.stderr.contains(&program.environment["AWS_SECRET_ACCESS_KEY"]), "{ran:?}");
        // They have ended, and are gone as soon as the system has taken note of it.
        crate::cli::run::program::wait_until("the sessions are gone", || !lives(first) && !lives(second));
        let left = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), [".cache"], "nothing is left behind but what the next start has too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_it_leaves_nothing_behind() {
    let home = Home::new(&[]);
    let program = Program::start(&home, &[]);
    let (process, _) = program.session("one").await;
    program.running.kill();
    crate::cli::run::program::wait_until("the session is gone", || !lives(process));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_start_has_a_key_of_its_own() {
    let home = Home::new(&[("glue-ls.toml", ""), ("work/a.csv", "a")]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let one = Program::start(&home, &["--port", &free, "--folder", "work"]);
    let two = Program::start(&home, &[]);
    assert_eq!(one.environment["AWS_ENDPOINT_URL"], format!("http://127.0.0.1:{free}"));
    for name in ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        assert_ne!(one.environment[name], two.environment[name], "{name}");
    }
    let (_, folder) = one.session("one").await;
    assert_eq!(folder, home.path().join("work").canonicalize().unwrap().display().to_string());
    let listed = two.call("ListSessions", json!({})).await;
    assert_eq!(listed, json!({"Ids": [], "Sessions": []}), "each has sessions of its own");
    let third = home.run(&["local", "--port", &free]);
    assert_eq!((third.code, third.stdout.as_str()), (Some(2), ""), "{third:?}");
    assert!(third.stderr.contains(&format!("another program has the port {free}; leave `--port` out")), "{third:?}");
    for program in [one, two] {
        program.running.signal(Signal::TERM);
        assert_eq!(program.running.end().code, Some(0));
    }
}

#[test]
fn what_cannot_be_is_said() {
    let home = Home::new(&[("file", "")]);
    for (arguments, said) in [
        (&["--folder", "missing"][..], "missing, which `--folder` names, cannot be used"),
        (&["--folder", "file"], "file, which `--folder` names, is no folder"),
        (&["--port", "0"], "0 is not in 1..=65535"),
        (&["--port", "70000"], "70000 is not in 1..=65535"),
    ] {
        let ran = home.run(&[&["local"], arguments].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
    }
    let help = home.run(&["local", "--help"]);
    assert!(help.code == Some(0) && help.stdout.contains("export $(cat glue.env)"), "{help:?}");
}

/// The way that the help and the page tell.
#[test]
fn a_shell_takes_the_lines_as_its_environment() {
    let home = Home::new(&[]);
    let script = "(umask 077; exec \"$PROGRAM\" local --no-setup > glue.env) & until [ -s glue.env ]; do sleep 0.05; done; export $(cat glue.env)
                  echo \"$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_DEFAULT_REGION\"; kill $!; wait $!";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script]).current_dir(home.path()).env("PROGRAM", env!("CARGO_BIN_EXE_glue-ls"));
    let ran = Running::of(command).end();
    let said: Vec<&str> = ran.stdout.split_whitespace().collect();
    assert!(ran.code == Some(0) && said.len() == 4 && said[0].starts_with("http://127.0.0.1:"), "{ran:?}");
    assert!(said[1].starts_with("AKIA") && said[3] == "us-east-1", "{ran:?}");
    let mode = std::fs::metadata(home.file("glue.env")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else may read the key");
}
