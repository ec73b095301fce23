//! Names of the account, as they are offered while they are typed.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use glue_ls::features::Prices;
use glue_ls::features::completion::{Completion, CompletionKind, Completions, completions};
use glue_ls::features::fix::edit_in_document;
use glue_ls::model::account::{Named, SecurityConfiguration, SessionFact, Status, Subnet};
use glue_ls::model::effects::{ChangeKind, CredentialSource, Effects};
use glue_ls::model::open::open;
use glue_ls::model::{Environment, Kernel, NotebookModel, Setting};
use glue_ls::syntax::{Cell, CellKind, Form};

use super::Fixture;
use crate::support::accounts::{Account, connection, role};

/// An account with something for every place.
fn account() -> Account {
    let mut account = Account::default()
        .with_connections(&["orders-db", "events", "Orders-old"])
        .with_roles(&[
            ("admin", Some(false)),
            ("etl", Some(true)),
            ("my-glue-role", Some(true)),
            ("service/AWSGlueServiceRole", None),
        ])
        .with_objects(&["s3://lake/", "s3://lake-old/", "s3://lake/jobs/", "s3://lake/a.jar", "s3://lake/b.txt"])
        .with_objects(&["s3://lake/z.py", "s3://lake/jobs/x.zip"]);
    // A role is listed without its path.
    account.roles[3].name = "AWSGlueServiceRole".to_owned();
    account.connections[0].subnet = Some("subnet-1".to_owned());
    account.subnets.push(Subnet { id: "subnet-1".into(), vpc: "vpc-9".into(), zone: Some("eu-west-1b".into()) });
    account.security_configurations =
        vec![SecurityConfiguration { name: "at rest".into(), summary: "S3".into() }, configuration("kms")];
    account.sessions = ["READY", "STOPPED", "PROVISIONING", "READY", "FAILED", "TIMEOUT"]
        .into_iter()
        .enumerate()
        .map(|(index, status)| session(&format!("glue-{index}"), status, 60 * (index as u64 + 1)))
        .collect();
    account
}

fn configuration(name: &str) -> SecurityConfiguration {
    SecurityConfiguration { name: name.to_owned(), summary: "S3 by SSE-KMS".to_owned() }
}

/// A session that is so many minutes old.
fn session(id: &str, status: &str, minutes: u64) -> SessionFact {
    SessionFact {
        id: id.to_owned(),
        status: status.to_owned(),
        created: Some(SystemTime::now() - Duration::from_secs(60 * minutes)),
        tags: vec![("team".into(), "etl".into())],
        size: Some("5 × G.1X".into()),
        glue_version: Some("5.0".into()),
    }
}

fn labels(list: &Completions) -> Vec<&str> {
    list.items.iter().map(|item| item.label.as_str()).collect()
}

/// Asserts the labels offered at `$0`, in order.
#[track_caller]
fn check(written: &str, expected: &[&str]) {
    let list = Fixture::with(written, &account()).all_completions();
    assert_eq!(labels(&list), expected, "{written}");
    assert!(!list.incomplete, "{written}");
}

fn chosen(list: Vec<Completion>, label: &str) -> Completion {
    list.into_iter().find(|item| item.label == label).unwrap_or_else(|| panic!("{label} is not offered"))
}

/// Asserts the cell's text once a name is taken, and that the typed text is the start of what it is compared with.
#[track_caller]
fn check_taken(written: &str, label: &str, expected: &str) {
    let fixture = Fixture::with(written, &account());
    let item = chosen(fixture.completions(), label);
    let mut text = fixture.text().to_owned();
    text.replace_range(item.replace.clone(), &item.insert);
    assert_eq!(text, expected);
}

