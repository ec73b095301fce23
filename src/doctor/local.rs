//! What runs cells on this machine: the local runtime, Python, PySpark, Java. Nothing of them is started but to tell its
//! version.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::Request;
use super::machine::Machine;
use super::report::{Check, quoted};
use super::shown;
use crate::local::setup::{State, Status as Runtime};
use crate::platform::{self, Exit};

const RUNTIME: (&str, &str) = ("local-runtime", "Spark on this machine");
const PYTHON: (&str, &str) = ("local-python", "Python for cells on this machine");
const PYSPARK: (&str, &str) = ("local-pyspark", "PySpark for cells on this machine");
const JAVA: (&str, &str) = ("local-java", "Java for cells on this machine");

/// The longest that a program may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most of an output that is read, in bytes.
const MOST: u64 = 64 * 1024;

/// The oldest Python that can run cells.
const OLDEST_PYTHON: (u32, u32) = (3, 8);

/// What makes the runtime, or mends it.
const SETUP: &str = "glue-ls local setup";

/// The first Java that the Spark of PySpark 3.5 does not start with.
const TOO_NEW_JAVA: u32 = 24;

/// Prints version, program and PySpark's version, without importing it. The folder it runs in holds no modules for it.
const TELL: &str = "import sys\n\
                    sys.path[:] = [p for p in sys.path if p]\n\
                    print('%d.%d.%d' % tuple(sys.version_info[:3]))\n\
                    print(sys.executable or '')\n\
                    import importlib.util\n\
                    found = importlib.util.find_spec('pyspark')\n\
                    version = ''\n\
                    if found:\n    \
                    version = '?'\n    \
                    try:\n        \
                    from importlib import metadata\n        \
                    version = metadata.version('pyspark')\n    \
                    except Exception:\n        \
                    pass\n\
                    print(version)\n";

/// Judges all four.
pub(super) async fn checks(machine: &Machine, request: &Request) -> Vec<Check> {
    let python = &*request.python;
    let runtimes = machine.runtimes.clone().filter(|_| !request.chose_python);
    // It counts the bytes of many files.
    let runtime = tokio::task::spawn_blocking(move || runtimes.map(|runtimes| runtimes.status())).await;
    let runtime = runtime.ok().flatten();
    let python_tells = async {
        let mut command = Command::new(python);
        command.args(["-c", TELL]);
        tell(command).await
    };
    let managed = runtime.as_ref().filter(|runtime| runtime.state == State::Ready);
    let java = java(machine, managed);
    let java_tells = async {
        let mut command = Command::new(&java);
        command.arg("-version");
        tell(command).await
    };
    let (told, java_told) = tokio::join!(python_tells, java_tells);
    let mut checks = vec![of_runtime(runtime.as_ref(), request)];
    checks.extend(of_python(python, told));
    checks.push(of_java(&java, java_told));
    if runtime.is_some_and(|runtime| runtime.state != State::Ready) {
        // Both come with it.
        for check in checks.iter_mut().filter(|check| [PYSPARK.0, JAVA.0].contains(&check.id) && check.is_alarm()) {
            *check = Check::ok(check.id, &check.title, "comes with the local runtime: see above");
        }
    }
    checks
}

/// Judges the managed runtime; `None` where it is not used, or has no place.
fn of_runtime(runtime: Option<&Runtime>, request: &Request) -> Check {
    let (id, title) = RUNTIME;
    let Some(runtime) = runtime else {
        return match request.chose_python {
            true => Check::ok(id, title, "the Python that you have named is used, and not the local runtime"),
            false => Check::warning(id, title, "there is no folder for the local runtime: set HOME or XDG_CACHE_HOME."),
        };
    };
    let folder = shown(&runtime.folder.to_string_lossy());
    match (runtime.state, &runtime.message) {
        (State::Ready, None) => {
            let known = |text: &Option<String>| shown(text.as_deref().unwrap_or("?"));
            let spark = runtime.packages.get("pyspark").map_or_else(String::new, |version| shown(version));
            let (python, java) = (known(&runtime.python_version), known(&runtime.java_version));
            Check::ok(id, title, format!("ready: PySpark {spark}, Python {python}, Java {java} ({folder})"))
        }
        (State::Ready, Some(why)) => {
            let message = format!("ready, but Spark starts slowly: {why}.");
            Check::warning(id, title, message).command(SETUP)
        }
        (State::Missing, _) if request.makes_runtime => {
            let message = "not set up: that is done before the first session that needs Spark, which then waits for about \
                           600 MB to be downloaded. The command does it now.";
            Check::warning(id, title, message).command(SETUP)
        }
        (State::Missing, _) => {
            let message = "not set up, and the setting `local.setup` keeps it from being done when it is needed: plain \
                           Python runs, cells that use Spark fail.";
            Check::warning(id, title, message).command(SETUP)
        }
        (State::Broken, why) => {
            let why = why.as_deref().unwrap_or("something has changed");
            let way = if request.makes_runtime {
                "it is made anew before the next session that needs Spark"
            } else {
                "cells that use Spark fail"
            };
            Check::warning(id, title, format!("broken: {why}; {way}.")).command(SETUP)
        }
    }
}

