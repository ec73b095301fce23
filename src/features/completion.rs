//! What may be typed at a place: names of magics, their values, keys of `%%configure`, Spark properties.
//!
//! Everything comes from the tables, so there is nothing to wait for. Code is other servers' business:
//! behind its first line nothing is offered.

use std::ops::Range;

use crate::facts::{self, ArgumentKind};
use crate::model::NotebookModel;
use crate::syntax::Form;

pub(super) mod dict_scan;
mod dictionary;
mod magic_name;
pub(super) mod place;
pub(super) mod spark_conf;
mod values;

use place::{Place, place_at, value_at};
use values::Slot;

/// What a completion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompletionKind {
    /// The name of a magic.
    Magic,
    /// A value.
    Value,
    /// A key of a dictionary.
    Key,
    /// The name of a Spark property.
    Property,
}

/// Something that may be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What is shown in the list.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// A few words, shown beside the label.
    pub detail: Option<String>,
    /// All there is to say, in Markdown.
    pub documentation: Option<String>,
    /// What is inserted; a snippet with places such as `${1:name}` if `is_snippet`.
    pub insert: String,
    /// Whether `insert` is a snippet. If not, it is to be taken as it is.
    pub is_snippet: bool,
    /// What `insert` replaces, in bytes of the cell's text. Within one line; holds the place asked for.
    pub replace: Range<usize>,
    /// What the typed text is compared with, where that is not the label.
    pub filter: Option<String>,
    /// Orders the list, by comparing texts.
    pub sort: String,
    /// Whether it is better not used any more.
    pub deprecated: bool,
}

impl Completion {
    /// Makes a completion that inserts its label; what is said about it is to be added.
    fn new(kind: CompletionKind, label: &str, replace: Range<usize>) -> Completion {
        Completion {
            label: label.to_owned(),
            kind,
            detail: None,
            documentation: None,
            insert: label.to_owned(),
            is_snippet: false,
            replace,
            filter: None,
            sort: String::new(),
            deprecated: false,
        }
    }
}

impl Completion {
    /// Returns what to insert where snippets cannot be: a magic without the example of its argument, else
    /// the snippet's text without its places.
    pub fn plain(&self) -> String {
        if !self.is_snippet {
            return self.insert.clone();
        }
        if self.kind == CompletionKind::Magic {
            return self.label.clone();
        }
        let mut out = String::with_capacity(self.insert.len());
        let mut in_place = false;
        let mut chars = self.insert.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => out.extend(chars.next()),
                '$' => {
                    in_place |= chars.next_if_eq(&'{').is_some();
                    while chars.next_if(char::is_ascii_digit).is_some() {}
                    let _ = chars.next_if(|c| in_place && *c == ':');
                }
                '}' if in_place => in_place = false,
                _ => out.push(c),
            }
        }
        out
    }
}

/// Returns what may be typed at `offset` (bytes of the cell's text) of a cell.
///
/// Empty in documents that no Glue kernel runs, in cells that are not code, and in code.
pub fn completions(model: &NotebookModel, cell: usize, offset: usize) -> Vec<Completion> {
    if model.gate.kernel().is_none() {
        return Vec::new();
    }
    let Some(content) = model.cells.get(cell).map(|model| &model.cell) else {
        return Vec::new();
    };
    match place_at(content, offset) {
        Some(Place::Name(name)) => magic_name::completions(content, &name, offset),
        Some(Place::Argument { name, argument }) => argument_completions(model, cell, name, argument, offset),
        Some(Place::Body { kind, body }) => dictionary::completions(model, cell, kind, body, offset),
        None if model.notebook.form == Form::Percent => magic_name::commented(content, offset),
        None => Vec::new(),
    }
}

/// What may stand in the argument of a line magic.
fn argument_completions(
    model: &NotebookModel,
    cell: usize,
    name: &str,
    argument: Range<usize>,
    offset: usize,
) -> Vec<Completion> {
    let text = &*model.cells[cell].cell.text;
    let Some(spec) = facts::magics().line(name).filter(|spec| spec.works()) else {
        return Vec::new();
    };
    let source = spec.argument.completion.as_deref();
    if source == Some("spark_properties") {
        return spark_conf::completions(text, argument, offset);
    }
    let Some(replace) = value_at(text, argument, offset) else {
        return Vec::new();
    };
    let slot = Slot { replace, quotes: false };
    match (name, source, spec.argument.kind) {
        ("glue_version", ..) => values::glue_versions(&slot),
        ("worker_type", ..) => values::worker_types(&slot, values::version_in_force(model, cell)),
        (_, Some("regions"), _) => values::regions(&slot),
        (_, None, ArgumentKind::Enum) => values::listed(
            &slot,
            spec.argument.values.iter().map(String::as_str),
            spec.default.as_ref().and_then(|d| d.value.as_deref()),
        ),
        _ => Vec::new(),
    }
}
