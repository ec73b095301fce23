//! What is known of the accounts that a document uses: connections, roles, sessions, databases.
//!
//! Only the types, and the way to ask. Asking never waits: an answer is what is there at that moment, with its age and
//! with what became of fetching it. Who fetches, and as whom it may be done, is decided behind [`Accounts`].

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

mod claim;

pub use claim::{Claim, Named};

/// What knows accounts. Cheap to ask: it is asked while somebody types.
///
/// A list that was never fetched, or that is old, may be fetched because it is asked for, by the rules of the
/// implementation; the answer is the same as if it were not.
pub trait Accounts: fmt::Debug + Send + Sync {
    /// Returns who the caller is.
    fn caller(&self, claim: &Claim) -> Known<Caller>;
    /// Returns the connections.
    fn connections(&self, claim: &Claim) -> Known<Connection>;
    /// Returns the roles that Glue can assume, and those that it cannot, each with what its trust policy says.
    fn roles(&self, claim: &Claim) -> Known<Role>;
    /// Returns the security configurations.
    fn security_configurations(&self, claim: &Claim) -> Known<SecurityConfiguration>;
    /// Returns the sessions.
    fn sessions(&self, claim: &Claim) -> Known<SessionFact>;
    /// Returns the subnets that the connections lie in.
    fn subnets(&self, claim: &Claim) -> Known<Subnet>;
    /// Returns the databases of the Data Catalog.
    fn databases(&self, claim: &Claim) -> Known<Database>;
    /// Returns the tables of a database.
    fn tables(&self, claim: &Claim, database: &str) -> Known<Table>;
    /// Returns what is below a place in S3: the buckets for `s3://`, else folders and objects right below a prefix that
    /// ends with a slash (`s3://bucket/folder/`).
    fn objects(&self, claim: &Claim, prefix: &str) -> Known<S3Entry>;
}

/// A handle on what knows accounts. The default knows nothing and asks nobody.
#[derive(Debug, Clone)]
pub struct AccountsHandle(Arc<dyn Accounts>);

impl AccountsHandle {
    /// Wraps what knows accounts.
    pub fn new(accounts: Arc<dyn Accounts>) -> AccountsHandle {
        AccountsHandle(accounts)
    }
}

impl Default for AccountsHandle {
    fn default() -> Self {
        AccountsHandle(Arc::new(NoAccounts))
    }
}

impl std::ops::Deref for AccountsHandle {
    type Target = dyn Accounts;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

/// Knows nothing and asks nobody: offline.
#[derive(Debug)]
pub struct NoAccounts;

impl Accounts for NoAccounts {
    fn caller(&self, _: &Claim) -> Known<Caller> {
        Known::default()
    }

    fn connections(&self, _: &Claim) -> Known<Connection> {
        Known::default()
    }

    fn roles(&self, _: &Claim) -> Known<Role> {
        Known::default()
    }

    fn security_configurations(&self, _: &Claim) -> Known<SecurityConfiguration> {
        Known::default()
    }

    fn sessions(&self, _: &Claim) -> Known<SessionFact> {
        Known::default()
    }

    fn subnets(&self, _: &Claim) -> Known<Subnet> {
        Known::default()
    }

    fn databases(&self, _: &Claim) -> Known<Database> {
        Known::default()
    }

    fn tables(&self, _: &Claim, _: &str) -> Known<Table> {
        Known::default()
    }

    fn objects(&self, _: &Claim, _: &str) -> Known<S3Entry> {
        Known::default()
    }
}

/// A list as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Known<T> {
    /// What is in it, in order of the names, which are compared as bytes.
    pub items: Arc<[T]>,
    /// What became of fetching it.
    pub status: Status,
    /// How long ago it was fetched; `None` if it never was.
    pub age: Option<Duration>,
    /// Whether it was fetched to its end, so that what is not in it did not exist then.
    pub complete: bool,
    /// Whether it is young enough to be relied on, and comes from the account itself: what an earlier start of the
    /// program has left on disk is good for completion only.
    pub fresh: bool,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Known { items: Arc::new([]), status: Status::Unasked, age: None, complete: false, fresh: false }
    }
}

impl<T> Known<T> {
    /// Returns whether something may be said of what is *not* in the list.
    pub fn is_reliable(&self) -> bool {
        self.complete && self.fresh
    }

    /// Returns whether the list may be another one in a moment.
    pub fn is_unfinished(&self) -> bool {
        self.status == Status::Fetching
    }
}

impl<T: Entry> Known<T> {
    /// Returns what has that name.
    pub fn find(&self, name: &str) -> Option<&T> {
        let index = self.items.binary_search_by(|item| item.name().cmp(name)).ok()?;
        self.items.get(index)
    }
}

