//! What may be typed at a place: names of magics, their values, keys of `%%configure`, Spark properties.
//!
//! Everything comes from the tables and from what is known of the account at that moment, so there is nothing to wait
//! for. Code is other servers' business: behind its first line nothing is offered.

use std::ops::Range;
use std::sync::Arc;

use crate::facts::{self, ArgumentKind, MagicSpec};
use crate::model::NotebookModel;
use crate::model::account::{Claim, Trouble};
use crate::syntax::Form;

pub(super) mod account;
pub(super) mod dict_scan;
pub(super) mod dictionary;
mod magic_name;
mod marker;
mod matching;
pub(super) mod place;
mod s3;
pub(super) mod spark_conf;
mod tags;
mod topic;
pub(super) mod typed;
mod values;
pub(super) mod variables;

pub use account::consent_label;
pub use marker::markers;
pub use topic::Topic;

use super::prices::{Footing, Prices, region_at};
use account::List;
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
    /// The shape of a value, with places to fill in. Of no use where snippets cannot be.
    Template,
    /// Names could not be fetched: see [`Completions::trouble`]. It leaves the text as it is.
    Trouble,
    /// Names may not be fetched until somebody allows it: see [`Completions::consent`]. It leaves the text as it is.
    Consent,
}

/// What may be typed at a place.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Completions {
    /// The list, in order.
    pub items: Vec<Completion>,
    /// Whether there may be others once more is typed, or in a moment.
    pub incomplete: bool,
    /// Why names could not be fetched; the item of the kind [`CompletionKind::Trouble`] tells of it.
    pub trouble: Option<Arc<Trouble>>,
    /// As whom names may be fetched if somebody allows it; the item of the kind [`CompletionKind::Consent`] asks.
    pub consent: Option<Claim>,
}

impl From<Vec<Completion>> for Completions {
    fn from(items: Vec<Completion>) -> Completions {
        Completions { items, ..Completions::default() }
    }
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
    /// What it is about, if there is more to say.
    pub topic: Option<Topic>,
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
    /// Whether a list is offered for what comes next, right behind what is inserted.
    pub offers_next: bool,
}

impl Completion {
    /// Makes a completion that inserts its label; what is said about it is to be added.
    fn new(kind: CompletionKind, label: &str, replace: Range<usize>) -> Completion {
        Completion {
            label: label.to_owned(),
            kind,
            detail: None,
            topic: None,
            insert: label.to_owned(),
            is_snippet: false,
            replace,
            filter: None,
            sort: String::new(),
            deprecated: false,
            offers_next: false,
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
pub fn completions(model: &NotebookModel, cell: usize, offset: usize, prices: &Prices) -> Completions {
    if model.gate.kernel().is_none() {
        return Completions::default();
    }
    let Some(content) = model.cells.get(cell).map(|model| &model.cell) else {
        return Completions::default();
    };
    match place_at(content, offset) {
        Some(Place::Name(name)) => {
            magic_name::completions(content, &name, offset, &arn_prefix(model, cell, prices)).into()
        }
        Some(Place::Argument { name, argument }) => {
            let magic = Argument { name, range: argument };
            argument_completions(model, cell, magic, offset, prices)
        }
        Some(Place::Body { kind, body }) => dictionary::completions(model, cell, kind, body, offset, prices),
        None if model.notebook.form == Form::Percent => {
            magic_name::commented(content, offset, &arn_prefix(model, cell, prices)).into()
        }
        None => Completions::default(),
    }
}

/// Returns what ARNs of the Region in force at a cell start with.
fn arn_prefix(model: &NotebookModel, cell: usize, prices: &Prices) -> String {
    values::arn_prefix(region_at(model, cell, prices).as_deref())
}

/// The argument of a line magic.
struct Argument<'a> {
    /// The magic's name.
    name: &'a str,
    /// All of the argument.
    range: Range<usize>,
}

/// What may stand in the argument of a line magic.
fn argument_completions(
    model: &NotebookModel,
    cell: usize,
    magic: Argument<'_>,
    offset: usize,
    prices: &Prices,
) -> Completions {
    let text = &*model.cells[cell].cell.text;
    if magic.name == "env" {
        return variable_completions(model, cell, magic.range, offset, prices);
    }
    let Some(spec) = facts::magics().line(magic.name).filter(|spec| spec.works()) else {
        return Completions::default();
    };
    if let Some(list) = List::of_setting(&spec.name) {
        let typed = typed::in_line(text, magic.range, offset, list.reading());
        let prefix = || arn_prefix(model, cell, prices);
        return typed.map(|typed| account::completions(model, cell, list, &typed, &prefix)).unwrap_or_default();
    }
    let source = spec.argument.completion.as_deref();
    if source == Some("spark_properties") {
        return spark_conf::completions(text, magic.range, offset).into();
    }
    let Some(replace) = value_at(text, magic.range, offset) else {
        return Completions::default();
    };
    let slot = Slot::new(text, replace, false);
    magic_values(model, cell, spec, &slot, prices).into()
}

/// What may stand behind `%env`: a variable that the kernel makes a setting of, or its value.
fn variable_completions(
    model: &NotebookModel,
    cell: usize,
    argument: Range<usize>,
    offset: usize,
    prices: &Prices,
) -> Completions {
    let text = &*model.cells[cell].cell.text;
    match value_at(text, argument, offset).and_then(|word| variables::spot_at(text, word, offset)) {
        Some(variables::Spot::Name(replace)) => variables::names(text, &replace).into(),
        Some(variables::Spot::Value(spec, value)) => match List::of_setting(&spec.name) {
            Some(list) => {
                let typed = typed::in_line(text, value, offset, list.reading_of_variable());
                let prefix = || arn_prefix(model, cell, prices);
                typed.map(|typed| account::completions(model, cell, list, &typed, &prefix)).unwrap_or_default()
            }
            None => magic_values(model, cell, spec, &Slot::new(text, value, false), prices).into(),
        },
        None => Completions::default(),
    }
}

/// The values that a line magic takes, where they can be listed.
fn magic_values(model: &NotebookModel, cell: usize, spec: &MagicSpec, slot: &Slot, prices: &Prices) -> Vec<Completion> {
    let footing = || Footing::at(model, cell, prices);
    // A key of `%%configure` with the name of the magic takes the same values.
    setting_values(&spec.name, slot, &footing).unwrap_or_else(|| {
        let values = spec.argument.values.iter().map(String::as_str);
        let default = spec.default.as_ref().and_then(|default| default.value.as_deref());
        match spec.argument.kind {
            ArgumentKind::Enum => values::listed(slot, values, default),
            _ => Vec::new(),
        }
    })
}

/// What may stand as the value of a setting, by the name that its magic and its key share; `None` if it is not of those
/// that have a list of their own.
fn setting_values<'a>(name: &str, slot: &Slot, footing: &dyn Fn() -> Footing<'a>) -> Option<Vec<Completion>> {
    Some(match name {
        "glue_version" => values::glue_versions(slot),
        "worker_type" => values::worker_types(slot, &footing()),
        "region" => values::regions(slot),
        "number_of_workers" => values::workers(slot, &footing()),
        "max_capacity" => values::capacities(slot, &footing()),
        "idle_timeout" => values::idle_timeouts(slot, &footing()),
        "timeout" => values::timeouts(slot, &footing()),
        "endpoint" => values::endpoints(slot, &footing()),
        _ => return None,
    })
}
