//! Why there is no runtime.

use std::io;
use std::path::{Path, PathBuf};

use super::pins;

/// Why the runtime could not be made, found or removed: what is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The user has no folder for it.
    #[error("there is no folder for the local runtime: set HOME or XDG_CACHE_HOME")]
    NoFolder,
    /// No interpreter was found that will do.
    #[error(
        "the local runtime needs {pythons}{found}: install one, or name it with `glue-ls local setup --python PROGRAM`",
        pythons = pins::pythons(), found = in_brackets(.tried)
    )]
    NoPython {
        /// What was looked at, and what was wrong with each.
        tried: Vec<String>,
    },
    /// The interpreter makes no virtual environments.
    #[error(
        "{} makes no virtual environments: {said}. Install the package `python3-venv` (Debian, Ubuntu) or `uv`, or name \
         another Python with `glue-ls local setup --python PROGRAM`", .python.display()
    )]
    NoVenv {
        /// The interpreter.
        python: PathBuf,
        /// What it said.
        said: String,
    },
    /// The package index cannot be reached.
    #[error(
        "the package index cannot be reached, or has not what the local runtime is installed from: {said}. Run \
         `glue-ls local setup` when there is a network; what is downloaded by then is not lost"
    )]
    Network {
        /// What pip or uv said.
        said: String,
    },
    /// The packages could not be installed.
    #[error("the packages of the local runtime could not be installed: {said}. `glue-ls local setup` tries it again")]
    Install {
        /// What pip or uv said.
        said: String,
    },
    /// A file could not be read or written.
    #[error("the local runtime cannot be made: {} cannot be {what}: {source}", .path.display())]
    File {
        /// `written`, `removed`, …
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A session uses what is to be removed.
    #[error("the local runtime is in use: end the sessions on this machine first")]
    InUse,
    /// It was cancelled.
    #[error("the set-up of the local runtime was cancelled; `glue-ls local setup` goes on with it")]
    Cancelled,
}

impl SetupError {
    /// Returns what turns an error of the system into one about a file.
    pub(super) fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SetupError {
        let path = path.to_owned();
        move |source| SetupError::File { what, path, source }
    }
}

fn in_brackets(tried: &[String]) -> String {
    if tried.is_empty() { String::new() } else { format!(" ({})", tried.join("; ")) }
}
