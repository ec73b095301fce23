//! What a statement shows, in the members of the public model and of the official kernel's own.
//!
//! Everything is bounded by how long it is in an answer, where characters are escaped: the worker bounds what was
//! printed, but a printed NUL takes six bytes in JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::worker::{self, Raised, Source};
use crate::session::LIVE_BYTES;

const MIB: usize = 1024 * 1024;
/// The longest text of a standard stream, and of a value, in bytes of JSON.
const LONGEST_TEXT: usize = 16 * MIB;
/// The longest text, and traceback, of an exception.
const LONGEST_ERROR: usize = 2 * MIB;
/// How much of a text the member for clients of the public model repeats.
const LONGEST_PLAIN: usize = 64 * 1024;

/// The types a value can be shown as, the best first. The service has one type for each value.
const TYPES: [&str; 4] = ["image/png", "text/html", "application/vnd.plotly.v1+json", "text/plain"];

/// The output of a statement.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    data: Data,
    execution_count: i64,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_value: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    traceback: Vec<String>,
}

/// Its data.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    /// All that clients of the public model see.
    text_plain: String,
    result: String,
    mime_type: String,
    std_out: String,
    std_err: String,
}

impl Output {
    /// Returns the output of a statement that ran to its end.
    pub(super) fn value(number: i64, printed: Printed, mut values: BTreeMap<String, String>) -> Self {
        let plain = values.get("text/plain").cloned().unwrap_or_default();
        let best = TYPES.iter().copied().find(|kind| values.get(*kind).is_some_and(|value| !value.is_empty()));
        let (kind, value) = match best {
            Some(kind) => (kind.to_owned(), values.remove(kind).unwrap_or_default()),
            None => values.pop_first().unwrap_or(("text/plain".to_owned(), String::new())),
        };
        let mut output = Self::printed(number, "ok", printed);
        if escaped_len(&value) <= LONGEST_TEXT || kind == "text/plain" {
            (output.data.mime_type, output.data.result) = (kind, bounded(&value, LONGEST_TEXT, "result"));
        } else {
            output.data.result =
                format!("[glue-ls: the result, of type {kind}, is too large to be shown; save it to a file]");
        }
        if !plain.is_empty() {
            if !output.data.text_plain.is_empty() && !output.data.text_plain.ends_with('\n') {
                output.data.text_plain.push('\n');
            }
            output.data.text_plain.push_str(&bounded(&plain, LONGEST_PLAIN, "result"));
        }
        output
    }

    /// Returns the output of a statement that raised an exception.
    pub(super) fn raised(number: i64, printed: Printed, raised: Raised) -> Self {
        let mut room = LONGEST_ERROR;
        let mut traceback = Vec::new();
        for entry in raised.traceback {
            match room.checked_sub(escaped_len(&entry)) {
                Some(left) => room = left,
                None => {
                    traceback.push("[glue-ls: the rest of the traceback is left out]\n".to_owned());
                    break;
                }
            }
            traceback.push(entry);
        }
        Self {
            error_name: Some(bounded(&raised.name, 1024, "name")),
            error_value: Some(bounded(&raised.value, LONGEST_ERROR, "text")),
            traceback,
            ..Self::printed(number, "error", printed)
        }
    }

    /// Returns the output of a statement that could not be run.
    pub(super) fn failed(number: i64, name: &str, reason: &str) -> Self {
        Self::failed_after(number, Printed::default(), name, reason)
    }

    /// Returns the output of a statement that could not be run to its end.
    pub(super) fn failed_after(number: i64, printed: Printed, name: &str, reason: &str) -> Self {
        let raised = Raised { name: name.to_owned(), value: reason.to_owned(), traceback: Vec::new() };
        Self::raised(number, printed, raised)
    }

    /// Returns the output of a statement that runs: what it has printed so far, as far as that is told before its end.
    /// The streams at the end begin with these.
    pub(super) fn so_far(number: i64, printed: &Printed) -> Self {
        // The public model has a state of statements for the status.
        Self::of_streams(number, "RUNNING", printed.stdout.beginning(), printed.stderr.beginning())
    }

    fn printed(number: i64, status: &'static str, printed: Printed) -> Self {
        Self::of_streams(number, status, printed.stdout.finish(), printed.stderr.finish())
    }

    fn of_streams(number: i64, status: &'static str, std_out: String, std_err: String) -> Self {
        let text_plain = bounded(&std_out, LONGEST_PLAIN, "output");
        let data = Data { text_plain, result: String::new(), mime_type: "text/plain".to_owned(), std_out, std_err };
        Self { data, execution_count: number, status, ..Self::default() }
    }

    /// Returns how much memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let Data { text_plain, result, std_out, std_err, .. } = &self.data;
        let texts = [text_plain, result, std_out, std_err].into_iter().chain(&self.error_value).chain(&self.traceback);
        texts.map(String::len).sum()
    }

    /// Forgets what was shown.
    pub(super) fn forget(&mut self) {
        const NOTE: &str = "[glue-ls: the output is not kept any longer]";
        if self.bytes() > NOTE.len() {
            let data = Data { std_err: NOTE.to_owned(), mime_type: "text/plain".to_owned(), ..Data::default() };
            let traceback = Vec::new();
            let error_value = self.error_value.as_deref().map(|value| bounded(value, 1024, "text"));
            *self = Self { data, traceback, error_value, ..std::mem::take(self) };
        }
    }
}

/// What a statement has printed.
#[derive(Debug, Default)]
pub(super) struct Printed {
    stdout: Text,
    stderr: Text,
}

impl Printed {
    /// Adds a piece.
    pub(super) fn push(&mut self, piece: &worker::Output) {
        match piece.source {
            Source::Stdout => self.stdout.push(&piece.text),
            Source::Stderr => self.stderr.push(&piece.text),
        }
    }

