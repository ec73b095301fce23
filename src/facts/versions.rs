//! Glue versions, worker types, prices and limits.

use serde::Deserialize;

pub use super::pricing::{Billing, Pricing, Rate};

/// What a session can be made of, and what it costs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionTable {
    /// Number of the format of the file.
    pub schema: u32,
    /// Month of which the figures speak.
    pub as_of: String,
    glue_versions: Vec<GlueVersion>,
    /// What the end of support and of life mean.
    pub policy: SupportPolicy,
    /// Pattern of a version in the service's notation.
    pub version_pattern: String,
    worker_types: Vec<WorkerType>,
    /// Remarks on all worker types.
    pub worker_notes: Vec<String>,
    /// How many workers there are when nothing is said.
    pub capacity: Capacity,
    /// How long sessions live.
    pub timeouts: Timeouts,
    /// What it costs.
    pub pricing: Pricing,
    /// What the service allows.
    pub quotas: Quotas,
    /// The two ways to talk to a session.
    pub session_kinds: SessionKinds,
    /// Where the figures and names come from.
    pub sources: Vec<String>,
}

impl VersionTable {
    /// Returns the Glue version with exactly this number (`5.1`).
    pub fn glue(&self, version: &str) -> Option<&GlueVersion> {
        self.glue_versions.iter().find(|row| row.version == version)
    }

    /// Returns all Glue versions, oldest first.
    pub fn glue_versions(&self) -> &[GlueVersion] {
        &self.glue_versions
    }

    /// Returns the version the kernel asks for when none is set.
    pub fn kernel_default(&self) -> Option<&GlueVersion> {
        self.glue_versions.iter().find(|row| row.kernel_default)
    }

    /// Returns the worker type with exactly this name; the service tells upper from lower case.
    pub fn worker(&self, name: &str) -> Option<&WorkerType> {
        self.worker_types.iter().find(|row| row.name == name)
    }

    /// Returns all worker types, small to large within a family.
    pub fn worker_types(&self) -> &[WorkerType] {
        &self.worker_types
    }
}

/// A Glue version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlueVersion {
    /// Its number.
    pub version: String,
    /// Spark's version.
    pub spark: String,
    /// Python's version, major and minor (`3.10`).
    pub python: String,
    /// Older Pythons that could be chosen as well.
    #[serde(default)]
    pub older_pythons: Vec<String>,
    /// Java's version.
    pub java: String,
    /// Scala's version.
    pub scala: Option<String>,
    /// Whether it is still to be had.
    pub status: GlueStatus,
    /// Whether interactive sessions accept it.
    pub sessions: SessionSupport,
    /// Day of release, as `YYYY-MM-DD`.
    pub released: Option<String>,
    /// Day from which AWS gives no support.
    pub end_of_support: Option<String>,
    /// Day from which nothing new starts on it.
    pub end_of_life: Option<String>,
    /// Whether the kernel asks for it when no version is set.
    #[serde(default)]
    pub kernel_default: bool,
    /// Versions of the table formats it brings.
    pub open_table_formats: Option<OpenTableFormats>,
    /// What else to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl GlueVersion {
    /// Returns the major and minor version of Python, as numbers.
    ///
    /// `(0, 0)` would mean that the table holds something else than two numbers; a test rules it out.
    pub fn python_minor(&self) -> (u8, u8) {
        two_numbers(&self.python).unwrap_or_default()
    }

    /// Returns the major and minor number of the version itself, for comparing.
    pub fn number(&self) -> (u8, u8) {
        two_numbers(&self.version).unwrap_or_default()
    }
}

fn two_numbers(text: &str) -> Option<(u8, u8)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Whether a Glue version is still to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GlueStatus {
    /// Yes.
    Supported,
    /// Nothing new starts on it.
    EndOfLife,
}

/// Whether interactive sessions accept a Glue version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionSupport {
    /// They do.
    Yes,
    /// They do not.
    No,
    /// The documentation does not say.
    Undocumented,
}

