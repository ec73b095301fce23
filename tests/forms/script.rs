//! Real notebooks as scripts, and back: the script has the notebook's cells and means the same, for jupytext too, and a
//! script that is not edited changes nothing.

use glue_ls::model::gate::is_magic_name;
use glue_ls::model::open::open;
use glue_ls::syntax::script::{into_notebook, is_same, of_notebook};
use glue_ls::syntax::split::lines;
use glue_ls::syntax::{CellKind, Form, ipynb, percent};
use serde_json::{Value, json};

use super::roundtrip::{known_in, meaning, notebooks};
use super::{Content, contents, corpus, joined, oracle};

/// Returns the texts of the corpus' notebooks, and of all others as Python would write them.
fn texts() -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> = Vec::new();
    for path in corpus() {
        texts.push((path.display().to_string(), std::fs::read_to_string(path).unwrap()));
    }
    let others = notebooks().into_iter().filter(|(name, _)| !texts.iter().any(|(known, _)| known == name));
    let others: Vec<_> =
        others.map(|(name, notebook)| (name, serde_json::to_string_pretty(&notebook).unwrap())).collect();
    texts.extend(others);
    // What is no notebook is refused, and looked at elsewhere.
    texts.retain(|(_, text)| ipynb::parse(text).problems.is_empty());
    texts
}

fn script_of(text: &str) -> String {
    of_notebook(text, "a.ipynb", "s1", None, &is_magic_name).unwrap()
}

fn fresh() -> impl FnMut() -> String {
    let mut number = 0;
    move || {
        number += 1;
        format!("fresh-{number}")
    }
}

#[test]
fn a_notebook_becomes_a_script_of_its_cells_and_comes_back_byte_for_byte() {
    let texts = texts();
    let (mut exactly, mut cells) = (0, 0);
    for (name, text) in &texts {
        let script = script_of(text);
        let (before, after) = (ipynb::parse(text).cells, percent::parse(&script, &is_magic_name));
        assert_eq!(before.len().max(1), after.len(), "{name}");
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before.cell.kind, after.cell.kind, "{name}\n{script}");
            assert!(is_same(&before.cell.text, &after.cell.text), "{name}: {before:?} became {after:?}");
            exactly += usize::from(before.cell.text == after.cell.text);
            cells += 1;
        }
        let back = into_notebook(text, &script, &after, &[], &mut fresh()).unwrap();
        assert_eq!(&back, text, "{name}");
        // An editor of Windows.
        let windows = script.replace("\r\n", "\n").replace('\n', "\r\n");
        let read = percent::parse(&windows, &is_magic_name);
        assert_eq!(&into_notebook(text, &windows, &read, &[], &mut fresh()).unwrap(), text, "{name}");
    }
    assert!(exactly * 10 > cells * 9, "{exactly} of {cells} cells are the same to the last blank");
}

#[test]
fn the_script_means_what_the_notebook_means() {
    for (name, text) in texts() {
        let (notebook, script) = (open(&text, Form::Json).notebook, open(&script_of(&text), Form::Percent).notebook);
        // White space at the end of a cell may make a difference to a problem's place, and a magic without a body.
        let same = notebook.cells.iter().zip(&script.cells).all(|(a, b)| a.cell.text == b.cell.text);
        if same && !notebook.cells.is_empty() {
            assert_eq!(meaning(script), meaning(notebook), "{name}");
        }
    }
}

/// Returns cells without what a script does not keep.
fn plain(cells: Vec<Content>) -> Vec<Content> {
    joined(cells).into_iter().map(|(kind, text)| (kind, text.trim_end().to_owned())).collect()
}

/// Returns whether a cell has lines that we leave bare on purpose, since we would take them for comments otherwise.
fn has_bare_lines(script: &str) -> bool {
    let read = percent::parse(script, &is_magic_name);
    read.iter().any(|placed| {
        let text = &script[placed.range.clone()];
        placed.cell.kind == CellKind::Code && lines(text).any(|line| text[line.content].starts_with(['%', '!']))
    })
}

#[test]
fn jupytext_reads_the_same_cells_in_it() {
    if !oracle::is_there() {
        return;
    }
    let texts = texts();
    let scripts: Vec<String> = texts.iter().map(|(_, text)| script_of(text)).collect();
    let reads = oracle::reads(scripts.iter().map(|script| (script.as_str(), known_in(script))));
    let (mut same, mut other) = (0, Vec::new());
    for (((name, text), script), read) in texts.iter().zip(&scripts).zip(reads) {
        let read = read.unwrap_or_else(|| panic!("jupytext refuses the script of {name}\n{script}"));
        assert_eq!(read.format, "percent", "{name}");
        let expected = plain(contents(&ipynb::parse(text).cells));
        if expected.is_empty() || plain(read.cells.clone()) == expected {
            same += 1;
        } else if has_bare_lines(script) {
            other.push(name);
        } else {
            assert_eq!(plain(read.cells), expected, "{name}\n{script}");
        }
    }
    assert!(other.len() * 10 < same, "{same} are read the same, and otherwise: {other:?}");
}

#[test]
fn every_cell_of_every_notebook_can_be_edited() {
    for (name, text) in texts() {
        let script = script_of(&text);
        let cells = percent::parse(&script, &is_magic_name);
        let before: Value = serde_json::from_str(&text).unwrap();
        // All of them at once would be told apart by nothing but their order.
        for index in (0..cells.len()).step_by(7) {
            let len = cells[index].cell.text.trim_end().len();
            if before["cells"].as_array().is_none_or(Vec::is_empty) || len == 0 {
                continue;
            }
            let at = cells[index].to_document(0..len).end;
            let edited = format!("{}zzz{}", &script[..at], &script[at..]);
            let read = percent::parse(&edited, &is_magic_name);
            if read.len() != cells.len() || !read[index].cell.text.trim_end().ends_with("zzz") {
                // The edit opened or closed a string.
                continue;
            }
            let after = into_notebook(&text, &edited, &read, &[], &mut fresh()).unwrap();
            let mut after: Value = serde_json::from_str(&after).unwrap();
            let found = ipynb::parse(&after.to_string()).cells[index].cell.text.to_string();
            assert!(found.contains("zzz"), "{name} {index}: {found}");
            // All else is as it was.
            let cell = &mut after["cells"][index];
            cell["source"] = before["cells"][index]["source"].clone();
            if cell["cell_type"] == "code" {
                assert_eq!((&cell["outputs"], &cell["execution_count"]), (&json!([]), &Value::Null), "{name} {index}");
                for member in ["outputs", "execution_count"] {
                    match before["cells"][index].get(member) {
                        Some(value) => cell[member] = value.clone(),
                        None => drop(cell.as_object_mut().unwrap().remove(member)),
                    }
                }
            }
            assert_eq!(after, before, "{name} {index}");
        }
    }
}
