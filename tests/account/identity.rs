//! As whom the program calls: keys, programs that give them, IAM Identity Center, roles, and none at all.
#![cfg(unix)]

use serde_json::{Value, json};

use crate::cli::run::program::{Home, Ran};
use crate::service::{Fault, Faults};
use crate::support::contents::{Contents, trust};
use crate::support::moto::Moto;
use crate::support::profiles::{Gives, Profiles, home_at, home_of, runs, sign_in};
use crate::support::proxy::Proxy;

/// An account with one session of that id.
fn with_session(id: &str) -> Contents {
    Contents::new().session("eu-west-1", json!({"Id": id, "NumberOfWorkers": 2, "WorkerType": "G.1X"}))
}

#[track_caller]
fn list(home: &Home, profile: &str) -> Ran {
    home.run(&["sessions", "list", "--format", "json", "--profile", profile])
}

/// The ids of the sessions that are listed as a profile.
#[track_caller]
fn listed(home: &Home, profile: &str) -> Vec<String> {
    let ran = list(home, profile);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{profile}: {ran:?}");
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn refused(home: &Home, profile: &str, said: &str) {
    let ran = list(home, profile);
    assert_eq!(ran.code, Some(2), "{profile}: {ran:?}");
    assert!(ran.stderr.contains(said), "{profile}: {said}: {}", ran.stderr);
}

#[test]
fn a_role_of_another_account_is_assumed_through_a_profile() {
    let first = with_session("mine").role_with(json!({
        "name": "Middle", "trust": trust(&["arn:aws:iam::{account}:user/ana"]),
    }));
    let second = with_session("theirs")
        .role("Shared", "arn:aws:iam::{account:0}:root")
        .role("Chained", "arn:aws:iam::{account:0}:role/Middle")
        .role("Closed", "glue.amazonaws.com");
    let Some(moto) = Moto::with([first, second]) else { return };
    let [own, other] = &moto.accounts[..] else { panic!("two accounts") };
    let proxy = Proxy::before(&moto, Faults::none());
    let home = home_at(&proxy.url);
    let role = |name: &str| format!("arn:aws:iam::{}:role/{name}", other.id);
    Profiles::new()
        .keys("own", own)
        .role("shared", &role("Shared"), "own")
        .role("middle", &format!("arn:aws:iam::{}:role/Middle", own.id), "own")
        .role("chained", &role("Chained"), "middle")
        .role("closed", &role("Closed"), "own")
        .write(&home);
    assert_eq!(listed(&home, "own"), ["mine"]);
    assert_eq!(proxy.calls("AssumeRole"), 0);
    assert_eq!(listed(&home, "shared"), ["theirs"]);
    assert_eq!(proxy.calls("AssumeRole"), 1);
    assert_eq!(listed(&home, "chained"), ["theirs"]);
    assert_eq!(proxy.calls("AssumeRole"), 3);
    let asked = proxy.signers("ListSessions");
    assert_eq!(asked.iter().filter(|(key, _)| key.starts_with("ASIA")).count(), 2, "{asked:?}");
    refused(&home, "closed", "sts:AssumeRole");
    refused(&home, "nobody", "there is no profile \"nobody\"");
}

#[test]
fn a_program_gives_keys_or_says_why_not() {
    let Some(moto) = Moto::with([with_session("mine")]) else { return };
    let own = &moto.accounts[0];
    let proxy = Proxy::before(&moto, Faults::none());
    let home = home_at(&proxy.url);
    Profiles::new()
        .program(&home, "good", &Gives::Keys(own))
        .program(&home, "old", &Gives::Expired(own))
        .program(&home, "broken", &Gives::Error("the vault is sealed"))
        .program(&home, "odd", &Gives::Text("no JSON"))
        .write(&home);
    assert_eq!(listed(&home, "good"), ["mine"]);
    assert_eq!(runs(&home, "good"), 1);
    let asked = proxy.all_calls();
    let remedy = |name: &str| format!("give-{name}, the credential_process of profile {name}");
    for name in ["broken", "odd"] {
        refused(&home, name, &remedy(name));
        assert!(runs(&home, name) >= 1);
    }
    assert_eq!(proxy.all_calls(), asked, "without keys nothing is asked");
    proxy.set(Faults::none().always("*", Fault::Expired));
    refused(&home, "old", &remedy("old"));
    assert_eq!(runs(&home, "good"), 1, "a profile is nobody else's");
}

#[test]
fn a_sign_in_counts_as_long_as_it_lasts() {
    let Some(moto) = Moto::with([with_session("mine")]) else { return };
    let own = &moto.accounts[0];
    let proxy = Proxy::before(&moto, Faults::none());
    let home = home_at(&proxy.url);
    Profiles::new().sso("work", own).write(&home);
    proxy.portal("t0ken-of-the-sign-in", own);
    let remedy = "aws sso login --profile work";
    refused(&home, "work", remedy);
    sign_in(&home, "t0ken-of-the-sign-in", "2020-01-01T00:00:00Z");
    refused(&home, "work", remedy);
    assert!(proxy.all_calls().is_empty(), "{:?}", proxy.all_calls());
    sign_in(&home, "t0ken-of-the-sign-in", "2100-01-01T00:00:00Z");
    assert_eq!(listed(&home, "work"), ["mine"]);
    assert_eq!(proxy.signers("ListSessions"), [(own.key.clone(), "eu-west-1".to_owned())].into());
    proxy.set(Faults::none().always("GetRoleCredentials", Fault::Expired));
    refused(&home, "work", remedy);
    let said = list(&home, "work").stderr;
    assert!(!said.contains("t0ken"), "{said}");
}

#[test]
fn without_credentials_or_a_region_nothing_is_asked() {
    let Some(moto) = Moto::with([Contents::new()]) else { return };
    let proxy = Proxy::before(&moto, Faults::none());
    let ran = home_at(&proxy.url).with("AWS_REGION", "eu-west-1").run(&["sessions", "list"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("credentials"), "{}", ran.stderr);
    let ran = home_of(&moto, &proxy.url).with("AWS_REGION", "").run(&["sessions", "list"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("region"), "{}", ran.stderr);
    assert!(proxy.all_calls().is_empty(), "{:?}", proxy.all_calls());
}

#[test]
fn a_session_gets_the_role_that_the_caller_is() {
    let contents = Contents::new().role_with(json!({
        "name": "Analyst", "path": "/teams/", "trust": trust(&["glue.amazonaws.com", "arn:aws:iam::{account}:root"]),
    }));
    let Some(moto) = Moto::with([contents]) else { return };
    let own = &moto.accounts[0];
    // Moto runs no statements, and has no dashboards.
    let beyond_moto = Faults::none().always("RunStatement", Fault::Denied).always("GetDashboardUrl", Fault::Denied);
    let proxy = Proxy::before(&moto, beyond_moto);
    let home = home_at(&proxy.url);
    let arn = format!("arn:aws:iam::{}:role/teams/Analyst", own.id);
    Profiles::new().keys("own", own).role("analyst", &arn, "own").write(&home);
    std::fs::write(home.file("a.py"), "# %%\n# %glue_version 5.0\n# %%\n1 + 1\n").unwrap();
    let ran = home.run(&["run", "a.py", "--profile", "analyst"]);
    assert!(ran.code != Some(0) && ran.stdout.contains("glue:RunStatement"), "{ran:?}");
    let counts = ["GetCallerIdentity", "GetRole", "CreateSession"].map(|operation| proxy.handled(operation));
    assert_eq!(counts, [1, 1, 1], "{ran:?} {:?}", proxy.all_calls());
    let rows = home.run(&["sessions", "list", "--all", "--format", "json", "--profile", "analyst"]);
    let rows: Vec<Value> = serde_json::from_str(&rows.stdout).unwrap();
    let id = rows[0]["id"].as_str().unwrap();
    let shown = home.run(&["sessions", "show", id, "--format", "json", "--profile", "analyst"]);
    assert_eq!(serde_json::from_str::<Value>(&shown.stdout).unwrap()["role"], json!(arn), "{shown:?}");
}
