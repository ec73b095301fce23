//! Outputs and errors made useful, as editors get them: causes, remedies, tables.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Lab, SCRIPT, Setup};
use crate::lsp::editor::cell_uri;
use crate::service::{FakeGlue, Fault, Faults};
use crate::support::contents::Contents;
use crate::support::moto::Moto;

/// Raises what py4j raises: a message with the stack of Java in it.
const DENIED: &str = r"class Py4JJavaError(Exception): pass
stack = '\tat org.apache.spark.sql.Dataset.show(Dataset.scala:740)\n' * 50
raise Py4JJavaError('An error occurred while calling o9.showString.\n: org.apache.spark.SparkException: Job aborted.\n' + stack +
    'Caused by: java.nio.file.AccessDeniedException: s3://lake/raw/a.csv: Forbidden (Service: Amazon S3; Status Code: 403; Error Code: 403 Forbidden)\n' + stack)";

const TABLE: &str = "+---+-----+\n| id| name|\n+---+-----+\n|  1|<b>|x|\n+---+-----+\nonly showing top 1 row\n";

/// What the notebook format says of an output of this type: these members, and no others.
#[track_caller]
fn is_nbformat(output: &Value) {
    let members: BTreeSet<&str> = output.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted: &[&str] = match output["output_type"].as_str().unwrap() {
        "stream" => &["output_type", "name", "text"],
        "display_data" => &["output_type", "data", "metadata"],
        "error" => &["output_type", "ename", "evalue", "traceback"],
        other => panic!("{other}"),
    };
    assert_eq!(members, wanted.iter().copied().collect(), "{output}");
    for entry in output["traceback"].as_array().into_iter().flatten() {
        assert!(entry.as_str().is_some_and(|entry| !entry.contains('\n')), "{entry}");
    }
}

/// The diagnostics of a cell that come from running it.
#[track_caller]
fn ran(lab: &mut Lab, cell: &str) -> Vec<Value> {
    let items = lab.editor.pull_items(&cell_uri(cell));
    items.as_array().unwrap().iter().filter(|item| item["source"] == "glue-ls run").cloned().collect()
}

/// The whole output of a cell of the notebook, as a file.
#[track_caller]
fn whole(lab: &mut Lab, cell: &str) -> String {
    whole_of(lab, json!({ "cell": cell_uri(cell) }))
}

#[track_caller]
fn whole_of(lab: &mut Lab, cell: Value) -> String {
    let answer = lab.command("showOutput", cell);
    let path = PathBuf::from(answer["uri"].as_str().unwrap().strip_prefix("file://").unwrap());
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn an_exception_of_spark_begins_with_its_cause_and_what_to_do() {
    let glue = FakeGlue::start(Faults::none());
    let mut lab = Setup::new().on(&glue.url).start();
    // Where the file is.
    lab.editor.client.ignore("window/showMessage");
    lab.open_notebook(&[("a", DENIED), ("b", "raise ValueError('as it is')")]);
    assert_eq!(lab.run_cell("b").outputs()[0]["evalue"], "as it is");
    let story = lab.run_cell("a");
    assert_eq!(story.end(), "error");
    let outputs = story.outputs();
    assert_eq!(outputs.len(), 1, "{outputs:?}");
    let error = &outputs[0];
    is_nbformat(error);
    assert_eq!(error["ename"], "Py4JJavaError");
    let lines: Vec<&str> = error["traceback"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert!(lines[0].starts_with("Py4JJavaError: AccessDeniedException: s3://lake/raw/a.csv: Forbidden"), "{lines:#?}");
    assert_eq!(lines[1], "S3 denies access to the bucket lake (s3://lake/raw/a.csv).");
    assert!(lines[2].starts_with("What to do: allow the session's role"), "{lines:#?}");
    let note = "[glue-ls: 101 lines of Java's stack are left out; show the whole output of the cell to see all]";
    assert!(lines.contains(&note) && lines.len() < 20, "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("File \"<")), "the calls of the cell are seen: {lines:#?}");
    // Nothing is lost.
    let text = whole(&mut lab, "a");
    assert_eq!(text.matches("Dataset.scala:740").count(), 100, "{text}");
    assert!(!text.contains("glue-ls:"), "{text}");
    let found = ran(&mut lab, "a");
    let message = found[0]["message"].as_str().unwrap();
    assert!(message.contains("AccessDeniedException") && message.contains("What to do: allow"), "{message}");
    assert!(!message.contains("Dataset.scala"), "{message}");
}

