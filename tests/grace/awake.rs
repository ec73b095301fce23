//! A machine that has slept.

use std::time::{Duration, Instant};

use super::*;

/// More than a server can take for its own slowness.
const NIGHT: Duration = Duration::from_secs(31);

#[test]
fn a_session_that_ended_in_the_night_is_noticed_in_the_morning() {
    let glue = glue(Faults::none());
    let home = home(&glue);
    let mut window = Window::open(&home, json!({ "stopOnExit": "always" }));
    window.ok(&[0, 1]);
    let record = only(&home);
    let server = Pid::from_raw(i32::try_from(window.client.process()).unwrap()).unwrap();
    kill_process(server, Signal::STOP).unwrap();
    let evening = Instant::now();
    // As its idle timeout would end it: behind the back of the server.
    let other = Home::on(&glue, &[]);
    assert_eq!(other.run(&["sessions", "stop", &record.id]).code, Some(0));
    let asked = glue.calls("GetSession");
    wait_until("it is morning", || evening.elapsed() > NIGHT);
    assert_eq!(glue.calls("GetSession"), asked);
    kill_process(server, Signal::CONT).unwrap();
    // Nobody has asked for anything.
    let told = window.client.look_for("the end of the session", |message| {
        message["method"] == "glue-ls/sessionState" && message["params"]["status"] == "STOPPED"
    });
    assert!(told["params"]["message"].to_string().contains("stopped elsewhere"), "{told}");
    wait_until("its record goes", || home.records().is_empty());
    let ran = window.run(&[2]);
    assert_eq!(ran.state, "error", "the variable is gone");
    for said in ["without the variables of the old one", "stopped elsewhere", "NameError"] {
        assert!(ran.text.contains(said), "{said} is missing in {}", ran.text);
    }
    window.close();
    assert!(glue.alive().is_empty());
}
