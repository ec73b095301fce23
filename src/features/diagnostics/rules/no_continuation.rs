//! `no-continuation`: the kernel takes each line alone.

use super::magic_line::is_continued;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::actions::{Action, action};
use crate::model::effects::MagicCall;
use crate::model::setting::tidy_list;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for call in context.cell.effects.calls.iter().filter(|call| !call.cell && is_continued(&call.argument)) {
        let Some(action) = action(&call.name) else { continue };
        if matches!(action, Action::Show | Action::Stop | Action::SessionType(_)) {
            continue;
        }
        let end = call.argument_range.end;
        let message = format!(
            "a backslash does not continue the line of a magic: it becomes part of the value of `%{}`, and the next line stands for itself",
            call.name
        );
        findings.add_with(end - 1..end, message, joined(context.text(), call, action).into_iter().collect());
    }
}

/// Makes the fix that puts the lines together; where the next one cannot be part of the value, the backslash goes.
fn joined(text: &str, call: &MagicCall, action: Action) -> Option<Fix> {
    let first = call.argument.trim_end_matches('\\').trim();
    if text[call.argument_range.end..].trim().is_empty() {
        return without_backslash(call);
    }
    let mut parts = vec![first];
    let mut end = call.argument_range.end;
    loop {
        let (_, below) = text[end..].split_once('\n').filter(|(rest, _)| rest.trim().is_empty())?;
        let start = text.len() - below.len();
        let line = below.lines().next().unwrap_or_default().trim_end();
        if line.starts_with(['%', '!', '#']) || line.is_empty() {
            break;
        }
        end = start + line.len();
        parts.push(line.trim_end_matches('\\').trim());
        if !line.ends_with('\\') {
            break;
        }
    }
    parts.retain(|part| !part.is_empty());
    let value = parts.join(" ");
    let fits = match action {
        Action::List(_) => tidy_list(&value).is_ok(),
        Action::Raw(_) => parts.iter().skip(1).all(|part| part.starts_with("--conf ")),
        _ => parts.len() == 1,
    };
    if end == call.argument_range.end {
        return without_backslash(call);
    }
    match fits && !value.is_empty() {
        true => Some(Fix::replace("Put it all on one line", call.argument_range.start..end, value).to_be_confirmed()),
        false => without_backslash(call).map(Fix::to_be_confirmed),
    }
}

/// Makes the fix that leaves the value that stands on the line, if there is one.
fn without_backslash(call: &MagicCall) -> Option<Fix> {
    let kept = call.argument.trim_end_matches(['\\', ' ', '\t', ',']).len();
    let rest = call.argument_range.start + kept..call.argument_range.end;
    (kept > 0).then(|| Fix::replace("Remove the backslash", rest, ""))
}
