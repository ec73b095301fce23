//! What a statement shows, in the terms of a notebook's outputs.
//!
//! The service has several ways to say the same: text alone in `TextPlain`; a value with its MIME type
//! beside what was written to the standard streams; S3 addresses of all three; an exception. The official
//! kernel's reading is followed, except where it loses something: it shows nothing of a `Data` that has
//! `TextPlain` and other members but no `MimeType`, nothing of what a failed statement wrote before it
//! failed, and only two MIME types of a result in S3.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::types::{OutputStatus, Statement, StatementData, StatementOutput, StatementState};

/// Representations of one value, by MIME type, as a notebook file stores them: text as a string, images and
/// other binary types as base64 in a string, JSON types as JSON.
pub type MimeBundle = BTreeMap<String, Value>;

/// A standard stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamName {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl StreamName {
    /// Returns the notebook format's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// Which part of an output lies elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What was written to standard output.
    Stdout,
    /// What was written to standard error.
    Stderr,
    /// The value: a JSON object of MIME types.
    Result,
    /// Why the statement failed: text.
    Reason,
}

/// One output of a cell.
///
/// The values of expressions are `DisplayData`, not a notebook's `execute_result`, as with the official
/// kernel: the session's count of executions is not the notebook's.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Text of a standard stream.
    Stream {
        /// Which one.
        name: StreamName,
        /// The text.
        text: String,
    },
    /// A value.
    DisplayData {
        /// Its representations.
        data: MimeBundle,
    },
    /// An exception.
    Error {
        /// Its class.
        ename: String,
        /// Its text.
        evalue: String,
        /// The traceback.
        traceback: Vec<String>,
    },
    /// Something that has to be fetched from S3 first; [`fetched`] reads what comes.
    Reference {
        /// What it is.
        part: Part,
        /// Where it is (`s3://bucket/key`).
        uri: String,
    },
}

/// Returns what a statement shows, in order: standard output, standard error, the value, the exception.
pub fn outputs(statement: &Statement) -> Vec<Output> {
    let Some(output) = &statement.output else { return Vec::new() };
    let mut shown = Vec::new();
    if let Some(data) = &output.data {
        show_data(data, statement.state == StatementState::Failed, &mut shown);
    }
    if failed(statement)
        && let Some(error) = exception(output)
    {
        shown.push(error);
    }
    shown
}

/// Whether a finished statement went wrong. A cancelled one did not.
pub(super) fn failed(statement: &Statement) -> bool {
    match statement.state {
        StatementState::Error | StatementState::Failed => true,
        StatementState::Available | StatementState::Completed => {
            statement.output.as_ref().is_some_and(|output| match output.status {
                Some(OutputStatus::Ok) => false,
                Some(OutputStatus::Error | OutputStatus::Unknown(_)) => true,
                None => exception(output).is_some(),
            })
        }
        _ => false,
    }
}

/// Returns what a statement that runs has written to standard output and standard error so far, as it is.
pub(super) fn streams(statement: &Statement) -> (Cow<'_, str>, &str) {
    let Some(data) = statement.output.as_ref().and_then(|output| output.data.as_ref()) else {
        return Default::default();
    };
    let (kind, _) = data.mime_type.as_deref().map_or((String::new(), false), mime_type);
    if kind == "text/uri-list" {
        return Default::default();
    }
    let plain = if says_again(data, &kind) { None } else { data.text_plain.as_deref() };
    let stdout = match (plain.unwrap_or_default(), data.std_out.as_deref().unwrap_or_default()) {
        ("", text) | (text, "") => Cow::Borrowed(text),
        (plain, text) => Cow::Owned(format!("{plain}{text}")),
    };
    (stdout, data.std_err.as_deref().unwrap_or_default())
}

fn exception(output: &StatementOutput) -> Option<Output> {
    if output.error_name.is_none() && output.error_value.is_none() && output.traceback.is_empty() {
        return None;
    }
    Some(Output::Error {
        ename: output.error_name.clone().unwrap_or_else(|| "Error".to_owned()),
        evalue: output.error_value.clone().unwrap_or_default(),
        traceback: output.traceback.clone(),
    })
}

fn show_data(data: &StatementData, failed: bool, shown: &mut Vec<Output>) {
    let (kind, base64) = data.mime_type.as_deref().map_or((String::new(), false), mime_type);
    if kind == "text/uri-list" || failed {
        refer(Part::Stdout, data.std_out.as_deref(), shown);
        // A failed statement's reason comes before what it wrote to standard error, as in the kernel.
        if failed {
            refer(Part::Reason, data.result.as_deref(), shown);
        }
        refer(Part::Stderr, data.std_err.as_deref(), shown);
        if !failed {
            refer(Part::Result, data.result.as_deref(), shown);
        }
        return;
    }
    if !says_again(data, &kind) {
        stream(StreamName::Stdout, data.text_plain.as_deref(), shown);
    }
    stream(StreamName::Stdout, data.std_out.as_deref(), shown);
    stream(StreamName::Stderr, data.std_err.as_deref(), shown);
    if let Some(result) = data.result.as_deref().filter(|result| !result.is_empty()) {
        let kind = if kind.is_empty() { "text/plain".to_owned() } else { kind };
        shown.push(Output::DisplayData { data: bundle(kind, base64, result) });
    }
}

