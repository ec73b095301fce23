//! A Glue service inside this process: the session operations of the Glue API, as a function from request to answer.
//!
//! Sessions run on this machine, each in a Python process of its own, and cost nothing. What the service takes and
//! refuses, the states of sessions and statements, and the shapes of its answers are those of AWS, so that the same
//! client serves both. It also answers what a client asks beside: who calls (`GetCallerIdentity`), which is a session of
//! a role, and what roles there are (`GetRole`, `ListRoles`); it has others assumed (`AssumeRole`), and tells of what is
//! in the catalogue: databases, tables, connections and their subnets, security configurations.
//!
//! No socket is opened and no signature is checked: who calls is told by the access key alone. Sessions belong to the
//! account of who created them. Regions are not told apart. No answer waits for a statement or for the start of a
//! session.
//!
//! Memory is bounded: [`LIVE_SESSIONS`] sessions can be alive at a time, [`ENDED_SESSIONS`] more are remembered, of
//! which the outputs of the latest [`ENDED_WITH_OUTPUTS`] are kept; a session remembers [`KEPT_STATEMENTS`]
//! statements and [`KEPT_BYTES`] of their outputs, the oldest go first, and has at most [`WAITING_STATEMENTS`]
//! waiting ones.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};

use self::caller::{Caller, Keys};
use self::sessions::Sessions;
use self::wire::{Refusal, Service};
use super::setup::Runtime;
use super::spare::Spares;
use super::spark::SparkSetup;
use super::worker::{Limits, WorkerConfig};

mod access;
mod caller;
mod check;
mod connections;
mod expression;
mod identity;
mod life;
mod listing;
mod network;
mod output;
mod pattern;
mod session;
mod sessions;
mod statement;
mod tables;
mod tags;
pub(in crate::local) mod wire;

#[cfg(test)]
mod tests;

/// How many sessions can be alive at a time.
pub const LIVE_SESSIONS: usize = 16;
/// How many sessions are remembered that have ended.
pub const ENDED_SESSIONS: usize = 100;
/// Of how many sessions that have ended the outputs are kept.
pub const ENDED_WITH_OUTPUTS: usize = 4;
/// How many statements a session remembers.
pub const KEPT_STATEMENTS: usize = 2_000;
/// How many bytes of code and output a session keeps of its statements; the newest one is always kept.
pub const KEPT_BYTES: usize = 32 * 1024 * 1024;
/// How many statements may wait in a session.
pub const WAITING_STATEMENTS: usize = 100;
/// The largest request, in bytes.
pub const LARGEST_REQUEST: usize = 4 * 1024 * 1024;

/// How long [`LocalGlue::shutdown`] waits for the workers to end.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(10);

/// How the service runs its sessions, and who its caller is.
#[derive(Debug, Clone)]
pub struct LocalConfig {
    /// The Python interpreter: a path, or a name that is looked up in `PATH`.
    pub python: PathBuf,
    /// The folder in which statements run. It is also the first place where modules are looked for.
    pub cwd: PathBuf,
    /// Environment variables of the workers to set, or to take away (`None`); the others are those of this process.
    pub env: BTreeMap<OsString, Option<OsString>>,
    /// Bounds of the workers.
    pub limits: Limits,
    /// What workers need to know for Spark, the catalogue of the service among it.
    pub spark: SparkSetup,
    /// Where a session may find a worker that is started already.
    pub spares: Spares,
    /// The number of the account, 12 digits, where the catalogue has none.
    pub account: String,
    /// The name of the role whose session the caller is, and which sessions get when none is named.
    pub role: String,
    /// The name of the caller's session of that role.
    pub user: String,
}

impl LocalConfig {
    /// Returns a configuration with this process's environment, the default bounds and a made-up account.
    pub fn new(python: impl Into<PathBuf>, cwd: impl Into<PathBuf>) -> Self {
        Self {
            python: python.into(),
            cwd: cwd.into(),
            env: BTreeMap::new(),
            limits: Limits::default(),
            spark: SparkSetup::default(),
            spares: Spares::default(),
            account: "000000000000".to_owned(),
            role: "GlueLocal".to_owned(),
            user: "local".to_owned(),
        }
    }

    /// Returns what a worker is started with, whose statements find `argv` in `sys.argv`.
    fn worker(&self, argv: Vec<String>) -> WorkerConfig {
        WorkerConfig {
            python: self.python.clone(),
            cwd: self.cwd.clone(),
            env: self.env.clone(),
            argv,
            limits: self.limits.clone(),
            spark: self.spark.clone(),
        }
    }
}

/// An interpreter, and what goes with it.
#[derive(Debug, Clone)]
pub struct Interpreter {
    /// The program: a path, or a name that is looked up in `PATH`.
    pub python: PathBuf,
    /// What its workers need to know for Spark.
    pub spark: SparkSetup,
    /// The runtimes that sessions use: they are not removed before the service is gone.
    pub in_use: Vec<Runtime>,
}

/// The service. Clones are the same service; when the last one is gone its workers are killed.
#[derive(Clone)]
pub struct LocalGlue(Arc<Inner>);

struct Inner {
    config: LocalConfig,
    /// What the next sessions get in place of the interpreter of the configuration.
    interpreter: Mutex<Option<Interpreter>>,
    sessions: Mutex<Sessions>,
    keys: Mutex<Keys>,
}

impl fmt::Debug for LocalGlue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalGlue").field("python", &self.0.config.python).finish_non_exhaustive()
    }
}