#[test]
fn connections_are_offered_in_every_place_of_theirs() {
    let all = &["Orders-old", "events", "orders-db"];
    check("%connections $0", all);
    check("%connections \"$0\"", all);
    check("%connections [$0]", all);
    check("%connections events, $0", &["Orders-old", "orders-db"]);
    check("%connections events,ord$0", &["Orders-old", "orders-db"]);
    check("%connections $0,events", &["Orders-old", "orders-db"]);
    check("%connections $0events", &["Orders-old", "events", "orders-db"]);
    check("%connections db$0", &["orders-db"]);
    check("%connections oold$0", &["Orders-old"]);
    check("%connections nothing$0", &[]);
    check("%connections events $0", &[]);
    check("%%configure\n{\"connections\": \"$0\"}", all);
    check("%%configure\n{\"connections\": $0}", all);
    check("%%configure\n{\"connections\": \"events,$0", &["Orders-old", "orders-db"]);
    check("%%configure\n{\"connections\": \"events, $0, orders-db\"}", &["Orders-old"]);
    check("%%configure\n{\"connections\": \"ev\" \"$0\"}", &[]);
    check("%env glue_connections=events,$0", &["Orders-old", "orders-db"]);
    check("#- form: percent\n%connections ev$0", &["events"]);
}

#[test]
fn what_is_taken_replaces_the_name_and_no_more() {
    check_taken("%connections events, ord$0", "orders-db", "%connections events, orders-db");
    check_taken("%connections or$0xx , events", "orders-db", "%connections orders-db , events");
    check_taken("%connections '$0'", "events", "%connections 'events'");
    check_taken("%%configure\n{'connections': $0}", "events", "%%configure\n{'connections': \"events\"}");
    check_taken("%%configure\n{'connections': eve$0}", "events", "%%configure\n{'connections': \"events\"}");
    check_taken("%%configure\n{'connections': 'or$0}", "orders-db", "%%configure\n{'connections': 'orders-db}");
    // There a blank would be a part of the name.
    check_taken(
        "%%configure\n{'connections': 'events, o$0 '}",
        "orders-db",
        "%%configure\n{'connections': 'events,orders-db'}",
    );
    let item =
        chosen(Fixture::with("%%configure\n{'connections': 'events, o$0 '}", &account()).completions(), "orders-db");
    assert_eq!(item.filter.as_deref(), Some(" orders-db"), "what is replaced begins with a blank");
    check_taken("%env glue_connections=ev$0", "events", "%env glue_connections=events");
}

#[test]
fn the_documentation_of_a_connection_is_made_of_what_is_known() {
    let account = account();
    let fixture = Fixture::with("%connections $0", &account);
    let list = fixture.completions();
    let item = chosen(list, "orders-db");
    assert_eq!(item.detail.as_deref(), Some("JDBC"));
    let data = serde_json::to_string(&item.topic.unwrap()).unwrap();
    let topic: glue_ls::features::completion::Topic = serde_json::from_str(&data).unwrap();
    let text = topic.markdown(&Prices::default()).unwrap();
    for part in ["`orders-db`", "Subnet `subnet-1`", "VPC `vpc-9`", "`eu-west-1b`", "As of 3 minutes ago."] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let mut unknown = account;
    unknown.subnets.clear();
    let item = chosen(Fixture::with("%connections $0", &unknown).completions(), "orders-db");
    let text = item.topic.unwrap().markdown(&Prices::default()).unwrap();
    assert!(text.contains("- Subnet `subnet-1`\n") || text.contains("- Subnet `subnet-1`\n\n"), "{text}");
}

