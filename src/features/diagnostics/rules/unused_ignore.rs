//! `unused-ignore`: an ignore comment without effect.
//!
//! Comments about rules that there are not are found here; those that silence nothing where problems are silenced, in
//! `ignore`, because that is known only when all other rules have looked.

use crate::facts::nearest;
use crate::features::diagnostics::ignore::{comments, without};
use crate::features::diagnostics::{Context, Findings, Fix, rules};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let text = context.text();
    for comment in comments(text) {
        for range in &comment.codes {
            let code = &text[range.clone()];
            if rules::find(code).is_some() {
                continue;
            }
            let meant = nearest(code, rules::RULES.iter().map(|rule| rule.code));
            let hint = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            let remove = without(text, &comment, Some(range));
            let fixes = match meant {
                Some(meant) => {
                    let change = Fix::replace(format!("Change it to `{meant}`"), range.clone(), meant);
                    vec![change.to_be_confirmed(), remove.to_be_confirmed()]
                }
                None => vec![remove],
            };
            findings.add_with(range.clone(), format!("there is no rule `{code}`, so nothing is silenced{hint}"), fixes);
        }
    }
}
