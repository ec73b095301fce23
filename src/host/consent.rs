//! Which identities that documents name the user lets be used for looking things up. The list is a file in the user's
//! configuration folder, one JSON object on a line.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{list_file, trust};

/// The name of the list.
const LIST: &str = "allowed-identities";

/// An identity that documents below a folder may name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    folder: String,
    /// The profile; `None` for that of the user.
    profile: Option<String>,
    /// The role that is assumed, by its ARN.
    role: Option<String>,
}

/// The list, as it was when it was read.
#[derive(Debug, Clone, Default)]
pub struct Consents(HashSet<Allowed>);

impl Consents {
    /// Reads the list. Blocks for as long as a small file needs.
    pub fn read() -> Consents {
        Consents(list_file::read(LIST).iter().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// Returns whether documents in a folder, as [`place`] has it, may have that profile and role used.
    pub fn hold(&self, folder: &Path, profile: Option<&str>, role: Option<&str>) -> bool {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let folder = folder.to_str().map(str::to_owned);
        folder.is_some_and(|folder| self.0.contains(&Allowed { folder, profile: owned(profile), role: owned(role) }))
    }
}

/// Returns a folder as the list has it: without links. Blocks.
pub fn place(folder: &Path) -> PathBuf {
    trust::real(folder)
}

/// Lets documents in a folder have that profile and role used, from now on.
///
/// # Errors
///
/// The list cannot be written.
pub fn give(folder: &Path, profile: Option<&str>, role: Option<&str>) -> io::Result<()> {
    let folder = trust::real(folder);
    let folder = folder.to_str().ok_or_else(|| io::Error::other("the folder has no path that can be written down"))?;
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let allowed = Allowed { folder: folder.to_owned(), profile: owned(profile), role: owned(role) };
    list_file::add(LIST, &serde_json::to_string(&allowed)?)
}
