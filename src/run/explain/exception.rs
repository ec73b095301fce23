//! Exceptions of cells, reduced to their cause.

use std::collections::BTreeMap;

use super::java::{self, Cause};
use super::{Change, Explanation, Found, Need, pattern};
use crate::facts;
use crate::facts::errors::CellError;
use crate::run::traceback::{Failure, without_colours};

/// How much of a message is read for known failures, in bytes, from its beginning.
const READ: usize = 16 * 1024;
/// The most lines of a cause that are shown, and characters of each.
const LINES: usize = 6;
const LINE: usize = 500;
/// Folding fewer lines than these is not worth a note.
const FEW: usize = 3;

/// Where cells run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a session of AWS.
    Aws,
    /// On this machine.
    Local,
}

/// An exception as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduced {
    /// What went wrong: the class and what the cause says, in one line.
    pub message: String,
    /// What it means, where that is known.
    pub explanation: Option<Explanation>,
    /// The text of the exception in place of its own.
    pub evalue: String,
    /// The traceback in place of its own.
    pub traceback: Vec<String>,
    /// How many lines of the traceback were left out.
    pub folded: usize,
}

/// Reduces an exception to its cause; `None` where nothing is known of it, and it is best shown as it is.
///
/// With `whole`, the stack below what the cell did is left out, and `whole` ends the note on that: how the user sees
/// it. Without, all of the exception stays below its cause.
pub fn reduce(failure: &Failure<'_>, place: Place, whole: Option<&str>) -> Option<Reduced> {
    let plain = without_colours(failure.evalue);
    let class = failure.ename.rsplit(['.', '$']).next().unwrap_or(failure.ename).trim();
    let causes = java::causes(&plain);
    let entries = failure.traceback.iter().map(|entry| without_colours(entry).into_owned()).collect::<Vec<_>>();
    let lines: Vec<&str> = entries.iter().flat_map(|entry| entry.lines()).collect();
    let is_java = lines.iter().any(|line| java::is_frame(line)) || plain.lines().any(java::is_frame);

    let chain: Vec<String> = causes.iter().rev().map(|cause| format!("{}: {}", cause.class, cause.message)).collect();
    let known = known(class, &chain, &plain, is_java, place);
    let captured = facts::errors().general_classes.iter().any(|known| known == class)
        && lines.iter().any(|line| is_library(line))
        && lines.len() > FEW;
    let whole = whole.filter(|_| is_java || captured);
    if whole.is_none() && known.is_none() {
        return None;
    }

    let which = known.as_ref().and_then(|(_, cause)| *cause);
    let cause = which.and_then(|index| causes.iter().rev().nth(index)).or_else(|| deepest(&causes));
    let said = match cause {
        Some(cause) => said(cause, class),
        // The plan of a query, or the stack, comes behind an empty line or on indented lines.
        None => shortened(&head(&plain)),
    };
    let (mut shown, folded) = match whole {
        Some(whole) => folded(&lines, whole),
        None => (failure.traceback.iter().flat_map(|entry| entry.lines()).map(str::to_owned).collect(), 0),
    };
    if folded == 0 && known.is_none() {
        return None;
    }
    let explanation = known.map(|(explanation, _)| explanation);
    let title = match (failure.ename.trim(), said.is_empty()) {
        (ename, true) => ename.to_owned(),
        ("", false) => said.clone(),
        (ename, false) => format!("{ename}: {said}"),
    };
    let mut traceback: Vec<String> = title.lines().map(str::to_owned).collect();
    if let Some(explanation) = &explanation {
        traceback.extend(explanation.lines());
    }
    if !shown.is_empty() {
        traceback.push(String::new());
        traceback.append(&mut shown);
    }
    let message = title.lines().next().unwrap_or_default().to_owned();
    let evalue = if whole.is_some() { said } else { failure.evalue.to_owned() };
    Some(Reduced { message, explanation, evalue, traceback, folded })
}

/// Looks the exception up: the causes from the inside, then its own text. Returns also the number of the cause.
fn known(
    class: &str,
    chain: &[String],
    evalue: &str,
    is_java: bool,
    place: Place,
) -> Option<(Explanation, Option<usize>)> {
    let table = facts::errors();
    let general = is_java || table.general_classes.iter().any(|known| known == class);
    let rows = || {
        let may = |row: &&CellError| match (place, row.aws_only) {
            (Place::Local, true) => false,
            _ if row.classes.is_empty() => general,
            _ => row.classes.iter().any(|known| known == class),
        };
        table.cell.iter().filter(may)
    };
    let evalue = start(evalue);
    let texts = chain.iter().enumerate().map(|(index, text)| (Some(index), start(text))).chain([(None, evalue)]);
    for (index, text) in texts {
        if let Some(explanation) = rows().find_map(|row| explained(row, text, evalue)) {
            return Some((explanation, index));
        }
    }
    None
}

fn start(text: &str) -> &str {
    &text[..text.floor_char_boundary(READ)]
}

fn explained(row: &'static CellError, text: &str, whole: &str) -> Option<Explanation> {
    let matched = row.patterns.iter().find_map(|pattern| {
        let found = pattern::find(pattern, text)?;
        let operation = found.iter().find(|(name, _)| *name == "operation").map(|(_, value)| *value);
        let action = match operation {
            Some(operation) if !row.actions.is_empty() => Some(row.actions.get(operation)?.as_str()),
            _ => None,
        };
        Some((found, action))
    });
    let (found, action) = matched?;
    let mut values = Found(BTreeMap::new());
    for (name, value) in found {
        values.add(name, value);
    }
    if let Some(action) = action {
        values.add("action", action);
    }
    if let Some(location) = location(text).or_else(|| location(whole)) {
        values.add("location", location);
        values.add("bucket", bucket(location));
    }
    let change = row.magic.as_deref().map(|magic| Change { magic, need: Need::Other });
    Some(Explanation {
        code: &row.code,
        what: values.fill(&row.what),
        remedy: values.fill(&row.remedy),
        statement: None,
        change,
    })
}

