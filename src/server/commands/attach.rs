//! `attachSession`.

use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::{Error, Result};

use crate::run::{age, size_text};
use crate::server::desk::Desk;
use crate::server::offers;
use crate::session::{SessionInfo, SessionStatus};

use super::arguments::Arguments;
use super::session::failed;
use super::{blocked, target};

/// The most sessions that are offered, the newest.
const MOST: usize = 100;

/// Has the cells of a document run in a session that exists already; without a session's id, says which could be taken.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments)?;
    if let Some(blocked) = blocked::nothing_runs(&desk, &document) {
        return Ok(blocked);
    }
    let runner = desk.runner(&document);
    let _turn = runner.turn().await;
    if let Some(id) = arguments.session_id {
        if id.is_empty() || id.chars().count() > 255 {
            return Err(Error::invalid_params("the id of a session has 1 to 255 characters"));
        }
        return Ok(json!({ "runId": desk.runs().attach(&runner, &document, id) }));
    }
    let listing = runner.list().await.map_err(failed)?;
    let own = runner.report().session_id;
    let ready =
        |session: &&SessionInfo| session.status == SessionStatus::Ready && own.as_deref() != Some(session.id.as_str());
    let actions: Vec<Json> = listing
        .sessions
        .iter()
        .filter(ready)
        .take(MOST)
        .map(|session| {
            let argument = json!({ "uri": document.uri, "sessionId": session.id });
            offers::action(&title(session), "glue-ls.attachSession", argument)
        })
        .collect();
    let place = listing.region.map(|region| format!(" in {region}")).unwrap_or_default();
    let message = match actions.len() {
        0 => format!("no other session{place} is ready"),
        1 => format!("one other session{place} is ready"),
        many => format!("{many} other sessions{place} are ready"),
    };
    Ok(blocked::answer("choose", &message, actions))
}

fn title(session: &SessionInfo) -> String {
    let mut parts = vec![session.id.to_string()];
    parts.extend(size_text(session));
    parts.extend(session.glue_version.as_ref().map(|version| format!("Glue {version}")));
    let age = session.created_on.and_then(|created| created.elapsed().ok()).map(age);
    parts.extend(age.map(|age| format!("{age} old")));
    parts.extend(session.tags.iter().take(5).map(|(key, value)| format!("{key}={value}")));
    parts.join(", ")
}
