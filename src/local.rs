//! A local Glue: what runs statements on this machine.
//!
//! It knows nothing of LSP, notebooks or magics. The service answers the session operations of the Glue API;
//! behind each session of it stands a worker, a Python process.

mod awsglue;
pub mod catalogue;
pub mod listen;
pub mod service;
pub mod setup;
pub mod spare;
pub mod spark;
pub mod worker;
