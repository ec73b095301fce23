//! Files that are written whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes a file: aside first, then put in place, so that no half of it is left whatever happens. One that is there
/// keeps its permissions. `path` is no link: a link would be replaced.
pub(super) fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".glue-ls-").tempfile_in(folder(path))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    if let Ok(meta) = std::fs::metadata(path) {
        file.as_file().set_permissions(meta.permissions())?;
    } else {
        as_usual(file.as_file())?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
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
pub(super) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
