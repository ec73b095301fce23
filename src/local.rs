//! A local Glue: what runs statements on this machine.
//!
//! It knows nothing of LSP, notebooks or magics. So far it is the worker alone: a Python process for each
//! session, which nothing uses yet.

pub mod worker;
