//! The folder: how records reach the disk, and what is read from it.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::platform;

use super::{SCHEMA, SessionRecord, Unreadable, file_name};

/// Most bytes of a record.
const LARGEST: usize = 64 * 1024;
/// Most entries of the folder that are looked at.
const MOST_ENTRIES: usize = 10_000;
/// Most characters of a session's id.
const LONGEST_ID: usize = 255;
/// How long others may hold the lock. They need milliseconds; one that was suspended may need forever.
const PATIENCE: Duration = Duration::from_secs(10);
/// Holds the lock. It begins with a dot, as everything in the folder that is no record.
const LOCK: &str = ".lock";
/// Ends the names of files that are being written.
const NEW: &str = ".new";

/// A folder of records.
#[derive(Debug, Clone)]
pub(super) struct Store {
    folder: Arc<Path>,
}

/// The folder's lock. It ends with this, and with the process. `None` on a file system that has no locks: to have no
/// records there would be worse than two processes that claim the same one at the same moment.
pub(super) struct Lock(Option<File>);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            // Not left to the closing: a child process that is just being started may have the file open as well.
            let _ = file.unlock();
        }
    }
}

impl Store {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder: folder.into() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits for the lock, without which nothing is changed. Creates the folder if told to.
    pub(super) fn lock(&self, create: bool) -> io::Result<Lock> {
        if create {
            self.create_folder().map_err(|error| explain("create", &self.folder, &error))?;
        }
        let path = self.folder.join(LOCK);
        let lock = self.wait_for(&path).map_err(|error| explain("lock", &path, &error))?;
        if lock.0.is_some() {
            self.sweep();
        }
        Ok(lock)
    }

