//! Tokens of a Python literal: the body of `%%configure`, `%%tags` or `%%assume_role`, complete or not.

use std::ops::Range;

use super::{TokenKind, Tokens};
use crate::features::scan::Scan;

pub(super) fn tokens(tokens: &mut Tokens<'_>, body: Range<usize>) {
    let mut scan = Scan::new(tokens.text, body);
    // The string that was read last, with its pieces: a colon behind it makes it a key.
    let mut pending: Option<Range<usize>> = None;
    let mut out: Vec<(Range<usize>, TokenKind)> = Vec::new();
    while let Some(c) = scan.peek() {
        let start = scan.at();
        match c {
            '#' => {
                scan.eat_line();
                out.push((start..scan.at(), TokenKind::Comment));
                continue;
            }
            '"' | '\'' => {
                string(&mut scan);
                if let Some(string) = pending.take() {
                    out.push((string, TokenKind::String));
                }
                pending = Some(start..scan.at());
                continue;
            }
            _ if c.is_whitespace() => {
                scan.bump();
                continue;
            }
            _ => {}
        }
        if let Some(string) = pending.take() {
            out.push((string, if c == ':' { TokenKind::Property } else { TokenKind::String }));
        }
        let number = scan.rest().chars().nth(1).is_some_and(|next| next.is_ascii_digit());
        if c.is_ascii_digit() || (matches!(c, '.' | '-' | '+') && number) {
            scan.bump();
            scan.eat_number();
            out.push((start..scan.at(), TokenKind::Number));
        } else if c.is_alphabetic() || c == '_' {
            scan.eat_while(|c| c.is_alphanumeric() || c == '_');
            if matches!(scan.peek(), Some('"' | '\'')) && scan.at() - start <= 2 {
                // A prefix of a string; bytes and raw texts are literals too.
                string(&mut scan);
                pending = Some(start..scan.at());
            } else if matches!(&tokens.text[start..scan.at()], "True" | "False" | "None") {
                out.push((start..scan.at(), TokenKind::Keyword));
            }
        } else {
            scan.bump();
        }
    }
    if let Some(string) = pending {
        out.push((string, TokenKind::String));
    }
    // A string waits for what follows it, so a comment behind it came first.
    out.sort_by_key(|(range, _)| range.start);
    for (range, kind) in out {
        tokens.add(range, kind);
    }
}

/// Takes a string, quotes included.
fn string(scan: &mut Scan<'_>) {
    for (open, lines) in [("\"\"\"", true), ("'''", true), ("\"", false), ("'", false)] {
        if scan.eat(open) {
            scan.eat_string(open, lines);
            return;
        }
    }
}
