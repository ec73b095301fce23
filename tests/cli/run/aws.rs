//! The same on AWS: what is sent, as whom and where, and what is never told.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::notebook;
use super::program::{Home, KEY, SECRET, TOKEN, glue};
use crate::service::{Fault, Faults};

const ROLE: &str = "arn:aws:iam::000000000000:role/GlueLocal";

fn pairs(pairs: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    pairs.iter().map(|(key, region)| ((*key).to_owned(), (*region).to_owned())).collect()
}

#[test]
fn what_the_plan_says_is_sent() {
    let settings = "%glue_version 4.0\n%worker_type G.2X\n%number_of_workers 3\n%timeout 90\n%connections one,two\n\
                    %additional_python_modules a,b\n%session_id_prefix team";
    let cells = [settings, "%%tags\n{\"cost\": \"42\"}", "%%configure\n{\"--x\": \"y\"}", "print('ran')", "2"];
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&cells)), ("bare.ipynb", &notebook(&["1"]))]);
    for (number, document) in ["a.ipynb", "bare.ipynb"].iter().enumerate() {
        let planned: Value = serde_json::from_str(&home.run(&["plan", document, "--format", "json"]).stdout).unwrap();
        let ran = home.run(&["run", document]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let mut sent = glue.creations().remove(number);
        let sent = sent.as_object_mut().unwrap();
        let id = sent.remove("Id").unwrap();
        let prefixed = id.as_str().unwrap().starts_with("team-");
        assert_eq!(prefixed, *document == "a.ipynb", "{id}");
        assert!(ran.stderr.contains(id.as_str().unwrap()), "{}", ran.stderr);
        let owner = sent["Tags"].as_object_mut().unwrap().remove("owner");
        assert_eq!(owner, Some(json!("AROALOCALGLUELOCALXX0:local")));

        let mut wanted = planned["create_session"].as_object().unwrap().clone();
        wanted.extend(planned["sends"].as_object().unwrap().clone());
        assert_eq!(wanted.insert("Role".to_owned(), json!(ROLE)), Some(Value::Null));
        wanted.entry("Tags").or_insert(json!({}));
        assert_eq!(Value::Object(sent.clone()), Value::Object(wanted), "{document}");
    }
    assert_eq!(glue.creations()[1]["IdleTimeout"], 60);
    assert!(glue.alive().is_empty());
    assert_eq!((glue.calls("CreateSession"), glue.calls("StopSession")), (2, 2));
    assert_eq!(glue.calls("RunStatement"), 3);
    assert_eq!(home.records(), []);
    assert_eq!(glue.signers("CreateSession"), pairs(&[(KEY, "eu-west-1")]));
}

#[test]
fn the_receipt_has_a_cost() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["%worker_type G.1X\n%number_of_workers 10", "1"]))]);
    let ran = home.run(&["run", "a.ipynb"]);
    for said in ["DPU-seconds", "         stopped\n", "Cost:    about $0.07, the session from start to end\n"] {
        assert!(ran.stderr.contains(said), "{said:?} is missing in {}", ran.stderr);
    }
    // The cell of settings was not sent anywhere; the other one has its share, which is less than the session's.
    let row =
        |start: &str| ran.stderr.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{ran:?}"));
    assert!(!row("cell 0 ").contains('$') && row("cell 1 ").contains("  about $0.0"), "{}", ran.stderr);
    assert!(row("Total ").contains("  about $0.0"), "{}", ran.stderr);
}

