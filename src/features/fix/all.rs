//! All fixes of a document at once.

use std::collections::BTreeMap;
use std::ops::Range;

use ropey::Rope;

use super::{Edit, Fix, changes_in_document, in_document};
use crate::features::{Analysis, Problem, Severity};
use crate::syntax::CellChange;

/// How many problems are tried one by one where not all of them can be mended: each may cost a look at all of its cell.
const TRIED: usize = 200;

/// Fixes of a document that can be made together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Together {
    /// How many problems they mend.
    pub problems: usize,
    /// Replacements in the document's text, in order.
    pub edits: Vec<Edit>,
}

/// Tells which fixes are to be made.
pub type Wanted<'a> = &'a dyn Fn(&Problem, &Fix) -> bool;

/// Returns the fix of a problem in `cell` that is to be made without anybody choosing: the first that is wanted and can
/// be made.
pub fn fix_of<'a>(
    analysis: &Analysis,
    text: &Rope,
    cell: usize,
    problem: &'a Problem,
    wanted: Wanted<'_>,
) -> Option<&'a Fix> {
    let can_be_made = |fix: &&Fix| in_document(&analysis.model.notebook, text, cell, fix).is_some();
    problem.fixes.iter().filter(|fix| wanted(problem, fix)).find(can_be_made)
}

/// Returns the fixes of a document that can be made together: of each problem the first one that is wanted, as long as
/// it touches nothing that another one changes. What is left out can be made once these are. `None` if there is none.
///
/// `cell` is the one that is the document, where cells are synced one by one.
pub fn together(analysis: &Analysis, text: &Rope, cell: Option<usize>, wanted: Wanted<'_>) -> Option<Together> {
    let cells = cell.map_or(0..analysis.model.notebook.cells.len(), |cell| cell..cell + 1);
    // Nearly every fix can be made. Only where one cannot, each is tried by itself.
    let first = |problem: &'_ Problem| problem.fixes.iter().position(|fix| wanted(problem, fix));
    let all = chosen(analysis, cells.clone(), &mut |_, problem| problem.fixes.get(first(problem)?));
    all.in_document(analysis, text).or_else(|| {
        let mut tried = 0;
        let some = chosen(analysis, cells, &mut |cell, problem| {
            tried += usize::from(!problem.fixes.is_empty());
            (tried <= TRIED).then(|| fix_of(analysis, text, cell, problem, wanted)).flatten()
        });
        some.in_document(analysis, text).or_else(|| {
            // Together they say something that the document cannot; one of them it can.
            let (cell, fix) = some.first?;
            Chosen { changes: fix.changes(cell), problems: 1, first: None }.in_document(analysis, text)
        })
    })
}

/// Changes that do not touch each other.
struct Chosen<'a> {
    changes: Vec<CellChange>,
    problems: usize,
    first: Option<(usize, &'a Fix)>,
}

impl Chosen<'_> {
    fn in_document(&self, analysis: &Analysis, text: &Rope) -> Option<Together> {
        let edits = changes_in_document(&analysis.model.notebook, text, &self.changes)?;
        (!edits.is_empty()).then_some(Together { problems: self.problems, edits })
    }
}

/// Returns the fixes that `choose` gives for the problems of a document, without those that touch one before them.
fn chosen<'a>(
    analysis: &'a Analysis,
    cells: Range<usize>,
    choose: &mut dyn FnMut(usize, &'a Problem) -> Option<&'a Fix>,
) -> Chosen<'a> {
    let mut taken: BTreeMap<usize, CellChange> = BTreeMap::new();
    let (mut problems, mut first, mut split) = (0, None, false);
    for cell in cells {
        for problem in analysis.problems(cell) {
            let Some(fix) = choose(cell, problem) else { continue };
            let changes = fix.changes(cell);
            // Ids of new cells are told apart from those that are there: one split at a time.
            if (split && !fix.splits.is_empty()) || !changes.iter().all(|change| fits(&taken, change)) {
                continue;
            }
            split |= !fix.splits.is_empty();
            problems += 1;
            first.get_or_insert((cell, fix));
            for change in changes {
                let new = || CellChange { cell: change.cell, ..CellChange::default() };
                let there = taken.entry(change.cell).or_insert_with(new);
                there.edits.extend(change.edits);
                there.splits.extend(change.splits);
            }
        }
    }
    Chosen { changes: taken.into_values().collect(), problems, first }
}

/// Returns whether a change touches nothing of those that are taken already. A cell that is split is changed by nothing
/// else.
fn fits(taken: &BTreeMap<usize, CellChange>, change: &CellChange) -> bool {
    let Some(there) = taken.get(&change.cell) else { return true };
    if !there.splits.is_empty() || !change.splits.is_empty() {
        return false;
    }
    let touch = |a: &Range<usize>, b: &Range<usize>| a.start <= b.end && b.start <= a.end;
    !there.edits.iter().any(|(old, _)| change.edits.iter().any(|(new, _)| touch(old, new)))
}

/// Returns how many errors a document has.
pub fn errors(analysis: &Analysis) -> usize {
    let cells = 0..analysis.model.notebook.cells.len();
    cells.flat_map(|cell| analysis.problems(cell)).filter(|problem| problem.severity == Severity::Error).count()
}
