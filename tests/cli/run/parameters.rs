//! `--parameters`, `--from` and `--to`.

use serde_json::{Value, json};

use super::program::Home;

const SCRIPT: &str =
    "# %%\n# %glue_version 4.0\n\n# %% tags=[\"parameters\"]\nlimit = 10\nwho = 'nobody'\n\n# %%\nprint(limit, who)\n";

/// Returns a notebook of code cells, each with its tags.
fn tagged(cells: &[(&str, &[&str])]) -> String {
    let cell = |(index, (source, tags)): (usize, &(&str, &[&str]))| {
        json!({
            "cell_type": "code", "execution_count": null, "id": format!("c{index}"), "outputs": [],
            "metadata": if tags.is_empty() { json!({}) } else { json!({ "tags": tags }) },
            "source": source,
        })
    };
    let cells: Vec<Value> = cells.iter().enumerate().map(cell).collect();
    let kernel = json!({ "display_name": "Glue PySpark", "language": "python", "name": "glue_pyspark" });
    let notebook = json!({ "cells": cells, "metadata": { "kernelspec": kernel }, "nbformat": 4, "nbformat_minor": 5 });
    format!("{notebook:#}\n")
}

#[test]
fn a_cell_below_the_tagged_one_sets_parameters() {
    let home = Home::new(&[("a.py", SCRIPT)]);
    let ran = home.local(&["a.py", "--parameters", "limit=3", "--parameters", "who=it's", "--output", "b.ipynb"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "glue_version = 4.0\n3 it's\n"), "{ran:?}");
    let sources: Vec<Value> =
        home.notebook("b.ipynb")["cells"].as_array().unwrap().iter().map(|cell| cell["source"].clone()).collect();
    assert_eq!(sources[2], json!(["# Parameters\n", "limit = 3\n", "who = \"it's\""]));
    assert_eq!(home.read("a.py"), SCRIPT, "nothing is written into the document");
}

#[test]
fn a_notebook_keeps_all_else_and_its_cell_is_replaced_the_next_time() {
    let text = tagged(&[("%glue_version 4.0", &[]), ("x = 1", &["a", "parameters"]), ("print(x)", &[])]);
    let home = Home::new(&[("a.ipynb", &text)]);
    let ran = home.local(&["a.ipynb", "--parameters", "x=2", "--output", "b.ipynb"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "glue_version = 4.0\n2\n"), "{ran:?}");
    let first = home.notebook("b.ipynb");
    let cell = &first["cells"][2];
    assert_eq!(cell["metadata"], json!({ "tags": ["injected-parameters"] }));
    assert_eq!(cell["source"], json!(["# Parameters\n", "x = 2"]));
    assert_eq!(first["cells"].as_array().unwrap().len(), 4);
    let ids: Vec<&str> = (0..4).map(|cell| first["cells"][cell]["id"].as_str().unwrap()).collect();
    assert_eq!((ids[0], ids[1], ids[3]), ("c0", "c1", "c2"));
    let again = home.local(&["b.ipynb", "--parameters", "x=[3]", "--output", "c.ipynb"]);
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), "glue_version = 4.0\n[3]\n"), "{again:?}");
    let second = home.notebook("c.ipynb");
    assert_eq!(second["cells"].as_array().unwrap().len(), 4);
    assert_eq!(second["cells"][2]["source"], json!(["# Parameters\n", "x = '[3]'"]));
}

#[test]
fn without_a_tag_parameters_stand_above_the_first_code_and_below_the_settings() {
    let text = tagged(&[("%glue_version 4.0", &[]), ("print(x)", &[])]);
    let home = Home::new(&[("a.ipynb", &text)]);
    let ran = home.local(&["a.ipynb", "--parameters", "x=1.5"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "glue_version = 4.0\n1.5\n"), "{ran:?}");
    assert!(ran.stderr.contains("no cell of a.ipynb is tagged `parameters`"), "{}", ran.stderr);
}

#[test]
fn some_cells_are_run_with_the_settings_above_them() {
    let script = "# %%\n# %glue_version 4.0\n\n# %%\nprint(1)\n\n# %%\n# %worker_type G.1X\nprint(2)\n\n# %%\nprint(3)\n\n# %%\nprint(4)\n";
    let home = Home::new(&[("a.py", script)]);
    let run = |more: &[&str]| home.local(&[&["a.py"], more].concat());
    let ran = run(&["--from", "3", "--to", "3"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "glue_version = 4.0\n3\n"), "{ran:?}");
    assert!(ran.stderr.contains("cell 2 above has settings beside code"), "{}", ran.stderr);
    assert_eq!(run(&["--to", "1"]).stdout, "glue_version = 4.0\n1\n");
    assert_eq!(run(&["--from", "4"]).stdout, "glue_version = 4.0\n4\n");
    // The numbers are those of the file, also where a cell is put between.
    let ran = run(&["--from", "3", "--to", "3", "--parameters", "x=1"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "glue_version = 4.0\n3\n"), "{ran:?}");
}

#[test]
fn what_cannot_be_is_said_before_anything_runs() {
    let home = Home::new(&[
        ("a.py", SCRIPT),
        ("job.py", "import awsglue\nprint(1)\n"),
        ("text.py", "# %% [markdown]\n# Text.\n# %%\n# %glue_version 4.0\n"),
    ]);
    for (arguments, said) in [
        (&["a.py", "--from", "9"][..], "a.py has 3 cells, counted from 0"),
        (&["a.py", "--from", "2", "--to", "1"], "`--from 2` is behind `--to 1`"),
        (&["job.py", "--from", "0", "--kernel", "glue_pyspark"], "job.py has no cells to choose from"),
        (
            &["job.py", "--parameters", "a=1", "--kernel", "glue_pyspark"],
            "job.py has no cells, so it takes no parameters",
        ),
        (&["text.py", "--parameters", "a=1"], "text.py has no code"),
        (&["a.py", "--parameters", "a=1", "--kernel", "glue_spark"], "a.py is a Scala notebook"),
        (&["a.py", "--parameters", "1a=1"], "`1a` is no name of a Python variable"),
        (&["a.py", "--parameters", "a=1", "--in-place"], "cannot be used with"),
    ] {
        let ran = home.local(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
}
