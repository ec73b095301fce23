//! The settings of files: which project file belongs to each, what flags change, and what is said of mistakes.

use serde_json::Value;

use super::{folder, notebook, run};

const BOTH: &str = "%workertype G.1X\n%region eu-wset-1";

/// What `check` finds, as `path code severity`, and what it writes to stderr.
fn check(files: &[(&str, &str)], arguments: &[&str]) -> (Vec<String>, String) {
    let folder = folder(files);
    let ran = run(folder.path(), &[&["check", "--format", "json"], arguments].concat());
    let found: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let brief = |item: &Value| {
        let [path, code, severity] = ["path", "code", "severity"].map(|member| item[member].as_str().unwrap());
        format!("{} {code} {severity}", path.replace('\\', "/"))
    };
    (found.as_array().unwrap().iter().map(brief).collect(), ran.stderr)
}

#[test]
fn each_file_has_the_project_file_nearest_above_it() {
    let text = notebook(&[BOTH]);
    let files = [
        ("glue-ls.toml", "[rules]\nignore = ['unknown-region']\n"),
        ("a.ipynb", text.as_str()),
        ("in/b.ipynb", &text),
        ("in/own/glue-ls.toml", "[rules.severity]\nunknown-magic = 'hint'\n"),
        ("in/own/deep/c.ipynb", &text),
    ];
    let own = "in/own/deep/c.ipynb";
    let (found, said) = check(&files, &["a.ipynb", "in"]);
    assert_eq!(said, "");
    assert_eq!(
        found,
        [
            "a.ipynb unknown-magic error".to_owned(),
            "in/b.ipynb unknown-magic error".to_owned(),
            format!("{own} unknown-magic hint"),
            format!("{own} unknown-region warning"),
        ]
    );
    let all = ["a.ipynb unknown-magic error", "a.ipynb unknown-region warning"];
    assert_eq!(check(&files, &["a.ipynb", "--no-config"]).0, all);
    assert_eq!(check(&files, &["a.ipynb", "--config", "in/own/glue-ls.toml"]).0[0], "a.ipynb unknown-magic hint");
}

#[test]
fn flags_count_more() {
    let text = notebook(&[BOTH]);
    let files = [
        ("glue-ls.toml", "[rules]\nignore = ['unknown-region']\nseverity = { unknown-region = 'off' }\n"),
        ("a.ipynb", text.as_str()),
    ];
    assert_eq!(check(&files, &["a.ipynb", "--select", "unknown-region"]).0, ["a.ipynb unknown-region warning"]);
    assert_eq!(check(&files, &["a.ipynb", "--ignore", "unknown-magic"]).0, [""; 0]);
}

#[test]
fn files_may_have_rules_of_their_own() {
    let text = notebook(&[BOTH]);
    let toml = "[rules.perFileIgnores]\n'legacy/' = ['unknown-magic']\n'/b.*' = ['unknown-region', 'unknown-magic']\n";
    let files =
        [("glue-ls.toml", toml), ("legacy/a.ipynb", text.as_str()), ("b.ipynb", &text), ("legacy/b.ipynb", &text)];
    assert_eq!(
        check(&files, &["."]).0,
        ["./legacy/a.ipynb unknown-region warning", "./legacy/b.ipynb unknown-region warning"]
    );
}

#[test]
fn mistakes_are_said_once_at_their_place_and_the_rest_counts() {
    let toml = "engin = 'aws'\n[rules]\nignore = ['unknown-region', 'größe']\nselect = 3\n[policy]\n";
    let text = notebook(&[BOTH]);
    let files = [("glue-ls.toml", toml), ("a.ipynb", text.as_str()), ("in/b.ipynb", &text)];
    let (found, said) = check(&files, &["a.ipynb", "in"]);
    assert_eq!(found, ["a.ipynb unknown-magic error", "in/b.ipynb unknown-magic error"]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "glue-ls.toml:1:1: there is no setting `engin`; did you mean `engine`?",
            "glue-ls.toml:3:29: there is no rule `größe`",
            "glue-ls.toml:4:10: `rules.select` must be a list of rules",
        ]
    );
    let folder = folder(&files);
    let ran = run(folder.path(), &["check", "a.ipynb", "--config", "nothing.toml"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("nothing.toml") && ran.stderr.contains("--config"), "{}", ran.stderr);
    assert_eq!(run(folder.path(), &["check", "a.ipynb", "--config", "glue-ls.toml", "--no-config"]).code, Some(2));
}

#[test]
fn policies_hold_from_all_folders_above() {
    let text = notebook(&["%number_of_workers 50\n%worker_type G.8X\nx = 1"]);
    let files = [
        ("glue-ls.toml", "[policy]\nmaxWorkers = 5\n"),
        ("in/glue-ls.toml", "[policy]\nmaxWorkers = 500\nworkerTypes = ['G.1X']\n[rules]\nignore = ['policy']\n"),
        ("in/a.ipynb", text.as_str()),
    ];
    let both = ["in/a.ipynb policy error", "in/a.ipynb policy error"];
    assert_eq!(check(&files, &["in/a.ipynb"]).0, both, "the policy above is not the inner file's to silence");
    assert_eq!(check(&files, &["in/a.ipynb", "--no-config"]).0, both);
    let folder = folder(&files);
    let ran = run(folder.path(), &["plan", "in/a.ipynb", "--format", "json"]);
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    let problems = plan["cells"][0]["problems"].as_array().unwrap();
    assert!(problems.iter().any(|problem| problem["code"] == "policy"), "{plan}");
}

#[test]
fn the_idle_timeout_of_the_settings_is_planned() {
    let text = notebook(&["x = 1"]);
    let folder = folder(&[("glue-ls.toml", "session.defaultIdleTimeout = 15\n"), ("a.ipynb", &text)]);
    let plan = |more: &[&str]| -> Value {
        let ran = run(folder.path(), &[&["plan", "a.ipynb", "--format", "json"], more].concat());
        serde_json::from_str(&ran.stdout).unwrap()
    };
    assert_eq!(plan(&[])["sends"]["IdleTimeout"], 15);
    assert_eq!(plan(&["--no-config"])["sends"]["IdleTimeout"], 60);
}

#[test]
fn comments_silence_lines_cells_and_documents_in_every_form() {
    let marked = "# %% glue-ls-ignore=\"unknown-magic, unknown-region\"\n# %workertype G.1X\n# %region eu-wset-1\n\n# %%\n# %workertype G.1X\n";
    let above = "# glue-ls: ignore-file[unknown-magic]\n\n# %%\n# %glue_version 5.0\n\n# %%\n# %workertype G.1X\n";
    let cell = notebook(&[BOTH]).replacen("\"metadata\":{}", "\"metadata\":{\"glue-ls-ignore\":\"unknown-magic\"}", 1);
    let top = notebook(&["# glue-ls: ignore-file\nx = 1", BOTH]);
    let files = [("marked.py", marked), ("above.py", above), ("cell.ipynb", cell.as_str()), ("top.ipynb", &top)];
    let (found, _) = check(&files, &["marked.py", "above.py", "cell.ipynb", "top.ipynb"]);
    assert_eq!(found, ["marked.py unknown-magic error", "cell.ipynb unknown-region warning"]);
}

#[test]
fn the_schema_can_be_written() {
    let folder = folder(&[]);
    let ran = run(folder.path(), &["schema"]);
    let schema: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (ran.code, &schema["properties"]["policy"]["properties"]["maxWorkers"]["minimum"]),
        (Some(0), &Value::from(1))
    );
}
