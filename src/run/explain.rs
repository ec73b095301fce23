//! What went wrong, in plain words, and what to do about it.
//!
//! Exceptions of cells come with the stack of the machinery below them, refusals of the service with its own words.
//! Here the cause is found in both, and looked up in the table of known failures. What is not known stays as it is.

pub mod exception;
pub mod java;
pub mod service;

mod pattern;

use std::collections::BTreeMap;

/// What a failure means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The stable name of its kind, as the table of known failures has it, or `access-denied` and the like.
    pub code: &'static str,
    /// What it means: a sentence.
    pub what: String,
    /// What to do: a sentence without its capital and its full stop.
    pub remedy: String,
    /// A statement of an IAM policy that would mend it, as JSON in lines.
    pub statement: Option<String>,
    /// What could be changed in the document.
    pub change: Option<Change>,
}

/// A change of the document that mends a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The magic to write or to change, without `%`.
    pub magic: &'static str,
    /// What its value must be.
    pub need: Need,
}

/// What the value of a setting must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Another one.
    Other,
    /// A connection that lies in a VPC, and in one that a policy allows.
    InVpc,
}

impl Explanation {
    /// Returns it in lines: what it means, what to do, the statement.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.what.clone(), format!("What to do: {}.", self.remedy)];
        if let Some(statement) = &self.statement {
            lines.extend(statement.lines().map(|line| format!("  {line}")));
        }
        lines
    }

    /// Returns it in one or two sentences, without the statement.
    pub fn sentence(&self) -> String {
        format!("{} What to do: {}.", self.what, self.remedy)
    }
}

/// The longest text that is taken over from a message, in characters.
const LONGEST: usize = 200;

/// What was found in a message, by name.
#[derive(Debug, Default)]
struct Found<'a>(BTreeMap<&'a str, String>);

impl<'a> Found<'a> {
    /// Adds a text, on one line and of bounded length; an empty one is none.
    fn add(&mut self, name: &'a str, text: &str) {
        let shown: String = text.chars().filter(|c| !c.is_control() && *c != '`').take(LONGEST + 1).collect();
        let mut shown = shown.trim().to_owned();
        if shown.chars().count() > LONGEST {
            shown = shown.chars().take(LONGEST - 1).chain(['…']).collect();
        }
        if !shown.is_empty() {
            self.0.entry(name).or_insert(shown);
        }
    }

    /// Fills a sentence of the table.
    fn fill(&self, sentence: &str) -> String {
        let mut out = String::new();
        let mut rest = sentence;
        while let Some((before, section)) = rest.split_once("[[") {
            let (section, after) = section.split_once("]]").unwrap_or((section, ""));
            out.push_str(&self.replaced(before).0);
            let (text, whole) = self.replaced(section);
            if whole {
                out.push_str(&text);
            }
            rest = after;
        }
        out.push_str(&self.replaced(rest).0);
        out
    }

    /// Replaces names; returns also whether all were found.
    fn replaced(&self, text: &str) -> (String, bool) {
        let (mut out, mut whole) = (String::new(), true);
        for piece in pattern::pieces(text) {
            match piece {
                pattern::Piece::Text(text) => out.push_str(text),
                pattern::Piece::Hole { name, .. } => match self.0.get(name) {
                    Some(value) => out.push_str(value),
                    None => whole = false,
                },
            }
        }
        (out, whole)
    }
}
