//! What the local Glue knows of: databases, connections, roles, folders in the place of buckets, and what it refuses.
//!
//! It is data only. It comes from `[local]` of `glue-ls.toml`, is the same for all sessions of a document, and is handed
//! to the worker as JSON, for Spark and `awsglue`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

/// All of it. The default is an account in which nothing was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Catalogue {
    /// The databases, by name.
    pub databases: BTreeMap<String, Database>,
    /// The connections.
    pub connections: Vec<Connection>,
    /// The roles.
    pub roles: Vec<Role>,
    /// The names of the security configurations, in the caller's account.
    pub security_configurations: Vec<String>,
    /// Folders that stand for what begins with an S3 address; of two that fit the longer one counts.
    pub mounts: Vec<Mount>,
    /// What is refused.
    pub policy: Policy,
}

/// A database. It is the caller's account's; a role of another account sees it as well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Database {
    /// What it is for.
    pub description: Option<String>,
    /// Its tables, by name.
    pub tables: BTreeMap<String, Table>,
}

/// A table over files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// What it is for.
    pub description: Option<String>,
    /// The file or folder, absolute.
    pub path: PathBuf,
    /// The address that the Glue API tells (`s3://…`); the path as a `file:` URL where there is none.
    pub location: Option<String>,
    /// How the files are written.
    pub format: Format,
    /// What the reader is told, in Spark's words, such as `header` or `sep`.
    pub options: BTreeMap<String, String>,
    /// The columns, in order; where there are none Spark finds them out.
    pub columns: Vec<Column>,
    /// Those of the columns that folders are named after (`day=2024-01-01`), in order; not among `columns`.
    pub partitions: Vec<Column>,
}

/// How files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma-separated values, with a header unless the options say otherwise.
    Csv,
    /// One JSON object on a line.
    Json,
    /// Apache Parquet.
    Parquet,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as Hive writes it (`bigint`, `array<string>`).
    #[serde(rename = "type")]
    pub kind: String,
}

/// A connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// Its name.
    pub name: String,
    /// The account that has it, 12 digits; the caller's where there is none.
    pub account: Option<String>,
    /// `NETWORK`, `JDBC`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// `ConnectionProperties`, in the service's words.
    pub properties: BTreeMap<String, String>,
    /// The VPC it leads to, for the policy. The API does not tell it.
    pub vpc: Option<String>,
    /// `SubnetId`.
    pub subnet: Option<String>,
    /// `AvailabilityZone`.
    pub zone: Option<String>,
    /// `SecurityGroupIdList`.
    pub security_groups: Vec<String>,
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// The account that has it, 12 digits; the caller's where there is none.
    pub account: Option<String>,
    /// The services that may take it, such as `glue.amazonaws.com`.
    pub services: Vec<String>,
    /// Whether the caller may assume it.
    pub assumable: bool,
    /// What a session of this role, or one that runs as it, may not do, beside what the policy of all refuses.
    pub policy: Policy,
}

/// A folder in the place of a bucket, or of a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// The bucket.
    pub bucket: String,
    /// What keys begin with, without a slash at either end; empty for the whole bucket.
    pub prefix: String,
    /// The folder, absolute. It need not be there: the first write makes it.
    pub folder: PathBuf,
}

/// What is refused, with the words of the service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// A session must have a connection that leads into one of these VPCs; empty sets no limit.
    pub required_vpcs: Vec<String>,
    /// Actions that are not allowed, such as `glue:CreateSession`; `*` stands for any text.
    pub denied_actions: Vec<String>,
    /// Tags that a session must have.
    pub required_tags: Vec<String>,
}
