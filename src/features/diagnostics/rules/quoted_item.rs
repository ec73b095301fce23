//! `quoted-item`: the kernel removes quotes around a whole list, not around its items.

use super::list_items::{bare, lists};
use crate::features::diagnostics::{Context, Findings, Fix};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for list in lists(context) {
        let Some((item, range)) = list.items.iter().find(|(item, _)| bare(item).len() < item.len()) else { continue };
        let clean: Vec<&str> = list.items.iter().map(|(item, _)| bare(item)).collect();
        let whole = clean.iter().all(|item| !item.is_empty());
        let fix = whole.then(|| Fix::replace("Remove the quotes", list.call.argument_range.clone(), clean.join(", ")));
        let message = format!(
            "the kernel keeps the quotes around an item, so this one is `{item}`; write the items without quotes"
        );
        findings.add_with(range.clone(), message, fix.into_iter().collect());
    }
}
