//! A cursor over a piece of text, for small lexers. Offsets are those of the whole text.

use std::ops::Range;

/// A cursor over a piece of text. It never goes backwards, so whatever loops over it ends.
pub(in crate::features) struct Scan<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

impl<'a> Scan<'a> {
    pub(in crate::features) fn new(text: &'a str, range: Range<usize>) -> Scan<'a> {
        Scan { text, at: range.start, end: range.end }
    }

    pub(in crate::features) fn at(&self) -> usize {
        self.at
    }

    pub(in crate::features) fn rest(&self) -> &'a str {
        &self.text[self.at..self.end]
    }

    pub(in crate::features) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes one character.
    pub(in crate::features) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Takes a text if it comes next.
    pub(in crate::features) fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// Takes characters as long as they are wanted; returns where they stand.
    pub(in crate::features) fn eat_while(&mut self, wanted: impl Fn(char) -> bool) -> Range<usize> {
        let rest = self.rest();
        let start = self.at;
        self.at += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        start..self.at
    }

    /// Takes what is left of the line, without its end.
    pub(in crate::features) fn eat_line(&mut self) {
        self.eat_while(|c| c != '\n' && c != '\r');
    }

    /// Takes everything up to and with a text, or all that is left.
    pub(in crate::features) fn eat_through(&mut self, end: &str) {
        let rest = self.rest();
        self.at += rest.find(end).map_or(rest.len(), |at| at + end.len());
    }

    /// Takes a string whose opening quote has been taken, to its end. A backslash takes the character behind it along;
    /// without `lines` the string ends with the line at the latest. Returns whether it was closed.
    pub(in crate::features) fn eat_string(&mut self, close: &str, lines: bool) -> bool {
        while let Some(c) = self.peek() {
            if self.eat(close) {
                return true;
            }
            if !lines && (c == '\n' || c == '\r') {
                return false;
            }
            self.bump();
            if c == '\\' {
                self.bump();
            }
        }
        false
    }

    /// Takes a number: digits, a fraction, an exponent, another base, letters behind it.
    pub(in crate::features) fn eat_number(&mut self) {
        let mut before = ' ';
        while let Some(c) = self.peek() {
            let sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E');
            if !(c.is_ascii_alphanumeric() || c == '.' || c == '_' || sign) {
                return;
            }
            before = c;
            self.bump();
        }
    }
}
