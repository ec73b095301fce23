//! Which folders the user trusts: documents below them may be run. The list is a text file in the user's configuration
//! folder, one folder on a line.

use std::io;
use std::path::{Path, PathBuf};

use super::list_file;

/// The name of the list.
const LIST: &str = "trusted-folders";

/// Returns whether a path lies in or below a folder of the user's list or of `folders`.
///
/// Links are followed first, on both sides: a link in a trusted folder leads out of it.
pub fn is_trusted(path: &Path, folders: &[PathBuf]) -> bool {
    let listed: Vec<PathBuf> = list_file::read(LIST).into_iter().map(PathBuf::from).collect();
    let path = real(path);
    folders.iter().chain(&listed).any(|folder| folder.is_absolute() && path.starts_with(real(folder)))
}

/// Adds a folder to the user's list.
///
/// # Errors
///
/// The list cannot be written.
pub fn add(folder: &Path) -> io::Result<()> {
    let folder = real(folder);
    let text = folder.to_str().filter(|_| folder.is_absolute());
    list_file::add(LIST, text.ok_or_else(|| io::Error::other("the folder has no path that can be written down"))?)
}

/// The path without links; of what does not exist yet, that of the nearest folder that does.
pub(super) fn real(path: &Path) -> PathBuf {
    let mut missing = Vec::new();
    let mut known = path;
    loop {
        if let Ok(real) = known.canonicalize() {
            return missing.iter().rev().fold(real, |path, name| path.join(name));
        }
        match (known.parent(), known.file_name()) {
            (Some(parent), Some(name)) => {
                missing.push(name.to_owned());
                known = parent;
            }
            // Nothing of it exists, or it steps upwards: it is what it says.
            _ => return path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_a_trusted_folder_is_trusted_and_nothing_beside_it() {
        let root = tempfile::tempdir().unwrap();
        let trusted = root.path().join("work");
        std::fs::create_dir_all(trusted.join("a")).unwrap();
        std::fs::create_dir_all(root.path().join("workshop")).unwrap();
        let folders = [trusted.clone()];
        assert!(is_trusted(&trusted.join("a/etl.py"), &folders));
        assert!(is_trusted(&trusted, &folders));
        assert!(!is_trusted(&root.path().join("workshop/etl.py"), &folders));
        assert!(!is_trusted(&trusted.join("../workshop/etl.py"), &folders));
        assert!(!is_trusted(&trusted.join("a/etl.py"), &[PathBuf::from("work")]), "a relative folder is none");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_leads_out_of_a_trusted_folder() {
        let root = tempfile::tempdir().unwrap();
        let (trusted, other) = (root.path().join("work"), root.path().join("other"));
        std::fs::create_dir_all(&trusted).unwrap();
        std::fs::create_dir_all(&other).unwrap();
        std::os::unix::fs::symlink(&other, trusted.join("link")).unwrap();
        assert!(!is_trusted(&trusted.join("link/etl.py"), std::slice::from_ref(&trusted)));
    }
}
