use proptest::prelude::*;

use super::*;
use crate::syntax::CellKind;

fn cell(text: &str) -> Cell {
    Cell::whole(CellKind::Code, text)
}

fn lines_of(traceback: &str) -> Vec<String> {
    traceback.split_inclusive('\n').map(str::to_owned).collect()
}

/// Returns what a traceback marks in a cell, and the other statement.
fn found(
    text: &str,
    number: Option<i64>,
    ename: &str,
    evalue: &str,
    traceback: &str,
) -> (Option<String>, Option<Other>) {
    let cell = cell(text);
    let statement = effects::statement(&cell).unwrap();
    let by_line = lines_of(traceback);
    let located = locate(&cell, &statement, number, &Failure { ename, evalue, traceback: &by_line });
    // It is the same however the lines are cut into entries, and with colours.
    let whole = [traceback.to_owned()];
    assert_eq!(located, locate(&cell, &statement, number, &Failure { ename, evalue, traceback: &whole }));
    let coloured = [traceback.replace("File", "\u{1b}[1;35mFile\u{1b}[0m").replace("line", "\u{1b}[32mline\u{1b}[m")];
    assert_eq!(located, locate(&cell, &statement, number, &Failure { ename, evalue, traceback: &coloured }));
    (located.place.map(|place| cell.text[place.range].to_owned()), located.other)
}

fn place(text: &str, number: Option<i64>, ename: &str, evalue: &str, traceback: &str) -> Option<String> {
    found(text, number, ename, evalue, traceback).0
}

#[test]
fn lines_above_the_code_are_not_part_of_the_statement() {
    let traceback = "Traceback (most recent call last):\n  File \"<statement 3>\", line 2, in <module>\n    boom()\n    ~~~~^^\nNameError: boom\n";
    let text = "%idle_timeout 5\n# a comment\n\nx = 1\n  boom()  \ny = 2";
    assert_eq!(place(text, Some(3), "NameError", "boom", traceback).as_deref(), Some("boom()"));
    assert_eq!(place("x\u{2028}boom()\r\ny", Some(3), "NameError", "boom", traceback).as_deref(), Some("boom()"));
}

#[test]
fn the_deepest_frame_of_the_cell_counts() {
    let traceback = "Traceback (most recent call last):\n  File \"<statement 3>\", line 4, in <module>\n    f()\n  File \"<statement 3>\", line 2, in f\n    json.loads('')\n  File \"/usr/lib/python3.8/json/__init__.py\", line 357, in loads\n    return _default_decoder.decode(s)\njson.decoder.JSONDecodeError: Expecting value\n";
    let text = "def f():\n    json.loads('')\n\nf()";
    assert_eq!(
        found(text, Some(3), "JSONDecodeError", "Expecting value", traceback),
        (Some("json.loads('')".into()), None)
    );
}

#[test]
fn a_function_of_another_cell_is_told_beside_the_call() {
    let traceback = "Traceback (most recent call last):\n  File \"<statement 3>\", line 1, in <module>\n    f()\n  File \"<statement 2>\", line 7, in f\n    g()\n  File \"<statement 1>\", line 5, in g\n    1 / 0\nZeroDivisionError: division by zero\n";
    assert_eq!(
        found("f()", Some(3), "ZeroDivisionError", "division by zero", traceback),
        (Some("f()".into()), Some(Other { statement: 1, line: 5 }))
    );
    // Called back: the deepest frame is in this cell again.
    let back = "Traceback (most recent call last):\n  File \"<statement 3>\", line 3, in <module>\n  File \"<statement 2>\", line 7, in f\n  File \"<statement 3>\", line 2, in g\nValueError: x\n";
    assert_eq!(
        found("def g():\n    raise ValueError('x')\nf(g)", Some(3), "ValueError", "x", back),
        (Some("raise ValueError('x')".into()), None)
    );
    // Nothing of it is in this cell.
    let elsewhere = "Traceback (most recent call last):\n  File \"<statement 2>\", line 7, in f\nValueError: x\n";
    assert_eq!(found("f()", Some(3), "ValueError", "x", elsewhere), (None, Some(Other { statement: 2, line: 7 })));
    assert_eq!(statement_line(&cell("%region x\ndef f():\n  g() # call"), 2), Some(21..31));
    assert_eq!(statement_line(&cell("f()"), 2), None);
}

