//! `unknown-configure-key`: a key that `%%configure` does not know becomes a job argument, `--key`, that
//! nothing reads.
//!
//! Job arguments may have any name (a script reads its own), so only keys without the hyphens, and
//! near misses of known arguments, are reported.

use super::dictionary::{Entry, in_quotes, properties};
use super::unicode_dash::straight;
use super::unknown_session_type::{SPARK_CONNECT, api_kind};
use crate::facts::nearest::nearest;
use crate::facts::{self, MisusedKey};
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::syntax::CellMagicKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::Configure) else { return };
    let entries = literal.entries();
    for entry in &entries {
        let Some(name) = entry.key.as_str().filter(|name| straight(name).is_none()) else { continue };
        let Some((message, fix)) = problem(entry, name) else { continue };
        // What is there already is not written a second time.
        let taken = |fix: &Fix| {
            fix.edits
                .first()
                .is_some_and(|(_, key)| entries.iter().any(|e| e.key.as_str() == Some(key.trim_matches('"'))))
        };
        let fixes = fix.filter(|fix| !taken(fix)).into_iter().collect();
        findings.add_with(entry.key_range.clone(), message, fixes);
    }
}

fn problem(entry: &Entry<'_>, name: &str) -> Option<(String, Option<Fix>)> {
    let table = facts::configure();
    if name.starts_with("--") {
        if table.job_parameter(name).is_some() {
            return None;
        }
        // Short arguments of a user's own are near to many.
        let known = table.job_parameters().iter().filter(|p| p.is_useful()).map(|p| p.name.as_str());
        let meant = nearest(name, known).filter(|_| name.len() > 8)?;
        let message = format!("`{name}` is not an argument that Glue reads; did you mean `{meant}`?");
        return Some((message, entry.rename(meant)));
    }
    if table.recognised(name).is_some() {
        return None;
    }
    let becomes = format!("`%%configure` does not know `{name}`: it becomes the job argument");
    if let Some(advice) = api_session_type(name, entry.value) {
        return Some((format!("{becomes} `--{name}`, which nothing reads; {advice}"), None));
    }
    let dict = matches!(entry.value, Value::Dict(_));
    let misused =
        if dict { table.misused_with_dict(name).or_else(|| table.misused(name)) } else { table.misused(name) };
    if let Some(misused) = misused {
        let message = format!("{becomes} `{}`; use {}", misused.becomes, misused.use_instead);
        return Some((message, instead(entry, misused)));
    }
    if name.starts_with('-') {
        let meant = format!("-{name}");
        return Some((format!("job arguments begin with two hyphens: `{meant}`"), entry.rename(&meant)));
    }
    let dashed = format!("--{}", name.replace('_', "-"));
    if table.job_parameter(&dashed).is_some() {
        // With hyphens inside, the kernel puts those in front: this works.
        let wrong = dashed[2..] != *name;
        return wrong.then(|| (format!("{becomes} `--{name}`; did you mean `{dashed}`?"), entry.rename(&dashed)));
    }
    let own = format!("--{name}");
    let arguments = table.job_parameters().iter().filter(|p| p.is_useful()).map(|p| p.name.as_str());
    let meant = nearest(name, table.recognised_keys().iter().map(|k| k.key.as_str()))
        .or_else(|| nearest(&own, arguments).filter(|_| own.len() > 8));
    Some(match meant {
        Some(meant) => (format!("{becomes} `{own}`; did you mean `{meant}`?"), entry.rename(meant)),
        None => (format!("{becomes} `{own}`; if that is what you want, write it so"), entry.rename(&own)),
    })
}

/// What to say of a key that is meant for the API's `SessionType`; `None` for any other key.
fn api_session_type(name: &str, value: &Value) -> Option<&'static str> {
    if !name.replace('_', "").eq_ignore_ascii_case("sessiontype") {
        return None;
    }
    let kind = value.as_str().and_then(api_kind)?;
    Some(match kind {
        SPARK_CONNECT => {
            "a Spark Connect session is for PySpark's own client: neither the kernel nor glue-ls starts one, and this one takes \
             statements as ever"
        }
        _ => "leave it out: sessions of the kernel are of that type without it",
    })
}

/// Makes the fix for a key of another product or of a magic, where there is a key for the same and its value fits.
fn instead(entry: &Entry<'_>, misused: &MisusedKey) -> Option<Fix> {
    let table = facts::configure();
    let (place, value) = (entry.value_range.clone(), entry.value);
    let with = |key: &str, text: String| {
        let edits = vec![(entry.key_range.clone(), format!("\"{key}\"")), (place.clone(), text)];
        Some(Fix::of(format!("Write `{key}`"), edits))
    };
    let key = misused.use_instead.trim_matches('"').split([' ', '"']).next()?;
    match value {
        Value::Dict(pairs) if key == "--conf" => with(key, properties(pairs)?),
        Value::List(items) if table.job_parameter(key).is_some_and(|p| p.separator.is_some()) => {
            let texts: Option<Vec<&str>> = items.iter().map(|item| item.value.as_str()).collect();
            with(key, in_quotes(&texts?.join(","))?)
        }
        Value::Str(text) if key == "worker_type" => {
            facts::versions().worker(text).is_some().then(|| entry.rename(key)).flatten()
        }
        Value::Str(_) | Value::Int(_) if table.recognised(key).is_some() || table.job_parameter(key).is_some() => {
            entry.rename(key)
        }
        _ => None,
    }
}
