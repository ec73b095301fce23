//! The official kernel, driven as JupyterLab does it, against `glue-ls local`: the example notebooks, as they are, show what
//! `glue-ls run --local` shows.
//!
//! `GLUE_LS_KERNEL_PYTHON` names a Python that has `aws-glue-sessions`, `GLUE_LS_RUNTIME_CACHE` the folder with the runtime.
#![cfg(unix)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::program::Program;
use crate::cli::run::program::Home;
use crate::cli::run::runtime;

/// Runs cells in the kernel; the benches have it too.
const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/kernel.py");

/// What can be run to its end. The others show what is wrong.
const NOTEBOOKS: [&str; 2] = ["quickstart.ipynb", "etl.ipynb"];

/// Cells that show what the examples do not.
const KINDS: [&str; 6] = [
    "%glue_version 5.0",
    "import sys\nprint('out')\nprint('err', file=sys.stderr)\n40 + 2",
    "1 / 0",
    "import pandas\npandas.DataFrame({'ü': [1, None]})",
    "%%sql\nSHOW TABLES IN shop",
    "spark.sql('SELECT * FROM nothing')",
];

/// Returns the Python that has the kernel. Without it, returns nothing and says so loudly; with `CI=true` it has to be there.
fn kernel_python() -> Option<String> {
    let python = std::env::var("GLUE_LS_KERNEL_PYTHON").ok().filter(|python| {
        let asked = "import jupyter_client, importlib.metadata as m; assert m.version('aws-glue-sessions') == '1.0.9'";
        Command::new(python).args(["-c", asked]).output().is_ok_and(|output| output.status.success())
    });
    if python.is_none() {
        let ci = std::env::var("CI").is_ok_and(|value| !matches!(value.to_lowercase().as_str(), "" | "0" | "false"));
        assert!(!ci, "GLUE_LS_KERNEL_PYTHON names no Python with aws-glue-sessions 1.0.9");
        eprintln!("SKIPPED: no official kernel; `tests/run tests` installs it, GLUE_LS_KERNEL_PYTHON names its Python");
    }
    python
}

/// Returns the examples with their data, as files of a home.
fn examples() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut files = Vec::new();
    // What a run of the examples has written is not a part of them.
    let mut paths: Vec<PathBuf> =
        NOTEBOOKS.iter().chain(&["glue-ls.toml", "data"]).map(|name| root.join(name)).collect();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    files
}

/// A text of a notebook, which may be in pieces.
fn joined(text: &Value) -> String {
    let pieces = text.as_array().into_iter().flatten().filter_map(Value::as_str);
    text.as_str().into_iter().chain(pieces).collect()
}

/// What a cell has shown.
#[derive(Debug, Default, PartialEq)]
struct Shown {
    /// What came on stdout, in one piece.
    stdout: String,
    stderr: String,
    /// The other outputs, by their types: texts, and images as they are encoded.
    data: Vec<(String, String)>,
}

impl Shown {
    fn of(outputs: &[Value]) -> Shown {
        let mut shown = Shown::default();
        for output in outputs {
            match output["output_type"].as_str().unwrap() {
                "stream" if output["name"] == "stderr" => shown.stderr += &joined(&output["text"]),
                "stream" => shown.stdout += &joined(&output["text"]),
                "display_data" | "execute_result" => {
                    let data = output["data"].as_object().unwrap().iter();
                    shown.data.extend(data.map(|(kind, value)| (kind.clone(), joined(value))));
                }
                // The kernel prints it, with a newline of its own, and has no traceback.
                "error" => {
                    let [name, value] = ["ename", "evalue"].map(|member| output[member].as_str().unwrap());
                    shown.stdout += &format!("{name}: {value}");
                }
                other => panic!("{other}: {output}"),
            }
        }
        for (kind, value) in &mut shown.data {
            if kind.starts_with("image/") {
                value.retain(|c| !c.is_whitespace());
            }
        }
        shown
    }
}

/// The messages of the kernel itself that end with a session, in the cell that begins it.
const CREATED: &str = " has been created.\n";

/// Leaves what the statement of a cell has shown: the kernel tells of the session that it makes for it first, and each
/// of its messages ends with a newline of its own.
fn of_statement(mut outputs: Vec<Value>) -> Vec<Value> {
    let text = |output: &Value| output["text"].as_str().unwrap_or_default().to_owned();
    if outputs.first().is_some_and(|output| text(output).starts_with("Trying to create a Glue session")) {
        let created = outputs.iter().position(|output| text(output).ends_with(CREATED)).unwrap();
        outputs.drain(..=created);
    }
    for output in &mut outputs {
        if output["output_type"] == "stream" {
            output["text"] = json!(text(output).strip_suffix('\n').unwrap());
        }
    }
    outputs
}

