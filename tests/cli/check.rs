//! `glue-ls check`: what it finds, how it writes it, and its exit codes.

use serde_json::{Value, json};

use super::{Ran, folder, notebook, run};

const SCRIPT: &str = "# %%\n# %glue_version 4.0\n# é𝕏\n# %%\n# %workertype G.1X\nx = 1\n";

fn found(ran: &Ran) -> Vec<Value> {
    let found: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    found.as_array().unwrap().clone()
}

/// Path and code of each problem.
fn briefly(ran: &Ran) -> Vec<String> {
    found(ran)
        .iter()
        .map(|item| format!("{} {}", item["path"].as_str().unwrap(), item["code"].as_str().unwrap()))
        .collect()
}

#[test]
fn exit_codes_tell_errors_from_failures() {
    let warning = notebook(&["%glue_version 9.9\n"]);
    let folder = folder(&[
        ("sound.ipynb", &notebook(&["%glue_version 4.0\nx = 1\n"])),
        ("warning.ipynb", &warning),
        ("error.ipynb", &notebook(&["%workertype G.1X"])),
    ]);
    let code = |arguments: &[&str]| run(folder.path(), arguments).code;
    assert_eq!(code(&["check", "sound.ipynb"]), Some(0));
    assert_eq!(code(&["check", "warning.ipynb"]), Some(0), "only errors count");
    assert_eq!(code(&["check", "sound.ipynb", "error.ipynb"]), Some(1));
    assert_eq!(code(&["check", "error.ipynb", "missing.ipynb"]), Some(2));
    assert_eq!(code(&["check", "--offline", "error.ipynb"]), Some(1));
    assert_eq!(code(&["check"]), Some(2), "a path is needed");
    assert_eq!(code(&["check", "sound.ipynb", "--format", "yaml"]), Some(2));
    assert_eq!(code(&["check", "sound.ipynb", "--kernel", "ir"]), Some(2));
    assert_eq!(code(&["nonsense"]), Some(2));
    assert_eq!(code(&["--version"]), Some(0));
    assert_eq!(code(&["check", "--help"]), Some(0));
}

#[test]
fn json_of_a_notebook_counts_from_the_cells_start() {
    let notebook =
        notebook(&["x = 1\n", "# 𝕏 comes first\n%workertype G.1X\n"]).replace("},{\"cell_type", "},\n{\"cell_type");
    let text = notebook.replacen("[{", "[{\"cell_type\":\"markdown\",\"metadata\":{},\"source\":[\"# hi\"]},\n{", 1);
    let folder = folder(&[("etl.ipynb", &text)]);
    let ran = run(folder.path(), &["check", "etl.ipynb", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    let mut found = found(&ran);
    let message = found[0]["message"].take();
    assert!(message.as_str().unwrap().contains("did you mean `%worker_type`?"), "{message}");
    let place = |line: u32, start: u32, end: u32| json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } });
    assert_eq!(
        json!(found),
        json!([{
            "path": "etl.ipynb",
            "cell": 2,
            "range": place(1, 1, 11),
            "severity": "error",
            "code": "unknown-magic",
            "message": null,
            "help_url": format!("{}/blob/main/docs/rules/unknown-magic.md", env!("CARGO_PKG_REPOSITORY")),
            "fixes": [{
                "title": "Write `%worker_type`",
                "edits": [{ "range": place(1, 1, 11), "new_text": "worker_type" }],
            }],
        }])
    );
}

#[test]
fn json_of_a_script_counts_from_the_files_start() {
    let folder = folder(&[
        ("cells.py", SCRIPT),
        ("one.py", "# %workertype G.1X\n# %idle_timeout 5\n"),
        ("job.py", "import awsglue\n# %workertype G.1X\n"),
    ]);
    let ran = run(folder.path(), &["check", "cells.py", "one.py", "job.py", "--format", "json"]);
    let found = found(&ran);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((&found[0]["cell"], &found[0]["range"]["start"]), (&json!(1), &json!({ "line": 4, "character": 3 })));
    assert_eq!(found[0]["fixes"][0]["edits"][0]["range"], found[0]["range"]);
    assert_eq!((&found[1]["cell"], &found[1]["range"]["start"]), (&Value::Null, &json!({ "line": 0, "character": 3 })));
}