#[test]
fn a_mistake_in_the_syntax_is_where_the_message_says() {
    let traceback = "  File \"<statement 3>\", line 2\n    if x = 1:\n       ^^^^^\nSyntaxError: invalid syntax. Maybe you meant '==' or ':=' instead of '='?\n";
    let text = "%region x\nx = 1\n  if x = 1:\n    pass";
    assert_eq!(place(text, Some(3), "SyntaxError", "invalid syntax", traceback).as_deref(), Some("x = 1"));
    // One caret, in a Glue session.
    let traceback = "  File \"<stdin>\", line 2\n    é𝕏 = = 1\n         ^\nSyntaxError: invalid syntax\n";
    assert_eq!(
        place("x = 1\né𝕏 = = 1", None, "SyntaxError", "invalid syntax (<stdin>, line 2)", traceback).as_deref(),
        Some("=")
    );
    // Nothing but the text.
    assert_eq!(
        place("x = 1\nx = = 1", None, "SyntaxError", "invalid syntax (<stdin>, line 2)", "").as_deref(),
        Some("x = = 1")
    );
    assert_eq!(place("x = 1\nx = = 1", None, "SyntaxError", "invalid syntax (mod.py, line 2)", ""), None);
    // What is missing at the end is marked where something stands.
    let traceback = "  File \"<statement 1>\", line 3\n    \n    ^\nIndentationError: expected an indented block after 'if' statement on line 1\n";
    assert_eq!(
        place("if x:\n\n", Some(1), "IndentationError", "expected an indented block", traceback).as_deref(),
        Some("if x:")
    );
    // Behind the end of the line.
    let traceback =
        "  File \"<statement 1>\", line 1\n    f(1, 2\n          ^\nSyntaxError: unexpected EOF while parsing\n";
    assert_eq!(
        place("f(1, 2", Some(1), "SyntaxError", "unexpected EOF while parsing", traceback).as_deref(),
        Some("f(1, 2")
    );
}

#[test]
fn a_mistake_in_the_syntax_of_something_else_is_where_that_was_read() {
    let traceback = "Traceback (most recent call last):\n  File \"<statement 3>\", line 2, in <module>\n    exec('x = (')\n  File \"<string>\", line 1\n    x = (\n        ^\nSyntaxError: '(' was never closed\n";
    assert_eq!(
        place("import os\nexec('x = (')", Some(3), "SyntaxError", "'(' was never closed", traceback).as_deref(),
        Some("exec('x = (')")
    );
    let glue = traceback.replace("<statement 3>", "<stdin>");
    assert_eq!(
        place("import os\nexec('x = (')", None, "SyntaxError", "'(' was never closed (<string>, line 1)", &glue)
            .as_deref(),
        Some("exec('x = (')")
    );
    // A worker's own stack above the message of a Glue session.
    let shell = "Traceback (most recent call last):\n  File \"/opt/4711/shell.py\", line 1, in run\n    parse(code)\n  File \"<stdin>\", line 2\n    x = = 1\n        ^\nSyntaxError: invalid syntax\n";
    assert_eq!(
        place("import os\nx = = 1", None, "SyntaxError", "invalid syntax (<stdin>, line 2)", shell).as_deref(),
        Some("=")
    );
}

