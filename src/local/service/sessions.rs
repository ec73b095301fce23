//! All sessions of the service, and the operations on them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::caller::Caller;
use super::life::{self, Lifetimes};
use super::session::Session;
use super::wire::Refusal;
use super::{ENDED_SESSIONS, ENDED_WITH_OUTPUTS, LIVE_SESSIONS, LocalConfig};
use crate::facts;
use crate::facts::versions::SessionSupport;
use crate::session::SessionStatus;

/// The operations of Glue that are answered.
pub(super) const OPERATIONS: [&str; 21] = [
    "CreateSession",
    "GetSession",
    "ListSessions",
    "StopSession",
    "DeleteSession",
    "RunStatement",
    "GetStatement",
    "ListStatements",
    "CancelStatement",
    "GetDashboardUrl",
    "GetTags",
    "TagResource",
    "UntagResource",
    "GetConnection",
    "GetConnections",
    "GetDatabase",
    "GetDatabases",
    "GetTable",
    "GetTables",
    "GetSecurityConfiguration",
    "GetSecurityConfigurations",
];

/// How many sessions a page of a list holds where the request does not say.
const PAGE: usize = 100;

/// The sessions, by the order in which they were created.
#[derive(Default)]
pub(super) struct Sessions {
    all: BTreeMap<u64, Entry>,
    last: u64,
    /// Whether the service was shut down.
    shut: bool,
}

/// A session, whose it is, and what wakes its task. When it is dropped the task ends the worker.
struct Entry {
    /// The account of who created it: others do not see it.
    account: String,
    session: Arc<Session>,
    wake: watch::Sender<()>,
}

/// A member that the tables say is a string.
pub(super) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> &'a str {
    members.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A member that the tables say is a whole number.
