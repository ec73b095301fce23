//! Who is running what: an administrator lists the sessions of an account, those with a tag, and the tags of one by its ARN.

use serde_json::{Value, json};

use crate::cli::run::program::{Home, glue};
use crate::service::{Fault, Faults};
use crate::support::contents::Contents;
use crate::support::moto::Moto;
use crate::support::profiles::{Profiles, home_of};

const REGION: &str = "eu-west-1";

/// A session of an account: its id, how old it is, and its tags.
fn session(id: &str, minutes: u64, tags: Value) -> Value {
    json!({
        "Id": id, "AgeSeconds": minutes * 60, "Tags": tags, "GlueVersion": "5.0", "NumberOfWorkers": 4, "WorkerType": "G.1X",
        "IdleTimeout": 60, "Role": "arn:aws:iam::{account}:role/Etl",
    })
}

/// More sessions than two pages hold, three of the analytics team among them: on the first page, and on the last.
fn company() -> Contents {
    let team = |name: &str| json!({ "team": name, "billing": "Data-Platform" });
    let mut contents = Contents::new().session(REGION, session("analytics-old", 600, team("analytics")));
    for number in 0..240 {
        contents = contents.session(REGION, session(&format!("other-{number:03}"), 20 + number, team("web")));
    }
    contents
        .session(REGION, session("analytics-new", 10, team("analytics")))
        .session(REGION, session("analytics-nobody-pays", 15, json!({ "team": "analytics" })))
        .session(REGION, ended("analytics-ended"))
        .session("us-east-1", session("elsewhere", 5, team("analytics")))
}

fn ended(id: &str) -> Value {
    let mut session = session(id, 900, json!({ "team": "analytics" }));
    session["Status"] = "STOPPED".into();
    session
}

