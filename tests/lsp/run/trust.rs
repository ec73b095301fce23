//! Whose documents are run, and who chooses what runs them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{Lab, Setup, file_uri};

/// A folder with a script in it, and its URI.
fn project(root: &Path, name: &str) -> String {
    let folder = root.join(name);
    fs::create_dir_all(&folder).unwrap();
    file_uri(&folder.join("etl.py"))
}

fn open(lab: &mut Lab, uri: &str) {
    lab.editor.open(uri, "python", "# %%\nimport os\nos.getcwd()\n");
}

/// Runs the only cell of a script; returns the folder that it ran in.
#[track_caller]
fn allowed(lab: &mut Lab, uri: &str) -> String {
    let run = lab.ask("runCell", json!({ "uri": uri, "cell": 0 }));
    lab.story(run, 1).ok().values().remove(0)
}

#[track_caller]
fn denied(lab: &mut Lab, uri: &str) -> Value {
    let blocked = lab.blocked("runCell", json!({ "uri": uri, "cell": 0 }));
    assert_eq!(blocked["reason"], "untrusted", "{blocked}");
    assert_eq!(lab.blocked("startSession", json!({ "uri": uri }))["reason"], "untrusted");
    assert_eq!(lab.blocked("runAllCells", json!({ "uri": uri, "force": true }))["reason"], "untrusted");
    blocked
}

#[test]
fn an_editor_that_does_not_trust_the_workspace_has_the_last_word() {
    let place = tempfile::tempdir().unwrap();
    let uri = project(place.path(), "a");
    let setup = Setup::new().option("trusted", json!(false)).option("trustedFolders", json!([place.path()]));
    let mut lab = setup.start();
    open(&mut lab, &uri);
    assert_eq!(denied(&mut lab, &uri)["actions"], json!([]));
    assert!(lab.refused("trustFolder", json!({ "uri": uri })).contains("does not trust"));
    denied(&mut lab, &uri);
}

#[test]
fn folders_of_the_settings_are_trusted_and_no_others() {
    let place = tempfile::tempdir().unwrap();
    let (ours, theirs) = (project(place.path(), "ours"), project(place.path(), "theirs"));
    let setup = Setup::new().option("trusted", Value::Null);
    let mut lab = setup.option("trustedFolders", json!([place.path().join("ours")])).start();
    for uri in [&ours, &theirs] {
        open(&mut lab, uri);
    }
    let folder = place.path().join("ours").canonicalize().unwrap();
    assert_eq!(allowed(&mut lab, &ours), format!("'{}'", folder.display()), "a cell runs in its document's folder");
    denied(&mut lab, &theirs);
}

#[test]
fn the_user_can_trust_a_folder_for_good() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (project(place.path(), "one"), project(place.path(), "two"));
    let mut lab = Setup::new().option("trusted", Value::Null).start();
    for uri in [&one, &two] {
        open(&mut lab, uri);
    }
    let blocked = denied(&mut lab, &one);
    assert_eq!(blocked["actions"][0]["command"], "glue-ls.trustFolder");
    let answer = lab.act(&blocked["actions"][0]);
    assert_eq!(answer, json!({ "folder": place.path().join("one") }));
    allowed(&mut lab, &one);
    denied(&mut lab, &two);
    // The next server knows it too.
    let Lab { editor, home } = lab;
    drop(editor);
    let setup = Setup { home, ..Setup::new().option("trusted", Value::Null) };
    let mut lab = setup.start();
    open(&mut lab, &one);
    allowed(&mut lab, &one);
}

#[test]
fn the_folder_that_is_open_is_trusted_as_a_whole() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (project(place.path(), "one"), project(place.path(), "two"));
    let mut lab = Setup::new().option("trusted", Value::Null).root(place.path()).start();
    for uri in [&one, &two] {
        open(&mut lab, uri);
    }
    denied(&mut lab, &two);
    assert_eq!(lab.command("trustFolder", json!({ "uri": one })), json!({ "folder": place.path() }));
    allowed(&mut lab, &two);
}

#[test]
fn a_link_does_not_lead_out_of_a_trusted_folder() {
    let place = tempfile::tempdir().unwrap();
    project(place.path(), "elsewhere");
    let ours = place.path().join("ours");
    fs::create_dir_all(&ours).unwrap();
    std::os::unix::fs::symlink(place.path().join("elsewhere"), ours.join("link")).unwrap();
    let setup = Setup::new().option("trusted", Value::Null);
    let mut lab = setup.option("trustedFolders", json!([ours])).start();
    for uri in [file_uri(&ours.join("link/etl.py")), file_uri(&ours.join("../elsewhere/etl.py"))] {
        open(&mut lab, &uri);
        denied(&mut lab, &uri);
    }
    // A link into it is as good as the folder itself.
    std::os::unix::fs::symlink(&ours, place.path().join("way")).unwrap();
    let uri = file_uri(&place.path().join("way/etl.py"));
    open(&mut lab, &uri);
    allowed(&mut lab, &uri);
}

#[test]
fn a_document_without_a_folder_needs_a_trusted_workspace() {
    let mut lab = Setup::new().option("trusted", Value::Null).start();
    open(&mut lab, "untitled:Untitled-1");
    assert_eq!(denied(&mut lab, "untitled:Untitled-1")["actions"], json!([]));
    assert!(lab.refused("trustFolder", json!({ "uri": "untitled:Untitled-1" })).contains("save it first"));
    drop(lab);
    let mut lab = Setup::new().start();
    open(&mut lab, "untitled:Untitled-1");
    allowed(&mut lab, "untitled:Untitled-1");
}

#[test]
fn a_project_chooses_neither_interpreter_nor_profile_nor_trust() {
    let place = tempfile::tempdir().unwrap();
    let uri = project(place.path(), "a");
    let witness = place.path().join("witness");
    let evil = place.path().join("evil");
    fs::write(&evil, format!("#!/bin/sh\ntouch {}\n", witness.display())).unwrap();
    fs::set_permissions(&evil, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let file = format!(
        "profile = \"admin\"\ntrusted = true\ntrustedFolders = [\"/\"]\n[local]\npython = \"{}\"\n",
        evil.display()
    );
    fs::write(place.path().join("glue-ls.toml"), file).unwrap();
    let mut lab = Setup::new().option("trusted", Value::Null).root(place.path()).start();
    let told = [(); 4].map(|()| lab.editor.client.notification("window/logMessage")["message"].to_string());
    for name in ["`profile`", "`local.python`", "`trusted`", "`trustedFolders`"] {
        assert!(told.iter().any(|told| told.contains(name) && told.contains("cannot be set")), "{told:?}");
    }
    open(&mut lab, &uri);
    let blocked = denied(&mut lab, &uri);
    // Whoever trusts the folder has still chosen the interpreter.
    lab.act(&blocked["actions"][0]);
    allowed(&mut lab, &uri);
    assert!(!witness.exists(), "a program of the project's was run");
}
