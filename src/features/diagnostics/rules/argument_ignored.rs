//! `argument-ignored`: the magic takes no argument, and the kernel drops what is given.

use super::one_magic_per_line::joined;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::actions::{Action, action};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for call in context.cell.effects.calls.iter().filter(|call| !call.cell) {
        let Some(Action::Show | Action::Stop | Action::SessionType(_)) = action(&call.name) else { continue };
        let given = call.argument.trim();
        // A comment does no harm here.
        if given.is_empty() || given.starts_with('#') || joined(call).is_some() {
            continue;
        }
        let advice = match call.name.as_str() {
            "session_id" => {
                "it shows the id; `%session_id_prefix` or `session_id` in `%%configure` set it, `%reconnect` takes up a session"
            }
            "stop_session" => "it stops the session of this notebook",
            "streaming" | "etl" => "it chooses the type of the session",
            "list_sessions" => "it lists all sessions",
            _ => "it shows what there is",
        };
        let lead = call.argument.len() - call.argument.trim_start().len();
        let range = call.argument_range.start + lead..call.argument_range.end;
        let fix = Fix::replace("Remove it", call.name_range.end..range.end, "");
        let message = format!("`%{}` takes no argument, this one is ignored: {advice}", call.name);
        findings.add_with(range, message, vec![fix]);
    }
}
