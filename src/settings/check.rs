//! What of some settings can be used, and what is to be said about the rest.

use std::path::Path;

use serde_json::{Map, Value as Json};

use crate::facts::nearest::nearest;
use crate::features::diagnostics::rules;

use super::Source;
use super::forms::address;
use super::per_file;
use super::table::{self, Keys, Kind, Record, SETTINGS, SettingSpec};

/// A value that cannot be used, or something that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    /// The keys that lead there; items of lists by their number.
    pub(super) path: Vec<String>,
    /// Whether it is about the key, not about the value.
    pub(super) key: bool,
    /// What is wrong, for people.
    pub(super) message: String,
    /// What was probably meant, in the place of the key, or of the text that is the value.
    pub(super) meant: Option<String>,
    /// Whether what is left of it may be used all the same.
    pub(super) usable: bool,
}

/// What can be used, setting by setting.
pub(super) struct Checked {
    pub(super) values: Vec<(&'static SettingSpec, Json)>,
    pub(super) complaints: Vec<Complaint>,
}

/// Sorts out what can be used.
pub(super) fn check(value: &Json, source: Source) -> Checked {
    let mut out = Checked { values: Vec::new(), complaints: Vec::new() };
    // What a client sends along may be another program's section.
    let strict = source != Source::Client;
    if let Some(members) = value.as_object() {
        section(&mut Vec::new(), members, source, strict, &mut out);
    }
    out
}

fn section(path: &mut Vec<String>, members: &Map<String, Json>, source: Source, strict: bool, out: &mut Checked) {
    for (key, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        path.push(key.clone());
        let name = path.join(".");
        let below = || SETTINGS.iter().any(|spec| spec.name.starts_with(&format!("{name}.")));
        if let Some(spec) = table::find(&name) {
            setting(path, spec, value, source, out);
        } else if below() {
            match value.as_object() {
                Some(members) => section(path, members, source, strict, out),
                None => out.complaints.push(Complaint::of_value(path, format!("`{name}` must be a table of settings"))),
            }
        } else if strict {
            let section = path[..path.len() - 1].join(".");
            let inside = table::inside(&section);
            let meant = nearest(key, inside.iter().map(|(name, _)| *name)).map(str::to_owned);
            let hint = meant.as_ref().map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            out.complaints.push(Complaint {
                meant,
                ..Complaint::of_key(path, format!("there is no setting `{}`{hint}", short(&name)))
            });
        }
        path.pop();
    }
}

fn setting(path: &mut Vec<String>, spec: &'static SettingSpec, value: &Json, source: Source, out: &mut Checked) {
    if !spec.who.includes(source) {
        if source == Source::Project {
            let name = spec.name;
            let message = format!("`{name}` cannot be set by a project file, only in the settings of your editor");
            out.complaints.push(Complaint::of_key(path, message));
        }
        return;
    }
    // Editors have no other way to say that nothing is set.
    if source != Source::Project && matches!(spec.kind, Kind::Form(_)) && value == "" {
        return;
    }
    if let Some(usable) = usable(path, &spec.kind, value, &mut out.complaints) {
        out.values.push((spec, usable));
    }
}

/// Returns what of a value can be used.
fn usable(path: &mut Vec<String>, kind: &Kind, value: &Json, complaints: &mut Vec<Complaint>) -> Option<Json> {
    let good = match kind {
        Kind::Choice(words) => value.as_str().is_some_and(|text| words.iter().any(|(word, _)| *word == text)),
        Kind::Text => value.is_string(),
        Kind::Form(form) => value.as_str().is_some_and(|text| (form.fits)(text)),
        Kind::Flag => value.is_boolean(),
        Kind::Whole { min, max, .. } => value.as_u64().is_some_and(|number| (*min..=*max).contains(&number)),
        Kind::Amount { .. } => value.as_f64().is_some_and(|number| number.is_finite() && number >= 0.0),
        Kind::Rule => match value.as_str() {
            Some(code) => {
                if let Some((message, meant)) = no_rule(code) {
                    complaints.push(Complaint { meant, usable: true, ..Complaint::of_value(path, message) });
                }
                true
            }
            None => false,
        },
        Kind::List(items) => {
            if let Some(list) = value.as_array() {
                let mut kept = Vec::new();
                for (index, item) in list.iter().enumerate() {
                    path.push(index.to_string());
                    kept.extend(usable(path, items, item, complaints));
                    path.pop();
                }
                return Some(Json::Array(kept));
            }
            false
        }
        Kind::Table { keys, values } => {
            if let Some(members) = value.as_object() {
                return Some(Json::Object(entries(path, *keys, values, members, complaints)));
            }
            false
        }
        Kind::Record(record) => match value.as_object() {
            Some(members) => return self::record(path, record, members, complaints),
            None => false,
        },
    };
    if good {
        return Some(value.clone());
    }
    let message = match (path.split_last(), value) {
        (Some((last, rest)), _) if last.parse::<usize>().is_ok() && !rest.is_empty() => {
            format!("each item of `{}` must be {}", rest.join("."), kind.wanted())
        }
        _ => format!("`{}` must be {}", short(&path.join(".")), kind.wanted()),
    };
    let meant = match (kind, value.as_str()) {
        (Kind::Choice(words), Some(text)) => nearest(text, words.iter().map(|(word, _)| *word)).map(str::to_owned),
        _ => None,
    };
    complaints.push(Complaint { meant, ..Complaint::of_value(path, message) });
    None
}

/// Returns a record if all of it can be used: half of one may mean something else. What is in its own tables of records
/// stands by itself.
fn record(
    path: &mut Vec<String>,
    record: &'static Record,
    members: &Map<String, Json>,
    complaints: &mut Vec<Complaint>,
) -> Option<Json> {
    let mut kept = Map::new();
    let mut whole = true;
    for (key, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        path.push(key.clone());
        match record.member(key) {
            Some(member) => {
                let before = complaints.len();
                let value = usable(path, &member.kind, value, complaints);
                let apart = matches!(member.kind, Kind::Table { values: Kind::Record(_), .. });
                whole &= apart || complaints[before..].iter().all(|complaint| complaint.usable);
                kept.extend(value.map(|value| (key.clone(), value)));
            }
            None => {
                let meant = nearest(key, record.members.iter().map(|member| member.name)).map(str::to_owned);
                let hint = meant.as_ref().map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
                let message = format!("{} has no `{}`{hint}", record.what, short(key));
                complaints.push(Complaint { meant, usable: true, ..Complaint::of_key(path, message) });
            }
        }
        path.pop();
    }
    for member in record.members.iter().filter(|member| member.required && !members.contains_key(member.name)) {
        let message = format!("{} must have a `{}`", record.what, member.name);
        complaints.push(Complaint::of_key(path, message));
        whole = false;
    }
    if let Some((member, message)) = (record.check)(&kept).filter(|_| whole) {
        path.push(member.to_owned());
        complaints.push(Complaint::of_value(path, message));
        path.pop();
        whole = false;
    }
    whole.then_some(Json::Object(kept))
}

fn entries(
    path: &mut Vec<String>,
    keys: Keys,
    values: &Kind,
    members: &Map<String, Json>,
    complaints: &mut Vec<Complaint>,
) -> Map<String, Json> {
    let mut kept = Map::new();
    for (key, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        path.push(key.clone());
        let unknown = match keys {
            Keys::Any(_) => None,
            Keys::Files => match per_file::matcher(Path::new(""), key) {
                Ok(_) => None,
                Err(why) => {
                    complaints.push(Complaint::of_key(path, why));
                    path.pop();
                    continue;
                }
            },
            Keys::Addresses => {
                let place = address(key);
                let same = |other: &String| address(other) == place;
                let why = match (place, kept.keys().find(|other| same(other))) {
                    (None, _) => format!("`{}` is no address in S3, such as \"s3://bucket/folder\"", short(key)),
                    (_, Some(other)) => format!("`{}` is the same address as `{}`", short(key), short(other)),
                    (Some(_), None) => String::new(),
                };
                if !why.is_empty() {
                    complaints.push(Complaint::of_key(path, why));
                    path.pop();
                    continue;
                }
                None
            }
            Keys::Rules => no_rule(key),
            Keys::Members if table::members().any(|member| member == key) => None,
            Keys::Members => {
                let meant = nearest(key, table::members()).map(str::to_owned);
                let hint = meant.as_ref().map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
                Some((format!("the policy has no limit `{}`{hint}", short(key)), meant))
            }
        };
        if let Some((message, meant)) = unknown {
            complaints.push(Complaint { meant, usable: true, ..Complaint::of_key(path, message) });
        }
        if let Some(value) = usable(path, values, value, complaints) {
            kept.insert(key.clone(), value);
        }
        path.pop();
    }
    kept
}

/// Returns what is to be said where there is no rule of that code, and the one that was probably meant.
fn no_rule(code: &str) -> Option<(String, Option<String>)> {
    if rules::find(code).is_some() {
        return None;
    }
    let meant = nearest(code, rules::RULES.iter().map(|rule| rule.code)).map(str::to_owned);
    let hint = meant.as_ref().map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    Some((format!("there is no rule `{}`{hint}", short(code)), meant))
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

impl Complaint {
    fn of_key(path: &[String], message: String) -> Complaint {
        Complaint { path: path.to_vec(), key: true, message, meant: None, usable: false }
    }

    fn of_value(path: &[String], message: String) -> Complaint {
        Complaint { path: path.to_vec(), key: false, message, meant: None, usable: false }
    }
}

/// Puts settings that are written with dots in their names (`"rules.ignore": […]`) into tables. What is written as a
/// table counts before.
pub(super) fn nested(value: &Json) -> Json {
    let Some(members) = value.as_object() else { return value.clone() };
    let (flat, mut out): (Vec<_>, Map<String, Json>) = (
        members.iter().filter(|(key, _)| key.contains('.')).collect(),
        members.iter().filter(|(key, _)| !key.contains('.')).map(|(key, value)| (key.clone(), value.clone())).collect(),
    );
    for (name, value) in flat {
        put(&mut out, name, value);
    }
    Json::Object(out)
}

fn put(into: &mut Map<String, Json>, name: &str, value: &Json) {
    match name.split_once('.') {
        None => {
            let slot = into.entry(name).or_insert(Json::Null);
            if slot.is_null() {
                *slot = value.clone();
                return;
            }
            if let (Some(known), Some(more)) = (slot.as_object_mut(), value.as_object()) {
                for (name, value) in more {
                    known.entry(name).or_insert_with(|| value.clone());
                }
            }
        }
        Some((first, rest)) => {
            let slot = into.entry(first).or_insert(Json::Null);
            if slot.is_null() {
                *slot = Json::Object(Map::new());
            }
            if let Some(table) = slot.as_object_mut() {
                put(table, rest, value);
            }
        }
    }
}
