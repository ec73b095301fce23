//! A notebook of somebody else's is put right before it costs anything, tried on this machine, and run on AWS.

use serde_json::json;

use super::{World, of_code, shop};
use crate::lsp::editor::{NOTEBOOK, apply_fix, cell_uri};
use crate::lsp::run::story::Story;

#[test]
fn a_notebook_is_put_right_tried_here_and_run_there() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    let world = world.running();
    let account = &world.moto.accounts[0].id;
    let mut text = format!(
        "%glue_verison 5.0\n%worker_type G1X\n%number_of_workers 2\n%idle_timeout 15\n%connections a-order\n\
         %iam_role arn:aws:iam::{account}:role/a-GlueEtl"
    );
    let mut seat = world.start().option("engine", json!("local")).begin();
    seat.editor.client.ignore("window/showMessage");
    seat.open(&[("s", &text), ("a", "rows = [n * n for n in range(4)]"), ("b", "sum(rows)")]);
    seat.problem("s", "unknown-connection");
    let found = seat.problems("s");
    for code in ["unknown-magic", "unknown-worker-type", "unknown-connection"] {
        assert!(found.iter().any(|item| of_code(item, code)), "{code}: {found:#?}");
    }
    let uri = cell_uri("s");
    for (line, title) in [(0, "%glue_version"), (1, "G.1X"), (4, "a-orders")] {
        let actions = seat.editor.fixes(&uri, [line, 0, line, 30]);
        let fix = actions.iter().find(|action| action["title"].as_str().unwrap().contains(title));
        text = apply_fix(&text, &uri, fix.unwrap_or_else(|| panic!("{title}: {actions:#?}")));
        seat.editor.edit_cell("s", json!([{ "text": text }]));
    }
    assert_eq!(seat.problems("s"), [json!(null); 0]);
    for (engine, sessions) in [("local", 0), ("aws", 1)] {
        let settings = json!({ "glue-ls": { "engine": engine, "trusted": true } });
        seat.editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
        let answer = seat.editor.client.call_command("glue-ls.runAllCells", json!({ "uri": NOTEBOOK }));
        let run = answer["runId"].as_u64().unwrap_or_else(|| panic!("{answer}"));
        let story = Story::collect(&mut seat.editor.client, run, 3).ok();
        assert_eq!(story.values(), ["14"], "{engine}");
        assert_eq!(world.glue.creations().len(), sessions, "{engine}");
    }
    let created = world.glue.creations().remove(0);
    assert_eq!((&created["WorkerType"], &created["GlueVersion"]), (&json!("G.1X"), &json!("5.0")), "{created:#}");
    assert_eq!(created["Connections"], json!({ "Connections": ["a-orders"] }));
    seat.editor.client.call_command("glue-ls.stopSession", json!({ "uri": NOTEBOOK }));
    seat.end();
    assert!(world.glue.alive().is_empty());
}