#[test]
fn of_chained_exceptions_the_last_one_counts() {
    for link in [
        "During handling of the above exception, another exception occurred:",
        "The above exception was the direct cause of the following exception:",
    ] {
        let traceback = format!(
            "Traceback (most recent call last):\n  File \"<statement 3>\", line 2, in <module>\n    1 / 0\nZeroDivisionError: division by zero\n\n{link}\n\nTraceback (most recent call last):\n  File \"<statement 3>\", line 4, in <module>\n    x()\nNameError: x\n"
        );
        let text = "try:\n    1 / 0\nexcept Exception:\n    x()";
        assert_eq!(place(text, Some(3), "NameError", "x", &traceback).as_deref(), Some("x()"), "{link}");
        let glue = traceback.replace("<statement 3>", "<stdin>");
        assert_eq!(place(text, None, "NameError", "x", &glue).as_deref(), Some("x()"), "{link}");
    }
}

#[test]
fn a_group_of_exceptions_is_where_it_was_raised() {
    let traceback = "  + Exception Group Traceback (most recent call last):\n  |   File \"<statement 1>\", line 2, in <module>\n  |     raise ExceptionGroup('g', [a])\n  | ExceptionGroup: g (1 sub-exception)\n  +-+---------------- 1 ----------------\n    | Traceback (most recent call last):\n    |   File \"<statement 1>\", line 1, in <module>\n    |     1 / 0\n    | ZeroDivisionError: x\n    +------------------------------------\n";
    let text = "1 / 0\nraise ExceptionGroup('g', [a])";
    assert_eq!(
        place(text, Some(1), "ExceptionGroup", "g (1 sub-exception)", traceback).as_deref(),
        Some("raise ExceptionGroup('g', [a])")
    );
}

#[test]
fn in_a_glue_session_the_outermost_call_began_here() {
    let traceback = "Traceback (most recent call last):\n  File \"<stdin>\", line 2, in <module>\n  File \"<stdin>\", line 1, in f\nZeroDivisionError: division by zero\n";
    assert_eq!(
        found("x = 1\nf()", None, "ZeroDivisionError", "division by zero", traceback),
        (Some("f()".into()), None)
    );
    // A line that this statement does not have belongs to another one.
    assert_eq!(
        place(
            "f()",
            None,
            "ZeroDivisionError",
            "x",
            &traceback.replace("line 1, in f", "line 9, in f").replace("line 2,", "line 7,")
        ),
        None
    );
    for name in [
        "<ipython-input-3-0a1b>",
        concat!("/tm", "p/ipykernel_71/3.py"),
        "<string>",
        concat!("/tm", "p/1700000000/x.py"),
    ] {
        let traceback = traceback.replace("<stdin>", name);
        assert_eq!(place("x = 1\nf()", None, "ZeroDivisionError", "x", &traceback).as_deref(), Some("f()"), "{name}");
    }
    // What is shown of the line has to be what was sent.
    let shown = "Traceback (most recent call last):\n  File \"/opt/17/shell.py\", line 1, in run\n    exec(code)\n  File \"<string>\", line 2, in <module>\nValueError: x\n";
    assert_eq!(place("x = 1\nf()", None, "ValueError", "x", shown).as_deref(), Some("f()"));
    assert_eq!(place("x = 1\nf()", None, "ValueError", "x", &traceback.replace("<stdin>", "/usr/lib/x.py")), None);
}

#[test]
fn ipythons_listings_are_read() {
    let old = "---------------------------------------------------------------------------\nZeroDivisionError                         Traceback (most recent call last)\n<ipython-input-2-9e1622b385b6> in <module>\n      1 x = 1\n----> 2 1 / 0\n\nZeroDivisionError: division by zero\n";
    assert_eq!(place("x = 1\n1 / 0", None, "ZeroDivisionError", "division by zero", old).as_deref(), Some("1 / 0"));
    let new = "----\nZeroDivisionError    Traceback (most recent call last)\nCell In[2], line 2\n      1 x = 1\n----> 2 1 / 0\n\nZeroDivisionError: division by zero\n";
    assert_eq!(place("x = 1\n1 / 0", None, "ZeroDivisionError", "division by zero", new).as_deref(), Some("1 / 0"));
}

