//! What the policy forbids is not started, and nothing is sent.

use super::notebook;
use super::program::{Home, glue};
use crate::service::Faults;

const LARGE: &str = "# glue-ls: ignore[policy]\n%number_of_workers 50";

#[test]
fn a_session_that_breaks_the_policy_is_not_started() {
    let glue = glue(Faults::none());
    let policy = "[policy]\nmaxWorkers = 5\nreason = 'larger ones need a ticket'\n[rules.severity]\npolicy = 'hint'\n";
    let document = notebook(&[LARGE, "print('ran')"]);
    let home = Home::on(&glue, &[("glue-ls.toml", policy), ("in/a.ipynb", &document)]);
    for more in [&[][..], &["--allow-errors"], &["--no-config"]] {
        let ran = home.run(&[&["run", "in/a.ipynb"], more].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        for said in
            ["50 workers are too many; the most is 5: larger ones need a ticket", "policy.maxWorkers", "glue-ls.toml"]
        {
            assert!(ran.stderr.contains(said), "{said} is missing in {}", ran.stderr);
        }
    }
    assert_eq!(glue.calls("CreateSession") + glue.calls("GetCallerIdentity"), 0);
    assert_eq!(home.records(), []);
    // On this machine nothing is started that a policy could be about.
    assert_eq!(home.local(&["in/a.ipynb"]).code, Some(0));
}

#[test]
fn what_is_known_late_is_asked_late() {
    let glue = glue(Faults::none());
    let policy = "[policy]\nregions = ['us-*']\n";
    let config = "[default]\nregion = eu-central-1\n";
    let files = [("glue-ls.toml", policy), ("a.ipynb", &notebook(&["print('ran')"])), (".aws/config", config)];
    let home = Home::on(&glue, &files).with("AWS_REGION", "");
    let ran = home.run(&["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("the region `eu-central-1` is not allowed"), "{ran:?}");
    assert_eq!(glue.calls("CreateSession"), 0);
    assert_eq!(home.records(), []);
    let ran = home.run(&["run", "a.ipynb", "--region", "us-east-1"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn a_policy_that_is_kept_to_hinders_nothing() {
    let glue = glue(Faults::none());
    let policy =
        "[policy]\nmaxWorkers = 5\nmaxIdleTimeout = 60\nregions = ['eu-*']\n[policy.requiredTags]\nteam = []\n";
    let document = notebook(&["%number_of_workers 5", "%%tags\n{\"team\": \"x\"}", "print('ran')"]);
    let home = Home::on(&glue, &[("glue-ls.toml", policy), ("a.ipynb", &document)]);
    let ran = home.run(&["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(glue.calls("CreateSession"), 1);
}
