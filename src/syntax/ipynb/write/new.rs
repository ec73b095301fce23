//! A notebook that did not exist: a script's cells with what they showed.

use serde_json::{Value, json};

use super::value::{Layout, joined, print};
use crate::syntax::ipynb::encode;
use crate::syntax::split::lines;
use crate::syntax::{CellKind, NotebookMeta};

/// A cell of a new notebook.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCell<'a> {
    /// What it holds.
    pub kind: CellKind,
    /// Its text, as the kernel gets it.
    pub source: &'a str,
    /// What it showed: objects of the notebook format 4. Code cells only.
    pub outputs: Vec<Value>,
    /// Its count of executions, if it was run. Code cells only.
    pub execution_count: Option<i64>,
}

/// Returns the text of a notebook (format 4.5) of the given cells, as Jupyter writes it.
///
/// It belongs to the kernel that `meta` names, to Glue's PySpark kernel if it names none. The ids of cells say their
/// positions, so that the same cells give the same text.
pub fn new_notebook(cells: &[NewCell<'_>], meta: &NotebookMeta) -> String {
    let mut out = String::from("{\n \"cells\": [");
    for (index, cell) in cells.iter().enumerate() {
        out.push_str(if index == 0 { "\n  {" } else { ",\n  {" });
        one(index, cell, &mut out);
        out.push_str("\n  }");
    }
    out.push_str(if cells.is_empty() { "],\n" } else { "\n ],\n" });
    out.push_str(&format!(" \"metadata\": {},\n", print(&metadata(meta), &layout(" "))));
    out.push_str(" \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n");
    out
}

fn layout(indent: &str) -> Layout<'_> {
    Layout { newline: Some("\n"), indent, unit: " ", colon: ": ", gap: "\n", first_gap: "\n" }
}

fn one(index: usize, cell: &NewCell<'_>, out: &mut String) {
    let kind = match cell.kind {
        CellKind::Code => "code",
        CellKind::Markdown => "markdown",
        CellKind::Raw => "raw",
    };
    let mut member = |name: &str, value: &str, last: bool| {
        out.push_str(&format!("\n   \"{name}\": {value}{}", if last { "" } else { "," }));
    };
    member("cell_type", &format!("\"{kind}\""), false);
    if cell.kind == CellKind::Code {
        member("execution_count", &cell.execution_count.map_or("null".to_owned(), |count| count.to_string()), false);
    }
    member("id", &format!("\"cell-{index}\""), false);
    member("metadata", "{}", false);
    if cell.kind == CellKind::Code {
        member("outputs", &print(&joined(Value::from(cell.outputs.clone())), &layout("   ")), false);
    }
    let mut start = 0;
    let source: Vec<String> = lines(cell.source)
        .map(|line| {
            let piece = format!("\n    \"{}\"", encode(&cell.source[start..line.next]));
            start = line.next;
            piece
        })
        .collect();
    let source = if source.is_empty() { "[]".to_owned() } else { format!("[{}\n   ]", source.join(",")) };
    member("source", &source, true);
}

/// Returns what Glue's kernels write about themselves.
fn metadata(meta: &NotebookMeta) -> Value {
    let name = meta.kernel_name.as_deref().unwrap_or("glue_pyspark");
    let scala = name == "glue_spark" || name.contains("scala");
    let (display_name, language) = if scala { ("Glue Spark", "scala") } else { ("Glue PySpark", "python") };
    json!({
        "kernelspec": {"display_name": display_name, "language": language, "name": name},
        "language_info": {
            "codemirror_mode": {"name": "python", "version": 3},
            "file_extension": ".py",
            "mimetype": "text/x-python",
            "name": if scala { "scala" } else { "Python_Glue_Session" },
            "pygments_lexer": "python3",
        },
    })
}
