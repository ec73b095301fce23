//! Files that are written whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes a file: aside first, then put in place, so that no half of it is left whatever happens. One that is there
/// keeps its permissions. `path` is no link: a link would be replaced.
///
/// # Errors
///
/// The file could not be written; it is as it was.
pub fn write_whole(path: &Path, content: &[u8]) -> std::io::Result<()> {
    write(path, content, false, &|| true).map(drop)
}

/// As [`write_whole`]; a file that was not there can be read and written by this user alone.
///
/// # Errors
///
/// The file could not be written; it is as it was.
pub fn write_whole_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    write(path, content, true, &|| true).map(drop)
}

/// As [`write_whole`], if `still` says in the last moment that it may be. Returns whether it was written.
///
/// # Errors
///
/// The file could not be written; it is as it was.
pub fn write_whole_if(path: &Path, content: &[u8], still: &dyn Fn() -> bool) -> std::io::Result<bool> {
    write(path, content, false, still)
}

fn write(path: &Path, content: &[u8], private: bool, still: &dyn Fn() -> bool) -> std::io::Result<bool> {
    let mut file = tempfile::Builder::new().prefix(".glue-ls-").tempfile_in(folder_of(path))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    if let Ok(meta) = std::fs::metadata(path) {
        file.as_file().set_permissions(meta.permissions())?;
    } else if !private {
        as_usual(file.as_file())?;
    }
    if !still() {
        return Ok(false);
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(true)
}

/// Gives a new file the permissions of any new file: a temporary one is its owner's alone.
#[cfg(unix)]
fn as_usual(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn as_usual(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

/// Returns the folder that a file is in.
pub fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
