//! What `glue-ls` does with the sessions of a server that has ended. The program calls it itself.

use crate::cli::{Exit, output};
use crate::platform;
use crate::run::grace;

/// Looks after sessions until there is nothing left to do.
pub(super) fn run() -> Exit {
    platform::become_leader();
    match grace::keep(std::io::stdin(), output::result) {
        Ok(()) => Exit::Ok,
        Err(error) => {
            output::message(&format!("nothing was handed over: {error}"));
            Exit::Failed
        }
    }
}
