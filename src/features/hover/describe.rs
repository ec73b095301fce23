//! What is said about rows of the tables: a few words beside a completion, Markdown in a hover.

use std::fmt::Write;

use crate::facts::pricing::FALLBACK_REGION;
use crate::facts::versions::{GlueStatus, GlueVersion, SessionSupport, WorkerType};
use crate::facts::{self, BuiltinEffect, JobParameter, MisusedKey, RecognisedKey, Region, SparkProperty};
use crate::features::prices::{Footing, dollars, number, span, unit_name};
use crate::model::cost::{RateSource, Tariff};

/// Returns a text as inline code, whatever backquotes it holds. Long ones are cut.
pub(in crate::features) fn code(text: &str) -> String {
    let text = one_line(&shortened(text, 200)).replace("``", "''");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// Returns a text in one line: what is no letter to be shown becomes a blank.
pub(in crate::features) fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'), " ")
}

/// Returns a text that somebody has written as words in Markdown, in one line. Long ones are cut.
pub(in crate::features) fn words(text: &str) -> String {
    escaped(one_line(&shortened(text, 300)).trim())
}

/// Returns a sentence of a message in Markdown, with its full stop: what stands in backquotes is code, all else is words.
pub(in crate::features) fn sentence(text: &str) -> String {
    let text = one_line(&shortened(text.trim_end_matches('.'), 600));
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::with_capacity(text.len() + 8);
    for (index, part) in parts.iter().enumerate() {
        match index % 2 == 1 && index + 1 < parts.len() {
            true if !part.is_empty() => out.push_str(&format!("`{part}`")),
            _ => out.push_str(&escaped(part)),
        }
    }
    if let Some(first) = out.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    out.push('.');
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | ';' | '\'' | '"' | '/' | '?' | '%') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Returns at most `most` characters of a text, an ellipsis in place of the last one if there are more.
pub(in crate::features) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(most.saturating_sub(1)).collect();
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

fn bullets(out: &mut String, notes: &[String]) {
    for note in notes {
        let _ = write!(out, "\n- {note}");
    }
}

/// Size and price of a worker, in a line.
pub(in crate::features) fn worker_type_detail(row: &WorkerType, footing: &Footing<'_>) -> String {
    let mut out = format!("{} {}, {} vCPU, {} GB", number(row.dpu), row.dpu_kind, row.vcpu, row.memory_gb);
    if row.removed.is_some() {
        out.push_str(", no longer available");
    } else if footing.glue_version().is_some_and(|version| !row.runs_on(version)) {
        let _ = write!(out, ", needs Glue {}", row.min_glue_version);
    } else {
        let tariff = footing.tariff_of_worker(row);
        let about = if elsewhere(footing, tariff) { "about " } else { "" };
        let _ = write!(out, ", {about}{}/h", dollars(tariff.per_hour().usd));
    }
    out
}

/// Returns whether a Region is named, and the price is another one's.
fn elsewhere(footing: &Footing<'_>, tariff: Tariff) -> bool {
    footing.region.is_some() && tariff.source() == RateSource::Elsewhere
}

/// All about a worker type.
pub(in crate::features) fn worker_type(row: &WorkerType, footing: &Footing<'_>) -> String {
    let mut out = format!(
        "**`{}`** — {} {}, {} vCPU, {} GB memory, {} GB disk",
        row.name,
        number(row.dpu),
        row.dpu_kind,
        row.vcpu,
        row.memory_gb,
        row.disk_gb
    );
    if let Some(free) = row.free_disk_gb {
        let _ = write!(out, " ({free} GB free)");
    }
    let _ = write!(out, "\n\nGlue {} or newer.", row.min_glue_version);
    if let Some(version) = footing.glue_version().filter(|version| !row.runs_on(version)) {
        let _ = write!(out, " **This notebook uses Glue {}.**", version.version);
    }
    if let Some(reason) = &row.removed {
        let _ = write!(out, " **No longer available:** {reason}.");
    } else {
        let tariff = footing.tariff_of_worker(row);
        let (hour, rate) = (dollars(tariff.per_hour().usd), dollars(tariff.rate()));
        let _ = write!(out, "\n\nAbout **{hour} per worker and hour**: {rate} per {}-hour", row.dpu_kind);
        out.push_str(&rate_origin(footing, tariff));
    }
    let mut notes = Vec::new();
    for (holds, note) in [
        (row.default, "what the service takes when no type is given"),
        (row.deprecated, "replaced by newer types"),
        (row.slow_start, "sessions may take longer to start"),
        (row.select_regions, "in some Regions only"),
    ] {
        if holds {
            notes.push(note.to_owned());
        }
    }
    notes.extend(row.notes.iter().cloned());
    if !notes.is_empty() {
        out.push('\n');
        bullets(&mut out, &notes);
    }
    out
}

