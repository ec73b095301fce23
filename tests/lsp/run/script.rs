//! Percent scripts: cells are named by their ordinals or by positions.

use serde_json::{Value, json};

use super::{Gate, Lab, SCRIPT, Setup};

const TEXT: &str = "# %%\n'zero'\n\n# %% [markdown]\n# Words.\n\n# %%\n'two'\n\n# %%\n'three'\n";

#[test]
fn a_cell_is_named_by_its_ordinal_or_by_a_position() {
    let mut lab = Lab::script(TEXT);
    let story = lab.run_ordinal(2).ok();
    assert_eq!((story.ends(), story.values()), (vec!["2 ok".to_owned()], vec!["'two'".to_owned()]));
    for (line, value) in [(0, "'zero'"), (1, "'zero'"), (2, "'zero'"), (6, "'two'"), (8, "'two'"), (99, "'three'")] {
        let run = lab.ask("runCell", json!({ "uri": SCRIPT, "position": { "line": line, "character": 0 } }));
        assert_eq!(lab.story(run, 1).ok().values(), [value], "line {line}");
    }
    let words = lab.blocked("runCell", json!({ "uri": SCRIPT, "position": { "line": 4, "character": 1 } }));
    assert_eq!(words["reason"], "not-runnable");
    let run = lab.ask("runAllCells", json!({ "uri": SCRIPT }));
    assert_eq!(lab.story(run, 3).ends(), ["0 ok", "2 ok", "3 ok"]);
    let run = lab.ask("runCellsAbove", json!({ "uri": SCRIPT, "cell": 3 }));
    assert_eq!(lab.story(run, 2).ends(), ["0 ok", "2 ok"]);
}

/// Asks for a run without any argument; returns the ordinal of the cell that ran.
#[track_caller]
fn run_here(lab: &mut Lab) -> String {
    let params = json!({ "command": "glue-ls.runCell" });
    let run = lab.editor.client.call("workspace/executeCommand", params)["runId"].as_u64().unwrap();
    lab.story(run, 1).ok().ends().remove(0)
}

#[test]
fn without_arguments_the_cell_is_the_one_where_the_user_was_last() {
    let mut lab = Lab::script(TEXT);
    assert_eq!(run_here(&mut lab), "0 ok", "a text that was opened is at its beginning");
    lab.editor.ask("textDocument/hover", SCRIPT, 7, 1);
    assert_eq!(run_here(&mut lab), "2 ok");
    lab.editor.ask("textDocument/completion", SCRIPT, 10, 1);
    assert_eq!(run_here(&mut lab), "3 ok");
    let at = json!({ "line": 1, "character": 6 });
    lab.editor.edit(SCRIPT, json!([{ "range": { "start": at, "end": at }, "text": " " }]));
    assert_eq!(run_here(&mut lab), "0 ok");
    lab.editor.fixes(SCRIPT, [7, 0, 7, 1]);
    assert_eq!(run_here(&mut lab), "2 ok");
    // What is asked about the document as a whole says nothing of the place.
    lab.editor.client.call("textDocument/foldingRange", json!({ "textDocument": { "uri": SCRIPT } }));
    assert_eq!(run_here(&mut lab), "2 ok");
}

#[test]
fn what_the_editor_asks_on_its_own_moves_nobody() {
    let mut lab = Lab::script(TEXT);
    lab.editor.open("file:///ws/other.py", "python", "# %%\n1\n");
    lab.editor.ask("textDocument/hover", SCRIPT, 7, 1);
    // After a refresh an editor pulls the diagnostics of all that is open.
    lab.editor.pull("file:///ws/other.py");
    assert_eq!(run_here(&mut lab), "2 ok");
}

#[test]
fn cells_that_an_edit_moves_run_on() {
    let gate = Gate::new();
    let text = format!("# %%\n{}\n# %%\n'old'\n", gate.wait());
    let mut lab = Lab::script(&text);
    let run = lab.ask("runAllCells", json!({ "uri": SCRIPT }));
    let guest = gate.guest();
    let start = json!({ "line": 0, "character": 0 });
    lab.editor.edit(SCRIPT, json!([{ "range": { "start": start, "end": start }, "text": "# %%\n'new'\n\n" }]));
    guest.open();
    // What is told bears the ordinals that were asked for.
    let story = lab.story(run, 2).ok();
    assert_eq!((story.ends(), story.values()[1].as_str()), (vec!["0 ok".to_owned(), "1 ok".to_owned()], "'old'"));
    assert_eq!(lab.run_ordinal(0).ok().values(), ["'new'"]);
}

#[test]
fn magics_stand_in_comments() {
    let mut lab = Lab::script("# %%\n# %glue_version 4.0\n\n# %%\nprint(1)\n");
    assert_eq!(lab.run_ordinal(0).ok().stream("stdout"), "glue_version = 4.0\n");
    assert_eq!(lab.run_ordinal(1).ok().stream("stdout"), "1\n");
}

#[test]
fn lenses_stand_above_the_code_cells_of_glues_scripts() {
    let mut lab = Lab::script(&format!("import awsglue\n\n{TEXT}\n# %%\n\n"));
    let lenses = |lab: &mut Lab, uri: &str| -> Vec<Value> {
        let answer = lab.editor.client.call("textDocument/codeLens", json!({ "textDocument": { "uri": uri } }));
        answer.as_array().unwrap().clone()
    };
    let found = lenses(&mut lab, SCRIPT);
    let brief: Vec<String> = found
        .iter()
        .map(|lens| {
            let command = &lens["command"];
            let (line, title) = (&lens["range"]["start"]["line"], command["title"].as_str().unwrap());
            format!("{line} {title} {}", command["arguments"][0]["cell"])
        })
        .collect();
    let expected = [
        "0 Run on this machine 0",
        "2 Run on this machine 1",
        "2 Run above 1",
        "8 Run on this machine 3",
        "8 Run above 3",
        "11 Run on this machine 4",
        "11 Run above 4",
    ];
    assert_eq!(brief, expected);
    // What a lens says can be done.
    let answer = lab.act(&found[3]["command"]);
    let run = answer["runId"].as_u64().unwrap();
    assert_eq!(lab.story(run, 1).ok().values(), ["'two'"]);
    // Not in other scripts, nor in notebooks.
    lab.editor.open("file:///ws/plain.py", "python", TEXT);
    assert_eq!(lenses(&mut lab, "file:///ws/plain.py"), [Value::Null; 0]);
    lab.editor.open("file:///ws/job.py", "python", "import awsglue\n");
    assert_eq!(lenses(&mut lab, "file:///ws/job.py"), [Value::Null; 0]);
    lab.open_notebook(&[("a", "%glue_version 4.0"), ("b", "1")]);
    assert_eq!(lenses(&mut lab, &super::cell_uri("b")), [Value::Null; 0]);
}

#[test]
fn lenses_can_be_turned_off() {
    let mut lab = Setup::new().option("codeLens", json!({ "enabled": false })).start();
    lab.open_script("# %%\n# %glue_version 4.0\n");
    let answer = lab.editor.client.call("textDocument/codeLens", json!({ "textDocument": { "uri": SCRIPT } }));
    assert_eq!(answer, json!([]));
}
