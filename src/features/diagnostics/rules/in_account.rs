//! What rules have in common that ask what is really there in the account.

use std::ops::Range;

use super::magic_line::is_swallowed;
use super::planned::place;
use crate::facts::nearest::nearest;
use crate::features::age::ago;
use crate::features::diagnostics::{Context, Fix, LOOKED_UP};
use crate::model::Setting;
use crate::model::account::{Claim, Connection, Known};
use crate::model::history::PlannedSession;
use crate::model::policy::network::Network;

/// Most sessions of a cell that are looked at: each may be in another account.
const MOST_SESSIONS: usize = 50;
/// Most claims that are asked for one value: nobody changes accounts so often.
const MOST_CLAIMS: usize = 4;
/// Most names that are compared with one that is not there.
const MOST_NAMES: usize = 20_000;
/// How much longer, in bytes, a name may be than one that it was mistaken for.
const MOST_LONGER: usize = 8;
/// Most names that are listed where none is close.
pub(super) const MOST_LISTED: usize = 5;

/// A session that gets a value from the context's cell.
pub(super) struct Asked<'a> {
    /// The session.
    pub(super) session: &'a PlannedSession,
    /// As whom and where it is made.
    pub(super) claim: Claim,
    /// Where the value stands.
    pub(super) range: Range<usize>,
}

/// Returns the sessions that get a setting from the context's cell, one for each account that they are made in and each
/// place of the value.
pub(super) fn asked<'a>(context: &'a Context<'_>, setting: Setting) -> Vec<Asked<'a>> {
    let mut found: Vec<Asked<'a>> = Vec::new();
    if context.cell.effects.changes.is_empty() {
        return found;
    }
    for session in context.model.history.sessions_of(context.index).take(MOST_SESSIONS) {
        let Some(range) = place(context, session.origin(setting)) else { continue };
        let claim = Claim::of(session);
        // Who answers at an address of the document's own is not the account.
        let said = found.iter().any(|known| known.range == range && known.claim == claim);
        if claim.endpoint || said || is_swallowed(context, &range) {
            continue;
        }
        found.push(Asked { session, claim, range });
        if found.len() == MOST_CLAIMS {
            break;
        }
    }
    found
}

/// Returns when a list was looked up, for the end of a message.
pub(super) fn seen<T>(known: &Known<T>) -> String {
    let Some(age) = known.age else { return String::new() };
    format!("{LOOKED_UP}{})", ago(age))
}

/// Returns the region that a claim's sessions are made in, if that is known.
pub(super) fn region_of(context: &Context<'_>, claim: &Claim) -> Option<String> {
    let given = claim.region.as_ref().map(|region| region.name.to_lowercase());
    given.or_else(|| {
        let caller = context.model.accounts.caller(claim);
        let region = caller.items.first().filter(|_| caller.is_reliable()).map(|caller| caller.region.clone());
        region.filter(|region| !region.is_empty())
    })
}

/// Returns the number of the account that a claim's sessions are made in, if that is known.
pub(super) fn account_of(context: &Context<'_>, claim: &Claim) -> Option<String> {
    let caller = context.model.accounts.caller(claim);
    caller.items.first().filter(|_| caller.is_reliable()).map(|caller| caller.account.clone())
}

/// Returns other claims of the document that something may be found with: in the user's own region where the document
/// names one, and those of its other sessions.
pub(super) fn other_claims(context: &Context<'_>, claim: &Claim) -> Vec<Claim> {
    let mut found = Vec::new();
    if claim.region.as_ref().is_some_and(|region| region.by_document) {
        found.push(Claim { region: None, ..claim.clone() });
    }
    for session in context.model.history.sessions.iter().take(MOST_SESSIONS) {
        let other = Claim::of(session);
        if !other.endpoint && other != *claim && !found.contains(&other) {
            found.push(other);
        }
    }
    found.truncate(MOST_CLAIMS);
    found
}

/// Returns the name that one that is not there was probably meant to be.
pub(super) fn meant<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let close = |candidate: &&str| candidate.len().abs_diff(name.len()) <= MOST_LONGER && is_plain(candidate);
    nearest(name, names.take(MOST_NAMES).filter(close))
}

/// What to write in place of a name that is not there.
pub(super) struct Advice {
    /// How the message goes on.
    pub(super) text: String,
    /// The names to write.
    pub(super) names: Vec<String>,
}

