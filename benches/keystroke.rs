//! How long a keystroke takes, as an editor sees it: the built server over real stdio, from the first byte of the edit
//! to the last byte of the answer.
//!
//! `cargo bench --bench keystroke` prints a table. Documents of 10 to 5,000 cells are open in each form in which a
//! document of cells can arrive. Three kinds of keystrokes are measured: `key` in a line of code, whose effect is its
//! cell's alone; `magic` in the value of a setting that every cell below depends on; `completion`, an edit and the list
//! of what could follow. The processor's time is the server's own, of all its threads, for one `key`.
//!
//! The last line has the same keystrokes while notebooks beside the document run cells on this machine, each in a session of
//! its own; `cargo bench --bench keystroke -- sessions` prints it alone.
//!
//! Without `--bench`, as `cargo test --benches` runs it, it does a little of each and prints nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench reports to whoever runs it"
)]

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

mod client;

use client::Client;

const SIZES: [usize; 4] = [10, 100, 1_000, 5_000];
const FORMS: [Form; 3] = [Form::Cells, Form::Json, Form::Percent];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Cells,
    Json,
    Percent,
}

fn main() {
    let whole = std::env::args().any(|argument| argument == "--bench");
    if !whole {
        for form in FORMS {
            measure(form, 10, 20);
        }
        start(2);
        busy(2, 3, 20);
        return;
    }
    if std::env::args().any(|argument| argument == "sessions") {
        report_busy();
        return;
    }
    let starts = start(50);
    println!(
        "\nstart to `initialize` answered: p50 {} µs, p99 {} µs (budget 10,000)\n",
        micros(starts.p50),
        micros(starts.p99)
    );
    println!(
        "times in µs; budget: key p50 2,000, p99 10,000, CPU 500, to that at 10 cells 2.0; completion 2,000; 40 MiB at 1,000 cells"
    );
    println!(
        "{:<8}{:>6}{:>9} |{:>8}{:>8}{:>7}{:>7} |{:>9}{:>8}{:>7} |{:>11}{:>8} |{:>9}",
        "form",
        "cells",
        "bytes",
        "key p50",
        "p99",
        "ratio",
        "CPU",
        "magic p50",
        "p99",
        "ratio",
        "compl. p50",
        "p99",
        "MiB"
    );
    for form in FORMS {
        let mut smallest = None;
        for cells in SIZES {
            let row = measure(form, cells, 2_000);
            let base = smallest.get_or_insert((row.key.p50, row.magic.p50));
            println!(
                "{:<8}{:>6}{:>9} |{:>8}{:>8}{:>7.2}{:>7} |{:>9}{:>8}{:>7.2} |{:>11}{:>8} |{:>9.1}",
                format!("{form:?}"),
                cells,
                row.bytes,
                micros(row.key.p50),
                micros(row.key.p99),
                row.key.p50.as_secs_f64() / base.0.as_secs_f64(),
                row.cpu.map_or("?".to_owned(), micros),
                micros(row.magic.p50),
                micros(row.magic.p99),
                row.magic.p50.as_secs_f64() / base.1.as_secs_f64(),
                micros(row.completion.p50),
                micros(row.completion.p99),
                row.memory.unwrap_or(0) as f64 / f64::from(1 << 20),
            );
        }
    }
    report_busy();
}

fn report_busy() {
    let (quiet, key, told) = busy(BUSY.0, BUSY.1, 2_000);
    println!(
        "\nsessions: a notebook of 100 cells, times in µs; budget: key p50 2,000, p99 10,000\n\
         alone: key p50 {}, p99 {}\n\
         while {} other notebooks run {} cells each in sessions of their own: key p50 {}, p99 {} ({told} messages of the runs came)",
        micros(quiet.p50),
        micros(quiet.p99),
        BUSY.0,
        BUSY.1,
        micros(key.p50),
        micros(key.p99)
    );
}

/// How many notebooks run, with how many cells each.
const BUSY: (usize, usize) = (20, 400);

