//! Tests of the clients against a scripted service, on a paused clock, without network.

use super::testing::*;
use super::*;
use crate::session::*;

mod faults;
mod operations;
mod signing;

fn id() -> SessionId {
    SessionId::new("s-1")
}

fn one() -> StatementId {
    StatementId(1)
}
