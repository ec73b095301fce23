//! A scanner for JSON that says where everything stands and goes on behind a mistake.
//!
//! Notebooks are edited as text, so broken JSON is normal input. Nesting costs one byte of memory a
//! level and no stack. The first mistake is kept; the rules for going on are local, so that an object can
//! be scanned again alone and gives the same.

use std::ops::Range;

use super::escape::{decode, escape};
use crate::syntax::OffsetMap;

/// The content of a string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// Between the quotes.
    pub(super) content: Range<usize>,
    /// Whether there is a backslash in it.
    pub(super) escaped: bool,
}

/// Which kind of object is being read, for what is to be done about a bracket that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The document: nothing encloses it.
    Top,
    /// The value of a member.
    Member,
    /// An element of a list of objects: another `{` begins the next one.
    Element,
}

/// Reads JSON text.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    /// The text.
    pub(super) text: &'a str,
    /// The next byte to read.
    pub(super) at: usize,
    /// Where the first mistake was, and what should stand there.
    pub(super) mistake: Option<(usize, &'static str)>,
    /// Whether the text ended within a value.
    pub(super) truncated: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Scanner<'a> {
        Scanner { text, at: 0, mistake: None, truncated: false }
    }

    /// Returns the next byte that is no white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Notes that something else than what `expected` says stands here.
    pub(super) fn wrong(&mut self, expected: &'static str) {
        if self.mistake.is_none() {
            self.mistake = Some((self.at, expected));
        }
    }

    /// Reads the string that begins here. One that is not closed ends with its line.
    pub(super) fn string(&mut self) -> Literal {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut escaped = false;
        self.at = start;
        loop {
            let run = bytes[self.at..].iter().position(|&b| b < 0x20 || matches!(b, b'"' | b'\\'));
            let Some(run) = run else {
                self.at = bytes.len();
                self.truncated = true;
                return Literal { content: start..self.at, escaped };
            };
            self.at += run;
            match bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Literal { content: start..self.at - 1, escaped };
                }
                b'\\' => {
                    escaped = true;
                    self.escape();
                }
                b'\n' | b'\r' => {
                    self.wrong("a closing `\"`: a string must end on its line");
                    return Literal { content: start..self.at, escaped };
                }
                _ => {
                    self.wrong("an escape such as `\\t`: this character must not stand in a string as it is");
                    self.at += 1;
                }
            }
        }
    }

    /// Reads past the escape that begins here; past the backslash alone if it is none.
    fn escape(&mut self) {
        let rest = &self.text[self.at..];
        match escape(rest) {
            Some((_, len)) => self.at += len,
            None => {
                // At the end of the text, the rest of the escape may have been cut off.
                if rest.len() > 5 || rest.bytes().skip(1).any(|b| b == b'"' || b < 0x20) {
                    self.wrong("a valid escape: write a backslash as `\\\\`");
                }
                self.at += 1;
            }
        }
    }

    /// Reads `:` behind a key.
    fn colon(&mut self) -> bool {
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                true
            }
            Some(_) => {
                self.wrong("`:`");
                false
            }
            None => {
                self.truncated = true;
                false
            }
        }
    }

    /// Reads the object that begins here. `member` gets each key, at its value, which it must read.
    /// Returns whether the object is closed by a bracket of its own.
    pub(super) fn object(&mut self, place: Place, member: &mut dyn FnMut(&mut Scanner<'a>, &str)) -> bool {
        self.at += 1;
        // What is due: a key or the end, a key, a comma or the end.
        let (mut may_end, mut key_due) = (true, true);
        loop {
            match self.peek() {
                None => {
                    self.truncated = true;
                    return false;
                }
                Some(b'}') => {
                    if !may_end {
                        self.wrong("a key in quotes: the last member has no comma behind it");
                    }
                    self.at += 1;
                    return true;
                }
                Some(b',') => {
                    if key_due {
                        self.wrong("a key in quotes");
                    }
                    self.at += 1;
                    (may_end, key_due) = (false, true);
                }
                Some(b'"') => {
                    if !key_due {
                        self.wrong("`,`");
                    }
                    let key = self.string();
                    if self.colon() {
                        match self.peek() {
                            None => self.truncated = true,
                            Some(b'}' | b']' | b',' | b':') => self.wrong("a value"),
                            Some(_) if key.escaped => {
                                let mut decoded = String::new();
                                decode(self.text, key.content, 0, &mut decoded, &mut OffsetMap::default());
                                member(self, &decoded);
                            }
                            Some(_) => member(self, &self.text[key.content]),
                        }
                    }
                    (may_end, key_due) = (true, false);
                }
                Some(b']') if place != Place::Top => {
                    self.wrong("`}`");
                    return false;
                }
                Some(b'{') if place == Place::Element => {
                    self.wrong("`}`");
                    return false;
                }
                Some(b']' | b':') => {
                    self.wrong(if key_due { "a key in quotes" } else { "`,` or `}`" });
                    self.at += 1;
                }
                Some(_) => {
                    self.wrong(if key_due { "a key in quotes" } else { "`,` or `}`" });
                    self.skip_value();
                    (may_end, key_due) = (true, false);
                }
            }
        }
    }

    /// Reads the list that begins here. `element` gets each element's first byte, and must read it.
    /// Returns whether the list is closed by a bracket of its own.
    pub(super) fn list(&mut self, element: &mut dyn FnMut(&mut Scanner<'a>, u8)) -> bool {
        self.at += 1;
        let (mut may_end, mut value_due) = (true, true);
        loop {
            match self.peek() {
                None => {
                    self.truncated = true;
                    return false;
                }
                Some(b']') => {
                    if !may_end {
                        self.wrong("a value: the last element has no comma behind it");
                    }
                    self.at += 1;
                    return true;
                }
                Some(b'}') => {
                    self.wrong("`]`");
                    return false;
                }
                Some(b',') => {
                    if value_due {
                        self.wrong("a value");
                    }
                    self.at += 1;
                    (may_end, value_due) = (false, true);
                }
                Some(b':') => {
                    self.wrong("`,` or `]`");
                    self.at += 1;
                }
                Some(byte) => {
                    if byte == b'"' && self.is_key() {
                        self.wrong("`]`");
                        return false;
                    }
                    if !value_due {
                        self.wrong("`,`");
                    }
                    element(self, byte);
                    (may_end, value_due) = (true, false);
                }
            }
        }
    }

    /// Returns whether the string that begins here has a `:` behind it on its line, so that it is no
    /// element of a list: the list was not closed.
    fn is_key(&self) -> bool {
        let mut ahead = Scanner::new(self.text);
        ahead.at = self.at;
        ahead.string();
        let rest = self.text[ahead.at..].trim_start_matches([' ', '\t']);
        !ahead.truncated && rest.starts_with(':')
    }

    /// Reads past the value that begins here, whatever it is and however deep. Returns whether it is
    /// complete; a bracket that closes something around it is left alone.
    pub(super) fn skip_value(&mut self) -> bool {
        #[derive(PartialEq)]
        enum Due {
            Value,
            ValueOrEnd,
            Key,
            KeyOrEnd,
            CommaOrEnd,
        }
        let mut open: Vec<u8> = Vec::new();
        let mut braces = 0usize;
        let mut due = Due::Value;
        loop {
            let Some(byte) = self.peek() else {
                self.truncated = true;
                return false;
            };
            let in_object = open.last() == Some(&b'{');
            match byte {
                b'{' | b'[' => {
                    match due {
                        Due::Value | Due::ValueOrEnd => {}
                        Due::CommaOrEnd => self.wrong("`,` or the end of what is open here"),
                        Due::Key | Due::KeyOrEnd => self.wrong("a key in quotes"),
                    }
                    self.at += 1;
                    open.push(byte);
                    braces += usize::from(byte == b'{');
                    due = if byte == b'{' { Due::KeyOrEnd } else { Due::ValueOrEnd };
                    continue;
                }
                b'}' | b']' => {
                    let opener = if byte == b'}' { b'{' } else { b'[' };
                    let count = if byte == b'}' { braces } else { open.len() - braces };
                    if open.last() != Some(&opener) || matches!(due, Due::Value | Due::Key) {
                        self.wrong(match due {
                            Due::Value => "a value",
                            Due::Key => "a key in quotes: the last member has no comma behind it",
                            _ if in_object => "`,` or `}`",
                            _ => "`,` or `]`",
                        });
                    }
                    if count == 0 {
                        return false;
                    }
                    self.at += 1;
                    while let Some(closed) = open.pop() {
                        braces -= usize::from(closed == b'{');
                        if closed == opener {
                            break;
                        }
                    }
                    due = Due::CommaOrEnd;
                }
                b',' => {
                    if due != Due::CommaOrEnd {
                        self.wrong(if in_object { "a key in quotes" } else { "a value" });
                    }
                    if open.is_empty() {
                        return false;
                    }
                    self.at += 1;
                    due = if in_object { Due::Key } else { Due::Value };
                    continue;
                }
                b':' => {
                    self.wrong("a value");
                    self.at += 1;
                    continue;
                }
                b'"' => {
                    if due == Due::CommaOrEnd {
                        self.wrong("`,`");
                        due = if in_object { Due::Key } else { Due::Value };
                    }
                    if matches!(due, Due::Key | Due::KeyOrEnd) {
                        self.string();
                        due = if self.colon() { Due::Value } else { Due::CommaOrEnd };
                        if self.truncated {
                            return false;
                        }
                        continue;
                    }
                    self.string();
                    due = Due::CommaOrEnd;
                }
                _ => {
                    match due {
                        Due::Value | Due::ValueOrEnd => {}
                        Due::CommaOrEnd => self.wrong("`,` or the end of what is open here"),
                        Due::Key | Due::KeyOrEnd => self.wrong("a key in quotes"),
                    }
                    self.word();
                    due = Due::CommaOrEnd;
                }
            }
            if open.is_empty() {
                return true;
            }
        }
    }

    /// Reads a number or a word, and returns it.
    pub(super) fn word(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| c.is_whitespace() || ",:{}[]\"".contains(c)).unwrap_or(rest.len());
        // What is neither white space to JSON nor part of a word is read alone.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let word = &rest[..end.max(first)];
        // Python writes and reads the three numbers that JSON lacks.
        if !matches!(word, "true" | "false" | "null" | "NaN" | "Infinity" | "-Infinity") && !is_number(word) {
            if word.len() == rest.len() {
                self.truncated = true;
            } else {
                self.wrong("a value");
            }
        }
        self.at += word.len();
        word
    }
}