#[test]
fn a_session_that_a_rule_about_networks_forbids_starts_with_a_connection() {
    const DENY: &str = "User: arn:aws:sts::111122223333:assumed-role/GlueSessionCreationRole/x is not authorized to \
        perform: glue:CreateSession on resource: arn:aws:glue:eu-west-1:111122223333:session/1 with an explicit deny \
        in an identity-based policy";
    let refused = Fault::Refused("AccessDeniedException", DENY);
    let glue = FakeGlue::start(Faults::none().first("CreateSession", 1, refused));
    let mut lab = Setup::new().on(&glue.url).start();
    lab.open_notebook(&[("s", "%idle_timeout 60"), ("a", "x = 1\nx")]);
    lab.run_cell("s").ok();
    let story = lab.run_cell("a");
    assert_eq!(story.end(), "error");
    is_nbformat(&story.outputs()[0]);
    let text = story.text();
    for said in [
        "SessionError: A rule in a policy of arn:aws:sts::111122223333",
        "`glue:VpcIds`",
        "add `%connections` with a connection in the required VPC",
        "with an explicit deny",
    ] {
        assert!(text.contains(said), "{said} is missing in {text}");
    }
    let found = ran(&mut lab, "a");
    assert_eq!((&found[0]["code"], &found[0]["range"]["start"]["line"]), (&json!("vpc-required"), &json!(0)));
    lab.editor.edit_cell("s", json!([{ "text": "%idle_timeout 60\n%connections session_vpc" }]));
    lab.run_cell("s").ok();
    assert_eq!(lab.run_cell("a").ok().values(), ["1"]);
    assert_eq!(glue.creations()[1]["Connections"], json!({ "Connections": ["session_vpc"] }));
    assert_eq!(ran(&mut lab, "a"), Vec::<Value>::new());
}

#[test]
fn a_permission_that_is_missing_comes_with_its_statement_and_marks_no_cell() {
    let glue = FakeGlue::start(Faults::none().always("CreateSession", Fault::Denied));
    let mut lab = Setup::new().on(&glue.url).start();
    lab.open_notebook(&[("a", "1")]);
    let story = lab.run_cell("a");
    assert_eq!(story.end(), "error");
    let traceback = story.outputs()[0]["traceback"].as_array().unwrap().clone();
    let lines: Vec<&str> = traceback.iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(lines[0], "SessionError: The permission glue:CreateSession is missing (start a session).");
    let json: String = lines[2..].iter().take_while(|line| !line.is_empty()).copied().collect();
    let statement: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(statement, json!({ "Effect": "Allow", "Action": ["glue:CreateSession"], "Resource": "*" }));
    assert_eq!(ran(&mut lab, "a"), Vec::<Value>::new());
}

#[test]
fn tables_stay_text_and_are_html_besides_for_who_asks() {
    let cell = format!("print('before')\nprint('''{TABLE}''')");
    let mut lab = Lab::notebook(&[("a", &cell)]);
    let plain = lab.run_cell("a").ok();
    assert_eq!((plain.stream("stdout"), plain.tables().len()), (format!("before\n{TABLE}\n"), 0));
    let mut setup = Setup::new();
    setup.capabilities["experimental"] = json!({ "glueLs": { "tables": true } });
    let mut lab = setup.start();
    lab.open_notebook(&[("a", &cell), ("b", "print('no table')")]);
    let rich = lab.run_cell("a").ok();
    assert_eq!(rich.outputs(), plain.outputs(), "what a file keeps is the same");
    rich.outputs().iter().for_each(is_nbformat);
    let html = "<pre>before</pre><table><thead><tr><th>id</th><th>name</th></tr></thead><tbody><tr><td>1</td>\
                <td>&lt;b&gt;|x</td></tr></tbody></table><p>only showing top 1 row</p>";
    assert_eq!(rich.tables(), [json!({ "output": 0, "html": html })]);
    assert_eq!(lab.run_cell("b").ok().tables(), Vec::<Value>::new());
}

