//! `not-a-literal`: bodies are read by Python's `ast.literal_eval`, not by a JSON parser.

use std::ops::Range;

use super::written::lower_first;
use crate::features::completion::dict_scan::Dict;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::refusal::RefusalKind;
use crate::syntax::Tail;
use crate::syntax::literal::{Reason, parse_literal};

/// The quotes that word processors make.
const CURLY: [char; 6] = ['“', '”', '„', '‘', '’', '‚'];

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Tail::CellMagic { body, .. } = &context.cell.cell.split.tail else { return };
    for refusal in context.refusals() {
        let RefusalKind::NotALiteral { name, error } = &refusal.kind else { continue };
        let text = context.text();
        let mut range = refusal.range.clone();
        let explained = match &error.reason {
            Reason::Name(word) => Some(about_name(text, name, word, body.start, &range)),
            Reason::NotLiteral(what) => {
                Some((format!("this is {what}, and only values written out can be read"), None))
            }
            // What the parser misses at the end, it misses since a bracket was opened.
            Reason::Syntax(_) if !(body.start..text.trim_end().len()).contains(&range.start) => {
                unclosed(text, body.clone()).map(|bracket| {
                    range = bracket..bracket + 1;
                    ("this bracket is not closed".to_owned(), None)
                })
            }
            Reason::Syntax(_) => about_syntax(text, name, body.start, &mut range),
            _ => None,
        };
        let (why, fix) = explained.unwrap_or_else(|| (lower_first(&error.to_string()), None));
        let message = format!("`%%{name}` cannot read its body as a Python value: {why}");
        findings.add_with(range, message, fix.into_iter().collect());
    }
}

/// Returns the innermost bracket that is open at the end. Strings are skipped to their closing quote on
/// the same line, comments to the line's end.
fn unclosed(text: &str, body: Range<usize>) -> Option<usize> {
    let mut open = Vec::new();
    let mut bytes = text.as_bytes()[body.clone()].iter().zip(body);
    while let Some((&byte, at)) = bytes.next() {
        match byte {
            b'(' | b'[' | b'{' => open.push(at),
            b')' | b']' | b'}' => drop(open.pop()),
            b'#' => drop(bytes.by_ref().find(|(byte, _)| **byte == b'\n')),
            b'"' | b'\'' => drop(bytes.by_ref().find(|(end, _)| **end == byte || **end == b'\n')),
            _ => {}
        }
    }
    open.pop()
}

/// A word without quotes.
fn about_name(text: &str, magic: &str, word: &str, body_start: usize, range: &Range<usize>) -> (String, Option<Fix>) {
    let write = |with: &str| Some(Fix::replace(format!("Write `{with}`"), range.clone(), with));
    let quoted = format!("\"{word}\"");
    match (word, magic) {
        // Values of job arguments and of tags are text.
        ("true" | "false", "configure" | "tags") => {
            let fix = json_words(text, body_start).or_else(|| write(&quoted));
            (format!("`{word}` is JSON; write `{quoted}`"), fix)
        }
        ("true", _) => ("`true` is JSON; Python writes `True`".into(), None),
        ("false", _) => ("`false` is JSON; Python writes `False`".into(), None),
        ("null", "configure") => ("`null` is JSON; Python writes `None`".into(), write("None")),
        ("null", _) => ("`null` is JSON, and text is needed here".into(), None),
        (_, "assume_role") => (format!("`{word}` is a name; write the ARN of a role, in quotes"), None),
        _ => (format!("`{word}` is a name; put text in quotes"), write(&quoted)),
    }
}

/// Makes the fix that writes every `true` and `false` of a dictionary as text, if there are several.
fn json_words(text: &str, body_start: usize) -> Option<Fix> {
    let dict = Dict::scan(text, body_start..text.len());
    let words = dict.entries.iter().flat_map(|entry| &entry.values).filter(|part| !part.quoted).filter_map(|part| {
        let word = &text[part.range.clone()];
        matches!(word, "true" | "false").then(|| (part.range.clone(), format!("\"{word}\"")))
    });
    let edits: Vec<_> = words.collect();
    (edits.len() > 1).then(|| Fix::of("Write `\"true\"` and `\"false\"`", edits))
}

