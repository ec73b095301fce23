//! Reads Python's tracebacks, as text.

use std::borrow::Cow;
use std::ops::Range;

use super::Failure;

/// The beginning of a traceback.
const HEADING: &str = "Traceback (most recent call last)";
/// The most bytes of a traceback that are read, from its end, and of a message, from its beginning.
const MOST: usize = 2 * 1024 * 1024;

/// Whose code an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// `<statement N>`: a statement of a local session.
    Statement(i64),
    /// `<stdin>`: a statement of a Glue session, this one or an earlier one.
    Input,
    /// A name that IPython gives to what it runs.
    Cell,
    /// A name that statements may have, and other things as well.
    Loose,
    /// A file.
    File,
}

/// A line of a source that a traceback names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// Whose it is.
    pub(super) file: Source,
    /// The line, from 1.
    pub(super) line: usize,
    /// What is shown of it.
    pub(super) source: Option<&'a str>,
    /// Which characters of that, counted from its first one that is no blank, are marked with carets.
    pub(super) marked: Option<Range<usize>>,
}

/// What a traceback says, owned by the text that was read.
#[derive(Debug, Default)]
pub(super) struct Frames<'a> {
    /// The calls of the last block, the outermost first.
    pub(super) calls: Vec<Entry<'a>>,
    /// Where the message of a mistake in the syntax points.
    pub(super) said: Option<Entry<'a>>,
    /// Calls in another process, told in the message.
    pub(super) nested: Vec<Entry<'a>>,
}

impl<'a> Frames<'a> {
    /// Reads what a session reports.
    pub(super) fn read(failure: &Failure<'a>) -> Frames<'a> {
        let evalue = head(failure.evalue);
        let mut lines: Vec<&'a str> = failure.traceback.iter().flat_map(|entry| entry.lines()).collect();
        let mut size = 0;
        let kept = lines
            .iter()
            .rev()
            .take_while(|line| {
                size += line.len() + 1;
                size <= MOST
            })
            .count();
        lines.drain(..lines.len() - kept);
        without_message(&mut lines, evalue);

        let (calls, said) = block(&lines);
        let mut frames = Frames { calls, said, nested: Vec::new() };
        if evalue.contains(HEADING) {
            frames.nested = block(&evalue.lines().collect::<Vec<_>>()).0;
        }
        frames
    }
}

/// Takes the exception's own text, which may hold another traceback, off the end.
fn without_message(lines: &mut Vec<&str>, evalue: &str) {
    if !evalue.contains(HEADING) {
        return;
    }
    let Some(first) = evalue.lines().map(str::trim).find(|line| !line.is_empty()) else { return };
    // It begins in the last line of its kind that stands above the text's own traceback.
    let begins = |line: &&str| !line.starts_with([' ', '\t']) && line.contains(first);
    let whole = evalue.lines().count();
    let at = lines.len().saturating_sub(whole + 1);
    let found = lines[at..].iter().position(begins).map(|found| at + found).or_else(|| lines.iter().position(begins));
    let blank_first =
        evalue.starts_with(['\n', '\r']) || evalue.lines().next().is_some_and(|line| line.trim().is_empty());
    match found {
        Some(found) => lines.truncate(found),
        // "PythonException: " and a line break before the text.
        None if blank_first => {
            if let Some(found) = lines[at..].iter().position(|line| line.contains(first)) {
                lines.truncate(at + found);
            }
        }
        None => {}
    }
}

/// Reads the last block of a traceback: of chained exceptions the one that was not caught.
fn block<'a>(lines: &[&'a str]) -> (Vec<Entry<'a>>, Option<Entry<'a>>) {
    let (mut calls, mut said) = (Vec::new(), None);
    // The exceptions that a group holds are told below it; where the group was raised counts.
    let (mut group, mut inside) = (false, false);
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let plain = unboxed(line);
        if plain.starts_with("Exception Group Traceback") && line.trim_start().starts_with('+') {
            (calls, said) = (Vec::new(), None);
            (group, inside) = (true, false);
            continue;
        }
        if group && line.trim_start().starts_with("+-") {
            inside = true;
            continue;
        }
        if plain.trim_start().starts_with(HEADING) && (!group || !line.trim_start().starts_with('|')) {
            (calls, said) = (Vec::new(), None);
            (group, inside) = (false, false);
            continue;
        }
        if inside {
            continue;
        }
        let plain = if group { plain } else { line };
        let Some(place) = place(plain) else { continue };
        let mut entry = Entry { file: place.file, line: place.line.unwrap_or(0), source: None, marked: None };
        match place.shape {
            Shape::Plain { call } => {
                entry.source = lines.get(at).copied().filter(|next| is_shown(line, next));
                if entry.source.is_some() {
                    at += 1;
                    let carets = lines.get(at).copied().filter(|next| is_carets(next));
                    if let (Some(source), Some(carets)) = (entry.source, carets) {
                        entry.marked = marked(source, carets);
                    }
                }
                if call {
                    calls.push(entry);
                } else {
                    said = Some(entry);
                }
            }
            Shape::Listing => {
                // IPython: lines of source with an arrow at the one that was running.
                let mut listed = None;
                while let Some(next) =
                    lines.get(at).filter(|next| self::place(next).is_none() && !next.contains(HEADING))
                {
                    let arrow = next.trim_start().trim_start_matches('-');
                    if let Some((number, source)) = arrow.strip_prefix('>').and_then(|rest| number(rest.trim_start())) {
                        listed.get_or_insert((number, source));
                    } else if !next.is_empty() && !next.starts_with([' ', '\t', '-']) {
                        break;
                    }
                    at += 1;
                }
                if let Some((line, source)) = listed {
                    entry.line = line;
                    entry.source = Some(source);
                }
                if entry.line > 0 {
                    calls.push(entry);
                }
            }
        }
    }
    (calls, said)
}

