//! What is left on disk for the next start: names, and nothing that an owner wrote about them.
//!
//! One file for each identity, written aside and put in place whole, so that two servers never see half of one; what
//! the other has fetched later than we have is kept. If both write in the same moment the last one counts, and the list
//! that is lost is written with the next one. A file that cannot be understood is as good as none.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::list::Listed;
use super::slot::{Now, Slot, When};
use crate::aws::{Access, Identity};
use crate::model::account::{Connection, Database, Role, SecurityConfiguration, Subnet};
use crate::platform;

/// The version of the format. Files of another are replaced.
const FORMAT: u32 = 1;

/// The longest file that is read, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

/// The most items of a list.
const MOST_ITEMS: usize = 20_000;

/// How long a file is kept that nobody uses.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How old a file that was not put in place has to be for nobody to be writing it any more.
const LEFT_OVER: Duration = Duration::from_secs(60 * 60);

/// The most files.
const MOST_FILES: usize = 64;

/// How the names of files begin that are not in place yet.
const UNFINISHED: &str = ".account-";

/// Where the file of an identity is, and what it has to say of whose it is.
#[derive(Debug, Clone)]
pub(super) struct Place {
    folder: PathBuf,
    file: PathBuf,
    whose: Vec<String>,
}

impl Place {
    /// Returns the place for an identity; `surroundings` is what else decides who the caller is. `None` for keys,
    /// which are not to leave the memory, nor is what was found with them.
    pub(super) fn of(folder: &Path, identity: &Identity, surroundings: Vec<String>) -> Option<Self> {
        let role = match &identity.access {
            Access::Own => "",
            Access::Role { arn } => arn,
            Access::Keys(_) => return None,
        };
        let field =
            |name: &str, value: Option<&str>| value.map_or(format!("no {name}"), |value| format!("{name} {value}"));
        let mut whose = vec![
            field("profile", identity.profile.as_deref()),
            field("region", identity.region.as_deref()),
            field("role", Some(role)),
        ];
        // They may name files, addresses and ids of keys, which are nobody's business.
        whose.extend(surroundings.iter().map(|text| format!("{:032x}", hash([text.as_str()]))));
        let name = format!("{:032x}.json", hash(whose.iter().map(String::as_str)));
        Some(Self { folder: folder.to_owned(), file: folder.join(name), whose })
    }
}

/// FNV-1a with 128 bits: the same in every version and on every machine.
fn hash<'a>(texts: impl IntoIterator<Item = &'a str>) -> u128 {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for text in texts {
        // No text has this byte in it, so that it ends one.
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
    hash
}

/// A list as it is, or is to be, on disk.
#[derive(Debug)]
pub(super) struct Saved<T> {
    at: SystemTime,
    items: Arc<[T]>,
}

impl<T: Listed> Saved<T> {
    /// Returns the list, if it is known to its end.
    pub(super) fn of(slot: &Slot<T>, now: Now) -> Option<Self> {
        let when = slot.meta.when.filter(|_| slot.meta.complete)?;
        Some(Self { at: when.wall(now), items: Arc::clone(&slot.items) })
    }

    /// Puts it where nothing is known yet. Returns whether that was so.
    pub(super) fn put(self, slot: &mut Slot<T>, now: Now) -> bool {
        if slot.meta.when.is_some() {
            return false;
        }
        slot.meta.when = Some(When::on_wall(self.at, now));
        (slot.meta.complete, slot.meta.from_disk) = (true, true);
        slot.items = self.items;
        true
    }
}

/// What is, or is to be, on disk.
#[derive(Debug)]
pub(super) struct Copy {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) connections: Option<Saved<Connection>>,
    pub(super) roles: Option<Saved<Role>>,
    pub(super) security_configurations: Option<Saved<SecurityConfiguration>>,
    pub(super) databases: Option<Saved<Database>>,
    pub(super) subnets: Option<Saved<Subnet>>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: u32,
    whose: Vec<String>,
    account: String,
    region: String,
    connections: Option<Part<Connection>>,
    roles: Option<Part<Role>>,
    security_configurations: Option<Part<SecurityConfiguration>>,
    databases: Option<Part<Database>>,
    subnets: Option<Part<Subnet>>,
}

#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "T::Row: Serialize", deserialize = "T::Row: Deserialize<'de>"))]
struct Part<T: Kept> {
    /// Seconds since 1970.
    at: u64,
    items: Vec<T::Row>,
}

/// What is kept on disk of a kind of item.
trait Kept: Listed {
    type Row;
    fn row(&self) -> Self::Row;
    fn from_row(row: Self::Row) -> Self;
}

macro_rules! kept {
    ($type:ident { $($field:ident: $of:ty),* } $(, $left_out:ident)*) => {
        impl Kept for $type {
            // The comma makes it a tuple even of one.
            type Row = ($($of,)*);

            fn row(&self) -> Self::Row {
                ($(self.$field.clone(),)*)
            }

            fn from_row(($($field,)*): Self::Row) -> Self {
                Self { $($field,)* $($left_out: Default::default(),)* }
            }
        }
    };
}

