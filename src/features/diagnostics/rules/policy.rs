//! `policy`: a session that the organisation's policy does not allow.

use std::ops::Range;

use super::connections_written::{add, last_setting, shown_beside};
use super::in_account::{is_plain, network, use_title, write_list};
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::account::Claim;
use crate::model::create::CreateSession;
use crate::model::effects::ChangeKind;
use crate::model::history::PlannedSession;
use crate::model::policy::{Breach, Circumstances, UNREADABLE, breaches};
use crate::model::{NotebookModel, Origin, Setting};
use crate::syntax::Tail;

/// Most connections that are offered.
const MOST_OFFERED: usize = 5;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.policy.is_empty() {
        return;
    }
    let mut told: Vec<(Range<usize>, String)> = Vec::new();
    // What is to blame stands in a cell that sets something, or in the one that needs the session.
    let sets = !context.cell.effects.changes.is_empty();
    let sessions = &context.model.history.sessions;
    for session in sessions.iter().filter(|session| sets || session.needed_by == Some(context.index)) {
        let request = &*session.request;
        let circumstances = Circumstances {
            idle_timeout: context.idle_timeout,
            tags: context.tags,
            region: request.region.as_deref(),
            // The environment of another machine may name one.
            role_may_come: true,
        };
        for breach in breaches(context.policy, request, circumstances) {
            // What is wrong with the policy itself no document can mend.
            if breach.member == UNREADABLE {
                continue;
            }
            let Some(range) = place(context, session.needed_by, request, &breach) else { continue };
            if !told.iter().any(|(known, message)| *known == range && *message == breach.message) {
                told.push((range.clone(), breach.message.clone()));
                findings.add_with(range, breach.message.clone(), fixes(context, session, &breach));
            }
        }
    }
}

/// Returns what gives the session the connection that it lacks: the one that is required, or those of the account that
/// lie where they have to.
fn fixes(context: &Context<'_>, session: &PlannedSession, breach: &Breach) -> Vec<Fix> {
    let request = &*session.request;
    if breach.setting != Some(Setting::Connections) {
        return Vec::new();
    }
    let written = written(request, Setting::Connections);
    let beside = last_setting(request).filter(|(cell, _)| *cell == context.index).map(|(_, range)| range);
    let with = |name: &str, title: String| {
        let Some((_, range)) = &written else { return add(context, beside.as_ref(), name, title) };
        let mut new: Vec<&str> = request.connections.iter().map(|name| name.trim()).collect();
        new.push(name);
        new.retain(|name| !name.is_empty());
        write_list(context, range, &request.connections, &new, title)
    };
    if let Some(name) = breach.connection.as_deref().filter(|name| is_plain(name)) {
        return with(name, format!("Use the connection `{name}`")).into_iter().collect();
    }
    let claim = Claim::of(session);
    if breach.connection.is_some() || claim.endpoint {
        return Vec::new();
    }
    let network = network(context, &claim);
    let fitting = network.fitting(context.policy, &[], MOST_OFFERED);
    let plain = fitting.into_iter().filter(|connection| is_plain(&connection.name));
    plain.filter_map(|connection| with(&connection.name, use_title(connection, &network))).collect()
}

/// Returns where in the context's cell a breach is shown: at the setting to blame, or where none is written at the start
/// of the code that needs the session. A connection that is missing is shown beside the other settings, if there are any.
/// `None`: in another cell.
fn place(
    context: &Context<'_>,
    needed_by: Option<usize>,
    request: &CreateSession,
    breach: &Breach,
) -> Option<Range<usize>> {
    let text = context.text();
    let origin = match &breach.tag {
        Some(key) => tag(context.model, needed_by, key),
        None => breach.setting.and_then(|setting| written(request, setting)),
    };
    let beside = || last_setting(request).filter(|_| breach.setting == Some(Setting::Connections));
    let origin = origin.or_else(|| {
        let (cell, range) = beside()?;
        Some((cell, if cell == context.index { shown_beside(context, &range) } else { range }))
    });
    let range = match origin {
        Some((cell, range)) => Some(range).filter(|_| cell == context.index),
        None if needed_by == Some(context.index) => match &context.cell.cell.split.tail {
            Tail::Code(code) => {
                let line = text[code.clone()].lines().next().unwrap_or_default();
                Some(code.start..code.start + line.len())
            }
            Tail::CellMagic { line, .. } => Some(line.clone()),
            Tail::Nothing => None,
        },
        None => None,
    }?;
    let end = text.floor_char_boundary(range.end.min(text.len()));
    Some(text.floor_char_boundary(range.start.min(end))..end)
}

/// Where a setting of a request is written, if in a cell.
fn written(request: &CreateSession, setting: Setting) -> Option<(usize, Range<usize>)> {
    let (_, origin) = request.origins.iter().find(|(known, _)| *known == setting)?;
    match origin {
        Origin::Cell { cell, range } => Some((*cell, range.clone())),
        _ => None,
    }
}

/// Where a tag is written last above the end of a cell.
fn tag(model: &NotebookModel, needed_by: Option<usize>, key: &str) -> Option<(usize, Range<usize>)> {
    let end = needed_by.map_or(model.cells.len(), |cell| cell + 1);
    model.cells.iter().enumerate().take(end).rev().find_map(|(index, cell)| {
        let set = |kind: &ChangeKind| matches!(kind, ChangeKind::Tag(known, _) if known.as_str() == Some(key));
        let change = cell.effects.changes.iter().rev().find(|change| set(&change.kind))?;
        Some((index, change.range.clone()))
    })
}
