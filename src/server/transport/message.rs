//! Turns the body of a frame into a message, or into the error that answers it.

use serde_json::{Map, Value};
use tower_lsp_server::jsonrpc::{Error, ErrorCode};

/// A message from the client.
#[derive(Debug, PartialEq)]
pub(crate) enum Incoming {
    /// A request (with an id) or a notification (without one).
    Call {
        /// The id as the client wrote it: a number of any kind, a string or null.
        id: Option<Value>,
        /// The method's name.
        method: String,
        /// The parameters, if there are any.
        params: Option<Value>,
    },
    /// The client's answer to a request of ours.
    Answer {
        /// The id of our request.
        id: Value,
        /// What the client answered.
        outcome: Result<Value, Error>,
    },
    /// What is no message that can be acted on; each refusal is to be sent as an answer.
    Refused(Vec<Refusal>),
}

/// An error that answers something undecodable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    /// The id of the request, null where none can be read.
    pub(crate) id: Value,
    /// What to tell the client.
    pub(crate) error: Error,
}

impl Refusal {
    /// Returns the answer to something of which no id is known.
    pub(crate) fn anonymous(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { id: Value::Null, error: error(code, message) }
    }
}

/// A body that is not JSON, even after repairs.
#[derive(Debug)]
pub(crate) struct Undecodable(pub(crate) Refusal);

/// Decodes one body.
///
/// Escaped lone surrogates, which JavaScript clients send and JSON decoders refuse, are replaced by U+FFFD; that
/// changes no position, both are one UTF-16 unit.
///
/// # Errors
///
/// The body is not UTF-8, not JSON, or nested deeper than the decoder goes (128 levels).
pub(crate) fn decode(body: &mut [u8]) -> Result<Incoming, Undecodable> {
    let first = match parse(body) {
        Ok(value) => return Ok(classify(value)),
        Err(reason) => reason,
    };
    let reason = if repair_lone_surrogates(body) {
        match parse(body) {
            Ok(value) => return Ok(classify(value)),
            Err(reason) => reason,
        }
    } else {
        first
    };
    let id = salvage_id(body).unwrap_or(Value::Null);
    Err(Undecodable(Refusal { id, error: error(ErrorCode::ParseError, reason) }))
}

fn parse(body: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(body).map_err(|found| format!("the message is not UTF-8: {found}"))?;
    serde_json::from_str(text).map_err(|found| format!("the message is not JSON: {found}"))
}

fn error(code: ErrorCode, message: impl Into<String>) -> Error {
    Error { code, message: message.into().into(), data: None }
}

fn classify(value: Value) -> Incoming {
    match value {
        Value::Object(object) => classify_object(object),
        Value::Array(items) => Incoming::Refused(refuse_batch(&items)),
        _ => Incoming::Refused(vec![Refusal::anonymous(ErrorCode::InvalidRequest, "a message must be a JSON object")]),
    }
}

/// The protocol knows no batches. Whoever waits for an answer to one of the requests is told so.
fn refuse_batch(items: &[Value]) -> Vec<Refusal> {
    let refuse = |id: Value| Refusal {
        id,
        error: error(ErrorCode::InvalidRequest, "batches are not part of LSP; send each message by itself"),
    };
    let refusals: Vec<_> = items
        .iter()
        .filter(|item| item.get("method").is_some())
        .filter_map(|item| item.get("id").filter(|id| is_id(id)))
        .map(|id| refuse(id.clone()))
        .collect();
    if refusals.is_empty() { vec![refuse(Value::Null)] } else { refusals }
}

fn classify_object(mut object: Map<String, Value>) -> Incoming {
    let id = object.remove("id");
    if id.as_ref().is_some_and(|id| !is_id(id)) {
        return Incoming::Refused(vec![Refusal::anonymous(
            ErrorCode::InvalidRequest,
            "an id must be a number or a string",
        )]);
    }
    match (object.remove("method"), id) {
        (Some(Value::String(method)), id) => Incoming::Call { id, method, params: object.remove("params") },
        (Some(_), id) => Incoming::Refused(vec![Refusal {
            id: id.unwrap_or(Value::Null),
            error: error(ErrorCode::InvalidRequest, "`method` must be a string"),
        }]),
        (None, Some(id)) => Incoming::Answer { id, outcome: outcome(&mut object) },
        (None, None) => Incoming::Refused(vec![Refusal::anonymous(
            ErrorCode::InvalidRequest,
            "a message must have a `method` or an `id`",
        )]),
    }
}

