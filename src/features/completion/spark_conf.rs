//! Spark properties: `key=value --conf key=value`, as `%spark_conf` and the job argument `--conf` take them.

use std::ops::Range;

use crate::facts::{self, SparkProperty};

use super::{Completion, CompletionKind, Topic};
use crate::features::hover::describe;

/// What stands at an offset of a list of properties. Ranges are bytes of the cell's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features) enum SparkSpot<'a> {
    /// The name of a property, or the place for one.
    Name(Range<usize>),
    /// The value of a property, or the place for one.
    Value {
        /// The property's name.
        property: &'a str,
        /// The value.
        range: Range<usize>,
    },
    /// The place for the word between two properties.
    Next(Range<usize>),
}

/// Returns what stands at `offset` of the list of properties in `range`.
pub(in crate::features) fn spot_at(text: &str, range: Range<usize>, offset: usize) -> Option<SparkSpot<'_>> {
    if offset < range.start || offset > range.end {
        return None;
    }
    let mut previous = "--conf";
    let mut at = range.start;
    for word in text[range].split([' ', '\t', '\n', '\r']) {
        let (start, end) = (at, at + word.len());
        at = end + 1;
        if offset > end {
            if !word.is_empty() {
                previous = word;
            }
            continue;
        }
        if previous == "--conf" {
            return spot_in(text, start..end, offset);
        }
        // Behind anything else the word may be the rest of a value that holds blanks.
        let complete = previous.contains('=') && !previous.ends_with(['"', '\'']);
        let conf = word.is_empty() || (word.starts_with("--") && "--conf".starts_with(word));
        return (complete && conf && offset == end).then_some(SparkSpot::Next(start..end));
    }
    None
}

fn spot_in(text: &str, word: Range<usize>, offset: usize) -> Option<SparkSpot<'_>> {
    let content = text[word.clone()].trim_start_matches(['"', '\'']);
    let start = word.end - content.len();
    let content = content.trim_end_matches(['"', '\'']);
    let end = start + content.len();
    if offset < start || offset > end || content.starts_with('-') {
        return None;
    }
    match content.find('=') {
        Some(equals) if offset > start + equals => {
            Some(SparkSpot::Value { property: &content[..equals], range: start + equals + 1..end })
        }
        Some(equals) => Some(SparkSpot::Name(start..start + equals)),
        None => Some(SparkSpot::Name(start..end)),
    }
}

/// Returns what may stand at `offset` of the list of properties in `range`.
pub(super) fn completions(text: &str, range: Range<usize>, offset: usize) -> Vec<Completion> {
    match spot_at(text, range.clone(), offset) {
        None => Vec::new(),
        Some(SparkSpot::Next(replace)) => vec![Completion {
            detail: Some("and another property".to_owned()),
            insert: "--conf ".to_owned(),
            ..Completion::new(CompletionKind::Key, "--conf", replace)
        }],
        Some(SparkSpot::Name(replace)) => {
            let equals = if text[replace.end..].starts_with('=') { "" } else { "=" };
            let rows = facts::configure().spark_properties();
            let given = given(text, range, &replace);
            rows.iter()
                .filter(|row| !given.contains(&row.name.as_str()))
                .enumerate()
                .map(|(index, row)| Completion {
                    detail: Some(describe::spark_property_detail(row)),
                    topic: Some(Topic::Property { name: row.name.clone() }),
                    insert: format!("{}{equals}", row.name),
                    offers_next: !equals.is_empty() && !values(row).is_empty(),
                    sort: format!("{index:03}"),
                    ..Completion::new(CompletionKind::Property, &row.name, replace.clone())
                })
                .collect()
        }
        Some(SparkSpot::Value { property, range }) => {
            let Some(row) = facts::configure().spark_property(property) else {
                return Vec::new();
            };
            values(row)
                .into_iter()
                .enumerate()
                .map(|(index, value)| Completion {
                    detail: (row.default.as_deref() == Some(value)).then(|| "Spark's default".to_owned()),
                    sort: format!("{index:03}"),
                    ..Completion::new(CompletionKind::Value, value, range.clone())
                })
                .collect()
        }
    }
}

/// The names of the properties that the list has already, that at `typed` apart: of two the last one counts alone.
fn given<'a>(text: &'a str, range: Range<usize>, typed: &Range<usize>) -> Vec<&'a str> {
    let mut at = range.start;
    let mut names = Vec::new();
    // Each of these is a byte.
    for word in text[range].split([' ', '\t', '\n', '\r', '"', '\'']) {
        let start = at;
        at += word.len() + 1;
        if let Some((name, _)) = word.split_once('=')
            && start != typed.start
        {
            names.push(name);
        }
    }
    names
}

/// The values of a property that can be listed; else its default, as a start.
fn values(row: &SparkProperty) -> Vec<&str> {
    if !row.values.is_empty() {
        return row.values.iter().map(String::as_str).collect();
    }
    if row.kind == "boolean" {
        return vec!["true", "false"];
    }
    row.default.as_deref().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(marked: &str) -> String {
        let offset = marked.find('|').unwrap();
        let text = marked.replace('|', "");
        match spot_at(&text, 0..text.len(), offset) {
            None => "nothing".into(),
            Some(SparkSpot::Name(range)) => format!("name {:?}", &text[range]),
            Some(SparkSpot::Value { property, range }) => {
                format!("{property} = {:?}", &text[range])
            }
            Some(SparkSpot::Next(range)) => format!("next {:?}", &text[range]),
        }
    }

    #[test]
    fn names_and_values_alternate() {
        assert_eq!(shown("|"), "name \"\"");
        assert_eq!(shown("spark.|"), "name \"spark.\"");
        assert_eq!(shown("spark.a=|"), "spark.a = \"\"");
        assert_eq!(shown("spark.a=tr|ue --conf x=1"), "spark.a = \"true\"");
        assert_eq!(shown("spark.a=1 --conf |"), "name \"\"");
        assert_eq!(shown("spark.a=1  --conf  spark.cat-|impl=2"), "name \"spark.cat-impl\"");
        assert_eq!(shown("--conf spark.|"), "name \"spark.\"");
        assert_eq!(shown("\"spark.a=|\""), "spark.a = \"\"");
    }

    #[test]
    fn the_rest_of_a_value_is_no_property() {
        assert_eq!(shown("spark.o=-Da -|"), "nothing");
        assert_eq!(shown("-|"), "nothing");
        assert_eq!(shown("spark.a=1 x |"), "nothing");
        assert_eq!(shown("spark.a=1 --conv|"), "nothing");
        assert_eq!(shown("spark.a='1' |"), "nothing");
    }

    #[test]
    fn a_property_is_followed_by_the_word_that_begins_another() {
        assert_eq!(shown("spark.a=1 |"), "next \"\"");
        assert_eq!(shown("spark.a=1 --|"), "next \"--\"");
        assert_eq!(shown("spark.a=1 --co|"), "next \"--co\"");
        assert_eq!(shown("spark.a=1 |--conf b=2"), "nothing");
    }
}
