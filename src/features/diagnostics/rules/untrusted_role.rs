//! `untrusted-role`: Glue cannot assume a role whose trust policy does not name it.

use super::in_account::seen;
use super::role_in_account::{given, roles_beside};
use crate::features::diagnostics::{Context, Findings};

/// What to add to the trust policy.
const STATEMENT: &str =
    r#"{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for given in given(context) {
        let Some(known) = roles_beside(context, &given) else { continue };
        let name = given.arn.name;
        if known.find(name).is_none_or(|role| role.arn != given.text || role.trusts_glue != Some(false)) {
            continue;
        }
        let message = format!(
            "Glue cannot assume the role `{name}`: its trust policy does not allow `glue.amazonaws.com`; add the statement \
             {STATEMENT}{}",
            seen(&known)
        );
        findings.add(given.range.clone(), message);
    }
}
