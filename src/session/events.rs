//! What a session's actor tells the outside: events of runs, and the session's view.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use thiserror::Error;

use super::error::ApiError;
use super::output::Output;
use super::queue::RunId;
use super::types::{SessionId, SessionInfo, SessionStatus, Statement, StatementId, StatementState};

/// Something that happened to a run. `Ended` comes once and last, `Outputs` before it.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// It waits behind this many other runs.
    Queued {
        /// How many are before it.
        ahead: usize,
    },
    /// It is the next to run, and the session is being started.
    Starting {
        /// The session's state.
        status: SessionStatus,
        /// How far the start has come, as the service counts it.
        progress: Option<f64>,
        /// Since the start was asked for.
        elapsed: Duration,
    },
    /// It is with the service; sent again whenever the state or the progress changes.
    Running {
        /// Its statement.
        statement: StatementId,
        /// The statement's state.
        state: StatementState,
        /// How far it has come, as the service counts it.
        progress: Option<f64>,
        /// Since it was sent.
        elapsed: Duration,
    },
    /// Nothing moves for the moment, for this reason; the actor keeps trying.
    Trouble(ApiError),
    /// It runs, and has printed something; not every service tells of that.
    Printed {
        /// Texts of the standard streams, without a line break that they do not have.
        pieces: Vec<Output>,
        /// Whether they take the place of what was told so, since that is not how the streams begin. Else they follow it.
        replace: bool,
    },
    /// What it shows, in order: all of it, what was printed before too.
    Outputs(Vec<Output>),
    /// It is over.
    Ended(RunEnd),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEnd {
    /// Well or not.
    pub outcome: Outcome,
    /// The statement it became, where it was sent.
    pub statement: Option<StatementId>,
    /// The session's count of executions.
    pub execution_count: Option<i64>,
    /// When the service started the statement.
    pub started_on: Option<SystemTime>,
    /// When the service finished it.
    pub completed_on: Option<SystemTime>,
    /// From sending to the end; zero where it was not sent.
    pub elapsed: Duration,
}

/// Whether a run went well.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It ran to its end.
    Ok,
    /// It raised an exception, or the session could not run it; the outputs say more.
    Error {
        /// The exception's class.
        name: String,
        /// The exception's text.
        value: String,
        /// The traceback.
        traceback: Vec<String>,
    },
    /// The service did not take it: nothing has run.
    Refused(ApiError),
    /// It did not run, or not to its end.
    Cancelled(CancelReason),
    /// It was sent, or may have been, and nobody can tell what became of it.
    Lost(LostReason),
}

/// Why a run was cancelled.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CancelReason {
    /// Somebody asked for it here.
    #[error("cancelled")]
    Asked,
    /// Somebody else cancelled the statement.
    #[error("cancelled by another client of the session")]
    Elsewhere,
    /// An earlier run did not end well.
    #[error("not run, because an earlier cell did not end well")]
    EarlierRun,
    /// There is no session to run it.
    #[error("cancelled, because {0}")]
    SessionEnded(EndReason),
}

/// Why a run is lost.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LostReason {
    /// The session ended while it ran.
    #[error("interrupted, because {0}")]
    SessionEnded(EndReason),
    /// Its state cannot be asked for any more.
    #[error("the cell may still be running in the session, but its state cannot be had: {0}")]
    Unreachable(ApiError),
    /// It may or may not have arrived; it was not sent again.
    #[error("it is not certain whether the cell was run, so it was not sent again: {0}")]
    Unclear(ApiError),
}

/// Why a session is not there, or no longer.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum EndReason {
    /// The service did not create it, or it cannot be attached to.
    #[error("the session could not be started: {0}")]
    Refused(ApiError),
    /// It is not certain whether it was created, and it could not be stopped either.
    #[error("it is not certain whether the session was started; it may be running, and cost money: {0}")]
    Unclear(ApiError),
    /// The start was cancelled.
    #[error("the start of the session was cancelled")]
    StartCancelled,
    /// It was never ready in time.
    #[error("the session was not ready after {} minutes", .0.as_secs() / 60)]
    StartTooSlow(Duration),
    /// The service gave it up.
    #[error("the session failed{}", because(.0))]
    Failed(Option<String>),
    /// Its idle time or life time is over.
    #[error("the session has timed out{}; start a new one", because(.0))]
    TimedOut(Option<String>),
    /// It was stopped here.
    #[error("the session was stopped")]
    Stopped,
    /// It was stopped by somebody else.
    #[error("the session was stopped elsewhere; start a new one")]
    StoppedElsewhere,
    /// The service does not know it.
    #[error("the session does not exist any more; start a new one")]
    Gone,
    /// It is of a type that takes no statements.
    #[error(
        "the session is of the type SPARK_CONNECT, which takes no statements: neither glue-ls nor the Glue kernel can run \
         cells in it; connect PySpark to it, or choose another session"
    )]
    SparkConnect,
    /// Its state cannot be had.
    #[error("the session cannot be reached; it may be running, and cost money: {0}")]
    Unreachable(ApiError),
    /// The actor has ended; the session was left as it was.
    #[error("glue-ls no longer looks after the session")]
    Left,
}

fn because(message: &Option<String>) -> String {
    match message.as_deref().map(|message| message.trim().trim_end_matches('.')) {
        Some(message) if !message.is_empty() => format!(": {message}"),
        _ => String::new(),
    }
}

impl EndReason {
    /// Whether a session may be alive all the same, and cost money.
    pub fn may_be_alive(&self) -> bool {
        matches!(self, Self::Unclear(_) | Self::Unreachable(_) | Self::Left)
    }

    /// Returns why a session in this state runs no statements; `None` if it may.
    pub(super) fn of(info: &SessionInfo) -> Option<Self> {
        match info.status {
            SessionStatus::Failed => Some(Self::Failed(info.error_message.clone())),
            SessionStatus::Timeout => Some(Self::TimedOut(info.error_message.clone())),
            SessionStatus::Stopping | SessionStatus::Stopped => Some(Self::StoppedElsewhere),
            SessionStatus::Provisioning | SessionStatus::Ready | SessionStatus::Unknown(_) => None,
        }
    }
}

/// Where a session's actor stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// The session is being created or attached to.
    Starting,
    /// It takes statements.
    Ready,
    /// It is being stopped.
    Stopping,
    /// It is over.
    Ended(EndReason),
}

/// What is known of a session at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// Whether it was created here, and not attached to.
    pub owned: bool,
    /// Where the actor stands.
    pub phase: Phase,
    /// What the service said last.
    pub info: Option<SessionInfo>,
    /// Since the start was asked for, at the time of this view; stays as it is once the session is ready.
    pub starting_for: Duration,
    /// The run that is with the service.
    pub running: Option<RunId>,
    /// How many runs wait.
    pub queued: usize,
    /// Why nothing moves for the moment; the actor keeps trying.
    pub trouble: Option<ApiError>,
    /// The statements that were there when the session was attached to, with their outputs: the newest of them, oldest
    /// first.
    pub past: Arc<[Statement]>,
}
