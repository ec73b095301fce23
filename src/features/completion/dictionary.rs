//! Keys and values in the bodies of `%%configure`, `%%tags` and `%%assume_role`.

use std::ops::Range;

use crate::facts::{self, ConfigureKind, JobParameter, RecognisedKey};
use crate::features::hover::describe;
use crate::model::NotebookModel;
use crate::syntax::CellMagicKind;

use super::dict_scan::{Dict, Entry, Part, Spot, is_key_char};
use super::magic_name::escape;
use super::typed::{self, Typed};
use super::values::{self, Slot};
use super::{Completion, CompletionKind, Completions, List, Topic};
use super::{account, arn_prefix, setting_values, spark_conf, tags};
use crate::features::prices::{Footing, Prices};

/// Returns what may stand at `offset` of the body of a cell magic.
pub(super) fn completions(
    model: &NotebookModel,
    cell: usize,
    kind: CellMagicKind,
    body: Range<usize>,
    offset: usize,
    prices: &Prices,
) -> Completions {
    let text = &*model.cells[cell].cell.text;
    if kind == CellMagicKind::Sql {
        return Completions::default();
    }
    let dict = Dict::scan(text, body.clone());
    let Some(spot) = dict.spot(text, offset) else {
        let role = (kind == CellMagicKind::AssumeRole).then(|| assumed_role(text, body, offset)).flatten();
        let prefix = || arn_prefix(model, cell, prices);
        let list = |typed| account::completions(model, cell, List::AssumedRoles, &typed, &prefix);
        return role.map(list).unwrap_or_default();
    };
    match spot {
        Spot::Key(index) => {
            let entry = &dict.entries[index];
            let replace = around(text, &entry.key, offset, kind);
            let open = (entry.key.quoted && !entry.has_colon()).then(|| unfinished(text, &entry.key, &replace));
            let slot = KeySlot { replace, quotes: !entry.key.quoted, colon: entry.has_colon(), close: None };
            let slot = match open.flatten() {
                Some((quote, end)) => KeySlot { replace: slot.replace.start..end, close: Some(quote), ..slot },
                None => slot,
            };
            keys(model, cell, kind, &dict, Some(index), &slot).into()
        }
        Spot::NewKey => {
            let slot = KeySlot { replace: offset..offset, quotes: true, colon: false, close: None };
            keys(model, cell, kind, &dict, None, &slot).into()
        }
        Spot::Value(index, part) => {
            let entry = &dict.entries[index];
            let part = &entry.values[part];
            let key = key_text(text, entry);
            if matches!(key, "--conf" | "conf") && kind == CellMagicKind::Configure {
                // Properties stand in a string; without one there is no telling where it would end.
                return if part.quoted {
                    spark_conf::completions(text, part.inner.clone(), offset).into()
                } else {
                    Completions::default()
                };
            }
            if let Some(list) = List::of_key(key).filter(|_| kind == CellMagicKind::Configure) {
                // Texts side by side are one: none of them is a name.
                let typed = typed::in_part(text, part, offset, list.reading().list);
                let typed = typed.filter(|_| entry.values.len() == 1);
                return typed.map(|typed| names(model, cell, list, &typed, &dict, prices)).unwrap_or_default();
            }
            let whole = (key == "endpoint").then(|| typed::in_part(text, part, offset, false)).flatten();
            let replace = whole.map_or_else(|| around(text, part, offset, kind), |typed| typed.name);
            let slot = Slot::new(text, replace, !part.quoted);
            let items = text[part.inner.start..slot.replace.start].split(',').map(str::trim);
            let value = Value { key, slot, before: items.collect() };
            values_of(model, cell, kind, &dict, &value, prices).into()
        }
        Spot::NewValue(index) => {
            let key = key_text(text, &dict.entries[index]);
            if let Some(list) = List::of_key(key).filter(|_| kind == CellMagicKind::Configure) {
                return names(model, cell, list, &typed::at_place(offset, list.reading().list), &dict, prices);
            }
            let slot = Slot::new(text, offset..offset, true);
            let value = Value { key, slot, before: Vec::new() };
            values_of(model, cell, kind, &dict, &value, prices).into()
        }
    }
}

