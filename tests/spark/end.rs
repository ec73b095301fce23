//! The end of a session with Spark: neither processes nor files are left.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use glue_ls::local::catalogue::Catalogue;

use super::{config, wait_until};
use crate::support::spark::spark_python;
use crate::worker::{BOUND, Session};

const HOST: &str = "GLUE_LS_TEST_SPARK_HOST";

/// Python on Spark's side that never ends.
const BUSY: &str = "
import os, sys
from pyspark.sql.functions import udf
spark.range(2).select(udf(lambda x: x)('id')).collect()
print(os.path.dirname(os.environ['GLUE_LS_LOCAL']))
spark.range(2).select(udf(lambda x: [None for _ in iter(int, 1)])('id')).collect()
";

/// Returns how many processes have a session's folder in their environment.
fn processes_of(folder: &str) -> usize {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let environments = all.filter_map(|process| std::fs::read(process.path().join("environ")).ok());
    environments.filter(|environment| String::from_utf8_lossy(environment).contains(folder)).count()
}

fn nothing_is_left(folder: &str) {
    wait_until(|| processes_of(folder) == 0 && !Path::new(folder).exists());
}

/// Not a test of its own: the process that the test below starts and kills.
#[tokio::test]
async fn host() {
    if std::env::var_os(HOST).is_none() {
        return;
    }
    let folder = std::env::temp_dir();
    let Some(config) = config(&folder, Catalogue::default()) else { return };
    let session = Session::with(config).await;
    let (mut outputs, _outcome) = session.begin(BUSY);
    while let Some(output) = outputs.recv().await {
        write!(std::io::stderr(), "{}", output.text).unwrap();
    }
}

#[test]
fn a_killed_server_leaves_neither_java_nor_files_behind() {
    if spark_python().is_none() {
        return;
    }
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["spark::end::host", "--exact", "--nocapture"])
        .env(HOST, "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(host.stderr.take().unwrap());
    let folder = said.lines().map(Result::unwrap).find(|line| line.contains("glue-ls-session-")).expect("it starts");
    // Java, the parent of Spark's Python, and two of these.
    wait_until(|| processes_of(&folder) >= 4);
    host.kill().unwrap();
    host.wait().unwrap();
    nothing_is_left(&folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_leaves_neither_java_nor_files_behind() {
    let folder = tempfile::tempdir().unwrap();
    let Some(config) = config(folder.path(), Catalogue::default()) else { return };
    let session = Session::with(config).await;
    let (mut outputs, _outcome) = session.begin(BUSY);
    let output = tokio::time::timeout(BOUND, outputs.recv()).await.unwrap().unwrap();
    let private = output.text.trim().to_owned();
    assert!(processes_of(&private) > 0 && Path::new(&private).is_dir(), "{private}");
    let id = session.worker.id().to_string();
    assert!(Command::new("kill").args(["-9", &id]).status().unwrap().success());
    tokio::task::spawn_blocking(move || nothing_is_left(&private)).await.unwrap();
}
