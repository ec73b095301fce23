//! Where a document points to outside of itself: objects of S3, roles, pages of rules.

use std::ops::Range;

use crate::facts;
use crate::model::effects::{Change, ChangeKind};
use crate::model::{NotebookModel, Setting};
use crate::syntax::CellKind;
use crate::syntax::split::{HeadKind, Tail, lines};

use super::diagnostics::{help_url, rules};
use super::hover::in_force::in_force;
use super::scan::Scan;

/// A text that stands for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it stands, in bytes of the cell's text; never across lines.
    pub range: Range<usize>,
    /// The page's address.
    pub target: String,
    /// What opens, for people.
    pub tooltip: String,
}

/// Returns the links of some cells with their cells' positions, in order; none where the document is not Glue's.
///
/// In magics and the bodies of cell magics S3 URIs and ARNs of roles are links wherever they stand; in Python a string
/// is one that is an S3 URI as a whole. Ignore comments link to the pages of their rules.
pub fn links(model: &NotebookModel, cells: Range<usize>) -> Vec<(usize, Link)> {
    let mut out = Vec::new();
    if model.gate.kernel().is_none() {
        return out;
    }
    // Looked up anew where a cell sets it: the look goes over all cells above.
    let mut region = None;
    for cell in cells {
        let Some(entry) = model.cells.get(cell) else { break };
        let sets = |change: &Change| matches!(change.kind, ChangeKind::Set(Setting::Region, _));
        if entry.effects.changes.iter().any(sets) {
            region = None;
        }
        if entry.cell.kind == CellKind::Code {
            out.extend(cell_links(model, cell, &mut region).into_iter().map(|link| (cell, link)));
        }
    }
    out
}

/// The links of a cell, in order; `region` is the one in force, once somebody has asked.
fn cell_links(model: &NotebookModel, cell: usize, region: &mut Option<Option<String>>) -> Vec<Link> {
    let mut links = Vec::new();
    let entry = &model.cells[cell];
    let text = &*entry.cell.text;
    let mut finder = Finder { text, model, cell, region, links: &mut links };
    for line in &entry.cell.split.head {
        match &line.kind {
            HeadKind::Magic(magic) => finder.everywhere(magic.argument.clone()),
            HeadKind::Shell(command) => finder.everywhere(command.clone()),
            HeadKind::Comment => finder.ignore_comment(line.range.clone()),
            HeadKind::Blank => {}
        }
    }
    match &entry.cell.split.tail {
        Tail::Nothing => {}
        Tail::CellMagic { magic, body, .. } => {
            finder.everywhere(magic.argument.clone());
            finder.everywhere(body.clone());
            finder.ignore_comments(body.clone());
        }
        Tail::Code(code) => {
            finder.python(code.clone());
            finder.ignore_comments(code.clone());
        }
    }
    links.sort_by_key(|link| (link.range.start, link.range.end));
    links.dedup_by(|next, kept| next.range.start < kept.range.end);
    links
}

struct Finder<'a> {
    text: &'a str,
    model: &'a NotebookModel,
    cell: usize,
    region: &'a mut Option<Option<String>>,
    links: &'a mut Vec<Link>,
}

impl Finder<'_> {
    /// Adds every S3 URI and role in a piece of the text.
    fn everywhere(&mut self, range: Range<usize>) {
        let piece = &self.text[range.clone()];
        if !piece.contains("s3") && !piece.contains("arn:") {
            return;
        }
        let mut at = range.start;
        for word in piece.split(ends_word) {
            let start = at;
            // What ends a word is one byte, or found again from the text.
            at += word.len();
            at += self.text[at..].chars().next().map_or(0, char::len_utf8);
            // `--extra-py-files=s3://…`, `key:s3://…`
            let begins = ["s3://", "s3a://", "s3n://", "arn:"].iter().filter_map(|begin| word.find(begin)).min();
            if let Some(offset) = begins {
                let written = word[offset..].trim_end_matches(['.', ':']);
                self.add(start + offset..start + offset + written.len());
            }
        }
    }

    fn add(&mut self, range: Range<usize>) {
        let written = &self.text[range.clone()];
        let found = match written.starts_with("arn:") {
            true => role_page(written).map(|page| (page, "Open the role in the IAM console".to_owned())),
            false => {
                let region = self.region().map(str::to_owned);
                s3_page(written, region.as_deref())
            }
        };
        if let Some((target, tooltip)) = found {
            self.links.push(Link { range, target, tooltip });
        }
    }

    fn region(&mut self) -> Option<&str> {
        let (model, cell) = (self.model, self.cell);
        let found = self.region.get_or_insert_with(|| {
            let given = in_force(model, cell, Setting::Region)?;
            facts::regions().find(&given.value).map(|region| region.id.clone())
        });
        found.as_deref()
    }

    /// Adds the strings of Python code that are S3 URIs as a whole.
    fn python(&mut self, code: Range<usize>) {
        let piece = &self.text[code.clone()];
        if !["s3://", "s3a://", "s3n://"].iter().any(|begin| piece.contains(begin)) {
            return;
        }
        // A lexer is enough for strings, and costs a long document less than a parser.
        let mut scan = Scan::new(self.text, code);
        loop {
            scan.eat_while(|c| !matches!(c, '#' | '"' | '\''));
            let quotes = match scan.peek() {
                None => return,
                Some('#') => {
                    scan.eat_line();
                    continue;
                }
                Some(_) => ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| scan.eat(quotes)),
            };
            let Some(quotes) = quotes else { return };
            let start = scan.at();
            let closed = scan.eat_string(quotes, quotes.len() == 3);
            let range = start..scan.at() - if closed { quotes.len() } else { 0 };
            // With an escape it is another text.
            let content = &self.text[range.clone()];
            if closed && is_s3(content) && !content.contains(ends_word) {
                self.add(range);
            }
        }
    }

    fn ignore_comments(&mut self, range: Range<usize>) {
        let piece = &self.text[range.clone()];
        if !piece.contains("glue-ls:") {
            return;
        }
        for line in lines(piece) {
            self.ignore_comment(range.start + line.content.start..range.start + line.content.end);
        }
    }

    /// Adds the codes of `# glue-ls: ignore[code, code]`.
    fn ignore_comment(&mut self, line: Range<usize>) {
        let content = self.text[line.clone()].trim_start();
        let comment = content.strip_prefix('#').or_else(|| content.strip_prefix("--"));
        let ours = comment.and_then(|comment| comment.trim_start().strip_prefix("glue-ls:"));
        let list = ours.and_then(|rest| rest.trim_start().strip_prefix("ignore")?.trim_start().strip_prefix('['));
        let Some(list) = list else { return };
        let mut at = line.end - list.len();
        for item in list.split(']').next().unwrap_or_default().split(',') {
            let code = item.trim();
            let start = at + (item.len() - item.trim_start().len());
            at += item.len() + 1;
            if rules::find(code).is_some() {
                let tooltip = format!("Open the page of the rule `{code}`");
                self.links.push(Link { range: start..start + code.len(), target: help_url(code), tooltip });
            }
        }
    }
}

