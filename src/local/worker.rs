//! A Python process that runs the statements of one local session, one at a time, in one namespace.
//!
//! The program (`runtime/*.py`) is part of this binary. It speaks with us over a private connection; its standard
//! output and standard error belong to the user's code alone and are read at all times, so that neither a statement
//! nor a thread it left behind ever waits for us. Everything that comes from the process is bounded and nothing of it
//! is trusted. The process is the head of its own process group, which is killed as a whole, also when we are.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command as Program;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Duration, timeout};

use self::actor::{Actor, Arrival, Command, Fate, Run};
use self::error::Cause;
use self::folder::Folder;
use self::frame::{Hello, Incoming};
use self::stream::Order;
use super::spark::SparkSetup;
use crate::platform::{self, Exit, Launched};

mod actor;
mod error;
mod folder;
mod frame;
mod program;
mod stream;

pub use self::error::{Death, WorkerError};

/// What a worker is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerConfig {
    /// The interpreter: a path, or a name that is looked up in `PATH`.
    pub python: PathBuf,
    /// The folder in which statements run. It is also the first place where modules are looked for.
    pub cwd: PathBuf,
    /// Environment variables to set, or to take away (`None`); the others are those of this process.
    pub env: BTreeMap<OsString, Option<OsString>>,
    /// What statements find in `sys.argv`.
    pub argv: Vec<String>,
    /// Bounds.
    pub limits: Limits,
    /// What it needs to know for Spark.
    pub spark: SparkSetup,
}

impl WorkerConfig {
    /// Returns a configuration with this process's environment, an empty `sys.argv[0]` and the default bounds.
    pub fn new(python: impl Into<PathBuf>, cwd: impl Into<PathBuf>) -> Self {
        Self {
            python: python.into(),
            cwd: cwd.into(),
            env: BTreeMap::new(),
            argv: vec![String::new()],
            limits: Limits::default(),
            spark: SparkSetup::default(),
        }
    }
}

/// The bounds of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How much of a statement's output is handed on, in bytes, for standard output and standard error each. The rest
    /// is read and dropped, and a note at the end says how much it was.
    pub output_bytes: usize,
    /// The largest text of a result, in bytes; a longer one is cut, with a note.
    pub result_bytes: usize,
    /// The largest image or figure, in bytes of its encoded form; a larger one is an error of the statement.
    pub media_bytes: usize,
    /// How long a worker may take to become ready.
    pub ready: Duration,
    /// After this time a statement that was interrupted, and still runs, gets an interrupt signal with its group.
    pub interrupt_grace: Duration,
    /// After this further time the group is killed.
    pub kill_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            output_bytes: 8 * MIB,
            result_bytes: MIB,
            media_bytes: 8 * MIB,
            ready: Duration::from_secs(30),
            interrupt_grace: Duration::from_secs(3),
            kill_grace: Duration::from_secs(5),
        }
    }
}

/// Which stream something was printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A piece of a statement's output, in the order in which it was printed on that stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The stream.
    pub source: Source,
    /// The text, at most 64 KiB of what was printed. Bytes that are not UTF-8 are replaced by U+FFFD.
    pub text: String,
}

/// How a statement ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its result.
    pub end: End,
    /// How much of its output was not handed on.
    pub dropped: Dropped,
}

/// How much of a statement's output was not handed on, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Of standard output.
    pub stdout: u64,
    /// Of standard error.
    pub stderr: u64,
}

/// The result of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It ran to its end. What is shown of the last expression's value, by MIME type; nothing if that was `None`.
    ///
    /// `image/png` is in base64, `application/vnd.plotly.v1+json` is JSON text.
    Value(BTreeMap<String, String>),
    /// It raised an exception, or could not be compiled.
    Error(Raised),
    /// It was interrupted, and raised this. The namespace is as the statement left it.
    Interrupted(Raised),
    /// The worker died while it ran.
    Died(Death),
    /// It was not run: the worker had ended before, or the code is too long.
    NotRun {
        /// Why not, and what to do.
        reason: String,
    },
}

