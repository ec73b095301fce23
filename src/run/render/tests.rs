use proptest::prelude::*;
use serde_json::json;

use super::*;

const PLAIN: Style = Style { colour: false, limit: 1 << 20 };
const COLOURS: Style = Style { colour: true, limit: 1 << 20 };

fn stream(name: &str, text: &str) -> Value {
    json!({"output_type": "stream", "name": name, "text": text})
}

fn plain(output: Value) -> String {
    outputs(&[output], PLAIN)
}

fn data(data: Value) -> String {
    plain(json!({"output_type": "display_data", "data": data, "metadata": {}}))
}

#[test]
fn streams_are_shown_as_they_are() {
    let both = [stream("stdout", "a\n\tb"), stream("stderr", "c\n\nd\n")];
    assert_eq!(outputs(&both, PLAIN), "a\n\tb\nc\n\nd\n");
    assert_eq!(outputs(&both, COLOURS), "a\n\tb\n\u{1b}[31mc\u{1b}[0m\n\n\u{1b}[31md\u{1b}[0m\n");
    assert_eq!(plain(json!({"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]})), "a\nb\n");
}

#[test]
fn a_terminal_gets_nothing_but_colours() {
    for (text, expected) in [
        ("\u{1b}[31mred\u{1b}[0m", "red\n"),
        ("\u{1b}[2J\u{1b}[1;1Htop\u{1b}[?1049h", "top\n"),
        ("\u{1b}]0;title\u{7}a\u{1b}]52;c;QUJD\u{1b}\\b", "ab\n"),
        ("\u{1b}P1$r\u{1b}\\a\u{1b}_x\u{9c}b\u{1b}^y\u{7}c\u{1b}Xz\u{7}d", "abcd\n"),
        ("\u{1b}]0;unclosed\nnext", "\nnext\n"),
        ("\u{9b}2Ja\u{9d}0;t\u{7}b\u{90}x\u{9c}c\u{84}", "abc\u{fffd}\n"),
        ("\u{1b}(0a\u{1b}cb\u{1b}7c\u{1b}Md\u{1b}#8e", "abcde\n"),
        ("a\u{8}\u{7}\u{0}\u{b}\u{c}\u{7f}", "a␈␇␀␋␌␡\n"),
        ("\u{1b}\u{1b}[2Jx\u{1b}", "x\n"),
        ("\u{1b}[31\u{1b}[1mx", "x\n"),
        ("\u{1b}é", "é\n"),
        ("\u{1b}]0;t\u{1b}[2Jx", "x\n"),
    ] {
        assert_eq!(plain(stream("stdout", text)), expected, "{text:?}");
    }
    let shown = |text: &str| outputs(&[stream("stdout", text)], COLOURS);
    assert_eq!(shown("\u{1b}[1;38:5:3mx\u{1b}[2Jy\n"), "\u{1b}[1;38:5:3mxy\n\u{1b}[0m");
    assert_eq!(shown("\u{1b}[1mx\u{1b}[0m\n"), "\u{1b}[1mx\u{1b}[0m\n");
    assert_eq!(shown("\u{1b}[>4mx\u{1b}[?25mx\u{1b}[ mx"), "xxx\n");
}

#[test]
fn of_a_progress_bar_the_last_state_is_shown() {
    for (text, expected) in [
        ("0%\r50%\r100%\ndone\n", "100%\ndone\n"),
        ("0%\r100%\r\ndone\r\n", "100%\ndone\n"),
        ("a\rb\r", "b\n"),
        ("a\r\u{1b}[K", "a\n"),
        ("\r\r\n", "\n"),
    ] {
        assert_eq!(plain(stream("stderr", text)), expected, "{text:?}");
    }
}

#[test]
fn values_are_shown_as_text() {
    assert_eq!(
        data(json!({"text/plain": "<Figure>", "image/png": "A".repeat(16_384)})),
        "<Figure>\n[image/png, 12 KiB]\n"
    );
    assert_eq!(data(json!({"image/svg+xml": ["<svg>", "</svg>"]})), "[image/svg+xml, 11 bytes]\n");
    assert_eq!(data(json!({"text/html": "<b>no</b>", "text/plain": ["a\n", "b"]})), "a\nb\n");
    assert_eq!(data(json!({"application/json": {"a": 1}})), "{\n  \"a\": 1\n}\n");
    assert_eq!(data(json!({"application/x\u{1b}[2J": "QUI="})), "[application/x, 2 bytes]\n");
    assert_eq!(data(json!({})), "[an empty output]\n");
    assert_eq!(plain(json!(5)), "[an output of an unknown kind]\n");
    assert_eq!(plain(json!({"output_type": "display_data"})), "[an output without data]\n");
}

#[test]
fn tables_become_columns() {
    let html = "<style>td { color: red }</style><!-- <b>no</b> --><p>Two &lt;rows&gt;&nbsp;<table border=1>\n <thead><tr><th></th><th>name</th></tr></thead>\n<tr><td>1</td><td>a &amp; b</td></tr><tr><td>200</td><td>é<br>x</td></tr>\n</table><p>1 < 2 &#33;&#x1b;[2J &unknown; &</p><script>alert(1)</script>";
    assert_eq!(data(json!({"text/html": html})), "Two <rows>\n     name\n1    a & b\n200  é x\n1 < 2 ! &unknown; &\n");
    assert_eq!(data(json!({"text/html": "&".repeat(500_000)})).len(), 500_001);
    // One very wide cell does not make all the others as wide.
    let wide = format!(
        "<table>{}<tr><td>{}</td><td>x</td></tr></table>",
        "<tr><td>a</td><td>b</td></tr>".repeat(1000),
        "w".repeat(100_000)
    );
    assert!(data(json!({"text/html": wide})).len() < 200_000);
}

#[test]
fn errors_are_shown_with_their_traceback() {
    let error = json!({"output_type": "error", "ename": "E", "evalue": "why", "traceback": ["Traceback:\n", "\u{1b}[31mE\u{1b}[0m: why"]});
    assert_eq!(outputs(std::slice::from_ref(&error), PLAIN), "Traceback:\nE: why\n");
    assert_eq!(outputs(&[error], COLOURS), "Traceback:\n\u{1b}[31mE\u{1b}[0m: why\n\u{1b}[0m");
    let error = json!({"output_type": "error", "ename": "E", "evalue": "why", "traceback": []});
    assert_eq!(outputs(std::slice::from_ref(&error), PLAIN), "E: why\n");
    assert_eq!(outputs(&[error], COLOURS), "\u{1b}[31mE: why\u{1b}[0m\n");
}

#[test]
fn what_is_too_long_is_cut() {
    let shown = outputs(
        &[stream("stdout", &"é\n".repeat(100)), stream("stdout", &"x".repeat(3000))],
        Style { colour: false, limit: 30 },
    );
    assert_eq!(shown, format!("{}[glue-ls: 3 KiB more are not shown here]\n", "é\n".repeat(10)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_harmful_passes(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "\u{1b}", "[", "]", "P", "0;", "31", "m", "?", "H", "\u{7}", "\\", "\u{9b}", "\u{9d}", "\u{9c}", "\n", "\r", "\t", "é", "x", "<td>", "<", "&#27;", "\u{0}", "(", " ",
        ]), 0..20),
        colour in any::<bool>(),
        limit in 0usize..100,
        shape in 0usize..4,
    ) {
        let text = pieces.concat();
        let output = match shape {
            0 => stream("stderr", &text),
            1 => json!({"output_type": "display_data", "data": {"text/html": text}}),
            2 => json!({"output_type": "display_data", "data": {text: "x"}}),
            _ => json!({"output_type": "error", "ename": text, "evalue": "", "traceback": [text]}),
        };
        let shown = outputs(&[output], Style { colour, limit });
        prop_assert!(shown.is_empty() || shown.ends_with('\n') || shown.ends_with(RESET));
        let mut rest = shown.as_str();
        while let Some(at) = rest.find(|c: char| c.is_control() && c != '\n' && c != '\t') {
            rest = &rest[at..];
            prop_assert!(colour, "{:?}", shown);
            let parameters = rest.strip_prefix("\u{1b}[").unwrap_or("?");
            let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':').unwrap_or(0);
            prop_assert!(parameters[end..].starts_with('m'), "{:?}", shown);
            rest = &parameters[end..];
        }
    }
}
