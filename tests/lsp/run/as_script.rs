//! Notebooks that are open as JSON text, edited and run as scripts.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Lab, Setup, file_uri};

const NOTEBOOK: &str = r##"{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "title",
   "metadata": {},
   "source": "# Orders"
  },
  {
   "cell_type": "code",
   "execution_count": 3,
   "id": "first",
   "metadata": {"own":   true},
   "outputs": [{"name": "stdout", "output_type": "stream", "text": ["of before\n"]}],
   "source": [
    "%glue_version 5.0\n",
    "a = '\u00e9'"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 4,
   "id": "second",
   "metadata": {"tags": ["parameters"]},
   "outputs": [{"name": "stdout", "output_type": "stream", "text": ["of before\n"]}],
   "source": "import os\nprint(os.getcwd())"
  }
 ],
 "metadata": {"kernelspec": {"display_name": "Glue PySpark", "language": "python", "name": "glue_pyspark"}},
 "nbformat": 4,
 "nbformat_minor": 5
}"##;

/// A folder with a notebook, and an editor that has it open.
struct Desk {
    lab: Lab,
    place: tempfile::TempDir,
    home: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        Desk::with(Setup::new())
    }

    fn with(setup: Setup) -> Desk {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("orders.ipynb"), NOTEBOOK).unwrap();
        let mut lab = setup.start();
        let home = lab.home.path().to_owned();
        lab.editor.open(&file_uri(&place.path().join("orders.ipynb")), "json", NOTEBOOK);
        Desk { lab, place, home }
    }

    fn path(&self) -> PathBuf {
        self.place.path().join("orders.ipynb")
    }

    fn uri(&self) -> String {
        file_uri(&self.path())
    }

    /// What the notebook's file holds.
    fn notebook(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    fn cells(&self) -> Value {
        serde_json::from_str::<Value>(&self.notebook()).unwrap()["cells"].take()
    }

    /// Asks for the script; returns its URI and its text.
    #[track_caller]
    fn ask(&mut self) -> (String, String) {
        let answer = self.lab.command("openAsScript", json!({ "uri": self.uri() }));
        assert_eq!(answer["notebook"], self.uri());
        let uri = answer["uri"].as_str().unwrap().to_owned();
        let text = fs::read_to_string(uri.strip_prefix("file://").unwrap()).unwrap();
        (uri, text)
    }

    /// Asks for the script and opens it.
    #[track_caller]
    fn open(&mut self) -> (String, String) {
        let (uri, text) = self.ask();
        self.told("written to");
        self.lab.editor.open(&uri, "python", &text);
        (uri, text)
    }

    /// Waits for a message to the user.
    #[track_caller]
    fn told(&mut self, part: &str) -> String {
        let message = self.lab.editor.client.take(part, |message| {
            message["method"] == "window/showMessage" && message["params"]["message"].as_str().unwrap().contains(part)
        });
        message["params"]["message"].as_str().unwrap().to_owned()
    }

    /// Has the script hold a text, and saves it: writes its file as an editor does, then tells.
    fn save(&mut self, uri: &str, text: &str) {
        self.lab.editor.replace(uri, text);
        fs::write(uri.strip_prefix("file://").unwrap(), text).unwrap();
        self.lab.editor.client.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
    }

    /// Saves, and waits until that is done and nothing was refused.
    #[track_caller]
    fn saved(&mut self, uri: &str, text: &str) {
        self.save(uri, text);
        // A script is not opened while one is being saved.
        self.ask();
        self.told("written to");
        self.nothing_is_left();
    }

    #[track_caller]
    fn nothing_is_left(&mut self) {
        let messages: Vec<&Value> =
            self.lab.editor.client.unread().filter(|message| message["method"] == "window/showMessage").collect();
        assert!(messages.is_empty(), "{messages:?}");
    }

    #[track_caller]
    fn run(&mut self, uri: &str, cell: usize) {
        let run = self.lab.ask("runCell", json!({ "uri": uri, "cell": cell, "force": true }));
        self.lab.story(run, 1).ok();
    }
}

