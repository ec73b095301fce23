use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::syntax::CellKind;

fn texts(parsed: &Parsed) -> Vec<String> {
    parsed.cells.iter().map(|c| format!("{:?} {}", c.cell.kind, c.cell.text)).collect()
}

fn kinds(parsed: &Parsed) -> Vec<String> {
    let name = |p: &Problem| format!("{:?}", p.kind).split([' ', '{']).next().unwrap_or_default().to_owned();
    parsed.problems.iter().map(name).collect()
}

const NOTEBOOK: &str = r#"{
 "cells": [
  {
   "cell_type": "markdown",
   "metadata": {},
   "source": "A \"title\""
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "metadata": {"cell_type": "raw", "source": ["no"]},
   "outputs": [{"output_type": "stream", "text": ["}", "\"{"]}],
   "source": [
    "%region eu-west-1\n",
    "x = '\u00e9\ud83d\ude00'"
   ]
  }
 ],
 "metadata": {
  "kernelspec": {"display_name": "Glue PySpark", "language": "python", "name": "glue_pyspark"},
  "language_info": {"name": "Python_Glue_Session"}
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
"#;

#[test]
fn a_notebook_is_read() {
    let parsed = parse(NOTEBOOK);
    assert_eq!(texts(&parsed), ["Markdown A \"title\"", "Code %region eu-west-1\nx = 'é😀'"]);
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.meta.kernel_name.as_deref(), Some("glue_pyspark"));
    assert_eq!(parsed.meta.language.as_deref(), Some("Python_Glue_Session"));
    assert_eq!(parsed.meta.nbformat, Some(4));
    assert!(
        NOTEBOOK[parsed.cells[0].range.clone()].starts_with('{')
            && NOTEBOOK[parsed.cells[0].range.clone()].ends_with('}')
    );
}

#[test]
fn every_piece_of_a_text_is_found_inside_its_string() {
    let parsed = parse(NOTEBOOK);
    let placed = &parsed.cells[1];
    let place = |piece: &str| {
        let at = placed.cell.text.find(piece).unwrap();
        &NOTEBOOK[placed.to_document(at..at + piece.len())]
    };
    assert_eq!(place("eu-west-1"), "eu-west-1");
    assert_eq!(place("eu-west-1\n"), "eu-west-1\\n");
    assert_eq!(place("é"), "\\u00e9");
    assert_eq!(place("😀'"), "\\ud83d\\ude00'");
    assert_eq!(place("1\nx"), "1\\n\",\n    \"x");
}

#[test]
fn metadata_may_be_nested_once_more() {
    let parsed = parse(
        r#"{"metadata": {"metadata": {"kernelspec": {"name": "a", "language": "l"}, "language_info": {"name": 1}}}, "cells": []}"#,
    );
    assert_eq!(parsed.meta.kernel_name.as_deref(), Some("a"));
    assert_eq!(parsed.meta.language.as_deref(), Some("l"));
}

#[test]
fn what_is_no_notebook_says_so() {
    for (text, expected) in [
        ("", "Empty"),
        (" \n", "Empty"),
        ("x", "NotJson"),
        ("PK\u{3}\u{4}", "NotJson"),
        ("[]", "NotJson"),
        ("{}", "NoCells"),
        ("{\"cells\": {}}", "NoCells"),
        ("{\"cells\": []} x", "NotJson"),
        ("{\"cells\": [", "Truncated"),
        ("{", "Truncated"),
        ("{\"nbformat\": 3, \"worksheets\": [{\"cells\": [{\"input\": \"x\"}]}]}", "OldFormat"),
        ("{\"worksheets\": []}", "OldFormat"),
    ] {
        let parsed = parse(text);
        assert_eq!(kinds(&parsed), [expected], "{text:?}");
        assert!(parsed.problems[0].range.end <= text.len());
    }
    assert_eq!(parse("\u{feff}{\"cells\": []}").problems, []);
    assert!(looks_like_notebook("\u{feff} \n{") && !looks_like_notebook("# {") && !looks_like_notebook(""));
}

#[test]
fn bad_cells_keep_their_positions() {
    let text = json!({"cells": [
        1, {"cell_type": "code", "source": 5}, {"cell_type": "heading", "source": "h"}, {"cell_type": "code"},
        {"cell_type": "code", "source": ["a", null]}, {"source": "x"}, {"cell_type": "raw", "source": []},
    ]})
    .to_string();
    let parsed = parse(&text);
    assert_eq!(texts(&parsed), ["Raw ", "Code ", "Raw h", "Code ", "Code ", "Raw x", "Raw "]);
    let found: Vec<(Option<usize>, String)> = parsed.problems.iter().map(|p| (p.cell, p.kind.to_string())).collect();
    let says =
        |cell: usize, words: &str| found.iter().any(|(at, message)| *at == Some(cell) && message.contains(words));
    assert_eq!(found.len(), 6);
    assert!(says(0, "not a number") && says(1, "`source` is a number") && says(2, "`cell_type` is unknown"));
    assert!(says(3, "`source` is missing") && says(4, "a list with null") && says(5, "`cell_type` is missing"));
}

