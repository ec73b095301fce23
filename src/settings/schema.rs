//! The JSON schema of the project file.

use serde_json::{Map, Value as Json, json};

use crate::features::diagnostics::rules;

use super::Source;
use super::table::{self, Keys, Kind, Member, SETTINGS};

/// Where the schema can be had.
const ID: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/raw/main/docs/glue-ls.schema.json");

/// Returns the JSON schema (draft 7) of `glue-ls.toml`, with a line end.
pub fn text() -> String {
    format!("{}\n", serde_json::to_string_pretty(&project_file()).unwrap_or_default())
}

fn project_file() -> Json {
    let mut root = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": ID,
        "title": "glue-ls.toml",
        "description": "The settings of glue-ls for a project",
    });
    let body = section("");
    if let (Some(root), Json::Object(body)) = (root.as_object_mut(), body) {
        root.extend(body);
    }
    root
}

fn section(name: &str) -> Json {
    let mut properties = Map::new();
    for (key, spec) in table::inside(name) {
        let full = if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
        match spec {
            Some(spec) if !spec.who.includes(Source::Project) => {}
            Some(spec) => {
                let mut value = of(&spec.kind);
                if let Some(members) = value.as_object_mut() {
                    members.insert("description".into(), json!(spec.doc.replace('\n', " ")));
                    if let Ok(default) = serde_json::from_str::<Json>(spec.default)
                        && !default.is_null()
                    {
                        members.insert("default".into(), default);
                    }
                }
                properties.insert(key.to_owned(), value);
            }
            // A section that holds nothing for a project file is none of its.
            None if SETTINGS
                .iter()
                .any(|spec| spec.name.starts_with(&format!("{full}.")) && spec.who.includes(Source::Project)) =>
            {
                properties.insert(key.to_owned(), section(&full));
            }
            None => {}
        }
    }
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// Returns the JSON schema of what a setting takes, without its description and its default.
pub fn of(kind: &Kind) -> Json {
    let codes = || rules::RULES.iter().map(|rule| rule.code).collect::<Vec<_>>();
    match kind {
        Kind::Choice(words) => json!({ "enum": words.iter().map(|(word, _)| *word).collect::<Vec<_>>() }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Form(form) => json!({ "type": "string", "pattern": form.pattern }),
        Kind::Record(record) => {
            let member = |member: &Member| {
                let mut value = of(&member.kind);
                if let Some(members) = value.as_object_mut() {
                    members.insert("description".into(), json!(member.doc));
                }
                (member.name.to_owned(), value)
            };
            let required = record.members.iter().filter(|member| member.required).map(|member| member.name);
            let required: Vec<&str> = required.collect();
            let properties: Map<String, Json> = record.members.iter().map(member).collect();
            let mut out = json!({ "type": "object", "additionalProperties": false, "properties": properties });
            if let (Some(out), false) = (out.as_object_mut(), required.is_empty()) {
                out.insert("required".into(), json!(required));
            }
            out
        }
        Kind::Rule => json!({ "enum": codes() }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Whole { min, max, .. } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Amount { .. } => json!({ "type": "number", "minimum": 0 }),
        Kind::List(items) => json!({ "type": "array", "items": of(items), "uniqueItems": true }),
        Kind::Table { keys, values } => {
            let names = match keys {
                Keys::Any(_) | Keys::Files | Keys::Addresses => None,
                Keys::Rules => Some(codes()),
                Keys::Members => Some(table::members().collect()),
            };
            let mut out = json!({ "type": "object", "additionalProperties": of(values) });
            if let (Some(out), Some(names)) = (out.as_object_mut(), names) {
                out.insert("propertyNames".into(), json!({ "enum": names }));
            }
            out
        }
    }
}
