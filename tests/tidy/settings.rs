//! Settings: the table, the page and the schema say the same.

use std::path::Path;

use glue_ls::settings::table::{Keys, Kind, SETTINGS, SettingSpec, Who};
use glue_ls::settings::{Settings, Source, reference, schema};
use serde_json::{Value as Json, json};

use super::{between, read, root};

fn nested(name: &str, value: Json) -> Json {
    name.rsplit('.').fold(value, |value, key| json!({ key: value }))
}

/// Compares a file with what the table says; `UPDATE_DOCS=1` writes it.
#[track_caller]
pub(super) fn is_up_to_date(path: &str, rendered: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::write(root().join(path), rendered).unwrap();
        return;
    }
    let written = std::fs::read_to_string(root().join(path)).unwrap_or_default().replace("\r\n", "\n");
    let same = written.lines().zip(rendered.lines()).take_while(|(old, new)| old == new).count();
    assert!(
        written == rendered,
        "{path} differs from the table of settings from line {} on; write it anew with `UPDATE_DOCS=1 cargo test --test all tidy`",
        same + 1
    );
}

#[test]
fn the_page_lists_all_settings_as_the_table_has_them() {
    let page = read("docs/settings.md").replace("\r\n", "\n");
    let (before, rest) = page.split_once("\n## All settings\n").unwrap();
    let (_, after) = rest.split_once("\n## ").unwrap();
    let list = reference::markdown();
    let rendered = format!("{before}\n## All settings\n\n{}\n\n## {after}", list.trim_end());
    is_up_to_date("docs/settings.md", &rendered);
}

#[test]
fn the_schema_is_that_of_the_table() {
    is_up_to_date("docs/glue-ls.schema.json", &schema::text());
    let schema: Json = serde_json::from_str(&schema::text()).unwrap();
    let at = |name: &str| name.split('.').fold(&schema, |at, key| &at["properties"][key]);
    for spec in SETTINGS {
        assert_eq!(at(spec.name).is_object(), spec.who == Who::Everyone, "{}", spec.name);
    }
    assert_eq!(at("engine")["enum"], json!(["local", "aws"]));
    assert_eq!(at("policy")["additionalProperties"], false);
}

#[test]
fn every_setting_is_read() {
    for spec in SETTINGS {
        // A setting that is read complains of a value that can be of no use to any.
        let useless = json!(-3);
        let name = spec.name;
        let complaints = Settings::default().merge(&nested(name, useless.clone()), Source::Start, None);
        assert_eq!(complaints.len(), 1, "{name} is not read");
        assert!(complaints[0].contains(&format!("`{name}`")), "{complaints:?}");
        // Editors that keep a flat table of names are understood as well.
        assert_eq!(Settings::default().merge(&json!({ name: useless }), Source::Start, None), complaints);
        let mut settings = Settings::default();
        assert_eq!(settings.merge(&nested(name, another(spec)), Source::Start, None), [""; 0]);
        assert_ne!(settings, Settings::default(), "{name} has no effect");
    }
}

/// A value that a setting takes and that is not its default.
fn another(spec: &SettingSpec) -> Json {
    fn of(kind: &Kind) -> Json {
        match kind {
            Kind::Choice(words) => json!(words.last().unwrap().0),
            Kind::Text => json!("eu-north-1"),
            Kind::Rule => json!("unknown-magic"),
            Kind::Flag => json!(true),
            Kind::Whole { max, .. } => json!(max),
            Kind::Amount { .. } => json!(0.25),
            Kind::List(items) => json!([of(items)]),
            Kind::Form(form) => json!(form.example),
            Kind::Record(record) => {
                let members = record.members.iter().map(|member| (member.name.to_owned(), of(&member.kind)));
                Json::Object(members.collect())
            }
            Kind::Table { keys: Keys::Addresses, values } => json!({ "s3://lake/raw": of(values) }),
            Kind::Table { values, .. } => json!({ "maxWorkers": of(values) }),
        }
    }
    match &spec.kind {
        Kind::Flag => json!(spec.default != "true"),
        Kind::Table { .. } if spec.name == "rules.severity" => json!({ "unknown-magic": "off" }),
        kind => of(kind),
    }
}

#[test]
fn the_examples_are_read_without_complaint() {
    let (page, readme) = (read("docs/settings.md"), read("README.md"));
    let (mut toml, more) = (between(&page, "```toml\n", "```\n"), between(&readme, "```toml\n", "```\n"));
    assert!(!toml.is_empty() && !more.is_empty());
    toml.extend(more);
    for example in toml.into_iter().filter(|example| !example.contains("[language-server")) {
        let mut settings = Settings::default();
        assert_eq!(settings.merge_project_file(Path::new("glue-ls.toml"), example), [], "{example}");
        assert_ne!(settings, Settings::default(), "{example}");
    }
    let vs_code = between(&page, "```json\n", "```\n");
    assert!(!vs_code.is_empty());
    for example in vs_code.into_iter().filter(|example| example.contains("\"glue-ls.")) {
        let json: Json = serde_json::from_str(example).unwrap();
        for (key, value) in json.as_object().unwrap() {
            let name = key.strip_prefix("glue-ls.").unwrap();
            assert_eq!(
                Settings::default().merge(&nested(name, value.clone()), Source::Start, None),
                [""; 0],
                "{example}"
            );
        }
    }
}
