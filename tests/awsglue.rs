//! The package `awsglue` that local sessions have, by its own tests in Python: with Spark, in the Python that
//! `GLUE_LS_SPARK_PYTHON` names.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::path::PathBuf;
use std::process::Command;

use crate::support::spark::spark_python;

/// Tests of several files of Python, each list in one process: a start of Spark takes longer than most files.
macro_rules! processes {
    ($($name:ident: $($file:ident),+;)*) => {
        $(
            #[test]
            fn $name() {
                run(&[$(stringify!($file)),+]);
            }
        )*

        #[test]
        fn no_file_of_tests_is_forgotten() {
            let mut found: Vec<String> = std::fs::read_dir(folder())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter_map(|name| Some(name.strip_suffix(".py")?.to_owned()))
                .filter(|name| name.starts_with("test_"))
                .collect();
            found.sort();
            let mut listed = vec![$($(stringify!($file)),+),*];
            listed.sort_unstable();
            assert_eq!(found, listed);
        }
    };
}

processes! {
    contexts: test_context_arguments, test_context_read, test_context_write;
    frames: test_choices, test_mapping, test_nested, test_signatures, test_types;
    python_functions: test_errors, test_functions, test_rows;
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/awsglue"))
}

/// Runs the tests of some files. They need an output that tells how many they were, and they must not leave anything behind.
fn run(files: &[&str]) {
    let Some(python) = spark_python() else { return };
    let package = concat!(env!("CARGO_MANIFEST_DIR"), "/src/local/awsglue");
    let paths = std::env::join_paths([PathBuf::from(package), folder()]).unwrap();
    let place = tempfile::tempdir().unwrap();
    let mut command = Command::new(python);
    command.args(["-B", "-m", "unittest", "-v"]).args(files).current_dir(place.path());
    command.env("PYTHONPATH", paths).env("PYTHONDONTWRITEBYTECODE", "1").env("SPARK_LOCAL_IP", "127.0.0.1");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let ran = said.lines().find_map(|line| line.strip_prefix("Ran ")?.split(' ').next()?.parse::<usize>().ok());
    assert!(ran.is_some_and(|ran| ran > 0), "{said}");
    for file in files {
        assert!(said.contains(&format!(" ({file}.")), "no test of {file} ran: {said}");
    }
    // Its last line counts them; the word alone may be part of a name.
    assert!(!said.contains("skipped="), "{said}");
}
