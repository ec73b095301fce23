//! The runtime for Spark on this machine: `glue-ls local`, and `glue-ls run` without `--python`.

#[cfg(unix)]
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;

use super::notebook;
use super::program::Home;

#[track_caller]
pub(crate) fn says(text: &str, all: &[&str]) {
    for part in all {
        assert!(text.contains(part), "{part:?} is missing in: {text}");
    }
}

const SPARK: &str = "from pyspark.sql import SparkSession\n\
                     session = SparkSession.builder.master('local[1]').config('spark.ui.enabled', 'false').getOrCreate()\n\
                     print('sum', session.range(10).groupBy().sum('id').collect()[0][0])\n\
                     session.stop()";

/// A home whose pip knows no index but one that nobody answers for.
pub(crate) fn offline(files: &[(&str, &str)]) -> Home {
    let home = Home::new(files);
    let cache = home.file("cache").display().to_string();
    // The port is that of the listener of before, which is gone.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let home = home.with("PIP_INDEX_URL", &format!("http://127.0.0.1:{port}/simple")).with("PIP_RETRIES", "0");
    home.with("XDG_CACHE_HOME", &cache)
}

#[test]
fn what_there_is_not_is_said() {
    let home = offline(&[]);
    let ran = home.run(&["local", "status"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    says(&ran.stdout, &["There is no local runtime; `glue-ls local setup` makes it.", "pyspark 3.5.9"]);
    let ran = home.run(&["local", "status", "--format", "json"]);
    let status: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&status["state"], &status["python"], &status["bytes"]), (&"missing".into(), &().into(), &0.into()));
    let ran = home.run(&["local", "setup", "--python", "no-such-python"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    says(&ran.stderr, &["no-such-python is not there", "Python 3.9 to 3.12"]);
    let ran = home.run(&["local", "remove"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "There was no local runtime.\n"), "{ran:?}");
}

#[test]
fn without_a_network_plain_python_still_runs() {
    let home =
        offline(&[("a.ipynb", &notebook(&["print(40 + 2)", "spark.range(1)", "import pyspark_that_is_no_library"]))]);
    let ran = home.run(&["local", "setup"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    says(
        &ran.stderr,
        &[
            "making a virtual environment",
            "the package index cannot be reached",
            "`glue-ls local setup` when there is a network",
        ],
    );
    let ran = home.run(&["run", "--local", "a.ipynb", "--allow-errors"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    says(&ran.stdout, &["Spark is not set up on this machine: the package index cannot be reached", "42\n"]);
    says(&ran.stdout, &["NameError", "Spark is not set up on this machine. `glue-ls local setup` does it"]);
    says(&ran.stderr, &["cell 0  ok", "cell 1  error", "cell 2  error"]);
    assert_eq!(ran.stdout.matches("cannot be reached").count(), 1, "{ran:?}");
    assert!(!home.file("cache/glue-ls/local/runtime.json").exists());
}

#[test]
fn nothing_is_set_up_where_nothing_needs_it_or_nobody_wants_it() {
    let plain = offline(&[("a.ipynb", &notebook(&["# spark\nprint('pyspark')"]))]);
    let ran = plain.run(&["run", "--local", "a.ipynb"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "pyspark\n"), "{ran:?}");
    let never = offline(&[("a.ipynb", &notebook(&["print(1)", "spark"])), ("glue-ls.toml", "local.setup = 'never'\n")]);
    let ran = never.run(&["run", "--local", "a.ipynb"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    says(&ran.stdout, &["1\n", "Spark is not set up on this machine. `glue-ls local setup` does it"]);
    for home in [plain, never] {
        assert!(!home.file("cache/glue-ls/local/lock").exists(), "no set-up was begun");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_cancels_a_set_up() {
    let home = offline(&[("a.ipynb", &notebook(&["print('ran')\nspark.range(1)"]))]);
    // It takes what is asked, and answers nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let index = format!("http://{}/simple", silent.local_addr().unwrap());
    let home = home.with("PIP_INDEX_URL", &index).with("PIP_DEFAULT_TIMEOUT", "600");
    for (arguments, code) in [(["local", "setup", ""], 1), (["run", "--local", "a.ipynb"], 1)] {
        let arguments: Vec<&str> = arguments.into_iter().filter(|argument| !argument.is_empty()).collect();
        let running = home.start(&arguments);
        // pip has asked.
        let asked = silent.accept().unwrap();
        running.signal(rustix::process::Signal::INT);
        let ran = running.end();
        drop(asked);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(!ran.stdout.contains("ran\n"), "{ran:?}");
        let left = std::fs::read_dir(home.file("cache/glue-ls/local")).unwrap();
        let left: Vec<String> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert!(left.iter().all(|name| !name.starts_with("runtime")), "{left:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_set_up_ends_with_who_wanted_it_even_if_that_is_killed() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let index = format!("http://{}/simple", silent.local_addr().unwrap());
    let home = offline(&[]).with("PIP_INDEX_URL", &index).with("PIP_DEFAULT_TIMEOUT", "600");
    let running = home.start(&["local", "setup"]);
    let (mut asked, _) = silent.accept().unwrap();
    running.kill();
    // The connection of pip breaks when pip is gone, which would wait for ten minutes.
    asked.set_read_timeout(Some(crate::e2e::client::PATIENCE)).unwrap();
    let mut request = Vec::new();
    if let Err(error) = asked.read_to_end(&mut request) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "pip lives on");
    }
    assert!(request.starts_with(b"GET /simple/"), "{}", String::from_utf8_lossy(&request));
    // What is half made counts for nothing, and the next set-up can begin.
    let ran = home.run(&["local", "status"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
}

#[test]
fn what_a_session_on_glue_would_install_is_not_installed_but_told() {
    let cells = ["%additional_python_modules no-such-module==1.2,s3://wheels/a.whl", "import no_such_module"];
    let ran = Home::new(&[("a.ipynb", &notebook(&cells))]).local(&["a.ipynb"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    says(
        &ran.stdout,
        &["ModuleNotFoundError", "Local sessions install nothing", " -m pip install no-such-module==1.2`"],
    );
    let ran = Home::new(&[("a.ipynb", &notebook(&["import no_such_module"]))]).local(&["a.ipynb"]);
    assert!(ran.stdout.contains("ModuleNotFoundError") && !ran.stdout.contains("pip install"), "{ran:?}");
}

/// The cache folder in which `glue-ls local setup` has made the runtime, if it has. Skips loudly; with `CI=true` it has to be
/// there.
pub(crate) fn cache() -> Option<String> {
    let cache = std::env::var("GLUE_LS_RUNTIME_CACHE").ok().filter(|cache| Path::new(cache).is_dir());
    if cache.is_none() {
        let ci = std::env::var("CI").is_ok_and(|ci| !matches!(ci.as_str(), "" | "0" | "false"));
        assert!(!ci, "GLUE_LS_RUNTIME_CACHE names no folder with the runtime");
        eprintln!("SKIPPED: GLUE_LS_RUNTIME_CACHE names no folder with the runtime, so nothing is tried with Spark");
    }
    cache
}

#[test]
fn the_runtime_runs_spark() {
    let Some(cache) = cache() else { return };
    let home =
        Home::new(&[("a.ipynb", &notebook(&["import sys\nsys.executable", SPARK]))]).with("XDG_CACHE_HOME", &cache);
    let ran = home.run(&["local", "status", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let status: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&status["state"], &status["message"]), (&"ready".into(), &().into()));
    assert!(Path::new(status["classArchive"].as_str().unwrap()).is_file());
    // What is there is not made again.
    let ran = home.run(&["local", "setup"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    says(&ran.stdout, &["The local runtime is ready: Python 3."]);
    assert_eq!(ran.stderr, "");
    let ran = home.run(&["run", "--local", "a.ipynb"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    says(&ran.stdout, &[status["python"].as_str().unwrap(), "sum 45\n"]);
}
