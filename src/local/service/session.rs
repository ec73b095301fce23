//! One session: its settings, its state, its statements.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::output::{Output, Printed};
use super::sessions::unusable;
use super::statement::{Page, Statement};
use super::wire::Refusal;
use super::{KEPT_BYTES, KEPT_STATEMENTS, WAITING_STATEMENTS};
use crate::facts;
use crate::local::worker;
use crate::session::{SessionStatus, StatementState};

/// The longest reason for a session's end, in characters, as the service bounds it.
const LONGEST_REASON: usize = 2048;

/// A session. Its task, in [`life`](super::life), moves it through its states.
pub(super) struct Session {
    id: String,
    /// The request that made it.
    asked: Map<String, Value>,
    record: Mutex<Record>,
    /// Whether its task has done its work.
    done: watch::Sender<bool>,
}

/// What changes of a session.
struct Record {
    status: SessionStatus,
    reason: Option<String>,
    tags: BTreeMap<String, String>,
    idle: Duration,
    created: (SystemTime, Instant),
    /// When it ended, and how long it had lived.
    ended: Option<(SystemTime, Duration)>,
    /// Since when no statement runs.
    idle_since: Instant,
    statements: BTreeMap<i64, Statement>,
    next: i64,
    /// The statement that runs.
    running: Option<i64>,
}

/// What the task of a session does next.
pub(super) enum Next {
    /// Ends the worker.
    Stop,
    /// Runs this statement.
    Run { number: i64, code: String },
    /// Nothing, since this time.
    Idle(Instant),
}

/// What is wanted of the statement that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// That it goes on.
    None,
    /// That it is interrupted.
    Cancel,
    /// That the session ends.
    Stop,
}

/// Waits until the task of a session has ended.
pub(super) async fn until_ended(session: Arc<Session>) {
    let mut done = session.done.subscribe();
    // The sender lives in the session, so there is no error.
    let _ = done.wait_for(|done| *done).await;
}

