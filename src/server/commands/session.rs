//! `startSession`, `stopSession`, `sessionStatus`.

use std::sync::Arc;

use futures_util::future::join;
use serde_json::{Value as Json, json};
use tower_lsp_server::gen_lsp_types as lsp;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};

use crate::account::Identity;
use crate::run::record::Records;
use crate::run::{EngineName, Pages, Runner, SessionReport, Shared, sessions, size_text};
use crate::server::desk::Desk;
use crate::server::observed;
use crate::server::offers;
use crate::server::runs::no_session;
use crate::session::DashboardUrl;
use crate::settings::Engine;

use super::arguments::Arguments;
use super::{blocked, target};

/// Starts a session with the settings of the cells that have been run.
pub(super) async fn start(desk: Desk, arguments: Arguments) -> Result<Json> {
    const COMMAND: &str = "glue-ls.startSession";
    let document = target::document(&desk, &arguments)?;
    if let Some(blocked) = blocked::nothing_runs(&desk, &document) {
        return Ok(blocked);
    }
    let runner = desk.runner(&document);
    let _turn = runner.turn().await;
    let missing = runner.unapplied(document.cells(), None);
    if !missing.is_empty() && !arguments.force && !arguments.settings_first {
        return Ok(blocked::unapplied(COMMAND, &document, &[], &missing));
    }
    let first: &[usize] = if arguments.force { &[] } else { &missing };
    if let Some(blocked) = blocked::policy(&runner, &document, first, true).await {
        return Ok(blocked);
    }
    if !first.is_empty() {
        desk.runs().run(&runner, &document, first);
    }
    Ok(json!({ "runId": desk.runs().start_session(&runner, &document) }))
}

/// Stops the session of a document, or one that is named.
pub(super) async fn stop(desk: Desk, arguments: Arguments) -> Result<Json> {
    if let Some(id) = arguments.session_id.clone() {
        return stop_named(&desk, &arguments, &id).await;
    }
    let uri = uri(&desk, &arguments)?;
    let runner = desk.runs().existing(&uri);
    if !runner.as_ref().is_some_and(|runner| runner.has_session() || runner.is_busy())
        && let Some(stopped) = stop_observed(&desk, &uri).await
    {
        return stopped;
    }
    let Some(runner) = runner else { return Ok(nothing(&desk, &uri)) };
    match runner.stop_session().await {
        Ok(report) => {
            if let Some(receipt) = report.receipt() {
                tell_later(&desk, receipt.text());
            }
            Ok(told(&desk, &uri, &report))
        }
        Err(why) => Err(failed(why)),
    }
}

/// Stops the session that another kernel has for a document; `None` where there is none.
async fn stop_observed(desk: &Desk, uri: &str) -> Option<Result<Json>> {
    Some(match observed::stop(desk, uri).await? {
        Ok((state, receipt)) => {
            if let Some(receipt) = receipt {
                tell_later(desk, receipt);
            }
            Ok(state)
        }
        Err(why) => Err(failed(why)),
    })
}

/// Stops a session that somebody has chosen. One of a document that is open here ends with what runs in it.
async fn stop_named(desk: &Desk, arguments: &Arguments, id: &str) -> Result<Json> {
    let has = |runner: &Arc<Runner>| runner.report().session_id.as_deref() == Some(id);
    if let Some((uri, runner)) = desk.runs().documents().into_iter().find(|(_, runner)| has(runner)) {
        let report = runner.stop_session().await.map_err(failed)?;
        if let Some(receipt) = report.receipt() {
            tell_later(desk, receipt.text());
        }
        return Ok(told(desk, &uri, &report));
    }
    if let Some(document) = desk.observer().document_of(id)
        && let Some(stopped) = stop_observed(desk, &document).await
    {
        return stopped;
    }
    let uri = uri(desk, arguments).unwrap_or_default();
    let (shared, records, identity) = elsewhere(desk, &uri, id)?;
    sessions::stop_as(&shared, &records, id, &identity).await.map_err(failed)?;
    let stopped = SessionReport {
        session_id: Some(id.to_owned()),
        status: Some("STOPPED".to_owned()),
        ..SessionReport::none(EngineName::Aws)
    };
    Ok(told(desk, &uri, &stopped))
}

/// As whom a session is reached that no document here has: as that of a document would be created, else as the settings
/// say.
fn elsewhere(desk: &Desk, uri: &str, id: &str) -> Result<(Shared, Arc<Records>, Identity)> {
    let settings = desk.world().settings().clone();
    let identity = match desk.runs().existing(uri) {
        Some(runner) => runner.identity(),
        None => Identity { profile: settings.profile.clone(), region: settings.region.clone(), ..Identity::default() },
    };
    let shared = desk.runs().shared().clone();
    match shared.records.clone().filter(|_| settings.engine == Engine::Aws) {
        Some(records) => Ok((shared, records, identity)),
        None => Err(failed(format!("no document here has a session {id}"))),
    }
}

/// Says something to the user, without anybody waiting for it.
pub(super) fn tell_later(desk: &Desk, text: String) {
    let client = desk.client().clone();
    tokio::spawn(async move { client.show_message(lsp::MessageType::Info, text).await });
}

