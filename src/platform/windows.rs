//! Windows.

use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::process::CommandExt;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, DuplexStream, ReadBuf};
use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};
use tokio::task::JoinSet;

use super::Exit;
use super::alive::Presence;

/// What the child sends, in bytes.
#[derive(Debug)]
pub struct ControlReader {
    stream: DuplexStream,
    /// Waits for the child to connect and passes on what it sends; ends with the reader.
    _copy: JoinSet<()>,
}

impl AsyncRead for ControlReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

/// What is sent to the child, in bytes.
pub type ControlWriter = tokio::process::ChildStdin;
/// A standard stream of the child's.
#[derive(Debug)]
pub enum OutputReader {
    /// Standard output.
    Stdout(tokio::process::ChildStdout),
    /// Standard error.
    Stderr(tokio::process::ChildStderr),
}

impl AsyncRead for OutputReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Stdout(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Stderr(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
const CREATE_NO_WINDOW: u32 = 0x0800_0000;
const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
const ERROR_SHARING_VIOLATION: i32 = 32;
/// Tells the child where to connect for what it sends.
const PIPE_VARIABLE: &str = "GLUE_LS_WORKER_PIPE";

/// Our end of the connection to a child that is about to start.
pub(super) struct Prepared(NamedPipeServer);

impl Prepared {
    /// Makes the pipe that the child sends by, and tells its name in the child's environment.
    pub(super) fn new(command: &mut Command) -> io::Result<Self> {
        // Not to be guessed by others; and whoever creates it first is refused by `first_pipe_instance`.
        let random = || RandomState::new().build_hasher().finish();
        let name = format!(r"\\.\pipe\glue-ls-{}-{:016x}{:016x}", std::process::id(), random(), random());
        let server = ServerOptions::new()
            .first_pipe_instance(true)
            .reject_remote_clients(true)
            .access_outbound(false)
            .max_instances(1)
            .create(&name)?;
        command.env(PIPE_VARIABLE, name).stdin(Stdio::piped());
        command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
        Ok(Self(server))
    }

    /// Returns both directions of the connection. The child connects once it has got its program.
    pub(super) fn connect(self, stdin: Option<ChildStdin>) -> io::Result<(ControlReader, ControlWriter)> {
        let stdin = stdin.ok_or_else(|| io::Error::other("the process has no standard input"))?;
        let (stream, mut inner) = tokio::io::duplex(64 * 1024);
        let mut server = self.0;
        let mut copy = JoinSet::new();
        copy.spawn(async move {
            if server.connect().await.is_ok() {
                // An error is an end of the connection as well.
                let _ = tokio::io::copy(&mut server, &mut inner).await;
            }
        });
        Ok((ControlReader { stream, _copy: copy }, tokio::process::ChildStdin::from_std(stdin)?))
    }
}

/// Returns the command: here nobody else can end a program for us.
pub(super) fn ending_with_us(command: Command) -> Command {
    command
}

/// A standard stream of a child, as one that can be awaited.
pub(super) trait StandardStream {
    fn reader(self) -> io::Result<OutputReader>;
}

impl StandardStream for ChildStdout {
    fn reader(self) -> io::Result<OutputReader> {
        tokio::process::ChildStdout::from_std(self).map(OutputReader::Stdout)
    }
}

impl StandardStream for ChildStderr {
    fn reader(self) -> io::Result<OutputReader> {
        tokio::process::ChildStderr::from_std(self).map(OutputReader::Stderr)
    }
}

/// Makes a standard stream one that can be awaited.
pub(super) fn output(stream: impl StandardStream) -> io::Result<OutputReader> {
    stream.reader()
}

/// The leader of a group.
#[derive(Debug)]
pub(super) struct Leader {
    id: u32,
    /// Whether the leader has not ended, as far as is known.
    present: Mutex<bool>,
}

impl Leader {
    pub(super) fn new(id: u32) -> Self {
        Self { id, present: Mutex::new(true) }
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Does nothing: a console event needs the child's own console, so the child raises the interrupt itself.
    pub(super) fn interrupt(&self) {}

    /// Kills the process and those it started, as far as their parents still live.
    pub(super) fn kill(&self) {
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if *present {
            let id = self.id.to_string();
            let _ = Command::new("taskkill")
                .args(["/PID", &id, "/T", "/F"])
                .creation_flags(CREATE_NO_WINDOW)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
        }
    }

    pub(super) fn wait(&self, child: &mut Child) -> Exit {
        let status = child.wait();
        *self.present.lock().unwrap_or_else(PoisonError::into_inner) = false;
        status.ok().and_then(|status| status.code()).map_or(Exit::Unknown, Exit::Code)
    }
}

/// Returns nothing: Windows has no such id.
pub(super) fn boot_id() -> Option<String> {
    None
}

/// Returns the machine's name.
pub(super) fn host_name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok().filter(|name| !name.is_empty())
}

/// Makes the file by which others see that this process lives, and returns the token that is in its name.
///
/// To ask about another process needs calls that are not safe. So each holds a file open that nobody else can open
/// meanwhile, and that the system removes when the process ends, however it ends.
pub(super) fn own_start() -> Option<String> {
    static HELD: OnceLock<(File, String)> = OnceLock::new();
    if HELD.get().is_none() {
        let random = || RandomState::new().build_hasher().finish();
        let token = format!("{:016x}{:016x}", random(), random());
        let mut options = File::options();
        options.write(true).create_new(true).share_mode(0).custom_flags(FILE_FLAG_DELETE_ON_CLOSE);
        let file = options.open(alive_file(&token)?).ok()?;
        // If another thread was quicker, this file goes at once.
        let _ = HELD.set((file, token));
    }
    HELD.get().map(|(_, token)| token.clone())
}

/// Returns whether a process holds the file with a token.
pub(super) fn presence(_pid: u32, started: Option<&str>) -> Presence {
    let Some((token, path)) = started.and_then(|token| Some((token, alive_file(token)?))) else {
        return Presence::Unknown;
    };
    match File::options().read(true).open(&path) {
        // It was left behind when the power went.
        Ok(file) => {
            drop(file);
            let _ = std::fs::remove_file(path);
            Presence::Absent
        }
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => {
            Presence::Running { started: Some(token.to_owned()) }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Presence::Absent,
        Err(_) => Presence::Unknown,
    }
}

/// Returns the path of the file with a token; `None` for what was not made by [`own_start`].
fn alive_file(token: &str) -> Option<PathBuf> {
    let hexadecimal = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal.then(|| std::env::temp_dir().join(format!("glue-ls-{token}.alive")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_lives_while_it_holds_its_file() {
        let token = own_start().unwrap();
        assert_eq!(own_start(), Some(token.clone()));
        assert_eq!(presence(0, Some(&token)), Presence::Running { started: Some(token) });
        assert_eq!(presence(0, Some(&"0".repeat(32))), Presence::Absent);
        let stale = "f".repeat(32);
        std::fs::write(alive_file(&stale).unwrap(), "").unwrap();
        assert_eq!(presence(0, Some(&stale)), Presence::Absent);
        assert!(!alive_file(&stale).unwrap().exists());
        for other in [None, Some(""), Some("../x"), Some("random 0123456789abcdef")] {
            assert_eq!(presence(0, other), Presence::Unknown);
        }
    }
}
