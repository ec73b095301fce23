//! What is said about a magic.

use std::fmt::Write;

use crate::facts::magics::{DefaultSource, MagicDefault};
use crate::facts::{self, MagicForm, MagicSpec, Status};
use crate::model::{NotebookModel, actions};

use super::describe;
use super::in_force::in_force;

/// The most surprises that a hover tells.
const MOST_QUIRKS: usize = 3;

/// Returns what there is to say about a magic of that name and form at a cell; `None` if nothing is known.
pub(super) fn markdown(model: &NotebookModel, cell: usize, name: &str, form: MagicForm) -> Option<String> {
    let (magics, ipython) = (facts::magics(), facts::ipython());
    if let Some(spec) = magics.find(name, form) {
        return Some(described(model, cell, spec));
    }
    let builtin = match form {
        MagicForm::Line => ipython.has_line(name),
        MagicForm::Cell => ipython.has_cell(name),
    };
    let label = format!("{form}{name}");
    let mut out = match (builtin, form) {
        (true, MagicForm::Line) => describe::builtin_line(name, ipython.line_effect(name)),
        (true, MagicForm::Cell) => describe::builtin_cell(name, ipython.cell_fix(name)),
        (false, _) => match magics.foreign(&label) {
            Some(foreign) => {
                format!(
                    "**`{label}`** belongs to {}; the Glue kernel does not have it.\n\nInstead: {}",
                    foreign.from, foreign.fix
                )
            }
            None => {
                // The other form exists: the table says what is meant.
                let other = if form == MagicForm::Line { MagicForm::Cell } else { MagicForm::Line };
                let spec = magics.find(name, other).filter(|spec| spec.works())?;
                format!("There is no `{label}`; it is `{}`.\n\n---\n\n{}", spec.label(), described(model, cell, spec))
            }
        },
    };
    if builtin
        && let Some(foreign) = magics.foreign(&label)
        && !out.contains("Instead:")
    {
        let _ = write!(out, "\n\nInstead: {}", foreign.fix);
    }
    Some(out)
}

fn described(model: &NotebookModel, cell: usize, spec: &MagicSpec) -> String {
    let mut out = match &spec.hover {
        Some(hover) => hover.clone(),
        None => format!("**`{}`** — {}", spec.label(), spec.short),
    };
    if !spec.works() {
        if let Some(removed) = &spec.removed {
            let _ = write!(out, "\n\nRemoved in kernel {removed}.");
        }
        if let Some(mistake) = spec.mistakes.first() {
            let _ = write!(out, "\n\nInstead: {}", mistake.fix);
        }
        return out;
    }
    if let Some(setting) = actions::setting(&spec.name).filter(|_| spec.form == MagicForm::Line)
        && let Some(given) = in_force(model, cell, setting)
    {
        let _ = write!(out, "\n\n**Here:** {}", given.markdown(model, cell));
    }
    if let Some(default) = &spec.default {
        let _ = write!(out, "\n\n**Default:** {}", default_text(default));
    }
    if let Some(example) = &spec.example {
        let _ = write!(out, "\n\n```text\n{example}\n```");
    }
    let mut facts = Vec::new();
    if let Some(key) = &spec.configure_key {
        facts.push(format!("key `{key}` of `%%configure`"));
    }
    facts.extend(spec.env.first().map(|variable| format!("environment variable `{variable}`")));
    if !facts.is_empty() {
        let _ = write!(out, "\n\nAlso set by {}.", facts.join(" or "));
    }
    match (&spec.since, spec.status) {
        (_, Status::Remote) => out.push_str("\n\nRun by the session, below a line of code."),
        // `0.x` is every kernel still in use.
        (Some(since), _) if since != "0.x" => {
            let _ = write!(out, "\n\nSince kernel {since}.");
        }
        _ => {}
    }
    if !spec.quirks.is_empty() {
        out.push_str("\n\n**Worth knowing**\n");
        for quirk in spec.quirks.iter().take(MOST_QUIRKS) {
            let _ = write!(out, "\n- {quirk}");
        }
    }
    out
}

fn default_text(default: &MagicDefault) -> String {
    let by = match default.set_by {
        DefaultSource::Kernel => "the kernel",
        DefaultSource::Service => "the service",
    };
    match (&default.value, &default.note) {
        (Some(value), Some(note)) => format!("{}, chosen by {by}; {note}", describe::code(value)),
        (Some(value), None) => format!("{}, chosen by {by}", describe::code(value)),
        (None, Some(note)) => note.clone(),
        (None, None) => format!("chosen by {by}"),
    }
}
