//! The VS Code extension: its settings and the table of them in its README are written from the table of settings, and
//! its version is the server's.

use glue_ls::settings::schema;
use glue_ls::settings::table::{Kind, SETTINGS, SettingSpec, Who};
use serde_json::{Value as Json, json};

use super::settings::is_up_to_date;
use super::{read, root};

const MANIFEST: &str = "editors/vscode/package.json";
const README: &str = "editors/vscode/README.md";

/// Where the settings stand in the manifest.
const PROPERTIES: &str = "\n      \"properties\": {\n";
const PROPERTIES_END: &str = "\n      }\n";

/// The editor itself knows which folders are trusted.
fn contributed() -> impl Iterator<Item = &'static SettingSpec> {
    SETTINGS.iter().filter(|spec| spec.who != Who::Start)
}

/// The settings of the manifest, each as it is written, with its name.
fn entries(properties: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in properties.lines() {
        match line.strip_prefix("        \"").and_then(|rest| rest.split_once('"')) {
            Some((name, _)) => found.push((name.to_owned(), line.to_owned())),
            None => {
                let (_, text) = found.last_mut().unwrap();
                text.push('\n');
                text.push_str(line);
            }
        }
    }
    for (_, text) in &mut found {
        *text = text.trim_end_matches(',').to_owned();
    }
    found
}

/// What VS Code shows of a text of the table: settings are links, and pages are those of the repository.
fn shown(text: &str, pages: &str) -> String {
    let mut text = text.replace('\n', " ");
    for spec in contributed() {
        text = text.replace(&format!("`{}`", spec.name), &format!("`#glue-ls.{}#`", spec.name));
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, target)) = rest.split_once("](") {
        out.push_str(before);
        out.push_str("](");
        if !target.contains("://") || target.find("://") > target.find(')') {
            out.push_str(pages);
        }
        rest = target;
    }
    out + rest
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn default(spec: &SettingSpec) -> Json {
    match (&spec.kind, spec.default) {
        // A setting of text cannot be cleared in the editor's page but by an empty one.
        (Kind::Text | Kind::Rule | Kind::Form(_), "null") => json!(""),
        (_, default) => serde_json::from_str(default).unwrap(),
    }
}

/// Says of words that they are texts: VS Code's page of settings has a list to choose from only for those.
fn typed(schema: &mut Json) {
    if let Json::Object(members) = schema {
        if members.contains_key("enum") {
            members.entry("type").or_insert(json!("string"));
        }
        members.values_mut().for_each(typed);
    }
}

fn entry(spec: &SettingSpec) -> String {
    let pages = format!("{}/blob/main/docs/", env!("CARGO_PKG_REPOSITORY"));
    let mut schema = schema::of(&spec.kind);
    typed(&mut schema);
    let mut members = match schema {
        Json::Object(members) => members,
        other => panic!("{}: {other}", spec.name),
    };
    if let Kind::Choice(words) = spec.kind {
        let meanings: Vec<String> =
            words.iter().map(|(_, meaning)| capitalised(&shown(meaning, &pages)) + ".").collect();
        members.insert("markdownEnumDescriptions".into(), json!(meanings));
    }
    // A form is for what is there, and VS Code holds the empty text to it as well.
    if let (Kind::Form(_), Json::String(_)) = (&spec.kind, default(spec)) {
        members.remove("pattern");
    }
    let default = default(spec);
    if default.is_null() {
        let kind = members["type"].clone();
        members.insert("type".into(), json!([kind, "null"]));
    }
    members.insert("default".into(), default);
    members.insert("scope".into(), json!(if spec.who == Who::User { "machine" } else { "window" }));
    let machine = if spec.who == Who::User { " A setting of the machine: a workspace cannot choose it." } else { "" };
    members.insert("markdownDescription".into(), json!(format!("{}{machine}", shown(spec.doc, &pages))));
    let text = serde_json::to_string_pretty(&members).unwrap().replace('\n', "\n        ");
    format!("        \"glue-ls.{}\": {text}", spec.name)
}

