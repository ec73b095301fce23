//! Percent scripts, against jupytext: what it writes is read as the notebook that it was written from.
//!
//! The fixture `sentences` shows a difference that is wanted, one of those in `differences.rs`.

use std::sync::Arc;

use glue_ls::features::{Analysis, RuleConfig};
use glue_ls::model::open::open;
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::{Form, ipynb, percent};

use super::{Content, contents, fixtures, notebooks_in};

/// The magics of the fixtures; `d` of `# %d rows` is none.
fn is_magic(name: &str) -> bool {
    [
        "glue_version",
        "worker_type",
        "number_of_workers",
        "connections",
        "configure",
        "tags",
        "sql",
        "region",
        "idle_timeout",
        "pip",
        "timeit",
        "bash",
    ]
    .contains(&name)
}

/// Returns the cells of a fixture, once as notebook and once as script.
fn fixture(name: &str) -> (Vec<Content>, Vec<Content>) {
    let read = |extension: &str| std::fs::read_to_string(fixtures().join(name).with_extension(extension)).unwrap();
    (contents(&ipynb::parse(&read("ipynb")).cells), contents(&percent::parse(&read("py"), &is_magic)))
}

#[test]
fn fixtures_are_read_as_their_notebooks() {
    for name in ["orders", "scala", "studio"] {
        let (notebook, script) = fixture(name);
        assert_eq!(script, notebook, "{name}");
    }
}

#[test]
fn what_may_be_a_sentence_stays_a_comment() {
    let (notebook, script) = fixture("sentences");
    assert_eq!(script[0], notebook[0]);
    assert_eq!(notebook[1].1, "ls -l\nx?");
    assert_eq!(script[1].1, "# ls -l\n# x?");
}

#[test]
fn the_kernel_of_a_script_is_that_of_its_notebook() {
    for path in notebooks_in(&fixtures()) {
        let script = std::fs::read_to_string(path.with_extension("py")).unwrap();
        let notebook = ipynb::parse(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(percent::header_meta(&script).kernel_name, notebook.meta.kernel_name, "{}", path.display());
    }
}

#[test]
fn with_the_line_ends_of_windows_the_cells_are_the_same() {
    for path in notebooks_in(&fixtures()) {
        let script = std::fs::read_to_string(path.with_extension("py")).unwrap();
        let windows = script.replace('\n', "\r\n");
        let expected: Vec<Content> = contents(&percent::parse(&script, &is_magic))
            .into_iter()
            .map(|(kind, text)| (kind, text.replace('\n', "\r\n")))
            .collect();
        assert_eq!(contents(&percent::parse(&windows, &is_magic)), expected, "{}", path.display());
    }
}

#[test]
fn what_the_header_says_concerns_the_comments_of_all_cells() {
    let script = |comment_magics: bool| {
        let header = format!("# ---\n# jupyter:\n#   jupytext:\n#     comment_magics: {comment_magics}\n# ---\n");
        open(&format!("{header}# %%\nx = 1\n\n# %%\n# copy the data\n"), Form::Percent).notebook
    };
    let environment = Arc::new(Environment::default());
    let model = NotebookModel::of(script(false), Some(Kernel::PySpark), &environment);
    let gate = model.gate;
    let mut analysis = Analysis::new(model, Arc::new(RuleConfig::default()));
    assert_eq!(analysis.problems(1), []);
    assert!(analysis.update(script(true), gate, 0..0, &environment));
    let codes: Vec<&str> = analysis.problems(1).iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["shell-word-comment"]);
}
