use super::Fixture;
use glue_ls::features::selection::{selection, statement_at};

/// Asserts what a selection at the cursor grows to, the whole cell left out.
#[track_caller]
fn check(written: &str, expected: &[&str]) {
    let fixture = Fixture::new(written);
    let text = fixture.text();
    let steps = selection(&fixture.model.cells[fixture.cell].cell, fixture.offset);
    let (last, inner) = steps.split_last().unwrap();
    assert_eq!(*last, 0..text.len());
    let shown: Vec<&str> = inner.iter().map(|range| &text[range.clone()]).collect();
    assert_eq!(shown, expected);
}

#[test]
fn a_magic_grows_from_word_to_head() {
    check("%glue_v$0ersion 5.0\nx = 1", &["glue_version", "%glue_version", "%glue_version 5.0"]);
    check(
        "%region a\n%connections one, 'tw$0o-2'\nx = 1",
        &[
            "two",
            "two-2",
            "'two-2'",
            "one, 'two-2'",
            "%connections one, 'two-2'",
            "%region a\n%connections one, 'two-2'",
        ],
    );
}

#[test]
fn a_body_grows_from_value_to_magic() {
    check(
        "%region a\n%%configure\n{'a': 'x$0y', 'b': 2}\n",
        &[
            "xy",
            "'xy'",
            "'a': 'xy'",
            "{'a': 'xy', 'b': 2}",
            "{'a': 'xy', 'b': 2}\n",
            "%%configure\n{'a': 'xy', 'b': 2}\n",
        ],
    );
}

#[test]
fn sql_grows_over_brackets_and_statements() {
    check(
        "%%sql\nselect (a + (b$0b * 2))\nfrom t;\nselect 2",
        &[
            "bb",
            "bb * 2",
            "(bb * 2)",
            "a + (bb * 2)",
            "(a + (bb * 2))",
            "select (a + (bb * 2))",
            "select (a + (bb * 2))\nfrom t",
            "select (a + (bb * 2))\nfrom t;\nselect 2",
        ],
    );
}

#[test]
fn python_grows_along_its_syntax() {
    check(
        "%region a\ndef f():\n    return g(x$0x, 'é')\ny = 1",
        &[
            "xx",
            "(xx, 'é')",
            "g(xx, 'é')",
            "return g(xx, 'é')",
            "    return g(xx, 'é')",
            "def f():\n    return g(xx, 'é')",
            "def f():\n    return g(xx, 'é')\ny = 1",
        ],
    );
}

#[test]
fn deep_nesting_stays_bounded() {
    let text = format!("x = {}$0{}", "[".repeat(500), "]".repeat(500));
    let fixture = Fixture::new(&text);
    let steps = selection(&fixture.model.cells[0].cell, fixture.offset);
    assert!((10..=60).contains(&steps.len()), "{}", steps.len());
    // Nodes that all end at one place.
    let text = format!("x = {}1$0", "-".repeat(20_000));
    let fixture = Fixture::new(&text);
    let steps = selection(&fixture.model.cells[0].cell, fixture.offset);
    assert!((10..=60).contains(&steps.len()), "{}", steps.len());
}

#[test]
fn a_statement_is_a_line_or_a_whole_block() {
    let statement = |written: &str| {
        let fixture = Fixture::new(written);
        let found = statement_at(&fixture.model.cells[fixture.cell].cell, fixture.offset);
        found.map(|range| fixture.text()[range].to_owned())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(statement("x = 1\ny$0 = (2,\n  3)\nz = 3"), some("y = (2,\n  3)"));
    assert_eq!(
        statement("%region a\n@d\ndef f():\n    if x:\n        y$0y\n\nz"),
        some("@d\ndef f():\n    if x:\n        yy")
    );
    assert_eq!(statement("$0    \nx"), None, "a blank line");
    assert_eq!(statement("if x:\n    y\n$0\nz = 1"), None, "between statements");
    assert_eq!(statement("x # c$0omment"), some("x"));
    assert_eq!(statement("# c$0omment\nx"), None);
    assert_eq!(statement("%reg$0ion a\nx"), None, "a magic");
    assert_eq!(statement("%%sql\nselect$0 1"), None);
    assert_eq!(statement("$0"), None);
}
