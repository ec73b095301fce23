//! Tokens of what follows a magic on its line, and of commands of the shell.

use std::ops::Range;

use crate::facts::versions::GlueStatus;
use crate::facts::{self, MagicForm};
use crate::syntax::local_line::is_python_space;

use super::{DEPRECATED, TokenKind, Tokens};
use crate::features::scan::Scan;

/// Adds the argument of a magic.
pub(super) fn argument(tokens: &mut Tokens<'_>, name: &str, form: MagicForm, argument: Range<usize>) {
    if form == MagicForm::Line && name == "spark_conf" {
        spark_conf(tokens, argument);
        return;
    }
    let known = facts::magics().find(name, form).is_some();
    if !known && facts::ipython().has_line(name) && matches!(name, "sx" | "system" | "bash" | "sh") {
        command(tokens, argument);
        return;
    }
    let text = tokens.text;
    let mut scan = Scan::new(text, argument);
    while let Some(c) = scan.peek() {
        let start = scan.at();
        match c {
            ',' | '[' | ']' => {
                scan.bump();
                tokens.add(start..scan.at(), TokenKind::Operator);
            }
            _ if is_python_space(c) => {
                scan.bump();
            }
            _ => {
                let word = scan.eat_while(|c| !is_python_space(c) && !matches!(c, ',' | '[' | ']'));
                let (kind, modifiers) = value(&text[word.clone()], name, form);
                tokens.add_with(word, kind, modifiers);
            }
        }
    }
}

/// Returns what a word of a magic's argument is.
fn value(word: &str, name: &str, form: MagicForm) -> (TokenKind, u32) {
    let bare = word.trim_matches(['"', '\'']);
    if let (MagicForm::Line, "glue_version") = (form, name) {
        let old = facts::versions().glue(bare).is_some_and(|row| row.status == GlueStatus::EndOfLife);
        return (TokenKind::Number, if old { DEPRECATED } else { 0 });
    }
    if bare.starts_with("--") && bare.len() > 2 || (bare.len() == 2 && bare.starts_with('-')) {
        return (TokenKind::Parameter, 0);
    }
    if is_number(bare) {
        return (TokenKind::Number, 0);
    }
    let listed = match name {
        "worker_type" => match facts::versions().worker_types().iter().find(|row| row.name == bare) {
            Some(row) if row.removed.is_some() => return (TokenKind::EnumMember, DEPRECATED),
            row => row.is_some(),
        },
        "region" => facts::regions().find(&bare.to_ascii_lowercase()).is_some(),
        _ => facts::magics().find(name, form).is_some_and(|known| known.argument.values.iter().any(|v| v == bare)),
    };
    (if listed { TokenKind::EnumMember } else { TokenKind::String }, 0)
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// Adds a list of Spark properties: `spark.a=1 --conf spark.b=2`.
fn spark_conf(tokens: &mut Tokens<'_>, range: Range<usize>) {
    let text = tokens.text;
    let mut scan = Scan::new(text, range);
    let mut at_property = true;
    while let Some(c) = scan.peek() {
        if is_python_space(c) {
            scan.bump();
            continue;
        }
        let word = scan.eat_while(|c| !is_python_space(c));
        let content = &text[word.clone()];
        if content == "--conf" {
            tokens.add(word, TokenKind::Keyword);
            at_property = true;
            continue;
        }
        match content.find('=').filter(|_| at_property) {
            Some(equals) => {
                let equals = word.start + equals;
                tokens.add(word.start..equals, TokenKind::Property);
                tokens.add(equals..equals + 1, TokenKind::Operator);
                tokens.add(equals + 1..word.end, plain_value(&text[equals + 1..word.end]));
            }
            None if at_property => tokens.add(word, TokenKind::Property),
            // The rest of a value with blanks in it.
            None => tokens.add(word, TokenKind::String),
        }
        at_property = false;
    }
}

fn plain_value(value: &str) -> TokenKind {
    match value {
        "true" | "false" => TokenKind::Keyword,
        _ if is_number(value) => TokenKind::Number,
        _ => TokenKind::String,
    }
}

/// Adds a command of the shell: the program, options, strings, variables.
pub(super) fn command(tokens: &mut Tokens<'_>, range: Range<usize>) {
    let mut scan = Scan::new(tokens.text, range);
    let mut program = true;
    while let Some(c) = scan.peek() {
        let start = scan.at();
        match c {
            _ if is_python_space(c) => {
                scan.bump();
                continue;
            }
            '"' => {
                scan.bump();
                scan.eat_string("\"", false);
                tokens.add(start..scan.at(), TokenKind::String);
            }
            '\'' => {
                scan.bump();
                scan.eat_through("'");
                tokens.add(start..scan.at(), TokenKind::String);
            }
            '$' => {
                scan.bump();
                if scan.eat("{") {
                    scan.eat_through("}");
                } else {
                    scan.eat_while(|c| c.is_alphanumeric() || c == '_');
                }
                tokens.add(start..scan.at(), TokenKind::Variable);
            }
            '|' | '&' | ';' | '<' | '>' | '!' => {
                scan.eat_while(|c| matches!(c, '|' | '&' | ';' | '<' | '>' | '!'));
                tokens.add(start..scan.at(), TokenKind::Operator);
                program = !matches!(c, '<' | '>');
                continue;
            }
            '#' => {
                scan.eat_line();
                tokens.add(start..scan.at(), TokenKind::Comment);
            }
            _ => {
                scan.bump();
                scan.eat_while(|c| !is_python_space(c) && !"\"'$|&;<>".contains(c));
                if program {
                    tokens.add(start..scan.at(), TokenKind::Function);
                } else if c == '-' {
                    tokens.add(start..scan.at(), TokenKind::Parameter);
                }
            }
        }
        program = false;
    }
}
