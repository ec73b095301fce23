//! The local Glue for other programs: who gets in, who does not, and that it goes on serving whatever comes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test reports by panicking, and says on stderr what it leaves out"
)]

mod bounds;
mod clients;
mod doors;
mod official;
#[cfg(unix)]
mod program;
mod server;
#[cfg(unix)]
mod setup;
mod signatures;
