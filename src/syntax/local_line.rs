//! What IPython makes of one line that the kernel runs locally.
//!
//! The kernel hands each head line that begins with `%` or `!` to IPython as a cell of its own. IPython
//! decides in this order (`inputtransformer2`, IPython 9): a `%%` line is a cell magic without a body,
//! a line that ends in `?` asks for help, the rest is a line magic or a shell command; `%=` and `!=`
//! are Python operators to its tokenizer and end as syntax errors.

use std::ops::Range;

mod digits;
mod prompts;

pub use digits::decimal_digit;

/// What a local line turns out to be. Ranges are bytes of the cell's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalLine {
    /// `%name argument`. The argument may begin with blanks; those at its end are gone.
    Magic {
        /// Up to the first blank; may be empty.
        name: Range<usize>,
        /// What follows that blank.
        argument: Range<usize>,
    },
    /// `%%name argument`: a cell magic whose body is empty, because the line is run alone.
    BodilessCellMagic {
        /// Up to the first blank; may be empty.
        name: Range<usize>,
        /// What follows that blank.
        argument: Range<usize>,
    },
    /// `%name?` and the like: shows help, changes nothing.
    Help,
    /// `!command`, or `!!command` when `captured`.
    Shell {
        /// The command.
        command: Range<usize>,
        /// Whether the output is the line's value.
        captured: bool,
    },
    /// A line that begins with an operator (`%=`, `!=`): Python refuses it.
    NotACommand,
}

/// Returns what IPython makes of a line that begins with `%` or `!`. The line of a cell magic that has a
/// body below it comes out as [`LocalLine::BodilessCellMagic`] as well.
pub fn escaped_line(text: &str, line: Range<usize>) -> LocalLine {
    let start = line.start;
    let content = text[line.clone()].trim_end_matches(is_python_space);
    let end = start + content.len();
    if content.starts_with("%%") && !help_on_cell_magic(content) {
        let (name, argument) = name_and_argument(text, start + 2..end);
        return LocalLine::BodilessCellMagic { name, argument };
    }
    if asks_for_help(&text[line]) {
        return LocalLine::Help;
    }
    if content.starts_with("%=") || content.starts_with("!=") {
        return LocalLine::NotACommand;
    }
    if content.starts_with('!') {
        let captured = content.starts_with("!!");
        return LocalLine::Shell { command: start + 1 + usize::from(captured)..end, captured };
    }
    let (name, argument) = name_and_argument(text, start + 1..end);
    LocalLine::Magic { name, argument }
}

/// The body of a cell magic as IPython hands it over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// The lines below the magic's, joined by `\n` and ended by one, lines of blanks emptied. Empty if
    /// there is no line below.
    pub text: String,
    /// For each line, where it starts in `text`, and its place in the cell.
    lines: Vec<(usize, Range<usize>)>,
}

impl Body {
    /// Returns where a range of the body stands in the cell's text. Line ends at its end are left out.
    pub fn to_cell(&self, range: Range<usize>) -> Range<usize> {
        // What the last byte is on decides on the end, so that it never comes out on the next line.
        let place = |offset: usize, on: usize| {
            let line = self.lines.partition_point(|&(start, _)| start <= on).saturating_sub(1);
            self.lines.get(line).map_or(0, |(start, cell)| (cell.start + offset.saturating_sub(*start)).min(cell.end))
        };
        let start = place(range.start, range.start);
        let end = if range.end > range.start { place(range.end, range.end - 1) } else { start };
        start..end.max(start)
    }
}

/// Returns the body of a cell magic as IPython hands it over; `line` is the magic's own line, `body` what
/// stands below it.
pub fn cell_magic_body(text: &str, line: Range<usize>, body: Range<usize>) -> Body {
    let mut lines: Vec<Range<usize>> = super::split::lines(&text[body.clone()])
        .map(|line| body.start + line.content.start..body.start + line.content.end)
        .collect();
    for line in &mut lines {
        if text[line.clone()].trim_matches([' ', '\t']).is_empty() {
            line.end = line.start;
        }
    }
    prompts::remove(text, &text[line], &mut lines);
    let mut out = Body::default();
    for line in lines {
        out.lines.push((out.text.len(), line.clone()));
        out.text.push_str(&text[line]);
        out.text.push('\n');
    }
    // The kernel joins lines without a last line end and IPython adds one only if none is there: a body
    // that ends in one empty line is the body without it.
    if out.text.ends_with("\n\n") || out.text == "\n" {
        out.text.pop();
    }
    out
}

