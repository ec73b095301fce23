//! `late-setting`: a session keeps what it was created with.

use super::planned::{label, magic_line_of};
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Setting;
use crate::model::history::{Fate, Note, Slot};
use crate::syntax::split::usual_line_end;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let late = |note: &&Note| matches!(note.fate, Fate::Late { .. });
    let mut notes = context.model.history.notes(context.index).iter().filter(late);
    // One word for a cell: what is late is the cell.
    let Some(first) = notes.next() else { return };
    let Fate::Late { began, query } = first.fate else { return };
    let others = notes.count();
    let what = match others {
        0 => label(&first.slot),
        1 => format!("{} and another setting of the cell", label(&first.slot)),
        _ => format!("{} and {others} other settings of the cell", label(&first.slot)),
    };
    let (come, change) = if others == 0 { ("comes", "changes") } else { ("come", "change") };
    let advice = match first.slot {
        Slot::Setting(Setting::SparkConf) => "; `spark.conf.set(…)` changes properties of SQL in a live session",
        _ => "",
    };
    let message = format!(
        "{what} {come} after the session that cell {began} starts, and {change} nothing before the next one: move it above, \
         or run `%stop_session` first{advice}"
    );
    let fix = (others == 0 && !query).then(|| move_up(context, first, began)).flatten();
    findings.add_with(first.range.clone(), message, fix.into_iter().collect());
}

/// Makes the fix that moves the line of a magic to the top of the cell that starts the session.
fn move_up(context: &Context<'_>, note: &Note, began: usize) -> Option<Fix> {
    let line = magic_line_of(context, context.index, &note.range)?;
    let moved = context.text()[line.clone()].trim_end_matches(['\r', '\n']);
    let mut fix = Fix::replace(format!("Move it to the cell that starts the session (cell {began})"), line.clone(), "");
    fix.elsewhere.push((began, 0..0, format!("{moved}{}", usual_line_end(context.text()))));
    Some(fix.to_be_confirmed())
}
