//! Records of sessions that may be alive and cost money: one small file for each, on disk before the session is.
//!
//! A record is written, and has reached the disk, before CreateSession is sent; it goes when the session is known to be
//! over. So whatever ends this process, the next one finds every session that it may have left behind.
//!
//! A record belongs to the process that looks after the session, its owner. When that is gone, the record is a
//! *survivor*: another process can attach to it, which makes that one the owner; if it ends too, it is a survivor again.
//! Changes are made under a lock of the folder and by renaming, so that several processes can share the folder, and
//! a reader finds a record whole or not at all. Everything here blocks, for as long as the disk needs.

mod file_name;
mod grace;
mod store;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::platform::{self, Life, ProcessMark};

pub use self::grace::Grace;
use self::store::Store;

/// Number of the format that is written. Others are not read.
const SCHEMA: u32 = 1;
/// Most characters of a document's path that are kept.
const LONGEST_DOCUMENT: usize = 4096;

/// What is known of a session that may be alive. It never holds credentials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRecord {
    /// Number of the format; [`SessionRecord::new`] knows it.
    pub schema: u32,
    /// The session's id.
    pub id: String,
    /// Which service has it.
    pub engine: Engine,
    /// When the record was begun, in seconds since 1970.
    pub created_at: u64,
    /// The process that looks after it.
    pub owner: Owner,
    /// Who is needed to stop it, and where.
    pub identity: RecordedIdentity,
    /// The path or URI of the document it was made for, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// How far it has come, as far as its owner knew.
    pub state: RecordState,
    /// Whether the user asked to keep it alive after its owner's end.
    #[serde(default)]
    pub keep: bool,
    /// Whether a statement was running in it, or waited, when its window went: who comes back wants to see what it shows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_work: bool,
    /// Set while the session waits for its window to come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<Grace>,
    /// Type of its workers (`G.1X`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_type: Option<String>,
    /// How many workers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_of_workers: Option<u32>,
    /// DPU, in place of workers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_capacity: Option<f64>,
    /// Its Glue version (`5.0`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glue_version: Option<String>,
}

impl SessionRecord {
    /// Returns the record of a session that this process is about to create on AWS now. What is optional is empty.
    pub fn new(id: impl Into<String>, identity: RecordedIdentity) -> Self {
        Self {
            schema: SCHEMA,
            id: id.into(),
            engine: Engine::Aws,
            created_at: now(),
            owner: Owner::this_process(),
            identity,
            document: None,
            state: RecordState::Creating,
            keep: false,
            at_work: false,
            grace: None,
            worker_type: None,
            number_of_workers: None,
            max_capacity: None,
            glue_version: None,
        }
    }

    /// Returns how long ago the start of the session was asked for.
    pub fn age(&self) -> Duration {
        Duration::from_secs(now().saturating_sub(self.created_at))
    }

    /// Returns the record without what could hold a password: user names, queries and fragments of its URLs.
    fn without_secrets(&self) -> Self {
        let mut record = Self { schema: SCHEMA, ..self.clone() };
        record.identity.endpoint = record.identity.endpoint.as_deref().map(bare);
        record.document = record.document.as_deref().map(shown);
        record
    }
}

/// A document as it is written down.
fn shown(document: &str) -> String {
    let text = if document.contains("://") { bare(document) } else { document.to_owned() };
    text.chars().take(LONGEST_DOCUMENT).collect()
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Which service has a session. Sessions of this machine end with their process and have no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// AWS Glue.
    Aws,
}

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordState {
    /// CreateSession is about to be sent, or its answer has not come.
    Creating,
    /// The service has it.
    Created,
    /// It was told to stop, and nothing has said that it did.
    Stopping,
    /// Something failed so that nobody knows whether it exists.
    Unclear,
}

/// The process that looks after a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Its number.
    pub pid: u32,
    /// When it started, as its system tells it. Only good for comparing.
    #[serde(default)]
    pub started_at: Option<String>,
    /// The run of the system, from boot to boot. Only good for comparing.
    #[serde(default)]
    pub boot_id: Option<String>,
    /// The machine's name.
    #[serde(default)]
    pub host: Option<String>,
}

impl Owner {
    /// Returns this process.
    pub fn this_process() -> Self {
        let mark = platform::this_process().clone();
        Self { pid: mark.pid, started_at: mark.started, boot_id: mark.boot, host: mark.host }
    }

    /// Returns whether the process still lives. `Unknown`, above all, for one on another machine that shares the folder.
    pub fn life(&self) -> Life {
        let Self { pid, started_at, boot_id, host } = self.clone();
        platform::life_of(&ProcessMark { pid, started: started_at, boot: boot_id, host })
    }
}

/// Who a session was created as, and where: what is needed to find it again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedIdentity {
    /// The profile, if not the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The endpoint, where it is not the Region's. Written without a user, a query and a fragment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The ARN of the role that was assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The account's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl RecordedIdentity {
    /// Returns whether a session's id means the same session to both.
    fn is_same_place(&self, other: &Self) -> bool {
        let same_account = match (&self.account, &other.account) {
            (Some(mine), Some(others)) => mine == others,
            _ => self.profile == other.profile && self.role_arn == other.role_arn,
        };
        same_account && self.region == other.region && self.endpoint == other.endpoint
    }
}

/// Something in the folder that is no record, or not a whole one. It is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Where it is.
    pub path: PathBuf,
    /// What is wrong with it, in a sentence.
    pub why: String,
}

