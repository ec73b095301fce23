//! What stands behind lines of a cell without being written there: the value that the kernel really takes, what the
//! session costs, when it ends.

use std::collections::HashSet;
use std::ops::Range;

use crate::model::effects::ChangeKind;
use crate::model::history::{Fate, Note, Slot};
use crate::model::{CellModel, NotebookModel, Origin, Setting, actions};
use crate::syntax::first_code::first_code;
use crate::syntax::literal::Value;

use super::hover::describe::{session_price, shortened};
use super::hover::in_force::{InForce, in_force, origin_text};
use super::prices::{Footing, Prices};

/// The most characters of a value that is shown.
const LONGEST: usize = 60;
/// What the size of a session comes from.
const SIZES: [Setting; 3] = [Setting::WorkerType, Setting::NumberOfWorkers, Setting::MaxCapacity];

/// What an inlay tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InlayKind {
    /// The value that the kernel takes, where that is not what is written.
    Value,
    /// The size of a session and its price.
    Cost,
    /// After how many idle minutes a session ends.
    IdleTimeout,
}

/// A text behind a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inlay {
    /// What it tells.
    pub kind: InlayKind,
    /// Position of the cell among the document's cells.
    pub cell: usize,
    /// Where it stands, in bytes of the cell's text: at the end of a line, blanks apart.
    pub offset: usize,
    /// The text.
    pub label: String,
    /// More of it, in Markdown.
    pub tooltip: String,
}

/// Which inlays are wanted, and what they depend on.
#[derive(Debug, Clone)]
pub struct InlayOptions<'a> {
    /// Whether values are shown that are not as written.
    pub values: bool,
    /// Whether sizes and prices are shown.
    pub cost: bool,
    /// Minutes of idleness after which sessions end of which the document does not say it, where that is to be shown.
    pub idle_timeout: Option<u32>,
    /// Whether cells run in sessions that are billed; otherwise prices are those of another place.
    pub billed: bool,
    /// What the user has said of prices.
    pub prices: &'a Prices,
}

/// Returns the inlays of the cells at these places, in order. None in documents that no Glue kernel runs.
pub fn inlays(model: &NotebookModel, cells: Range<usize>, options: &InlayOptions<'_>) -> Vec<Inlay> {
    let mut out = Vec::new();
    if model.gate.kernel().is_none() {
        return out;
    }
    if options.values {
        overridden(model, &cells, &mut out);
        for cell in cells.clone() {
            if let Some(known) = model.cells.get(cell) {
                rewritten(model, cell, known, &mut out);
            }
        }
    }
    if options.cost {
        costs(model, &cells, options, &mut out);
    }
    if let Some(minutes) = options.idle_timeout {
        idle_timeouts(model, cells, minutes, &mut out);
    }
    // Of one place: the value, then the price, then the end.
    out.sort_by_key(|inlay| (inlay.cell, inlay.offset));
    out
}

/// Where the line ends that holds a range, blanks apart.
fn line_end(text: &str, range: &Range<usize>) -> usize {
    let from = range.end.max(range.start);
    let rest = text.get(from..).unwrap_or_default();
    let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
    from + line.trim_end().len()
}

/// Settings that others take the place of before a session begins.
fn overridden(model: &NotebookModel, cells: &Range<usize>, out: &mut Vec<Inlay>) {
    for cell in cells.clone() {
        for note in model.history.notes(cell) {
            let Slot::Setting(_) = note.slot else { continue };
            let Some((by, range, value)) = winner(model, note) else { continue };
            let origin = origin_text(&Origin::Cell { cell: by, range: range.clone() }, model, cell);
            out.push(Inlay {
                kind: InlayKind::Value,
                cell,
                offset: line_end(&model.cells[cell].cell.text, &note.range),
                label: format!("→ {} ({origin})", shown(value)),
                tooltip: format!("The session gets the value that {origin} sets: the last one counts."),
            });
        }
    }
}

/// Returns the value that a session gets in place of one that was replaced, with its cell and place.
fn winner<'a>(model: &'a NotebookModel, note: &'a Note) -> Option<(usize, &'a Range<usize>, &'a str)> {
    let mut last = None;
    let mut next = Some(note);
    // Each takes the place of one before it, so this ends.
    while let Some(Fate::Replaced { by, cell, range, value }) = next.map(|note| &note.fate) {
        last = Some((*cell, range, value.as_str()));
        next = model.history.notes(*cell).iter().find(|other| other.slot == *by && other.range == *range);
    }
    last
}

/// A value for people: with quotes only where blanks or nothing would not be seen.
fn shown(value: &str) -> String {
    let value = value.replace(['\n', '\r'], " ");
    let odd = value.is_empty() || value.trim() != value;
    shortened(&if odd { format!("'{value}'") } else { value }, LONGEST)
}

