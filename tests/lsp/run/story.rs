//! What is told of a run, from the first state to the last.

use std::collections::BTreeMap;

use glue_ls::run::nbformat;
use serde_json::{Value, json};

use crate::e2e::client::Client;

/// What was told of one run, in order.
pub(crate) struct Story {
    events: Vec<Value>,
}

fn is_final(state: &Value) -> bool {
    ["ok", "error", "cancelled"].iter().any(|known| state == known)
}

impl Story {
    /// Collects what is told of a run until so many final states have come, and checks what holds for every run.
    #[track_caller]
    pub(crate) fn collect(client: &mut Client, run: u64, cells: usize) -> Story {
        Story { events: Vec::new() }.until_the_end(client, run, cells)
    }

    /// Collects what is told of a run until its cells show what is waited for.
    #[track_caller]
    pub(crate) fn until(client: &mut Client, run: u64, shows: impl Fn(&Story) -> bool) -> Story {
        Story { events: Vec::new() }.and_until(client, run, shows)
    }

    /// Goes on until the cells show what is waited for.
    #[track_caller]
    pub(crate) fn and_until(mut self, client: &mut Client, run: u64, shows: impl Fn(&Story) -> bool) -> Story {
        while !shows(&self) {
            self.take(client, run);
            assert!(!is_final(&self.events[self.events.len() - 1]["params"]["state"]), "{}", self.text());
        }
        self
    }

    /// Goes on until as many final states have come.
    #[track_caller]
    pub(crate) fn until_the_end(mut self, client: &mut Client, run: u64, cells: usize) -> Story {
        let mut done = 0;
        while done < cells {
            self.take(client, run);
            done += usize::from(is_final(&self.events[self.events.len() - 1]["params"]["state"]));
        }
        self.check();
        self
    }

    #[track_caller]
    fn take(&mut self, client: &mut Client, run: u64) {
        let event = client.take(&format!("the end of run {run}"), |message| {
            message["params"]["runId"] == run
                && (message["method"] == "glue-ls/cellState" || message["method"] == "glue-ls/cellOutput")
        });
        self.events.push(event);
    }

    /// What holds for every run: a cell is queued first, nothing follows its final state, outputs replace first.
    #[track_caller]
    fn check(&self) {
        // By cell, since what is told of a cell that was asked for twice in a run is told twice.
        let mut seen: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for event in &self.events {
            seen.entry(event["params"]["cell"].to_string()).or_default().push(event);
        }
        for (cell, events) in seen {
            let asked = events.iter().filter(|event| event["params"]["state"] == "queued").count();
            let ended = events.iter().filter(|event| is_final(&event["params"]["state"])).count();
            assert_eq!(asked, ended, "{cell}: {events:#?}");
            assert_eq!(events[0]["params"]["state"], "queued", "{cell}: {events:#?}");
            assert!(is_final(&events[events.len() - 1]["params"]["state"]), "{cell}: {events:#?}");
            let first = events.iter().find(|event| event["method"] == "glue-ls/cellOutput");
            if let Some(first) = first {
                assert_eq!((&first["params"]["replace"], &first["params"]["outputs"]), (&json!(true), &json!([])));
            }
            for event in events.iter().filter(|event| event["method"] == "glue-ls/cellState") {
                let params = &event["params"];
                let (started, elapsed) = (&params["startedAt"], params["elapsedMs"].as_u64().unwrap());
                assert!(started.is_null() || started.as_u64().is_some_and(|at| at > 1_600_000_000_000), "{event}");
                assert!(!started.is_null() || elapsed == 0, "{event}");
                assert!(params["state"] != "queued" || started.is_null(), "{event}");
                let progress = &params["progress"];
                assert!(progress.is_null() || (0.0..=1.0).contains(&progress.as_f64().unwrap()), "{event}");
                assert!(params["uri"].is_string() && params.get("cell").is_some(), "{event}");
            }
        }
    }

    fn states_of<'a>(&'a self, cell: &'a Value) -> impl Iterator<Item = &'a Value> {
        self.events
            .iter()
            .map(|event| &event["params"])
            .filter(move |params| params.get("state").is_some() && (params["cell"] == *cell))
    }

    /// The cells that ended, in this order, and how: the name behind `#`, or the ordinal.
    pub(crate) fn ends(&self) -> Vec<String> {
        let ended = self.events.iter().map(|event| &event["params"]).filter(|params| is_final(&params["state"]));
        ended.map(|params| format!("{} {}", name(&params["cell"]), params["state"].as_str().unwrap())).collect()
    }