/// How an entry is written.
enum Shape {
    /// `File "name", line N`, with `, in function` if it is a call.
    Plain { call: bool },
    /// IPython's, with the source below.
    Listing,
}

struct Named {
    file: Source,
    line: Option<usize>,
    shape: Shape,
}

/// Reads the heading of an entry.
fn place(line: &str) -> Option<Named> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("File \"") {
        let (name, rest) = rest.rsplit_once("\", line ").or_else(|| rest.split_once("\", line "))?;
        let (line, rest) = number(rest)?;
        let call = rest.starts_with(", in ");
        return Some(Named { file: source(name), line: Some(line), shape: Shape::Plain { call } });
    }
    // `File <ipython-input-1-abc>:2, in f(x)`, `Cell In[3], line 2`, `Input In [3], in <cell line: 2>()`.
    if let Some(rest) = line.strip_prefix("File ") {
        let (name, rest) = rest.rsplit_once(':')?;
        let (line, _) = number(rest)?;
        return Some(Named { file: source(name), line: Some(line), shape: Shape::Listing });
    }
    if let Some(rest) = line.strip_prefix("Cell In").or_else(|| line.strip_prefix("Input In")) {
        let said = rest.find("line").map(|at| rest[at + 4..].trim_start_matches([':', ' ']));
        let line = said.and_then(number).map(|(line, _)| line);
        return Some(Named { file: Source::Cell, line, shape: Shape::Listing });
    }
    // `<ipython-input-1-abc> in f(x)`, `…/ipykernel_12/34.py in f(x)`
    let (name, _) = line.split_once(" in ")?;
    let named = (name.starts_with('<') && name.ends_with('>')) || (name.starts_with('/') && !name.contains(' '));
    named.then(|| Named { file: source(name), line: None, shape: Shape::Listing })
}

fn source(name: &str) -> Source {
    if let Some(number) = name.strip_prefix("<statement ").and_then(|rest| rest.strip_suffix('>')) {
        return number.parse().map_or(Source::File, Source::Statement);
    }
    if matches!(name, "<stdin>" | "<unknown>") {
        return Source::Input;
    }
    // Files that are made for what is run, in the folder for such files.
    let made = name.strip_prefix("/tmp").and_then(|rest| rest.strip_prefix('/'));
    if name.starts_with("<ipython-input-") || made.is_some_and(|rest| rest.starts_with("ipykernel_")) {
        return Source::Cell;
    }
    let digits = made.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if name == "<string>" || digits { Source::Loose } else { Source::File }
}

/// Reads the number that a text begins with; returns it and the rest.
fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Takes off what stands to the left of a group of exceptions.
fn unboxed(line: &str) -> &str {
    line.trim_start_matches([' ', '|', '+', '-'])
}

/// Returns whether a line shows the source of the entry above it: it is indented deeper, and no entry itself.
fn is_shown(entry: &str, line: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '|']).len();
    indent(line) > indent(entry) && place(line).is_none() && !is_carets(line) && !line.trim().is_empty()
}

fn is_carets(line: &str) -> bool {
    let line = line.trim_matches([' ', '\t', '|']);
    line.contains('^') && line.chars().all(|c| matches!(c, '^' | '~' | ' '))
}

/// Returns the characters that the carets below a line mark.
fn marked(source: &str, carets: &str) -> Option<Range<usize>> {
    let indent = source.chars().take_while(|c| c.is_whitespace() || *c == '|').count();
    let start = carets.chars().position(|c| c == '^')?;
    let len = carets.chars().skip(start).take_while(|c| *c == '^').count();
    let start = start.checked_sub(indent)?;
    Some(start..start + len)
}

/// Reads `message (<stdin>, line 2)`.
pub(super) fn said_in_parentheses(evalue: &str) -> Option<Entry<'_>> {
    let first = evalue.lines().next()?.trim_end().strip_suffix(')')?;
    let (_, inner) = first.rsplit_once('(')?;
    let (name, line) = inner.rsplit_once(", line ")?;
    let (line, rest) = number(line)?;
    let file = source(name);
    let mine = rest.is_empty() && matches!(file, Source::Input | Source::Cell | Source::Loose);
    mine.then_some(Entry { file, line, source: None, marked: None })
}

/// Returns the exception that a text tells of behind its last traceback.
pub(in crate::run) fn last_said(text: &str) -> Option<&str> {
    let text = head(text);
    let block = &text[text.rfind(HEADING)?..];
    block.lines().skip(1).map(str::trim_end).find(|line| !line.is_empty() && !line.starts_with([' ', '\t']))
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Returns a text without its colours: all that begins with the escape character and a bracket, to the letter that
/// ends it.
pub(in crate::run) fn without_colours(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(sequence) = rest.strip_prefix('[') {
            let end = sequence.find(|c: char| !matches!(c, '0'..='?' | ' '..='/')).unwrap_or(sequence.len());
            let last = sequence[end..].chars().next().filter(|c| matches!(c, '@'..='~'));
            rest = &sequence[end + last.map_or(0, char::len_utf8)..];
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}
