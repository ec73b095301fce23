//! Settings: the page, the code and the VS Code extension name the same ones.

use glue_ls::settings::{Settings, Source};
use serde_json::{Value as Json, json};

use super::{between, read};

/// Returns the settings that `docs/settings.md` has a heading for.
fn documented() -> Vec<String> {
    let page = read("docs/settings.md");
    page.lines().filter_map(|line| Some(line.strip_prefix("### `")?.strip_suffix('`')?.to_owned())).collect()
}

fn nested(name: &str, value: Json) -> Json {
    name.rsplit('.').fold(value, |value, key| json!({ key: value }))
}

#[test]
fn the_page_lists_what_the_code_reads() {
    let source = read("src/settings.rs");
    let fields = source.split_once("pub struct Settings {").unwrap().1.split_once("\n}").unwrap().0;
    let names: Vec<&str> =
        fields.lines().filter_map(|line| Some(line.trim().strip_prefix("/// `")?.split_once("`:")?.0)).collect();
    assert_eq!(documented(), names);
    for name in documented() {
        // A setting that is read complains of a value that can be of no use to any.
        let useless = json!(-3);
        let complaints = Settings::default().merge(&nested(&name, useless.clone()), Source::Start);
        assert_eq!(complaints.len(), 1, "{name} is not read");
        assert!(complaints[0].contains(&format!("`{name}`")), "{complaints:?}");
        // Editors that keep a flat table of names are understood as well.
        assert_eq!(Settings::default().merge(&json!({ name: useless }), Source::Start), complaints);
    }
}

#[test]
fn the_extension_for_vs_code_contributes_the_same_settings() {
    let package: Json = serde_json::from_str(&read("editors/vscode/package.json")).unwrap();
    let contributed = package["contributes"]["configuration"]["properties"].as_object().unwrap();
    let mut names: Vec<&str> = contributed.keys().filter_map(|key| key.strip_prefix("glue-ls.")).collect();
    let mut documented = documented();
    // The editor itself knows which folders are trusted.
    documented.retain(|name| !name.starts_with("trusted"));
    documented.sort();
    names.sort_unstable();
    assert_eq!(names, documented);
}

#[test]
fn the_examples_of_the_page_are_read_without_complaint() {
    let page = read("docs/settings.md");
    let toml = between(&page, "```toml\n", "```\n");
    assert!(!toml.is_empty());
    for example in toml.into_iter().filter(|example| !example.contains("[language-server")) {
        let mut settings = Settings::default();
        assert_eq!(settings.merge_project_file(example), [""; 0], "{example}");
        assert_ne!(settings, Settings::default(), "{example}");
    }
    let vs_code = between(&page, "```json\n", "```\n");
    assert!(!vs_code.is_empty());
    for example in vs_code {
        let json: Json = serde_json::from_str(example).unwrap();
        for (key, value) in json.as_object().unwrap() {
            let name = key.strip_prefix("glue-ls.").unwrap();
            assert_eq!(Settings::default().merge(&nested(name, value.clone()), Source::Start), [""; 0], "{example}");
        }
    }
}
