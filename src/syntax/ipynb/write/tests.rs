use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::syntax::{CellKind, NotebookMeta};

/// As Jupyter writes it; the order of the members is the text's own.
fn jupyter(notebook: &Value) -> String {
    let mut out = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
    serde::Serialize::serialize(notebook, &mut serde_json::Serializer::with_formatter(&mut out, format)).unwrap();
    String::from_utf8(out).unwrap() + "\n"
}

fn result(cell: usize, outputs: Value, execution_count: Option<i64>) -> CellResult {
    CellResult { cell, outputs: outputs.as_array().unwrap().clone(), execution_count }
}

#[test]
fn outputs_are_written_as_jupyter_writes_them() {
    let text = r#"{
 "cells": [
  {
   "cell_type": "markdown",
   "metadata": {},
   "source": "caf\u00e9"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "metadata": {"a": 1.50e1},
   "outputs": [],
   "source": ["x"]
  }
 ],
 "metadata": {}
}"#;
    let outputs = json!([
        {"output_type": "stream", "text": "a\nb", "name": "stdout"},
        {"output_type": "display_data", "metadata": {}, "data": {
            "text/plain": "x\u{2028}y", "image/png": "QUJD\n", "application/json": {"b": [1, 2.0], "a": []}}},
        {"output_type": "stream", "name": "stderr", "text": ""},
        {"output_type": "error", "ename": "E", "evalue": "\u{7f}\u{1b}\"", "traceback": ["t\n"]},
    ]);
    let expected = r#"{
 "cells": [
  {
   "cell_type": "markdown",
   "metadata": {},
   "source": "caf\u00e9"
  },
  {
   "cell_type": "code",
   "execution_count": 7,
   "metadata": {"a": 1.50e1},
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "a\n",
      "b"
     ]
    },
    {
     "data": {
      "application/json": {
       "a": [],
       "b": [
        1,
        2.0
       ]
      },
      "image/png": "QUJD\n",
      "text/plain": [
       "x@",
       "y"
      ]
     },
     "metadata": {},
     "output_type": "display_data"
    },
    {
     "name": "stderr",
     "output_type": "stream",
     "text": []
    },
    {
     "ename": "E",
     "evalue": "¤\u001b\"",
     "output_type": "error",
     "traceback": [
      "t\n"
     ]
    }
   ],
   "source": ["x"]
  }
 ],
 "metadata": {}
}"#
    .replace('@', "\u{2028}")
    .replace('¤', "\u{7f}");
    assert_eq!(write_outputs(text, &[result(1, outputs.clone(), Some(7))]).unwrap(), expected);
    // Of several results for a cell the last counts.
    let twice = [result(1, json!([]), None), result(1, outputs, Some(7))];
    assert_eq!(write_outputs(text, &twice).unwrap(), expected);
}

#[test]
fn members_that_are_not_there_are_put_where_they_belong() {
    let filled = |text: &str| write_outputs(text, &[result(0, json!([{"output_type": "x"}]), Some(1))]).unwrap();
    assert_eq!(
        filled(r#"{"cells":[{"cell_type":"code","source":""}]}"#),
        r#"{"cells":[{"cell_type":"code","execution_count":1,"outputs":[{"output_type":"x"}],"source":""}]}"#
    );
    assert_eq!(
        filled(r#"{"cells": [{"source": "", "cell_type": "code"}]}"#),
        r#"{"cells": [{"execution_count": 1, "outputs": [{"output_type": "x"}],"source": "", "cell_type": "code"}]}"#
    );
    assert_eq!(
        filled(r#"{"cells":[{"cell_type":"code"}]}"#),
        r#"{"cells":[{"cell_type":"code","execution_count":1,"outputs":[{"output_type":"x"}]}]}"#
    );
    let windows = "{\r\n\t\"cells\": [\r\n\t\t{\r\n\t\t\t\"cell_type\": \"code\",\r\n\t\t\t\"source\": \"\"\r\n\t\t}\r\n\t]\r\n}\r\n";
    assert_eq!(
        filled(windows),
        windows.replace(
            "\"code\",\r\n",
            "\"code\",\r\n\t\t\t\"execution_count\": 1,\r\n\t\t\t\"outputs\": [\r\n\t\t\t\t{\r\n\t\t\t\t\t\"output_type\": \"x\"\r\n\t\t\t\t}\r\n\t\t\t],\r\n"
        )
    );
}

#[test]
fn what_says_the_same_is_left_as_it_stands() {
    let text = r#"{"cells": [{"cell_type": "code", "execution_count":   2, "outputs": [
        {"text": "a\nb\u00e9", "output_type": "stream", "name": "stdout", "name": "stdout"}], "outputs_": 1}]}"#;
    let same = json!([{"output_type": "stream", "name": "stdout", "text": ["a\n", "bé"]}]);
    assert_eq!(write_outputs(text, &[result(0, same, Some(2))]).unwrap(), text);
    assert_eq!(write_outputs(text, &[]).unwrap(), text);
    // Of members with the same name the last one counts.
    let text = r#"{"cells": 5, "cells": [{"cell_type": "raw", "cell_type": "code", "outputs": 1, "outputs": 2, "execution_count": null}]}"#;
    assert_eq!(
        write_outputs(text, &[result(0, json!([]), None)]).unwrap(),
        text.replace("\"outputs\": 2", "\"outputs\": []")
    );
}

