//! What runs cells on this machine: Python, PySpark, Java. Nothing of them is started but to tell its version.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::machine::Machine;
use super::report::{Check, quoted};
use super::shown;
use crate::platform::{self, Exit};

const PYTHON: (&str, &str) = ("local-python", "Python for cells on this machine");
const PYSPARK: (&str, &str) = ("local-pyspark", "PySpark for cells on this machine");
const JAVA: (&str, &str) = ("local-java", "Java for cells on this machine");

/// The longest that a program may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most of an output that is read, in bytes.
const MOST: u64 = 64 * 1024;

/// The oldest Python that can run cells.
const OLDEST_PYTHON: (u32, u32) = (3, 8);

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

/// Judges all three.
pub(super) async fn checks(machine: &Machine, python: &Path) -> Vec<Check> {
    let python_tells = async {
        let mut command = Command::new(python);
        command.args(["-c", TELL]);
        tell(command).await
    };
    let java = java(machine);
    let java_tells = async {
        let mut command = Command::new(&java);
        command.arg("-version");
        tell(command).await
    };
    let (told, java_told) = tokio::join!(python_tells, java_tells);
    let mut checks = of_python(python, told);
    checks.push(of_java(&java, java_told));
    checks
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

/// The Java that Spark would start.
fn java(machine: &Machine) -> PathBuf {
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
}
