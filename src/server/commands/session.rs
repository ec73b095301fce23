//! `startSession`, `stopSession`, `sessionStatus`.

use futures_util::future::join;
use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};

use crate::run::SessionReport;
use crate::server::desk::Desk;
use crate::server::runs::no_session;
use crate::session::DashboardUrl;

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

/// Stops the session of a document.
pub(super) async fn stop(desk: Desk, arguments: Arguments) -> Result<Json> {
    let uri = uri(&desk, &arguments)?;
    let Some(runner) = desk.runs().existing(&uri) else { return Ok(nothing(&desk, &uri)) };
    match runner.stop_session().await {
        Ok(report) => Ok(told(&uri, &report)),
        Err(why) => Err(Error { code: ErrorCode::InternalError, message: why.into(), data: None }),
    }
}

/// Asks the service how the session of a document is, and lists what earlier runs may have left behind.
pub(super) async fn status(desk: Desk, arguments: Arguments) -> Result<Json> {
    // Survivors are worth asking for without any document.
    let uri = uri(&desk, &arguments).unwrap_or_default();
    let mut answer = match desk.runs().existing(&uri) {
        Some(runner) => {
            let (report, pages) = join(runner.status(), runner.pages()).await;
            let mut answer = told(&uri, &report);
            // Here and nowhere else: the address of a dashboard may let in whoever has it.
            if let (Some(members), Some(pages)) = (answer.as_object_mut(), pages) {
                members
                    .insert("dashboardUrl".to_owned(), json!(pages.dashboard.as_ref().ok().map(DashboardUrl::reveal)));
                members.insert("dashboardError".to_owned(), json!(pages.dashboard.as_ref().err()));
                members.insert("logsUrl".to_owned(), json!(pages.logs));
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

fn uri(desk: &Desk, arguments: &Arguments) -> Result<String> {
    match &arguments.uri {
        Some(uri) => Ok(desk.world().owner(uri).to_owned()),
        None => Ok(target::document(desk, arguments)?.uri),
    }
}

fn nothing(desk: &Desk, uri: &str) -> Json {
    told(uri, &no_session(desk.world().settings()))
}

/// A session's state as clients get it.
pub(in crate::server) fn told(uri: &str, report: &SessionReport) -> Json {
    let mut object = json!(report);
    if let Some(members) = object.as_object_mut() {
        members.insert("uri".to_owned(), json!(uri));
    }
    object
}