/// Returns what may be meant by a name that is not there: the nearest of those that are, or all where they are few.
pub(super) fn advice<'a>(name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Advice {
    if let Some(meant) = meant(name, names.clone()) {
        return Advice { text: format!("; did you mean `{meant}`?"), names: vec![meant.to_owned()] };
    }
    let few: Vec<&str> = names.filter(|name| is_plain(name)).take(MOST_LISTED + 1).collect();
    if few.is_empty() || few.len() > MOST_LISTED {
        return Advice { text: String::new(), names: Vec::new() };
    }
    let listed = few.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let there = if few.len() == 1 { "is" } else { "are" };
    Advice { text: format!("; there {there} {listed}"), names: few.into_iter().map(str::to_owned).collect() }
}

/// Returns whether a name can be written in a magic, in a list and in quotes as it is.
pub(in crate::features) fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "-_.+/@:=".contains(c);
    !name.is_empty() && !name.starts_with('-') && name.chars().all(plain)
}

/// Returns a name for a message, not longer than fits into one.
pub(super) fn shown(name: &str) -> String {
    let mut short: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    format!("`{short}`")
}

/// Returns where each of the names of a list stands that is written at `range`, if they stand there as they are.
pub(super) fn items(text: &str, range: &Range<usize>, names: &[String]) -> Option<Vec<Range<usize>>> {
    let written = text.get(range.clone())?;
    let around = |c: char| c.is_whitespace() || matches!(c, '[' | ']' | '"' | '\'');
    let mut at = range.start;
    let mut found = Vec::new();
    for raw in written.split(',') {
        let name = raw.trim_matches(around);
        let lead = raw.len() - raw.trim_start_matches(around).len();
        if names.get(found.len()).map(|name| name.trim()) != Some(name) {
            return None;
        }
        found.push(at + lead..at + lead + name.len());
        at += raw.len() + 1;
    }
    (found.len() == names.len()).then_some(found)
}

/// Makes the fix that writes another list of connections where one stands.
pub(super) fn write_list(
    context: &Context<'_>,
    range: &Range<usize>,
    names: &[String],
    new: &[&str],
    title: String,
) -> Option<Fix> {
    let text = context.text();
    items(text, range, names)?;
    let quote = text.get(range.clone())?.chars().next().filter(|first| matches!(first, '"' | '\''));
    let written = match quote {
        Some(quote) => format!("{quote}{}{quote}", new.join(",")),
        None => new.join(", "),
    };
    Some(Fix::replace(title, range.clone(), written).to_be_confirmed())
}

/// Returns what is known of where a claim's connections lead.
pub(super) fn network(context: &Context<'_>, claim: &Claim) -> Network {
    let accounts = &context.model.accounts;
    let connections = accounts.connections(claim);
    // Without connections that are known nobody needs the subnets.
    let subnets = if connections.is_reliable() { accounts.subnets(claim) } else { Known::default() };
    Network { connections, subnets }
}

/// Returns the title of a fix that uses a connection, with what tells it from others.
pub(in crate::features) fn use_title(connection: &Connection, network: &Network) -> String {
    let subnet = connection.subnet.as_deref().unwrap_or_default();
    let vpc = network.subnets.find(subnet).map(|subnet| subnet.vpc.as_str());
    match vpc {
        Some(vpc) => format!("Use the connection `{}` ({vpc})", connection.name),
        None => format!("Use the connection `{}`", connection.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_list_are_found_where_they_stand() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let at = |text: &str, list: &[&str]| items(text, &(0..text.len()), &names(list));
        assert_eq!(at("[a, é]", &["a", "é"]), Some(vec![1..2, 4..6]));
        assert_eq!(at("\"a,b \"", &["a", "b "]), Some(vec![1..2, 3..4]));
        assert_eq!(at("\"a,\" \"b\"", &["a", "b"]), Some(vec![1..2, 6..7]));
        assert_eq!(at("{names}", &["a", "b"]), None);
        assert_eq!(at("a", &["a", "b"]), None);
        assert_eq!(at("a,b", &["a"]), None);
    }

    #[test]
    fn what_is_far_longer_or_cannot_be_written_is_not_meant() {
        assert_eq!(meant("order-db", ["orders-db", "orders db"].into_iter()), Some("orders-db"));
        assert_eq!(meant("order db", ["orders db"].into_iter()), None);
        let many = (0..30_000).map(|n| format!("{n}-something-else")).collect::<Vec<_>>();
        assert_eq!(meant("orders", many.iter().map(String::as_str)), None);
    }
}
