//! Keys and values in the bodies of `%%configure` and `%%assume_role`.

use std::ops::Range;

use crate::facts::{self, ConfigureKind, JobParameter, RecognisedKey};
use crate::features::hover::describe;
use crate::model::NotebookModel;
use crate::syntax::CellMagicKind;

use super::dict_scan::{Dict, Entry, Part, Spot, is_key_char};
use super::values::{self, Slot};
use super::{Completion, CompletionKind, spark_conf};

/// Returns what may stand at `offset` of the body of a cell magic.
pub(super) fn completions(
    model: &NotebookModel,
    cell: usize,
    kind: CellMagicKind,
    body: Range<usize>,
    offset: usize,
) -> Vec<Completion> {
    // The keys of tags are the user's own, the body of `%%sql` is no dictionary.
    if !matches!(kind, CellMagicKind::Configure | CellMagicKind::AssumeRole) {
        return Vec::new();
    }
    let text = &*model.cells[cell].cell.text;
    let dict = Dict::scan(text, body);
    let configure = kind == CellMagicKind::Configure;
    match dict.spot(text, offset) {
        None => Vec::new(),
        Some(Spot::Key(index)) => {
            let entry = &dict.entries[index];
            let slot = KeySlot {
                replace: word_around(text, &entry.key, offset),
                quotes: !entry.key.quoted,
                colon: entry.has_colon(),
            };
            keys(text, &dict, Some(index), &slot, configure)
        }
        Some(Spot::NewKey) => {
            let slot = KeySlot { replace: offset..offset, quotes: true, colon: false };
            keys(text, &dict, None, &slot, configure)
        }
        Some(Spot::Value(index, part)) if configure => {
            let entry = &dict.entries[index];
            let part = &entry.values[part];
            let key = &text[entry.key.inner.clone()];
            if matches!(key, "--conf" | "conf") {
                // Properties stand in a string; without one there is no telling where it would end.
                return if part.quoted {
                    spark_conf::completions(text, part.inner.clone(), offset)
                } else {
                    Vec::new()
                };
            }
            let slot = Slot { replace: word_around(text, part, offset), quotes: !part.quoted };
            value_completions(model, cell, key, &slot)
        }
        Some(Spot::NewValue(index)) if configure => {
            let key = &text[dict.entries[index].key.inner.clone()];
            value_completions(model, cell, key, &Slot { replace: offset..offset, quotes: true })
        }
        Some(Spot::Value(..) | Spot::NewValue(_)) => Vec::new(),
    }
}

/// Returns the word of a key or value around `offset`: what a completion replaces. An open string runs on
/// to the end of the line, so its end is none of the word's.
fn word_around(text: &str, part: &Part, offset: usize) -> Range<usize> {
    let word = |c: char| is_key_char(c);
    let rest = &text[offset..part.inner.end];
    let end = offset + rest.find(|c| !word(c)).unwrap_or(rest.len());
    let before = &text[part.inner.start..offset];
    let start = match before.char_indices().rev().find(|&(_, c)| !word(c)) {
        Some((at, c)) => part.inner.start + at + c.len_utf8(),
        None => part.inner.start,
    };
    start..end
}

struct KeySlot {
    replace: Range<usize>,
    /// Whether the key brings its own quotes.
    quotes: bool,
    /// Whether a colon stands behind it.
    colon: bool,
}

fn keys(text: &str, dict: &Dict, typed: Option<usize>, slot: &KeySlot, configure: bool) -> Vec<Completion> {
    let others = dict.entries.iter().enumerate().filter(|(index, _)| Some(*index) != typed);
    let present: Vec<&str> = others.map(|(_, entry)| key_text(text, entry)).collect();
    if !configure {
        let keys = facts::magics().cell("assume_role").map_or(&[][..], |spec| &spec.argument.keys);
        return keys
            .iter()
            .filter(|key| !present.contains(&key.as_str()))
            .enumerate()
            .map(|(index, key)| Completion { sort: format!("{index:03}"), ..key_completion(slot, key, "\"$1\"") })
            .collect();
    }
    let table = facts::configure();
    let recognised = table.recognised_keys().iter().filter(|row| !present.contains(&row.key.as_str()));
    let recognised = recognised.map(|row| Completion {
        detail: Some(describe::recognised_key_detail(row)),
        documentation: Some(describe::recognised_key(row)),
        sort: format!("0{:03}", row.order),
        ..key_completion(slot, &row.key, value_snippet(row))
    });
    let given = |row: &JobParameter| {
        let bare = row.name.trim_start_matches('-');
        present.iter().any(|key| *key == row.name || *key == bare)
    };
    let parameters = table.job_parameters().iter().filter(|row| row.is_useful() && !given(row)).enumerate();
    let parameters = parameters.map(|(index, row)| Completion {
        detail: Some(describe::job_parameter_detail(row)),
        documentation: Some(describe::job_parameter(row)),
        sort: format!("1{index:03}"),
        ..key_completion(slot, &row.name, "\"$1\"")
    });
    recognised.chain(parameters).collect()
}

fn key_text<'a>(text: &'a str, entry: &Entry) -> &'a str {
    &text[entry.key.inner.clone()]
}

fn key_completion(slot: &KeySlot, key: &str, value: &str) -> Completion {
    let mut completion = Completion::new(CompletionKind::Key, key, slot.replace.clone());
    if slot.quotes && slot.colon {
        completion.insert = format!("\"{key}\"");
    } else if slot.quotes {
        // No key of the tables holds anything that means something in a snippet.
        completion.insert = format!("\"{key}\": {value}");
        completion.is_snippet = true;
    }
    completion
}

fn value_snippet(row: &RecognisedKey) -> &'static str {
    match row.kind {
        ConfigureKind::String | ConfigureKind::Enum => "\"$1\"",
        ConfigureKind::Int | ConfigureKind::Number => "$1",
        ConfigureKind::Dict => "{\"${1:key}\": \"${2:value}\"}",
    }
}

/// What may stand as the value of a key of `%%configure`.
fn value_completions(model: &NotebookModel, cell: usize, key: &str, slot: &Slot) -> Vec<Completion> {
    match key {
        "glue_version" => return values::glue_versions(slot),
        "worker_type" => return values::worker_types(slot, values::version_in_force(model, cell)),
        "region" => return values::regions(slot),
        _ => {}
    }
    let table = facts::configure();
    if table.recognised(key).is_some() {
        return Vec::new();
    }
    // The kernel puts the hyphens in front of a key that lacks them.
    let name = if key.starts_with("--") { key.to_owned() } else { format!("--{key}") };
    let Some(row) = table.job_parameter(&name) else {
        return Vec::new();
    };
    values::listed(slot, row.values.iter().map(String::as_str), row.default.as_deref())
}
