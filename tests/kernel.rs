//! The emulation of the official kernel, held against records of that kernel: what it sends, which session
//! it creates, what it refuses. `tests/fixtures/oracle-cases/README.md` says how a record came about.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test reports by panicking, and says on stderr what it leaves out"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glue_ls::features::{Analysis, Problem, RuleConfig, Severity};
use glue_ls::model::open::open;
use glue_ls::model::plan::{DEFAULT_IDLE_TIMEOUT, plan};
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::{Form, Notebook};
use serde_json::{Map, Value as Json, json};

mod defended;
mod noise;
mod words;

/// A notebook and what the kernel did with it.
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) notebook: Notebook,
    /// Texts of all cells.
    cells: Vec<String>,
    pub(crate) kernel: Kernel,
    /// What the kernel did, one for each code cell.
    results: Vec<Json>,
}

/// Reads the records of a folder, in the order of their names.
fn records(folder: &Path) -> Vec<Record> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".oracle.json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| record(path)).collect()
}

fn record(path: &Path) -> Record {
    let read =
        |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let parse = |path: &Path| -> Json {
        serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let result = parse(path);
    let name = path.to_string_lossy().strip_suffix(".oracle.json").unwrap().to_owned();
    let notebook = PathBuf::from(format!("{name}.ipynb"));
    let text = match notebook.is_file() {
        true => read(&notebook),
        false => as_notebook(&parse(&PathBuf::from(format!("{name}.case.json")))),
    };
    let opened = open(&text, Form::Json);
    assert!(opened.problems.is_empty(), "{name}: {:?}", opened.problems);
    Record {
        cells: opened.notebook.cells.iter().map(|placed| placed.cell.text.to_string()).collect(),
        notebook: opened.notebook,
        kernel: Kernel::from_name(result["kernel_class"].as_str().unwrap_or("glue_pyspark")).unwrap(),
        results: result["cells"].as_array().unwrap().clone(),
        name: Path::new(&name).file_name().unwrap().to_string_lossy().into_owned(),
    }
}

fn as_notebook(case: &Json) -> String {
    let cells: Vec<Json> = case["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(
            |text| json!({"cell_type": "code", "metadata": {}, "execution_count": null, "outputs": [], "source": text}),
        )
        .collect();
    json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).to_string()
}

/// The cases of the fixtures; all of them, so that an empty folder is no success.
fn fixtures() -> Vec<Record> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/oracle-cases");
    let mut all = records(&folder);
    all.extend(records(&folder.join("more")));
    assert!(all.len() > 100, "only {} cases in {}", all.len(), folder.display());
    all
}

/// Where the corpus and further cases would be.
fn shared() -> PathBuf {
    std::env::var_os("GLUE_LS_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
}

/// The corpus of published notebooks, or nothing, loudly, where it is not at hand.
pub(crate) fn corpus() -> Vec<Record> {
    let folder = shared().join("corpus/notebooks");
    let all = records(&folder);
    if all.is_empty() {
        let folder = folder.display();
        eprintln!("SKIPPED: no notebooks in {folder}; set GLUE_LS_SHARED to the folder that holds `corpus`");
    }
    all
}

impl Record {
    /// Whether the kernel ran all of it without an error.
    pub(crate) fn ran(&self) -> bool {
        self.results.iter().all(|result| result["errors"].as_array().unwrap().is_empty())
    }

    /// The environment that the kernel had.
    pub(crate) fn environment(&self) -> Environment {
        let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let lines = self.cells.iter().flat_map(|text| text.lines());
        let profiles = lines.filter_map(|line| {
            let rest = line.strip_prefix("%profile").filter(|rest| rest.starts_with(char::is_whitespace))?.trim_start();
            let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
            let end = rest.find(|c: char| !c.is_alphanumeric() && !"_.@+-".contains(c)).unwrap_or(rest.len());
            (end > 0).then(|| (rest[..end].to_owned(), BTreeMap::new()))
        });
        Environment {
            variables: BTreeMap::from([
                variable("glue_role_arn", "arn:aws:iam::123456789012:role/OracleGlueRole"),
                variable("region", "us-east-1"),
            ]),
            profiles: profiles.collect(),
            profiles_complete: true,
        }
    }

    /// The problems that a check of the document alone finds, by cell.
    fn problems(&self) -> Vec<Vec<Problem>> {
        let model = NotebookModel::of(self.notebook.clone(), Some(self.kernel), &Arc::default());
        let config = RuleConfig { syntax_errors: true, ..RuleConfig::default() };
        let analysis = Analysis::new(model, Arc::new(config));
        (0..self.cells.len()).map(|cell| analysis.problems(cell).to_vec()).collect()
    }
}

/// What the kernel refused in a cell, without what another machine or a live account would have taken.
fn refused(result: &Json) -> Vec<&Json> {
    const ACCIDENTS: &[&str] = &["matplotlib", "load_ext", "reload_ext", "autoreload", "store", "no module named"];
    let errors = result["errors"].as_array().unwrap().iter();
    errors
        .filter(|error| {
            let text = error.to_string().to_lowercase();
            error["kind"] != "session-lookup-error" && !ACCIDENTS.iter().any(|accident| text.contains(accident))
        })
        .collect()
}

/// A request without what differs from run to run or comes from the account.
fn comparable(request: &Json) -> Json {
    let Json::Object(request) = request else { return Json::Null };
    let without = |object: &Json, key: &str| -> Map<String, Json> {
        object
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(k, _)| *k != key)
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    };
    let mut request = request.clone();
    for key in ["Id", "RequestOrigin"] {
        request.remove(key);
    }
    let arguments = without(&request["DefaultArguments"], "--glue_kernel_version");
    request.insert("DefaultArguments".into(), arguments.into());
    if let Some(tags) = request.remove("Tags") {
        let tags = without(&tags, "owner");
        if !tags.is_empty() {
            request.insert("Tags".into(), tags.into());
        }
    }
    request.into()
}

