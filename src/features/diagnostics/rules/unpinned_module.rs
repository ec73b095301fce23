//! `unpinned-module`: a module without a version is another one tomorrow.

use super::bracket_at_end::loses_a_bracket;
use super::list_items::{is_open, lists, requirement};
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for list in lists(context).filter(|list| list.setting == Setting::AdditionalPythonModules) {
        let unpinned = list
            .items
            .iter()
            .filter(|(item, _)| !is_open(item) && requirement(item).is_some_and(|(_, version)| version.is_empty()));
        let mut unpinned = unpinned.filter_map(|(item, range)| Some((requirement(item)?.0, range)));
        if loses_a_bracket(&list) {
            continue;
        }
        let Some((name, range)) = unpinned.next() else { continue };
        let subject = match unpinned.count() {
            0 => format!("`{name}` has"),
            more => format!("`{name}` and {more} more have"),
        };
        let message = format!("{subject} no version, so each session gets the newest of the day; write `{name}==…`");
        findings.add(range.clone(), message);
    }
}