#[test]
fn what_is_cut_off_gives_what_there_is() {
    let parsed = parse(
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"a\"}, {\"cell_type\": \"code\", \"source\": [\"b\\n\", \"c",
    );
    assert_eq!(texts(&parsed), ["Code a", "Code b\nc"]);
    assert_eq!(kinds(&parsed), ["Truncated"]);
    for end in 0..NOTEBOOK.len() {
        let cut = &NOTEBOOK[..end];
        let parsed = parse(cut);
        if end > 0 && end < NOTEBOOK.len() - 1 {
            assert!(matches!(kinds(&parsed).as_slice(), [one] if one == "Truncated"), "{:?} {cut}", parsed.problems);
        }
    }
}

#[test]
fn a_mistake_spares_the_other_cells_and_the_kernel() {
    let all = parse(NOTEBOOK);
    for (from, to) in [
        ("\"A \\\"title\\\"\"\n", "\"A \\\"title\\\"\n"),
        ("},\n  {\n   \"cell_type\": \"code\"", "}\n  {\n   \"cell_type\": \"code\""),
        ("\"metadata\": {},\n", "\"metadata\": {}\n"),
        ("title\\\"\"\n  },", "title\\\"\"\n  ,"),
        ("'\"\n   ]\n", "'\"\n   \n"),
        (" ],\n \"metadata\": {\n", " \n \"metadata\": {\n"),
        ("\"outputs\": [{", "\"outputs\": [{,"),
        ("\"execution_count\": null", "\"execution_count\": "),
    ] {
        let broken = NOTEBOOK.replacen(from, to, 1);
        assert_ne!(broken, NOTEBOOK, "{from}");
        let parsed = parse(&broken);
        assert_eq!(texts(&parsed), texts(&all), "{to}");
        assert_eq!(parsed.meta.kernel_name, all.meta.kernel_name, "{to}");
        assert!(kinds(&parsed).iter().any(|kind| kind == "NotJson"), "{to}");
    }
}

#[test]
fn an_edit_in_a_cell_reads_that_cell() {
    let mut parsed = parse(NOTEBOOK);
    let other = Arc::clone(&parsed.cells[0].cell);
    let at = NOTEBOOK.find("eu-west").unwrap();
    let text = format!("{}é{}", &NOTEBOOK[..at], &NOTEBOOK[at..]);
    assert_eq!(update(&mut parsed, &Rope::from_str(&text), at..at, 2), 1..2);
    assert_eq!(parsed, parse(&text));
    assert!(Arc::ptr_eq(&other, &parsed.cells[0].cell));
    // What stands behind the source is no part of it.
    let at = text.find("]\n  }\n ],").unwrap() + 1;
    let text = format!("{}\n{}", &text[..at], &text[at..]);
    assert!(update(&mut parsed, &Rope::from_str(&text), at..at, 1).is_empty());
    assert_eq!(parsed, parse(&text));
}

#[test]
fn a_mistake_before_a_cell_survives_an_edit_in_it() {
    let text = "{\"cells\":[{}{\"source\":\"a\"}]}";
    let mut parsed = parse(text);
    let at = text.find('a').unwrap();
    let new = text.replace("\"a\"", "\"ba\"");
    update(&mut parsed, &Rope::from_str(&new), at..at, 1);
    assert_eq!(parsed, parse(&new));
}

fn source() -> impl Strategy<Value = serde_json::Value> {
    let line =
        prop::sample::select(vec!["x\n", "é", "𝕏\r\n", "\"", "\\", "{", "}]", "\t", "%region a\n", "\u{1}", "'", ""]);
    let lines = prop::collection::vec(line, 0..5);
    prop_oneof![
        lines.clone().prop_map(|lines| json!(lines)),
        lines.prop_map(|lines| json!(lines.concat())),
        Just(json!(5)),
        Just(json!(null)),
    ]
}

