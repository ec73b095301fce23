//! Runs `test/corpus/*.txt` without the tree-sitter CLI, whose format they are in. Trees are compared with their
//! fields, those of `:error` cases too (the CLI only asks whether there is an error).

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::parse;

struct Case {
    name: String,
    expects_error: bool,
    input: String,
    tree: String,
}

fn corpus_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammars/tree-sitter-glue/test/corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Reads the cases of a file: a bar of `=`, the name, attributes, a bar, the input, a bar of `-`, the tree.
fn read_cases(text: &str) -> Vec<Case> {
    let is_bar = |line: &&str| line.len() >= 3 && line.bytes().all(|b| b == b'=');
    let lines: Vec<&str> = text.lines().collect();
    let bars: Vec<usize> = (0..lines.len()).filter(|&at| is_bar(&lines[at])).collect();
    assert!(bars.len().is_multiple_of(2), "a header is open");
    let ends = bars.iter().skip(2).step_by(2).copied().chain([lines.len()]);
    bars.chunks(2)
        .zip(ends)
        .map(|(bars, end)| {
            let header = &lines[bars[0] + 1..bars[1]];
            let (name, attributes) = header.split_first().unwrap();
            assert!(
                attributes.iter().all(|&attribute| attribute == ":error"),
                "{name}: unknown attribute in {attributes:?}"
            );
            let body = &lines[bars[1] + 1..end];
            let divider = body.iter().rposition(|line| *line == "---").unwrap_or_else(|| panic!("{name}: no divider"));
            Case {
                name: (*name).to_owned(),
                expects_error: !attributes.is_empty(),
                input: body[..divider].join("\n"),
                tree: one_line(&body[divider + 1..].join(" ")),
            }
        })
        .collect()
}

/// A tree as tree-sitter prints it: one blank between words, none before a closing parenthesis.
fn one_line(tree: &str) -> String {
    tree.split_whitespace().collect::<Vec<_>>().join(" ").replace(" )", ")")
}

#[test]
fn every_case_has_its_tree() {
    let mut failures = String::new();
    for file in corpus_files() {
        for case in read_cases(&fs::read_to_string(&file).unwrap()) {
            let tree = parse(&case.input);
            let actual = tree.root_node().to_sexp();
            if actual != case.tree || tree.root_node().has_error() != case.expects_error {
                let Case { name, expects_error, input, tree } = case;
                writeln!(
                    failures,
                    "{}: {name}\n  input:    {input:?}\n  expected: {tree}{}\n  actual:   {actual}",
                    file.display(),
                    if expects_error { " (:error)" } else { "" },
                )
                .unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn the_corpus_shows_every_kind_of_node_and_errors() {
    let cases: Vec<Case> =
        corpus_files().iter().flat_map(|file| read_cases(&fs::read_to_string(file).unwrap())).collect();
    let language = glue_ls::syntax::grammar::language();
    for id in 0..u16::try_from(language.node_kind_count()).unwrap() {
        if !language.node_kind_is_named(id) || !language.node_kind_is_visible(id) {
            continue;
        }
        let kind = language.node_kind_for_id(id).unwrap();
        let shown = cases.iter().any(|case| case.tree.contains(&format!("({kind}")));
        assert!(shown, "no case of the corpus shows a {kind}");
    }
    assert!(cases.iter().any(|case| case.expects_error));
}

#[test]
fn names_are_unique() {
    let mut names: Vec<String> = corpus_files()
        .iter()
        .flat_map(|file| read_cases(&fs::read_to_string(file).unwrap()))
        .map(|case| case.name)
        .collect();
    names.sort();
    for pair in names.windows(2) {
        assert_ne!(pair[0], pair[1], "two cases have this name");
    }
}

#[test]
fn the_runner_reads_what_the_tool_reads() {
    let cases = read_cases(
        "===\nfirst\n===\n%a\n---\n\nb\n---\n\n(cell\n  (code))\n\n====\nsecond\n:error\n====\n\n%\n\n---\n(cell)\n",
    );
    assert_eq!(cases.len(), 2);
    assert_eq!((cases[0].input.as_str(), cases[0].tree.as_str()), ("%a\n---\n\nb", "(cell (code))"));
    assert_eq!((cases[1].input.as_str(), cases[1].expects_error), ("\n%\n", true));
}
