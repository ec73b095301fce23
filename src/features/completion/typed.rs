//! A name that is being typed: in the argument of a line magic, or in a text of a dictionary.

use std::ops::Range;

use super::dict_scan::Part;
use super::{Completion, CompletionKind};

/// The most bytes of a name that is offered: an object's key may have so many, and its bucket's name comes before it.
const LONGEST: usize = 1100;

/// How the kernel reads the argument of a line magic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::features) struct Reading {
    /// Whether it takes quotes away from both ends.
    pub(in crate::features) quotes: bool,
    /// Whether it is a list with commas, which may stand in square brackets.
    pub(in crate::features) list: bool,
}

/// What a name is written into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// The line of a magic.
    Line,
    /// A text, inside of its quotes.
    Text,
    /// A place where a text may stand: the name brings its quotes.
    Place,
}

/// A name that is being typed. Ranges are bytes of the cell's text.
#[derive(Debug, Clone)]
pub(in crate::features) struct Typed<'a> {
    /// The whole name as it stands there, without the blanks around it.
    pub(in crate::features) name: Range<usize>,
    /// What a name takes the place of. Blanks are among it where the kernel takes them for a part of the name.
    pub(super) replace: Range<usize>,
    /// The name as far as the cursor.
    pub(super) word: &'a str,
    /// The blanks in front of it that are replaced as well.
    lead: &'a str,
    /// The other names of its list.
    pub(super) others: Vec<&'a str>,
    frame: Frame,
    list: bool,
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// Returns the name at `offset` of a line magic's argument; `None` beside it, and in its quotes and brackets.
pub(in crate::features) fn in_line(
    text: &str,
    argument: Range<usize>,
    offset: usize,
    reading: Reading,
) -> Option<Typed<'_>> {
    // Blanks behind the argument are none of it, but the place for the next name.
    let end = argument.end.max(offset);
    let (before, after) = (text.get(argument.start..offset)?, text.get(offset..end)?);
    let mut inside = before.trim_start_matches(is_blank);
    if reading.quotes {
        inside = inside.trim_start_matches('"').trim_start_matches('\'');
    }
    if reading.list {
        inside = inside.trim_start_matches(['[', ']']);
    }
    let opened = &before[..before.len() - inside.len()];
    let start = offset - inside.len();
    let mut inside = after.trim_end_matches(is_blank);
    if reading.quotes {
        inside = inside.trim_end_matches('"').trim_end_matches('\'');
    }
    if reading.list {
        inside = inside.trim_end_matches(['[', ']']);
    }
    let stop = offset + inside.len();
    // In front of what is still to be opened, or behind what is closed.
    let opens = |c: char| (reading.quotes && matches!(c, '"' | '\'')) || (reading.list && c == '[');
    if (start == offset && inside.starts_with(opens)) || ["\"\"", "''", "[]"].iter().any(|pair| opened.contains(pair)) {
        return None;
    }
    let item = if reading.list { item_at(text, start..stop, offset) } else { start..stop };
    let name = name_in(text, item.clone(), offset)?;
    Some(Typed {
        word: &text[name.start..offset],
        lead: "",
        others: if reading.list { others(text, start..stop, &item) } else { Vec::new() },
        replace: name.clone(),
        name,
        frame: Frame::Line,
        list: reading.list,
    })
}

/// Returns the name at `offset` of a value; `list`: whether commas part it. `None` beside it, and in texts of several
/// lines.
pub(in crate::features) fn in_part<'a>(text: &'a str, part: &Part, offset: usize, list: bool) -> Option<Typed<'a>> {
    let inner = part.inner.clone();
    let content = text.get(inner.clone())?;
    if content.contains(['\n', '\r']) || offset < inner.start || offset > inner.end {
        return None;
    }
    if !part.quoted {
        let frame = Frame::Place;
        let (word, name) = (&text[inner.start..offset], inner.clone());
        return Some(Typed { word, lead: "", others: Vec::new(), replace: inner, name, frame, list });
    }
    // A text that nothing ends runs on to the end of the line: what cannot be of a name ends it.
    let closed = part.range.end > inner.end;
    let stop = match closed {
        true => inner.end,
        false => {
            let rest = &text[offset..inner.end];
            let ends = |c: char| is_blank(c) || matches!(c, '}' | ']' | ')' | '"' | '\'');
            offset + rest.find(ends).unwrap_or(rest.len())
        }
    };
    let item = if list { item_at(text, inner.start..stop, offset) } else { inner.start..stop };
    let name = name_in(text, item.clone(), offset)?;
    Some(Typed {
        word: &text[name.start..offset],
        lead: &text[item.start..name.start],
        others: if list { others(text, inner.start..inner.end, &item) } else { Vec::new() },
        replace: item,
        name,
        frame: Frame::Text,
        list,
    })
}

/// Returns the place at `offset` where a text with a name may be written.
pub(in crate::features) fn at_place(offset: usize, list: bool) -> Typed<'static> {
    let nothing = offset..offset;
    Typed { name: nothing.clone(), replace: nothing, word: "", lead: "", others: Vec::new(), frame: Frame::Place, list }
}

