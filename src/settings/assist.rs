//! Help while a project file is written: what is wrong, what can stand at a place, what is known of the thing there.
//!
//! Plain data in bytes of the file's text. A place is understood from the lines above it, so that it is in a file that
//! no parser would take, as it is while somebody types.

use std::ops::Range;

use crate::features::diagnostics::rules::{self, RULES};

use super::project;
use super::reference;
use super::table::{self, Keys, Kind, Member, Record, SettingSpec};

pub use super::project::Mistake;

/// Something that can stand at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What it is called.
    pub label: String,
    /// What it replaces, in bytes of the text.
    pub replace: Range<usize>,
    /// What is put there.
    pub insert: String,
    /// What it is, in a few words.
    pub detail: Option<String>,
    /// What it does, in Markdown.
    pub documentation: Option<String>,
    /// Whether it is a key, or a section.
    pub key: bool,
}

/// Returns what is wrong with the text of a project file, in order.
pub fn mistakes(text: &str) -> Vec<Mistake> {
    project::read(text).mistakes
}

/// Where an offset stands.
#[derive(Debug)]
enum Place<'a> {
    /// In the name of a section, `[here]`.
    Section { so_far: &'a str, word: Range<usize> },
    /// In a key of the section.
    Key { section: String, word: Range<usize>, has_value: bool },
    /// In a value.
    Value { name: String, word: Range<usize>, quoted: bool },
}

/// Returns what can stand at an offset of the text.
pub fn offers(text: &str, offset: usize) -> Vec<Offer> {
    match place(text, offset) {
        Some(Place::Section { so_far, word }) => sections()
            .filter(|name| name.starts_with(so_far))
            .map(|name| Offer {
                label: name.clone(),
                replace: word.clone(),
                insert: name,
                detail: Some("section".to_owned()),
                documentation: None,
                key: true,
            })
            .collect(),
        Some(Place::Key { section, word, has_value }) => keys(&section, &word, has_value),
        Some(Place::Value { name, word, quoted }) => values(&name, &word, quoted),
        None => Vec::new(),
    }
}

/// Returns what is known of the thing at an offset, as Markdown, and where it stands.
pub fn hover(text: &str, offset: usize) -> Option<(String, Range<usize>)> {
    match place(text, offset)? {
        Place::Section { word, .. } => {
            // What is named inside of a setting is the user's own.
            let name = text.get(word.clone())?;
            let mut names = std::iter::successors(Some(name), |name| Some(name.rsplit_once('.')?.0));
            Some((reference::hover(names.find_map(table::find)?), word))
        }
        Place::Key { section, word, .. } => {
            let key = unquoted(text.get(word.clone())?);
            let spec = table::find(&joined(&section, key));
            let member = || record_at(&section)?.member(key).map(reference::hover_member);
            let rule =
                || rules::find(key).filter(|_| takes_codes(&section)).map(|rule| rule_text(rule.code, rule.summary));
            Some((spec.map(reference::hover).or_else(member).or_else(rule)?, word))
        }
        Place::Value { name, word, .. } => {
            let value = unquoted(text.get(word.clone())?);
            if let Some(rule) = rules::find(value) {
                return Some((rule_text(rule.code, rule.summary), word));
            }
            let kind = value_kind(&name)?;
            let Kind::Choice(words) = kind else { return None };
            let (written, meaning) = words.iter().find(|(word, _)| *word == value)?;
            Some((format!("`\"{written}\"`: {meaning}"), word))
        }
    }
}

fn rule_text(code: &str, summary: &str) -> String {
    format!("`{code}`: {summary}\n\n[What the rule finds]({})", crate::features::diagnostics::help_url(code))
}

fn place(text: &str, offset: usize) -> Option<Place<'_>> {
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
    let line = &text[start..end];
    let before = &text[start..offset];
    // A bracket that is open above makes the line part of a list.
    let open = open_value(&text[..start]);
    if let Some(name) = open.key {
        return value_place(&joined(&open.section, &name), line, start, offset, 0);
    }
    if let Some(inner) = before.trim_start().strip_prefix('[') {
        if inner.contains(']') {
            return None;
        }
        let from = offset - inner.len();
        let until = text[offset..end].find(|c: char| c == ']' || c.is_whitespace()).map_or(end, |at| offset + at);
        return Some(Place::Section { so_far: inner, word: from..until });
    }
    if outside_strings(before, '#').is_some() {
        return None;
    }
    match outside_strings(line, '=').map(|at| start + at) {
        Some(equals) if offset > equals => {
            let key = dotted(text[start..equals].trim());
            value_place(&joined(&open.section, &key), line, start, offset, equals + 1 - start)
        }
        equals => {
            let key_end = equals.unwrap_or(end);
            let written = text[start..key_end].trim_end();
            let lead = written.len() - written.trim_start().len();
            let (from, until) = (start + lead, (start + written.len()).max(start + lead));
            if offset < from || offset > until {
                let blank = text[start..end].trim().is_empty();
                let here = offset..offset;
                return blank.then_some(Place::Key { section: open.section, word: here, has_value: false });
            }
            // Of a dotted key the part is meant in which the offset stands.
            let typed = &text[from..offset];
            let part = outside_strings_last(typed, '.').map_or(from, |at| from + at + 1);
            let rest = &text[offset..until];
            let part_end = outside_strings(rest, '.').map_or(until, |at| offset + at);
            let section = joined(&open.section, &dotted(text[from..part].trim_end_matches('.')));
            Some(Place::Key { section, word: part..part_end, has_value: equals.is_some() || part_end < until })
        }
    }
}