/// Takes the times of keystrokes before and while `notebooks` others run; returns them, and how many messages came of the
/// runs.
fn busy(notebooks: usize, cells: usize, count: usize) -> (Times, Times, u64) {
    let options = json!({ "engine": "local", "trusted": true });
    let mut document = Document::open_in(started_with(&options), Form::Cells, &cell_texts(100));
    document.look_at_all();
    let mut typing = Typing::new(document.place(51, CODE_LINE));
    let quiet = times(count, |_| document.key(&mut typing));
    for notebook in 0..notebooks {
        let uri = |cell: usize| format!("vscode-notebook-cell:/bench/busy-{notebook}#{cell}");
        let structure: Vec<Value> = (0..cells).map(|cell| json!({ "kind": 2, "document": uri(cell) })).collect();
        let text = "import time; time.sleep(0.02)\nfor number in range(50):\n    print('line', number)";
        let item =
            |cell: usize| json!({ "uri": uri(cell), "languageId": "python_glue_session", "version": 1, "text": text });
        let items: Vec<Value> = (0..cells).map(item).collect();
        let name = format!("file:///bench/busy-{notebook}");
        let metadata = json!({ "metadata": { "kernelspec": { "name": "glue_pyspark" } } });
        let opened = json!({
            "uri": name, "notebookType": "jupyter-notebook", "version": 0, "cells": structure, "metadata": metadata,
        });
        let opened = json!({ "notebookDocument": opened, "cellTextDocuments": items });
        document.server.notify("notebookDocument/didOpen", &opened);
        let run = json!({ "command": "glue-ls.runAllCells", "arguments": [{ "uri": name }] });
        let answer = document.server.call("workspace/executeCommand", &run);
        assert!(answer["runId"].is_number(), "{answer}");
    }
    // All of them are at it when each has shown something.
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < notebooks {
        let message = document.server.receive();
        if message["method"] == "glue-ls/cellOutput"
            && message["params"]["outputs"].as_array().is_some_and(|o| !o.is_empty())
        {
            seen.insert(message["params"]["uri"].to_string());
        }
    }
    let told = document.server.told;
    let key = times(count, |_| document.key(&mut typing));
    let told = document.server.told - told;
    document.server.end();
    (quiet, key, told)
}

fn micros(time: Duration) -> String {
    time.as_micros().to_string()
}

struct Times {
    p50: Duration,
    p99: Duration,
}

/// Takes the time of each of `count` rounds.
fn times(count: usize, mut round: impl FnMut(usize) -> Duration) -> Times {
    let mut all: Vec<Duration> = (0..count).map(&mut round).collect();
    all.sort();
    Times { p50: all[all.len() / 2], p99: all[all.len() * 99 / 100] }
}

/// How long it takes from the start of the process until `initialize` is answered.
fn start(count: usize) -> Times {
    times(count, |_| {
        let start = Instant::now();
        let server = started();
        let time = start.elapsed();
        server.end();
        time
    })
}

struct Row {
    bytes: usize,
    key: Times,
    /// None where the system does not tell.
    cpu: Option<Duration>,
    magic: Times,
    completion: Times,
    /// Resident bytes after all of it; none where the system does not tell.
    memory: Option<usize>,
}

fn measure(form: Form, cells: usize, count: usize) -> Row {
    let texts = cell_texts(cells);
    let mut document = Document::open(form, &texts);
    // What the editor shows first: all of it.
    document.look_at_all();

    // In the middle of the document, at the end of a line of code of its cell; no cell there is a special one.
    let middle = cells / 2 + 1;
    let place = document.place(middle, CODE_LINE);
    let warm = count / 10;
    let mut typing = Typing::new(place);
    times(warm.max(1), |_| document.key(&mut typing));
    let before = cpu(&document.server);
    let key = times(count, |_| document.key(&mut typing));
    let cpu = before.and_then(|before| Some((cpu(&document.server)? - before) / u32::try_from(count).ok()?));
    typing.finish(&mut document);

    let completion = times(count / 4, |_| document.complete(&mut typing));
    typing.finish(&mut document);

    // The first cell's last line is a setting.
    let mut typing = Typing::new(document.place(0, SETTING_LINE));
    let magic = times(count / 4, |_| document.key(&mut typing));
    let row = Row { bytes: document.bytes, key, cpu, magic, completion, memory: memory(&document.server) };
    document.server.end();
    row
}

/// The line of an ordinary cell, of the first cell, that is typed in.
const CODE_LINE: &str = "orders = orders.withColumn(\"day\", F.to_date(\"created_at\"))";
const SETTING_LINE: &str = "%connections orders-db";

/// Cells as they are in the notebooks of people: settings first, code of some twenty lines, now and then a query, and
/// three mistakes, as the longest notebooks have no more than the short ones.
fn cell_texts(count: usize) -> Vec<String> {
    let first = format!("%glue_version 4.0\n%worker_type G.1X\n%number_of_workers 5\n%idle_timeout 60\n{SETTING_LINE}");
    let mut texts = vec![first];
    for index in 1..count {
        texts.push(match index % 10 {
            3 => format!("%%sql\nselect day, count(*) as orders\nfrom sales.orders_{index}\nwhere status = 'open'\ngroup by day\norder by day"),
            _ if matches!(index, 2 | 4 | 7) => "%workertype G.1X".to_owned(),
            _ => code(index),
        });
    }
    // The cell that is typed in is one of code.
    let middle = count / 2 + 1;
    texts[middle] = code(middle);
    texts
}

