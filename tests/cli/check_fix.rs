//! `glue-ls check --fix` and `--diff`.

use std::fs;

use glue_ls::syntax::ipynb;
use serde_json::Value;

use super::{folder, notebook, run, run_on};

const SCRIPT: &str =
    "# %%\r\n# %workertype G.1X\r\n# %glue_verison 4.0\r\n\r\n# %%\r\nimport sys\r\n# %idle_timeout 30\r\n";

/// What `--fix` makes of it.
const MENDED: &str = "# %%\r\n# %worker_type G.1X\r\n# %glue_version 4.0\r\n";

#[test]
fn a_file_is_mended_in_place() {
    let folder = folder(&[("a.py", &format!("\u{feff}{SCRIPT}")), ("b.py", "# %%\n# %glue_version 4.0\n")]);
    let path = folder.path().join("a.py");
    let ran = run(folder.path(), &["check", ".", "--fix"]);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains("Fixed ") && ran.stdout.contains(" in 1 file.\n"), "{}", ran.stdout);
    let now = fs::read_to_string(&path).unwrap();
    assert!(now.starts_with(&format!("\u{feff}{MENDED}")), "{now:?}");
    assert!(!now.replace("\r\n", "").contains('\n'), "{now:?}");
    // Once is enough.
    let again = run(folder.path(), &["check", ".", "--fix"]);
    assert!(!again.stdout.contains("Fixed"), "{}", again.stdout);
    assert_eq!(fs::read_to_string(&path).unwrap(), now);
    assert_eq!(run(folder.path(), &["check", ".", "--diff"]).code, Some(0));
}

#[test]
fn what_is_left_decides_the_exit_code() {
    let folder = folder(&[
        ("all.ipynb", &notebook(&["%workertype G.1X\n%number_of_workers 5"])),
        ("some.ipynb", &notebook(&["%workertype G.1X\n%number_of_workers five"])),
    ]);
    let ran = run(folder.path(), &["check", "all.ipynb", "--fix"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "Fixed 1 problem in 1 file.\nNo problems in 1 file.\n"));
    let ran = run(folder.path(), &["check", "some.ipynb", "--fix", "--format", "json"]);
    assert_eq!(ran.code, Some(1));
    let left: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["code"]), (1, &Value::from("not-an-integer")));
}

#[test]
fn a_diff_writes_nothing() {
    let text = "# %%\n# %workertype G.1X\n# %glue_version 4.0\nx = 1";
    let folder = folder(&[("a.py", text), ("b.py", "# %%\n# %glue_version 4.0\n")]);
    let ran = run(folder.path(), &["check", "a.py", "b.py", "--diff"]);
    let diff = "--- a.py\n+++ a.py\n@@ -1,4 +1,4 @@\n # %%\n-# %workertype G.1X\n+# %worker_type G.1X\n # %glue_version 4.0\n x = 1\n\\ No newline at end of file\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), diff));
    assert_eq!(ran.stderr, "1 problem would be fixed in 1 file.\n");
    assert_eq!(fs::read_to_string(folder.path().join("a.py")).unwrap(), text);
    let ran = run(folder.path(), &["check", "b.py", "--diff"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", "Nothing would change.\n"));
    assert_eq!(run(folder.path(), &["check", "missing.py", "--diff"]).code, Some(2));
    assert_eq!(run(folder.path(), &["check", "a.py", "--diff", "--format", "json"]).code, Some(2));
}

#[test]
fn standard_input_stands_for_a_file() {
    let folder = folder(&[]);
    let script = "# %%\n# %workertype G.1X\n# %number_of_workers five\n";
    let ran = run_on(folder.path(), &["check", "--stdin-filename", "jobs/etl.py"], script);
    assert!(ran.stdout.starts_with("jobs/etl.py:2:4: error[unknown-magic]"), "{}", ran.stdout);
    let ran = run_on(folder.path(), &["check", "-", "--fix", "--stdin-filename", "jobs/etl.py"], script);
    assert_eq!(ran.stdout, script.replace("workertype", "worker_type"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("jobs/etl.py:3:") && ran.stderr.contains("Fixed 1 problem"), "{}", ran.stderr);
    // What needs no mending comes out as it went in.
    let sound = "\u{feff}x = 1\r\n";
    let ran = run_on(folder.path(), &["check", "-", "--fix"], sound);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), sound));
    let ran = run_on(folder.path(), &["check", "--diff", "--stdin-filename", "etl.py"], script);
    assert!(ran.stdout.starts_with("--- etl.py\n+++ etl.py\n"), "{}", ran.stdout);
    let ran = run_on(folder.path(), &["check", "--stdin-filename", "etl.ipynb"], "{\"cells\": [");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), "Nothing was checked.\n"));
    assert_eq!(run_on(folder.path(), &["check", "-", "etl.py"], "").code, Some(2));
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder(&[("real/a.py", SCRIPT), ("sealed.py", SCRIPT)]);
    let (real, link, sealed) =
        (folder.path().join("real/a.py"), folder.path().join("link.py"), folder.path().join("sealed.py"));
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(&sealed, fs::Permissions::from_mode(0o444)).unwrap();
    symlink(&real, &link).unwrap();
    // Two names of one file: it is mended once.
    let ran = run(folder.path(), &["check", "link.py", "real/a.py", "--fix"]);
    assert!(ran.stdout.contains(" in 1 file.\n") && !ran.stdout.contains("2 files"), "{ran:?}");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().starts_with(MENDED));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    let ran = run(folder.path(), &["check", "sealed.py", "--fix"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("sealed.py is read-only"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("Fixed") && ran.stdout.contains("unknown-magic"), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(&sealed).unwrap(), SCRIPT);
}

/// The cells of all cases of the rules' fixtures.
fn cases() -> Vec<Vec<String>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/rules")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for case in text.split("\n## ").skip(1) {
            let lines =
                case.lines().skip(1).filter(|line| !line.starts_with("#- ") && !line.trim_start().starts_with('^'));
            let body = lines.collect::<Vec<_>>().join("\n");
            cases.push(body.split("# %%\n").skip(1).map(|cell| cell.trim_end_matches('\n').to_owned()).collect());
        }
    }
    assert!(cases.len() > 50);
    cases
}

