//! The kernel's rule once more, written from its source in another way than the grammar and `split_cell`: what both
//! are held against.

use std::ops::Range;

/// What the kernel does with a part of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line that begins with `#`: dropped.
    Comment,
    /// A line that begins with `%` or `%%` and is run alone, whatever it then turns out to be.
    Magic,
    /// A line that begins with `!`.
    Shell,
    /// A cell magic of the kernel's own, with everything below it.
    CellMagic,
    /// Everything from the first other line on.
    Code,
}

/// Cuts a cell into what the kernel sees. Lines come without their ends, empty lines not at all; a cell magic and code
/// reach to the end of the text.
pub(super) fn partition(text: &str) -> Vec<(Kind, Range<usize>)> {
    let mut parts = Vec::new();
    for line in split_lines(text) {
        let content = &text[line.clone()];
        if ["%%configure", "%%sql", "%%tags", "%%assume_role"].iter().any(|magic| content.starts_with(magic)) {
            parts.push((Kind::CellMagic, line.start..text.len()));
            break;
        }
        if content.starts_with('%') {
            parts.push((Kind::Magic, line));
        } else if content.starts_with('!') {
            parts.push((Kind::Shell, line));
        } else if content.starts_with('#') {
            parts.push((Kind::Comment, line));
        } else if !content.is_empty() {
            parts.push((Kind::Code, line.start..text.len()));
            break;
        }
    }
    parts
}

/// What stands below the line of the cell magic, if there is one, and anything.
pub(super) fn body(text: &str) -> Option<&str> {
    let (_, range) = partition(text).into_iter().find(|(kind, _)| *kind == Kind::CellMagic)?;
    let magic = &text[range];
    let rest = &magic[split_lines(magic)[0].end..];
    let below = rest.strip_prefix("\r\n").unwrap_or_else(|| {
        let mut characters = rest.chars();
        characters.next();
        characters.as_str()
    });
    (!below.is_empty()).then_some(below)
}

/// Python's `str.splitlines()`, as ranges.
pub(super) fn split_lines(text: &str) -> Vec<Range<usize>> {
    const ENDS: &str = "\n\r\u{b}\u{c}\u{1c}\u{1d}\u{1e}\u{85}\u{2028}\u{2029}";
    let mut lines = Vec::new();
    let mut start = 0;
    let mut after_carriage_return = false;
    for (at, character) in text.char_indices() {
        let second_half = after_carriage_return && character == '\n';
        after_carriage_return = character == '\r';
        if second_half {
            start = at + 1;
        } else if ENDS.contains(character) {
            lines.push(start..at);
            start = at + character.len_utf8();
        }
    }
    if start < text.len() {
        lines.push(start..text.len());
    }
    lines
}

/// The words of a line that begins with `%`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Words<'a> {
    /// A name and, if there is one, an argument.
    Magic { name: &'a str, argument: Option<&'a str> },
    /// A question about a name.
    Help { name: &'a str },
    /// Neither: no name, or an operator.
    Wrong,
}

/// Cuts a line that begins with `%` as IPython does: blanks at the end go, then the first space separates. A question
/// is one only where all of the line is.
pub(super) fn words(line: &str, has_body: bool) -> Words<'_> {
    let (doubled, content) = match line.strip_prefix("%%") {
        Some(content) => (true, content),
        None => (false, &line[1..]),
    };
    if let Some(name) = content.strip_suffix("??").or_else(|| content.strip_suffix('?'))
        && !has_body
        && (if doubled { is_word(name) } else { is_help_name(name) })
    {
        return Words::Help { name };
    }
    let content = content.trim_end_matches(is_python_space);
    let (name, argument) = match content.split_once(' ') {
        Some((name, argument)) => (name, Some(argument)),
        None => (content, None),
    };
    if name.is_empty() || (!doubled && name.starts_with('=')) {
        return Words::Wrong;
    }
    Words::Magic { name, argument }
}

fn is_python_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// `name`, `name.name`, `name[-1].name`; such a name can have wildcards.
fn is_help_name(name: &str) -> bool {
    name.split('.').all(|part| {
        let mut pieces = part.split('[');
        pieces.next().is_some_and(|name| is_word(&name.replace('*', "_")))
            && pieces.all(|piece| piece.strip_suffix(']').is_some_and(is_index))
    })
}

/// Letters, `_`, digits (not first), and all beyond ASCII.
fn is_word(name: &str) -> bool {
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || !(c.is_ascii() || is_python_space(c));
    name.starts_with(|c: char| !c.is_ascii_digit()) && name.chars().all(in_word)
}

fn is_index(index: &str) -> bool {
    let digits = index.strip_prefix('-').unwrap_or(index);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}
