//! The Python that the runtime is made with.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::around::Around;
use super::cancel::Cancel;
use super::error::SetupError;
use super::pins::{PYTHONS, pythons};
use super::process::{Ended, run};

/// Prints what is to be known of an interpreter, as JSON. The folder it runs in holds no modules for it.
const TELL: &str = "import sys\n\
                    sys.path[:] = [p for p in sys.path if p]\n\
                    import json, platform\n\
                    print('GLUE-LS ' + json.dumps({'version': list(sys.version_info[:3]), 'executable': sys.executable or '',\n\
                    'kind': platform.python_implementation(), 'wide': sys.maxsize > 2**32}))\n";

/// What comes before what is told.
const MARK: &str = "GLUE-LS ";

/// An interpreter that will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interpreter {
    /// The program itself, where it tells that.
    pub(super) program: PathBuf,
    /// `3.11.7`
    pub(super) version: String,
}

#[derive(Deserialize)]
struct Told {
    version: (u32, u32, u32),
    executable: PathBuf,
    kind: String,
    wide: bool,
}

/// Returns the interpreter that was named, if it will do, else the first of the usual ones that will.
pub(super) async fn find(
    around: &Around,
    named: Option<&Path>,
    cancel: &mut Cancel,
) -> Result<Interpreter, SetupError> {
    let names: Vec<PathBuf> = match named {
        Some(name) => vec![name.to_owned()],
        None => {
            let ((major, first), (_, last)) = PYTHONS;
            let versions = (first..=last).rev().map(|minor| format!("python{major}.{minor}"));
            let usual = if cfg!(windows) { "python" } else { "python3" };
            std::iter::once(usual.to_owned()).chain(versions).map(PathBuf::from).collect()
        }
    };
    let mut tried = Vec::new();
    for name in names {
        let Some(program) = around.program(&name) else {
            if named.is_some() {
                tried.push(format!("{} is not there", name.display()));
            }
            continue;
        };
        match judge(around, &program, cancel).await? {
            Ok(found) => return Ok(found),
            Err(why) => tried.push(why),
        }
    }
    if tried.is_empty() {
        tried.push("there is no Python in PATH".to_owned());
    }
    Err(SetupError::NoPython { tried })
}

/// Returns the interpreter, or why it will not do, for people.
async fn judge(
    around: &Around,
    program: &Path,
    cancel: &mut Cancel,
) -> Result<Result<Interpreter, String>, SetupError> {
    let name = program.display();
    let mut command = around.command(program);
    command.arg("-c").arg(TELL).current_dir(std::env::temp_dir());
    let mut told = None;
    let ended = run(command, cancel, |line| {
        told = line.strip_prefix(MARK).and_then(|json| serde_json::from_str::<Told>(json).ok()).or(told.take());
    });
    match ended.await {
        Ok(Ended::Itself { .. }) => {}
        Ok(Ended::Cancelled) => return Err(SetupError::Cancelled),
        Err(error) => return Ok(Err(format!("{name} does not run: {error}"))),
    }
    let Some(Told { version: (major, minor, patch), executable, kind, wide }) = told else {
        return Ok(Err(format!("{name} does not work")));
    };
    let version = format!("{major}.{minor}.{patch}");
    let (oldest, newest) = PYTHONS;
    let number = (major, minor);
    Ok(if number > newest {
        Err(format!("{name} is Python {version}, with which PySpark 3.5 does not work"))
    } else if number < oldest {
        Err(format!("{name} is Python {version}, which is too old"))
    } else if kind != "CPython" || !wide {
        Err(format!("{name} is not a 64-bit CPython, {} are needed", pythons()))
    } else {
        let program = if executable.is_absolute() { executable } else { program.to_owned() };
        Ok(Interpreter { program, version })
    })
}
