//! What differs between operating systems: process groups, signals, the private connection to a child process, file
//! permissions, places of files, and what tells a process from others. Each item has an answer for Linux, macOS and
//! Windows.
//!
//! | item | Linux | macOS | Windows |
//! |---|---|---|---|
//! | own group of a child | process group | process group | process group, no console window |
//! | connection to a child | socket pair as descriptor 0 | the same | standard input, and a named pipe back |
//! | interrupt the group | SIGINT | SIGINT | by the child itself, which is told over the connection |
//! | kill the group | SIGKILL | SIGKILL | `taskkill /T /F` |
//! | a child outlives us | end of the connection; parent-death signal | end of the connection | end of the connection |
//! | a program that knows nothing of us outlives us | a shell in its group waits for the end of the connection | the same | not prevented |
//! | a child that outlives us on purpose | a session of its own, which it makes itself | the same | detached, out of our job where that may be |
//! | the end of whoever started us | another parent | the same | not told: the end of the connection says it |
//! | private files | mode 600, folders 700 | the same | the user's folders are private by inheritance |
//! | writes to a folder last | the folder is synced | the same | by the system, in its own time |
//! | place of what outlives a start | `XDG_STATE_HOME`, `~/.local/state` | `~/Library/Application Support` | `%LOCALAPPDATA%` |
//! | this boot | `boot_id` in `/proc` | `kern.bootsessionuuid` | not told |
//! | machine's name | `hostname` in `/proc` | `kern.hostname` | `%COMPUTERNAME%` |
//! | whether a process lives, and since when | its `stat` in `/proc` | signal 0, then `ps` | a file that it holds open |
//! | the end of the terminal is to be ignored | `SigIgn` in `/proc` | not told: taken for so | there is no such signal |
//!
//! A process that leaves its group (a daemon) is out of reach everywhere.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use tokio::sync::oneshot;

mod alive;
mod detached;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(all(unix, not(target_os = "linux")))]
mod macos;
mod places;
#[cfg(unix)]
mod unix;
mod whole;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix as system;
#[cfg(windows)]
use self::windows as system;

pub use self::alive::{Life, ProcessMark, life_of, this_process};
pub use self::detached::{become_leader, parent, start_detached};
pub use self::places::{cache_folder, config_folder, state_folder};
pub use self::system::{ControlReader, ControlWriter, OutputReader};
pub use self::whole::{folder_of, write_whole, write_whole_if, write_whole_private};

/// Returns whether this process was started so that it outlives its terminal (`nohup`), or whether that cannot be told.
#[cfg(unix)]
pub fn ignores_hangup() -> bool {
    system::ignores_hangup()
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with an exit code.
    Code(i32),
    /// By a signal (never on Windows).
    Signal(i32),
    /// Nobody knows: the system would not tell.
    Unknown,
}

/// A child process at the head of its own process group, with what connects it to us.
///
/// Dropping the last [`Group`] kills the group.
#[derive(Debug)]
pub struct Launched {
    /// The process and its group.
    pub group: Arc<Group>,
    /// What the child sends.
    pub control_reader: ControlReader,
    /// What is sent to the child. The child sees an end of file when this is dropped.
    pub control_writer: ControlWriter,
    /// The child's standard output.
    pub stdout: OutputReader,
    /// The child's standard error.
    pub stderr: OutputReader,
    /// Told when the process has ended, after the rest of its group was killed.
    pub exited: oneshot::Receiver<Exit>,
}

/// A process group whose leader was started by us.
#[derive(Debug)]
pub struct Group {
    inner: Arc<system::Leader>,
}

impl Group {
    /// Returns the process id of the leader, which is also the id of the group.
    pub fn id(&self) -> u32 {
        self.inner.id()
    }

    /// Sends an interrupt, as Ctrl-C in a terminal does, to every process of the group.
    ///
    /// Does nothing on Windows, nor once the leader has ended.
    pub fn interrupt(&self) {
        self.inner.interrupt();
    }

    /// Kills every process of the group. Does nothing once the leader has ended.
    pub fn kill(&self) {
        self.inner.kill();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts a program at the head of a new process group, connected by a private channel, a pipe for its standard
/// output and one for its standard error.
///
/// The program is started, and waited for, by a thread that lives exactly as long as it: on Linux the parent-death
/// signal of a process is sent when the *thread* that started it ends.
///
/// # Errors
///
/// The program could not be started; the error of the system. Must be called within a tokio runtime with I/O.
pub async fn launch(mut command: Command) -> io::Result<Launched> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let prepared = system::Prepared::new(&mut command)?;
    let (started, starting) = oneshot::channel();
    let (ended, exited) = oneshot::channel();
    thread::Builder::new().name("worker-wait".to_owned()).spawn(move || {
        let spawned = command.spawn();
        // It holds our copy of the child's end of the connection: with it open, the end would never be seen.
        drop(command);
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let leader = Arc::new(system::Leader::new(child.id()));
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        // If nobody waits for the start any more, what is sent comes back and its drop kills the group.
        drop(started.send(Ok((Group { inner: Arc::clone(&leader) }, pipes))));
        let exit = leader.wait(&mut child);
        let _ = ended.send(exit);
    })?;
    let lost = || io::Error::other("the thread that starts processes ended");
    let (group, (stdin, stdout, stderr)) = starting.await.map_err(|_| lost())??;
    let (stdout, stderr) = stdout.zip(stderr).ok_or_else(lost)?;
    let (stdout, stderr) = (system::output(stdout)?, system::output(stderr)?);
    let (control_reader, control_writer) = prepared.connect(stdin)?;
    Ok(Launched { group: Arc::new(group), control_reader, control_writer, stdout, stderr, exited })
}

/// Returns a command that [`launch`] starts so that its whole group is killed when the connection ends, also by the death of
/// this process. The program has nothing to read. On Windows the command is as it was.
pub fn ending_with_us(command: Command) -> Command {
    system::ending_with_us(command)
}

/// Creates a folder and those above it that are missing, readable by this user alone.
///
/// # Errors
///
/// The folder could not be created; one that exists is no error, and its permissions are left as they are.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates a file that must not exist yet, readable and writable by this user alone.
///
/// # Errors
///
/// The file exists (`AlreadyExists`) or could not be created.
pub fn create_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes sure that what was created, renamed and removed in a folder survives a loss of power.
///
/// # Errors
///
/// The folder could not be opened or synced. On Windows, where a folder cannot be synced, there is none.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}
