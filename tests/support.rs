//! What several suites stand on.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test reports by panicking, and says on stderr what it leaves out"
)]

pub(crate) mod accounts;
pub(crate) mod client;
pub(crate) mod contents;
pub(crate) mod moto;
pub(crate) mod port;
pub(crate) mod profiles;
pub(crate) mod proxy;
pub(crate) mod spark;
mod wire;
