//! Spark in the Python worker: the real one, of the Python that `GLUE_LS_SPARK_PYTHON` names.
//!
//! A start of Spark costs many seconds, so each test has one session and asks it a lot.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use glue_ls::local::catalogue::{Catalogue, Column, Database, Format, Mount, Table};
use glue_ls::local::spark::SparkSetup;
use glue_ls::local::worker::WorkerConfig;

use crate::support::spark::spark_python;
use crate::worker::BOUND;

mod cancel;
mod end;
mod job;
mod refused;
mod session;

/// A session's configuration; `None` if there is no Spark here.
fn config(folder: &Path, catalogue: Catalogue) -> Option<WorkerConfig> {
    let spark = SparkSetup { warm: true, catalogue: Arc::new(catalogue), ..SparkSetup::default() };
    Some(WorkerConfig { spark, ..WorkerConfig::new(spark_python()?, folder) })
}

fn column(name: &str, kind: &str) -> Column {
    Column { name: name.to_owned(), kind: kind.to_owned() }
}

fn table(path: &Path, format: Format, columns: &[Column], partitions: &[Column]) -> Table {
    Table {
        description: Some("it's \\ a table".to_owned()),
        path: path.to_owned(),
        location: None,
        format,
        options: BTreeMap::new(),
        columns: columns.to_vec(),
        partitions: partitions.to_vec(),
    }
}

fn database<const N: usize>(tables: [(&str, Table); N]) -> Database {
    let tables = tables.map(|(name, table)| (name.to_owned(), table));
    Database { description: None, tables: BTreeMap::from(tables) }
}

fn mount(bucket: &str, prefix: &str, folder: &Path) -> Mount {
    Mount { bucket: bucket.to_owned(), prefix: prefix.to_owned(), folder: folder.to_owned() }
}

/// Waits until something holds. No event tells of it, so it is looked for again and again.
fn wait_until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + BOUND;
    while !holds() {
        assert!(Instant::now() < deadline, "it does not come true");
        std::thread::yield_now();
    }
}
