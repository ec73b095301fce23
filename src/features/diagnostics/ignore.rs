//! Ignore comments: what the author of a document does not want to hear of.
//!
//! `# glue-ls: ignore[code, code]` is about the line below it (comments may be stacked), `ignore-cell[…]` about its cell,
//! `ignore-file[…]` in the comments that a document begins with about all of it; `-- glue-ls: …` does the same in SQL.
//! Without codes all rules are meant. They stand above and never behind: what follows a magic on its line is part of
//! its value. In percent scripts a cell's marker may name the codes as well, see [`Cell::ignored`].
//!
//! [`Cell::ignored`]: crate::syntax::Cell::ignored

use std::cell::RefCell;
use std::ops::Range;

use crate::features::fix::Fix;
use crate::model::NotebookModel;
use crate::syntax::{Cell, CellKind};

use super::{Problem, RuleConfig, rules};

/// The rule about ignore comments themselves.
pub(super) const UNUSED: &str = "unused-ignore";

/// Rules that find nothing on some machines: whether a comment silences them cannot be told everywhere.
const ELSEWHERE: &[&str] = &["policy", "unknown-profile", UNUSED];

/// The rule that is off where another server reports what it finds.
const PYTHON: &str = "python-syntax";

/// Most ignore comments of a cell that are read.
const MOST_COMMENTS: usize = 200;

/// What a comment is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Line,
    Cell,
    File,
}

/// An ignore comment. Ranges are bytes of the cell's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    pub(super) scope: Scope,
    /// Its line, without what ends it.
    line: Range<usize>,
    /// Itself, from its sign on.
    range: Range<usize>,
    /// The codes that it names; none: all rules are meant.
    pub(super) codes: Vec<Range<usize>>,
    /// Whether it has brackets.
    listed: bool,
}

impl Comment {
    fn names(&self, text: &str, code: &str) -> bool {
        !self.listed || self.codes.iter().any(|range| &text[range.clone()] == code)
    }
}

/// Returns the ignore comments of a text, in order.
pub(super) fn comments(text: &str) -> Vec<Comment> {
    // Almost no cell has any.
    if !text.contains("glue-ls:") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        found.extend(comment(bare, start));
        if found.len() >= MOST_COMMENTS {
            break;
        }
        start += line.len();
    }
    found
}

/// Reads a line that stands at `start` of the text.
fn comment(line: &str, start: usize) -> Option<Comment> {
    let own = line.trim_start();
    let rest = own.strip_prefix('#').or_else(|| own.strip_prefix("--"))?;
    let rest = rest.trim_start().strip_prefix("glue-ls:")?.trim_start().strip_prefix("ignore")?;
    let (scope, rest) = match (rest.strip_prefix("-cell"), rest.strip_prefix("-file")) {
        (Some(rest), _) => (Scope::Cell, rest),
        (_, Some(rest)) => (Scope::File, rest),
        _ => (Scope::Line, rest),
    };
    let rest = rest.trim_start();
    let mut codes = Vec::new();
    let listed = match rest.strip_prefix('[') {
        Some(list) => {
            let list = list.split(']').next().unwrap_or_default();
            let mut at = start + line.len() - rest.len() + 1;
            for item in list.split(',') {
                let code = item.trim();
                let lead = item.len() - item.trim_start().len();
                if !code.is_empty() {
                    codes.push(at + lead..at + lead + code.len());
                }
                at += item.len() + 1;
            }
            true
        }
        None if rest.trim().is_empty() => false,
        None => return None,
    };
    let end = start + line.len();
    Some(Comment { scope, line: start..end, range: end - own.len()..start + line.trim_end().len(), codes, listed })
}

/// What the comments that a document begins with silence everywhere: codes, or all rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::features) struct Everywhere {
    all: bool,
    codes: Vec<String>,
}

/// Returns what the comments at the top of a document's first code cell silence everywhere.
pub(in crate::features) fn everywhere(model: &NotebookModel) -> Everywhere {
    let mut out = Everywhere::default();
    let first = model.cells.iter().find(|cell| cell.cell.kind == CellKind::Code);
    for text in model.notebook.meta.above.as_deref().into_iter().chain(first.map(|cell| &*cell.cell.text)) {
        for comment in comments(text).into_iter().filter(|comment| is_at_top(text, comment)) {
            out.all |= !comment.listed;
            out.codes.extend(comment.codes.iter().map(|range| text[range.clone()].to_owned()));
        }
    }
    out
}

/// Returns whether only comments and blank lines stand above a comment about the whole document.
fn is_at_top(text: &str, comment: &Comment) -> bool {
    let comment_or_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with(['#', '-']);
    comment.scope == Scope::File && text[..comment.line.start].lines().all(comment_or_blank)
}

