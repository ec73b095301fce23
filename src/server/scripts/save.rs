//! Writing a script back into its notebook.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ropey::Rope;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::model::gate::is_magic_name;
use crate::platform;
use crate::run::{CellKey, CellState};
use crate::server::desk::Desk;
use crate::server::results::{CellResult, Results};
use crate::server::runs::{Runnable, lock};
use crate::server::uri::file_path;
use crate::syntax::script::{Ran, into_notebook};
use crate::syntax::{CellKind, percent};

use super::{Record, known, mark, name, shows};

/// A script that was saved.
pub(in crate::server) struct Saved {
    /// Its path.
    pub(in crate::server) path: PathBuf,
    /// Its text.
    pub(in crate::server) text: String,
    /// What was run of its cells, as they are now.
    pub(in crate::server) ran: Vec<Option<Ran>>,
    /// The notebooks that are open as JSON text, with what the client shows of them.
    pub(in crate::server) notebooks: Vec<(PathBuf, Rope)>,
}

impl Saved {
    /// Takes what was saved; `None` if the document is not the script of a notebook.
    fn take(desk: &Desk, uri: &str) -> Option<Saved> {
        let path = file_path(uri)?;
        known(&path)?;
        let text = desk.view(uri)?.rope().to_string();
        let (document, notebooks) = {
            let mut world = desk.world();
            (world.runnable(uri)?, world.json_texts())
        };
        let ran = ran(&document, &lock(&desk.runs().results));
        let notebooks = notebooks.into_iter().filter_map(|(uri, rope)| Some((file_path(&uri)?, rope))).collect();
        Some(Saved { path, text, ran, notebooks })
    }
}

/// Writes the cells of a document that was saved into the notebook that it is the script of, if it is one. What it sees
/// of documents it takes before its first `.await`.
pub(in crate::server) async fn saved(desk: Desk, uri: String) {
    let Some(saved) = Saved::take(&desk, &uri) else { return };
    // One after the other, in the order in which they were saved.
    let _turn = desk.saving().lock().await;
    let written = tokio::task::spawn_blocking(move || save(&saved)).await;
    if let Err(why) = written.unwrap_or_else(|error| Err(error.to_string())) {
        desk.client().show_message(lsp::MessageType::Error, why).await;
    }
}

