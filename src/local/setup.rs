//! The managed runtime: a virtual environment with PySpark, what goes with it, and Java where the machine has none that
//! Spark works with. It is made once, in the user's cache folder, and used by all sessions on this machine.
//!
//! In the folder ([`Runtimes`]):
//!
//! | name | what it is |
//! |---|---|
//! | `runtime.json` | the stamp: which folder counts, and what is in it. Written last, put in place whole |
//! | `runtime-…/` | a runtime. It is made where it stays: virtual environments and archives of classes know their own path |
//! | `lock` | held by whoever makes or removes one |
//! | `runtime-….use` | held, shared, by whoever uses that runtime: what is in use is not removed |
//! | `awsglue-…/` | the Python package `awsglue` |
//!
//! What is half made has no stamp: the next set-up removes it. Its downloads are in pip's or uv's own cache by then, and are
//! not fetched again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use crate::platform;

use self::interpreter::Interpreter;
use self::java::Java;
use self::lock::Held;
use self::stamp::{Found, STAMP, Stamp, interpreter};

mod archive;
mod around;
mod cancel;
mod error;
mod install;
mod interpreter;
mod java;
mod lock;
mod package;
mod pins;
mod process;
mod stamp;
mod status;

#[cfg(test)]
mod tests;

pub use self::around::Around;
pub use self::cancel::{Cancel, Canceller, cancellable};
pub use self::error::SetupError;
pub use self::status::{State, Status};

/// What the names of runtimes begin with.
const FOLDER: &str = "runtime-";
/// The lock of whoever changes something.
const LOCK: &str = "lock";

/// What a set-up is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody else makes the runtime; that is waited for.
    Waiting,
    /// The interpreter, Java and the environment.
    Python,
    /// Downloading and installing.
    Packages,
    /// The archive of Java's classes.
    Archive,
    /// It is there.
    Done,
}

/// How far a set-up has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What it is at.
    pub step: Step,
    /// How much of the whole is done, from 0 to 1; `None` where nobody knows.
    pub fraction: Option<f32>,
    /// What it does, for people.
    pub text: String,
}

/// Takes the progress of a set-up. It must not block.
pub type Tell<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// What is wished of a set-up.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The Python to make it with: a path, or a name that is looked up in `PATH`; the first that will do where none is
    /// named.
    pub python: Option<PathBuf>,
    /// Whether to make it anew although it is there.
    pub anew: bool,
}

/// A runtime that is there. It is not removed while this, or a clone of it, is.
#[derive(Debug, Clone)]
pub struct Runtime {
    /// The interpreter.
    pub python: PathBuf,
    /// Its version, such as `3.11.7`.
    pub python_version: String,
    /// `JAVA_HOME`.
    pub java_home: PathBuf,
    /// The archive of Java's classes for this `java_home`, if there is one.
    pub class_archive: Option<PathBuf>,
    _in_use: Arc<Held>,
}

/// The folder of the runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtimes {
    root: PathBuf,
}

impl Runtimes {
    /// Returns the user's. `None` if the user has no home folder.
    pub fn of_user() -> Option<Runtimes> {
        platform::cache_folder().map(|folder| Runtimes::in_folder(folder.join("glue-ls").join("local")))
    }

    /// Returns the one in a folder, which need not be there.
    pub fn in_folder(root: PathBuf) -> Runtimes {
        Runtimes { root }
    }

    /// Returns where it is.
    pub fn folder(&self) -> &Path {
        &self.root
    }

    /// Returns the runtime, if it is there as it should be. Quick: no program is started.
    pub fn find(&self) -> Option<Runtime> {
        match Stamp::look(&self.root) {
            Found::Whole { stamp, archive_is_good } => self.take(&stamp, archive_is_good),
            Found::Nothing | Found::Broken(_) => None,
        }
    }

    /// Returns the folder that has the Python package `awsglue`, for `sys.path`; it is written if it is not there.
    ///
    /// # Errors
    ///
    /// It could not be written.
    pub fn package(&self) -> io::Result<PathBuf> {
        package::place(&self.root)
    }

