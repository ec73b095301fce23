//! Kernels that are not ours, as a client sees them at work (`glue-ls/observed`): what failed is explained, and the session
//! that they pay for is known, with what it costs.
//!
//! Watching runs nothing. The service is asked only about the session that a kernel has named, as who has made it, when a
//! cell was seen or the user wants to know; see [`Observer::may_ask`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::join;
use serde_json::Value as Json;
use tokio::sync::Notify;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::model::Kernel;
use crate::run::observed::failure::{Wrong, of_session};
use crate::run::{CellKey, EngineName, Pages, Runner, SessionReport, Who, sessions};
use crate::session::{ApiErrorKind, SessionInfo, SessionStatus};
use crate::settings::Settings;

use super::announce::session_state;
use super::commands::told;
use super::desk::Desk;
use super::runs::{lock, name};

mod idle;
mod message;
mod notebook;
mod report;
#[cfg(test)]
mod tests;

use message::Message;
use notebook::{Means, Notebook, Session};

/// The most notebooks that are known at once.
const MOST: usize = 500;
/// How long the service is not asked again while cells are run one after another.
const PAUSE: Duration = Duration::from_secs(30);
/// By how much a session may be older than the cell that has created it: clocks differ.
const EARLIER: Duration = Duration::from_secs(15 * 60);

/// The notebooks whose cells other kernels run.
#[derive(Default)]
pub(super) struct Observer {
    notebooks: Mutex<HashMap<String, Notebook>>,
    /// The notebooks whose sessions are to be told of.
    marked: Mutex<Vec<String>>,
    news: Notify,
}

/// Tells how the sessions of other kernels are, for ever; ends with the runtime. What changes while the client takes one
/// is told at once behind it.
pub(super) async fn announce(desk: Desk) {
    loop {
        desk.observer().news.notified().await;
        let marked = std::mem::take(&mut *lock(&desk.observer().marked));
        for uri in marked {
            if let Some(state) = desk.observer().state(&desk, &uri) {
                session_state(desk.client(), state).await;
            }
        }
    }
}

/// Takes over what a kernel does with a cell. Never waits for anybody.
pub(super) fn observe(desk: &Desk, params: &Json) {
    let message = match Message::read(params) {
        Ok(message) => message,
        Err(why) => {
            tracing::warn!("what another kernel does is passed over: {why}");
            return;
        }
    };
    let Some(document) = desk.world().runnable(&message.uri).filter(|document| document.uri == message.uri) else {
        tracing::warn!("what another kernel does is passed over: the notebook is not open");
        return;
    };
    let index = document.cell_uris.as_ref().and_then(|uris| uris.iter().position(|uri| *uri == message.cell));
    let Some((index, model)) = index.and_then(|index| Some((index, Arc::clone(document.cells().get(index)?)))) else {
        let end = message.success.and(message.ended_at.or_else(|| Some(now())));
        let known = |end| {
            lock(&desk.observer().notebooks).get_mut(&message.uri).is_some_and(|known| known.gone(&message.cell, end))
        };
        if end.is_some_and(known) {
            idle::watch(desk, &message.uri);
            tell(desk, &message.uri);
            return;
        }
        tracing::warn!("what another kernel does is passed over: the notebook has no such cell");
        return;
    };
    let key = CellKey::Uri(message.cell.clone());
    let gate = document.analysis.model.gate.kernel();
    let settings = desk.world().settings().clone();
    let own_profile = own_profile(&settings);
    let means = Means { fallback: fallback(&settings), own_profile: own_profile.as_deref(), now: now() };
    let news = {
        let mut notebooks = lock(&desk.observer().notebooks);
        if !notebooks.contains_key(&message.uri) && notebooks.len() >= MOST {
            notebooks.retain(|_, notebook| notebook.living().is_some());
            if notebooks.len() >= MOST {
                tracing::warn!("what another kernel does is passed over: too many notebooks are known");
                return;
            }
        }
        let new = || Notebook::new(Arc::clone(&document.environment), gate.unwrap_or(Kernel::PySpark));
        let notebook = notebooks.entry(message.uri.clone()).or_insert_with(new);
        let news = notebook.take(&message, (key, index, model), &means);
        if gate.is_none() && !news.is_glue && notebook.session.is_none() {
            // Some kernel of Python.
            notebooks.remove(&message.uri);
            return;
        }
        news
    };
    let uri = message.uri;
    if gate.is_none() {
        desk.adopt(&uri);
    }
    if let Some(begun) = &news.begun
        && lock(&desk.runs().results).pass(&uri, begun)
    {
        desk.show_again(&uri);
    }
    if news.ended {
        note_identity(desk, &uri, &settings, &means);
        idle::watch(desk, &uri);
    }
    show_wrong(desk, &uri, news.wrong);
    if let Some(left) = news.left {
        idle::left(desk, &uri, left, &settings);
    }
    hand_over_if_there(desk, &uri);
    tell(desk, &uri);
    if news.ended || news.settles {
        ask(desk, &uri, news.settles);
    }
}