fn is_id(value: &Value) -> bool {
    matches!(value, Value::Number(_) | Value::String(_) | Value::Null)
}

/// Reads an answer leniently: some clients leave `result` out, send both members, or add their own to the error.
fn outcome(object: &mut Map<String, Value>) -> Result<Value, Error> {
    match object.remove("error") {
        None | Some(Value::Null) => Ok(object.remove("result").unwrap_or(Value::Null)),
        Some(mut found) => {
            let code = found.get("code").and_then(Value::as_i64);
            let message = match found.get("message") {
                Some(Value::String(message)) => message.clone(),
                _ => "the client answered with an error".to_owned(),
            };
            Err(Error {
                code: code.map_or(ErrorCode::InternalError, ErrorCode::from),
                message: message.into(),
                data: found.get_mut("data").map(Value::take),
            })
        }
    }
}

/// Replaces every escaped surrogate that has no partner by `\ufffd`, in place; returns whether there was any.
fn repair_lone_surrogates(json: &mut [u8]) -> bool {
    let mut repaired = false;
    let mut at = 0;
    while at < json.len() {
        if json[at] != b'\\' {
            at += 1;
            continue;
        }
        match escaped_unit(&json[at..]) {
            Some(0xD800..=0xDBFF) if matches!(escaped_unit(&json[at + 6..]), Some(0xDC00..=0xDFFF)) => at += 12,
            Some(0xD800..=0xDFFF) => {
                json[at + 2..at + 6].copy_from_slice(b"fffd");
                repaired = true;
                at += 6;
            }
            Some(_) => at += 6,
            // An escape of one character, which may itself be a backslash.
            None => at += 2,
        }
    }
    repaired
}

/// Returns the UTF-16 unit that `bytes` begins with, if that is a `\uXXXX` escape.
fn escaped_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u16::from_str_radix(digits, 16).ok()
}

/// Finds the id of a request that cannot be decoded.
///
/// Walks over the members of the outermost object, without recursion, as far as they go. An id counts only beside
/// a `method`: what has none may be an answer, and its id one of ours.
fn salvage_id(json: &[u8]) -> Option<Value> {
    let mut id = None;
    let mut has_method = false;
    let mut at = skip_blanks(json, 0);
    if json.get(at) != Some(&b'{') {
        return None;
    }
    at += 1;
    loop {
        at = skip_blanks(json, at);
        let Some(key_end) = string_end(json, at) else {
            break;
        };
        let key = &json[at + 1..key_end - 1];
        at = skip_blanks(json, key_end);
        if json.get(at) != Some(&b':') {
            break;
        }
        at = skip_blanks(json, at + 1);
        let Some(value_end) = value_end(json, at) else {
            has_method |= key == b"method";
            break;
        };
        match key {
            b"id" => id = serde_json::from_slice(&json[at..value_end]).ok().filter(is_id),
            b"method" => has_method = true,
            _ => {}
        }
        at = skip_blanks(json, value_end);
        if json.get(at) != Some(&b',') {
            break;
        }
        at += 1;
    }
    id.filter(|_| has_method)
}