/// The place in a value, of which `line` (at `start` of the text) holds a part from `from` on.
fn value_place<'a>(name: &str, line: &str, start: usize, offset: usize, from: usize) -> Option<Place<'a>> {
    let at = offset - start;
    let bytes = line.as_bytes();
    let mut quote: Option<(u8, usize)> = None;
    for (index, &byte) in bytes.iter().enumerate().take(at).skip(from) {
        quote = match (quote, byte) {
            (None, b'"' | b'\'') => Some((byte, index)),
            (None, b'#') => return None,
            (Some((open, _)), byte) if open == byte => None,
            (quote, _) => quote,
        };
    }
    let word = match quote {
        Some((open, begin)) => {
            let close = line[at..].bytes().position(|byte| byte == open);
            start + begin..start + close.map_or(line.trim_end().len().max(at), |close| at + close + 1)
        }
        None => {
            let bare = |c: char| c.is_alphanumeric() || "-_.+".contains(c);
            let begin = line[from..at].trim_end_matches(bare).len() + from;
            let end = at + line[at..].len() - line[at..].trim_start_matches(bare).len();
            start + begin..start + end
        }
    };
    Some(Place::Value { name: name.to_owned(), word, quoted: quote.is_some() })
}

/// What is open at the end of some lines.
struct Open {
    section: String,
    /// The key whose list goes on.
    key: Option<String>,
}

fn open_value(lines: &str) -> Open {
    let mut open = Open { section: String::new(), key: None };
    let mut depth = 0_usize;
    for line in lines.lines() {
        let rest = match (&open.key, outside_strings(line, '=')) {
            (Some(_), _) => line,
            (None, _) if line.trim_start().starts_with('[') => {
                let name = line.trim().trim_start_matches('[').split(']').next().unwrap_or_default();
                open.section = dotted(name.trim());
                continue;
            }
            (None, Some(equals)) => {
                open.key = Some(dotted(line[..equals].trim()));
                &line[equals + 1..]
            }
            (None, None) => continue,
        };
        let code = outside_strings(rest, '#').map_or(rest, |at| &rest[..at]);
        depth += count(code, '[');
        depth = depth.saturating_sub(count(code, ']'));
        if depth == 0 {
            open.key = None;
        }
    }
    open
}

fn keys(section: &str, word: &Range<usize>, has_value: bool) -> Vec<Offer> {
    let end = if has_value { "" } else { " = " };
    let offer = |name: &str, detail: Option<String>, documentation: Option<String>, end: &str| Offer {
        label: name.to_owned(),
        replace: word.clone(),
        insert: format!("{name}{end}"),
        detail,
        documentation,
        key: true,
    };
    if let Some(record) = record_at(section) {
        let detail = |member: &Member| Some(member.kind.wanted());
        let all = record.members.iter();
        // A member that is made of tables has sections of its own.
        return all
            .map(|member| match member.kind {
                Kind::Table { .. } => offer(member.name, detail(member), Some(reference::hover_member(member)), "."),
                _ => offer(member.name, detail(member), Some(reference::hover_member(member)), end),
            })
            .collect();
    }
    if let Some(SettingSpec { kind: Kind::Table { keys, values }, .. }) = table::find(section) {
        let detail = || Some(values.wanted());
        return match keys {
            Keys::Any(_) | Keys::Files | Keys::Addresses => Vec::new(),
            Keys::Rules => {
                RULES.iter().map(|rule| offer(rule.code, detail(), Some(rule.summary.into()), end)).collect()
            }
            Keys::Members => table::members().map(|member| offer(member, detail(), None, end)).collect(),
        };
    }
    table::inside(section)
        .into_iter()
        .filter(|(name, spec)| spec.map_or_else(|| in_project(&joined(section, name)), is_projects))
        .map(|(name, spec)| match spec {
            Some(spec) => offer(name, Some(spec.kind.wanted()), Some(reference::hover(spec)), end),
            None => offer(name, Some("section".to_owned()), None, if has_value { "" } else { "." }),
        })
        .collect()
}

