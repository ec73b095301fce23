//! Whether what comes and goes on the wire is held against AWS's own description of its services.

use std::path::Path;
use std::process::Command;

use glue_ls::local::service::LocalConfig;
use serde_json::{Value, json};

use super::moto;
use crate::cli::run::program::{Home, python};
use crate::service::{FakeGlue, Fault, Faults, Wire};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/moto/wire.py");

/// Returns the exit code, and what is wrong with the records of a folder.
fn checked(python: &str, folder: &Path) -> (Option<i32>, String) {
    let output = Command::new(python).args(["-B", SCRIPT]).arg(folder).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn what_a_notebook_sends_and_gets_is_as_aws_describes_it() {
    let Some(botocore) = moto::python() else { return };
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(checked(&botocore, folder.path()).0, Some(2), "nothing is on record");
    let config = LocalConfig::new(python(), std::env::temp_dir());
    let faults = Faults::none().first("RunStatement", 1, Fault::Throttle).first("GetSession", 1, Fault::LostAnswer);
    let glue = FakeGlue::on_record(faults, config, Wire::at(folder.path()));
    let script = "# %%\n# %worker_type G.2X\n# %number_of_workers 3\n# %idle_timeout 20\n# %connections a,b\n\
                  # %%\nprint(1)\n{'a': 1}\n# %%\n1 / 0\n# %%\n# %list_sessions\n# %status\n";
    let home = Home::on(&glue, &[("a.py", script)]);
    let ran = home.run(&["run", "a.py", "--allow-errors", "--keep-session"]);
    assert!(ran.stdout.contains("ZeroDivisionError"), "{ran:?}");
    let id = glue.alive().into_iter().next().unwrap();
    for arguments in [["sessions", "list"].as_slice(), &["sessions", "tags", &id], &["sessions", "stop", &id]] {
        assert_eq!(home.run(arguments).code, Some(0), "{arguments:?}");
    }
    let kinds = glue.all_calls().len();
    assert!(kinds >= 8, "{:?}", glue.all_calls());
    // The last lines are written when the service has ended.
    drop(glue);
    let (code, said) = checked(&botocore, folder.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(" requests, ") && said.contains(", 0 things wrong"), "{said}");
}

#[test]
fn what_aws_would_not_understand_is_found() {
    let Some(botocore) = moto::python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let line = |operation: &str, request: Value, status: u16, answer: Value| {
        let (request, answer) = (request.to_string(), answer.to_string());
        json!({ "service": "glue", "operation": operation, "request": request, "status": status, "answer": answer })
    };
    let session = |status: &str| json!({ "Session": { "Id": "s", "Status": status } });
    let lines = [
        line("GetSession", json!({ "Id": "s" }), 200, session("READY")),
        line("GetSession", json!({ "Id": 7 }), 400, json!({ "__type": "InvalidInputException" })),
        line("GetSession", json!({ "Id": "s" }), 200, session("PONDERING")),
        line("GetSession", json!({ "Identity": "s" }), 200, session("READY")),
        line("GetSession", json!({ "Id": "s" }), 400, json!({ "__type": "NobodyKnowsException" })),
        line("RunStatement", json!({ "SessionId": "s", "Code": "1" }), 200, json!({ "Id": "1" })),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.path().join("a.jsonl"), text + "{\"service\": \"gl").unwrap();
    let (code, said) = checked(&botocore, folder.path());
    assert_eq!(code, Some(1), "{said}");
    for wrong in ["'PONDERING' is none of", "\"Identity\"", "'NobodyKnowsException'", "glue:RunStatement, answer"] {
        assert!(said.contains(wrong), "{wrong} is missing in {said}");
    }
    assert!(said.contains("6 requests, 6 answers, 4 things wrong"), "what was refused is not wrong: {said}");
}
