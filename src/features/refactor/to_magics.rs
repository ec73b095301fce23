//! A setting of `%%configure` becomes a line magic.

use std::ops::Range;

use crate::features::fix::Edit;
use crate::features::semantic_tokens::{TokenKind, cell_tokens};
use crate::syntax::literal::Value;
use crate::syntax::split::{usual_line_end, whole_line};

use super::configure::{self, Configure, Entry};
use super::{Place, Refactor};

/// The most entries of a dictionary that is looked at: each is tried.
const MOST_ENTRIES: usize = 100;

pub(super) fn offer(place: &Place<'_>, out: &mut Vec<Refactor>) {
    let Some(found) = configure::find(place.parsed()) else { return };
    if found.entries.len() > MOST_ENTRIES || !place.touches(&(found.line.start..found.dictionary.end)) {
        return;
    }
    // Of two equal keys the last wins, so neither is what it looks like.
    let once = |key: &str| found.entries.iter().filter(|entry| entry.key == key).count() == 1;
    let usual = found.entries.iter().enumerate().filter(|(_, entry)| once(&entry.key));
    let candidates: Vec<(usize, String)> = usual.filter_map(|(index, entry)| Some((index, as_magic(entry)?))).collect();
    // On the magic's own line all settings are meant, on an entry that one.
    let one = candidates.iter().find(|(index, _)| place.touches(&found.entries[*index].range));
    if let Some(one) = one {
        let edits = edits(place, &found, std::slice::from_ref(one));
        if place.keeps_plan(&edits) {
            let (key, magic) = (&found.entries[one.0].key, one.1.split(' ').next().unwrap_or_default());
            out.push(Refactor::rewrite(format!("Write `{key}` as the magic `{magic}`"), edits));
        }
    }
    if candidates.len() < 2 && one.is_some() {
        return;
    }
    let all = edits(place, &found, &candidates);
    let (edits, count) = if place.keeps_plan(&all) {
        (all, candidates.len())
    } else {
        // Some of them would mean something else: the others may go.
        let alone = |one: &(usize, String)| place.keeps_plan(&edits(place, &found, std::slice::from_ref(one)));
        let good: Vec<(usize, String)> = candidates.into_iter().filter(alone).collect();
        let some = edits(place, &found, &good);
        if !place.keeps_plan(&some) {
            return;
        }
        (some, good.len())
    };
    if count > 0 {
        out.push(Refactor::rewrite("Write the settings of `%%configure` as magics", edits));
    }
}

/// Returns the line of the magic that sets the same, as far as its looks go.
fn as_magic(entry: &Entry) -> Option<String> {
    let value = match &entry.value {
        Value::Str(text) => text.clone(),
        Value::Int(digits) => digits.clone(),
        _ => return None,
    };
    let fits = !value.trim().is_empty() && value.trim() == value && !value.contains(crate::syntax::split::is_line_end);
    let magic = configure::magic_of(&entry.key)?;
    fits.then(|| format!("%{magic} {value}"))
}

/// The edits that take entries out of the dictionary and put magics in front of it, or in its place.
fn edits(place: &Place<'_>, found: &Configure, chosen: &[(usize, String)]) -> Vec<Edit> {
    let end = usual_line_end(place.text);
    if chosen.len() == found.entries.len() {
        let mut lines = comments(place, &found.dictionary);
        lines.extend(chosen.iter().map(|(_, magic)| magic.clone()));
        return vec![(found.line.start..found.dictionary.end, lines.join(end))];
    }
    let magics: String = chosen.iter().map(|(_, magic)| format!("{magic}{end}")).collect();
    let mut edits = vec![(found.line.start..found.line.start, magics)];
    edits.extend(chosen.iter().map(|(index, _)| (removal(place.text, found, *index), String::new())));
    edits
}

/// What goes with an entry: the comma behind it, and its line if nothing else stands there.
fn removal(text: &str, found: &Configure, index: usize) -> Range<usize> {
    let range = found.entries[index].range.clone();
    let limit = found.entries.get(index + 1).map_or(found.dictionary.end - 1, |next| next.range.start);
    let behind = &text[range.end..limit.max(range.end)];
    let blank = behind.len() - behind.trim_start().len();
    let end = if behind[blank..].starts_with(',') { range.end + blank + 1 } else { range.end };
    let blanks = |c: char| c == ' ' || c == '\t';
    let start = text[..range.start].trim_end_matches(blanks).len();
    let rest = &text[end..];
    let rest_at = end + (rest.len() - rest.trim_start_matches(blanks).len());
    let own_line = text[..start].ends_with('\n') && text[rest_at..].starts_with(['\n', '\r']);
    if own_line {
        return whole_line(text, &(start..rest_at));
    }
    // Between two others on a line: one of the two gaps goes.
    range.start..if text[rest_at..].starts_with(['\n', '\r']) { end } else { rest_at.min(limit.max(end)) }
}

/// The comments in the dictionary: they stay, as comments between the magics.
fn comments(place: &Place<'_>, dictionary: &Range<usize>) -> Vec<String> {
    let tokens = cell_tokens(place.parsed());
    let inside = tokens.iter().filter(|token| {
        token.kind == TokenKind::Comment && dictionary.start <= token.range.start && token.range.end <= dictionary.end
    });
    inside.map(|token| place.text[token.range.clone()].trim_end().to_owned()).collect()
}
