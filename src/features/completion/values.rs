//! Values that can be listed.

use std::ops::Range;

use crate::facts::versions::{GlueStatus, GlueVersion};
use crate::facts::{self};
use crate::features::hover::{describe, in_force};
use crate::model::{NotebookModel, Setting};

use super::{Completion, CompletionKind};

/// Where a value goes.
pub(super) struct Slot {
    /// What it replaces.
    pub(super) replace: Range<usize>,
    /// Whether it brings its own quotes.
    pub(super) quotes: bool,
}

impl Slot {
    fn value(&self, text: &str) -> Completion {
        let mut completion = Completion::new(CompletionKind::Value, text, self.replace.clone());
        if self.quotes {
            completion.insert = format!("\"{text}\"");
        }
        completion
    }
}

/// Returns the Glue version that sessions get at a cell, if the table has it.
pub(super) fn version_in_force(model: &NotebookModel, cell: usize) -> Option<&'static GlueVersion> {
    match in_force::in_force(model, cell, Setting::GlueVersion) {
        Some(given) => facts::versions().glue(&given.value),
        None => facts::versions().kernel_default(),
    }
}

/// Glue versions, the newest first, those past their end of life last.
pub(super) fn glue_versions(slot: &Slot) -> Vec<Completion> {
    let rows = facts::versions().glue_versions().iter().rev().enumerate();
    let mut list: Vec<Completion> = rows
        .map(|(index, row)| {
            let ended = row.status == GlueStatus::EndOfLife;
            Completion {
                detail: Some(describe::glue_version_detail(row)),
                documentation: Some(describe::glue_version(row)),
                sort: format!("{}{index:02}", u8::from(ended)),
                deprecated: ended,
                ..slot.value(&row.version)
            }
        })
        .collect();
    list.sort_by(|a, b| a.sort.cmp(&b.sort));
    list
}

/// Worker types, small to large within a family; those that sessions do not get last.
pub(super) fn worker_types(slot: &Slot, version: Option<&GlueVersion>) -> Vec<Completion> {
    let rows = facts::versions().worker_types().iter().enumerate();
    let mut list: Vec<Completion> = rows
        .map(|(index, row)| {
            let gone = row.deprecated || row.removed.is_some();
            let usual = row.session_types.iter().any(|kind| kind == "glueetl");
            let rank = if gone { 2 } else { u8::from(!usual) };
            Completion {
                detail: Some(describe::worker_type_detail(row, version)),
                documentation: Some(describe::worker_type(row, version)),
                sort: format!("{rank}{index:02}"),
                deprecated: gone,
                ..slot.value(&row.name)
            }
        })
        .collect();
    list.sort_by(|a, b| a.sort.cmp(&b.sort));
    list
}

/// Regions in which Glue is, in the table's order.
pub(super) fn regions(slot: &Slot) -> Vec<Completion> {
    let rows = facts::regions().all().iter().enumerate();
    rows.map(|(index, row)| Completion {
        detail: Some(row.name.clone()),
        documentation: Some(describe::region(row)),
        sort: format!("{index:03}"),
        ..slot.value(&row.id)
    })
    .collect()
}

/// Values of a row of a table, in its order.
pub(super) fn listed<'a>(slot: &Slot, values: impl Iterator<Item = &'a str>, default: Option<&str>) -> Vec<Completion> {
    values
        .enumerate()
        .map(|(index, value)| Completion {
            detail: (default == Some(value)).then(|| "default".to_owned()),
            sort: format!("{index:03}"),
            ..slot.value(value)
        })
        .collect()
}