fn code(index: usize) -> String {
    format!(
        "# Step {index}: read the orders, clean them, and count\n\
         orders = glueContext.create_dynamic_frame.from_catalog(\n    database=\"sales\",\n    table_name=\"orders_{index}\",\n).toDF()\n\
         {CODE_LINE}\n\n\
         def clean_{index}(frame, limit=100):\n    \"\"\"Drops rows without a key, and all but the first ones.\"\"\"\n    \
         known = frame.filter(F.col(\"id\").isNotNull())\n    if limit:\n        known = known.limit(limit)\n    return known\n\n\
         cleaned = clean_{index}(orders)\nfor name, kind in cleaned.dtypes:\n    print(f\"{{name}}: {{kind}}\")\ncleaned.show(5)"
    )
}

/// A cursor that types and, after a while, takes back what it has typed.
struct Typing {
    line: usize,
    start: usize,
    typed: usize,
    forward: bool,
}

impl Typing {
    fn new((line, start): (usize, usize)) -> Typing {
        Typing { line, start, typed: 0, forward: true }
    }

    /// The next keystroke, as an editor tells of it.
    fn next(&mut self) -> Value {
        const TEXT: &[u8] = b" + other_value * 3 if ready else nothing";
        if self.typed == TEXT.len() || self.typed == 0 {
            self.forward = self.typed == 0;
        }
        let at = |character: usize| json!({ "line": self.line, "character": character });
        let end = self.start + self.typed;
        if self.forward {
            let text = char::from(TEXT[self.typed]).to_string();
            let change = json!([{ "range": { "start": at(end), "end": at(end) }, "text": text }]);
            self.typed += 1;
            change
        } else {
            let change = json!([{ "range": { "start": at(end - 1), "end": at(end) }, "text": "" }]);
            self.typed -= 1;
            change
        }
    }

    /// Takes back what is left of the typed text.
    fn finish(&mut self, document: &mut Document) {
        while self.typed > 0 {
            self.forward = false;
            document.key(self);
        }
    }
}

struct Document {
    server: Client,
    form: Form,
    /// The place of each cell's first line in the text; 0 where a cell is a document of its own.
    first_lines: Vec<usize>,
    /// What stands before each line of a cell, in characters.
    indent: usize,
    texts: Vec<String>,
    /// The cell that the cursor is in.
    cell: usize,
    version: usize,
    bytes: usize,
}

const URI: &str = "file:///bench/document";

impl Document {
    fn open(form: Form, texts: &[String]) -> Document {
        Document::open_in(started(), form, texts)
    }

    fn open_in(mut server: Client, form: Form, texts: &[String]) -> Document {
        let (mut first_lines, mut indent) = (vec![0; texts.len()], 0);
        let bytes = match form {
            Form::Cells => {
                let cells: Vec<Value> =
                    (0..texts.len()).map(|cell| json!({ "kind": 2, "document": cell_uri(cell) })).collect();
                let items: Vec<Value> = texts
                    .iter()
                    .enumerate()
                    .map(|(cell, text)| json!({ "uri": cell_uri(cell), "languageId": "python_glue_session", "version": 1, "text": text }))
                    .collect();
                let notebook = json!({
                    "uri": URI, "notebookType": "jupyter-notebook", "version": 0, "cells": cells,
                    "metadata": { "metadata": { "kernelspec": { "name": "glue_pyspark" } } },
                });
                server.notify(
                    "notebookDocument/didOpen",
                    &json!({ "notebookDocument": notebook, "cellTextDocuments": items }),
                );
                texts.iter().map(String::len).sum()
            }
            Form::Json | Form::Percent => {
                let mut text = String::new();
                if form == Form::Json {
                    indent = "    \"".len();
                    text.push_str("{\n \"cells\": [\n");
                } else {
                    text.push_str("# ---\n# jupyter:\n#   kernelspec:\n#     name: glue_pyspark\n# ---\n\n");
                }
                for (cell, source) in texts.iter().enumerate() {
                    if form == Form::Json {
                        text.push_str("  {\n   \"cell_type\": \"code\",\n   \"execution_count\": null,\n   \"metadata\": {},\n   \"outputs\": [],\n   \"source\": [\n");
                        let lines: Vec<String> =
                            source.split_inclusive('\n').map(|line| format!("    {}", Value::from(line))).collect();
                        text.push_str(&lines.join(",\n"));
                        text.push_str(if cell + 1 < texts.len() { "\n   ]\n  },\n" } else { "\n   ]\n  }\n" });
                    } else {
                        text.push_str("# %%\n");
                        for line in source.lines() {
                            text.push_str(if line.starts_with('%') { "# " } else { "" });
                            text.push_str(line);
                            text.push('\n');
                        }
                        text.push('\n');
                    }
                }
                if form == Form::Json {
                    text.push_str(" ],\n \"metadata\": {\n  \"kernelspec\": {\n   \"name\": \"glue_pyspark\"\n  }\n },\n \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n");
                }
                find_first_lines(&text, form, &mut first_lines);
                let language = if form == Form::Json { "json" } else { "python_glue_session" };
                let item = json!({ "uri": URI, "languageId": language, "version": 1, "text": text });
                server.notify("textDocument/didOpen", &json!({ "textDocument": item }));
                text.len()
            }
        };
        Document { server, form, first_lines, indent, texts: texts.to_vec(), cell: 0, version: 1, bytes }
    }