/// Shows what is wrong with a cell, or elsewhere.
fn show_wrong(desk: &Desk, uri: &str, wrong: Wrong) {
    if let Some(failure) = wrong.failure {
        desk.warm_connections(uri, &failure);
        lock(&desk.runs().results).fail(uri, failure);
        desk.show_again(uri);
    }
    if let Some(text) = wrong.elsewhere {
        desk.say(lsp::MessageType::Warning, text);
    }
}

/// A cell that was seen counts as run: whom it names may be asked for names, where the user trusts the folder.
fn note_identity(desk: &Desk, uri: &str, settings: &Settings, means: &Means<'_>) {
    let known = lock(&desk.observer().notebooks).get(uri).map(|notebook| notebook.identity(means));
    let Some((identity, of_document)) = known else { return };
    if of_document && is_trusted(desk, uri, settings) && desk.names().ran(uri, identity) {
        desk.accounts_changed();
    }
}

fn is_trusted(desk: &Desk, uri: &str, settings: &Settings) -> bool {
    settings.trusted.unwrap_or_else(|| desk.is_trusted(uri, settings))
}

fn fallback(settings: &Settings) -> Who {
    Who { profile: settings.profile.clone(), region: settings.region.clone() }
}

/// The profile that is used without anybody naming it.
fn own_profile(settings: &Settings) -> Option<String> {
    settings.profile.clone().or_else(|| std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty()))
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Tells a runner on AWS what another kernel has run in its notebook, and which session that has.
pub(super) fn hand_over(desk: &Desk, uri: &str, runner: &Arc<Runner>) {
    if runner.engine().name() != EngineName::Aws {
        return;
    }
    let told = lock(&desk.observer().notebooks).get_mut(uri).map(|notebook| notebook.untold(runner));
    if let Some((cells, session)) = told {
        runner.observes(cells, session);
    }
}

fn hand_over_if_there(desk: &Desk, uri: &str) {
    if let Some(runner) = desk.runs().existing(uri) {
        hand_over(desk, uri, &runner);
    }
}

/// Tells the client how the session is that another kernel has for a notebook.
pub(super) fn tell(desk: &Desk, uri: &str) {
    if !desk.support().shows_runs {
        return;
    }
    let observer = desk.observer();
    if !lock(&observer.notebooks).contains_key(uri) {
        return;
    }
    let mut marked = lock(&observer.marked);
    if !marked.iter().any(|known| known == uri) {
        marked.push(uri.to_owned());
    }
    observer.news.notify_one();
}

/// Asks the service how a session is, in the background: not often, and only where that is allowed.
fn ask(desk: &Desk, uri: &str, settles: bool) {
    let settings = desk.world().settings().clone();
    if !settings.account {
        return;
    }
    let session = {
        let mut notebooks = lock(&desk.observer().notebooks);
        let Some(session) = notebooks.get_mut(uri).and_then(|notebook| notebook.session.as_mut()) else { return };
        let soon = session.asked.is_some_and(|asked| asked.elapsed() < PAUSE);
        if session.status == "PROVISIONING" || (soon && !settles) || (session.over && !settles) {
            return;
        }
        session.asked = Some(std::time::Instant::now());
        session.clone()
    };
    if session.of_document && !is_trusted(desk, uri, &settings) {
        return;
    }
    let (desk, uri) = (desk.clone(), uri.to_owned());
    tokio::spawn(async move {
        look(&desk, &uri, &session).await;
    });
}

