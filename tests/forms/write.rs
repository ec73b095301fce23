//! Outputs written into real notebooks.

use std::fs;

use glue_ls::syntax::ipynb::{CellResult, write_outputs};
use serde_json::{Value, json};

/// As Jupyter writes a notebook whose members are in its order.
fn jupyter(text: &str) -> Option<String> {
    let notebook: Value = serde_json::from_str(text).ok()?;
    let mut out = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
    serde::Serialize::serialize(&sorted(notebook), &mut serde_json::Serializer::with_formatter(&mut out, format))
        .ok()?;
    String::from_utf8(out).ok().map(|text| text + "\n")
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            members.into_iter().map(|(name, value)| (name, sorted(value))).collect()
        }
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[test]
fn outputs_of_published_notebooks_are_taken_out_and_put_back() {
    let (mut with_outputs, mut in_jupyters_form) = (0, 0);
    let corpus = super::corpus();
    for path in &corpus {
        let text = fs::read_to_string(path).unwrap();
        let notebook: Value = serde_json::from_str(&text).unwrap_or_default();
        let Some(cells) = notebook["cells"].as_array() else { continue };
        let code: Vec<usize> = (0..cells.len()).filter(|index| cells[*index]["cell_type"] == "code").collect();
        let results: Vec<CellResult> = code
            .iter()
            .map(|&cell| CellResult {
                cell,
                outputs: cells[cell]["outputs"].as_array().cloned().unwrap_or_default(),
                execution_count: cells[cell]["execution_count"].as_i64(),
            })
            .collect();
        let name = path.display();
        let complete = code
            .iter()
            .all(|&cell| cells[cell].get("outputs").is_some() && cells[cell].get("execution_count").is_some());
        if complete {
            assert_eq!(write_outputs(&text, &results).unwrap(), text, "{name}: the same outputs changed the text");
        }

        let cleared: Vec<CellResult> =
            code.iter().map(|&cell| CellResult { cell, outputs: Vec::new(), execution_count: None }).collect();
        let empty = write_outputs(&text, &cleared).unwrap();
        let mut expected = notebook.clone();
        for &cell in &code {
            expected["cells"][cell]["outputs"] = json!([]);
            expected["cells"][cell]["execution_count"] = Value::Null;
        }
        assert_eq!(serde_json::from_str::<Value>(&empty).unwrap(), expected, "{name}");

        let back = write_outputs(&empty, &results).unwrap();
        with_outputs += usize::from(results.iter().any(|result| !result.outputs.is_empty()));
        if complete && jupyter(&text).as_ref() == Some(&text) {
            in_jupyters_form += usize::from(back != empty);
            assert_eq!(back, text, "{name}");
        }
    }
    if !corpus.is_empty() {
        assert!(
            with_outputs > 10 && in_jupyters_form > 5,
            "{with_outputs} with outputs, {in_jupyters_form} in Jupyter's form"
        );
    }
}