#[test]
fn numbers_are_written_as_python_writes_them() {
    let text = r#"{"cells":[{"cell_type":"code","execution_count":1,"outputs":[]}]}"#;
    let written = |number: Value| {
        let all = write_outputs(text, &[result(0, json!([number]), Some(1))]).unwrap();
        all.split_once("\"outputs\":[").unwrap().1.split_once(']').unwrap().0.to_owned()
    };
    for (number, expected) in [
        (json!(1.0), "1.0"),
        (json!(-0.0), "-0.0"),
        (json!(1e15), "1000000000000000.0"),
        (json!(1e16), "1e+16"),
        (json!(1.5e300), "1.5e+300"),
        (json!(0.0001), "0.0001"),
        (json!(-0.000012), "-1.2e-05"),
        (json!(123.456), "123.456"),
        (json!(0.1), "0.1"),
        (json!(5e-324), "5e-324"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(i64::MIN), "-9223372036854775808"),
    ] {
        assert_eq!(written(number), expected);
    }
}

#[test]
fn what_is_no_notebook_is_refused() {
    let write = |text: &str| write_outputs(text, &[result(0, json!([]), None)]).unwrap_err();
    assert_eq!(write(""), WriteError::CutOff);
    assert_eq!(write("{\"cells\": [{\"cell_type\": \"code\""), WriteError::CutOff);
    assert_eq!(write("[]"), WriteError::NoCells);
    assert_eq!(write("{\"worksheets\": []}"), WriteError::NoCells);
    assert_eq!(write("{\"cells\": {}}"), WriteError::NoCells);
    assert_eq!(write("{\"cells\": []}"), WriteError::NoCodeCell { cell: 0 });
    assert_eq!(write("{\"cells\": [{\"cell_type\": \"markdown\"}]}"), WriteError::NoCodeCell { cell: 0 });
    assert_eq!(write("{\"cells\": [1]}"), WriteError::NoCodeCell { cell: 0 });
    assert!(matches!(
        write("{\"cells\": [{\"cell_type\": \"code\"\n \"a\": 1}]}"),
        WriteError::NotJson { line: 2, .. }
    ));
    assert!(matches!(write("{\"cells\": []} x"), WriteError::NotJson { .. }));
    assert!(write_outputs("\u{feff}{\"cells\": []}", &[]).is_ok());
}