#[test]
fn severities_are_named() {
    let folder = folder(&[("a.ipynb", &notebook(&["%glue_version 9.9\n", "%workertype G.1X\n"]))]);
    let ran = run(folder.path(), &["check", "a.ipynb", "--format", "json"]);
    let severities: Vec<Value> = found(&ran).iter().map(|item| item["severity"].clone()).collect();
    assert_eq!(severities, ["warning", "error"]);
}

#[test]
fn nothing_found_is_an_empty_array() {
    let folder = folder(&[("other.ipynb", &notebook(&["%workertype G.1X"]).replace("glue_pyspark", "pysparkkernel"))]);
    let ran = run(folder.path(), &["check", "other.ipynb", "--format", "json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "[]\n"));
    // The user's own word.
    let ran = run(folder.path(), &["check", "other.ipynb", "--format", "json", "--kernel", "glue_pyspark"]);
    assert_eq!(briefly(&ran), ["other.ipynb unknown-magic"]);
}

#[test]
fn what_is_no_text_never_reaches_the_terminal() {
    let folder = folder(&[("a.ipynb", &notebook(&["%worker\u{1b}[31mtype\u{7} G.1X\n%glue_version \u{9b}9.9"]))]);
    for format in ["text", "github"] {
        let ran = run(folder.path(), &["check", "a.ipynb", "--format", format]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let control = |c: char| c.is_control() && c != '\n';
        assert!(!ran.stdout.contains(control), "{format}: {:?}", ran.stdout);
    }
}

#[test]
fn sarif_is_what_code_scanning_takes() {
    let folder = folder(&[("a folder/cells.py", SCRIPT)]);
    let ran = run(folder.path(), &["check", "a folder", "--format", "sarif"]);
    assert_eq!(ran.code, Some(1));
    let sarif: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let driver = &run["tool"]["driver"];
    assert_eq!((&driver["name"], &driver["version"]), (&json!("glue-ls"), &json!(env!("CARGO_PKG_VERSION"))));
    let result = &run["results"][0];
    assert!(driver["rules"].as_array().unwrap().iter().any(|rule| rule["id"] == result["ruleId"]));
    assert_eq!((&result["ruleId"], &result["level"]), (&json!("unknown-magic"), &json!("error")));
    assert!(result["message"]["text"].as_str().unwrap().contains("worker_type"));
    let location = &result["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "a%20folder/cells.py");
    let region = json!({ "startLine": 5, "startColumn": 4, "endLine": 5, "endColumn": 14 });
    assert_eq!(location["region"], region);
    assert_eq!(run["invocations"], json!([{ "executionSuccessful": true }]));
    let rule = &driver["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert_eq!((&rule["id"], &rule["defaultConfiguration"]["level"]), (&json!("unknown-magic"), &json!("error")));
    assert!(rule["helpUri"].as_str().unwrap().ends_with("/docs/rules/unknown-magic.md"));
    assert_eq!(
        result["fixes"],
        json!([{
            "description": { "text": "Write `%worker_type`" },
            "artifactChanges": [{
                "artifactLocation": { "uri": "a%20folder/cells.py" },
                "replacements": [{ "deletedRegion": region, "insertedContent": { "text": "worker_type" } }],
            }],
        }])
    );
    // A line more above it makes no new problem of it.
    let again = self::folder(&[("a folder/cells.py", &format!("# %%\n# A note.\n{SCRIPT}"))]);
    let again: Value =
        serde_json::from_str(&self::run(again.path(), &["check", "a folder", "--format", "sarif"]).stdout).unwrap();
    assert_eq!(again["runs"][0]["results"][0]["partialFingerprints"], result["partialFingerprints"]);
    let ran = self::run(folder.path(), &["check", "missing.py", "--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(sarif["runs"][0]["invocations"], json!([{ "executionSuccessful": false }]));
}

/// What the schema of SARIF 2.1.0 demands of the objects that are written.
#[test]
fn sarif_has_all_that_its_schema_demands() {
    let folder = folder(&[
        (
            "a.ipynb",
            &notebook(&["%workertype G.1X\nx = 1\n%glue_version 4.0", "%glue_version 9.9", "# 𝕏\n%%sql\nselect 1"]),
        ),
        ("b.py", SCRIPT),
    ]);
    let ran = run(folder.path(), &["check", ".", "--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&ran.stdout).unwrap();
    let members = |value: &Value, allowed: &[&str], required: &[&str]| {
        let object = value.as_object().unwrap_or_else(|| panic!("{value}"));
        assert!(object.keys().all(|key| allowed.contains(&key.as_str())), "{value}");
        assert!(required.iter().all(|key| object.contains_key(*key)), "{value}");
    };
    let level = |value: &Value| assert!(["none", "note", "warning", "error"].contains(&value.as_str().unwrap()));
    let text = |value: &Value| members(value, &["text"], &["text"]);
    let reference = |value: &Value| {
        let uri = value.as_str().unwrap();
        assert!(
            !uri.is_empty() && uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%:".contains(&byte)),
            "{uri}"
        );
    };
    let region = |value: &Value| {
        let names = ["startLine", "startColumn", "endLine", "endColumn"];
        members(value, &names, &names);
        assert!(names.iter().all(|name| value[*name].as_u64().unwrap() >= 1), "{value}");
        let place = |line: &str, column: &str| (value[line].as_u64(), value[column].as_u64());
        assert!(place("startLine", "startColumn") <= place("endLine", "endColumn"), "{value}");
    };
    members(&sarif, &["$schema", "version", "runs"], &["version", "runs"]);
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    members(run, &["tool", "invocations", "columnKind", "results"], &["tool"]);
    let driver = &run["tool"]["driver"];
    members(driver, &["name", "version", "semanticVersion", "informationUri", "rules"], &["name"]);
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        members(rule, &["id", "shortDescription", "helpUri", "defaultConfiguration"], &["id"]);
        text(&rule["shortDescription"]);
        reference(&rule["helpUri"]);
        level(&rule["defaultConfiguration"]["level"]);
    }
    let results = run["results"].as_array().unwrap();
    assert!(results.len() >= 5, "{results:?}");
    for result in results {
        let allowed = ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints", "fixes"];
        members(result, &allowed, &["message"]);
        assert_eq!(rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"], result["ruleId"]);
        level(&result["level"]);
        text(&result["message"]);
        assert!(result["partialFingerprints"].as_object().unwrap().values().all(Value::is_string));
        let location = &result["locations"][0]["physicalLocation"];
        reference(&location["artifactLocation"]["uri"]);
        region(&location["region"]);
        for fix in result["fixes"].as_array().into_iter().flatten() {
            members(fix, &["description", "artifactChanges"], &["artifactChanges"]);
            text(&fix["description"]);
            for change in fix["artifactChanges"].as_array().unwrap() {
                members(change, &["artifactLocation", "replacements"], &["artifactLocation", "replacements"]);
                reference(&change["artifactLocation"]["uri"]);
                assert!(!change["replacements"].as_array().unwrap().is_empty());
                for replacement in change["replacements"].as_array().unwrap() {
                    members(replacement, &["deletedRegion", "insertedContent"], &["deletedRegion"]);
                    region(&replacement["deletedRegion"]);
                    text(&replacement["insertedContent"]);
                }
            }
        }
    }
    assert!(results.iter().filter(|result| result.get("fixes").is_some()).count() >= 3, "{results:?}");
}

#[test]
fn github_gets_annotations() {
    let folder = folder(&[
        ("a,b.py", SCRIPT),
        (
            "nb.ipynb",
            "{\"cells\": [\n{\"cell_type\": \"code\", \"source\": [\n  \"%glue_version 9.9\"]}],\n\"metadata\": {\"kernelspec\": {\"name\": \"glue_pyspark\"}}, \"nbformat\": 4}",
        ),
    ]);
    let ran = run(folder.path(), &["check", ".", "--format", "github"]);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{ran:?}");
    let start = "::error file=./a%2Cb.py,line=5,endLine=5,col=4,endColumn=14,title=glue-ls unknown-magic::";
    assert!(lines[0].starts_with(start), "{}", lines[0]);
    assert!(lines[0].contains("`%25workertype`"), "{}", lines[0]);
    // Lines of the file, not of the cell.
    let start = "::warning file=./nb.ipynb,line=3,endLine=3,col=18,endColumn=21,title=glue-ls unknown-glue-version::";
    assert!(lines[1].starts_with(start), "{}", lines[1]);
}

#[test]
fn folders_are_searched_and_gitignore_is_honoured() {
    let wrong = notebook(&["%workertype G.1X"]);
    let folder = folder(&[
        ("z.ipynb", &wrong),
        ("deep/er/a.ipynb", &wrong),
        ("deep/script.py", SCRIPT),
        ("deep/notes.txt", SCRIPT),
        ("deep/UPPER.IPYNB", &wrong),
        (".ipynb_checkpoints/z-checkpoint.ipynb", &wrong),
        (".hidden/z.ipynb", &wrong),
        (".gitignore", "ignored/\n*.tmp.ipynb\n"),
        ("ignored/a.ipynb", &wrong),
        ("deep/x.tmp.ipynb", &wrong),
        ("deep/.gitignore", "local.py\n"),
        ("deep/local.py", SCRIPT),
    ]);
    let all = run(folder.path(), &["check", ".", "--format", "json"]);
    assert_eq!(
        briefly(&all),
        [
            "./deep/UPPER.IPYNB unknown-magic",
            "./deep/er/a.ipynb unknown-magic",
            "./deep/script.py unknown-magic",
            "./z.ipynb unknown-magic",
        ]
    );
    // What is named is checked, whatever any list says; and once, however often it is named.
    let named =
        run(folder.path(), &["check", "ignored/a.ipynb", "z.ipynb", "deep/notes.txt", "z.ipynb", "--format", "json"]);
    assert_eq!(
        briefly(&named),
        ["ignored/a.ipynb unknown-magic", "z.ipynb unknown-magic", "deep/notes.txt unknown-magic"]
    );
    let empty = run(folder.path(), &["check", ".hidden/..", "--format", "json"]);
    assert_eq!(empty.code, Some(1));
}

#[test]
fn rules_are_chosen() {
    let folder = folder(&[("a.ipynb", &notebook(&["%workertype G.1X\n%glue_version 9.9\nx = ;"]))]);
    let codes = |arguments: &[&str]| {
        let mut all = vec!["check", "a.ipynb", "--format", "json"];
        all.extend(arguments);
        briefly(&run(folder.path(), &all)).iter().map(|item| item.replace("a.ipynb ", "")).collect::<Vec<_>>()
    };
    assert_eq!(codes(&[]), ["unknown-magic", "unknown-glue-version", "python-syntax"]);
    assert_eq!(codes(&["--select", "unknown-magic"]), ["unknown-magic"]);
    assert_eq!(codes(&["--select", "unknown-magic,python-syntax"]), ["unknown-magic", "python-syntax"]);
    assert_eq!(codes(&["--ignore", "unknown-magic", "--ignore", "python-syntax"]), ["unknown-glue-version"]);
    assert_eq!(codes(&["--select", "unknown-magic", "--ignore", "unknown-magic"]), [""; 0]);
    for option in ["--select", "--ignore"] {
        let ran = run(folder.path(), &["check", "a.ipynb", option, "unknown-magics"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains("unknown-magics") && ran.stderr.contains("no such rule"), "{}", ran.stderr);
    }
}

#[test]
fn comments_in_the_text_silence_rules() {
    let folder = folder(&[("a.ipynb", &notebook(&["# glue-ls: ignore[unknown-magic]\n%workertype G.1X\n"]))]);
    assert_eq!(briefly(&run(folder.path(), &["check", "a.ipynb", "--format", "json"])), [""; 0]);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_mistakes() {
    let folder = folder(&[
        ("a.py", &format!("\u{feff}{}", SCRIPT.replace('\n', "\r\n"))),
        ("b.ipynb", &format!("\u{feff}{}", notebook(&["x = 1\r\n%glue_version 4.0\r\n"]))),
    ]);
    let ran = run(folder.path(), &["check", "a.py", "b.ipynb", "--format", "json"]);
    assert_eq!(ran.stderr, "");
    let found = found(&ran);
    assert_eq!(
        (&found[0]["code"], &found[0]["range"]["start"]),
        (&json!("unknown-magic"), &json!({ "line": 4, "character": 3 }))
    );
    assert_eq!(
        (&found[1]["code"], &found[1]["range"]["start"]),
        (&json!("magic-below-code"), &json!({ "line": 1, "character": 0 }))
    );
}

#[test]
fn a_file_that_cannot_be_checked_is_not_called_free_of_problems() {
    let folder = folder(&[("cut.ipynb", "{\"cells\": [")]);
    let ran = run(folder.path(), &["check", "cut.ipynb"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), "Nothing was checked.\n"));
}
