//! `glue-ls run`, and what it leaves behind, from the outside.

pub(crate) mod program;

mod aws;
mod faults;
mod job;
mod kept;
mod limits;
#[cfg(unix)]
mod live;
mod parameters;
mod policy;
mod questions;
pub(crate) mod runtime;
mod save;
mod sessions;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod terminal;

use self::program::{Home, python};
use super::notebook;

const SCRIPT: &str = "# %% [markdown]\n# Text.\n# %%\n# %glue_version 4.0\n# %%\nx = 20\nprint('printed', x)\nx + 1\n\
                      # %%\nimport sys\nprint('to stderr', file=sys.stderr)\n";

#[test]
fn outputs_are_results_and_all_else_is_not() {
    let home = Home::new(&[("a.py", SCRIPT)]);
    let ran = home.local(&["a.py"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.stdout, "glue_version = 4.0\nprinted 20\n21\nto stderr\n");
    for said in ["── cell 1\n", "── cell 2\n", "── cell 3\n", "Cell ", "Total", "stopped", "local, no cost"]
    {
        assert!(ran.stderr.contains(said), "{said} is missing in {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("cell 0"), "text is not run: {}", ran.stderr);
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(['\u{1b}', '\r']), "there is no terminal: {text:?}");
    }
    assert_eq!(home.records(), [], "what runs here costs nothing and is on no record");
}

#[test]
fn notebooks_and_scripts_run() {
    let home = Home::new(&[
        ("a.ipynb", &notebook(&["%number_of_workers 2", "y = 1", "y + 1"])),
        ("cells.py", "# %%\n# %idle_timeout 5\n# %%\ny = 1\n# %%\ny + 1\n"),
        ("job.py", "import json\n\nprint(json.dumps([2]))\n"),
    ]);
    assert_eq!(home.local(&["a.ipynb"]).stdout, "number_of_workers = 2\n2\n");
    assert_eq!(home.local(&["cells.py"]).stdout, "idle_timeout = 5\n2\n");
    let ran = home.local(&["job.py"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("job.py") && ran.stderr.contains("--kernel glue_pyspark"), "{}", ran.stderr);
    let ran = home.local(&["job.py", "--kernel", "glue_pyspark"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "[2]\n"), "{ran:?}");
    assert!(ran.stderr.contains("script"), "it has no cells: {}", ran.stderr);
}

#[test]
fn the_first_error_is_the_end_unless_errors_are_allowed() {
    let home = Home::new(&[("a.ipynb", &notebook(&["print('a')", "print('b')\n1/0", "print('c')"]))]);
    let ran = home.local(&["a.ipynb"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.starts_with("a\nb\n") && ran.stdout.contains("ZeroDivisionError: division by zero"), "{ran:?}");
    assert!(!ran.stdout.contains("\nc\n") && ran.stderr.contains("not run"), "{ran:?}");
    let ran = home.local(&["a.ipynb", "--allow-errors"]);
    assert_eq!(ran.code, Some(1), "a cell failed all the same");
    assert!(ran.stdout.ends_with("\nc\n") && !ran.stderr.contains("not run"), "{ran:?}");
}

#[test]
fn what_is_wrong_beforehand_keeps_everything_from_starting() {
    let home = Home::new(&[
        ("a.ipynb", &notebook(&["print('ran')", "%no_such_magic", "x = ("])),
        ("empty.ipynb", &notebook(&[])),
        ("blank.ipynb", &notebook(&["", "  \n"])),
        ("other.ipynb", &notebook(&["print('ran')"]).replace("glue_pyspark", "ir")),
        ("broken.ipynb", "{\"cells\": ["),
    ]);
    let ran = home.local(&["a.ipynb"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    for said in ["a.ipynb has errors, so nothing was run", "cell 1: ", "no_such_magic", "cell 2: ", "--allow-errors"] {
        assert!(ran.stderr.contains(said), "{said} is missing in {}", ran.stderr);
    }
    let ran = home.local(&["a.ipynb", "--allow-errors"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.starts_with("ran\n") && ran.stdout.contains("SyntaxError"), "{ran:?}");
    for (name, said) in [
        ("empty.ipynb", "no code to run"),
        ("blank.ipynb", "no code to run"),
        ("other.ipynb", "not run by a Glue kernel"),
        ("broken.ipynb", "broken.ipynb:1:"),
        ("missing.ipynb", "missing.ipynb does not exist"),
        (".", "is a folder"),
    ] {
        let ran = home.local(&[name]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{name}");
        assert!(ran.stderr.starts_with("glue-ls: ") && ran.stderr.contains(said), "{name}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{name}: {}", ran.stderr);
    }
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let home = Home::new(&[("a.ipynb", &notebook(&["1"]))]);
    for (arguments, said) in [
        (&["--timeout", "0"][..], "more than 0"),
        (&["--timeout", "soon"], "number of seconds"),
        (&["--timeout=-1"], "more than 0"),
        (&["--max-cost", "nan"], "above 0"),
        (&["--max-cost", "0"], "above 0"),
        (&["--output", "b.ipynb", "--in-place"], "cannot be used with"),
        (&["--profile", "p"], "cannot be used with"),
        (&["--keep-session"], "cannot be used with"),
        (&["--kernel", "python3"], "glue_pyspark"),
    ] {
        let ran = home.local(&[&["a.ipynb"], arguments].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
    let ran = home.run(&["run", "a.ipynb", "--python", python()]);
    assert_eq!(ran.code, Some(2), "another Python is one of this machine");
}

#[test]
fn the_receipt_tells_times_and_states() {
    let home = Home::new(&[("a.ipynb", &notebook(&["%glue_version 4.0", "x = 1", "raise KeyError('k')", "x"]))]);
    let ran = home.local(&["a.ipynb"]);
    let receipt = &ran.stderr[ran.stderr.find("Cell ").unwrap()..];
    let id = receipt.lines().find_map(|line| line.strip_prefix("Session: ")).unwrap();
    assert_eq!(id.len(), 36, "{receipt}");
    let masked: Vec<String> = receipt
        .replace(id, "<id>")
        .lines()
        .map(|line| {
            let words = line
                .split_whitespace()
                .map(|word| if word.parse::<f64>().is_ok_and(|_| word.contains('.')) { "<time>" } else { word });
            words.collect::<Vec<_>>().join(" ")
        })
        .collect();
    insta::assert_snapshot!(masked.join("\n"), @r"
    Cell State Time
    cell 0 ok <time> s
    cell 1 ok <time> s
    cell 2 error <time> s
    cell 3 not run
    Total <time> s
    Session: <id>
    stopped
    Cost: local, no cost
    ");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::process::Stdio;
    let home = Home::new(&[("a.ipynb", &notebook(&["print('x' * 1000000)", "open('ran', 'w').close()"]))]);
    for closed_stderr in [false, true] {
        let mut command = home.command(["run", "--local", "--python", python(), "a.ipynb"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        match child.stderr.take() {
            Some(stderr) if closed_stderr => drop(stderr),
            Some(mut stderr) => drop(std::io::Read::read_to_string(&mut stderr, &mut said).unwrap()),
            None => unreachable!(),
        }
        assert_eq!(child.wait().unwrap().code(), Some(0), "{closed_stderr}: {said}");
        std::fs::remove_file(home.file("ran")).unwrap();
    }
}