/// Versions of open table formats.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenTableFormats {
    /// Apache Hudi's.
    pub hudi: String,
    /// Apache Iceberg's.
    pub iceberg: String,
    /// Delta Lake's.
    pub delta: String,
}

/// What the two ends of a version mean.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupportPolicy {
    /// After the end of support.
    pub end_of_support: String,
    /// After the end of life.
    pub end_of_life: String,
}

/// A size of worker.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerType {
    /// Its name, in the service's spelling.
    pub name: String,
    /// `G`, `R`, `Z` or `legacy`.
    pub family: String,
    /// Data processing units it is billed as.
    pub dpu: f64,
    /// Which kind of unit, as the price list writes it: `DPU` or `M-DPU`.
    pub dpu_kind: String,
    /// Virtual processors.
    pub vcpu: u32,
    /// Memory in GB.
    pub memory_gb: u32,
    /// Disk in GB.
    pub disk_gb: u32,
    /// Disk left for data, in GB.
    pub free_disk_gb: Option<u32>,
    /// Spark executors on one worker.
    pub executors_per_worker: Option<u32>,
    /// Oldest Glue version that has it.
    pub min_glue_version: String,
    /// Session types (`Command.Name`) it is documented for.
    pub session_types: Vec<String>,
    /// Whether it is what the service uses when none is given.
    #[serde(default)]
    pub default: bool,
    /// Whether a newer type replaces it.
    #[serde(default)]
    pub deprecated: bool,
    /// Whether sessions with it take longer to start.
    #[serde(default)]
    pub slow_start: bool,
    /// Whether only some Regions have it.
    #[serde(default)]
    pub select_regions: bool,
    /// Why sessions can no longer have it.
    pub removed: Option<String>,
    /// What else to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl WorkerType {
    /// Returns whether the given Glue version has this type.
    pub fn runs_on(&self, version: &GlueVersion) -> bool {
        two_numbers(&self.min_glue_version).is_some_and(|least| version.number() >= least)
    }
}

/// How large a session is when nothing is said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// Number of workers.
    pub default_workers: u32,
    /// Their type.
    pub default_worker_type: String,
    /// Smallest size of a session, in DPU.
    pub min_dpu: u32,
    /// How `max_capacity` goes together with workers.
    pub note: String,
    /// Growing and shrinking on demand.
    pub auto_scaling: AutoScaling,
}

/// Growing and shrinking on demand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoScaling {
    /// Job argument that turns it on.
    pub argument: String,
    /// First Glue version that has it.
    pub since: String,
    /// What the number of workers means then.
    pub number_of_workers: String,
}

/// How long sessions live.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// Without activity.
    pub idle_timeout: Timeout,
    /// At all.
    pub timeout: Timeout,
    /// What administrators can do.
    pub usage_profiles: String,
}

/// One limit of a session's life.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeout {
    /// Unit of the figures.
    pub unit: String,
    /// Smallest value.
    pub min: u32,
    /// What holds when it is not given.
    pub default: u32,
    /// What it measures.
    pub meaning: String,
    /// What else to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Limits of the service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quotas {
    /// Most default arguments of a session.
    pub default_arguments: usize,
    /// Most tags of a session.
    pub tags: usize,
    /// Most characters of a statement.
    pub statement_characters: usize,
    /// Most characters of a session's id.
    pub session_id_characters: usize,
    /// Size of all job arguments together, in kilobytes.
    pub job_arguments_kilobytes: u32,
    /// What is known about the number of sessions.
    pub sessions_note: String,
}

/// The two ways to talk to a session.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionKinds {
    /// Member of the API that chooses.
    pub api_member: String,
    /// Its values.
    pub values: Vec<String>,
    /// First Glue version with Spark Connect.
    pub spark_connect_since: String,
    /// Statements.
    pub livy: String,
    /// Spark Connect.
    pub spark_connect: String,
}
