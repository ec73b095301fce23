//! The session of a document: how it comes to be, what is told of it, and how it ends.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::aws::{Access, Identity};
use crate::model::create::CreateSession;
use crate::run::cost::{Size, Tariff};
use crate::run::event::{CellState, EngineName, Meter, SessionReport};
use crate::run::ledger::Ledger;
use crate::run::pages::Pages;
use crate::run::record::{RecordedIdentity, SessionRecord};
use crate::run::{spec, words};
use crate::session::{
    DynGlueApi, EndReason, Opening, Operation, Phase, SessionHandle, SessionId, SessionInfo, SessionSpec, StreamName,
};

use super::actor::{Actor, Verdict};
use super::known::Known;
use super::watch::{is_loss, watch};
use super::{Alive, lock};

/// A session that cells run in.
pub(super) struct Live {
    pub(super) handle: SessionHandle,
    /// The request that the kernel would have made for it; `None` for one that was attached to.
    pub(super) request: Option<CreateSession>,
    /// What it was created or found with.
    pub(super) api: Arc<dyn DynGlueApi>,
    /// Where it comes from.
    pub(super) origin: Origin,
    pub(super) known: Arc<Known>,
    /// Keeps report and record up to date until the session has ended.
    watcher: JoinHandle<()>,
}

/// Where a document's session comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It was created here. With keys that are nowhere but in memory, nobody else can look after it.
    Created { with_keys: bool },
    /// It was created for this document by a process that has ended.
    TakenOver,
    /// The user has attached to it; it may be on record all the same.
    Attached { on_record: bool },
}

impl Live {
    /// Stops the session in the background, and answers when it has stopped.
    pub(super) fn stop(&self, answer: oneshot::Sender<Result<SessionReport, String>>, ledger: Arc<Mutex<Ledger>>) {
        let (handle, known) = (self.handle.clone(), Arc::clone(&self.known));
        tokio::spawn(async move {
            let stopped = handle.stop().await;
            // Its actor tells of the end a moment later.
            let ended = handle.ready().await;
            if ended.is_err() {
                lock(&ledger).ended(&known.id);
            }
            answer.send(stopped.map(|_| known.report(&handle.view())).map_err(|error| error.to_string())).ok();
        });
    }

    /// Asks the service how the session is, in the background.
    pub(super) fn ask(&self, answer: oneshot::Sender<SessionReport>) {
        let (handle, known) = (self.handle.clone(), Arc::clone(&self.known));
        tokio::spawn(async move {
            let asked = handle.status().await;
            let mut report = known.report(&handle.view());
            if let Err(error) = asked {
                report.message = Some(error.to_string());
            }
            answer.send(report).ok();
        });
    }

    /// Asks the service for the session's pages, in the background.
    pub(super) fn find_pages(&self, answer: oneshot::Sender<Pages>) {
        let (api, known) = (Arc::clone(&self.api), Arc::clone(&self.known));
        tokio::spawn(async move {
            answer.send(Pages::of(&*api, &known.id, known.region.as_deref()).await).ok();
        });
    }

    /// Where the session is; `None` for one on this machine.
    pub(super) fn region(&self) -> Option<&str> {
        self.known.region.as_deref()
    }
}

impl Actor {
    /// Returns whether a session runs, as far as is known, that is not what the settings so far ask for.
    pub(super) fn differs(&self) -> bool {
        let Some(live) = &self.session else { return false };
        if matches!(live.handle.view().phase, Phase::Ended(_)) {
            return false;
        }
        let Some(created) = &live.request else {
            let info = live.handle.view().info;
            let same = || info.is_some_and(|info| self.state.clone().create().is_ok_and(|now| is_as(&info, &now)));
            // What an earlier process has set is not known here: what was set since counts.
            return live.origin != Origin::TakenOver || (self.set_since && !same());
        };
        // The state of a running session keeps its id, and where values come from makes no difference.
        let plain =
            |request: &CreateSession| CreateSession { id: None, region: None, origins: Vec::new(), ..request.clone() };
        self.state.clone().create().map_or(true, |now| plain(&now) != plain(created))
    }

    /// Takes note of a session that has ended; the user is told with the next one, unless it was the user's own wish.
    pub(super) fn notice_loss(&mut self) {
        let Some(live) = &self.session else { return };
        let Phase::Ended(reason) = live.handle.view().phase else { return };
        self.forget_session();
        if is_loss(&reason) {
            self.offers_replay = !lock(&self.ledger).missing.is_empty();
            self.lost = Some(reason);
        }
    }

    pub(super) fn forget_session(&mut self) {
        lock(&self.ledger).emptied();
        if let Some(live) = self.session.take() {
            self.watchers.retain(|watcher| !watcher.is_finished());
            self.watchers.push(live.watcher);
        }
        self.sent.clear();
        // The next one is there already.
        let next = self.inherited.as_ref().map(|inherited| inherited.id());
        self.state.set_live(next.is_some());
        lock(&self.ledger).session = next;
    }

