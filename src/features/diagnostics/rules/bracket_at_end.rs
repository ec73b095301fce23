//! `bracket-at-end`: the kernel removes brackets from both ends of a list, also one that belongs to an item.

use super::list_items::{List, lists};
use crate::features::diagnostics::{Context, Findings, Fix};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for list in lists(context).filter(loses_a_bracket) {
        let Some((item, range)) = list.items.last() else { continue };
        let behind = list.range.start + list.written.trim_end_matches(']').len() + 1;
        let fix = Fix::replace("Put `>=0` behind the bracket", behind..behind, ">=0").to_be_confirmed();
        let message = format!(
            "the kernel removes a bracket at the end of a list, so `{item}]` becomes `{item}`; put a version behind it"
        );
        findings.add_with(range.start..behind, message, vec![fix]);
    }
}

/// Returns whether the bracket at the end of the list belongs to its last item.
pub(super) fn loses_a_bracket(list: &List<'_>) -> bool {
    list.written.ends_with(']') && list.kept.rfind('[').is_some_and(|open| !list.kept[open..].contains(']'))
}
