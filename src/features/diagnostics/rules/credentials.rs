//! `credentials`: `%%assume_role` with a dictionary needs three keys.

use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::RefusalKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        match &refusal.kind {
            RefusalKind::MissingCredential { key } => findings.add(
                refusal.range.clone(),
                format!("`{key}` is missing: the dictionary needs `aws_access_key_id`, `aws_secret_access_key` and `aws_session_token`"),
            ),
            RefusalKind::CredentialNotText => {
                findings.add(refusal.range.clone(), "keys and values of `%%assume_role` must be text in quotes");
            }
            _ => {}
        }
    }
}
