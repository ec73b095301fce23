//! Python literals, as `ast.literal_eval` reads them.
//!
//! The bodies of `%%configure`, `%%tags` and `%%assume_role` are read by the kernel with that function,
//! not by a JSON parser: `true` and `null` are errors, comments and trailing commas are fine, the last
//! of two equal keys wins. Parsing is ruff's; which nodes are allowed is decided here.

use std::ops::Range;

use ruff_python_ast::{Expr, Number as RuffNumber, Operator, UnaryOp};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use super::deep;

pub mod render;

/// The deepest nesting of brackets that CPython parses.
pub const MAX_NESTING: usize = 200;

/// The most decimal digits of a whole number that Python reads or prints.
pub const MAX_DIGITS: usize = 4300;

/// A value and where it stands, in bytes of the text that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub range: Range<usize>,
}

/// A Python value that a literal can spell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// A whole number in decimal digits, with a leading `-` where it is negative: Python's have no limit.
    Int(String),
    /// A floating-point number.
    Float(f64),
    /// A complex number, real and imaginary part.
    Complex(f64, f64),
    /// A string.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// `...`
    Ellipsis,
    /// A tuple.
    Tuple(Vec<Node>),
    /// A list.
    List(Vec<Node>),
    /// A set.
    Set(Vec<Node>),
    /// A dictionary, entries as written: equal keys are all here. See [`Node::entries`].
    Dict(Vec<(Node, Node)>),
}

impl Value {
    /// Returns the string's text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Returns Python's truth of the value.
    pub fn truthy(&self) -> bool {
        match self {
            Value::None => false,
            Value::Bool(b) => *b,
            Value::Int(digits) => digits.bytes().any(|b| matches!(b, b'1'..=b'9')),
            Value::Float(f) => *f != 0.0,
            Value::Complex(re, im) => *re != 0.0 || *im != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::Ellipsis => true,
            Value::Tuple(items) | Value::List(items) | Value::Set(items) => !items.is_empty(),
            Value::Dict(entries) => !entries.is_empty(),
        }
    }

    /// Returns the name of the value's type in Python.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Complex(..) => "complex",
            Value::Str(_) => "str",
            Value::Bytes(_) => "bytes",
            Value::Ellipsis => "ellipsis",
            Value::Tuple(_) => "tuple",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Dict(_) => "dict",
        }
    }

    /// Returns whether Python can print the value: it refuses whole numbers of more than 4,300 digits.
    pub fn printable(&self) -> bool {
        match self {
            Value::Int(digits) => digits.trim_start_matches('-').len() <= MAX_DIGITS,
            Value::Tuple(items) | Value::List(items) | Value::Set(items) => {
                items.iter().all(|item| item.value.printable())
            }
            Value::Dict(entries) => entries.iter().all(|(key, value)| key.value.printable() && value.value.printable()),
            _ => true,
        }
    }

    /// Returns whether Python can hash the value, as keys of dictionaries and items of sets must be.
    pub fn hashable(&self) -> bool {
        match self {
            Value::Tuple(items) => items.iter().all(|item| item.value.hashable()),
            Value::List(_) | Value::Set(_) | Value::Dict(_) => false,
            _ => true,
        }
    }

    /// Returns whether two values are the same key of a dictionary: `1`, `1.0` and `True` are.
    pub fn same_key(&self, other: &Value) -> bool {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a == b,
            (None, None) => match (self, other) {
                (Value::Tuple(a), Value::Tuple(b)) => {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.value.same_key(&b.value))
                }
                _ => self == other,
            },
            _ => false,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Value::Bool(b) => Some(f64::from(u8::from(*b))),
            Value::Int(digits) => digits.parse().ok(),
            Value::Float(f) => Some(*f),
            _ => None,
        }
    }
}

