//! Nothing left running: the editor is closed or crashes, the laptop sleeps or loses power, `%stop_session` is run. No session
//! of glue-ls's own is ever forgotten.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use glue_ls::platform::Life;
use glue_ls::run::record::RecordState;
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};

use crate::cli::run::program::{Home, glue, wait_until};
use crate::grace::{Window, at_work, clean_up, gone, home, left, only, process};
use crate::service::{FakeGlue, Fault, Faults};

/// What the folder of the records holds besides its lock.
fn files(home: &Home) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(home.file("state/glue-ls/sessions")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| !path.ends_with(".lock"));
    files.sort();
    files
}

fn is_listed(home: &Home, id: &str) -> bool {
    home.sessions().iter().any(|listed| listed["id"] == json!(id))
}

#[test]
fn the_user_closes_the_editor() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({ "grace": 1 }));
    window.ok(&[0, 1]);
    let record = left(window, &home);
    assert!(is_listed(&home, &record.id) || glue.alive().is_empty(), "while it is alive it is listed");
    wait_until("the session is stopped", || glue.alive().is_empty());
    wait_until("its record goes", || home.records().is_empty());
    gone(&record);
    // The next window has nothing to be told.
    let mut next = Window::open(&home, json!({}));
    assert_eq!((next.survivors(), next.status()["sessionId"].clone()), (BTreeSet::new(), Value::Null));
    next.close();
}

#[test]
fn the_user_stops_the_session() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.py", "# %%\nx = 1\n# %%\n# %stop_session\n# %%\n'x' in globals()\n")]);
    let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
    window.ok(&[0]);
    let first = only(&home);
    let told = window.ok(&[1]);
    assert!(told.contains(&first.id) && told.contains("is stopped"), "{told}");
    assert_eq!((home.records(), glue.alive()), (vec![], BTreeSet::new()), "before anything else is run");
    assert!(window.ok(&[2]).contains("False"));
    assert_ne!(only(&home).id, first.id);
    window.ok(&[1]);
    // A second time there is nothing to stop.
    assert!(window.ok(&[1]).contains("no session"));
    let stops = glue.calls("StopSession");
    window.close();
    assert_eq!((home.records(), glue.calls("StopSession")), (vec![], stops));
}

/// Kills a window in the middle of something, and lets the next one clean up after it.
fn crash(what: &str, glue: &FakeGlue, home: &Home, state: RecordState, window: Window) {
    window.kill();
    glue.set(Faults::none());
    wait_until("the service is at rest", || glue.calls("CreateSession") == glue.handled("CreateSession"));
    let record = only(home);
    assert_eq!((record.state, record.owner.life()), (state, Life::Gone), "{what}");
    assert_eq!(glue.alive(), BTreeSet::from([record.id.clone()]), "{what}");
    // The next window says so, whatever is open in it, and keeps its hands off.
    let mut next = Window::empty(home, json!({}));
    let told = next.client.notification("window/showMessage")["message"].to_string();
    assert!(told.contains(&record.id) && told.contains("cost money"), "{what}: {told}");
    assert_eq!(next.survivors(), BTreeSet::from([record.id.clone()]), "{what}");
    next.close();
    assert!(glue.alive().contains(&record.id) && is_listed(home, &record.id), "{what}");
    assert_eq!(home.run(&["sessions", "stop", &record.id]).code, Some(0), "{what}");
    assert_eq!((glue.alive(), home.records()), (BTreeSet::new(), vec![]), "{what}");
}

#[test]
fn the_editor_crashes_while_the_session_starts() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    // CreateSession has been sent and takes its time; then it is done, and the session is not ready yet.
    for (what, operation) in [("asked for", "CreateSession"), ("provisioning", "GetSession")] {
        glue.set(Faults::none().always(operation, Fault::Delay(Duration::from_secs(5))));
        let calls = glue.calls(operation);
        let mut window = Window::open(&home, json!({}));
        window.begin(&[0, 1]);
        wait_until("the call is made", || glue.calls(operation) > calls);
        let state = if operation == "GetSession" { RecordState::Created } else { RecordState::Creating };
        wait_until("it is written down", || only(&home).state == state);
        crash(what, &glue, &home, state, window);
    }
}

#[test]
fn the_editor_crashes_while_a_statement_runs() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let window = at_work(&home);
    crash("running", &glue, &home, RecordState::Created, window);
}

#[test]
fn the_laptop_sleeps_after_the_editor_was_closed() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({ "grace": 3 }));
    window.ok(&[0, 1]);
    let record = left(window, &home);
    kill_process(process(&record), Signal::STOP).unwrap();
    wait_until("the grace is over", || only(&home).grace_left() == Some(0) || only(&home).grace_left().is_none());
    assert_eq!((glue.alive().len(), glue.calls("StopSession")), (1, 0), "nobody was awake");
    assert!(is_listed(&home, &record.id));
    kill_process(process(&record), Signal::CONT).unwrap();
    wait_until("the session is stopped", || glue.alive().is_empty());
    wait_until("its record goes", || home.records().is_empty());
    gone(&record);
}