/// An exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The name of its class.
    pub name: String,
    /// Its text.
    pub value: String,
    /// Python's traceback, in entries of one or more lines, each with its line end. The code of a statement has the
    /// file name `<statement N>`.
    pub traceback: Vec<String>,
}

/// A running worker. Dropping it kills the process and its group.
#[derive(Debug)]
pub struct Worker {
    commands: mpsc::UnboundedSender<Command>,
    fate: Arc<Fate>,
    death: watch::Receiver<Option<Death>>,
    hello: Hello,
}

impl Worker {
    /// Starts a worker and waits until it is ready. Must be called within a tokio runtime with I/O and time.
    ///
    /// If the future is dropped, the process is killed.
    ///
    /// # Errors
    ///
    /// The interpreter is missing, cannot be started, is too old, ends, or does not become ready in time.
    pub async fn start(config: WorkerConfig) -> Result<Self, WorkerError> {
        let WorkerConfig { python, cwd, env, argv, limits, spark } = config;
        if !cwd.is_dir() {
            return Err(WorkerError::Folder { folder: cwd });
        }
        let folder = Folder::make()
            .inspect_err(|error| tracing::warn!(%error, "no folder for Spark can be made in the temporary folder"))
            .ok();
        let program = program::start(&argv, &limits, &spark, folder.as_ref().map(Folder::path))
            .map_err(|source| WorkerError::Launch { python: python.clone(), source })?;
        let mut command = Program::new(&python);
        command.arg("-c").arg(program::BOOTSTRAP).current_dir(&cwd);
        for (name, value) in &env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let launched = platform::launch(command).await.map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => WorkerError::NotFound { python: python.clone() },
            _ => WorkerError::Launch { python: python.clone(), source },
        })?;
        let Launched { group, mut control_reader, control_writer, stdout, stderr, mut exited } = launched;
        let fate = Arc::new(Fate::new(group));
        let streams = [stream::start(stdout, Source::Stdout), stream::start(stderr, Source::Stderr)];
        let frames = start_writer(control_writer);
        let _ = frames.send(program);

        let ready = async {
            let exit = tokio::select! {
                biased;
                message = frame::read(&mut control_reader) => match message {
                    Ok(Some(Incoming::Hello(hello))) => return Ok(hello),
                    // Its end follows; if it does not, the time limit ends the wait.
                    _ => (&mut exited).await,
                },
                exit = &mut exited => exit,
            };
            Err(exit.unwrap_or(Exit::Unknown))
        };
        let hello = match timeout(limits.ready, ready).await {
            Ok(Ok(hello)) => hello,
            Ok(Err(exit)) => return Err(WorkerError::ended(python, exit, said(&streams[1]).await)),
            Err(_) => {
                fate.seal(Cause::Asked);
                let seconds = limits.ready.as_secs();
                return Err(WorkerError::NotReady { python, seconds, said: said(&streams[1]).await });
            }
        };
        let Hello { python, executable, protocol } = &hello;
        tracing::debug!(python, executable, protocol, "worker ready");

        let (arrived, arrivals) = mpsc::channel(4);
        tokio::spawn(async move {
            loop {
                let arrival = match frame::read(&mut control_reader).await {
                    Ok(Some(message)) => Arrival::Message(message),
                    Ok(None) => return,
                    Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Arrival::Broken(error.to_string()),
                    // A connection that is reset is one that has ended.
                    Err(_) => return,
                };
                if arrived.send(arrival).await.is_err() {
                    return;
                }
            }
        });
        let (commands, commanded) = mpsc::unbounded_channel();
        let (died, death) = watch::channel(None);
        let actor = Actor {
            fate: Arc::clone(&fate),
            limits,
            commands: commanded,
            arrivals,
            frames,
            streams,
            exited,
            exit: None,
            waiting: VecDeque::new(),
            death: died,
            folder,
        };
        tokio::spawn(actor.serve());
        Ok(Self { commands, fate, death, hello })
    }

    /// Runs a statement when those before it have ended; it is handed over at once, not when the future is polled.
    ///
    /// `number` is how tracebacks call it (`<statement 3>`). Its output goes to `sink` while it runs, all of it before
    /// the outcome. The sink must be read at the same time, or be dropped, if the output is not wanted: a full sink
    /// stops the statement. If the future is dropped the statement goes on; see [`interrupt`](Self::interrupt).
    pub fn run(
        &self,
        number: u64,
        code: String,
        sink: mpsc::Sender<Output>,
    ) -> impl Future<Output = Outcome> + Send + use<> {
        let (answer, outcome) = oneshot::channel();
        let sent = self.commands.send(Command::Run(Run { id: number, code, sink, answer }));
        drop(sent);
        let mut death = self.death.clone();
        async move {
            match outcome.await {
                Ok(outcome) => outcome,
                Err(_) => {
                    let reason = end_of(&mut death).await.message;
                    Outcome { end: End::NotRun { reason }, dropped: Dropped::default() }
                }
            }
        }
    }

    /// Interrupts the statement that runs, if one does, and only that one. Returns at once; the outcome of the
    /// statement tells what came of it.
    ///
    /// The worker raises `KeyboardInterrupt` in the statement, after ending Spark's jobs; if it still runs after
    /// [`Limits::interrupt_grace`] its process group gets an interrupt signal, and after [`Limits::kill_grace`] the
    /// group is killed ([`End::Died`]).
    pub fn interrupt(&self) {
        let _ = self.commands.send(Command::Interrupt);
    }

    /// Kills the process and its group. Returns at once; see [`ended`](Self::ended).
    pub fn kill(&self) {
        self.fate.seal(Cause::Asked);
    }

    /// Waits for the end of the worker, whatever brings it about.
    pub fn ended(&self) -> impl Future<Output = Death> + Send + use<> {
        let mut death = self.death.clone();
        async move { end_of(&mut death).await }
    }

    /// Returns how the worker ended, if it has.
    pub fn death(&self) -> Option<Death> {
        self.death.borrow().clone()
    }

    /// Returns the process id, which is also the id of the process group.
    pub fn id(&self) -> u32 {
        self.fate.group.id()
    }

    /// Returns the version of Python, such as `3.11.7`.
    pub fn python_version(&self) -> &str {
        &self.hello.python
    }

    /// Returns the path of the interpreter, as it tells it.
    pub fn executable(&self) -> &str {
        &self.hello.executable
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn end_of(death: &mut watch::Receiver<Option<Death>>) -> Death {
    match death.wait_for(Option::is_some).await.as_deref() {
        Ok(Some(death)) => death.clone(),
        // The runtime, and with it the task, was ended; the process ends with its connection.
        _ => Death::new(Exit::Unknown, Some(&Cause::Asked), None),
    }
}

/// Starts the task that writes frames: a worker that does not read must not keep anybody from interrupting it.
fn start_writer(mut writer: platform::ControlWriter) -> mpsc::UnboundedSender<Vec<u8>> {
    let (frames, mut queued) = mpsc::unbounded_channel::<Vec<u8>>();
    tokio::spawn(async move {
        while let Some(frame) = queued.recv().await {
            if writer.write_all(&frame).await.is_err() || writer.flush().await.is_err() {
                return;
            }
        }
    });
    frames
}

/// Returns what a worker that failed to start printed.
async fn said(stream: &mpsc::UnboundedSender<Order>) -> String {
    let (answer, late) = oneshot::channel();
    let _ = stream.send(Order::TakeLate(answer));
    String::from_utf8_lossy(&late.await.unwrap_or_default()).into_owned()
}
