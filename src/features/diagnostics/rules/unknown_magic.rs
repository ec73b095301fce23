//! `unknown-magic`: IPython prints an error and the cell goes on without the setting.

use std::ops::Range;

use super::one_magic_per_line::joined;
use crate::facts::{self, MagicForm, MagicSpec, Status};
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::refusal::RefusalKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        let RefusalKind::UnknownMagic { name, cell, other_form: false } = &refusal.kind else { continue };
        let form = if *cell { MagicForm::Cell } else { MagicForm::Line };
        if !cell && context.model.may_define_magic(context.index, refusal.range.start, name) {
            continue;
        }
        let call = context.cell.effects.calls.iter().find(|call| call.name_range == refusal.range);
        if call.and_then(joined).is_some() {
            continue;
        }
        let (message, fix) = explain(context.text(), name, form, &refusal.range);
        findings.add_with(refusal.range.clone(), message, fix.into_iter().collect());
    }
}

fn explain(text: &str, name: &str, form: MagicForm, range: &Range<usize>) -> (String, Option<Fix>) {
    let sigil = if form == MagicForm::Cell { "%%" } else { "%" };
    let table = facts::magics();
    if name.is_empty() {
        return (
            format!("there is a blank behind `{sigil}`, so the kernel finds no magic"),
            without_blank(text, range, form),
        );
    }
    if let Some(row) = table.find(name, form).filter(|row| !row.works() || row.status == Status::Remote) {
        let fix = row.mistakes.first().map(|mistake| format!("; {}", mistake.fix)).unwrap_or_default();
        let message = match row.status {
            Status::Removed => {
                let removed = row.removed.as_deref().unwrap_or("a newer version");
                format!("`{sigil}{name}` was removed in kernel {removed}{fix}")
            }
            Status::Remote => format!("`{sigil}{name}` works only below a line of code in the same cell{fix}"),
            _ => format!("there is no magic `{sigil}{name}`{fix}"),
        };
        return (message, None);
    }
    let other = if form == MagicForm::Cell { "%" } else { "%%" };
    if let Some(foreign) = [sigil, other].iter().find_map(|sigil| table.foreign(&format!("{sigil}{name}"))) {
        let fix = foreign.fix.starts_with("drop the line").then(|| {
            let start = range.start - sigil.len();
            let end = text[start..].find('\n').map_or(text.len(), |at| start + at + 1);
            Fix::replace("Remove the line", start..end, "")
        });
        return (
            format!("`{sigil}{name}` is a magic of {}, not of the Glue kernel; {}", foreign.from, foreign.fix),
            fix,
        );
    }
    if let Some((tabbed, _)) = name.split_once('\t') {
        let tab = range.start + tabbed.len()..range.start + tabbed.len() + 1;
        let fix = table.find(tabbed, form).map(|_| Fix::replace("Replace the tab by a blank", tab, " "));
        return (format!("a tab is part of a magic's name: put a blank behind `{sigil}{tabbed}`"), fix);
    }
    if let Some(near) = table.closest(name, form) {
        let fix = Fix::replace(format!("Write `{sigil}{}`", near.name), range.clone(), near.name.clone());
        return (format!("there is no magic `{sigil}{name}`; did you mean `{sigil}{}`?", near.name), Some(fix));
    }
    let rest = if form == MagicForm::Cell { "; the lines below it are sent to the session as code" } else { "" };
    (format!("there is no magic `{sigil}{name}`{rest}"), None)
}

/// Makes the fix for `% region …`, if what follows the blank is a magic.
fn without_blank(text: &str, sigil: &Range<usize>, form: MagicForm) -> Option<Fix> {
    let rest = &text[sigil.end..];
    let name = rest.trim_start_matches(' ');
    let word = name.split([' ', '\r', '\n']).next().unwrap_or_default();
    facts::magics().find(word, form).filter(|row| MagicSpec::works(row))?;
    Some(Fix::replace("Remove the blank", sigil.end..sigil.end + rest.len() - name.len(), ""))
}
