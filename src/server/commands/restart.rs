//! `restartSession`.

use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::Result;

use crate::server::desk::Desk;
use crate::server::runs::Runnable;
use crate::server::{observed, offers};

use super::arguments::Arguments;
use super::session::{failed, tell_later};
use super::{blocked, target};

const COMMAND: &str = "glue-ls.restartSession";

/// Stops the session of a document, with all that runs in it, and starts one with the settings of the cells that have been
/// run. Variables are gone then: the cells that were run are offered to be run again, or are, with `replay`.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments)?;
    if let Some(blocked) = blocked::nothing_runs(&desk, &document) {
        return Ok(blocked);
    }
    let runner = desk.runner(&document);
    let _turn = runner.turn().await;
    let missing = if arguments.settings_first { runner.not_run(document.cells()) } else { Vec::new() };
    if let Some(blocked) = blocked::policy_anew(&runner, &document, &missing).await {
        return Ok(blocked);
    }
    let before = runner.report();
    if before.attached && !arguments.force {
        return Ok(attached(&document, &before.session_id.unwrap_or_default()));
    }
    if !runner.has_session()
        && let Some(id) = observed::session_id(&desk, &document.uri)
    {
        if !arguments.force {
            return Ok(attached(&document, &id));
        }
        observed::stop(&desk, &document.uri).await.transpose().map_err(failed)?;
    }
    let ran = runner.to_replay();
    let stopped = runner.stop_session().await.map_err(failed)?;
    let receipt = stopped.receipt().map(|receipt| receipt.text());
    if let Some(text) = receipt.clone() {
        tell_later(&desk, text);
    }
    if !missing.is_empty() {
        desk.runs().run(&runner, &document, &missing);
    }
    let again = document.find(&ran);
    let replays = arguments.replay && !again.is_empty();
    let batch = match replays {
        // The first of them that needs the session starts it.
        true => desk.runs().run(&runner, &document, &again),
        false => desk.runs().start_session(&runner, &document),
    };
    let offer = if replays { None } else { offers::replay(&desk, &document.uri, &ran, None) };
    let message = match (&before.session_id, replays) {
        (None, _) => "a session is started",
        (Some(_), true) => "the session is started anew, and the cells that ran in it are run again",
        (Some(_), false) => "the session is started anew: its variables are gone",
    };
    Ok(json!({
        "runId": batch,
        "message": message,
        "receipt": receipt,
        "actions": offer.into_iter().collect::<Vec<_>>(),
    }))
}

/// Says that the session belongs to others as well.
fn attached(document: &Runnable, id: &str) -> Json {
    let message =
        format!("the session {id} was not created for this document: others may use it, and lose what they have");
    let action = blocked::again("Stop it all the same", COMMAND, document, &[], ("force", true));
    blocked::answer("attached", &message, vec![action])
}
