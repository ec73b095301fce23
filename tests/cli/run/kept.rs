//! Sessions that outlive a run, and `glue-ls sessions`.

use serde_json::json;

use super::notebook;
use super::program::{Home, KEY, glue};
use crate::service::{FakeGlue, Fault, Faults};

/// Runs a notebook and keeps its session; returns its id.
fn kept(glue: &FakeGlue, home: &Home) -> String {
    let ran = home.run(&["run", "a.ipynb", "--keep-session"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let [record] = &*home.records() else { panic!("{:?}", home.records()) };
    assert!(record.keep && glue.alive().contains(&record.id));
    assert!(ran.stderr.contains("It is still alive and costs") && ran.stderr.contains(&record.id), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("glue-ls sessions stop {}", record.id)), "{}", ran.stderr);
    record.id.clone()
}

/// Makes a record look as if it had been written a while ago.
fn age(home: &Home, id: &str) {
    let path = home.file("state/glue-ls/sessions").join(format!("{id}.json"));
    let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    record["createdAt"] = json!(record["createdAt"].as_u64().unwrap() - 3600);
    std::fs::write(&path, record.to_string()).unwrap();
}

#[test]
fn a_kept_session_is_listed_until_it_is_stopped() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["%worker_type G.2X\n%number_of_workers 3", "1"]))]);
    let id = kept(&glue, &home);
    let [listed] = &*home.sessions() else { panic!() };
    let record = &listed["record"];
    assert_eq!((&record["id"], &listed["status"], &listed["error"]), (&json!(id), &json!("READY"), &json!(null)));
    assert_eq!((&record["keep"], &record["state"]), (&json!(true), &json!("created")));
    assert_eq!((&record["workerType"], &record["numberOfWorkers"]), (&json!("G.2X"), &json!(3)));
    // Whatever the environment says later, it can be found.
    assert_eq!(record["identity"], json!({ "region": "eu-west-1", "account": "000000000000" }));
    assert!(record["document"].as_str().unwrap().ends_with("a.ipynb"));

    let text = home.run(&["sessions", "list"]).stdout;
    for said in [&*id, "READY", "eu-west-1", "nobody looks after it", "a.ipynb"] {
        assert!(text.contains(said), "{said} is missing in {text}");
    }
    let ran = home.run(&["sessions", "stop", &id]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(ran.stdout, format!("The session {id} is stopped.\n"));
    assert!(glue.alive().is_empty() && home.records().is_empty());
    assert_eq!(home.run(&["sessions", "list"]).stdout, "No session is alive.\n");
    assert_eq!(home.run(&["sessions", "list", "--mine"]).stdout, "No session of glue-ls is alive.\n");
}

#[test]
fn a_session_that_ended_elsewhere_leaves_the_list() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["1"]))]);
    let id = kept(&glue, &home);
    // Another home knows nothing of it, and can stop it all the same.
    let other = Home::on(&glue, &[]);
    assert_eq!(other.run(&["sessions", "stop", &id]).code, Some(0));
    assert_eq!(home.sessions(), [json!(null); 0]);
    assert_eq!(home.records(), []);
}

#[test]
fn a_session_that_nobody_knows_is_not_said_to_be_stopped() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[]);
    let ran = home.run(&["sessions", "stop", "no-such-session"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(
        ran.stderr.contains("no-such-session could not be stopped: AWS knows no such session here"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_record_stays_while_its_session_cannot_be_asked_or_stopped() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["1"]))]);
    let id = kept(&glue, &home);
    age(&home, &id);
    for (fault, said) in
        [(Fault::Expired, "the credentials have expired"), (Fault::HangUp, "connection"), (Fault::Portal, "proxy")]
    {
        glue.set(Faults::none().always("*", fault));
        let [listed] = &*home.sessions() else { panic!("{fault:?}") };
        assert_eq!(listed["status"], "unknown");
        let error = listed["error"].as_str().unwrap();
        assert!(error.contains(said), "{fault:?}: {error}");
        if fault == Fault::Expired {
            let ran = home.run(&["sessions", "stop", &id]);
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{fault:?}: {ran:?}");
            assert!(ran.stderr.contains(said), "{fault:?}: {}", ran.stderr);
        }
        assert_eq!(home.records().len(), 1, "{fault:?}");
    }
    assert_eq!(glue.alive().len(), 1);
}

#[test]
fn another_account_does_not_make_a_session_gone() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["1"]))]);
    let id = kept(&glue, &home);
    age(&home, &id);
    let mut config = glue_ls::local::service::LocalConfig::new(super::program::python(), std::env::temp_dir());
    config.account = "111111111111".to_owned();
    let other = FakeGlue::with(Faults::none(), config);
    // As if other credentials were in the environment now.
    let home = home.with("AWS_ENDPOINT_URL", &other.url);
    let [listed] = &*home.sessions() else { panic!() };
    let error = listed["error"].as_str().unwrap();
    assert!(error.contains("000000000000") && error.contains("111111111111"), "{error}");
    let ran = home.run(&["sessions", "stop", &id]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.stderr.contains("000000000000"), "{}", ran.stderr);
    assert_eq!(home.records().len(), 1);
    let home = home.with("AWS_ENDPOINT_URL", &glue.url).with("AWS_REGION", "us-west-2");
    assert_eq!(home.run(&["sessions", "stop", &id]).code, Some(0));
    let places: Vec<_> = glue.signers("StopSession").into_iter().collect();
    assert_eq!(places, [(KEY.to_owned(), "eu-west-1".to_owned())], "it is asked for where it is");
    assert_eq!(home.records(), []);
}

#[test]
fn a_session_that_never_came_to_be_is_dropped_when_that_is_sure() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["1"]))]);
    let id = kept(&glue, &home);
    // Another service of the same account, which never got it.
    let empty = super::program::glue(Faults::none());
    let home = home.with("AWS_ENDPOINT_URL", &empty.url);
    let [listed] = &*home.sessions() else { panic!() };
    assert!(listed["error"].as_str().unwrap().contains("only just asked for"), "{listed}");
    let ran = home.run(&["sessions", "stop", &id]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("only just asked for"), "{}", ran.stderr);
    age(&home, &id);
    assert_eq!(home.sessions(), [json!(null); 0]);
    assert_eq!(home.records(), []);
}
