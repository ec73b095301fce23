//! The options of a marker: `key=value` pairs or a JSON object, read as jupytext does.
//!
//! jupytext reads pairs from the right: what it can read there counts, and from the first thing on that it cannot read,
//! all that stands to the left is void.

use std::ops::Range;

use super::quotes::{is_space, trim_start};
use crate::syntax::literal::{self, parse_literal};

/// How many equals signs of a line are tried; more of them are no options that anybody wrote.
const MOST_TRIES: usize = 64;

/// A value, as far as anything depends on it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    /// A string.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// A list or a tuple.
    List(Vec<Data>),
    /// An object or a dictionary.
    Object(Vec<(String, Data)>),
    /// Anything else.
    Other,
}

/// An option, and where it stands in its line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) data: Data,
    /// The value, without the quotes of a string.
    pub(super) value: Range<usize>,
    /// Key and value.
    pub(super) whole: Range<usize>,
}

/// Reads what stands behind the percent signs at `from`. Returns where the title ends, and the options.
pub(super) fn read(line: &str, from: usize) -> (usize, Vec<Setting>) {
    let text = line[from..].trim_matches(is_space);
    let from = from + (line[from..].len() - trim_start(&line[from..]).len());
    let equals = text.find('=');
    if let Some(brace) = text.find('{')
        && equals.is_none_or(|equals| brace < equals)
    {
        return (from + text[..brace].trim_end_matches(is_space).len(), object(text, from, brace));
    }
    // The last word in front of the first `=` is a key already; words with a dot before them are attributes.
    let before = match equals {
        Some(equals) => {
            let words = text[..equals].trim_end_matches(' ');
            words.rfind(' ').map_or("", |blank| &words[..blank])
        }
        None => text,
    };
    let mut title = before;
    while let Some(word) = title.rsplit(' ').next().filter(|word| word.starts_with('.') || word.chars().all(is_space)) {
        let end = (title.len() - word.len()).saturating_sub(1);
        if title.is_empty() {
            break;
        }
        title = &title[..end];
    }
    (from + title.len(), pairs(line, from + title.len()..from + text.len()))
}

/// Reads `{"key": value, …}`. Every value stands for the whole of it: nobody writes this by hand.
fn object(text: &str, from: usize, brace: usize) -> Vec<Setting> {
    let range = from + brace..from + text.len();
    let Some(Data::Object(members)) = data(&text[brace..]) else {
        return Vec::new();
    };
    let setting = |(key, data)| Setting { key, data, value: range.clone(), whole: range.clone() };
    members.into_iter().map(setting).collect()
}

/// Reads `key=value key …`; of equal keys the first that is returned counts.
fn pairs(line: &str, range: Range<usize>) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut tries = 0;
    let (start, mut end) = (range.start, range.end);
    'pairs: loop {
        let text = line[start..end].trim_end_matches(is_space);
        let skipped = text.len() - trim_start(text).len();
        let (text, base) = (&text[skipped..], start + skipped);
        if text.is_empty() {
            return settings;
        }
        let last = text.rfind(' ').map_or(0, |blank| blank + 1);
        if !text.starts_with("--") && is_identifier(&text[last..]) {
            end = base + last.saturating_sub(1);
            continue;
        }
        let mut before = text.len();
        while let Some(equals) = text[..before].rfind('=') {
            before = equals;
            let words = text[..equals].trim_end_matches(is_space);
            let key_start = words.rfind(' ').map_or(0, |blank| blank + 1);
            let key = text[key_start..equals].trim_matches(is_space);
            if !is_key(key) {
                continue;
            }
            tries += 1;
            if tries > MOST_TRIES {
                return settings;
            }
            let raw = trim_start(&text[equals + 1..]);
            let Some(data) = data(raw) else {
                continue;
            };
            let value = base + text.len() - raw.len()..base + text.len();
            // The quotes of a string are no part of the value.
            let quotes = usize::from(matches!(data, Data::Text(_)) && raw.starts_with(['"', '\'']));
            settings.push(Setting {
                key: key.to_owned(),
                data,
                value: value.start + quotes..value.end - quotes,
                whole: base + key_start..value.end,
            });
            end = base + key_start.saturating_sub(1);
            continue 'pairs;
        }
        return settings;
    }
}

fn is_identifier(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
}

fn is_key(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.@/-".contains(&b))
}

/// Reads JSON or else a Python literal.
fn data(text: &str) -> Option<Data> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(of_json(value));
    }
    if matches!(text, "NaN" | "Infinity" | "-Infinity") {
        return Some(Data::Other);
    }
    parse_literal(text).ok().map(|node| of_literal(node.value))
}

fn of_json(value: serde_json::Value) -> Data {
    match value {
        serde_json::Value::String(text) => Data::Text(text),
        serde_json::Value::Bool(value) => Data::Bool(value),
        serde_json::Value::Array(items) => Data::List(items.into_iter().map(of_json).collect()),
        serde_json::Value::Object(members) => {
            Data::Object(members.into_iter().map(|(key, value)| (key, of_json(value))).collect())
        }
        _ => Data::Other,
    }
}

fn of_literal(value: literal::Value) -> Data {
    match value {
        literal::Value::Str(text) => Data::Text(text),
        literal::Value::Bool(value) => Data::Bool(value),
        literal::Value::List(items) | literal::Value::Tuple(items) => {
            Data::List(items.into_iter().map(|item| of_literal(item.value)).collect())
        }
        literal::Value::Dict(entries) => {
            let member = |(key, value): (literal::Node, literal::Node)| match key.value {
                literal::Value::Str(key) => Some((key, of_literal(value.value))),
                _ => None,
            };
            // The last of equal keys wins; here the first that is found does.
            Data::Object(entries.into_iter().rev().filter_map(member).collect())
        }
        _ => Data::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_in(line: &str) -> (&str, Vec<(String, &str)>) {
        let (end, settings) = read(line, 4);
        (&line[4.min(end)..end], settings.into_iter().map(|s| (s.key, &line[s.value])).collect())
    }

    #[test]
    fn pairs_are_read_from_the_right() {
        let (title, settings) = read_in("# %% A title x=1 bad=abc y=\"a=b\" z flag=[1, 'a']");
        assert_eq!(title.trim(), "A title");
        assert_eq!(settings, [("flag".into(), "[1, 'a']"), ("y".into(), "a=b")]);
        assert_eq!(read_in("# %% x=\"a\" abc = \"").1, []);
        assert_eq!(read_in("# %% .attribute x='b'").1, [("x".into(), "b")]);
    }

    #[test]
    fn a_json_object_stands_for_all_of_its_members() {
        let (title, settings) = read_in("# %% t {'language': 'sql', \"a\": 1}");
        assert_eq!(title.trim(), "t");
        assert_eq!(settings[0].1, "{'language': 'sql', \"a\": 1}");
        assert_eq!(settings.len(), 2);
        assert_eq!(read_in("# %% {\"a\"").1, []);
    }

    #[test]
    fn hostile_lines_are_read() {
        for line in [
            "# %% x=\"".repeat(5_000),
            format!("# %% {}", "a=".repeat(50_000)),
            format!("# %% a={}", "[".repeat(50_000)),
        ] {
            assert!(read(&line, 4).1.len() <= MOST_TRIES);
        }
    }
}