/// Whether `TextPlain` says once more what other members do: it does beside a value with its type, and the kernel leaves it
/// out too.
fn says_again(data: &StatementData, kind: &str) -> bool {
    !kind.is_empty() && (data.result.is_some() || data.std_out.is_some() || data.std_err.is_some())
}

fn stream(name: StreamName, text: Option<&str>, shown: &mut Vec<Output>) {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return };
    let mut text = text.to_owned();
    // The service cuts the last line break off; without one the next stream would go on in the same line.
    if !text.ends_with('\n') {
        text.push('\n');
    }
    shown.push(Output::Stream { name, text });
}

/// The longest address of an object: a bucket has 63 characters, a key 1,024 bytes, and may be written with escapes.
const LONGEST_ADDRESS: usize = 4096;

/// Adds a reference, or the text itself where it is no address.
fn refer(part: Part, uri: Option<&str>, shown: &mut Vec<Output>) {
    let Some(text) = uri.filter(|uri| !uri.trim().is_empty()) else { return };
    let uri = text.trim();
    if uri.starts_with("s3://") && uri.len() <= LONGEST_ADDRESS && !uri.contains(char::is_whitespace) {
        shown.push(Output::Reference { part, uri: uri.to_owned() });
    } else {
        shown.extend(fetched(part, text));
    }
}

/// Returns what the content of a [`Output::Reference`] shows.
pub fn fetched(part: Part, content: &str) -> Vec<Output> {
    let mut shown = Vec::new();
    match part {
        Part::Stdout => stream(StreamName::Stdout, Some(content), &mut shown),
        Part::Stderr | Part::Reason => stream(StreamName::Stderr, Some(content), &mut shown),
        Part::Result => match serde_json::from_str::<Value>(content) {
            Ok(Value::Object(members)) => {
                let mut data = MimeBundle::new();
                for (name, value) in members {
                    let (kind, base64) = mime_type(&name);
                    match value {
                        Value::Null => {}
                        Value::String(text) if text.is_empty() => {}
                        Value::String(text) => data.extend(bundle(kind, base64, &text)),
                        other => {
                            data.insert(kind, other);
                        }
                    }
                }
                if !data.is_empty() {
                    shown.push(Output::DisplayData { data });
                }
            }
            Ok(Value::Null) => {}
            // Not what the service is known to write: shown as it is, better than not at all.
            _ if content.trim().is_empty() => {}
            _ => shown.push(Output::DisplayData { data: bundle("text/plain".to_owned(), false, content) }),
        },
    }
    shown
}

/// Splits a MIME type into what a notebook calls it and whether the value is base64.
fn mime_type(text: &str) -> (String, bool) {
    let mut pieces = text.split(';').map(str::trim);
    let mut kind = pieces.next().unwrap_or_default().to_ascii_lowercase();
    let mut base64 = false;
    for parameter in pieces.filter(|parameter| !parameter.is_empty()) {
        if parameter.eq_ignore_ascii_case("base64") {
            base64 = true;
        } else if !parameter.to_ascii_lowercase().starts_with("charset") {
            kind.push(';');
            kind.push_str(parameter);
        }
    }
    (kind, base64)
}

/// Whether a notebook file stores values of the type as text and not as base64.
fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || kind == "image/svg+xml" || kind == "application/javascript" || is_json(kind)
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn bundle(kind: String, base64: bool, value: &str) -> MimeBundle {
    let plain = |text: &str| MimeBundle::from([("text/plain".to_owned(), Value::from(text))]);
    if !is_text(&kind) {
        // Binary types stay in base64, with the line breaks that some encoders add taken out.
        let packed: String = value.split_ascii_whitespace().collect();
        return MimeBundle::from([(kind, Value::from(packed))]);
    }
    let text = if base64 {
        match decode_base64(value).map(String::from_utf8) {
            Some(Ok(text)) => text,
            _ => return plain(value),
        }
    } else {
        value.to_owned()
    };
    if is_json(&kind) {
        return match serde_json::from_str(&text) {
            Ok(value) => MimeBundle::from([(kind, value)]),
            Err(_) => plain(&text),
        };
    }
    MimeBundle::from([(kind, Value::from(text))])
}

/// Decodes standard base64, with or without padding and line breaks; `None` if it is something else.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut padding) = (0_u32, 0_u32, false);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding = true;
                continue;
            }
            _ => return None,
        };
        if padding {
            return None;
        }
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    // Six bits left over are a character that stands for nothing.
    (count < 6).then_some(bytes)
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
