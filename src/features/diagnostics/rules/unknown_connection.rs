//! `unknown-connection`: a name that no connection has in the region of the session, so Glue refuses it.

use std::ops::Range;

use super::in_account::{Asked, account_of, advice, asked, is_plain, items, other_claims, region_of, seen, shown};
use super::list_items::{bare, is_open};
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Setting;
use crate::model::account::{Connection, Known};

/// Most names of a list that are looked at: Glue takes far fewer.
const MOST_NAMES: usize = 100;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for asked in asked(context, Setting::Connections) {
        let known = context.model.accounts.connections(&asked.claim);
        if !known.is_reliable() {
            continue;
        }
        let names = &asked.session.request.connections;
        let places = items(context.text(), &asked.range, names);
        for (index, name) in names.iter().enumerate().take(MOST_NAMES) {
            // What is no name at all other rules say.
            if name.trim().is_empty() || bare(name) != name || name.trim() != name || is_open(name) {
                continue;
            }
            let place = places.as_ref().and_then(|places| places.get(index)).cloned();
            let exact = place.is_some();
            let range = place.unwrap_or_else(|| asked.range.clone());
            match known.find(name) {
                None => missing(context, findings, &asked, &known, name, range, exact),
                Some(connection) => astray(context, findings, &asked, &known, connection, range),
            }
        }
    }
}

fn missing(
    context: &Context<'_>,
    findings: &mut Findings<'_>,
    asked: &Asked<'_>,
    known: &Known<Connection>,
    name: &str,
    range: Range<usize>,
    exact: bool,
) {
    let region = region_of(context, &asked.claim);
    let place = region.as_ref().map(|region| format!(" in `{region}`")).unwrap_or_default();
    let write = |new: &str| Fix::replace(format!("Write `{new}`"), range.clone(), new).to_be_confirmed();
    if let Some(arn) = Arn::of(name) {
        let mut message = format!("{} is an ARN, and Glue looks for a connection of that name", shown(name));
        if region.as_deref().is_some_and(|region| region != arn.region) {
            message.push_str(&format!("; besides, it is of `{}`, and the session is made{place}", arn.region));
        }
        let there = known.find(arn.name).filter(|connection| is_plain(&connection.name));
        let fixes = there.filter(|_| exact).map(|connection| write(&connection.name));
        findings.add_with(range.clone(), message + &seen(known), fixes.into_iter().collect());
        return;
    }
    if let Some(elsewhere) = elsewhere(context, asked, name, region.as_deref()) {
        let message = format!("Glue finds no connection {}{place}; {elsewhere}{}", shown(name), seen(known));
        findings.add(range, message);
        return;
    }
    let taken = &asked.session.request.connections;
    let names = known.items.iter().map(|connection| connection.name.as_str());
    let advice = advice(name, names.filter(|known| !taken.iter().any(|name| name.trim() == *known)));
    let message = format!("Glue finds no connection {}{place}{}{}", shown(name), advice.text, seen(known));
    let fixes = advice.names.iter().filter(|_| exact).map(|name| write(name)).collect();
    findings.add_with(range.clone(), message, fixes);
}

/// Returns where else there is a connection of that name, as the end of a sentence.
fn elsewhere(context: &Context<'_>, asked: &Asked<'_>, name: &str, region: Option<&str>) -> Option<String> {
    other_claims(context, &asked.claim).iter().find_map(|other| {
        let known = context.model.accounts.connections(other);
        known.find(name).filter(|_| known.fresh)?;
        let (own, there) = (account_of(context, &asked.claim), account_of(context, other));
        let account = there.filter(|there| own.as_ref().is_some_and(|own| own != there));
        let other_region = region_of(context, other).filter(|other| region.is_some_and(|region| region != other));
        match (other_region, account) {
            (Some(region), Some(account)) => {
                Some(format!("there is one in another region, `{region}`, of the account {account}"))
            }
            (Some(region), None) => Some(format!("there is one in another region, `{region}`: `%region` must be that")),
            (None, Some(account)) => Some(format!("there is one in the account {account}")),
            (None, None) => None,
        }
    })
}

/// A connection that is there and says itself that it lies in another region.
fn astray(
    context: &Context<'_>,
    findings: &mut Findings<'_>,
    asked: &Asked<'_>,
    known: &Known<Connection>,
    connection: &Connection,
    range: Range<usize>,
) {
    let Some(zone) = &connection.zone else { return };
    let (Some(region), Some(other)) = (region_of(context, &asked.claim), region_of_zone(zone)) else { return };
    // A region that nobody knows may have any zones.
    if other != region && facts::regions().find(&region).is_some() {
        let name = shown(&connection.name);
        let message = format!(
            "the connection {name} lies in another region than the session: {} is not in {region}",
            shown(zone)
        );
        findings.add(range, message + &seen(known));
    }
}

/// Returns the region that an availability zone, or a local one, belongs to.
fn region_of_zone(zone: &str) -> Option<&'static str> {
    let of = |id: &str| {
        let rest = zone.strip_prefix(id)?;
        let letter = rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_lowercase());
        (letter || rest.starts_with('-')).then_some(())
    };
    facts::regions().all().iter().map(|region| region.id.as_str()).find(|id| of(id).is_some())
}

/// The ARN of a connection.
struct Arn<'a> {
    region: &'a str,
    name: &'a str,
}

impl Arn<'_> {
    fn of(text: &str) -> Option<Arn<'_>> {
        let mut parts = text.splitn(6, ':');
        let glue = parts.next() == Some("arn") && parts.next().is_some() && parts.next() == Some("glue");
        let region = parts.next().filter(|_| glue)?;
        let name = parts.nth(1)?.strip_prefix("connection/")?;
        Some(Arn { region, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_tells_its_region() {
        assert_eq!(region_of_zone("eu-west-1a"), Some("eu-west-1"));
        assert_eq!(region_of_zone("us-west-2-lax-1a"), Some("us-west-2"));
        for none in ["", "a", "eu-west-1", "eu-west-11a", "é"] {
            assert_eq!(region_of_zone(none), None, "{none}");
        }
    }

    #[test]
    fn the_arn_of_a_connection_is_told_from_names() {
        let arn = Arn::of("arn:aws:glue:eu-west-1:123456789012:connection/orders-db").unwrap();
        assert_eq!((arn.region, arn.name), ("eu-west-1", "orders-db"));
        for other in ["", "orders-db", "arn:aws:glue:eu-west-1:1:table/x", "arn:aws:iam::1:role/x", "arn:aws:glue"] {
            assert!(Arn::of(other).is_none(), "{other}");
        }
    }
}