/// Returns the first place in S3 that a text names: as a URI, or as a resource.
fn location(text: &str) -> Option<&str> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | ',' | ';' | ')' | ']' | '>');
    let starts = ["s3://", "s3a://", "s3n://", "arn:aws:s3:::", "arn:aws-cn:s3:::", "arn:aws-us-gov:s3:::"];
    let at = starts.iter().filter_map(|start| text.find(start).map(|at| (at, start.len()))).min()?;
    let rest = &text[at.0..];
    let end = rest[at.1..].find(ends).map_or(rest.len(), |end| at.1 + end);
    // Behind a colon another sentence begins.
    let uri = rest[..end].trim_end_matches([':', '.']);
    (uri.len() > at.1).then_some(uri)
}

fn bucket(location: &str) -> &str {
    let rest = location.split_once("://").or_else(|| location.split_once(":::")).map_or(location, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// Returns the cause that says most: the deepest one with a message.
fn deepest<'a, 'b>(causes: &'b [Cause<'a>]) -> Option<&'b Cause<'a>> {
    causes.iter().rev().find(|cause| !cause.said().is_empty()).or(causes.last())
}

/// Returns what a cause says, with its class unless that is what was raised.
fn said(cause: &Cause<'_>, class: &str) -> String {
    let text = match cause.said() {
        // Its own words, where nothing was picked out of them.
        line if java::first_line(cause.message).trim() == line => head(cause.message),
        picked => picked.to_owned(),
    };
    let text = shortened(&text);
    match (cause.name() == class, text.is_empty()) {
        (true, false) => text,
        (_, true) => cause.name().to_owned(),
        (false, false) => format!("{}: {text}", cause.name()),
    }
}

/// Returns the beginning of a message: without the plan of a query, a stack, and what comes behind an empty line.
fn head(text: &str) -> String {
    let text = start(text).trim();
    let plan = |line: &str| line.starts_with(['\'', '+']) || line.trim_start().starts_with(":- ");
    let part = |line: &&str| !line.trim().is_empty() && !java::is_frame(line) && !java::is_heading(line) && !plan(line);
    text.lines().take_while(part).collect::<Vec<_>>().join("\n")
}

fn shortened(text: &str) -> String {
    let mut out = Vec::new();
    for line in text.lines().take(LINES) {
        let line: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        out.push(match line.char_indices().nth(LINE) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        });
    }
    if text.lines().nth(LINES).is_some() {
        out.push("…".to_owned());
    }
    out.join("\n").trim().trim_end_matches(';').to_owned()
}

/// Whether a line is the heading of a call inside what every call of Spark goes through.
fn is_library(line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix("File \"") else { return false };
    let Some((path, _)) = rest.split_once("\", line ") else { return false };
    let path = path.replace('\\', "/");
    ["/pyspark/", "/pyspark.zip/", "/py4j/", "/py4j-"].iter().any(|part| path.contains(part))
}

/// Whether a new part of a traceback begins, of which the calls are to be seen.
fn is_part(line: &str) -> bool {
    line.starts_with("Traceback (most recent call last)")
        || line.starts_with("During handling of the above exception")
        || line.starts_with("The above exception was the direct cause")
}

/// Leaves out the stack of Java, and calls inside Spark's Python library; returns how many lines those are.
fn folded(lines: &[&str], whole: &str) -> (Vec<String>, usize) {
    let (mut out, mut count) = (Vec::new(), 0);
    let mut at = 0;
    while at < lines.len() {
        let part = at + 1 + lines[at + 1..].iter().position(|line| is_part(line)).unwrap_or(lines.len() - at - 1);
        count += fold_part(&lines[at..part], whole, &mut out);
        at = part;
    }
    (out, count)
}

fn fold_part(lines: &[&str], whole: &str, out: &mut Vec<String>) -> usize {
    let first = lines.iter().position(|line| java::is_frame(line));
    let last = lines.iter().rposition(|line| java::is_frame(line));
    let stack = match (first, last) {
        (Some(first), Some(last)) if last + 1 - first >= FEW => first..last + 1,
        _ => lines.len()..lines.len(),
    };
    let mut count = stack.len();
    let mut at = 0;
    while at < lines.len() {
        if at == stack.start && !stack.is_empty() {
            let what = format!("{} lines of Java's stack are left out", stack.len());
            out.push(format!("[glue-ls: {what}; {whole}]"));
            at = stack.end;
            continue;
        }
        let (calls, end) = library_calls(&lines[at..stack.start.max(at)]);
        if calls > 1 {
            out.push(format!("  [glue-ls: {calls} calls inside pyspark and py4j are left out here]"));
            count += end;
            at += end;
            continue;
        }
        out.push(lines[at].to_owned());
        at += 1;
    }
    count
}

/// Counts the calls at the beginning that are inside the library, and their lines.
fn library_calls(lines: &[&str]) -> (usize, usize) {
    let (mut calls, mut end) = (0, 0);
    while lines.get(end).is_some_and(|line| is_library(line)) {
        let indent = |line: &str| line.len() - line.trim_start().len();
        let own = indent(lines[end]);
        calls += 1;
        end += 1;
        while lines.get(end).is_some_and(|line| indent(line) > own && !line.trim_start().starts_with("File \"")) {
            end += 1;
        }
    }
    (calls, end)
}

#[cfg(test)]
#[path = "exception_tests.rs"]
mod tests;