impl Node {
    /// Returns a dictionary's entries as Python keeps them: of equal keys the first one's place and the
    /// last one's value. `None` if the value is no dictionary.
    pub fn entries(&self) -> Option<Vec<(&Node, &Node)>> {
        let Value::Dict(written) = &self.value else { return None };
        let mut entries: Vec<(&Node, &Node)> = Vec::with_capacity(written.len());
        for (key, value) in written {
            match entries.iter_mut().find(|(k, _)| k.value.same_key(&key.value)) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
        }
        Some(entries)
    }
}

/// Why a text is no literal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct LiteralError {
    /// What is wrong.
    pub reason: Reason,
    /// Where, in bytes of the text.
    pub range: Range<usize>,
}

/// What is wrong with a text that is no literal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There is nothing but blanks and comments.
    #[error("there is no value")]
    Empty,
    /// It is no Python expression.
    #[error("{0}")]
    Syntax(String),
    /// A name where only a value may stand.
    #[error("`{0}` is a name, not a value")]
    Name(String),
    /// Another expression that is no literal, with what it is called.
    #[error("{0} is not a literal value")]
    NotLiteral(&'static str),
    /// A list, set or dictionary as a key or in a set.
    #[error("a {0} cannot be a key")]
    Unhashable(&'static str),
    /// Deeper than CPython reads.
    #[error("brackets are nested deeper than {MAX_NESTING} levels")]
    TooDeep,
    /// More text than any request takes.
    #[error("the value is longer than 512 KiB")]
    TooLarge,
    /// A whole number of more than 4,300 digits.
    #[error("the number has more than 4,300 digits")]
    TooLong,
}

/// Reads a text as `ast.literal_eval` does.
///
/// # Errors
///
/// Returns the first thing that Python would refuse, with its place.
pub fn parse_literal(text: &str) -> Result<Node, LiteralError> {
    let error = |reason, range| Err(LiteralError { reason, range });
    let stripped = text.trim_start_matches([' ', '\t']);
    let base = text.len() - stripped.len();
    if let Some(at) = stripped.find('\0') {
        return error(Reason::Syntax("a null character is not allowed".into()), base + at..base + at + 1);
    }
    if let Some(at) = too_deep(stripped) {
        return error(Reason::TooDeep, base + at..base + at + 1);
    }
    if stripped.len() > deep::LONGEST {
        return error(Reason::TooLarge, base..base);
    }
    deep::with_stack(stripped.len(), || read(text, stripped, base))
}

fn read(text: &str, stripped: &str, base: usize) -> Result<Node, LiteralError> {
    let error = |reason, range| Err(LiteralError { reason, range });
    if stripped.starts_with('\u{feff}') {
        // The parser takes it for a mark at a file's start, Python does not where it evaluates text.
        return error(
            Reason::Syntax("invalid non-printable character U+FEFF".into()),
            base..base + '\u{feff}'.len_utf8(),
        );
    }
    let parsed = parse_unchecked(stripped, ParseOptions::from(Mode::Expression));
    if let Some(first) = parsed.errors().first() {
        if parsed.tokens().iter().all(|token| token.kind().is_trivia() || token.range().is_empty()) {
            return error(Reason::Empty, base..text.len());
        }
        let mut range = shift(first.location, base);
        if range.is_empty() {
            range = widen(text, range.start);
        }
        return error(Reason::Syntax(first.error.to_string()), range);
    }
    if let Some(at) = indented_start(stripped) {
        return error(Reason::Syntax("unexpected indentation".into()), base + at.start..base + at.end);
    }
    let Some(expression) = parsed.into_syntax().expression() else {
        return error(Reason::Empty, base..text.len());
    };
    Reader { base, text: stripped }.node(&expression.body)
}

/// Returns the range of one character at `offset`, or of the last one before the end.
fn widen(text: &str, offset: usize) -> Range<usize> {
    let offset = offset.min(text.len());
    match text[offset..].chars().next() {
        Some(c) => offset..offset + c.len_utf8(),
        None => text[..offset].char_indices().next_back().map_or(0, |(at, _)| at)..offset,
    }
}

/// Returns the blanks before the first token, if lines stand above it: Python takes them for indentation.
fn indented_start(text: &str) -> Option<Range<usize>> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '\t', '\u{c}']);
        let indent = line.len() - content.len();
        if !matches!(content.bytes().next(), None | Some(b'\n' | b'\r' | b'#')) {
            return (at > 0 && indent > 0).then_some(at..at + indent);
        }
        at += line.len();
    }
    None
}

