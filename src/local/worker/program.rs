//! The Python program of a worker, which is part of this binary and sent over the connection.

use std::io;
use std::path::Path;

use serde::Serialize;

use super::Limits;
use super::frame::encode;
use crate::local::spark::SparkSetup;

/// What the interpreter is given to execute: it reads the rest.
pub(super) const BOOTSTRAP: &str = include_str!("../runtime/bootstrap.py");

/// The exit code by which the bootstrap says that the interpreter is too old; it prints its version then.
pub(super) const EXIT_TOO_OLD: i32 = 96;

/// The modules, each after those it imports.
const MODULES: &[(&str, &str)] = &[
    ("channel", include_str!("../runtime/channel.py")),
    ("guard", include_str!("../runtime/guard.py")),
    ("streams", include_str!("../runtime/streams.py")),
    ("display", include_str!("../runtime/display.py")),
    ("report", include_str!("../runtime/report.py")),
    ("statement", include_str!("../runtime/statement.py")),
    ("java", include_str!("../runtime/java.py")),
    ("libraries", include_str!("../runtime/libraries.py")),
    ("settings", include_str!("../runtime/settings.py")),
    ("lakes", include_str!("../runtime/lakes.py")),
    ("tables", include_str!("../runtime/tables.py")),
    ("hive", include_str!("../runtime/hive.py")),
    ("spark", include_str!("../runtime/spark.py")),
    ("serve", include_str!("../runtime/serve.py")),
];

#[derive(Serialize)]
struct Start<'a> {
    modules: &'a [(&'a str, &'a str)],
    argv: &'a [String],
    limits: PythonLimits,
    spark: &'a SparkSetup,
    /// The worker's own folder; without one there is no Spark.
    folder: Option<&'a str>,
}

#[derive(Serialize)]
struct PythonLimits {
    result_bytes: usize,
    media_bytes: usize,
}

/// Returns the first frame to a worker: its program and what holds for all its statements.
pub(super) fn start(
    argv: &[String],
    limits: &Limits,
    spark: &SparkSetup,
    folder: Option<&Path>,
) -> io::Result<Vec<u8>> {
    let limits = PythonLimits { result_bytes: limits.result_bytes, media_bytes: limits.media_bytes };
    encode(&Start { modules: MODULES, argv, limits, spark, folder: folder.and_then(Path::to_str) })
}
