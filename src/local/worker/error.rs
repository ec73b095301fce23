//! What can go wrong with a worker, in words for the user.

use std::io;
use std::path::PathBuf;

use super::program::EXIT_TOO_OLD;
use crate::platform::Exit;

/// How much of what a failed start printed is quoted, in characters.
const QUOTED: usize = 2000;

/// Why a worker could not be started.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// There is no such program.
    #[error(
        "there is no Python interpreter `{python}`; install Python 3.8 or newer, or set the path of one",
        python = python.display()
    )]
    NotFound {
        /// The interpreter that was asked for.
        python: PathBuf,
    },
    /// The program could not be started.
    #[error(
        "the Python interpreter `{python}` cannot be started: {source}; check that you may execute it",
        python = python.display()
    )]
    Launch {
        /// The interpreter that was asked for.
        python: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder to run in is not there.
    #[error(
        "the folder `{folder}` to run statements in is not there; create it or choose another one",
        folder = folder.display()
    )]
    Folder {
        /// The folder that was asked for.
        folder: PathBuf,
    },
    /// The interpreter is older than what the worker needs.
    #[error(
        "`{python}` is Python {version}, and statements need 3.8 or newer; set the path of a newer one",
        python = python.display()
    )]
    TooOld {
        /// The interpreter that was asked for.
        python: PathBuf,
        /// Its version.
        version: String,
    },
    /// The program ended before it was ready.
    #[error(
        "`{python}` {exit} before it was ready to run statements{said}; check that `{python} --version` shows \
         Python 3.8 or newer",
        python = python.display(), exit = ended(*exit), said = quoted(said)
    )]
    Failed {
        /// The interpreter that was asked for.
        python: PathBuf,
        /// How it ended.
        exit: Exit,
        /// What it printed on its standard error.
        said: String,
    },
    /// The program runs and does not become ready.
    #[error(
        "`{python}` was not ready to run statements after {seconds} seconds and was ended{said}; check that \
         `{python} --version` shows Python 3.8 or newer",
        python = python.display(), said = quoted(said)
    )]
    NotReady {
        /// The interpreter that was asked for.
        python: PathBuf,
        /// How long it was waited for, in seconds.
        seconds: u64,
        /// What it printed on its standard error.
        said: String,
    },
}

impl WorkerError {
    /// Returns the error for a program that ended, printing `said`, before it was ready.
    pub(super) fn ended(python: PathBuf, exit: Exit, said: String) -> Self {
        match exit {
            Exit::Code(EXIT_TOO_OLD) => Self::TooOld { python, version: said.trim().to_owned() },
            _ => Self::Failed { python, exit, said },
        }
    }
}

/// Why a worker was ended by us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    /// Because somebody asked for it.
    Asked,
    /// Because a statement did not end when it was interrupted.
    IgnoredInterrupt,
    /// Because the connection to it was lost, or what came over it made no sense.
    Connection(String),
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Death {
    /// How the process ended.
    pub exit: Exit,
    /// Whether it was ended because it was asked for, by [`Worker::kill`](super::Worker::kill) or by dropping it.
    pub asked: bool,
    /// What happened and what to do, for the user.
    pub message: String,
}

impl Death {
    /// Describes the end of a worker that was running `statement`.
    pub(super) fn new(exit: Exit, cause: Option<&Cause>, statement: Option<u64>) -> Self {
        let during = statement.map_or_else(String::new, |statement| format!(" while statement {statement} ran"));
        let what = match cause {
            Some(Cause::Asked) => format!("Python was ended on request{during}"),
            Some(Cause::IgnoredInterrupt) => {
                format!("Python was ended{during}, because the code went on after it was interrupted")
            }
            Some(Cause::Connection(reason)) => {
                format!("Python was ended{during}, because its connection to glue-ls was lost: {reason}")
            }
            None => by_itself(exit, &during),
        };
        let message = format!("{what}. All variables are lost: start a new session and run the cells again");
        Self { exit, asked: cause == Some(&Cause::Asked), message }
    }
}

/// Says how a process ended that nobody had asked to.
fn by_itself(exit: Exit, during: &str) -> String {
    match exit {
        Exit::Code(97) => format!(
            "Python was ended{during}, because the code closed its connection to glue-ls (`os.closerange` or the like \
             on descriptors that are not its own)"
        ),
        Exit::Code(98) => format!("Python ended{during}: the part of it that runs statements failed"),
        Exit::Code(code) => format!(
            "Python ended with exit code {code}{during}: the code, or a library, ended the process (`os._exit` or the \
             like)"
        ),
        Exit::Signal(9) => {
            format!("Python was killed{during}: something sent SIGKILL, as the system does when memory runs out")
        }
        Exit::Signal(signal) => match signal_name(signal) {
            Some((name, true)) => {
                format!("Python crashed{during} ({name}): native code, such as a compiled library, failed")
            }
            Some((name, false)) => format!("Python was ended{during} by {name}"),
            None => format!("Python was ended{during} by signal {signal}"),
        },
        Exit::Unknown => format!("Python ended{during}"),
    }
}

/// Returns the name of a signal whose number is the same on all systems, and whether it means a crash.
fn signal_name(signal: i32) -> Option<(&'static str, bool)> {
    Some(match signal {
        1 => ("SIGHUP", false),
        2 => ("SIGINT", false),
        3 => ("SIGQUIT", false),
        4 => ("SIGILL", true),
        6 => ("SIGABRT", true),
        8 => ("SIGFPE", true),
        9 => ("SIGKILL", false),
        11 => ("SIGSEGV", true),
        13 => ("SIGPIPE", false),
        15 => ("SIGTERM", false),
        #[cfg(target_os = "linux")]
        7 => ("SIGBUS", true),
        #[cfg(target_os = "macos")]
        10 => ("SIGBUS", true),
        _ => return None,
    })
}

fn ended(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("ended with exit code {code}"),
        Exit::Signal(signal) => match signal_name(signal) {
            Some((name, _)) => format!("was ended by {name}"),
            None => format!("was ended by signal {signal}"),
        },
        Exit::Unknown => "ended".to_owned(),
    }
}

/// Returns the end of what a program printed, as a part of a sentence.
fn quoted(said: &str) -> String {
    let said = said.trim();
    if said.is_empty() {
        return String::new();
    }
    let skipped = said.chars().count().saturating_sub(QUOTED);
    let tail: String = said.chars().skip(skipped).collect();
    format!(", saying:\n{}{tail}\n", if skipped > 0 { "…" } else { "" })
}