/// Returns whether a character ends an S3 URI or ARN that stands among other text.
fn ends_word(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '[' | ']' | '\\' | '|')
}

fn is_s3(text: &str) -> bool {
    ["s3://", "s3a://", "s3n://"].iter().any(|begin| text.starts_with(begin))
}

/// Returns the console's page for a role's ARN. `None` for any other text, and where the partition's console is not known.
pub fn role_page(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':');
    let (Some("arn"), Some(partition), Some("iam"), Some(""), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let role = resource.strip_prefix("role/")?;
    let name = role.rsplit('/').next()?;
    let in_name = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if !account || name.is_empty() || name.len() > 64 || !name.chars().all(in_name) {
        return None;
    }
    Some(format!("https://{}/iam/home#/roles/details/{name}", console(partition)?))
}

/// Returns the console's page for an S3 URI, and what it shows. `None` for a text that is none, or holds a placeholder.
///
/// A key with an extension is an object; any other is a folder, as Spark reads and writes them. `region`, where it is
/// known, says which partition's console it is.
pub fn s3_page(uri: &str, region: Option<&str>) -> Option<(String, String)> {
    let rest = ["s3://", "s3a://", "s3n://"].iter().find_map(|begin| uri.strip_prefix(begin))?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let letters = bucket.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b));
    let ends = edge(bucket.as_bytes().first()) && edge(bucket.as_bytes().last());
    if !(3..=63).contains(&bucket.len()) || !letters || !ends || bucket.contains("..") {
        return None;
    }
    if key.len() > 1024 || key.contains(['<', '>', '{', '}', '$', '\n', '\r']) {
        return None;
    }
    let partition = region.and_then(|region| facts::regions().partition_of(region)).map_or("aws", |known| &known.id);
    let host = match partition {
        "aws" => "s3.console.aws.amazon.com",
        other => console(other)?,
    };
    // Patterns name no object: what stands in front of them is the folder to open.
    let fixed = key.find(['*', '?', '[']).map_or(key, |at| &key[..at]);
    let folder_end = fixed.rfind('/').map_or(0, |at| at + 1);
    let object = fixed.len() == key.len() && fixed[folder_end..].contains('.') && !fixed.ends_with('.');
    let page = if object { "object" } else { "buckets" };
    let mut query = Vec::new();
    if let Some(region) = region {
        query.push(format!("region={region}"));
    }
    if object {
        query.push(format!("prefix={}", encoded(fixed)));
    } else if !fixed.is_empty() {
        let folder = if fixed.len() < key.len() || fixed.ends_with('/') { &fixed[..folder_end] } else { fixed };
        if !folder.is_empty() {
            let slash = if folder.ends_with('/') { "" } else { "/" };
            query.push(format!("prefix={}{slash}", encoded(folder)));
        }
    }
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let what = if object {
        "object"
    } else if key.is_empty() {
        "bucket"
    } else {
        "folder"
    };
    Some((format!("https://{host}/s3/{page}/{bucket}{query}"), format!("Open the {what} in the S3 console")))
}

/// The log group with what a session's Spark writes. What its code prints is in `/aws-glue/sessions/output`.
const SESSION_LOGS: &str = "/aws-glue/sessions/error";

/// Returns the console's page with the logs of a session; `None` where the partition's console is not known.
pub fn logs_page(region: &str, session: &str) -> Option<String> {
    let partition = facts::regions().partition_of(region)?;
    let host = console(&partition.id)?;
    // Streams have the session's id in front. The console encodes twice, with a sign of its own the second time.
    let twice = |text: &str| encoded(&encoded(text).replace('/', "%2F")).replace("%25", "$25");
    Some(format!(
        "https://{host}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{}$3FlogStreamNameFilter$3D{}",
        twice(SESSION_LOGS),
        twice(session)
    ))
}

/// Returns the host of a partition's console.
fn console(partition: &str) -> Option<&'static str> {
    match partition {
        "aws" => Some("console.aws.amazon.com"),
        "aws-cn" => Some("console.amazonaws.cn"),
        "aws-us-gov" => Some("console.amazonaws-us-gov.com"),
        _ => None,
    }
}

/// Encodes a key for the query of an address; slashes stay.
fn encoded(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
