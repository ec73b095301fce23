//! `glue-ls sessions`: who is running what.

use serde_json::{Value, json};

use super::notebook;
use super::program::{Home, glue};
use crate::service::{FakeGlue, Fault, Faults};

/// Runs a notebook with a tag, and keeps its session; returns its id.
fn kept(glue: &FakeGlue, home: &Home, team: &str) -> String {
    std::fs::write(home.file("kept.ipynb"), notebook(&[&format!("%%tags\n{{\"team\": \"{team}\"}}"), "1"])).unwrap();
    assert_eq!(home.run(&["run", "kept.ipynb", "--keep-session"]).code, Some(0));
    glue.creations().last().unwrap()["Id"].as_str().unwrap().to_owned()
}

fn list(home: &Home, arguments: &[&str]) -> Vec<Value> {
    let ran = home.run(&[&["sessions", "list", "--format", "json"], arguments].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&ran.stdout).unwrap()
}

fn ids(listed: &[Value]) -> Vec<&str> {
    listed.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[test]
fn an_administrator_sees_all_and_stops_one() {
    let glue = glue(Faults::none());
    let (own, other) = (Home::on(&glue, &[]), Home::on(&glue, &[]));
    let mine = kept(&glue, &own, "analytics");
    let first = kept(&glue, &other, "analytics");
    let second = kept(&glue, &other, "data");

    let all = list(&own, &[]);
    assert_eq!(ids(&all)[0], mine, "one's own come first");
    assert_eq!(all.len(), 3, "{all:?}");
    for row in &all {
        assert_eq!(row["mine"], json!(row["id"] == json!(mine)), "{row}");
        assert_eq!(row["mine"], json!(!row["record"].is_null()), "{row}");
        assert_eq!(
            (&row["status"], &row["region"], &row["glueVersion"]),
            (&json!("READY"), &json!("eu-west-1"), &json!("4.0"))
        );
        assert!(row["ageSeconds"].is_u64() && row["costUsd"].is_number(), "{row}");
    }
    assert_eq!(ids(&list(&own, &["--mine"])), [&*mine]);
    let tagged = list(&own, &["--tag", "team=analytics"]);
    let mut found = ids(&tagged);
    found.sort_unstable();
    let mut wanted = [&*mine, &*first];
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    assert_eq!(ids(&list(&own, &["--tag", "team=analytics", "--mine"])), [&*mine]);
    assert_eq!(list(&own, &["--tag", "team=nobody"]), [json!(null); 0]);

    let text = own.run(&["sessions", "list"]).stdout;
    for said in
        [&*mine, &*first, &*second, "READY", "old", "so far", "eu-west-1", "nobody looks after it", "kept.ipynb"]
    {
        assert!(text.contains(said), "{said} is missing in {text}");
    }

    let arn = format!("arn:aws:glue:eu-west-1:000000000000:session/{second}");
    let ran = own.run(&["sessions", "tags", &arn]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.lines().any(|line| line == "team=data"), "{}", ran.stdout);
    let ran = own.run(&["sessions", "tags", &second, "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap()["team"], json!("data"));

    let text = own.run(&["sessions", "show", &second]).stdout;
    for said in [&format!("Session: {second}\nStatus: READY\n"), "Region: eu-west-1", "Cost so far: ", "Tag: team=data"]
    {
        assert!(text.contains(said), "{said} is missing in {text}");
    }
    let shown: Value = serde_json::from_str(&own.run(&["sessions", "show", &mine, "--format", "json"]).stdout).unwrap();
    assert_eq!((&shown["mine"], &shown["tags"]["team"]), (&json!(true), &json!("analytics")));

    assert_eq!(own.run(&["sessions", "stop", &arn]).code, Some(0));
    assert_eq!(ids(&list(&own, &[])).len(), 2);
    let ended = list(&own, &["--all"]);
    assert!(ended.iter().any(|row| row["id"] == json!(second) && row["status"] == "STOPPED"), "{ended:?}");
}

#[test]
fn what_is_refused_or_unknown_is_told_with_a_remedy() {
    let glue = glue(Faults::none().always("ListSessions", Fault::Denied).always("GetTags", Fault::Denied));
    let home = Home::on(&glue, &[]);
    let id = kept(&glue, &home, "data");
    let ran = home.run(&["sessions", "list"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stdout.contains(&id), "what is on record is told all the same: {}", ran.stdout);
    assert!(ran.stderr.contains("cannot be listed") && ran.stderr.contains("glue:ListSessions"), "{}", ran.stderr);
    let ran = home.run(&["sessions", "tags", &id]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("glue:GetTags"), "{}", ran.stderr);
    assert!(home.run(&["sessions", "show", &id]).stdout.contains("Tags: not shown: "));
    let ran = home.run(&["sessions", "show", "no-such-session"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("nothing is known of no-such-session"), "{}", ran.stderr);
    let ran = home.run(&["sessions", "list", "--tag", "team"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("KEY=VALUE"), "{}", ran.stderr);
}
