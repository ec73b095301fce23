//! What a word means: magics, their values, keys of `%%configure`, Spark properties.

use std::ops::Range;

use crate::facts;
use crate::model::{NotebookModel, actions};
use crate::syntax::split::{Tail, lines};
use crate::syntax::{Cell, CellMagicKind, python};

pub(super) mod describe;
pub(super) mod in_force;
mod magic;

use super::completion::dict_scan::{Dict, Spot};
use super::completion::place::{Place, place_at, value_at};
use super::completion::spark_conf::{SparkSpot, spot_at};

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
pub fn hover(model: &NotebookModel, cell: usize, offset: usize) -> Option<Hover> {
    model.gate.kernel()?;
    let content = &model.cells.get(cell)?.cell;
    match place_at(content, offset) {
        Some(Place::Name(name)) => {
            let markdown = magic::markdown(model, cell, name.name, name.form)?;
            Some(Hover { markdown, range: name.range })
        }
        Some(Place::Argument { name, argument }) => argument_hover(model, cell, name, argument, offset),
        Some(Place::Body { kind: CellMagicKind::Configure, body }) => configure_hover(model, cell, body, offset),
        Some(Place::Body { .. }) => None,
        None => remote_magic_hover(model, cell, content, offset),
    }
}

fn argument_hover(
    model: &NotebookModel,
    cell: usize,
    name: &str,
    argument: Range<usize>,
    offset: usize,
) -> Option<Hover> {
    let text = &*model.cells[cell].cell.text;
    if name == "spark_conf" {
        return property_hover(text, argument, offset);
    }
    let range = value_at(text, argument, offset).filter(|range| !range.is_empty())?;
    let markdown = value_markdown(model, cell, name, &text[range.clone()])?;
    Some(Hover { markdown, range })
}

/// What is said about the value of a line magic or of the key of `%%configure` with the same name.
fn value_markdown(model: &NotebookModel, cell: usize, name: &str, value: &str) -> Option<String> {
    let table = facts::versions();
    match name {
        "glue_version" => table.glue(value).map(describe::glue_version),
        "worker_type" => {
            let version = match in_force::in_force(model, cell, crate::model::Setting::GlueVersion) {
                Some(given) => table.glue(&given.value),
                None => table.kernel_default(),
            };
            table.worker(value).map(|row| describe::worker_type(row, version))
        }
        // The kernel takes any case.
        "region" => facts::regions().find(&value.to_lowercase()).map(describe::region),
        _ => None,
    }
}

fn property_hover(text: &str, range: Range<usize>, offset: usize) -> Option<Hover> {
    let SparkSpot::Name(range) = spot_at(text, range, offset)? else {
        return None;
    };
    let row = facts::configure().spark_property(&text[range.clone()])?;
    Some(Hover { markdown: describe::spark_property(row), range })
}

fn configure_hover(model: &NotebookModel, cell: usize, body: Range<usize>, offset: usize) -> Option<Hover> {
    let text = &*model.cells[cell].cell.text;
    let dict = Dict::scan(text, body);
    match dict.spot(text, offset)? {
        Spot::Key(index) => {
            let range = dict.entries[index].key.inner.clone();
            let markdown = key_markdown(model, cell, &text[range.clone()])?;
            Some(Hover { markdown, range })
        }
        Spot::Value(index, part) => {
            let entry = &dict.entries[index];
            let range = entry.values[part].inner.clone();
            match &text[entry.key.inner.clone()] {
                "--conf" | "conf" => property_hover(text, range, offset),
                key => Some(Hover { markdown: value_markdown(model, cell, key, &text[range.clone()])?, range }),
            }
        }
        Spot::NewKey | Spot::NewValue(_) => None,
    }
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
    // The kernel puts the hyphens in front of a key that lacks them.
    let name = if key.starts_with("--") { key.to_owned() } else { format!("--{key}") };
    table.job_parameter(&name).map(describe::job_parameter)
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
