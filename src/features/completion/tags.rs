//! Keys and values of `%%tags`: those that the rest of the notebook and its surroundings use.

use std::collections::BTreeSet;

use crate::model::effects::ChangeKind;
use crate::model::{Environment, NotebookModel};

use super::Completion;
use super::values::Slot;

/// Returns the keys of tags in other cells and in the environment.
pub(super) fn keys(model: &NotebookModel, cell: usize) -> Vec<String> {
    let keys: BTreeSet<String> = used(model, cell).map(|(key, _)| key).collect();
    keys.into_iter().collect()
}

/// Returns the values that a key of tags has elsewhere.
pub(super) fn values(model: &NotebookModel, cell: usize, key: &str, slot: &Slot) -> Vec<Completion> {
    let values: BTreeSet<String> =
        used(model, cell).filter(|(known, value)| known == key && !value.is_empty()).map(|(_, value)| value).collect();
    let values = values.into_iter().enumerate();
    values.map(|(index, value)| Completion { sort: format!("{index:03}"), ..slot.value(&value) }).collect()
}

fn used(model: &NotebookModel, cell: usize) -> impl Iterator<Item = (String, String)> {
    let cells = model.cells.iter().enumerate().filter(move |(index, _)| *index != cell);
    let here = cells.flat_map(|(_, model)| &model.effects.changes).filter_map(|change| match &change.kind {
        ChangeKind::Tag(key, value) => Some((key.to_str(), value.to_str())),
        _ => None,
    });
    here.chain(outside(&model.environment))
        .filter(|(key, value)| is_plain(key) && (value.is_empty() || is_plain(value)))
}

fn outside(environment: &Environment) -> impl Iterator<Item = (String, String)> {
    let tags = environment.tags_from_variables().into_iter().chain(environment.tags_from_config_file(None)).flatten();
    tags.map(|(key, value)| (key, value.as_str().unwrap_or_default().to_owned()))
}

/// Returns whether a text can stand in quotes as it is.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && !text.contains(|c: char| c.is_control() || "\"'\\".contains(c))
}
