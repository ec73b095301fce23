//! What the service's session operations take and return, in our terms.

use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// The id of a session. It is chosen by the caller of CreateSession, not by the service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(String);

impl SessionId {
    /// Wraps an id. The service allows 1 to 255 characters on one line; it is the one to refuse others.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The type of sessions that are driven by PySpark's own client and take no statements.
const SPARK_CONNECT: &str = "SPARK_CONNECT";

/// The longest address of a dashboard that is taken for one, in bytes.
const LONGEST_URL: usize = 16 * 1024;

/// The number of a statement within its session; later statements have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatementId(pub i64);

impl fmt::Display for StatementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Everything CreateSession takes. Members that are `None` or empty are not sent.
///
/// `Debug` shows the names of job arguments but not their values, which may hold secrets.
#[derive(Clone, PartialEq)]
pub struct SessionSpec {
    /// The id the session will have.
    pub id: SessionId,
    /// Free text shown in the console.
    pub description: Option<String>,
    /// The role's ARN. The service requires one; `None` is for the implementation of the API to fill in.
    pub role: Option<String>,
    /// `glueetl` or `gluestreaming`.
    pub command_name: String,
    /// The version of Python (`3`).
    pub python_version: Option<String>,
    /// Job arguments (`--conf` and so on), in the order they were set.
    pub default_arguments: Vec<(String, String)>,
    /// Tags, in the order they were set.
    pub tags: Vec<(String, String)>,
    /// DPU, in place of workers.
    pub max_capacity: Option<f64>,
    /// How many workers.
    pub number_of_workers: Option<i32>,
    /// Their type (`G.1X`).
    pub worker_type: Option<String>,
    /// The security configuration's name.
    pub security_configuration: Option<String>,
    /// Minutes without a statement after which the service ends the session.
    pub idle_timeout: Option<i32>,
    /// Minutes after which the service ends the session in any case.
    pub timeout: Option<i32>,
    /// Names of connections.
    pub connections: Vec<String>,
    /// The Glue version (`5.0`).
    pub glue_version: Option<String>,
    /// Who asks, in the words of the service's `RequestOrigin`.
    pub request_origin: Option<String>,
}

impl SessionSpec {
    /// Returns a specification with an id and a command, and nothing else.
    pub fn new(id: SessionId, command_name: impl Into<String>) -> Self {
        Self {
            id,
            description: None,
            role: None,
            command_name: command_name.into(),
            python_version: None,
            default_arguments: Vec::new(),
            tags: Vec::new(),
            max_capacity: None,
            number_of_workers: None,
            worker_type: None,
            security_configuration: None,
            idle_timeout: None,
            timeout: None,
            connections: Vec::new(),
            glue_version: None,
            request_origin: None,
        }
    }
}

impl fmt::Debug for SessionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.default_arguments.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("SessionSpec")
            .field("id", &self.id)
            .field("role", &self.role)
            .field("command_name", &self.command_name)
            .field("default_arguments", &names)
            .field("tags", &self.tags)
            .field("max_capacity", &self.max_capacity)
            .field("number_of_workers", &self.number_of_workers)
            .field("worker_type", &self.worker_type)
            .field("idle_timeout", &self.idle_timeout)
            .field("timeout", &self.timeout)
            .field("connections", &self.connections)
            .field("glue_version", &self.glue_version)
            .finish_non_exhaustive()
    }
}

/// State of a session, in the service's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionStatus {
    /// Being started.
    Provisioning,
    /// Accepts statements.
    Ready,
    /// Did not start, or broke.
    Failed,
    /// Its idle time or life time is over.
    Timeout,
    /// Being stopped.
    Stopping,
    /// Stopped.
    Stopped,
    /// A state this version does not know, as the service wrote it. It is not taken for an end.
    Unknown(String),
}

