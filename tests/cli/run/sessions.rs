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

/// What lets in whoever has it.
const DASHBOARD_TOKEN: &str = "d4shb0ard";

#[test]
fn the_pages_of_a_session_are_for_who_asks() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[]);
    let id = kept(&glue, &home, "data");
    list(&home, &[]);
    home.run(&["sessions", "tags", &id]);
    assert_eq!(glue.calls("GetDashboardUrl"), 0, "nobody has asked for it");
    let text = home.run(&["sessions", "show", &id]).stdout;
    let logs = "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/\
                $252Faws-glue$252Fsessions$252Ferror$3FlogStreamNameFilter$3D";
    let dashboard = format!("https://dashboard.glue.example/session?token={DASHBOARD_TOKEN}");
    assert!(text.contains(&format!("\nDashboard: {dashboard}\nLogs: {logs}{id}\n")), "{text}");
    let json =
        || -> Value { serde_json::from_str(&home.run(&["sessions", "show", &id, "--format", "json"]).stdout).unwrap() };
    let shown = json();
    assert_eq!(shown["dashboardUrl"], json!(dashboard));
    assert_eq!((&shown["dashboardError"], &shown["logsUrl"]), (&json!(null), &json!(format!("{logs}{id}"))));

    glue.set(Faults::none().always("GetDashboardUrl", Fault::Denied));
    let text = home.run(&["sessions", "show", &id]).stdout;
    assert!(text.contains("\nDashboard: not shown: the permission glue:GetDashboardUrl is missing\nLogs: "), "{text}");
    let shown = json();
    assert_eq!(shown["dashboardUrl"], json!(null));
    assert!(shown["dashboardError"].as_str().unwrap().contains("glue:GetDashboardUrl"), "{shown}");

    // It is told in an answer and nowhere else: what a cell shows is kept in the notebook.
    glue.set(Faults::none());
    let home = home.with("GLUE_LS_LOG", "trace");
    let told = home.run(&["sessions", "show", &id]).stderr;
    let line = told.lines().find(|line| line.contains(DASHBOARD_TOKEN));
    assert_eq!(line, None, "it is in the log");
    std::fs::write(home.file("a.ipynb"), notebook(&["1", "%status"])).unwrap();
    let ran = home.run(&["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stdout.contains("Dashboard: there is one") && ran.stdout.contains("`glue-ls sessions show "),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains(logs), "{}", ran.stdout);
    assert!(![&ran.stdout, &ran.stderr].iter().any(|text| text.contains(DASHBOARD_TOKEN)), "{}", ran.stdout);
}

#[test]
fn a_session_of_spark_connect_is_named_and_stopped_but_not_attached_to() {
    let glue = glue(Faults::none());
    let (home, other) = (Home::on(&glue, &[]), Home::on(&glue, &[]));
    let id = kept(&glue, &other, "data");
    glue.set(Faults::none().always("GetSession", Fault::SparkConnect).always("ListSessions", Fault::SparkConnect));
    let [listed] = &*list(&home, &[]) else { panic!() };
    assert_eq!((&listed["id"], &listed["sessionType"]), (&json!(id), &json!("SPARK_CONNECT")));
    let text = home.run(&["sessions", "list"]).stdout;
    assert!(text.contains(", Spark Connect, "), "{text}");
    let text = home.run(&["sessions", "show", &id]).stdout;
    assert!(text.contains("Type: glueetl, Spark Connect (takes no statements"), "{text}");

    std::fs::write(home.file("a.ipynb"), notebook(&[&format!("%reconnect {id}"), "1"])).unwrap();
    let before = glue.calls("CreateSession");
    let ran = home.run(&["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let said = ran.stdout + &ran.stderr;
    assert!(said.contains("SPARK_CONNECT, which takes no statements"), "{said}");
    assert_eq!((glue.calls("CreateSession") - before, glue.calls("ListStatements")), (0, 0));
    assert_eq!(glue.alive().len(), 1, "it is somebody's");
    assert_eq!(home.run(&["sessions", "stop", &id]).code, Some(0));
    assert!(glue.alive().is_empty());
}
