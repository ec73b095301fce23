//! Tests of the clients against a scripted service, on a paused clock, without network.

use super::testing::*;
use super::*;
use crate::session::*;
// Two are called so: that of the sessions is meant where nothing else is said.
use crate::session::Page;

mod faults;
mod listing;
mod operations;
mod places;
mod renewal;
mod signing;

fn id() -> SessionId {
    SessionId::new("s-1")
}

fn one() -> StatementId {
    StatementId(1)
}
