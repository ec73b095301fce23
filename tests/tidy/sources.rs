//! How sources are written.

use super::{code, files, files_with, read};

/// The longest file, in lines.
const LONGEST: usize = 600;

/// Files that may be longer, each with its reason.
const MAY_BE_LONGER: &[(&str, &str)] = &[];

#[test]
fn folders_have_a_file_beside_them() {
    for file in files_with(".", &["rs"]) {
        assert!(!file.ends_with("/mod.rs"), "{file}: write `foo.rs` beside `foo/`");
    }
}

#[test]
fn files_are_short() {
    for file in files_with("src", &["rs"]) {
        let lines = read(&file).lines().count();
        let excused = MAY_BE_LONGER.iter().any(|(path, _)| *path == file);
        assert!(excused || lines <= LONGEST, "{file} has {lines} lines; is it two files?");
        assert!(!excused || lines > LONGEST, "{file} is no exception any longer");
    }
}

#[test]
fn nothing_is_left_half_done_and_output_has_one_place() {
    for file in files_with("src", &["rs"]) {
        let code = code(&file);
        for (call, place) in [
            ("todo!(", ""),
            ("unimplemented!(", ""),
            ("dbg!(", ""),
            ("println!(", "src/cli/output.rs"),
            ("print!(", "src/cli/output.rs"),
        ] {
            assert!(file == place || !code.contains(call), "{file} calls {call}…)");
        }
    }
}

#[test]
fn nothing_names_paths_of_one_machine() {
    // In two parts, so that this file is none of those it looks for.
    let places = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tm", "p/")];
    for file in files(".") {
        // Tests may speak of a temporary folder, and what npm locks is npm's.
        let places = if file.starts_with("tests/") { &places[..2] } else { &places[..] };
        let Ok(text) = std::fs::read_to_string(super::root().join(&file)) else { continue };
        for place in places.iter().filter(|_| !file.ends_with("package-lock.json")) {
            let found = text.lines().position(|line| line.contains(place));
            assert_eq!(found.map(|line| line + 1), None, "{file} names {place}");
        }
    }
}

#[test]
fn json_of_fixtures_and_examples_parses() {
    let mut seen = 0;
    for folder in ["tests", "examples", "editors", "grammars", "src"] {
        for file in files_with(folder, &["json", "ipynb", "jsonl"]) {
            // Comments are usual in the settings of TypeScript.
            if file.ends_with("tsconfig.json") {
                continue;
            }
            let text = read(&file);
            // Data for Spark has an object on each line, whatever it is called.
            let has_lines = file.ends_with("jsonl") || file.starts_with("examples/data/");
            let documents: Vec<&str> = if has_lines { text.lines().collect() } else { vec![&text] };
            for document in documents {
                let parsed = serde_json::from_str::<serde_json::Value>(document);
                assert!(parsed.is_ok(), "{file}: {}", parsed.unwrap_err());
            }
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} files were found");
}
