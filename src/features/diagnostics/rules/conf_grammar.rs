//! `conf-grammar`: `--conf` is one text, `key=value --conf key=value`. Anything else is no error for the kernel or the
//! service: Spark gets another property than was meant.

use super::dictionary::is_placeholder;
use crate::facts;
use crate::features::diagnostics::{Context, Findings};
use crate::features::spark_conf::{properties, without_lead};
use crate::syntax::CellMagicKind;
use crate::syntax::literal::Value;

/// Longest value that is looked at, in bytes.
const LONGEST: usize = 16 * 1024;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::Configure) else { return };
    for entry in literal.entries() {
        if entry.argument().as_deref() != Some("--conf") {
            continue;
        }
        let Value::Str(text) = entry.value else { continue };
        // No text that anybody wrote: the service takes no such argument either.
        if text.len() > LONGEST {
            continue;
        }
        let Some(problem) = problem(text) else { continue };
        let mended = mended(text);
        let fixes = mended.as_deref().and_then(|text| entry.write(text)).into_iter().collect();
        findings.add_with(entry.value_range, problem, fixes);
    }
}

/// Returns what is wrong with the value of `--conf`.
fn problem(text: &str) -> Option<String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Some("`--conf` needs a property, `key=value`".to_owned());
    }
    if trimmed == "--conf" || trimmed.starts_with("--conf ") {
        return Some("Glue puts the first `--conf` in front itself: begin with the property".to_owned());
    }
    for property in properties(trimmed) {
        if property.is_empty() {
            return Some("there is a `--conf` without a property behind it".to_owned());
        }
        if let Some(at) = next_property(property) {
            let next = property[at..].split('=').next().unwrap_or_default();
            return Some(format!(
                "`{next}` becomes part of the value in front of it: separate properties with ` --conf `"
            ));
        }
        match property.split_once('=') {
            None if is_placeholder(property) => {}
            None => return Some(format!("`{property}` is no property: write `key=value`")),
            Some((name, value)) => {
                let name = name.trim();
                if let Some(wanted) = wanted(name, value.trim()) {
                    return Some(format!("`{name}` takes {wanted}, not `{}`", value.trim()));
                }
            }
        }
    }
    None
}

/// Returns where another property of Spark begins behind a comma, a semicolon or blanks.
fn next_property(property: &str) -> Option<usize> {
    let name = property.find('=')?;
    let quoted = property[name..].contains(['"', '\'']);
    property.match_indices("spark.").map(|(at, _)| at).find(|&at| {
        let rest = &property[at..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(rest.len());
        at > name && !quoted && property[..at].ends_with([',', ';', ' ', '\t', '\n']) && rest[end..].starts_with('=')
    })
}

/// Returns the text as it was meant: without the first `--conf`, with others between properties.
fn mended(text: &str) -> Option<String> {
    let mut parts = Vec::new();
    for mut property in properties(without_lead(text)) {
        while let Some(at) = next_property(property) {
            parts.push(property[..at].trim_end_matches([',', ';', ' ', '\t', '\n']));
            property = &property[at..];
        }
        parts.push(property);
    }
    parts.retain(|part| !part.is_empty());
    let mended = parts.join(" --conf ");
    (problem(&mended).is_none()).then_some(mended)
}

/// Returns what a property of Spark takes, if the value is another.
fn wanted(name: &str, value: &str) -> Option<String> {
    let property = facts::configure().spark_property(name)?;
    let bare = value.trim_matches(['"', '\'']);
    if is_placeholder(bare) || bare.is_empty() {
        return None;
    }
    let one_of = |values: &[&str]| {
        let known = values.iter().any(|known| known.eq_ignore_ascii_case(bare));
        (!known).then(|| values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" or "))
    };
    match property.kind.as_str() {
        "boolean" => one_of(&["true", "false"]),
        // Names of codecs may be classes of one's own, and newer ones appear.
        "enum" if name.ends_with("codec") => None,
        "enum" => one_of(&property.values.iter().map(String::as_str).collect::<Vec<_>>()),
        "int" => bare.parse::<i64>().is_err().then(|| "a whole number".to_owned()),
        "float" => bare.parse::<f64>().is_err().then(|| "a number".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spark_reads_is_silent() {
        for text in [
            "spark.x=1",
            "spark.sql.extensions=a.B,c.D --conf spark.y=2",
            "spark.executor.extraJavaOptions=-Dspark.a=b -Dspark.c=d",
            "spark.sql.adaptive.enabled=TRUE",
            "spark.network.timeout=800s",
            "<your-conf>",
        ] {
            assert_eq!(problem(text), None, "{text}");
        }
    }

    #[test]
    fn the_chain_is_mended() {
        for (text, wanted) in [
            ("--conf spark.x=1", "spark.x=1"),
            ("spark.x=1,spark.y=2", "spark.x=1 --conf spark.y=2"),
            ("spark.x=1 spark.y=2; spark.z=3", "spark.x=1 --conf spark.y=2 --conf spark.z=3"),
            ("spark.x=1 --conf", "spark.x=1"),
        ] {
            assert!(problem(text).is_some(), "{text}");
            assert_eq!(mended(text).as_deref(), Some(wanted));
        }
    }
}
