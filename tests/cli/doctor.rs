//! `glue-ls doctor`, from the outside: without an account, without a network, with a document that names another account.

use serde_json::Value;

use super::notebook;
use super::run::program::{Home, KEY, Ran, SECRET, TOKEN, glue};
use crate::service::Faults;

/// A home from which nothing leads to credentials, and without programs.
fn bare(files: &[(&str, &str)]) -> Home {
    let home = Home::new(files).with("AWS_EC2_METADATA_DISABLED", "true").with("AWS_REGION", "eu-west-1");
    let nowhere = home.path().join("no-programs").display().to_string();
    home.with("PATH", &nowhere)
}

#[track_caller]
fn json(ran: &Ran) -> Vec<Value> {
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_eq!(report["schema"], 1);
    report["checks"].as_array().unwrap().clone()
}

#[track_caller]
fn check<'a>(checks: &'a [Value], id: &str) -> &'a Value {
    checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("there is no {id} in {checks:#?}"))
}

#[cfg(unix)]
#[test]
fn without_credentials_it_says_what_to_do_and_what_it_could_not_ask() {
    let home = bare(&[]);
    let ran = home.run(&["doctor"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{ran:?}");
    let real = home.path().canonicalize().unwrap().display().to_string();
    let text = ran.stdout.replace(&real, "HOME").replace(&home.path().display().to_string(), "HOME");
    insta::assert_snapshot!(text);
}

#[test]
fn json_has_its_format() {
    let ran = bare(&[]).run(&["doctor", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{ran:?}");
    let checks = json(&ran);
    for check in &checks {
        let members: Vec<&str> = check.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["fixes", "id", "message", "status", "title"], "{check}");
        assert!(["ok", "warning", "failed"].contains(&check["status"].as_str().unwrap()), "{check}");
        for fix in check["fixes"].as_array().unwrap() {
            assert!(fix["command"].is_string() != fix["policy"].is_object(), "{fix}");
        }
    }
    let credentials = check(&checks, "credentials");
    assert_eq!(credentials["status"], "failed");
    assert_eq!(credentials["fixes"][0]["command"], "aws configure sso");
    assert_eq!(check(&checks, "region")["status"], "ok");
    assert!(check(&checks, "permissions")["message"].as_str().unwrap().starts_with("unknown: "));
}

#[test]
fn without_a_network_the_rest_is_told_all_the_same() {
    // A port that nobody listens on: it was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let home = bare(&[])
        .with("AWS_ENDPOINT_URL", &format!("http://me:{SECRET}@127.0.0.1:{port}"))
        .with("AWS_ACCESS_KEY_ID", KEY)
        .with("AWS_SECRET_ACCESS_KEY", SECRET)
        .with("AWS_SESSION_TOKEN", TOKEN);
    let ran = home.run(&["doctor", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for secret in [SECRET, TOKEN] {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{ran:?}");
    }
    let checks = json(&ran);
    assert_eq!(check(&checks, "credentials")["status"], "failed");
    assert_eq!(check(&checks, "endpoint")["status"], "warning");
    assert!(check(&checks, "permissions")["message"].as_str().unwrap().starts_with("unknown: "));
    assert_eq!(check(&checks, "folders")["status"], "ok");
    assert_eq!(check(&checks, "sessions")["status"], "ok");
    assert!(!home.file("state").exists() && !home.file(".cache").exists(), "it only looks");
}

#[test]
fn the_caller_is_told_where_there_is_an_account() {
    let glue = glue(Faults::default());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["%iam_role arn:aws:iam::1:role/Other", "x = 1"]))]);
    let checks = json(&home.run(&["doctor", "--format", "json", "a.ipynb"]));
    let credentials = check(&checks, "credentials");
    assert_eq!(credentials["status"], "ok", "{credentials}");
    assert!(credentials["message"].as_str().unwrap().contains("AWS_ACCESS_KEY_ID"), "{credentials}");
    assert_eq!(check(&checks, "clock")["status"], "ok");
    assert_eq!(check(&checks, "region")["message"], "`eu-west-1`, from AWS_REGION");
    let role = check(&checks, "runtime-role");
    assert_eq!(role["status"], "failed", "it is a role of another account");
    assert!(role["message"].as_str().unwrap().contains("from cell 0 of a.ipynb"), "{role}");
}

#[cfg(unix)]
#[test]
fn a_documents_identity_is_used_only_where_it_is_asked_for() {
    let config = "[profile theirs]\ncredential_process = sh -c 'echo ran >> marker'\n";
    let cells = ["%profile theirs", "%region eu-central-1", "%endpoint http://evil.test", "x = 1"];
    let files = [(".aws/config", config), ("a.ipynb", &notebook(&cells))];
    let home = Home::new(&files).with("AWS_EC2_METADATA_DISABLED", "true").with("AWS_REGION", "eu-west-1");
    let checks = json(&home.run(&["doctor", "--format", "json", "a.ipynb"]));
    assert!(!home.file("marker").exists(), "nobody asked for it");
    let named = check(&checks, "document-identity");
    assert_eq!(named["status"], "warning");
    for name in ["`theirs`", "`eu-central-1`", "--as-document"] {
        assert!(named["message"].as_str().unwrap().contains(name), "{named}");
    }
    assert_eq!(named["fixes"][0]["command"], "glue-ls doctor --as-document a.ipynb");
    assert_eq!(check(&checks, "region")["message"], "`eu-west-1`, from AWS_REGION");

    let checks = json(&home.run(&["doctor", "--format", "json", "--as-document", "a.ipynb"]));
    assert!(home.file("marker").exists());
    assert_eq!(check(&checks, "region")["message"], "`eu-central-1`, from a.ipynb");
    assert!(check(&checks, "credentials")["message"].as_str().unwrap().contains("credential_process"));
    assert!(check(&checks, "document-identity")["message"].as_str().unwrap().contains("%endpoint"), "never used");
}

#[test]
fn what_cannot_be_looked_at_ends_with_two() {
    let home = bare(&[("bad.ipynb", "{")]);
    for arguments in [&["doctor", "none.ipynb"][..], &["doctor", "bad.ipynb"], &["doctor", "--as-document"]] {
        let ran = home.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(!ran.stderr.is_empty());
    }
    let help = home.run(&["doctor", "--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("glue-ls doctor --profile dev etl.ipynb"), "{}", help.stdout);
}

#[test]
fn the_local_runtime_is_judged_and_what_to_run_is_said() {
    let judged = |home: Home, id: &str| check(&json(&home.run(&["doctor", "--format", "json"])), id).clone();
    let missing = judged(bare(&[]), "local-runtime");
    assert_eq!(
        (&missing["status"], &missing["fixes"][0]["command"]),
        (&"warning".into(), &"glue-ls local setup".into())
    );
    let never = judged(bare(&[("glue-ls.toml", "local.setup = 'never'\n")]), "local-runtime");
    assert!(never["message"].as_str().unwrap().contains("cells that use Spark fail"), "{never}");
    let broken = bare(&[(".cache/glue-ls/local/runtime.json", "{ no stamp")]);
    let cache = broken.file(".cache").display().to_string();
    let broken = judged(broken.with("XDG_CACHE_HOME", &cache), "local-runtime");
    assert!(broken["message"].as_str().unwrap().starts_with("broken: "), "{broken}");
    assert_eq!(broken["fixes"][0]["command"], "glue-ls local setup");
    // Both come with it.
    for id in ["local-java", "local-pyspark"] {
        assert_eq!(judged(bare(&[]), id)["status"], "ok", "{id}");
    }
}
