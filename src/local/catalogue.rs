//! What the local Glue knows of: databases, connections, roles, folders in the place of buckets, and what it refuses.
//!
//! It is data only. It comes from `[local]` of `glue-ls.toml`, is the same for all sessions of a document, and is handed
//! to the worker as JSON, for Spark and `awsglue`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

mod read;

/// All of it. The default is an account in which nothing was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Catalogue {
    /// The number of the caller's account, 12 digits; the service's own where there is none.
    pub account: Option<String>,
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
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
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
    /// `SubnetId`. Where there is a VPC, there is one.
    pub subnet: Option<String>,
    /// `AvailabilityZone`.
    pub zone: Option<String>,
    /// `SecurityGroupIdList`.
    pub security_groups: Vec<String>,
}

impl fmt::Debug for Connection {
    /// Among the values of the properties may be passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, account, kind, properties, vpc, subnet, zone, security_groups } = self;
        f.debug_struct("Connection")
            .field("name", name)
            .field("account", account)
            .field("kind", kind)
            .field("properties", &properties.keys())
            .field("vpc", vpc)
            .field("subnet", subnet)
            .field("zone", zone)
            .field("security_groups", security_groups)
            .finish()
    }
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
    /// What whoever has assumed it may not do, beside what the policy of all refuses.
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

impl Policy {
    /// Returns whether an action is denied.
    pub fn denies(&self, action: &str) -> bool {
        self.denied_actions.iter().any(|pattern| fits(pattern.as_bytes(), action.as_bytes()))
    }
}

/// Whether a pattern of IAM fits an action: `*` stands for any text and `?` for a letter, capitals are small ones.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Where to try again with a star that takes one more letter.
    let mut again: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                again = Some((at, from));
                at += 1;
            }
            Some(letter) if *letter == b'?' || letter.eq_ignore_ascii_case(&text[from]) => {
                at += 1;
                from += 1;
            }
            _ => match &mut again {
                Some((star, taken)) => {
                    *taken += 1;
                    (at, from) = (*star + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[at.min(pattern.len())..].iter().all(|letter| *letter == b'*')
}

/// A number for a text, always the same one, for ids that are made up.
pub(crate) fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown_with_the_rest() {
        let properties = BTreeMap::from([("PASSWORD".to_owned(), "se-cr-et".to_owned())]);
        let connection = Connection { name: "db".to_owned(), properties, ..Connection::default() };
        let text = format!("{:?}", Catalogue { connections: vec![connection], ..Catalogue::default() });
        assert!(text.contains("\"db\"") && text.contains("PASSWORD") && !text.contains("se-cr-et"), "{text}");
    }

    #[test]
    fn denied_actions_are_patterns() {
        let policy = |pattern: &str| Policy { denied_actions: vec![pattern.to_owned()], ..Policy::default() };
        for (pattern, action, denied) in [
            ("glue:CreateSession", "glue:createsession", true),
            ("glue:*", "glue:GetTables", true),
            ("*", "iam:PassRole", true),
            ("glue:Get*s", "glue:GetTables", true),
            ("glue:Get*s", "glue:GetTable", false),
            ("glue:GetTabl?", "glue:GetTable", true),
            ("*:*Role", "iam:PassRole", true),
            ("glue:CreateSession", "glue:CreateSessions", false),
            ("", "glue:GetTable", false),
        ] {
            assert_eq!(policy(pattern).denies(action), denied, "{pattern} {action}");
        }
        assert!(!Policy::default().denies("glue:GetTable"));
    }
}
