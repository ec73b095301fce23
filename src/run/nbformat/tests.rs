//! What outputs become, whole and shortened.

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
    let outputs =
        [stream(StreamName::Stdout, "begun"), Output::Reference { part: Part::Result, uri: "s3://bucket/key".into() }];
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
    let shown = objects(&[stream(StreamName::Stdout, &long), stream(StreamName::Stderr, "short\n")], &small(10_000));
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
    let data = MimeBundle::from([("image/png".to_owned(), json!(image)), ("text/plain".to_owned(), json!("<Figure>"))]);
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
        (text(), text(), prop::collection::vec(text(), 0..20)).prop_map(|(ename, evalue, traceback)| Output::Error {
            ename,
            evalue,
            traceback
        }),
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