fn of_python(python: &Path, told: Result<String, String>) -> Vec<Check> {
    let name = shown(&python.to_string_lossy());
    let told = match told {
        Ok(told) => told,
        Err(why) => {
            let message = format!(
                "{name} cannot be run: {why}. Install Python 3.{} or newer, or name one with the setting \
                 `local.python` or with `glue-ls run --local --python PROGRAM`.",
                OLDEST_PYTHON.1
            );
            return vec![
                Check::failed(PYTHON.0, PYTHON.1, message),
                Check::unknown(PYSPARK.0, PYSPARK.1, "there is no Python to look in."),
            ];
        }
    };
    let mut lines = told.lines().map(str::trim);
    let (version, program, pyspark) =
        (lines.next().unwrap_or_default(), lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut numbers = version.split('.').map_while(|part| part.parse::<u32>().ok());
    let number = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let program = if program.is_empty() { python.to_string_lossy().into_owned() } else { program.to_owned() };
    let text = format!("Python {} ({})", shown(version), shown(&program));
    let own = if number < OLDEST_PYTHON {
        let message = format!("{text} is too old: cells need Python 3.{} or newer.", OLDEST_PYTHON.1);
        Check::failed(PYTHON.0, PYTHON.1, message)
    } else {
        Check::ok(PYTHON.0, PYTHON.1, text)
    };
    let spark = if pyspark.is_empty() {
        let message = "PySpark is not installed there: plain Python runs, cells that use Spark fail.";
        Check::warning(PYSPARK.0, PYSPARK.1, message)
            .command(format!("{} -m pip install 'pyspark>=3.5,<3.6'", quoted(&program)))
    } else {
        Check::ok(PYSPARK.0, PYSPARK.1, format!("PySpark {}", shown(pyspark)))
    };
    vec![own, spark]
}

/// The Java that Spark would start: the runtime's own choice, or what Spark finds itself.
fn java(machine: &Machine, managed: Option<&Runtime>) -> PathBuf {
    if let Some(home) = managed.and_then(|runtime| runtime.java_home.as_deref()) {
        return home.join("bin").join("java");
    }
    match machine.variable("JAVA_HOME") {
        Some(home) => Path::new(home).join("bin").join("java"),
        None => PathBuf::from("java"),
    }
}

fn of_java(java: &Path, told: Result<String, String>) -> Check {
    let name = shown(&java.to_string_lossy());
    let told = match told {
        Ok(told) => told,
        Err(why) => {
            let message = format!("{name} cannot be run: {why}. Spark needs it; install Java 17, or set JAVA_HOME.");
            return Check::warning(JAVA.0, JAVA.1, message);
        }
    };
    // `openjdk version "17.0.9" 2023-10-17`, `java version "1.8.0_392"`
    let Some(version) = told.split('"').nth(1) else {
        return Check::unknown(JAVA.0, JAVA.1, &format!("{name} does not tell its version."));
    };
    let mut numbers = version.split(['.', '-', '_', '+']).filter_map(|part| part.parse::<u32>().ok());
    let major = match (numbers.next(), numbers.next()) {
        (Some(1), Some(old)) => old,
        (Some(major), _) => major,
        (None, _) => return Check::unknown(JAVA.0, JAVA.1, &format!("{name} does not tell its version.")),
    };
    let text = format!("Java {} ({})", shown(version), name);
    if !(8..TOO_NEW_JAVA).contains(&major) {
        let message = format!("{text}: the Spark of PySpark 3.5 does not start with it. Set JAVA_HOME to Java 17.");
        return Check::warning(JAVA.0, JAVA.1, message);
    }
    Check::ok(JAVA.0, JAVA.1, text)
}

/// Runs a program that tells about itself, and returns what it wrote. The error is a clause.
async fn tell(command: Command) -> Result<String, String> {
    let running = async {
        let mut launched = platform::launch(command).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
            _ => error.to_string(),
        })?;
        // Nothing is sent to it; its group is killed when this is dropped.
        let (out, err) = tokio::join!(read(&mut launched.stdout), read(&mut launched.stderr));
        match launched.exited.await {
            Ok(Exit::Code(0)) => Ok(format!("{out}{err}")),
            Ok(Exit::Code(code)) => Err(format!("it ended with code {code}: {}", last_line(&err))),
            _ => Err("it was ended".to_owned()),
        }
    };
    match tokio::time::timeout(PATIENCE, running).await {
        Ok(told) => told,
        Err(_) => Err(format!("it did not end within {} seconds", PATIENCE.as_secs())),
    }
}