/// The end of a sentence that names a rate: whose it is.
fn rate_origin(footing: &Footing<'_>, tariff: Tariff) -> String {
    let version = match &footing.version {
        Some(version) => Some(version.as_str()),
        None => facts::versions().kernel_default().map(|row| row.version.as_str()),
    };
    // Both may be anything that somebody has typed: what is no word is not for Markdown.
    let word = |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).take(40).collect();
    let glue = version.map(word).map_or_else(String::new, |version: String| format!(", Glue {version}"));
    let region: String = word(footing.region.as_deref().unwrap_or(FALLBACK_REGION));
    let sure = if tariff.is_sure() { "" } else { ", to be confirmed" };
    match tariff.source() {
        RateSource::Set => format!(" in {region}, as set by `cost.rates`."),
        RateSource::Known => format!(" in {region}{glue}{sure}."),
        RateSource::Elsewhere if footing.region.is_none() => format!(" in {FALLBACK_REGION}{glue}."),
        RateSource::Elsewhere => {
            format!(" in {FALLBACK_REGION}{glue}. The price in {region} is not known; `cost.rates` can set it.")
        }
    }
}

/// What a session of so many workers is and costs.
pub(in crate::features) fn session_price(footing: &Footing<'_>) -> String {
    let of = match footing.capacity() {
        Some(_) => "A session".to_owned(),
        None => {
            let (count, kind) = (footing.workers(), code(footing.worker_type()));
            let most = if footing.scales() { "at most " } else { "" };
            format!("{most}{count} {} {kind}", if count == 1 { "worker of type" } else { "workers of type" })
        }
    };
    let tariff = footing.tariff();
    let mut out = format!("{of}: **{}**. Billed by the second from the start to the end", footing.size_and_price());
    let _ = write!(out, ", idle or not: {} per {}-hour", dollars(tariff.rate()), unit_name(tariff.size().unit));
    out.push_str(&rate_origin(footing, tariff));
    out[..1].make_ascii_uppercase();
    out
}

/// What an idle timeout means, and what idling costs before it ends the session.
pub(in crate::features) fn idle_timeout(minutes: u32, footing: &Footing<'_>) -> String {
    let cost = footing.tariff().per_minutes(f64::from(minutes));
    format!(
        "The session ends after **{}** without a statement. Idling that long costs {cost} ({}).",
        span(minutes),
        footing.size_and_price()
    )
}

/// What a session's timeout means, and what a session costs that lives so long.
pub(in crate::features) fn timeout(minutes: u32, footing: &Footing<'_>) -> String {
    let cost = footing.tariff().per_minutes(f64::from(minutes));
    format!(
        "The session ends **{}** after its creation, busy or not. A session that lives so long costs {cost} ({}).",
        span(minutes),
        footing.size_and_price()
    )
}

/// What a Glue version brings, in a line.
pub(in crate::features) fn glue_version_detail(row: &GlueVersion) -> String {
    let mut out = format!("Spark {}, Python {}, Java {}", row.spark, row.python, row.java);
    if row.status == GlueStatus::EndOfLife {
        out.push_str(", end of life");
    } else if row.kernel_default {
        out.push_str(", default");
    }
    out
}