/// Asks the service how a session is, and tells of it.
async fn look(desk: &Desk, uri: &str, session: &Session) {
    let shared = desk.runs().shared().clone();
    let asked = sessions::look(&shared, &session.id, &session.identity).await;
    let mut wrong = Wrong::default();
    {
        let mut notebooks = lock(&desk.observer().notebooks);
        let Some(notebook) = notebooks.get_mut(uri) else { return };
        let Some(known) = notebook.session.as_mut().filter(|known| known.id == session.id) else { return };
        match asked {
            Ok((info, region)) if is_another(known, &info) => {
                tracing::warn!("a cell speaks of a session as a new one that is not: it is passed over");
                drop(region);
                notebook.session = None;
            }
            Ok((info, region)) => {
                known.message.clone_from(&info.error_message);
                if info.status.is_over() {
                    known.end(info.status.as_str().to_owned());
                } else if !known.over {
                    info.status.as_str().clone_into(&mut known.status);
                } else if session.over && matches!(info.status, SessionStatus::Provisioning | SessionStatus::Ready) {
                    // It was asked after that end, and it is the service that bills it.
                    (known.over, known.ended) = (false, None);
                    info.status.as_str().clone_into(&mut known.status);
                    known.message = Some("the kernel says that it is over, but AWS says that it goes on".to_owned());
                }
                if let (Some(why), Some((key, model, _))) = (&info.error_message, &known.made_by)
                    && known.status == "FAILED"
                {
                    wrong = of_session((key, model), why, known.request.as_ref());
                }
                known.info = Some((info, region));
            }
            Err(error) if error.kind == ApiErrorKind::NotFound && known.over => {}
            Err(error) => {
                known.message = Some(format!("what it has cost is not known: {error}"));
            }
        }
    }
    show_wrong(desk, uri, wrong);
    hand_over_if_there(desk, uri);
    tell(desk, uri);
}

/// Returns whether a session that a cell is said to have created is much older than that.
fn is_another(session: &Session, info: &SessionInfo) -> bool {
    let Some((.., began)) = &session.made_by else { return false };
    let began = UNIX_EPOCH + Duration::from_millis(*began);
    info.created_on.is_some_and(|created| created + EARLIER < began)
}

impl Observer {
    /// Returns the session of another kernel that a notebook has, as it is told; `None` where there never was one.
    fn state(&self, desk: &Desk, uri: &str) -> Option<Json> {
        let rates = desk.world().settings().rates.clone();
        let notebooks = lock(&self.notebooks);
        let notebook = notebooks.get(uri)?;
        let (report, idle_since) = (report::of(notebook.session.as_ref(), &rates), notebook.idle_since);
        drop(notebooks);
        Some(report::state(told(desk, uri, &report), idle_since))
    }

    /// Returns the notebook whose other kernel has that session, alive as far as is known.
    pub(super) fn document_of(&self, id: &str) -> Option<String> {
        let notebooks = lock(&self.notebooks);
        let has = |notebook: &Notebook| notebook.living().is_some_and(|session| session.id == id);
        notebooks.iter().find(|(_, notebook)| has(notebook)).map(|(uri, _)| uri.clone())
    }

    /// Returns the ids of all sessions of other kernels that are thought to be alive, with their notebooks.
    pub(super) fn living(&self) -> Vec<(String, String)> {
        let notebooks = lock(&self.notebooks);
        let of = |(uri, notebook): (&String, &Notebook)| Some((notebook.living()?.id.clone(), uri.clone()));
        notebooks.iter().filter_map(of).collect()
    }