/// Returns the names that a value of `%%configure` may be.
fn names(
    model: &NotebookModel,
    cell: usize,
    list: List,
    typed: &Typed<'_>,
    dict: &Dict,
    prices: &Prices,
) -> Completions {
    let text = &*model.cells[cell].cell.text;
    let prefix = || values::arn_prefix(footing(model, cell, text, dict, prices).region.as_deref());
    account::completions(model, cell, list, typed, &prefix)
}

/// Returns the role at `offset` of a body of `%%assume_role` that is none of a dictionary: nothing yet, a text, or a word
/// without quotes.
pub(in crate::features) fn assumed_role(text: &str, body: Range<usize>, offset: usize) -> Option<Typed<'_>> {
    let mut start = body.start;
    loop {
        let rest = text.get(start..body.end)?;
        start = body.end - rest.trim_start().len();
        if !text[start..body.end].starts_with('#') {
            break;
        }
        start += text[start..body.end].find(['\n', '\r']).unwrap_or(body.end - start);
    }
    let rest = text[start..body.end].trim_end();
    if rest.is_empty() {
        // Not in one of the comments, and not behind it.
        let line = text[body.start..offset].rfind(['\n', '\r']).map_or(body.start, |at| body.start + at + 1);
        return (!text[line..offset].contains('#')).then(|| typed::at_place(offset, false));
    }
    let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let word = !rest.contains(|c: char| c.is_whitespace() || "{}[](),#\"'".contains(c));
        let range = start..start + rest.len();
        let part = Part { range: range.clone(), inner: range, quoted: false };
        return word.then(|| typed::in_part(text, &part, offset, false)).flatten();
    };
    let inner = start + 1;
    let content = &rest[1..];
    let part = match content.find(quote) {
        // Only a text alone is a role.
        Some(end) => (end + 1 == content.len()).then(|| Part {
            range: start..inner + end + 1,
            inner: inner..inner + end,
            quoted: true,
        })?,
        None => {
            let end = inner + content.find(['\n', '\r']).unwrap_or(content.len());
            Part { range: start..end, inner: inner..end, quoted: true }
        }
    };
    typed::in_part(text, &part, offset, false)
}

