//! An editor: a client that opens documents, edits them and looks at their diagnostics.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::e2e::client::Client;

/// The notebook that [`Editor::open_notebook`] opens.
pub(crate) const NOTEBOOK: &str = "file:///ws/etl.ipynb";

/// A running server with the documents that are open in it.
pub(crate) struct Editor {
    pub(crate) client: Client,
    /// What `initialize` was answered.
    pub(crate) server: Value,
    version: i64,
    sentinels: usize,
}

/// What a client that pulls diagnostics and is told to pull them again can do.
pub(crate) fn pulling() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "workspace": {
            "diagnostics": { "refreshSupport": true },
            "symbol": { "symbolKind": { "valueSet": (1..=26).collect::<Vec<_>>() } },
        },
        "textDocument": {
            "diagnostic": {},
            "publishDiagnostics": { "relatedInformation": true, "codeDescriptionSupport": true, "versionSupport": true },
            "hover": { "contentFormat": ["markdown"] },
            "signatureHelp": { "signatureInformation": { "documentationFormat": ["markdown"] } },
            "codeAction": {
                "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix"] } },
                "isPreferredSupport": true,
            },
            "documentLink": { "tooltipSupport": true },
            "documentSymbol": {
                "hierarchicalDocumentSymbolSupport": true,
                "symbolKind": { "valueSet": (1..=26).collect::<Vec<_>>() },
            },
            "completion": {
                "completionItem": {
                    "snippetSupport": true, "documentationFormat": ["markdown"], "tagSupport": { "valueSet": [1] },
                },
                "completionItemKind": { "valueSet": (1..=25).collect::<Vec<_>>() },
            },
        },
    })
}

/// What a client can do that waits for diagnostics.
pub(crate) fn pushing() -> Value {
    let mut capabilities = pulling();
    capabilities["textDocument"].as_object_mut().unwrap().remove("diagnostic");
    capabilities["workspace"].as_object_mut().unwrap().remove("diagnostics");
    capabilities
}

/// The metadata of a notebook of that kernel, nested once more as VS Code sends it.
pub(crate) fn kernel(name: &str) -> Value {
    json!({ "cells": [], "metadata": { "kernelspec": { "name": name, "language": "python" } }, "nbformat": 4 })
}

/// The URI of a cell, as VS Code makes it.
pub(crate) fn cell_uri(name: &str) -> String {
    format!("vscode-notebook-cell:/ws/etl.ipynb#{name}")
}

/// A cell of code as the members of a notebook have it.
pub(crate) fn code_cell(name: &str) -> Value {
    json!({ "kind": 2, "document": cell_uri(name), "metadata": { "id": name } })
}

/// The text of a cell.
pub(crate) fn cell_text(name: &str, text: &str) -> Value {
    json!({ "uri": cell_uri(name), "languageId": "python_glue_session", "version": 1, "text": text })
}

/// Code and place of each diagnostic, `code line:character-line:character`.
pub(crate) fn brief(items: &Value) -> Vec<String> {
    let place = |at: &Value| format!("{}:{}", at["line"], at["character"]);
    let brief = |item: &Value| {
        let range = &item["range"];
        format!("{} {}-{}", item["code"].as_str().unwrap(), place(&range["start"]), place(&range["end"]))
    };
    items.as_array().unwrap_or_else(|| panic!("no list: {items}")).iter().map(brief).collect()
}

impl Editor {
    /// Starts an editor with these capabilities.
    pub(crate) fn new(capabilities: Value) -> Editor {
        Editor::with_params(json!({ "capabilities": capabilities }))
    }

    /// Starts an editor that sends these parameters.
    pub(crate) fn with_params(params: Value) -> Editor {
        Editor::with_client(Client::glue_ls([""; 0]), params)
    }

    /// Shakes hands with a server that was started, with these parameters.
    pub(crate) fn with_client(mut client: Client, params: Value) -> Editor {
        let server = client.initialize(params);
        Editor { client, server, version: 1, sentinels: 0 }
    }

    fn next_version(&mut self) -> i64 {
        self.version += 1;
        self.version
    }

