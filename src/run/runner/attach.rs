//! Sessions that exist already: which there are, and attaching to one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::{oneshot, watch};

use crate::run::event::EngineName;
use crate::run::{sessions, words};
use crate::session::{DynGlueApi, EndReason, Opening, Operation, Phase, SessionHandle, SessionId, SessionSpec};

use super::Listing;
use super::actor::{Actor, Verdict};
use super::known::Known;
use super::live::{Origin, blocking};

/// The most sessions whose tags are asked for: one call for each.
const MOST_TAGGED: usize = 100;
/// How many are asked for at once.
const AT_ONCE: usize = 8;
/// How long all of that may take.
const PATIENCE: Duration = Duration::from_secs(20);

impl Actor {
    /// Attaches to a session because somebody has chosen it.
    pub(super) async fn attach_as_asked(&mut self, id: &str) -> Verdict {
        // What is asked for is about the session that is there.
        if self.session.is_none()
            && self.inherited.is_some()
            && let Err(verdict) = self.resume().await
        {
            return verdict;
        }
        match self.attach(id, true).await {
            Ok(text) => Verdict { message: Some(text), ..Verdict::ok() },
            Err(why) => Verdict::error(why),
        }
    }

    /// Attaches to a session that exists. With `recorded`, one on record is reached as it was created; else all are as the
    /// next session would be. Returns what has happened, for people.
    pub(super) async fn attach(&mut self, id: &str, recorded: bool) -> Result<String, String> {
        let mut done = String::new();
        if let Some(live) = self.session.take() {
            let view = live.handle.view();
            let there = view.id.as_str() == id && view.phase == Phase::Ready;
            if there && !matches!(live.origin, Origin::Attached { .. }) {
                self.session = Some(live);
                return Ok(format!("The session {id} is the document's already."));
            }
            if !matches!(view.phase, Phase::Ended(_)) && view.id.as_str() != id {
                done = format!(" The session {} goes on: reconnect to it to stop it.", view.id);
            }
            live.handle.shutdown();
            self.session = Some(live);
            self.forget_session();
        }
        let id = SessionId::new(id);
        let identity = self.identity();
        let (api, region) = match self.record_of(&id).await.filter(|_| recorded) {
            Some(record) => {
                let api: Arc<dyn DynGlueApi> = sessions::client(&self.shared, &record);
                (api, record.region)
            }
            None => {
                let pinned = self.machine.pin(identity.clone()).await.ok().and_then(|pinned| pinned.region);
                (self.machine.api(identity), pinned)
            }
        };
        match self.attach_with(&id, api, region).await {
            Ok(handle) => {
                self.tell_past(&handle);
                Ok(format!("Reconnected to the session {id}.{done}"))
            }
            Err(reason) => Err(format!("{reason}.{done}").trim_end_matches('.').to_owned()),
        }
    }

    /// Attaches to a session that is reached in this way, and looks after it.
    pub(super) async fn attach_with(
        &mut self,
        id: &SessionId,
        api: Arc<dyn DynGlueApi>,
        region: Option<String>,
    ) -> Result<SessionHandle, EndReason> {
        let handle = SessionHandle::open(Arc::clone(&api), Opening::Attach(id.clone()), self.shared.policy.clone());
        let view = loop {
            let opened = handle.clone();
            let asked = tokio::time::timeout(Duration::from_secs(1), async move { opened.ready().await });
            if let Ok(settled) = self.wait(asked).await {
                break settled?;
            }
            if self.current.as_ref().is_some_and(|current| current.cancelled) {
                // It goes on; nobody waits for it any more.
                handle.shutdown();
                return Err(EndReason::Left);
            }
        };
        // As far as the service tells what it is.
        let mut spec = SessionSpec::new(id.clone(), String::new());
        let mut created = None;
        if let Some(info) = &view.info {
            spec.worker_type.clone_from(&info.worker_type);
            spec.number_of_workers = info.number_of_workers;
            spec.max_capacity = info.max_capacity;
            spec.glue_version.clone_from(&info.glue_version);
            spec.idle_timeout = info.idle_timeout;
            created = info.created_on;
        }
        let mut meter = self.meter(&spec, region.as_deref());
        // It has cost money before.
        let age = created.and_then(|created| SystemTime::now().duration_since(created).ok());
        meter.begun = age.and_then(|age| Instant::now().checked_sub(age)).unwrap_or(meter.begun);
        let known = Known {
            engine: self.options.engine.name(),
            id: id.clone(),
            region: region.filter(|_| self.options.engine.name() == EngineName::Aws),
            workers: words::size(spec.number_of_workers, spec.worker_type.as_deref(), spec.max_capacity),
            meter,
            idle_timeout: spec.idle_timeout.and_then(|minutes| u32::try_from(minutes).ok()),
            tags: self.tags_to_compare(&api, id).await,
            drift: watch::Sender::default(),
        };
        let on_record = self.claim_attached(id).await;
        Ok(self.look_after(handle, api, known, None, Origin::Attached { on_record }))
    }

