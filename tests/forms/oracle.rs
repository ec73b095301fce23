//! jupytext itself, as a Python process that `oracle.py` runs in.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use glue_ls::syntax::CellKind;
use serde_json::{Value, json};

use super::Content;

/// What jupytext reads in a text.
pub(super) struct Read {
    /// The format that jupytext takes the text for.
    pub(super) format: String,
    /// Its cells.
    pub(super) cells: Vec<Content>,
    /// Its cells if it did what is done here on purpose; see [`super::differences`].
    pub(super) adjusted: Vec<Content>,
}

/// Returns whether there is a jupytext to ask, and says so loudly if not. With `CI=true` there has to be.
pub(super) fn is_there() -> bool {
    let python = python();
    let found = Command::new(&python).args(["-c", "import jupytext"]).output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        assert!(!is_ci(), "{python} has no jupytext to compare with");
        eprintln!(
            "SKIPPED: {python} has no jupytext; `pip install jupytext` and name the Python in GLUE_LS_JUPYTEXT_PYTHON"
        );
    }
    found
}

/// Returns whether what can be installed has to be there.
pub(super) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.to_lowercase().as_str(), "" | "0" | "false"))
}

fn python() -> String {
    std::env::var("GLUE_LS_JUPYTEXT_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// Returns what jupytext reads in each text, `None` where it refuses it. The names are those that a comment may be
/// taken for a magic of.
pub(super) fn reads<'t>(texts: impl IntoIterator<Item = (&'t str, Vec<String>)>) -> Vec<Option<Read>> {
    let request = |(text, known)| json!({"read": text, "known": known});
    read_all(&texts.into_iter().map(request).collect::<Vec<_>>())
}

/// Returns what jupytext reads in each text if it may guess the format.
pub(super) fn guesses<'t>(texts: impl IntoIterator<Item = (&'t str, Vec<String>)>) -> Vec<Option<Read>> {
    let request = |(text, known)| json!({"read": text, "known": known, "guess": true});
    read_all(&texts.into_iter().map(request).collect::<Vec<_>>())
}

fn read_all(requests: &[Value]) -> Vec<Option<Read>> {
    let contents = |cells: &Value| -> Vec<Content> {
        let content = |cell: &Value| {
            let kind = match cell[0].as_str().unwrap() {
                "code" => CellKind::Code,
                "markdown" => CellKind::Markdown,
                _ => CellKind::Raw,
            };
            (kind, cell[1].as_str().unwrap().to_owned())
        };
        cells.as_array().unwrap().iter().map(content).collect()
    };
    let read = |answer: Value| {
        answer.get("refused").is_none().then(|| Read {
            format: answer["format"].as_str().unwrap().to_owned(),
            cells: contents(&answer["cells"]),
            adjusted: contents(&answer["adjusted"]),
        })
    };
    ask(requests).into_iter().map(read).collect()
}

/// Returns what jupytext writes for each notebook with its options, `None` where it refuses it.
pub(super) fn writes(notebooks: impl IntoIterator<Item = (Value, Value)>) -> Vec<Option<String>> {
    let request = |(notebook, options)| json!({"write": notebook, "options": options});
    let requests: Vec<Value> = notebooks.into_iter().map(request).collect();
    ask(&requests).into_iter().map(|answer| answer["text"].as_str().map(str::to_owned)).collect()
}

/// Asks a few processes at once, since a single one would be the slowest part of all tests.
fn ask(requests: &[Value]) -> Vec<Value> {
    let share = requests.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        let asked: Vec<_> = requests.chunks(share).map(|part| scope.spawn(move || ask_one(part))).collect();
        asked.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn ask_one(requests: &[Value]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms/oracle.py");
    let mut child = Command::new(python())
        .arg(script)
        .env("PYTHONIOENCODING", "utf-8")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text: String = requests.iter().map(|request| format!("{request}\n")).collect();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "oracle.py failed");
    writer.join().unwrap().unwrap();
    let answers: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), requests.len());
    answers
}
