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

#[test]
fn what_the_local_glue_knows_is_checked_entry_by_entry() {
    let text = "\
[local]
account = '12345'
[local.databases.sales.tables]
good = { path = 'data/orders.csv', columns = ['id bigint'] }
whole = { path = '/abs/f', format = 'parquet' }
lost = { format = 'csv' }
odd = { path = 'x.orc' }
wrong = { path = 'x', format = 'cvs' }
typed = { path = 'x.csv', columns = ['id bigint', 'name strin'] }
[local.connections.c]
vpc = 'vpc-1'
subnt = 'subnet-1'
[local.connections.d]
account = 5
[local.roles.r]
deniedActions = ['CreateSession']
[local.s3]
'lake/raw' = 'data'
's3://lake/raw' = 'data/raw'
's3://lake/raw/' = 'other'
";
    let mut settings = Settings::default();
    let mistakes = settings.merge_project_file(Path::new("/ws/glue-ls.toml"), text);
    let told: Vec<(usize, &str)> =
        mistakes.iter().map(|it| (text[..it.range.start].matches('\n').count() + 1, &*it.message)).collect();
    let expected = [
        (2, "`local.account` must be the number of an account, 12 digits in quotes"),
        (6, "a table over files must have a `path`"),
        (7, "`path` ends in none of .csv, .json, .jsonl, .ndjson and .parquet, so there must be a `format`"),
        (8, "`local.databases.sales.tables.wrong.format` must be \"csv\", \"json\" or \"parquet\""),
        (
            9,
            "each item of `local.databases.sales.tables.typed.columns` must be a name and a type as Hive writes it, such as \
             \"id bigint\"",
        ),
        (12, "a connection has no `subnt`; did you mean `subnet`?"),
        (14, "`local.connections.d.account` must be the number of an account, 12 digits in quotes"),
        (16, "each item of `local.roles.r.deniedActions` must be an action such as \"glue:CreateSession\""),
        (18, "`lake/raw` is no address in S3, such as \"s3://bucket/folder\""),
        (20, "`s3://lake/raw/` is the same address as `s3://lake/raw`"),
    ];
    assert_eq!(told, expected);
    let tables = settings.local["databases"]["sales"]["tables"].as_object().unwrap();
    assert_eq!(tables.keys().collect::<Vec<_>>(), ["good", "whole"]);
    assert_eq!(tables["good"]["format"], "csv");
    if cfg!(unix) {
        assert_eq!(tables["good"]["path"], "/ws/data/orders.csv");
        assert_eq!(tables["whole"]["path"], "/abs/f");
        assert_eq!(settings.local["s3"], json!({ "s3://lake/raw": "/ws/data/raw" }));
    }
    assert_eq!(settings.local["connections"], json!({ "c": { "vpc": "vpc-1" } }));
    assert_eq!((settings.local.get("roles"), settings.local.get("account")), (None, None));
}

#[test]
fn a_password_of_a_connection_is_not_shown_with_the_settings() {
    let mut settings = Settings::default();
    let text = "[local.connections.db.properties]\nPASSWORD = \"se-cr-et\"\n";
    assert!(settings.merge_project_file(Path::new("/ws/glue-ls.toml"), text).is_empty());
    assert_eq!(settings.local["connections"]["db"]["properties"]["PASSWORD"], "se-cr-et");
    let shown = format!("{settings:?}");
    assert!(shown.contains("connections") && !shown.contains("se-cr-et"), "{shown}");
    // Nor where it has the wrong type.
    let text = "[local.connections.db.properties]\nPASSWORD = [\"se-cr-et\"]\n";
    let mistakes = settings.merge_project_file(Path::new("/ws/glue-ls.toml"), text);
    assert!(mistakes.len() == 1 && !format!("{mistakes:?}").contains("se-cr-et"), "{mistakes:?}");
}

#[test]
fn members_of_tables_are_completed_and_explained() {
    let labels = |text: &str| {
        let offers = assist::offers(text, text.len());
        offers.into_iter().map(|offer| (offer.label, offer.insert)).collect::<Vec<_>>()
    };
    let has = |text: &str, label: &str| labels(text).iter().any(|(known, _)| known == label);
    assert!(has("[local.databases.sales.tables.orders]\n", "columns"));
    assert!(has("[local.databases.sales.tables.orders]\nformat = ", "parquet"));
    assert!(has("[local.databases.sales]\n", "tables"));
    assert!(has("[local.connections.vpc]\n", "securityGroups"));
    assert!(has("[local.connections.vpc]\ntype = ", "NETWORK"));
    assert!(has("[local.roles.r]\nassumable = ", "true"));
    assert!(has("[local]\n", "databases") && has("[local.policy]\n", "requiredVpcs"));
    assert!(!has("[local.connections.vpc]\n", "assumable"));
    let text = "[local.roles.r]\nassumable = true\n";
    let (said, _) = assist::hover(text, text.find("assum").unwrap() + 1).unwrap();
    assert!(said.contains("%%assume_role"), "{said}");
}
