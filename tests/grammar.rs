//! The tree-sitter grammar of a cell: its corpus, its queries, its agreement with the kernel, incremental parsing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

mod agreement;
mod corpus;
mod generated;
mod incremental;
mod kernel_rule;
mod queries;

use proptest::prelude::*;
use proptest::sample::select;
use tree_sitter::{Parser, Tree};

fn parser() -> Parser {
    let mut parser = Parser::new();
    parser.set_language(&glue_ls::syntax::grammar::language()).unwrap();
    parser
}

fn parse(text: &str) -> Tree {
    parser().parse(text, None).unwrap()
}

/// How lines begin that the kernel tells apart, and some that only look so.
const LINE_STARTS: &[&str] = &[
    "",
    "%",
    "%",
    "%",
    "%%",
    "%%",
    "%%%",
    "!",
    "!!",
    "!=",
    "%=",
    "#",
    "# ",
    "%region",
    "%glue_version ",
    "%%time",
    "%%sql",
    "%%sqlx ",
    "%%configure",
    "%%tags",
    "%%assume_role",
    "%%assume_rol",
    "%%tag",
    " %region",
    "  ",
    "\t",
    "?",
    "x = 1",
    "\u{feff}",
    "\u{85}",
    "\0",
    "\u{a0}",
];

/// What may follow, and what may turn up anywhere in an edit.
const PIECES: &[&str] = &[
    "a",
    "region",
    "sql",
    "configure",
    "tags",
    "e_role",
    "1",
    "4.0",
    "_",
    "*",
    ".",
    "[0]",
    "[-1]",
    "[",
    "]",
    "-",
    "?",
    "??",
    "%",
    "!",
    "#",
    " ",
    "  ",
    "\t",
    "\u{1f}",
    "\u{a0}",
    "\u{1680}",
    "\u{2007}",
    "\u{202f}",
    "\u{3000}",
    "\u{200b}",
    "\u{feff}",
    "\0",
    "\u{1}",
    "\u{7f}",
    "é",
    "世",
    "𝕏",
    "\"",
    "'",
    "\\",
    "=",
];

/// Every end of a line that Python knows; the usual ones more often.
const LINE_ENDS: &[&str] = &[
    "\n", "\n", "\n", "\r\n", "\r\n", "\r", "\u{b}", "\u{c}", "\u{1c}", "\u{1d}", "\u{1e}", "\u{85}", "\u{2028}",
    "\u{2029}",
];

/// A cell with many lines of a head, odd ones among them.
fn any_cell() -> impl Strategy<Value = String> {
    let line = (select(LINE_STARTS), prop::collection::vec(select(PIECES), 0..5), select(LINE_ENDS))
        .prop_map(|(start, pieces, end)| format!("{start}{}{end}", pieces.concat()));
    let last = prop_oneof![Just(String::new()), any_piece()];
    (prop::collection::vec(line, 0..8), last).prop_map(|(lines, last)| lines.concat() + &last)
}

/// A short text with or without line ends.
fn any_piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(LINE_STARTS).prop_map(str::to_owned),
        4 => select(PIECES).prop_map(str::to_owned),
        4 => select(LINE_ENDS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => Just("%%sql\nselect 1\n".to_owned()),
    ]
}
