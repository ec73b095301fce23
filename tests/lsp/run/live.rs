//! What a cell prints is shown while it runs, and once.

use serde_json::{Value, json};

use super::{Gate, Lab, Setup, Story};
use crate::lsp::editor::cell_uri;

fn stream(name: &str, text: &str) -> Value {
    json!({ "output_type": "stream", "name": name, "text": text })
}

/// Runs a cell until it shows a text on a stream.
#[track_caller]
fn until(lab: &mut Lab, cell: &str, name: &str, text: &str) -> (u64, Story) {
    let run = lab.ask("runCell", json!({ "cell": cell_uri(cell) }));
    let story = Story::until(&mut lab.editor.client, run, |story| story.stream(name).contains(text));
    (run, story)
}

impl Lab {
    #[track_caller]
    fn until_the_end(&mut self, (run, story): (u64, Story)) -> Story {
        story.until_the_end(&mut self.editor.client, run, 1)
    }
}

#[test]
fn a_text_is_there_before_the_cell_goes_on() {
    let gate = Gate::new();
    let code = format!("print('first')\nprint('half', end='')\n{}print(' whole')\n'value'", gate.wait());
    let mut lab = Lab::notebook(&[("a", &code)]);
    let told = until(&mut lab, "a", "stdout", "half");
    assert_eq!(told.1.merged(), [stream("stdout", "first\nhalf")]);
    gate.guest().open();
    let story = lab.until_the_end(told).ok();
    assert_eq!(
        (story.stream("stdout"), story.values(), story.replaced()),
        ("first\nhalf whole\n".into(), vec!["'value'".into()], 1)
    );
    assert_eq!(story.merged().len(), 2);
}

#[test]
fn what_was_said_before_the_code_stays() {
    let gate = Gate::new();
    let turns = [gate.wait(), gate.wait(), gate.wait()];
    let code = format!(
        "%idle_timeout 7\nimport sys\nprint('a')\n{}print('e', file=sys.stderr)\n{}print('b')\n{}1 / 0",
        turns[0], turns[1], turns[2]
    );
    let mut lab = Lab::notebook(&[("a", &code)]);
    let run = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let shown = |name: &'static str, text: &'static str| move |story: &Story| story.stream(name).contains(text);
    let mut story = Story::until(&mut lab.editor.client, run, shown("stdout", "a\n"));
    for (name, text) in [("stderr", "e\n"), ("stdout", "b\n")] {
        gate.guest().open();
        story = story.and_until(&mut lab.editor.client, run, shown(name, text));
    }
    assert_eq!(
        story.merged(),
        [stream("stdout", "idle_timeout = 7\na\n"), stream("stderr", "e\n"), stream("stdout", "b\n")],
        "in the order in which it came"
    );
    gate.guest().open();
    let story = story.until_the_end(&mut lab.editor.client, run, 1);
    let shown = story.merged();
    assert_eq!(shown[..2], [stream("stdout", "idle_timeout = 7\na\nb\n"), stream("stderr", "e\n")], "as a file has it");
    assert_eq!((&shown[2]["ename"], shown.len(), story.end()), (&json!("ZeroDivisionError"), 3, "error"));
    let items = lab.editor.pull_items(&cell_uri("a"));
    assert_eq!(items[0]["message"], "ZeroDivisionError: division by zero");
}

#[test]
fn an_error_follows_what_was_printed() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", &format!("print('before')\n{}print('after')\n1 / 0", gate.wait()))]);
    let told = until(&mut lab, "a", "stdout", "before");
    gate.guest().open();
    let story = lab.until_the_end(told);
    let shown = story.merged();
    assert_eq!((story.end(), story.replaced(), shown.len()), ("error", 1, 2));
    assert_eq!((&shown[0], &shown[1]["output_type"]), (&stream("stdout", "before\nafter\n"), &json!("error")));
}

#[test]
fn a_cell_that_is_cancelled_keeps_what_it_printed() {
    let gate = Gate::new();
    let code = format!("print('one')\n{}print('two')\n{}", gate.wait(), gate.endless());
    let mut lab = Lab::notebook(&[("a", &code), ("b", "'lives'")]);
    let told = until(&mut lab, "a", "stdout", "one");
    gate.guest().open();
    let _guest = gate.guest();
    lab.command("cancel", json!({ "runId": told.0 }));
    let story = lab.until_the_end(told);
    assert_eq!((story.end(), story.merged()), ("cancelled", vec![stream("stdout", "one\ntwo\n")]));
    assert_eq!(lab.run_cell("b").ok().values(), ["'lives'"]);
}

#[test]
fn a_cell_whose_session_is_stopped_keeps_what_it_has_shown() {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", &format!("print('shown')\n{}", gate.endless()))]);
    let told = until(&mut lab, "a", "stdout", "shown");
    lab.command("stopSession", json!({ "cell": cell_uri("a") }));
    let story = lab.until_the_end(told);
    assert_eq!((story.end(), story.stream("stdout")), ("cancelled", "shown\n".to_owned()));
}