#[test]
fn a_function_that_ran_in_another_process_is_found_in_the_message() {
    let evalue = "\n  An exception was thrown from the Python worker. Please see the stack trace below.\nTraceback (most recent call last):\n  File \"/opt/spark/worker.py\", line 686, in main\n    process()\n  File \"<statement 4>\", line 2, in f\nZeroDivisionError: division by zero\n";
    let traceback = format!(
        "Traceback (most recent call last):\n  File \"<statement 4>\", line 4, in <module>\n    df.show()\n  File \"/opt/pyspark/sql/dataframe.py\", line 899, in show\n    print(self._jdf.showString())\npyspark.errors.exceptions.captured.PythonException: {evalue}"
    );
    let text = "def f(x):\n    return x / 0\n\ndf.show()";
    assert_eq!(place(text, Some(4), "PythonException", evalue, &traceback).as_deref(), Some("return x / 0"));
    // It may be a function of an earlier cell, and then of another statement.
    let other = evalue.replace("<statement 4>", "<statement 2>");
    let traceback2 = traceback.replace(evalue, &other);
    assert_eq!(
        found(text, Some(4), "PythonException", &other, &traceback2),
        (Some("df.show()".into()), Some(Other { statement: 2, line: 2 }))
    );
    // In a Glue session that is not known.
    let glue = |text: &str| text.replace("<statement 4>", "<stdin>");
    assert_eq!(place(text, None, "PythonException", &glue(evalue), &glue(&traceback)).as_deref(), Some("df.show()"));
    assert_eq!(message("PythonException", evalue), "PythonException: ZeroDivisionError: division by zero");
}

#[test]
fn a_cell_that_has_changed_since_is_not_pointed_at() {
    let cell = cell("x = 1\ny = 2");
    let traceback =
        lines_of("Traceback (most recent call last):\n  File \"<statement 1>\", line 2, in <module>\nE: x\n");
    let failure = Failure { ename: "E", evalue: "x", traceback: &traceback };
    assert_eq!(locate(&cell, "x = 1\nboom()", Some(1), &failure), Located::default());
    assert!(locate(&cell, "x = 7\ny = 2", Some(1), &failure).place.is_some());
}

#[test]
fn places_in_queries() {
    let text = "%%sql\nSELECT id,\n  nmae FROM orders\n";
    for (evalue, expected) in [
        ("[UNRESOLVED_COLUMN] A column `nmae` cannot be resolved; line 2 pos 2;\n'Project", Some("nmae")),
        ("\n[PARSE_SYNTAX_ERROR] Syntax error at or near 'FROM'.(line 2, pos 7)\n\n== SQL ==\n", Some("FROM")),
        ("[DIVIDE_BY_ZERO] x\n== SQL (line 1, position 8) ==\nSELECT id,\n       ^^\n", Some("id")),
        ("[DIVIDE_BY_ZERO] x\n== SQL(line 1, position 8) ==\nSELECT id,\n       ^^\n", Some("id")),
        // Behind the end.
        ("x (line 2, pos 18)", Some("nmae FROM orders")),
        // Another text's.
        ("x (line 2, pos 80)", None),
        ("x (line 9, pos 0)", None),
        ("== SQL of VIEW v (line 1, position 8) ==", None),
        ("[TABLE_OR_VIEW_NOT_FOUND] `orders` cannot be found.", None),
        ("x line 99999999999999999999999 pos 1", None),
        // Blanks.
        ("x (line 2, pos 0)", Some("nmae FROM orders")),
        ("x (line 2, pos 6)", Some("nmae FROM orders")),
    ] {
        assert_eq!(place(text, Some(1), "AnalysisException", evalue, "").as_deref(), expected, "{evalue}");
    }
    // The frame of the wrapping says only that it was this cell.
    let frame = "Traceback (most recent call last):\n  File \"<statement 1>\", line 1, in <module>\nE: x\n";
    assert_eq!(place(text, Some(1), "E", "x", frame).as_deref(), Some("SELECT id,"));
    assert_eq!(place(text, None, "E", "x", &frame.replace("<statement 1>", "<stdin>")).as_deref(), Some("SELECT id,"));
    // An escape above changes the lines.
    assert_eq!(place("%%sql\nSELECT '\\n'\nFROM a", None, "E", "(line 2, pos 0)", ""), None);
}

