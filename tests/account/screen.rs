//! An editor whose user has an account, and what it shows of that.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli::run::program::{Home, wait_until};
use crate::e2e::client::Client;
use crate::lsp::editor::{Editor, NOTEBOOK, cell_uri, kernel};

/// The kind of completion items that are no names: LSP's `Event`.
const EVENT: u64 = 23;

/// Cells of the notebook, by name.
const CELLS: [(&str, &str); 4] = [
    ("connections", "%connections "),
    ("roles", "%iam_role "),
    ("gone", "%connections gone"),
    ("version", "%glue_version 4.0"),
];

/// What a trouble has to look like everywhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    /// The label of the completion item.
    pub(crate) label: &'static str,
    /// Part of the message.
    pub(crate) message: &'static str,
    /// Part of what to do.
    pub(crate) remedy: &'static str,
}

/// A running server with a notebook of Glue's open.
pub(crate) struct Screen {
    pub(crate) editor: Editor,
    /// The texts of the cells now.
    texts: BTreeMap<&'static str, String>,
    /// Whether it shows nothing of ours, so that answers come as messages.
    plain: bool,
}

impl Screen {
    /// For a client that shows the state of accounts itself.
    pub(crate) fn of(home: &Home) -> Screen {
        Screen::start(home, json!({ "glueLs": { "triggerSuggest": true } }))
    }

    /// For a client that knows nothing of ours.
    pub(crate) fn plain(home: &Home) -> Screen {
        Screen::start(home, Value::Null)
    }

    fn start(home: &Home, experimental: Value) -> Screen {
        let plain = experimental.is_null();
        let capabilities = json!({
            "general": { "positionEncodings": ["utf-16"] },
            "textDocument": {
                "diagnostic": {},
                "completion": {
                    "completionItem": { "snippetSupport": true, "documentationFormat": ["markdown"] },
                    "completionItemKind": { "valueSet": (1..=25).collect::<Vec<_>>() },
                },
                "hover": { "contentFormat": ["markdown"] },
            },
            "experimental": experimental,
        });
        let params = json!({ "capabilities": capabilities, "initializationOptions": { "engine": "aws" } });
        let mut editor = Editor::with_client(Client::start(home.command([])), params);
        editor.open_notebook(kernel("glue_pyspark"), &CELLS);
        Screen { editor, texts: CELLS.map(|(name, text)| (name, text.to_owned())).into(), plain }
    }

    /// Types a value behind a cell's magic, in place of what stands there.
    pub(crate) fn set(&mut self, cell: &'static str, value: &str) {
        let text = self.texts.get_mut(cell).unwrap();
        let magic = text.split_once(' ').unwrap().0;
        *text = format!("{magic} {value}");
        self.editor.edit_cell(cell, json!([{ "text": text }]));
    }

    /// The place at the end of a cell, in UTF-16.
    fn end(&self, cell: &str) -> u32 {
        u32::try_from(self.texts[cell].len()).unwrap()
    }

    /// What is offered at the end of a cell.
    #[track_caller]
    pub(crate) fn complete(&mut self, cell: &str) -> Value {
        let end = self.end(cell);
        self.editor.ask("textDocument/completion", &cell_uri(cell), 0, end)
    }