#[test]
fn a_log_tells_where_the_session_stands_and_how_far_the_run_has_come() {
    let glue = glue(Faults::none());
    let cells = ["%worker_type G.1X\n%number_of_workers 3", "x = 1", "print('shown')", "x + 1"];
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&cells))]);
    let ran = home.run(&["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let id = glue.creations()[0]["Id"].as_str().unwrap().to_owned();
    let creating = format!("glue-ls: creating the session {id}: 3 × G.1X, ");
    let (before, receipt) = ran.stderr.split_once("\nCell ").unwrap_or_else(|| panic!("{}", ran.stderr));
    let lines: Vec<&str> = before.lines().filter(|line| !line.is_empty()).collect();
    let [head, created, ready, rest @ ..] = &*lines else { panic!("{lines:?}") };
    assert_eq!(*head, "── cell 0 (1 of 4)");
    assert!(created.starts_with(&creating) && created.ends_with("/h"), "{created}");
    let seconds = ready.strip_prefix("glue-ls: the session is ready after ").and_then(|rest| rest.strip_suffix(" s"));
    assert!(seconds.is_some_and(|seconds| seconds.parse::<u64>().is_ok()), "{ready}");
    assert_eq!(rest, ["── cell 1 (2 of 4)", "── cell 2 (3 of 4)", "── cell 3 (4 of 4)"], "{lines:?}");
    assert!(receipt.contains("stopped"), "{receipt}");
    assert!(!ran.stderr.contains(['\r', '\u{1b}']), "{:?}", ran.stderr);
}

#[test]
fn a_session_that_is_refused_is_not_said_to_be_created_twice() {
    let glue = glue(Faults::none().always("CreateSession", Fault::Denied));
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["1", "2"]))]);
    let ran = home.run(&["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(ran.stderr.matches("creating the session").count(), 1, "{}", ran.stderr);
    assert!(!ran.stderr.contains("is ready") && !ran.stderr.contains("(2 of 2)"), "{}", ran.stderr);
}

#[test]
fn a_document_that_needs_no_session_starts_none() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["%glue_version 4.0", "%number_of_workers 2"]))]);
    let ran = home.run(&["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("none was started"), "{}", ran.stderr);
    assert_eq!(glue.all_calls().values().sum::<u64>(), 0, "nothing is asked of an account that is not needed");
}

/// Profiles `one` and `two`, each with keys and a region.
fn config(home: &Home) {
    std::fs::create_dir(home.file(".aws")).unwrap();
    let config = "[profile one]\nregion = us-east-1\n[profile two]\nregion = us-west-2\n";
    let credentials = "[one]\naws_access_key_id = AKIAONE\naws_secret_access_key = s3cret-one\n\
                       [two]\naws_access_key_id = AKIATWO\naws_secret_access_key = s3cret-two\n";
    std::fs::write(home.file(".aws/config"), config).unwrap();
    std::fs::write(home.file(".aws/credentials"), credentials).unwrap();
}

#[test]
fn profile_and_region_are_the_documents_unless_the_command_names_them() {
    let cells = |settings: &str| notebook(&[settings, "1"]);
    for (settings, arguments, key, region) in [
        ("%glue_version 4.0", &[][..], KEY, "eu-west-1"),
        ("%profile one", &[], "AKIAONE", "eu-west-1"),
        ("%profile one\n%region ap-south-1", &[], "AKIAONE", "ap-south-1"),
        ("%region ap-south-1", &[], KEY, "ap-south-1"),
        ("%profile one\n%region ap-south-1", &["--profile", "two"], "AKIATWO", "ap-south-1"),
        ("%profile one\n%region ap-south-1", &["--region", "sa-east-1"], "AKIAONE", "sa-east-1"),
        ("%glue_version 4.0", &["--profile", "two", "--region", "sa-east-1"], "AKIATWO", "sa-east-1"),
    ] {
        let glue = glue(Faults::none());
        let home = Home::on(&glue, &[("a.ipynb", &cells(settings))]);
        config(&home);
        let ran = home.run(&[&["run", "a.ipynb"], arguments].concat());
        assert_eq!(ran.code, Some(0), "{settings:?} {arguments:?}: {ran:?}");
        for operation in ["GetCallerIdentity", "CreateSession", "RunStatement", "StopSession"] {
            assert_eq!(glue.signers(operation), pairs(&[(key, region)]), "{settings:?} {arguments:?} {operation}");
        }
    }
}

#[test]
fn without_a_region_in_the_environment_it_is_the_profiles() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["1"]))]).with("AWS_REGION", "");
    config(&home);
    let ran = home.run(&["run", "a.ipynb", "--profile", "two", "--keep-session"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(glue.signers("CreateSession"), pairs(&[("AKIATWO", "us-west-2")]));
    let place = serde_json::to_value(&home.records()[0].identity).unwrap();
    assert_eq!(place, json!({ "profile": "two", "region": "us-west-2", "account": "000000000000" }));
}

#[test]
fn an_endpoint_of_the_document_is_used_and_recorded_without_secrets() {
    let (own, other) = (glue(Faults::none()), glue(Faults::none()));
    let cell = format!("%endpoint {}", other.url);
    let home = Home::on(&own, &[("a.ipynb", &notebook(&[&cell, "1"]))]);
    let ran = home.run(&["run", "a.ipynb", "--keep-session"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!((own.calls("CreateSession"), other.calls("CreateSession")), (0, 1));
    assert_eq!((own.calls("GetCallerIdentity"), other.calls("GetCallerIdentity")), (1, 0), "it is Glue's alone");
    let id = home.records()[0].id.clone();
    assert_eq!(home.sessions()[0]["status"], "READY", "it is asked for where it is");
    assert_eq!(home.run(&["sessions", "stop", &id]).code, Some(0));
    assert!(other.alive().is_empty());
}

#[test]
fn a_role_or_keys_of_the_document_are_used_from_there_on() {
    let role = "%%assume_role\n\"arn:aws:iam::000000000000:role/team\"";
    let glue_of_role = glue(Faults::none());
    let home = Home::on(&glue_of_role, &[("a.ipynb", &notebook(&[role, "1"]))]);
    let ran = home.run(&["run", "a.ipynb", "--keep-session"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(glue_of_role.signers("AssumeRole"), pairs(&[(KEY, "eu-west-1")]));
    assert_eq!(glue_of_role.signers("CreateSession"), pairs(&[("ASIAASSUMED", "eu-west-1")]));
    let record = home.records().remove(0);
    assert_eq!(record.identity.role_arn.as_deref(), Some("arn:aws:iam::000000000000:role/team"));
    assert_eq!(home.run(&["sessions", "stop", &record.id]).code, Some(0));
    assert_eq!(glue_of_role.signers("StopSession"), pairs(&[("ASIAASSUMED", "eu-west-1")]));

    let keys = "%%assume_role\n{\"aws_access_key_id\": \"ASIADOC\", \"aws_secret_access_key\": \"doc-s3cret\", \
                \"aws_session_token\": \"doc-t0ken\"}";
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&[keys, "1"]))]);
    let ran = home.run(&["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(glue.signers("CreateSession"), pairs(&[("ASIADOC", "eu-west-1")]));
    assert_eq!(glue.signers("StopSession"), pairs(&[("ASIADOC", "eu-west-1")]));
}

#[test]
fn no_secret_is_told_not_even_to_the_log() {
    let keys = "%%assume_role\n{\"aws_access_key_id\": \"ASIADOC\", \"aws_secret_access_key\": \"doc-s3cret\", \
                \"aws_session_token\": \"doc-t0ken\"}";
    let role = "%%assume_role\n\"arn:aws:iam::000000000000:role/team\"";
    let secrets =
        [SECRET, TOKEN, "doc-s3cret", "doc-t0ken", "s3cret-one", "assumed-secret", "assumed-token", "us3r", "p4ss"];
    for (log, cells, shown) in [
        ("trace", [keys, "1"], "glue_ls"),
        ("trace", [role, "1"], "glue_ls"),
        ("trace", ["%profile one", "1"], "glue_ls"),
        ("debug,hyper_util=trace", ["%idle_timeout 5", "1"], "hyper_util"),
    ] {
        let glue = glue(Faults::none().every("GetStatement", 2, crate::service::Fault::Throttle));
        let home = Home::on(&glue, &[("a.ipynb", &notebook(&cells))]).with("GLUE_LS_LOG", log);
        config(&home);
        // Kept, so that there is a record to look into.
        let ran = home.run(&["run", "a.ipynb", "--keep-session"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stderr.contains(&format!(" {shown}::")), "{log}: it is logged: {}", ran.stderr);
        assert!(!ran.stderr.contains(" aws_"), "{log}: the SDK's own logs are left out: {}", ran.stderr);
        let records: String = std::fs::read_dir(home.file("state/glue-ls/sessions"))
            .unwrap()
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect();
        assert!(records.contains("identity"), "{records}");
        let listed = home.run(&["sessions", "list"]);
        for text in [&ran.stdout, &ran.stderr, &records, &listed.stdout, &listed.stderr] {
            for secret in secrets {
                assert!(!text.contains(secret), "{log}: {secret} is in {text}");
            }
            assert!(!text.contains("Authorization") && !text.contains("authorization"), "{log}: {text}");
        }
    }
}

#[test]
fn a_user_in_an_endpoint_is_not_recorded() {
    let (own, other) = (glue(Faults::none()), glue(Faults::none()));
    let cell = format!("%endpoint {}", other.url.replace("http://", "http://us3r:p4ss@"));
    let home = Home::on(&own, &[("a.ipynb", &notebook(&[&cell, "1"]))]);
    let ran = home.run(&["run", "a.ipynb", "--keep-session"]);
    let records = home.records();
    for record in &records {
        let record = serde_json::to_string(record).unwrap();
        assert!(!record.contains("us3r") && !record.contains("p4ss"), "{record}");
    }
    assert!(!ran.stderr.contains("p4ss"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("p4ss"), "{}", ran.stdout);
}

#[test]
fn without_a_folder_for_records_nothing_is_started() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["1"])), ("state", "not a folder")]);
    let ran = home.run(&["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stdout.contains("the session was not started, because no record of it can be written"), "{ran:?}");
    assert_eq!(glue.calls("CreateSession"), 0);
}