/// Runs the cells in the kernel, which finds the service as the page tells; returns the outputs of each.
fn in_kernel(python: &str, home: &Home, program: &Program, cells: &[String]) -> Vec<Vec<Value>> {
    let of = |name: &str| &program.environment[name];
    let config = format!(
        "[profile glue-local]\nendpoint_url = {}\naws_access_key_id = {}\naws_secret_access_key = {}\nregion = {}\n",
        of("AWS_ENDPOINT_URL"),
        of("AWS_ACCESS_KEY_ID"),
        of("AWS_SECRET_ACCESS_KEY"),
        of("AWS_REGION"),
    );
    fs::write(home.file("glue.config"), config).unwrap();
    let lines: Vec<String> = cells.iter().map(|cell| json!(cell).to_string() + "\n").collect();
    fs::write(home.file("cells"), lines.concat()).unwrap();
    let mut command = Command::new(python);
    command.args(["-B", DRIVER]).env_clear().env("HOME", home.path()).env("PATH", std::env::var_os("PATH").unwrap());
    command.env("AWS_CONFIG_FILE", home.file("glue.config")).env("glue_profile", "glue-local");
    command.env("AWS_REGION", of("AWS_REGION"));
    command.env("glue_role_arn", "arn:aws:iam::000000000000:role/GlueLocal");
    // It looks for a newer version of itself: nobody is there.
    command.env("HTTPS_PROXY", "http://127.0.0.1:1").env("NO_PROXY", "127.0.0.1");
    let ran = command.current_dir(home.path()).stdin(File::open(home.file("cells")).unwrap()).output().unwrap();
    let (said, log) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    let answers: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(ran.status.success() && answers.len() == cells.len() + 1, "{said}\n{log}");
    assert_eq!(answers[0]["version"], "1.0.9");
    let outputs = answers.into_iter().skip(1).map(|answer| {
        assert!(["ok", "error"].iter().any(|status| answer["status"] == *status), "{answer:#}");
        answer["outputs"].as_array().unwrap().clone()
    });
    outputs.collect()
}

/// Looks at a cell of magics: what each of both says is said in its own words.
fn same_settings(ours: &Shown, theirs: &Shown, cell: &str) {
    if cell == "%stop_session" {
        assert!(ours.stdout.ends_with(" is stopped.\n") && theirs.stdout.ends_with("Stopped session.\n"), "{theirs:?}");
        return;
    }
    let settings: Vec<(&str, &str)> = ours.stdout.lines().map(|line| line.split_once(" = ").unwrap()).collect();
    let magics = cell.lines().filter(|line| line.starts_with('%')).count();
    assert_eq!(settings.len(), magics, "{ours:?}");
    for (name, value) in settings {
        let name = name.replace('_', " ");
        let said = |line: &str| {
            let line = line.to_lowercase().replace('_', " ");
            line.contains(&name) && line.split([' ', ':']).any(|word| word == value.to_lowercase())
        };
        assert!(theirs.stdout.lines().any(said), "{name} is {value}: {theirs:?}");
    }
    assert_eq!((&ours.data, &theirs.data), (&vec![], &vec![]));
}

#[test]
fn the_official_kernel_shows_what_we_show() {
    let (Some(python), Some(cache)) = (kernel_python(), runtime::cache()) else { return };
    let files = examples();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let home = Home::new(&files).with("XDG_CACHE_HOME", &cache);
    let cell = |source: &str| json!({"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": null});
    let kernel = json!({"name": "glue_pyspark", "display_name": "Glue PySpark", "language": "python"});
    let kinds =
        json!({"cells": KINDS.map(cell), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4});
    fs::write(home.file("kinds.ipynb"), kinds.to_string()).unwrap();
    let program = Program::of(&home, &[]);
    for name in NOTEBOOKS.into_iter().chain(["kinds.ipynb"]) {
        let is_code = |cell: &&Value| cell["cell_type"] == "code";
        let notebook = home.notebook(name);
        let cells: Vec<String> =
            notebook["cells"].as_array().unwrap().iter().filter(is_code).map(|cell| joined(&cell["source"])).collect();
        let theirs = in_kernel(&python, &home, &program, &cells);
        let ran = home.run(&["run", "--local", name, "--allow-errors", "--output", "out.ipynb"]);
        assert_eq!(ran.code, Some(i32::from(name == "kinds.ipynb")), "{ran:?}");
        let written = home.notebook("out.ipynb");
        let ours: Vec<&Value> = written["cells"].as_array().unwrap().iter().filter(is_code).collect();
        assert_eq!(ours.len(), theirs.len());
        let (mut values, mut images) = (0, 0);
        for ((cell, ours), theirs) in cells.iter().zip(ours).zip(theirs) {
            let ours = Shown::of(ours["outputs"].as_array().unwrap());
            // Magics alone make no statement.
            if cell.lines().all(|line| line.starts_with(['%', '#'])) {
                same_settings(&ours, &Shown::of(&theirs), cell);
            } else {
                assert_eq!(ours, Shown::of(&of_statement(theirs)), "{name}: {cell}");
                values += ours.data.len();
                images += ours.data.iter().filter(|(kind, _)| kind == "image/png").count();
            }
        }
        assert!(values > 0, "{name} shows values");
        assert_eq!(images, usize::from(name == "etl.ipynb"), "{name}");
        fs::remove_file(home.file("out.ipynb")).unwrap();
    }
    program.running.signal(Signal::TERM);
    let ran = program.running.end();
    assert_eq!((ran.code, &ran.stdout), (Some(0), &program.printed), "{ran:?}");
}