pub(super) fn failed(why: String) -> Error {
    Error { code: ErrorCode::InternalError, message: why.into(), data: None }
}

/// Asks the service how the session of a document is, and lists what earlier runs may have left behind.
pub(super) async fn status(desk: Desk, arguments: Arguments) -> Result<Json> {
    // Survivors are worth asking for without any document.
    let mut uri = uri(&desk, &arguments).unwrap_or_default();
    if let Some(id) = &arguments.session_id {
        let has = |runner: &Arc<Runner>| runner.report().session_id.as_ref() == Some(id);
        match desk.runs().documents().into_iter().find(|(_, runner)| has(runner)) {
            Some((document, _)) => uri = document,
            None => match desk.observer().document_of(id) {
                Some(document) => uri = document,
                None => return status_elsewhere(&desk, &uri, id).await,
            },
        }
    }
    let runner = desk.runs().existing(&uri);
    if !runner.is_some_and(|runner| runner.has_session() || runner.is_busy())
        && let Some((mut answer, pages)) = observed::status(&desk, &uri).await
    {
        if let Some(pages) = pages {
            add_pages(&mut answer, &pages);
        }
        let survivors = desk.survivors().await;
        if let Some(members) = answer.as_object_mut() {
            members.insert("survivors".to_owned(), json!(survivors));
        }
        return Ok(answer);
    }
    let document = desk.world().runnable(&uri);
    let mut answer = match desk.runs().existing(&uri) {
        Some(runner) => {
            if let Some(document) = document {
                runner.says(document.says());
            }
            let (report, pages) = join(runner.status(), runner.pages()).await;
            let mut answer = told(&desk, &uri, &report);
            if let Some(pages) = pages {
                add_pages(&mut answer, &pages);
            }
            answer
        }
        None => nothing(&desk, &uri),
    };
    let survivors = desk.survivors().await;
    if let Some(members) = answer.as_object_mut() {
        members.insert("survivors".to_owned(), json!(survivors));
    }
    Ok(answer)
}

/// Asks the service how a session is that no document here has, and for its pages.
async fn status_elsewhere(desk: &Desk, uri: &str, id: &str) -> Result<Json> {
    let (shared, records, identity) = elsewhere(desk, uri, id)?;
    let described = sessions::describe_as(&shared, &records, id, &identity).await.map_err(failed)?;
    let info = &described.info;
    let cost = sessions::cost(info, Some(&described.region), &desk.world().settings().rates.clone());
    let report = SessionReport {
        session_id: Some(id.to_owned()),
        status: Some(info.status.as_str().to_owned()),
        workers: size_text(info),
        dpu_seconds: info.dpu_seconds,
        cost_so_far: Some(cost.usd),
        message: info.error_message.clone(),
        ..SessionReport::none(EngineName::Aws)
    };
    let mut answer = told(desk, uri, &report);
    add_pages(&mut answer, &described.pages().await);
    let survivors = desk.survivors().await;
    if let Some(members) = answer.as_object_mut() {
        members.insert("survivors".to_owned(), json!(survivors));
    }
    Ok(answer)
}

/// Adds where there is more to see. To an answer and to nothing else: the address of a dashboard may let in whoever has it.
fn add_pages(answer: &mut Json, pages: &Pages) {
    let Some(members) = answer.as_object_mut() else { return };
    members.insert("dashboardUrl".to_owned(), json!(pages.dashboard.as_ref().ok().map(DashboardUrl::reveal)));
    members.insert("dashboardError".to_owned(), json!(pages.dashboard.as_ref().err()));
    members.insert("logsUrl".to_owned(), json!(pages.logs));
}

pub(super) fn uri(desk: &Desk, arguments: &Arguments) -> Result<String> {
    match &arguments.uri {
        Some(uri) => Ok(desk.world().owner(uri).to_owned()),
        None => Ok(target::document(desk, arguments)?.uri),
    }
}

fn nothing(desk: &Desk, uri: &str) -> Json {
    let none = no_session(desk.world().settings());
    told(desk, uri, &none)
}

/// A session's state as clients get it.
pub(in crate::server) fn told(desk: &Desk, uri: &str, report: &SessionReport) -> Json {
    let mut object = json!(report);
    let Some(members) = object.as_object_mut() else { return object };
    members.insert("uri".to_owned(), json!(uri));
    if let Some(receipt) = report.receipt() {
        let receipt = json!({
            "seconds": receipt.time.as_secs(),
            "dpuSeconds": receipt.usage.dpu_seconds,
            "cost": receipt.cost.usd,
            "estimate": receipt.usage.estimate || receipt.cost.estimate,
            "text": receipt.text(),
        });
        members.insert("receipt".to_owned(), receipt);
    }
    if let Some(idle_since) = report.session_id.as_ref().and_then(|id| desk.observer().knows(uri, id)) {
        members.insert("observed".to_owned(), Json::Bool(true));
        members.insert("idleSince".to_owned(), json!(idle_since));
    }
    let mut actions: Vec<Json> = offers::replay(desk, uri, &report.replay, None).into_iter().collect();
    actions.extend(report.drifts.then(|| offers::restart(uri)));
    if !actions.is_empty() {
        members.insert("actions".to_owned(), json!(actions));
    }
    object
}
