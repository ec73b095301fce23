//! Lists that the user's answers are kept in: text files in the configuration folder, one entry on a line.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::platform;

/// The largest list that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// Returns the entries of a list; a file that cannot be read has none.
pub(super) fn read(name: &str) -> Vec<String> {
    let Some(file) = place(name) else { return Vec::new() };
    if std::fs::metadata(&file).map_or(true, |meta| meta.len() > LARGEST) {
        return Vec::new();
    }
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Adds an entry, which must be of one line, unless it is there.
///
/// # Errors
///
/// The list cannot be written, or the entry has no line of its own.
pub(super) fn add(name: &str, entry: &str) -> io::Result<()> {
    let file = place(name).ok_or_else(|| io::Error::other("there is no folder for settings; set HOME"))?;
    if entry.contains(['\n', '\r']) || entry.trim() != entry || entry.is_empty() {
        return Err(io::Error::other("it cannot be written down"));
    }
    if read(name).iter().any(|known| known == entry) {
        return Ok(());
    }
    if let Some(parent) = file.parent() {
        platform::create_private_folder(parent)?;
    }
    let mut list = std::fs::OpenOptions::new().append(true).create(true).open(file)?;
    list.write_all(format!("{entry}\n").as_bytes())
}

fn place(name: &str) -> Option<PathBuf> {
    Some(platform::config_folder()?.join("glue-ls").join(name))
}
