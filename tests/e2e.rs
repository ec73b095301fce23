//! The built servers over real stdio: what an editor sees, byte by byte.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test reports by panicking, and says on stderr what it leaves out"
)]

pub(crate) mod client;

mod exit;
mod frames;
mod liveness;
mod order;
mod pressure;