    /// Returns the runtime; it is made, or mended, if it is not there as it should be. If somebody else is making it, that
    /// is waited for, and theirs is taken.
    ///
    /// # Errors
    ///
    /// It could not be made, or it was cancelled. What was there before is there still then, and nothing half made counts.
    pub async fn ensure(
        &self,
        around: &Around,
        wish: &Wish,
        mut cancel: Cancel,
        tell: Tell<'_>,
    ) -> Result<Runtime, SetupError> {
        if let Found::Whole { stamp, archive_is_good: true } = Stamp::look(&self.root)
            && !wish.anew
            && let Some(runtime) = self.take(&stamp, true)
        {
            return Ok(runtime);
        }
        platform::create_private_folder(&self.root).map_err(SetupError::file("written", &self.root))?;
        let mut waited = false;
        let lock = self.root.join(LOCK);
        let held = lock::wait_for(&lock, &mut cancel, || {
            waited = true;
            let text = "another glue-ls is setting the local runtime up; waiting for it".to_owned();
            tell(Progress { step: Step::Waiting, fraction: None, text });
        });
        let _held = held.await?;
        let stamp = match Stamp::look(&self.root) {
            Found::Whole { stamp, archive_is_good: true } if !wish.anew || waited => *stamp,
            // All is there but the archive: nothing needs to be downloaded.
            Found::Whole { stamp, .. } if !wish.anew => self.mend(around, *stamp, &mut cancel, tell).await?,
            _ => self.make(around, wish, &mut cancel, tell).await?,
        };
        tell(Progress { step: Step::Done, fraction: Some(1.0), text: "the local runtime is ready".to_owned() });
        let gone = || SetupError::Install { said: "it has vanished again".to_owned() };
        self.take(&stamp, true).ok_or_else(gone)
    }

