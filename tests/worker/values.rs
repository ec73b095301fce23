//! Values, names, errors and tracebacks.

use super::{End, Session};

#[tokio::test]
async fn shows_the_last_expression_and_keeps_names() {
    let session = Session::start().await;
    assert!(session.run("x = 20\ndef double(n):\n    return 2 * n").await.is_empty_value());
    assert_eq!(session.value("x += 1\ndouble(x)").await, "42");
    assert_eq!(session.value("'it''s'").await, "\"its\"".replace('"', "'"));
    assert_eq!(session.value("_ + '!'").await, "'its!'");
    assert!(session.run("None").await.is_empty_value());
    assert!(session.run("print").await.text().is_some());
    assert!(session.run("").await.is_empty_value());
    assert!(session.run("# only a comment\n").await.is_empty_value());
    assert_eq!(session.run("import json, os.path\nprint(json.dumps([1]))").await.stdout, "[1]\n");
    assert_eq!(session.value("os.path.join('a', 'b')").await, "'a/b'");
    // As at a prompt, what a last loop leaves unused is shown.
    assert_eq!(session.run("for i in range(3): i").await.stdout, "0\n1\n2\n");
}

#[tokio::test]
async fn main_is_a_real_module() {
    let session = Session::start().await;
    session.run("class Point:\n    def __init__(self, x):\n        self.x = x\n").await;
    assert_eq!(session.value("import pickle\npickle.loads(pickle.dumps(Point(3))).x").await, "3");
    assert_eq!(session.value("import __main__\n(__name__, __main__.Point is Point)").await, "('__main__', True)");
    assert_eq!(session.value("sorted(n for n in dir() if not n.startswith('_'))").await, "['Point', 'pickle']");
    assert_eq!(session.value("import sys\nsys.argv").await, "['']");
    assert_eq!(
        session.value("import inspect\ninspect.getsource(Point.__init__).split('(')[0]").await,
        "'    def __init__'"
    );
    session.run("from __future__ import annotations").await;
    assert_eq!(session.value("def f(a: Unknown): pass\nf.__annotations__").await, "{'a': 'Unknown'}");
}

#[tokio::test]
async fn tracebacks_name_the_statement_and_its_lines() {
    let session = Session::start().await;
    session.run("def fail():\n    n = 0\n    return 1 / n").await;
    let ran = session.run("# the second statement\n\nfail()").await;
    let raised = ran.error();
    assert_eq!((raised.name.as_str(), raised.value.as_str()), ("ZeroDivisionError", "division by zero"));
    let text = raised.traceback.concat();
    assert!(text.starts_with("Traceback (most recent call last):\n"), "{text}");
    assert!(text.contains("  File \"<statement 2>\", line 3, in <module>\n    fail()\n"), "{text}");
    assert!(text.contains("  File \"<statement 1>\", line 3, in fail\n    return 1 / n\n"), "{text}");
    assert!(text.ends_with("ZeroDivisionError: division by zero\n"), "{text}");
    assert!(!text.contains("glue-ls"), "only the user's frames: {text}");

    let ran = session.run("x = 1\ntry:\n    fail()\nexcept Exception as e:\n    raise KeyError('k') from e").await;
    let text = ran.error().traceback.concat();
    assert!(text.contains("direct cause") && text.contains("line 5, in <module>"), "{text}");
    // What came before the error has happened.
    assert_eq!(session.value("x").await, "1");
}

#[tokio::test]
async fn syntax_errors_have_their_line() {
    let session = Session::start().await;
    let ran = session.run("x = 1\nif x\n    pass").await;
    let raised = ran.error();
    assert_eq!(raised.name, "SyntaxError");
    let text = raised.traceback.concat();
    assert!(text.contains("File \"<statement 1>\", line 2") && text.contains("if x\n"), "{text}");
    assert!(!text.contains("glue-ls"), "{text}");
    // Nothing of a text that is not Python is run.
    assert_eq!(session.run("x").await.error().name, "NameError");
    for code in ["x = '\0'", &"(".repeat(5000), "return", "%unknown x", "a = = 1"] {
        assert!(matches!(session.run(code).await.end, End::Error(_)), "{code:.20}");
    }
    assert_eq!(session.value("1").await, "1");
}

