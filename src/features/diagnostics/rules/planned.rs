//! What rules have in common that look at the sessions which the cells would get.

use std::ops::Range;

use crate::features::diagnostics::Context;
use crate::model::history::Slot;
use crate::model::{Origin, Setting};
use crate::syntax::split::{HeadKind, lines, whole_line};

/// Returns where a value stands, if the context's cell sets it.
pub(super) fn place(context: &Context<'_>, origin: Option<&Origin>) -> Option<Range<usize>> {
    match origin? {
        Origin::Cell { cell, range } if *cell == context.index && !range.is_empty() => Some(range.clone()),
        _ => None,
    }
}

/// Returns where a value comes from, for people, seen from the context's cell.
pub(super) fn from(context: &Context<'_>, origin: &Origin) -> String {
    match origin {
        Origin::Cell { cell, range } => at(context, *cell, range.start),
        Origin::Environment(name) => format!("from the environment variable `{name}`"),
        Origin::ConfigFile { profile, key } => format!("from `{key}` of the profile `{profile}`"),
        Origin::Default => "the kernel's default".to_owned(),
    }
}

/// Returns a place of the document for people, seen from the context's cell.
pub(super) fn at(context: &Context<'_>, cell: usize, offset: usize) -> String {
    if cell != context.index {
        return format!("in cell {cell}");
    }
    let line = lines(context.text()).take_while(|line| line.content.start <= offset).count().max(1);
    format!("on line {line}")
}

/// Returns what a value is of, as the author would write it.
pub(super) fn label(slot: &Slot) -> String {
    match slot {
        Slot::Setting(Setting::MaxCapacity) => "`max_capacity`".to_owned(),
        Slot::Setting(Setting::Endpoint) => "`%endpoint`".to_owned(),
        Slot::Setting(Setting::EnableDataCatalog) => "`--enable-glue-datacatalog`".to_owned(),
        Slot::Setting(setting) => format!("`%{}`", setting.name()),
        Slot::Argument(name) => format!("`{name}`"),
        Slot::Tag(key) => format!("the tag `{key}`"),
        Slot::SessionId => "`session_id`".to_owned(),
    }
}

/// Returns the line of a line magic whose value stands at `range`, with its line end; `None` if it is no line magic's.
pub(super) fn magic_line_of(context: &Context<'_>, cell: usize, range: &Range<usize>) -> Option<Range<usize>> {
    let cell = &context.model.cells.get(cell)?.cell;
    let holds = |line: &Range<usize>| line.start <= range.start && range.end <= line.end;
    let line = cell.split.head.iter().find(|line| holds(&line.range))?;
    if !matches!(line.kind, HeadKind::Magic(_)) {
        return None;
    }
    Some(whole_line(&cell.text, &line.range))
}
