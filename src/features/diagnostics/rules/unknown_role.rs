//! `unknown-role`: a role that its account does not have, so Glue refuses the session.

use super::in_account::{meant, seen, shown};
use super::role_in_account::{given, roles_beside};
use super::written::replace_value;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::account::Role;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for given in given(context) {
        let Some(known) = roles_beside(context, &given) else { continue };
        let write = |role: &Role| -> Vec<Fix> {
            vec![replace_value(context.text(), &given.range, &role.arn).to_be_confirmed()]
        };
        let (account, name) = (given.arn.account, given.arn.name);
        if let Some(role) = known.find(name) {
            // A path is part of the ARN.
            if role.arn != given.text {
                let message =
                    format!("this is not the ARN of the role `{name}`, which is `{}`{}", role.arn, seen(&known));
                findings.add_with(given.range.clone(), message, write(role));
            }
            continue;
        }
        // One that Glue cannot assume is not what somebody meant.
        let usable = known.items.iter().filter(|role| role.trusts_glue != Some(false)).map(|role| role.name.as_str());
        let meant = meant(name, usable).and_then(|meant| known.find(meant));
        let hint = meant.map(|role| format!("; did you mean `{}`?", role.name)).unwrap_or_default();
        let message = format!("the account {account} has no role {}{hint}{}", shown(name), seen(&known));
        findings.add_with(given.range.clone(), message, meant.map(write).unwrap_or_default());
    }
}
