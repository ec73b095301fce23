//! `glue-ls local setup`: makes the runtime.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::cli::{Exit, output};
use crate::local::setup::{Around, Progress, Runtimes, SetupError, Wish};

/// What `--help` says below the options.
pub(super) const HELP: &str = "About 600 MB are fetched from the package index that pip is configured with. Ctrl-C cancels; what is downloaded by\nthen is not fetched again.\n\nExit code: 0 it is ready, 1 it was cancelled, 2 it could not be made.\n\nExamples:\n  glue-ls local setup\n  glue-ls local setup --python python3.11    with this Python\n  glue-ls local setup --force                anew, whatever is there";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The Python to make it with, 3.9 to 3.12: a path, or a name to look up; one that is there is made anew with it
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// Make it anew although it is there
    #[arg(long)]
    force: bool,
}

/// Makes the runtime, and shows how far it has come.
pub(super) fn run(runtimes: &Runtimes, arguments: &Arguments) -> Exit {
    let wish = Wish { python: arguments.python.clone(), anew: arguments.force || arguments.python.is_some() };
    let screen = Screen::new();
    let tell = |progress: Progress| screen.show(&progress);
    let around = Around::of_process();
    let made = super::with_signals(|cancel| runtimes.ensure(&around, &wish, cancel, &tell));
    screen.clear();
    match made {
        Some(Ok(runtime)) => {
            output::result(&format!(
                "The local runtime is ready: Python {} in {}\n",
                runtime.python_version,
                runtime.python.display()
            ));
            Exit::Ok
        }
        Some(Err(error)) => {
            output::message(&error.to_string());
            if matches!(error, SetupError::Cancelled) { Exit::Found } else { Exit::Failed }
        }
        None => Exit::Failed,
    }
}

/// Shows progress: one line that changes on a terminal, a line for each step elsewhere.
pub(super) struct Screen {
    terminal: bool,
    told: Mutex<String>,
}

impl Screen {
    pub(super) fn new() -> Screen {
        Screen { terminal: std::io::stderr().is_terminal(), told: Mutex::default() }
    }

    pub(super) fn show(&self, progress: &Progress) {
        let Progress { fraction, text, .. } = progress;
        if self.terminal {
            let part = fraction.map(|part| format!("{:3.0} % ", part * 100.0)).unwrap_or_default();
            output::progress(&format!("{part}{text}"));
            return;
        }
        // Without the numbers, which change all the time.
        let what = text.split(':').next().unwrap_or_default().to_owned();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != what {
            output::message(&what);
            *told = what;
        }
    }

    pub(super) fn clear(&self) {
        if self.terminal {
            output::progress("");
        }
    }
}
