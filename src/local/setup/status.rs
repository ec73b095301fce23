//! What there is of the runtime, for people and programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::stamp::{Archive, Found, Stamp, interpreter};
use super::{FOLDER, LOCK, Runtimes, lock, pins};

/// How the runtime is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is there as it should be.
    Ready,
    /// It was never made, or removed.
    Missing,
    /// Something of it is missing or has changed.
    Broken,
}

/// What there is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// How it is.
    pub state: State,
    /// Why it is not ready, or what is not as it should be, for people.
    pub message: Option<String>,
    /// Where it is.
    pub folder: PathBuf,
    /// How large it is, in bytes, with what is left of others.
    pub bytes: u64,
    /// Whether somebody is making or removing one.
    pub busy: bool,
    /// The interpreter.
    pub python: Option<PathBuf>,
    /// Its version.
    pub python_version: Option<String>,
    /// `JAVA_HOME`.
    pub java_home: Option<PathBuf>,
    /// Its version.
    pub java_version: Option<String>,
    /// The archive of Java's classes.
    pub class_archive: Option<PathBuf>,
    /// What is installed, or would be: versions by name.
    pub packages: BTreeMap<String, String>,
}

impl Runtimes {
    /// Returns what there is. It reads the sizes of many files; no program is started.
    pub fn status(&self) -> Status {
        let busy = self.root.join(LOCK).is_file() && lock::try_for(&self.root.join(LOCK), false).is_none();
        let bytes = self.folders(FOLDER).iter().map(|folder| size(folder)).sum();
        let packages = pins::wanted(false).map(|pin| (pin.name.to_owned(), pin.version.to_owned())).collect();
        let mut status = Status {
            state: State::Missing,
            message: None,
            folder: self.root.clone(),
            bytes,
            busy,
            python: None,
            python_version: None,
            java_home: None,
            java_version: None,
            class_archive: None,
            packages,
        };
        match Stamp::look(&self.root) {
            Found::Nothing => {}
            Found::Broken(why) => {
                status.state = State::Broken;
                status.message = Some(why);
            }
            Found::Whole { stamp, archive_is_good } => {
                status.state = State::Ready;
                status.python = Some(interpreter(&stamp.path(&self.root)));
                status.class_archive = stamp.archive_path(&self.root).filter(|_| archive_is_good);
                status.message = match &stamp.archive {
                    Archive::None(why) => Some(format!("there is no archive of Java's classes: {why}")),
                    Archive::Made(_) if !archive_is_good => {
                        Some("the archive of Java's classes is missing, or that of another Java".to_owned())
                    }
                    Archive::Made(_) => None,
                };
                status.python_version = Some(stamp.python_version);
                status.java_home = Some(stamp.java_home);
                status.java_version = Some(stamp.java_version);
                status.packages = stamp.packages;
            }
        }
        status
    }
}

/// Returns how many bytes the files in a folder have, links not followed.
pub(super) fn size(folder: &Path) -> u64 {
    let mut bytes = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(about) if about.is_dir() => folders.push(entry.path()),
                Ok(about) => bytes += about.len(),
                Err(_) => {}
            }
        }
    }
    bytes
}
