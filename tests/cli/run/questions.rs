//! Magics that ask for something, and what is said of lines that are not run.

use serde_json::json;

use super::notebook;
use super::program::{Home, glue};
use crate::service::{Fault, Faults};

#[test]
fn a_cell_asks_what_there_is() {
    let cells = [
        "%session_id\n%status\n%list_sessions",
        "%number_of_workers 4\n%worker_type G.1X\n%idle_timeout 20",
        "print('ran')",
        "%%tags\n{\"team\": \"data\"}",
        "%session_id\n%status\n%list_sessions",
        "%help",
    ];
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&cells))]);
    let ran = home.run(&["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let id = glue.creations()[0]["Id"].as_str().unwrap().to_owned();
    assert_eq!(glue.creations()[0]["NumberOfWorkers"], json!(4));
    let (before, after) = ran.stdout.split_once("ran\n").unwrap();
    for said in ["There is no session.", "The next one would have: Glue 4.0, glueetl.", "There are no sessions here."] {
        assert!(before.contains(said), "{said:?} is missing in {before}");
    }
    let listed = format!("{id} (this one)  READY   0 s  4 × G.1X  4.0");
    for said in [
        "The tags are on the session that runs",
        &format!("Session: {id}\nStatus: READY"),
        "Size: 4 × G.1X",
        "Idle timeout: 20 minutes",
        "team=data",
        "%glue_version  ",
        "%%configure  ",
    ] {
        assert!(after.contains(said), "{said:?} is missing in {after}");
    }
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let row = squeezed(&listed);
    let same = |line: &str| squeezed(line).split(" READY ").next() == row.split(" READY ").next();
    assert!(after.lines().any(same), "{listed:?} is missing in {after}");
    assert!(!after.contains("would have"), "the settings are those of the session: {after}");
    assert!(!ran.stderr.contains("hold from the next one on"), "{}", ran.stderr);
    assert_eq!(glue.calls("TagResource"), 1);
}

#[test]
fn the_next_session_is_described_where_it_differs() {
    let cells = ["print('ran')", "%number_of_workers 10\n%worker_type G.2X", "%status"];
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&cells))]);
    let ran = home.run(&["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let said = "The settings have changed since it was started. The next one would have: 10 × G.2X, Glue 4.0, glueetl.";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
}

#[test]
fn refused_questions_and_tags_are_told_with_a_remedy() {
    let cells = ["print('ran')", "%%tags\n{\"team\": \"data\"}", "%list_sessions"];
    let faults = Faults::none().always("TagResource", Fault::Denied).always("ListSessions", Fault::Denied);
    let glue = glue(faults);
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&cells))]);
    let ran = home.run(&["run", "a.ipynb", "--allow-errors"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for said in ["The session that runs does not get the tags", "glue:TagResource", "glue:ListSessions"] {
        assert!(ran.stdout.contains(said) || ran.stderr.contains(said), "{said:?} is missing in {ran:?}");
    }
}

#[test]
fn lines_for_another_machine_come_with_advice() {
    let cells = ["!pip install polars\n%matplotlib inline\nprint('ran')"];
    let home = Home::new(&[("a.ipynb", &notebook(&cells))]);
    let ran = home.local(&["a.ipynb", "--allow-errors"]);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    for wanted in ["Not run: `!pip install polars`", "%additional_python_modules", "Not run: %matplotlib", "Instead: "]
    {
        assert!(said.contains(wanted), "{wanted:?} is missing in {said}");
    }
}
