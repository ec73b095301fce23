//! Errors in cells that the kernel ran: each is in a list, with the reason why it is right all the same.
//!
//! `UPDATE_DEFENDED=1 cargo test --test all defended` writes the list anew: reasons are kept, rows that are new have
//! none, and an empty reason fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use glue_ls::features::Severity;
use serde::Deserialize;

use super::{Record, corpus, records, shared};

const HEAD: &str = "\
# Errors in cells that the kernel ran without one, and why each is right: the service, Spark or Python refuses later
# what the kernel passes on. A test keeps the list exact; UPDATE_DEFENDED=1 adds rows that are missing, for a reason to
# be filled in, and drops those that are none any longer.
#
# `file` is a record: `oracle-cases/…` below tests/fixtures, `corpus/…` a published notebook.
";

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    alarm: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    file: String,
    code: String,
    cells: BTreeSet<usize>,
    reason: String,
}

/// File and code.
type Key = (String, String);

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/defended.toml")
}

/// All records at hand, by the names that the list gives them. Loudly fewer without the corpus.
fn all() -> Vec<(String, Record)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/oracle-cases");
    let mut all = BTreeMap::new();
    let sources = [
        ("corpus", corpus()),
        ("oracle-cases", records(&shared().join("oracle-cases"))),
        ("oracle-cases", records(&fixtures)),
        ("oracle-cases/more", records(&fixtures.join("more"))),
    ];
    for (folder, records) in sources {
        for record in records {
            all.insert(format!("{folder}/{}", record.name), record);
        }
    }
    assert!(all.len() > 100, "only {} records", all.len());
    all.into_iter().collect()
}

/// The errors in cells that the kernel ran, by record.
fn alarms(name: &str, record: &Record) -> BTreeMap<Key, BTreeSet<usize>> {
    let mut alarms: BTreeMap<Key, BTreeSet<usize>> = BTreeMap::new();
    let problems = record.problems();
    for result in record.results.iter().filter(|result| result["errors"].as_array().unwrap().is_empty()) {
        let index = usize::try_from(result["index"].as_u64().unwrap()).unwrap();
        for problem in problems[index].iter().filter(|problem| problem.severity == Severity::Error) {
            alarms.entry((name.to_owned(), problem.code.to_owned())).or_default().insert(index);
        }
    }
    alarms
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn written(rows: &BTreeMap<Key, (BTreeSet<usize>, String)>) -> String {
    let mut text = HEAD.to_owned();
    for ((file, code), (cells, reason)) in rows {
        let cells: Vec<String> = cells.iter().map(usize::to_string).collect();
        write!(
            text,
            "\n[[alarm]]\nfile = {}\ncode = {}\ncells = [{}]\nreason = {}\n",
            quoted(file),
            quoted(code),
            cells.join(", "),
            quoted(reason)
        )
        .unwrap();
    }
    text
}

#[test]
fn every_error_in_a_cell_that_the_kernel_ran_is_defended() {
    let list: List = toml::from_str(&std::fs::read_to_string(path()).unwrap_or_default()).unwrap();
    let mut rows: BTreeMap<Key, (BTreeSet<usize>, String)> = BTreeMap::new();
    for row in list.alarm {
        let key = (row.file, row.code);
        let before = rows.insert(key.clone(), (row.cells, row.reason));
        assert!(before.is_none(), "{key:?} has two rows");
    }
    let records = all();
    let at_hand: BTreeSet<&str> = records.iter().map(|(name, _)| name.as_str()).collect();
    let found: BTreeMap<Key, BTreeSet<usize>> =
        records.iter().flat_map(|(name, record)| alarms(name, record)).collect();
    if std::env::var_os("UPDATE_DEFENDED").is_some_and(|value| value == "1") {
        // What is not at hand is nothing to judge.
        rows.retain(|key, _| !at_hand.contains(key.0.as_str()) || found.contains_key(key));
        for (key, cells) in found {
            let row = rows.entry(key).or_default();
            // A reason speaks of the cells it was written for.
            if !cells.is_subset(&row.0) {
                row.1.clear();
            }
            row.0 = cells;
        }
        std::fs::write(path(), written(&rows)).unwrap();
        let open: Vec<&Key> = rows.iter().filter(|(_, (_, reason))| reason.is_empty()).map(|(key, _)| key).collect();
        assert!(open.is_empty(), "{} rows need a reason: {open:#?}", open.len());
        return;
    }
    let mut wrong = Vec::new();
    for (key, cells) in &found {
        match rows.get(key) {
            None => wrong.push(format!("{key:?} cells {cells:?}: an error where the kernel has none, and no reason")),
            Some((listed, _)) if listed != cells => {
                wrong.push(format!("{key:?}: listed are cells {listed:?}, found {cells:?}"));
            }
            Some(_) => {}
        }
    }
    for (key, (_, reason)) in &rows {
        if at_hand.contains(key.0.as_str()) && !found.contains_key(key) {
            wrong.push(format!("{key:?}: is none any longer"));
        }
        if reason.trim().len() < 10 {
            wrong.push(format!("{key:?}: has no reason"));
        }
    }
    assert!(wrong.is_empty(), "defended.toml (UPDATE_DEFENDED=1 writes it anew):\n{}", wrong.join("\n"));
}