async fn read(from: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let _ = from.take(MOST).read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    line.trim().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::report::{Fix, Status};

    fn python(told: &str) -> Vec<Check> {
        of_python(Path::new("python3"), Ok(told.to_owned()))
    }

    #[test]
    fn python_and_pyspark_are_judged_apart() {
        let all = python("3.11.2\n/usr/bin/python3\n3.5.4\n");
        assert!(all.iter().all(|check| check.status == Status::Ok), "{all:?}");
        let plain = python("3.11.2\n/usr/bin/python3\n\n");
        assert_eq!((plain[0].status, plain[1].status), (Status::Ok, Status::Warning));
        let [Fix::Command(command)] = &plain[1].fixes[..] else { panic!("{plain:?}") };
        assert_eq!(command, "/usr/bin/python3 -m pip install 'pyspark>=3.5,<3.6'");
        assert_eq!(python("3.7.9\n\n\n")[0].status, Status::Failed);
        assert_eq!(python("")[0].status, Status::Failed);
        let none = of_python(Path::new("python3"), Err("it does not exist".into()));
        assert_eq!((none[0].status, none[1].status), (Status::Failed, Status::Warning));
    }

    #[test]
    fn javas_version_is_read_old_and_new() {
        let status = |told: &str| of_java(Path::new("java"), Ok(told.to_owned())).status;
        for good in ["openjdk version \"17.0.9\" 2023", "java version \"1.8.0_392\"", "openjdk version \"21\" 2023"] {
            assert_eq!(status(good), Status::Ok, "{good}");
        }
        for bad in ["openjdk version \"24.0.1\"", "java version \"1.7.0\"", "no version", "a \"x\" b", ""] {
            assert_eq!(status(bad), Status::Warning, "{bad}");
        }
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_said_to_be_missing() {
        let why = tell(Command::new("glue-ls-no-such-program")).await.unwrap_err();
        assert_eq!(why, "it does not exist");
    }

    #[test]
    fn the_runtime_is_judged_as_it_is_and_where_it_is_used() {
        let makes = Request { makes_runtime: true, ..Request::default() };
        let never = Request::default();
        let chosen = Request { chose_python: true, ..Request::default() };
        let folder = tempfile::tempdir().unwrap();
        let runtime = crate::local::setup::Runtimes::in_folder(folder.path().to_owned()).status();
        assert_eq!(of_runtime(None, &chosen).status, Status::Ok);
        assert_eq!(of_runtime(None, &makes).status, Status::Warning);
        for (state, message, status, says) in [
            (State::Ready, None, Status::Ok, "ready: PySpark `3.5"),
            (State::Ready, Some("there is no archive"), Status::Warning, "slowly: there is no archive."),
            (State::Missing, None, Status::Warning, "600 MB"),
            (State::Broken, Some("its Python is gone"), Status::Warning, "broken: its Python is gone; it is made anew"),
        ] {
            let runtime = Runtime { state, message: message.map(str::to_owned), ..runtime.clone() };
            let check = of_runtime(Some(&runtime), &makes);
            assert!(check.status == status && check.message.contains(says), "{check:?}");
            assert_eq!(check.fixes.is_empty(), status == Status::Ok, "{check:?}");
            if state != State::Ready {
                assert!(of_runtime(Some(&runtime), &never).message.contains("cells that use Spark fail"));
            }
        }
    }
}
