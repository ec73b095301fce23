//! Spark on this machine, as the user of an editor comes to it: the set-up before the first session that needs it, and what
//! is said where there is none. Python, pip and Java are scripts, and nothing is downloaded.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{Gate, Lab, Setup, Story, plain};
use crate::lsp::editor::{NOTEBOOK, cell_uri};

/// Python with its `venv` and `pip`. It runs cells, which find in `RAN_BY` who does. What it does differently are files in
/// its folder.
const PYTHON: &str = r#"#!/bin/sh
here='HERE'
site="$(dirname "$0")/../lib/site"
case "$1 $2" in
  "-c "*python_implementation*)
    echo "GLUE-LS {\"version\": [3, 11, 7], \"executable\": \"$0\", \"kind\": \"CPython\", \"wide\": true}";;
  "-c "*purelib*) echo "GLUE-LS $site";;
  "-c "*'appName("set-up")'*)
    touch "$(echo "$PYSPARK_SUBMIT_ARGS" | sed 's/.*ArchiveClassesAtExit=\([^ "\\]*\).*/\1/')";;
  "-m venv")
    mkdir -p "$3/bin" "$3/lib/site"
    cp "$0" "$3/bin/python";;
  "-m pip")
    echo pip >> "$here/log"
    [ -e "$here/offline" ] && {
      echo "WARNING: Retrying: Failed to establish a new connection: [Errno -3]" >&2
      exit 1
    }
    case "$*" in
      *pyspark==*) [ -p "$here/gate" ] && { echo "Downloading gate-1.0.whl (1 MB)"; cat "$here/gate"; };;
    esac
    for want in "$@"; do
      case "$want" in
        *==*)
          mkdir -p "$site/${want%%==*}-${want##*==}.dist-info"
          touch "$site/${want%%==*}-${want##*==}.dist-info/RECORD";;
      esac
    done
    mkdir -p "$site/pyspark/jars"
    echo "Installing collected packages: all";;
  *)
    RAN_BY=$0 exec PYTHON "$@";;
esac
"#;

const JAVA: &str = r#"#!/bin/sh
case "$1" in
  -Xshare:dump) touch "${2#*=}";;
  *) echo "    java.home = HERE/jdk" >&2; echo "    java.version = 17.0.9" >&2;;
esac
"#;

/// A cell that shows who runs it, without a need of Spark.
const WHO: &str = "import os\nos.environ.get('RAN_BY')";

