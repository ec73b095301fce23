//! The stamp: which folder is the runtime, and what it was made of. It is written last, and put in place whole.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::error::SetupError;
use super::java::Java;
use super::pins;

/// The name of the stamp.
pub(super) const STAMP: &str = "runtime.json";

/// Changes when a runtime of before will not do any more.
const SCHEMA: u32 = 1;

/// The largest stamp that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// What a runtime was made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stamp {
    schema: u32,
    /// The name of the folder, beside the stamp.
    pub(super) folder: String,
    /// What was installed, by name.
    pub(super) packages: BTreeMap<String, String>,
    /// `3.11.7`
    pub(super) python_version: String,
    /// The program behind the virtual environment.
    base: Mark,
    /// Where the packages are, in the folder.
    site: PathBuf,
    /// `JAVA_HOME`.
    pub(super) java_home: PathBuf,
    /// `17.0.9`
    pub(super) java_version: String,
    java: Mark,
    /// Java's classes.
    pub(super) archive: Archive,
}

/// Whether there is an archive of Java's classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Archive {
    /// The file, in the folder.
    Made(PathBuf),
    /// There is none, for this reason.
    None(String),
}

/// A program, so that another one in its place is noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    path: PathBuf,
    bytes: u64,
    /// Milliseconds since 1970.
    changed: u64,
}

impl Mark {
    /// Returns the mark of a program as it is now; `None` if there is none.
    fn of(program: &Path) -> Option<Mark> {
        let path = program.canonicalize().ok()?;
        let about = path.metadata().ok().filter(fs::Metadata::is_file)?;
        let changed = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Mark { path, bytes: about.len(), changed: u64::try_from(changed.as_millis()).ok()? })
    }
}

/// What is in the folder.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    /// Nothing was ever made.
    Nothing,
    /// It cannot be used, for this reason.
    Broken(String),
    /// All is well, but for the archive perhaps: that of another Java, or gone.
    Whole { stamp: Box<Stamp>, archive_is_good: bool },
}

/// The interpreter of a virtual environment.
pub(super) fn interpreter(folder: &Path) -> PathBuf {
    if cfg!(windows) { folder.join("Scripts").join("python.exe") } else { folder.join("bin").join("python") }
}

impl Stamp {
    /// Returns the stamp of what was made in a folder.
    ///
    /// # Errors
    ///
    /// Something is missing that must be there.
    pub(super) fn of(
        root: &Path,
        folder: &str,
        (python_version, site): (String, &Path),
        java: &Java,
        own_java: bool,
        archive: Archive,
    ) -> Result<Stamp, SetupError> {
        let path = root.join(folder);
        let missing = |what: &Path| SetupError::Install { said: format!("{} is missing", what.display()) };
        let python = interpreter(&path);
        let program = Java::program(&java.home);
        let iceberg = Some(&pins::ICEBERG).filter(|pin| is_installed(site, pin.name, pin.version));
        let packages = pins::wanted(own_java).chain(iceberg);
        let packages = packages.map(|pin| (pin.name.to_owned(), pin.version.to_owned())).collect();
        let stamp = Stamp {
            schema: SCHEMA,
            folder: folder.to_owned(),
            packages,
            python_version,
            base: Mark::of(&python).ok_or_else(|| missing(&python))?,
            site: site.strip_prefix(&path).unwrap_or(site).to_owned(),
            java_home: java.home.clone(),
            java_version: java.version.clone(),
            java: Mark::of(&program).ok_or_else(|| missing(&program))?,
            archive,
        };
        match stamp.missing(root) {
            Some(said) => Err(SetupError::Install { said }),
            None => Ok(stamp),
        }
    }

    /// Returns whether the Java is in the runtime's own folder.
    pub(super) fn has_own_java(&self) -> bool {
        self.packages.contains_key(pins::JAVA.name)
    }

    /// Returns the folder.
    pub(super) fn path(&self, root: &Path) -> PathBuf {
        root.join(&self.folder)
    }

    /// Returns where the packages are.
    pub(super) fn site(&self, root: &Path) -> PathBuf {
        self.path(root).join(&self.site)
    }

    /// Returns the archive.
    pub(super) fn archive_path(&self, root: &Path) -> Option<PathBuf> {
        match &self.archive {
            Archive::Made(name) => Some(self.path(root).join(name)),
            Archive::None(_) => None,
        }
    }

    /// Returns what is not there that should be, or is another than it was, for people.
    fn missing(&self, root: &Path) -> Option<String> {
        let folder = self.path(root);
        let python = interpreter(&folder);
        if Mark::of(&python).is_none() {
            return Some(format!("{} is missing", python.display()));
        }
        for (name, version) in &self.packages {
            if !is_installed(&self.site(root), name, version) {
                return Some(format!("the package {name} {version} is missing"));
            }
        }
        let jars = self.site(root).join("pyspark").join("jars");
        if !jars.is_dir() {
            return Some(format!("{} is missing", jars.display()));
        }
        let java = Java::program(&self.java_home);
        (!java.is_file()).then(|| format!("{} is missing", java.display()))
    }

    /// Looks what there is. It starts no program, and takes well under a millisecond.
    pub(super) fn look(root: &Path) -> Found {
        let path = root.join(STAMP);
        let text = match fs::metadata(&path) {
            Err(_) => return Found::Nothing,
            Ok(about) if about.len() > LARGEST => String::new(),
            Ok(_) => fs::read_to_string(&path).unwrap_or_default(),
        };
        let Ok(stamp) = serde_json::from_str::<Stamp>(&text) else {
            return Found::Broken(format!("{} cannot be read", path.display()));
        };
        if stamp.schema != SCHEMA || !is_plain(&stamp.folder) {
            return Found::Broken("it was made by another version of glue-ls".to_owned());
        }
        let wanted = pins::wanted(stamp.has_own_java());
        if let Some(pin) = wanted.into_iter().find(|pin| stamp.packages.get(pin.name).is_none_or(|v| v != pin.version))
        {
            return Found::Broken(format!("it has not {} {}", pin.name, pin.version));
        }
        if let Some(why) = stamp.missing(root) {
            return Found::Broken(why);
        }
        if Mark::of(&interpreter(&stamp.path(root))).as_ref() != Some(&stamp.base) {
            return Found::Broken("the Python that it was made with has changed".to_owned());
        }
        let same_java = Mark::of(&Java::program(&stamp.java_home)).as_ref() == Some(&stamp.java);
        let archive_is_good = match stamp.archive_path(root) {
            Some(archive) => same_java && archive.is_file(),
            // With another Java it may work.
            None => same_java,
        };
        Found::Whole { stamp: Box::new(stamp), archive_is_good }
    }

    /// Puts it in place.
    pub(super) fn write(&self, root: &Path) -> Result<(), SetupError> {
        let path = root.join(STAMP);
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(root)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(SetupError::file("written", &path))
    }
}

/// Whether a package is in the folder of packages. Most wheels write `_` for the `-` of a name.
fn is_installed(site: &Path, name: &str, version: &str) -> bool {
    let is = |name: &str| site.join(format!("{name}-{version}.dist-info")).join("RECORD").is_file();
    is(name) || is(&name.replace('-', "_"))
}

/// Whether a text is the name of a folder and nothing more.
fn is_plain(name: &str) -> bool {
    name.starts_with(super::FOLDER) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
