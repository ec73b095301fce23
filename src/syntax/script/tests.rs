use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::syntax::percent::parse;

fn is_magic(name: &str) -> bool {
    ["glue_version", "sql", "region", "timeit"].contains(&name)
}

fn code(source: &str) -> Value {
    json!({"cell_type": "code", "execution_count": 3, "id": format!("id-{}", source.len()), "metadata": {"own": source},
        "outputs": [{"name": "stdout", "output_type": "stream", "text": [source]}], "source": source})
}

fn notebook(cells: Vec<Value>) -> String {
    let metadata =
        json!({"kernelspec": {"display_name": "Glue PySpark", "language": "python", "name": "glue_pyspark"}});
    serde_json::to_string_pretty(&json!({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
        .unwrap()
        + "\n"
}

fn script(notebook: &str) -> String {
    of_notebook(notebook, "a.ipynb", "s1", None, &is_magic).unwrap()
}

fn back(notebook: &str, script: &str, ran: &[Option<Ran>]) -> String {
    let cells = parse(script, &is_magic);
    let mut number = 0;
    let mut fresh = || {
        number += 1;
        format!("new-{number}")
    };
    into_notebook(notebook, script, &cells, ran, &mut fresh).unwrap()
}

fn cells(text: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(text).unwrap()["cells"].as_array().unwrap().clone()
}

#[test]
fn an_edit_of_a_cell_concerns_no_other() {
    let before = notebook(vec![code("a = 1"), code("%glue_version 5.0\nb = 2"), code("c = 3\n\n")]);
    let script = script(&before);
    assert_eq!(back(&before, &script, &[]), before);
    let edited = back(&before, &script.replace("b = 2", "b = 22"), &[]);
    let (old, new) = (cells(&before), cells(&edited));
    assert_eq!((&new[0], &new[2]), (&old[0], &old[2]));
    assert_eq!(new[1]["id"], old[1]["id"]);
    assert_eq!(new[1]["metadata"], old[1]["metadata"]);
    assert_eq!((&new[1]["source"], &new[1]["outputs"]), (&json!("%glue_version 5.0\nb = 22"), &json!([])));
    assert_eq!(new[1]["execution_count"], Value::Null);
}

#[test]
fn cells_that_were_moved_removed_and_added_are_told_apart() {
    let before = notebook(vec![code("a = 1"), code("bb = 2"), code("ccc = 3")]);
    let header = script(&before).split_once("# %%").unwrap().0.to_owned();
    let old = cells(&before);
    let with = |texts: &[&str]| {
        let body: Vec<String> = texts.iter().map(|text| format!("# %%\n{text}\n")).collect();
        cells(&back(&before, &format!("{header}{}", body.join("\n")), &[]))
    };
    assert_eq!(with(&["ccc = 3", "a = 1", "bb = 2"]), [old[2].clone(), old[0].clone(), old[1].clone()]);
    assert_eq!(with(&["a = 1", "ccc = 3"]), [old[0].clone(), old[2].clone()]);
    let new = with(&["a = 1", "import sys", "bb = 2", "ccc = 4"]);
    let ids: Vec<&Value> = new.iter().map(|cell| &cell["id"]).collect();
    assert_eq!(ids, [&old[0]["id"], &json!("new-1"), &old[1]["id"], &old[2]["id"]]);
    let new = with(&["import sys", "a = 11", "bb = 2", "ccc = 3"]);
    assert_eq!(new[1]["id"], old[0]["id"], "the one that is more like it");
    assert_eq!(new[1]["outputs"], json!([]));
    let before = notebook(vec![code("a = 1"), code("df = spark.read.table('orders')\ndf.show()"), code("c = 3")]);
    let moved =
        format!("{header}# %%\ndf = spark.read.table('order_items')\ndf.show()\n\n# %%\nc = 3\n\n# %%\na = 1\n");
    assert_eq!(cells(&back(&before, &moved, &[]))[0]["id"], cells(&before)[1]["id"], "moved and edited");
}

#[test]
fn outputs_of_cells_that_were_run_are_written() {
    let before = notebook(vec![code("a = 1"), code("bb = 2")]);
    let script = script(&before).replace("bb = 2", "bb = 22") + "\n# %% tags=[\"x\"]\nnew\n\n# %% [markdown]\n# text\n";
    let output = json!({"output_type": "stream", "name": "stdout", "text": "shown\n"});
    let ran = |count| Some(Ran { outputs: vec![output.clone()], count });
    let after = cells(&back(&before, &script, &[ran(None), ran(Some(2)), ran(None), None]));
    assert_eq!(after[0], cells(&before)[0], "what it showed before is there already");
    assert_eq!((&after[1]["execution_count"], &after[1]["outputs"][0]["text"]), (&json!(2), &json!(["shown\n"])));
    assert_eq!((&after[2]["execution_count"], &after[2]["outputs"][0]["text"]), (&Value::Null, &json!(["shown\n"])));
    assert_eq!(after[2]["metadata"], json!({"tags": ["x"]}));
    assert_eq!(after[3], json!({"cell_type": "markdown", "id": "new-2", "metadata": {}, "source": ["text"]}));
    let again = cells(&back(&before, &script, &[ran(Some(1)), None, None, None]));
    assert_eq!((&again[0]["execution_count"], &again[0]["outputs"][0]["text"]), (&json!(1), &json!(["shown\n"])));
}

#[test]
fn line_ends_and_white_space_at_the_end_are_the_cells_own() {
    let before = notebook(vec![code("a = 1\r\nb\r\n"), code("c\n\n\n"), code("d")]);
    let script = script(&before);
    let windows = script.replace("\r\n", "\n").replace('\n', "\r\n");
    for script in [&script, &windows] {
        assert_eq!(back(&before, script, &[]), before);
        let sources =
            |text: &str| cells(text).iter().map(|cell| cell["source"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let edited = script.replace("a = 1", "a = 2").replace("\nc", "\nx\nc").replace("\nd", "\nd\ne");
        assert_eq!(sources(&back(&before, &edited, &[])), ["a = 2\r\nb\r\n", "x\nc\n\n\n", "d\ne"]);
    }
}

#[test]
fn notebooks_without_cells_and_with_mistakes() {
    let empty = notebook(Vec::new());
    let script = script(&empty);
    assert_eq!(back(&empty, &script, &[]), empty);
    assert_eq!(cells(&back(&empty, &(script + "x = 1\n"), &[])).len(), 1);
    let broken = notebook(vec![code("a")]).replace("\"nbformat\"", "nbformat");
    let error = of_notebook(&broken, "a.ipynb", "s", None, &is_magic).unwrap_err().to_string();
    assert!(error.starts_with("line 29 of the notebook"), "{error}");
}

fn source() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "x = 1",
        "",
        "# %%",
        "%%sql",
        "%glue_version 5.0",
        "'''",
        "\"\"\"",
        "𝕏",
        "# %%\r",
        "  y\r\n",
        "%% a",
        "```",
        "\\",
        "\"",
    ]);
    prop::collection::vec(line, 0..5).prop_map(|lines| lines.join("\n"))
}

fn any_cell() -> impl Strategy<Value = Value> {
    (source(), 0..4_usize, any::<bool>()).prop_map(|(source, kind, list)| {
        let split: Vec<&str> = source.split_inclusive('\n').collect();
        let source = if list { json!(split) } else { json!(source) };
        match kind {
            0 => json!({"cell_type": "markdown", "metadata": {"tags": ["t"]}, "attachments": {"a.png": {"image/png": "AA=="}}, "source": source}),
            1 => json!({"source": source, "metadata": {}, "cell_type": "raw"}),
            _ => json!({"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [{"output_type": "display_data"}], "source": source}),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_script_that_is_not_edited_changes_nothing(all in prop::collection::vec(any_cell(), 0..6)) {
        let before = notebook(all);
        if let Ok(script) = of_notebook(&before, "a.ipynb", "s", None, &is_magic) {
            prop_assert_eq!(back(&before, &script, &[]), before);
        }
    }

    #[test]
    fn any_order_of_cells_is_written(
        all in prop::collection::vec(any_cell(), 1..6),
        order in prop::collection::vec(0..6_usize, 0..8),
    ) {
        let before = notebook(all.clone());
        let wanted: Vec<Value> = order.iter().map(|index| all[index % all.len()].clone()).collect();
        let target = notebook(wanted.clone());
        let Ok(script) = of_notebook(&target, "a.ipynb", "s", None, &is_magic) else { return Ok(()) };
        let after = back(&before, &script, &[]);
        let read = |text: &str| {
            let cells = ipynb::parse(text).cells;
            cells.iter().map(|placed| (placed.cell.kind, placed.cell.text.trim_end().to_owned())).collect::<Vec<_>>()
        };
        // Texts are compared without what a script does not keep.
        let plain = |cells: Vec<(CellKind, String)>| cells.into_iter().map(|(kind, text)| (kind, line_feeds(&text))).collect::<Vec<_>>();
        let (found, expected) = (plain(read(&after)), plain(read(&target)));
        if wanted.is_empty() {
            prop_assert!(found.iter().all(|(_, text)| text.is_empty()));
        } else {
            prop_assert_eq!(found, expected);
        }
        // What is there as often as before is there with all that it has.
        for cell in cells(&after).iter().filter(|cell| cell.get("id").is_none()) {
            prop_assert!(all.iter().any(|old| old["metadata"] == cell["metadata"] && old["cell_type"] == cell["cell_type"]));
        }
    }

    #[test]
    fn hostile_texts_are_refused_or_read(text in "[\\[\\]{}\":,a\\\\\n0-9]{0,60}") {
        let _ = of_notebook(&text, "a", "s", None, &is_magic);
        let _ = into_notebook(&text, &text, &parse(&text, &is_magic), &[], &mut || "x".to_owned());
    }

    #[test]
    fn no_cell_is_two(old in prop::collection::vec("[ab ]{0,4}", 0..9), new in prop::collection::vec("[ab ]{0,4}", 0..9)) {
        let of = |texts: &'_ [String]| texts.iter().map(|text| (CellKind::Code, text.as_str().to_owned())).collect::<Vec<_>>();
        let (old, new) = (of(&old), of(&new));
        let borrowed = |cells: &'_ [(CellKind, String)]| cells.iter().map(|(kind, text)| (*kind, text.clone())).collect::<Vec<_>>();
        let (a, b) = (borrowed(&old), borrowed(&new));
        let a: Vec<(CellKind, &str)> = a.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        let b: Vec<(CellKind, &str)> = b.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        let from = align(&a, &b);
        let mut used: Vec<usize> = from.iter().flatten().copied().collect();
        used.sort_unstable();
        let count = used.len();
        used.dedup();
        prop_assert_eq!(count, used.len());
        prop_assert_eq!(align(&a, &a), (0..a.len()).map(Some).collect::<Vec<_>>());
    }
}
