//! What one cell does to the kernel, whatever came before it.
//!
//! Computed once per text of a cell; [`super::state`] folds the effects of all cells in order.

use std::ops::Range;

use crate::syntax::literal::Value;
use crate::syntax::local_line::{LocalLine, escaped_line};
use crate::syntax::split::{HeadKind, Tail, join_lines};
use crate::syntax::{Cell, CellKind, CellMagicKind};

use super::actions::{Action, action};
use super::body;
use super::expand::expand;
use super::numbers::int_from_text;
use super::refusal::{Refusal, RefusalKind};
use super::setting::{Setting, strip_quotes, tidy_list};

/// What a cell does, in order, and what is refused while it does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effects {
    /// Changes to the kernel's state, in order.
    pub changes: Vec<Change>,
    /// What is refused whatever the state.
    pub refusals: Vec<Refusal>,
    /// The magics that IPython is asked to run, in order.
    pub calls: Vec<MagicCall>,
    /// The shell commands that run on the user's machine, as written.
    pub shell: Vec<String>,
    /// Whether a statement is sent to the session.
    pub has_statement: bool,
    /// Whether that statement is the query of a `%%sql`.
    pub is_query: bool,
}

/// One change to the kernel's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What changes.
    pub kind: ChangeKind,
    /// Where the value stands, in bytes of the cell's text.
    pub range: Range<usize>,
}

/// Where temporary credentials come from. It holds nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CredentialSource {
    /// A role that is assumed, by its ARN.
    Role(String),
    /// A key that stands in the notebook, by its id.
    Keys {
        /// The key's id (`ASIA…`).
        id: String,
    },
}

/// What changes.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeKind {
    /// A setting gets a value; `None` unsets it.
    Set(Setting, Option<Value>),
    /// A job argument gets a value.
    DefaultArgument {
        /// Its name, with the two hyphens.
        name: String,
        /// Its value, as `str()` prints it.
        value: String,
    },
    /// The id of the next session; a falsy value means a random one.
    SessionId(Value),
    /// A tag is added or replaced.
    Tag(Value, Value),
    /// Temporary credentials are in use from here on.
    Credentials(CredentialSource),
    /// A variable of the kernel's own environment gets a value.
    Variable(String, String),
    /// The session ends.
    Stop,
    /// Another session takes the place of the present one, if it exists.
    Reconnect(String),
}

impl ChangeKind {
    /// Returns whether it changes what the next session will be, and not the present one.
    pub fn is_setting(&self) -> bool {
        !matches!(self, ChangeKind::Stop | ChangeKind::Reconnect(_))
    }
}

/// A magic as IPython is asked to run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MagicCall {
    /// Whether it was called with a body.
    pub cell: bool,
    /// The name.
    pub name: String,
    /// The argument, before IPython fills anything in.
    pub argument: String,
    /// Where the name stands, in bytes of the cell's text.
    pub name_range: Range<usize>,
    /// Where the argument stands, in bytes of the cell's text.
    pub argument_range: Range<usize>,
}

impl Effects {
    /// Computes what a cell does.
    pub fn of(cell: &Cell) -> Effects {
        let mut effects = Effects::default();
        if cell.kind != CellKind::Code {
            return effects;
        }
        let text = &*cell.text;
        for (index, line) in cell.split.head.iter().enumerate() {
            let lines_follow = || {
                let rest = cell.split.head[index + 1..].iter().any(|l| !matches!(l.kind, HeadKind::Blank));
                rest || !matches!(cell.split.tail, Tail::Nothing)
            };
            if matches!(line.kind, HeadKind::Magic(_) | HeadKind::Shell(_)) {
                effects.escaped_line(text, line.range.clone(), lines_follow());
            }
        }
        match &cell.split.tail {
            Tail::Nothing => {}
            Tail::Code(range) => effects.has_statement = !join_lines(&text[range.clone()]).is_empty(),
            Tail::CellMagic { kind: CellMagicKind::Sql, .. } => {
                (effects.has_statement, effects.is_query) = (true, true)
            }
            Tail::CellMagic { body, line, .. } => {
                body::cell_magic(&mut effects, text, line.clone(), body.clone());
            }
        }
        effects
    }

    pub(super) fn refuse(&mut self, kind: RefusalKind, range: Range<usize>) {
        self.refusals.push(Refusal { kind, range });
    }

    pub(super) fn change(&mut self, kind: ChangeKind, range: Range<usize>) {
        self.changes.push(Change { kind, range });
    }

    pub(super) fn call(&mut self, text: &str, cell: bool, name: Range<usize>, argument: Range<usize>) {
        self.calls.push(MagicCall {
            cell,
            name: text[name.clone()].to_owned(),
            argument: text[argument.clone()].to_owned(),
            name_range: name,
            argument_range: argument,
        });
    }

    /// A line that begins with `%` or `!`, run alone. `lines_follow`: whether there are lines below it that
    /// the user may mean for a body.
    pub(super) fn escaped_line(&mut self, text: &str, line: Range<usize>, lines_follow: bool) {
        match escaped_line(text, line.clone()) {
            LocalLine::Help => {}
            LocalLine::NotACommand => self.refuse(RefusalKind::NotACommand, line),
            LocalLine::Shell { command, .. } => {
                if text[command.clone()].ends_with('&') {
                    self.refuse(RefusalKind::Background, command);
                } else {
                    self.shell.push(text[command].to_owned());
                }
            }
            LocalLine::Magic { name, argument } => {
                self.call(text, false, name.clone(), argument.clone());
                self.line_magic(text, name, argument);
            }
            LocalLine::BodilessCellMagic { name, argument } => {
                self.call(text, true, name.clone(), argument.clone());
                self.bodiless(text, name, argument, lines_follow);
            }
        }
    }