#[test]
fn two_windows_never_stop_each_others_sessions() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    std::fs::write(home.file("b.py"), "# %%\nb = 7\n# %%\nb\n").unwrap();
    let always = json!({ "stopOnExit": "always" });
    let mut first = Window::open(&home, always.clone());
    first.ok(&[0, 1]);
    let mut second = Window::empty(&home, always);
    second.uri = format!("file://{}", home.file("b.py").display());
    let item = json!({ "uri": second.uri, "languageId": "python", "version": 1, "text": home.read("b.py") });
    second.client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    second.ok(&[0]);
    assert_eq!((glue.alive().len(), first.survivors(), second.survivors()), (2, BTreeSet::new(), BTreeSet::new()));
    first.close();
    assert_eq!((glue.alive().len(), glue.calls("StopSession")), (1, 1));
    assert!(second.ok(&[1]).contains('7'), "the other one's session is as it was");
    second.close();
    assert_eq!((glue.alive(), home.records()), (BTreeSet::new(), vec![]));
}

/// What a loss of power can leave of a file that was being written.
#[test]
fn the_power_fails_while_a_record_is_written() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({ "stopOnExit": "never" }));
    window.ok(&[0, 1]);
    let id = left_alone(window, &home);
    let [file] = &*files(&home) else { panic!("{:?}", files(&home)) };
    let whole = std::fs::read(file).unwrap();
    // Before it was renamed, the record is in a file of another name: the session was not asked for yet, or the old
    // record stands. Nobody takes the half of it for anything.
    let new = file.with_file_name(".0123456789abcdef0123456789abcdef.new");
    std::fs::write(&new, &whole[..whole.len() / 2]).unwrap();
    assert!(is_listed(&home, &id));
    assert_eq!(files(&home), std::slice::from_ref(file), "what was half written is swept away");
    // File systems that keep no order may leave a file of the right name and nothing, or half of it, in it.
    for left in [0, whole.len() / 2, whole.len() - 3] {
        std::fs::write(file, &whole[..left]).unwrap();
        let ran = home.run(&["sessions", "list", "--format", "json"]);
        let listed: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
        assert!(listed.iter().any(|row| row["id"] == json!(id) && row["status"] == "READY"), "{left}: {listed:?}");
        assert!(ran.stderr.contains(&file.display().to_string()), "{left}: {}", ran.stderr);
        let mut next = Window::open(&home, json!({}));
        let told = next.client.notification("window/showMessage")["message"].to_string();
        assert!(told.contains(&id) && told.contains("glue-ls sessions list"), "{left}: {told}");
        next.close();
        assert_eq!(files(&home), std::slice::from_ref(file), "{left}: it is left as it is");
    }
    // It keeps nobody from stopping the session, and goes with it.
    let ran = home.run(&["sessions", "stop", &id]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!((glue.alive(), files(&home)), (BTreeSet::new(), vec![]));
}

/// Closes a window that leaves its session alone; returns the session's id.
fn left_alone(window: Window, home: &Home) -> String {
    window.close();
    let record = only(home);
    assert_eq!(record.owner.life(), Life::Gone);
    record.id
}

/// Runs a cell that needs a session in a window that is started so, and checks that none was asked for, and why not.
fn refused(what: &str, glue: &FakeGlue, home: &Home, command: Command, said: &[&str]) {
    let mut window = Window::of(command, home, json!({}), Value::Null);
    window.open_script(home);
    let ran = window.run(&[0, 1]);
    assert_eq!(ran.state, "error", "{what}: {}", ran.text);
    for said in ["the session was not started", "no record of it can be written"].iter().chain(said) {
        assert!(ran.text.contains(said), "{what}: {said} is missing in {}", ran.text);
    }
    assert_eq!((glue.calls("CreateSession"), glue.alive()), (0, BTreeSet::new()), "{what}");
    // The rest of the server is well.
    assert_eq!(window.status()["sessionId"], Value::Null, "{what}");
    window.close();
}

#[test]
fn without_room_for_a_record_nothing_is_started() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    // Files may not grow, as on a disk that is full.
    let mut command = Command::new("sh");
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\"";
    let program = home.command([]);
    command.args(["-c", script, env!("CARGO_BIN_EXE_glue-ls")]).current_dir(home.path()).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    refused("full", &glue, &home, command, &["File too large"]);
    assert!(files(&home).is_empty(), "nothing half written is left");
    // With room again it starts.
    let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
    window.ok(&[0, 1]);
    window.close();
    clean_up(&glue, &home);
}

#[test]
fn in_a_folder_that_may_not_be_written_to_nothing_is_started() {
    let glue = glue(Faults::none());
    let file = "state is a file";
    let home = Home::on(&glue, &[("a.py", "# %%\n# %number_of_workers 3\n# %%\nx = 41\n"), (file, "")]);
    let sealed = home.file("sealed");
    std::fs::create_dir(&sealed).unwrap();
    std::fs::set_permissions(&sealed, std::fs::Permissions::from_mode(0o500)).unwrap();
    // Permissions do not stop the superuser; what the kernel itself shows does.
    let sealed = if std::fs::create_dir(sealed.join("probe")).is_err() { sealed } else { PathBuf::from("/proc") };
    for state in [sealed, home.file(file)] {
        let mut command = home.command([]);
        command.env("XDG_STATE_HOME", &state);
        let place = state.join("glue-ls/sessions").display().to_string();
        refused(&place, &glue, &home, command, &["cannot create", &place]);
        let home = Home::on(&glue, &[("a.py", &home.read("a.py"))]).with("XDG_STATE_HOME", state.to_str().unwrap());
        let ran = home.run(&["run", "a.py"]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        let told = ran.stdout + &ran.stderr;
        assert!(told.contains("the session was not started") && told.contains(&place), "{told}");
        assert_eq!((glue.calls("CreateSession"), glue.alive()), (0, BTreeSet::new()));
    }
}
