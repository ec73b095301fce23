//! `other-account`: a session cannot run as a role of another account than the one it is made in.

use super::in_account::seen;
use super::role_in_account::{given, is_account};
use crate::features::diagnostics::{Context, Findings};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for given in given(context) {
        let caller = context.model.accounts.caller(&given.claim);
        let Some(who) = caller.items.first().filter(|_| caller.is_reliable()) else { continue };
        if !is_account(&who.account) || who.account == given.arn.account {
            continue;
        }
        let advice = match given.claim.credentials {
            Some(_) => "take a role of the account that `%%assume_role` leads to",
            None => "assume a role of that account first, with `%%assume_role`, or take another profile",
        };
        let message = format!(
            "the role is of the account {}, and the session is made in the account {}, so Glue refuses it; {advice}{}",
            given.arn.account,
            who.account,
            seen(&caller)
        );
        findings.add(given.range.clone(), message);
    }
}
