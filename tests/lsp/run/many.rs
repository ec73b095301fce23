//! Many documents that run cells at the same time.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use super::{PATIENCE, Setup};

/// How many documents run, and how many cells each.
const DOCUMENTS: usize = 20;
const CELLS: usize = 12;

fn uri(document: usize) -> String {
    format!("file:///ws/run-{document}.py")
}

fn open(client: &mut crate::e2e::client::Client, uri: &str, text: &str) {
    let item = json!({ "uri": uri, "languageId": "python", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": item }));
}

#[test]
fn edits_are_answered_while_twenty_sessions_show_outputs() {
    let mut lab = Setup::new().start();
    let client = &mut lab.editor.client;
    let edited = "file:///ws/edited.py";
    let text = |worker: &str| format!("# %%\n# %worker_type {worker}\n# %%\nx = 1\n");
    open(client, edited, &text("G.1X"));
    for document in 0..DOCUMENTS {
        let cell = |cell: usize| format!("# %%\nfor line in range(20):\n    print({document}, {cell}, line)\n");
        open(client, &uri(document), &(0..CELLS).map(cell).collect::<String>());
        let answer = client.call_command("glue-ls.runAllCells", json!({ "uri": uri(document) }));
        assert!(answer["runId"].is_number(), "{answer}");
    }
    let (mut ends, mut shown): (BTreeMap<String, usize>, BTreeMap<String, String>) = Default::default();
    let (mut version, mut between) = (1, 0);
    let begun = Instant::now();
    while ends.values().sum::<usize>() < DOCUMENTS * CELLS {
        assert!(begun.elapsed() < PATIENCE, "the runs do not end: {ends:?}");
        version += 1;
        let wrong = version % 2 == 0;
        let change = json!([{ "text": text(if wrong { "G.1Z" } else { "G.1X" }) }]);
        let document = json!({ "uri": edited, "version": version });
        client.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": change }));
        let answer = client.call("textDocument/diagnostic", json!({ "textDocument": { "uri": edited } }));
        let found = answer["items"].to_string().contains("G.1Z");
        assert_eq!(found, wrong, "an answer that is behind the edit: {answer}");
        let told = client.take_unread();
        let mut came = false;
        for params in told.iter().map(|message| &message["params"]) {
            let name = params["uri"].as_str().unwrap_or_default().to_owned();
            if ["ok", "error", "cancelled"].map(Value::from).contains(&params["state"]) {
                assert_eq!(params["state"], "ok", "{params}");
                *ends.entry(name).or_default() += 1;
            } else if let Some(outputs) = params["outputs"].as_array() {
                came |= !outputs.is_empty();
                let texts = outputs.iter().filter_map(|output| output["text"].as_str());
                shown.entry(name).or_default().extend(texts);
            }
        }
        between += usize::from(came);
    }
    // Answers and outputs took turns.
    assert!(between >= CELLS && version > DOCUMENTS, "{between} times outputs came between {version} edits");
    for document in 0..DOCUMENTS {
        let cell = |cell: usize| (0..20).map(move |line| format!("{document} {cell} {line}\n"));
        let wanted: String = (0..CELLS).flat_map(cell).collect();
        assert_eq!(shown[&uri(document)], wanted, "nothing is lost, and nothing comes twice");
    }
}
