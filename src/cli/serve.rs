//! `glue-ls`: serves an editor over standard input and output.

use std::process::ExitCode;

/// Serves until the client leaves.
pub(super) fn run() -> ExitCode {
    match crate::server::run_stdio() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            super::output::message(&format!("the server could not start: {error}"));
            ExitCode::from(2)
        }
    }
}
