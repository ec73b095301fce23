//! A dictionary that is being typed: which key or value stands at an offset.
//!
//! [`crate::syntax::literal`] reads a body once it is complete. While it is typed, quotes are open and
//! commas are missing, so this is a scan over tokens that takes what it finds: never fails, no recursion.

use std::ops::Range;

/// A key or a value. Ranges are bytes of the scanned text, shifted by the scan's start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features) struct Part {
    /// All of it, quotes included.
    pub(in crate::features) range: Range<usize>,
    /// What stands between the quotes; the same where there are none.
    pub(in crate::features) inner: Range<usize>,
    /// Whether it is in quotes, closed or not.
    pub(in crate::features) quoted: bool,
}

/// An entry of the outermost dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features) struct Entry {
    /// Its key.
    pub(in crate::features) key: Part,
    /// Where the colon behind it ends, if there is one.
    colon: Option<usize>,
    /// Its value; several parts where strings stand side by side. Nested brackets are no part.
    pub(in crate::features) values: Vec<Part>,
    /// The range of the value, brackets included.
    value_end: Option<usize>,
}

impl Entry {
    /// Returns whether a colon stands behind the key.
    pub(in crate::features) fn has_colon(&self) -> bool {
        self.colon.is_some()
    }
}

/// What stands at an offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features) enum Spot {
    /// A key, by its index among the entries.
    Key(usize),
    /// A place where a key may be typed.
    NewKey,
    /// A value: index of the entry, index of the part.
    Value(usize, usize),
    /// A place where the value of an entry may be typed.
    NewValue(usize),
}

/// The outermost dictionary of a text.
#[derive(Debug, Default)]
pub(in crate::features) struct Dict {
    /// Its entries, in order.
    pub(in crate::features) entries: Vec<Entry>,
    /// Places between tokens, each from the end of a token to the start of the next one.
    gaps: Vec<(Range<usize>, Gap)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    Key,
    Value(usize),
    /// Behind a value without a comma: a key may follow on another line.
    AfterValue,
    Nothing,
}

enum Token {
    Part(Part),
    Colon,
    Comma,
    /// A bracket with all that is in it.
    Group,
    Close,
}

impl Dict {
    /// Scans the text in `range`.
    pub(in crate::features) fn scan(text: &str, range: Range<usize>) -> Dict {
        let mut scanner = Scanner { text, at: range.start, end: range.end, gaps: Vec::new() };
        let mut dict = Dict::default();
        scanner.skip_blanks(Gap::Nothing);
        if scanner.rest().starts_with('{') {
            scanner.at += 1;
            dict.take_all(text, &mut scanner);
        }
        dict.gaps = scanner.gaps;
        dict
    }

    /// Takes the tokens up to the bracket that closes the dictionary.
    fn take_all(&mut self, text: &str, scanner: &mut Scanner<'_>) {
        let mut gap = Gap::Key;
        loop {
            scanner.skip_blanks(gap);
            let Some((token, token_range)) = scanner.next() else {
                return;
            };
            gap = match token {
                Token::Close => return,
                Token::Part(part) => self.take_part(text, part, gap, scanner),
                Token::Colon => self.take_colon(token_range.end),
                Token::Comma => Gap::Key,
                Token::Group => match gap {
                    Gap::Value(index) => {
                        if let Some(entry) = self.entries.get_mut(index) {
                            entry.value_end = Some(token_range.end);
                        }
                        Gap::AfterValue
                    }
                    _ => Gap::Nothing,
                },
            };
        }
    }

    fn take_part(&mut self, text: &str, part: Part, gap: Gap, scanner: &Scanner<'_>) -> Gap {
        let new_line = |from: usize| text[from..part.range.start].contains(['\n', '\r']);
        let key = match gap {
            Gap::Key => true,
            Gap::Value(_) => false,
            // A comma is missing, or a string goes on: what has the looks of a key is one.
            Gap::AfterValue | Gap::Nothing => {
                let end = self.entries.last().map_or(0, |entry| entry.value_end.unwrap_or(entry.key.range.end));
                let word = text[part.inner.clone()].chars().all(is_key_char);
                new_line(end) && (word || scanner.colon_follows())
            }
        };
        if key {
            self.entries.push(Entry { key: part, colon: None, values: Vec::new(), value_end: None });
            return Gap::Nothing;
        }
        if let Some(entry) = self.entries.last_mut().filter(|entry| entry.colon.is_some()) {
            entry.value_end = Some(part.range.end);
            entry.values.push(part);
            return Gap::AfterValue;
        }
        Gap::Nothing
    }

