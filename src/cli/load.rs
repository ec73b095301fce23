//! Files to documents.

use std::io::Read;
use std::path::{Path, PathBuf};

use ropey::Rope;

use crate::model::open::{Opened, form_of, open};
use crate::syntax::{Form, PlacedCell};
use crate::text::{PositionEncoding, Range, range_at};

/// The largest file that is read, in bytes. Notebooks with images in their outputs reach some hundred MB.
const LARGEST: u64 = 1 << 30;

/// A file that was read.
pub(super) struct Document {
    /// As the user named it.
    pub(super) path: PathBuf,
    /// Its cells.
    pub(super) opened: Opened,
    /// Its text, without a byte order mark.
    pub(super) rope: Rope,
    /// Whether the file begins with a byte order mark.
    marked: bool,
}

impl Document {
    /// Returns its text, without a byte order mark.
    pub(super) fn text(&self) -> String {
        self.rope.to_string()
    }

    /// Returns what a file with another text is, with the byte order mark if this one has it.
    pub(super) fn text_with(&self, text: &Rope) -> String {
        format!("{}{text}", if self.marked { MARK } else { "" })
    }

    /// Returns whether it is on disk as it was read.
    pub(super) fn is_unchanged(&self) -> bool {
        std::fs::read(&self.path).is_ok_and(|now| now == self.text_with(&self.rope).as_bytes())
    }

    /// Returns it with another text.
    ///
    /// # Errors
    ///
    /// The text is none that can be checked; a sentence for the user.
    pub(super) fn with(&self, text: Rope) -> Result<Document, String> {
        let opened = opened(&self.path, &text.to_string(), &text)?;
        Ok(Document { path: self.path.clone(), opened, rope: text, marked: self.marked })
    }

    /// Returns a cell's number: its position among the document's cells; `None` if there are no cells.
    pub(super) fn cell_number(&self, index: usize) -> Option<usize> {
        let divided = match self.opened.notebook.form {
            Form::Json | Form::Cells => true,
            Form::Percent => self.opened.has_markers,
            Form::Script | Form::Virtual => false,
        };
        divided.then_some(index)
    }

    /// Returns the place of a byte range of a cell's text in the file, in UTF-16.
    pub(super) fn in_file(&self, cell: &PlacedCell, range: std::ops::Range<usize>) -> Range {
        range_at(&self.rope, cell.to_document(range), PositionEncoding::Utf16)
    }

    /// Returns the place of a byte range of a cell's text where the cell is counted from its own start
    /// (notebooks), else in the file; in UTF-16.
    pub(super) fn in_cell(&self, cell: &PlacedCell, range: std::ops::Range<usize>) -> Range {
        match self.opened.notebook.form {
            Form::Json => range_at(&Rope::from_str(&cell.cell.text), range, PositionEncoding::Utf16),
            _ => self.in_file(cell, range),
        }
    }
}

/// The byte order mark.
const MARK: &str = "\u{feff}";

/// Reads a file.
///
/// # Errors
///
/// A sentence for the user that names the file, says what is wrong and what to do.
pub(super) fn read(path: &Path) -> Result<Document, String> {
    let name = path.display();
    let size = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if size > LARGEST {
        return Err(format!("{name} is larger than 1 GiB; clear the notebook's outputs and save it"));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    parse(path, bytes)
}

/// Reads a document from standard input, to be judged as a file of that name.
///
/// # Errors
///
/// A sentence for the user, as of [`read`].
pub(super) fn read_input(name: &Path) -> Result<Document, String> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("standard input cannot be read: {error}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("{} is larger than 1 GiB; clear the notebook's outputs and save it", name.display()));
    }
    parse(name, bytes)
}

fn parse(path: &Path, bytes: Vec<u8>) -> Result<Document, String> {
    let name = path.display();
    // Neither JSON nor Python may hold a NUL as it is.
    if bytes.iter().take(8000).any(|&byte| byte == 0) {
        return Err(if is_utf16(&bytes) {
            format!("{name} is UTF-16 text; save it as UTF-8")
        } else {
            format!("{name} is a binary file, neither a notebook nor a script; name a `.ipynb` or `.py` file")
        });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("{name} is not UTF-8 text (byte {at}); save it as UTF-8")
    })?;
    let (text, marked) = text.strip_prefix(MARK).map_or((text.as_str(), false), |rest| (rest, true));
    let rope = Rope::from_str(text);
    Ok(Document { path: path.to_owned(), opened: opened(path, text, &rope)?, rope, marked })
}

/// Finds the cells of a file's text.
fn opened(path: &Path, text: &str, rope: &Rope) -> Result<Opened, String> {
    let is_notebook = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ipynb"));
    let form = match form_of(text, None, &path.to_string_lossy()) {
        // An empty or garbled notebook is judged as one, so that the message says what it should be.
        Form::Script if is_notebook => Form::Json,
        form => form,
    };
    let opened = open(text, form);
    if let Some(problem) = opened.problems.first() {
        let at = range_at(rope, problem.range.clone(), PositionEncoding::Utf16).start;
        let name = path.display();
        return Err(format!("{name}:{}:{}: {}", at.line + 1, at.character + 1, problem.kind));
    }
    Ok(opened)
}

/// Returns whether a text begins as UTF-16 does: with its mark, or with two characters of ASCII.
fn is_utf16(bytes: &[u8]) -> bool {
    let pattern = bytes.get(..4).map(|start| [0, 1, 2, 3].map(|at| start[at] != 0));
    bytes.starts_with(&[0xff, 0xfe])
        || bytes.starts_with(&[0xfe, 0xff])
        || matches!(pattern, Some([true, false, true, false] | [false, true, false, true]))
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    let name = path.display();
    match error.kind() {
        std::io::ErrorKind::NotFound => format!("{name} does not exist; check the path"),
        std::io::ErrorKind::PermissionDenied => format!("{name} may not be read; check its permissions"),
        std::io::ErrorKind::IsADirectory => format!("{name} is a folder; name a file"),
        _ => format!("{name} cannot be read: {error}"),
    }
}

/// Returns the notebooks and scripts that the paths name: files as they are, folders searched for
/// `.ipynb` and `.py` (`.gitignore` is honoured). In order, each once. `complain` gets a sentence for the
/// user about each folder inside that cannot be read; the search goes on beside it.
pub(super) fn find(paths: &[PathBuf], complain: &mut dyn FnMut(String)) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in ignore::WalkBuilder::new(path).require_git(false).build() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    complain(format!("{error}; what is in there is not checked"));
                    continue;
                }
            };
            let wanted = entry
                .path()
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("ipynb") || e.eq_ignore_ascii_case("py"));
            let checkpoint = entry.path().components().any(|part| part.as_os_str() == ".ipynb_checkpoints");
            if wanted && !checkpoint && entry.file_type().is_some_and(|kind| kind.is_file()) {
                inside.push(entry.into_path());
            }
        }
        inside.sort();
        found.extend(inside);
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|path| seen.insert(path.clone()));
    found
}
