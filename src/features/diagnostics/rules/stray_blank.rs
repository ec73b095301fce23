//! `stray-blank`: a blank in front of a value that nothing else finds wrong.

use super::comment_in_value::unchecked;
use super::magic_line::{BLANK_ADVICE, around, is_swallowed};
use super::written::before_comment;
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;
use crate::model::effects::ChangeKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (change, value) in unchecked(context) {
        // The AWS client cuts off blanks in front of a URL.
        let trimmed = matches!(change.kind, ChangeKind::Set(Setting::Endpoint, _));
        if trimmed || before_comment(value).is_some() || is_swallowed(context, &change.range) {
            continue;
        }
        if let Some((_, fixes)) = around(context, &change.range, value) {
            findings.add_with(change.range.clone(), format!("the value begins with a blank{BLANK_ADVICE}"), fixes);
        }
    }
}
