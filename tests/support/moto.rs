//! An AWS that nobody here wrote: moto, a Python program on loopback, with accounts of each test's own.
//!
//! `GLUE_LS_MOTO_URL` names one that serves all tests; otherwise the first test of a process starts one with the Python of
//! `GLUE_LS_MOTO_PYTHON`, and it ends with the process. Each request is held against AWS's own description of its
//! services: a test whose requests AWS would not have understood fails at its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::contents::Contents;

/// How long moto may take before a test fails. A guard against hanging, not a measure of speed.
const PATIENCE: Duration = Duration::from_secs(100);

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/moto/server.py");

/// An account of a test, and a user of it with a key.
#[derive(Debug, Clone, serde::Deserialize)]
pub(crate) struct Account {
    /// The account's number.
    pub(crate) id: String,
    /// The user's ARN.
    pub(crate) arn: String,
    /// The id of the user's key.
    pub(crate) key: String,
    /// Its secret, which must never be seen.
    pub(crate) secret: String,
}

/// Accounts at moto. Dropping them looks whether all requests were in order.
pub(crate) struct Moto {
    /// Where it is: `http://127.0.0.1:<port>`.
    pub(crate) url: String,
    /// The accounts, in the order of what they were filled with.
    pub(crate) accounts: Vec<Account>,
}

impl Moto {
    /// Makes one account for each of `contents`. Returns nothing, and says so loudly, if there is no moto; with `CI=true`
    /// there has to be one.
    pub(crate) fn with<const N: usize>(contents: [Contents; N]) -> Option<Self> {
        let url = match std::env::var("GLUE_LS_MOTO_URL") {
            Ok(url) => url,
            Err(_) => own()?.to_owned(),
        };
        let contents = Value::from_iter(contents.map(Contents::into_json));
        let (status, made) = ask(&url, "POST", "/-/accounts", &[], &contents.to_string());
        assert_eq!(status, 200, "{made}");
        Some(Self { accounts: serde_json::from_str(&made).unwrap(), url })
    }

    /// Returns what was wrong with requests so far, and forgets nothing.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let of = |account: &Account| {
            let (status, wrong) = ask(&self.url, "GET", &format!("/-/wrong/{}", account.id), &[], "");
            assert_eq!(status, 200, "{wrong}");
            serde_json::from_str::<Vec<String>>(&wrong).unwrap()
        };
        self.accounts.iter().flat_map(of).collect()
    }

    /// As dropping it, where some requests are known to be beyond moto: takes what was wrong.
    pub(crate) fn end_with_wrong(mut self) -> Vec<String> {
        let wrong = self.wrong();
        self.accounts.clear();
        wrong
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        if !thread::panicking() {
            assert_eq!(self.wrong(), [""; 0], "requests that AWS would not have understood");
        }
    }
}

/// Sends a request and returns status and text of the answer.
pub(crate) fn ask(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap_or_else(|error| panic!("{url}: {error}"));
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer but {answer:?}"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Returns where the moto of this process is, if one can be had.
fn own() -> Option<&'static str> {
    static OWN: OnceLock<Option<(String, Child)>> = OnceLock::new();
    OWN.get_or_init(start).as_ref().map(|(url, _)| url.as_str())
}

/// Returns the Python that has moto. Without it, returns nothing and says so loudly; with `CI=true` it has to be there.
pub(crate) fn python() -> Option<String> {
    let python = std::env::var("GLUE_LS_MOTO_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let version = include_str!("../run").split("\nMOTO = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let asked = format!("import moto, flask, flask_cors; assert moto.__version__ == '{version}'");
    let asked = Command::new(&python).args(["-c", &asked]).output();
    if !asked.is_ok_and(|output| output.status.success()) {
        let ci = std::env::var("CI").is_ok_and(|value| !matches!(value.to_lowercase().as_str(), "" | "0" | "false"));
        assert!(!ci, "{python} has no moto {version} to ask");
        eprintln!(
            "SKIPPED: {python} has no moto {version}; `tests/run tests` installs it, GLUE_LS_MOTO_PYTHON names its Python"
        );
        return None;
    }
    Some(python)
}

fn start() -> Option<(String, Child)> {
    let mut command = Command::new(python()?);
    // Its standard input is a pipe that closes with this process, which ends it.
    command.args(["-B", SCRIPT, "1800"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (sender, line) = mpsc::channel();
    let stdout = child.stdout.take().unwrap();
    thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(stdout).read_line(&mut line);
        let _ = sender.send(line);
    });
    let line = line.recv_timeout(PATIENCE).unwrap_or_default();
    let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("moto does not start: {line:?}"));
    Some((said["url"].as_str().unwrap().to_owned(), child))
}
