//! Opening a notebook as a script.

use std::path::{Path, PathBuf};

use crate::model::Kernel;
use crate::model::gate::is_magic_name;
use crate::model::open::open as take_apart;
use crate::platform;
use crate::syntax::{Form, percent, script};
use ropey::Rope;

use super::{Record, mark, name, path_for, shows, tidy};

/// A notebook that is to be opened as a script.
pub(in crate::server) struct Asked {
    /// Its path.
    pub(in crate::server) notebook: PathBuf,
    /// Its text as the client has it, if it has it open.
    pub(in crate::server) shown: Option<Rope>,
    /// Its script's text as the client has it, if it has it open.
    pub(in crate::server) script: Option<Rope>,
}

/// A script that can be opened.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::server) struct Opened {
    /// Where it is.
    pub(in crate::server) path: PathBuf,
    /// What the user should know.
    pub(in crate::server) note: Option<String>,
}

/// Makes the script of a notebook, or finds the one that is there. Blocks.
///
/// # Errors
///
/// A sentence for the user.
pub(in crate::server) fn open(asked: &Asked) -> Result<Opened, String> {
    let notebook = &asked.notebook;
    let title = name(notebook);
    let content = std::fs::read(notebook).map_err(|error| format!("{} cannot be read: {error}", notebook.display()))?;
    let held = mark(&content);
    let text = String::from_utf8(content).map_err(|_| format!("{title} is not UTF-8, as notebooks are"))?;
    let path = path_for(notebook).ok_or("there is no folder for caches; set HOME or XDG_CACHE_HOME")?;
    let folder = platform::folder_of(&path);
    platform::create_private_folder(&folder)
        .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))?;
    let there = std::fs::read_to_string(&path).ok();
    let record = Record::read(&folder).filter(|record| record.notebook == *notebook);
    let is_plain = |shown: &str| shows(shown, &text) || record.as_ref().is_some_and(|record| record.is_plain(shown));
    if asked.shown.as_ref().is_some_and(|shown| !is_plain(&shown.to_string())) {
        return Err(format!(
            "{title} has changes that are not saved, or is another one on disk; save or reload it, then open it as a script"
        ));
    }
    let mut note = None;
    if let Some(there) = there {
        let record = record.as_ref();
        let of_last =
            record.filter(|record| percent::script_stamp(&Rope::from_str(&there)).as_ref() == Some(&record.stamp));
        let is_known = of_last.is_some_and(|record| record.knows(&held));
        let says_more = match record {
            Some(record) if record.script == mark(there.as_bytes()) => false,
            Some(_) if is_known => !says_the_same(&text, &there),
            _ => true,
        };
        if is_known {
            let more = says_more
                .then(|| format!("{} has changes that are not in {title} yet: save it to write them", name(&path)));
            return Ok(Opened { path, note: more });
        }
        let is_edited = asked.script.as_ref().is_some_and(|shown| !shows(&shown.to_string(), &there));
        if is_edited {
            return Err(format!(
                "{title} has changed on disk, and its script {} is open with changes that are not saved. Save the script, \
                 then open the notebook as a script again: what you have is kept beside the new one",
                path.display()
            ));
        }
        if says_more {
            let aside = set_aside(&path).map_err(|error| format!("{} cannot be set aside: {error}", path.display()))?;
            note = Some(format!(
                "{title} has changed on disk since it was opened as a script, so this is a new script of it. The one before \
                 had changes that are not in the notebook; it is {}",
                aside.display()
            ));
        }
    }
    let number = uuid::Uuid::new_v4().simple().to_string();
    // A letter in front: digits alone would be a number in YAML.
    let stamp = format!("s{}", number.get(..12).unwrap_or(&number));
    let made = script::of_notebook(&text, &title, &stamp, kernel(&text), &is_magic_name)
        .map_err(|error| format!("{title} cannot be opened as a script: {error}"))?;
    let shown = record.map(|record| record.shown).unwrap_or_default();
    let script = mark(made.as_bytes());
    let mut record = Record { notebook: notebook.clone(), held, before: None, shown, stamp, script };
    record.note(&text);
    // The record first: a script that says something else than the record is not written back.
    let written = record.write(&folder).and_then(|()| platform::write_whole_private(&path, made.as_bytes()));
    written.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    tidy();
    Ok(Opened { path, note })
}

/// Returns the kernel of Glue's that runs a notebook's cells, where it is one: its name and its language.
fn kernel(text: &str) -> Option<(&'static str, &'static str)> {
    let notebook = take_apart(text, Form::Json).notebook;
    let kernel = crate::model::gate::gate(&notebook, None).kernel()?;
    Some((kernel.name(), if kernel == Kernel::Spark { "scala" } else { "python" }))
}

/// Returns whether a script says what its notebook says.
fn says_the_same(notebook: &str, script: &str) -> bool {
    let cells = percent::parse(script, &is_magic_name);
    script::into_notebook(notebook, script, &cells, &[], &mut String::new).is_ok_and(|text| text == notebook)
}

/// Gives a script a name at which it is kept, unless it is kept already. Returns its path.
fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let content = std::fs::read(path)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let names = (1..).map(|number| path.with_file_name(format!("{stem}.kept-{number}.py")));
    let is_kept = |kept: &PathBuf| std::fs::read(kept).is_ok_and(|kept| kept == content);
    let place = names.take(1_000).find(|place| !place.exists() || is_kept(place));
    let place = place.ok_or_else(|| std::io::Error::other("too many are kept already"))?;
    std::fs::rename(path, &place)?;
    Ok(place)
}
