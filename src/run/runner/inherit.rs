//! A session that an earlier process has left to the document, as it does when an editor's window is loaded anew.
//!
//! It is the document's own as soon as the runner starts, which costs a look into the folder of records. The service is
//! asked for it when a cell, or the user, first wants it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::aws::Access;
use crate::run::event::{CellState, EngineName, Event, SessionReport};
use crate::run::record::{RecordedIdentity, SessionRecord};
use crate::run::sessions;
use crate::run::words;
use crate::session::{
    DynGlueApi, EndReason, Opening, Phase, SessionHandle, SessionId, SessionSpec, SessionView, StreamName,
};

use super::actor::{Actor, Verdict};
use super::known::Known;
use super::live::{Origin, blocking};
use super::{Alive, Left, Who, lock};

/// A session that waits to be wanted.
pub(super) struct Inherited {
    record: SessionRecord,
    api: Arc<dyn DynGlueApi>,
    known: Known,
}

impl Inherited {
    /// Returns what is known of it.
    pub(super) fn known(&self) -> &Known {
        &self.known
    }

    /// Returns its id.
    pub(super) fn id(&self) -> SessionId {
        self.known.id.clone()
    }

    /// As it was when it was left.
    pub(super) fn report(&self) -> SessionReport {
        self.known.report(&SessionView {
            id: self.id(),
            owned: true,
            phase: Phase::Ready,
            info: None,
            starting_for: Duration::ZERO,
            running: None,
            queued: 0,
            trouble: None,
            past: Vec::new().into(),
        })
    }
}

impl Actor {
    /// Takes the session that was left to the document, if there is one that it could have made itself. The service is not
    /// asked.
    pub(super) async fn take_over(&mut self) {
        let Some(asked) = self.options.take_over.take() else { return };
        let Some(records) = self.shared.records.clone().filter(|_| self.options.engine.name() == EngineName::Aws)
        else {
            return;
        };
        let document = self.options.document.clone();
        let looking = (Arc::clone(&records), document.clone());
        let waits = blocking(move || Ok(!looking.0.waiting(&looking.1).is_empty())).await;
        if !waits.unwrap_or_default() {
            return;
        }
        let mut places = Vec::new();
        for asked in asked {
            let identity = asked.identity(&self.options);
            // Without a region nothing could have been created.
            let Ok(identity) = self.machine.pin(identity).await else { continue };
            let role_arn = match identity.access {
                Access::Role { arn } => Some(arn),
                Access::Own => None,
                // Nobody can leave a session for which the keys are needed.
                Access::Keys(_) => continue,
            };
            places.push(RecordedIdentity {
                profile: identity.profile,
                region: identity.region,
                endpoint: identity.endpoint,
                role_arn,
                account: None,
            });
        }
        let fits = move |record: &SessionRecord| places.iter().any(|place| place.fits(&record.identity));
        match blocking(move || records.take_over(&document, fits)).await {
            Ok(Some(record)) => self.inherit(record),
            Ok(None) => {}
            Err(error) => tracing::warn!("a session that was left to a document is not taken over: {error}"),
        }
    }

    /// Takes a session of which there is a record, without asking for it.
    pub(super) fn inherit(&mut self, record: SessionRecord) {
        let api: Arc<dyn DynGlueApi> = sessions::client(&self.shared, &record.identity);
        let id = SessionId::new(record.id.clone());
        let mut spec = SessionSpec::new(id.clone(), String::new());
        spec.worker_type.clone_from(&record.worker_type);
        spec.number_of_workers = record.number_of_workers.and_then(|number| i32::try_from(number).ok());
        spec.max_capacity = record.max_capacity;
        spec.glue_version.clone_from(&record.glue_version);
        let mut meter = self.meter(&spec, record.identity.region.as_deref());
        meter.begun = Instant::now().checked_sub(record.age()).unwrap_or(meter.begun);
        let workers = words::size(spec.number_of_workers, spec.worker_type.as_deref(), spec.max_capacity);
        let region = record.identity.region.clone();
        let known = Known {
            engine: EngineName::Aws,
            id: id.clone(),
            region,
            workers,
            meter,
            idle_timeout: None,
            tags: None,
            drift: tokio::sync::watch::Sender::default(),
        };
        // What matters comes first: an editor may show the beginning alone.
        let text =
            format!("The session of before is taken over, with its variables: cells of this document run in {id}.");
        let inherited = Inherited { record, api, known };
        let report = SessionReport {
            // Nobody has asked the service yet.
            status: Some("UNKNOWN".to_owned()),
            message: Some(text.clone()),
            ..inherited.report()
        };
        *lock(&self.report) = report.clone();
        lock(&self.ledger).session = Some(id);
        self.state.set_live(true);
        self.inherited = Some(inherited);
        self.idle.restart();
        self.tell(Event::Session(report));
        self.tell(Event::Notice(text));
    }