impl SessionStatus {
    /// Reads the service's word.
    pub fn from_word(word: &str) -> Self {
        match word {
            "PROVISIONING" => Self::Provisioning,
            "READY" => Self::Ready,
            "FAILED" => Self::Failed,
            "TIMEOUT" => Self::Timeout,
            "STOPPING" => Self::Stopping,
            "STOPPED" => Self::Stopped,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// Returns the service's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Ready => "READY",
            Self::Failed => "FAILED",
            Self::Timeout => "TIMEOUT",
            Self::Stopping => "STOPPING",
            Self::Stopped => "STOPPED",
            Self::Unknown(word) => word,
        }
    }

    /// Whether the session will never change again, and costs nothing any more.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Failed | Self::Timeout | Self::Stopped)
    }

    /// Whether no statement will run in the session from now on.
    pub fn is_over(&self) -> bool {
        self.is_terminal() || *self == Self::Stopping
    }
}

impl fmt::Display for SessionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the service tells of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionInfo {
    /// Its id.
    pub id: SessionId,
    /// Its state.
    pub status: SessionStatus,
    /// Why it failed or ended.
    pub error_message: Option<String>,
    /// How far the start has come, as the service counts it.
    pub progress: Option<f64>,
    /// When it was created.
    pub created_on: Option<SystemTime>,
    /// When it ended.
    pub completed_on: Option<SystemTime>,
    /// DPU-seconds used: what is billed.
    pub dpu_seconds: Option<f64>,
    /// Seconds it has run.
    pub execution_time: Option<f64>,
    /// The role's ARN.
    pub role: Option<String>,
    /// The command's name (`glueetl`).
    pub command_name: Option<String>,
    /// How it takes code, in the service's word (`LIVY`, `SPARK_CONNECT`); `None` where it does not say.
    pub session_type: Option<String>,
    /// The Glue version.
    pub glue_version: Option<String>,
    /// The workers' type.
    pub worker_type: Option<String>,
    /// How many workers.
    pub number_of_workers: Option<i32>,
    /// DPU, where workers are not given.
    pub max_capacity: Option<f64>,
    /// Minutes without a statement after which the service ends it.
    pub idle_timeout: Option<i32>,
    /// Names of connections.
    pub connections: Vec<String>,
    /// Job arguments, where the service tells them.
    pub default_arguments: Vec<(String, String)>,
    /// The security configuration's name.
    pub security_configuration: Option<String>,
    /// Tags, where they were asked for: no answer about a session brings them by itself.
    pub tags: Vec<(String, String)>,
}

impl SessionInfo {
    /// Returns a description that holds an id, a state and nothing else.
    pub fn new(id: SessionId, status: SessionStatus) -> Self {
        Self {
            id,
            status,
            error_message: None,
            progress: None,
            created_on: None,
            completed_on: None,
            dpu_seconds: None,
            execution_time: None,
            role: None,
            command_name: None,
            session_type: None,
            glue_version: None,
            worker_type: None,
            number_of_workers: None,
            max_capacity: None,
            idle_timeout: None,
            connections: Vec::new(),
            default_arguments: Vec::new(),
            security_configuration: None,
            tags: Vec::new(),
        }
    }

    /// Whether the session takes no statements, but a connection of PySpark's.
    pub fn is_spark_connect(&self) -> bool {
        self.session_type.as_deref() == Some(SPARK_CONNECT)
    }
}

/// The address of a session's Spark dashboard. It may let in whoever has it: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct DashboardUrl(String);

impl DashboardUrl {
    /// Wraps an address; `None` where a browser should not be sent there, or it is no address.
    pub fn new(url: impl Into<String>) -> Option<Self> {
        let url = url.into();
        let web = url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
        let plain = url.len() <= LONGEST_URL && !url.contains(|c: char| c.is_whitespace() || c.is_control());
        (web && plain && url.len() > 8).then_some(Self(url))
    }

    /// Whether the address is that of a page and no more: nothing in it could let anybody in.
    pub fn is_bare(&self) -> bool {
        !self.0.contains(['?', '#', '@', ';'])
    }

