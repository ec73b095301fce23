//! Reads a statement from the service's JSON, whatever shape its members have.
//!
//! The published model of the service lacks members that the service sends (`Result`, `MimeType`, `StdOut`,
//! `StdErr`), so they have to be taken from the body of the answer. Nothing that a body may hold is an
//! error here: a member of another type is read as far as it makes sense, or left out.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::types::{OutputStatus, Statement, StatementData, StatementId, StatementOutput, StatementState};

impl Statement {
    /// Reads a `Statement` object, as in the answers to GetStatement and ListStatements.
    ///
    /// Returns `None` where there is no number to know the statement by.
    pub fn from_json(value: &Value) -> Option<Self> {
        let id = StatementId(integer(value.get("Id")?)?);
        let state = value.get("State").and_then(Value::as_str).unwrap_or_default();
        Some(Self {
            id,
            code: value.get("Code").and_then(Value::as_str).map(str::to_owned),
            state: StatementState::from_word(state),
            output: value.get("Output").and_then(StatementOutput::from_json),
            progress: value.get("Progress").and_then(Value::as_f64),
            started_on: value.get("StartedOn").and_then(time),
            completed_on: value.get("CompletedOn").and_then(time),
        })
    }
}

impl StatementOutput {
    /// Reads an `Output` object, with the members that the published model lacks.
    ///
    /// Returns `None` for anything but an object.
    pub fn from_json(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        let traceback = match members.get("Traceback") {
            Some(Value::Array(lines)) => lines.iter().filter_map(text).collect(),
            Some(other) => text(other).into_iter().collect(),
            None => Vec::new(),
        };
        Some(Self {
            status: members.get("Status").and_then(Value::as_str).map(OutputStatus::from_word),
            data: members.get("Data").and_then(StatementData::from_json),
            execution_count: members.get("ExecutionCount").and_then(integer),
            error_name: members.get("ErrorName").and_then(text),
            error_value: members.get("ErrorValue").and_then(text),
            traceback,
        })
    }
}

impl StatementData {
    /// Reads a `Data` object. Returns `None` for anything but an object.
    pub fn from_json(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        let member = |name: &str| members.get(name).and_then(text);
        Some(Self {
            text_plain: member("TextPlain"),
            result: member("Result"),
            mime_type: member("MimeType"),
            std_out: member("StdOut"),
            std_err: member("StdErr"),
        })
    }
}

/// A string as it is, null as nothing, anything else as its JSON text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A whole number, also where it is written as `3.0` or in a string.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            // 2^53: above it a float no longer tells neighbouring numbers apart.
            (float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0).then_some(float as i64)
        }),
        Value::String(digits) => digits.trim().parse().ok(),
        _ => None,
    }
}

/// A time since 1970 in milliseconds, as the service writes statements' times, or in seconds, as it writes
/// others. Zero stands for no time.
fn time(value: &Value) -> Option<SystemTime> {
    // In milliseconds this is March 1973, in seconds the year 5138.
    const LEAST_MILLISECONDS: f64 = 1e11;
    let number = value.as_f64().filter(|number| number.is_finite() && *number > 0.0)?;
    let seconds = if number >= LEAST_MILLISECONDS { number / 1000.0 } else { number };
    SystemTime::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_full_statement_is_read_with_the_private_members() {
        let statement = Statement::from_json(&json!({
            "Id": 3, "Code": "1+1", "State": "AVAILABLE", "Progress": 1.0,
            "StartedOn": 1_700_000_000_500_i64, "CompletedOn": 0,
            "Output": {"Status": "ok", "ExecutionCount": 2,
                "Data": {"Result": "2", "MimeType": "text/plain", "StdOut": "a", "StdErr": "b", "TextPlain": "c"}},
        }))
        .unwrap();
        assert_eq!(statement.id, StatementId(3));
        assert_eq!(statement.state, StatementState::Available);
        assert_eq!(statement.started_on, Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_500)));
        assert_eq!(statement.completed_on, None);
        let output = statement.output.unwrap();
        assert_eq!((output.status, output.execution_count), (Some(OutputStatus::Ok), Some(2)));
        let data = output.data.unwrap();
        assert_eq!(data.result.as_deref(), Some("2"));
        assert_eq!(data.mime_type.as_deref(), Some("text/plain"));
        assert_eq!(data.std_out.as_deref(), Some("a"));
        assert_eq!(data.std_err.as_deref(), Some("b"));
        assert_eq!(data.text_plain.as_deref(), Some("c"));
    }

    #[test]
    fn odd_shapes_are_read_as_far_as_they_make_sense() {
        assert_eq!(Statement::from_json(&json!({"State": "RUNNING"})), None);
        assert_eq!(Statement::from_json(&json!("text")), None);
        let statement = Statement::from_json(&json!({
            "Id": "7", "State": 1, "Progress": "half", "StartedOn": 1e300,
            "Output": {"Status": null, "Data": [], "Traceback": "one", "ErrorValue": {"a": 1}, "ExecutionCount": 2.5},
        }))
        .unwrap();
        assert_eq!(statement.id, StatementId(7));
        assert_eq!(statement.state, StatementState::Unknown(String::new()));
        assert_eq!(statement.started_on, None);
        let output = statement.output.unwrap();
        assert_eq!(output.data, None);
        assert_eq!(output.traceback, ["one"]);
        assert_eq!(output.error_value.as_deref(), Some(r#"{"a":1}"#));
        assert_eq!(output.execution_count, None);
        let mixed = StatementOutput::from_json(&json!({"Traceback": ["a", null, 3]})).unwrap();
        assert_eq!(mixed.traceback, ["a", "3"]);
        assert_eq!(StatementOutput::from_json(&json!(null)), None);
    }
}