#[test]
fn names_of_roles_become_arns_the_likeliest_first() {
    let template = "arn:aws:iam::account:role/name";
    check("%iam_role $0", &["my-glue-role", "etl", "AWSGlueServiceRole", "admin", template]);
    check("%iam_role Glue$0", &["my-glue-role", "AWSGlueServiceRole", template]);
    check_taken("%iam_role et$0", "etl", "%iam_role arn:aws:iam::123456789012:role/etl");
    check_taken(
        "%iam_role \"arn:aws:iam::123456789012:role/et$0\"",
        "etl",
        "%iam_role \"arn:aws:iam::123456789012:role/etl\"",
    );
    check_taken(
        "%%configure\n{'iam_role': 'arn:aws:iam::123$0'}",
        "etl",
        "%%configure\n{'iam_role': 'arn:aws:iam::123456789012:role/etl'}",
    );
    check_taken("%env glue_role_arn=et$0", "etl", "%env glue_role_arn=arn:aws:iam::123456789012:role/etl");
    let list = Fixture::with("%iam_role $0", &account()).completions();
    assert_eq!(chosen(list.clone(), "admin").detail.as_deref(), Some("Glue cannot assume it"));
    let item = chosen(list, "etl");
    assert_eq!(item.filter.as_deref(), Some("etl arn:aws:iam::123456789012:role/etl"));
    // What other cells use comes before the rest, by its name where the account knows it.
    check(
        "%iam_role arn:aws:iam::123456789012:role/etl\n# %%\n%iam_role arn:aws:iam::9:role/other\n# %%\n%iam_role $0",
        &["arn:aws:iam::9:role/other", "etl", "my-glue-role", "AWSGlueServiceRole", "admin", template],
    );
}

#[test]
fn roles_to_assume_are_texts() {
    let arn = "arn:aws:iam::123456789012:role/etl";
    let all = &["AWSGlueServiceRole", "admin", "etl", "my-glue-role"];
    check("%%assume_role\n$0", all);
    check("%%assume_role\n\n$0\n", all);
    check("%%assume_role\n\"$0\"", all);
    check_taken("%%assume_role\n$0", "etl", &format!("%%assume_role\n\"{arn}\""));
    check_taken("%%assume_role\net$0", "etl", &format!("%%assume_role\n\"{arn}\""));
    check_taken("%%assume_role\n'et$0'\n", "etl", &format!("%%assume_role\n'{arn}'\n"));
    check_taken("%%assume_role\n# who\n\"arn:aws:iam::1$0", "etl", &format!("%%assume_role\n# who\n\"{arn}"));
    check("%%assume_role\n# who $0", &[]);
    check("%%assume_role\n'a' '$0'", &[]);
    check("%%assume_role\n{'aws_secret_access_key': '$0'}", &[]);
    check("%%assume_role\n['$0']", &[]);
}

#[test]
fn a_role_is_assumed_as_whoever_it_is_before() {
    let account = account();
    let first = "%%assume_role\n'arn:aws:iam::111111111111:role/first'\n# %%\n%profile dev\n# %%\n";
    let asked = |written: &str| {
        account.asked.lock().unwrap().clear();
        let _ = Fixture::with(written, &account).completions();
        account.asked.lock().unwrap().first().unwrap().1.clone()
    };
    let claim = asked("%%assume_role\n'arn:aws:iam::222222222222:role/half$0'");
    assert_eq!(claim.credentials, None, "what is being typed is nobody yet");
    let claim = asked(&format!("{first}%%assume_role\n'arn:aws:iam::222222222222:role/half$0'\n# %%\nspark"));
    let source = CredentialSource::Role("arn:aws:iam::111111111111:role/first".to_owned());
    assert_eq!(claim.credentials, Some(source.clone()));
    assert_eq!(claim.profile, Some(Named { name: "dev".to_owned(), by_document: true }));
    assert_eq!(asked(&format!("{first}%connections $0")).credentials, Some(source));
}

#[test]
fn profiles_are_those_of_the_machine() {
    let many: String = (0..300).map(|number| format!("#- profile: p{number:03}\n")).collect();
    let list = Fixture::with(&format!("{many}%profile $0"), &account()).all_completions();
    assert_eq!((list.items.len(), list.incomplete), (200, true));
    let list = Fixture::with(&format!("{many}%profile 299$0"), &account()).all_completions();
    assert_eq!((labels(&list), list.incomplete), (vec!["p299"], false));
    check("#- profile: sso/dev.x\n%%configure\n{'profile': 'sso/d$0'}", &["sso/dev.x"]);
}

