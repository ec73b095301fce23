//! What rules have in common that look at whether the role of a session is there.

use std::ops::Range;

use super::in_account::{account_of, asked};
use super::placeholder::is_open;
use crate::features::diagnostics::Context;
use crate::model::Setting;
use crate::model::account::{Claim, Known, Role};

/// The parts of a role's ARN.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RoleArn<'a> {
    /// The number of its account.
    pub(super) account: &'a str,
    /// Its name, without its path.
    pub(super) name: &'a str,
}

impl RoleArn<'_> {
    /// Reads an ARN; `None` if it is no role's, or its account is not told.
    pub(super) fn of(text: &str) -> Option<RoleArn<'_>> {
        let mut parts = text.splitn(6, ':');
        let is_arn = parts.next() == Some("arn") && parts.next().is_some_and(|partition| partition.starts_with("aws"));
        let is_iam = parts.next() == Some("iam") && parts.next() == Some("");
        let account = parts.next().filter(|account| is_arn && is_iam && is_account(account))?;
        let name = parts.next()?.strip_prefix("role/")?.rsplit('/').next().filter(|name| !name.is_empty())?;
        Some(RoleArn { account, name })
    }
}

/// Returns whether a text is the number of an account.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// A role that the context's cell gives to a session.
pub(super) struct Given<'a> {
    /// As it is written.
    pub(super) text: &'a str,
    /// Its parts.
    pub(super) arn: RoleArn<'a>,
    /// As whom and where the session is made.
    pub(super) claim: Claim,
    /// Where it stands.
    pub(super) range: Range<usize>,
}

/// Returns the roles that the context's cell gives to sessions, those that have the shape of a role's ARN.
pub(super) fn given<'a>(context: &'a Context<'_>) -> Vec<Given<'a>> {
    let of = |asked: super::in_account::Asked<'a>| {
        let text = asked.session.request.role.as_deref().filter(|role| !is_open(role))?;
        Some(Given { text, arn: RoleArn::of(text)?, claim: asked.claim, range: asked.range })
    };
    asked(context, Setting::IamRole).into_iter().filter_map(of).collect()
}

/// Returns the roles of the account that a role is said to be of; `None` where they are not known, or are those of
/// another account.
pub(super) fn roles_beside(context: &Context<'_>, given: &Given<'_>) -> Option<Known<Role>> {
    let known = context.model.accounts.roles(&given.claim);
    if !known.is_reliable() {
        return None;
    }
    let account = account_of(context, &given.claim)
        .or_else(|| Some(RoleArn::of(&known.items.first()?.arn)?.account.to_owned()))?;
    (account == given.arn.account).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_an_account_and_a_name() {
        let parts = |arn: &'static str| RoleArn::of(arn).map(|arn| (arn.account, arn.name));
        assert_eq!(parts("arn:aws:iam::123456789012:role/glue"), Some(("123456789012", "glue")));
        assert_eq!(parts("arn:aws-cn:iam::123456789012:role/a/b/glue"), Some(("123456789012", "glue")));
        for other in ["", "glue", "arn:aws:iam::XXXXXXXXXXXX:role/glue", "arn:aws:iam::123456789012:user/glue"] {
            assert_eq!(parts(other), None, "{other}");
        }
    }
}