    fn take_colon(&mut self, end: usize) -> Gap {
        let index = self.entries.len().saturating_sub(1);
        let Some(entry) = self.entries.last_mut() else {
            return Gap::Nothing;
        };
        if entry.colon.is_none() {
            entry.colon = Some(end);
            return Gap::Value(index);
        }
        // A second colon: what was taken for the value is the next key, the value is still to come.
        match entry.values.pop() {
            Some(key) if entry.values.is_empty() => {
                entry.value_end = None;
                self.entries.push(Entry { key, colon: Some(end), values: Vec::new(), value_end: None });
                Gap::Value(index + 1)
            }
            Some(value) => {
                entry.values.push(value);
                Gap::Nothing
            }
            None => Gap::Nothing,
        }
    }

    /// Returns what stands at an offset; `None` in comments, in nested brackets and outside.
    pub(in crate::features) fn spot(&self, text: &str, offset: usize) -> Option<Spot> {
        let inside = |part: &Part| match part.quoted {
            true => part.inner.start <= offset && offset <= part.inner.end,
            false => part.range.start <= offset && offset <= part.range.end,
        };
        for (index, entry) in self.entries.iter().enumerate() {
            if inside(&entry.key) {
                return Some(Spot::Key(index));
            }
            if let Some(part) = entry.values.iter().position(inside) {
                return Some(Spot::Value(index, part));
            }
        }
        let (range, gap) = self.gaps.iter().find(|(range, _)| range.start <= offset && offset <= range.end)?;
        match gap {
            Gap::Key => Some(Spot::NewKey),
            Gap::Value(index) => Some(Spot::NewValue(*index)),
            Gap::AfterValue if text[range.start..offset].contains(['\n', '\r']) => Some(Spot::NewKey),
            Gap::AfterValue | Gap::Nothing => None,
        }
    }
}

