//! `--timeout` and `--max-cost`.

use std::time::Duration;

use super::notebook;
use super::program::{Home, glue};
use crate::service::{Fault, Faults};

const ENDLESS: &str = "import time\nprint('begun', flush=True)\nwhile True:\n    time.sleep(0.01)";

#[test]
fn a_cell_that_takes_too_long_is_cancelled() {
    let home = Home::new(&[("a.ipynb", &notebook(&["x = 1", ENDLESS, "print('after', x)"]))]);
    let ran = home.local(&["a.ipynb", "--timeout", "0.5"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("The cell has taken longer than 0.5 seconds, and is cancelled."), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("begun\n") && !ran.stdout.contains("after"), "{ran:?}");
    assert!(ran.stderr.contains("cell 2  not run"), "{}", ran.stderr);

    let ran = home.local(&["a.ipynb", "--timeout", "0.5", "--allow-errors"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.ends_with("after 1\n"), "the others go on in the same session: {ran:?}");
    assert_eq!(ran.stderr.matches("taken longer").count(), 1, "{}", ran.stderr);
}

#[test]
fn a_cell_that_does_not_obey_is_told_of_once() {
    let stubborn = "import time\nfor _ in range(200):\n    try:\n        time.sleep(0.01)\n    except KeyboardInterrupt:\n        pass";
    let home = Home::new(&[("a.ipynb", &notebook(&[stubborn, "print('after')"]))]);
    let ran = home.local(&["a.ipynb", "--timeout", "0.3", "--allow-errors"]);
    assert_eq!(ran.stderr.matches("taken longer").count(), 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("after\n"), "{ran:?}");
}

#[test]
fn the_start_of_the_session_does_not_count() {
    let glue = glue(Faults::none().always("GetSession", Fault::Delay(Duration::from_millis(1500))));
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["print('in time')"]))]);
    let ran = home.run(&["run", "a.ipynb", "--timeout", "1"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "in time\n"), "{ran:?}");
}

#[test]
fn a_run_that_gets_too_dear_is_stopped() {
    let glue = glue(Faults::none());
    // A minute is the least that is billed: 64 DPU for it are more than half a dollar.
    let cells = ["%worker_type G.8X\n%number_of_workers 10\n%glue_version 5.0", ENDLESS];
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&cells))]);
    let ran = home.run(&["run", "a.ipynb", "--max-cost", "$0.10"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("The session has cost about $0.10, the most it may: it is stopped."), "{}", ran.stderr);
    assert!(glue.alive().is_empty());
    assert_eq!(home.records(), []);
    let cost = ran.stderr.lines().find_map(|line| line.strip_prefix("Cost:")).unwrap().trim().to_owned();
    assert!(cost.starts_with("about $0.5"), "{cost}");
    // Nor is it kept.
    let ran = home.run(&["run", "a.ipynb", "--max-cost", "0.10", "--keep-session"]);
    assert_eq!((ran.code, glue.alive().len(), home.records().len()), (Some(1), 0, 0), "{ran:?}");
    // One that costs little has room.
    let home =
        Home::on(&glue, &[("a.ipynb", &notebook(&["%worker_type G.1X\n%number_of_workers 2", "print('cheap')"]))]);
    let ran = home.run(&["run", "a.ipynb", "--max-cost", "0.10"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.ends_with("cheap\n"), "{ran:?}");
}
