//! Percent scripts, against jupytext: what it writes is read as the notebook that it was written from.
//!
//! Two differences are wanted, and are shown by the fixture `sentences`: a command without a sign (`ls`,
//! `x?`) that jupytext commented stays a comment, since a comment may begin with the same word.

use std::path::{Path, PathBuf};
use std::process::Command;

use glue_ls::syntax::{CellKind, PlacedCell, ipynb, percent};
use ropey::Rope;

use super::{Content, contents, corpus, fixtures, notebooks_in};

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

/// Writes each notebook that is named on stdin as a script: one JSON string on a line for each.
const CONVERT: &str = "
import json, sys, warnings
warnings.simplefilter('ignore')
import nbformat, jupytext
for path in sys.argv[1:]:
    with open(path, encoding='utf-8') as file:
        notebook = json.load(file)
    # VS Code nests the metadata once more; jupytext does not know that.
    metadata = notebook['metadata']
    notebook['metadata'] = metadata if 'kernelspec' in metadata else metadata.get('metadata', metadata)
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        if not isinstance(cell.source, str):
            cell.source = ''.join(cell.source)
    print(json.dumps(jupytext.writes(notebook, fmt='py:percent')))
";

/// Returns what jupytext writes for each notebook, or nothing, loudly, where it is not installed.
fn scripts(notebooks: &[PathBuf]) -> Option<Vec<String>> {
    let python = std::env::var("GLUE_LS_JUPYTEXT_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python).args(["-c", "import jupytext"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "SKIPPED: {python} has no jupytext; `pip install jupytext` and name the Python in GLUE_LS_JUPYTEXT_PYTHON"
        );
        return None;
    }
    let output = Command::new(&python).args(["-c", CONVERT]).args(notebooks).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn what_jupytext_writes_is_read_as_the_notebook() {
    let notebooks = corpus();
    if notebooks.is_empty() {
        return;
    }
    let Some(scripts) = scripts(&notebooks) else {
        return;
    };
    assert_eq!(scripts.len(), notebooks.len());
    for (path, script) in notebooks.iter().zip(&scripts) {
        let notebook = ipynb::parse(&std::fs::read_to_string(path).unwrap());
        // In these, whatever jupytext commented was a magic.
        let read = percent::parse(script, &|_| true);
        assert_eq!(code(&read), code(&notebook.cells), "{}", path.display());
        check_typing(path, script, read);
    }
}

/// Returns the texts of the code cells. jupytext does not keep the line ends that a cell ends with.
fn code(cells: &[PlacedCell]) -> Vec<String> {
    let cells = cells.iter().filter(|placed| placed.cell.kind == CellKind::Code);
    cells.map(|placed| placed.cell.text.trim_end_matches('\n').to_owned()).collect()
}

/// Types a letter at the end of each cell.
fn check_typing(path: &Path, script: &str, mut cells: Vec<PlacedCell>) {
    let mut rope = Rope::from_str(script);
    for index in 0..cells.len() {
        let len = cells[index].cell.text.len();
        // The text of a cell without any would begin in its marker's line.
        if len == 0 {
            continue;
        }
        let at = cells[index].to_document(0..len).end;
        rope.insert(rope.byte_to_char(at), "z");
        let changed = percent::update(&mut cells, &rope, at..at, 1, &|_| true);
        assert_eq!(changed, index..index + 1, "{}", path.display());
    }
    assert_eq!(cells, percent::parse(&rope.to_string(), &|_| true), "{}", path.display());
}