#[test]
fn the_extension_for_vs_code_contributes_the_same_settings() {
    let manifest = read(MANIFEST).replace("\r\n", "\n");
    let (before, rest) = manifest.split_once(PROPERTIES).unwrap();
    let (properties, after) = rest.split_once(PROPERTIES_END).unwrap();
    let own = entries(properties).into_iter().filter(|(name, _)| !name.starts_with("glue-ls.")).map(|(_, text)| text);
    let all: Vec<String> = own.chain(contributed().map(entry)).collect();
    is_up_to_date(MANIFEST, &format!("{before}{PROPERTIES}{}{PROPERTIES_END}{after}", all.join(",\n")));

    let manifest: Json = serde_json::from_str(&read(MANIFEST)).unwrap();
    let there = manifest["contributes"]["configuration"]["properties"].as_object().unwrap();
    assert!(there.contains_key("glueLs.serverPath") && there.contains_key("glueLs.trace.server"));
    assert_eq!(there.keys().filter(|name| name.starts_with("glue-ls.")).count(), contributed().count());
    assert_eq!(there["glue-ls.engine"]["enum"], json!(["local", "aws"]));
    assert_eq!(there["glue-ls.policy.maxWorkers"]["type"], json!(["integer", "null"]));
    assert_eq!(there["glue-ls.profile"]["scope"], "machine");
    // What a folder that is not trusted cannot choose is a setting that is there.
    for name in manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"].as_array().unwrap() {
        assert!(there.contains_key(name.as_str().unwrap()), "{name}");
    }
}

/// Returns the first sentence of a text.
fn first_sentence(text: &str) -> &str {
    let starts = |rest: &str| rest.starts_with(|c: char| c.is_uppercase() || c == '`' || c == '[');
    let end = text.match_indices(". ").find(|(at, _)| starts(&text[at + 2..])).map(|(at, _)| at);
    text[..end.unwrap_or(text.len())].trim_end_matches('.')
}

#[test]
fn the_readme_of_the_extension_lists_all_settings() {
    let page = read(README).replace("\r\n", "\n");
    let (start, end) = ("| setting | default | |\n|---|---|---|\n", "\n\n");
    let (before, rest) = page.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let manifest: Json = serde_json::from_str(&read(MANIFEST)).unwrap();
    let there = manifest["contributes"]["configuration"]["properties"].as_object().unwrap();
    let row = |name: &str, default: &Json, text: &str| {
        let default = match default {
            Json::Null => "none".to_owned(),
            Json::String(text) if text.is_empty() => "empty".to_owned(),
            Json::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        format!("| `{name}` | {default} | {} |", first_sentence(text).replace('|', "\\|"))
    };
    let own = there.iter().filter(|(name, _)| !name.starts_with("glue-ls.")).map(|(name, setting)| {
        let text = setting["markdownDescription"].as_str().or(setting["description"].as_str()).unwrap();
        row(name, &setting["default"], text)
    });
    let servers = contributed().map(|spec| {
        let plain = |text| shown(text, "../../docs/").replace("`#", "`").replace("#`", "`");
        let mut text = first_sentence(&plain(spec.doc)).to_owned();
        if let Kind::Choice(words) = spec.kind {
            let words: Vec<String> =
                words.iter().map(|(word, meaning)| format!("`{word}`: {}", plain(meaning))).collect();
            text = format!("{text}; {}", words.join("; "));
        }
        if spec.who == Who::User {
            text.push_str("; a setting of the machine: a workspace cannot choose it");
        }
        row(&format!("glue-ls.{}", spec.name), &default(spec), &text)
    });
    let rows: Vec<String> = own.chain(servers).collect();
    is_up_to_date(README, &format!("{before}{start}{}{end}{after}", rows.join("\n")));
}

#[test]
fn texts_are_made_for_the_editor() {
    assert_eq!(shown("a\nb `engine` [c](d.md#e) `x`", "P/"), "a b `#glue-ls.engine#` [c](P/d.md#e) `x`");
    assert_eq!(shown("[c](https://d) [e](f)", "P/"), "[c](https://d) [e](P/f)");
    assert_eq!(first_sentence("One, e.g. this. Two."), "One, e.g. this");
    assert_eq!(capitalised("über"), "Über");
    let found = entries("        \"a.b\": {\n          \"c\": 1\n        },\n        \"d\": {}");
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names, found[0].1.as_str()), (vec!["a.b", "d"], "        \"a.b\": {\n          \"c\": 1\n        }"));
}

#[test]
fn the_extension_has_the_version_of_the_server() {
    let manifest: Json = serde_json::from_str(&read(MANIFEST)).unwrap();
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert!(root().join("editors/vscode").join(manifest["icon"].as_str().unwrap()).exists());
}