/// The records of one folder. It is cheap to make; the folder is created with the first record.
#[derive(Debug, Clone)]
pub struct Records {
    store: Store,
}

impl Records {
    /// Takes the records of a folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { store: Store::new(folder.into()) }
    }

    /// Takes the user's records: `glue-ls/sessions` in [`platform::state_folder`]. `None` if there is no such place.
    pub fn default_place() -> Option<Self> {
        Some(Self::at(platform::state_folder()?.join("glue-ls").join("sessions")))
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        self.store.folder()
    }

    /// Writes the record of a session that is about to be created. It has reached the disk when this returns.
    ///
    /// A record of the same session replaces its own older one, unless another process that lives looks after it.
    ///
    /// # Errors
    ///
    /// The session must not be created: its record could not be written. `AlreadyExists` if a session with this id may
    /// be alive that another process looks after, or that belongs to another identity; `InvalidInput` if the id is
    /// empty or longer than 255 characters, or the record is too large; `InvalidData` if something else lies in its
    /// place; `TimedOut` if another process holds the folder's lock.
    pub fn begin(&self, record: &SessionRecord) -> io::Result<()> {
        let record = record.without_secrets();
        let _lock = self.store.lock(true)?;
        if let Some(old) = self.store.read(&record.id)? {
            let others = old.owner != record.owner && old.owner.life() == Life::Alive;
            if others || !old.identity.is_same_place(&record.identity) {
                return Err(taken(&old, others));
            }
        }
        self.store.write(&record)
    }

    /// Notes how far a session has come.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no record of it; else those of [`Records::begin`].
    pub fn set_state(&self, id: &str, state: RecordState) -> io::Result<()> {
        self.change(id, |record| record.state = state)
    }

    /// Notes whether the user wants a session to outlive its owner.
    ///
    /// # Errors
    ///
    /// As those of [`Records::set_state`].
    pub fn set_keep(&self, id: &str, keep: bool) -> io::Result<()> {
        self.change(id, |record| record.keep = keep)
    }

    /// Notes whether something runs in a session that is left.
    ///
    /// # Errors
    ///
    /// As those of [`Records::set_state`].
    pub fn set_at_work(&self, id: &str, at_work: bool) -> io::Result<()> {
        self.change(id, |record| record.at_work = at_work)
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut SessionRecord)) -> io::Result<()> {
        let _lock = self.store.lock(false)?;
        let Some(mut record) = self.store.read(id)? else {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no record of the session `{id}`")));
        };
        let before = record.clone();
        change(&mut record);
        if record == before { Ok(()) } else { self.store.write(&record) }
    }

    /// Removes the record of a session that is known to be over. That there is none is no error.
    ///
    /// # Errors
    ///
    /// It could not be removed; `InvalidData` if what lies in its place is no record of the session.
    pub fn forget(&self, id: &str) -> io::Result<()> {
        if !self.folder().exists() {
            return Ok(());
        }
        let _lock = self.store.lock(false)?;
        if self.store.read(id)?.is_some() { self.store.remove(id) } else { Ok(()) }
    }

    /// Removes what lies in the place of a session's record and cannot be read, once the session is known to be over.
    /// That there is nothing is no error; neither is a record that can be read, which stays.
    ///
    /// # Errors
    ///
    /// It could not be removed.
    pub fn discard_unreadable(&self, id: &str) -> io::Result<()> {
        if !self.folder().exists() {
            return Ok(());
        }
        let _lock = self.store.lock(false)?;
        match self.store.read(id) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => self.store.remove(id),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }

    /// Returns the record of a session.
    ///
    /// # Errors
    ///
    /// It could not be read; `InvalidData` if what lies in its place is no record of the session.
    pub fn get(&self, id: &str) -> io::Result<Option<SessionRecord>> {
        self.store.read(id)
    }

    /// Returns all records, oldest first, and what in the folder is none.
    pub fn all(&self) -> (Vec<SessionRecord>, Vec<Unreadable>) {
        let (mut records, unreadable) = self.store.read_all();
        records.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        (records, unreadable)
    }

    /// Returns the records whose owner is not known to live, oldest first: sessions that nobody looks after. Those that
    /// the user asked to keep are among them, with `keep`, once their owner is gone.
    ///
    /// Where it cannot be told whether an owner lives, its records are listed, but for those that somebody else will
    /// stop: one too many can be looked at.
    pub fn survivors(&self) -> Vec<SessionRecord> {
        let mut records = self.all().0;
        records.retain(|record| match record.owner.life() {
            Life::Alive => false,
            Life::Gone => true,
            Life::Unknown => record.grace_left().is_none(),
        });
        records
    }
}

/// The error of beginning a session whose id another one has.
fn taken(old: &SessionRecord, owned: bool) -> io::Error {
    let id = &old.id;
    let text = if owned {
        format!("the session `{id}` belongs to another glue-ls (process {}); choose another id", old.owner.pid)
    } else {
        let region = old.identity.region.as_deref().unwrap_or("the default Region");
        let profile = old.identity.profile.as_deref().unwrap_or("default");
        format!(
            "a session `{id}` of another identity (profile {profile}, {region}) may still be alive; stop it, or choose \
             another id"
        )
    };
    io::Error::new(io::ErrorKind::AlreadyExists, text)
}

/// Returns a URL without its user information, query and fragment.
pub(super) fn bare(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let (authority, path) = rest.split_at(rest.find(['/', '\\']).unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") }
}