    /// Returns the session, and creates one if there is none. With `keep` it is wanted for itself; otherwise it is
    /// given up when the cell that needs it is cancelled before it is ready.
    pub(super) async fn session(&mut self, keep: bool) -> Result<SessionHandle, Verdict> {
        self.notice_loss();
        if self.session.is_none() && self.inherited.is_some() {
            return self.resume().await;
        }
        if let Some(handle) = self.join().await? {
            return Ok(handle);
        }
        if let Some(reason) = self.lost.take() {
            let text = format!("A new session is started, without the variables of the old one: {reason}.");
            self.say(StreamName::Stderr, &text);
        }
        if let Some(live) = &self.session {
            return Ok(live.handle.clone());
        }
        let engine = self.options.engine.name();
        if engine == EngineName::Local && self.state.is_scala() {
            let why = "cells in Scala do not run on this machine, only on AWS; set the engine to \"aws\"";
            return Err(self.refuse("SessionError", why));
        }
        let request = match self.state.create() {
            Ok(request) => request,
            Err(failure) => return Err(self.refuse("SessionError", &words::creation_failure(&failure))),
        };
        let spec = match spec::spec(&request, &self.state, self.options.idle_timeout, &self.options.tags) {
            Ok(spec) => spec::with_arguments(spec, &self.options.arguments),
            Err(why) => return Err(self.refuse("SessionError", &why)),
        };
        self.tell_cell(CellState::StartingSession, None, None);
        self.prepare().await?;
        let identity = match self.machine.pin(self.identity()).await {
            Ok(identity) => identity,
            Err(why) => return Err(self.refuse("SessionError", &why)),
        };
        if engine == EngineName::Aws {
            if let Some(why) = self.forbidden(&request, identity.region.as_deref()) {
                return Err(self.refuse("PolicyError", &why));
            }
            let place = self.place(&identity).await?;
            self.put_on_record(&spec, place).await?;
        }
        if self.current.as_ref().is_some_and(|current| current.cancelled) {
            self.strike_from_record(&spec.id).await;
            return Err(Verdict::cancelled("cancelled"));
        }
        let known = Known {
            engine,
            id: spec.id.clone(),
            region: identity.region.clone().filter(|_| engine == EngineName::Aws),
            workers: words::size(spec.number_of_workers, spec.worker_type.as_deref(), spec.max_capacity),
            meter: self.meter(&spec, identity.region.as_deref()),
            idle_timeout: spec.idle_timeout.and_then(|minutes| u32::try_from(minutes).ok()),
            tags: None,
            drift: tokio::sync::watch::Sender::default(),
        };
        let origin = Origin::Created { with_keys: matches!(identity.access, Access::Keys(_)) };
        let api = self.machine.api(identity);
        let opening = Opening::Create { spec: Box::new(spec), keep };
        let handle = SessionHandle::open(Arc::clone(&api), opening, self.shared.policy.clone());
        Ok(self.look_after(handle, api, known, Some(request), origin))
    }

    pub(super) fn meter(&self, spec: &SessionSpec, region: Option<&str>) -> Meter {
        let tariff = match self.options.engine.name() {
            EngineName::Local => Tariff::local(),
            EngineName::Aws => {
                Tariff::new(Size::of_spec(spec), region, spec.glue_version.as_deref(), &self.options.rates)
            }
        };
        Meter { tariff, begun: Instant::now(), ended: None }
    }

    /// Takes a session for the document's.
    pub(super) fn look_after(
        &mut self,
        handle: SessionHandle,
        api: Arc<dyn DynGlueApi>,
        known: Known,
        request: Option<CreateSession>,
        origin: Origin,
    ) -> SessionHandle {
        let known = Arc::new(known);
        let on_record = known.engine == EngineName::Aws && origin != Origin::Attached { on_record: false };
        let records = self.shared.records.clone().filter(|_| on_record);
        self.set_since = false;
        let told = (Arc::clone(&self.report), Arc::clone(&self.ledger));
        let watcher = tokio::spawn(watch(handle.clone(), Arc::clone(&known), told, self.sink(), records));
        self.session = Some(Live { handle: handle.clone(), request, api, origin, known, watcher });
        self.state.set_live(true);
        lock(&self.ledger).session = Some(handle.view().id);
        self.idle.restart();
        self.notice_drift();
        handle
    }

    /// Returns where a session will be, and who is needed to find it again. What cannot be told for the moment is left
    /// out: the call that creates the session may fare better.
    async fn place(&mut self, identity: &Identity) -> Result<RecordedIdentity, Verdict> {
        let client = self.shared.aws.client(identity);
        let asked = self.wait(async move { client.caller().await }).await;
        let role_arn = match &identity.access {
            Access::Role { arn } => Some(arn.clone()),
            Access::Own | Access::Keys(_) => None,
        };
        let account = match asked {
            Ok(caller) => Some(caller.account),
            Err(failure) => {
                let error = failure.before(Operation::CreateSession);
                if !error.is_retryable() {
                    let reason = EndReason::Refused(error);
                    return Err(self.refuse_end(None, &reason, &reason.to_string()));
                }
                None
            }
        };
        Ok(RecordedIdentity {
            profile: identity.profile.clone(),
            region: identity.region.clone(),
            endpoint: identity.endpoint.clone(),
            role_arn,
            account,
        })
    }

