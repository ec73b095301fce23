//! What a worker needs to know for Spark.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::catalogue::Catalogue;

/// How a worker makes its Spark session. It travels to the worker as JSON, with these names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SparkSetup {
    /// `JAVA_HOME`; where there is none, Spark looks for Java itself.
    pub java_home: Option<PathBuf>,
    /// An archive of Java's classes that was made for this `java_home` and this Spark, which makes both start sooner.
    pub class_archive: Option<PathBuf>,
    /// The folder that has the package `awsglue`.
    pub package: Option<PathBuf>,
    /// The most memory of Spark's Java process, as Java writes it (`2g`). Where there is none it is 2 GiB, or a quarter of
    /// the machine's memory if that is less.
    pub memory: Option<String>,
    /// Whether to start Spark at once, beside the first statements, rather than when one needs it.
    pub warm: bool,
    /// The script that the session runs as a job, as it is called; without one it is a session like any other. A job makes
    /// its Spark itself, and nothing of it is shown but what it prints.
    pub script: Option<String>,
    /// What Spark shall find.
    #[serde(serialize_with = "whole")]
    pub catalogue: Arc<Catalogue>,
}

fn whole<S: Serializer>(catalogue: &Arc<Catalogue>, serializer: S) -> Result<S::Ok, S::Error> {
    catalogue.as_ref().serialize(serializer)
}
