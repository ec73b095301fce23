//! After any sequence of edits a document is what it would be had it just been opened with that text.
//!
//! One long-lived server for each way of counting characters. The edited document and a fresh one with the same
//! content are open at the same time, and must get the same answers. The edited one is looked at after each change too,
//! so that what the server remembers from then would show.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};

use super::editor::{Editor, kernel, pulling, pushing};

const ENCODINGS: [&str; 3] = ["utf-8", "utf-16", "utf-32"];

fn editor(encoding: &str) -> Editor {
    let mut capabilities = pulling();
    capabilities["general"]["positionEncodings"] = json!([encoding]);
    let mut editor = Editor::new(capabilities);
    editor.client.ignore("workspace/diagnostic/refresh");
    editor
}

/// A runner of so many cases, or of as many as `PROPTEST_CASES` asks for.
fn runner(cases: u32) -> TestRunner {
    let mut config = Config { failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    TestRunner::new(config)
}

/// Runs a test with as many random inputs as are affordable, in every encoding.
fn for_any<S: Strategy>(
    cases: u32,
    inputs: &S,
    test: impl Fn(&mut Editor, &str, S::Value) -> Result<(), TestCaseError>,
) {
    for encoding in ENCODINGS {
        let editor = RefCell::new(editor(encoding));
        let outcome = runner(cases).run(inputs, |input| test(&mut editor.borrow_mut(), encoding, input));
        if let Err(error) = outcome {
            panic!("{encoding}: {error}");
        }
    }
}

/// All that the server says about a document.
fn answers(editor: &mut Editor, uri: &str) -> [Value; 3] {
    let document = json!({ "textDocument": { "uri": uri } });
    ["textDocument/diagnostic", "textDocument/documentSymbol", "textDocument/foldingRange"]
        .map(|method| editor.client.request(method, document.clone()))
        .map(|id| editor.client.result(id))
}

/// The position of a byte of a text, by the protocol's words: a line ends in `\n`, `\r\n` or `\r`.
fn position(text: &str, byte: usize, encoding: &str) -> Value {
    let before = &text[..byte];
    let bytes = before.as_bytes();
    let ends = |at: usize| bytes[at] == b'\n' || (bytes[at] == b'\r' && text.as_bytes().get(at + 1) != Some(&b'\n'));
    let line = (0..bytes.len()).filter(|&at| ends(at)).count();
    let start = (0..bytes.len()).rfind(|&at| ends(at)).map_or(0, |at| at + 1);
    let character = match encoding {
        "utf-8" => before.len() - start,
        "utf-16" => before[start..].encode_utf16().count(),
        _ => before[start..].chars().count(),
    };
    json!({ "line": line, "character": character })
}

/// A place that an editor could name: between two characters, and not between `\r` and `\n`.
fn place(text: &str, wanted: usize) -> usize {
    let mut at = wanted % (text.len() + 1);
    while !text.is_char_boundary(at) || (at > 0 && text[..at].ends_with('\r') && text[at..].starts_with('\n')) {
        at -= 1;
    }
    at
}

/// An edit of a text: where, how much of what stands there goes, and what comes.
#[derive(Debug, Clone)]
struct Edit {
    at: usize,
    /// Whether it begins at the start of a line.
    line: bool,
    deleted: usize,
    inserted: String,
}

impl Edit {
    /// Makes the edit; returns how an editor tells of it.
    fn apply(&self, text: &mut String, encoding: &str) -> Value {
        let mut start = place(text, self.at);
        if self.line {
            start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        }
        let end = place(text, (start + self.deleted).min(text.len())).max(start);
        let range = json!({ "start": position(text, start, encoding), "end": position(text, end, encoding) });
        text.replace_range(start..end, &self.inserted);
        json!({ "range": range, "text": self.inserted })
    }
}

fn edit(fragments: &'static [&'static str]) -> impl Strategy<Value = Edit> {
    let inserted = prop_oneof![
        4 => proptest::sample::select(fragments).prop_map(str::to_owned),
        1 => Just(String::new()),
        1 => "[a%# é𝕏\r\n\"\\\\]{0,3}",
    ];
    let deleted = prop_oneof![4 => Just(0usize), 3 => 1..6usize, 1 => 6..60usize];
    (any::<u16>(), any::<bool>(), deleted, inserted).prop_map(|(at, line, deleted, inserted)| Edit {
        at: at.into(),
        line,
        deleted,
        inserted,
    })
}

