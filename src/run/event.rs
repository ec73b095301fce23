//! What running tells: states of cells, their outputs, where they failed, and how the session is.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use super::cost::{Cost, Tariff};
use super::explain::Explanation;
use super::past::Past;
use super::receipt::{SessionReceipt, Usage};
use crate::session::Part;

/// How the front end names a cell.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum CellKey {
    /// By the URI under which it is synced.
    Uri(String),
    /// By its place among the document's cells, from 0.
    Ordinal(usize),
}

/// The number of a request to run cells; no two in a process are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct BatchId(pub u64);

/// Where a cell of a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CellState {
    /// Others are before it.
    Queued,
    /// It waits for the session to start.
    StartingSession,
    /// It is being run.
    Running,
    /// It ran to its end. Final.
    Ok,
    /// It raised an exception, or could not be run. Final.
    Error,
    /// It did not run, or not to its end, because somebody wanted it so or an earlier cell failed. Final.
    Cancelled,
}

impl CellState {
    /// Returns the word that the protocol has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            CellState::Queued => "queued",
            CellState::StartingSession => "starting-session",
            CellState::Running => "running",
            CellState::Ok => "ok",
            CellState::Error => "error",
            CellState::Cancelled => "cancelled",
        }
    }

    /// Returns whether nothing more will happen to the cell in this run.
    pub fn is_final(self) -> bool {
        matches!(self, CellState::Ok | CellState::Error | CellState::Cancelled)
    }
}

impl fmt::Display for CellState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for CellState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Where a cell of a run stands, with times.
#[derive(Debug, Clone, PartialEq)]
pub struct CellReport {
    /// The cell; `None` for the start of a session that no cell asked for.
    pub cell: Option<CellKey>,
    /// The request it belongs to.
    pub batch: BatchId,
    /// Its state.
    pub state: CellState,
    /// When it began; `None` while it waits.
    pub started_at: Option<SystemTime>,
    /// Since it began.
    pub elapsed: Duration,
    /// How far it, or the session's start, has come, 0 to 1, where the service says so.
    pub progress: Option<f64>,
    /// Why, or what it waits for, for people.
    pub message: Option<String>,
    /// What was run in a session that is gone, where the cell may have missed it.
    pub replay: Vec<RanCell>,
    /// Whether a new session would have Spark, which the cell has missed.
    pub lacks_spark: bool,
    /// What it cost, once it is done, where that is known.
    pub spent: Option<Spent>,
}

impl CellReport {
    /// Returns the report of a cell of which nothing has begun.
    pub(super) fn waiting(cell: Option<CellKey>, batch: BatchId, state: CellState) -> CellReport {
        CellReport {
            cell,
            batch,
            state,
            started_at: None,
            elapsed: Duration::ZERO,
            progress: None,
            message: None,
            replay: Vec::new(),
            lacks_spark: false,
            spent: None,
        }
    }
}

/// A cell whose code ran to its end in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RanCell {
    /// The cell.
    pub cell: CellKey,
    /// Its text when it ran.
    pub text: Arc<str>,
}

/// What a cell cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spent {
    /// What it used.
    pub usage: Usage,
    /// US dollars.
    pub usd: f64,
}

/// Where and why a cell failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFailure {
    /// The cell.
    pub cell: CellKey,
    /// Its text when it ran; of a cell that was changed since, nothing can be said.
    pub text: Arc<str>,
    /// Where, in bytes of that text.
    pub range: Range<usize>,
    /// The exception's class.
    pub name: String,
    /// What went wrong, in a line or two.
    pub message: String,
    /// Where in another cell it happened, if this one called what is defined there.
    pub related: Option<Related>,
    /// What it means, and what could be changed, where that is known.
    pub explanation: Option<Explanation>,
    /// The exception as an output of the notebook format, where the outputs show it otherwise than it came.
    pub whole: Option<Arc<Json>>,
}

/// A place in another cell that has to do with a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The cell.
    pub cell: CellKey,
    /// Its text when it ran.
    pub text: Arc<str>,
    /// Where, in bytes of that text.
    pub range: Range<usize>,
}

