//! Notebooks, written as scripts by jupytext with the options that people use: what is read here in the script is
//! what jupytext reads in it, and means the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glue_ls::features::{Analysis, RuleConfig, plan_report};
use glue_ls::model::gate::is_magic_name;
use glue_ls::model::open::open;
use glue_ls::model::plan::{DEFAULT_IDLE_TIMEOUT, plan};
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell, percent};
use ropey::Rope;
use serde_json::{Value, json};

use super::{Content, contents, corpus, fixtures, joined, notebooks_in, oracle};

/// A notebook and its name.
type Named = (String, Value);

/// Returns the notebooks of the corpus, the fixtures, and the kernel's cases.
pub(super) fn notebooks() -> Vec<Named> {
    let parse = |path: &Path| -> Value { serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap() };
    let mut named: Vec<Named> = Vec::new();
    for path in corpus().into_iter().chain(notebooks_in(&fixtures())) {
        named.push((path.display().to_string(), parse(&path)));
    }
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/oracle-cases");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(".case.json"));
    paths.sort();
    assert!(paths.len() > 20, "{}", paths.len());
    for path in paths {
        let case = parse(&path);
        let cell = |source: &Value| json!({"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": source});
        let cells: Vec<Value> = case["cells"].as_array().unwrap().iter().map(cell).collect();
        let name = case["kernel"].as_str().unwrap_or("glue_pyspark");
        let language = if name == "glue_spark" { "scala" } else { "python" };
        let kernel = json!({"display_name": name, "language": language, "name": name});
        named.push((
            path.display().to_string(),
            json!({"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}),
        ));
    }
    named
}

/// The options of jupytext that change what a script looks like.
fn options() -> Vec<Value> {
    vec![
        json!({}),
        json!({"comment_magics": false}),
        json!({"cell_markers": "\"\"\""}),
        json!({"notebook_metadata_filter": "-all"}),
        json!({"notebook_metadata_filter": "-all", "cell_metadata_filter": "-all"}),
        json!({"split_at_heading": true}),
        json!({"cell_metadata_json": true}),
        json!({"custom_cell_magics": "configure,tags,assume_role"}),
        json!({"format_name": "hydrogen"}),
    ]
}

/// Returns the words of a text that the product takes for names of magics.
pub(super) fn known_in(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || "%\"'=".contains(c));
    let words: BTreeSet<&str> =
        words.chain(text.split_whitespace().map(|word| word.trim_matches(['%', '#']))).collect();
    words.into_iter().filter(|word| !word.is_empty() && is_magic_name(word)).map(str::to_owned).collect()
}

/// Returns what a document means: its plan with magics, statements and refusals, and the problems of each cell.
pub(super) fn meaning(notebook: Notebook) -> (String, Vec<String>) {
    let model = NotebookModel::of(notebook, Some(Kernel::PySpark), &Arc::new(Environment::default()));
    let plan = plan(&model, DEFAULT_IDLE_TIMEOUT);
    let cells = model.cells.len();
    let analysis = Analysis::new(model, Arc::new(RuleConfig { syntax_errors: true, ..RuleConfig::default() }));
    let mut problems = Vec::new();
    for cell in 0..cells {
        for p in analysis.problems(cell) {
            problems.push(format!("{cell} {} {:?} {:?}: {}", p.code, p.severity, p.range, p.message));
        }
    }
    (plan_report::json(&plan, &analysis, &Some), problems)
}

/// Returns the notebook that an editor would sync cell by cell.
fn notebook(cells: &[Content]) -> Notebook {
    let cells = cells
        .iter()
        .map(|(kind, text)| PlacedCell { range: 0..text.len(), cell: Arc::new(Cell::whole(*kind, text.as_str())) });
    Notebook { form: Form::Cells, meta: NotebookMeta::default(), cells: cells.collect() }
}

#[test]
fn what_jupytext_writes_is_read_as_it_reads_it_and_means_the_same() {
    if !oracle::is_there() {
        return;
    }
    let all = notebooks();
    let mut asked: Vec<(&str, &Value, Value)> = Vec::new();
    for (number, options) in options().into_iter().enumerate() {
        for (index, (name, notebook)) in all.iter().enumerate() {
            // With options, a part of the notebooks does: another one each time.
            if number == 0 || index % 5 == number % 5 {
                asked.push((name, notebook, options.clone()));
            }
        }
    }
    let scripts = oracle::writes(asked.iter().map(|(_, notebook, options)| ((*notebook).clone(), options.clone())));
    let reads = oracle::reads(scripts.iter().map(|script| {
        let script = script.as_deref().unwrap_or_default();
        (script, known_in(script))
    }));
    let (mut refused, mut otherwise) = (0, 0);
    for (((name, _, options), script), read) in asked.iter().zip(&scripts).zip(&reads) {
        let (Some(script), Some(read)) = (script, read) else {
            // jupytext cannot write an empty cell of SQL as a string.
            assert!(!options["cell_markers"].is_null(), "jupytext refuses {name} {options} {script:?}");
            refused += 1;
            continue;
        };
        let parsed = percent::parse(script, &is_magic_name);
        // Line ends at the end of a notebook's last cell are none of jupytext's cells.
        assert_eq!(joined(contents(&parsed)), read.adjusted, "{name} {options}\n{script}");
        if read.cells != read.adjusted {
            assert!(read_otherwise(name), "{name} {options}\n{script}");
            otherwise += 1;
        } else if *options == json!({}) {
            // The same cells mean the same; that of those that stand in a script is tried once.
            let found = meaning(open(script, Form::Percent).notebook);
            assert_eq!(found, meaning(notebook(&read.cells)), "{name}\n{script}");
        }
    }
    assert!(refused <= 1 && otherwise * 10 < asked.len(), "{refused} refused, {otherwise} read otherwise");
}

/// Returns whether a notebook has what is read otherwise on purpose: commands without a sign, magics that nobody knows.
fn read_otherwise(name: &str) -> bool {
    ["sentences.ipynb", "help-and-question.case.json", "unknown-magics.case.json"].iter().any(|end| name.ends_with(end))
}

/// Returns the texts of the code cells. jupytext does not keep the line ends that a cell ends with.
fn code(cells: &[Content]) -> Vec<&str> {
    let code = cells.iter().filter(|(kind, _)| *kind == CellKind::Code);
    code.map(|(_, text)| text.trim_end_matches('\n')).collect()
}

#[test]
fn the_notebook_comes_back() {
    if !oracle::is_there() {
        return;
    }
    let notebooks = notebooks();
    let scripts = oracle::writes(notebooks.iter().map(|(_, notebook)| (notebook.clone(), json!({}))));
    let mut same = 0;
    for ((name, json), script) in notebooks.iter().zip(&scripts) {
        let script = script.as_deref().unwrap();
        let original = open(&json.to_string(), Form::Json).notebook;
        let read = open(script, Form::Percent).notebook;
        let cells = contents(&original.cells);
        let (before, after) = (joined(cells), joined(contents(&read.cells)));
        if code(&before) != code(&after) {
            assert!(read_otherwise(name), "{name}: {before:?} became {after:?}\n{script}");
        } else if before == after {
            same += 1;
            assert_eq!(meaning(original), meaning(read), "{name}");
        }
        check_typing(name, script);
    }
    assert!(same * 2 > notebooks.len(), "{same} of {} come back as they were", notebooks.len());
}

/// Types a letter at the end of each cell.
fn check_typing(name: &str, script: &str) {
    let mut cells = percent::parse(script, &is_magic_name);
    let mut rope = Rope::from_str(script);
    for index in 0..cells.len() {
        let len = cells[index].cell.text.len();
        // The text of a cell without any would begin in its marker's line.
        if len == 0 || cells[index].cell.text.ends_with(['\n', '"']) {
            continue;
        }
        let at = cells[index].to_document(0..len).end;
        rope.insert(rope.byte_to_char(at), "z");
        let changed = percent::update(&mut cells, &rope, at..at, 1, &is_magic_name);
        if name.ends_with(".ipynb") && !name.contains("fixtures") {
            assert_eq!(changed, index..index + 1, "{name}");
        }
    }
    assert_eq!(cells, percent::parse(&rope.to_string(), &is_magic_name), "{name}");
}
