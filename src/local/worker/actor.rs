//! The task that owns a worker's connection: statements go in one after the other, and none stays without an answer.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Duration, Instant, sleep_until, timeout};

use super::error::{Cause, Death};
use super::folder::Folder;
use super::frame::{Done, Incoming, Outgoing, Status, encode};
use super::stream::Order;
use super::{Dropped, End, Limits, Outcome, Output, Raised};
use crate::platform::{Exit, Group};

/// How long messages that were sent before the end of the process, or its end after the last message, may take.
const SETTLE: Duration = Duration::from_secs(1);

/// What the actor is asked for.
#[derive(Debug)]
pub(super) enum Command {
    /// Run a statement.
    Run(Run),
    /// Interrupt the statement that runs, if one does.
    Interrupt,
}

/// A statement that is to be run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) code: String,
    pub(super) sink: mpsc::Sender<Output>,
    pub(super) answer: oneshot::Sender<Outcome>,
}

/// What comes from the worker.
#[derive(Debug)]
pub(super) enum Arrival {
    Message(Incoming),
    /// What came could not be understood; nothing follows.
    Broken(String),
}

/// A process group, and why we killed it if we did.
#[derive(Debug)]
pub(super) struct Fate {
    pub(super) group: Arc<Group>,
    cause: Mutex<Option<Cause>>,
}

impl Fate {
    pub(super) fn new(group: Arc<Group>) -> Self {
        Self { group, cause: Mutex::new(None) }
    }

    /// Kills the group. The first reason counts.
    pub(super) fn seal(&self, cause: Cause) {
        self.cause.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(cause);
        self.group.kill();
    }

    fn cause(&self) -> Option<Cause> {
        self.cause.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[derive(Debug)]
pub(super) struct Actor {
    pub(super) fate: Arc<Fate>,
    pub(super) limits: Limits,
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) arrivals: mpsc::Receiver<Arrival>,
    /// Frames to the worker.
    pub(super) frames: mpsc::UnboundedSender<Vec<u8>>,
    pub(super) streams: [mpsc::UnboundedSender<Order>; 2],
    pub(super) exited: oneshot::Receiver<Exit>,
    pub(super) exit: Option<Exit>,
    pub(super) waiting: VecDeque<Run>,
    pub(super) death: watch::Sender<Option<Death>>,
    /// The worker's own folder, as long as it lives.
    pub(super) folder: Option<Folder>,
}

/// How far the interrupt of a statement has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pressure {
    None,
    /// The worker was told; the group gets a signal at this time.
    Told(Instant),
    /// The group got a signal; it is killed at this time.
    Signalled(Instant),
    Killed,
}

impl Pressure {
    fn deadline(self) -> Option<Instant> {
        match self {
            Self::Told(at) | Self::Signalled(at) => Some(at),
            Self::None | Self::Killed => None,
        }
    }
}

