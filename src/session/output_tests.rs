//! Tests of the outputs.

use serde_json::json;

use super::*;
use crate::session::types::StatementId;

fn shown(state: &str, output: Value) -> Vec<Output> {
    let mut statement = Statement::new(StatementId(1), StatementState::from_word(state));
    statement.output = StatementOutput::from_json(&output);
    outputs(&statement)
}

fn stdout(text: &str) -> Output {
    Output::Stream { name: StreamName::Stdout, text: text.to_owned() }
}

fn stderr(text: &str) -> Output {
    Output::Stream { name: StreamName::Stderr, text: text.to_owned() }
}

fn display(kind: &str, value: impl Into<Value>) -> Output {
    Output::DisplayData { data: MimeBundle::from([(kind.to_owned(), value.into())]) }
}

fn reference(part: Part, uri: &str) -> Output {
    Output::Reference { part, uri: uri.to_owned() }
}

#[test]
fn text_alone_is_standard_output() {
    assert_eq!(shown("AVAILABLE", json!({"Status": "ok", "Data": {"TextPlain": "hi"}})), [stdout("hi\n")]);
}

#[test]
fn nothing_is_shown_for_nothing() {
    for output in [
        json!({}),
        json!({"Status": "ok"}),
        json!({"Status": "ok", "Data": {}}),
        json!({"Status": "ok", "Data": {"TextPlain": ""}}),
        json!({"Status": "ok", "Data": {"MimeType": "text/plain", "Result": "", "StdOut": "", "StdErr": ""}}),
        json!({"Status": "ok", "Data": {"MimeType": "text/uri-list", "Result": " "}}),
        json!(null),
    ] {
        assert_eq!(shown("AVAILABLE", output.clone()), [], "{output}");
    }
}

#[test]
fn streams_come_before_the_value() {
    let output = json!({"Status": "ok", "Data": {
        "MimeType": "text/html", "Result": "<b>1</b>", "StdOut": "out\n", "StdErr": "err"}});
    assert_eq!(shown("AVAILABLE", output), [stdout("out\n"), stderr("err\n"), display("text/html", "<b>1</b>")]);
}

#[test]
fn text_beside_streams_is_not_lost_without_a_mime_type() {
    let output = json!({"Status": "ok", "Data": {"TextPlain": "a", "StdErr": "b", "Result": "c"}});
    assert_eq!(shown("AVAILABLE", output), [stdout("a\n"), stderr("b\n"), display("text/plain", "c")]);
}

#[test]
fn text_that_repeats_the_value_is_not_shown_twice() {
    let output = json!({"Status": "ok", "Data": {"TextPlain": "2", "MimeType": "text/plain", "Result": "2"}});
    assert_eq!(shown("AVAILABLE", output), [display("text/plain", "2")]);
    let alone = json!({"Status": "ok", "Data": {"TextPlain": "2", "MimeType": "text/plain"}});
    assert_eq!(shown("AVAILABLE", alone), [stdout("2\n")]);
}

#[test]
fn images_keep_their_base64_and_texts_are_decoded() {
    let value = |kind: &str, result: &str| {
        shown("AVAILABLE", json!({"Status": "ok", "Data": {"MimeType": kind, "Result": result}}))
    };
    assert_eq!(value("image/png; base64", "iVBO\nRw0K"), [display("image/png", "iVBORw0K")]);
    assert_eq!(value("image/png", "iVBORw0K"), [display("image/png", "iVBORw0K")]);
    assert_eq!(value("application/pdf;BASE64", "aGk="), [display("application/pdf", "aGk=")]);
    assert_eq!(value("text/html;charset=utf-8;base64", "PGI+"), [display("text/html", "<b>")]);
    assert_eq!(value("image/svg+xml;base64", "PHN2Zy8+"), [display("image/svg+xml", "<svg/>")]);
    assert_eq!(value("application/json;base64", "eyJhIjoxfQ"), [display("application/json", json!({"a": 1}))]);
    assert_eq!(value("application/vnd.x.v4+json", "[1]"), [display("application/vnd.x.v4+json", json!([1]))]);
}

