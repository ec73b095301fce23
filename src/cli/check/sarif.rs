//! Problems as a SARIF 2.1.0 log.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::features::Severity;
use crate::features::diagnostics::{help_url, rules};
use crate::text::{PositionEncoding, Range, range_at};

use super::file::Found;

/// Returns the log of these results. `failed` says that something could not be checked.
pub(super) fn log(results: Vec<Json>, failed: bool) -> Json {
    let rules: Vec<Json> = rules::RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.code,
                "shortDescription": {"text": rule.summary},
                "helpUri": help_url(rule.code),
                "defaultConfiguration": {"level": level(rule.severity)},
            })
        })
        .collect();
    let driver = json!({
        "name": "glue-ls",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules,
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver},
            "invocations": [{"executionSuccessful": !failed}],
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    })
}

/// Returns a problem as a result.
pub(super) fn result(found: &Found<'_>) -> Json {
    let problem = found.problem;
    let artifact = json!({"uri": reference(&found.document.path)});
    let mut result = json!({
        "ruleId": problem.code,
        "level": level(problem.severity),
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region(found.in_file)}}],
        "partialFingerprints": {"problem/v1": fingerprint(found)},
    });
    if let Some(index) = rules::RULES.iter().position(|rule| rule.code == problem.code) {
        result["ruleIndex"] = json!(index);
    }
    let fixes: Vec<Json> = problem
        .fixes
        .iter()
        .zip(&found.edits)
        .filter_map(|(fix, edits)| {
            let replacement = |(range, text): &(std::ops::Range<usize>, String)| {
                let range = range_at(&found.document.rope, range.clone(), PositionEncoding::Utf16);
                json!({"deletedRegion": region(range), "insertedContent": {"text": text}})
            };
            let replacements: Vec<Json> = edits.as_ref()?.iter().map(replacement).collect();
            let change = json!({"artifactLocation": artifact, "replacements": replacements});
            (!replacements.is_empty()).then(|| json!({"description": {"text": fix.title}, "artifactChanges": [change]}))
        })
        .collect();
    if !fixes.is_empty() {
        result["fixes"] = Json::Array(fixes);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        _ => "note",
    }
}

fn region(Range { start, end }: Range) -> Json {
    json!({
        "startLine": start.line + 1,
        "startColumn": start.character + 1,
        "endLine": end.line + 1,
        "endColumn": end.character + 1,
    })
}

/// Returns what stays the same of a problem when other lines of the file change (FNV-1a, in hexadecimal).
fn fingerprint(found: &Found<'_>) -> String {
    let text = found.document.opened.notebook.cells.get(found.index).map_or("", |placed| &*placed.cell.text);
    let start = text.get(..found.problem.range.start).unwrap_or_default();
    let from = start.rfind('\n').map_or(0, |at| at + 1);
    let line = text[from..].lines().next().unwrap_or_default().trim();
    let parts = [found.problem.code, line, &found.problem.message];
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// Returns a path as the reference of a URI: everything but unreserved characters and slashes is escaped.
fn reference(path: &Path) -> String {
    let path = path.to_string_lossy();
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path.into_owned() };
    let path = path.strip_prefix("./").unwrap_or(&path);
    path.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
