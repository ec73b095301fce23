//! What a notebook's text says beside its cells' texts.

use super::scanner::{Place, Scanner};
use super::value;

/// A notebook's `kernelspec`. Every member as written, `None` where it is not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kernelspec {
    /// Its name for people.
    pub display_name: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

/// Returns what a notebook's text says of its kernel, directly or nested once more in `metadata`. Total.
pub fn kernelspec(text: &str) -> Kernelspec {
    let (mut own, mut nested) = (None, None);
    top(text, &mut |scanner, key| {
        if key != "metadata" || scanner.peek() != Some(b'{') {
            scanner.skip_value();
            return;
        }
        scanner.object(Place::Member, &mut |scanner, key| match (key, scanner.peek()) {
            ("kernelspec", Some(b'{')) => own = Some(read(scanner)),
            ("metadata", Some(b'{')) => {
                scanner.object(Place::Member, &mut |scanner, key| {
                    if key == "kernelspec" && scanner.peek() == Some(b'{') {
                        nested = Some(read(scanner));
                    } else {
                        scanner.skip_value();
                    }
                });
            }
            _ => drop(scanner.skip_value()),
        });
    });
    own.or(nested).unwrap_or_default()
}

/// Returns the tags of each element of `cells`. Total.
pub fn tags(text: &str) -> Vec<Vec<String>> {
    let mut tags = Vec::new();
    top(text, &mut |scanner, key| {
        if key != "cells" || scanner.peek() != Some(b'[') {
            scanner.skip_value();
            return;
        }
        tags.clear();
        scanner.list(&mut |scanner, first| {
            let mut own = Vec::new();
            if first == b'{' {
                scanner.object(Place::Element, &mut |scanner, key| {
                    let start = scanner.at;
                    scanner.skip_value();
                    let metadata = scanner.text.get(start..scanner.at).filter(|_| key == "metadata");
                    if let Some(metadata) = metadata.filter(|metadata| metadata.contains("\"tags\"")) {
                        own = tags_in(metadata);
                    }
                });
            } else {
                scanner.skip_value();
            }
            tags.push(own);
        });
    });
    tags
}

fn tags_in(metadata: &str) -> Vec<String> {
    let metadata: serde_json::Value = serde_json::from_str(metadata).unwrap_or_default();
    let tags = metadata.get("tags").and_then(|tags| tags.as_array());
    tags.into_iter().flatten().filter_map(|tag| tag.as_str().map(str::to_owned)).collect()
}

fn read(scanner: &mut Scanner<'_>) -> Kernelspec {
    let mut found = Kernelspec::default();
    scanner.object(Place::Member, &mut |scanner, key| {
        let value = value(scanner);
        match key {
            "display_name" => found.display_name = value,
            "language" => found.language = value,
            "name" => found.name = value,
            _ => {}
        }
    });
    found
}

/// Reads the members of a notebook's object.
fn top(text: &str, member: &mut dyn FnMut(&mut Scanner<'_>, &str)) {
    let mut scanner = Scanner::new(text);
    if text.starts_with('\u{feff}') {
        scanner.at = '\u{feff}'.len_utf8();
    }
    if scanner.peek() == Some(b'{') {
        scanner.object(Place::Top, &mut |scanner, key| member(scanner, key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_and_the_tags_are_read_and_mistakes_are_passed_over() {
        let kernel = r#"{"display_name": "Glue", "language": "python", "name": "glue_pyspark"}"#;
        let expected = Kernelspec {
            display_name: Some("Glue".into()),
            language: Some("python".into()),
            name: Some("glue_pyspark".into()),
        };
        assert_eq!(kernelspec(&format!("{{\"cells\": [], \"metadata\": {{\"kernelspec\": {kernel}}}}}")), expected);
        let nested = format!("\u{feff}{{\"metadata\": {{\"metadata\": {{\"x\": 1, \"kernelspec\": {kernel}}}}}}}");
        assert_eq!(kernelspec(&nested), expected);
        let cells = r#"{"cells": [{"metadata": {"tags": ["a", 1, "b"]}}, 3, {"metadata": {"tags": "a"}}, {}], "x": ["#;
        assert_eq!(tags(cells), [vec!["a".to_owned(), "b".to_owned()], vec![], vec![], vec![]]);
        for hostile in ["", "{", "[", "{\"metadata\": [", "{\"cells\": [{\"metadata\": {\"tags\": [\"a\"}"] {
            assert_eq!(kernelspec(hostile), Kernelspec::default());
            tags(hostile);
        }
    }
}