fn is_number(word: &str) -> bool {
    fn digits(bytes: &[u8]) -> usize {
        bytes.iter().take_while(|b| b.is_ascii_digit()).count()
    }
    let mut rest = word.strip_prefix('-').unwrap_or(word).as_bytes();
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let [b'.', fraction @ ..] = rest {
        let len = digits(fraction);
        if len == 0 {
            return false;
        }
        rest = &fraction[len..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = match exponent {
            [b'+' | b'-', unsigned @ ..] => unsigned,
            _ => exponent,
        };
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(text: &str) -> Scanner<'_> {
        let mut scanner = Scanner::new(text);
        scanner.skip_value();
        scanner
    }

    fn is_json(text: &str) -> bool {
        let mut scanner = scan(text);
        scanner.peek().is_none() && scanner.mistake.is_none() && !scanner.truncated
    }

    #[test]
    fn mistakes_are_found_where_they_are() {
        for (text, at, expected) in [
            ("[1 2]", 3, "`,`"),
            ("[1,]", 3, "a value"),
            ("{\"a\" 1}", 5, "`:`"),
            ("{\"a\":}", 5, "a value"),
            ("{1:2}", 1, "a key in quotes"),
            ("[\"a\n]", 3, "a closing `\"`"),
            ("[\"\\q\"]", 2, "a valid escape"),
            ("[01]", 1, "a value"),
            ("[tru]", 1, "a value"),
        ] {
            let (found, what) = scan(text).mistake.unwrap();
            assert_eq!(found, at, "{text}");
            assert!(what.starts_with(expected), "{text}: {what}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        for text in
            ["[".repeat(100_000), "{\"a\":".repeat(100_000), format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))]
        {
            let scanner = scan(&text);
            assert_eq!(scanner.at, text.len());
        }
        assert!(scan(&"[{".repeat(50_000)).truncated);
        assert!(scan(&format!("{}{}", "[".repeat(50_000), "}".repeat(50_000))).mistake.is_some());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn what_is_json_is_what_serde_says(text in r#"([\[\]{},:"a1. \\n/0+e-]|true|null|"a"|"b":|\{"a":|\\u00e9|[é\n]){0,14}"#) {
            prop_assert_eq!(is_json(&text), serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(), "{}", text);
        }
    }
}