    /// Opens a text.
    pub(crate) fn open(&mut self, uri: &str, language: &str, text: &str) {
        let item = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.client.notify("textDocument/didOpen", json!({ "textDocument": item }));
    }

    /// Closes a text.
    pub(crate) fn close(&mut self, uri: &str) {
        self.client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    /// Replaces all of a text.
    pub(crate) fn replace(&mut self, uri: &str, text: &str) {
        self.edit(uri, json!([{ "text": text }]));
    }

    /// Edits a text.
    pub(crate) fn edit(&mut self, uri: &str, changes: Value) {
        let document = json!({ "uri": uri, "version": self.next_version() });
        self.client.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// Opens [`NOTEBOOK`] with cells of code.
    pub(crate) fn open_notebook(&mut self, metadata: Value, cells: &[(&str, &str)]) {
        let document = json!({
            "uri": NOTEBOOK, "notebookType": "jupyter-notebook", "version": 0, "metadata": metadata,
            "cells": cells.iter().map(|(name, _)| code_cell(name)).collect::<Vec<_>>(),
        });
        let texts: Vec<Value> = cells.iter().map(|(name, text)| cell_text(name, text)).collect();
        let params = json!({ "notebookDocument": document, "cellTextDocuments": texts });
        self.client.notify("notebookDocument/didOpen", params);
    }

    /// Sends a change of [`NOTEBOOK`].
    pub(crate) fn change_notebook(&mut self, change: Value) {
        let document = json!({ "uri": NOTEBOOK, "version": self.next_version() });
        self.client.notify("notebookDocument/didChange", json!({ "notebookDocument": document, "change": change }));
    }

    /// Replaces cells of [`NOTEBOOK`]; `opened` are texts of new ones, `closed` the names of those that are gone.
    pub(crate) fn splice(
        &mut self,
        start: usize,
        delete: usize,
        cells: &[&str],
        opened: &[(&str, &str)],
        closed: &[&str],
    ) {
        let opened: Vec<Value> = opened.iter().map(|(name, text)| cell_text(name, text)).collect();
        let closed: Vec<Value> = closed.iter().map(|name| json!({ "uri": cell_uri(name) })).collect();
        let cells: Vec<Value> = cells.iter().map(|name| code_cell(name)).collect();
        let array = json!({ "start": start, "deleteCount": delete, "cells": cells });
        let structure = json!({ "array": array, "didOpen": opened, "didClose": closed });
        self.change_notebook(json!({ "cells": { "structure": structure } }));
    }

    /// Edits the text of one cell.
    pub(crate) fn edit_cell(&mut self, name: &str, changes: Value) {
        let document = json!({ "uri": cell_uri(name), "version": self.next_version() });
        let content = json!([{ "document": document, "changes": changes }]);
        self.change_notebook(json!({ "cells": { "textContent": content } }));
    }

    /// Closes [`NOTEBOOK`].
    pub(crate) fn close_notebook(&mut self, cells: &[&str]) {
        let cells: Vec<Value> = cells.iter().map(|name| json!({ "uri": cell_uri(name) })).collect();
        let params = json!({ "notebookDocument": { "uri": NOTEBOOK }, "cellTextDocuments": cells });
        self.client.notify("notebookDocument/didClose", params);
    }

    /// Pulls the diagnostics of a document, whole.
    #[track_caller]
    pub(crate) fn pull_items(&mut self, uri: &str) -> Value {
        let mut report = self.client.call("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }));
        assert_eq!(report["kind"], "full", "{report}");
        report["items"].take()
    }

    /// Pulls the diagnostics of a document, in brief.
    #[track_caller]
    pub(crate) fn pull(&mut self, uri: &str) -> Vec<String> {
        brief(&self.pull_items(uri))
    }

    /// Pulls the diagnostics of a cell, in brief.
    #[track_caller]
    pub(crate) fn pull_cell(&mut self, name: &str) -> Vec<String> {
        self.pull(&cell_uri(name))
    }

    /// Waits until all that was sent so far has had its effect, and returns the diagnostics that were published
    /// meanwhile, in brief: the last ones of each document.
    ///
    /// Documents are published in the order in which they changed, so what stands for the end is a text that is
    /// opened, and closed again, last.
    #[track_caller]
    pub(crate) fn settle(&mut self) -> BTreeMap<String, Vec<String>> {
        self.sentinels += 1;
        let uri = format!("file:///zz/sentinel{}.py", self.sentinels);
        self.open(&uri, "python", "# %glue_version 9.9\n");
        self.client.take("the diagnostics of the last document", |message| message["params"]["uri"] == uri.as_str());
        self.close(&uri);
        let cleared =
            self.client.take("the last document to be cleared", |message| message["params"]["uri"] == uri.as_str());
        assert_eq!(cleared["params"]["diagnostics"], json!([]), "a closed document keeps no diagnostics");
        let mut published = BTreeMap::new();
        for message in self.client.take_unread() {
            assert_eq!(message["method"], "textDocument/publishDiagnostics", "{message}");
            let uri = message["params"]["uri"].as_str().unwrap();
            let name = uri.rsplit_once('#').map_or(uri, |(_, name)| name);
            published.insert(name.to_owned(), brief(&message["params"]["diagnostics"]));
        }
        published
    }

    /// Waits for the server to ask that diagnostics be pulled again, and answers.
    #[track_caller]
    pub(crate) fn refreshed(&mut self) {
        let (id, _) = self.client.server_request("workspace/diagnostic/refresh");
        self.client.respond(&id, Value::Null);
    }

    /// Asks about a place in a document.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, uri: &str, line: u32, character: u32) -> Value {
        let position = json!({ "line": line, "character": character });
        self.client.call(method, json!({ "textDocument": { "uri": uri }, "position": position }))
    }

    /// Returns the labels that are offered at a place.
    #[track_caller]
    pub(crate) fn labels(&mut self, uri: &str, line: u32, character: u32) -> Vec<String> {
        let list = self.ask("textDocument/completion", uri, line, character);
        list["items"].as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    }

    /// Returns the quick fixes for a range (line and character of start and end).
    #[track_caller]
    pub(crate) fn fixes(&mut self, uri: &str, range: [u32; 4]) -> Vec<Value> {
        let [line, character, end_line, end_character] = range;
        let range = json!({
            "start": { "line": line, "character": character }, "end": { "line": end_line, "character": end_character },
        });
        let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
        let mut actions = self.client.call("textDocument/codeAction", params).as_array().unwrap().clone();
        // They change nothing in the document.
        let others = ["glue-ls.loadNames", "glue-ls.openAsScript"];
        actions.retain(|action| !others.iter().any(|other| action["command"]["command"] == *other));
        actions
    }
}

/// Returns a text after the edits of a quick fix, positions in UTF-16.
pub(crate) fn apply_fix(text: &str, uri: &str, fix: &Value) -> String {
    let mut edits: Vec<(usize, usize, &str)> = fix["edit"]["changes"][uri]
        .as_array()
        .unwrap_or_else(|| panic!("no edits: {fix}"))
        .iter()
        .map(|edit| {
            let at =
                |place: &Value| offset(text, place["line"].as_u64().unwrap(), place["character"].as_u64().unwrap());
            (at(&edit["range"]["start"]), at(&edit["range"]["end"]), edit["newText"].as_str().unwrap())
        })
        .collect();
    edits.sort_by_key(|(start, ..)| std::cmp::Reverse(*start));
    let mut text = text.to_owned();
    for (start, end, new) in edits {
        text.replace_range(start..end, new);
    }
    text
}

/// The byte offset of a position in UTF-16, lines ending in `\n`.
pub(crate) fn offset(text: &str, line: u64, character: u64) -> usize {
    let start: usize = text.split_inclusive('\n').take(line as usize).map(str::len).sum();
    let mut units = 0;
    for (at, c) in text[start..].char_indices() {
        if units >= character as usize {
            return start + at;
        }
        units += c.len_utf16();
    }
    text.len()
}