#[test]
fn a_notebook_is_edited_as_a_script() {
    let mut desk = Desk::new();
    let (uri, text) = desk.open();
    assert!(uri.contains("/glue-ls/scripts/") && uri.ends_with("/orders.py"), "{uri}");
    assert!(text.contains(
        "\n# %% [markdown]\n# # Orders\n\n# %%\n# %glue_version 5.0\na = 'é'\n\n# %% tags=[\"parameters\"]\n"
    ));
    assert_eq!(desk.lab.editor.pull(&uri), [""; 0]);

    desk.saved(&uri, &text);
    assert_eq!(desk.notebook(), NOTEBOOK, "a save without edits changes nothing");

    desk.saved(&uri, &text.replace("# Orders", "# All orders"));
    assert_eq!(desk.notebook(), NOTEBOOK.replace("# Orders", "# All orders"));

    let more = format!("{}\n# %%\nb = 2\n", text.replace("a = 'é'", "a = 'e'").replace("# Orders", "# All orders"));
    desk.saved(&uri, &more);
    let cells = desk.cells();
    assert_eq!(cells[1]["source"], json!(["%glue_version 5.0\n", "a = 'e'"]));
    assert_eq!((&cells[1]["id"], &cells[1]["metadata"]), (&json!("first"), &json!({"own": true})));
    assert_eq!((&cells[1]["outputs"], &cells[1]["execution_count"]), (&json!([]), &Value::Null));
    assert_eq!(cells[2]["outputs"][0]["text"], json!(["of before\n"]));
    assert_eq!((&cells[3]["source"], cells[3]["id"].as_str().unwrap().len()), (&json!(["b = 2"]), 8));
    desk.saved(&uri, &text.replace("# Orders", "# All orders").replace("a = 'é'", "a = 'e'"));
    assert_eq!(desk.cells().as_array().unwrap().len(), 3, "a cell that was deleted is gone");
}

#[test]
fn cells_run_in_the_notebooks_folder_and_their_outputs_are_saved() {
    let mut desk = Desk::new();
    let (uri, text) = desk.open();
    let edited = text.replace("a = 'é'", "print('new')");
    desk.lab.editor.replace(&uri, &edited);
    desk.run(&uri, 1);
    desk.run(&uri, 2);
    desk.saved(&uri, &edited);
    let cells = desk.cells();
    let folder = desk.place.path().canonicalize().unwrap();
    let outputs = |lines: &[&str]| json!([{ "name": "stdout", "output_type": "stream", "text": lines }]);
    let new = outputs(&["glue_version = 5.0\n", "new\n"]);
    assert_eq!(cells[2]["outputs"], outputs(&[&format!("{}\n", folder.display())]));
    assert_eq!((&cells[1]["execution_count"], &cells[2]["execution_count"]), (&json!(1), &json!(2)));
    assert_eq!(cells[1]["outputs"], new);
    let once = desk.notebook();
    desk.saved(&uri, &edited);
    assert_eq!(desk.notebook(), once, "the same outputs are not written twice");
    // The cell moves with what it has shown; one that was edited since has shown nothing.
    let (top, rest) = edited.split_once("# %% [markdown]").unwrap();
    let (words, code) = rest.split_once("# %%\n").unwrap();
    desk.saved(&uri, &format!("{top}# %%\n{code}\n# %% [markdown]{words}").replace("os.getcwd()", "os.name"));
    let cells = desk.cells();
    assert_eq!((&cells[0]["id"], &cells[0]["outputs"]), (&json!("first"), &new));
    assert_eq!((&cells[1]["id"], &cells[1]["outputs"]), (&json!("second"), &json!([])));
    assert_eq!(cells[2]["id"], "title");
}