    /// Looks into the session that was left to the document, if something was running in it: the user wants to see what that
    /// shows. It is asked for as whom it was created, which was the user's doing; of any other nobody is asked yet.
    pub(super) async fn look_in(&mut self) {
        if self.inherited.as_ref().is_some_and(|inherited| inherited.record.at_work)
            && let Err(Verdict { message: Some(why), .. }) = self.resume().await
            && self.inherited.is_none()
            && !self.is_closing()
        {
            self.tell(Event::Notice(why));
        }
    }

    /// Attaches to the session that was left to the document, which is there.
    pub(super) async fn resume(&mut self) -> Result<SessionHandle, Verdict> {
        let Some(Inherited { api, known, .. }) = &self.inherited else {
            return Err(Verdict::error("there is no session to take over"));
        };
        let (api, id) = (Arc::clone(api), known.id.clone());
        let handle = SessionHandle::open(Arc::clone(&api), Opening::TakeOver(id.clone()), self.shared.policy.clone());
        self.tell_cell(CellState::StartingSession, None, None);
        let settled = loop {
            let opened = handle.clone();
            let asked = tokio::time::timeout(Duration::from_secs(1), async move { opened.ready().await });
            if let Ok(settled) = self.wait(asked).await {
                break settled;
            }
            if self.is_closing() || self.current.as_ref().is_some_and(|current| current.cancelled) {
                handle.shutdown();
                return Err(Verdict::cancelled("cancelled"));
            }
        };
        let tags = if settled.is_ok() { self.tags_to_compare(&api, &id).await } else { None };
        let Some(Inherited { record, api, mut known }) = self.inherited.take() else {
            // Somebody has ordered something else for it meanwhile.
            handle.shutdown();
            return Err(Verdict::cancelled("the session was stopped"));
        };
        match settled {
            Ok(view) => {
                let minutes = view.info.as_ref().and_then(|info| info.idle_timeout);
                known.idle_timeout = minutes.and_then(|minutes| u32::try_from(minutes).ok());
                known.tags = tags;
                let text = format!("The session {} of before is taken over, with the variables it has.", known.id);
                let handle = self.look_after(handle, api, known, None, Origin::TakenOver);
                self.say(StreamName::Stderr, &text);
                self.tell_past(&handle);
                Ok(handle)
            }
            Err(reason) => {
                handle.shutdown();
                Err(self.not_there(Inherited { record, api, known }, &reason).await)
            }
        }
    }

    /// Says why the session that was left to the document cannot be used, and forgets it if it is over. No new one is
    /// created in its place at once: the cells that say what it should be have not been run here.
    async fn not_there(&mut self, inherited: Inherited, reason: &EndReason) -> Verdict {
        let id = inherited.id();
        let doubt = match reason {
            EndReason::Gone => {
                let client = sessions::client(&self.shared, &inherited.record.identity);
                let record = inherited.record.clone();
                self.wait(async move { sessions::doubt(&client, &record).await }).await
            }
            EndReason::Failed(_) | EndReason::TimedOut(_) | EndReason::StoppedElsewhere => None,
            _ => Some(reason.to_string()),
        };
        if let Some(why) = doubt {
            let why = format!("the session {id} of before cannot be used: {why}");
            self.inherited = Some(inherited);
            return self.refuse("SessionError", &why);
        }
        self.strike_from_record(&id).await;
        self.state.set_live(false);
        lock(&self.ledger).session = None;
        let why = format!(
            "the session {id}, which was taken over, has ended since, and its variables with it: {reason}. Run the cell \
             again for a new session; the cells with settings have to be run before"
        );
        let report = SessionReport { message: Some(why.clone()), ..SessionReport::none(EngineName::Aws) };
        *lock(&self.report) = report.clone();
        self.tell(Event::Session(report));
        self.refuse("SessionError", &why)
    }

