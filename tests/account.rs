//! The program and an AWS that nobody here wrote.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

mod client;
mod editor;
mod faults;
mod identity;
mod large;
mod listing;
mod moto;
mod quiet;
pub(crate) mod screen;
mod states;
