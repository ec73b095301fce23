//! Outputs of cells as text for a terminal.
//!
//! What a session sends is not to be trusted with a terminal: of control sequences only colours pass, and those only
//! where colours are shown. All else that could move the cursor, set the title or reach the clipboard is taken out.

mod harmless;
mod html;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::harmless::harmless;

const RED: &str = "\u{1b}[31m";
const RESET: &str = "\u{1b}[0m";

/// How outputs are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours are shown.
    pub colour: bool,
    /// The most bytes of the outputs' own text; what is left out is said on a line at the end.
    pub limit: usize,
}

/// Returns output objects of the notebook format as text, each on lines of its own.
pub fn outputs(outputs: &[Value], style: Style) -> String {
    let mut page = Page { out: String::new(), style, room: style.limit, left_out: 0 };
    for output in outputs {
        page.output(output);
    }
    if page.left_out > 0 {
        let note = format!("[glue-ls: {} more are not shown here]\n", size(page.left_out));
        page.out.push_str(&note);
    }
    page.out
}

/// Returns a line that is not complete yet as a terminal would show it now: its last state, without anything but signs.
pub fn unfinished(line: &str) -> String {
    // More than this no terminal has room for.
    const END: usize = 4096;
    harmless(&line[line.ceil_char_boundary(line.len().saturating_sub(END))..], false).trim().to_owned()
}

/// The most bytes of a text without colours.
const PLAIN_LIMIT: usize = 64 * 1024 * 1024;

/// Returns output objects of the notebook format as text without colours, each on lines of its own.
pub fn plain(objects: &[Value]) -> String {
    outputs(objects, Style { colour: false, limit: PLAIN_LIMIT })
}

/// What was rendered so far.
struct Page {
    out: String,
    style: Style,
    /// How many bytes may still come.
    room: usize,
    /// How many did not.
    left_out: usize,
}

impl Page {
    fn output(&mut self, output: &Value) {
        let kind = output.get("output_type").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "stream" => {
                let text = text_of(output.get("text").unwrap_or(&Value::Null));
                let to_stderr = output.get("name").and_then(Value::as_str) == Some("stderr");
                self.text(&text, to_stderr);
            }
            "display_data" | "execute_result" => match output.get("data") {
                Some(Value::Object(data)) => self.data(data),
                _ => self.text("[an output without data]", false),
            },
            "error" => self.error(output),
            _ => self.text("[an output of an unknown kind]", false),
        }
    }

    /// Shows a value: as text where there is text, and a word on each image.
    fn data(&mut self, data: &Map<String, Value>) {
        let text = |kind: &str| data.get(kind).map(text_of).filter(|text| !text.trim().is_empty());
        let html = || text("text/html").map(|html| html::text(&html, self.room.saturating_mul(4)));
        let shown = text("text/plain")
            .or_else(|| text("text/markdown"))
            .or_else(|| html().filter(|text| !text.trim().is_empty()))
            .or_else(|| text("text/latex"))
            .or_else(|| data.get("application/json").and_then(|json| serde_json::to_string_pretty(json).ok()));
        let mut shown_any = shown.is_some();
        if let Some(shown) = shown {
            self.text(&shown, false);
        }
        for (kind, value) in data {
            if kind.starts_with("image/") || kind.starts_with("audio/") || kind.starts_with("video/") {
                self.text(&mention(kind, value), false);
                shown_any = true;
            }
        }
        if !shown_any {
            let kinds: Vec<String> = data.iter().take(8).map(|(kind, value)| mention(kind, value)).collect();
            self.text(if kinds.is_empty() { "[an empty output]".to_owned() } else { kinds.join(" ") }.as_str(), false);
        }
    }

    fn error(&mut self, error: &Value) {
        let member = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let lines = match error.get("traceback") {
            Some(Value::Array(entries)) => entries.iter().filter_map(Value::as_str).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        let mut text = String::new();
        for line in lines {
            text.push_str(line);
            if !line.ends_with('\n') {
                text.push('\n');
            }
        }
        if text.trim().is_empty() {
            text = match (member("ename"), member("evalue")) {
                ("", evalue) => evalue.to_owned(),
                (ename, "") => ename.to_owned(),
                (ename, evalue) => format!("{ename}: {evalue}"),
            };
        }
        // A traceback that comes with colours keeps its own.
        let plain = !text.contains('\u{1b}');
        self.text(&text, plain);
    }

    /// Adds a text, of which nothing but colours may reach the terminal, and ends its last line.
    fn text(&mut self, text: &str, red: bool) {
        let mut end = text.len().min(self.room);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.left_out += text.len() - end;
        self.room -= end;
        let text = harmless(&text[..end], self.style.colour);
        if text.is_empty() {
            return;
        }
        if red && self.style.colour {
            for line in text.split_inclusive('\n') {
                let code = line.strip_suffix('\n').unwrap_or(line);
                if code.is_empty() {
                    self.out.push('\n');
                } else {
                    self.out.extend([RED, code, RESET, "\n"]);
                }
            }
            return;
        }
        self.out.push_str(&text);
        // Colours end with what they were for.
        if text.contains('\u{1b}') && !text.trim_end_matches('\n').ends_with(RESET) {
            self.out.push_str(RESET);
        }
        if !text.ends_with('\n') {
            self.out.push('\n');
        }
    }
}

/// Returns a text that may be given as a list of pieces.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(pieces) => pieces.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

/// Returns a word on something that a terminal cannot show: its type and how large it is.
fn mention(kind: &str, value: &Value) -> String {
    let len = match value {
        Value::String(_) | Value::Array(_) => {
            let text = text_of(value);
            let as_text = kind.starts_with("text/") || kind.contains("json") || kind.contains("xml");
            if as_text { text.len() } else { text.trim_end().trim_end_matches('=').len() * 3 / 4 }
        }
        other => other.to_string().len(),
    };
    let kind: String = kind.chars().take(100).collect();
    format!("[{kind}, {}]", size(len))
}

/// Returns a number of bytes for people.
fn size(bytes: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    match bytes {
        MIB.. => format!("{}.{} MiB", bytes / MIB, bytes % MIB * 10 / MIB),
        KIB.. => format!("{} KiB", bytes / KIB),
        1 => "1 byte".to_owned(),
        _ => format!("{bytes} bytes"),
    }
}
