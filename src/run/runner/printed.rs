//! What a cell shows while its code runs, and what becomes of that at the end.
//!
//! At the end a cell shows what it would show if nothing had been told before: all of standard output, all of standard error,
//! the value or the exception. Where that is what is shown already and more, only the rest is added; else it takes the place of
//! all.

use serde_json::Value as Json;

use crate::run::{nbformat, tables};
use crate::session::{LIVE_BYTES, Output, StreamName};

use super::telling::limit;

/// What a cell has shown so far.
#[derive(Debug, Default)]
pub(super) struct Printed {
    /// What it showed before its code was sent.
    before: Vec<Json>,
    /// What its code has printed, pieces of one stream that follow each other as one.
    told: Vec<(StreamName, String)>,
    bytes: usize,
    /// Whether no more is shown before the end.
    full: bool,
}

/// Outputs to be shown, as [`Event::Output`](crate::run::Event::Output) has them.
#[derive(Debug, PartialEq)]
pub(super) struct Showing {
    pub(super) outputs: Vec<Json>,
    pub(super) replace: bool,
    pub(super) rest: Option<Vec<Json>>,
}

/// Said where a cell prints more than is shown while it runs.
const FULL: &str = "[glue-ls: so much is printed that the rest is shown when the cell has ended]\n";

impl Printed {
    /// Begins with what the cell shows already.
    pub(super) fn after(before: Vec<Json>) -> Printed {
        Printed { before, ..Printed::default() }
    }

    /// Takes texts of the streams; returns what is to be shown, if anything.
    pub(super) fn more(&mut self, pieces: Vec<Output>, replace: bool) -> Option<Showing> {
        if replace {
            self.told.clear();
            (self.bytes, self.full) = (0, false);
        } else if self.full {
            return None;
        }
        let mut shown = Vec::new();
        for piece in pieces {
            let Output::Stream { name, mut text } = piece else { continue };
            text.truncate(text.floor_char_boundary(LIVE_BYTES - self.bytes));
            self.bytes += text.len();
            match self.told.last_mut() {
                Some((last, before)) if *last == name => before.push_str(&text),
                _ if text.is_empty() => {}
                _ => self.told.push((name, text.clone())),
            }
            shown.push(Output::Stream { name, text });
        }
        // As far as the last character fits.
        self.full = self.bytes + 4 > LIVE_BYTES;
        let new = nbformat::objects(&shown, &nbformat::Limit::NONE);
        if !replace && !self.full {
            return (!new.is_empty()).then_some(Showing { outputs: new, replace, rest: None });
        }
        let mut outputs = if replace { self.before.clone() } else { Vec::new() };
        nbformat::join(&mut outputs, new.clone());
        if self.full {
            // It goes at the end.
            let note = Output::Stream { name: StreamName::Stderr, text: FULL.to_owned() };
            nbformat::join(&mut outputs, nbformat::objects(&[note], &nbformat::Limit::NONE));
        }
        Some(Showing { outputs, replace, rest: Some(new) })
    }

    /// Takes all that the code shows; returns what is to be shown of it now.
    pub(super) fn end(self, outputs: &[Output]) -> Showing {
        let mut whole = nbformat::objects(outputs, &limit());
        // Without any text the answer has nothing to say about what was printed.
        if self.told.is_empty() || !outputs.iter().any(|output| matches!(output, Output::Stream { .. })) {
            return Showing { outputs: whole, replace: false, rest: None };
        }
        if let Some(told) = self.begins(&whole) {
            let mut rest = whole.split_off(self.told.len() - 1);
            match rest.first_mut().and_then(|last| last.get_mut("text")) {
                Some(Json::String(text)) if text.len() > told => drop(text.drain(..told)),
                _ => drop(rest.remove(0)),
            }
            return Showing { outputs: rest, replace: false, rest: None };
        }
        let rest = nbformat::objects(&self.missing(outputs), &limit());
        let mut all = self.before;
        nbformat::join(&mut all, whole);
        Showing { outputs: all, replace: true, rest: Some(rest) }
    }

    /// Whether the objects begin with what was told: returns how many bytes of the last one that was.
    fn begins(&self, whole: &[Json]) -> Option<usize> {
        let (last, first) = self.told.split_last()?;
        let streams: Vec<(&str, &str)> = whole.iter().map_while(nbformat::stream).take(self.told.len()).collect();
        let (end, start) = streams.split_last().filter(|_| streams.len() == self.told.len() && !self.full)?;
        let same = |((name, text), shown): (&(StreamName, String), &(&str, &str))| (name.as_str(), &**text) == *shown;
        let begins = first.iter().zip(start).all(same) && last.0.as_str() == end.0 && end.1.starts_with(&last.1);
        // A table that came in pieces is one only in the whole text.
        let has_tables = || streams.iter().any(|(name, text)| *name == "stdout" && tables::html(text).is_some());
        (begins && !has_tables()).then_some(last.1.len())
    }

    /// Returns the outputs without what was told of them.
    fn missing(&self, outputs: &[Output]) -> Vec<Output> {
        let told = |wanted: StreamName| -> String {
            self.told.iter().filter(|(name, _)| *name == wanted).map(|(_, text)| text.as_str()).collect()
        };
        let (stdout, stderr) = (told(StreamName::Stdout), told(StreamName::Stderr));
        let (mut stdout, mut stderr) = (stdout.as_str(), stderr.as_str());
        let rest = |output: &Output| {
            let Output::Stream { name, text } = output else { return Some(output.clone()) };
            let told = match name {
                StreamName::Stdout => &mut stdout,
                StreamName::Stderr => &mut stderr,
            };
            let text = match (text.strip_prefix(*told), told.strip_prefix(text.as_str())) {
                (Some(rest), _) => {
                    *told = "";
                    rest
                }
                (None, Some(more)) => {
                    *told = more;
                    ""
                }
                (None, None) => text,
            };
            (!text.is_empty()).then(|| Output::Stream { name: *name, text: text.to_owned() })
        };
        outputs.iter().filter_map(rest).collect()
    }
}

#[cfg(test)]
#[path = "printed_tests.rs"]
mod tests;