/// Returns the item of a list around `offset`.
fn item_at(text: &str, list: Range<usize>, offset: usize) -> Range<usize> {
    let start = text[list.start..offset].rfind(',').map_or(list.start, |at| list.start + at + 1);
    let end = text[offset..list.end].find(',').map_or(list.end, |at| offset + at);
    start..end
}

/// Returns the other items of a list.
fn others<'a>(text: &'a str, list: Range<usize>, item: &Range<usize>) -> Vec<&'a str> {
    let (before, after) = (&text[list.start..item.start], text.get(item.end..list.end).unwrap_or_default());
    before.split(',').chain(after.split(',')).map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// Returns an item without the blanks around it; `None` if `offset` is among them.
fn name_in(text: &str, item: Range<usize>, offset: usize) -> Option<Range<usize>> {
    let content = text[item.clone()].trim_start_matches(is_blank);
    if content.is_empty() {
        return Some(offset..offset);
    }
    let start = item.end - content.len();
    let end = start + content.trim_end_matches(is_blank).len();
    (start <= offset && offset <= end).then_some(start..end)
}

impl Typed<'_> {
    /// Returns where the cursor is.
    pub(super) fn cursor(&self) -> usize {
        self.name.start + self.word.len()
    }

    /// Returns whether the name brings its own quotes.
    pub(super) fn brings_quotes(&self) -> bool {
        self.frame == Frame::Place
    }

    /// Returns whether a name from outside can be written there so that the kernel reads that very name.
    pub(super) fn can_hold(&self, name: &str) -> bool {
        // Most are nothing but these, and there may be thousands.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':');
        if !name.is_empty() && name.len() <= LONGEST && name.bytes().all(plain) {
            return true;
        }
        let bad = |c: char| match c {
            '"' | '\'' | '\\' => true,
            ',' => self.list,
            // Filled in by IPython, taken for help, or stripped as brackets.
            '{' | '}' | '$' | '?' | '[' | ']' => self.frame == Frame::Line,
            ' ' => self.frame == Frame::Line,
            _ => c.is_control() || c.is_whitespace() || is_hidden(c),
        };
        !name.is_empty()
            && name.len() <= LONGEST
            && !name.starts_with(' ')
            && !name.ends_with(' ')
            && !name.contains(bad)
    }

    /// Makes a completion that writes `name`, shown as `label`; `filter` is what the typed text is compared with.
    pub(super) fn completion(&self, label: &str, name: &str, filter: &str) -> Completion {
        let mut completion = Completion::new(CompletionKind::Value, label, self.replace.clone());
        completion.insert = if self.brings_quotes() { format!("\"{name}\"") } else { name.to_owned() };
        if filter != label || !self.lead.is_empty() {
            completion.filter = Some(format!("{}{filter}", self.lead));
        }
        completion
    }

    /// Makes a completion that leaves everything as it is; `text` is the cell's.
    pub(super) fn nothing(&self, kind: CompletionKind, text: &str, label: &str) -> Completion {
        let typed = &text[self.replace.clone()];
        let mut completion = Completion::new(kind, label, self.replace.clone());
        completion.insert = typed.to_owned();
        completion.filter = Some(if typed.is_empty() { label.to_owned() } else { typed.to_owned() });
        completion
    }
}

/// Returns whether a character shows nothing, or turns the text around it: nobody sees what a name with it is.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: Reading = Reading { quotes: true, list: true };

    /// The name at `|` of an argument, what is typed of it, and the other names.
    fn line(marked: &str, reading: Reading) -> String {
        let offset = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        match in_line(&text, 0..text.trim_end().len(), offset, reading) {
            None => "nothing".into(),
            Some(typed) => format!("{} {} {}", &text[typed.replace.clone()], typed.word, typed.others.join("+")),
        }
    }

    #[test]
    fn the_names_of_a_line() {
        for (marked, expected) in [
            ("|", "  "),
            ("or|ders", "orders or "),
            ("a, b|c ,d", "bc b a+d"),
            ("a, |", "  a"),
            ("a,| b", "nothing"),
            ("a| , b", "a a b"),
            ("a | , b", "nothing"),
            ("[a,b|]", "b b a"),
            ("\"a,b|\"", "b b a"),
            ("'a,b'|", "b' b' a"),
            ("|\"a\"", "nothing"),
            ("\"|\"", "  "),
            ("[|]", "  "),
            ("\"\"|", "nothing"),
            ("é,𝕏|", "𝕏 𝕏 é"),
            ("a,,|", "  a"),
        ] {
            assert_eq!(line(marked, LIST), expected, "{marked}");
        }
        assert_eq!(line("\"a b|\"", Reading { quotes: true, list: false }), "a b a b ");
        assert_eq!(line("\"a|\"", Reading { quotes: false, list: false }), "\"a\" \"a ");
    }
}
