//! Locks: one at a time makes or removes a runtime, and what is in use is not removed.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::cancel::Cancel;
use super::error::SetupError;
use crate::platform;

/// How often somebody who waits looks whether the lock is free.
const PAUSE: Duration = Duration::from_millis(100);

/// A lock that is held. It ends with this, and with the process. `None` on a file system that has no locks.
#[derive(Debug)]
pub(super) struct Held(Option<File>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            // Not left to the closing: a child process that is just being started may have the file open as well.
            let _ = file.unlock();
        }
    }
}

/// Waits for the lock; `waits` is called once if somebody else has it.
pub(super) async fn wait_for(path: &Path, cancel: &mut Cancel, waits: impl FnOnce()) -> Result<Held, SetupError> {
    let file = open(path).map_err(SetupError::file("written", path))?;
    let mut waits = Some(waits);
    loop {
        match attempt(&file, false) {
            Ok(true) => return Ok(Held(Some(file))),
            Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(Held(None)),
            Err(error) => return Err(SetupError::file("locked", path)(error)),
            Ok(false) => {}
        }
        if let Some(waits) = waits.take() {
            waits();
        }
        tokio::select! {
            () = cancel.cancelled() => return Err(SetupError::Cancelled),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Takes the lock if it is free, with others that share it or alone.
pub(super) fn try_for(path: &Path, shared: bool) -> Option<Held> {
    let file = open(path).ok()?;
    match attempt(&file, shared) {
        Ok(true) => Some(Held(Some(file))),
        Err(error) if error.kind() == ErrorKind::Unsupported => Some(Held(None)),
        _ => None,
    }
}

fn attempt(file: &File, shared: bool) -> io::Result<bool> {
    match if shared { file.try_lock_shared() } else { file.try_lock() } {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn open(path: &Path) -> io::Result<File> {
    match platform::create_private_file(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => File::options().read(true).write(true).open(path),
        file => file,
    }
}