pub(super) fn number(members: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = members.get(name)?;
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

/// A member that the tables say is a map of strings.
pub(super) fn pairs(members: &Map<String, Value>, name: &str) -> BTreeMap<String, String> {
    let pairs = members.get(name).and_then(Value::as_object).into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

impl Sessions {
    fn entry(&self, caller: &Caller, id: &str) -> Result<&Entry, Refusal> {
        // The newest first: the id of a session that was deleted may be used again.
        let own = |entry: &&Entry| entry.session.id() == id && entry.account == caller.account;
        let found = self.all.values().rev().find(own);
        found.ok_or_else(|| Refusal::not_found(format!("There is no session {id} on the local Glue.")))
    }

    /// Returns the session with this id.
    pub(super) fn session(&self, caller: &Caller, id: &str) -> Result<&Session, Refusal> {
        self.entry(caller, id).map(|entry| &*entry.session)
    }

    /// CreateSession. Must be called within a tokio runtime, on which the session lives.
    pub(super) fn create(
        &mut self,
        config: &LocalConfig,
        caller: &Caller,
        members: Map<String, Value>,
    ) -> Result<Vec<u8>, Refusal> {
        let id = text(&members, "Id").to_owned();
        if let Ok(entry) = self.entry(caller, &id) {
            return Err(if entry.session.is_asked_for_by(&members) {
                Refusal::new("AlreadyExistsException", format!("The session {id} exists already."))
            } else {
                let message = format!("The session {id} exists already, with other settings.");
                Refusal::new("IdempotentParameterMismatchException", message)
            });
        }
        agree(&members)?;
        if self.shut {
            return Err(Refusal::internal("The local Glue was shut down. Start it again."));
        }
        if self.all.values().filter(|entry| !entry.session.is_over()).count() >= LIVE_SESSIONS {
            let message = format!("There are {LIVE_SESSIONS} sessions on the local Glue. Stop one that is not needed.");
            return Err(Refusal::limit(message));
        }
        let default = &facts::versions().timeouts;
        let minutes = |name: &str, default: u32| {
            let given = number(&members, name).and_then(|minutes| u64::try_from(minutes).ok());
            Duration::from_secs(given.unwrap_or(u64::from(default)).saturating_mul(60))
        };
        let lifetimes = Lifetimes {
            idle: minutes("IdleTimeout", default.idle_timeout.default),
            life: minutes("Timeout", default.timeout.default),
        };
        let worker = config.worker(argv(pairs(&members, "DefaultArguments")));
        let session = Arc::new(Session::new(id, members, lifetimes.idle));
        let (wake, woken) = watch::channel(());
        tokio::spawn(life::live(Arc::clone(&session), woken, (worker, config.spares.clone()), lifetimes));
        let answer = json!({"Session": session.described()}).to_string();
        self.last += 1;
        self.all.insert(self.last, Entry { account: caller.account.clone(), session, wake });
        self.forget_old();
        Ok(answer.into_bytes())
    }

    /// Forgets sessions that ended long ago, and the outputs of others.
    fn forget_old(&mut self) {
        let ended = self.all.iter().rev().filter(|(_, entry)| entry.session.is_over());
        let ended: Vec<u64> = ended.map(|(number, _)| *number).collect();
        for number in ended.iter().skip(ENDED_SESSIONS) {
            self.all.remove(number);
        }
        for number in ended.iter().skip(ENDED_WITH_OUTPUTS).take(ENDED_SESSIONS) {
            if let Some(entry) = self.all.get(number) {
                entry.session.forget_outputs();
            }
        }
    }

    /// GetSession.
    pub(super) fn get(&self, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        let session = self.session(caller, text(members, "Id"))?;
        Ok(json!({"Session": session.described()}).to_string().into_bytes())
    }

    /// ListSessions.
    pub(super) fn list(&self, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        let from = match members.get("NextToken").and_then(Value::as_str) {
            Some(token) => token.parse().map_err(|_| Refusal::invalid("The NextToken is none of this service's."))?,
            None => 0_u64,
        };
        let size = number(members, "MaxResults").and_then(|size| usize::try_from(size).ok()).unwrap_or(PAGE);
        let wanted = pairs(members, "Tags");
        let mut matching = self
            .all
            .range(from..)
            .filter(|(_, entry)| entry.account == caller.account && entry.session.has_tags(&wanted));
        let page: Vec<&Session> = matching.by_ref().take(size.max(1)).map(|(_, entry)| &*entry.session).collect();
        let mut answer = json!({
            "Ids": page.iter().map(|session| session.id()).collect::<Vec<_>>(),
            "Sessions": page.iter().map(|session| session.described()).collect::<Vec<_>>(),
        });
        if let Some((number, _)) = matching.next() {
            answer["NextToken"] = Value::from(number.to_string());
        }
        Ok(answer.to_string().into_bytes())
    }

    /// StopSession. A session that is being stopped or has been is left as it is.
    pub(super) fn stop(&self, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        let id = text(members, "Id");
        let entry = self.entry(caller, id).map_err(as_invalid)?;
        entry.session.stop()?;
        entry.wake.send_replace(());
        Ok(json!({"Id": id}).to_string().into_bytes())
    }

    /// DeleteSession, of one that has ended.
    pub(super) fn delete(&mut self, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        let id = text(members, "Id");
        let session = self.session(caller, id).map_err(as_invalid)?;
        let status = session.status();
        if !status.is_terminal() {
            return Err(Refusal::illegal_state(format!("The session {id} is {status}. Stop it first.")));
        }
        self.all.retain(|_, entry| entry.session.id() != id || entry.account != caller.account);
        Ok(json!({"Id": id}).to_string().into_bytes())
    }

    /// RunStatement.
    pub(super) fn run_statement(&self, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        let entry = self.entry(caller, text(members, "SessionId"))?;
        let number = entry.session.queue(text(members, "Code"))?;
        entry.wake.send_replace(());
        Ok(json!({"Id": number}).to_string().into_bytes())
    }

    /// Returns the session and the number that a GetStatement asks about.
    pub(super) fn statement(
        &self,
        caller: &Caller,
        members: &Map<String, Value>,
    ) -> Result<(Arc<Session>, i64), Refusal> {
        let entry = self.entry(caller, text(members, "SessionId"))?;
        Ok((Arc::clone(&entry.session), number(members, "Id").unwrap_or(-1)))
    }

    /// Returns the session that a ListStatements asks about, and from which number on.
    pub(super) fn statements(
        &self,
        caller: &Caller,
        members: &Map<String, Value>,
    ) -> Result<(Arc<Session>, i64), Refusal> {
        let entry = self.entry(caller, text(members, "SessionId"))?;
        let from = match members.get("NextToken").and_then(Value::as_str) {
            Some(token) => token.parse().map_err(|_| Refusal::invalid("The NextToken is none of this service's."))?,
            None => 0,
        };
        Ok((Arc::clone(&entry.session), from))
    }

    /// CancelStatement.
    pub(super) fn cancel_statement(&self, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        let entry = self.entry(caller, text(members, "SessionId"))?;
        entry.session.cancel(number(members, "Id").unwrap_or(-1))?;
        entry.wake.send_replace(());
        Ok(b"{}".to_vec())
    }

    /// GetDashboardUrl: Spark runs inside of the session's Python here, if at all, and has no page by Glue.
    pub(super) fn dashboard(&self, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
        let id = text(members, "ResourceId");
        let what = match text(members, "ResourceType") {
            "SESSION" => format!("the session {}", self.session(caller, id)?.id()),
            _ => return Err(Refusal::not_found(format!("There is no job {id} on the local Glue."))),
        };
        let message = format!("The local Glue has no dashboard for {what}.");
        Err(Refusal::new("OperationNotSupportedException", message))
    }

    /// Stops everything, for good. Returns the sessions whose end is to be awaited.
    pub(super) fn shut(&mut self) -> Vec<Arc<Session>> {
        self.shut = true;
        for entry in self.all.values() {
            // One that has ended by itself refuses, and needs nothing.
            if entry.session.stop().is_ok() {
                entry.wake.send_replace(());
            }
        }
        self.all.values().map(|entry| Arc::clone(&entry.session)).collect()
    }
}

/// What statements find in `sys.argv`: nothing for a name, then the job arguments.
pub(super) fn argv(arguments: BTreeMap<String, String>) -> Vec<String> {
    let given = arguments.into_iter().filter(|(name, _)| name.starts_with("--"));
    std::iter::once(String::new()).chain(given.flat_map(|(name, value)| [name, value])).collect()
}

/// What holds for the members of CreateSession together, and what the service's tables know of their values.
fn agree(members: &Map<String, Value>) -> Result<(), Refusal> {
    let api = facts::sessions_api();
    let versions = facts::versions();
    let command = members.get("Command").and_then(Value::as_object).cloned().unwrap_or_default();
    let name = text(&command, "Name");
    if !api.enums.command_name.iter().any(|known| known == name) {
        let known = api.enums.command_name.join(" or ");
        return Err(Refusal::invalid(format!("The command \"{name}\" is none of a session's. Use {known}.")));
    }
    if text(&command, "PythonVersion") == "2" {
        return Err(Refusal::invalid("Sessions run Python 3 only. Set the PythonVersion of the command to 3."));
    }
    if text(members, "SessionType") == "SPARK_CONNECT" {
        let message = "The local Glue has no Spark Connect sessions. Leave SessionType out.";
        return Err(Refusal::new("OperationNotSupportedException", message));
    }
    let version = text(members, "GlueVersion");
    let glue = versions.glue(version).filter(|glue| glue.sessions != SessionSupport::No);
    if glue.is_none() && !matches!(version, "" | "auto") {
        let known = versions.glue_versions().iter().filter(|glue| glue.sessions != SessionSupport::No);
        let known: Vec<&str> = known.map(|glue| glue.version.as_str()).collect();
        let message = format!("Sessions cannot have the Glue version {version}. Use one of {}.", known.join(", "));
        return Err(Refusal::invalid(message));
    }
    let worker = text(members, "WorkerType");
    if let Some(kind) = versions.worker(worker) {
        if let Some(removed) = &kind.removed {
            return Err(Refusal::invalid(format!("Sessions cannot have the worker type {worker}: {removed}.")));
        }
        if let Some(glue) = glue.filter(|glue| !kind.runs_on(glue)) {
            let message = format!(
                "The worker type {worker} needs Glue {} or later, and this is {}.",
                kind.min_glue_version, glue.version
            );
            return Err(Refusal::invalid(message));
        }
    }
    let workers = number(members, "NumberOfWorkers");
    if workers.is_some_and(|workers| workers < 1) {
        return Err(Refusal::invalid("NumberOfWorkers must be 1 or more."));
    }
    if let Some(capacity) = members.get("MaxCapacity").and_then(Value::as_f64) {
        if !worker.is_empty() || workers.is_some() {
            let message = "MaxCapacity cannot be set together with WorkerType or NumberOfWorkers.";
            return Err(Refusal::invalid(message));
        }
        let least = versions.capacity.min_dpu;
        if capacity < f64::from(least) {
            return Err(Refusal::invalid(format!("MaxCapacity must be {least} or more.")));
        }
    }
    Ok(())
}

impl Session {
    /// Whether nothing more will happen in it.
    pub(super) fn is_over(&self) -> bool {
        self.status().is_terminal()
    }
}

/// Returns why a session in this state takes no statements.
pub(super) fn unusable(id: &str, status: &SessionStatus) -> Refusal {
    let what = if *status == SessionStatus::Provisioning { "Wait until it is READY." } else { "Create a new one." };
    Refusal::illegal_state(format!("The session {id} is {status}. {what}"))
}

/// The operations that stop and delete have no EntityNotFoundException.
fn as_invalid(refusal: Refusal) -> Refusal {
    Refusal::invalid(refusal.message)
}