/// All about a Glue version.
pub(in crate::features) fn glue_version(row: &GlueVersion) -> String {
    let mut out = format!("**Glue {}** — Spark {}, Python {}, Java {}", row.version, row.spark, row.python, row.java);
    if let Some(scala) = &row.scala {
        let _ = write!(out, ", Scala {scala}");
    }
    out.push_str("\n\n");
    match (row.status, &row.end_of_life) {
        (GlueStatus::EndOfLife, Some(day)) => {
            let _ = write!(out, "**End of life since {day}**: new sessions on it are refused.");
        }
        (GlueStatus::EndOfLife, None) => out.push_str("**End of life**: new sessions on it are refused."),
        (GlueStatus::Supported, Some(day)) => {
            let _ = write!(out, "Supported; end of life on {day}.");
        }
        (GlueStatus::Supported, None) => out.push_str("Supported."),
    }
    if row.status == GlueStatus::Supported && row.sessions == SessionSupport::No {
        out.push_str(" Interactive sessions do not accept it.");
    }
    if let Some(day) = &row.released {
        let _ = write!(out, " Released on {day}.");
    }
    if row.kernel_default {
        out.push_str(" The kernel asks for it when no version is set.");
    }
    if let Some(formats) = &row.open_table_formats {
        let _ = write!(
            out,
            "\n\nTable formats: Iceberg {}, Hudi {}, Delta {}.",
            formats.iceberg, formats.hudi, formats.delta
        );
    }
    if !row.notes.is_empty() {
        out.push('\n');
        bullets(&mut out, &row.notes);
    }
    out
}

/// All about a Region.
pub(in crate::features) fn region(row: &Region) -> String {
    let mut out = format!("**`{}`** — {}\n\nGlue's endpoint: {}", row.id, row.name, row.endpoint);
    if row.opt_in {
        out.push_str("\n\nThe account must enable this Region first.");
    }
    out
}

/// What a key of `%%configure` sets, in a few words.
pub(in crate::features) fn recognised_key_detail(row: &RecognisedKey) -> String {
    match &row.magic {
        Some(magic) => format!("as {magic}"),
        None => row.target.clone(),
    }
}

/// All about a key of `%%configure`.
pub(in crate::features) fn recognised_key(row: &RecognisedKey) -> String {
    let mut out = format!("**`{}`** — {}\n\nSets `{}`", row.key, row.description, row.target);
    match &row.magic {
        Some(magic) => {
            let _ = write!(out, ", as `{magic}` does.");
        }
        None => out.push('.'),
    }
    if !row.exclusive_with.is_empty() {
        let others: Vec<String> = row.exclusive_with.iter().map(|key| format!("`{key}`")).collect();
        let _ = write!(out, " Not together with {}.", others.join(" or "));
    }
    if let Some(most) = row.max_length {
        let _ = write!(out, " At most {most} characters.");
    }
    if !row.notes.is_empty() {
        out.push('\n');
        bullets(&mut out, &row.notes);
    }
    out
}

/// All about a key that looks like a setting and is none.
pub(in crate::features) fn misused_key(row: &MisusedKey) -> String {
    format!(
        "**`{}`** is no setting of `%%configure`: it becomes the job argument `{}`, which nothing reads.\n\nInstead: {}",
        row.key, row.becomes, row.use_instead
    )
}

/// What a job argument is, in a few words.
pub(in crate::features) fn job_parameter_detail(row: &JobParameter) -> String {
    match &row.since {
        Some(since) => format!("job argument, Glue {since} and newer"),
        None => "job argument".to_owned(),
    }
}

/// All about a job argument.
pub(in crate::features) fn job_parameter(row: &JobParameter) -> String {
    let mut out = format!("**`{}`** — {}\n", row.name, row.description);
    let quoted = |items: &[String]| items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ");
    let mut facts = Vec::new();
    if !row.values.is_empty() {
        let separator = row.separator.as_ref().map_or(String::new(), |by| format!(", several separated by `{by}`"));
        facts.push(format!("Values: {}{separator}", quoted(&row.values)));
    }
    let texts = [
        ("Form", row.grammar.as_ref().map(|grammar| code(grammar))),
        ("Default", row.default.clone()),
        ("Since", row.since.as_ref().map(|since| format!("Glue {since}"))),
        ("Only in", (!row.versions.is_empty()).then(|| format!("Glue {}", row.versions.join(", ")))),
        ("Needs", (!row.needs.is_empty()).then(|| quoted(&row.needs))),
        ("Same as", row.magic.as_ref().map(|magic| format!("`{magic}`"))),
    ];
    for (name, text) in texts {
        facts.extend(text.map(|text| format!("{name}: {text}")));
    }
    for (holds, note) in [
        (row.forbidden, "Must not be set"),
        (row.internal && !row.forbidden, "Set by Glue or by the kernel itself"),
        (row.no_effect_in_session, "Has no effect in a session"),
        (row.deprecated, "Replaced by something newer"),
    ] {
        if holds {
            facts.push(note.to_owned());
        }
    }
    facts.extend(row.removed.iter().map(|why| format!("No longer exists: {why}")));
    facts.extend(row.notes.iter().cloned());
    bullets(&mut out, &facts);
    out.truncate(out.trim_end().len());
    out
}