    fn bodiless(&mut self, text: &str, name: Range<usize>, argument: Range<usize>, lines_follow: bool) {
        let word = &text[name.clone()];
        let exists = crate::facts::ipython().has_cell(word);
        let line_form = action(word).is_some() || crate::facts::ipython().has_line(word);
        let kind = if exists {
            RefusalKind::NoBody {
                name: word.to_owned(),
                lines_follow,
                line_form,
                argument: (!argument.is_empty()).then_some(argument),
            }
        } else {
            RefusalKind::UnknownMagic { name: word.to_owned(), cell: true, other_form: line_form }
        };
        self.refuse(kind, name);
    }

    fn line_magic(&mut self, text: &str, name: Range<usize>, argument: Range<usize>) {
        let word = &text[name.clone()];
        let Some(action) = action(word) else {
            self.builtin(text, name, argument);
            return;
        };
        // Ranges point into the argument as written; where IPython fills something in, at all of it.
        let expanded = expand(&text[argument.clone()]);
        let stripped = strip_quotes(&expanded);
        let place = |inner: Range<usize>| {
            if expanded == text[argument.clone()] {
                argument.start + inner.start..argument.start + inner.end
            } else {
                argument.clone()
            }
        };
        let value = stripped.map(|(value, _)| value);
        let value_range = match stripped {
            Some((value, lead)) => place(lead..lead + value.len()),
            None => argument.clone(),
        };
        let missing = RefusalKind::MissingArgument { name: word.to_owned() };
        match action {
            Action::Text(setting) => {
                self.change(ChangeKind::Set(setting, value.map(|v| Value::Str(v.to_owned()))), value_range);
            }
            Action::LowerText(setting) => match value {
                Some(v) => self.change(ChangeKind::Set(setting, Some(Value::Str(v.to_lowercase()))), value_range),
                None => self.refuse(missing, name),
            },
            Action::Whole(setting) | Action::WholeText(setting) => match value {
                None => self.refuse(missing, name),
                Some(v) => match int_from_text(v) {
                    Some(digits) => {
                        let value = if matches!(action, Action::Whole(_)) {
                            Value::Int(digits)
                        } else {
                            Value::Str(v.to_owned())
                        };
                        self.change(ChangeKind::Set(setting, Some(value)), value_range);
                    }
                    None => {
                        let refusal = RefusalKind::NotAnInteger { name: word.to_owned(), value: v.to_owned() };
                        self.refuse(refusal, if value_range.is_empty() { name } else { value_range });
                    }
                },
            },
            Action::List(setting) => match (value, stripped) {
                (Some(v), Some((_, lead))) if !v.is_empty() => match tidy_list(v) {
                    Ok(list) => self.change(ChangeKind::Set(setting, Some(Value::Str(list))), value_range),
                    Err(bad) => {
                        let refusal = RefusalKind::BadListItem { name: word.to_owned(), kind: bad.kind };
                        let range = place(lead + bad.range.start..lead + bad.range.end);
                        self.refuse(refusal, if range.is_empty() { value_range } else { range });
                    }
                },
                _ => {}
            },
            Action::Raw(setting) => {
                if !expanded.is_empty() {
                    self.change(ChangeKind::Set(setting, Some(Value::Str(expanded.clone().into_owned()))), argument);
                }
            }
            Action::Prefix => match value {
                None => self.refuse(missing, name),
                Some(v) if !v.is_empty() && v.chars().all(is_prefix_char) => {
                    let value = Some(Value::Str(v.to_owned()));
                    self.change(ChangeKind::Set(Setting::SessionIdPrefix, value), value_range);
                }
                Some(_) => self.refuse(RefusalKind::BadPrefix, if value_range.is_empty() { name } else { value_range }),
            },
            Action::SessionType(kind) => {
                self.change(ChangeKind::Set(Setting::SessionType, Some(Value::Str(kind.into()))), name);
            }
            Action::Stop => self.change(ChangeKind::Stop, name),
            Action::Reconnect if expanded.is_empty() => self.refuse(missing, name),
            Action::Reconnect => self.change(ChangeKind::Reconnect(expanded.clone().into_owned()), argument),
            Action::Show => {}
        }
    }

    /// A line magic that is IPython's own, or nobody's.
    fn builtin(&mut self, text: &str, name: Range<usize>, argument: Range<usize>) {
        let word = &text[name.clone()];
        if !crate::facts::ipython().has_line(word) {
            let other_form =
                crate::facts::ipython().has_cell(word) || CellMagicKind::ALL.iter().any(|kind| kind.name() == word);
            let kind = RefusalKind::UnknownMagic { name: word.to_owned(), cell: false, other_form };
            // `% name` has an empty name; the sigil is shown then.
            let range = if name.is_empty() { name.start.saturating_sub(1)..name.end } else { name };
            self.refuse(kind, range);
            return;
        }
        body::ipython::line(self, text, name, argument);
    }
}

fn is_prefix_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.' | '_' | '#')
}

/// Returns the exact text that RunStatement would get for a cell; `None` if nothing is sent.
pub fn statement(cell: &Cell) -> Option<String> {
    let text = &*cell.text;
    match &cell.split.tail {
        Tail::Code(range) => Some(join_lines(&text[range.clone()])).filter(|code| !code.is_empty()),
        Tail::CellMagic { kind: CellMagicKind::Sql, .. } => {
            // Everything below the cell's first line, wherever the magic stands.
            let query = join_lines(text);
            let query = query.split_once('\n').map_or("", |(_, below)| below);
            let query = query.trim_end_matches(crate::syntax::local_line::is_python_space);
            Some(format!("spark.sql(\"\"\"{query}\"\"\").show()"))
        }
        Tail::Nothing | Tail::CellMagic { .. } => None,
    }
}