/// Returns whether a character may stand in a key that this project knows.
pub(in crate::features) fn is_key_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    /// See [`Dict::gaps`].
    gaps: Vec<(Range<usize>, Gap)>,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..self.end]
    }

    /// Skips blanks and comments. Stretches of blanks are noted as gaps of that kind, comments are not.
    fn skip_blanks(&mut self, gap: Gap) {
        loop {
            let start = self.at;
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            self.gaps.push((start..self.at, gap));
            if !self.rest().starts_with('#') {
                return;
            }
            let rest = self.rest();
            self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
            if self.at == self.end {
                return;
            }
        }
    }

    fn colon_follows(&self) -> bool {
        self.rest().trim_start().starts_with(':')
    }

    fn next(&mut self) -> Option<(Token, Range<usize>)> {
        let start = self.at;
        let first = self.rest().chars().next()?;
        let token = match first {
            ':' => self.single(Token::Colon),
            ',' => self.single(Token::Comma),
            '}' | ']' | ')' => self.single(Token::Close),
            '{' | '[' | '(' => {
                self.skip_group();
                Token::Group
            }
            '"' | '\'' => Token::Part(self.string(first)),
            _ => {
                let rest = self.rest();
                let stop = |c: char| {
                    c.is_whitespace() || matches!(c, ':' | ',' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '"' | '\'')
                };
                self.at += rest.find(stop).unwrap_or(rest.len());
                Token::Part(Part { range: start..self.at, inner: start..self.at, quoted: false })
            }
        };
        Some((token, start..self.at))
    }

    fn single(&mut self, token: Token) -> Token {
        self.at += 1;
        token
    }

    /// Reads a string: to its closing quote, or to the end of the line where there is none.
    fn string(&mut self, quote: char) -> Part {
        let start = self.at;
        let triple: String = [quote; 3].iter().collect();
        let long = self.rest().starts_with(&triple);
        let delimiter = if long { triple.as_str() } else { &triple[..1] };
        let inner = start + delimiter.len();
        self.at = inner;
        let mut inner_end = self.end;
        while let Some(c) = self.rest().chars().next() {
            if self.rest().starts_with(delimiter) {
                inner_end = self.at;
                self.at += delimiter.len();
                break;
            }
            if !long && matches!(c, '\n' | '\r') {
                inner_end = self.at;
                break;
            }
            self.at += c.len_utf8();
            if c == '\\' {
                self.at += self.rest().chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
            }
        }
        Part { range: start..self.at, inner: inner..inner_end.min(self.at), quoted: true }
    }

    fn skip_group(&mut self) {
        let mut depth = 0_usize;
        while let Some(c) = self.rest().chars().next() {
            match c {
                '"' | '\'' => {
                    self.string(c);
                    continue;
                }
                '#' => {
                    let rest = self.rest();
                    self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
                    continue;
                }
                '{' | '[' | '(' => depth += 1,
                '}' | ']' | ')' => depth -= 1,
                _ => {}
            }
            self.at += c.len_utf8();
            if depth == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(marked: &str) -> String {
        let offset = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        let dict = Dict::scan(&text, 0..text.len());
        match dict.spot(&text, offset) {
            None => "nothing".into(),
            Some(Spot::Key(index)) => {
                format!("key {:?}", &text[dict.entries[index].key.inner.clone()])
            }
            Some(Spot::NewKey) => "new key".into(),
            Some(Spot::Value(entry, part)) => {
                let entry = &dict.entries[entry];
                format!("{}: {:?}", &text[entry.key.inner.clone()], &text[entry.values[part].inner.clone()])
            }
            Some(Spot::NewValue(entry)) => {
                format!("{}: new", &text[dict.entries[entry].key.inner.clone()])
            }
        }
    }

    #[test]
    fn complete_dictionaries() {
        assert_eq!(spot("{'a|': 1}"), "key \"a\"");
        assert_eq!(spot("{'a': |1}"), "a: \"1\"");
        assert_eq!(spot("{'a': 'x|y', 'b': 2}"), "a: \"xy\"");
        assert_eq!(spot("{'a': {'n|': 1}, 'b': 2}"), "nothing");
        assert_eq!(spot("{'a': {'n': 1}, |'b': 2}"), "new key");
        assert_eq!(spot("{'a': 1}|"), "nothing");
        assert_eq!(spot("|{'a': 1}"), "nothing");
        assert_eq!(spot("{'a'|: 1}"), "nothing");
        assert_eq!(spot("{'a': 1 # the |one\n}"), "nothing");
        assert_eq!(spot("{# one\n |}"), "new key");
        assert_eq!(spot("{'a': '''x\n|y'''}"), "a: \"x\\ny\"");
    }

    #[test]
    fn dictionaries_on_their_way() {
        assert_eq!(spot("{|"), "new key");
        assert_eq!(spot("{\"|"), "key \"\"");
        assert_eq!(spot("{glu|}"), "key \"glu\"");
        assert_eq!(spot("{\"glue_version\": |}"), "glue_version: new");
        assert_eq!(spot("{\"glue_version\": \"5.|\n}"), "glue_version: \"5.\"");
        assert_eq!(spot("{\"glue_version\": \"|}"), "glue_version: \"}\"");
        assert_eq!(spot("{\"a\": |\n\"b\": 2}"), "a: new");
        assert_eq!(spot("{\"a\": \n\"b|\": 2}"), "key \"b\"");
        assert_eq!(spot("{\"a\": 1\n|}"), "new key");
        assert_eq!(spot("{\"a\": 1\n\"wor|\"}"), "key \"wor\"");
        assert_eq!(spot("{\"a\n  \"b|"), "key \"b\"");
        assert_eq!(spot("{\"--conf\": \"a=b \"\n  \"--conf c|=d\"}"), "--conf: \"--conf c=d\"");
        assert_eq!(spot("{\"a\": [1, |"), "nothing");
        assert_eq!(spot("{'a': 'é\\'|𝕏', }"), "a: \"é\\\\'𝕏\"");
    }

    #[test]
    fn hostile_input_is_scanned_without_recursion() {
        let deep = format!("{{'a': {}", "[".repeat(100_000));
        let dict = Dict::scan(&deep, 0..deep.len());
        assert_eq!(dict.spot(&deep, deep.len()), None);
        let closers = "{'a': }]]])))";
        assert_eq!(Dict::scan(closers, 0..closers.len()).entries.len(), 1);
    }
}