/// Writes a script into its notebook. Returns whether that is another one then. Blocks.
///
/// # Errors
///
/// The notebook is as it was; a sentence for the user.
pub(in crate::server) fn save(saved: &Saved) -> Result<bool, String> {
    let Some((folder, record)) = known(&saved.path) else { return Ok(false) };
    let title = name(&record.notebook);
    let refused = |why: String| format!("{title} was not written: {why}");
    if percent::script_stamp(&Rope::from_str(&saved.text)).as_ref() != Some(&record.stamp) {
        return Err(refused(format!(
            "this is not the script that was made of it last; its header says so. Undo changes of the header, or open the \
             notebook as a script again (`glue-ls.openAsScript`): what you have is kept beside the new script, {}",
            saved.path.display()
        )));
    }
    let target = match record.notebook.canonicalize() {
        Ok(target) => target,
        Err(error) => {
            return Err(refused(format!(
                "{} is not there any more ({error}). Put it back and save again; your edits are in the script, {}",
                record.notebook.display(),
                saved.path.display()
            )));
        }
    };
    let content = std::fs::read(&target).map_err(|error| refused(format!("it cannot be read: {error}")))?;
    let held = mark(&content);
    let changed = || {
        refused(format!(
            "it has changed on disk since. Your edits are in the script, {}. To go on, open the notebook as a script again \
             (`glue-ls.openAsScript`): you get its new cells, and the script with your edits is kept beside the new one",
            saved.path.display()
        ))
    };
    let text = String::from_utf8(content).ok().filter(|_| record.knows(&held)).ok_or_else(changed)?;
    let is_edited = |(path, shown): &(PathBuf, Rope)| {
        let shown = shown.to_string();
        path.canonicalize().is_ok_and(|path| path == target) && !shows(&shown, &text) && !record.is_plain(&shown)
    };
    if saved.notebooks.iter().any(is_edited) {
        return Err(refused(
            "it is open as text, with changes that are not saved. Save or undo them there; if you save them, open the \
             notebook as a script again"
                .to_owned(),
        ));
    }
    let cells = percent::parse(&saved.text, &is_magic_name);
    let written = into_notebook(&text, &saved.text, &cells, &saved.ran, &mut fresh_id)
        .map_err(|error| refused(error.to_string()))?;
    let script = mark(saved.text.as_bytes());
    if written == text {
        let now = Record { held, before: None, script, ..record.clone() };
        if now != record {
            // Nothing is lost without it: it is looked at again what the script says.
            let _ = now.write(&folder);
        }
        return Ok(false);
    }
    may_be_written(&target).map_err(|error| {
        refused(format!(
            "it cannot be written ({error}). Make it writable and save again; your edits are in the script"
        ))
    })?;
    // Both are known until it is sure which one is there.
    let mut record = Record { held: mark(written.as_bytes()), before: Some(held.clone()), script, ..record };
    record.note(&written);
    let could_not = |error: std::io::Error| {
        let why = match target.parent().filter(|_| error.kind() == std::io::ErrorKind::PermissionDenied) {
            Some(parent) => {
                let parent = parent.display();
                format!(
                    "no new file can be made in {parent}, which it takes to write the notebook ({error}). Allow it there"
                )
            }
            None => error.to_string(),
        };
        refused(format!("{why}. Your edits are in the script; save it again"))
    };
    record.write(&folder).map_err(could_not)?;
    let still = || std::fs::read(&target).is_ok_and(|content| mark(&content) == held);
    if !platform::write_whole_if(&target, written.as_bytes(), &still).map_err(could_not)? {
        return Err(changed());
    }
    let _ = Record { before: None, ..record }.write(&folder);
    Ok(true)
}

/// Returns whether the user wants the file to be written: to put another one in its place, more is allowed.
fn may_be_written(path: &Path) -> std::io::Result<()> {
    if std::fs::metadata(path)?.permissions().readonly() {
        return Err(std::io::Error::other("it is read-only"));
    }
    std::fs::OpenOptions::new().write(true).open(path).map(drop)
}

/// Returns an id as Jupyter makes them.
fn fresh_id() -> String {
    let number = uuid::Uuid::new_v4().simple().to_string();
    number.get(..8).unwrap_or(&number).to_owned()
}

/// Returns what was run of a script's cells as they are now.
fn ran(document: &Runnable, results: &Results) -> Vec<Option<Ran>> {
    let cells = document.cells();
    let text_at = |place: usize| cells.get(place).map(|cell| &cell.cell.text);
    let ended = |result: &CellResult| result.state.is_some_and(CellState::is_final) && result.is_whole();
    let ran = |result: &CellResult| ended(result).then(|| Ran { outputs: result.outputs.clone(), count: result.count });
    // What ran at a place where something else is now may have moved.
    let mut moved: HashMap<&Arc<str>, &CellResult> = HashMap::new();
    for (key, result) in results.of(&document.uri) {
        if let (CellKey::Ordinal(place), Some(text)) = (key, &result.text)
            && text_at(*place) != Some(text)
            && moved.get(text).is_none_or(|other| other.count < result.count)
        {
            moved.insert(text, result);
        }
    }
    let shown = |(index, cell): (usize, &Arc<crate::model::CellModel>)| {
        if cell.cell.kind != CellKind::Code {
            return None;
        }
        let own = results.get(&document.uri, &document.key(index));
        own.filter(|own| own.text.as_ref() == Some(&cell.cell.text))
            .or_else(|| moved.remove(&cell.cell.text))
            .and_then(ran)
    };
    cells.iter().enumerate().map(shown).collect()
}
