//! What people do with glue-ls, told as stories: the real program, from the first step to the last.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

#[cfg(unix)]
mod s1;
#[cfg(unix)]
mod s2;
mod s3;
#[cfg(unix)]
mod s4;
