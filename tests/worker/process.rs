//! Forks, threads and workers side by side.

use super::Session;

#[tokio::test]
async fn a_fork_does_not_speak_for_the_worker() {
    let session = Session::start().await;
    // The child comes to the end of the statement, or raises, or exits in Python's way.
    for (end, status) in [("'child'", 0), ("raise ValueError('in the child')", 1), ("import sys; sys.exit(7)", 7)] {
        let code = format!(
            "import os\npid = os.fork()\nif pid == 0:\n    print('child')\n    {end}\nelse:\n    _, status = os.waitpid(pid, 0)"
        );
        let ran = session.run(&code).await;
        assert!(ran.is_empty_value(), "{ran:?}");
        assert_eq!(ran.stdout.matches("child").count() - usize::from(status == 0), 1, "{ran:?}");
        assert_eq!(ran.stderr.contains("ValueError: in the child"), status == 1, "{ran:?}");
        assert_eq!(session.value("os.WEXITSTATUS(status)").await, status.to_string());
    }
    // What was printed before is not printed twice.
    let ran = session.run("print('once', end='')\nif os.fork() == 0: os._exit(0)\nos.wait()\nNone").await;
    assert_eq!(ran.stdout, "once");
    // Nothing of the worker's is a child that code could wait for.
    assert_eq!(session.run("os.wait()").await.error().name, "ChildProcessError");
}

#[tokio::test]
async fn multiprocessing_works() {
    let session = Session::start().await;
    let code = "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n    \
                squares = pool.map(abs, range(-3, 3))\nsquares";
    assert_eq!(session.value(code).await, "[3, 2, 1, 0, 1, 2]");
}

#[tokio::test]
async fn threads_run_on() {
    let session = Session::start().await;
    session
        .run("import threading\nn = 0\nstop = threading.Event()\ndef count():\n    global n\n    while not stop.is_set(): n += 1\n\
              thread = threading.Thread(target=count); thread.start()")
        .await;
    assert_eq!(session.value("before = n\nwhile n == before: pass\nn > before").await, "True");
    assert_eq!(session.value("stop.set(); thread.join()\nthreading.active_count()").await, "1");
}

#[tokio::test]
async fn two_workers_are_independent() {
    let (one, two) = tokio::join!(Session::start(), Session::start());
    assert_ne!(one.worker.id(), two.worker.id());
    tokio::join!(one.run("x = 'one'"), two.run("x = 'two'"));
    let ran = one.run_and("print('go')\nwhile True: pass", |worker| worker.kill()).await;
    assert!(ran.died().contains("on request"));
    assert_eq!(two.value("x").await, "'two'");
}

#[tokio::test]
async fn the_worker_has_a_group_of_its_own_and_no_terminal() {
    let session = Session::start().await;
    assert_eq!(session.value("import os\nos.getpgrp() == os.getpid()").await, "True");
    assert_eq!(session.value("os.getpid()").await, session.worker.id().to_string());
    assert_eq!(session.run("open('/dev/tty')").await.error().name, "OSError");
}