#[test]
fn a_notebook_that_has_changed_is_not_written_and_no_edit_is_lost() {
    let mut desk = Desk::new();
    let (uri, text) = desk.open();
    let theirs = NOTEBOOK.replace("# Orders", "# Theirs");
    fs::write(desk.path(), &theirs).unwrap();
    let ours = text.replace("# Orders", "# Ours");
    desk.save(&uri, &ours);
    let why = desk.told("orders.ipynb was not written");
    assert!(why.contains("changed on disk") && why.contains("glue-ls.openAsScript"), "{why}");
    assert_eq!(desk.notebook(), theirs);

    desk.lab.editor.replace(&desk.uri(), &theirs);
    let (again, new) = desk.ask();
    assert_eq!(again, uri);
    assert!(new.contains("# # Theirs"));
    let note = desk.told("the one before had changes that are not in the notebook".get(4..).unwrap());
    let kept = Path::new(uri.strip_prefix("file://").unwrap()).with_file_name("orders.kept-1.py");
    assert!(note.contains(kept.to_str().unwrap()), "{note}");
    assert_eq!(fs::read_to_string(kept).unwrap(), ours);
    desk.told("written to");

    // A buffer that was not reloaded is no script of this notebook.
    desk.save(&uri, &ours);
    assert!(desk.told("orders.ipynb was not written").contains("made of it last"));
    assert_eq!(desk.notebook(), theirs);
    let (_, new) = desk.ask();
    desk.told("orders.kept-1.py");
    desk.told("written to");
    desk.saved(&uri, &new.replace("Theirs", "Both"));
    assert_eq!(desk.notebook(), theirs.replace("Theirs", "Both"));
}