fn name_and_argument(text: &str, range: Range<usize>) -> (Range<usize>, Range<usize>) {
    let range = range.start..range.end.max(range.start);
    match text[range.clone()].find(' ') {
        Some(blank) => (range.start..range.start + blank, range.start + blank + 1..range.end),
        None => (range.clone(), range.end..range.end),
    }
}

/// Returns whether the line is `%%word?…`, which IPython does not take for a cell magic.
fn help_on_cell_magic(content: &str) -> bool {
    let rest = &content[2..];
    let word = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    word > 0 && rest[word..].starts_with('?')
}

/// Returns whether IPython reads the line as a question: its last token is `?` and a name, or an item
/// of one by number, stands directly before it (`%magic?`, `%magic argument.attribute??`, `%magic x[0]?`).
fn asks_for_help(line: &str) -> bool {
    let Some(before) = line.strip_suffix("??").or_else(|| line.strip_suffix('?')) else { return false };
    let mut target = before;
    while let Some(item) = target.strip_suffix(']') {
        let number = item.trim_end_matches(|c: char| c.is_ascii_digit());
        if number.len() == item.len() {
            return false;
        }
        let Some(rest) = number.strip_suffix('-').unwrap_or(number).strip_suffix('[') else { return false };
        target = rest;
    }
    // The name may begin anywhere in the word, so one character that can begin a name is enough.
    let word = target.rsplit(|c: char| !(is_word(c) || c == '*')).next().unwrap_or_default();
    word.chars().any(|c| decimal_digit(c).is_none()) && !in_string_or_comment(before)
}

/// Returns whether Python's tokenizer sees no token where the text ends: it is inside a comment or an open
/// string of three quotes. A single quote that nothing closes is a token of its own.
fn in_string_or_comment(before: &str) -> bool {
    let mut rest = before;
    while let Some(at) = rest.find(['#', '"', '\'']) {
        rest = &rest[at..];
        if rest.starts_with('#') {
            return true;
        }
        let quote = &rest[..1];
        let triple = quote.repeat(3);
        if let Some(inside) = rest.strip_prefix(triple.as_str()) {
            match closing(inside, &triple) {
                Some(end) => rest = &inside[end..],
                None => return true,
            }
        } else {
            rest = &rest[1..];
            rest = &rest[closing(rest, quote).unwrap_or(0)..];
        }
    }
    false
}

