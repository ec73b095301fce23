//! `unknown-worker-type`: the kernel sends any text; the service knows a few types, in upper case.

use super::magic_line::{BLANK_ADVICE, around_meant, is_swallowed};
use super::placeholder::is_open;
use super::written::{COMMENT_ADVICE, before_comment, replace_value};
use crate::facts;
use crate::facts::nearest::nearest;
use crate::features::diagnostics::{Context, Findings, Severity};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::WorkerType, Some(Value::Str(worker))) = &change.kind else { continue };
        let table = facts::versions();
        if worker.is_empty() || table.worker(worker).is_some() || is_open(worker) {
            continue;
        }
        if is_swallowed(context, &change.range) {
            continue;
        }
        let sound = |row: &&facts::WorkerType| row.removed.is_none();
        let names = || table.worker_types().iter().filter(sound).map(|t| t.name.as_str());
        let list = || names().collect::<Vec<_>>().join(", ");
        // One that has the shape of a type may be newer than this table.
        if looks_like_a_type(worker) {
            let message = format!("no worker type `{worker}` is known; known are {}", list());
            findings.add_milder(Severity::Warning, change.range.clone(), message, Vec::new());
            continue;
        }
        let bare = before_comment(worker);
        let letters = |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).collect() };
        let squeezed = letters(bare.unwrap_or(worker));
        let same_letters = names().find(|name| letters(name).eq_ignore_ascii_case(&squeezed));
        let meant = same_letters.or_else(|| nearest(bare.unwrap_or(worker), names()));
        let surrounded = around_meant(context, &change.range, worker, meant);
        let advice = match (bare, meant) {
            (Some(_), _) => COMMENT_ADVICE.to_owned(),
            _ if surrounded.is_some() => BLANK_ADVICE.to_owned(),
            (None, Some(meant)) => format!("; did you mean `{meant}`?"),
            (None, None) => format!("; known are {}", list()),
        };
        let fix = || meant.map(|meant| replace_value(context.text(), &change.range, meant)).into_iter().collect();
        let fixes = surrounded.map_or_else(fix, |(_, fixes)| fixes);
        findings.add_with(change.range.clone(), format!("there is no worker type `{worker}`{advice}"), fixes);
    }
}

fn looks_like_a_type(text: &str) -> bool {
    let Some((family, size)) = text.split_once('.') else { return false };
    let digits = size.strip_suffix('X').unwrap_or_default();
    family.len() == 1
        && family.bytes().all(|b| b.is_ascii_uppercase())
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
}