/// Takes away the problems that comments silence, and adds what is to be said about comments that silence none.
pub(super) fn apply(problems: &mut Vec<Problem>, model: &NotebookModel, cell: &Cell, config: &RuleConfig) {
    let text = &*cell.text;
    let comments = comments(text);
    let everywhere = if problems.is_empty() { Everywhere::default() } else { everywhere(model) };
    let nothing = comments.is_empty() && cell.ignored.is_none() && everywhere == Everywhere::default();
    if nothing {
        return;
    }
    let used: RefCell<Vec<(usize, &'static str)>> = RefCell::default();
    let silenced = |problem: &Problem| {
        let by_marker = cell.ignored.as_deref().is_some_and(|list| names(list, problem.code));
        let by_file = everywhere.all || everywhere.codes.iter().any(|code| code == problem.code);
        let mut hit = by_marker || by_file;
        let above = if comments.is_empty() { 0..0 } else { stack_above(text, problem) };
        for (index, comment) in comments.iter().enumerate() {
            let about =
                comment.scope == Scope::Cell || (comment.scope == Scope::Line && above.contains(&comment.line.start));
            if about && comment.names(text, problem.code) {
                used.borrow_mut().push((index, problem.code));
                hit = true;
            }
        }
        hit
    };
    problems.retain(|problem| !silenced(problem));
    let Some(severity) = rules::find(UNUSED).and_then(|rule| config.severity_of(rule)) else { return };
    let used_by_then = used.borrow().clone();
    let mut idle = Vec::new();
    for (index, comment) in comments.iter().enumerate().filter(|(_, comment)| comment.scope != Scope::File) {
        let is_used = |code: &str| {
            used_by_then.iter().any(|(by, silenced)| *by == index && (code.is_empty() || *silenced == code))
        };
        // One that means all rules may be there for such an error.
        if !comment.listed && !is_used("") && config.syntax_errors {
            let message = "nothing is found here that this comment could silence: remove it".to_owned();
            idle.push((comment.range.clone(), message, without(text, comment, None)));
        }
        for range in &comment.codes {
            let code = &text[range.clone()];
            let runs = rules::find(code).is_some_and(|rule| config.severity_of(rule).is_some())
                && (code != PYTHON || config.syntax_errors);
            if runs && !ELSEWHERE.contains(&code) && !is_used(code) {
                let message = format!("`{code}` finds nothing here, so this comment silences nothing: remove it");
                idle.push((range.clone(), message, without(text, comment, Some(range))));
            }
        }
    }
    let found = idle.into_iter().map(|(range, message, fix)| Problem {
        code: UNUSED,
        severity,
        message,
        range,
        fixes: vec![fix],
    });
    let found: Vec<Problem> = found.filter(|problem| !silenced(problem)).collect();
    problems.extend(found);
}

/// Returns the lines of ignore comments directly above the line on which a problem begins.
fn stack_above(text: &str, problem: &Problem) -> Range<usize> {
    let start = text.floor_char_boundary(problem.range.start.min(text.len()));
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let mut top = line;
    for _ in 0..MOST_COMMENTS {
        let Some(end) = top.checked_sub(1) else { break };
        let above = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let read = comment(text[above..end].trim_end_matches('\r'), 0);
        if read.is_none_or(|comment| comment.scope != Scope::Line) {
            break;
        }
        top = above;
    }
    top..line
}

/// Returns the fix that takes a code out of a comment, or the comment away.
pub(super) fn without(text: &str, comment: &Comment, code: Option<&Range<usize>>) -> Fix {
    if let Some(code) = code.filter(|_| comment.codes.len() > 1) {
        let at = comment.codes.iter().position(|range| range == code).unwrap_or_default();
        // With the comma behind it, or for the last one, before it.
        let range = match comment.codes.get(at + 1) {
            Some(next) => code.start..next.start,
            None => comment.codes[at - 1].end..code.end,
        };
        let title = format!("Take `{}` out of the comment", &text[code.clone()]);
        return Fix::replace(title, range, "");
    }
    let rest = &text[comment.line.end..];
    let line_end = rest.len() - rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest).len();
    Fix::replace("Remove the comment", comment.line.start..comment.line.end + line_end, "")
}

/// Returns whether a list of codes, as markers have it, names a code; an empty one names all.
fn names(list: &str, code: &str) -> bool {
    list.trim().is_empty() || list.split(',').any(|item| item.trim() == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Severity;

    fn ignored(text: &str) -> bool {
        let start = text.find('!').unwrap();
        let problem = Problem {
            code: "a-rule",
            severity: Severity::Error,
            message: String::new(),
            range: start..start + 1,
            fixes: Vec::new(),
        };
        comments(text)
            .iter()
            .any(|comment| stack_above(text, &problem).contains(&comment.line.start) && comment.names(text, "a-rule"))
    }

    #[test]
    fn only_the_line_above_counts() {
        assert!(ignored("# glue-ls: ignore[a-rule]\n!"));
        assert!(ignored("x\n  #glue-ls: ignore[b, a-rule]\r\n  !"));
        assert!(ignored("-- glue-ls: ignore\n!"));
        assert!(ignored("# glue-ls: ignore[a-rule]\n# glue-ls: ignore[b]\n!"), "they may be stacked");
        assert!(!ignored("# glue-ls: ignore[b]\n!"));
        assert!(!ignored("# glue-ls: ignore[]\n!"));
        assert!(!ignored("# glue-ls: ignore\n\n!"));
        assert!(!ignored("# glue-ls: ignore[a-rule]\n# note\n!"));
        assert!(!ignored("! # glue-ls: ignore"));
        assert!(!ignored("# glue-ls: ignored\n!"));
        assert!(!ignored("!"));
    }

    #[test]
    fn comments_tell_what_they_are_about() {
        let text = "größe\n-- glue-ls: ignore-cell [a , b]\n# glue-ls: ignore-file\n# glue-ls: ignore[x";
        let found = comments(text);
        let codes: Vec<Vec<&str>> =
            found.iter().map(|comment| comment.codes.iter().map(|range| &text[range.clone()]).collect()).collect();
        assert_eq!(codes, [vec!["a", "b"], vec![], vec!["x"]]);
        assert_eq!(
            found.iter().map(|comment| comment.scope).collect::<Vec<_>>(),
            [Scope::Cell, Scope::File, Scope::Line]
        );
    }
}