    /// Returns the address, for the user who has asked for it and nobody else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DashboardUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DashboardUrl(…)")
    }
}

/// State of a statement, in the service's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementState {
    /// Queued in the session.
    Waiting,
    /// Being run.
    Running,
    /// Finished; the output's status says whether well.
    Available,
    /// Being cancelled.
    Cancelling,
    /// Cancelled.
    Cancelled,
    /// Could not be run.
    Error,
    /// Finished. Only the official kernel knows this word; no published model has it.
    Completed,
    /// Failed, the reason being an S3 address in the output. Only the official kernel knows this word.
    Failed,
    /// A state this version does not know, as the service wrote it. It is not taken for an end.
    Unknown(String),
}

impl StatementState {
    /// Reads the service's word.
    pub fn from_word(word: &str) -> Self {
        match word {
            "WAITING" => Self::Waiting,
            "RUNNING" => Self::Running,
            "AVAILABLE" => Self::Available,
            "CANCELLING" => Self::Cancelling,
            "CANCELLED" => Self::Cancelled,
            "ERROR" => Self::Error,
            "COMPLETED" => Self::Completed,
            "FAILED" => Self::Failed,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// Returns the service's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Waiting => "WAITING",
            Self::Running => "RUNNING",
            Self::Available => "AVAILABLE",
            Self::Cancelling => "CANCELLING",
            Self::Cancelled => "CANCELLED",
            Self::Error => "ERROR",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Unknown(word) => word,
        }
    }

    /// Whether the statement will never change again.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Available | Self::Cancelled | Self::Error | Self::Completed | Self::Failed)
    }
}

impl fmt::Display for StatementState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A statement, as GetStatement and ListStatements tell of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its number.
    pub id: StatementId,
    /// Its code, where the answer brings it.
    pub code: Option<String>,
    /// Its state.
    pub state: StatementState,
    /// Its output, once it is finished.
    pub output: Option<StatementOutput>,
    /// How far it has come, as the service counts it.
    pub progress: Option<f64>,
    /// When it was started.
    pub started_on: Option<SystemTime>,
    /// When it was finished.
    pub completed_on: Option<SystemTime>,
}

impl Statement {
    /// Returns a statement that has a number, a state and nothing else.
    pub fn new(id: StatementId, state: StatementState) -> Self {
        Self { id, code: None, state, output: None, progress: None, started_on: None, completed_on: None }
    }
}

/// Whether a finished statement went well: the `Status` of its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputStatus {
    /// `ok`.
    Ok,
    /// `error`.
    Error,
    /// Something else, as the service wrote it.
    Unknown(String),
}

impl OutputStatus {
    /// Reads the service's word. The published model types it as a statement's state, so the words for a
    /// finished statement count as `ok`.
    pub fn from_word(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "ok" | "available" | "completed" => Self::Ok,
            "error" => Self::Error,
            _ => Self::Unknown(word.to_owned()),
        }
    }
}

/// The output of a statement, member by member; [`outputs`](super::outputs) makes sense of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StatementOutput {
    /// Whether it went well.
    pub status: Option<OutputStatus>,
    /// What was shown; `None` where the answer has no `Data`.
    pub data: Option<StatementData>,
    /// The session's count of executions.
    pub execution_count: Option<i64>,
    /// The exception's class.
    pub error_name: Option<String>,
    /// The exception's text.
    pub error_value: Option<String>,
    /// The traceback, in lines or larger pieces.
    pub traceback: Vec<String>,
}

/// The `Data` of an output. All members but the first are missing from the published model of the service.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StatementData {
    /// `TextPlain`.
    pub text_plain: Option<String>,
    /// `Result`: a value of the type in `mime_type`, or an address.
    pub result: Option<String>,
    /// `MimeType`: the type of `result`; `text/uri-list` says that the other members are S3 addresses.
    pub mime_type: Option<String>,
    /// `StdOut`: text, or an address.
    pub std_out: Option<String>,
    /// `StdErr`: text, or an address.
    pub std_err: Option<String>,
}