kept!(Connection { name: String, kind: String, subnet: Option<String>, zone: Option<String> }, description, security_groups);
kept!(Role { name: String, arn: String, trusts_glue: Option<bool> }, description);
kept!(SecurityConfiguration { name: String, summary: String });
kept!(Database { name: String }, description, location);
kept!(Subnet { id: String, vpc: String, zone: Option<String> });

impl<T: Kept> Part<T> {
    fn of(saved: &Saved<T>) -> Self {
        let at = saved.at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { at, items: saved.items.iter().map(T::row).collect() }
    }

    fn saved(self, now: SystemTime) -> Option<Saved<T>> {
        if self.items.len() > MOST_ITEMS {
            return None;
        }
        let mut items: Vec<T> = self.items.into_iter().map(T::from_row).collect();
        items.sort_by(|one, other| one.name().cmp(other.name()));
        items.dedup_by(|one, other| one.name() == other.name());
        // A time to come would win over every later one.
        let at = UNIX_EPOCH.checked_add(Duration::from_secs(self.at)).filter(|at| *at <= now).unwrap_or(UNIX_EPOCH);
        Some(Saved { at, items: items.into() })
    }
}

/// Reads what is on disk for an identity; `None` if there is nothing, or nothing that can be used.
pub(super) fn read(place: &Place, now: SystemTime) -> Option<Copy> {
    let about = fs::metadata(&place.file).ok()?;
    if !about.is_file() || about.len() > LONGEST {
        return None;
    }
    let mut text = Vec::new();
    File::open(&place.file).ok()?.take(LONGEST + 1).read_to_end(&mut text).ok()?;
    if text.len() as u64 > LONGEST {
        return None;
    }
    let found: Document = serde_json::from_slice(&text).ok()?;
    if found.format != FORMAT || found.whose != place.whose {
        return None;
    }
    // Whoever tidies up sees that it is used.
    if about.modified().is_ok_and(|time| now.duration_since(time).is_ok_and(|age| age > KEPT / 30)) {
        let _ = File::options().append(true).open(&place.file).and_then(|file| file.set_modified(now));
    }
    Some(Copy {
        account: found.account,
        region: found.region,
        connections: found.connections.and_then(|part| part.saved(now)),
        roles: found.roles.and_then(|part| part.saved(now)),
        security_configurations: found.security_configurations.and_then(|part| part.saved(now)),
        databases: found.databases.and_then(|part| part.saved(now)),
        subnets: found.subnets.and_then(|part| part.saved(now)),
    })
}

/// Returns the part that is to be written: ours, unless another server has written a later one.
fn later<T: Kept>(ours: Option<&Saved<T>>, theirs: Option<Saved<T>>) -> Option<Part<T>> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if theirs.at > ours.at => Some(Part::of(&theirs)),
        (Some(ours), _) => Some(Part::of(ours)),
        (None, theirs) => theirs.as_ref().map(Part::of),
    }
}

/// Writes what is known of an identity.
///
/// # Errors
///
/// The folder or the file could not be written.
pub(super) fn write(place: &Place, copy: &Copy, now: SystemTime) -> io::Result<()> {
    platform::create_private_folder(&place.folder)?;
    let theirs = read(place, now).filter(|theirs| (&theirs.account, &theirs.region) == (&copy.account, &copy.region));
    let (connections, roles, security_configurations, databases, subnets) = match theirs {
        Some(it) => (it.connections, it.roles, it.security_configurations, it.databases, it.subnets),
        None => (None, None, None, None, None),
    };
    let document = Document {
        format: FORMAT,
        whose: place.whose.clone(),
        account: copy.account.clone(),
        region: copy.region.clone(),
        connections: later(copy.connections.as_ref(), connections),
        roles: later(copy.roles.as_ref(), roles),
        security_configurations: later(copy.security_configurations.as_ref(), security_configurations),
        databases: later(copy.databases.as_ref(), databases),
        subnets: later(copy.subnets.as_ref(), subnets),
    };
    let text = serde_json::to_vec(&document)?;
    if text.len() as u64 > LONGEST {
        return Err(io::Error::other("what is known of the account is too long to be kept"));
    }
    // The file of a builder can be read by this user alone.
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&place.folder)?;
    file.write_all(&text)?;
    file.persist(&place.file).map_err(|error| error.error)?;
    Ok(())
}

/// Removes the files that nobody has used for long, those beyond the most that there may be, and what was never put in
/// place. Files of other names are left alone.
pub(super) fn tidy(folder: &Path) {
    let now = SystemTime::now();
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let (Ok(name), Ok(about)) = (entry.file_name().into_string(), entry.metadata()) else { continue };
        let age = about.modified().ok().and_then(|time| now.duration_since(time).ok()).unwrap_or_default();
        let is_ours = name.strip_suffix(".json").is_some_and(|stem| {
            stem.len() == 32 && stem.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        });
        if !about.is_file() {
            continue;
        }
        if name.starts_with(UNFINISHED) && age > LEFT_OVER {
            let _ = fs::remove_file(entry.path());
        } else if is_ours {
            files.push((age, entry.path()));
        }
    }
    files.sort();
    for (index, (age, path)) in files.iter().enumerate() {
        if index >= MOST_FILES || *age > KEPT {
            let _ = fs::remove_file(path);
        }
    }
}