    /// What a cell says at its end, in Markdown; empty if nothing.
    #[track_caller]
    pub(crate) fn hover(&mut self, cell: &str) -> String {
        let at = self.end(cell) - 1;
        let hover = self.editor.ask("textDocument/hover", &cell_uri(cell), 0, at);
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// Looks whether a magic is explained, which nobody has to be asked for.
    #[track_caller]
    pub(crate) fn explains(&mut self) {
        let hover = self.editor.ask("textDocument/hover", &cell_uri("version"), 0, 3);
        assert!(hover["contents"]["value"].as_str().unwrap_or_default().contains("%glue_version"), "{hover}");
    }

    /// Asks until names are there; returns their list, which says of nothing that it is wrong.
    #[track_caller]
    pub(crate) fn names(&mut self, cell: &str) -> Vec<String> {
        let mut found = Value::Null;
        wait_until("the names", || {
            found = self.complete(cell);
            event(&found).is_none() && found["items"].as_array().unwrap().iter().any(|item| item["kind"] == 20)
        });
        labels(&found)
    }

    /// Asks until a trouble is told, and looks at all that is shown of it.
    #[track_caller]
    pub(crate) fn look_at(&mut self, said: &Said) {
        let mut found = None;
        wait_until(said.label, || {
            let list = self.complete("connections");
            assert_eq!(list["isIncomplete"], true, "a list without the names is not the last word: {list}");
            found = event(&list).cloned();
            found.is_some()
        });
        let item = found.unwrap();
        assert_eq!(item["label"], said.label, "{item}");
        let text = item["documentation"]["value"].as_str().unwrap_or_default();
        assert!(says(text, said), "{item}");
        assert!(!item["detail"].as_str().unwrap().is_empty(), "{item}");
        assert_eq!(item["textEdit"]["newText"], "", "it leaves the text as it is: {item}");
        assert_eq!(item["command"]["command"], "glue-ls.doctor", "{item}");
        assert_eq!(item["command"]["arguments"], json!([{ "uri": cell_uri("connections") }]), "{item}");
        wait_until("the trouble in the hover", || says(&self.hover("gone"), said));
    }

    /// Looks whether a trouble is shown at this moment, whatever is being tried.
    #[track_caller]
    pub(crate) fn look_once(&mut self) {
        let list = self.complete("connections");
        assert!(event(&list).is_some() && list["isIncomplete"] == true, "{list}");
    }

    /// Waits until the client is told of a trouble; returns all that it is told of.
    #[track_caller]
    pub(crate) fn told(&mut self, said: &Said) -> Vec<Value> {
        loop {
            let state = self.editor.client.notification("glue-ls/accountState");
            let troubles = state["troubles"].as_array().unwrap().clone();
            let is_it = |trouble: &&Value| {
                trouble["message"].as_str().unwrap().contains(said.message)
                    && trouble["remedy"].as_str().unwrap().contains(said.remedy)
            };
            if troubles.iter().any(|trouble| is_it(&trouble)) {
                return troubles;
            }
        }
    }

    /// Waits until the client is told that all is well.
    #[track_caller]
    pub(crate) fn told_all_is_well(&mut self) {
        while self.editor.client.notification("glue-ls/accountState")["troubles"] != json!([]) {}
    }

    /// Waits for the line that is logged of a trouble.
    #[track_caller]
    pub(crate) fn logged(&mut self, said: &Said) {
        let line = self.editor.client.notification("window/logMessage");
        let text = line["message"].as_str().unwrap();
        assert!(line["type"] == 2 && text.contains(said.message) && text.contains(said.remedy), "{line}");
    }

    /// Has what is known fetched again.
    #[track_caller]
    pub(crate) fn refresh(&mut self) {
        let answer = self.editor.client.call_command("glue-ls.refreshAccount", json!({ "uri": NOTEBOOK }));
        assert_eq!(answer, json!({ "state": "refreshing" }));
        if self.plain {
            let told = self.editor.client.notification("window/showMessage");
            assert_eq!(told["message"], "names of the account are fetched again");
        }
    }
}

/// The item that is no name, if there is one.
fn event(list: &Value) -> Option<&Value> {
    let mut events = list["items"].as_array().unwrap().iter().filter(|item| item["kind"] == EVENT);
    let first = events.next();
    assert!(events.next().is_none(), "one trouble, one item: {list}");
    first
}

pub(crate) fn labels(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
}

/// Whether a text in Markdown says it.
fn says(text: &str, said: &Said) -> bool {
    let plain = text.replace('\\', "").to_lowercase();
    plain.contains(&said.message.to_lowercase()) && plain.contains(&said.remedy.to_lowercase())
}