impl LocalGlue {
    /// Returns a service without sessions. It does nothing yet.
    pub fn new(mut config: LocalConfig) -> Self {
        if let Some(account) = &config.spark.catalogue.account {
            config.account.clone_from(account);
        }
        Self(Arc::new(Inner {
            config,
            interpreter: Mutex::default(),
            sessions: Mutex::default(),
            keys: Mutex::default(),
        }))
    }

    /// Has the sessions that are created from now on run by this interpreter.
    pub fn use_interpreter(&self, mut interpreter: Interpreter) {
        let mut now = self.0.interpreter.lock().unwrap_or_else(PoisonError::into_inner);
        for runtime in now.take().into_iter().flat_map(|before| before.in_use) {
            if interpreter.in_use.iter().all(|other| other.python != runtime.python) {
                interpreter.in_use.push(runtime);
            }
        }
        *now = Some(interpreter);
    }

    /// Starts a worker for the next session, which this interpreter will run, with these job arguments: whoever creates it
    /// then has not to wait for it. Must be called within a tokio runtime with I/O and time.
    pub fn keep_spare(&self, interpreter: Interpreter, arguments: &[(String, String)]) {
        let Interpreter { python, spark, in_use } = interpreter;
        let config = LocalConfig { python, spark, ..self.0.config.clone() };
        let arguments = arguments.iter().cloned().collect();
        config.spares.keep(config.worker(sessions::argv(arguments)), in_use);
    }

    /// Returns the secret key and the session token of temporary keys that the service has handed out, by the id of the
    /// access key, also of those that have expired: who uses them is told so.
    pub fn secret_of(&self, access_key_id: &str) -> Option<(String, String)> {
        self.0.keys().get(access_key_id).map(|keys| (keys.secret.clone(), keys.token.clone()))
    }

    /// Answers a request. The future must be polled within a tokio runtime with I/O and time, on which the session
    /// that a `CreateSession` makes lives on.
    pub fn handle(&self, request: Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { inner.answer(&request) })
    }

    /// Stops all sessions and kills their workers. No session can be created from now on.
    ///
    /// Waits until the workers have ended, at most ten seconds.
    pub async fn shutdown(&self) {
        let ends = self.0.sessions().shut();
        let all = futures_util::future::join_all(ends.into_iter().map(session::until_ended));
        if tokio::time::timeout(SHUTDOWN_LIMIT, all).await.is_err() {
            tracing::warn!("a local session did not end in time");
        }
    }
}

impl Inner {
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what the next session is made with.
    fn config(&self) -> LocalConfig {
        let chosen = self.interpreter.lock().unwrap_or_else(PoisonError::into_inner);
        let config = self.config.clone();
        match chosen.as_ref() {
            Some(Interpreter { python, spark, .. }) => {
                LocalConfig { python: python.clone(), spark: spark.clone(), ..config }
            }
            None => config,
        }
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let service = Service::of(request);
        if request.body().len() > LARGEST_REQUEST {
            return wire::refused(service, &Refusal::too_large());
        }
        // What the caller asks for may need the keys as well.
        let caller = self.keys().caller(&self.config, request);
        let answered = caller.and_then(|caller| {
            let body = request.body();
            match service {
                Service::Glue => self.glue(&caller, wire::target(request), body).map(wire::json),
                Service::Sts | Service::Iam => {
                    identity::answer(&self.config, &mut self.keys(), &caller, service, body).map(wire::xml)
                }
                Service::Ec2 => network::answer(&self.config, &caller, body).map(wire::xml),
                Service::Other => Err(Refusal::unknown_operation()),
            }
        });
        answered.unwrap_or_else(|refusal| wire::refused(service, &refusal))
    }

    /// Answers an operation of Glue with the JSON of its result.
    fn glue(&self, caller: &Caller, operation: Option<&str>, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let operation = operation.ok_or_else(Refusal::unknown_operation)?;
        if !sessions::OPERATIONS.contains(&operation) {
            return Err(Refusal::unknown_operation());
        }
        let members = check::members(operation, body)?;
        let config = &self.config;
        access::operation(config, caller, operation, &members)?;
        match operation {
            "GetConnection" => return connections::one(config, caller, &members),
            "GetConnections" => return connections::list(config, caller, &members),
            "GetDatabase" => return tables::database(config, caller, &members),
            "GetDatabases" => return tables::databases(config, caller, &members),
            "GetTable" => return tables::table(config, caller, &members),
            "GetTables" => return tables::tables(config, caller, &members),
            "GetSecurityConfiguration" => return connections::security(config, &members),
            "GetSecurityConfigurations" => return connections::securities(config, &members),
            _ => {}
        }
        let mut sessions = self.sessions();
        match operation {
            "CreateSession" => sessions.create(&self.config(), caller, members),
            "GetSession" => sessions.get(caller, &members),
            "ListSessions" => sessions.list(caller, &members),
            "StopSession" => sessions.stop(caller, &members),
            "DeleteSession" => sessions.delete(caller, &members),
            "RunStatement" => sessions.run_statement(caller, &members),
            "GetStatement" => {
                // What an answer is made of may be large: the other sessions need not wait for it.
                let (session, number) = sessions.statement(caller, &members)?;
                drop(sessions);
                session.statement(number)
            }
            "ListStatements" => {
                let (session, from) = sessions.statements(caller, &members)?;
                drop(sessions);
                session.statements(from)
            }
            "CancelStatement" => sessions.cancel_statement(caller, &members),
            "GetDashboardUrl" => sessions.dashboard(caller, &members),
            "GetTags" => sessions.tags(caller, &members),
            "TagResource" => sessions.tag(caller, &members),
            "UntagResource" => sessions.untag(caller, &members),
            _ => Err(Refusal::unknown_operation()),
        }
    }
}
