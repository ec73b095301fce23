//! What an editor can fold: cells, runs of magics and comments, bodies and brackets in them, imports, classes and
//! functions.

use std::ops::Range;

use crate::model::CellModel;
use crate::syntax::python::{Definition, DefinitionKind};
use crate::syntax::split::{HeadKind, Tail};
use crate::syntax::{Cell, CellKind, CellMagicKind};

use super::scan::Scan;
use super::semantic_tokens::{TokenKind, sql};

/// What is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FoldKind {
    /// Anything else.
    Region,
    /// Lines of comments.
    Comment,
    /// Lines that import.
    Imports,
}

/// A part of a cell that can be folded to its first line; it has more than one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// From the first line that stays to the end of the last line, in bytes of the cell's text.
    pub range: Range<usize>,
    /// What it is.
    pub kind: FoldKind,
}

/// Returns what can be folded in a cell, in order; of two that begin on the same line and end on the same
/// one, only the first.
pub fn cell_folds(model: &CellModel) -> Vec<Fold> {
    let cell = &*model.cell;
    let mut folds = Folds { text: &cell.text, folds: Vec::new() };
    folds.add(0..cell.text.len(), FoldKind::Region);
    if cell.kind == CellKind::Code {
        head_folds(cell, &mut folds);
        match &cell.split.tail {
            Tail::Nothing => {}
            Tail::CellMagic { kind, line, body, .. } => {
                folds.add(line.start..body.end, FoldKind::Region);
                if *kind == CellMagicKind::Sql {
                    sql_folds(body.clone(), &mut folds);
                } else {
                    literal_folds(body.clone(), &mut folds);
                }
            }
            Tail::Code(_) => {
                let outline = model.outline();
                outline.imports.iter().for_each(|run| folds.add(run.clone(), FoldKind::Imports));
                definition_folds(&outline.definitions, &mut folds);
            }
        }
    }
    folds.folds.sort_by_key(|fold| (fold.range.start, std::cmp::Reverse(fold.range.end)));
    folds.folds
}

struct Folds<'a> {
    text: &'a str,
    folds: Vec<Fold>,
}

impl Folds<'_> {
    /// Adds a fold without the line ends behind it, unless that leaves a single line.
    fn add(&mut self, range: Range<usize>, kind: FoldKind) {
        let content = self.text[range.clone()].trim_end();
        let range = range.start..range.start + content.len();
        if !content.contains(['\n', '\r']) {
            return;
        }
        let same = |fold: &Fold| {
            let starts = [fold.range.start.min(range.start), fold.range.start.max(range.start)];
            fold.range.end == range.end && !self.text[starts[0]..starts[1]].contains(['\n', '\r'])
        };
        if !self.folds.iter().any(same) {
            self.folds.push(Fold { range, kind });
        }
    }
}

/// Runs of magics and commands, and of comments; blank lines inside a run do not end it.
fn head_folds(cell: &Cell, folds: &mut Folds<'_>) {
    let mut run: Option<(Range<usize>, FoldKind)> = None;
    for line in &cell.split.head {
        let kind = match line.kind {
            HeadKind::Blank => continue,
            HeadKind::Comment => FoldKind::Comment,
            HeadKind::Magic(_) | HeadKind::Shell(_) => FoldKind::Region,
        };
        match &mut run {
            Some((range, of)) if *of == kind => range.end = line.range.end,
            _ => {
                if let Some((range, kind)) = run.replace((line.range.clone(), kind)) {
                    folds.add(range, kind);
                }
            }
        }
    }
    if let Some((range, kind)) = run {
        folds.add(range, kind);
    }
}

/// The most folds in the body of a cell magic: nobody folds more, and each is compared with the others.
const MOST_IN_BODY: usize = 200;

/// Brackets that are read one after the other, of which those fold that close on another line than they open.
struct Brackets {
    /// Where each open one stands, and on which line.
    open: Vec<(usize, usize)>,
    /// Lines so far, up to an offset.
    lines: (usize, usize),
    left: usize,
}

impl Brackets {
    fn new(start: usize) -> Brackets {
        Brackets { open: Vec::new(), lines: (0, start), left: MOST_IN_BODY }
    }

    fn line(&mut self, text: &str, at: usize) -> usize {
        let (line, from) = self.lines;
        let line = line + text[from..at].matches(['\n', '\r']).count();
        self.lines = (line, at);
        line
    }

    fn open(&mut self, text: &str, at: usize) {
        let line = self.line(text, at);
        self.open.push((at, line));
    }

    /// Closes the innermost one, which folds if more than `outer` are around it.
    fn close(&mut self, folds: &mut Folds<'_>, end: usize, outer: usize) {
        let line = self.line(folds.text, end);
        if let Some((start, opened)) = self.open.pop()
            && line != opened
            && self.open.len() >= outer
            && self.left > 0
        {
            self.left -= 1;
            folds.add(start..end, FoldKind::Region);
        }
    }
}

/// Brackets and comments of a query.
fn sql_folds(body: Range<usize>, folds: &mut Folds<'_>) {
    let text = folds.text;
    let mut brackets = Brackets::new(body.start);
    let mut comments: Option<Range<usize>> = None;
    let mut left = MOST_IN_BODY;
    let mut end_of_comments = |comments: &mut Option<Range<usize>>, folds: &mut Folds<'_>| {
        if let Some(run) = comments.take().filter(|_| left > 0) {
            left -= 1;
            folds.add(run, FoldKind::Comment);
        }
    };
    for token in sql::lex(text, body) {
        if token.kind == Some(TokenKind::Comment) {
            let first = comments.map_or(token.range.start, |run| run.start);
            comments = Some(first..token.range.end);
            continue;
        }
        end_of_comments(&mut comments, folds);
        match &text[token.range.clone()] {
            "(" => brackets.open(text, token.range.start),
            ")" => brackets.close(folds, token.range.end, 0),
            _ => {}
        }
    }
    end_of_comments(&mut comments, folds);
}

/// Brackets inside the outermost ones of a literal, which fold with the magic. Strings end with their line, comments too.
fn literal_folds(body: Range<usize>, folds: &mut Folds<'_>) {
    let text = folds.text;
    let mut brackets = Brackets::new(body.start);
    let mut scan = Scan::new(text, body);
    while let Some(c) = scan.peek() {
        let at = scan.at();
        scan.bump();
        match c {
            '#' => scan.eat_line(),
            '"' | '\'' => {
                scan.eat_string(if c == '"' { "\"" } else { "'" }, false);
            }
            '(' | '[' | '{' => brackets.open(text, at),
            ')' | ']' | '}' => brackets.close(folds, scan.at(), 1),
            _ => {}
        }
    }
}

fn definition_folds(definitions: &[Definition], folds: &mut Folds<'_>) {
    for definition in definitions {
        if definition.kind != DefinitionKind::Variable {
            // From the line of the name: decorators stay in sight.
            folds.add(definition.name_range.start..definition.range.end, FoldKind::Region);
        }
        definition_folds(&definition.children, folds);
    }
}