impl Session {
    /// Returns a session that is being started.
    pub(super) fn new(id: String, asked: Map<String, Value>, idle: Duration) -> Self {
        let now = Instant::now();
        let record = Record {
            status: SessionStatus::Provisioning,
            reason: None,
            tags: super::sessions::pairs(&asked, "Tags"),
            idle,
            created: (SystemTime::now(), now),
            ended: None,
            idle_since: now,
            statements: BTreeMap::new(),
            next: 0,
            running: None,
        };
        Self { id, asked, record: Mutex::new(record), done: watch::Sender::new(false) }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn status(&self) -> SessionStatus {
        self.record().status.clone()
    }

    /// Whether a request asks for this session, with all its settings.
    pub(super) fn is_asked_for_by(&self, members: &Map<String, Value>) -> bool {
        self.asked == *members
    }

    pub(super) fn tags(&self) -> BTreeMap<String, String> {
        self.record().tags.clone()
    }

    pub(super) fn set_tags(&self, tags: BTreeMap<String, String>) {
        self.record().tags = tags;
    }

    pub(super) fn has_tags(&self, wanted: &BTreeMap<String, String>) -> bool {
        let record = self.record();
        wanted.iter().all(|(name, value)| record.tags.get(name) == Some(value))
    }

    /// Returns the session as GetSession and the others show it.
    pub(super) fn described(&self) -> Value {
        let shown = facts::sessions_api().operation("GetSession").and_then(|get| get.output.get("Session"));
        let shown = |name: &str| shown.is_some_and(|session| session.members.contains_key(name));
        let mut members: Map<String, Value> = self
            .asked
            .iter()
            .filter(|(name, _)| shown(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let record = self.record();
        let lived = record.ended.map_or_else(|| record.created.1.elapsed(), |(_, lived)| lived);
        let progress = if record.status == SessionStatus::Provisioning { 0.0 } else { 1.0 };
        for (name, value) in [
            ("CreatedOn", json!(seconds(record.created.0))),
            ("Status", json!(record.status.as_str())),
            ("Progress", json!(progress)),
            ("ExecutionTime", json!(lived.as_millis() as f64 / 1000.0)),
            // It runs on the user's own machine.
            ("DPUSeconds", json!(0.0)),
            ("IdleTimeout", json!(record.idle.as_secs() / 60)),
        ] {
            members.insert(name.to_owned(), value);
        }
        for (name, value) in left_open(&self.asked) {
            members.entry(name).or_insert(value);
        }
        if let Some((time, _)) = record.ended {
            members.insert("CompletedOn".to_owned(), json!(seconds(time)));
        }
        if let Some(reason) = &record.reason {
            members.insert("ErrorMessage".to_owned(), json!(reason));
        }
        Value::Object(members)
    }

    /// Asks the session to stop.
    ///
    /// # Errors
    ///
    /// It has ended by itself.
    pub(super) fn stop(&self) -> Result<(), Refusal> {
        let mut record = self.record();
        match record.status {
            SessionStatus::Failed | SessionStatus::Timeout => Err(Refusal::illegal_state(format!(
                "The session {} is {}: there is nothing to stop.",
                self.id, record.status
            ))),
            SessionStatus::Stopped => Ok(()),
            _ => {
                record.status = SessionStatus::Stopping;
                Ok(())
            }
        }
    }

    /// Queues code. Returns its number.
    pub(super) fn queue(&self, code: &str) -> Result<i64, Refusal> {
        let mut record = self.record();
        if record.status != SessionStatus::Ready {
            return Err(unusable(&self.id, &record.status));
        }
        let waiting = record.statements.values().filter(|statement| statement.is_waiting()).count();
        if waiting >= WAITING_STATEMENTS {
            return Err(Refusal::limit(format!("{WAITING_STATEMENTS} statements wait in the session already.")));
        }
        let number = record.next;
        // The service has 32 bits for it.
        if number > i64::from(i32::MAX) {
            return Err(Refusal::limit("The session has run as many statements as it can. Create a new one."));
        }
        record.next += 1;
        record.statements.insert(number, Statement::new(number, code));
        record.forget();
        Ok(number)
    }

    /// Cancels a statement: at once if it waits, else by interrupting it. One that has ended stays as it is.
    pub(super) fn cancel(&self, number: i64) -> Result<(), Refusal> {
        let mut record = self.record();
        if record.status != SessionStatus::Ready {
            return Err(unusable(&self.id, &record.status));
        }
        let statement = record.statements.get_mut(&number).ok_or_else(|| self.no_statement(number))?;
        statement.cancel();
        Ok(())
    }

    fn no_statement(&self, number: i64) -> Refusal {
        Refusal::not_found(format!("There is no statement {number} in the session {}.", self.id))
    }

    /// Returns the answer to GetStatement.
    pub(super) fn statement(&self, number: i64) -> Result<Vec<u8>, Refusal> {
        let record = self.record();
        let statement = record.statements.get(&number).ok_or_else(|| self.no_statement(number))?;
        match statement.so_far() {
            Some(so_far) => {
                drop(record);
                so_far.answer()
            }
            None => statement.answer(),
        }
    }

    /// Returns a page of the answer to ListStatements.
    pub(super) fn statements(&self, from: i64) -> Result<Vec<u8>, Refusal> {
        let record = self.record();
        Page::of(record.statements.range(from..).map(|(_, statement)| statement)).answer()
    }

    /// Forgets what its statements showed.
    pub(super) fn forget_outputs(&self) {
        self.record().statements.values_mut().for_each(Statement::forget);
    }

    // What follows is for its task.

    /// Notes that the worker is ready, unless the session is to be stopped.
    pub(super) fn ready(&self) {
        let mut record = self.record();
        record.idle_since = Instant::now();
        if record.status == SessionStatus::Provisioning {
            record.status = SessionStatus::Ready;
        }
    }

    /// Whether it is to be stopped.
    pub(super) fn is_stopping(&self) -> bool {
        self.record().status == SessionStatus::Stopping
    }

    /// Returns what to do next. A statement that it returns counts as running.
    pub(super) fn next(&self) -> Next {
        let mut record = self.record();
        if record.status == SessionStatus::Stopping {
            return Next::Stop;
        }
        let idle_since = record.idle_since;
        let Some(statement) = record.statements.values_mut().find(|statement| statement.is_waiting()) else {
            return Next::Idle(idle_since);
        };
        let (number, code) = statement.begin();
        record.running = Some(number);
        Next::Run { number, code }
    }

    /// Returns what is wanted of the statement that runs.
    pub(super) fn wish(&self) -> Wish {
        let record = self.record();
        if record.status == SessionStatus::Stopping {
            return Wish::Stop;
        }
        let running = record.running.and_then(|number| record.statements.get(&number));
        let cancelling = running.is_some_and(|statement| *statement.state() == StatementState::Cancelling);
        if cancelling { Wish::Cancel } else { Wish::None }
    }

    /// Notes what the statement that runs prints.
    pub(super) fn print(&self, piece: &worker::Output) {
        if let Some(statement) = self.record().running() {
            statement.print(piece);
        }
    }

    /// Takes out what the statement that runs has printed.
    pub(super) fn take_printed(&self) -> Printed {
        self.record().running().map(Statement::take_printed).unwrap_or_default()
    }

    /// Ends the statement that runs.
    pub(super) fn finish(&self, state: StatementState, output: Output) {
        self.record().finish(state, output);
    }

    /// Ends the statement that runs, and with it the session: nobody sees one without the other.
    pub(super) fn finish_and_end(&self, state: StatementState, output: Output, status: SessionStatus, reason: String) {
        let mut record = self.record();
        record.finish(state, output);
        record.end(status, Some(reason));
    }

    /// Ends the session, with what waits in it. The first end counts.
    pub(super) fn end(&self, status: SessionStatus, reason: Option<String>) {
        self.record().end(status, reason);
    }

    /// Notes that its task has done its work.
    pub(super) fn done(&self) {
        self.done.send_replace(true);
    }
}

impl Record {
    fn running(&mut self) -> Option<&mut Statement> {
        self.statements.get_mut(&self.running?)
    }

    fn finish(&mut self, state: StatementState, output: Output) {
        self.idle_since = Instant::now();
        let running = self.running.take();
        if let Some(statement) = running.and_then(|number| self.statements.get_mut(&number)) {
            statement.end(state, Some(output));
        }
        self.forget();
    }

    fn end(&mut self, status: SessionStatus, reason: Option<String>) {
        if self.ended.is_some() {
            return;
        }
        let stopped = status == SessionStatus::Stopped;
        self.ended = Some((SystemTime::now(), self.created.1.elapsed()));
        self.status = status;
        let reason = reason.map(|reason| reason.chars().take(LONGEST_REASON).collect::<String>());
        for (number, statement) in &mut self.statements {
            if statement.state().is_terminal() {
                continue;
            }
            if stopped {
                statement.end(StatementState::Cancelled, None);
            } else {
                let why = reason.as_deref().unwrap_or_default();
                let output = Output::failed(*number, "NotRun", &format!("The cell was not run: {why}"));
                statement.end(StatementState::Error, Some(output));
            }
        }
        self.reason = reason;
    }

    /// Forgets old statements, beyond what is kept.
    fn forget(&mut self) {
        while self.statements.len() > KEPT_STATEMENTS {
            // The oldest one has ended long ago: fewer may wait.
            self.statements.pop_first();
        }
        let mut bytes: usize = self.statements.values().map(Statement::bytes).sum();
        let newest = self.next - 1;
        for statement in self.statements.values_mut() {
            if bytes <= KEPT_BYTES {
                break;
            }
            if statement.state().is_terminal() && statement.number() != newest {
                bytes -= statement.bytes();
                statement.forget();
            }
        }
    }
}

/// What a session has that its request did not say. Clients, the kernel among them, read it without asking whether it is
/// there.
fn left_open(asked: &Map<String, Value>) -> Vec<(&'static str, Value)> {
    let versions = facts::versions();
    let mut open = Vec::new();
    if let Some(glue) = versions.kernel_default() {
        open.push(("GlueVersion", json!(glue.version)));
    }
    // A capacity stands for both.
    if !asked.contains_key("MaxCapacity") {
        open.push(("WorkerType", json!(versions.capacity.default_worker_type)));
        open.push(("NumberOfWorkers", json!(versions.capacity.default_workers)));
    }
    open
}

/// A time as the service writes most of them: in seconds since 1970.
fn seconds(time: SystemTime) -> f64 {
    super::statement::milliseconds(time) as f64 / 1000.0
}
