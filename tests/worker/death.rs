//! The end of the worker, and of what it started, however it comes.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use super::{BOUND, End, Session, bounded};

#[tokio::test]
async fn a_death_tells_what_happened_and_what_to_do() {
    for (code, expected) in [
        ("import os\nprint('last words')\nos._exit(3)", "exit code 3"),
        ("import ctypes\nprint('last words')\nctypes.string_at(0)", "SIGSEGV"),
        ("import os, signal\nprint('last words')\nos.kill(os.getpid(), signal.SIGKILL)", "memory runs out"),
        ("import os, signal\nprint('last words')\nos.killpg(0, signal.SIGTERM)", "SIGTERM"),
        ("import os\nprint('last words')\nos.closerange(0, 70000)", "closed its connection"),
        ("import os\nprint('last words')\nos.execvp('false', ['false'])", "exit code 1"),
    ] {
        let session = Session::start().await;
        session.run("x = 1").await;
        let (outputs, outcome) = session.begin(code);
        let (_, waiting) = session.begin("2");
        let ran = super::finish(outputs, outcome).await;
        assert_eq!(ran.stdout, "last words\n", "{code}");
        assert!(ran.died().contains(expected) && ran.died().contains("while statement 2 ran"), "{code}: {ran:?}");
        assert!(ran.died().contains("start a new session"), "{ran:?}");
        assert!(session.worker.death().is_some_and(|death| !death.asked));
        // What waited behind it is not lost without a word.
        let End::NotRun { reason } = bounded(waiting).await.end else { panic!("it was run") };
        assert!(reason.contains(expected), "{reason}");
        assert_eq!(bounded(session.worker.ended()).await.message, reason);
    }
}

#[tokio::test]
async fn a_crash_names_the_line() {
    let session = Session::start().await;
    let ran = session.run("import ctypes\n\nctypes.string_at(0)").await;
    assert!(ran.stderr.contains("Segmentation fault"), "{ran:?}");
    assert!(ran.stderr.contains("File \"<statement 1>\", line 3"), "{ran:?}");
}

#[tokio::test]
async fn a_death_between_statements_is_noticed() {
    let session = Session::start().await;
    session.run("import os, threading\nt = threading.Timer(0.05, os._exit, [5])\nt.start()").await;
    let death = bounded(session.worker.ended()).await;
    assert!(death.message.contains("exit code 5") && !death.message.contains("while"), "{death:?}");
}

/// Connects processes to a listener, whose ends of the connections tell when they are gone: the worker itself, a fork
/// of it, and a program that ignores what can be ignored.
const WITNESSES: &str = "
import os, signal, socket, subprocess, sys, time
def witness():
    s = socket.socket(socket.AF_UNIX); s.connect(PATH); return s
mine = witness()
if os.fork() == 0:
    mine.close(); forked = witness()
    signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True: time.sleep(1000)
s = witness()
program = subprocess.Popen(['sh', '-c', 'trap \"\" INT TERM HUP; while :; do sleep 1000; done'], pass_fds=[s.fileno()])
s.close()
";

