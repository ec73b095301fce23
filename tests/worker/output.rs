//! Standard output and standard error.

use super::{Limits, Session, Source, bounded};

#[tokio::test]
async fn each_stream_keeps_its_order_whoever_writes() {
    let session = Session::start().await;
    let ran = session
        .run(
            "import os, subprocess, sys\nprint('a', end='')\nos.write(1, b'b')\nsys.stdout.buffer.write(b'c')\n\
             print('d')\nsubprocess.run(['sh', '-c', 'echo e; echo E >&2'])\nos.system('echo f')\nprint('g')\n\
             print('F', file=sys.stderr)\nos.write(2, b'G\\n')",
        )
        .await;
    assert_eq!(ran.stdout, "abcd\ne\nf\ng\n");
    assert_eq!(ran.stderr, "E\nF\nG\n");
    // No output of one statement is taken for another's.
    for i in 0..200 {
        let ran = session.run(&format!("print('{i}', flush=False)\nos.write(2, b'e{i}')\n{i}")).await;
        assert_eq!((ran.stdout, ran.stderr), (format!("{i}\n"), format!("e{i}")));
    }
}

#[tokio::test]
async fn output_arrives_while_the_statement_runs() {
    let session = Session::start().await;
    let folder = tempfile::tempdir().unwrap();
    let gate = folder.path().join("gate");
    // The statement goes on only when its unfinished line has arrived.
    let code = format!("import os\nos.mkfifo({gate:?})\nprint('now.', end='')\nopen({gate:?}).read()\nprint('then')");
    let ran = session
        .run_and(&code, |_| {
            std::thread::spawn(move || std::fs::write(gate, "go").unwrap());
        })
        .await;
    assert_eq!(ran.stdout, "now.then\n");
}

#[tokio::test]
async fn unicode_and_binary_are_text_here() {
    let session = Session::start().await;
    let ran = session.run("import os, sys\nprint('añ€😀\\u2028', '\\ud800')\nprint('ß', file=sys.stderr)").await;
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("añ€😀\u{2028} \\ud800\n", "ß\n"));
    let ran = session.run("sys.stdout.buffer.write(bytes(range(256)))\nNone").await;
    assert!(ran.stdout.starts_with("\0\u{1}") && ran.stdout.ends_with("\u{fffd}"));
    assert_eq!(ran.stdout.chars().count(), 256);
    // What looks like a frame, or like the end of the output, is only output.
    let ran = session.run("for _ in range(3): os.write(1, b'\\x1eglue-ls \\x00\\x00\\x00\\x02{}\\x1e')").await;
    assert_eq!(ran.stdout.matches("\u{1e}glue-ls \0\0\0\u{2}{}\u{1e}").count(), 3);
    // A character that is cut by two writes.
    let ran = session.run("os.write(1, b'\\xe2\\x82'); os.write(1, b'\\xac'); os.write(1, b'\\xe2\\x82')\nNone").await;
    assert_eq!(ran.stdout, "€\u{fffd}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn two_hundred_megabytes_take_no_memory() {
    fn peak(process: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
    let session = Session::start().await;
    let worker = session.worker.id().to_string();
    session.run("print('x')\nline = 'x' * 999_999").await;
    let before = (peak("self"), peak(&worker));
    let ran = session.run("for _ in range(200): print(line)\n'done'").await;
    let after = (peak("self"), peak(&worker));
    assert_eq!(ran.text(), Some("'done'"));
    let limit = Limits::default().output_bytes;
    assert_eq!(ran.dropped.stdout, 200_000_000 - limit as u64);
    assert!(ran.stdout.len() < limit + 200);
    assert!(ran.stdout.contains("[glue-ls: the output is cut here, 182.7 MiB more were printed"));
    // This process holds the 8 MiB that are handed on, here in one string, and other tests.
    assert!(after.0 - before.0 < 64, "this process grew by {} MiB", after.0 - before.0);
    assert!(after.1 - before.1 < 8, "the worker grew by {} MiB", after.1 - before.1);
    // One text of that size is the statement's own; writing it must not copy it.
    session.run("big = 'x' * 200_000_000").await;
    let before = peak(&worker);
    assert_eq!(session.run("print(big)").await.dropped.stdout, 200_000_001 - limit as u64);
    assert!(peak(&worker) - before < 8, "the worker grew by {} MiB", peak(&worker) - before);
}

#[tokio::test]
async fn each_stream_is_bounded_by_itself() {
    let session = Session::with_limits(Limits { output_bytes: 10, ..Limits::default() }).await;
    let ran = session.run("import sys\nprint('0123456789abc')\nprint('short', file=sys.stderr)").await;
    assert!(ran.stdout.starts_with("0123456789\n[glue-ls: the output is cut here, 4 bytes more"), "{ran:?}");
    assert_eq!((ran.stderr.as_str(), ran.dropped.stdout, ran.dropped.stderr), ("short\n", 4, 0));
    // The bound is the statement's, not the session's.
    assert_eq!(session.run("print('012345678')").await.stdout, "012345678\n");
}

#[tokio::test]
async fn what_a_statement_closes_is_open_for_the_next() {
    let session = Session::start().await;
    session.run("import os, sys").await;
    for code in [
        "os.close(1); os.close(2); os.close(0)",
        "sys.stdout.close(); sys.stderr.close(); sys.stdin.close()",
        "os.closerange(0, 100)",
        "del sys.stdout, sys.stderr, sys.stdin",
        "sys.stdout = None",
        "os.dup2(os.open('/dev/null', os.O_WRONLY), 1)",
        "os.set_blocking(1, False)",
    ] {
        session.run(code).await;
        let ran = session.run("print('out')\nprint('err', file=sys.stderr)\nos.system('cat; echo sub')").await;
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.as_str(), ran.text()),
            ("out\nsub\n", "err\n", Some("0")),
            "{code}"
        );
    }
    let ran = session.run("os.close(1)\nprint('lost')").await;
    assert_eq!(ran.error().name, "OSError");
}

#[tokio::test]
async fn a_sink_that_is_dropped_stops_nothing() {
    let session = Session::start().await;
    let (outputs, outcome) = session.begin("for _ in range(100_000): print('x' * 100)\n'through'");
    drop(outputs);
    let outcome = bounded(outcome).await;
    assert!(format!("{outcome:?}").contains("through"), "{outcome:?}");
}

#[tokio::test]
async fn threads_that_are_left_behind_print_into_the_next_statement() {
    let session = Session::start().await;
    let code = "import threading\ngo = threading.Event(); printed = threading.Event()\ndef late():\n    \
                go.wait()\n    print('late')\n    for _ in range(1000): print('x' * 1000)\n    printed.set()\n\
                threading.Thread(target=late).start()\nprint('early')";
    assert_eq!(session.run(code).await.stdout, "early\n");
    // It prints a megabyte, perhaps while no statement runs, and nobody has to wait for anybody.
    session.run("go.set()").await;
    let ran = session.run("printed.wait()").await;
    assert_eq!(ran.text(), Some("True"));
}

#[tokio::test]
async fn output_names_its_stream() {
    let session = Session::start().await;
    let (mut outputs, outcome) = session.begin("import os; os.write(2, b'e\\n')\nNone");
    let first = bounded(outputs.recv()).await.unwrap();
    assert_eq!((first.source, first.text.as_str()), (Source::Stderr, "e\n"));
    assert!(bounded(outputs.recv()).await.is_none());
    bounded(outcome).await;
}
