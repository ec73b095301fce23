//! Mending a file.

use ropey::Rope;

use crate::cli::file;
use crate::cli::load::Document;
use crate::features::fix::all::{errors, together};
use crate::features::fix::applied;

use super::Options;
use super::file::analyse;

/// How often a file is mended again: one fix may make another one possible.
const ROUNDS: usize = 10;

/// A document whose problems were mended.
pub(super) struct Mended {
    pub(super) document: Document,
    /// How many problems.
    pub(super) problems: usize,
}

/// Returns the document with all fixes that the options ask for; `None` if there is nothing to do.
///
/// Fixes are made until there are no more. A round that would leave no valid document, or more errors than before, is
/// not made.
pub(super) fn mend(document: &Document, options: &Options) -> Option<Mended> {
    let mut mended: Option<Mended> = None;
    let mut analysis = analyse(document, options);
    for _ in 0..ROUNDS {
        let now = mended.as_ref().map_or(document, |mended| &mended.document);
        let Some(fixes) = together(&analysis, &now.rope, None, &|_, fix| options.makes(fix)) else { break };
        let Some(next) = applied(&now.rope, &fixes.edits).and_then(|text| now.with(text).ok()) else { break };
        let after = analyse(&next, options);
        if errors(&after) > errors(&analysis) || next.rope == now.rope {
            break;
        }
        let problems = fixes.problems + mended.as_ref().map_or(0, |mended| mended.problems);
        mended = Some(Mended { document: next, problems });
        analysis = after;
    }
    mended
}

/// Writes a mended text in place of the file that was read.
///
/// # Errors
///
/// It was not written, because it may not be or the file has changed meanwhile; a sentence for the user.
pub(super) fn write(document: &Document, text: &Rope) -> Result<(), String> {
    let name = document.path.display();
    let could_not = |error: std::io::Error| format!("{name} could not be written: {error}");
    // A link stays one: what it leads to is replaced.
    let path = document.path.canonicalize().map_err(could_not)?;
    if std::fs::metadata(&path).map_err(could_not)?.permissions().readonly() {
        return Err(format!("{name} is read-only, and is left as it is; make it writable to mend it"));
    }
    if !document.is_unchanged() {
        return Err(format!("{name} was changed while it was checked, and is left as it is; check it again"));
    }
    file::write(&path, document.text_with(text).as_bytes()).map_err(could_not)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.py");
        std::fs::write(&path, "\u{feff}# %%\nx = 1\n").unwrap();
        let document = crate::cli::load::read(&path).unwrap();
        write(&document, &Rope::from_str("# %%\nx = 2\n")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "\u{feff}# %%\nx = 2\n");
        // It is no longer what was read.
        let refused = write(&document, &Rope::from_str("# %%\nx = 3\n")).unwrap_err();
        assert!(refused.contains("was changed while it was checked"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "\u{feff}# %%\nx = 2\n");
        std::fs::remove_file(&path).unwrap();
        write(&document, &Rope::from_str("")).unwrap_err();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
