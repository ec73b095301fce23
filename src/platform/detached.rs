//! Processes that go on when the one that started them has ended.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// What the system's own variables call by a path: one that counts from the current folder would be lost.
const PATHS: &[&str] = &[
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CA_BUNDLE",
    "SSL_CERT_FILE",
];

/// Starts this program once more, with an argument, so that it goes on when this process and those that started it
/// have ended. It is connected by pipes for standard input and output, and its folder is the one for temporary files: it
/// keeps nobody from removing another one. For as long as it takes [`become_leader`] to be called, it belongs to this
/// process's group.
///
/// # Errors
///
/// The program could not be started; the error of the system.
pub fn start_detached(argument: &str) -> io::Result<Child> {
    let start = |more: fn(&mut Command)| {
        let mut command = Command::new(own_program()?);
        command.arg(argument).current_dir(std::env::temp_dir());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        for name in PATHS {
            if let Some(path) = std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from)
                && let Ok(path) = std::path::absolute(path)
            {
                command.env(name, path);
            }
        }
        more(&mut command);
        command.spawn()
    };
    system::start(start)
}

/// Makes this process independent of whoever started it: of their group, their session, their terminal.
///
/// Where that cannot be done, or is done by [`start_detached`], nothing happens.
pub fn become_leader() {
    #[cfg(unix)]
    {
        // It fails for the leader of a group, which is independent enough.
        let _ = rustix::process::setsid();
    }
}

/// Returns the process that started this one, as long as it lives; another number afterwards. `None` where the system
/// does not tell.
pub fn parent() -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::process::parent_id());
    #[cfg(not(unix))]
    return None;
}

/// The program of this process. On Linux it can be started also when another one has taken its place since.
fn own_program() -> io::Result<PathBuf> {
    let link = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && link.exists() { Ok(link) } else { std::env::current_exe() }
}

#[cfg(unix)]
mod system {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};

    pub(super) fn start(start: impl Fn(fn(&mut Command)) -> io::Result<Child>) -> io::Result<Child> {
        // What lists of processes show.
        start(|command| _ = command.arg0("glue-ls"))
    }
}

#[cfg(windows)]
mod system {
    use std::io;
    use std::os::windows::process::CommandExt;
    use std::process::{Child, Command};

    const DETACHED: u32 = 0x0000_0008;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    const CREATE_BREAKAWAY_FROM_JOB: u32 = 0x0100_0000;

    pub(super) fn start(start: impl Fn(fn(&mut Command)) -> io::Result<Child>) -> io::Result<Child> {
        const OWN: u32 = DETACHED | CREATE_NEW_PROCESS_GROUP;
        // A job that lets nobody out refuses the first.
        start(|command| _ = command.creation_flags(OWN | CREATE_BREAKAWAY_FROM_JOB))
            .or_else(|_| start(|command| _ = command.creation_flags(OWN)))
    }
}