/// Returns what a completion of a key or value replaces. Keys and values of tags may hold blanks and much else.
fn around(text: &str, part: &Part, offset: usize, kind: CellMagicKind) -> Range<usize> {
    let closed = part.quoted && part.range.end > part.inner.end && !text[part.inner.clone()].contains(['\n', '\r']);
    if kind == CellMagicKind::Tags && closed { part.inner.clone() } else { word_around(text, part, offset) }
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

/// Returns the quote of a key that `replace` is the last word of, and where the key ends with its quotes, if it has the
/// second one. A key with more behind its word is left as it is.
fn unfinished(text: &str, key: &Part, replace: &Range<usize>) -> Option<(char, usize)> {
    let quote = text[key.range.start..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let rest = &text[replace.end..key.range.end];
    match key.range.end > key.inner.end {
        true => (replace.end == key.inner.end).then_some((quote, key.range.end)),
        false => rest.trim().is_empty().then_some((quote, replace.end)),
    }
}

struct KeySlot {
    replace: Range<usize>,
    /// Whether the key brings its own quotes.
    quotes: bool,
    /// Whether a colon stands behind it.
    colon: bool,
    /// The quote it is to be ended with, where its value is still to come.
    close: Option<char>,
}

fn keys(
    model: &NotebookModel,
    cell: usize,
    kind: CellMagicKind,
    dict: &Dict,
    typed: Option<usize>,
    slot: &KeySlot,
) -> Vec<Completion> {
    let text = &*model.cells[cell].cell.text;
    let others = dict.entries.iter().enumerate().filter(|(index, _)| Some(*index) != typed);
    let present: Vec<&str> = others.map(|(_, entry)| key_text(text, entry)).collect();
    let plain = |keys: Vec<String>, topic: fn(String) -> Option<Topic>| {
        let keys = keys.into_iter().filter(|key| !present.contains(&key.as_str())).enumerate();
        let completion = |(index, key): (usize, String)| Completion {
            sort: format!("{index:03}"),
            topic: topic(key.clone()),
            ..key_completion(slot, &key, "\"$1\"")
        };
        keys.map(completion).collect()
    };
    match kind {
        CellMagicKind::Tags => return plain(tags::keys(model, cell), |_| None),
        CellMagicKind::AssumeRole => {
            let keys = facts::magics().cell("assume_role").map_or(&[][..], |spec| &spec.argument.keys);
            return plain(keys.to_vec(), |name| Some(Topic::Credential { name }));
        }
        CellMagicKind::Configure | CellMagicKind::Sql => {}
    }
    let table = facts::configure();
    let recognised = table.recognised_keys().iter().filter(|row| !present.contains(&row.key.as_str()));
    let recognised = recognised.map(|row| Completion {
        detail: Some(describe::recognised_key_detail(row)),
        topic: Some(Topic::Key { name: row.key.clone() }),
        offers_next: !slot.colon && is_listed(&row.key),
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
        topic: Some(Topic::Argument { name: row.name.clone() }),
        offers_next: !slot.colon && !row.values.is_empty(),
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
        completion.insert = format!("\"{}\": {value}", escape(key));
        completion.is_snippet = true;
    } else if let Some(quote) = slot.close {
        completion.insert = format!("{}{quote}: {value}", escape(key));
        completion.is_snippet = true;
    }
    completion
}

/// Whether the values of a key are listed, whatever the notebook holds.
fn is_listed(key: &str) -> bool {
    matches!(key, "glue_version" | "worker_type" | "region" | "number_of_workers" | "idle_timeout" | "timeout")
}

fn value_snippet(row: &RecognisedKey) -> &'static str {
    match row.kind {
        ConfigureKind::String | ConfigureKind::Enum => "\"$1\"",
        ConfigureKind::Int | ConfigureKind::Number => "$1",
        ConfigureKind::Dict => "{\"${1:key}\": \"${2:value}\"}",
    }
}

/// A value that is to be typed.
struct Value<'a> {
    /// Its key.
    key: &'a str,
    slot: Slot,
    /// What stands in the same text before it, between commas.
    before: Vec<&'a str>,
}

/// What may stand as a value. Those of credentials are nobody's to offer.
fn values_of(
    model: &NotebookModel,
    cell: usize,
    kind: CellMagicKind,
    dict: &Dict,
    value: &Value<'_>,
    prices: &Prices,
) -> Vec<Completion> {
    let slot = &value.slot;
    match kind {
        CellMagicKind::Tags => return tags::values(model, cell, value.key, slot),
        CellMagicKind::Configure => {}
        CellMagicKind::AssumeRole | CellMagicKind::Sql => return Vec::new(),
    }
    let text = &*model.cells[cell].cell.text;
    if let Some(list) = setting_values(value.key, slot, &|| footing(model, cell, text, dict, prices)) {
        return list;
    }
    let table = facts::configure();
    if table.recognised(value.key).is_some() {
        return Vec::new();
    }
    // The kernel puts the hyphens in front of a key that lacks them.
    let name = if value.key.starts_with("--") { value.key.to_owned() } else { format!("--{}", value.key) };
    let Some(row) = table.job_parameter(&name) else {
        return Vec::new();
    };
    let given = |item: &str| row.separator.is_some() && value.before.contains(&item);
    let left = row.values.iter().map(String::as_str).filter(|item| !given(item));
    values::listed(slot, left, row.default.as_deref())
}

/// Returns what the session is made of, with what stands in the dictionary: it need not be complete yet.
pub(in crate::features) fn footing<'a>(
    model: &NotebookModel,
    cell: usize,
    text: &str,
    dict: &Dict,
    prices: &'a Prices,
) -> Footing<'a> {
    let mut footing = Footing::at(model, cell, prices);
    for entry in &dict.entries {
        if let [value] = entry.values.as_slice() {
            footing.take(&text[entry.key.inner.clone()], &text[value.inner.clone()]);
        }
    }
    footing
}
