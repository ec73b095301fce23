//! The project files of a folder.

use std::path::{Path, PathBuf};

use crate::settings::{Mistake, Settings, project_files};

/// What is wrong with a project file.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The file.
    pub path: PathBuf,
    /// Its text; empty where it cannot be read.
    pub text: String,
    /// What is wrong, in order.
    pub mistakes: Vec<Mistake>,
}

impl Report {
    /// Returns the mistakes as lines for people: `path:line:column: what`, columns in UTF-16 units from 1.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.mistakes.iter().map(|mistake| {
            let before = &self.text[..mistake.range.start.min(self.text.len())];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count() + 1;
            let fix = mistake.message.replace('\n', " ");
            format!("{}:{line}:{column}: {fix}", self.path.display())
        })
    }
}

/// Takes over the project file that belongs to a folder, the nearest one above, and the policies of those further up:
/// none of them can be got rid of by one further down. Returns what is wrong with them.
pub fn merge(settings: &mut Settings, folder: &Path) -> Vec<Report> {
    let mut files = project_files(folder);
    let nearest = files.next();
    let mut reports = policies(settings, files);
    reports.extend(nearest.and_then(|path| merge_file(settings, &path)));
    reports
}

/// Takes over only the policies of the project files of a folder.
pub fn merge_policies(settings: &mut Settings, folder: &Path) {
    policies(settings, project_files(folder));
}

fn policies(settings: &mut Settings, files: impl Iterator<Item = PathBuf>) -> Vec<Report> {
    let unreadable = |path: PathBuf| match std::fs::read_to_string(&path) {
        Ok(text) => {
            settings.merge_project_policy(&path, &text);
            None
        }
        Err(error) => Some(cannot_read(settings, &path, &error)),
    };
    files.filter_map(unreadable).collect()
}

/// Takes over a project file; returns what is wrong with it, if anything is.
pub fn merge_file(settings: &mut Settings, path: &Path) -> Option<Report> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Some(cannot_read(settings, path, &error)),
    };
    // Not the mark that some editors write.
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let text = text[mark..].to_owned();
    let mistakes = settings.merge_project_file(path, &text);
    (!mistakes.is_empty()).then(|| Report { path: path.to_owned(), text, mistakes })
}

/// What cannot be read may hold a policy.
fn cannot_read(settings: &mut Settings, path: &Path, error: &std::io::Error) -> Report {
    let message = format!("the file cannot be read: {error}");
    settings.policy_is_unreadable(path, &message);
    Report { path: path.to_owned(), text: String::new(), mistakes: vec![Mistake::of_file(message)] }
}
