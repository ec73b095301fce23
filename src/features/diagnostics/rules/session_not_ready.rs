//! `session-not-ready`: a session that `%reconnect` cannot attach to, or not yet.

use std::cmp::Reverse;

use super::in_account::{is_plain, meant, seen, shown};
use super::magic_line::is_swallowed;
use super::placeholder::is_open;
use super::written::before_comment;
use crate::features::diagnostics::{Context, Findings, Fix, Severity};
use crate::model::account::{Claim, Known, SessionFact};
use crate::model::effects::ChangeKind;

/// Most sessions that are offered in place of one.
const MOST_OFFERED: usize = 3;
/// Most planned sessions that are looked at.
const MOST_PLANNED: usize = 1000;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(claim) = context.model.history.attachment(context.index).map(Claim::as_whom) else { return };
    let planned = || context.model.history.sessions.iter().take(MOST_PLANNED);
    // Where sessions of the document are made elsewhere, it is not plain where the kernel asks for this one.
    if claim.endpoint || planned().any(|session| Claim::of(session) != claim) {
        return;
    }
    for change in &context.cell.effects.changes {
        let ChangeKind::Reconnect(id) = &change.kind else { continue };
        // What is no id at all other rules say.
        let odd = id.trim_matches(['"', '\'']).len() != id.len() || before_comment(id).is_some() || id.trim() != id;
        if id.is_empty() || odd || is_open(id) || is_swallowed(context, &change.range) {
            continue;
        }
        // One that the document itself makes is there when the cell is run.
        if planned().any(|session| session.request.id.as_ref() == Some(id)) {
            continue;
        }
        let known = context.model.accounts.sessions(&claim);
        if !known.is_reliable() {
            continue;
        }
        let named = shown(id);
        let what = match known.find(id).map(|session| session.status.as_str()) {
            None => format!("there is no session {named}"),
            Some("PROVISIONING") => {
                let message = format!("the session {named} is still being started: cells wait for it{}", seen(&known));
                findings.add_milder(Severity::Information, change.range.clone(), message, Vec::new());
                continue;
            }
            Some("FAILED") => format!("the session {named} has failed"),
            Some("STOPPING") => format!("the session {named} is being stopped"),
            Some("STOPPED" | "TIMEOUT") => format!("the session {named} has ended"),
            // One that is ready, and what the service may come to say.
            Some(_) => continue,
        };
        let exact = context.text().get(change.range.clone()) == Some(id.as_str());
        let offers = offers(&known, id);
        let hint = match offers.first() {
            Some((id, true)) => format!("; did you mean `{id}`?"),
            Some((id, false)) => format!("; `{id}` is ready"),
            None => String::new(),
        };
        let write =
            |(id, _): &(&str, bool)| Fix::replace(format!("Write `{id}`"), change.range.clone(), *id).to_be_confirmed();
        let fixes = offers.iter().filter(|_| exact).map(write).collect();
        findings.add_with(change.range.clone(), format!("{what}{hint}{}", seen(&known)), fixes);
    }
}

/// Returns ids of sessions that are ready: the one that was probably meant, marked as such, then the newest.
fn offers<'a>(known: &'a Known<SessionFact>, id: &str) -> Vec<(&'a str, bool)> {
    let ready = || known.items.iter().filter(|session| session.status == "READY" && is_plain(&session.id));
    let meant = meant(id, ready().map(|session| session.id.as_str()));
    let mut newest: Vec<&SessionFact> = ready().filter(|session| Some(session.id.as_str()) != meant).collect();
    newest.sort_by_key(|session| Reverse(session.created));
    let newest = newest.into_iter().map(|session| (session.id.as_str(), false));
    meant.into_iter().map(|id| (id, true)).chain(newest).take(MOST_OFFERED).collect()
}