#[test]
fn a_chart_of_plotly_comes_as_json() {
    // One representation comes with a value: of a chart that has no page of its own, its data.
    let code = r#"import sys, types
class Chart:
    def to_json(self): return '{"data": [{"y": [1, 2]}], "layout": {}}'
    def to_html(self, **more): return ''
chart = Chart()
sys.modules['plotly'] = types.ModuleType('plotly')
%plotly chart"#;
    let glue = FakeGlue::start(Faults::none());
    let mut lab = Setup::new().on(&glue.url).start();
    lab.open_notebook(&[("a", code)]);
    let outputs = lab.run_cell("a").ok().outputs();
    is_nbformat(&outputs[0]);
    let chart = &outputs[0]["data"]["application/vnd.plotly.v1+json"];
    assert_eq!(chart["data"][0]["y"], json!([1, 2]), "{outputs:?}");
}

#[test]
fn html_and_images_come_from_the_service_as_they_are() {
    let image = "import sys, types\nsys.modules.setdefault('matplotlib', types.ModuleType('matplotlib'))\n\
                 class Figure:\n    def savefig(self, file, format): file.write(b'\\x89PNG')\n%matplot Figure()";
    let html = "import sys, types\nsys.modules['plotly'] = types.ModuleType('plotly')\n\
                class Chart:\n    def to_json(self): return '{}'\n    def to_html(self, **more): return '<b>bold</b>'\n\
                chart = Chart()\n%plotly chart";
    let glue = FakeGlue::start(Faults::none());
    let mut lab = Setup::new().on(&glue.url).start();
    lab.open_notebook(&[("image", image), ("html", html)]);
    for (cell, kind, content) in [("image", "image/png", "iVBORw=="), ("html", "text/html", "<b>bold</b>")] {
        let outputs = lab.run_cell(cell).ok().outputs();
        is_nbformat(&outputs[0]);
        assert_eq!(outputs[0]["data"][kind], content, "{outputs:?}");
    }
}

/// Where the service has put a value that was too large for an answer.
const PLACE: &str = "s3://glue-results/out/b+c=ü.json";

#[test]
fn what_the_service_has_put_into_s3_is_fetched_when_somebody_wants_to_see_it() {
    let value = json!({ "text/plain": format!("{}the end", "x".repeat(300_000)) }).to_string();
    let results = || {
        let bucket = Contents::new().bucket("glue-results", &[("out/b+c=ü.json", &value), ("other", "")]);
        bucket.only(&["s3:GetObject"])
    };
    let nobody = Contents::new().only(&["s3:ListAllMyBuckets"]);
    let Some(moto) = Moto::with([results(), nobody]) else { return };
    for (account, allowed) in [(&moto.accounts[0], true), (&moto.accounts[1], false)] {
        let there = Fault::ValueAt(PLACE);
        let glue = FakeGlue::start(Faults::none().always("GetStatement", there).always("ListStatements", there));
        let mut setup = Setup::new().on(&glue.url);
        setup.env.retain(|(name, _)| !name.starts_with("AWS_ACCESS") && !name.starts_with("AWS_SECRET"));
        setup.env.push(("AWS_ACCESS_KEY_ID", account.key.clone()));
        setup.env.push(("AWS_SECRET_ACCESS_KEY", account.secret.clone()));
        setup.env.push(("AWS_ENDPOINT_URL_S3", moto.url.clone()));
        let mut lab = setup.start();
        lab.editor.client.ignore("window/showMessage");
        lab.editor.client.ignore("window/logMessage");
        lab.open_notebook(&[("a", "'long'")]);
        let shown = lab.run_cell("a").ok().text();
        assert!(shown.contains(PLACE) && !shown.contains("xxx"), "nobody has asked for it: {shown}");
        let check = |text: String| {
            assert!(text.contains(&format!("it is at {PLACE}")), "{text}");
            if allowed {
                assert!(text.ends_with("xthe end\n") && text.len() > 300_000, "{} bytes: {text:.500}", text.len());
            } else {
                assert!(text.contains(&format!("{PLACE} cannot be read: GetObject: ")), "{text}");
                assert!(text.len() < 2000 && !text.contains(&account.secret), "{text}");
            }
        };
        check(whole(&mut lab, "a"));
        // The same holds where it was shown in a session that a document comes to later.
        let session = lab.command("sessionStatus", json!({ "cell": cell_uri("a") }))["sessionId"].clone();
        lab.open_script("# %%\n'long'\n");
        let run = lab.ask("attachSession", json!({ "uri": SCRIPT, "sessionId": session }));
        lab.story(run, 1).ok();
        lab.editor.client.take("what it showed", |message| message["params"]["restored"].is_object());
        check(whole_of(&mut lab, json!({ "uri": SCRIPT, "cell": 0 })));
    }
}
