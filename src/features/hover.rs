//! What a word means: magics, their values, keys and values of `%%configure`, `%%tags` and `%%assume_role`, Spark
//! properties, commands of the shell.

use std::ops::Range;

use crate::facts::{self, JobParameter};
use crate::model::{NotebookModel, actions};
use crate::syntax::first_code::trimmed;
use crate::syntax::split::{HeadKind, Tail, lines};
use crate::syntax::{Cell, CellMagicKind, python};

pub(super) mod account;
pub(super) mod describe;
pub(super) mod in_force;
mod magic;
mod value;

use super::completion::account::List;
use super::completion::dict_scan::{Dict, Spot};
use super::completion::dictionary::{assumed_role, footing};
use super::completion::place::{Place, place_at, value_at};
use super::completion::spark_conf::{SparkSpot, spot_at};
use super::completion::{typed, variables};
use super::prices::{Footing, Prices};

/// What a word means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The text, in Markdown.
    pub markdown: String,
    /// The word, in bytes of the cell's text.
    pub range: Range<usize>,
}

/// Returns what stands at `offset` (bytes of the cell's text) of a cell means.
///
/// `None` in documents that no Glue kernel runs, in code, and where nothing is known.
pub fn hover(model: &NotebookModel, cell: usize, offset: usize, prices: &Prices) -> Option<Hover> {
    model.gate.kernel()?;
    let content = &model.cells.get(cell)?.cell;
    match place_at(content, offset) {
        Some(Place::Name(name)) => {
            let markdown = magic::markdown(model, cell, name.name, name.form)?;
            Some(Hover { markdown, range: name.range })
        }
        Some(Place::Argument { name, argument }) => argument_hover(model, cell, (name, argument), offset, prices),
        Some(Place::Body { kind, body }) => body_hover(model, cell, (kind, body), offset, prices),
        None => remote_magic_hover(model, cell, content, offset).or_else(|| shell_hover(content, offset)),
    }
}

fn argument_hover(
    model: &NotebookModel,
    cell: usize,
    (name, argument): (&str, Range<usize>),
    offset: usize,
    prices: &Prices,
) -> Option<Hover> {
    let text = &*model.cells[cell].cell.text;
    if name == "spark_conf" {
        return property_hover(text, argument, offset);
    }
    let mut value = (name, argument);
    let variable = name == "env";
    if variable {
        let word = value_at(text, value.1, offset)?;
        value = match variables::spot_at(text, word, offset)? {
            variables::Spot::Value(spec, range) => (spec.name.as_str(), range),
            variables::Spot::Name(_) => return None,
        };
    }
    let (name, range) = value;
    let list = List::of_setting(name);
    let range = match list {
        Some(list) => {
            let reading = if variable { list.reading_of_variable() } else { list.reading() };
            typed::in_line(text, range, offset, reading)?.name
        }
        None if variable => range,
        None => value_at(text, range, offset)?,
    };
    if range.is_empty() {
        return None;
    }
    let said = value::markdown(model, name, &text[range.clone()], &Footing::at(model, cell, prices));
    let known = list.and_then(|list| account::markdown(model, cell, list, &text[range.clone()]));
    Some(Hover { markdown: joined(said, known)?, range })
}

/// Returns both texts, or the one that there is.
fn joined(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first}\n\n{second}")),
        (first, second) => first.or(second),
    }
}

fn property_hover(text: &str, range: Range<usize>, offset: usize) -> Option<Hover> {
    let (property, range) = match spot_at(text, range, offset)? {
        SparkSpot::Name(range) => (&text[range.clone()], range),
        SparkSpot::Value { property, range } if !range.is_empty() => (property, range),
        SparkSpot::Value { .. } | SparkSpot::Next(_) => return None,
    };
    let row = facts::configure().spark_property(property)?;
    Some(Hover { markdown: describe::spark_property(row), range })
}

