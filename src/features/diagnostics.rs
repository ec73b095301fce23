//! Problems in a document: the machinery that runs the rules.
//!
//! A rule is one file under `rules/` and one row in [`rules::RULES`]. It looks at one cell, with all of
//! the document at hand, and reports ranges in bytes of that cell's text.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::model::plan::DEFAULT_IDLE_TIMEOUT;
use crate::model::policy::Policy;
use crate::model::{CellModel, NotebookModel, Refusal};
use crate::syntax::{CellKind, CellMagicKind};

pub use super::fix::Fix;
use super::literal::Literal;
use super::secrets;

pub(super) mod ignore;
pub mod rules;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The kernel or the service refuses it.
    Error,
    /// It is silently dropped or corrupted, or will probably cost or surprise.
    Warning,
    /// Advice.
    Information,
    /// Advice that an editor shows only on request.
    Hint,
}

impl Severity {
    /// Returns the severity of that name, as settings and the command line write it.
    pub fn from_name(name: &str) -> Option<Severity> {
        match name {
            "error" => Some(Severity::Error),
            "warning" => Some(Severity::Warning),
            "information" | "info" => Some(Severity::Information),
            "hint" => Some(Severity::Hint),
            _ => None,
        }
    }

    /// Returns the name that the command line's JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "info",
            Severity::Hint => "hint",
        }
    }
}

/// A problem in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable, kebab-case.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong and what to do, for people.
    pub message: String,
    /// Where, in bytes of the cell's text.
    pub range: Range<usize>,
    /// Changes that mend it.
    pub fixes: Vec<Fix>,
}

impl Problem {
    /// Returns the address of the page that explains the rule.
    pub fn help_url(&self) -> String {
        help_url(self.code)
    }
}

/// Returns the address of the page that explains a rule.
pub fn help_url(code: &str) -> String {
    format!("{}/blob/main/docs/rules/{code}.md", env!("CARGO_PKG_REPOSITORY"))
}

/// A rule: its code, how bad what it finds is by default, and how it finds it.
pub struct Rule {
    /// Stable, kebab-case; the name of the rule's file, page and fixture too.
    pub code: &'static str,
    /// How bad what it finds is by default.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Looks at one cell.
    pub check: fn(&Context<'_>, &mut Findings<'_>),
}

/// What a rule sees.
pub struct Context<'a> {
    /// The document.
    pub model: &'a NotebookModel,
    /// The cell's position among the document's cells.
    pub index: usize,
    /// The cell.
    pub cell: &'a CellModel,
    /// Whether syntax errors in code are wanted.
    pub syntax_errors: bool,
    /// What sessions may be.
    pub policy: &'a Policy,
    /// Minutes of the idle timeout of sessions for which the document sets none.
    pub idle_timeout: u32,
    /// Tags of sessions for which the document sets no others of these keys.
    pub tags: &'a BTreeMap<String, String>,
    /// What several rules look at, once one of them has.
    literal: OnceCell<Option<Literal>>,
    secrets: OnceCell<Vec<Range<usize>>>,
}

impl Context<'_> {
    /// Returns the cell's text.
    pub fn text(&self) -> &str {
        &self.cell.cell.text
    }

    /// Returns what the kernel refuses in this cell, whatever came before it.
    pub fn refusals(&self) -> &[Refusal] {
        &self.cell.effects.refusals
    }

    /// Returns the value below the cell's magic, if it is that one and Python can read the value.
    pub(in crate::features) fn literal(&self, wanted: CellMagicKind) -> Option<&Literal> {
        let literal = self.literal.get_or_init(|| Literal::of(&self.cell.cell));
        literal.as_ref().filter(|literal| literal.kind == wanted)
    }

    /// Returns the places of secrets in the cell's text, in order, in bytes.
    pub fn secrets(&self) -> &[Range<usize>] {
        self.secrets.get_or_init(|| secrets::find(self.text()))
    }
}

/// Most problems of one rule in one cell: nobody reads more, and a cell of 60 kB could have thousands.
const MOST_PROBLEMS: usize = 100;

/// Most magics of a cell that the rules look at: they compare one with another, and nobody writes so many.
const MOST_CALLS: usize = 500;

/// Most problems of one rule at one place: more are mostly the same in other words.
const MOST_AT_ONE_PLACE: usize = 3;

/// What a message says last where it depends on when the account was looked at.
pub(in crate::features) const LOOKED_UP: &str = " (looked up ";

/// Most replacements of a fix that is offered: whether one can be made is asked often, and costs a look at each.
const MOST_EDITS: usize = 500;

/// Takes what a rule finds.
pub struct Findings<'a> {
    rule: &'static Rule,
    severity: Severity,
    /// How many problems the rule has found in the cell.
    count: usize,
    /// Whether the user has set the severity.
    set: bool,
    problems: &'a mut Vec<Problem>,
}