fn values(name: &str, word: &Range<usize>, quoted: bool) -> Vec<Offer> {
    let offer = |label: &str, insert: String, detail: Option<&str>| Offer {
        label: label.to_owned(),
        replace: word.clone(),
        insert,
        detail: detail.map(str::to_owned),
        documentation: None,
        key: false,
    };
    let quoted_offer = |label: &str, detail: &str| offer(label, format!("\"{label}\""), Some(detail));
    match value_kind(name) {
        Some(Kind::Choice(words)) => words.iter().map(|(word, meaning)| quoted_offer(word, meaning)).collect(),
        Some(Kind::Rule) => RULES.iter().map(|rule| quoted_offer(rule.code, rule.summary)).collect(),
        Some(Kind::Flag) if !quoted => ["true", "false"].iter().map(|word| offer(word, (*word).into(), None)).collect(),
        Some(Kind::Text | Kind::Form(_)) => known_texts(name).iter().map(|text| quoted_offer(text, "")).collect(),
        _ => Vec::new(),
    }
}

/// What is known to fit where text is wanted.
fn known_texts(name: &str) -> Vec<&'static str> {
    let versions = crate::facts::versions();
    match name {
        "policy.workerTypes" => versions.worker_types().iter().map(|row| row.name.as_str()).collect(),
        "policy.glueVersions" => versions.glue_versions().iter().map(|row| row.version.as_str()).collect(),
        name if name.ends_with(".type") => vec!["NETWORK", "JDBC", "KAFKA", "MONGODB", "CUSTOM"],
        name if name.ends_with(".services") => vec!["glue.amazonaws.com"],
        "policy.regions" | "region" => crate::facts::regions().all().iter().map(|row| row.id.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// What stands as a single value under a name: of a list its items, of a table what its keys have.
fn value_kind(name: &str) -> Option<&'static Kind> {
    let item = |kind: &'static Kind| match kind {
        Kind::List(items) => *items,
        kind => kind,
    };
    if let Some(spec) = table::find(name) {
        return Some(item(&spec.kind)).filter(|_| is_projects(spec));
    }
    table::kind_of(name).map(item)
}

/// Returns what stands in a section that is a record.
fn record_at(section: &str) -> Option<&'static Record> {
    match table::kind_of(section)? {
        Kind::Record(record) => Some(*record),
        _ => None,
    }
}

fn sections() -> impl Iterator<Item = String> {
    let mut found: Vec<String> = Vec::new();
    for spec in table::SETTINGS.iter().filter(|spec| is_projects(spec)) {
        let own = matches!(spec.kind, Kind::Table { .. }).then(|| spec.name.to_owned());
        let around = spec.name.rsplit_once('.').map(|(section, _)| section.to_owned());
        for name in around.into_iter().chain(own) {
            if !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found.into_iter()
}

fn is_projects(spec: &SettingSpec) -> bool {
    spec.who.includes(super::Source::Project)
}

fn in_project(section: &str) -> bool {
    let prefix = format!("{section}.");
    table::SETTINGS.iter().any(|spec| spec.name.starts_with(&prefix) && is_projects(spec))
}

fn takes_codes(section: &str) -> bool {
    matches!(table::find(section), Some(SettingSpec { kind: Kind::Table { keys: Keys::Rules, .. }, .. }))
}

fn joined(section: &str, key: &str) -> String {
    match (section, key) {
        ("", key) => key.to_owned(),
        (section, "") => section.to_owned(),
        (section, key) => format!("{section}.{key}"),
    }
}

/// A dotted key without quotes and blanks around its parts.
fn dotted(key: &str) -> String {
    key.split('.').map(|part| unquoted(part.trim())).collect::<Vec<_>>().join(".")
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

/// Returns where a character stands first that is in no string.
fn outside_strings(line: &str, wanted: char) -> Option<usize> {
    positions(line, wanted).next()
}

fn outside_strings_last(line: &str, wanted: char) -> Option<usize> {
    positions(line, wanted).last()
}

fn count(line: &str, wanted: char) -> usize {
    positions(line, wanted).count()
}

fn positions(line: &str, wanted: char) -> impl Iterator<Item = usize> + '_ {
    let mut quote = None;
    line.char_indices().filter_map(move |(at, c)| {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        (quote.is_none() && c == wanted).then_some(at)
    })
}

#[cfg(test)]
mod tests;
