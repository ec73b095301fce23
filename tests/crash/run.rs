//! `glue-ls run`.

use super::*;

const ROUNDS: u64 = 24;

#[test]
fn a_killed_run_leaves_no_session_that_nobody_knows() {
    let glue = slow_glue();
    let home = home(&glue);
    let mut random = Random(20_261_123);
    let mut with_session = 0;
    for round in 0..ROUNDS {
        let stage = STAGES[usize::try_from(round).unwrap() % STAGES.len()];
        let before = Before::now(&glue, &home);
        let running = home.start(&["run", "a.py"]);
        before.wait(stage, &glue, &home, &mut random);
        running.kill();
        with_session += u64::from(found_again(&glue, &home, &format!("round {round}, {stage:?}")));
    }
    assert!((ROUNDS / 3..ROUNDS).contains(&with_session), "{with_session} of {ROUNDS} had a session");
    assert!(glue.alive().is_empty(), "none came to life behind our back");
}

#[test]
fn several_killed_runs_are_all_found() {
    let glue = slow_glue();
    let home = home(&glue);
    for round in 0..3 {
        let before = Before::now(&glue, &home);
        let running = home.start(&["run", "a.py"]);
        before.wait(Stage::Running, &glue, &home, &mut Random(round + 1));
        running.kill();
    }
    let alive = glue.alive();
    assert_eq!(alive.len(), 3);
    assert_eq!(ids(home.sessions().iter().map(|listed| &listed["record"])), alive);
    // One that lives is not taken for one that was left behind.
    let before = Before::now(&glue, &home);
    let running = home.start(&["run", "a.py"]);
    before.wait(Stage::Running, &glue, &home, &mut Random(7));
    for id in &alive {
        running.hear_stderr(&format!("the session {id} of an earlier run may still be alive"));
    }
    let text = home.run(&["sessions", "list"]).stdout;
    assert_eq!((text.matches("nobody looks after it").count(), text.matches("in use by process").count()), (3, 1));
    running.kill();
    for id in glue.alive() {
        assert_eq!(home.run(&["sessions", "stop", &id]).code, Some(0));
    }
    assert_eq!((glue.alive().len(), home.records().len()), (0, 0));
}