#[test]
fn a_new_notebook_is_a_notebook() {
    let cells = [
        NewCell { kind: CellKind::Markdown, source: "# A \"title\"\n", outputs: vec![], execution_count: None },
        NewCell {
            kind: CellKind::Code,
            source: "print(1)\n2",
            outputs: vec![json!({"output_type": "stream", "name": "stdout", "text": "1\n"})],
            execution_count: Some(1),
        },
        NewCell { kind: CellKind::Raw, source: "", outputs: vec![], execution_count: None },
    ];
    let text = new_notebook(&cells, &NotebookMeta::default());
    let expected = json!({
        "cells": [
            {"cell_type": "markdown", "id": "cell-0", "metadata": {}, "source": ["# A \"title\"\n"]},
            {"cell_type": "code", "execution_count": 1, "id": "cell-1", "metadata": {},
             "outputs": [{"name": "stdout", "output_type": "stream", "text": ["1\n"]}],
             "source": ["print(1)\n", "2"]},
            {"cell_type": "raw", "id": "cell-2", "metadata": {}, "source": []},
        ],
        "metadata": {
            "kernelspec": {"display_name": "Glue PySpark", "language": "python", "name": "glue_pyspark"},
            "language_info": {"codemirror_mode": {"name": "python", "version": 3}, "file_extension": ".py",
                "mimetype": "text/x-python", "name": "Python_Glue_Session", "pygments_lexer": "python3"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    });
    assert_eq!(text, jupyter(&expected));
    let read = crate::syntax::ipynb::parse(&text);
    assert_eq!(read.problems, []);
    assert_eq!(&*read.cells[1].cell.text, "print(1)\n2");
    let empty = new_notebook(&[], &NotebookMeta { kernel_name: Some("glue_spark".into()), ..NotebookMeta::default() });
    let empty: Value = serde_json::from_str(&empty).unwrap();
    assert_eq!(empty["metadata"]["kernelspec"]["language"], "scala");
    assert_eq!(empty["cells"], json!([]));
}

fn words() -> impl Strategy<Value = String> {
    "[a\"\\\\\u{0}-\u{1f}é𝕏\u{7f}]{0,6}"
}

/// A text as a file has it: a list of lines, each but the last with its end.
fn text_of_lines() -> impl Strategy<Value = Value> {
    let line = ("[a\"\\\\é𝕏\t\u{1b}]{0,6}", prop::sample::select(vec!["\n", "\r\n", "\r", "\u{2028}", "\u{b}"]));
    (prop::collection::vec(line, 0..4), "[a𝕏]{0,3}").prop_map(|(lines, last)| {
        let mut pieces: Vec<String> = Vec::new();
        for (line, end) in lines {
            // `\r` and a `\n` behind it are one end.
            match pieces.last_mut() {
                Some(before) if before.ends_with('\r') && line.is_empty() && end.starts_with('\n') => before.push('\n'),
                _ => pieces.push(line + end),
            }
        }
        pieces.extend(Some(last).filter(|last| !last.is_empty()));
        json!(pieces)
    })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words().prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(words(), inner, 0..3).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// An output as a file has it, with its members in order.
fn output() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec!["text/plain", "text/html", "image/svg+xml", "application/javascript"]);
    let binary = prop::sample::select(vec!["image/png", "application/pdf"]);
    let data = (
        prop::collection::btree_map(text.prop_map(str::to_owned), text_of_lines(), 0..3),
        prop::collection::btree_map(binary.prop_map(str::to_owned), words().prop_map(Value::from), 0..2),
        any_json(),
    )
        .prop_map(|(mut text, binary, value)| {
            text.extend(binary);
            text.insert("application/json".to_owned(), value);
            text.into_iter().collect::<Value>()
        });
    let metadata =
        || prop::collection::btree_map(words(), any_json(), 0..2).prop_map(|map| map.into_iter().collect::<Value>());
    prop_oneof![
        ("stdout|stderr", text_of_lines())
            .prop_map(|(name, text)| json!({"name": name, "output_type": "stream", "text": text})),
        (data, metadata())
            .prop_map(|(data, metadata)| json!({"data": data, "metadata": metadata, "output_type": "display_data"})),
        (words(), words(), prop::collection::vec(words(), 0..3)).prop_map(|(ename, evalue, traceback)| {
            json!({"ename": ename, "evalue": evalue, "output_type": "error", "traceback": traceback})
        }),
        any_json(),
    ]
}

fn outputs() -> impl Strategy<Value = Value> {
    prop::collection::vec(output(), 0..4).prop_map(Value::from)
}

type Count = Option<i64>;

fn cells() -> impl Strategy<Value = Vec<(bool, Value, Count, Value)>> {
    let count = || prop::option::of(any::<i64>());
    prop::collection::vec((any::<bool>(), outputs(), count(), any_json()), 1..4)
}

/// A notebook as Jupyter orders it.
fn notebook(cells: &[(bool, Value, Count, Value)]) -> Value {
    let cells: Vec<Value> = cells
        .iter()
        .map(|(code, outputs, count, more)| {
            if *code {
                json!({"cell_type": "code", "execution_count": count, "id": "a", "metadata": more, "outputs": outputs, "source": ["x"]})
            } else {
                json!({"cell_type": "markdown", "id": "a", "metadata": more, "source": []})
            }
        })
        .collect();
    json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
}

/// Returns a list with its texts as single strings, as outputs come from a session.
fn as_strings(outputs: &Value) -> Value {
    joined(outputs.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn outputs_taken_out_and_put_back_leave_jupyters_text(cells in cells()) {
        let notebook = notebook(&cells);
        let text = jupyter(&notebook);
        let code = || cells.iter().enumerate().filter(|(_, cell)| cell.0);
        let cleared: Vec<CellResult> = code().map(|(index, _)| result(index, json!([]), None)).collect();
        let back: Vec<CellResult> = code().map(|(index, (_, outputs, count, _))| result(index, as_strings(outputs), *count)).collect();
        let empty = write_outputs(&text, &cleared).unwrap();
        let mut expected = notebook.clone();
        for (index, _) in code() {
            expected["cells"][index]["outputs"] = json!([]);
            expected["cells"][index]["execution_count"] = Value::Null;
        }
        prop_assert_eq!(&empty, &jupyter(&expected));
        prop_assert_eq!(write_outputs(&empty, &back).unwrap(), text.clone());
        prop_assert_eq!(write_outputs(&text, &back).unwrap(), text);
    }

    #[test]
    fn only_what_is_meant_changes(
        cells in cells(), new in outputs(), count in prop::option::of(any::<i64>()),
        style in 0usize..5, without in 0usize..4, turned in any::<bool>(), which in any::<usize>(),
    ) {
        let mut notebook = notebook(&cells);
        for cell in notebook["cells"].as_array_mut().unwrap() {
            let members = cell.as_object_mut().unwrap();
            if without & 1 > 0 {
                members.remove("outputs");
            }
            if without & 2 > 0 {
                members.remove("execution_count");
            }
            if turned {
                *members = std::mem::take(members).into_iter().rev().collect();
            }
        }
        let text = match style {
            0 => jupyter(&notebook),
            1 => serde_json::to_string(&notebook).unwrap(),
            2 => serde_json::to_string_pretty(&notebook).unwrap(),
            3 => jupyter(&notebook).replace('\n', "\r\n"),
            _ => jupyter(&notebook).replace("\n ", "\n\t"),
        };
        let index = which % cells.len();
        let written = write_outputs(&text, &[result(index, new.clone(), count)]);
        if !cells[index].0 {
            prop_assert_eq!(written, Err(WriteError::NoCodeCell { cell: index }));
            return Ok(());
        }
        let written = written.unwrap();
        let mut expected = notebook.clone();
        expected["cells"][index]["outputs"] = as_strings(&new);
        expected["cells"][index]["execution_count"] = json!(count);
        let mut read: Value = serde_json::from_str(&written).unwrap();
        let outputs = read["cells"][index]["outputs"].take();
        read["cells"][index]["outputs"] = as_strings(&outputs);
        prop_assert_eq!(read, expected);
        // What stands before and behind the cell is the same, and so is the way lines end.
        let parsed = crate::syntax::ipynb::parse(&text);
        let cell = &parsed.cells[index].range;
        prop_assert!(written.starts_with(&text[..cell.start]) && written.ends_with(&text[cell.end..]));
        prop_assert_eq!(written.contains('\n'), text.contains('\n'));
        prop_assert_eq!(written.matches('\n').count() == written.matches("\r\n").count(), style == 3 || style == 1);
        // Once more changes nothing.
        prop_assert_eq!(write_outputs(&written, &[result(index, new, count)]).unwrap(), written);
    }

    #[test]
    fn any_text_is_refused_or_stays_json(text in r#"([\[\]{},:"a1\\n ]|"cells":|\{"cell_type":"code"|"outputs":|\}\]\}|\n){0,12}"#) {
        if let Ok(written) = write_outputs(&text, &[result(0, json!([1]), None)]) {
            prop_assert!(serde_json::from_str::<Value>(&written).is_ok(), "{}", written);
        }
    }
}