    /// Returns the tags of a session that was found, where the document asks for tags, and they are told soon.
    pub(super) async fn tags_to_compare(
        &mut self,
        api: &Arc<dyn DynGlueApi>,
        id: &SessionId,
    ) -> Option<Vec<(String, String)>> {
        const PATIENCE: Duration = Duration::from_secs(5);
        let asks = self.says.iter().any(|says| !says.tags.is_empty());
        if !asks || self.options.engine.name() != EngineName::Aws {
            return None;
        }
        let (api, id) = (Arc::clone(api), id.clone());
        let asked = async move { tokio::time::timeout(PATIENCE, api.get_tags(&id)).await };
        self.wait(asked).await.ok()?.ok()
    }

    /// Returns as whom and where a session was created, if it is on record.
    async fn record_of(&mut self, id: &SessionId) -> Option<crate::run::record::RecordedIdentity> {
        let records = self.shared.records.clone().filter(|_| self.options.engine.name() == EngineName::Aws)?;
        let id = id.clone();
        let read = self.wait(blocking(move || records.get(id.as_str()))).await;
        read.ok().flatten().map(|record| record.identity)
    }

    /// Lists the sessions of account and region, as whom the next session would be created, in the background.
    pub(super) fn list_sessions(&self, answer: oneshot::Sender<Result<Listing, String>>) {
        let identity = self.identity();
        let client = self.machine.client(&identity);
        let api = match &self.session {
            Some(live) => Arc::clone(&live.api),
            None => self.machine.api(identity),
        };
        tokio::spawn(async move {
            let region = match client {
                Some(client) => match client.region().await {
                    Ok(region) => Some(region),
                    Err(failure) => {
                        answer.send(Err(failure.of(Operation::ListSessions).to_string())).ok();
                        return;
                    }
                },
                None => None,
            };
            answer.send(list(&api, region).await).ok();
        });
    }

    /// Has the service count what the session has used, at the end of a run, but not all the time.
    pub(super) fn count(&mut self) {
        const PAUSE: Duration = Duration::from_secs(60);
        let due = self.counted.is_none_or(|counted| counted.elapsed() >= PAUSE);
        let paid = self.options.engine.name() == EngineName::Aws && self.queue.is_empty() && due;
        let Some(live) = self.session.as_ref().filter(|_| paid) else { return };
        if live.handle.view().phase == Phase::Ready {
            let handle = live.handle.clone();
            self.counted = Some(Instant::now());
            tokio::spawn(async move { handle.status().await });
        }
    }
}

/// Lists sessions, those that live with their tags.
pub(in crate::run) async fn list(api: &Arc<dyn DynGlueApi>, region: Option<String>) -> Result<Listing, String> {
    let found = sessions::all(&**api, &[]).await;
    let (mut sessions, more) = found.map_err(|error| error.to_string())?;
    let living = sessions.iter().filter(|session| !session.status.is_over()).take(MOST_TAGGED);
    let ids: Vec<SessionId> = living.map(|session| session.id.clone()).collect();
    let asked = stream::iter(ids).map(|id| async move {
        let tags = api.get_tags(&id).await;
        (id, tags)
    });
    // Without its tags a session is listed all the same.
    let answers = asked.buffer_unordered(AT_ONCE).take_until(tokio::time::sleep(PATIENCE));
    let mut tags: HashMap<SessionId, Vec<(String, String)>> =
        answers.filter_map(|(id, tags)| async move { Some((id, tags.ok()?)) }).collect().await;
    for session in &mut sessions {
        if let Some(tags) = tags.remove(&session.id) {
            session.tags = tags;
        }
    }
    Ok(Listing { region, sessions, more })
}
