//! Notebooks as JSON text, against a JSON parser.

use glue_ls::syntax::{CellKind, ipynb};
use ropey::Rope;
use serde_json::Value;

use super::{contents, corpus, fixtures, notebooks_in};

/// Returns kind and text of each cell as the JSON has them.
fn expected(notebook: &Value) -> Vec<super::Content> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let cell = |cell: &Value| {
        let kind = match cell["cell_type"].as_str().unwrap() {
            "code" => CellKind::Code,
            "markdown" => CellKind::Markdown,
            _ => CellKind::Raw,
        };
        let source = match &cell["source"] {
            Value::Array(lines) => lines.iter().map(text).collect(),
            source => text(source),
        };
        (kind, source)
    };
    notebook["cells"].as_array().unwrap().iter().map(cell).collect()
}

#[test]
fn the_cells_of_every_notebook_are_those_of_its_json() {
    for path in corpus().into_iter().chain(notebooks_in(&fixtures())) {
        let text = std::fs::read_to_string(&path).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        let parsed = ipynb::parse(&text);
        assert_eq!(contents(&parsed.cells), expected(&json), "{}", path.display());
        assert_eq!(parsed.problems, [], "{}", path.display());
        let metadata = [&json["metadata"], &json["metadata"]["metadata"]];
        let member = |group: &str, name: &str| metadata.iter().find_map(|m| m[group][name].as_str().map(str::to_owned));
        assert_eq!(parsed.meta.kernel_name, member("kernelspec", "name"), "{}", path.display());
        let language = member("language_info", "name").or_else(|| member("kernelspec", "language"));
        assert_eq!(parsed.meta.language, language, "{}", path.display());
        assert_eq!(parsed.meta.nbformat, json["nbformat"].as_i64(), "{}", path.display());
        assert!(ipynb::looks_like_notebook(&text));
    }
}

#[test]
fn what_is_typed_into_a_cell_reads_that_cell_alone() {
    for path in corpus().into_iter().chain(notebooks_in(&fixtures())) {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut rope = Rope::from_str(&text);
        let mut parsed = ipynb::parse(&text);
        for index in 0..parsed.cells.len() {
            let placed = &parsed.cells[index];
            if placed.cell.text.is_empty() {
                continue;
            }
            let at = placed.to_document(0..0).start;
            let typed = ipynb::encode("é\"\n");
            rope.insert(rope.byte_to_char(at), &typed);
            let changed = ipynb::update(&mut parsed, &rope, at..at, typed.len());
            assert_eq!(changed, index..index + 1, "{}", path.display());
            assert!(parsed.cells[index].cell.text.starts_with("é\"\n"));
        }
        assert_eq!(parsed, ipynb::parse(&rope.to_string()), "{}", path.display());
    }
}

#[test]
fn the_command_that_the_message_for_old_notebooks_names_is_complete() {
    let old = ipynb::parse(r#"{"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": []}]}"#);
    let message = old.problems[0].kind.to_string();
    assert!(message.contains("`jupyter nbconvert --to notebook --nbformat 4 FILE`"), "{message}");
    assert!(message.contains("nbformat 3"), "{message}");
}
