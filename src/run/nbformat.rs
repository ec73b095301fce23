//! What a statement shows, as output objects of the notebook format 4.
//!
//! The objects are those that editors, notebook files and terminals take. They are bounded: what a cell shows lands
//! in an editor's memory and in files, and a single `print` in a loop can be larger than both can bear.

use std::borrow::Cow;
use std::io;

use serde_json::{Map, Value, json};

use crate::session::{MimeBundle, Output, Part};

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
        Limit { bytes: Self::DEFAULT_BYTES, remedy: Cow::Borrowed("the command `glue-ls.showOutput` opens all of it") }
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

/// Makes the pieces fit: exceptions first, at most a quarter; then values, at most half of the rest where streams need
/// the other half; then streams, in equal shares.
fn shorten(pieces: &mut Vec<Piece<'_>>, limit: &Limit) {
    let mut room = limit.bytes;
    let share = limit.bytes / 4;
    for piece in pieces.iter_mut() {
        if let Piece::Error { ename, evalue, traceback } = piece {
            let share = share.min(room);
            shorten_text(ename, share / 8, limit);
            shorten_text(evalue, share / 4, limit);
            shorten_entries(traceback, share / 2, limit);
            room = room.saturating_sub(piece.size());
        }
    }

    let streams = |piece: &Piece<'_>| if let Piece::Stream { text, .. } = piece { text.len() } else { 0 };
    let wanted = pieces.iter().map(streams).fold(0, usize::saturating_add);
    let mut for_data = room - wanted.min(room / 2);
    let mut index = 0;
    while index < pieces.len() {
        if let Piece::Data(data) = &mut pieces[index] {
            let (used, note) = shorten_bundle(data, for_data, limit);
            for_data -= used.min(for_data);
            room -= used.min(room);
            let nothing = data.is_empty();
            if let Some(text) = note {
                let note = Piece::Stream { name: "stderr", text: Cow::Owned(text) };
                if nothing {
                    pieces[index] = note;
                } else {
                    index += 1;
                    pieces.insert(index, note);
                }
            }
        }
        index += 1;
    }

    let mut lengths: Vec<usize> = pieces.iter().map(streams).filter(|len| *len > 0).collect();
    lengths.sort_unstable();
    // What short streams leave is divided among the longer ones.
    let mut share = room;
    for (index, len) in lengths.iter().enumerate() {
        share = room / (lengths.len() - index);
        if *len > share {
            break;
        }
        room -= len;
        share = *len;
    }
    for piece in pieces {
        if let Piece::Stream { text, .. } = piece
            // What was just said of a value is no stream of the cell's.
            && !is_note(text)
        {
            shorten_text(text, share, limit);
        }
    }
}

/// Takes out the representations that do not fit, the largest first; returns the bytes of what is kept, and what to
/// say of what is not.
fn shorten_bundle(data: &mut Cow<'_, MimeBundle>, room: usize, limit: &Limit) -> (usize, Option<String>) {
    let mut sizes: Vec<(usize, String)> =
        data.iter().map(|(kind, value)| (kind.len() + size(value), kind.clone())).collect();
    sizes.sort();
    let (mut used, mut left_out) = (0_usize, Vec::new());
    for (size, kind) in sizes {
        if used.saturating_add(size) <= room {
            used += size;
            continue;
        }
        // Text can be cut; half of an image or of a page is nothing.
        if kind == "text/plain"
            && room - used > 1024
            && let Some(Value::String(text)) = data.to_mut().get_mut(&kind)
        {
            let mut short = Cow::Owned(std::mem::take(text));
            shorten_text(&mut short, room - used - kind.len(), limit);
            *text = short.into_owned();
            used = room;
            continue;
        }
        data.to_mut().remove(&kind);
        let kind: String = kind.chars().take(100).collect();
        left_out.push(format!("`{kind}` ({})", bytes(size)));
        if left_out.len() > 20 {
            // A bundle with a great many representations is nobody's value.
            let kept: usize = data.iter().map(|(kind, value)| kind.len() + self::size(value)).sum();
            if kept > room {
                data.to_mut().clear();
            }
            left_out.push("and more".to_owned());
            break;
        }
    }
    let note = (!left_out.is_empty()).then(|| note(&format!("{} left out here", left_out.join(", ")), limit));
    (used, note)
}

const NOTE: &str = "[glue-ls: ";

fn is_note(text: &str) -> bool {
    text.starts_with(NOTE) && text.len() < 4096 && text.ends_with("]\n")
}

fn note(what: &str, limit: &Limit) -> String {
    let most = bytes(limit.bytes);
    let remedy = if limit.remedy.is_empty() { String::new() } else { format!("; {}", limit.remedy) };
    format!("{NOTE}{what}, because a cell shows at most {most}{remedy}]\n")
}