#[test]
fn what_is_not_saved_read_only_or_gone_is_left_alone() {
    let mut desk = Desk::new();
    let at = json!({ "line": 5, "character": 16 });
    let change = json!([{ "range": { "start": at, "end": at }, "text": "My " }]);
    desk.lab.editor.edit(&desk.uri(), change.clone());
    let why = desk.lab.refused("openAsScript", json!({ "uri": desk.uri() }));
    assert!(why.contains("orders.ipynb has changes that are not saved"), "{why}");
    desk.lab.editor.replace(&desk.uri(), NOTEBOOK);
    let (uri, text) = desk.open();
    let edited = text.replace("# Orders", "# Others");

    desk.lab.editor.edit(&desk.uri(), change);
    desk.save(&uri, &edited);
    assert!(desk.told("orders.ipynb was not written").contains("open as text, with changes"));
    desk.lab.editor.replace(&desk.uri(), &format!("{NOTEBOOK}\n"));

    let mut permissions = fs::metadata(desk.path()).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(desk.path(), permissions).unwrap();
    desk.save(&uri, &edited);
    assert!(desk.told("orders.ipynb was not written").contains("read-only"));
    assert_eq!(desk.notebook(), NOTEBOOK);

    let away = desk.place.path().join("away.ipynb");
    fs::rename(desk.path(), &away).unwrap();
    desk.save(&uri, &edited);
    assert!(desk.told("orders.ipynb was not written").contains("not there any more"));

    // A link is followed, and stays one; permissions stay.
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(&away, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&away, desk.path()).unwrap();
    desk.save(&uri, &edited);
    desk.ask();
    desk.told("written to");
    desk.nothing_is_left();
    assert_eq!(fs::read_to_string(&away).unwrap(), NOTEBOOK.replace("# Orders", "# Others"));
    assert!(fs::symlink_metadata(desk.path()).unwrap().is_symlink());
    assert_eq!(fs::metadata(&away).unwrap().permissions().mode() & 0o777, 0o640);
    let script = Path::new(uri.strip_prefix("file://").unwrap());
    assert_eq!(
        fs::metadata(script.parent().unwrap()).unwrap().permissions().mode() & 0o077,
        0,
        "it is the user's alone"
    );
    let left: Vec<_> = fs::read_dir(desk.place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn the_way_back_is_known_after_a_restart() {
    let mut desk = Desk::new();
    let (uri, text) = desk.open();
    let edited = text.replace("# Orders", "# Edited");
    let Desk { lab, place, home } = desk;
    let Lab { editor, home: kept } = lab;
    drop(editor);
    assert_eq!(kept.path(), home);
    // Saved while no server was there.
    fs::write(uri.strip_prefix("file://").unwrap(), &edited).unwrap();
    let mut setup = Setup::new().option("trusted", Value::Null).option("trustedFolders", json!([place.path()]));
    setup.home = kept;
    let mut desk = Desk { lab: setup.start(), place, home };
    desk.lab.editor.open(&uri, "python", &edited);
    assert_eq!(desk.notebook(), NOTEBOOK);
    let (again, found) = desk.ask();
    assert_eq!((again.as_str(), found.as_str()), (uri.as_str(), edited.as_str()), "the edits are there");
    desk.told("has changes that are not in orders.ipynb yet");
    desk.told("written to");
    // Without a notebook that is open, and where the notebook's folder is trusted, not that of the script.
    desk.run(&uri, 2);
    desk.save(&uri, &edited);
    desk.ask();
    desk.told("written to");
    desk.nothing_is_left();
    let cells = desk.cells();
    assert_eq!(cells[0]["source"], "# Edited");
    let folder = desk.place.path().canonicalize().unwrap();
    assert_eq!(cells[2]["outputs"][0]["text"], json!([format!("{}\n", folder.display())]));
}

#[test]
fn trust_is_that_of_the_notebooks_folder() {
    let mut desk = Desk::with(Setup::new().option("trusted", Value::Null));
    let (uri, _) = desk.open();
    let blocked = desk.lab.blocked("runCell", json!({ "uri": uri, "cell": 2 }));
    assert_eq!(blocked["reason"], "untrusted");
    let answer = desk.lab.act(&blocked["actions"][0]);
    assert_eq!(answer["folder"], json!(desk.place.path()));
    desk.run(&uri, 2);
}

#[test]
fn the_script_is_offered_where_a_notebook_is_text() {
    let mut desk = Desk::new();
    let uri = desk.uri();
    let actions = |desk: &mut Desk, context: Value| -> Vec<Value> {
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } });
        let params = json!({ "textDocument": { "uri": desk.uri() }, "range": range, "context": context });
        let found = desk.lab.editor.client.call("textDocument/codeAction", params);
        let found = found.as_array().unwrap().iter();
        found.filter(|action| action["command"]["command"] == "glue-ls.openAsScript").cloned().collect()
    };
    let asked = actions(&mut desk, json!({ "diagnostics": [], "triggerKind": 1 }));
    assert_eq!(asked[0]["kind"], "source.glue-ls.openAsScript");
    assert_eq!(actions(&mut desk, json!({ "diagnostics": [], "only": ["source"] })).len(), 1);
    assert_eq!(actions(&mut desk, json!({ "diagnostics": [], "only": ["quickfix"] })).len(), 0);
    assert_eq!(actions(&mut desk, json!({ "diagnostics": [], "triggerKind": 2 })).len(), 0);
    let answer = desk.lab.act(&asked[0]["command"]);
    assert_eq!(answer["notebook"], json!(uri));
    desk.told("written to");
    let blocked = desk.lab.blocked("runCell", json!({ "uri": uri, "cell": 1 }));
    assert_eq!(blocked["reason"], "not-runnable");
    assert_eq!(desk.lab.act(&blocked["actions"][0]), answer);
    desk.told("written to");
    // Without arguments the document is the one where the user was last; from the script it is the script.
    let script = answer["uri"].as_str().unwrap().to_owned();
    desk.lab.editor.open(&script, "python", "");
    let params = json!({ "command": "glue-ls.openAsScript" });
    assert_eq!(desk.lab.editor.client.call("workspace/executeCommand", params)["uri"], json!(script));
    desk.told("written to");
}

#[test]
fn what_is_no_notebook_is_refused() {
    let mut desk = Desk::new();
    let broken = desk.place.path().join("broken.ipynb");
    fs::write(&broken, NOTEBOOK.replace("\"nbformat\": 4,", "\"nbformat\" 4,")).unwrap();
    let why = desk.lab.refused("openAsScript", json!({ "uri": file_uri(&broken) }));
    assert!(why.contains("line 30 of the notebook is not as it should be"), "{why}");
    let gone = desk.lab.refused("openAsScript", json!({ "uri": file_uri(&desk.place.path().join("no.ipynb")) }));
    assert!(gone.contains("cannot be read"), "{gone}");
    let unsaved = desk.lab.refused("openAsScript", json!({ "uri": "untitled:a" }));
    assert!(unsaved.contains("save the notebook first"), "{unsaved}");
    desk.lab.open_notebook(&[("a", "x = 1")]);
    let cells = desk.lab.refused("openAsScript", json!({ "uri": crate::lsp::editor::NOTEBOOK }));
    assert!(cells.contains("cell by cell"), "{cells}");
}
