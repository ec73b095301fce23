//! The program and an AWS that nobody here wrote.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

mod client;
mod faults;
mod identity;
mod listing;
mod moto;
