use std::ops::Range;

use proptest::prelude::*;
use ropey::Rope;
use serde_json::{Value, json};

use super::edit_cell;
use crate::syntax::CellChange;
use crate::syntax::ipynb::parse;

fn change(cell: usize, edits: &[(Range<usize>, &str)], splits: &[usize]) -> CellChange {
    let edits = edits.iter().map(|(range, new)| (range.clone(), (*new).to_owned())).collect();
    CellChange { cell, edits, splits: splits.to_vec() }
}

fn edited(text: &str, change: &CellChange) -> Option<String> {
    let edits = edit_cell(&Rope::from_str(text), &parse(text).cells[change.cell], change)?;
    let mut new = text.to_owned();
    assert!(edits.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start), "{edits:?}");
    for (range, with) in edits.into_iter().rev() {
        new.replace_range(range, &with);
    }
    Some(new)
}

/// As Jupyter writes it.
const JUPYTER: &str = "{
 \"cells\": [
  {
   \"cell_type\": \"code\",
   \"execution_count\": 3,
   \"id\": \"a1\",
   \"metadata\": {
    \"tags\": []
   },
   \"outputs\": [
    {\"output_type\": \"stream\"}
   ],
   \"source\": [
    \"%a\\n\",
    \"\\u00e9 = 1\\n\",
    \"x\"
   ]
  }
 ],
 \"nbformat\": 4
}
";

fn jupyter_with(source: &str) -> String {
    let start = JUPYTER.find("[\n    \"%a").unwrap();
    let end = JUPYTER.find("\n  }\n ],").unwrap();
    format!("{}{source}{}", &JUPYTER[..start], &JUPYTER[end..])
}

#[test]
fn lines_that_come_and_go_keep_one_string_each() {
    let source = |edits: &[(Range<usize>, &str)]| {
        let new = edited(JUPYTER, &change(0, edits, &[])).unwrap();
        let (start, end) = (new.find("\"source\": ").unwrap() + 10, new.find("\n  }\n ],").unwrap());
        assert_eq!(new, jupyter_with(&new[start..end]));
        new[start..end].replace("\n    ", "").replace("\n   ", "")
    };
    let e = "\\u00e9 = 1\\n";
    assert_eq!(source(&[(0..0, "%b\n")]), format!("[\"%b\\n\",\"%a\\n\",\"{e}\",\"x\"]"));
    assert_eq!(source(&[(0..3, "")]), format!("[\"{e}\",\"x\"]"));
    assert_eq!(source(&[(9..11, "")]), "[\"%a\\n\",\"\\u00e9 = 1\"]");
    assert_eq!(source(&[(11..11, "\ny\n")]), format!("[\"%a\\n\",\"{e}\",\"x\\n\",\"y\\n\"]"));
    // One line less: two strings become one.
    assert_eq!(source(&[(2..3, "")]), format!("[\"%a{e}\",\"x\"]"));
    assert_eq!(source(&[(0..11, "")]), "[]");
    assert_eq!(source(&[(1..2, "\"")]), format!("[\"%\\\"\\n\",\"{e}\",\"x\"]"));
}

#[test]
fn a_split_makes_cells_in_the_layout_of_the_first() {
    let new = edited(JUPYTER, &change(0, &[(3..5, "e")], &[3])).unwrap();
    let below = "  },
  {
   \"cell_type\": \"code\",
   \"execution_count\": null,
   \"id\": \"a1-2\",
   \"metadata\": {},
   \"outputs\": [],
   \"source\": [
    \"e = 1\\n\",
    \"x\"
   ]
  }
 ],";
    let expected = jupyter_with("[\n    \"%a\"\n   ]").replace("  }\n ],", below);
    assert_eq!(new, expected);
}

#[test]
fn ids_are_new_and_short_enough() {
    let long = "x".repeat(64);
    let text = json!({"cells": [
        {"cell_type": "code", "id": long, "metadata": {}, "source": "a\nb\nc"},
        {"cell_type": "code", "id": format!("{}-2", "x".repeat(62)), "metadata": {}, "source": ""},
    ]});
    let new: Value = serde_json::from_str(&edited(&text.to_string(), &change(0, &[], &[2, 4])).unwrap()).unwrap();
    let ids: Vec<&str> = new["cells"].as_array().unwrap().iter().map(|cell| cell["id"].as_str().unwrap()).collect();
    let short = |end: &str| format!("{}{end}", "x".repeat(62));
    assert_eq!(ids, [&long, &short("-3"), &short("-4"), &short("-2")]);
}

