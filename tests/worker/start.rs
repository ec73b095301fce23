//! Starting: what can be wrong with an interpreter.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Limits, Session, Worker, WorkerConfig, bounded, config, python};

fn script(folder: &Path, body: &str) -> PathBuf {
    let path = folder.join("python");
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

async fn refused(config: WorkerConfig) -> String {
    bounded(Worker::start(config)).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_missing_interpreter_is_named() {
    let message = refused(WorkerConfig { python: "/nowhere/python".into(), ..config() }).await;
    assert!(message.contains("no Python interpreter `/nowhere/python`") && message.contains("install"), "{message}");
    let message = refused(WorkerConfig { cwd: "/nowhere".into(), ..config() }).await;
    assert!(message.contains("the folder `/nowhere`"), "{message}");
}

#[tokio::test]
async fn what_is_not_a_program_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("python");
    std::fs::write(&path, "text").unwrap();
    let message = refused(WorkerConfig { python: path, ..config() }).await;
    assert!(message.contains("cannot be started") && message.contains("you may execute"), "{message}");
}

#[tokio::test]
async fn an_interpreter_that_ends_is_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let python = script(folder.path(), "echo 'no module named encodings' >&2; exit 7");
    let message = refused(WorkerConfig { python: python.clone(), ..config() }).await;
    assert!(message.contains(&*python.to_string_lossy()) && message.contains("exit code 7"), "{message}");
    assert!(message.contains("no module named encodings") && message.contains("--version"), "{message}");
    let message = refused(WorkerConfig { python: script(folder.path(), "kill -9 $$"), ..config() }).await;
    assert!(message.contains("SIGKILL"), "{message}");
    let message = refused(WorkerConfig { python: script(folder.path(), "exit 0"), ..config() }).await;
    assert!(message.contains("exit code 0"), "{message}");
}

#[tokio::test]
async fn an_interpreter_that_is_too_old_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    // The bootstrap, in an interpreter that says it is old.
    let old = format!("exec {} -c 'import sys; sys.version_info = (3, 6, 15); exec(sys.argv[1])' \"$2\"", python());
    let message = refused(WorkerConfig { python: script(folder.path(), &old), ..config() }).await;
    assert!(message.contains("is Python 3.6.15") && message.contains("3.8 or newer"), "{message}");
}

#[tokio::test]
async fn one_that_never_becomes_ready_is_ended_with_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { ready: Duration::from_millis(700), ..Limits::default() };
    for body in
        ["echo hello >&2; sleep 1000", "yes", "cat", "head -c 100000 /dev/zero; sleep 1000", "cat /dev/urandom >&0"]
    {
        let python = script(folder.path(), body);
        let message = refused(WorkerConfig { python, limits: limits.clone(), ..config() }).await;
        // Garbage may also end it.
        assert!(message.contains("not ready to run") || message.contains("before it was ready"), "{body}: {message}");
    }
}

#[tokio::test]
async fn environment_folder_and_arguments_are_set() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("helper.py"), "answer = 42").unwrap();
    let mut config = WorkerConfig::new(python(), folder.path());
    config.env.insert("GLUE_LS_TEST_SET".into(), Some("yes".into()));
    config.env.insert("HOME".into(), None);
    config.argv = vec!["job".to_owned(), "--JOB_NAME".to_owned(), "ünï".to_owned()];
    let session = Session::with(config).await;
    assert_eq!(session.value("import helper\nhelper.answer").await, "42");
    let code = "import os, sys\n(os.environ['GLUE_LS_TEST_SET'], 'HOME' in os.environ, sys.argv)";
    assert_eq!(session.value(code).await, "('yes', False, ['job', '--JOB_NAME', 'ünï'])");
    let version = session.value("'.'.join(map(str, sys.version_info[:3]))").await;
    assert!(session.worker.python_version().starts_with(version.trim_matches('\'')));
    assert_eq!(session.value("sys.executable").await, format!("'{}'", session.worker.executable()));
}