/// Opens a text, edits it, and compares it with one that is opened with the result.
fn texts_agree(
    editor: &mut Editor,
    encoding: &str,
    language: &str,
    start: &str,
    edits: &[Vec<Edit>],
) -> Result<(), TestCaseError> {
    let (edited, fresh) = ("file:///ws/edited", "file:///ws/fresh");
    let mut text = start.to_owned();
    editor.open(edited, language, start);
    for batch in edits {
        let changes: Vec<Value> = batch.iter().map(|edit| edit.apply(&mut text, encoding)).collect();
        editor.edit(edited, json!(changes));
        answers(editor, edited);
    }
    editor.open(fresh, language, &text);
    let (a, b) = (answers(editor, edited), answers(editor, fresh));
    editor.close(edited);
    editor.close(fresh);
    prop_assert_eq!(a, b, "of {:?}", text);
    Ok(())
}

const PERCENT: &[&str] = &[
    "# %%\n",
    "# %%\r\n",
    "# %% [markdown]\n# text\n",
    "# %% language=\"sql\"\n# select 1\n",
    "# %glue_version 3.0\n",
    "# %workertype G.1X\n",
    "%worker_type \"𝕏\"\r\n",
    "# # %%configure\n{'a': 1}\n",
    "match x:\n    case 1: pass\n",
    "def f():\n    return 1\n",
    "x = '''\n",
    "'''",
    "from awsglue import x\n",
    "get_ipython().run_line_magic('x', '')\n",
    "# ---\n# jupyter:\n#   kernelspec:\n#     name: glue_pyspark\n# ---\n",
    "# glue-ls: ignore\n",
    "# ```\n",
    "\n",
    "\r\n",
    "\r",
    "{",
    "𝕏é",
];

const PERCENT_STARTS: &[&str] = &[
    "",
    "# %%\n# %glue_version 4.0\n# %%\nmatch 𝕏:\n    case 1: pass\n# %%\n# %workertype G.1X\n# %idle_timeout -1\n# %%\nx = ;\n",
    "# ---\r\n# jupyter:\r\n#   kernelspec:\r\n#     name: glue_pyspark\r\n# ---\r\n\r\n# %%\r\n# %workertype 'é'\r\ny = 1 +\r\n# %% [markdown]\r\n# # a title\r\n# %%\r\n# %%sql\r\nselect\r\n",
    "import awsglue\n# %workertype\nx = (\n",
];

#[test]
fn percent_scripts_converge() {
    let inputs = (
        proptest::sample::select(PERCENT_STARTS),
        batches(edit(PERCENT)),
        proptest::sample::select(vec!["python", "python_glue_session"]),
    );
    for_any(60, &inputs, |editor, encoding, (start, edits, language)| {
        texts_agree(editor, encoding, language, start, &edits)
    });
}

fn batches(edit: impl Strategy<Value = Edit>) -> impl Strategy<Value = Vec<Vec<Edit>>> {
    proptest::collection::vec(proptest::collection::vec(edit, 1..4), 1..8)
}

const JSON: &[&str] = &[
    "%workertype G.1X\\n",
    "%glue_version 3.0\\n",
    "\\ud835\\udd4f",
    "\\u0025glue_version 9.9",
    "\\\"",
    "\\",
    "\"",
    "\",\n\"",
    ",",
    "[",
    "]",
    "{",
    "}",
    "]}",
    ":",
    "𝕏é",
    "\r\n",
    "\n",
    "match x:\\n    case 1: pass",
    "{\"cell_type\": \"code\", \"source\": \"%workertype\"},\n",
    "{\"cell_type\": \"code\", \"source\": 3},",
    "\"source\": [\"x = ;\\n\"],",
    "\"cell_type\": \"raw\",",
    "\"cells\": [], ",
    "glue_pyspark",
    "null",
];

