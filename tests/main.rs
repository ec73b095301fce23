//! All integration tests, in one binary.

mod account;
mod awsglue;
mod cli;
mod corpus_notebooks;
mod corpus_runs;
mod crash;
mod e2e;
mod facts;
mod features;
mod forms;
mod grace;
mod grammar;
mod kernel;
mod listen;
// Its driver needs processes that outlive others.
#[cfg(unix)]
mod live;
mod local;
mod lsp;
mod mistakes;
mod mutations;
mod records;
mod rules;
mod scenarios;
mod service;
// Its sessions are killed and interrupted as Unix does it.
#[cfg(unix)]
mod spark;
mod support;
mod tidy;
mod worker;