/// What a Spark property takes, in a few words.
pub(in crate::features) fn spark_property_detail(row: &SparkProperty) -> String {
    match &row.default {
        Some(default) => format!("{}, default {default}", row.kind),
        None => row.kind.clone(),
    }
}

/// All about a Spark property.
pub(in crate::features) fn spark_property(row: &SparkProperty) -> String {
    let mut out = format!("**`{}`** ({}) — {}", row.name, row.kind, row.description);
    if !row.values.is_empty() {
        let values: Vec<String> = row.values.iter().map(|value| format!("`{value}`")).collect();
        let _ = write!(out, "\n\nValues: {}.", values.join(", "));
    }
    if let Some(default) = &row.default {
        let _ = write!(out, "\n\nDefault: `{default}`.");
    }
    out
}

/// What a key of the credentials in `%%assume_role` is.
pub(in crate::features) fn credential(key: &str) -> Option<String> {
    let text = match key {
        "aws_access_key_id" => "the id of the access key; that of temporary credentials starts with `ASIA`.",
        "aws_secret_access_key" => "the secret half of the access key.",
        "aws_session_token" => "the token that temporary credentials need besides the key.",
        _ => return None,
    };
    Some(format!(
        "**`{key}`** — {text}\n\nIt stays in the notebook for everybody to read. A role's ARN in the place of the \
         dictionary, or `%profile`, needs no secret here."
    ))
}

/// What one of IPython's own line magics does in a Glue notebook; `effect` if that is worth a word.
pub(in crate::features) fn builtin_line(name: &str, effect: Option<&BuiltinEffect>) -> String {
    let mut out = format!("**`%{name}`** — one of IPython's own magics: it runs on your machine, not on the session.");
    if let Some(effect) = effect {
        let _ = write!(out, "\n\nIn a Glue notebook: {}.", effect.effect.trim_end_matches('.'));
        if let Some(fix) = &effect.fix {
            let _ = write!(out, "\n\nInstead: {fix}");
        }
    }
    out
}

/// What becomes of one of IPython's own cell magics in a Glue notebook.
pub(in crate::features) fn builtin_cell(name: &str, fix: Option<&str>) -> String {
    let mut out = format!(
        "**`%%{name}`** — one of IPython's own cell magics. It does not work here: the kernel runs its line alone, \
         without a body, and sends the lines below to the session as code."
    );
    if let Some(fix) = fix {
        let _ = write!(out, "\n\nInstead: {fix}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_those_of_the_version() {
        let prices = crate::features::prices::Prices::default();
        let worker = |name: &str, version: &str| {
            let row = facts::versions().worker(name).unwrap();
            worker_type_detail(row, &Footing::bare(&prices, Some(version), None))
        };
        assert_eq!(worker("G.2X", "5.1"), "2 DPU, 8 vCPU, 32 GB, $0.88/h");
        assert_eq!(worker("G.1X", "6.0"), "1 DPU, 4 vCPU, 16 GB, $0.308/h");
        assert_eq!(worker("R.1X", "5.0"), "1 M-DPU, 4 vCPU, 32 GB, $0.52/h");
        assert_eq!(worker("R.1X", "3.0"), "1 M-DPU, 4 vCPU, 32 GB, needs Glue 4.0");
        assert_eq!(worker("G.025X", "4.0"), "0.25 DPU, 2 vCPU, 4 GB, $0.11/h");
        assert_eq!(worker("Z.2X", "4.0"), "2 M-DPU, 8 vCPU, 64 GB, no longer available");
    }

    #[test]
    fn texts_are_cut_by_characters() {
        assert_eq!(shortened("𝕏𝕏𝕏", 3), "𝕏𝕏𝕏");
        assert_eq!(shortened("𝕏𝕏𝕏𝕏", 3), "𝕏𝕏…");
        assert_eq!(code("a`b\nc"), "`` a`b c ``");
    }
}
