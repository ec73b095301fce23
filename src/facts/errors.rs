//! What goes wrong in cells and with sessions: how it reads, what it means, what to do.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Known failures, each with what it means and what to do.
///
/// Patterns are texts as they stand in messages. `{name}` stands for the shortest text of one line up to what follows,
/// `{name:w}` for one that holds no blank, quote, comma or semicolon. In `what` and `remedy` the names stand for what
/// was found; what stands between `[[` and `]]` is left out where a name in it was not found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorTable {
    /// Number of the format of the file.
    pub schema: u32,
    /// The classes of exceptions that pass on what Spark, Java or AWS say; rows without classes are for these alone.
    pub general_classes: Vec<String>,
    /// Exceptions that cells raise. The first row that fits counts.
    pub cell: Vec<CellError>,
    /// What the service refuses, and why sessions fail. The first row that fits counts.
    pub service: Vec<ServiceError>,
    /// Where the texts come from.
    pub sources: Vec<String>,
}

/// An exception that cells raise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellError {
    /// Stable kebab-case name.
    pub code: String,
    /// Names of classes, without what stands before the last dot; empty: `general_classes`.
    #[serde(default)]
    pub classes: Vec<String>,
    /// How it reads; one of them.
    pub patterns: Vec<String>,
    /// What it means.
    pub what: String,
    /// What to do.
    pub remedy: String,
    /// The magic that mends it, without `%`.
    pub magic: Option<String>,
    /// Whether it happens on AWS only.
    #[serde(default)]
    pub aws_only: bool,
    /// The permissions behind operations: where `{operation}` is found it must be one of them, and `{action}` stands
    /// for its permission.
    #[serde(default)]
    pub actions: BTreeMap<String, String>,
}

/// What the service refuses, or why a session fails.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceError {
    /// Stable kebab-case name.
    pub code: String,
    /// The operations that fail so; `Session` is a session that ended by itself. Empty: all.
    #[serde(default)]
    pub operations: Vec<String>,
    /// What kinds of failures it is: `access-denied`, `invalid-input`, `not-found`, `quota`, `throttled`. Empty: all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// How it reads; one of them. Empty: any text.
    #[serde(default)]
    pub patterns: Vec<String>,
    /// What it means.
    pub what: String,
    /// What to do.
    pub remedy: String,
    /// The magic that mends it, without `%`.
    pub magic: Option<String>,
}