#[test]
fn security_configurations_may_have_blanks_where_the_kernel_takes_them() {
    check("%security_config $0", &["kms"]);
    check("%%configure\n{'security_config': '$0'}", &["at rest", "kms"]);
    check_taken("%%configure\n{'security_config': 'at r$0'}", "at rest", "%%configure\n{'security_config': 'at rest'}");
    check("%%configure\n{'security_configuration': '$0'}", &[]);
}

#[test]
fn sessions_that_can_be_taken_up_are_offered() {
    check("%reconnect $0", &["glue-0", "glue-3", "glue-2"]);
    check("%reconnect GLUE-2$0", &["glue-2"]);
    check("%reconnect \"$0", &[]);
    let item = chosen(Fixture::with("%reconnect $0", &account()).completions(), "glue-3");
    assert_eq!(item.detail.as_deref(), Some("ready, 5 × G.1X"));
    let text = item.topic.unwrap().markdown(&Prices::default()).unwrap();
    for part in ["Created 4 hours ago", "Size 5 × G.1X", "Tags `team` = `etl`", "Glue 5.0"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn addresses_in_s3_go_from_bucket_to_object() {
    let buckets = &["lake-old/", "lake/"];
    check("%extra_py_files $0", buckets);
    check("%extra_py_files s3$0", buckets);
    check("%extra_py_files s3://$0", buckets);
    check("%extra_py_files https$0", &[]);
    check("%extra_py_files s3://lake/$0", &["z.py", "jobs/", "a.jar", "b.txt"]);
    check("%extra_jars s3://lake/$0", &["a.jar", "jobs/", "b.txt", "z.py"]);
    check("%extra_jars s3://lake/jo$0", &["jobs/"]);
    check("%extra_py_files s3://lake/z.py, s3://lake/jobs/$0", &["x.zip"]);
    check("%%configure\n{'--extra-py-files': 's3://lake/z.py,s3://lake/$0'}", &["z.py", "jobs/", "a.jar", "b.txt"]);
    check("%%configure\n{'extra-jars': 's3://lake/$0", &["a.jar", "jobs/", "b.txt", "z.py"]);
    check("%%configure\n{'extra_jars': 's3://lake/$0'}", &["a.jar", "jobs/", "b.txt", "z.py"]);
    check("%%configure\n{'--extra-files': 's3://lake/$0'}", &["a.jar", "b.txt", "z.py", "jobs/"]);
    check("%%configure\n{'--TempDir': 's3://lake/$0'}", &["jobs/", "a.jar", "b.txt", "z.py"]);
    check("%%configure\n{'--scriptLocation': 's3://lake/$0'}", &[]);
    check("%env glue_extra_jars=s3://lake/a$0", &["a.jar"]);
    check_taken("%extra_jars s3$0", "lake/", "%extra_jars s3://lake/");
    check_taken("%extra_jars s3://lake/a$0", "a.jar", "%extra_jars s3://lake/a.jar");
    check_taken("%extra_jars s3a://lake/a$0,s3://x", "a.jar", "%extra_jars s3a://lake/a.jar,s3://x");
    // A folder takes the place of a folder.
    check_taken("%extra_jars s3://la$0/jobs/x.jar", "lake-old/", "%extra_jars s3://lake-old/jobs/x.jar");
    check_taken("%%configure\n{'--TempDir': $0}", "lake/", "%%configure\n{'--TempDir': \"s3://lake/$1\"}");
    let list = Fixture::with("%extra_jars s3://lake/$0", &account()).completions();
    assert!(chosen(list.clone(), "jobs/").offers_next && !chosen(list.clone(), "a.jar").offers_next);
    assert_eq!(chosen(list, "a.jar").detail.as_deref(), Some("1 kB"));
}

#[test]
fn the_text_of_json_and_of_scripts_gets_the_same_names() {
    let json = |source: &str| {
        format!(
            r#"{{"cells":[{{"cell_type":"code","metadata":{{}},"outputs":[],"source":["{source}"]}}],
            "metadata":{{"kernelspec":{{"name":"glue_pyspark"}}}},"nbformat":4,"nbformat_minor":5}}"#
        )
    };
    for (form, written, expected) in [
        (Form::Json, json("%connections events, ord$0"), json("%connections events, orders-db")),
        (
            Form::Json,
            json(r#"%%configure\n{\"connections\": $0}"#),
            json(r#"%%configure\n{\"connections\": \"orders-db\"}"#),
        ),
        (
            Form::Json,
            json(r#"%%configure\n{\"connections\": \"o$0\"}"#),
            json(r#"%%configure\n{\"connections\": \"orders-db\"}"#),
        ),
        (Form::Percent, "# %%\n# %connections ord$0\n".to_owned(), "# %%\n# %connections orders-db\n".to_owned()),
        (Form::Percent, "# %%\n%connections ord$0\n".to_owned(), "# %%\n%connections orders-db\n".to_owned()),
        (
            Form::Percent,
            "# %%\n# %%configure\n{'connections': 'o$0'}\n".to_owned(),
            "# %%\n# %%configure\n{'connections': 'orders-db'}\n".to_owned(),
        ),
    ] {
        let cursor = written.find("$0").unwrap();
        let mut text = written.replacen("$0", "", 1);
        let notebook = open(&text, form).notebook;
        let mut model = NotebookModel::of(notebook, Some(Kernel::PySpark), &Arc::new(Environment::default()));
        model.accounts = account().handle();
        let cells = &model.notebook.cells;
        let index = cells.iter().position(|placed| placed.range.contains(&cursor)).unwrap();
        let offset = cells[index].cell.map.to_cell(cursor - cells[index].range.start);
        let list = completions(&model, index, offset, &Prices::default());
        assert!(labels(&list).contains(&"orders-db"), "{list:?} in {:?} at {offset}", model.cells[index].cell.text);
        let item = chosen(list.items, "orders-db");
        let (range, insert) = edit_in_document(&model.notebook, index, item.replace, &item.insert).unwrap();
        text.replace_range(range, &insert);
        assert_eq!(text, expected);
    }
}

#[test]
fn a_list_that_is_still_fetched_or_too_long_is_incomplete() {
    let fetching = account().with_status(Status::Fetching);
    let list = Fixture::with("%connections $0", &fetching).all_completions();
    assert_eq!((list.items.len(), list.incomplete), (3, true));
    let empty = Account::default().with_status(Status::Fetching);
    let list = Fixture::with("%connections $0", &empty).all_completions();
    assert_eq!((list.items.len(), list.incomplete), (0, true));
    let mut large = Account {
        connections: (0..2000).map(|number| connection(&format!("conn-{number:04}"))).collect(),
        roles: (0..5000).map(|number| role(&format!("role-{number:04}"), Some(true))).collect(),
        ..Account::default()
    };
    let objects: Vec<String> = (0..10_000).map(|number| format!("s3://lake/part-{number:05}.py")).collect();
    large = large.with_objects(&objects.iter().map(String::as_str).collect::<Vec<_>>());
    for (written, all, most) in [
        ("%connections ", "%connections conn-1999", 1),
        ("%iam_role ", "%iam_role 4999", 2),
        ("%extra_py_files s3://lake/", "%extra_py_files s3://lake/09999", 1),
    ] {
        let list = Fixture::with(&format!("{written}$0"), &large).all_completions();
        assert!(list.incomplete && (200..=201).contains(&list.items.len()), "{written}");
        let list = Fixture::with(&format!("{all}$0"), &large).all_completions();
        assert_eq!((list.items.len(), list.incomplete), (most, false), "{all}");
    }
    // The better fit is kept, wherever it stands in the list.
    large.connections.push(connection("zz-conn"));
    let list = Fixture::with("%connections zz$0", &large).all_completions();
    assert_eq!(labels(&list), ["zz-conn"]);
}

#[test]
fn a_trouble_is_told_by_an_item_that_changes_nothing() {
    let failed = account().failed();
    for (written, expected) in [
        ("%connections eve$0", vec!["events", "Not allowed: glue:GetConnections"]),
        ("%connections none$0 , x", vec!["Not allowed: glue:GetConnections"]),
        (
            "%%configure\n{'connections': $0}",
            vec!["Orders-old", "events", "orders-db", "Not allowed: glue:GetConnections"],
        ),
    ] {
        let fixture = Fixture::with(written, &failed);
        let list = fixture.all_completions();
        assert_eq!(labels(&list), expected);
        assert!(list.incomplete && list.consent.is_none());
        assert!(list.trouble.is_some_and(|trouble| trouble.message.contains("may not list")));
        let item = list.items.into_iter().find(|item| item.kind == CompletionKind::Trouble).unwrap();
        let mut text = fixture.text().to_owned();
        text.replace_range(item.replace.clone(), &item.insert);
        assert_eq!(text, fixture.text());
        assert!(!item.is_snippet);
        let text = item.topic.unwrap().markdown(&Prices::default()).unwrap();
        assert_eq!(text, "The caller may not list the connections.\n\nAllow `glue:GetConnections` in a policy.");
    }
    let unasked = Fixture::with("%connections eve$0", &Account::default().with_status(Status::Unasked));
    assert_eq!(unasked.all_completions(), Completions::default());
}

#[test]
fn who_is_asked_as_needs_a_consent() {
    let account = account().with_status(Status::NeedsConsent);
    let role = "%%assume_role\n'arn:aws:iam::111111111111:role/team/first'\n# %%\n";
    let keys = "%%assume_role\n{'aws_access_key_id': 'ASIAEXAMPLE', 'aws_secret_access_key': 'sEcReT',\n \
                'aws_session_token': 'tOkEn'}\n# %%\n";
    for (above, label) in [
        ("%profile dev\n# %%\n", "Load names as profile dev"),
        ("%env glue_profile=dev\n# %%\n", "Load names as profile dev"),
        (role, "Load names as role first (111111111111)"),
        (&format!("%profile dev\n# %%\n{role}"), "Load names as role first (111111111111) by profile dev"),
        (keys, "Load names as key ASIAEXAMPLE"),
        ("%profile a\u{1b}[2Jb\n# %%\n", "Load names as profile a [2Jb"),
    ] {
        let fixture = Fixture::with(&format!("{above}%connections ord$0"), &account);
        let list = fixture.all_completions();
        let item = list.items.last().unwrap();
        assert_eq!((item.label.as_str(), item.kind), (label, CompletionKind::Consent));
        assert_eq!(item.insert, "ord");
        assert!(list.incomplete && list.trouble.is_none() && list.consent.is_some());
        assert!(!format!("{list:?}").contains("sEcReT") && !format!("{list:?}").contains("tOkEn"));
    }
}

/// Places for names, what becomes of a name there, and whether it is read back from a list.
const PLACES: &[&str] = &[
    "%connections $0",
    "%connections 'a, $0'",
    "%connections [$0]",
    "%env glue_connections=$0",
    "%%configure\n{'connections': 'a, $0'}",
    "%%configure\n{\"connections\": \"$0\"}",
    "%%configure\n{'connections': $0}",
    "%security_config $0",
    "%security_config \"$0\"",
    "%%configure\n{'security_config': '$0'}",
    "%reconnect $0",
    "%iam_role $0",
    "%%configure\n{'iam_role': $0}",
    "%%assume_role\n$0",
    "%extra_jars s3://lake/$0",
    "%%configure\n{'--extra-files': 's3://x/y,s3://lake/$0'}",
    "%%configure\n{'--TempDir': 's3://lake/$0'}",
];

/// Returns the names that a cell gives to the kernel.
fn names_of(cell: &Cell) -> Vec<String> {
    let effects = Effects::of(cell);
    let mut names = Vec::new();
    let mut list = |text: &str| names.extend(text.split(',').map(str::to_owned));
    for change in &effects.changes {
        match &change.kind {
            ChangeKind::Set(Setting::Connections | Setting::ExtraJars, Some(value)) => list(&value.to_str()),
            ChangeKind::Set(_, Some(value)) => list(&value.to_str().replace(',', "\u{0}")),
            ChangeKind::DefaultArgument { name, value } if name == "--extra-files" => list(value),
            ChangeKind::DefaultArgument { value, .. } => list(&value.replace(',', "\u{0}")),
            ChangeKind::Variable(name, value) if name == "glue_connections" => list(value),
            ChangeKind::Reconnect(id) => list(&id.replace(',', "\u{0}")),
            ChangeKind::Credentials(CredentialSource::Role(arn)) => list(&arn.replace(',', "\u{0}")),
            _ => {}
        }
    }
    names.into_iter().map(|name| name.replace('\u{0}', ",")).collect()
}

/// Asserts that whatever is offered is read by the kernel as the very name; returns how many were offered.
fn check_names(names: &[String]) -> usize {
    let mut account = Account {
        connections: names.iter().map(|name| connection(name)).collect(),
        roles: names.iter().map(|name| role(name, Some(true))).collect(),
        security_configurations: names.iter().map(|name| configuration(name)).collect(),
        sessions: names.iter().map(|name| session(name, "READY", 1)).collect(),
        ..Account::default()
    };
    let addresses: Vec<String> = names.iter().map(|name| format!("s3://lake/{name}")).collect();
    let entry = |name: &String| glue_ls::model::account::S3Entry { name: name.clone(), size: Some(1) };
    account.objects.insert("s3://lake/".to_owned(), addresses.iter().map(entry).collect());
    let mut offered = 0;
    for place in PLACES {
        let fixture = Fixture::with(place, &account);
        for item in fixture.completions() {
            if item.kind != CompletionKind::Value {
                continue;
            }
            let mut text = fixture.text().to_owned();
            text.replace_range(item.replace.clone(), &item.plain());
            let read = names_of(&Cell::whole(CellKind::Code, text.as_str()));
            let meant = |name: &String| {
                let arn = format!("arn:aws:iam::123456789012:role/{name}");
                let address = format!("s3://lake/{name}");
                *name == item.label && [name, &arn, &address].iter().any(|name| read.contains(*name))
            };
            assert!(names.iter().any(meant), "{item:?} is read as {read:?} in {text:?}");
            offered += 1;
        }
    }
    offered
}

#[test]
fn a_hostile_name_is_offered_only_where_the_kernel_reads_it() {
    let hostile = [
        "\"",
        "'",
        "a\"b",
        "a'b",
        "a\\",
        "a\nb",
        "a\rb",
        "a\tb",
        " a",
        "a ",
        "a b",
        "a,b",
        "{x}",
        "{1+1}",
        "$HOME",
        "a$",
        "a?",
        "?a",
        "[a]",
        "a]",
        "%a",
        "!a",
        "#a",
        "a#b",
        "a;",
        "--a",
        "-",
        ".",
        "\u{2028}",
        "\u{85}",
        "\u{a0}",
        "\u{202e}cba",
        "\u{200b}",
        "\u{feff}a",
        "a\u{0}",
        "é𝕏",
        "日本",
        "`a`",
        "a=b",
        "a:b",
        "a&",
        "a|b",
        "<a>",
        "${1:x}",
        "",
    ];
    let mut names: Vec<String> = hostile.iter().map(|name| (*name).to_owned()).collect();
    names.push("n".repeat(255));
    names.push("𝕏".repeat(255));
    assert!(check_names(&names) > 100);
    assert_eq!(check_names(&["\"".to_owned(), "\n".to_owned(), "\u{202e}".to_owned()]), 0);
}

proptest! {
    #[test]
    fn any_name_that_is_offered_is_read_as_that_name(
        names in prop::collection::btree_set("[ -~]{1,12}|\\PC{1,8}|.{1,6}", 1..6),
    ) {
        let names: Vec<String> = names.into_iter().collect();
        check_names(&names);
    }
}
