//! Scripts read here and by jupytext.

use std::path::Path;

use glue_ls::model::gate::is_magic_name;
use glue_ls::syntax::percent;
use serde_json::{Value, json};

use super::generate::{KNOWN, Seeded, marker, script};
use super::oracle::{self, Read};
use super::roundtrip::known_in;
use super::{Content, contents, joined, shared};

fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// Returns the first difference that is none on purpose, for people.
fn difference(text: &str, read: &Read, ours: &[Content]) -> Option<String> {
    if !matches!(read.format.as_str(), "percent" | "hydrogen") {
        let marked = percent::has_marker(text);
        return marked.then(|| format!("cells in a script that jupytext takes for `{}`:\n{text}", read.format));
    }
    // A script without markers has no cells here.
    if !percent::has_marker(text) {
        let marked = read.adjusted.len() > 1;
        return marked.then(|| format!("no markers, but for jupytext {:?} in\n{text}", read.cells));
    }
    (*ours != *read.adjusted).then(|| {
        format!("{text:?}\n{text}\nours     {ours:?}\nadjusted {:?}\njupytext {:?}", read.adjusted, read.cells)
    })
}

/// Compares what is read in each text and returns for how many jupytext read anything.
fn compare(texts: &[String]) -> usize {
    let known: Vec<String> = KNOWN.iter().map(|&name| name.to_owned()).collect();
    let reads = oracle::reads(texts.iter().map(|text| (text.as_str(), known.clone())));
    let mut found = Vec::new();
    for (text, read) in texts.iter().zip(&reads) {
        let ours = joined(contents(&percent::parse(text, &is_known)));
        found.extend(read.as_ref().and_then(|read| difference(text, read, &ours)));
    }
    found.sort_by_key(String::len);
    let shown = found.iter().take(12).map(String::as_str).collect::<Vec<_>>().join("\n--------\n");
    assert!(found.is_empty(), "{} of {} differ\n{shown}", found.len(), texts.len());
    reads.iter().flatten().count()
}

/// Returns texts that are the same every time, or others for a seed in `GLUE_LS_SEED`.
fn texts(count: usize, make: fn(&mut Seeded) -> String) -> Vec<String> {
    let seed = std::env::var("GLUE_LS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut seeded = Seeded::new(seed);
    (0..count).map(|_| make(&mut seeded)).collect()
}

#[test]
fn scripts_of_all_kinds_are_read_as_jupytext_does() {
    if oracle::is_there() {
        let count = compare(&texts(1500, script));
        assert!(count > 1000, "{count}");
    }
}

#[test]
fn markers_of_all_kinds_are_read_as_jupytext_does() {
    if oracle::is_there() {
        let count = compare(&texts(1000, marker));
        assert!(count > 500, "{count}");
    }
}

#[test]
fn published_scripts_are_read_as_jupytext_does() {
    let folder = shared().join("corpus/scripts");
    let mut paths: Vec<_> = std::fs::read_dir(&folder).into_iter().flatten().map(|e| e.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    paths.sort();
    if paths.is_empty() {
        eprintln!("SKIPPED: no scripts in {}", folder.display());
    }
    if !oracle::is_there() {
        return;
    }
    let texts: Vec<String> = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    // As they are, and with cells: above each function and each blank line's comment.
    let divided = |text: &String| text.replace("\n\n#", "\n\n# %%\n#").replace("\n\ndef ", "\n\n# %%\ndef ");
    // jupytext takes its time for long ones.
    let texts = texts.iter().filter(|text| text.len() < 16_384);
    let texts: Vec<String> = texts.flat_map(|text| [text.clone(), divided(text)]).collect();
    let reads = oracle::reads(texts.iter().map(|text| (text.as_str(), known_in(text))));
    for (text, read) in texts.iter().zip(&reads) {
        let ours = joined(contents(&percent::parse(text, &is_magic_name)));
        let difference = read.as_ref().and_then(|read| difference(text, read, &ours));
        assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

/// Scripts and what was read in them, for machines without jupytext.
const RECORD: &str = "tests/fixtures/jupytext/read.jsonl";

fn recorded_texts() -> Vec<String> {
    let mut seeded = Seeded::new(7);
    let mut texts: Vec<String> = (0..200).map(|_| script(&mut seeded)).collect();
    texts.extend((0..50).map(|_| marker(&mut seeded)));
    texts
}

#[test]
fn scripts_are_read_as_the_record_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORD);
    if oracle::is_there() {
        let known: Vec<String> = KNOWN.iter().map(|&name| name.to_owned()).collect();
        let texts = recorded_texts();
        let reads = oracle::reads(texts.iter().map(|text| (text.as_str(), known.clone())));
        let read = |(text, read): (&String, &Option<Read>)| {
            let read = read.as_ref().filter(|_| percent::has_marker(text))?;
            let cells = read.adjusted.iter().map(|(kind, text)| json!([format!("{kind:?}"), text]));
            Some(format!("{}\n", json!({"text": text, "cells": cells.collect::<Vec<_>>()})))
        };
        let now: String = texts.iter().zip(&reads).filter_map(read).collect();
        if std::env::var_os("GLUE_LS_RECORD").is_some() {
            std::fs::write(&path, &now).unwrap();
        }
        assert!(std::fs::read_to_string(&path).unwrap() == now, "GLUE_LS_RECORD=1 writes {RECORD} again");
    }
    let record = std::fs::read_to_string(&path).unwrap();
    assert!(record.lines().count() > 150);
    for line in record.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let text = value["text"].as_str().unwrap();
        let ours = joined(contents(&percent::parse(text, &is_known)));
        let ours: Vec<Value> = ours.iter().map(|(kind, text)| json!([format!("{kind:?}"), text])).collect();
        assert_eq!(Value::Array(ours), value["cells"], "{text}");
    }
}