#[tokio::test]
async fn what_leaves_python_elsewhere_is_an_error_here() {
    let session = Session::start().await;
    for (code, name, value) in [
        ("import sys; sys.exit()", "SystemExit", ""),
        ("sys.exit(3)", "SystemExit", "3"),
        ("exit()", "SystemExit", "None"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("raise GeneratorExit", "GeneratorExit", ""),
    ] {
        let ran = session.run(code).await;
        assert_eq!((ran.error().name.as_str(), ran.error().value.as_str()), (name, value), "{code}");
    }
    for code in ["input('name? ')", "sys.stdin.readline()", "open(0).read() or input()"] {
        let ran = session.run(code).await;
        assert!(ran.error().value.contains("without a keyboard"), "{code}: {ran:?}");
    }
    assert_eq!(
        session.run("import subprocess\nsubprocess.run(['cat'], check=True).returncode").await.text(),
        Some("0")
    );
}

#[tokio::test]
async fn hostile_exceptions_and_values_are_reported() {
    let session = Session::start().await;
    let ran = session.run("class Odd(Exception):\n    def __str__(self): raise ValueError('no')\nraise Odd").await;
    assert_eq!((ran.error().name.as_str(), ran.error().value.as_str()), ("Odd", "(its text cannot be shown)"));
    let ran = session.run("class Worse(Exception):\n    def __str__(self): raise SystemExit\nraise Worse").await;
    assert_eq!(ran.error().name, "Worse");
    let ran = session.run("class Mute:\n    def __repr__(self): return 1 / 0\nMute()").await;
    assert_eq!(ran.error().name, "ZeroDivisionError");
    assert!(ran.error().traceback.concat().contains("in __repr__"));
    let ran = session.run("raise Exception('x' * 10_000_000)").await;
    assert!(ran.error().value.len() < 100_000 && ran.error().traceback.concat().len() < 1_000_000);
    // A lone surrogate has no UTF-8 form.
    let ran = session.run("class S:\n    def __repr__(self): return 'a\\ud800b'\nS()").await;
    assert_eq!(ran.text(), Some("a\\ud800b"), "{ran:?}");
}

#[tokio::test]
async fn deep_recursion_is_an_error_of_bounded_size() {
    let session = Session::start().await;
    let ran = session.run("def f(n): return g(n)\ndef g(n): return f(n)\nf(1)").await;
    let raised = ran.error();
    assert_eq!(raised.name, "RecursionError");
    let text = raised.traceback.concat();
    assert!(text.contains("line 3, in <module>") && text.contains("frames are left out here"), "{text}");
    assert!(raised.traceback.len() < 300);
    assert_eq!(session.value("1").await, "1");
}

#[tokio::test]
async fn a_huge_value_is_cut_with_a_note() {
    let session = Session::start().await;
    let ran = session.run("list(range(3_000_000))").await;
    let text = ran.text().unwrap();
    assert!(text.starts_with("[0, 1, 2, "));
    assert!(text.len() < 1024 * 1024 + 200, "{}", text.len());
    assert!(
        text.ends_with("[glue-ls: the result is cut here; it has 25,888,890 characters]"),
        "{}",
        &text[text.len() - 100..]
    );
    assert!(session.run("'€' * 1_000_000").await.text().unwrap().len() < 1024 * 1024 + 200);
}

/// Stands for matplotlib and plotly: what counts is which of their functions are called with what.
const LIBRARIES: &str = "
import sys, types
class Figure:
    def savefig(self, file, format): file.write(b'PNG:' + format.encode())
    def to_json(self): return '{\"data\": []}'
    def to_html(self, full_html, include_plotlyjs): return '<div/>'
plt = types.SimpleNamespace(gcf=Figure)
fig = Figure()
sys.modules['matplotlib'] = sys.modules['plotly'] = types.ModuleType('stand_in')
";

#[tokio::test]
async fn figures_are_shown_by_their_magics() {
    let session = Session::start().await;
    session.run(LIBRARIES).await;
    let ran = session.run("title = 'a'\n%matplot plt").await;
    let End::Value(data) = &ran.end else { panic!("{ran:?}") };
    assert_eq!(data["image/png"], "UE5HOnBuZw==");
    assert_eq!(session.value("title").await, "'a'");
    let ran = session.run("7 * 6\n%plotly fig\n").await;
    let End::Value(data) = &ran.end else { panic!("{ran:?}") };
    assert_eq!(data["application/vnd.plotly.v1+json"], "{\"data\": []}");
    assert_eq!((data["text/html"].as_str(), ran.stdout.as_str()), ("<div/>", "42\n"));

    let ran = session.run("a = 1\n%matplot plt\nb = 1\nraise ValueError").await;
    assert!(ran.error().traceback.concat().contains("line 4, in <module>"), "{ran:?}");
    assert!(session.run("%matplot title").await.error().value.contains("write `%matplot plt`"));
    assert!(session.run("%plotly nothing").await.error().value.contains("nothing"));
    let ran = session.run("x = 1\n%matplot = ").await;
    assert!(ran.error().traceback.concat().contains("line 2"), "{ran:?}");
    // In a string it is text.
    assert_eq!(session.value("'''\n%matplot plt\n'''").await, "'\\n%matplot plt\\n'");
}

#[tokio::test]
async fn a_figure_without_its_library_says_what_to_install() {
    let session = Session::start().await;
    // Hides the library where it is installed.
    let hide = "import importlib.util as u\nu.find_spec = lambda name, *a: None\n\
                import sys\nsys.modules.pop('matplotlib', None)";
    session.run(hide).await;
    let ran = session.run("plt = 1\n%matplot plt").await;
    assert!(ran.error().value.contains("-m pip install matplotlib"), "{ran:?}");
}