/// Leaves out the middle of a text that has more than `room` bytes: its beginning and its end tell most.
fn shorten_text(text: &mut Cow<'_, str>, room: usize, limit: &Limit) {
    if text.len() <= room {
        return;
    }
    let (head, tail) = ends(text, room);
    let left_out = tail - head;
    let gap = if head == 0 || text[..head].ends_with('\n') { "" } else { "\n" };
    let note = note(&format!("{} left out here", bytes(left_out)), limit);
    let short = format!("{}{gap}{note}{}", &text[..head], &text[tail..]);
    *text = Cow::Owned(short);
}

/// Returns where the beginning that is kept ends and the end begins: at line breaks where there are any nearby.
fn ends(text: &str, room: usize) -> (usize, usize) {
    let mut head = room - room / 4;
    let mut tail = text.len() - room / 4;
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    if let Some(line) = text[..head].rfind('\n')
        && head - line < 4096
    {
        head = line + 1;
    }
    if let Some(line) = text[tail..].find('\n')
        && line < 4096
        && tail + line + 1 < text.len()
    {
        tail += line + 1;
    }
    (head, tail)
}

/// Leaves out the middle of a traceback; its last entries say what went wrong.
fn shorten_entries(entries: &mut Vec<Cow<'_, str>>, room: usize, limit: &Limit) {
    if entries.iter().map(|entry| entry.len() + 1).sum::<usize>() <= room {
        return;
    }
    let total = entries.len();
    for entry in entries.iter_mut() {
        shorten_text(entry, room / 4, limit);
    }
    let fits = |used: &mut usize, entry: &str| {
        *used += entry.len() + 1;
        *used <= room / 2
    };
    let mut used = 0;
    let head = entries.iter().take_while(|entry| fits(&mut used, entry)).count();
    used = 0;
    let tail = entries[head..].iter().rev().take_while(|entry| fits(&mut used, entry)).count();
    let tail = total - tail.max(1).min(total - head);
    if tail > head {
        let what = format!("{} of {total} entries are left out here", tail - head);
        entries.splice(head..tail, [Cow::Owned(note(&what, limit).trim_end().to_owned())]);
    }
}