const JSON_STARTS: &[&str] = &[
    "{\"cells\": [\r\n {\"cell_type\": \"code\", \"source\": [\"%glue_version 4.0\\n\",\r\n  \"# \\ud835\\udd4f é𝕏\\n\"]},\r\n \
      {\"cell_type\": \"markdown\", \"source\": [\"# t\\u00edtle\"]},\r\n \
      {\"cell_type\": \"code\", \"outputs\": [{\"text\": \"%x\"}], \"source\": \"match x:\\n    case 1: pass\\n\"},\r\n \
      {\"source\": [\"x = 1\\n\", \"%\\u0067lue_version 9.9\"], \"cell_type\": \"code\"},\r\n \
      {\"cell_type\": \"code\", \"source\": [\"𝕏 = \\\"\\\\\\\"\\n\", \"%workertype G.1X\"]}\r\n],\r\n \
     \"metadata\": {\"kernelspec\": {\"name\": \"glue_pyspark\"}}, \"nbformat\": 4}",
    "{\n \"metadata\": {\"language_info\": {\"name\": \"Python_Glue_Session\"}},\n \"cells\": [\n  {\"cell_type\": \"code\", \"source\": []},\n  {\"cell_type\": \"code\", \"source\": \"%workertype\"}\n ]\n}\n",
    "{}",
];

#[test]
fn notebooks_as_json_converge() {
    let inputs = (proptest::sample::select(JSON_STARTS), batches(edit(JSON)));
    for_any(60, &inputs, |editor, encoding, (start, edits)| texts_agree(editor, encoding, "json", start, &edits));
}

/// A change of a notebook that is synced cell by cell.
#[derive(Debug, Clone)]
enum Change {
    Edit(usize, Vec<Edit>),
    Replace(usize, String),
    Insert(usize, String, &'static str),
    Delete(usize, usize),
    Move(usize, usize),
    Split(usize, usize),
    Merge(usize),
    Kind(usize),
    Kernel(&'static str),
}

const CELLS: &[&str] = &[
    "%glue_version 3.0\n",
    "%glue_version 4.0\r\n",
    "%workertype G.1X\n",
    "%idle_timeout -1\n",
    "%%sql\nselect 1",
    "%stop_session\n",
    "%alias greet echo\n",
    "%greet\n",
    "match 𝕏:\n    case 1: pass\n",
    "x = ;\n",
    "def é():\r\n    return 1\r\n",
    "# glue-ls: ignore\n",
    "%%configure\n{'max_capacity': 2, 'é': 1}\n",
    "\r",
    "𝕏",
];

fn change() -> impl Strategy<Value = Change> {
    let index = || any::<u8>().prop_map(usize::from);
    let text = || proptest::collection::vec(proptest::sample::select(CELLS), 0..3).prop_map(|parts| parts.concat());
    prop_oneof![
        6 => (index(), proptest::collection::vec(edit(CELLS), 1..3)).prop_map(|(cell, edits)| Change::Edit(cell, edits)),
        1 => (index(), text()).prop_map(|(cell, text)| Change::Replace(cell, text)),
        3 => (index(), text(), proptest::sample::select(vec!["python", "python_glue_session"]))
            .prop_map(|(at, text, language)| Change::Insert(at, text, language)),
        2 => (index(), 1..3usize).prop_map(|(at, count)| Change::Delete(at, count)),
        3 => (index(), index()).prop_map(|(from, to)| Change::Move(from, to)),
        2 => (index(), index()).prop_map(|(cell, at)| Change::Split(cell, at)),
        2 => index().prop_map(Change::Merge),
        2 => index().prop_map(Change::Kind),
        1 => proptest::sample::select(vec!["glue_pyspark", "glue_spark", "python3", "pysparkkernel"]).prop_map(Change::Kernel),
    ]
}

#[derive(Debug, Clone)]
struct LocalCell {
    name: usize,
    kind: u8,
    language: &'static str,
    text: String,
}

/// What the editor believes the notebook is.
struct Local<'a> {
    editor: &'a mut Editor,
    encoding: &'a str,
    cells: Vec<LocalCell>,
    kernel: &'static str,
    names: usize,
    version: i32,
}

fn uri(notebook: &str, name: usize) -> String {
    format!("vscode-notebook-cell:/ws/{notebook}.ipynb#{name}")
}

impl Local<'_> {
    fn open(&mut self, notebook: &str) {
        let cells: Vec<Value> =
            self.cells.iter().map(|cell| json!({ "kind": cell.kind, "document": uri(notebook, cell.name) })).collect();
        let texts: Vec<Value> = self.cells.iter().map(|cell| item(notebook, cell)).collect();
        let document = json!({
            "uri": format!("file:///ws/{notebook}.ipynb"), "notebookType": "jupyter-notebook", "version": 0,
            "metadata": kernel(self.kernel), "cells": cells,
        });
        let params = json!({ "notebookDocument": document, "cellTextDocuments": texts });
        self.editor.client.notify("notebookDocument/didOpen", params);
    }

