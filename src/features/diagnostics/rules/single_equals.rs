//! `single-equals`: pip compares versions with two signs.

use super::list_items::{lists, requirement};
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Setting;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for list in lists(context).filter(|list| list.setting == Setting::AdditionalPythonModules) {
        for (item, range) in &list.items {
            let Some((name, rest)) = requirement(item) else { continue };
            let meant = match rest.as_bytes() {
                [b'=', b'=', ..] => continue,
                [b'=', sign @ (b'<' | b'>' | b'~' | b'!'), ..] => format!("{}=", char::from(*sign)),
                [b'=', ..] => "==".to_owned(),
                _ => continue,
            };
            let lead = item.len() - item.trim_start_matches(['"', '\'']).len();
            let start = range.start + lead + name.len();
            let sign = start..start + if meant == "==" { 1 } else { 2 };
            let fix = Fix::replace(format!("Write `{meant}`"), sign, meant.clone());
            let message = format!("pip refuses `{item}`, and the session does not start; write `{meant}`");
            findings.add_with(range.clone(), message, vec![fix]);
        }
    }
}
