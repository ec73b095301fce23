//! Sessions of other kernels in which nothing runs, and those that nobody uses any more: the user is told once.

use std::collections::BTreeMap;
use std::time::Duration;

use tower_lsp_server::gen_lsp_types as lsp;

use crate::run::sessions;
use crate::server::desk::Desk;
use crate::server::runs::{lock, name};
use crate::settings::Settings;

use super::notebook::{Notebook, Session};
use super::report;

/// Reminds the user of a session in which nothing runs for as long as the settings say, or for half of its idle timeout.
/// Nobody is asked for that.
pub(super) fn watch(desk: &Desk, uri: &str) {
    let (desk, uri) = (desk.clone(), uri.to_owned());
    tokio::spawn(async move {
        let Some((after, turn)) = limit(&desk, &uri) else { return };
        tokio::time::sleep(after).await;
        if let Some(text) = due(&desk, &uri, turn, after) {
            desk.say(lsp::MessageType::Info, text);
        }
    });
}

fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes) * 60)
}

fn limit(desk: &Desk, uri: &str) -> Option<(Duration, u64)> {
    let reminder = desk.world().settings().idle_reminder;
    limit_of(lock(&desk.observer().notebooks).get(uri)?, reminder)
}

/// After which time the user is reminded, and the turn that this is about. `reminder` is in minutes, 0 for never.
pub(super) fn limit_of(notebook: &Notebook, reminder: u32) -> Option<(Duration, u64)> {
    let session = notebook.living().filter(|_| reminder > 0)?;
    let told = session.info.as_ref().and_then(|(info, _)| u32::try_from(info.idle_timeout?).ok());
    let asked = || session.request.as_ref()?.idle_timeout.as_ref()?.parse().ok();
    let half = told.or_else(asked).map(|timeout| minutes(timeout) / 2);
    let after = half.map_or(minutes(reminder), |half| half.min(minutes(reminder)));
    Some((after, notebook.turn))
}

fn due(desk: &Desk, uri: &str, turn: u64, after: Duration) -> Option<String> {
    let rates = desk.world().settings().rates.clone();
    let runner = desk.runs().existing(uri).filter(|runner| runner.has_session());
    let own = runner.and_then(|runner| runner.report().session_id);
    let mut notebooks = lock(&desk.observer().notebooks);
    let (id, cost) = due_of(notebooks.get_mut(uri)?, turn, own.as_deref(), &rates)?;
    Some(format!(
        "Nothing has run for {} minutes in the session {id}, which the kernel of {} has made{cost}. The command \
         `glue-ls.stopSession` stops it.",
        after.as_secs() / 60,
        name(uri)
    ))
}

/// Returns the session of which the user is to be reminded and what it costs, if nothing has happened since that turn. Who
/// runs cells in the session himself (`own`) reminds the user himself.
pub(super) fn due_of(
    notebook: &mut Notebook,
    turn: u64,
    own: Option<&str>,
    rates: &BTreeMap<String, f64>,
) -> Option<(String, String)> {
    if notebook.turn != turn || notebook.idle_since.is_none() {
        return None;
    }
    let session = notebook.session.as_mut().filter(|session| !session.over && !session.reminded)?;
    if own == Some(&*session.id) {
        return None;
    }
    session.reminded = true;
    let known = report::of(Some(session), rates);
    let cost = known.meter.map_or_else(String::new, |meter| {
        let so_far = meter.so_far(known.dpu_seconds);
        format!("; it costs {}, {so_far} so far", meter.tariff.per_hour().per_hour_text())
    });
    Some((session.id.clone(), cost))
}

/// Looks after a session that a kernel has left, as one that was started anew does: it may go on and cost money.
pub(super) fn left(desk: &Desk, uri: &str, session: Session, settings: &Settings) {
    let allowed = settings.account && (!session.of_document || super::is_trusted(desk, uri, settings));
    if !allowed {
        return;
    }
    let (desk, uri) = (desk.clone(), uri.to_owned());
    tokio::spawn(async move {
        let shared = desk.runs().shared().clone();
        let Ok((info, _)) = sessions::look(&shared, &session.id, &session.identity).await else { return };
        if !info.status.is_over() {
            let text = format!(
                "The session {}, which the kernel of {} had before, goes on and costs money. The command `glue-ls.stopSession` \
                 with that id stops it; `glue-ls.listSessions` lists it.",
                session.id,
                name(&uri)
            );
            desk.say(lsp::MessageType::Warning, text);
        }
    });
}
