//! `one-magic-per-line`: all that follows a magic's name is its value.

use std::ops::Range;

use super::magic_line::further_magics;
use crate::features::diagnostics::{Context, Findings, Fix, Severity};
use crate::model::Setting;
use crate::model::actions::{Action, action};
use crate::model::effects::MagicCall;
use crate::syntax::split::usual_line_end;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for call in context.cell.effects.calls.iter().filter(|call| !call.cell) {
        let Some((name, between)) = joined(call) else { continue };
        let Some(first) = between.first().cloned() else { continue };
        let ends = usual_line_end(context.text());
        let edits: Vec<_> = between.into_iter().map(|range| (range, ends.to_owned())).collect();
        let range = first.end..call.argument_range.end;
        let second =
            context.text()[first.end..].split([' ', '\t', ';', '&', ',', '\r', '\n']).next().unwrap_or_default();
        let fixes = vec![Fix::of("Put each magic on a line of its own", edits)];
        let (severity, effect) = match action(name) {
            Some(Action::Stop | Action::Show | Action::SessionType(_)) if name == call.name => {
                (Severity::Warning, "is ignored")
            }
            Some(Action::Raw(Setting::SparkConf)) => (Severity::Warning, "becomes part of the value"),
            _ if name == call.name => (Severity::Error, "becomes part of the value"),
            _ => (Severity::Error, "is lost, and the name of the first is not found"),
        };
        let message = format!("there is one magic per line: `{second}` behind `%{name}` {effect}");
        findings.add_milder(severity, range, message, fixes);
    }
}

/// Returns the first magic's name and what stands between the magics of the line, in bytes of the cell's text.
pub(super) fn joined(call: &MagicCall) -> Option<(&str, Vec<Range<usize>>)> {
    let name = call.name.trim_end_matches([';', '&', ',']);
    let action = action(name)?;
    let takes_a_value = !matches!(action, Action::Stop | Action::Show | Action::SessionType(_));
    let mut between = further_magics(&call.argument);
    let first = between.first_mut()?;
    let origin = call.argument_range.start;
    let starts_at_once = first.end == 0;
    // A magic that is to have a value, and has none, is another matter.
    if starts_at_once && takes_a_value {
        return None;
    }
    let mut between: Vec<_> = between.into_iter().map(|range| origin + range.start..origin + range.end).collect();
    if starts_at_once {
        between[0].start = call.name_range.start + name.len();
    } else if name != call.name {
        return None;
    }
    Some((name, between))
}
