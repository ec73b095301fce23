//! Many statements in a row over a service that throttles, fails, delays and loses answers: none is lost, none is
//! repeated.

use std::time::Duration;

use glue_ls::session::Outcome;
use tokio::sync::mpsc;

use super::remote::{Remote, policy};
use super::{run, value};
use crate::service::{Fault, Faults};

/// Every tenth answer is lost after the work was done; some calls more are throttled, fail or take long.
fn storm(seed: u64) -> Faults {
    Faults::none()
        .seed(seed)
        .every("*", 10, Fault::LostAnswer)
        .percent("RunStatement", 4, Fault::Throttle)
        .percent("RunStatement", 2, Fault::Internal)
        .percent("RunStatement", 2, Fault::LateError)
        .percent("RunStatement", 2, Fault::Unavailable)
        .percent("RunStatement", 2, Fault::HangUp)
        .percent("*", 2, Fault::Delay(Duration::from_millis(30)))
        .percent("*", 1, Fault::Throttle)
        .percent("*", 1, Fault::Internal)
}

/// How much faster than the real time the client's passes. Most of a storm is waiting between one try and the next.
const HASTE: u32 = 5;

/// Makes the time of the test's runtime pass faster until the test ends. The service's runs as ever.
fn make_haste() {
    const TICK: Duration = Duration::from_millis(2);
    tokio::time::pause();
    let (ticks, mut ticked) = mpsc::channel(1);
    // As long as a blocking task is there, tokio does not set a paused clock forward by itself.
    tokio::task::spawn_blocking(move || {
        loop {
            std::thread::sleep(TICK);
            if ticks.blocking_send(()).is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move {
        while ticked.recv().await.is_some() {
            tokio::time::advance(TICK * HASTE).await;
        }
    });
}

#[tokio::test]
async fn a_thousand_statements_in_a_row_run_once_each() {
    let remote = Remote::new(Faults::none());
    let session = remote.session(policy(), Faults::none()).await;
    assert_eq!(run(&session, "seen = []").await.end.outcome, Outcome::Ok);
    remote.glue.set(storm(1));
    make_haste();
    for number in 0..1000 {
        let ran = run(&session, &format!("seen.append({number})\nprint('out', {number})\n{number} * 2")).await;
        assert_eq!(ran.end.outcome, Outcome::Ok, "{number}: {ran:?}");
        assert_eq!(ran.stdout(), format!("out {number}\n"));
        assert_eq!(ran.shown("text/plain"), Some((number * 2).to_string()));
    }
    let (sent, arrived) = (remote.glue.calls("RunStatement"), remote.glue.handled("RunStatement"));
    remote.glue.set(Faults::none());
    assert_eq!(value(&session, "seen == list(range(1000))").await, "True");
    // The storm was one: more was sent than arrived, and nothing arrived twice.
    assert!(sent > 1050, "{:?}", remote.glue.all_calls());
    assert_eq!(arrived, 1001);
}

#[tokio::test]
async fn the_same_code_again_and_again_runs_once_each() {
    let remote = Remote::new(Faults::none());
    let session = remote.session(policy(), Faults::none()).await;
    assert_eq!(run(&session, "count = 0").await.end.outcome, Outcome::Ok);
    make_haste();
    remote.glue.set(storm(2).every("RunStatement", 3, Fault::LostAnswer).every("RunStatement", 4, Fault::BrokenOff));
    for number in 1..=100 {
        let ran = run(&session, "count += 1\ncount").await;
        assert_eq!(ran.end.outcome, Outcome::Ok, "{number}: {ran:?}");
        assert_eq!(ran.shown("text/plain"), Some(number.to_string()));
    }
}
