//! Rules that do not run on some files.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Rules that do not run on some files, by patterns of files.
#[derive(Debug, Clone, Default)]
pub struct FileRules {
    rows: Vec<Row>,
}

#[derive(Debug, Clone)]
struct Row {
    folder: PathBuf,
    pattern: String,
    codes: Vec<String>,
    matcher: Gitignore,
}

impl PartialEq for FileRules {
    fn eq(&self, other: &FileRules) -> bool {
        let key = |row: &Row| (row.folder.clone(), row.pattern.clone(), row.codes.clone());
        self.rows.iter().map(key).eq(other.rows.iter().map(key))
    }
}

/// Returns what finds the files that a pattern fits.
///
/// # Errors
///
/// What is wrong with the pattern, for people.
pub(super) fn matcher(folder: &Path, pattern: &str) -> Result<Gitignore, String> {
    let wrong = |why: &dyn std::fmt::Display| {
        let short: String = pattern.chars().take(80).collect();
        format!("`{short}` is no pattern of files: {why}")
    };
    let mut builder = GitignoreBuilder::new(folder);
    builder.add_line(None, pattern).map_err(|error| wrong(&error))?;
    match builder.build() {
        Ok(matcher) if matcher.num_ignores() == 1 => Ok(matcher),
        Ok(_) => Err(wrong(&"it fits none")),
        Err(error) => Err(wrong(&error)),
    }
}

impl FileRules {
    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds rules for files that a pattern of `.gitignore` fits, from a folder; in place of those that the same pattern
    /// had.
    ///
    /// # Errors
    ///
    /// What is wrong with the pattern, for people.
    pub(super) fn add(&mut self, folder: Option<&Path>, pattern: &str, codes: Vec<String>) -> Result<(), String> {
        let folder = folder.map(Path::to_owned).unwrap_or_default();
        let matcher = matcher(&folder, pattern)?;
        self.rows.retain(|row| row.pattern != pattern || row.folder != folder);
        self.rows.push(Row { folder, pattern: pattern.to_owned(), codes, matcher });
        Ok(())
    }

    /// Returns the rules that do not run on a file.
    pub fn of<'a>(&'a self, file: &'a Path) -> impl Iterator<Item = &'a str> {
        let fits = move |row: &&Row| {
            // The matcher wants files below its folder only.
            let inside = row.folder.as_os_str().is_empty() || file.starts_with(&row.folder);
            let relative = file.strip_prefix(&row.folder).unwrap_or(file);
            let plain = relative.components().all(|part| matches!(part, std::path::Component::Normal(_)));
            inside && plain && row.matcher.matched_path_or_any_parents(relative, false).is_ignore()
        };
        self.rows.iter().filter(fits).flat_map(|row| row.codes.iter().map(String::as_str))
    }

    /// Takes a rule off the lists that it was not on before.
    pub(super) fn retain(&mut self, code: &str, before: &FileRules) {
        let known = |row: &Row| {
            before
                .rows
                .iter()
                .any(|old| old.pattern == row.pattern && old.folder == row.folder && old.codes == row.codes)
        };
        for row in self.rows.iter_mut().filter(|row| !known(row)) {
            row.codes.retain(|known| known != code);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_gitignore() {
        let mut rules = FileRules::default();
        for (pattern, code) in [("legacy/", "a"), ("*.ipynb", "b"), ("/top.py", "c"), ("jobs/**/x_*.py", "d")] {
            rules.add(Some(Path::new("/ws")), pattern, vec![code.to_owned()]).unwrap();
        }
        let of = |path: &str| rules.of(Path::new(path)).collect::<String>();
        assert_eq!(of("/ws/legacy/old.ipynb"), "ab");
        assert_eq!(of("/ws/deep/down.ipynb"), "b");
        assert_eq!((of("/ws/top.py"), of("/ws/deep/top.py")), ("c".to_owned(), String::new()));
        assert_eq!(of("/ws/jobs/a/b/x_1.py"), "d");
        assert_eq!(of("/elsewhere/legacy/old.ipynb"), "");
        assert!(rules.add(None, "[z-a]", Vec::new()).is_err() && rules.add(None, "# no", Vec::new()).is_err());
    }
}