#[test]
fn ten_megabytes_are_shown_once_and_cut_as_ever() {
    let gate = Gate::new();
    let line = "x".repeat(99);
    let code = format!("print('begin')\n{}for _ in range(100_000): print('x' * 99)\n'value'", gate.wait());
    let mut lab = Lab::notebook(&[("a", &code)]);
    let told = until(&mut lab, "a", "stdout", "begin");
    gate.guest().open();
    let story = lab.until_the_end(told).ok();
    let shown = story.merged();
    assert_eq!((shown.len(), story.values()), (2, vec!["'value'".to_owned()]));
    let text = shown[0]["text"].as_str().unwrap();
    let (kept, note) = text.split_at(text.find("[glue-ls: ").unwrap());
    assert!(note.starts_with("[glue-ls: the output is cut here, ") && note.matches("glue-ls").count() == 1, "{note}");
    let mut lines = kept.lines();
    assert_eq!(lines.next(), Some("begin"));
    let whole = lines.by_ref().take_while(|shown| *shown == line).count();
    assert!(kept.len() > 8_000_000 && whole + 2 == kept.lines().count(), "{whole} of {}", kept.lines().count());
}

#[test]
fn threads_that_print_at_once_lose_nothing() {
    let gate = Gate::new();
    let code = format!(
        "import sys, threading\ndef say(to, name):\n    for i in range(2000): to.write(f'{{name}}{{i}}\\n')\n\
         print('begin')\n{}\
         threads = [threading.Thread(target=say, args=(to, name)) for name in 'ab' for to in (sys.stdout, sys.stderr)]\n\
         for thread in threads: thread.start()\nfor thread in threads: thread.join()\n",
        gate.wait()
    );
    let mut lab = Lab::notebook(&[("a", &code)]);
    let told = until(&mut lab, "a", "stdout", "begin");
    gate.guest().open();
    let story = lab.until_the_end(told).ok();
    assert_eq!(story.merged().len(), 2, "each stream is one");
    for name in ["stdout", "stderr"] {
        let text = story.stream(name);
        for thread in ["a", "b"] {
            let numbers = text.lines().filter_map(|line| line.strip_prefix(thread)?.parse::<usize>().ok());
            assert!(numbers.eq(0..2000), "{thread} on {name}");
        }
    }
}

#[test]
fn characters_escapes_and_progress_bars_may_be_cut_anywhere() {
    let gate = Gate::new();
    let pieces = ["b'10%\\r20%'", "b'\\xe2\\x82'", "b'\\xac\\r\\x1b[3'", "b'1m30%\\x1b[0m\\n'"];
    let mut code = "import os\n".to_owned();
    for piece in pieces {
        code.push_str(&format!("_ = os.write(1, {piece})\n{}", gate.wait()));
    }
    code.push_str("None");
    let mut lab = Lab::notebook(&[("a", &code)]);
    let run = lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let mut story = Story::until(&mut lab.editor.client, run, |story| story.stream("stdout") == "10%\r20%");
    gate.guest().open();
    gate.guest().open();
    for text in ["10%\r20%€\r\u{1b}[3", "10%\r20%€\r\u{1b}[31m30%\u{1b}[0m\n"] {
        story = story.and_until(&mut lab.editor.client, run, |story| story.stream("stdout") == text);
        gate.guest().open();
    }
    let story = story.until_the_end(&mut lab.editor.client, run, 1).ok();
    assert_eq!(story.merged(), [stream("stdout", "10%\r20%€\r\u{1b}[31m30%\u{1b}[0m\n")]);
    assert_eq!(story.replaced(), 1);
}

#[test]
fn a_table_in_two_pieces_is_a_table_at_the_end() {
    let gate = Gate::new();
    let mut setup = Setup::new();
    setup.capabilities["experimental"]["glueLs"] = json!({ "tables": true });
    let mut lab = setup.start();
    let code = format!("print('+---+\\n|  a|\\n+---+')\n{}print('|  1|\\n+---+')\n", gate.wait());
    lab.open_notebook(&[("a", &code)]);
    let told = until(&mut lab, "a", "stdout", "a|\n+---+\n");
    assert_eq!(told.1.tables(), [] as [Value; 0]);
    gate.guest().open();
    let story = lab.until_the_end(told).ok();
    assert_eq!(story.merged(), [stream("stdout", "+---+\n|  a|\n+---+\n|  1|\n+---+\n")]);
    let tables = story.tables();
    assert!(tables.len() == 1 && tables[0]["html"].as_str().unwrap().contains("<td>1</td>"), "{tables:?}");
}

#[test]
fn the_whole_output_can_be_opened_meanwhile_and_afterwards() {
    let gate = Gate::new();
    let mut lab = Setup::new().start();
    lab.editor.client.ignore("window/showMessage");
    lab.open_notebook(&[("a", &format!("print('one')\n{}print('two')", gate.wait()))]);
    let whole = |lab: &mut Lab| {
        let answer = lab.command("showOutput", json!({ "cell": cell_uri("a") }));
        std::fs::read_to_string(answer["uri"].as_str().unwrap().strip_prefix("file://").unwrap()).unwrap()
    };
    let told = until(&mut lab, "a", "stdout", "one");
    assert_eq!(whole(&mut lab), "one\n");
    gate.guest().open();
    lab.until_the_end(told).ok();
    assert_eq!(whole(&mut lab), "one\ntwo\n");
}