#[test]
fn an_empty_source_takes_text() {
    for (before, after) in [
        ("\"\"", "\"x\\ny\""),
        ("[]", "[\n    \"x\\n\",\n    \"y\"\n   ]"),
        ("[ ]", "[\n    \"x\\n\",\n    \"y\"\n   ]"),
        ("[\n    \"\"\n   ]", "[\n    \"x\\n\",\n    \"y\"\n   ]"),
    ] {
        let new = edited(&jupyter_with(before), &change(0, &[(0..0, "x\ny")], &[])).unwrap();
        assert_eq!(new, jupyter_with(after), "{before}");
    }
    let line = r#"{"cells": [{"cell_type": "code", "source": []}]}"#;
    let expected = r#"{"cells": [{"cell_type": "code", "source": ["x\n", "y"]}]}"#;
    assert_eq!(edited(line, &change(0, &[(0..0, "x\ny")], &[])).unwrap(), expected);
    assert_eq!(edited(r#"{"cells": [{"cell_type": "code"}]}"#, &change(0, &[(0..0, "x")], &[])), None);
}

/// Lays a notebook out in one of the ways that programs do.
fn laid_out(sources: &[Value], ids: bool, way: usize) -> String {
    let cell = |(index, source): (usize, &Value)| {
        let mut cell = json!({
            "cell_type": "code", "execution_count": index, "metadata": {"n": index}, "outputs": [{"text": "é \u{1F600}"}],
            "source": source,
        });
        if ids {
            cell["id"] = json!(format!("id-{index}"));
        }
        cell
    };
    let cells: Vec<Value> = sources.iter().enumerate().map(cell).collect();
    let notebook = json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    let pretty = serde_json::to_string_pretty(&notebook).unwrap();
    match way {
        0 => notebook.to_string(),
        1 => pretty + "\n",
        2 => pretty.replace('\n', "\r\n"),
        // As with Python's `ensure_ascii`.
        _ => pretty.replace('é', "\\u00e9").replace('\u{1F600}', "\\ud83d\\ude00").replace("  ", "\t"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn only_the_sources_change(
        texts in proptest::collection::vec("([%a\"\\\\\té😀]{0,3}(\n|\r\n|\u{2028})?){0,5}", 1..4),
        list in any::<bool>(), ids in any::<bool>(), way in 0..4usize,
        which in any::<prop::sample::Index>(),
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[b\n\"é]{0,4}"), 0..4),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let source = |text: &String| match list {
            true => json!(crate::syntax::split::lines(text).scan(0, |at, line| {
                Some(&text[std::mem::replace(at, line.next)..line.next])
            }).collect::<Vec<_>>()),
            false => json!(text),
        };
        let document = laid_out(&texts.iter().map(source).collect::<Vec<_>>(), ids, way);
        let parsed = parse(&document);
        prop_assert!(parsed.problems.is_empty());
        let cell = which.index(texts.len());
        let text = &texts[cell];
        prop_assert_eq!(&*parsed.cells[cell].cell.text, text.as_str());
        let bounds: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        let starts: Vec<usize> = crate::syntax::split::lines(text).map(|line| line.next).filter(|at| *at < text.len()).collect();
        let mut splits: Vec<usize> = if starts.is_empty() { Vec::new() } else { cuts.iter().map(|cut| starts[cut.index(starts.len())]).collect() };
        splits.sort_unstable();
        splits.dedup();
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        for (a, b, new) in places {
            let (a, b) = (bounds[a.index(bounds.len())], bounds[b.index(bounds.len())]);
            let range = a.min(b)..a.max(b);
            if edits.iter().all(|(other, _)| other.end < range.start || range.end < other.start)
                && splits.iter().all(|split| range.end < *split || *split <= range.start) {
                edits.push((range, new));
            }
        }
        let change = CellChange { cell, edits, splits };
        let wanted: Vec<String> = change.parts(text).unwrap().iter().map(|part| part.text(text)).collect();
        let new = edited(&document, &change).unwrap();

        let after = parse(&new);
        prop_assert!(after.problems.is_empty(), "{new}");
        let read: Vec<&str> = after.cells.iter().map(|placed| &*placed.cell.text).collect();
        let mut expected: Vec<&str> = texts.iter().map(String::as_str).collect();
        expected.splice(cell..=cell, wanted.iter().map(String::as_str));
        prop_assert_eq!(read, expected, "{}", new);

        // Without the sources and the cells that came, it is the same, and the same bytes.
        let (before, mut value): (Value, Value) = (serde_json::from_str(&document).unwrap(), serde_json::from_str(&new).unwrap());
        let come: Vec<Value> = value["cells"].as_array_mut().unwrap().drain(cell + 1..cell + wanted.len()).collect();
        for come in &come {
            prop_assert_eq!(&come["outputs"], &json!([]));
            prop_assert_eq!(&come["metadata"], &json!({}));
            prop_assert_eq!(come.get("id").is_some(), ids);
            prop_assert_eq!(come["source"].is_array(), list);
        }
        let lines_are_strings = |source: &Value| source.as_array().is_none_or(|list| list.iter().all(|line| {
            crate::syntax::split::lines(line.as_str().unwrap()).count() == 1
        }));
        prop_assert!(value["cells"].as_array().unwrap().iter().chain(&come).all(|cell| lines_are_strings(&cell["source"])), "{}", new);
        value["cells"][cell]["source"] = before["cells"][cell]["source"].clone();
        prop_assert_eq!(value, before);
        let place = &parsed.cells[cell].range;
        prop_assert!(new.starts_with(&document[..place.start]) && new.ends_with(&document[place.end..]));
        let at = document[place.clone()].find("\"source\"").unwrap();
        prop_assert!(new[place.start..].starts_with(&document[place.start..place.start + at]));
    }
}