/// Returns the offset of the bracket that is nested too deep for CPython, measured without recursion.
///
/// Brackets in strings and comments are told apart well enough for a bound: a string is skipped to its
/// closing quote on the same line.
pub fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > MAX_NESTING {
                    return Some(at);
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'#' => {
                bytes.by_ref().find(|&(_, b)| b == b'\n');
            }
            b'"' | b'\'' => {
                let mut escaped = false;
                bytes.by_ref().find(|&(_, b)| {
                    let end = (b == byte && !escaped) || b == b'\n';
                    escaped = b == b'\\' && !escaped;
                    end
                });
            }
            _ => {}
        }
    }
    None
}

fn shift(range: TextRange, base: usize) -> Range<usize> {
    base + range.start().to_usize()..base + range.end().to_usize()
}

struct Reader<'a> {
    base: usize,
    text: &'a str,
}

impl Reader<'_> {
    fn node(&self, expression: &Expr) -> Result<Node, LiteralError> {
        let value = match expression {
            Expr::NoneLiteral(_) => Value::None,
            Expr::BooleanLiteral(b) => Value::Bool(b.value),
            Expr::EllipsisLiteral(_) => Value::Ellipsis,
            Expr::StringLiteral(s) => Value::Str(s.value.to_str().to_owned()),
            Expr::BytesLiteral(b) => Value::Bytes(b.value.bytes().collect()),
            Expr::NumberLiteral(_) => self.number(expression)?,
            Expr::UnaryOp(unary) if matches!(unary.op, UnaryOp::USub | UnaryOp::UAdd) => {
                let operand = self.number(&unary.operand)?;
                if unary.op == UnaryOp::USub { negate(operand) } else { operand }
            }
            Expr::BinOp(sum) if matches!(sum.op, Operator::Add | Operator::Sub) => self.complex(expression)?,
            Expr::Tuple(tuple) => Value::Tuple(self.nodes(&tuple.elts)?),
            Expr::List(list) => Value::List(self.nodes(&list.elts)?),
            Expr::Set(set) => {
                let items = self.nodes(&set.elts)?;
                if let Some(item) = items.iter().find(|item| !item.value.hashable()) {
                    return Err(LiteralError {
                        reason: Reason::Unhashable(item.value.type_name()),
                        range: item.range.clone(),
                    });
                }
                Value::Set(items)
            }
            Expr::Call(call)
                if call.arguments.is_empty()
                    && matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "set") =>
            {
                Value::Set(Vec::new())
            }
            Expr::Dict(dict) => {
                let mut entries = Vec::with_capacity(dict.items.len());
                for item in &dict.items {
                    let Some(key) = &item.key else {
                        return Err(self.refuse(&item.value, Reason::NotLiteral("`**` in a dictionary")));
                    };
                    let key = self.node(key)?;
                    if !key.value.hashable() {
                        return Err(LiteralError {
                            reason: Reason::Unhashable(key.value.type_name()),
                            range: key.range,
                        });
                    }
                    entries.push((key, self.node(&item.value)?));
                }
                Value::Dict(entries)
            }
            Expr::Name(name) => return Err(self.refuse(expression, Reason::Name(name.id.to_string()))),
            other => return Err(self.refuse(other, Reason::NotLiteral(describe(other)))),
        };
        Ok(Node { value, range: shift(expression.range(), self.base) })
    }

    fn nodes(&self, expressions: &[Expr]) -> Result<Vec<Node>, LiteralError> {
        expressions.iter().map(|expression| self.node(expression)).collect()
    }

    /// Reads a number, signed or not, but not a sum.
    fn number(&self, expression: &Expr) -> Result<Value, LiteralError> {
        match expression {
            Expr::NumberLiteral(number) => match &number.value {
                RuffNumber::Int(int) => match int.as_u64() {
                    Some(small) => Ok(Value::Int(small.to_string())),
                    None => self.long(expression),
                },
                RuffNumber::Float(f) => Ok(Value::Float(*f)),
                RuffNumber::Complex { real, imag } => Ok(Value::Complex(*real, *imag)),
            },
            other => Err(self.refuse(other, Reason::NotLiteral(describe(other)))),
        }
    }

    /// Reads a number of more than 64 bits from its text, in base 10, 16, 8 or 2.
    fn long(&self, expression: &Expr) -> Result<Value, LiteralError> {
        let text: String = self.text[shift(expression.range(), 0)].chars().filter(|&c| c != '_').collect();
        let lower = text.to_ascii_lowercase();
        let (digits, base) = match lower.get(..2) {
            Some("0x") => (&lower[2..], 16),
            Some("0o") => (&lower[2..], 8),
            Some("0b") => (&lower[2..], 2),
            _ => (lower.as_str(), 10),
        };
        if base == 10 {
            if digits.len() > MAX_DIGITS {
                return Err(self.refuse(expression, Reason::TooLong));
            }
            return Ok(Value::Int(digits.trim_start_matches('0').to_owned()));
        }
        Ok(Value::Int(render::to_decimal(digits, base)))
    }

    /// Reads `1 + 2j`: a signed real number, then an imaginary one.
    fn complex(&self, expression: &Expr) -> Result<Value, LiteralError> {
        let Expr::BinOp(sum) = expression else {
            return Err(self.refuse(expression, Reason::NotLiteral(describe(expression))));
        };
        let refuse = || self.refuse(expression, Reason::NotLiteral("an operation"));
        // A sum of sums is refused before it is gone into: it may be as deep as the text is long.
        if matches!(*sum.left, Expr::BinOp(_)) {
            return Err(refuse());
        }
        let left = self.node(&sum.left)?.value;
        let Value::Complex(_, imaginary) = self.number(&sum.right).map_err(|_| refuse())? else {
            return Err(refuse());
        };
        let real = match left {
            Value::Int(digits) => digits.parse().unwrap_or(f64::INFINITY),
            Value::Float(f) => f,
            _ => return Err(refuse()),
        };
        Ok(Value::Complex(real, if sum.op == Operator::Sub { -imaginary } else { imaginary }))
    }

    fn refuse(&self, expression: &Expr, reason: Reason) -> LiteralError {
        LiteralError { reason, range: shift(expression.range(), self.base) }
    }
}

fn negate(value: Value) -> Value {
    match value {
        Value::Int(digits) if digits == "0" => Value::Int(digits),
        Value::Int(digits) => Value::Int(format!("-{digits}")),
        Value::Float(f) => Value::Float(-f),
        Value::Complex(re, im) => Value::Complex(-re, -im),
        other => other,
    }
}

fn describe(expression: &Expr) -> &'static str {
    match expression {
        Expr::FString(_) | Expr::TString(_) => "an f-string",
        Expr::Call(_) => "a call",
        Expr::BinOp(_) | Expr::UnaryOp(_) | Expr::BoolOp(_) | Expr::Compare(_) => "an operation",
        Expr::Attribute(_) => "an attribute",
        Expr::Subscript(_) => "an item of another value",
        Expr::Lambda(_) => "a lambda",
        Expr::If(_) => "a condition",
        Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => "a comprehension",
        Expr::Starred(_) => "an unpacked value",
        _ => "this expression",
    }
}

#[cfg(test)]
mod tests;
