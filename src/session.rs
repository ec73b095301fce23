//! Sessions of AWS Glue: their states, statements, outputs and errors, and one actor for each.
//!
//! This layer speaks of the service's session operations in terms of its own. It knows no SDK, no
//! protocol, no notebooks and no magics, and imports nothing else of this crate. [`GlueApi`] is what it
//! needs of the outside world; a [`SessionHandle`] is what it offers: a session that is created or
//! attached to, a queue of statements that run one after another, cancelling, and an honest account of
//! what happened.
//!
//! Two calls change something that cannot be undone and cost money when they are repeated: CreateSession
//! and RunStatement. Neither is sent a second time unless a look at the service has shown that the first
//! one did not arrive.

mod actor;
mod api;
mod error;
mod events;
mod execute;
mod json;
mod look;
mod open;
mod output;
mod poll;
mod printed;
mod queue;
mod types;

#[cfg(test)]
pub(crate) mod scripted;
#[cfg(test)]
mod tests;

pub use actor::{Opening, SessionHandle};
pub use api::{DynGlueApi, GlueApi, Page, PageToken, SessionFilter};
pub(crate) use error::speaks_of_time;
pub use error::{ApiError, ApiErrorKind, Operation};
pub use events::{CancelReason, EndReason, LostReason, Outcome, Phase, RunEnd, RunEvent, SessionView};
pub use output::{MimeBundle, Output, Part, StreamName, fetched, outputs};
pub use poll::Policy;
pub use printed::LIVE_BYTES;
pub use queue::{Run, RunId, RunRequest};
pub use types::{
    DashboardUrl, OutputStatus, SessionId, SessionInfo, SessionSpec, SessionStatus, Statement, StatementData,
    StatementId, StatementOutput, StatementState,
};
