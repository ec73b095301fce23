//! `glue-ls local remove`: removes the runtime.

use crate::cli::{Exit, output};
use crate::local::setup::{Progress, Runtimes};

/// Removes it.
pub(super) fn run(runtimes: &Runtimes) -> Exit {
    let tell = |progress: Progress| output::message(&progress.text);
    match super::with_signals(|cancel| runtimes.remove(cancel, &tell)) {
        Some(Ok(0)) => output::result("There was no local runtime.\n"),
        Some(Ok(bytes)) => output::result(&format!("The local runtime is removed: {}.\n", super::size(bytes))),
        Some(Err(error)) => {
            output::message(&error.to_string());
            return Exit::Failed;
        }
        None => return Exit::Failed,
    }
    Exit::Ok
}
