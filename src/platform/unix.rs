//! Linux and macOS.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use std::sync::{Mutex, PoisonError};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::net::UnixStream;
use tokio::net::unix::pipe;

use super::Exit;
#[cfg(target_os = "linux")]
pub(super) use super::linux::{boot_id, host_name, ignores_hangup, own_start, presence};
#[cfg(not(target_os = "linux"))]
pub(super) use super::macos::{boot_id, host_name, ignores_hangup, own_start, presence};

/// What the child sends, in bytes.
pub type ControlReader = tokio::net::unix::OwnedReadHalf;
/// What is sent to the child, in bytes.
pub type ControlWriter = tokio::net::unix::OwnedWriteHalf;
/// A standard stream of the child's.
pub type OutputReader = pipe::Receiver;

/// Our end of the connection to a child that is about to start.
pub(super) struct Prepared(StdUnixStream);

impl Prepared {
    /// Makes the connection and hands the child's end to `command`, as its standard input.
    pub(super) fn new(command: &mut Command) -> io::Result<Self> {
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        command.stdin(OwnedFd::from(theirs)).process_group(0);
        Ok(Self(ours))
    }

    /// Returns both directions of the connection.
    pub(super) fn connect(self, _stdin: Option<ChildStdin>) -> io::Result<(ControlReader, ControlWriter)> {
        Ok(UnixStream::from_std(self.0)?.into_split())
    }
}

/// Has a shell wait for the end of the connection and kill the group then, beside the program that takes the place of the
/// first shell. What is used of the shell is built in: no other program is needed. Its own standard input is lost to what it
/// starts in the background, so the connection gets another number before.
const WAIT: &str = "exec 3<&0 </dev/null\n\
    (while read -r _; do :; done <&3; kill -s KILL 0) >/dev/null 2>&1 &\n\
    exec \"$@\" 3<&-";

/// Returns a command whose group ends with the connection.
pub(super) fn ending_with_us(command: Command) -> Command {
    let mut guarded = Command::new("/bin/sh");
    guarded.args(["-c", WAIT, "glue-ls"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => guarded.env(name, value),
            None => guarded.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        guarded.current_dir(folder);
    }
    guarded
}

/// A standard stream of a child, as one that can be awaited.
pub(super) trait StandardStream: Into<OwnedFd> {}
impl StandardStream for ChildStdout {}
impl StandardStream for ChildStderr {}

/// Makes a standard stream one that can be awaited.
pub(super) fn output(stream: impl StandardStream) -> io::Result<OutputReader> {
    pipe::Receiver::from_owned_fd(stream.into())
}

/// The leader of a group.
#[derive(Debug)]
pub(super) struct Leader {
    id: u32,
    /// Whether the leader has not been reaped. While it has not, its number cannot mean another process or group.
    present: Mutex<bool>,
}

impl Leader {
    pub(super) fn new(id: u32) -> Self {
        Self { id, present: Mutex::new(true) }
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Waits for the end of the leader, kills what is left of its group, and only then reaps it.
    pub(super) fn wait(&self, child: &mut Child) -> Exit {
        if let Some(pid) = self.pid() {
            while let Err(Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {}
        }
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        self.send(Signal::KILL);
        let status = child.wait();
        *present = false;
        match status {
            Ok(status) => match (status.code(), status.signal()) {
                (Some(code), _) => Exit::Code(code),
                (None, Some(signal)) => Exit::Signal(signal),
                (None, None) => Exit::Unknown,
            },
            Err(_) => Exit::Unknown,
        }
    }

    fn signal(&self, signal: Signal) {
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if *present {
            self.send(signal);
        }
    }

    fn send(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            // A group that is gone, or all of whose members have ended, is what was wanted.
            let _ = kill_process_group(pid, signal);
        }
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.id).ok().and_then(Pid::from_raw)
    }
}
