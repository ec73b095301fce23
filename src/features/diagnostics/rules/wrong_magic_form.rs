//! `wrong-magic-form`: `%sql` for `%%sql`, `%%region` for `%region`.

use std::ops::Range;

use super::written::as_body;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::refusal::RefusalKind;
use crate::syntax::split::usual_line_end;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        let RefusalKind::UnknownMagic { name, cell, other_form: true } = &refusal.kind else { continue };
        if *cell {
            let sigil = refusal.range.start - 2..refusal.range.start;
            let fix = Fix::replace(format!("Write `%{name}`"), sigil, "%");
            findings.add_with(refusal.range.clone(), format!("`{name}` is a line magic: write `%{name}`"), vec![fix]);
        } else if crate::facts::magics().cell(name).is_some_and(crate::facts::MagicSpec::works) {
            let fixes = as_cell_magic(context, name, &refusal.range).into_iter().collect();
            let message =
                format!("`{name}` is a cell magic: write `%%{name}` on a line of its own, with its value below");
            findings.add_with(refusal.range.clone(), message, fixes);
        } else {
            if let Some(foreign) = crate::facts::magics().foreign(&format!("%{name}")) {
                let start = refusal.range.start - 1;
                let end = context.text()[start..].find('\n').map_or(context.text().len(), |at| start + at + 1);
                let fix =
                    foreign.fix.starts_with("drop the line").then(|| Fix::replace("Remove the line", start..end, ""));
                let message =
                    format!("`%{name}` is a magic of {}, not of the Glue kernel; {}", foreign.from, foreign.fix);
                findings.add_with(refusal.range.clone(), message, fix.into_iter().collect());
                continue;
            }
            let instead = crate::facts::ipython().cell_fix(name).map(|fix| format!("; {fix}")).unwrap_or_default();
            let message = format!("`{name}` is a cell magic, and the Glue kernel gives `%%{name}` no body{instead}");
            findings.add_with(
                refusal.range.clone(),
                message,
                as_command(context, name, &refusal.range).into_iter().collect(),
            );
        }
    }
}

/// Makes the fix that runs the rest of a line such as `%sh ls` as a shell command of the user's machine.
fn as_command(context: &Context<'_>, name: &str, range: &Range<usize>) -> Option<Fix> {
    let call = context.cell.effects.calls.iter().find(|call| call.name_range == *range)?;
    let command = call.argument.trim();
    let shell =
        matches!(name, "sh" | "bash") && !command.is_empty() && !command.starts_with('-') && !command.ends_with('&');
    let line = range.start - 1..call.argument_range.end;
    shell.then(|| Fix::replace("Write `!`", line, format!("!{command}")).to_be_confirmed())
}

/// Makes the fix that turns the line into a cell magic, if a body comes of it.
fn as_cell_magic(context: &Context<'_>, name: &str, range: &Range<usize>) -> Option<Fix> {
    let text = context.text();
    let sigil = range.start - 1..range.start;
    if name == "sql" && sigil.start != 0 {
        return None;
    }
    let call = context.cell.effects.calls.iter().find(|call| call.name_range == *range)?;
    let below = text[call.argument_range.end..].trim();
    let argument = call.argument.trim();
    let mut edits = vec![(sigil, "%%".to_owned())];
    if argument.is_empty() {
        as_body(name, below)?;
    } else {
        if !below.is_empty() {
            return None;
        }
        let body = as_body(name, argument)?;
        edits.push((range.end..call.argument_range.end, format!("{}{body}", usual_line_end(text))));
    }
    Some(Fix::of(format!("Write `%%{name}`"), edits))
}
