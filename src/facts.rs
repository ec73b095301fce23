//! What is known about AWS Glue and its kernel: tables, and nothing that decides.
//!
//! Each table is a JSON file under `facts/data`, embedded in the binary and parsed when it is first
//! asked for; starting the server touches none of them. Figures and names come from the sources each
//! file lists. Where the documentation contradicts the kernel, the kernel's behaviour is the fact.
//!
//! This layer imports nothing of ours. Rules, completion, hover and the reference in
//! `docs/magics.md` all read the same rows, so a new magic or worker type is a new row.

use std::sync::LazyLock;

use serde::de::DeserializeOwned;

pub mod awsglue_api;
pub mod catalog_types;
pub mod configure;
pub mod errors;
pub mod iam;
pub mod ipython;
pub mod magics;
pub mod nearest;
pub mod pricing;
pub mod reference;
pub mod regions;
pub mod sessions_api;
pub mod versions;

pub use awsglue_api::AwsGlueApi;
pub use catalog_types::CatalogTypes;
pub use configure::{ConfigureKind, ConfigureTable, JobParameter, MisusedKey, RecognisedKey, SparkProperty};
pub use errors::ErrorTable;
pub use iam::IamTable;
pub use ipython::{BuiltinEffect, EffectSeverity, IpythonMagics};
pub use magics::{
    Argument, ArgumentKind, Category, ForeignMagic, KernelFacts, MagicForm, MagicSpec, MagicTable, Mistake, Status,
};
pub use nearest::nearest;
pub use pricing::{Confidence, DpuKind, KnownRate, Pricing};
pub use regions::{Partition, Region, RegionTable};
pub use sessions_api::SessionsApi;
pub use versions::{GlueVersion, VersionTable, WorkerType};

/// Returns the magics of the Glue kernel, with everything that is said about them.
pub fn magics() -> &'static MagicTable {
    static TABLE: LazyLock<MagicTable> = LazyLock::new(|| parse(include_str!("facts/data/magics.json")));
    &TABLE
}

/// Returns IPython's own magics, which the kernel runs on the user's machine.
pub fn ipython() -> &'static IpythonMagics {
    static TABLE: LazyLock<IpythonMagics> = LazyLock::new(|| parse(include_str!("facts/data/ipython_magics.json")));
    &TABLE
}

/// Returns the keys of `%%configure`, the job arguments and the Spark properties.
pub fn configure() -> &'static ConfigureTable {
    static TABLE: LazyLock<ConfigureTable> = LazyLock::new(|| parse(include_str!("facts/data/configure_keys.json")));
    &TABLE
}

/// Returns Glue versions, worker types, prices and limits.
pub fn versions() -> &'static VersionTable {
    static TABLE: LazyLock<VersionTable> = LazyLock::new(|| parse(include_str!("facts/data/versions_workers.json")));
    &TABLE
}

/// Returns the Regions and partitions of AWS with their Glue endpoints.
pub fn regions() -> &'static RegionTable {
    static TABLE: LazyLock<RegionTable> = LazyLock::new(|| parse(include_str!("facts/data/regions.json")));
    &TABLE
}

/// Returns the shape of the service operations that sessions, the account and the kernel use.
pub fn sessions_api() -> &'static SessionsApi {
    static TABLE: LazyLock<SessionsApi> = LazyLock::new(|| parse(include_str!("facts/data/sessions_api.json")));
    &TABLE
}

/// Returns which permission each feature needs and how its absence reads.
pub fn iam() -> &'static IamTable {
    static TABLE: LazyLock<IamTable> = LazyLock::new(|| parse(include_str!("facts/data/iam.json")));
    &TABLE
}

/// Returns known failures of cells and sessions, with what they mean and what to do.
pub fn errors() -> &'static ErrorTable {
    static TABLE: LazyLock<ErrorTable> = LazyLock::new(|| parse(include_str!("facts/data/errors.json")));
    &TABLE
}

/// Returns the classes, transforms, connection types and formats of the `awsglue` library.
pub fn awsglue_api() -> &'static AwsGlueApi {
    static TABLE: LazyLock<AwsGlueApi> = LazyLock::new(|| parse(include_str!("facts/data/awsglue_api.json")));
    &TABLE
}

/// Returns column types of the Data Catalog and the words and functions of Spark SQL.
pub fn catalog_types() -> &'static CatalogTypes {
    static TABLE: LazyLock<CatalogTypes> = LazyLock::new(|| parse(include_str!("facts/data/catalog_types.json")));
    &TABLE
}

/// Parses an embedded table.
///
/// The text is part of the binary, so a failure is a mistake in the file that the tests in
/// `tests/facts.rs` catch before anything is released; no input can cause it.
fn parse<T: DeserializeOwned>(json: &'static str) -> T {
    serde_json::from_str(json).expect("an embedded table parses, as its test shows")
}
