//! `policy-network`: connections that lie outside of the network that the policy requires. Whether there is any
//! connection is the business of `policy`; where one leads only the account tells.

use super::in_account::{asked, is_plain, items, network, seen, use_title, write_list};
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Setting;

/// Most connections that are offered.
const MOST_OFFERED: usize = 5;
/// Most names of a list that are looked at: Glue takes far fewer.
const MOST_NAMES: usize = 100;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let policy = context.policy;
    if !policy.limits.iter().any(|limits| limits.has_network()) {
        return;
    }
    for asked in asked(context, Setting::Connections) {
        let written = &asked.session.request.connections;
        let names: Vec<&str> = written.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
        if names.len() > MOST_NAMES {
            continue;
        }
        let network = network(context, &asked.claim);
        let astray = network.astray(policy, &names, &seen(&network.connections));
        if astray.is_empty() {
            continue;
        }
        let places = items(context.text(), &asked.range, written);
        let is_blamed = |name: &str| astray.iter().any(|astray| astray.connection.as_deref() == Some(name));
        let is_required = |name: &str| {
            policy.limits.iter().any(|limits| limits.required_connections.iter().any(|known| known == name))
        };
        let rest: Vec<&str> = names.iter().copied().filter(|name| !is_blamed(name)).collect();
        let write = |new: &[&str], title| write_list(context, &asked.range, written, new, title);
        let mut fixes: Vec<Fix> = Vec::new();
        // What is required by its name cannot be left out.
        if names.iter().all(|name| !is_blamed(name) || !is_required(name)) {
            if !rest.is_empty() && rest.len() < names.len() && network.astray(policy, &rest, "").is_empty() {
                let others = rest.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                fixes.extend(write(&rest, format!("Use {others} only")));
            } else {
                let fitting = network.fitting(policy, &rest, MOST_OFFERED);
                fixes.extend(fitting.into_iter().filter(|connection| is_plain(&connection.name)).filter_map(
                    |connection| {
                        let mut new = rest.clone();
                        new.push(&connection.name);
                        write(&new, use_title(connection, &network))
                    },
                ));
            }
        }
        for astray in astray {
            let index = written.iter().position(|name| astray.connection.as_deref() == Some(name.trim()));
            let place = index.and_then(|index| places.as_ref()?.get(index)).cloned();
            findings.add_with(place.unwrap_or_else(|| asked.range.clone()), astray.message, fixes.clone());
        }
    }
}
