//! What a statement shows, as output objects of the notebook format 4.
//!
//! The objects are those that editors, notebook files and terminals take. They are bounded: what a cell shows lands
//! in an editor's memory and in files, and a single `print` in a loop can be larger than both can bear.

use std::borrow::Cow;
use std::io;

use serde_json::{Map, Value, json};

use crate::session::{MimeBundle, Output, Part};

mod shorten;
#[cfg(test)]
mod tests;

use self::shorten::shorten;

/// How much of a cell's outputs is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The most bytes of text and data in all outputs of the cell together. Notes on what was left out come on top.
    pub bytes: usize,
    /// How the user gets to see all of it: a part of a sentence that begins with a small letter.
    pub remedy: Cow<'static, str>,
}

impl Limit {
    /// The most bytes unless something else is asked for: 8 MiB.
    pub const DEFAULT_BYTES: usize = 8 * 1024 * 1024;

    /// Keeps everything.
    pub const NONE: Limit = Limit { bytes: usize::MAX, remedy: Cow::Borrowed("") };
}

impl Default for Limit {
    fn default() -> Self {
        Limit {
            bytes: Self::DEFAULT_BYTES,
            remedy: Cow::Borrowed("show the whole output of the cell to see all of it"),
        }
    }
}

/// Returns the output objects of a cell, in order.
///
/// Adjoining texts of one stream become one object. What lies in S3 and was not fetched becomes a line on standard
/// output that says where it is. Of a cell that shows more than the limit, streams keep their beginning and their end,
/// values lose the representations that do not fit, and a note says how much is missing; an exception is kept first.
pub fn objects(outputs: &[Output], limit: &Limit) -> Vec<Value> {
    let mut pieces = pieces(outputs);
    let needed = pieces.iter().map(Piece::size).fold(0, usize::saturating_add);
    if needed > limit.bytes {
        shorten(&mut pieces, limit);
    }
    pieces.into_iter().map(Piece::into_object).collect()
}

/// Adds output objects to those of a cell. A text that follows one of the same stream becomes one object with it.
pub fn join(shown: &mut Vec<Value>, more: impl IntoIterator<Item = Value>) {
    for object in more {
        match (shown.last_mut().and_then(stream_mut), stream(&object)) {
            (Some((last, before)), Some((name, text))) if last == name => before.push_str(text),
            _ => shown.push(object),
        }
    }
}

/// Returns the name and the text of a stream's object.
pub fn stream(object: &Value) -> Option<(&str, &str)> {
    if object.get("output_type")? != "stream" {
        return None;
    }
    Some((object.get("name")?.as_str()?, object.get("text")?.as_str()?))
}

fn stream_mut(object: &mut Value) -> Option<(String, &mut String)> {
    let name = stream(object)?.0.to_owned();
    match object.get_mut("text")? {
        Value::String(text) => Some((name, text)),
        _ => None,
    }
}

/// An output before it is an object.
#[derive(Debug)]
enum Piece<'a> {
    Stream { name: &'static str, text: Cow<'a, str> },
    Data(Cow<'a, MimeBundle>),
    Error { ename: Cow<'a, str>, evalue: Cow<'a, str>, traceback: Vec<Cow<'a, str>> },
}

fn pieces(outputs: &[Output]) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for output in outputs {
        let (name, text) = match output {
            Output::Stream { name, text } => (name.as_str(), Cow::Borrowed(text.as_str())),
            Output::Reference { part, uri } => ("stdout", Cow::Owned(whereabouts(*part, uri))),
            Output::DisplayData { data } => {
                pieces.push(Piece::Data(Cow::Borrowed(data)));
                continue;
            }
            Output::Error { ename, evalue, traceback } => {
                pieces.push(error(ename, evalue, traceback));
                continue;
            }
        };
        if text.is_empty() {
            continue;
        }
        match pieces.last_mut() {
            Some(Piece::Stream { name: last, text: before }) if *last == name => {
                let before = before.to_mut();
                // What comes from elsewhere begins on a line of its own.
                if matches!(output, Output::Reference { .. }) && !before.ends_with('\n') {
                    before.push('\n');
                }
                before.push_str(&text);
            }
            _ => pieces.push(Piece::Stream { name, text }),
        }
    }
    pieces
}

fn whereabouts(part: Part, uri: &str) -> String {
    let what = match part {
        Part::Stdout => "what was written to standard output",
        Part::Stderr => "what was written to standard error",
        Part::Result => "the value",
        Part::Reason => "the reason of the failure",
    };
    let fetch = format!("aws s3 cp {} -", quoted(uri));
    format!("[glue-ls: {what} is too large to come with the answer; it is at {uri}, and `{fetch}` shows it]\n")
}

/// Returns an address as a word for a shell.
fn quoted(uri: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '.' | '-' | '_' | '=' | '+' | '@');
    if uri.chars().all(plain) { uri.to_owned() } else { format!("'{}'", uri.replace('\'', "'\\''")) }
}

/// Editors put a line break between the entries of a traceback, and many show nothing else of an exception.
fn error<'a>(ename: &'a str, evalue: &'a str, traceback: &'a [String]) -> Piece<'a> {
    let mut entries: Vec<Cow<'a, str>> = traceback
        .iter()
        .map(|entry| {
            Cow::Borrowed(entry.strip_suffix('\n').map_or(entry.as_str(), |e| e.strip_suffix('\r').unwrap_or(e)))
        })
        .collect();
    if !traceback.iter().any(|entry| entry.contains(ename)) {
        entries.push(Cow::Owned(if evalue.is_empty() { ename.to_owned() } else { format!("{ename}: {evalue}") }));
    }
    Piece::Error { ename: Cow::Borrowed(ename), evalue: Cow::Borrowed(evalue), traceback: entries }
}

impl Piece<'_> {
    /// Returns about how many bytes it takes in a message or a file.
    fn size(&self) -> usize {
        match self {
            Piece::Stream { text, .. } => text.len(),
            Piece::Data(data) => data.iter().map(|(kind, value)| kind.len() + size(value)).sum(),
            Piece::Error { ename, evalue, traceback } => {
                ename.len() + evalue.len() + traceback.iter().map(|entry| entry.len() + 1).sum::<usize>()
            }
        }
    }

    fn into_object(self) -> Value {
        match self {
            Piece::Stream { name, text } => json!({"output_type": "stream", "name": name, "text": text}),
            Piece::Data(data) => {
                let data: Map<String, Value> = data.into_owned().into_iter().collect();
                json!({"output_type": "display_data", "data": data, "metadata": {}})
            }
            Piece::Error { ename, evalue, traceback } => {
                json!({"output_type": "error", "ename": ename, "evalue": evalue, "traceback": traceback})
            }
        }
    }
}

fn size(value: &Value) -> usize {
    if let Value::String(text) = value {
        return text.len();
    }
    /// Counts what is written to it.
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Writing to a counter cannot fail.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}