/// The bodies of cell magics: dictionaries, and the ARN of `%%assume_role`.
fn body_hover(
    model: &NotebookModel,
    cell: usize,
    (kind, body): (CellMagicKind, Range<usize>),
    offset: usize,
    prices: &Prices,
) -> Option<Hover> {
    let text = &*model.cells[cell].cell.text;
    if kind == CellMagicKind::Sql {
        return None;
    }
    let dict = Dict::scan(text, body.clone());
    let word = |range: Range<usize>, markdown: String| (!range.is_empty()).then_some(Hover { markdown, range });
    match (dict.spot(text, offset), kind) {
        (None, CellMagicKind::AssumeRole) => {
            let range = assumed_role(text, body, offset)?.name;
            let role = &text[range.clone()];
            let known = account::markdown(model, cell, List::AssumedRoles, role);
            joined(value::role(role), known).and_then(|markdown| word(range, markdown))
        }
        (None | Some(Spot::NewKey | Spot::NewValue(_)), _) => None,
        (Some(Spot::Key(index)), kind) => {
            let range = dict.entries[index].key.inner.clone();
            let key = &text[range.clone()];
            let markdown = match kind {
                CellMagicKind::Tags => value::tag(model, cell, key),
                CellMagicKind::AssumeRole => describe::credential(key)?,
                _ => key_markdown(model, cell, key)?,
            };
            word(range, markdown)
        }
        (Some(Spot::Value(index, part)), CellMagicKind::Configure) => {
            let entry = &dict.entries[index];
            let range = entry.values[part].inner.clone();
            let key = &text[entry.key.inner.clone()];
            if matches!(key, "--conf" | "conf") {
                return property_hover(text, range, offset);
            }
            let footing = footing(model, cell, text, &dict, prices);
            let list = List::of_key(key).filter(|list| !matches!(list, List::Objects { .. }));
            if let Some(list) = list.filter(|_| entry.values.len() == 1) {
                let range = typed::in_part(text, &entry.values[part], offset, list.reading().list)?.name;
                let said = value::markdown(model, key, &text[range.clone()], &footing);
                let known = account::markdown(model, cell, list, &text[range.clone()]);
                return joined(said, known).and_then(|markdown| word(range, markdown));
            }
            let markdown = value::markdown(model, key, &text[range.clone()], &footing)
                .or_else(|| job_parameter(key).map(describe::job_parameter))
                .or_else(|| account::database_markdown(model, cell, key, &text[range.clone()]))?;
            word(range, markdown)
        }
        (Some(Spot::Value(index, part)), CellMagicKind::Tags) => {
            let entry = &dict.entries[index];
            let key = &text[entry.key.inner.clone()];
            word(entry.values[part].inner.clone(), value::tag(model, cell, key))
        }
        (Some(Spot::Value(..)), _) => None,
    }
}

/// A command of the shell.
fn shell_hover(cell: &Cell, offset: usize) -> Option<Hover> {
    let line = cell.split.head.iter().find(|line| line.range.start <= offset && offset <= line.range.end)?;
    if !matches!(line.kind, HeadKind::Shell(_)) {
        return None;
    }
    let range = trimmed(&cell.text, line.range.clone());
    // The sign and the command's first word.
    let shell = &cell.text[range.clone()];
    let word = shell.trim_start_matches('!').trim_start_matches([' ', '\t']);
    let end = shell.len() - word.len() + word.find([' ', '\t']).unwrap_or(word.len());
    let range = range.start..range.start + end;
    (range.start <= offset && offset <= range.end).then(|| Hover {
        markdown: "A command of the shell: it runs on your machine, where the kernel is, and not on the session. The \
                   session's files and libraries are elsewhere."
            .to_owned(),
        range,
    })
}

fn key_markdown(model: &NotebookModel, cell: usize, key: &str) -> Option<String> {
    let table = facts::configure();
    if let Some(row) = table.recognised(key) {
        let mut out = describe::recognised_key(row);
        let setting = row.magic.as_deref().and_then(|magic| actions::setting(magic.trim_start_matches('%')));
        if let Some(given) = setting.and_then(|setting| in_force::in_force(model, cell, setting)) {
            out.push_str(&format!("\n\n**Here:** {}", given.markdown(model, cell)));
        }
        return Some(out);
    }
    if let Some(row) = table.misused(key) {
        return Some(describe::misused_key(row));
    }
    job_parameter(key).map(describe::job_parameter)
}

/// The job argument that a key of `%%configure` becomes.
fn job_parameter(key: &str) -> Option<&'static JobParameter> {
    let table = facts::configure();
    if table.recognised(key).is_some() {
        return None;
    }
    // The kernel puts the hyphens in front of a key that lacks them.
    let name = if key.starts_with("--") { key.to_owned() } else { format!("--{key}") };
    table.job_parameter(&name)
}

/// The two magics that the session itself understands stand in code, on lines of their own.
fn remote_magic_hover(model: &NotebookModel, cell: usize, content: &Cell, offset: usize) -> Option<Hover> {
    let text = &*content.text;
    let Tail::Code(code) = &content.split.tail else {
        return None;
    };
    if offset < code.start || !text.is_char_boundary(offset) {
        return None;
    }
    let line = lines(&text[code.clone()])
        .map(|line| code.start + line.content.start..code.start + line.content.end)
        .find(|line| line.start <= offset && offset <= line.end)?;
    let name = python::remote_magic(&text[line.clone()])?;
    let start = line.start + text[line].find('%')?;
    let range = start..start + 1 + name.len();
    if offset < range.start || offset > range.end {
        return None;
    }
    let markdown = magic::markdown(model, cell, name, facts::MagicForm::Line)?;
    Some(Hover { markdown, range })
}