/// Returns a number of bytes for people.
fn bytes(count: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    match count {
        MIB.. => format!("{}.{} MiB", count / MIB, count % MIB * 10 / MIB),
        KIB.. => format!("{} KiB", count / KIB),
        _ => format!("{count} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::StreamName;
    use proptest::prelude::*;

    fn stream(name: StreamName, text: &str) -> Output {
        Output::Stream { name, text: text.to_owned() }
    }

    fn small(bytes: usize) -> Limit {
        Limit { bytes, remedy: "look elsewhere".into() }
    }

    fn text(object: &Value) -> &str {
        object["text"].as_str().unwrap()
    }

    #[test]
    fn outputs_become_objects_in_order() {
        let outputs = [
            stream(StreamName::Stdout, "a\n"),
            stream(StreamName::Stdout, "b\n"),
            stream(StreamName::Stderr, "c\n"),
            stream(StreamName::Stdout, ""),
            Output::DisplayData { data: MimeBundle::from([("text/plain".to_owned(), json!("5"))]) },
            Output::Error {
                ename: "NameError".into(),
                evalue: "x".into(),
                traceback: vec!["Traceback (most recent call last):\n".into(), "NameError: x\n".into()],
            },
        ];
        assert_eq!(
            objects(&outputs, &Limit::default()),
            [
                json!({"output_type": "stream", "name": "stdout", "text": "a\nb\n"}),
                json!({"output_type": "stream", "name": "stderr", "text": "c\n"}),
                json!({"output_type": "display_data", "data": {"text/plain": "5"}, "metadata": {}}),
                json!({"output_type": "error", "ename": "NameError", "evalue": "x",
                       "traceback": ["Traceback (most recent call last):", "NameError: x"]}),
            ]
        );
    }

    #[test]
    fn what_lies_elsewhere_is_said_on_a_line_of_its_own() {
        let outputs = [
            stream(StreamName::Stdout, "begun"),
            Output::Reference { part: Part::Result, uri: "s3://bucket/key".into() },
        ];
        let shown = objects(&outputs, &Limit::default());
        assert_eq!(shown.len(), 1);
        assert!(text(&shown[0]).starts_with("begun\n[glue-ls: the value "), "{shown:?}");
        assert!(text(&shown[0]).ends_with("it is at s3://bucket/key, and `aws s3 cp s3://bucket/key -` shows it]\n"));
        assert_eq!(quoted("s3://b/a$(b) 'c'"), r"'s3://b/a$(b) '\''c'\'''");
    }

    #[test]
    fn an_exception_without_a_traceback_is_shown_all_the_same() {
        let error = |evalue: &str, traceback: Vec<String>| {
            let outputs = [Output::Error { ename: "E".into(), evalue: evalue.into(), traceback }];
            objects(&outputs, &Limit::default())[0]["traceback"].clone()
        };
        assert_eq!(error("why", vec![]), json!(["E: why"]));
        assert_eq!(error("", vec![]), json!(["E"]));
        assert_eq!(error("why", vec!["  File x\r\n".into()]), json!(["  File x", "E: why"]));
    }

    #[test]
    fn a_long_stream_keeps_its_beginning_and_its_end() {
        let long: String = (0..10_000).map(|n| format!("line {n}\n")).collect();
        let shown =
            objects(&[stream(StreamName::Stdout, &long), stream(StreamName::Stderr, "short\n")], &small(10_000));
        assert_eq!(text(&shown[1]), "short\n");
        let kept = text(&shown[0]);
        assert!(kept.starts_with("line 0\nline 1\n") && kept.ends_with("\nline 9999\n"));
        assert!(kept.len() < 11_000 && kept.len() > 9_000, "{}", kept.len());
        let (head, rest) = kept.split_once("\n[glue-ls: ").unwrap();
        let (note, tail) = rest.split_once("]\n").unwrap();
        assert!(note.contains("left out here") && note.contains("at most 9 KiB") && note.ends_with("look elsewhere"));
        assert!(long.starts_with(head) && long.ends_with(tail));
    }

    #[test]
    fn a_value_loses_what_does_not_fit() {
        let image = "A".repeat(50_000);
        let data =
            MimeBundle::from([("image/png".to_owned(), json!(image)), ("text/plain".to_owned(), json!("<Figure>"))]);
        let shown = objects(&[Output::DisplayData { data: data.clone() }], &small(10_000));
        assert_eq!(shown[0]["data"], json!({"text/plain": "<Figure>"}));
        assert!(text(&shown[1]).contains("`image/png` (48 KiB) left out here"), "{shown:?}");
        assert_eq!(objects(&[Output::DisplayData { data }], &small(60_000)).len(), 1);

        let only = MimeBundle::from([("image/png".to_owned(), json!(image))]);
        let shown = objects(&[Output::DisplayData { data: only }], &small(10_000));
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0]["output_type"], "stream");

        let long = MimeBundle::from([("text/plain".to_owned(), json!("x".repeat(50_000)))]);
        let shown = objects(&[Output::DisplayData { data: long }], &small(10_000));
        let kept = shown[0]["data"]["text/plain"].as_str().unwrap();
        assert!(kept.contains("left out here") && kept.len() < 10_500);
    }

    #[test]
    fn an_exception_is_kept_when_a_stream_is_endless() {
        let traceback: Vec<String> = (0..5000).map(|n| format!("  File \"<statement 1>\", line {n}, in f\n")).collect();
        let outputs = [
            stream(StreamName::Stdout, &"x".repeat(1_000_000)),
            Output::Error { ename: "RecursionError".into(), evalue: "too deep".into(), traceback },
        ];
        let shown = objects(&outputs, &small(40_000));
        let entries = shown[1]["traceback"].as_array().unwrap();
        assert_eq!(shown[1]["evalue"], "too deep");
        assert_eq!(entries.last().unwrap(), "RecursionError: too deep");
        assert!(entries[0].as_str().unwrap().contains("line 0,"));
        assert!(entries.iter().any(|entry| entry.as_str().unwrap().contains("of 5001 entries are left out here")));
        assert!(serde_json::to_string(&shown).unwrap().len() < 45_000);
    }

    fn output() -> impl Strategy<Value = Output> {
        let name = prop_oneof![Just(StreamName::Stdout), Just(StreamName::Stderr)];
        let text = || "[a\n𝕏é]{0,400}";
        let kind = prop::sample::select(vec!["text/plain", "text/html", "image/png", "application/json"]);
        prop_oneof![
            (name, text()).prop_map(|(name, text)| Output::Stream { name, text }),
            prop::collection::btree_map(kind.prop_map(str::to_owned), text().prop_map(Value::from), 0..4)
                .prop_map(|data| Output::DisplayData { data }),
            (text(), text(), prop::collection::vec(text(), 0..20))
                .prop_map(|(ename, evalue, traceback)| Output::Error { ename, evalue, traceback }),
            text().prop_map(|uri| Output::Reference { part: Part::Stdout, uri }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_kept_is_bounded(outputs in prop::collection::vec(output(), 0..8), bytes in 0usize..4000) {
            let shown = objects(&outputs, &small(bytes));
            let kept: usize = shown.iter().map(size).sum();
            // Each output may have a few notes and its own member names.
            prop_assert!(kept <= bytes * 2 + outputs.len() * 4000, "{kept} of {bytes}");
            prop_assert_eq!(objects(&outputs, &Limit::NONE), objects(&outputs, &Limit::default()));
        }
    }
}