impl Actor {
    /// Serves until the worker has ended or nobody holds a handle any more; then the worker has ended as well.
    pub(super) async fn serve(mut self) {
        let mut during = None;
        while self.exit.is_none() {
            if let Some(run) = self.waiting.pop_front() {
                if let Some(statement) = self.statement(run).await {
                    during = Some(statement);
                }
                continue;
            }
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(Command::Run(run)) => self.waiting.push_back(run),
                    Some(Command::Interrupt) => {}
                    None => {
                        self.fate.seal(Cause::Asked);
                        break;
                    }
                },
                arrival = self.arrivals.recv() => match arrival {
                    Some(Arrival::Message(_)) => {}
                    Some(Arrival::Broken(reason)) => {
                        self.fate.seal(Cause::Connection(reason));
                        break;
                    }
                    None => break,
                },
                exit = &mut self.exited => self.exit = Some(exit.unwrap_or(Exit::Unknown)),
            }
        }
        let exit = self.exit().await;
        if let Some(folder) = self.folder.take() {
            // Nobody waits for it.
            drop(tokio::task::spawn_blocking(move || drop(folder)));
        }
        self.death.send_replace(Some(Death::new(exit, self.fate.cause().as_ref(), during)));
        // Statements that wait see their answer's sender dropped, after the death was made known.
    }

    /// Waits for the end of the process, which has lost its connection or was killed.
    async fn exit(&mut self) -> Exit {
        if let Some(exit) = self.exit {
            return exit;
        }
        if let Ok(exit) = timeout(SETTLE, &mut self.exited).await {
            return exit.unwrap_or(Exit::Unknown);
        }
        self.fate.seal(Cause::Connection("it was closed".to_owned()));
        (&mut self.exited).await.unwrap_or(Exit::Unknown)
    }

    /// Runs one statement and answers it. Returns its number if the worker died of it.
    async fn statement(&mut self, run: Run) -> Option<u64> {
        let Run { id, code, sink, answer } = run;
        let marker = marker();
        let frame = match encode(&Outgoing::Run { id, code: &code, marker: &marker }) {
            Ok(frame) => frame,
            Err(_) => {
                let reason = format!("the statement has {} bytes of code, more than a statement may have", code.len());
                let _ = answer.send(Outcome { end: End::NotRun { reason }, dropped: Dropped::default() });
                return None;
            }
        };
        drop(code);
        let [stdout, stderr] = [0, 1].map(|index| {
            let (ended, total) = oneshot::channel();
            let (marker, limit) = (marker.clone().into_bytes(), self.limits.output_bytes);
            let _ = self.streams[index].send(Order::Begin { marker, limit, sink: sink.clone(), ended });
            total
        });
        drop(sink);
        let _ = self.frames.send(frame);
        let outputs = async { Dropped { stdout: stdout.await.unwrap_or(0), stderr: stderr.await.unwrap_or(0) } };
        let (done, dropped) = self.follow(id, outputs).await;
        let died = done.is_none();
        let end = match done {
            Some(done) => end(done),
            None => {
                let exit = self.exit.unwrap_or(Exit::Unknown);
                let death = Death::new(exit, self.fate.cause().as_ref(), Some(id));
                // Before the answer: who gets it may ask at once whether the worker is alive.
                self.death.send_replace(Some(death.clone()));
                End::Died(death)
            }
        };
        let _ = answer.send(Outcome { end, dropped });
        died.then_some(id)
    }

    /// Follows a statement until its output has ended and it has an answer (`None`: the worker died).
    async fn follow(&mut self, id: u64, outputs: impl Future<Output = Dropped>) -> (Option<Done>, Dropped) {
        tokio::pin!(outputs);
        let (mut done, mut dropped) = (None, None);
        let mut pressure = Pressure::None;
        // Messages may still come; commands may still come; the end of waiting for messages or for the exit.
        let (mut connected, mut attended, mut settled) = (true, true, None);
        loop {
            let answered = done.is_some() || (self.exit.is_some() && !connected);
            if let (true, Some(dropped)) = (answered, dropped) {
                return (done, dropped);
            }
            let press = pressure.deadline().filter(|_| done.is_none());
            tokio::select! {
                arrival = self.arrivals.recv(), if connected => match arrival {
                    Some(Arrival::Message(Incoming::Done(answer))) if answer.id == id && done.is_none() => {
                        done = Some(answer);
                        self.finish_streams();
                    }
                    Some(Arrival::Message(_)) => {}
                    Some(Arrival::Broken(reason)) => {
                        connected = false;
                        self.fate.seal(Cause::Connection(reason));
                    }
                    None => {
                        connected = false;
                        settled.get_or_insert_with(|| Instant::now() + SETTLE);
                    }
                },
                command = self.commands.recv(), if attended => match command {
                    Some(Command::Run(run)) => self.waiting.push_back(run),
                    Some(Command::Interrupt) if pressure == Pressure::None && done.is_none() => {
                        if let Ok(frame) = encode(&Outgoing::Interrupt { id }) {
                            let _ = self.frames.send(frame);
                        }
                        pressure = Pressure::Told(Instant::now() + self.limits.interrupt_grace);
                    }
                    Some(Command::Interrupt) => {}
                    None => {
                        attended = false;
                        self.fate.seal(Cause::Asked);
                    }
                },
                exit = &mut self.exited, if self.exit.is_none() => {
                    self.exit = Some(exit.unwrap_or(Exit::Unknown));
                    self.finish_streams();
                    settled = Some(Instant::now() + SETTLE);
                }
                all = &mut outputs, if dropped.is_none() => dropped = Some(all),
                () = sleep_until(press.unwrap_or_else(Instant::now)), if press.is_some() => {
                    pressure = match pressure {
                        Pressure::Told(_) => {
                            self.fate.group.interrupt();
                            Pressure::Signalled(Instant::now() + self.limits.kill_grace)
                        }
                        _ => {
                            self.fate.seal(Cause::IgnoredInterrupt);
                            Pressure::Killed
                        }
                    };
                }
                () = sleep_until(settled.unwrap_or_else(Instant::now)), if settled.is_some() => {
                    settled = None;
                    connected = false;
                    if self.exit.is_none() {
                        self.fate.seal(Cause::Connection("it was closed".to_owned()));
                    }
                }
            }
        }
    }

    /// Tells the streams that nothing follows that has not been written yet.
    fn finish_streams(&self) {
        for stream in &self.streams {
            let _ = stream.send(Order::Finish);
        }
    }
}

/// Returns how a statement ended that the worker has answered.
fn end(done: Done) -> End {
    match done.status {
        Status::Ok => End::Value(done.data),
        Status::Error => {
            let raised = Raised { name: done.ename, value: done.evalue, traceback: done.traceback };
            if done.interrupted { End::Interrupted(raised) } else { End::Error(raised) }
        }
    }
}

/// Returns bytes that a statement does not print by chance.
fn marker() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("\u{1e}glue-ls {:016x}{:016x}\u{1e}", random(), random())
}