    fn close(&mut self, notebook: &str) {
        let cells: Vec<Value> = self.cells.iter().map(|cell| json!({ "uri": uri(notebook, cell.name) })).collect();
        let document = json!({ "uri": format!("file:///ws/{notebook}.ipynb") });
        let params = json!({ "notebookDocument": document, "cellTextDocuments": cells });
        self.editor.client.notify("notebookDocument/didClose", params);
    }

    fn send(&mut self, change: Value) {
        self.version += 1;
        let document = json!({ "uri": "file:///ws/edited.ipynb", "version": self.version });
        let params = json!({ "notebookDocument": document, "change": change });
        self.editor.client.notify("notebookDocument/didChange", params);
    }

    fn new_cell(&mut self, text: String, language: &'static str) -> LocalCell {
        self.names += 1;
        LocalCell { name: self.names, kind: 2, language, text }
    }

    /// How an editor tells that cells were replaced by the ones that stand there now.
    fn structure(
        &self,
        start: usize,
        deleted: usize,
        count: usize,
        opened: &[LocalCell],
        closed: &[LocalCell],
    ) -> Value {
        let cells: Vec<Value> = self.cells[start..start + count]
            .iter()
            .map(|cell| json!({ "kind": cell.kind, "document": uri("edited", cell.name) }))
            .collect();
        let opened: Vec<Value> = opened.iter().map(|cell| item("edited", cell)).collect();
        let closed: Vec<Value> = closed.iter().map(|cell| json!({ "uri": uri("edited", cell.name) })).collect();
        json!({
            "array": { "start": start, "deleteCount": deleted, "cells": cells }, "didOpen": opened, "didClose": closed,
        })
    }

    fn content(&mut self, cell: usize, changes: Vec<Value>) -> Value {
        self.version += 1;
        let document = json!({ "uri": uri("edited", self.cells[cell].name), "version": self.version });
        json!([{ "document": document, "changes": changes }])
    }

    fn apply(&mut self, change: &Change) {
        let count = self.cells.len();
        match change {
            Change::Insert(at, text, language) => {
                let at = at % (count + 1);
                let cell = self.new_cell(text.clone(), language);
                self.cells.insert(at, cell.clone());
                let structure = self.structure(at, 0, 1, &[cell], &[]);
                self.send(json!({ "cells": { "structure": structure } }));
            }
            Change::Kernel(name) => {
                self.kernel = name;
                self.send(json!({ "metadata": kernel(name) }));
            }
            _ if count == 0 => {}
            Change::Edit(cell, edits) => {
                let (cell, encoding) = (cell % count, self.encoding);
                let text = &mut self.cells[cell].text;
                let changes = edits.iter().map(|edit| edit.apply(text, encoding)).collect();
                let content = self.content(cell, changes);
                self.send(json!({ "cells": { "textContent": content } }));
            }
            Change::Replace(cell, text) => {
                let cell = cell % count;
                self.cells[cell].text.clone_from(text);
                let content = self.content(cell, vec![json!({ "text": text })]);
                self.send(json!({ "cells": { "textContent": content } }));
            }
            Change::Delete(at, deleted) => {
                let at = at % count;
                let deleted = *deleted.min(&(count - at));
                let closed: Vec<LocalCell> = self.cells.drain(at..at + deleted).collect();
                let structure = self.structure(at, deleted, 0, &[], &closed);
                self.send(json!({ "cells": { "structure": structure } }));
            }
            Change::Move(from, to) => {
                let (from, to) = (from % count, to % count);
                let cell = self.cells.remove(from);
                self.cells.insert(to, cell);
                let (start, end) = (from.min(to), from.max(to) + 1);
                let structure = self.structure(start, end - start, end - start, &[], &[]);
                self.send(json!({ "cells": { "structure": structure } }));
            }
            Change::Split(cell, at) => {
                let cell = cell % count;
                let text = self.cells[cell].text.clone();
                let at = place(&text, *at);
                let range = json!({
                    "start": position(&text, at, self.encoding), "end": position(&text, text.len(), self.encoding),
                });
                let rest = self.cells[cell].text.split_off(at);
                let language = self.cells[cell].language;
                let second = self.new_cell(rest, language);
                self.cells.insert(cell + 1, second.clone());
                let structure = self.structure(cell + 1, 0, 1, &[second], &[]);
                let content = self.content(cell, vec![json!({ "range": range, "text": "" })]);
                self.send(json!({ "cells": { "structure": structure, "textContent": content } }));
            }
            Change::Merge(cell) => {
                let cell = cell % count;
                if cell + 1 < count {
                    let second = self.cells.remove(cell + 1);
                    let end = position(&self.cells[cell].text, self.cells[cell].text.len(), self.encoding);
                    // Not right behind a `\r`, where the protocol knows no place before the `\n` that would follow.
                    let text = format!("\n{}", second.text);
                    let edit = if self.cells[cell].text.ends_with('\r') {
                        self.cells[cell].text.push_str(&text);
                        json!({ "text": self.cells[cell].text })
                    } else {
                        self.cells[cell].text.push_str(&text);
                        json!({ "range": { "start": end, "end": end }, "text": text })
                    };
                    let structure = self.structure(cell + 1, 1, 0, &[], &[second]);
                    let content = self.content(cell, vec![edit]);
                    self.send(json!({ "cells": { "structure": structure, "textContent": content } }));
                }
            }
            Change::Kind(cell) => {
                let cell = &mut self.cells[cell % count];
                cell.kind = 3 - cell.kind;
                let data = json!([{ "kind": cell.kind, "document": uri("edited", cell.name) }]);
                self.send(json!({ "cells": { "data": data } }));
            }
        }
    }
}

