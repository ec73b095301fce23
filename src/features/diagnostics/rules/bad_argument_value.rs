//! `bad-argument-value`: the kernel and the service pass on any text; Glue ignores what it cannot read, or the session
//! fails when it begins.

use super::dictionary::{Entry, is_placeholder, remove};
use crate::facts::nearest::nearest;
use crate::facts::{self, JobParameter};
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::syntax::CellMagicKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::Configure) else { return };
    let entries = literal.entries();
    for (index, entry) in entries.iter().enumerate() {
        let text = match entry.value {
            Value::Str(_) | Value::Int(_) | Value::Float(_) if entry.value.printable() => entry.value.to_str(),
            _ => continue,
        };
        let Some(parameter) = entry.argument().and_then(|name| facts::configure().job_parameter(&name)) else {
            continue;
        };
        if is_placeholder(&text) || !(parameter.is_useful() || parameter.deprecated) {
            continue;
        }
        if let Some((why, fixes)) = problem(context.text(), &entries, index, parameter, &text) {
            findings.add_with(entry.value_range.clone(), format!("`{}` {why}", parameter.name), fixes);
        }
    }
}

fn problem(
    cell: &str,
    entries: &[Entry<'_>],
    index: usize,
    parameter: &JobParameter,
    text: &str,
) -> Option<(String, Vec<Fix>)> {
    let entry = &entries[index];
    let values = || parameter.values.iter().map(String::as_str);
    let list = || parameter.values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    match parameter.kind.as_str() {
        // An empty value is fine: for some of these the documentation asks for the name alone.
        "boolean" if !text.is_empty() && !values().any(|value| value == text) => {
            let meant = match text.trim().to_lowercase().as_str() {
                "true" | "yes" | "on" | "1" | "enable" | "enabled" => Some("true"),
                "false" | "no" | "off" | "0" | "disable" | "disabled" => Some("false"),
                _ => None,
            };
            let fixes = meant.and_then(|meant| entry.write(meant)).into_iter().collect();
            Some(("must be the text \"true\" or \"false\"".to_owned(), fixes))
        }
        "flag" if matches!(text.trim().to_lowercase().as_str(), "false" | "no" | "off" | "0") => {
            let why = "is on as soon as it is given, whatever its value: leave it out to turn it off";
            Some((why.to_owned(), remove(cell, entries, index).into_iter().map(Fix::to_be_confirmed).collect()))
        }
        "enum" if !values().any(|value| value == text) => {
            let fixes = nearest(text.trim(), values()).and_then(|meant| entry.write(meant)).into_iter().collect();
            Some((format!("must be one of {}", list()), fixes))
        }
        "list<enum>" => {
            let bad = text.split(',').map(str::trim).find(|item| !values().any(|value| value == *item))?;
            let meant = |item: &str| match values().find(|value| *value == item) {
                Some(value) => Some(value),
                None => nearest(item, values()),
            };
            let mended: Option<Vec<&str>> = text.split(',').map(str::trim).map(meant).collect();
            let fixes = mended.and_then(|items| entry.write(&items.join(","))).into_iter().collect();
            let shown = if bad.is_empty() { "an empty item".to_owned() } else { format!("`{bad}`") };
            Some((format!("takes {} separated by commas, not {shown}", list()), fixes))
        }
        "int" if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) => {
            Some(("must be a whole number".to_owned(), Vec::new()))
        }
        "s3uri" if !is_s3(text) => {
            Some(("must be a path on S3, `s3://bucket/folder/`".to_owned(), s3_fix(entry, text)))
        }
        "list<s3uri>" => {
            let bad = text.split(',').map(str::trim).find(|item| !is_place(item))?;
            let fixes = if text.contains(',') { Vec::new() } else { s3_fix(entry, text) };
            let shown = if bad.is_empty() { "an empty item".to_owned() } else { format!("`{bad}`") };
            Some((format!("takes paths `s3://bucket/key` separated by commas, not {shown}"), fixes))
        }
        _ => {
            let prefix = parameter.key_prefix.as_deref()?;
            let bad = pairs(text).find(|pair| !pair.trim_start().starts_with(prefix))?;
            let name = bad.split('=').next().unwrap_or_default().trim();
            Some((format!("takes names that begin with `{prefix}` only: `{name}` is ignored"), Vec::new()))
        }
    }
}

fn is_s3(text: &str) -> bool {
    ["s3://", "s3a://", "s3n://"]
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric())))
}

/// A path on S3, or one of a file that is there already when the session begins.
fn is_place(item: &str) -> bool {
    is_s3(item) || item.starts_with('/') || (item.contains("://") && !item.to_lowercase().starts_with("s3"))
}

/// The fix for a path whose scheme is a slip: `S3://`, `s3:/`, `s3//`.
fn s3_fix(entry: &Entry<'_>, text: &str) -> Vec<Fix> {
    let lower = text.trim().to_lowercase();
    let behind = ["s3://", "s3:/", "s3//", "s3:"].iter().find_map(|slip| {
        lower.strip_prefix(slip)?;
        text.trim().get(slip.len()..)
    });
    let behind = behind.map(|rest| rest.trim_start_matches('/')).filter(|rest| !rest.is_empty());
    behind.and_then(|rest| entry.write(&format!("s3://{rest}"))).into_iter().collect()
}

/// Splits pairs at commas that stand in no quotes.
fn pairs(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .filter(|pair| !pair.trim().is_empty())
}