/// Fails with all that the plan of any record has different from what the kernel did.
fn assert_plans(records: &[Record]) {
    let mut wrong = Vec::new();
    for record in records {
        let model = NotebookModel::of(record.notebook.clone(), Some(record.kernel), &Arc::new(record.environment()));
        let plan = plan(&model, DEFAULT_IDLE_TIMEOUT);
        for result in &record.results {
            let index = usize::try_from(result["index"].as_u64().unwrap()).unwrap();
            let planned = plan.cells.iter().find(|cell| cell.cell == index).unwrap();
            let place = format!("{} cell {index} {:?}", record.name, record.cells[index]);
            if planned.statement.as_deref() != result["statement"].as_str() {
                wrong.push(format!("{place}\n  sends {:?}\n  kernel {}", planned.statement, result["statement"]));
            }
            // Through text, as the command line writes it: numbers beyond 64 bits round alike then.
            let text = serde_json::to_string(&planned.create_session.as_deref()).unwrap();
            let session = comparable(&serde_json::from_str(&text).unwrap());
            let expected = comparable(&result["create_session"]);
            if session != expected {
                wrong.push(format!("{place}\n  session {session}\n  kernel  {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Fails with all cells that the kernel refused and a check takes for fine. Where no session can be
/// created, the problem may stand in any cell.
fn assert_refusals(records: &[Record]) -> usize {
    let mut silent = Vec::new();
    let mut refusals = 0;
    for record in records {
        let problems = record.problems();
        let loud = |cell: &[Problem]| cell.iter().any(|problem| problem.severity == Severity::Error);
        for result in &record.results {
            let errors = refused(result);
            let Some(first) = errors.first() else { continue };
            refusals += 1;
            let index = usize::try_from(result["index"].as_u64().unwrap()).unwrap();
            let anywhere = errors.iter().any(|error| error["kind"] == "create-session-error");
            if !(loud(&problems[index]) || anywhere && problems.iter().any(|cell| loud(cell))) {
                silent.push(format!("{} cell {index} {:?}: {first}", record.name, record.cells[index]));
            }
        }
    }
    assert!(silent.is_empty(), "{} refused cells have no error:\n{}", silent.len(), silent.join("\n"));
    refusals
}

#[test]
fn cases_are_planned_as_the_kernel_runs_them() {
    assert_plans(&fixtures());
}

#[test]
fn every_case_that_the_kernel_refuses_has_an_error() {
    let refusals = assert_refusals(&fixtures());
    assert!(refusals > 150, "only {refusals} refused cells: the cases have lost their point");
}

#[test]
fn published_notebooks_are_planned_as_the_kernel_runs_them() {
    assert_plans(&corpus());
}

#[test]
fn every_published_cell_that_the_kernel_refuses_has_an_error() {
    assert_refusals(&corpus());
}
