//! Published scripts run as they are, on this machine, over small data that was written for them.
//!
//! Each `corpus_runs/NAME.toml` is a case: the script of the corpus, the arguments behind `--`, the `local` part of
//! `glue-ls.toml`, the files beside it, and what has to be printed and written.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test reports by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::cli::run::program::Home;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The script's path in the corpus.
    script: String,
    #[serde(default)]
    arguments: Vec<String>,
    /// What has to be among what is printed.
    #[serde(default)]
    prints: Vec<String>,
    #[serde(default)]
    local: toml::Table,
    /// Texts of files by path.
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    written: Vec<Written>,
}

/// What has to be in a folder afterwards.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    folder: String,
    /// `parquet`, `json`, `csv` (with a header) or `lines`.
    format: String,
    /// The rows as JSON objects, in any order.
    rows: Vec<String>,
    /// The columns that count; without them all do.
    #[serde(default)]
    columns: Vec<String>,
}

fn place() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus_runs")
}

fn case(name: &str) -> Case {
    let path = place().join(name).with_extension("toml");
    let text = std::fs::read_to_string(&path).unwrap();
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the text of a script; nothing, loudly, where the corpus is not at hand.
fn script(path: &str) -> Option<String> {
    let shared = std::env::var_os("GLUE_LS_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let corpus = shared.join("corpus");
    if !corpus.is_dir() {
        eprintln!("SKIPPED: there is no {}; set GLUE_LS_SHARED to the folder that holds `corpus`", corpus.display());
        return None;
    }
    Some(std::fs::read_to_string(corpus.join(path)).unwrap())
}

/// Returns rows in an order and a form in which they can be compared.
fn sorted<'a>(rows: impl Iterator<Item = &'a str>, columns: &[String]) -> Vec<String> {
    let read = |row: &str| match serde_json::from_str(row).unwrap_or_else(|error| panic!("{row}: {error}")) {
        Value::Object(mut row) => {
            row.retain(|name, _| columns.is_empty() || columns.contains(name));
            Value::Object(row).to_string()
        }
        other => panic!("{other} is no row"),
    };
    let mut rows: Vec<String> = rows.map(read).collect();
    rows.sort();
    rows
}

fn run(name: &str) {
    let case = case(name);
    assert!(!case.prints.is_empty() || !case.written.is_empty(), "{name} expects nothing");
    let Some(cache) = crate::cli::run::runtime::cache() else { return };
    let Some(text) = script(&case.script) else { return };
    let file = Path::new(&case.script).file_name().unwrap().to_str().unwrap();
    let settings = toml::to_string(&toml::Table::from_iter([("local".to_owned(), case.local.into())])).unwrap();
    let mut files = vec![(file, text.as_str()), ("glue-ls.toml", settings.as_str())];
    files.extend(case.files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let home = Home::new(&files).with("XDG_CACHE_HOME", &cache);
    let mut arguments = vec!["run", "--local", file, "--"];
    arguments.extend(case.arguments.iter().map(String::as_str));
    let ran = home.run(&arguments);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    for text in &case.prints {
        assert!(ran.stdout.contains(text), "{text:?} is missing in:\n{}", ran.stdout);
    }
    if case.written.is_empty() {
        return;
    }
    let status = home.run(&["local", "status", "--format", "json"]);
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    let python = status["python"].as_str().unwrap();
    for written in &case.written {
        let folder = home.file(&written.folder);
        let asked = Command::new(python).arg(place().join("rows.py")).args([&written.format]).arg(&folder).output();
        let asked = asked.unwrap();
        assert!(asked.status.success(), "{}: {}", written.folder, String::from_utf8_lossy(&asked.stderr));
        let found = String::from_utf8(asked.stdout).unwrap();
        let wanted = sorted(written.rows.iter().map(String::as_str), &[]);
        assert_eq!(sorted(found.lines(), &written.columns), wanted, "{}", written.folder);
    }
}

/// Makes a test of each case, and one that none is forgotten.
macro_rules! cases {
    ($($name:ident)+) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name));
            }
        )+

        #[test]
        fn every_case_is_run() {
            let names = std::fs::read_dir(place()).unwrap().map(|entry| entry.unwrap().path());
            let names = names.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
            let mut names: Vec<String> = names.map(|path| path.file_stem().unwrap().to_str().unwrap().into()).collect();
            names.sort();
            let mut known = vec![$(stringify!($name)),+];
            known.sort();
            assert_eq!(names, known);
        }
    };
}

cases! {
    accelerometer_trusted
    bounded_files
    bounded_volume
    bronze
    compacted
    csv_by_spark
    csv_to_json
    customer_curated
    customer_trusted
    daily_metrics
    data_cleaning
    data_quality
    denormalized
    errors_as_frame
    filtered_paths
    glue_logger
    grouped_ingestion
    join_and_relationalize
    machine_learning
    partitioned_paths
    raw_orders
    raw_to_clean
    relationalize
    report_by_airflow
    report_by_airflow_2
    report_by_steps
    report_by_steps_2
    resolve_choice
    s3_list_files
    sanitized
    split_into_json
    step_trainer_trusted
    train_and_validation
    unbox
    worker_metrics
}
