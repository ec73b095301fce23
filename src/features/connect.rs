//! Connections that a session could have which was refused for having none.

use crate::model::account::{Claim, Known};
use crate::model::history::PlannedSession;
use crate::model::policy::Policy;
use crate::model::policy::network::Network;
use crate::model::{NotebookModel, Origin};

use super::diagnostics::rules::connections_written::{addition, last_setting};
use super::diagnostics::rules::in_account::{is_plain, use_title};
use super::fix::Fix;

/// Most connections that are offered.
const MOST_OFFERED: usize = 5;

/// Returns fixes of a cell whose session was refused because it lies in no network, each of which gives the session a
/// connection of the account: those that keep to the policy, if there is one; those to networks first.
///
/// Nothing is offered where the session has a connection, or nothing reliable is known of the account.
pub fn offers(model: &NotebookModel, cell: usize, policy: &Policy) -> Vec<Fix> {
    let Some(session) = session_of(model, cell).filter(|session| session.request.connections.is_empty()) else {
        return Vec::new();
    };
    let claim = Claim::of(session);
    if claim.endpoint {
        return Vec::new();
    }
    let connections = model.accounts.connections(&claim);
    let subnets = if connections.is_reliable() { model.accounts.subnets(&claim) } else { Known::default() };
    let network = Network { connections, subnets };
    let beside = last_setting(&session.request);
    let offered = network.fitting(policy, &[], MOST_OFFERED).into_iter();
    // One that leads nowhere puts the session into no network.
    let offered = offered.filter(|connection| connection.subnet.is_some() && is_plain(&connection.name));
    let fix = |connection: &crate::model::account::Connection| {
        let title = use_title(connection, &network);
        let (at, range) = beside.clone().map_or((cell, None), |(at, range)| (at, Some(range)));
        let (range, text) = addition(&model.cells.get(at)?.cell, range.as_ref(), &connection.name)?;
        let mut fix = Fix::of(title, Vec::new()).to_be_confirmed();
        if at == cell {
            fix.edits.push((range, text));
        } else {
            fix.elsewhere.push((at, range, text));
        }
        Some(fix)
    };
    offered.filter_map(fix).collect()
}

/// Returns the session that a cell would have made.
fn session_of(model: &NotebookModel, cell: usize) -> Option<&PlannedSession> {
    let sessions = &model.history.sessions;
    let own = sessions.iter().find(|session| session.needed_by == Some(cell));
    // A cell below the one that needs it first fails as well, where that one was not run.
    own.or_else(|| sessions.iter().rev().find(|session| session.needed_by.is_some_and(|needed| needed < cell))).filter(
        |session| {
            session.request.origins.iter().all(|(_, origin)| match origin {
                Origin::Cell { cell: set, .. } => *set <= cell,
                _ => true,
            })
        },
    )
}
