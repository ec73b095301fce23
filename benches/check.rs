//! How long `glue-ls check` takes, as a user sees it: the built program from its start to its end, on folders of files.
//!
//! `cargo bench --bench check` prints a table, in each format and with `--diff`, for folders of 300 small files and of
//! 20 large ones, half notebooks and half scripts. `GLUE_LS_BENCH_FOLDER` names a folder of real files that is measured
//! besides. The budget is a second for some 300 files.
//!
//! Without `--bench`, as `cargo test --benches` runs it, it does a little of each and prints nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench reports to whoever runs it"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

/// What `check` is asked for.
const WAYS: [&[&str]; 4] = [&["--format", "text"], &["--format", "json"], &["--format", "sarif"], &["--diff"]];

fn main() {
    let whole = std::env::args().any(|argument| argument == "--bench");
    if !whole {
        let folder = folder(4, 5);
        for way in WAYS {
            measure(folder.path(), way, 1);
        }
        return;
    }
    println!("\ntimes in ms; budget: 1,000 for some 300 files");
    println!("{:<10}{:>7} |{:>16} |{:>8}{:>8}", "folder", "files", "way", "p50", "worst");
    let mut folders: Vec<(&str, PathBuf)> = Vec::new();
    let (many, large) = (folder(300, 12), folder(20, 1_000));
    folders.extend([("many", many.path().to_owned()), ("large", large.path().to_owned())]);
    folders.extend(std::env::var_os("GLUE_LS_BENCH_FOLDER").map(|folder| ("real", PathBuf::from(folder))));
    for (name, folder) in &folders {
        for way in WAYS {
            let row = measure(folder, way, 15);
            println!(
                "{name:<10}{:>7} |{:>16} |{:>8.1}{:>8.1}",
                row.files,
                way.join(" "),
                row.p50.as_secs_f64() * 1e3,
                row.worst.as_secs_f64() * 1e3
            );
        }
    }
}

struct Row {
    files: usize,
    p50: Duration,
    worst: Duration,
}

/// Takes the times of `rounds` checks, after one that warms the system's cache.
fn measure(folder: &Path, way: &[&str], rounds: usize) -> Row {
    let mut times: Vec<Duration> = (0..=rounds)
        .map(|_| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_glue-ls"));
            command.arg("check").arg(folder).args(way).stdin(Stdio::null());
            let start = Instant::now();
            let output = command.output().unwrap();
            let time = start.elapsed();
            // Mistakes are found; nothing else goes wrong.
            assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
            time
        })
        .skip(1)
        .collect();
    times.sort();
    Row { files: count(folder), p50: times[times.len() / 2], worst: times[times.len() - 1] }
}

/// Returns how many notebooks and scripts are in a folder and those in it.
fn count(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_wanted = |path: &Path| path.extension().is_some_and(|extension| extension == "ipynb" || extension == "py");
    entries.map(|path| if path.is_dir() { count(&path) } else { usize::from(is_wanted(&path)) }).sum()
}

/// Makes a folder of files with so many cells each.
fn folder(files: usize, cells: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..files {
        let (name, text) = match index % 2 {
            0 => (format!("n{index}.ipynb"), notebook(cells)),
            _ => (format!("s{index}.py"), script(cells)),
        };
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Returns the text of a cell; every 50th one has a mistake.
fn cell(index: usize) -> String {
    match index {
        0 => "%glue_version 5.0\n%worker_type G.1X\n%number_of_workers 5\n%idle_timeout 30".to_owned(),
        1 => "%workertype G.2X".to_owned(),
        _ if index % 50 == 3 => format!("%%configure\n{{\n    \"idle_timout\": {index}\n}}"),
        _ if index.is_multiple_of(5) => {
            format!("%%sql\nSELECT country, sum(amount) FROM orders_{index} GROUP BY country")
        }
        _ => format!(
            "orders_{index} = spark.read.parquet(\"s3://bucket/orders/{index}\")\nfor column in orders_{index}.columns:\n    print(column, {index})\norders_{index}.filter(\"amount > {index}\").groupBy(\"country\").count().show()"
        ),
    }
}

fn notebook(cells: usize) -> String {
    let cells: Vec<_> = (0..cells)
        .map(|index| {
            let source: Vec<String> = cell(index).split_inclusive('\n').map(str::to_owned).collect();
            let text: Vec<String> = (0..20).map(|row| format!("| country {row} | {index} |\n")).collect();
            json!({
                "cell_type": "code", "execution_count": index, "id": format!("cell-{index}"), "metadata": {},
                "outputs": [{"name": "stdout", "output_type": "stream", "text": text}], "source": source,
            })
        })
        .collect();
    let kernel = json!({"kernelspec": {"display_name": "Glue PySpark", "language": "python", "name": "glue_pyspark"}});
    let notebook = json!({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5});
    serde_json::to_string_pretty(&notebook).unwrap()
}

fn script(cells: usize) -> String {
    (0..cells).map(|index| format!("# %%\n{}\n\n", cell(index))).collect()
}
