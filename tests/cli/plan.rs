//! `glue-ls plan`: the shape of its JSON, and what it says where there is nothing to plan.

use serde_json::{Value, json};

use super::{folder, notebook, run};

#[test]
fn json_has_every_member() {
    let text = notebook(&[
        "%glue_version 4.0\n%worker_type G.1X\n%number_of_workers 3\n",
        "print('𝕏')\n",
        "%%sql\nselect 1\n",
        "!ls\n%workertype G.1X\n",
        "%stop_session\ny = 1\n",
        "%%tags\n{'team': 'data'}\n",
    ]);
    let text = text.replacen("[{", "[{\"cell_type\":\"markdown\",\"metadata\":{},\"source\":[\"# hi\"]},{", 1);
    let folder = folder(&[("etl.ipynb", &text)]);
    let ran = run(folder.path(), &["plan", "etl.ipynb", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(plan["schema"], 1);
    let members: Vec<&String> = plan.as_object().unwrap().keys().collect();
    assert_eq!(members.len(), 4, "{members:?}");
    assert!(plan["sends"].is_object());

    let session = &plan["create_session"];
    assert_eq!(session["GlueVersion"], "4.0");
    assert_eq!(session["WorkerType"], "G.1X");
    assert_eq!(session["NumberOfWorkers"], 3);
    assert_eq!(session["Command"]["Name"], "glueetl");
    assert_eq!(session.get("Role"), Some(&Value::Null), "only the account knows it: {session}");
    for unwanted in ["Id", "RequestOrigin"] {
        assert_eq!(session.get(unwanted), None);
    }

    let cells = plan["cells"].as_array().unwrap();
    let numbers: Vec<&Value> = cells.iter().map(|cell| &cell["cell"]).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6], "text for people is no cell of a plan, but counts");
    for cell in cells {
        for member in ["cell", "statement", "create_session", "magics", "shell", "problems"] {
            assert!(cell.get(member).is_some(), "{member} is missing in {cell}");
        }
    }
    assert_eq!((&cells[0]["statement"], &cells[0]["create_session"]), (&Value::Null, &Value::Null));
    assert_eq!(cells[0]["magics"][1], json!({ "kind": "line", "name": "worker_type", "argument": "G.1X" }));
    assert_eq!(cells[1]["statement"], "print('𝕏')\n".trim_end());
    assert_eq!(cells[1]["create_session"]["WorkerType"], "G.1X", "the first statement needs a session");
    // The kernel makes a statement of it before there is any magic.
    assert_eq!((&cells[2]["magics"], &cells[2]["create_session"]), (&json!([]), &Value::Null));
    assert!(cells[2]["statement"].as_str().unwrap().contains("select 1"));
    assert_eq!(cells[3]["shell"], json!(["ls"]));
    assert_eq!(cells[3]["problems"][0]["code"], "unknown-magic");
    assert!(cells[3]["problems"][0]["message"].is_string());
    assert_eq!(cells[4]["create_session"]["WorkerType"], "G.1X", "the session was stopped above");
    assert_eq!((&cells[5]["magics"][0]["kind"], &cells[5]["magics"][0]["name"]), (&json!("cell"), &json!("tags")));
}

#[test]
fn a_script_has_ordinals_or_none() {
    let folder = folder(&[
        ("cells.py", "# %% [markdown]\n# hi\n# %%\n# %glue_version 4.0\nx = 1\n"),
        ("one.py", "# %glue_version 4.0\n# %number_of_workers 2\nx = 1\n"),
    ]);
    let cell = |name: &str| {
        let plan: Value =
            serde_json::from_str(&run(folder.path(), &["plan", name, "--format", "json"]).stdout).unwrap();
        plan["cells"][0]["cell"].clone()
    };
    assert_eq!(cell("cells.py"), 1);
    assert_eq!(cell("one.py"), Value::Null);
}

#[test]
fn keys_of_an_account_are_never_shown() {
    let cell = "%%assume_role\n{\"aws_access_key_id\": \"AKIAXYZ\", \"aws_secret_access_key\": \"s3cr3t\", \"aws_session_token\": \"t0k3n\"}\n";
    let folder = folder(&[("a.ipynb", &notebook(&[cell, "%env AWS_SECRET_ACCESS_KEY=s3cr3t\n", "x = 1"]))]);
    for format in ["json", "text"] {
        let ran = run(folder.path(), &["plan", "a.ipynb", "--format", format]);
        assert_eq!(ran.code, Some(0));
        for secret in ["AKIAXYZ", "s3cr3t", "t0k3n"] {
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{format}: {}", ran.stdout);
        }
    }
}

#[test]
fn text_is_for_people() {
    let folder = folder(&[("a.ipynb", &notebook(&["%glue_version 4.0\n", "x = 1\ny = 2\n"]))]);
    let ran = run(folder.path(), &["plan", "a.ipynb"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    for said in ["cell 0\n", "%glue_version 4.0", "cell 1\n", "x = 1", "Glue 4.0", "CreateSession"] {
        assert!(ran.stdout.contains(said), "{said} is missing in\n{}", ran.stdout);
    }
}

#[test]
fn another_kernels_notebook_has_no_plan() {
    let folder = folder(&[("a.ipynb", &notebook(&["x = 1\n"]).replace("glue_pyspark", "ir"))]);
    let ran = run(folder.path(), &["plan", "a.ipynb", "--format", "json"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.stderr.contains("a.ipynb") && ran.stderr.contains("--kernel glue_pyspark"), "{}", ran.stderr);
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(plan["create_session"], Value::Null);
    let ran = run(folder.path(), &["plan", "a.ipynb", "--format", "json", "--kernel", "glue_pyspark"]);
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(plan["create_session"]["Command"]["Name"], "glueetl");
}