    fn wait_for(&self, path: &Path) -> io::Result<Lock> {
        let file = match platform::create_private_file(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                // Not something else that would be opened, or waited for, in its place.
                if !fs::symlink_metadata(path)?.is_file() {
                    return Err(io::Error::new(ErrorKind::InvalidData, "it is not a file; move it away"));
                }
                File::options().write(true).open(path)?
            }
            file => file?,
        };
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock(Some(file))),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(2)),
                Err(TryLockError::WouldBlock) => {
                    let text = "another glue-ls holds it and does not let go; end that process";
                    return Err(io::Error::new(ErrorKind::TimedOut, text));
                }
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => return Ok(Lock(None)),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Creates the folder and those above it, so that they survive a loss of power.
    fn create_folder(&self) -> io::Result<()> {
        let missing: Vec<&Path> = self.folder.ancestors().take_while(|folder| !folder.exists()).collect();
        platform::create_private_folder(&self.folder)?;
        for folder in missing {
            // Relative paths end in an empty one.
            if let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) {
                platform::sync_folder(above)?;
            }
        }
        Ok(())
    }

    /// Removes what was being written when a process ended. Whoever writes holds the lock, so nobody does now.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.take(MOST_ENTRIES).flatten() {
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| name.starts_with('.') && name.ends_with(NEW)) {
                // One more try at the next change.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Writes a record and waits for the disk. The lock is held.
    pub(super) fn write(&self, record: &SessionRecord) -> io::Result<()> {
        let path = self.path(&record.id)?;
        let mut json = serde_json::to_vec_pretty(record).map_err(io::Error::other)?;
        json.push(b'\n');
        if json.len() > LARGEST {
            let text = format!("the record of the session `{}` would be larger than {LARGEST} bytes", record.id);
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        let new = self.folder.join(format!(".{}{NEW}", Uuid::new_v4().simple()));
        let written = platform::create_private_file(&new).and_then(|mut file| {
            file.write_all(&json)?;
            file.sync_all()
        });
        let renamed = written.and_then(|()| fs::rename(&new, &path)).and_then(|()| platform::sync_folder(&self.folder));
        renamed.map_err(|error| {
            // If it is the renamed one that could not be synced, there is nothing to remove.
            let _ = fs::remove_file(&new);
            explain("write", &path, &error)
        })
    }

    /// Removes a record and waits for the disk. The lock is held.
    pub(super) fn remove(&self, id: &str) -> io::Result<()> {
        let path = self.path(id)?;
        let removed = fs::remove_file(&path).and_then(|()| platform::sync_folder(&self.folder));
        removed.map_err(|error| explain("remove", &path, &error))
    }

    /// Reads the record of a session, if there is one.
    pub(super) fn read(&self, id: &str) -> io::Result<Option<SessionRecord>> {
        let path = self.path(id)?;
        match read(&path) {
            Ok(record) if record.id == id => Ok(Some(record)),
            Ok(_) => Err(explain("use", &path, &invalid("it is the record of another session"))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(explain("read", &path, &error)),
        }
    }

    /// Reads all records, in no order, and tells what is none.
    pub(super) fn read_all(&self) -> (Vec<SessionRecord>, Vec<Unreadable>) {
        let (mut records, mut unreadable) = (Vec::new(), Vec::new());
        if !self.folder.exists() && !self.folder.is_symlink() {
            return (records, unreadable);
        }
        // While somebody renames, some file systems show an entry twice or not at all. Without the lock, as in a folder
        // that may only be read, what can be read is better than nothing.
        let _lock = self.lock(false).ok();
        let mut report = |path: PathBuf, why: String| unreadable.push(Unreadable { path, why });
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) => {
                report(self.folder.to_path_buf(), format!("The folder cannot be read: {error}."));
                return (records, unreadable);
            }
        };
        for (at, entry) in entries.enumerate() {
            if at == MOST_ENTRIES {
                let why = format!("The folder has more than {MOST_ENTRIES} files; the others were not looked at.");
                report(self.folder.to_path_buf(), why);
                break;
            }
            let path = match entry {
                Ok(entry) => entry.path(),
                Err(error) => {
                    report(self.folder.to_path_buf(), format!("The folder cannot be read to its end: {error}."));
                    break;
                }
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            match read(&path) {
                Ok(record) if file_name::of(&record.id) == name => records.push(record),
                Ok(record) => {
                    let own = file_name::of(&record.id);
                    report(path, format!("It is a record whose name should be {own}; it may be a copy."));
                }
                // It was removed meanwhile: that session is over.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => report(path, format!("It is no record of a session: {error}.")),
            }
        }
        unreadable.sort_by(|a, b| a.path.cmp(&b.path));
        (records, unreadable)
    }

    fn path(&self, id: &str) -> io::Result<PathBuf> {
        if id.is_empty() || id.chars().count() > LONGEST_ID {
            let text = format!("the id of a session has 1 to {LONGEST_ID} characters");
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        Ok(self.folder.join(file_name::of(id)))
    }
}

/// Reads a file as a record.
fn read(path: &Path) -> io::Result<SessionRecord> {
    // Looked at before it is opened: opening a pipe would wait for whoever writes to it.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(invalid("it is a folder, a link or something else that is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Err(invalid("it is empty"));
    }
    if bytes.len() > LARGEST {
        return Err(invalid(&format!("it is larger than {LARGEST} bytes")));
    }
    // As any JSON first: what has another format is told as that, not as what it lacks.
    let json: Value = serde_json::from_slice(&bytes).map_err(|error| invalid(not_json(&error)))?;
    match json.get("schema").and_then(Value::as_u64) {
        Some(schema) if schema == u64::from(SCHEMA) => {}
        Some(other) => return Err(invalid(&format!("it has format {other}, which this glue-ls does not know"))),
        None => return Err(invalid("it does not say which format it has")),
    }
    // The error's own text may quote the file.
    let record = SessionRecord::deserialize(json).map_err(|_| invalid("something is missing or of the wrong kind"))?;
    if record.id.is_empty() || record.id.chars().count() > LONGEST_ID {
        return Err(invalid("its session's id is empty or too long"));
    }
    Ok(record)
}

fn not_json(error: &serde_json::Error) -> &'static str {
    if error.is_eof() { "it ends too early" } else { "it is not JSON" }
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, text)
}

/// Puts before an error what was tried with which file.
fn explain(verb: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {verb} {}: {error}", path.display()))
}
