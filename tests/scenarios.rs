//! What people come for, from their first step to the last, against an AWS that nobody here wrote.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]
#![cfg(unix)]

mod s1;