impl Findings<'_> {
    /// Adds a problem without a fix.
    pub fn add(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.add_with(range, message, Vec::new());
    }

    /// Adds a problem with fixes.
    pub fn add_with(&mut self, range: Range<usize>, message: impl Into<String>, fixes: Vec<Fix>) {
        self.push(self.severity, range, message.into(), fixes);
    }

    /// Returns whether no more problems are taken, so that a rule may stop looking.
    pub fn is_full(&self) -> bool {
        self.count >= MOST_PROBLEMS
    }

    fn push(&mut self, severity: Severity, range: Range<usize>, message: String, mut fixes: Vec<Fix>) {
        if !self.is_full() {
            fixes.retain(|fix| fix.edits.len() <= MOST_EDITS);
            self.count += 1;
            self.problems.push(Problem { code: self.rule.code, severity, message, range, fixes });
        }
    }

    /// Adds a problem that is less bad than the rule's others, unless the user has set the severity.
    pub fn add_milder(&mut self, severity: Severity, range: Range<usize>, message: impl Into<String>, fixes: Vec<Fix>) {
        let severity = if self.set { self.severity } else { severity };
        self.push(severity, range, message.into(), fixes);
    }
}

/// Which rules run, and how bad what they find is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleConfig {
    /// Severity by code; `None` turns the rule off.
    pub severity: BTreeMap<String, Option<Severity>>,
    /// If not empty, only these rules run.
    pub select: Vec<String>,
    /// These rules do not run.
    pub ignore: Vec<String>,
    /// Whether syntax errors in code are reported.
    pub syntax_errors: bool,
    /// What sessions may be.
    pub policy: Arc<Policy>,
    /// Minutes of the idle timeout of sessions for which the document sets none; `None` for the usual ones.
    pub idle_timeout: Option<u32>,
    /// Tags of sessions for which the document sets no others of these keys.
    pub tags: BTreeMap<String, String>,
}

impl RuleConfig {
    fn severity_of(&self, rule: &Rule) -> Option<Severity> {
        let selected = self.select.is_empty() || self.select.iter().any(|code| code == rule.code);
        if !selected || self.ignore.iter().any(|code| code == rule.code) {
            return None;
        }
        self.severity.get(rule.code).copied().unwrap_or(Some(rule.severity))
    }
}

/// Returns the problems of one cell, in order of their place.
pub fn cell_problems(model: &NotebookModel, index: usize, config: &RuleConfig) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(cell) = model.cells.get(index) else { return problems };
    if model.gate.kernel().is_none() || cell.cell.kind != CellKind::Code {
        return problems;
    }
    if cell.effects.calls.len() > MOST_CALLS {
        return problems;
    }
    let context = Context {
        model,
        index,
        cell,
        syntax_errors: config.syntax_errors,
        policy: &config.policy,
        idle_timeout: config.idle_timeout.unwrap_or(DEFAULT_IDLE_TIMEOUT),
        tags: &config.tags,
        literal: OnceCell::new(),
        secrets: OnceCell::new(),
    };
    for rule in rules::RULES {
        if let Some(severity) = config.severity_of(rule) {
            let set = config.severity.contains_key(rule.code);
            (rule.check)(&context, &mut Findings { rule, severity, count: 0, set, problems: &mut problems });
        }
    }
    if !problems.is_empty() {
        keep_secret(&context, &mut problems);
    }
    ignore::apply(&mut problems, model, &cell.cell, config);
    problems.sort_by(|a, b| (a.range.start, a.range.end, a.code).cmp(&(b.range.start, b.range.end, b.code)));
    said_once(&mut problems);
    problems
}

/// Leaves out what was said before of the same place by the same rule, as where two sessions get a value from there.
/// Messages that differ by more than when something was looked up are kept: each is true.
fn said_once(problems: &mut Vec<Problem>) {
    let mut said: Vec<String> = Vec::new();
    let mut place: Option<(&'static str, Range<usize>)> = None;
    problems.retain(|problem| {
        if place.as_ref().is_none_or(|(code, range)| *code != problem.code || *range != problem.range) {
            place = Some((problem.code, problem.range.clone()));
            said.clear();
        }
        let words = problem.message.rsplit_once(LOOKED_UP).map_or(&*problem.message, |(words, _)| words);
        let is_new = said.len() < MOST_AT_ONE_PLACE && !said.iter().any(|known| known == words);
        if is_new {
            said.push(words.to_owned());
        }
        is_new
    });
}

/// Takes secrets that stand in a cell out of all that is said about it: messages travel to logs and reports.
fn keep_secret(context: &Context<'_>, problems: &mut [Problem]) {
    for secret in context.secrets().iter().filter_map(|range| context.text().get(range.clone())) {
        for problem in problems.iter_mut() {
            problem.message = problem.message.replace(secret, "***");
            let holds = |fix: &Fix| {
                let mut texts = fix.edits.iter().map(|(_, new)| new).chain(fix.elsewhere.iter().map(|(_, _, new)| new));
                texts.any(|new| new.contains(secret)) || fix.title.contains(secret)
            };
            problem.fixes.retain(|fix| !holds(fix));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_has_each_truth_once() {
        let problem = |code, start, message: &str| Problem {
            code,
            severity: Severity::Warning,
            message: message.to_owned(),
            range: start..start + 1,
            fixes: Vec::new(),
        };
        let mut problems = vec![
            problem("a", 0, "too large (looked up a moment ago)"),
            problem("a", 0, "too large (looked up 2 minutes ago)"),
            problem("a", 0, "too old"),
            problem("a", 0, "too large"),
            problem("b", 0, "too large"),
            problem("b", 1, "too large"),
            problem("c", 2, "1"),
            problem("c", 2, "2"),
            problem("c", 2, "3"),
            problem("c", 2, "4"),
        ];
        said_once(&mut problems);
        let said: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(said, ["too large (looked up a moment ago)", "too old", "too large", "too large", "1", "2", "3"]);
    }
}
