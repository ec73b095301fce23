//! Which module imports which: one way only.

use super::{code, files_with};

/// The modules of the crate's root, lowest first, each with those it may import.
const LAYERS: &[(&str, &[&str])] = &[
    ("platform", &[]),
    ("text", &[]),
    ("syntax", &["text"]),
    ("facts", &["text", "syntax"]),
    ("model", &["text", "syntax", "facts"]),
    ("features", &["text", "syntax", "facts", "model"]),
    ("settings", &["text", "syntax", "facts", "model", "features"]),
    ("host", &["platform", "text", "syntax", "facts", "model", "features", "settings"]),
    // What runs cells knows neither notebooks nor magics.
    ("session", &[]),
    ("aws", &["facts", "model", "session"]),
    ("account", &["platform", "facts", "model", "session", "aws"]),
    ("local", &["platform", "facts", "session"]),
    (
        "run",
        &["platform", "text", "syntax", "facts", "model", "features", "settings", "session", "aws", "account", "local"],
    ),
    (
        "doctor",
        &[
            "platform", "text", "syntax", "facts", "model", "features", "settings", "host", "session", "aws", "local",
            "run",
        ],
    ),
    (
        "server",
        &[
            "text", "syntax", "facts", "model", "features", "settings", "host", "platform", "session", "account",
            "run", "doctor",
        ],
    ),
    (
        "cli",
        &[
            "text", "syntax", "facts", "model", "features", "settings", "host", "platform", "session", "account",
            "local", "run", "doctor",
        ],
    ),
];

/// The one place where one front end may use the other.
const SERVER_IN_CLI: (&str, &str) = ("src/cli/serve.rs", "server::run_stdio");

fn may_import(module: &str) -> Option<&'static [&'static str]> {
    LAYERS.iter().find(|(name, _)| *name == module).map(|(_, may)| *may)
}

/// Returns the path of modules of a file: `src/model/effects.rs` is `["model", "effects"]`.
fn modules(file: &str) -> Vec<&str> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    path.split('/').collect()
}

/// Returns what a source names from the crate's root, as `module::rest`.
fn imports(file: &str, source: &str) -> Vec<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let path = |rest: &str| rest.split(|c| !word(c)).next().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for rest in source.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(group) => {
                // The names of a group at its first level.
                let mut depth = 0;
                let top = |c: char| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    (depth == 0).then_some(c)
                };
                let group: String = group.split(';').next().unwrap_or_default().chars().filter_map(top).collect();
                found.extend(group.split(',').map(|name| path(name.trim())));
            }
            None => found.push(path(rest)),
        }
    }
    // As many `super::` as the file is deep lead to the root.
    let to_root = "super::".repeat(modules(file).len());
    for rest in source.split(&to_root).skip(1).filter(|_| modules(file).len() > 1) {
        found.push(path(rest.trim_start_matches("super::")));
    }
    found
}

#[test]
fn imports_go_one_way() {
    let mut seen = 0;
    for file in files_with("src", &["rs"]) {
        let top = modules(&file)[0];
        if matches!(top, "lib" | "main") {
            continue;
        }
        let allowed = may_import(top).unwrap_or_else(|| panic!("{file}: {top} is not among the layers of this test"));
        for import in imports(&file, &code(&file)) {
            let other = import.split("::").next().unwrap();
            if may_import(other).is_none() {
                continue;
            }
            seen += 1;
            let excused = file == SERVER_IN_CLI.0 && import == SERVER_IN_CLI.1;
            assert!(other == top || allowed.contains(&other) || excused, "{file}: {top} must not import {import}");
        }
    }
    assert!(seen > 100, "only {seen} imports were found");
}

#[test]
fn the_crates_modules_stand_in_the_order_of_the_layers() {
    let lib = code("src/lib.rs");
    let modules: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let known: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).filter(|name| modules.contains(name)).collect();
    assert_eq!(modules, known);
    for (at, (name, may)) in LAYERS.iter().enumerate() {
        let lower = |other: &&str| LAYERS[..at].iter().any(|(name, _)| name == other);
        assert!(may.iter().all(lower), "{name} imports a layer above it");
    }
}

#[test]
fn imports_are_found_however_they_are_written() {
    let source =
        "use crate::{cli, text::{self, Rope}, syntax::Cell};\nlet x = crate::server::run();\nuse super::super::cli::a;";
    assert_eq!(imports("src/model/effects.rs", source), ["cli", "text::", "syntax::Cell", "server::run", "cli::a"]);
}