    /// Whether nothing was printed.
    pub(super) fn is_empty(&self) -> bool {
        self.stdout.text.is_empty() && self.stderr.text.is_empty()
    }

    /// Returns how much memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        self.stdout.text.len() + self.stderr.text.len()
    }
}

/// A text of bounded length.
#[derive(Debug, Default)]
struct Text {
    text: String,
    /// Its length in JSON.
    len: usize,
    /// How many bytes were left out.
    dropped: usize,
}

impl Text {
    fn push(&mut self, piece: &str) {
        let fitting = if self.dropped > 0 { 0 } else { fitting(piece, LONGEST_TEXT - self.len) };
        self.len += escaped_len(&piece[..fitting]);
        self.text.push_str(&piece[..fitting]);
        self.dropped += piece.len() - fitting;
    }

    /// Returns what is told of it while more may come.
    fn beginning(&self) -> String {
        self.text[..self.text.floor_char_boundary(LIVE_BYTES)].to_owned()
    }

    fn finish(mut self) -> String {
        if self.dropped > 0 {
            self.text.push_str(&format!(
                "\n[glue-ls: the output is cut here, {} more bytes were printed; write large output to a file]\n",
                self.dropped
            ));
        }
        self.text
    }
}

/// Returns a text that takes at most about `limit` bytes in JSON, with a note where it is cut.
fn bounded(text: &str, limit: usize, what: &str) -> String {
    let end = fitting(text, limit);
    if end == text.len() {
        return text.to_owned();
    }
    format!("{}\n[glue-ls: the {what} is cut here; it has {} bytes]", &text[..end], text.len())
}

/// Returns how many bytes of a text take at most `room` bytes in JSON.
fn fitting(text: &str, room: usize) -> usize {
    if text.len() * 6 <= room {
        return text.len();
    }
    let mut left = room;
    for (at, character) in text.char_indices() {
        match left.checked_sub(width(character)) {
            Some(rest) => left = rest,
            None => return at,
        }
    }
    text.len()
}

fn escaped_len(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// How many bytes a character takes in JSON.
fn width(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => character.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(kind, value)| ((*kind).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_width_of_characters_is_that_of_their_json() {
        for character in (0..0x800).filter_map(char::from_u32).chain(['€', '\u{2028}', '\u{fffd}', '😀']) {
            let json = serde_json::to_string(&character).unwrap();
            assert_eq!(width(character), json.len() - 2, "{character:?}");
        }
    }

    #[test]
    fn the_best_type_is_shown_and_the_plain_text_goes_to_the_public_model() {
        let both = values(&[("text/plain", "<Figure>"), ("image/png", "aGk="), ("text/html", "")]);
        let output = Output::value(3, Printed::default(), both);
        assert_eq!((output.data.mime_type.as_str(), output.data.result.as_str()), ("image/png", "aGk="));
        assert_eq!((output.data.text_plain.as_str(), output.execution_count), ("<Figure>", 3));
        let output = Output::value(0, Printed::default(), values(&[]));
        assert_eq!((output.data.mime_type.as_str(), output.data.result.as_str()), ("text/plain", ""));
        let output = Output::value(0, Printed::default(), values(&[("text/x-own", "a")]));
        assert_eq!((output.data.mime_type.as_str(), output.data.result.as_str()), ("text/x-own", "a"));
    }

    #[test]
    fn the_streams_at_the_end_begin_with_what_was_told_before() {
        let mut printed = Printed::default();
        let mut push = |source, text: &str| {
            printed.push(&worker::Output { source, text: text.to_owned() });
            let told = Output::so_far(7, &printed);
            assert_eq!((told.status, told.data.mime_type.as_str()), ("RUNNING", "text/plain"));
            (told.data.std_out, told.data.std_err)
        };
        let mut told = vec![push(Source::Stdout, "a"), push(Source::Stderr, "e\n"), push(Source::Stdout, "ä\rb")];
        assert_eq!(told[2], ("aä\rb".to_owned(), "e\n".to_owned()));
        told.extend((0..5).map(|_| push(Source::Stdout, &"ß€".repeat(MIB / 4))));
        let longest = told.last().unwrap().0.len();
        assert!((LIVE_BYTES - 4..=LIVE_BYTES).contains(&longest), "{longest}");
        let end = Output::value(7, printed, values(&[]));
        assert!(
            told.iter().all(|(stdout, stderr)| {
                end.data.std_out.starts_with(stdout) && end.data.std_err.starts_with(stderr)
            })
        );
    }

    #[test]
    fn texts_are_bounded_by_their_length_in_json() {
        let mut printed = Printed::default();
        let piece = worker::Output { source: Source::Stdout, text: "\0".repeat(MIB) };
        for _ in 0..8 {
            printed.push(&piece);
        }
        let output = Output::value(0, printed, values(&[("text/html", &"\"".repeat(9 * MIB))]));
        let json = serde_json::to_string(&output).unwrap();
        assert!(json.len() < LONGEST_TEXT + 3 * LONGEST_PLAIN, "{}", json.len());
        let dropped = 8 * MIB - LONGEST_TEXT / 6;
        assert!(
            output
                .data
                .std_out
                .ends_with(&format!("{dropped} more bytes were printed; write large output to a file]\n"))
        );
        assert!(output.data.result.contains("text/html") && output.data.result.contains("save it to a file"));

        let raised = Raised { name: "E".into(), value: "x".repeat(3 * MIB), traceback: vec!["y".repeat(MIB); 5] };
        let output = Output::raised(0, Printed::default(), raised);
        assert_eq!(output.traceback.len(), 3);
        assert!(output.traceback[2].contains("left out"));
        assert!(output.error_value.unwrap().len() < 2 * MIB + 100);
    }
}
