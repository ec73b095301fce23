//! `duplicate-key`: of two entries with the same key Python keeps the later one.

use super::dictionary::{Entry, remove};
use crate::features::diagnostics::{Context, Findings};
use crate::syntax::CellMagicKind;

/// More entries than any request takes are not compared one with another.
const MOST_ENTRIES: usize = 500;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for kind in [CellMagicKind::Configure, CellMagicKind::Tags, CellMagicKind::AssumeRole] {
        let Some(literal) = context.literal(kind) else { continue };
        look(context.text(), &literal.entries(), kind, findings);
        if kind == CellMagicKind::Configure {
            look(context.text(), &literal.entries_below("tags"), CellMagicKind::Tags, findings);
        }
    }
}

fn look(text: &str, entries: &[Entry<'_>], kind: CellMagicKind, findings: &mut Findings<'_>) {
    if entries.len() > MOST_ENTRIES {
        return;
    }
    // The key as it arrives: with hyphens as a job argument, without blanks around it as a tag.
    let arriving = |entry: &Entry<'_>| match kind {
        CellMagicKind::Configure => entry.argument(),
        CellMagicKind::Tags => entry.key.as_str().map(|key| key.trim().to_owned()),
        _ => None,
    };
    let names: Vec<Option<String>> = entries.iter().map(arriving).collect();
    for (index, entry) in entries.iter().enumerate() {
        let same = |later: &usize| {
            entries[*later].key.same_key(entry.key) || names[index].is_some() && names[*later] == names[index]
        };
        let Some(later) = (index + 1..entries.len()).find(same).map(|later| &entries[later]) else { continue };
        let key = later.key.as_str().unwrap_or("this key");
        let message = format!("`{key}` is set again below, and the last one wins: this value is lost");
        findings.add_with(entry.key_range.clone(), message, remove(text, entries, index).into_iter().collect());
    }
}
