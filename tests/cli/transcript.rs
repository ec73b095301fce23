//! What a person reads: the text output as a whole, and the part of it that the README shows.

use std::path::Path;

use super::run;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_examples_read_as_before() {
    let ran = run(root(), &["check", "examples"]);
    assert_eq!(ran.code, Some(1));
    insta::assert_snapshot!("check-examples", ran.stdout);
}

#[test]
fn the_quickstarts_plan_reads_as_before() {
    let ran = run(root(), &["plan", "examples/quickstart.ipynb"]);
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!("plan-quickstart", ran.stdout);
}

#[test]
fn the_readme_shows_what_is_printed() {
    let printed = run(root(), &["check", "examples/mistakes.ipynb"]).stdout;
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, shown) = readme.split_once("$ glue-ls check examples/mistakes.ipynb\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    assert!(shown.lines().count() > 10, "{shown}");
    for part in shown.split("[…]\n") {
        for block in part.split_inclusive("\n").filter(|line| !line.trim().is_empty()) {
            assert!(printed.contains(block.trim_end()), "the README shows {block:?}, which is not printed");
        }
    }
}
