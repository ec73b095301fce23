//! Runs cells: from what a cell means to a session that runs it, and back from what the session says to the cell.
//!
//! Used by both front ends. It knows notebooks and magics (through `model`), sessions (through `session`), and who
//! runs them (`aws`, `local`); it knows neither LSP nor a terminal.

pub mod cost;
mod engine;
mod event;
pub mod explain;
mod followed;
pub mod grace;
mod ledger;
pub mod nbformat;
pub mod observed;
mod pages;
pub mod past;
pub mod receipt;
pub mod record;
pub mod render;
mod runner;
pub mod sessions;
mod spec;
pub mod tables;
pub mod traceback;
mod words;

pub use engine::{Engine, Interpreters, LocalEngine, LocalNames, Prepared, default_python, python_of};
pub use event::{
    BatchId, CellFailure, CellKey, CellReport, CellState, EngineName, Event, Meter, RanCell, Related, SessionReport,
    Sink, Spent,
};
pub use pages::Pages;
pub use runner::{
    Alive, Asked, CellRun, Closed, Left, Listing, Options, Preferences, Queued, Runner, Shared, Stacks, Which, Who,
    refusal,
};
use runner::{failure_message, whole_failure};
pub use words::{age, session_lines, size_text};