fn list(home: &Home, arguments: &[&str]) -> Vec<Value> {
    let ran = home.run(&[&["sessions", "list", "--format", "json"], arguments].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&ran.stdout).unwrap()
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[test]
fn an_administrator_lists_the_sessions_of_an_account() {
    let Some(moto) = Moto::with([company()]) else { return };
    let home = home_of(&moto, &moto.url);
    let all = list(&home, &[]);
    assert_eq!(all.len(), 243, "all pages, without the one that has ended");
    assert_eq!(ids(&all)[..2], ["analytics-new", "analytics-nobody-pays"], "the newest first");
    assert_eq!(ids(&all)[242], "analytics-old");
    let new = &all[0];
    let (age, cost) = (new["ageSeconds"].as_u64().unwrap(), new["costUsd"].as_f64().unwrap());
    assert!((600..700).contains(&age), "{new}");
    // Four DPU at 0.44 USD for ten minutes: an estimate, as the service has told no DPU-seconds.
    assert!((cost - 0.29).abs() < 0.05 && new["costIsEstimate"] == true, "{new}");
    assert_eq!((&new["status"], &new["mine"], &new["region"]), (&json!("READY"), &json!(false), &json!(REGION)));
    assert_eq!((&new["workerType"], &new["numberOfWorkers"]), (&json!("G.1X"), &json!(4)));
    let with_ended = list(&home, &["--all"]);
    assert_eq!((with_ended.len(), ids(&with_ended)[243]), (244, "analytics-ended"));
    assert_eq!(ids(&list(&home, &["--region", "us-east-1"])), ["elsewhere"]);

    let text = home.run(&["sessions", "list"]).stdout;
    let line = text.lines().find(|line| line.starts_with("analytics-new ")).unwrap();
    for said in ["READY", "10 min old", "4 × G.1X", "so far", REGION] {
        assert!(line.contains(said), "{said} is missing in {line}");
    }
    assert_eq!(text.lines().count(), 243);
    // None of them is of this machine.
    assert_eq!(list(&home, &["--mine"]), [json!(null); 0]);
    assert_eq!(home.run(&["sessions", "list", "--mine"]).stdout, "No session of glue-ls is alive.\n");
}

#[test]
fn and_those_of_a_team() {
    let Some(moto) = Moto::with([company()]) else { return };
    let home = home_of(&moto, &moto.url);
    // Pages without any of them are in between.
    let tagged = list(&home, &["--tag", "team=analytics"]);
    assert_eq!(ids(&tagged), ["analytics-new", "analytics-nobody-pays", "analytics-old"]);
    let both = list(&home, &["--tag", "team=analytics", "--tag", "billing=Data-Platform"]);
    assert_eq!(ids(&both), ["analytics-new", "analytics-old"]);
    assert_eq!(home.run(&["sessions", "list", "--tag", "team=nobody"]).stdout, "No session is alive.\n");
    let text = home.run(&["sessions", "list", "--tag", "team=analytics"]).stdout;
    assert_eq!(text.lines().count(), 3, "{text}");
}

#[test]
fn and_the_tags_of_one_by_its_arn_and_stops_it() {
    let Some(moto) = Moto::with([company()]) else { return };
    let home = home_of(&moto, &moto.url);
    let arn = format!("arn:aws:glue:{REGION}:{}:session/analytics-old", moto.accounts[0].id);
    // Wherever one is: the ARN says where the session is.
    let elsewhere = home_of(&moto, &moto.url).with("AWS_REGION", "us-east-1");
    for (home, named) in [(&home, "analytics-old"), (&home, arn.as_str()), (&elsewhere, arn.as_str())] {
        let ran = home.run(&["sessions", "tags", named]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{named}");
        assert_eq!(ran.stdout, "billing=Data-Platform\nteam=analytics\n", "{named}");
        let json = home.run(&["sessions", "tags", named, "--format", "json"]).stdout;
        let tags: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(tags, json!({ "billing": "Data-Platform", "team": "analytics" }), "{named}");
    }
    let text = home.run(&["sessions", "show", &arn]).stdout;
    for said in ["Session: analytics-old\nStatus: READY\n", "Region: eu-west-1", "Cost so far: ", "Tag: team=analytics"]
    {
        assert!(text.contains(said), "{said} is missing in {text}");
    }
    let ran = home.run(&["sessions", "stop", &arn]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "The session analytics-old is stopped.\n"), "{ran:?}");
    assert_eq!(ids(&list(&home, &["--tag", "team=analytics", "--tag", "billing=Data-Platform"])), ["analytics-new"]);
}

#[test]
fn an_arn_of_another_account_never_means_the_session_of_the_same_name_here() {
    let same = || Contents::new().session(REGION, session("nightly", 30, json!({ "of": "{account}" })));
    let Some(moto) = Moto::with([same(), same()]) else { return };
    let [here, there] = &*moto.accounts else { panic!("{:?}", moto.accounts) };
    let home = home_of(&moto, &moto.url);
    Profiles::new().keys("there", there).write(&home);
    let arn = format!("arn:aws:glue:{REGION}:{}:session/nightly", there.id);
    for action in ["tags", "show", "stop"] {
        let ran = home.run(&["sessions", action, &arn]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{action}");
        for said in [&*here.id, &there.id, "--profile"] {
            assert!(ran.stderr.contains(said), "{said} is missing in {}", ran.stderr);
        }
    }
    assert_eq!(ids(&list(&home, &[])), ["nightly"], "it was not stopped in its place");
    let ran = home.run(&["sessions", "tags", &arn, "--profile", "there"]);
    assert_eq!((ran.code, ran.stdout), (Some(0), format!("of={}\n", there.id)), "{}", ran.stderr);
    assert_eq!(home.run(&["sessions", "stop", &arn, "--profile", "there"]).code, Some(0));
    assert_eq!(list(&home, &["--profile", "there"]), [json!(null); 0]);
    assert_eq!(ids(&list(&home, &[])), ["nightly"]);
}

#[test]
fn who_may_not_see_everything_is_told_what_is_missing() {
    let may = |actions: &[&str]| Contents::new().session(REGION, session("s-1", 5, json!({ "a": "b" }))).only(actions);
    let Some(moto) = Moto::with([may(&["glue:ListSessions", "glue:GetSession"]), may(&["glue:GetSession"])]) else {
        return;
    };
    let home = home_of(&moto, &moto.url);
    assert_eq!(ids(&list(&home, &[])), ["s-1"]);
    let ran = home.run(&["sessions", "tags", "s-1"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("glue:GetTags"), "{}", ran.stderr);
    let ran = home.run(&["sessions", "show", "s-1"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("Session: s-1") && ran.stdout.contains("Tags: not shown: "), "{}", ran.stdout);
    let ran = home.run(&["sessions", "stop", "s-1"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("glue:StopSession"), "{}", ran.stderr);
    Profiles::new().keys("second", &moto.accounts[1]).write(&home);
    let ran = home.run(&["sessions", "list", "--profile", "second"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("cannot be listed") && ran.stderr.contains("glue:ListSessions"), "{}", ran.stderr);
}

#[test]
fn a_service_that_throttles_is_waited_for_and_then_told_of() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.py", "# %%\n# %idle_timeout 20\n# %%\n1\n")]);
    assert_eq!(home.run(&["run", "a.py", "--keep-session"]).code, Some(0));
    let id = glue.alive().into_iter().next().unwrap();
    for operation in ["ListSessions", "GetSession", "GetTags"] {
        glue.set(Faults::none().first(operation, 1, Fault::Throttle));
        assert_eq!(ids(&list(&home, &[])), [id.as_str()], "{operation}");
        glue.set(Faults::none().first(operation, 1, Fault::Throttle));
        assert_eq!(home.run(&["sessions", "show", &id]).code, Some(0), "{operation}");
    }
    glue.set(Faults::none().always("ListSessions", Fault::Throttle));
    let ran = home.run(&["sessions", "list"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stdout.contains(&id), "what is on record is told all the same: {}", ran.stdout);
    assert!(ran.stderr.contains("cannot be listed") && ran.stderr.contains("too many calls"), "{}", ran.stderr);
    glue.set(Faults::none());
    assert_eq!(home.run(&["sessions", "stop", &id]).code, Some(0));
}
