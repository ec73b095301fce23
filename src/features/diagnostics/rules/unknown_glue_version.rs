//! `unknown-glue-version`: the kernel sends any text; the service knows a few versions.

use super::magic_line::{around_meant, is_swallowed};
use super::placeholder::is_open;
use super::written::replace_value;
use crate::facts;
use crate::facts::versions::GlueStatus;
use crate::features::diagnostics::{Context, Findings, Fix, Severity};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::GlueVersion, Some(Value::Str(version))) = &change.kind else { continue };
        let table = facts::versions();
        if version.is_empty() || version == "auto" || table.glue(version).is_some() || is_open(version) {
            continue;
        }
        if is_swallowed(context, &change.range) {
            continue;
        }
        let living = table.glue_versions().iter().filter(|v| v.status == GlueStatus::Supported);
        let known: Vec<&str> = living.map(|v| v.version.as_str()).collect();
        let meant = meant(version, &known);
        let fixes: Vec<Fix> =
            meant.map(|meant| replace_value(context.text(), &change.range, meant)).into_iter().collect();
        let list = known.join(", ");
        // One that is newer than this table may well exist.
        let newest = table.glue_versions().last().map_or((0, 0), facts::GlueVersion::number);
        if number(version).is_some_and(|version| version > newest) {
            let message = format!("Glue {version} is newer than any version known here ({list})");
            findings.add_milder(Severity::Warning, change.range.clone(), message, fixes);
        } else {
            let (advice, fixes) = match around_meant(context, &change.range, version, meant) {
                Some((advice, fixes)) => (advice.to_owned(), fixes),
                None if meant.is_some_and(|meant| meant.starts_with(&format!("{version}."))) => {
                    (format!("; it has two parts, write `{}`", meant.unwrap_or_default()), fixes)
                }
                None => (format!("; known are {list}"), fixes),
            };
            findings.add_with(change.range.clone(), format!("there is no Glue version `{version}`{advice}"), fixes);
        }
    }
}

fn number(version: &str) -> Option<(u8, u8)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The version that was probably meant: `4` is 4.0, `v4.0` and `4.0 # why` are 4.0.
fn meant<'a>(version: &str, known: &[&'a str]) -> Option<&'a str> {
    let digits = version
        .trim_start_matches(|c: char| "=>~- \t\"'".contains(c) || "glueversion_".contains(c.to_ascii_lowercase()));
    let digits: String = digits.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let is = |k: &&&str| {
        **k == digits || **k == format!("{}.0", digits.trim_end_matches('.')) || digits.starts_with(&format!("{k}."))
    };
    known.iter().find(is).copied()
}