fn skip_blanks(json: &[u8], at: usize) -> usize {
    at + json[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Returns the end of the string that begins at `at`, after its closing quote.
fn string_end(json: &[u8], at: usize) -> Option<usize> {
    if json.get(at) != Some(&b'"') {
        return None;
    }
    let mut at = at + 1;
    loop {
        match json.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns the end of the value that begins at `at`, however deep it is; none if it is cut off.
fn value_end(json: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = at;
    loop {
        match json.get(at)? {
            b'"' => at = string_end(json, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
                continue;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b':' if depth > 0 => {
                at += 1;
                continue;
            }
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            _ => {
                let length = json[at..]
                    .iter()
                    .take_while(|byte| !matches!(byte, b',' | b':' | b'{' | b'}' | b'[' | b']' | b'"'))
                    .take_while(|byte| !byte.is_ascii_whitespace())
                    .count();
                if length == 0 || at + length == json.len() {
                    return None;
                }
                at += length;
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decode_text(text: &str) -> Result<Incoming, Undecodable> {
        decode(&mut text.as_bytes().to_vec())
    }

    #[track_caller]
    fn refusal(body: &[u8]) -> (Value, i64) {
        match decode(&mut body.to_vec()) {
            Err(Undecodable(refusal)) => (refusal.id, refusal.error.code.code()),
            Ok(Incoming::Refused(refusals)) => (refusals[0].id.clone(), refusals[0].error.code.code()),
            Ok(other) => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[track_caller]
    fn string_in(text: &str) -> String {
        match decode_text(&format!(r#"{{"method":"m","params":"{text}"}}"#)).unwrap() {
            Incoming::Call { params: Some(Value::String(text)), .. } => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn calls_keep_their_id_as_written() {
        for id in [json!(1), json!(-1), json!(1.5), json!("a"), json!(u64::MAX), Value::Null] {
            let text = json!({"jsonrpc": "2.0", "id": id, "method": "m"}).to_string();
            let call = Incoming::Call { id: Some(id), method: "m".into(), params: None };
            assert_eq!(decode_text(&text).unwrap(), call);
        }
    }

    #[test]
    fn answers_are_read_leniently() {
        let ok = |result| Incoming::Answer { id: json!(3), outcome: Ok(result) };
        assert_eq!(decode_text(r#"{"id":3,"result":[1]}"#).unwrap(), ok(json!([1])));
        assert_eq!(decode_text(r#"{"id":3}"#).unwrap(), ok(Value::Null));
        assert_eq!(decode_text(r#"{"id":3,"error":null,"result":1}"#).unwrap(), ok(json!(1)));
        let failed = decode_text(r#"{"id":3,"result":null,"error":{"code":-32601,"message":"no","more":1}}"#);
        let Incoming::Answer { outcome: Err(error), .. } = failed.unwrap() else { panic!() };
        assert_eq!((error.code, &*error.message), (ErrorCode::MethodNotFound, "no"));
    }

    #[test]
    fn lone_surrogates_become_replacement_characters() {
        assert_eq!(string_in(r"a\ud800b"), "a\u{FFFD}b");
        assert_eq!(string_in(r"\uDC00\uD83D\uDE00"), "\u{FFFD}\u{1F600}");
        assert_eq!(string_in(r"\ud800\ud83d\ude00"), "\u{FFFD}\u{1F600}");
        assert_eq!(string_in(r"\ud800\n\ud800"), "\u{FFFD}\n\u{FFFD}");
        assert_eq!(string_in(r"\\ud800 \ud800"), "\\ud800 \u{FFFD}");
        assert_eq!(string_in(r"\\\ud800"), "\\\u{FFFD}");
    }

    #[test]
    fn a_broken_request_is_answered_with_its_id() {
        let deep = format!(
            r#"{{"jsonrpc":"2.0","params":{}{},"method":"m","id":"deep"}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000),
        );
        assert_eq!(refusal(deep.as_bytes()), (json!("deep"), -32700));
        assert_eq!(refusal(br#"{"id":7,"method":"m","params":{"a":"#), (json!(7), -32700));
        assert_eq!(refusal(br#"{"id":7,"method":"m","params":["x\"}]", tru]}"#), (json!(7), -32700));
        assert_eq!(refusal(b"{\"id\" : 1.5 ,\"params\":\"\xFF\",\"method\":\"m\"}"), (json!(1.5), -32700));
        assert_eq!(refusal(br#"{"id":"x","method":5}"#), (json!("x"), -32600));
    }

    #[test]
    fn an_id_that_may_be_ours_or_is_cut_off_is_not_used() {
        assert_eq!(refusal(br#"{"id":7,"result":[}"#), (Value::Null, -32700));
        assert_eq!(refusal(br#"{"method":"m","id":12"#), (Value::Null, -32700));
        assert_eq!(refusal(br#"{"method":"m","id":{"#), (Value::Null, -32700));
        assert_eq!(refusal(br#"{"method":"m","params":{"id":3,"#), (Value::Null, -32700));
        assert_eq!(refusal(br#"{"method":"m","id":[1]}"#), (Value::Null, -32600));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for body in ["", " ", "{", "null", "7", "\"x\"", "{}", "[]", "[1]", "nonsense", "{\"method\"", "\\"] {
            assert_eq!(refusal(body.as_bytes()).0, Value::Null, "{body:?}");
        }
    }

    #[test]
    fn every_request_of_a_batch_is_refused_by_its_id() {
        let batch =
            decode_text(r#"[{"id":1,"method":"a"},{"method":"b"},{"id":2,"result":0},{"id":"z","method":"c"}]"#);
        let Incoming::Refused(refusals) = batch.unwrap() else { panic!() };
        let ids: Vec<_> = refusals.iter().map(|refusal| refusal.id.clone()).collect();
        assert_eq!(ids, [json!(1), json!("z")]);
    }
}
