//! A session in another account and in a VPC, tagged for billing, without any account: `[local]` of the project file has
//! both.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::run::program::{Home, python, wait_until};
use crate::e2e::client::Client;
use crate::lsp::editor::{Editor, apply_fix, cell_uri, kernel, pulling};
use crate::lsp::run::story::Story;
use crate::support::spark::spark_python;

const PROJECT: &str = r#"
[local]
account = "111111111111"

[local.connections.session_vpc]
account = "222222222222"
vpc = "vpc-0000000d"
subnet = "subnet-0000000d"
zone = "eu-west-1c"
securityGroups = ["sg-0000000d"]

[local.connections.elsewhere]
account = "222222222222"
vpc = "vpc-0000000e"

[local.connections.mine]
vpc = "vpc-0000000a"

[local.roles.GlueSessionCreationRole]
account = "222222222222"
services = []
requiredVpcs = ["vpc-0000000d"]

[local.roles.AWSGlueServiceRole-blog]
account = "222222222222"
assumable = false

[local.roles.Analyst]
"#;

const ASSUME: &str = "# Assume the role of the account that owns the data\n%%assume_role\n\
                      \"arn:aws:iam::222222222222:role/GlueSessionCreationRole\"";
const TAGS: &str = "# Who pays\n%%tags\n{'team':'analytics', 'billing':'Data-Platform'}";
const SETTINGS: &str = "%idle_timeout 2880\n%glue_version 4.0\n%worker_type G.1X\n%number_of_workers 5\n\
                        %iam_role arn:aws:iam::222222222222:role/AWSGlueServiceRole-blog";
const WORK: &str = "import sys\nfrom datetime import date\n\njob = {'day': date(2024, 2, 29).isoformat()}\njob['day']";

/// The same, with what a Glue notebook begins with.
const SPARK_WORK: &str = "import sys\nfrom awsglue.transforms import *\nfrom awsglue.utils import getResolvedOptions\n\
                          from pyspark.context import SparkContext\nfrom awsglue.context import GlueContext\n\
                          from awsglue.job import Job\n\nsc = SparkContext.getOrCreate()\nglueContext = GlueContext(sc)\n\
                          spark = glueContext.spark_session\njob = Job(glueContext)\n\
                          spark.sql(\"SELECT date'2024-02-29' AS day\").first().day.isoformat()";

/// The Python of the sessions, and the cell that needs one: with Spark, if there is a Python that has it.
fn work() -> (String, &'static str) {
    match spark_python() {
        Some(python) => (python.display().to_string(), SPARK_WORK),
        None => (python().to_owned(), WORK),
    }
}

fn start(home: &Home, python: &str) -> Editor {
    let mut client = Client::start(home.command([]));
    client.keep_all();
    for told in ["workspace/diagnostic/refresh", "glue-ls/sessionState", "glue-ls/accountNews", "window/showMessage"] {
        client.ignore(told);
    }
    let mut capabilities = pulling();
    capabilities["experimental"] = json!({ "glueLs": true });
    let options = json!({ "engine": "local", "trusted": true, "local": { "python": python } });
    let root = format!("file://{}", home.path().display());
    Editor::with_client(
        client,
        json!({ "capabilities": capabilities, "initializationOptions": options, "rootUri": root }),
    )
}

#[track_caller]
fn run(editor: &mut Editor, cell: &str) -> Story {
    let answer = editor.client.call_command("glue-ls.runCell", json!({ "cell": cell_uri(cell) }));
    let run = answer["runId"].as_u64().unwrap_or_else(|| panic!("the run does not begin: {answer}"));
    Story::collect(&mut editor.client, run, 1)
}

/// The labels that are offered at the end of a cell, once all are known.
#[track_caller]
fn names(editor: &mut Editor, cell: &str, text: &str) -> Vec<String> {
    let until = Instant::now() + Duration::from_secs(100);
    loop {
        let list = editor.ask("textDocument/completion", &cell_uri(cell), 0, u32::try_from(text.len()).unwrap());
        if list["isIncomplete"] == false {
            let items = list["items"].as_array().unwrap();
            return items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect();
        }
        assert!(Instant::now() < until, "{list}");
        std::thread::yield_now();
    }
}

#[track_caller]
fn problems(editor: &mut Editor, cell: &str) -> Vec<Value> {
    editor.pull_items(&cell_uri(cell)).as_array().unwrap().clone()
}

fn of_code(problems: &[Value], code: &str) -> Option<Value> {
    problems.iter().find(|item| item["code"] == code).cloned()
}

/// The fix of that title, once it is offered.
#[track_caller]
fn fix(editor: &mut Editor, cell: &str, line: &Value, title: &str) -> Value {
    let mut fix = Value::Null;
    wait_until(&format!("{title} is offered"), || {
        let at = |character: u32| json!({ "line": line, "character": character });
        let params = json!({
            "textDocument": { "uri": cell_uri(cell) }, "range": { "start": at(0), "end": at(80) },
            "context": { "diagnostics": [] },
        });
        let actions = editor.client.call("textDocument/codeAction", params);
        let actions = actions.as_array().unwrap();
        fix = actions.iter().find(|action| action["title"] == title).cloned().unwrap_or_default();
        !fix.is_null()
    });
    fix
}