    /// Goes to the end of a line of a cell; returns its place in the document.
    fn place(&mut self, cell: usize, line: &str) -> (usize, usize) {
        self.cell = cell;
        let number = self.texts[cell].lines().position(|found| found == line).unwrap();
        let in_json = Value::from(line).to_string().len() - 2;
        match self.form {
            Form::Cells => (number, line.len()),
            Form::Json => (self.first_lines[cell] + number, self.indent + in_json),
            Form::Percent => (self.first_lines[cell] + number, line.len() + if line.starts_with('%') { 2 } else { 0 }),
        }
    }

    fn uri(&self, cell: usize) -> String {
        if self.form == Form::Cells { cell_uri(cell) } else { URI.to_owned() }
    }

    fn look_at_all(&mut self) {
        let cells = if self.form == Form::Cells { self.texts.len() } else { 1 };
        for cell in 0..cells {
            let items = self.diagnostics(cell);
            assert!(items.is_array(), "{items}");
        }
    }

    fn diagnostics(&mut self, cell: usize) -> Value {
        let uri = self.uri(cell);
        self.server.call("textDocument/diagnostic", &json!({ "textDocument": { "uri": uri } }))["items"].take()
    }

    fn edit(&mut self, changes: &Value) {
        self.version += 1;
        let document = json!({ "uri": self.uri(self.cell), "version": self.version });
        if self.form == Form::Cells {
            let content = json!([{ "document": document, "changes": changes }]);
            let notebook = json!({ "uri": URI, "version": self.version });
            let change = json!({ "cells": { "textContent": content } });
            self.server
                .notify("notebookDocument/didChange", &json!({ "notebookDocument": notebook, "change": change }));
        } else {
            self.server
                .notify("textDocument/didChange", &json!({ "textDocument": document, "contentChanges": changes }));
        }
    }

    /// One keystroke, and the diagnostics of what is edited.
    fn key(&mut self, typing: &mut Typing) -> Duration {
        let changes = typing.next();
        let start = Instant::now();
        self.edit(&changes);
        self.diagnostics(self.cell);
        start.elapsed()
    }

    /// One keystroke, and what could follow at the beginning of the cell, where magics stand.
    fn complete(&mut self, typing: &mut Typing) -> Duration {
        let changes = typing.next();
        let uri = self.uri(0);
        // Behind the percent sign of the first cell's first line.
        let (line, character) = match self.form {
            Form::Cells => (0, 1),
            Form::Json => (self.first_lines[0], self.indent + 1),
            Form::Percent => (self.first_lines[0], 3),
        };
        let params = json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
        let start = Instant::now();
        self.edit(&changes);
        let list = self.server.call("textDocument/completion", &params);
        let time = start.elapsed();
        assert!(list["items"].as_array().is_some_and(|items| items.len() > 10), "{list}");
        time
    }
}

fn cell_uri(cell: usize) -> String {
    format!("vscode-notebook-cell:/bench/document#{cell}")
}

/// Finds the line of the text in which each cell's own text begins.
fn find_first_lines(text: &str, form: Form, first_lines: &mut [usize]) {
    let marker = if form == Form::Json { "   \"source\": [" } else { "# %%" };
    let starts = text.lines().enumerate().filter(|(_, line)| *line == marker).map(|(number, _)| number + 1);
    for (first, start) in first_lines.iter_mut().zip(starts) {
        *first = start;
    }
}

/// Starts the server as an editor that pulls diagnostics does.
fn started() -> Client {
    started_with(&json!({}))
}

fn started_with(options: &Value) -> Client {
    let capabilities = json!({
        "experimental": { "glueLs": true },
        "general": { "positionEncodings": ["utf-16"] },
        "workspace": { "diagnostics": { "refreshSupport": true } },
        "textDocument": { "diagnostic": {}, "completion": { "completionItem": { "snippetSupport": true } } },
    });
    Client::start(
        Command::new(env!("CARGO_BIN_EXE_glue-ls")),
        &json!({ "capabilities": capabilities, "initializationOptions": options }),
    )
}

/// The processor's time that a server has taken, in hundredths of a second as the system counts.
fn cpu(server: &Client) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.server.id())).ok()?;
    // Counted from behind the name, which may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// The memory that a server has resident, in bytes.
fn memory(server: &Client) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.server.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()? * 1024)
}