/// Returns the offset behind the quotes that close a string.
fn closing(inside: &str, quotes: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + inside[from..].find(['\\', quotes.chars().next()?])?;
        if inside[at..].starts_with(quotes) {
            return Some(at + quotes.len());
        }
        // A backslash takes the character behind it along.
        from = at + 1;
        if inside[at..].starts_with('\\') {
            from += inside[from..].chars().next()?.len_utf8();
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns whether Python's `str.isspace` holds for `c`.
pub fn is_python_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        match escaped_line(text, 0..text.len()) {
            LocalLine::Magic { name, argument } => format!("magic {:?} {:?}", &text[name], &text[argument]),
            LocalLine::BodilessCellMagic { name, argument } => format!("cell {:?} {:?}", &text[name], &text[argument]),
            LocalLine::Help => "help".into(),
            LocalLine::Shell { command, captured } => format!("shell {:?} {captured}", &text[command]),
            LocalLine::NotACommand => "none".into(),
        }
    }

    #[test]
    fn reads_a_line_as_ipython_does() {
        for (line, expected) in [
            ("%region  x  ", r#"magic "region" " x""#),
            ("%region\u{a0}", r#"magic "region" """#),
            ("%region\tx", r#"magic "region\tx" """#),
            ("%", r#"magic "" """#),
            ("% region x", r#"magic "" "region x""#),
            ("%%bash -c", r#"cell "bash" "-c""#),
            ("%%bash?", "help"),
            ("%region?", "help"),
            ("%glue_version foo??", "help"),
            ("%glue_version 4.0?", r#"magic "glue_version" "4.0?""#),
            ("%glue_version 'x?", "help"),
            ("%glue_version '''x?", r#"magic "glue_version" "'''x?""#),
            ("%glue_version 'x'?", r#"magic "glue_version" "'x'?""#),
            ("%worker_type G.1X?", "help"),
            ("%glue_version x[-1]?", "help"),
            ("%glue_version x]?", r#"magic "glue_version" "x]?""#),
            ("%glue_version x[a]?", r#"magic "glue_version" "x[a]?""#),
            ("%glue_version x.1?", r#"magic "glue_version" "x.1?""#),
            ("%glue_version １?", r#"magic "glue_version" "１?""#),
            ("%glue_version a???", r#"magic "glue_version" "a???""#),
            ("%%tags? x", r#"magic "%tags?" "x""#),
            ("%glue_version # x?", "magic \"glue_version\" \"# x?\""),
            ("!ls -l ", r#"shell "ls -l" false"#),
            ("!!ls", r#"shell "ls" true"#),
            ("%=3", "none"),
            ("!=3", "none"),
        ] {
            assert_eq!(shown(line), expected, "{line}");
        }
    }

    #[test]
    fn a_body_ends_with_one_line_end_and_its_blank_lines_are_empty() {
        let body = |text: &str| cell_magic_body(text, 0..0, 0..text.len()).text;
        assert_eq!(body(""), "");
        assert_eq!(body("\n"), "");
        assert_eq!(body("{}"), "{}\n");
        assert_eq!(body("{\r\n  \t\r\n}\r\n"), "{\n\n}\n");
    }

    #[test]
    fn prompts_are_removed_from_a_body() {
        let body = |below: &str| {
            let text = format!("%%tags\n{below}");
            let body = cell_magic_body(&text, 0..6, 7..text.len());
            for (at, c) in body.text.char_indices().filter(|(_, c)| *c != '\n') {
                assert!(text[body.to_cell(at..at + c.len_utf8())].starts_with(c), "{text} {at}");
            }
            body.text
        };
        for (below, expected) in [
            (">>> {'a':\n... 'b'}", "{'a':\n'b'}\n"),
            ("{'a':\n  >>>'b'}", "{'a':\n'b'}\n"),
            ("... {}", "... {}\n"),
            ("{'a': '>>> n'}", "{'a': '>>> n'}\n"),
            ("{'a': '''x\n>>> y\n'''}", "{'a': '''x\ny\n'''}\n"),
            ("{'a':\n'''\n>>> y'''}\n>>> #", "{'a':\n'''\n>>> y'''}\n#\n"),
            ("In [1]: {'a':\n   ...:  'b'}", "{'a':\n 'b'}\n"),
            ("[ins] In [12]: {}", "{}\n"),
            ("{\nIn [1]: }", "{\nIn [1]: }\n"),
            ("In [1]:{}", "In [1]:{}\n"),
            (">>>\n{}", "\n{}\n"),
        ] {
            assert_eq!(body(below), expected, "{below}");
        }
    }

    proptest! {
        #[test]
        fn places_in_any_body_are_places_in_the_cell(below in "[>.In\\[1\\]: \t'\"{é\u{2028}\r\n]{0,40}") {
            let text = format!("%%tags\n{below}");
            let body = cell_magic_body(&text, 0..6, 7..text.len());
            for (at, c) in body.text.char_indices() {
                let written = text.get(body.to_cell(at..at + c.len_utf8()));
                prop_assert!(written.is_some_and(|written| written.is_empty() == (c == '\n')), "{:?} {}", text, at);
            }
        }

        #[test]
        fn any_line_is_read(line in "[%!][a?'\"\\\\#\\[\\]0é１. ]{0,20}") {
            let _ = escaped_line(&line, 0..line.len());
        }
    }

    #[test]
    fn a_place_in_a_body_maps_back_to_the_cell() {
        let text = "%%tags\r\n{\r\n   \r\n'a': b}";
        let body = cell_magic_body(text, 0..6, 8..text.len());
        assert_eq!(body.text, "{\n\n'a': b}\n");
        let at = body.text.find('b').unwrap();
        let range = body.to_cell(at..at + 1);
        assert_eq!(&text[range], "b");
        assert_eq!(body.to_cell(0..2), 8..9);
        assert_eq!(body.to_cell(body.text.len() - 1..body.text.len()), text.len()..text.len());
    }
}
