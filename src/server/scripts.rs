//! Notebooks that are edited as percent scripts: where their scripts are, and what is on record of them.
//!
//! A script is in the user's cache, in a folder named after its notebook's path, with a record beside it. The record
//! says which notebook it is, what that held when it was read or written last, and which script was made of it. So the
//! way back is known after a restart of the server or of the editor, and nothing is written over what is not known.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::platform;

use super::uri::file_path;

mod open;
mod save;

pub(super) use open::{Asked, open};
pub(super) use save::saved;

/// The name of the record in a script's folder.
const RECORD: &str = "notebook.json";
/// The folders that a script's folder is in.
const PLACE: [&str; 2] = ["glue-ls", "scripts"];
/// How many scripts are kept; of more, those go first that say nothing else than their notebooks.
const KEPT: usize = 200;

/// What is known of a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// The path of the notebook.
    notebook: PathBuf,
    /// What the notebook's file held when it was read or written last.
    held: String,
    /// What it held before that, while it is not sure that it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// What the file has held since, as an editor may still show it, the newest last.
    #[serde(default)]
    shown: Vec<String>,
    /// What the script says that was made of it last.
    stamp: String,
    /// What the script's file held when it said the same as the notebook.
    script: String,
}

impl Record {
    /// Reads the record in a folder; `None` if there is none that can be read.
    fn read(folder: &Path) -> Option<Record> {
        serde_json::from_slice(&std::fs::read(folder.join(RECORD)).ok()?).ok()
    }

    fn write(&self, folder: &Path) -> std::io::Result<()> {
        platform::write_whole_private(&folder.join(RECORD), &serde_json::to_vec_pretty(self)?)
    }

    /// Returns whether the notebook's file is known to have held this.
    fn knows(&self, mark: &str) -> bool {
        self.held == mark || self.before.as_deref() == Some(mark)
    }

    /// Returns whether an editor shows what the notebook's file holds or has held: no edits of its own then.
    fn is_plain(&self, shown: &str) -> bool {
        self.shown.contains(&mark(plain(shown).as_bytes()))
    }

    /// Takes note of what the file holds now.
    fn note(&mut self, text: &str) {
        const MOST: usize = 200;
        let mark = mark(plain(text).as_bytes());
        self.shown.retain(|known| *known != mark);
        self.shown.push(mark);
        self.shown.drain(..self.shown.len().saturating_sub(MOST));
    }
}

/// Returns where the scripts are.
fn folder() -> Option<PathBuf> {
    platform::cache_folder().map(|caches| PLACE.iter().fold(caches, |folder, name| folder.join(name)))
}

/// Returns the folder of a script and its record, if the file is a script of a notebook.
fn known(path: &Path) -> Option<(PathBuf, Record)> {
    let own = path.parent()?;
    let scripts = own.parent()?;
    // This is asked for every document: most need no look at the disk.
    let named = |folder: &Path, name: &str| folder.file_name().is_some_and(|own| own == name);
    if path.extension().is_none_or(|extension| extension != "py")
        || !named(scripts, PLACE[1])
        || !named(scripts.parent()?, PLACE[0])
    {
        return None;
    }
    let ours = folder()?;
    // A folder in a project may be called the same.
    if scripts != ours && scripts.canonicalize().ok()? != ours.canonicalize().ok()? {
        return None;
    }
    Some((own.to_owned(), Record::read(own)?))
}

/// Returns the notebook that a file is the script of.
pub(super) fn notebook_of(path: &Path) -> Option<PathBuf> {
    known(path).map(|(_, record)| record.notebook)
}

/// Returns where a document belongs: its own path, but for the script of a notebook that of the notebook. Trust, settings,
/// the folder in which cells run and the name on record go by it.
pub(super) fn place(uri: &str) -> Option<PathBuf> {
    let path = file_path(uri)?;
    Some(notebook_of(&path).unwrap_or(path))
}

/// Returns where the script of a notebook is.
pub(super) fn path_for(notebook: &Path) -> Option<PathBuf> {
    let name = notebook.file_stem().unwrap_or_default().to_string_lossy();
    let number = mark(notebook.as_os_str().as_encoded_bytes());
    let folder = folder()?.join(number.split('-').next().unwrap_or_default());
    Some(folder.join(format!("{name}.py")))
}

/// Returns what tells a content from others: a number made of its bytes, and how many they are.
fn mark(content: &[u8]) -> String {
    const START: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    // FNV-1a: the same on every machine and in every version.
    let number = content.iter().fold(START, |number, byte| (number ^ u128::from(*byte)).wrapping_mul(PRIME));
    format!("{number:032x}-{}", content.len())
}

/// Returns a text without what editors add and change: a line end at the end, the kind of line ends, the mark of UTF-8.
fn plain(text: &str) -> String {
    text.trim_start_matches('\u{feff}').replace("\r\n", "\n").trim_end_matches('\n').to_owned()
}

/// Returns whether an editor shows what a file holds.
fn shows(shown: &str, held: &str) -> bool {
    shown == held || plain(shown) == plain(held)
}

/// Returns the name of a file for people.
fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Removes the oldest scripts that say nothing else than their notebooks, if there are many.
fn tidy() {
    let Some(entries) = folder().and_then(|folder| std::fs::read_dir(folder).ok()) else { return };
    let mut folders: Vec<(std::time::SystemTime, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((std::fs::metadata(path.join(RECORD)).ok()?.modified().ok()?, path))
        })
        .collect();
    folders.sort();
    let surplus = folders.len().saturating_sub(KEPT);
    for (_, folder) in folders.into_iter().take(surplus) {
        let Some(record) = Record::read(&folder) else { continue };
        let scripts = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let scripts: Vec<PathBuf> =
            scripts.filter(|path| path.file_name().is_some_and(|name| name != RECORD)).collect();
        let is_spare = |path: &PathBuf| std::fs::read(path).is_ok_and(|content| mark(&content) == record.script);
        if scripts.iter().all(is_spare) {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