/// Which engine runs cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineName {
    /// Sessions of AWS Glue, which cost money.
    Aws,
    /// Python on this machine.
    Local,
}

impl EngineName {
    /// Returns the name as settings have it.
    pub fn as_str(self) -> &'static str {
        match self {
            EngineName::Aws => "aws",
            EngineName::Local => "local",
        }
    }
}

/// How a document's session is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionReport {
    /// Who runs it.
    pub engine: EngineName,
    /// Its id; `None` where there is none.
    pub session_id: Option<String>,
    /// The service's word for its state.
    pub status: Option<String>,
    /// Number and type of its workers, for people.
    pub workers: Option<String>,
    /// DPU-seconds used, where the service tells them.
    pub dpu_seconds: Option<f64>,
    /// US dollars for an hour.
    pub cost_per_hour: Option<f64>,
    /// US dollars so far; an estimate where `dpu_seconds` is missing.
    pub cost_so_far: Option<f64>,
    /// What there is to say about it, for people.
    pub message: Option<String>,
    /// What it costs, and since when.
    #[serde(skip)]
    pub meter: Option<Meter>,
    /// Whether the document has attached to it, and somebody else has created it.
    #[serde(skip)]
    pub attached: bool,
    /// Whether it is not what the document asks for now.
    #[serde(skip)]
    pub drifts: bool,
    /// The cells that were run in it, where it has ended and nobody here wanted that.
    #[serde(skip)]
    pub replay: Vec<RanCell>,
}

/// What a session costs, and since when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meter {
    /// What it costs.
    pub tariff: Tariff,
    /// When its start was asked for.
    pub begun: Instant,
    /// When it ended.
    pub ended: Option<Instant>,
}

impl Meter {
    /// Returns what the session has cost so far; `dpu_seconds` is what the service has counted.
    pub fn so_far(&self, dpu_seconds: Option<f64>) -> Cost {
        let until = self.ended.unwrap_or_else(Instant::now);
        self.tariff.so_far(dpu_seconds, until.saturating_duration_since(self.begun))
    }
}

impl SessionReport {
    /// Returns the report of a document without a session.
    pub fn none(engine: EngineName) -> SessionReport {
        SessionReport {
            engine,
            session_id: None,
            status: None,
            workers: None,
            dpu_seconds: None,
            cost_per_hour: None,
            cost_so_far: None,
            message: None,
            meter: None,
            attached: false,
            drifts: false,
            replay: Vec::new(),
        }
    }

    /// Returns what the session took and cost; `None` where it has not ended, or costs nothing.
    pub fn receipt(&self) -> Option<SessionReceipt> {
        SessionReceipt::of(self.session_id.as_deref()?, self.meter.as_ref()?, self.dpu_seconds)
    }

    /// Returns what the session has cost so far; `None` where there is none.
    pub fn so_far(&self) -> Option<Cost> {
        Some(self.meter.as_ref()?.so_far(self.dpu_seconds))
    }
}

/// Something that running tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A cell changed its state, or time went by.
    Cell(CellReport),
    /// A cell shows something. Comes before the cell's final state.
    Output {
        /// The cell.
        cell: CellKey,
        /// The request it belongs to.
        batch: BatchId,
        /// Outputs of the notebook format.
        outputs: Vec<Json>,
        /// Whether they take the place of all that the cell shows.
        replace: bool,
        /// What of them is new and stays, for those who cannot take back what they have shown; `None`: all.
        rest: Option<Vec<Json>>,
    },
    /// Parts of what a cell shows are in S3 and were not fetched. Comes behind the output that says so.
    Elsewhere {
        /// The cell.
        cell: CellKey,
        /// What they are, and where.
        parts: Vec<(Part, String)>,
    },
    /// A cell failed at a certain place. Comes before the cell's final state.
    Failure(CellFailure),
    /// The session changed.
    Session(SessionReport),
    /// What was run in a session before the document came to it.
    Past(Past),
    /// Something that the user should know, for people.
    Notice(String),
}

/// Takes the events of a document's runs, in order. Called on the runtime's threads: it must not block.
pub type Sink = Arc<dyn Fn(Event) + Send + Sync>;