#[test]
fn the_first_line_of_code_stands_for_the_cell() {
    let first = |text: &str| text[first_code(&cell(text))].to_owned();
    assert_eq!(first("%region x\n\n# c\n   \n  # d\n  f() # e\ng()"), "f() # e");
    assert_eq!(first("%%sql\n\n  SELECT 1 \n"), "SELECT 1");
    assert_eq!(first("%%sql\n \n"), "%%sql");
    assert_eq!(first("%%configure\n{}"), "%%configure");
    assert_eq!(first("\n%region x"), "%region x");
    assert_eq!(first("# only"), "# only");
    assert_eq!(first(""), "");
}

#[test]
fn messages_are_one_line() {
    assert_eq!(message("ValueError", "bad\nmore"), "ValueError: bad");
    assert_eq!(message("KeyboardInterrupt", ""), "KeyboardInterrupt");
    assert_eq!(message("", " "), "the cell failed");
    assert_eq!(message("E", "\u{1b}[31mred\u{1b}[0m\u{7}\t!"), "E: red!");
    assert_eq!(
        message(
            "Py4JJavaError",
            "An error occurred while calling o68.showString.\n: org.apache.spark.SparkException: Job aborted\n\tat org.x(Y.scala:1)"
        ),
        "Py4JJavaError: org.apache.spark.SparkException: Job aborted"
    );
    let long = message("E", &"é".repeat(5000));
    assert_eq!(long.chars().count(), 300);
    assert!(long.ends_with('…'));
}

fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "Traceback (most recent call last):\n",
        "  File \"<statement 1>\", line ",
        "  File \"<stdin>\", line ",
        "  File \"",
        "\", line ",
        ", in f\n",
        "  + Exception Group Traceback (most recent call last):\n",
        "  +-+--- 1 ---\n",
        "  | ",
        "Cell In[1], line ",
        "----> ",
        "<ipython-input-1-a> in f\n",
        "    x𝕏 = 1\n",
        "      ^^^^\n",
        "\n",
        "(line ",
        ", pos ",
        " line 1 pos ",
        "== SQL (line 2, position ",
        "SyntaxError: ",
        "(<stdin>, line 2)",
        "\u{1b}[3",
        "\u{1b}[",
        "é",
        "99999999999999999999",
    ]);
    prop_oneof![4 => fixed.prop_map(str::to_owned), 2 => (0u8..9).prop_map(|n| n.to_string()), 1 => "\\PC{0,6}"]
}

fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..14).prop_map(|pieces| pieces.concat())
}

fn cells() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "%region x",
        "# c",
        "",
        "x𝕏 = 1",
        "  é",
        "\tf()",
        "%%sql",
        "SELECT 'é' FROM t",
        "\u{2028}",
        "\r",
        "%%configure",
        "a\\",
    ]);
    prop::collection::vec(line, 0..7).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn every_place_is_a_piece_of_the_cell(
        text in cells(),
        sent in prop::option::of(cells()),
        number in prop::option::of(0i64..3),
        ename in prop::sample::select(vec!["SyntaxError", "IndentationError", "E", ""]),
        evalue in texts(),
        traceback in prop::collection::vec(texts(), 0..5),
    ) {
        let cell = cell(&text);
        let statement = sent.or_else(|| effects::statement(&cell)).unwrap_or_default();
        let located = locate(&cell, &statement, number, &Failure { ename, evalue: &evalue, traceback: &traceback });
        if let Some(place) = located.place {
            let marked = cell.text.get(place.range.clone());
            prop_assert!(marked.is_some_and(|marked| !marked.trim().is_empty()), "{:?}", place);
        }
        let first = first_code(&cell);
        prop_assert!(cell.text.get(first).is_some());
        prop_assert!(message(ename, &evalue).chars().count() <= 300);
    }
}