    /// Returns whether another kernel has, or had, that session for a notebook, and since when nothing runs in it.
    pub(super) fn knows(&self, uri: &str, id: &str) -> Option<Option<u64>> {
        let notebooks = lock(&self.notebooks);
        let notebook = notebooks.get(uri)?;
        notebook.session.as_ref().filter(|session| session.id == id)?;
        Some(notebook.idle_since)
    }

    /// Takes note of what was found out about a session by running in it.
    pub(super) fn found(&self, uri: &str, report: &SessionReport) {
        let mut notebooks = lock(&self.notebooks);
        let known = notebooks.get_mut(uri).and_then(|notebook| notebook.session.as_mut());
        let Some(known) = known.filter(|known| Some(&known.id) == report.session_id.as_ref()) else { return };
        if let Some(status) =
            report.status.as_deref().filter(|status| ["STOPPED", "FAILED", "TIMEOUT"].contains(status))
        {
            known.end(status.to_owned());
            known.message.clone_from(&report.message);
        }
    }
}

/// Returns the session that another kernel has for a notebook, as far as is known.
pub(super) fn session_id(desk: &Desk, uri: &str) -> Option<String> {
    session_of(desk, uri).map(|session| session.id)
}

/// Asks the service how the session of another kernel is and where there is more to see of it, because the user wants to
/// know; `None` where there is none.
pub(super) async fn status(desk: &Desk, uri: &str) -> Option<(Json, Option<Pages>)> {
    let session = session_of(desk, uri)?;
    let settings = desk.world().settings().clone();
    if session.of_document && !is_trusted(desk, uri, &settings) {
        let message = "the folder is not trusted, so AWS is not asked as the notebook says";
        let mut state = desk.observer().state(desk, uri)?;
        state.as_object_mut()?.insert("message".to_owned(), Json::from(message));
        return Some((state, None));
    }
    let shared = desk.runs().shared().clone();
    let ((), pages) = join(look(desk, uri, &session), sessions::pages(&shared, &session.id, &session.identity)).await;
    Some((desk.observer().state(desk, uri)?, pages))
}

fn session_of(desk: &Desk, uri: &str) -> Option<Session> {
    lock(&desk.observer().notebooks).get(uri)?.living().cloned()
}

/// Stops the session of another kernel, because the user has said so; `None` where there is none.
///
/// # Errors
///
/// Why it could not be stopped, for people; it may be alive.
pub(super) async fn stop(desk: &Desk, uri: &str) -> Option<Result<(Json, Option<String>), String>> {
    let session = session_of(desk, uri)?;
    let settings = desk.world().settings().clone();
    if session.of_document && !is_trusted(desk, uri, &settings) {
        let why = format!(
            "the folder of {} is not trusted, so its session is not stopped as the notebook says; `%stop_session` in its \
             kernel stops it",
            name(uri)
        );
        return Some(Err(why));
    }
    let shared = desk.runs().shared().clone();
    let Some(records) = shared.records.clone() else {
        return Some(Err("there is no folder for what is known of sessions; set HOME or XDG_STATE_HOME".to_owned()));
    };
    if let Err(why) = sessions::stop_as(&shared, &records, &session.id, &session.identity).await {
        return Some(Err(why));
    }
    // For what it has used.
    let last = sessions::look(&shared, &session.id, &session.identity).await.ok();
    let receipt = {
        let mut notebooks = lock(&desk.observer().notebooks);
        let known = notebooks.get_mut(uri).and_then(|notebook| notebook.session.as_mut());
        // The kernel may have gone on to another one meanwhile.
        known.filter(|known| known.id == session.id).and_then(|known| {
            known.message = None;
            if let Some((info, region)) = last {
                known.info = Some((info, region));
            }
            known.end("STOPPED".to_owned());
            report::of(Some(known), &settings.rates).receipt().map(|receipt| receipt.text())
        })
    };
    hand_over_if_there(desk, uri);
    tell(desk, uri);
    Some(Ok((desk.observer().state(desk, uri)?, receipt)))
}