fn item(notebook: &str, cell: &LocalCell) -> Value {
    json!({ "uri": uri(notebook, cell.name), "languageId": cell.language, "version": 1, "text": cell.text })
}

/// A notebook, as the texts of its cells, and what is done to it.
fn notebooks() -> impl Strategy<Value = (Vec<String>, Vec<Change>)> {
    let text = proptest::sample::select(CELLS).prop_map(str::to_owned);
    (proptest::collection::vec(text, 0..5), proptest::collection::vec(change(), 1..15))
}

impl<'a> Local<'a> {
    fn new(editor: &'a mut Editor, encoding: &'a str, texts: Vec<String>) -> Local<'a> {
        let mut local = Local { editor, encoding, cells: Vec::new(), kernel: "glue_pyspark", names: 0, version: 0 };
        for text in texts {
            let cell = local.new_cell(text, "python_glue_session");
            local.cells.push(cell);
        }
        local
    }

    /// All that the server says about the cells.
    fn answers(&mut self, notebook: &str) -> Vec<[Value; 3]> {
        let uris: Vec<String> = self.cells.iter().map(|cell| uri(notebook, cell.name)).collect();
        uris.iter().map(|uri| answers(self.editor, uri)).collect()
    }
}

#[test]
fn synced_notebooks_converge() {
    for_any(60, &notebooks(), |editor, encoding, (texts, changes)| {
        let mut local = Local::new(editor, encoding, texts);
        local.open("edited");
        for change in &changes {
            local.answers("edited");
            local.apply(change);
        }
        local.open("fresh");
        let (edited, fresh) = (local.answers("edited"), local.answers("fresh"));
        local.close("edited");
        local.close("fresh");
        prop_assert_eq!(edited, fresh, "of {:?}", local.cells);
        Ok(())
    });
}

#[test]
fn what_was_published_last_is_what_would_be_pulled() {
    let editor = RefCell::new(Editor::new(pushing()));
    let outcome = runner(40).run(&notebooks(), |(texts, changes)| {
        let mut editor = editor.borrow_mut();
        let mut local = Local::new(&mut editor, "utf-16", texts);
        local.open("edited");
        let mut published = local.editor.settle();
        for change in &changes {
            local.apply(change);
            published.extend(local.editor.settle());
        }
        let cells: Vec<String> = local.cells.iter().map(|cell| cell.name.to_string()).collect();
        let mut pulled = BTreeMap::new();
        for name in &cells {
            pulled.insert(name.clone(), local.editor.pull(&uri("edited", name.parse().unwrap())));
        }
        local.close("edited");
        let mut cleared = published.clone();
        cleared.extend(local.editor.settle());
        // A cell without problems may never have been spoken of; one that is gone has none.
        published.retain(|_, problems| !problems.is_empty());
        pulled.retain(|_, problems| !problems.is_empty());
        prop_assert_eq!(published, pulled);
        prop_assert!(cleared.values().all(Vec::is_empty), "{:?} after the notebook was closed", cleared);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
