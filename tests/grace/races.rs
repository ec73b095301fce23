//! Windows that come back at the same time, and at the last moment.

use std::time::Duration;

use super::*;

#[test]
fn of_windows_that_come_back_together_one_has_the_session() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({}));
    window.ok(&[0, 1]);
    let mut record = left(window, &home);
    for round in 0..3 {
        let mut windows: Vec<Window> = (0..3).map(|_| Window::empty(&home, json!({}))).collect();
        for window in &mut windows {
            window.open_script(&home);
        }
        wait_until("the session is taken over", || only(&home).grace.is_none());
        let owners = windows.iter_mut().filter_map(|window| window.status()["sessionId"].as_str().map(str::to_owned));
        assert_eq!(owners.collect::<Vec<_>>(), [record.id.clone()], "round {round}");
        let owner = only(&home).owner;
        let owning = windows.iter().filter(|window| window.client.process() == owner.pid).count();
        assert_eq!(owning, 1, "round {round}");
        // None of them may stop another's, neither at its end nor by an offer.
        for window in &mut windows {
            assert_eq!(window.survivors(), BTreeSet::new(), "round {round}");
        }
        windows.sort_by_key(|window| window.client.process() == owner.pid);
        for window in windows {
            window.close();
        }
        record = only(&home);
        assert!(record.grace.is_some(), "round {round}");
    }
    assert_eq!((glue.calls("CreateSession"), glue.calls("StopSession")), (1, 0));
    kill_owner(&record);
    clean_up(&glue, &home);
}

#[test]
fn at_the_last_moment_it_is_either_taken_over_or_stopped() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let (mut taken, mut stopped) = (0, 0);
    for round in 0..6_u64 {
        let mut window = Window::open(&home, json!({ "grace": 1 }));
        window.ok(&[0, 1]);
        let stops = glue.calls("StopSession");
        let record = left(window, &home);
        // Not to wait for anything: so that the window comes back at any point around the end of the grace.
        std::thread::sleep(Duration::from_millis(700 + 80 * round));
        let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
        let ran = window.run(&[0, 1, 2]);
        assert_eq!(ran.state, "ok", "round {round}: {} {}", ran.message, ran.text);
        gone(&record);
        let id = window.status()["sessionId"].as_str().unwrap().to_owned();
        assert!(glue.alive().contains(&id), "round {round}: the session in use is alive");
        if id == record.id {
            taken += 1;
            assert_eq!(glue.calls("StopSession"), stops, "round {round}: it was stopped all the same");
        } else {
            stopped += 1;
            assert_eq!(glue.calls("StopSession"), stops + 1, "round {round}: it was not stopped once");
            assert!(!glue.alive().contains(&record.id), "round {round}");
        }
        window.close();
        assert!(glue.alive().is_empty(), "round {round}");
    }
    assert_eq!(taken + stopped, 6);
}
