//! Processes that are killed while they start and use sessions on AWS: whatever was created is found again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::run::program::{Home, glue, wait_until};
use crate::e2e::client::Client;
use crate::service::{FakeGlue, Fault, Faults};

mod run;
mod server;

/// Numbers that are the same in each run of the tests.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % limit
    }
}

/// How far a start comes before its process is killed.
#[derive(Debug, Clone, Copy)]
enum Stage {
    /// It was just begun.
    Begun,
    /// The service was asked who calls.
    Asked,
    /// CreateSession has been sent, and takes its time.
    Creating,
    /// It was carried out, and the answer is on its way.
    Created,
    /// The session is looked at, and not ready.
    Provisioning,
    /// A statement runs.
    Running,
}

const STAGES: [Stage; 6] =
    [Stage::Begun, Stage::Asked, Stage::Creating, Stage::Created, Stage::Provisioning, Stage::Running];

/// A service that takes its time.
fn slow_glue() -> FakeGlue {
    let delay = |millis| Fault::Delay(Duration::from_millis(millis));
    let faults = Faults::none().always("CreateSession", delay(120)).always("GetSession", delay(30));
    glue(faults.always("GetCallerIdentity", delay(20)))
}

/// A home with a script whose last cell runs for ever.
fn home(glue: &FakeGlue) -> Home {
    let home = Home::on(glue, &[]);
    let marker = home.file("running").display().to_string();
    let text = format!(
        "# %%\n# %glue_version 4.0\n# %%\nx = 1\n# %%\nimport time\nopen({marker:?}, 'w').close()\nwhile True:\n    time.sleep(0.01)\n"
    );
    std::fs::write(home.file("a.py"), text).unwrap();
    home
}

/// Calls up to now; a stage is reached when one more has come.
struct Before {
    asked: u64,
    creating: u64,
    created: u64,
    looked: u64,
}

impl Before {
    fn now(glue: &FakeGlue, home: &Home) -> Self {
        let _ = std::fs::remove_file(home.file("running"));
        Self {
            asked: glue.calls("GetCallerIdentity"),
            creating: glue.calls("CreateSession"),
            created: glue.handled("CreateSession"),
            looked: glue.calls("GetSession"),
        }
    }

    /// Waits for a stage, and then for a moment of any length.
    fn wait(&self, stage: Stage, glue: &FakeGlue, home: &Home, random: &mut Random) {
        wait_until("the stage of the start", || match stage {
            Stage::Begun => true,
            Stage::Asked => glue.calls("GetCallerIdentity") > self.asked,
            Stage::Creating => glue.calls("CreateSession") > self.creating,
            Stage::Created => glue.handled("CreateSession") > self.created,
            Stage::Provisioning => glue.calls("GetSession") > self.looked,
            Stage::Running => home.file("running").exists(),
        });
        // Not to wait for anything: so that the next thing happens at any point of what goes on.
        std::thread::sleep(Duration::from_micros(random.below(40_000)));
    }
}

/// Waits until the service has carried out what has reached it.
fn settled(glue: &FakeGlue) {
    wait_until("the service is at rest", || glue.calls("CreateSession") == glue.handled("CreateSession"));
}

/// Returns the ids of records, of which none may occur twice.
#[track_caller]
fn ids<'a>(records: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    let all: Vec<String> = records.into_iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect();
    let unique: BTreeSet<String> = all.iter().cloned().collect();
    assert_eq!(unique.len(), all.len(), "one is listed twice: {all:?}");
    unique
}

/// Checks what the next start is told of what was killed, and cleans up. Returns whether a session was alive.
#[track_caller]
fn found_again(glue: &FakeGlue, home: &Home, what: &str) -> bool {
    if glue.calls("CreateSession") > glue.handled("CreateSession") {
        // Asked too early: the session is not there, and will be.
        let listed = home.sessions();
        assert_eq!(listed.len(), 1, "{what}: a session that is about to be created is not on the list");
    }
    settled(glue);
    let alive = glue.alive();
    let listed = home.sessions();
    let found = ids(listed.iter().map(|listed| &listed["record"]));
    assert!(alive.is_subset(&found), "{what}: {alive:?} live, {found:?} are listed");
    for listed in &listed {
        let id = listed["record"]["id"].as_str().unwrap();
        let known = if alive.contains(id) { listed["error"].is_null() } else { listed["status"] == "unknown" };
        assert!(known, "{what}: {listed}");
    }
    assert!(found.len() <= 1, "{what}: {found:?}");
    for id in &alive {
        let ran = home.run(&["sessions", "stop", id]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{what}");
    }
    assert!(glue.alive().is_empty(), "{what}");
    // What the service never got is believed to be nowhere after a while.
    for id in found.difference(&alive) {
        let path = home.file("state/glue-ls/sessions").join(format!("{id}.json"));
        let mut record: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        record["createdAt"] = json!(record["createdAt"].as_u64().unwrap() - 3600);
        std::fs::write(&path, record.to_string()).unwrap();
    }
    if found != alive {
        assert_eq!(home.sessions(), [json!(null); 0], "{what}");
    }
    assert_eq!(home.records(), [], "{what}");
    !alive.is_empty()
}
