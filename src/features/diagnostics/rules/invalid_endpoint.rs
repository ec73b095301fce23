//! `invalid-endpoint`: the AWS client refuses it.

use super::creation::failures;
use super::magic_line::{around, is_swallowed};
use super::written::replace_value;
use crate::features::diagnostics::{Context, Findings};
use crate::model::refusal::CreationRefusal;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (refusal, range) in failures(context) {
        if let CreationRefusal::BadEndpoint { value } = refusal {
            if is_swallowed(context, &range) {
                continue;
            }
            let (advice, fixes) = around(context, &range, value).unwrap_or_else(|| {
                let host = !value.contains([':', ' ', '<', '{', '$']) && value.contains('.') && !value.contains("//");
                let url = host.then(|| format!("https://{}", value.trim_start_matches('/')));
                let fix = url.map(|url| replace_value(context.text(), &range, &url));
                ("; write `https://…`", fix.into_iter().collect())
            });
            findings.add_with(range, format!("`{value}` is not a URL, so no session starts{advice}"), fixes);
        }
    }
}
