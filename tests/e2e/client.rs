//! A language client that is all bytes: it starts a server, writes frames to its stdin and cuts frames from its stdout.
//!
//! It is strict where an editor is lenient. Every message from the server must be read by the test, or be declared
//! as one it may leave unread; whatever remains when the client is dropped fails the test. Nothing here waits for ever:
//! after [`PATIENCE`] a test fails and shows what the server wrote to stderr.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) use self::wire::frame;
use self::wire::{End, Inbox};

mod wire;

/// How long a test waits for anything before it fails. A guard against hanging, not a measure of speed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A running server and the connection to it.
pub(crate) struct Client {
    child: Child,
    /// To the thread that writes to the server's stdin; none once that is closed.
    input: Option<Sender<Vec<u8>>>,
    inbox: Arc<Inbox>,
    /// What the server wrote to stderr so far.
    log: Arc<Mutex<String>>,
    /// Ends when the server's stderr has.
    listener: Option<thread::JoinHandle<()>>,
    /// All messages so far, one on a line, where the test wants them.
    heard: Option<String>,
    /// Messages that were received while the test waited for another one, in order of arrival.
    unread: VecDeque<Value>,
    ignorable: Vec<String>,
    /// Whether requests of the server's are answered with an error as they come.
    refuses: bool,
    /// Whether the output may end anywhere.
    may_be_torn: bool,
    next_id: i64,
    exit_code: Option<Option<i32>>,
}