fn notebook() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec!["code", "markdown", "raw", "heading"]);
    let cell = (kind, source(), prop::collection::vec(any::<bool>(), 0..3)).prop_map(
        |(kind, source, outputs)| json!({"cell_type": kind, "metadata": {}, "outputs": outputs, "source": source}),
    );
    (prop::collection::vec(cell, 0..5), any::<bool>(), any::<bool>()).prop_map(|(cells, pretty, ascii)| {
        let notebook = json!({"cells": cells, "metadata": {"kernelspec": {"name": "glue_pyspark"}}, "nbformat": 4});
        let text = if pretty { serde_json::to_string_pretty(&notebook) } else { serde_json::to_string(&notebook) };
        let text = text.unwrap().replace('\n', if pretty && ascii { "\r\n" } else { "\n" });
        if !ascii {
            return text;
        }
        let escaped = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
        text.chars().map(|c| if c.is_ascii() { c.to_string() } else { escaped(c) }).collect()
    })
}

fn inserted() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "\"",
            "\\",
            "\\\"",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\n",
            "\r\n",
            "x",
            "é",
            "𝕏",
            "\\ud83d",
            "\\ude00",
            "\\n",
            "{}",
            "\"source\":",
            "{\"cell_type\":\"code\",\"source\":\"a\"},",
            "\"cells\":[",
            "1",
            " ",
            "\\u00e9",
            "\"a\",",
            "tru",
        ])
        .prop_map(str::to_owned),
        Just(String::new()),
        "[a-z\"\\\\]{0,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn updating_is_parsing(text in notebook(), edits in prop::collection::vec((any::<usize>(), 0usize..6, inserted()), 1..8)) {
        let mut rope = Rope::from_str(&text);
        let mut parsed = parse(&text);
        for (at, len, insert) in edits {
            let start = at % (rope.len_chars() + 1);
            let end = (start + len).min(rope.len_chars());
            let old = rope.char_to_byte(start)..rope.char_to_byte(end);
            rope.remove(start..end);
            rope.insert(start, &insert);
            let before = parsed.clone();
            let changed = update(&mut parsed, &rope, old.clone(), insert.len());
            let text = rope.to_string();
            prop_assert_eq!(&parsed, &parse(&text), "{:?} after {:?} became {:?}", text, old, insert);
            for (index, placed) in parsed.cells.iter().enumerate() {
                let kept = before.cells.iter().any(|b| Arc::ptr_eq(&b.cell, &placed.cell));
                prop_assert!(kept || changed.contains(&index));
            }
        }
    }

    #[test]
    fn cells_are_what_serde_reads(text in notebook()) {
        let parsed = parse(&text);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let cells = json["cells"].as_array().unwrap();
        prop_assert_eq!(parsed.cells.len(), cells.len());
        for (placed, cell) in parsed.cells.iter().zip(cells) {
            let kind = match cell["cell_type"].as_str() {
                Some("code") => CellKind::Code,
                Some("markdown") => CellKind::Markdown,
                _ => CellKind::Raw,
            };
            let text_of = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let source = match &cell["source"] {
                serde_json::Value::Array(lines) => lines.iter().map(text_of).collect(),
                other => text_of(other),
            };
            prop_assert_eq!(placed.cell.kind, kind);
            prop_assert_eq!(&*placed.cell.text, source);
            let object: serde_json::Value = serde_json::from_str(&text[placed.range.clone()]).unwrap();
            prop_assert_eq!(&object, cell);
            let map = &placed.cell.map;
            prop_assert_eq!(map.cell_len(), placed.cell.text.len());
            for s in map.segments() {
                let at = placed.range.start + s.document;
                let stands = format!("\"{}\"", &text[at..at + s.document_len]);
                let means: String = serde_json::from_str(&stands).unwrap();
                prop_assert_eq!(means, &placed.cell.text[s.cell..s.cell + s.cell_len]);
            }
        }
    }

    #[test]
    fn encoded_text_is_a_json_string(text in "[a\"\\\\\u{0}-\u{20}é𝕏\u{2028}]{0,20}") {
        let json = format!("\"{}\"", encode(&text));
        prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}

#[test]
fn hostile_texts_are_read() {
    let deep = format!(
        "{{\"cells\": [{{\"metadata\": {}{}, \"cell_type\": \"code\", \"source\": \"x\"}}]}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(texts(&parse(&deep)), ["Code x"]);
    assert_eq!(parse(&deep).problems, []);
    for text in [
        "{\"cells\":[".repeat(20_000),
        "{\"a\":[\"".repeat(50_000),
        "{\"cells\":[".to_owned() + &"{".repeat(100_000),
        "{".to_owned() + &"\u{0}".repeat(100_000),
    ] {
        assert!(!parse(&text).problems.is_empty());
    }
}