/// Arguments of line magics of which the kernel makes something else than what one reads.
fn rewritten(model: &NotebookModel, cell: usize, known: &CellModel, out: &mut Vec<Inlay>) {
    let text = &*known.cell.text;
    for change in &known.effects.changes {
        let ChangeKind::Set(setting, value) = &change.kind else {
            continue;
        };
        let calls = &known.effects.calls;
        let begun = calls.partition_point(|call| call.argument_range.start <= change.range.start);
        let call = calls[..begun].last().filter(|call| {
            !call.cell && change.range.end <= call.argument_range.end && actions::setting(&call.name) == Some(*setting)
        });
        let (written, range) = match call {
            Some(call) => (call.argument.as_str(), &call.argument_range),
            // In `%%configure` values are taken as they are, but for this one.
            None if *setting == Setting::Region && value.is_some() => {
                (text.get(change.range.clone()).unwrap_or_default(), &change.range)
            }
            None => continue,
        };
        let effective = match value {
            Some(value) => effective(*setting, value, written)
                .map(|value| InForce { value, origin: Origin::Cell { cell, range: change.range.clone() } }),
            // Unset: what holds comes from elsewhere.
            None => in_force(model, cell, *setting),
        };
        let Some(effective) = effective else {
            continue;
        };
        let own = matches!(effective.origin, Origin::Cell { .. });
        let origin = origin_text(&effective.origin, model, cell).replace('`', "");
        out.push(Inlay {
            kind: InlayKind::Value,
            cell,
            offset: line_end(text, range),
            label: if own {
                format!("= {}", shown(&effective.value))
            } else {
                format!("= {} ({origin})", shown(&effective.value))
            },
            tooltip: if own {
                "This is what the kernel takes it for.".to_owned()
            } else {
                format!("Nothing is set here, so {origin} counts.")
            },
        });
    }
}

/// Returns the value where it is not what one reads in the argument: quotes around it are nobody's surprise, nor are the
/// blanks between the items of a list.
fn effective(setting: Setting, value: &Value, argument: &str) -> Option<String> {
    let value = value.to_str();
    let read = argument.trim().trim_matches('"').trim_matches('\'');
    let tidy = |text: &str| text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '[' | ']')).collect::<String>();
    let same = if setting.is_list() { tidy(&value) == tidy(read) } else { value == read };
    (!same).then_some(value)
}

/// What sessions of the notebook cost, each behind the line that decides it. Of two that the same line decides, the first.
fn costs<'a>(model: &NotebookModel, cells: &Range<usize>, options: &InlayOptions<'a>, out: &mut Vec<Inlay>) {
    let mut seen = HashSet::new();
    let mut add = |at: usize, offset: usize, footing: &dyn Fn() -> Footing<'a>| {
        if cells.contains(&at) && seen.insert((at, offset)) {
            out.push(cost(at, offset, &footing(), options));
        }
    };
    let mut none_begins = true;
    for session in &model.history.sessions {
        let (Some(cell), request) = (session.needed_by, &session.request) else { continue };
        none_begins = false;
        let footing = || Footing::of_request(model, cell, request, options.prices);
        let deciding = request.origins.iter().filter(|(setting, _)| SIZES.contains(setting)).map(|(_, origin)| origin);
        match place(model, deciding) {
            Some((at, offset)) => add(at, offset, &footing),
            // Nothing here costs anything, and nothing says that it might elsewhere.
            None if !options.billed => {}
            None => {
                let known = &model.cells[cell].cell;
                add(cell, line_end(&known.text, &first_code(known)), &footing);
            }
        }
    }
    // A notebook that is all settings yet.
    if none_begins && let Some(last) = model.cells.len().checked_sub(1) {
        let given = SIZES.into_iter().filter_map(|setting| in_force(model, last, setting));
        let origins: Vec<Origin> = given.map(|given| given.origin).collect();
        if let Some((at, offset)) = place(model, origins.iter()) {
            add(at, offset, &|| Footing::at(model, last, options.prices));
        }
    }
}

/// Returns the end of the last line that one of these values comes from.
fn place<'a>(model: &NotebookModel, origins: impl Iterator<Item = &'a Origin>) -> Option<(usize, usize)> {
    let cells = origins.filter_map(|origin| match origin {
        Origin::Cell { cell, range } => Some((*cell, range)),
        _ => None,
    });
    let (cell, range) = cells.max_by_key(|(cell, range)| (*cell, range.start))?;
    Some((cell, line_end(&model.cells.get(cell)?.cell.text, range)))
}

fn cost(cell: usize, offset: usize, footing: &Footing<'_>, options: &InlayOptions<'_>) -> Inlay {
    let price = footing.size_and_price();
    let (label, here) = match options.billed {
        true => (price, ""),
        false => (format!("{price} on AWS"), "\n\nOn this machine it costs nothing."),
    };
    Inlay { kind: InlayKind::Cost, cell, offset, label, tooltip: format!("{}{here}", session_price(footing)) }
}

/// How long sessions live that would be created without an idle timeout of the document's.
fn idle_timeouts(model: &NotebookModel, cells: Range<usize>, minutes: u32, out: &mut Vec<Inlay>) {
    for cell in cells {
        let created = model.outcomes.get(cell).and_then(|outcome| outcome.created.as_ref());
        let (Some(request), Some(known)) = (created, model.cells.get(cell)) else {
            continue;
        };
        if request.idle_timeout.is_some() {
            continue;
        }
        out.push(Inlay {
            kind: InlayKind::IdleTimeout,
            cell,
            offset: line_end(&known.cell.text, &first_code(&known.cell)),
            label: format!("· ends at {minutes} min idle"),
            tooltip: format!(
                "Nothing here sets `%idle_timeout`, so glue-ls starts the session with {minutes} minutes \
                 (`session.defaultIdleTimeout`). The service's own default is two days, at full price."
            ),
        });
    }
}