    /// Stops the session that was left to the document, in the background, and answers when it has stopped.
    pub(super) fn stop_inherited(&mut self, answer: oneshot::Sender<Result<SessionReport, String>>) {
        let (Some(inherited), Some(records)) = (self.inherited.take(), self.shared.records.clone()) else { return };
        self.state.set_live(false);
        let (shared, report, ledger) = (self.shared.clone(), Arc::clone(&self.report), Arc::clone(&self.ledger));
        let sink = self.sink();
        tokio::spawn(async move {
            let id = inherited.id();
            // A record that stays is one of this process, which is stopped at its end.
            let stopped = sessions::stop(&shared, &records, id.as_str(), Who::default()).await;
            lock(&ledger).ended(&id);
            let now = match &stopped {
                Ok(()) => SessionReport { status: Some("STOPPED".to_owned()), ..inherited.report() },
                Err(why) => SessionReport {
                    status: Some("UNKNOWN".to_owned()),
                    message: Some(why.clone()),
                    ..inherited.report()
                },
            };
            *lock(&report) = now.clone();
            sink(Event::Session(now.clone()));
            answer.send(stopped.map(|()| now)).ok();
        });
    }

    /// Stops the session that was left to the document and never wanted, at the end of the runner. Returns why it may be
    /// alive, if it may.
    pub(super) async fn end_inherited(&mut self) -> Option<Alive> {
        let (inherited, records) = (self.inherited.take()?, self.shared.records.clone()?);
        let stopped = sessions::stop(&self.shared, &records, &inherited.record.id, Who::default()).await;
        stopped.err().map(|why| Alive { kept: false, why })
    }

    /// Asks the service how the session is that was left to the document, in the background.
    pub(super) fn ask_inherited(&self, answer: oneshot::Sender<SessionReport>) {
        let Some(inherited) = &self.inherited else { return };
        let (api, id) = (Arc::clone(&inherited.api), inherited.id());
        let mut report = inherited.report();
        tokio::spawn(async move {
            match api.get_session(&id).await {
                Ok(info) => {
                    report.status = Some(info.status.as_str().to_owned());
                    report.dpu_seconds = info.dpu_seconds;
                    report.cost_so_far = report.meter.map(|meter| meter.so_far(info.dpu_seconds).usd);
                    report.message = info.error_message;
                }
                Err(error) => {
                    report.status = Some("UNKNOWN".to_owned());
                    report.message = Some(error.to_string());
                }
            }
            answer.send(report).ok();
        });
    }

    /// Leaves the session alone, for somebody else to look after, if one could: whoever ends keeps nothing of it, not
    /// even a statement that runs. Returns whether it was so.
    pub(super) fn let_go(&mut self) -> bool {
        if self.options.engine.name() != EngineName::Aws {
            return false;
        }
        // Nobody has asked for it since it was left.
        let as_before = |Inherited { record, .. }| Left { id: record.id, at_work: record.at_work };
        self.left.extend(self.inherited.take().map(as_before));
        let Some(live) = &self.session else { return false };
        let view = live.handle.view();
        let alone = live.origin != Origin::Created { with_keys: true };
        if !alone || view.phase != Phase::Ready {
            return false;
        }
        let at_work = view.running.is_some() || view.queued > 0 || !lock(&self.ledger).followed.is_empty();
        self.left.push(Left { id: view.id.to_string(), at_work });
        live.handle.shutdown();
        true
    }

    /// Makes sure that nobody stops a session of ours to which the user has attached. Returns whether it is on record.
    pub(super) async fn claim_attached(&mut self, id: &SessionId) -> bool {
        let Some(records) = self.shared.records.clone() else { return false };
        let id = id.clone();
        let claimed = self.wait(blocking(move || records.attach(id.as_str()))).await;
        claimed.unwrap_or_else(|error| {
            tracing::warn!("the record of a session cannot be changed: {error}");
            false
        })
    }
}