/// Lays a notebook out in one of the ways that programs do.
fn laid_out(cells: &[String], way: usize) -> String {
    let lines = |text: &String| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let cells: Vec<Value> = cells
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let source = if way == 2 { Value::from(text.as_str()) } else { Value::from(lines(text)) };
            serde_json::json!({
                "cell_type": "code", "execution_count": index, "id": format!("id-{index}"), "metadata": {"é": "\u{1F600}"},
                "outputs": [{"output_type": "stream", "name": "stdout", "text": ["é\n"]}], "source": source,
            })
        })
        .collect();
    let kernel = serde_json::json!({"kernelspec": {"name": "glue_pyspark"}});
    let notebook = serde_json::json!({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5});
    let pretty = serde_json::to_string_pretty(&notebook).unwrap();
    match way {
        0 => pretty.replace("  ", " ") + "\n",
        1 => notebook.to_string(),
        2 => pretty,
        // As with Python's `ensure_ascii`, on Windows.
        _ => pretty.replace('é', "\\u00e9").replace('\u{1F600}', "\\ud83d\\ude00").replace('\n', "\r\n"),
    }
}

/// The text without what the sources hold, and those that it has.
fn without_sources(text: &str) -> (String, usize) {
    let parsed = ipynb::parse(text);
    assert!(parsed.problems.is_empty(), "{:?} in\n{text}", parsed.problems);
    let mut out = text.to_owned();
    for placed in parsed.cells.iter().rev() {
        let cell = &text[placed.range.clone()];
        let start = placed.range.start + cell.rfind("\"source\"").unwrap();
        let end = placed.range.start + cell.rfind([']', '"']).unwrap() + 1;
        out.replace_range(start..end, "");
    }
    (out, parsed.cells.len())
}

#[test]
fn a_mended_notebook_differs_only_in_its_sources() {
    let folder = folder(&[]);
    let mut files = Vec::new();
    for (index, cells) in cases().iter().enumerate() {
        for way in 0..4 {
            let (path, text) = (folder.path().join(format!("{index:03}-{way}.ipynb")), laid_out(cells, way));
            fs::write(&path, &text).unwrap();
            files.push((path, text));
        }
    }
    let errors = |ran: &super::Ran| {
        let found: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
        found.as_array().unwrap().iter().filter(|item| item["severity"] == "error").count()
    };
    let before = errors(&run(folder.path(), &["check", ".", "--format", "json"]));
    let ran = run(folder.path(), &["check", ".", "--format", "json", "--fix", "--unsafe-fixes"]);
    assert_eq!(ran.stderr, "");
    assert!(errors(&ran) < before, "{} of {before} errors are left", errors(&ran));
    let mut mended = 0;
    for (path, old) in &files {
        let new = fs::read_to_string(path).unwrap();
        mended += usize::from(new != *old);
        let ((old_rest, old_cells), (new_rest, new_cells)) = (without_sources(old), without_sources(&new));
        if old_cells == new_cells {
            assert_eq!(new_rest, old_rest, "{}", path.display());
        } else {
            // Cells that were split off are laid out as the others.
            assert!(new_cells > old_cells, "{}", path.display());
            assert_eq!(new.contains("\r\n"), old.contains("\r\n"));
        }
        // Lists stay lists of lines.
        let json: Value = serde_json::from_str(&new).unwrap();
        for source in json["cells"].as_array().unwrap().iter().map(|cell| &cell["source"]) {
            let lines = source.as_array().into_iter().flatten();
            assert!(lines.map(|line| line.as_str().unwrap().lines().count()).all(|count| count == 1), "{source}");
        }
    }
    assert!(mended > 100, "{mended}");
    // Nothing is left to do.
    let ran = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
}
