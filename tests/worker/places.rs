//! Where in a cell an exception is found, from tracebacks that a real interpreter wrote.

use glue_ls::model::effects;
use glue_ls::run::traceback::{Failure, Other, locate, message, statement_line};
use glue_ls::syntax::{Cell, CellKind};

use super::Session;

/// Runs a cell that fails; returns what is marked in it, the other statement, and the message.
async fn failing(session: &Session, text: &str) -> (String, Option<Other>, String) {
    let cell = Cell::whole(CellKind::Code, text);
    let statement = effects::statement(&cell).unwrap();
    let number = i64::try_from(session.next.get()).unwrap();
    let ran = session.run(&statement).await;
    let raised = ran.error();
    let failure = Failure { ename: &raised.name, evalue: &raised.value, traceback: &raised.traceback };
    let located = locate(&cell, &statement, Some(number), &failure);
    let marked = located.place.map(|place| cell.text[place.range].to_owned());
    (marked.unwrap_or_else(|| "nothing".to_owned()), located.other, message(&raised.name, &raised.value))
}

#[tokio::test]
async fn exceptions_are_found_on_the_line_that_raised_them() {
    let session = Session::start().await;
    for (text, expected) in [
        ("%idle_timeout 5\n# c\n\nx = 1\n1 / 0 # why", "1 / 0 # why"),
        ("def f(n):\n    return 1 / n\n\nfor i in [1, 0]:\n    f(i)", "return 1 / n"),
        ("f(\n    0,\n)", "f("),
        ("import json\njson.loads('{')", "json.loads('{')"),
        ("try:\n    1 / 0\nexcept Exception:\n    undefined_name", "undefined_name"),
        ("try:\n    1 / 0\nexcept Exception as e:\n    raise KeyError('k') from e", "raise KeyError('k') from e"),
        ("x = 1\nexec('y = (')", "exec('y = (')"),
        ("raise SystemExit(3)", "raise SystemExit(3)"),
        ("assert x == 2, 'é𝕏'", "assert x == 2, 'é𝕏'"),
        ("def r(): r()\nr()", "def r(): r()"),
        ("\u{c}x\r\n1 / 0\r\n", "1 / 0"),
    ] {
        assert_eq!(failing(&session, text).await.0, expected, "{text:?}");
    }
}

#[tokio::test]
async fn mistakes_in_the_syntax_are_found_in_their_line() {
    let session = Session::start().await;
    for (text, line) in [
        ("%region x\nx = 1\nif x\n    pass", "if x"),
        ("x = = 1", "x = = 1"),
        ("if True:\nx = 1", "x = 1"),
        ("if True:\n", "if True:"),
        ("def f():\n  a\n b", "b"),
        ("print('é𝕏' 'a", "print('é𝕏' 'a"),
        ("x = 1\nreturn", "return"),
        ("x = 1\nfoo(1, 2", "foo(1, 2"),
        ("'''never\nclosed", "'''never\nclosed"),
    ] {
        let (marked, other, message) = failing(&session, text).await;
        // Interpreters differ in which part of the line they mark.
        assert!(line.contains(&marked) && other.is_none(), "{text:?}: {marked:?}");
        assert!(message.starts_with("SyntaxError: ") || message.starts_with("IndentationError: "), "{message}");
    }
}

#[tokio::test]
async fn functions_of_other_cells_are_told_beside_the_call() {
    let session = Session::start().await;
    let first = Cell::whole(CellKind::Code, "%region x\n\ndef f(n):\n    # why\n    return 1 / n");
    session.run(&effects::statement(&first).unwrap()).await;
    let (marked, other, message) = failing(&session, "%region x\nprint('a')\nf(0)").await;
    assert_eq!((marked.as_str(), message.as_str()), ("f(0)", "ZeroDivisionError: division by zero"));
    let other = other.unwrap();
    assert_eq!(other.statement, 1);
    assert_eq!(&first.text[statement_line(&first, other.line).unwrap()], "return 1 / n");
    // A call back into this cell.
    session.run("def call(g):\n    g()").await;
    let (marked, other, _) = failing(&session, "def g():\n    1 / 0\ncall(g)").await;
    assert_eq!((marked.as_str(), other), ("1 / 0", None));
}
