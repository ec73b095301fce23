//! What an editor colours beyond what a grammar can tell: magics and their values, the bodies of cell magics, commands
//! of the shell. Never Python code: other servers see to that.

use std::ops::Range;

use crate::facts::{self, MagicForm, Status};
use crate::syntax::python::remote_magic;
use crate::syntax::split::{HeadKind, MagicLine, Tail, is_line_end, lines, magic_line};
use crate::syntax::{Cell, CellKind, CellMagicKind};

mod dictionary;
pub(in crate::features) mod sql;
mod words;

/// What a token is; the protocol's own standard types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// A magic: sigil and name.
    Macro,
    /// A word of SQL, of a literal (`True`), a switch of Spark's.
    Keyword,
    /// Text.
    String,
    /// A number or version.
    Number,
    /// A value out of a known list.
    EnumMember,
    /// A key or the name of a property.
    Property,
    /// A comment in a body.
    Comment,
    /// A function of SQL, a program of the shell.
    Function,
    /// A type of SQL.
    Type,
    /// An operator.
    Operator,
    /// An option of a command, a parameter of SQL.
    Parameter,
    /// A quoted name of SQL, a variable.
    Variable,
}

impl TokenKind {
    /// All kinds, in the order in which they are numbered on the wire.
    pub const ALL: [TokenKind; 12] = [
        TokenKind::Macro,
        TokenKind::Keyword,
        TokenKind::String,
        TokenKind::Number,
        TokenKind::EnumMember,
        TokenKind::Property,
        TokenKind::Comment,
        TokenKind::Function,
        TokenKind::Type,
        TokenKind::Operator,
        TokenKind::Parameter,
        TokenKind::Variable,
    ];

    /// Returns the protocol's name.
    pub fn name(self) -> &'static str {
        match self {
            TokenKind::Macro => "macro",
            TokenKind::Keyword => "keyword",
            TokenKind::String => "string",
            TokenKind::Number => "number",
            TokenKind::EnumMember => "enumMember",
            TokenKind::Property => "property",
            TokenKind::Comment => "comment",
            TokenKind::Function => "function",
            TokenKind::Type => "type",
            TokenKind::Operator => "operator",
            TokenKind::Parameter => "parameter",
            TokenKind::Variable => "variable",
        }
    }
}

/// The modifiers in use, by the protocol's names; a token's are bits in this order.
pub const MODIFIERS: [&str; 2] = ["deprecated", "defaultLibrary"];

/// The bit of what no longer exists, or is past its end of life.
const DEPRECATED: u32 = 1;
/// The bit of what the kernel itself brings.
const DEFAULT_LIBRARY: u32 = 2;

/// A piece of a cell's text that is coloured. It has no line end in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Where, in bytes of the cell's text; never empty.
    pub range: Range<usize>,
    /// What it is.
    pub kind: TokenKind,
    /// Bits of [`MODIFIERS`].
    pub modifiers: u32,
}

/// Returns the tokens of a cell, in order; they do not overlap. Total, and linear in the text.
pub fn cell_tokens(cell: &Cell) -> Vec<Token> {
    let mut tokens = Tokens { text: &cell.text, list: Vec::new() };
    if cell.kind != CellKind::Code {
        return tokens.list;
    }
    for line in &cell.split.head {
        match &line.kind {
            HeadKind::Magic(magic) => tokens.magic(magic),
            HeadKind::Shell(command) => {
                tokens.add(line.range.start..command.start, TokenKind::Macro);
                words::command(&mut tokens, command.clone());
            }
            HeadKind::Blank | HeadKind::Comment => {}
        }
    }
    match &cell.split.tail {
        Tail::Nothing => {}
        Tail::Code(code) => tokens.magics_of_the_session(code.clone()),
        Tail::CellMagic { kind, magic, body, .. } => {
            tokens.magic(magic);
            match kind {
                CellMagicKind::Sql => sql::tokens(&mut tokens, body.clone()),
                CellMagicKind::Configure | CellMagicKind::Tags | CellMagicKind::AssumeRole => {
                    dictionary::tokens(&mut tokens, body.clone());
                }
            }
        }
    }
    tokens.list
}

/// Collects tokens.
pub(in crate::features) struct Tokens<'a> {
    text: &'a str,
    list: Vec<Token>,
}

impl<'a> Tokens<'a> {
    fn add(&mut self, range: Range<usize>, kind: TokenKind) {
        self.add_with(range, kind, 0);
    }

    /// Adds a token, one for each line that it touches.
    fn add_with(&mut self, range: Range<usize>, kind: TokenKind, modifiers: u32) {
        let mut next = range.start;
        for part in self.text[range].split_inclusive(is_line_end) {
            let start = next;
            next += part.len();
            let content = part.trim_end_matches(is_line_end);
            if !content.is_empty() {
                self.list.push(Token { range: start..start + content.len(), kind, modifiers });
            }
        }
    }

    /// Adds a line magic, or the own line of a cell magic.
    fn magic(&mut self, magic: &MagicLine) {
        let text = self.text;
        let name = text[magic.name.clone()].trim_end();
        if name.is_empty() {
            return;
        }
        let form = if magic.is_cell() { MagicForm::Cell } else { MagicForm::Line };
        let modifiers = match facts::magics().find(name, form).map(|known| known.status) {
            Some(Status::Supported | Status::Undocumented | Status::Remote) => DEFAULT_LIBRARY,
            Some(Status::Removed) => DEPRECATED,
            Some(Status::DocsOnly | Status::NotRegistered) | None => 0,
        };
        self.add_with(magic.sigil.start..magic.name.start + name.len(), TokenKind::Macro, modifiers);
        words::argument(self, name, form, magic.argument.clone());
    }

    /// Adds the lines among the code that the session takes for itself.
    fn magics_of_the_session(&mut self, code: Range<usize>) {
        let text = self.text;
        if !text[code.clone()].contains('%') {
            return;
        }
        for line in lines(&text[code.clone()]) {
            let range = code.start + line.content.start..code.start + line.content.end;
            if remote_magic(&text[range.clone()]).is_none() || !text[range.clone()].starts_with('%') {
                continue;
            }
            let magic = magic_line(text, range);
            let name = text[magic.name.clone()].split('\t').next().unwrap_or_default().len();
            let name = magic.sigil.start..magic.name.start + name;
            self.add_with(name, TokenKind::Macro, DEFAULT_LIBRARY);
        }
    }
}
