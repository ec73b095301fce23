//! What several tests share.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

pub(crate) mod accounts;
