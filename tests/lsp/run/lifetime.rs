//! The life of a session on AWS: a start that is slow, and an end by its timeout, which is noticed, explained, and its cells
//! offered once more.

use serde_json::{Value, json};

use super::{Gate, Lab, Setup};
use crate::lsp::editor::{NOTEBOOK, cell_uri};
use crate::service::{FakeGlue, Fault, Faults};

const WHY: &str = "Session has reached its maximum lifetime";

/// A service whose sessions that end were ended by their timeout.
fn glue() -> FakeGlue {
    FakeGlue::start(Faults::none().always("GetSession", Fault::TimedOut(WHY)))
}

fn lab(glue: &FakeGlue, cells: &[(&str, &str)]) -> Lab {
    let mut lab = Setup::new().on(&glue.url).start();
    lab.editor.client.ignore("window/showMessage");
    lab.open_notebook(cells);
    lab
}

/// The service ends the only session.
#[track_caller]
fn time_is_over(glue: &FakeGlue) -> Value {
    let alive = glue.alive();
    let [id] = &*alive.iter().collect::<Vec<_>>() else { panic!("{alive:?}") };
    glue.stop(id);
    json!(id)
}

#[track_caller]
fn is_explained(text: &str) {
    assert!(text.contains("timed out") && text.contains(WHY), "{text}");
}

#[test]
fn who_asks_is_told_and_offered_the_cells_that_ran() {
    let glue = glue();
    let mut lab =
        lab(&glue, &[("s", "%timeout 60\n%number_of_workers 2"), ("a", "x = 20"), ("b", "x += 1"), ("c", "x")]);
    for cell in ["s", "a", "b"] {
        lab.run_cell(cell).ok();
    }
    assert_eq!(glue.creations()[0]["Timeout"], 60);
    let id = time_is_over(&glue);
    let status = lab.command("sessionStatus", json!({ "uri": NOTEBOOK }));
    assert_eq!((&status["sessionId"], &status["status"]), (&id, &json!("TIMEOUT")), "{status}");
    is_explained(status["message"].as_str().unwrap());
    // Every client that shows sessions learns of it without having asked.
    let told = lab.editor.client.look_for("the end of the session", |message| {
        message["method"] == "glue-ls/sessionState" && message["params"]["status"] == "TIMEOUT"
    });
    is_explained(told["params"]["message"].as_str().unwrap());
    assert!(told["params"]["receipt"]["cost"].is_f64(), "{told}");
    let [action] = &**told["params"]["actions"].as_array().unwrap() else { panic!("{told}") };
    assert_eq!(action["arguments"][0]["cells"], json!([cell_uri("a"), cell_uri("b")]));
    let run = lab.act(action)["runId"].as_u64().unwrap();
    lab.story(run, 2).ok();
    assert_eq!(lab.run_cell("c").ok().values(), ["21"]);
    assert_eq!(glue.calls("CreateSession"), 2);
    assert_eq!(glue.creations()[1]["Timeout"], 60, "it is as the first one was");
}

#[test]
fn a_cell_that_comes_too_late_says_that_the_variables_are_gone() {
    let glue = glue();
    let mut lab = lab(&glue, &[("a", "x = 20"), ("b", "x + 1")]);
    lab.run_cell("a").ok();
    time_is_over(&glue);
    let story = lab.run_cell("b");
    assert_eq!(story.ends(), ["b error"]);
    let said = story.stream("stderr");
    assert!(said.contains("without the variables of the old one"), "{said}");
    is_explained(&said);
    assert_eq!(
        story.actions()[0]["arguments"][0]["cells"],
        json!([cell_uri("a"), cell_uri("b")]),
        "{:?}",
        story.actions()
    );
}

#[test]
fn a_cell_that_runs_when_the_time_is_over_ends_with_the_reason() {
    let glue = glue();
    let gate = Gate::new();
    let mut lab = lab(&glue, &[("a", "x = 20"), ("b", &gate.endless())]);
    lab.run_cell("a").ok();
    let run = lab.ask("runCell", json!({ "cell": cell_uri("b") }));
    gate.guest();
    time_is_over(&glue);
    let story = lab.story(run, 1);
    is_explained(&story.text());
    assert_eq!(lab.command("sessionStatus", json!({ "uri": NOTEBOOK }))["status"], "TIMEOUT");
}

#[test]
fn a_start_that_does_not_get_on_says_why() {
    let glue = FakeGlue::start(Faults::none().first("GetSession", 2, Fault::Garbage));
    let mut lab = lab(&glue, &[("a", "20 + 1")]);
    let story = lab.run_cell("a").ok();
    let said: Vec<String> =
        story.starts().into_iter().map(|(_, message)| message).filter(|text| !text.is_empty()).collect();
    assert!(said.iter().any(|text| text.contains("GetSession")), "{said:?}");
    assert_eq!(story.values(), ["21"]);
}
