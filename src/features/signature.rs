//! What a magic takes, shown while its argument is typed.

use std::fmt::Write;
use std::ops::Range;

use crate::facts::{self, ArgumentKind, MagicForm, MagicSpec};
use crate::model::NotebookModel;

use super::completion::place::{Place, place_at};
use super::hover::describe;

/// What a magic takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The magic with the places of its argument: `%connections NAME[, NAME…]`.
    pub label: String,
    /// The parameters, in bytes of the label.
    pub parameters: Vec<Range<usize>>,
    /// The parameter that is being typed, as an index.
    pub active: usize,
    /// What it means, in Markdown.
    pub documentation: String,
}

/// Returns what the magic takes whose argument stands at `offset` (bytes of the cell's text) of a cell.
///
/// `None` in documents that no Glue kernel runs, outside the arguments of line magics, and where they take none.
pub fn signature(model: &NotebookModel, cell: usize, offset: usize) -> Option<Signature> {
    model.gate.kernel()?;
    let content = &model.cells.get(cell)?.cell;
    let Place::Argument { name, argument } = place_at(content, offset)? else {
        return None;
    };
    let spec = facts::magics().line(name).filter(|spec| spec.works())?;
    if spec.argument.kind == ArgumentKind::None {
        return None;
    }
    let label = spec.usage()?.to_owned();
    let parameters = parameters(spec, &label);
    let typed = &content.text[argument.start..offset.clamp(argument.start, argument.end)];
    let active = active(spec, typed).min(parameters.len().saturating_sub(1));
    Some(Signature { label, active, documentation: documentation(spec), parameters })
}

/// The parts of a label behind the magic's name: what comes first, and what may be repeated.
fn parameters(spec: &MagicSpec, label: &str) -> Vec<Range<usize>> {
    let start = (spec.label().len() + 1).min(label.len());
    let repeated = label.find('[').filter(|at| *at > start);
    let end = repeated.map_or(label.len(), |at| label[..at].trim_end().len());
    let rest = repeated.map(|at| at..label.len());
    match label[start..end].find('=').filter(|_| is_properties(spec)) {
        Some(equals) => [start..start + equals, start + equals + 1..end].into_iter().chain(rest).collect(),
        None => std::iter::once(start..end).chain(rest).collect(),
    }
}

fn is_properties(spec: &MagicSpec) -> bool {
    spec.argument.completion.as_deref() == Some("spark_properties")
}

/// Returns which parameter stands at the end of what is typed.
fn active(spec: &MagicSpec, typed: &str) -> usize {
    if is_properties(spec) {
        let mut words = typed.split([' ', '\t']).filter(|word| !word.is_empty());
        return match words.next() {
            Some(first) if words.next().is_none() && !typed.ends_with([' ', '\t']) => usize::from(first.contains('=')),
            Some(_) => 2,
            None => 0,
        };
    }
    usize::from(spec.argument.kind == ArgumentKind::List && typed.contains(','))
}

fn documentation(spec: &MagicSpec) -> String {
    let mut out = spec.short.clone();
    let argument = &spec.argument;
    if !argument.values.is_empty() {
        let values: Vec<String> = argument.values.iter().map(|value| format!("`{value}`")).collect();
        let _ = write!(out, "\n\nOne of {}.", values.join(", "));
    }
    match (argument.min, argument.max) {
        (Some(min), Some(max)) => {
            let _ = write!(out, "\n\nFrom {min} to {max}.");
        }
        (Some(min), None) => {
            let _ = write!(out, "\n\nAt least {min}.");
        }
        (None, _) => {}
    }
    if let Some(value) = spec.default.as_ref().and_then(|default| default.value.as_ref()) {
        let _ = write!(out, "\n\nDefault: {}.", describe::code(value));
    }
    if let Some(example) = spec.example.as_ref().filter(|_| spec.form == MagicForm::Line) {
        let _ = write!(out, "\n\n```text\n{example}\n```");
    }
    out
}
