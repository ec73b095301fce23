use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::run::nbformat::{join, objects};
use crate::session::StreamName::{Stderr, Stdout};

fn stream(name: StreamName, text: &str) -> Output {
    Output::Stream { name, text: text.to_owned() }
}

fn error() -> Output {
    Output::Error { ename: "E".to_owned(), evalue: "v".to_owned(), traceback: vec!["E: v".to_owned()] }
}

/// What an editor shows, and what a terminal does, which takes nothing back.
#[derive(Default)]
struct Shown {
    editor: Vec<Json>,
    terminal: Vec<Json>,
}

impl Shown {
    fn take(&mut self, showing: Showing) {
        let Showing { outputs, replace, rest } = showing;
        if replace {
            self.editor.clear();
        }
        join(&mut self.terminal, rest.unwrap_or_else(|| outputs.clone()));
        join(&mut self.editor, outputs);
    }

    fn terminal(&self, name: StreamName) -> String {
        let texts = self.terminal.iter().filter_map(nbformat::stream).filter(|(shown, _)| *shown == name.as_str());
        texts.map(|(_, text)| text).collect()
    }
}

#[test]
fn the_end_adds_what_is_missing() {
    let mut printed = Printed::after(vec![json!("before")]);
    let first = printed.more(vec![stream(Stdout, "a\nb")], false).unwrap();
    assert_eq!(first, Showing { outputs: objects(&[stream(Stdout, "a\nb")], &limit()), replace: false, rest: None });
    printed.more(vec![stream(Stdout, "c")], false).unwrap();
    let end = printed.end(&[stream(Stdout, "a\nbcd\n"), stream(Stderr, "e\n"), error()]);
    let rest = objects(&[stream(Stdout, "d\n"), stream(Stderr, "e\n"), error()], &limit());
    assert_eq!(end, Showing { outputs: rest, replace: false, rest: None });
}

#[test]
fn the_end_says_nothing_twice() {
    let mut printed = Printed::default();
    printed.more(vec![stream(Stdout, "a\n"), stream(Stderr, "e\n")], false).unwrap();
    let end = printed.end(&[stream(Stdout, "a\n"), stream(Stderr, "e\n")]);
    assert_eq!(end, Showing { outputs: vec![], replace: false, rest: None });
}

#[test]
fn streams_that_took_turns_are_put_in_order() {
    let mut printed = Printed::after(objects(&[stream(Stdout, "set\n")], &limit()));
    for (name, text) in [(Stdout, "a\n"), (Stderr, "e\n"), (Stdout, "b\n")] {
        printed.more(vec![stream(name, text)], false).unwrap();
    }
    let end = printed.end(&[stream(Stdout, "a\nb\nc\n"), stream(Stderr, "e\n"), error()]);
    let all = objects(&[stream(Stdout, "set\na\nb\nc\n"), stream(Stderr, "e\n"), error()], &limit());
    let rest = objects(&[stream(Stdout, "c\n"), error()], &limit());
    assert_eq!(end, Showing { outputs: all, replace: true, rest: Some(rest) });
}

#[test]
fn a_table_that_came_in_pieces_is_one_at_the_end() {
    let table = "+---+\n|  a|\n+---+\n|  1|\n+---+\n";
    let mut printed = Printed::default();
    printed.more(vec![stream(Stdout, &table[..9])], false).unwrap();
    let end = printed.end(&[stream(Stdout, table)]);
    assert!(end.replace && end.outputs[0]["text"] == table && end.rest.unwrap()[0]["text"] == table[9..]);
}

#[test]
fn what_is_not_told_again_stays() {
    let mut printed = Printed::default();
    printed.more(vec![stream(Stdout, "a\n")], false).unwrap();
    let end = printed.end(&[error()]);
    assert_eq!(end, Showing { outputs: objects(&[error()], &limit()), replace: false, rest: None });
}

#[test]
fn much_is_shown_at_the_end_and_it_is_said() {
    let long = "ß€".repeat(LIVE_BYTES / 4);
    let mut shown = Shown::default();
    let mut printed = Printed::default();
    for piece in [&long[..5000], &long[5000..]] {
        shown.take(printed.more(vec![stream(Stdout, piece), stream(Stderr, "e")], false).unwrap());
    }
    assert!(shown.editor.last().unwrap()["text"] == format!("e{FULL}") || shown.editor.last().unwrap()["text"] == FULL);
    assert_eq!(printed.more(vec![stream(Stdout, "more")], false), None);
    let whole = [stream(Stdout, &format!("{long}more\n")), stream(Stderr, "ee\n")];
    shown.take(printed.end(&whole));
    assert_eq!(shown.editor, objects(&whole, &limit()));
    assert_eq!(shown.terminal(Stdout), format!("{long}more\n"));
    assert_eq!(shown.terminal(Stderr), "ee\n");
}

/// Texts with all that could be cut in the wrong place.
fn texts() -> impl Strategy<Value = Vec<(bool, String)>> {
    let text =
        prop::collection::vec(prop::sample::select(vec!["a", "ß", "€😀", "\n", "\r", "\u{1b}[31m", "+-+\n"]), 0..6);
    prop::collection::vec((any::<bool>(), text.prop_map(|parts| parts.concat())), 0..8)
}

proptest! {
    #[test]
    fn the_end_is_as_if_nothing_had_been_told_before(
        pieces in texts(), late in texts(), turn in prop::option::of(0..8_usize), raises in any::<bool>(),
    ) {
        let before = objects(&[stream(Stdout, "set\n")], &limit());
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let mut printed = Printed::after(before.clone());
        let mut shown = Shown { editor: before.clone(), terminal: vec![] };
        for (turned, (err, text)) in pieces.iter().enumerate() {
            let name = if *err { Stderr } else { Stdout };
            let mut told = vec![stream(name, text)];
            if *err { stderr.push_str(text) } else { stdout.push_str(text) }
            let replace = turn == Some(turned);
            if replace {
                // The service has another opinion of what was printed.
                stdout.insert(0, '>');
                told = vec![stream(Stdout, &stdout), stream(Stderr, &stderr)];
            }
            if let Some(showing) = printed.more(told, replace) {
                shown.take(showing);
            }
        }
        for (err, text) in &late {
            if *err { stderr.push_str(text) } else { stdout.push_str(text) }
        }
        let line = |text: &str| if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
        let mut whole = vec![stream(Stdout, &line(&stdout)), stream(Stderr, &line(&stderr))];
        whole.retain(|output| !matches!(output, Output::Stream { text, .. } if text.is_empty()));
        if raises {
            whole.push(error());
        }
        shown.take(printed.end(&whole));
        let mut expected = before;
        join(&mut expected, objects(&whole, &limit()));
        prop_assert_eq!(&shown.editor, &expected);
        if turn.is_none_or(|turn| turn >= pieces.len()) {
            prop_assert_eq!(shown.terminal(Stdout), line(&stdout));
            prop_assert_eq!(shown.terminal(Stderr), line(&stderr));
        }
    }
}
