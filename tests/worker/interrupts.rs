//! Interrupts: of what obeys, of what does not, and of what is not there.

use std::time::{Duration, Instant};

use super::{BOUND, End, Limits, Session, Worker, bounded};

#[tokio::test]
async fn loops_and_sleeps_are_interrupted_and_names_stay() {
    let session = Session::start().await;
    session.run("import subprocess, threading, time\nkept = 1").await;
    let begun = Instant::now();
    for code in [
        "kept += 1\nprint('go')\nwhile True: pass",
        "print('go')\ntime.sleep(1000)",
        "print('go')\nthreading.Event().wait()",
        "subprocess.run(['sh', '-c', 'echo go; exec sleep 1000'])",
        "print('go')\ninput_fd, _ = __import__('os').pipe()\n__import__('os').read(input_fd, 1)",
        "class Slow:\n    def __repr__(self):\n        print('go')\n        while True: pass\nSlow()",
    ] {
        let ran = session.run_and(code, Worker::interrupt).await;
        assert_eq!(ran.interrupted().name, "KeyboardInterrupt", "{code}");
        assert!(ran.interrupted().traceback.concat().ends_with("KeyboardInterrupt\n"), "{ran:?}");
        assert!(!ran.interrupted().traceback.concat().contains("glue-ls"), "only the user's frames: {ran:?}");
        assert_eq!(session.value("kept").await, "2");
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "each at once, without a signal to the group");
}

#[tokio::test]
async fn a_program_run_by_the_shell_gets_the_signal_of_its_group() {
    let limits = Limits { interrupt_grace: Duration::from_millis(200), ..Limits::default() };
    let session = Session::with_limits(limits).await;
    // `os.system` makes Python itself deaf to interrupts until the program ends.
    let ran = session.run_and("import os\nos.system('echo go; sleep 1000')", Worker::interrupt).await;
    assert!(!matches!(ran.end, End::Died(_)), "{ran:?}");
    assert_eq!(session.value("1").await, "1");
}

#[tokio::test]
async fn code_that_ignores_interrupts_is_killed() {
    let limits = Limits {
        interrupt_grace: Duration::from_millis(200),
        kill_grace: Duration::from_millis(500),
        ..Limits::default()
    };
    let session = Session::with_limits(limits).await;
    let code = "import time\nwhile True:\n    try:\n        print('go')\n        time.sleep(1000)\n    \
                except KeyboardInterrupt:\n        print('no')";
    let ran = session.run_and(code, Worker::interrupt).await;
    // By the worker, and by the signal to its group.
    assert_eq!(ran.stdout.matches("no\n").count(), 2, "{ran:?}");
    assert!(ran.died().contains("statement 1") && ran.died().contains("after it was interrupted"), "{ran:?}");
    assert!(ran.died().contains("start a new session"), "{ran:?}");
    let ran = session.run("1").await;
    let End::NotRun { reason } = ran.end else { panic!("{ran:?}") };
    assert!(reason.contains("after it was interrupted"), "{reason}");
}

#[tokio::test]
async fn an_interrupt_hits_only_the_statement_that_runs() {
    let session = Session::start().await;
    session.worker.interrupt();
    for i in 0..300 {
        // It comes before, during, or after the end of the statement; the next one is never hit.
        let (outputs, outcome) = session.begin("sum(range(2000))");
        let outcome = tokio::spawn(super::finish(outputs, outcome));
        session.worker.interrupt();
        let ran = outcome.await.unwrap();
        assert!(matches!(&ran.end, End::Value(_) | End::Interrupted(_)), "{ran:?}");
        assert_eq!(session.value(&format!("{i} + sum(range(20))")).await, (i + 190).to_string());
    }
}

#[tokio::test]
async fn statements_that_wait_are_run_after_an_interrupt() {
    let session = Session::start().await;
    let (mut first_out, first) = session.begin("print('go')\nwhile True: pass");
    let (second_out, second) = session.begin("print('second')\n2");
    let first = tokio::spawn(first);
    bounded(first_out.recv()).await.unwrap();
    session.worker.interrupt();
    assert!(matches!(bounded(first).await.unwrap().end, End::Interrupted(_)));
    let ran = super::finish(second_out, second).await;
    assert_eq!((ran.stdout.as_str(), ran.text()), ("second\n", Some("2")));
}

#[tokio::test]
async fn a_handler_put_in_place_by_code_holds_for_its_statement_only() {
    let session = Session::start().await;
    session.run("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)").await;
    let ran = session.run_and("print('go')\nwhile True: pass", Worker::interrupt).await;
    assert_eq!(ran.interrupted().name, "KeyboardInterrupt");
}

/// Stands for Spark: `cancelAllJobs` makes the call that waits for jobs raise. Calls of Java are known by their file.
const SPARK: &str = "
import sys, threading, types
names = {}
exec(compile('''
def collect(self):
    print('go')
    while not self.cancelled.is_set(): pass
    raise RuntimeError('job cancelled')
''', '/lib/py4j/java_gateway.py', 'exec'), names)
class Context:
    _jsc = types.SimpleNamespace(setLocalProperty=lambda *_: None)
    cancelled = threading.Event()
    collect = names['collect']
    def cancelAllJobs(self): self.cancelled.set()
spark = Context()
sys.modules['pyspark'] = types.SimpleNamespace(SparkContext=types.SimpleNamespace(_active_spark_context=spark))
";

#[tokio::test]
async fn jobs_of_spark_are_ended_before_a_signal_is_sent() {
    let session = Session::start().await;
    session.run(SPARK).await;
    let ran = session.run_and("spark.collect()", Worker::interrupt).await;
    assert_eq!(ran.interrupted().value, "job cancelled");
    // What is not a job of Spark's is interrupted the ordinary way.
    let ran = session.run_and("print('go')\nwhile True: pass", Worker::interrupt).await;
    assert_eq!(ran.interrupted().name, "KeyboardInterrupt");
}

#[tokio::test]
async fn a_kill_ends_a_statement_and_a_drop_ends_all() {
    let session = Session::start().await;
    let ran = session.run_and("print('go')\nwhile True: pass", Worker::kill).await;
    let End::Died(death) = &ran.end else { panic!("{ran:?}") };
    assert!(death.asked && death.message.contains("on request"), "{death:?}");

    let session = Session::start().await;
    let ended = session.worker.ended();
    assert_eq!(session.worker.death(), None);
    drop(session);
    assert!(tokio::time::timeout(BOUND, ended).await.unwrap().asked);
}

#[tokio::test]
async fn an_interrupt_may_come_before_the_statement_begins() {
    // Nothing else would end it.
    let limits = Limits { interrupt_grace: Duration::from_secs(10_000), ..Limits::default() };
    let session = Session::with_limits(limits).await;
    for _ in 0..30 {
        let (outputs, outcome) = session.begin("while True: pass");
        session.worker.interrupt();
        let ran = super::finish(outputs, outcome).await;
        assert_eq!(ran.interrupted().name, "KeyboardInterrupt");
    }
    assert_eq!(session.value("1 + 1").await, "2");
}
