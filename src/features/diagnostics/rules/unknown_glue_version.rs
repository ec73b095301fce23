//! `unknown-glue-version`: the kernel sends any text; the service knows a few versions.

use super::written::{COMMENT_ADVICE, before_comment, replace_value};
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Fix, Severity};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::GlueVersion, Some(Value::Str(version))) = &change.kind else { continue };
        let table = facts::versions();
        if version.is_empty() || version == "auto" || table.glue(version).is_some() || version.contains(['<', '{', '$'])
        {
            continue;
        }
        let known: Vec<&str> = table.glue_versions().iter().map(|v| v.version.as_str()).collect();
        let fixes = meant(version, &known).map(|meant| replace_value(context.text(), &change.range, meant));
        let fixes: Vec<Fix> = fixes.into_iter().collect();
        let list = known.join(", ");
        // One that is newer than this table may well exist.
        let newest = table.glue_versions().last().map_or((0, 0), facts::GlueVersion::number);
        if number(version).is_some_and(|version| version > newest) {
            let message = format!("Glue {version} is newer than any version known here ({list})");
            findings.add_milder(Severity::Warning, change.range.clone(), message, fixes);
        } else {
            let comment = before_comment(version).is_some();
            let advice = if comment { COMMENT_ADVICE.to_owned() } else { format!("; known are {list}") };
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
    let digits = version.trim().trim_start_matches(['v', 'V', '=', ' ']);
    let digits: String = digits.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    known.iter().find(|k| **k == digits || **k == format!("{}.0", digits.trim_end_matches('.'))).copied()
}