    /// Writes down that a session may exist, before it does.
    async fn put_on_record(&mut self, spec: &SessionSpec, place: RecordedIdentity) -> Result<(), Verdict> {
        let Some(records) = self.shared.records.clone() else {
            let why = "there is no folder to keep a record of the session in, and without one it might be forgotten; \
                       set HOME or XDG_STATE_HOME";
            return Err(self.refuse("SessionError", why));
        };
        let record = self.record(spec, place);
        match self.wait(blocking(move || records.begin(&record))).await {
            Ok(()) => Ok(()),
            Err(error) => {
                let why = format!(
                    "the session was not started, because no record of it can be written: {error}; without one it might \
                     be forgotten and cost money"
                );
                Err(self.refuse("SessionError", &why))
            }
        }
    }

    fn record(&self, spec: &SessionSpec, place: RecordedIdentity) -> SessionRecord {
        let mut record = SessionRecord::new(spec.id.as_str(), place);
        record.document = Some(self.options.document.clone());
        record.keep = self.options.keep_session;
        record.worker_type.clone_from(&spec.worker_type);
        record.number_of_workers = spec.number_of_workers.and_then(|number| u32::try_from(number).ok());
        record.max_capacity = spec.max_capacity;
        record.glue_version.clone_from(&spec.glue_version);
        record
    }

    pub(super) async fn strike_from_record(&mut self, id: &SessionId) {
        if let Some(records) = self.shared.records.clone() {
            let id = id.clone();
            if let Err(error) = self.wait(blocking(move || records.forget(id.as_str()))).await {
                tracing::warn!("the record of a session that was not started cannot be removed: {error}");
            }
        }
    }

    /// Stops the session for a magic; returns how the cell ends if that fails.
    pub(super) async fn stop_for_cell(&mut self) -> Option<Verdict> {
        let Some(handle) = self.session.as_ref().map(|live| live.handle.clone()) else {
            self.say(StreamName::Stdout, "There is no session to stop.");
            return None;
        };
        let stopping = handle.clone();
        match self.wait(async move { stopping.stop().await }).await {
            Ok(_) => {
                let receipt = self.session.as_ref().and_then(|live| live.known.report(&handle.view()).receipt());
                let receipt = receipt.map(|receipt| format!(" {}", receipt.text())).unwrap_or_default();
                self.say(StreamName::Stdout, &format!("The session {} is stopped.{receipt}", handle.view().id));
                self.settle().await;
                None
            }
            Err(error) => Some(self.refuse("SessionError", &error.to_string())),
        }
    }

    /// Has the session stopped at once, if it is to be stopped at the end: a cell that does not heed being cancelled must
    /// not keep it alive.
    pub(super) fn hurry_stop(&self) {
        let Some(live) = self.session.as_ref().filter(|_| !self.options.keep_session) else { return };
        if live.handle.view().owned {
            let handle = live.handle.clone();
            tokio::spawn(async move { handle.stop().await });
        }
    }

    /// Waits until all is written down about a session that has ended, and forgets it.
    async fn settle(&mut self) {
        if let Some(live) = self.session.take() {
            let _ = self.wait(live.watcher).await;
        }
        self.forget_session();
    }

    /// Leaves the session at the end of the runner. Returns why it may be alive, if it may.
    pub(super) async fn leave_session(&mut self) -> Option<Alive> {
        for watcher in self.watchers.drain(..) {
            // A record that is to go must not outlive this process.
            let _ = watcher.await;
        }
        // Without anybody who asked for the end, it is left to its timeouts.
        let alive = if self.is_closed() { self.end_inherited().await } else { None };
        let Some(live) = self.session.take() else { return alive };
        let view = live.handle.view();
        let alive = if matches!(view.phase, Phase::Ended(_)) || self.left.iter().any(|left| left.id == view.id.as_str())
        {
            None
        } else if self.options.keep_session || !view.owned {
            live.handle.shutdown();
            Some(Alive { kept: true, why: "it was to be kept".to_owned() })
        } else {
            let failed = live.handle.stop().await.err();
            if failed.is_some() {
                // Nobody will look after it any more. The watcher below ends with the session's actor.
                live.handle.shutdown();
            }
            failed.map(|error| Alive { kept: false, why: error.to_string() })
        };
        let _ = live.watcher.await;
        let ended = match live.handle.view().phase {
            Phase::Ended(reason) if reason.may_be_alive() => Some(Alive { kept: false, why: reason.to_string() }),
            _ => None,
        };
        alive.or(ended)
    }
}

/// Returns whether a session is as a request has it, as far as both say it.
fn is_as(info: &SessionInfo, request: &CreateSession) -> bool {
    let same = |there: Option<String>, wanted: Option<&str>| match (there, wanted) {
        (Some(there), Some(wanted)) => there == wanted,
        _ => true,
    };
    same(info.worker_type.clone(), request.worker_type.as_deref())
        && same(info.number_of_workers.map(|number| number.to_string()), request.number_of_workers.as_deref())
        && same(info.glue_version.clone(), request.glue_version.as_deref())
}

/// Does file work beside the runtime's threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}