/// What became of fetching a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Status {
    /// Nobody fetches it: offline, or the document's own endpoint stands in the way.
    #[default]
    Unasked,
    /// The document names the identity, and the user has not said yet that it may be used for this.
    NeedsConsent,
    /// It is being fetched, for the first time or again.
    Fetching,
    /// It was fetched.
    Ready,
    /// It could not be fetched. It may be being tried again.
    Failed(Arc<Trouble>),
}

/// Why something could not be fetched, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What kind of trouble it is.
    pub kind: TroubleKind,
    /// What is wrong, in a sentence without its full stop.
    pub message: String,
    /// What to do, in the imperative, without a full stop.
    pub remedy: String,
    /// Whether it may go away by itself.
    pub retryable: bool,
    /// Whether somebody has to sign in.
    pub requires_reauth: bool,
}

/// The kinds of trouble.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TroubleKind {
    /// No credentials were found.
    NoCredentials,
    /// The credentials have expired.
    Expired,
    /// AWS does not accept the credentials.
    Rejected,
    /// The clock of the computer is wrong.
    ClockSkew,
    /// No region is chosen.
    NoRegion,
    /// The region does not exist, is not enabled, or has no Glue.
    WrongRegion,
    /// The service cannot be reached.
    NoNetwork,
    /// Too many calls.
    Throttled,
    /// A permission is missing: the action (`glue:GetConnections`), where it is known.
    Denied(Option<String>),
    /// The service failed.
    Service,
    /// Anything else.
    Other,
}

/// Something with a name.
pub trait Entry {
    /// Returns its name, by which lists are ordered.
    fn name(&self) -> &str;
}

macro_rules! named {
    ($($type:ident $field:ident),* $(,)?) => {$(
        impl Entry for $type {
            fn name(&self) -> &str {
                &self.$field
            }
        }
    )*};
}

named!(
    Caller arn, Connection name, Role name, SecurityConfiguration name, SessionFact id, Subnet id, Database name,
    Table name, S3Entry name
);

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Caller {
    /// The caller's ARN.
    pub arn: String,
    /// The account's number.
    pub account: String,
    /// The region that is asked.
    pub region: String,
}

/// A connection. Its properties hold secrets and are not among what is known.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Connection {
    /// Its name.
    pub name: String,
    /// What it connects to (`JDBC`, `NETWORK`, `KAFKA`).
    pub kind: String,
    /// What its owner says of it.
    pub description: Option<String>,
    /// The subnet that sessions with it lie in.
    pub subnet: Option<String>,
    /// The availability zone.
    pub zone: Option<String>,
    /// Its security groups.
    pub security_groups: Vec<String>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Role {
    /// Its name, without its path.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What its owner says of it.
    pub description: Option<String>,
    /// Whether its trust policy lets Glue assume it; `None` if the policy cannot be read.
    pub trusts_glue: Option<bool>,
}

/// A security configuration.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SecurityConfiguration {
    /// Its name.
    pub name: String,
    /// What it encrypts, in a few words.
    pub summary: String,
}

/// A session as the account lists it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SessionFact {
    /// Its id.
    pub id: String,
    /// Its state, in the service's words (`READY`).
    pub status: String,
    /// When it was created.
    pub created: Option<SystemTime>,
    /// Its tags, in order of the keys.
    pub tags: Vec<(String, String)>,
    /// Its size, in words (`5 × G.1X`).
    pub size: Option<String>,
    /// Its Glue version.
    pub glue_version: Option<String>,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Subnet {
    /// Its id (`subnet-…`).
    pub id: String,
    /// Its VPC (`vpc-…`).
    pub vpc: String,
    /// Its availability zone.
    pub zone: Option<String>,
}

/// A database of the Data Catalog.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// What its owner says of it.
    pub description: Option<String>,
    /// Where its tables lie, if it says so.
    pub location: Option<String>,
}

/// A table of the Data Catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What its owner says of it.
    pub description: Option<String>,
    /// What it is (`EXTERNAL_TABLE`, `VIRTUAL_VIEW`).
    pub kind: Option<String>,
    /// Its format, where it says so (`parquet`, `iceberg`).
    pub format: Option<String>,
    /// Where its data lies.
    pub location: Option<String>,
    /// Its columns, those that partition it last. A copy of the table shares them.
    pub columns: Arc<[Column]>,
}

/// A column. There can be a million of them: what is the same in many is in memory once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Arc<str>,
    /// Its type, as the catalogue writes it.
    pub kind: Arc<str>,
    /// What its owner says of it.
    pub comment: Option<Box<str>>,
    /// Whether it partitions the table.
    pub partition: bool,
}

/// A bucket, a folder or an object of S3.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct S3Entry {
    /// Its whole address (`s3://bucket/folder/`); that of a bucket or folder ends with a slash.
    pub name: String,
    /// The size of an object, in bytes.
    pub size: Option<u64>,
}
