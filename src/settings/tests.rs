use super::*;
use serde_json::json;

fn project(settings: &mut Settings, text: &str) -> Vec<String> {
    settings.merge_project_file(Path::new("/ws/glue-ls.toml"), text).into_iter().map(|found| found.message).collect()
}

#[test]
fn later_settings_win_and_wrong_ones_are_passed_over() {
    let mut settings = Settings::default();
    let complaints = settings.merge(
        &json!({
            "python": {"syntaxErrors": "on"},
            "rules": {"ignore": ["unknown-region"], "severity": {"python-syntax": "warning", "unknown-magic": 3}},
        }),
        Source::Client,
        None,
    );
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert_eq!(settings.syntax_errors, SyntaxErrors::On);
    assert_eq!(settings.severity["python-syntax"], Some(Severity::Warning));
    let complaints = project(&mut settings, "[rules]\nignore = []\nselect = ['nonsense']\n");
    assert_eq!(complaints, ["there is no rule `nonsense`"]);
    assert!(settings.ignore.is_empty());
    assert!(!project(&mut settings, "[rules\n").is_empty());
}

#[test]
fn the_user_chooses_and_a_project_does_not() {
    let ours = json!({
        "engine": "aws", "profile": "mine", "local": {"python": "/opt/python"},
        "session": {"defaultIdleTimeout": 30}, "cost": {"rates": {"us-east-1": 0.5}},
        "trusted": true, "trustedFolders": ["/work"],
    });
    let mut settings = Settings::default();
    assert_eq!(settings.merge(&ours, Source::Start, None), [""; 0]);
    assert_eq!((settings.engine, settings.idle_timeout), (Engine::Aws, 30));
    assert_eq!((settings.trusted, settings.rates["us-east-1"]), (Some(true), 0.5));

    let theirs = "profile = 'admin'\nlocal.python = './evil'\nengine = 'local'\ntrusted = true\nregion = 'eu-west-1'\n";
    let mut settings = Settings::default();
    let complaints = project(&mut settings, theirs);
    assert_eq!(complaints.len(), 3, "{complaints:?}");
    assert_eq!((settings.profile, settings.local_python, settings.trusted), (None, None, None));
    assert_eq!(settings.region.as_deref(), Some("eu-west-1"));
    let mut settings = Settings::default();
    assert_eq!(project(&mut settings, "account.enabled = false"), [""; 0]);
    assert!(!settings.account);
    let mut settings = Settings::default();
    settings.merge(&json!({"account": {"enabled": false}}), Source::Client, None);
    assert_eq!(project(&mut settings, "account.enabled = true"), [""; 0]);
    assert!(!settings.account, "who wants no account asked gets none asked");
    let mut settings = Settings::default();
    settings.merge(&json!({"trusted": true, "trustedFolders": ["/"]}), Source::Client, None);
    assert_eq!((settings.trusted, settings.trusted_folders.len()), (None, 0), "a folder's settings trust nothing");
}

#[test]
fn wrong_values_are_passed_over_with_a_word() {
    let wrong = json!({
        "engine": "glue", "profile": 3, "session.defaultIdleTimeout": 0, "cost": {"rates": {"x": -1}},
        "codeLens": {"enabled": "yes"}, "trusted": 1, "trustedFolders": "/",
    });
    let mut settings = Settings::default();
    assert_eq!(settings.merge(&wrong, Source::Start, None).len(), 7);
    assert_eq!(settings, Settings::default());
}

#[test]
fn nothing_weakens_a_policy() {
    let mut settings = Settings::default();
    settings.merge(&json!({"policy": {"maxWorkers": 5, "workerTypes": []}}), Source::Start, None);
    settings.merge(&json!({"policy": {"maxWorkers": 500}}), Source::Client, None);
    assert_eq!(settings.policy.limits[0].max_workers, Some(5));
    let hostile = "[rules]\nselect = ['unknown-magic']\nignore = ['policy', 'unknown-region']\n\
                   severity = { policy = 'off' }\nperFileIgnores = { '*' = ['policy'] }\n[policy]\nmaxWorkers = 1000\n";
    assert_eq!(project(&mut settings, hostile), [""; 0]);
    assert_eq!(settings.policy.limits.iter().map(|limits| limits.max_workers).min().flatten(), Some(5));
    let rules = settings.rules(false, Some(Path::new("/ws/a.py")));
    assert_eq!(
        (&rules.select[..], &rules.ignore[..]),
        (&["unknown-magic".into(), "policy".into()][..], &["unknown-region".into()][..])
    );
    assert!(rules.severity.is_empty());
    // A project's own policy it may keep to itself.
    let mut settings = Settings::default();
    project(&mut settings, hostile);
    assert!(settings.ignore.contains(&"policy".to_owned()));
    assert_eq!(settings.policy.limits.len(), 1, "it holds all the same where sessions start");
}

#[test]
fn a_policy_that_cannot_be_read_is_told_of() {
    for text in ["[policy]\nmaxWorkers = 'ten'\n", "[policy]\nmaxWorker = 3\n", "[policy\nmaxWorkers = 3\n"] {
        let mut settings = Settings::default();
        assert!(!project(&mut settings, text).is_empty());
        assert!(settings.policy.limits[0].unreadable.is_some(), "{text}");
    }
    let mut settings = Settings::default();
    project(&mut settings, "[rules]\nignore = ['nonsense']\n");
    assert!(settings.policy.is_empty());
}

#[test]
fn rules_of_single_files_are_those_of_their_folder() {
    let mut settings = Settings::default();
    assert_eq!(
        project(&mut settings, "[rules.perFileIgnores]\n'legacy/' = ['unknown-magic']\n'[z-a]' = []\n").len(),
        1
    );
    assert_eq!(settings.rules(false, Some(Path::new("/ws/legacy/x.py"))).ignore, ["unknown-magic"]);
    assert!(settings.rules(false, Some(Path::new("/ws/x.py"))).ignore.is_empty());
    assert!(settings.rules(false, None).ignore.is_empty());
}

#[test]
fn defaults_of_the_table_are_those_of_the_code() {
    let defaults = table::SETTINGS.iter().map(|spec| (spec.name, serde_json::from_str::<Json>(spec.default).unwrap()));
    let mut settings = Settings::default();
    for (name, default) in defaults {
        assert_eq!(settings.merge(&json!({ name: default }), Source::Start, None), [""; 0], "{name}");
    }
    assert_eq!(settings, Settings::default());
}