/// A text that Python cannot parse: the parser's words seldom tell what to do about it, and its place is where it gave
/// up. `range` becomes that of what is wrong.
fn about_syntax(text: &str, magic: &str, body_start: usize, range: &mut Range<usize>) -> Option<(String, Option<Fix>)> {
    let line = |at: usize| {
        let start = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        start..start + text[start..].find(['\n', '\r']).unwrap_or(text.len() - start)
    };
    let here = line(range.start);
    let wrong = &text[range.clone()];
    if wrong.contains(CURLY) {
        let straight = |c: char| if matches!(c, '‘' | '’' | '‚') { '\'' } else { '"' };
        let fixed: String =
            text[body_start..].chars().map(|c| if CURLY.contains(&c) { straight(c) } else { c }).collect();
        let fix = Fix::replace("Write straight quotes", body_start..text.len(), fixed);
        return Some(("these are curly quotes, and Python needs straight ones".into(), Some(fix)));
    }
    if magic == "assume_role" && text[here.clone()].trim_start().starts_with("arn:") {
        let start = here.start + text[here.clone()].find("arn:").unwrap_or(0);
        let arn = text[start..here.end].trim_end();
        *range = start..start + arn.len();
        let fix = Fix::replace("Put the ARN in quotes", range.clone(), format!("\"{arn}\""));
        return Some(("put the ARN in quotes".into(), Some(fix)));
    }
    if range.start == here.start && parse_literal(&text[body_start..here.start]).is_ok() {
        let split = Fix { splits: vec![here.start], ..Fix::of("Give it a cell of its own", Vec::new()) };
        return Some((
            format!("everything below `%%{magic}` belongs to it; move this to a cell of its own"),
            Some(split),
        ));
    }
    if wrong == "=" && !text[range.end..].starts_with('=') {
        let equals = text[body_start..].match_indices('=').map(|(at, _)| body_start + at);
        let between = |at: &usize| {
            text[..*at].trim_end().ends_with(['"', '\'']) && text[at + 1..].trim_start().starts_with(['"', '\''])
        };
        let edits: Vec<_> = equals.filter(between).map(|at| (at..at + 1, ": ".to_owned())).collect();
        let fix = (!edits.is_empty()).then(|| Fix::of("Write `:`", edits));
        return Some(("a dictionary is written with `:`, not with `=`".into(), fix));
    }
    // A line break swallowed a comma: the error shows up at the colon of the next entry.
    if wrong.starts_with(':') && here.start > body_start {
        let upto = &text[..here.start];
        let upto = upto.strip_suffix("\r\n").or_else(|| upto.strip_suffix(['\n', '\r'])).unwrap_or(upto);
        let above = line(upto.len());
        let content = text[above.clone()].trim_end();
        if content.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\'' | ']' | '}')) {
            let end = above.start + content.len();
            let fix = (!content.contains('#')).then(|| Fix::replace("Add the comma", end..end, ","));
            let last = content.chars().next_back().map_or(0, char::len_utf8);
            *range = end - last..end;
            return Some(("a comma is missing behind this".into(), fix));
        }
    }
    let word = unquoted(text, range, &here)?;
    let quoted = format!("\"{}\"", &text[word.clone()]);
    let fix = Fix::replace(format!("Write `{quoted}`"), word.clone(), quoted);
    Some((format!("put `{}` in quotes", &text[word]), Some(fix)))
}

/// Returns the word around the error, such as `G.1X` or `s3://bucket/key`, if it is one without quotes
/// between the separators of a dictionary.
fn unquoted(text: &str, error: &Range<usize>, line: &Range<usize>) -> Option<Range<usize>> {
    // A colon with a blank behind it separates; one inside `s3://` does not.
    let before = text.get(line.start..error.start)?;
    let start =
        line.start + [": ", ", ", "{", "[", ","].iter().filter_map(|s| Some(before.rfind(s)? + s.len())).max()?;
    let behind = text.get(error.start..line.end)?;
    let end = error.start + behind.find([',', '}', ']']).unwrap_or(behind.len());
    let word = text[start..end].trim();
    let lead = text[start..end].len() - text[start..end].trim_start().len();
    let plain = word.chars().all(|c| c.is_alphanumeric() || "-_./:@+=*".contains(c));
    let begins = word.starts_with(|c: char| c.is_alphabetic()) || word.contains("://");
    (plain && begins).then(|| start + lead..start + lead + word.len())
}
