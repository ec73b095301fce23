//! A worker's private folder: what Spark is told, and what Spark leaves lying about.
//!
//! Three remove it, because each may be killed: a process of the worker's that outlives it, this one, and the next one
//! to start a worker, which finds that nobody holds the folder's lock any more.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use tempfile::{Builder, TempDir};

/// What the folders' names begin with.
const PREFIX: &str = "glue-ls-session-";
/// The file whose lock says that the folder is in use. It has its lock from the first on.
const LOCK: &str = "lock";
/// How it is called before it has.
const NEW_LOCK: &str = "lock.new";
/// A folder that is younger may not have its lock yet.
const YOUNG: Duration = Duration::from_secs(600);

/// A folder, which is removed when it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    folder: TempDir,
    _lock: File,
}

impl Folder {
    /// Makes a folder that this user alone can read; for the first one of a process, those that crashed ones have left
    /// behind are removed.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub(super) fn make() -> io::Result<Self> {
        static TIDY: Once = Once::new();
        // It is told to a process with another working folder.
        let place = std::path::absolute(std::env::temp_dir())?;
        let mut builder = Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.tempdir_in(&place)?;
        let lock = locked(folder.path())?;
        TIDY.call_once(|| {
            let tidy = std::thread::Builder::new().name("glue-ls-tidy".to_owned());
            // What is left now is left to the next one.
            let _ = tidy.spawn(move || remove_abandoned(&place));
        });
        Ok(Self { folder, _lock: lock })
    }

    /// Returns where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Makes the file that says that a folder is in use. Under its name it is never seen without its lock: another glue-ls that
/// tidies up at this moment would take the folder for an abandoned one.
fn locked(folder: &Path) -> io::Result<File> {
    let new = folder.join(NEW_LOCK);
    let lock = File::create(&new)?;
    lock.lock()?;
    std::fs::rename(new, folder.join(LOCK))?;
    Ok(lock)
}

/// Removes folders that nobody uses.
fn remove_abandoned(place: &Path) {
    let Ok(entries) = place.read_dir() else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if ours && entry.file_type().is_ok_and(|kind| kind.is_dir()) && is_abandoned(&entry.path()) {
            tracing::debug!(folder = %entry.path().display(), "removing what a session has left behind");
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn is_abandoned(folder: &Path) -> bool {
    let lock = folder.join(LOCK);
    if lock.symlink_metadata().is_ok_and(|data| !data.is_file()) {
        // Somebody else's: to open a pipe waits for its other end.
        return false;
    }
    match OpenOptions::new().write(true).open(lock) {
        Ok(lock) => lock.try_lock().is_ok(),
        // Another user's, perhaps.
        Err(error) if error.kind() != io::ErrorKind::NotFound => false,
        Err(_) => {
            let made = folder.metadata().and_then(|data| data.modified());
            made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > YOUNG))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_without_an_owner_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let names = ["glue-ls-session-used", "glue-ls-session-left", "glue-ls-session-new", "other"];
        let [used, left, new, other] = names.map(|name| place.path().join(name));
        for folder in [&used, &left, &new, &other] {
            std::fs::create_dir_all(folder.join("conf")).unwrap();
        }
        let held = locked(&used).unwrap();
        File::create(left.join(LOCK)).unwrap();
        // As one that is just being made.
        File::create(new.join(NEW_LOCK)).unwrap();
        File::create(other.join(LOCK)).unwrap();
        let strange = place.path().join("glue-ls-session-strange");
        std::fs::create_dir_all(strange.join(LOCK)).unwrap();
        remove_abandoned(place.path());
        assert!(strange.exists());
        assert_eq!([&used, &left, &new, &other].map(|folder| folder.exists()), [true, false, true, true]);
        drop(held);
        remove_abandoned(place.path());
        assert!(!used.exists() && new.exists());
    }

    #[test]
    fn a_folder_is_ours_alone_and_goes() {
        let folder = Folder::make().unwrap();
        let path = folder.path().to_owned();
        assert!(path.is_absolute() && path.join(LOCK).is_file() && !is_abandoned(&path));
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777, 0o700);
        drop(folder);
        assert!(!path.exists());
    }
}
