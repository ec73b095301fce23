//! `glue-ls/observed`, as it arrives: what somebody sends who may be wrong.

use serde_json::Value as Json;

use crate::run::observed::{Shown, ShownError};

/// The longest URI, in bytes.
const LONGEST_URI: usize = 8 * 1024;
/// The most outputs of a cell that are looked at.
const MOST_OUTPUTS: usize = 2_000;
/// The most bytes of text of a cell that are looked at.
const MOST_BYTES: usize = 512 * 1024;
/// The most entries of a traceback.
const MOST_ENTRIES: usize = 2_000;
/// Milliseconds since 1970 up to the year 10,000: what is beyond is no time.
const LAST_TIME: f64 = 253_402_300_800_000.0;

/// What a kernel does with a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    /// The notebook.
    pub(super) uri: String,
    /// The cell.
    pub(super) cell: String,
    /// What it shows so far.
    pub(super) shown: Shown,
    /// Whether it ended well; `None` while it runs.
    pub(super) success: Option<bool>,
    /// When it began, in milliseconds since 1970.
    pub(super) started_at: Option<u64>,
    /// When it ended, in milliseconds since 1970.
    pub(super) ended_at: Option<u64>,
}

impl Message {
    /// Reads a message. What is no output, or more than anybody shows, is passed over.
    ///
    /// # Errors
    ///
    /// Why it is none, for the log.
    pub(super) fn read(params: &Json) -> Result<Message, &'static str> {
        let text = |name: &str| {
            params.get(name)?.as_str().filter(|text| !text.is_empty() && text.len() <= LONGEST_URI).map(str::to_owned)
        };
        let success = match params.get("success") {
            None | Some(Json::Null) => None,
            Some(Json::Bool(success)) => Some(*success),
            Some(_) => return Err("`success` is neither true, false nor null"),
        };
        let outputs = match params.get("outputs") {
            None | Some(Json::Null) => &[][..],
            Some(Json::Array(outputs)) => outputs,
            Some(_) => return Err("`outputs` is no list"),
        };
        Ok(Message {
            uri: text("uri").ok_or("`uri` is missing or no URI")?,
            cell: text("cell").ok_or("`cell` is missing or no URI")?,
            shown: shown(outputs),
            success,
            started_at: time(params.get("startedAt")),
            ended_at: time(params.get("endedAt")),
        })
    }
}

fn time(value: Option<&Json>) -> Option<u64> {
    let millis = value?.as_f64().filter(|millis| (0.0..LAST_TIME).contains(millis))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between 0 and the year 10,000"
    )]
    Some(millis as u64)
}

fn shown(outputs: &[Json]) -> Shown {
    let mut shown = Shown::default();
    let mut left = MOST_BYTES;
    for output in outputs.iter().take(MOST_OUTPUTS) {
        match output.get("output_type").and_then(Json::as_str) {
            Some("stream") => {
                let stream = match output.get("name").and_then(Json::as_str) {
                    Some("stdout") => &mut shown.stdout,
                    Some("stderr") => &mut shown.stderr,
                    _ => continue,
                };
                add(stream, output.get("text"), &mut left);
            }
            Some("error") => {
                let mut error = ShownError::default();
                add(&mut error.ename, output.get("ename"), &mut left);
                add(&mut error.evalue, output.get("evalue"), &mut left);
                for entry in output.get("traceback").and_then(Json::as_array).into_iter().flatten().take(MOST_ENTRIES) {
                    let mut text = String::new();
                    add(&mut text, Some(entry), &mut left);
                    error.traceback.push(text);
                }
                shown.errors.push(error);
            }
            _ => {}
        }
    }
    shown
}

/// Adds a text, which may come in pieces, as far as there is room.
fn add(to: &mut String, value: Option<&Json>, left: &mut usize) {
    let pieces = match value {
        Some(Json::String(_)) => value.map(std::slice::from_ref).unwrap_or_default(),
        Some(Json::Array(pieces)) => pieces,
        _ => return,
    };
    for piece in pieces.iter().filter_map(Json::as_str) {
        let kept = &piece[..piece.floor_char_boundary(*left)];
        to.push_str(kept);
        *left -= kept.len();
        if kept.len() < piece.len() {
            // What comes behind a gap would be read as what stands before it.
            *left = 0;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_come_whole_or_in_pieces_and_are_bounded() {
        let outputs = json!([
            { "output_type": "stream", "name": "stdout", "text": ["a\n", "b", 3, null] },
            { "output_type": "stream", "name": "stderr", "text": "é".repeat(MOST_BYTES) },
            { "output_type": "stream", "name": "stdout", "text": "beyond" },
        ]);
        let message = json!({ "uri": "u", "cell": "c", "outputs": outputs, "success": false, "startedAt": 1.5e12 });
        let read = Message::read(&message).unwrap();
        assert_eq!(
            (&*read.shown.stdout, read.success, read.started_at),
            ("a\nb", Some(false), Some(1_500_000_000_000))
        );
        assert_eq!(read.shown.stderr.len(), MOST_BYTES - 4, "no half of a character");
        assert!(MOST_BYTES - 4 + read.shown.stdout.len() <= MOST_BYTES);
    }

    #[test]
    fn an_exception_is_read_with_its_traceback() {
        let error = json!({ "output_type": "error", "ename": "E", "evalue": "x", "traceback": ["one", "two", {}] });
        let read = Message::read(&json!({ "uri": "u", "cell": "c", "outputs": [error] })).unwrap();
        let [error] = &*read.shown.errors else { panic!() };
        assert_eq!((&*error.ename, &*error.evalue), ("E", "x"));
        assert_eq!(error.traceback, ["one", "two", ""]);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let long = "x".repeat(LONGEST_URI + 1);
        for bad in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "uri": "u" }),
            json!({ "uri": "", "cell": "c" }),
            json!({ "uri": long, "cell": "c" }),
            json!({ "uri": ["u"], "cell": "c" }),
            json!({ "uri": "u", "cell": "c", "success": "yes" }),
            json!({ "uri": "u", "cell": "c", "outputs": {} }),
        ] {
            assert!(Message::read(&bad).is_err(), "{bad}");
        }
        for odd in [json!("1"), json!(-1), json!(1e300), json!(null), json!([1])] {
            let read = Message::read(&json!({ "uri": "u", "cell": "c", "startedAt": odd, "outputs": [1, {}, null] }));
            assert_eq!(read.unwrap().started_at, None);
        }
    }
}