#[test]
fn the_session_of_the_walkthrough_starts_once_it_is_in_the_network() {
    let (python, work) = work();
    let mut home = Home::new(&[("glue-ls.toml", PROJECT)]);
    if let Ok(java) = std::env::var("JAVA_HOME") {
        home = home.with("JAVA_HOME", &java);
    }
    let mut editor = start(&home, &python);
    let (connections, roles) = ("%connections ", "%iam_role ");
    editor.open_notebook(kernel("glue_pyspark"), &[("n", connections), ("r", roles)]);
    // First the names are those of the user's own account.
    assert_eq!(names(&mut editor, "n", connections), ["mine"]);
    assert!(names(&mut editor, "r", roles).contains(&"Analyst".to_owned()));
    editor.splice(0, 0, &["a"], &[("a", ASSUME)], &[]);
    assert_eq!(names(&mut editor, "n", connections), ["elsewhere", "session_vpc"]);
    let offered = names(&mut editor, "r", roles);
    assert!(offered.contains(&"AWSGlueServiceRole-blog".to_owned()), "{offered:?}");
    assert!(!offered.contains(&"Analyst".to_owned()), "{offered:?}");
    editor.splice(
        1,
        2,
        &["t", "s", "w", "q"],
        &[("t", TAGS), ("s", SETTINGS), ("w", work), ("q", "%status")],
        &["n", "r"],
    );
    for cell in ["a", "t", "s"] {
        let story = run(&mut editor, cell).ok();
        assert!(cell != "a" || story.text().contains("GlueSessionCreationRole"), "{}", story.text());
        // Nothing that the service would refuse.
        let errors: Vec<Value> = problems(&mut editor, cell).into_iter().filter(|it| it["severity"] == 1).collect();
        assert_eq!(errors, Vec::<Value>::new(), "{cell}");
    }
    let story = run(&mut editor, "w");
    assert_eq!(story.end(), "error");
    let said = story.text();
    for part in [
        "arn:aws:sts::222222222222:assumed-role/GlueSessionCreationRole/",
        "with an explicit deny in an identity-based policy",
        "`glue:VpcIds`",
        "add `%connections` with a connection in the required VPC",
    ] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let found = of_code(&problems(&mut editor, "w"), "vpc-required").unwrap();
    let fix =
        fix(&mut editor, "w", &found["range"]["start"]["line"], "Use the connection `session_vpc` (vpc-0000000d)");
    let written = apply_fix(SETTINGS, &cell_uri("s"), &fix);
    assert!(written.ends_with("\n%connections session_vpc"), "{written}");
    editor.edit_cell("s", json!([{ "text": written }]));
    // The other one leads elsewhere, and one of another account is none.
    for (connection, part) in [("elsewhere", "with an explicit deny"), ("mine", "Connection mine not found")] {
        editor.edit_cell("s", json!([{ "text": written.replace("session_vpc", connection) }]));
        let story = run(&mut editor, "s");
        let story = if story.end() == "ok" { run(&mut editor, "w") } else { story };
        assert_eq!(story.end(), "error");
        assert!(connection == "mine" || story.text().contains(part), "{}", story.text());
    }
    editor.edit_cell("s", json!([{ "text": written }]));
    run(&mut editor, "s").ok();
    assert_eq!(run(&mut editor, "w").ok().values(), ["'2024-02-29'"]);
    assert!(of_code(&problems(&mut editor, "w"), "vpc-required").is_none());
    let status = run(&mut editor, "q").ok().stream("stdout");
    for part in ["team=analytics", "billing=Data-Platform", "4.0", "5 × G.1X"] {
        assert!(status.contains(part), "{part} is missing in {status}");
    }
    editor.client.call_command("glue-ls.stopSession", json!({ "cell": cell_uri("w") }));
    let (_, log) = editor.client.end();
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn a_role_that_is_not_for_the_user_is_not_assumed() {
    let home = Home::new(&[("glue-ls.toml", PROJECT)]);
    let mut editor = start(&home, python());
    let locked = ASSUME.replace("GlueSessionCreationRole", "AWSGlueServiceRole-blog");
    editor.open_notebook(kernel("glue_pyspark"), &[("a", &locked)]);
    let story = run(&mut editor, "a");
    assert_eq!(story.end(), "error");
    assert!(story.text().contains("is not authorized to perform: sts:AssumeRole"), "{}", story.text());
    editor.client.end();
}

#[test]
fn the_same_holds_on_the_command_line() {
    let script = |connection: &str| {
        let settings = SETTINGS.replace("\n%", "\n# %");
        format!("# %% language=\"glue\"\n# %{}\n{connection}# %%\n1 + 1\n", settings.trim_start_matches('%'))
    };
    let project =
        PROJECT.replace("[local]", "policy.contact = \"x\"\n[local]\npolicy.requiredVpcs = [\"vpc-0000000d\"]");
    let own = |text: &str| text.replace("222222222222", "111111111111");
    let files = [
        ("glue-ls.toml", own(&project)),
        ("out.py", own(&script(""))),
        ("in.py", own(&script("# %connections session_vpc\n"))),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let home = Home::new(&files);
    let refused = home.local(&["out.py", "--kernel", "glue_pyspark"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.contains("with an explicit deny"), "{said}");
    let ran = home.local(&["in.py", "--kernel", "glue_pyspark"]);
    assert_eq!((ran.code, ran.stdout.lines().last()), (Some(0), Some("2")), "{ran:?}");
    // What is wrong in the file is said with its line, and the rest is served.
    std::fs::write(home.file("glue-ls.toml"), own(&project) + "[local.connections.broken]\naccount = \"12\"\n")
        .unwrap();
    let ran = home.local(&["in.py", "--kernel", "glue_pyspark"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("12 digits") && ran.stderr.contains("glue-ls.toml:"), "{ran:?}");
}
