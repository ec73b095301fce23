//! The Python package `awsglue`, which is part of this binary, on the disk, where Python finds it.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::local::awsglue::FILES;
use crate::platform;

/// What the names of its folders begin with.
pub(super) const FOLDER: &str = "awsglue-";

/// Returns the folder that holds the package `awsglue`; it is written if it is not there as it should be.
///
/// # Errors
///
/// It could not be written.
pub(super) fn place(root: &Path) -> io::Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    FILES.hash(&mut hasher);
    let folder = root.join(format!("{FOLDER}{:016x}", hasher.finish()));
    if is_whole(&folder) {
        return Ok(folder);
    }
    platform::create_private_folder(root)?;
    let new = root.join(format!("{FOLDER}new-{}", Uuid::new_v4().simple()));
    let written = write(&new).and_then(|()| put(&new, &folder));
    // What another process has put there in the meantime is as good.
    let _ = fs::remove_dir_all(&new);
    match written {
        Err(error) if !is_whole(&folder) => Err(error),
        _ => Ok(folder),
    }
}

fn write(folder: &Path) -> io::Result<()> {
    for (name, text) in FILES {
        let path = folder.join(name);
        if let Some(above) = path.parent() {
            fs::create_dir_all(above)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

/// Puts the new folder in its place; one that is damaged gives way.
fn put(new: &Path, folder: &Path) -> io::Result<()> {
    if fs::rename(new, folder).is_ok() {
        return Ok(());
    }
    let damaged = new.with_extension("damaged");
    fs::rename(folder, &damaged)?;
    let _ = fs::remove_dir_all(&damaged);
    fs::rename(new, folder)
}

fn is_whole(folder: &Path) -> bool {
    let same =
        |(name, text): &(&str, &str)| fs::read(folder.join(name)).is_ok_and(|written| written == text.as_bytes());
    FILES.iter().all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_is_written_once_and_mended() {
        let root = tempfile::tempdir().unwrap();
        let folder = place(root.path()).unwrap();
        let init = folder.join("awsglue").join("__init__.py");
        let first = fs::metadata(&init).unwrap().modified().unwrap();
        assert_eq!(place(root.path()).unwrap(), folder);
        assert_eq!(fs::metadata(&init).unwrap().modified().unwrap(), first);
        fs::write(&init, "print('cut").unwrap();
        assert_eq!(place(root.path()).unwrap(), folder);
        assert!(is_whole(&folder));
        fs::remove_file(&init).unwrap();
        assert_eq!(place(root.path()).unwrap(), folder);
        assert!(is_whole(&folder));
        // Nothing is left of what was written aside.
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn every_file_of_the_package_is_in_the_list() {
        fn files(folder: &Path, begin: &str, found: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                if entry.file_type().unwrap().is_dir() {
                    if name != "__pycache__" {
                        files(&entry.path(), &format!("{begin}{name}/"), found);
                    }
                } else if name.ends_with(".py") {
                    found.push(format!("{begin}{name}"));
                }
            }
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/local/awsglue");
        let mut there = Vec::new();
        files(&folder, "", &mut there);
        there.sort();
        let mut listed: Vec<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        listed.sort();
        assert_eq!(listed, there, "src/local/awsglue.rs lists the files of the packages");
    }
}
