//! All integration tests, in one binary.

mod cli;
mod e2e;
mod facts;
mod features;
mod forms;
mod grammar;
mod kernel;
mod lsp;
mod rules;
mod tidy;
mod worker;