#[test]
fn what_cannot_be_decoded_is_shown_as_it_came() {
    let value = |kind: &str, result: &str| {
        shown("AVAILABLE", json!({"Status": "ok", "Data": {"MimeType": kind, "Result": result}}))
    };
    for bad in ["not base64!", "QQ=Q", "A", "/w=="] {
        assert_eq!(value("text/html;base64", bad), [display("text/plain", bad)]);
    }
    assert_eq!(value("application/json", "{"), [display("text/plain", "{")]);
    assert_eq!(value(";;", "x"), [display("text/plain", "x")]);
}

#[test]
fn an_exception_follows_what_was_written_before_it() {
    let output = json!({"Status": "error", "ErrorName": "ValueError", "ErrorValue": "bad", "Traceback": ["a", "b"],
        "Data": {"MimeType": "text/plain", "StdOut": "before"}});
    let error =
        Output::Error { ename: "ValueError".into(), evalue: "bad".into(), traceback: vec!["a".into(), "b".into()] };
    assert_eq!(shown("AVAILABLE", output), [stdout("before\n"), error]);
}

#[test]
fn a_status_that_is_missing_or_strange_is_judged_by_the_rest() {
    let error = |name: &str| Output::Error { ename: name.into(), evalue: "v".into(), traceback: vec![] };
    assert_eq!(shown("AVAILABLE", json!({"ErrorName": "E", "ErrorValue": "v"})), [error("E")]);
    assert_eq!(shown("ERROR", json!({"ErrorValue": "v"})), [error("Error")]);
    assert_eq!(shown("AVAILABLE", json!({"Status": "puzzled", "ErrorValue": "v"})), [error("Error")]);
    assert_eq!(shown("COMPLETED", json!({"Status": "ok", "ErrorName": "E", "ErrorValue": "v"})), []);
    let mut statement = Statement::new(StatementId(1), StatementState::Available);
    assert!(!failed(&statement));
    statement.output = StatementOutput::from_json(&json!({"Status": "puzzled"}));
    assert!(failed(&statement));
    statement.state = StatementState::Cancelled;
    assert!(!failed(&statement));
}

#[test]
fn addresses_are_left_to_be_fetched() {
    let output = json!({"Status": "ok", "Data": {
        "MimeType": "text/uri-list", "Result": "s3://b/r", "StdOut": "s3://b/o", "StdErr": "s3://b/e"}});
    assert_eq!(
        shown("COMPLETED", output),
        [reference(Part::Stdout, "s3://b/o"), reference(Part::Stderr, "s3://b/e"), reference(Part::Result, "s3://b/r")]
    );
}

#[test]
fn a_failed_statement_tells_its_reason_before_standard_error() {
    let output = json!({"Data": {"Result": "s3://b/r", "StdOut": "s3://b/o", "StdErr": "plain words"}});
    assert_eq!(
        shown("FAILED", output),
        [reference(Part::Stdout, "s3://b/o"), reference(Part::Reason, "s3://b/r"), stderr("plain words\n")]
    );
}

#[test]
fn a_fetched_result_is_an_object_of_mime_types() {
    assert_eq!(fetched(Part::Result, "{}"), []);
    assert_eq!(fetched(Part::Result, " "), []);
    assert_eq!(fetched(Part::Result, r#"{"text/plain": "1"}"#), [display("text/plain", "1")]);
    let both = fetched(Part::Result, r#"{"image/png": "AA==", "text/html": "<p>", "text/plain": null}"#);
    let data = MimeBundle::from([("image/png".into(), json!("AA==")), ("text/html".into(), json!("<p>"))]);
    assert_eq!(both, [Output::DisplayData { data }]);
    assert_eq!(fetched(Part::Result, "<html>"), [display("text/plain", "<html>")]);
    assert_eq!(fetched(Part::Reason, "why"), [stderr("why\n")]);
    assert_eq!(fetched(Part::Stdout, ""), []);
}