impl Client {
    /// Starts `glue-ls` with these arguments; nothing is sent yet.
    pub(crate) fn glue_ls<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glue-ls"));
        command.args(arguments).env("XDG_STATE_HOME", std::env::temp_dir().join("glue-ls-tests-without-state"));
        Self::start(command)
    }

    /// Starts the probe server; nothing is sent yet.
    pub(crate) fn probe() -> Self {
        Self::probe_with([""; 0])
    }

    /// Starts the probe server with these arguments; nothing is sent yet.
    pub(crate) fn probe_with<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new(probe_path());
        command.args(arguments);
        Self::start(command)
    }

    /// Starts the probe server and shakes hands.
    pub(crate) fn ready_probe() -> Self {
        let mut client = Self::probe();
        client.initialize(json!({ "capabilities": {} }));
        client
    }

    /// Starts a server; nothing is sent yet.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let (mut stdin, stdout, mut stderr) =
            (child.stdin.take().unwrap(), child.stdout.take().unwrap(), child.stderr.take().unwrap());

        // Writing has a thread of its own: a server that stops reading must not block the test.
        let (input, chunks) = channel::<Vec<u8>>();
        thread::spawn(move || {
            for chunk in chunks {
                // A server that is gone shows itself at the other end.
                if stdin.write_all(&chunk).is_err() {
                    return;
                }
            }
        });

        let inbox = Arc::new(Inbox::default());
        let filled = Arc::clone(&inbox);
        thread::spawn(move || filled.fill(BufReader::with_capacity(1 << 16, stdout)));

        let log = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&log);
        let listener = thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = stderr.read(&mut chunk) {
                written.lock().unwrap().push_str(&String::from_utf8_lossy(&chunk[..read]));
            }
        });

        Self {
            child,
            input: Some(input),
            inbox,
            log,
            listener: Some(listener),
            heard: None,
            unread: VecDeque::new(),
            ignorable: Vec::new(),
            refuses: false,
            may_be_torn: false,
            next_id: 0,
            exit_code: None,
        }
    }

    /// Shakes hands; returns the result of `initialize`.
    pub(crate) fn initialize(&mut self, params: Value) -> Value {
        let result = self.call("initialize", params);
        self.notify("initialized", json!({}));
        result
    }

    /// Declares that the server's output may end within a frame, because the test makes it end while it writes.
    pub(crate) fn output_may_be_torn(&mut self) {
        self.may_be_torn = true;
    }

    /// Keeps all messages from now on, for [`Client::end`].
    pub(crate) fn keep_all(&mut self) {
        self.heard = Some(String::new());
    }

    /// Ends the server as an editor does; returns all messages that were kept, and what it wrote to stderr.
    #[track_caller]
    pub(crate) fn end(mut self) -> (String, String) {
        self.finish();
        let deadline = Instant::now() + PATIENCE;
        let listener = self.listener.take().unwrap();
        while !listener.is_finished() {
            assert!(Instant::now() < deadline, "the server's stderr does not end\n{}", self.evidence());
            thread::sleep(Duration::from_millis(2));
        }
        (self.heard.take().unwrap_or_default(), self.log.lock().unwrap().clone())
    }

    /// Declares that messages of this method may stay unread.
    pub(crate) fn ignore(&mut self, method: &str) {
        self.ignorable.push(method.to_owned());
    }

    /// Has every request of the server's answered with an error from now on, as soon as it is read.
    pub(crate) fn refuse_requests(&mut self) {
        self.refuses = true;
    }

    /// Sends a request; returns its id.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        let mut message = json!({ "jsonrpc": "2.0", "id": self.next_id, "method": method });
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        self.next_id
    }

    /// Sends a `workspace/executeCommand`; returns its id.
    pub(crate) fn command(&mut self, name: &str, argument: Value) -> i64 {
        self.request("workspace/executeCommand", json!({ "command": name, "arguments": [argument] }))
    }

    /// Sends a notification.
    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        let mut message = json!({ "jsonrpc": "2.0", "method": method });
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
    }

    /// Answers a request of the server's.
    pub(crate) fn respond(&mut self, id: &Value, result: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
    }

    /// Sends `$/cancelRequest`.
    pub(crate) fn cancel(&mut self, id: i64) {
        self.notify("$/cancelRequest", json!({ "id": id }));
    }

    /// Frames and sends one message.
    pub(crate) fn send(&mut self, message: &Value) {
        self.send_raw(frame(message.to_string()));
    }

    /// Sends bytes as they are.
    pub(crate) fn send_raw(&mut self, bytes: impl Into<Vec<u8>>) {
        let input = self.input.as_ref().unwrap_or_else(|| panic!("the server's input is closed"));
        // The writing thread ends when the server is gone, which the next wait reports.
        let _ = input.send(bytes.into());
    }

    /// Waits for the response to a request and returns it whole.
    #[track_caller]
    pub(crate) fn response(&mut self, id: impl Into<Value>) -> Value {
        let id = id.into();
        self.take(&format!("the response to request {id}"), |message| {
            message.get("method").is_none() && message["id"] == id
        })
    }

    /// Waits for the response to a request and returns its result.
    #[track_caller]
    pub(crate) fn result(&mut self, id: impl Into<Value>) -> Value {
        let response = self.response(id);
        match response.get("result") {
            Some(result) => result.clone(),
            None => panic!("expected a result: {response}\n{}", self.evidence()),
        }
    }

    /// Waits for the error that answers a request; returns its code.
    #[track_caller]
    pub(crate) fn error_code(&mut self, id: impl Into<Value>) -> i64 {
        let response = self.response(id);
        match response["error"]["code"].as_i64() {
            Some(code) => code,
            None => panic!("expected an error: {response}\n{}", self.evidence()),
        }
    }

    /// Sends a request and waits for its result.
    #[track_caller]
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.result(id)
    }

    /// Sends a command and waits for its result.
    #[track_caller]
    pub(crate) fn call_command(&mut self, name: &str, argument: Value) -> Value {
        let id = self.command(name, argument);
        self.result(id)
    }

    /// Waits for a notification; returns its parameters.
    #[track_caller]
    pub(crate) fn notification(&mut self, method: &str) -> Value {
        let mut message = self.take(&format!("the notification {method}"), |message| {
            message["method"] == method && message.get("id").is_none()
        });
        message["params"].take()
    }

    /// Waits for a request of the server's; returns its id and its parameters.
    #[track_caller]
    pub(crate) fn server_request(&mut self, method: &str) -> (Value, Value) {
        let mut message = self.take(&format!("the request {method}"), |message| {
            message["method"] == method && message.get("id").is_some()
        });
        (message["id"].take(), message["params"].take())
    }

    /// Waits for the first message, unread ones included, that `wanted` accepts. Others stay unread.
    #[track_caller]
    pub(crate) fn take(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(found) = self.unread.iter().position(&wanted) {
            return self.unread.remove(found).unwrap();
        }
        loop {
            let message = self.next(what);
            if wanted(&message) {
                return message;
            }
            self.unread.push_back(message);
        }
    }

    /// Waits for the first message, unread ones included, that `wanted` accepts. It stays unread, as others do.
    #[track_caller]
    pub(crate) fn look_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(found) = self.unread.iter().find(|message| wanted(message)) {
            return found.clone();
        }
        loop {
            let message = self.next(what);
            self.unread.push_back(message.clone());
            if wanted(&message) {
                return message;
            }
        }
    }

    /// Returns the messages that have been received and not been taken, in order of arrival.
    pub(crate) fn unread(&self) -> impl Iterator<Item = &Value> {
        self.unread.iter()
    }

    /// Forgets the messages that have been received and not been taken, and returns them.
    pub(crate) fn take_unread(&mut self) -> Vec<Value> {
        self.unread.drain(..).collect()
    }

    /// Reads the server's output only while fewer than `bytes` of it wait for the test: 0 stops reading.
    pub(crate) fn keep_at_most(&self, bytes: usize) {
        self.inbox.keep_at_most(bytes);
    }

    /// Closes both ends of the connection, as the death of the client does.
    pub(crate) fn hang_up(&mut self) {
        self.input = None;
        self.inbox.hang_up();
    }

    /// Closes the server's input, once all that was sent is written.
    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    /// Waits for the server to end; returns its exit code, none if a signal ended it.
    #[track_caller]
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        if let Some(code) = self.exit_code {
            return code;
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.exit_code = Some(status.code());
                return status.code();
            }
            assert!(Instant::now() < deadline, "the server does not end\n{}", self.evidence());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Returns the number of the process that was started.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Kills the server.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        self.exit_code = Some(self.child.wait().ok().and_then(|status| status.code()));
    }

    /// The most memory that the server ever had resident, in bytes; none where the system does not tell.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
    }

    /// How much CPU time and memory the server has taken, in no particular unit: unchanged while it does nothing.
    pub(crate) fn activity(&self) -> Option<[String; 3]> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // Counted from behind the name, which is in parentheses and may hold anything.
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_ascii_whitespace().map(str::to_owned).collect();
        Some([fields.get(11)?.clone(), fields.get(12)?.clone(), fields.get(21)?.clone()])
    }

    /// What helps to understand a failure.
    pub(crate) fn evidence(&self) -> String {
        let unread: Vec<_> = self.unread.iter().map(|message| abridged(&message.to_string())).collect();
        format!("unread: {unread:#?}\nstderr:\n{}", self.log.lock().unwrap())
    }

    #[track_caller]
    fn next(&mut self, what: &str) -> Value {
        match self.inbox.next(PATIENCE) {
            Ok(frame) => match serde_json::from_slice(&frame) {
                Ok(message) => {
                    self.keep(&frame);
                    self.refuse(&message);
                    message
                }
                Err(error) => {
                    panic!("the server sent what is not JSON ({error}): {}", abridged(&String::from_utf8_lossy(&frame)))
                }
            },
            Err(why) => panic!("waited for {what}: {why}\n{}", self.evidence()),
        }
    }

    fn refuse(&mut self, message: &Value) {
        if let Some(id) = message.get("id").filter(|_| self.refuses && message.get("method").is_some()) {
            let error = json!({ "code": -32601, "message": "this client does nothing for servers" });
            self.send(&json!({ "jsonrpc": "2.0", "id": id, "error": error }));
        }
    }

    fn keep(&mut self, frame: &[u8]) {
        if let Some(heard) = &mut self.heard {
            heard.push_str(&String::from_utf8_lossy(frame));
            heard.push('\n');
        }
    }

    /// Reads to the end of the server's output.
    #[track_caller]
    fn read_rest(&mut self) {
        self.keep_at_most(usize::MAX);
        loop {
            match self.inbox.next(PATIENCE) {
                Ok(frame) => {
                    self.keep(&frame);
                    self.unread.push_back(serde_json::from_slice(&frame).unwrap());
                }
                Err(End::Torn(_)) if self.may_be_torn => return,
                Err(End::Orderly) => return,
                Err(End::Torn(why)) => panic!("{why}\n{}", self.evidence()),
                Err(End::Patience) => {
                    panic!("the server's output does not end\n{}", self.evidence())
                }
            }
        }
    }

    /// Reads to the end of the server's output and returns what was not taken before.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        self.read_rest();
        self.take_unread()
    }

    /// Ends the server as an editor does, and checks that nothing is left.
    #[track_caller]
    fn finish(&mut self) {
        self.keep_at_most(usize::MAX);
        if self.exit_code.is_none() {
            if self.input.is_some() {
                self.call("shutdown", Value::Null);
                self.notify("exit", Value::Null);
                self.close_input();
                assert_eq!(self.exit_code(), Some(0), "exit code\n{}", self.evidence());
            } else {
                self.exit_code();
            }
        }
        self.read_rest();
        let ignorable = std::mem::take(&mut self.ignorable);
        self.unread.retain(|message| {
            let method = message["method"].as_str();
            !method.is_some_and(|method| ignorable.iter().any(|ignorable| ignorable == method))
        });
        assert!(self.unread.is_empty(), "the test left messages unread\n{}", self.evidence());
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if thread::panicking() {
            self.kill();
            return;
        }
        // A panic in here must still not leave the process behind.
        let finished = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.finish()));
        if let Err(panic) = finished {
            self.kill();
            std::panic::resume_unwind(panic);
        }
    }
}

fn abridged(text: &str) -> String {
    match text.char_indices().nth(400) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

/// The probe server stands beside `glue-ls`, where Cargo puts example binaries.
///
/// Cargo does not build examples for `cargo test --test all`; what an older one does would prove nothing.
fn probe_path() -> PathBuf {
    let mut path = Path::new(env!("CARGO_BIN_EXE_glue-ls")).with_file_name("examples");
    path.push(format!("probe-server{}", std::env::consts::EXE_SUFFIX));
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = ["tests/probe_server.rs", "src/server/transport.rs", "src/server/admission.rs"]
        .map(|source| package.join(source))
        .to_vec();
    for folder in ["src/server/transport", "src/server/admission"] {
        let entries = std::fs::read_dir(package.join(folder)).unwrap();
        sources.extend(entries.map(|entry| entry.unwrap().path()));
    }
    let modified = |path: &PathBuf| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    assert!(
        modified(&path) >= sources.iter().filter_map(modified).max(),
        "{} is missing or older than its sources: run `cargo build --examples`",
        path.display(),
    );
    path
}