    /// Removes everything; returns how many bytes were freed. If somebody is making a runtime, that is waited for.
    ///
    /// # Errors
    ///
    /// A session uses it, it could not be removed, or it was cancelled.
    pub async fn remove(&self, mut cancel: Cancel, tell: Tell<'_>) -> Result<u64, SetupError> {
        if !self.root.is_dir() {
            return Ok(0);
        }
        let lock = self.root.join(LOCK);
        let held = lock::wait_for(&lock, &mut cancel, || {
            let text = "another glue-ls is setting the local runtime up; waiting for it".to_owned();
            tell(Progress { step: Step::Waiting, fraction: None, text });
        });
        let _held = held.await?;
        // While this is held, nobody begins to use what is there.
        let folders = self.folders(FOLDER);
        let locks: Vec<Option<Held>> = folders.iter().map(|folder| lock::try_for(&use_of(folder), false)).collect();
        if locks.iter().any(Option::is_none) {
            return Err(SetupError::InUse);
        }
        let stamp = self.root.join(STAMP);
        match fs::remove_file(&stamp) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(SetupError::file("removed", &stamp)(error));
            }
            _ => {}
        }
        let mut freed = 0;
        for folder in folders.iter().chain(&self.folders(package::FOLDER)) {
            let there = folder.clone();
            // Thousands of files: a gigabyte.
            let cleared = beside(move || {
                let bytes = status::size(&there);
                clear(&there).map(|()| bytes)
            });
            freed += cleared.await.map_err(SetupError::file("removed", folder))?;
        }
        drop(locks);
        for folder in &folders {
            let _ = fs::remove_file(use_of(folder));
        }
        Ok(freed)
    }

    /// Takes a runtime into use; `None` if it is being removed.
    fn take(&self, stamp: &Stamp, archive_is_good: bool) -> Option<Runtime> {
        let folder = stamp.path(&self.root);
        let held = match lock::try_for(&use_of(&folder), true) {
            Some(held) if folder.is_dir() => held,
            _ => return None,
        };
        Some(Runtime {
            python: interpreter(&folder),
            python_version: stamp.python_version.clone(),
            java_home: stamp.java_home.clone(),
            class_archive: stamp.archive_path(&self.root).filter(|_| archive_is_good),
            _in_use: Arc::new(held),
        })
    }

    /// Makes a runtime. The lock is held.
    async fn make(
        &self,
        around: &Around,
        wish: &Wish,
        cancel: &mut Cancel,
        tell: Tell<'_>,
    ) -> Result<Stamp, SetupError> {
        self.sweep().await;
        let id = Uuid::new_v4().simple().to_string();
        let name = format!("{FOLDER}{}", &id[..8]);
        let folder = self.root.join(&name);
        let made = self.build(around, wish, &name, cancel, tell).await.and_then(|stamp| {
            stamp.write(&self.root)?;
            Ok(stamp)
        });
        if made.is_err() {
            // What stays is removed by the next set-up.
            let _ = beside(move || clear(&folder)).await;
            return made;
        }
        self.sweep().await;
        made
    }

    async fn build(
        &self,
        around: &Around,
        wish: &Wish,
        name: &str,
        cancel: &mut Cancel,
        tell: Tell<'_>,
    ) -> Result<Stamp, SetupError> {
        let folder = self.root.join(name);
        let told = |step, part: f32, text| {
            let (begin, end) = share(step);
            tell(Progress { step, fraction: Some(begin + (end - begin) * part.clamp(0.0, 1.0)), text });
        };
        told(Step::Python, 0.0, "looking for Python and Java".to_owned());
        let base: Interpreter = interpreter::find(around, wish.python.as_deref(), cancel).await?;
        let found = java::find(around, cancel).await?;
        let site = install::install(around, &base, &folder, found.is_none(), cancel, &told).await?;
        let own = found.is_none();
        let java = match found {
            Some(java) => java,
            None => self.own_java(around, &site, cancel).await?,
        };
        let archive = archive::make(around, &folder, &java, cancel, &told).await?;
        Stamp::of(&self.root, name, (base.version, &site), &java, own, archive)
    }

    /// Returns the Java that was installed as a package.
    async fn own_java(&self, around: &Around, site: &Path, cancel: &mut Cancel) -> Result<Java, SetupError> {
        let home = site.join(pins::JAVA.name).join("java-runtime");
        let found = java::ask(around, &Java::program(&home), cancel).await?;
        let broken = || SetupError::Install { said: format!("the Java in {} does not start", home.display()) };
        found.ok_or_else(broken)
    }

    /// Makes the archive of classes anew. The lock is held.
    async fn mend(
        &self,
        around: &Around,
        stamp: Stamp,
        cancel: &mut Cancel,
        tell: Tell<'_>,
    ) -> Result<Stamp, SetupError> {
        let told = |step, part: f32, text| tell(Progress { step, fraction: Some(part.clamp(0.0, 1.0)), text });
        let folder = stamp.path(&self.root);
        let site = stamp.site(&self.root);
        let program = Java::program(&stamp.java_home);
        let Some(java) = java::ask(around, &program, cancel).await? else {
            let said = format!(
                "{} does not start any more; `glue-ls local setup --force` looks for another",
                program.display()
            );
            return Err(SetupError::Install { said });
        };
        let java = Java { home: stamp.java_home.clone(), ..java };
        let archive = archive::make(around, &folder, &java, cancel, &told).await?;
        let version = stamp.python_version.clone();
        let stamp = Stamp::of(&self.root, &stamp.folder, (version, &site), &java, stamp.has_own_java(), archive)?;
        stamp.write(&self.root)?;
        Ok(stamp)
    }

    /// Removes runtimes that do not count, and are not in use. The lock is held.
    async fn sweep(&self) {
        let runtimes = self.clone();
        let swept = beside(move || {
            runtimes.sweep_now();
            Ok(())
        });
        // What stays is removed the next time.
        let _ = swept.await;
    }

    fn sweep_now(&self) {
        let counts = match Stamp::look(&self.root) {
            Found::Whole { stamp, .. } => Some(stamp.path(&self.root)),
            // It may work for a session that goes on with it; a new one takes its place first.
            Found::Nothing | Found::Broken(_) => None,
        };
        for folder in self.folders(FOLDER) {
            if counts.as_ref() == Some(&folder) {
                continue;
            }
            let using = use_of(&folder);
            if let Some(held) = lock::try_for(&using, false) {
                let cleared = clear(&folder);
                drop(held);
                if cleared.is_ok() {
                    let _ = fs::remove_file(using);
                }
            }
        }
    }

    /// Returns the folders whose names begin so.
    fn folders(&self, begin: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let ours = entries.filter(|entry| {
            entry.file_name().to_str().is_some_and(|name| name.starts_with(begin))
                && entry.file_type().is_ok_and(|kind| kind.is_dir())
        });
        ours.map(|entry| entry.path()).collect()
    }
}

/// Which part of the whole a step is.
fn share(step: Step) -> (f32, f32) {
    match step {
        Step::Waiting => (0.0, 0.0),
        Step::Python => (0.0, 0.03),
        Step::Packages => (0.03, 0.8),
        Step::Archive => (0.8, 1.0),
        Step::Done => (1.0, 1.0),
    }
}

/// The lock of those who use a runtime.
fn use_of(folder: &Path) -> PathBuf {
    folder.with_extension("use")
}

/// Does work with many files beside the threads that others wait on.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Removes a folder with all that is in it, if it is there.
fn clear(folder: &Path) -> io::Result<()> {
    // A program that was killed a moment ago may have written once more in between.
    for _ in 0..3 {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            done => return done,
        }
    }
    fs::remove_dir_all(folder)
}
