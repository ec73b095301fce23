//! glue-ls: a language server for AWS Glue notebooks and scripts.
//!
//! The modules are layers, in reading order: each imports only those above it in this list, except that
//! the two front ends stand side by side. `ARCHITECTURE.md` tells what each promises.

pub mod platform;

pub mod text;

pub mod syntax;

pub mod facts;

pub mod model;

pub mod features;

pub mod settings;

pub mod host;

pub mod session;

pub mod aws;

pub mod account;

pub mod local;

pub mod run;

pub mod doctor;

pub mod server;

pub mod cli;