fn program(file: &Path, text: &str, here: &Path) {
    // What is in PATH may be a script itself, which looks around.
    let found = Command::new(super::python()).args(["-c", "import sys\nprint(sys.executable)"]).output().unwrap();
    let python = String::from_utf8(found.stdout).unwrap();
    let text = text.replace("HERE", here.to_str().unwrap()).replace("PYTHON", python.trim());
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    // Behind a rename: nobody is writing to what is started.
    fs::write(file.with_extension("new"), text).unwrap();
    fs::set_permissions(file.with_extension("new"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(file.with_extension("new"), file).unwrap();
}

/// An editor on a machine where Spark is not set up.
fn without_runtime(mut setup: Setup) -> Setup {
    let home = setup.home.path().canonicalize().unwrap();
    program(&home.join("bin/python3"), PYTHON, &home);
    program(&home.join("jdk/bin/java"), JAVA, &home);
    let own = |name: &str| home.join(name).display().to_string();
    setup.env = vec![
        ("PATH", format!("{}:/usr/bin:/bin", own("bin"))),
        ("JAVA_HOME", own("jdk")),
        // Where pip is configured, uv is not used.
        ("PIP_INDEX_URL", "http://127.0.0.1:9/simple".to_owned()),
    ];
    setup.option("local", json!({}))
}

/// A fifo at which pip waits, when it installs PySpark, until it is opened for writing.
fn gate(lab: &Lab) {
    let made = Command::new("mkfifo").arg(lab.home.path().join("gate")).status().unwrap();
    assert!(made.success());
}

fn system(lab: &Lab) -> String {
    format!("'{}'", lab.home.path().canonicalize().unwrap().join("bin/python3").display())
}

#[track_caller]
fn is_managed(lab: &Lab, story: &Story) {
    let cache = lab.home.path().join("cache/glue-ls/local/runtime-").display().to_string();
    assert!(story.values()[0].contains(&cache), "{:?}", story.values());
}

#[track_caller]
fn left_in(lab: &Lab) -> Vec<String> {
    let left = fs::read_dir(lab.home.path().join("cache/glue-ls/local")).unwrap();
    left.map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("runtime"))
        .collect()
}

#[test]
fn spark_is_set_up_before_the_first_session_that_needs_it_and_the_cell_shows_how_far_it_is() {
    let mut lab = without_runtime(Setup::new()).start();
    gate(&lab);
    lab.open_notebook(&[("who", WHO), ("spark", "spark.range(1)")]);
    let run = lab.ask("runCell", json!({ "cell": cell_uri("who") }));
    let downloads = |story: &Story| story.starts().iter().any(|(_, message)| message.contains("gate"));
    let story = Story::until(&mut lab.editor.client, run, downloads);
    // pip is there; it goes on when this is dropped, and finds no gate any more.
    let open = fs::File::options().write(true).open(lab.home.path().join("gate")).unwrap();
    fs::remove_file(lab.home.path().join("gate")).unwrap();
    drop(open);
    let story = story.until_the_end(&mut lab.editor.client, run, 1).ok();
    is_managed(&lab, &story);
    assert_eq!(story.states(), ["queued", "starting-session", "running", "ok"]);
    let parts: Vec<f64> = story.starts().iter().filter_map(|(part, _)| *part).collect();
    assert!(parts.len() > 2 && parts.is_sorted() && parts[parts.len() - 1] == 1.0, "{:?}", story.starts());
    // The next one finds it.
    lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    let again = lab.run_cell("who").ok();
    is_managed(&lab, &again);
    assert!(again.starts().iter().all(|(_, message)| message.is_empty()), "{:?}", again.starts());
}

#[test]
fn a_set_up_can_be_cancelled_where_its_progress_is_shown() {
    let mut lab = without_runtime(plain::progressing()).start();
    gate(&lab);
    lab.open_script(&format!("# %%\n{WHO}\n\n# %%\nspark.range(1)\n"));
    lab.ask("runCell", json!({ "uri": super::SCRIPT, "cell": 0 }));
    let (id, token) = plain::created(&mut lab);
    lab.editor.client.respond(&id, Value::Null);
    loop {
        let said = plain::progress(&mut lab, &token);
        if said["message"].as_str().is_some_and(|message| message.contains("gate")) {
            assert_eq!(said["cancellable"], true);
            break;
        }
    }
    lab.editor.client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
    assert!(plain::ended(&mut lab, &token).contains("cancelled"));
    assert_eq!(lab.editor.client.notification("window/showMessage")["message"], "Cell 0: cancelled");
    assert_eq!(left_in(&lab), [""; 0]);
    fs::remove_file(lab.home.path().join("gate")).unwrap();
    lab.ask("runCell", json!({ "uri": super::SCRIPT, "cell": 0 }));
    let (id, token) = plain::created(&mut lab);
    lab.editor.client.respond(&id, Value::Null);
    assert_eq!(plain::progress(&mut lab, &token)["kind"], "begin");
    assert!(plain::ended(&mut lab, &token).contains("ok"));
    let shown = lab.editor.client.notification("window/showMessage");
    assert!(shown["message"].as_str().unwrap().contains("bin/python"), "{shown}");
    assert!(left_in(&lab).contains(&"runtime.json".to_owned()));
}

#[test]
fn without_a_network_plain_cells_run_and_a_spark_cell_offers_to_try_again() {
    let mut lab = without_runtime(Setup::new()).start();
    let offline = lab.home.path().join("offline");
    fs::write(&offline, "").unwrap();
    lab.open_notebook(&[("who", WHO), ("spark", "spark.range(1)")]);
    let story = lab.run_cell("who").ok();
    assert_eq!(story.values(), [system(&lab)]);
    let said = story.stream("stderr");
    assert!(said.contains("Spark is not set up on this machine: the package index cannot be reached"), "{said}");
    assert_eq!(lab.run_cell("who").ok().stream("stderr"), "", "it is said once");
    let story = lab.run_cell("spark");
    assert_eq!(story.end(), "error");
    assert!(story.stream("stderr").contains("`glue-ls local setup` does it"), "{}", story.text());
    let [action] = &*story.actions() else { panic!("{:?}", story.actions()) };
    assert_eq!(action["title"], "Start a new session, with Spark");
    // There is still no network: who asks for a session without a cell is told as well.
    let answer = lab.act(action);
    lab.story(answer["runId"].as_u64().unwrap(), 1).ok();
    let told = lab.editor.client.notification("window/showMessage");
    assert!(told["message"].as_str().unwrap().contains("Spark is not set up on this machine"), "{told}");
    fs::remove_file(&offline).unwrap();
    let answer = lab.act(action);
    lab.story(answer["runId"].as_u64().unwrap(), 1).ok();
    let story = lab.run_cell("who").ok();
    is_managed(&lab, &story);
    assert_eq!(story.stream("stderr"), "");
}

#[test]
fn a_session_from_before_the_first_spark_cell_is_started_anew_with_spark() {
    let mut lab = without_runtime(Setup::new()).start();
    lab.open_notebook(&[("who", WHO), ("spark", "'nothing yet'")]);
    assert_eq!(lab.run_cell("who").ok().values(), [system(&lab)]);
    assert!(!lab.home.path().join("log").exists(), "nothing is set up");
    lab.editor.edit_cell("spark", json!([{ "text": "spark.range(1)" }]));
    let story = lab.run_cell("spark");
    assert_eq!(story.end(), "error");
    assert!(story.stream("stderr").contains("started without Spark"), "{}", story.text());
    let [action] = &*story.actions() else { panic!("{:?}", story.actions()) };
    let answer = lab.act(action);
    let started = lab.story(answer["runId"].as_u64().unwrap(), 1).ok();
    assert!(started.starts().iter().any(|(_, message)| !message.is_empty()), "{:?}", started.starts());
    // What ran in the other session is offered to be run again.
    let [again] = &**answer["actions"].as_array().unwrap() else { panic!("{answer}") };
    let run = lab.act(again)["runId"].as_u64().unwrap();
    let story = lab.story(run, 1).ok();
    is_managed(&lab, &story);
}

/// Tells the server other settings.
fn configure(lab: &mut Lab, local: Value) {
    let settings = json!({ "settings": { "glue-ls": { "local": local } } });
    lab.editor.client.notify("workspace/didChangeConfiguration", settings);
}

#[test]
fn when_spark_starts_is_no_reason_to_stop_a_session_and_its_memory_is_one_that_is_told() {
    let python = super::python();
    let mut lab = Lab::notebook(&[("a", "kept = 1"), ("b", "'kept' in globals()")]);
    lab.run_cell("a").ok();
    for warm in ["never", "open", "session"] {
        configure(&mut lab, json!({ "python": python, "warm": warm, "setup": "never" }));
        assert_eq!(lab.run_cell("b").ok().values(), ["True"], "{warm}");
    }
    configure(&mut lab, json!({ "python": python, "memory": "1g" }));
    assert_eq!(lab.run_cell("b").ok().values(), ["False"]);
    let told = lab.editor.client.notification("window/showMessage");
    let text = told["message"].as_str().unwrap();
    assert!(text.contains("is stopped, because `local.memory` changed. Its variables are gone"), "{text}");
    // Without a session nothing is stopped, and nothing told.
    lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    configure(&mut lab, json!({ "python": python, "memory": "2g" }));
    lab.run_cell("b").ok();
}

/// A Python each of whose processes comes to the gate first, and stays in sight there for as long as it lives.
const SEEN: &str = "#!/bin/sh\nexec PYTHON -c 'import os, socket, sys
gate = socket.create_connection((\"127.0.0.1\", PORT))
gate.sendall(b\"%10d\" % os.getpid())
gate.set_inheritable(True)
os.execv(sys.executable, [sys.executable] + sys.argv[1:])' \"$@\"\n";

const PID: &str = "import os\nos.getpid()";

/// A cell that has Spark wanted, and does without.
const WANTS: &str = "try:\n    spark\nexcept NameError:\n    pass";

/// An editor that has Spark started early, with a Python whose processes are seen at the gate.
fn warming(gate: &Gate) -> Setup {
    let setup = Setup::new();
    let home = setup.home.path().canonicalize().unwrap();
    let port = gate.listener.local_addr().unwrap().port().to_string();
    program(&home.join("seen"), &SEEN.replace("PORT", &port), &home);
    setup.option("local", json!({ "python": home.join("seen"), "warm": "open" }))
}

#[test]
fn a_process_is_ready_before_the_first_cell_runs_and_goes_with_its_session() {
    let gate = Gate::new();
    let mut lab = warming(&gate).start();
    lab.open_notebook(&[("pid", PID), ("spark", WANTS)]);
    let spare = gate.guest();
    assert_eq!(lab.run_cell("pid").ok().values(), [spare.pid.to_string()]);
    // While there is a session nobody needs another.
    lab.editor.edit_cell("spark", json!([{ "text": "spark" }]));
    lab.command("stopSession", json!({ "uri": NOTEBOOK }));
    spare.gone();
    let story = lab.run_cell("pid").ok();
    let next = gate.guest();
    assert_eq!(story.values(), [next.pid.to_string()]);
}

#[test]
fn a_process_for_a_session_with_other_arguments_is_of_no_use_and_ends() {
    let gate = Gate::new();
    let mut lab = warming(&gate).start();
    lab.open_notebook(&[("settings", "%extra_py_files s3://a/b.zip"), ("pid", PID), ("spark", WANTS)]);
    let spare = gate.guest();
    lab.editor.edit_cell("settings", json!([{ "text": "%idle_timeout 7" }]));
    lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let own = gate.guest();
    spare.gone();
    assert_ne!(own.pid, 0);
    lab.editor.client.ignore("glue-ls/cellState");
    lab.editor.client.ignore("glue-ls/cellOutput");
}

#[test]
fn a_process_that_nobody_wanted_goes_with_the_server() {
    let gate = Gate::new();
    let mut lab = warming(&gate).start();
    lab.open_notebook(&[("spark", WANTS)]);
    let spare = gate.guest();
    lab.editor.client.call("shutdown", Value::Null);
    lab.editor.client.notify("exit", Value::Null);
    spare.gone();
    assert_eq!(lab.editor.client.exit_code(), Some(0));
}

#[test]
fn nothing_is_started_early_where_nobody_wants_it_or_trusts_the_folder() {
    for (trusted, warm, cell) in [(true, "session", WANTS), (false, "open", WANTS), (true, "open", "1")] {
        let gate = Gate::new();
        let setup = warming(&gate);
        let python = setup.options["local"]["python"].clone();
        let setup = setup.option("local", json!({ "python": python, "warm": warm })).option("trusted", json!(trusted));
        let mut lab = setup.start();
        lab.open_notebook(&[("settings", "%extra_py_files s3://a/b.zip"), ("pid", PID), ("other", cell)]);
        lab.command("sessionStatus", json!({ "uri": NOTEBOOK }));
        if trusted {
            // A process that was started for what stood there before would be of no use to this session.
            lab.editor.edit_cell("settings", json!([{ "text": "# nothing" }]));
            let story = lab.run_cell("pid").ok();
            assert_eq!(story.values(), [gate.guest().pid.to_string()], "{warm} {cell}");
        }
        gate.listener.set_nonblocking(true).unwrap();
        assert!(gate.listener.accept().is_err(), "{trusted} {warm} {cell}");
    }
}