    /// The only cell's states, without repetitions.
    #[track_caller]
    pub(crate) fn states(&self) -> Vec<String> {
        let cell = &self.events[0]["params"]["cell"];
        let mut states: Vec<String> =
            self.states_of(cell).map(|params| params["state"].as_str().unwrap().to_owned()).collect();
        states.dedup();
        states
    }

    /// How far the start of the session was each time it was told, and what it was at.
    pub(super) fn starts(&self) -> Vec<(Option<f64>, String)> {
        let states = self.events.iter().map(|event| &event["params"]);
        let starts = states.filter(|params| params["state"] == "starting-session");
        let told = |params: &Value| params["message"].as_str().unwrap_or_default().to_owned();
        starts.map(|params| (params["progress"].as_f64(), told(params))).collect()
    }

    /// The final state that came last.
    pub(crate) fn end(&self) -> &str {
        self.events[self.events.len() - 1]["params"]["state"].as_str().unwrap()
    }

    /// What the final state that came last says.
    pub(crate) fn message(&self) -> &str {
        self.events[self.events.len() - 1]["params"]["message"].as_str().unwrap_or_default()
    }

    /// What the final state that came last offers.
    pub(super) fn actions(&self) -> Vec<Value> {
        let last = &self.events[self.events.len() - 1]["params"];
        last["actions"].as_array().cloned().unwrap_or_default()
    }

    /// What was told of the costs of the whole run, with the cell whose state told it.
    pub(super) fn receipts(&self) -> Vec<(String, Value)> {
        let told = self.events.iter().map(|event| &event["params"]).filter(|params| params["receipt"].is_object());
        told.map(|params| (name(&params["cell"]), params["receipt"].clone())).collect()
    }

    /// What the final state that came last says of costs.
    pub(super) fn spent(&self) -> Value {
        self.events[self.events.len() - 1]["params"]["spent"].clone()
    }

    /// How often outputs took the place of others, of all cells.
    pub(crate) fn replaced(&self) -> usize {
        self.events.iter().filter(|event| event["params"]["replace"] == true).count()
    }

    /// The outputs that a client shows in the end, of all cells, texts of one stream that follow each other as one.
    pub(crate) fn merged(&self) -> Vec<Value> {
        let mut merged = Vec::new();
        nbformat::join(&mut merged, self.outputs());
        merged
    }

    /// The outputs that a client shows in the end, of all cells.
    pub(crate) fn outputs(&self) -> Vec<Value> {
        let mut shown: Vec<(&Value, Vec<Value>)> = Vec::new();
        for params in self.events.iter().map(|event| &event["params"]) {
            let Some(outputs) = params["outputs"].as_array() else { continue };
            let at = shown.iter().position(|(cell, _)| **cell == params["cell"]).unwrap_or_else(|| {
                shown.push((&params["cell"], Vec::new()));
                shown.len() - 1
            });
            if params["replace"] == true {
                shown[at].1.clear();
            }
            shown[at].1.extend(outputs.iter().cloned());
        }
        shown.into_iter().flat_map(|(_, outputs)| outputs).collect()
    }

    /// The tables beside the outputs, by their place among those that came with them.
    pub(crate) fn tables(&self) -> Vec<Value> {
        let tables = self.events.iter().filter_map(|event| event["params"]["tables"].as_array());
        tables.flatten().cloned().collect()
    }

    /// What the cells wrote to a stream.
    pub(crate) fn stream(&self, stream: &str) -> String {
        let outputs = self.outputs();
        let texts = outputs.iter().filter(|output| output["name"] == stream);
        texts.map(|output| output["text"].as_str().unwrap()).collect()
    }

    /// The plain text of the values that the cells show.
    pub(crate) fn values(&self) -> Vec<String> {
        let outputs = self.outputs();
        let values = outputs.iter().filter_map(|output| output["data"]["text/plain"].as_str());
        values.map(str::to_owned).collect()
    }

    /// The text of all that is shown, for a look at the words.
    pub(crate) fn text(&self) -> String {
        self.outputs().iter().map(|output| format!("{output}\n")).collect()
    }

    /// The ends, where all went well and nothing else is of interest.
    #[track_caller]
    pub(crate) fn ok(self) -> Story {
        let bad = self.ends().iter().any(|end| !end.ends_with(" ok"));
        assert!(!bad, "{:?} {}\n{}", self.ends(), self.message(), self.text());
        self
    }
}

/// A cell's name: what is behind `#`, or its ordinal.
fn name(cell: &Value) -> String {
    match cell.as_str() {
        Some(uri) => uri.rsplit_once('#').map_or(uri, |(_, name)| name).to_owned(),
        None => cell.to_string(),
    }
}