/// Waits until `count` processes have connected, calls `kill`, and waits until they are gone.
fn all_gone_after(listener: &UnixListener, count: usize, kill: impl FnOnce()) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let listener = listener.try_clone().unwrap();
    std::thread::spawn(move || {
        for _ in 0..count {
            sender.send(listener.accept().unwrap().0).unwrap();
        }
    });
    let mut connections: Vec<_> = (0..count).map(|_| receiver.recv_timeout(BOUND).unwrap()).collect();
    kill();
    for connection in &mut connections {
        connection.set_read_timeout(Some(BOUND)).unwrap();
        assert_eq!(connection.read(&mut [0]).expect("it ends in time"), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_group_outlives_the_worker() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    for end in ["import os; os._exit(0)", "while True: pass"] {
        let session = Session::start().await;
        let (_outputs, outcome) = session.begin(&format!("PATH = {path:?}{WITNESSES}"));
        assert!(matches!(bounded(outcome).await.end, End::Value(_)));
        let listener = listener.try_clone().unwrap();
        let (_outputs, outcome) = session.begin(end);
        let kill = end.starts_with("while");
        tokio::task::spawn_blocking(move || all_gone_after(&listener, 3, || drop(kill.then_some(session))))
            .await
            .unwrap();
        assert!(matches!(bounded(outcome).await.end, End::Died(_)));
    }
}

/// Kills whoever is in the worker's group, leaves only the worker, and lets it be seen.
#[cfg(target_os = "linux")]
const ALONE: &str = "
import os, signal, socket
for pid in map(int, filter(str.isdigit, os.listdir('/proc'))):
    try:
        if pid != os.getpid() and os.getpgid(pid) == os.getpgrp(): os.kill(pid, signal.SIGKILL)
    except ProcessLookupError: pass  # One that has ended meanwhile.
s = socket.socket(socket.AF_UNIX); s.connect(PATH)
";

/// Native code that holds Python's lock, so that no thread of the worker's can act.
const NATIVE: &str = "import re; re.match(r'(a+)+$', 'a' * 64 + 'b')";

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_holds_the_pipes_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let session = Session::start().await;
    // It leaves the group, which is how to outlive a worker; it ends with this test's end of the connection.
    let code = format!(
        "import os, socket\ns = socket.socket(socket.AF_UNIX); s.connect({path:?})\n\
         if os.fork() == 0:\n    os.setsid(); s.send(b'd'); s.recv(1); os._exit(0)\n\
         import time; time.sleep(1000)"
    );
    let (outputs, outcome) = session.begin(&code);
    let connection = tokio::task::spawn_blocking(move || {
        let (mut connection, _) = listener.accept().unwrap();
        connection.set_read_timeout(Some(BOUND)).unwrap();
        connection.read_exact(&mut [0]).unwrap();
        connection
    });
    let mut connection = bounded(connection).await.unwrap();
    let kill = session.worker.id();
    assert!(Command::new("kill").args(["-9", &kill.to_string()]).status().unwrap().success());
    let ran = super::finish(outputs, outcome).await;
    assert!(ran.died().contains("SIGKILL"), "{ran:?}");
    // The daemon lives, and goes.
    connection.write_all(b"x").unwrap();
    assert_eq!(connection.read(&mut [0]).unwrap(), 0);
}

const HOST: &str = "GLUE_LS_TEST_WORKER_HOST";

/// Not a test of its own: the process that the tests below start and kill.
#[tokio::test]
async fn host() {
    let Some(setup) = std::env::var_os(HOST) else { return };
    let busy = std::env::var(format!("{HOST}_CODE")).unwrap();
    let session = Session::start().await;
    let ran = session.run(setup.to_str().unwrap()).await;
    assert!(ran.is_empty_value(), "{ran:?}");
    let (outputs, outcome) = session.begin(&busy);
    writeln!(std::io::stderr(), "GROUP {}", session.worker.id()).unwrap();
    super::finish(outputs, outcome).await;
}

/// Starts a process with a worker that runs `setup` and then `busy`, kills it when `count` witnesses have connected,
/// and waits until they and the whole group are gone.
fn kill_server(setup: &str, count: usize, busy: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["worker::death::host", "--exact", "--nocapture"])
        .env(HOST, format!("PATH = {path:?}\n{setup}"))
        .env(format!("{HOST}_CODE"), format!("{busy}\nimport time; time.sleep(1000)"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = std::io::BufReader::new(host.stderr.take().unwrap());
    let group = loop {
        let mut line = String::new();
        assert_ne!(std::io::BufRead::read_line(&mut said, &mut line).unwrap(), 0, "the host ended");
        if let Some(group) = line.strip_prefix("GROUP ") {
            break group.trim().to_owned();
        }
    };
    all_gone_after(&listener, count, || host.kill().unwrap());
    host.wait().unwrap();
    group_is_empty(&group);
}

#[test]
fn a_killed_server_leaves_nothing_behind() {
    for busy in ["None", "while True: pass", NATIVE] {
        kill_server(WITNESSES, 3, busy);
    }
}

/// On Linux the kernel ends the worker even when user code has killed the guard and holds Python's lock.
#[cfg(target_os = "linux")]
#[test]
fn a_worker_without_its_guard_ends_with_the_server() {
    kill_server(ALONE, 1, NATIVE);
}

/// Waits until a process group has no members. No event tells of it, so it is looked for again and again.
fn group_is_empty(group: &str) {
    let deadline = std::time::Instant::now() + BOUND;
    loop {
        let left = Command::new("pgrep").args(["-g", group]).output().unwrap();
        if left.stdout.is_empty() {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "left: {}", String::from_utf8_lossy(&left.stdout));
    }
}
