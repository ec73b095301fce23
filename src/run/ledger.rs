//! What a document's cells have done so far, as far as the next request needs to know it.

use std::collections::HashSet;
use std::sync::Arc;

use crate::model::CellModel;
use crate::session::SessionId;

use super::event::{BatchId, CellKey, RanCell};
use super::followed::Followed;

/// A cell that waits or is being run.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    /// Tells apart cells that were asked for twice.
    pub(super) serial: u64,
    pub(super) key: Option<CellKey>,
    pub(super) batch: BatchId,
    text: Arc<str>,
    /// Whether it sends code to the session, which starts one if there is none.
    needs_session: bool,
}

impl Pending {
    pub(super) fn new(serial: u64, batch: BatchId, key: Option<CellKey>, cell: Option<&CellModel>) -> Pending {
        Pending {
            serial,
            key,
            batch,
            text: cell.map_or_else(|| Arc::from(""), |cell| cell.cell.text.clone()),
            needs_session: cell.is_none_or(|cell| cell.effects.has_statement),
        }
    }
}

/// What a document's cells have done so far: state is what has been run, not what is written.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The texts of cells that have been run since the kernel's state was new.
    applied: HashSet<Arc<str>>,
    /// What waits or is being run, in order.
    pub(super) pending: Vec<Pending>,
    /// The session that takes statements, or will.
    pub(super) session: Option<SessionId>,
    /// Whether another kernel has a session for the document, in which cells would run.
    pub(super) observed: bool,
    /// The cells whose code has run to its end in that session, in the order in which each first did.
    pub(super) ran: Vec<RanCell>,
    /// Those of the session before it that have not been run since.
    pub(super) missing: Vec<RanCell>,
    /// The statements that were running when the document came to its session.
    pub(super) followed: Followed,
}

impl Ledger {
    /// Notes that a cell has been run.
    pub(super) fn applied(&mut self, text: Arc<str>) {
        self.applied.insert(text);
    }

    /// Notes that the code of a cell has run to its end.
    pub(super) fn ran(&mut self, cell: RanCell) {
        let same = |other: &RanCell| other.cell == cell.cell;
        self.missing.retain(|other| !same(other) && other.text != cell.text);
        match self.ran.iter_mut().find(|other| same(other)) {
            Some(known) => *known = cell,
            None => self.ran.push(cell),
        }
    }

    /// Notes that the document has no session any more, or another one: the variables are gone.
    pub(super) fn emptied(&mut self) {
        // Without anything new, what is missing is what was missing before.
        if !self.ran.is_empty() {
            self.missing = std::mem::take(&mut self.ran);
        }
    }

    /// Returns which cells were run in the session, or in the one before it where none was run in this one.
    pub(super) fn to_replay(&self) -> Vec<RanCell> {
        if self.ran.is_empty() { self.missing.clone() } else { self.ran.clone() }
    }

    /// Notes that a session has ended.
    pub(super) fn ended(&mut self, session: &SessionId) {
        self.session.take_if(|known| known == session);
    }

    /// Notes that a cell waits no more and runs no more.
    pub(super) fn done(&mut self, serial: u64) {
        self.pending.retain(|pending| pending.serial != serial);
    }

    /// Returns which of `above` make settings and have not been run, if running `wanted` (`None`: the start of a
    /// session) would create a session that these settings are meant for. Positions in `cells`.
    pub(super) fn unapplied(&self, cells: &[Arc<CellModel>], wanted: Option<&[usize]>) -> Vec<usize> {
        if self.session.is_some() || self.observed || self.pending.iter().any(|pending| pending.needs_session) {
            return Vec::new();
        }
        self.not_run(cells, wanted)
    }

    /// Returns which of `above` make settings and have not been run, whether or not there is a session.
    pub(super) fn not_run(&self, cells: &[Arc<CellModel>], wanted: Option<&[usize]>) -> Vec<usize> {
        let needs = |&index: &usize| cells.get(index).is_some_and(|cell| cell.effects.has_statement);
        let (before, first) = match wanted {
            None => (&[][..], cells.len()),
            Some(wanted) => match wanted.iter().position(needs) {
                None => return Vec::new(),
                Some(at) => (&wanted[..at], wanted[at]),
            },
        };
        let set = |cell: &CellModel| cell.effects.changes.iter().any(|change| change.kind.is_setting());
        let known =
            |text: &Arc<str>| self.applied.contains(text) || self.pending.iter().any(|pending| pending.text == *text);
        (0..first.min(cells.len()))
            .filter(|index| !before.contains(index) && set(&cells[*index]) && !known(&cells[*index].cell.text))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Cell, CellKind};

    fn cells(texts: &[&str]) -> Vec<Arc<CellModel>> {
        texts.iter().map(|text| Arc::new(CellModel::new(Arc::new(Cell::whole(CellKind::Code, *text))))).collect()
    }

    #[test]
    fn settings_above_must_have_been_run_before_a_session_starts() {
        let cells = cells(&["%glue_version 4.0", "x = 1", "%region eu-west-1", "y = 2", "%idle_timeout 5"]);
        let mut ledger = Ledger::default();
        assert_eq!(ledger.unapplied(&cells, Some(&[1])), [0]);
        assert_eq!(ledger.unapplied(&cells, Some(&[3])), [0, 2]);
        assert_eq!(ledger.unapplied(&cells, Some(&[0, 1, 2, 3])), [0; 0], "what runs before counts");
        assert_eq!(ledger.unapplied(&cells, Some(&[2, 3])), [0]);
        assert_eq!(ledger.unapplied(&cells, Some(&[0])), [0; 0], "no session is needed");
        assert_eq!(ledger.unapplied(&cells, None), [0, 2, 4]);
        ledger.applied(cells[0].cell.text.clone());
        assert_eq!(ledger.unapplied(&cells, Some(&[3])), [2]);
        ledger.pending.push(Pending::new(1, BatchId(1), None, Some(&cells[2])));
        assert_eq!(ledger.unapplied(&cells, Some(&[3])), [0; 0], "what waits counts");
        ledger.done(1);
        ledger.session = Some(SessionId::new("s"));
        assert_eq!(ledger.unapplied(&cells, Some(&[3])), [0; 0]);
        ledger.ended(&SessionId::new("another"));
        assert_eq!(ledger.unapplied(&cells, Some(&[3])), [0; 0]);
        ledger.ended(&SessionId::new("s"));
        assert_eq!(ledger.unapplied(&cells, Some(&[3])), [2]);
    }

    #[test]
    fn what_is_missing_was_run_in_the_session_before() {
        let ran = |place: usize, text: &str| RanCell { cell: CellKey::Ordinal(place), text: text.into() };
        let mut ledger = Ledger::default();
        for cell in [ran(1, "a"), ran(2, "b"), ran(1, "changed")] {
            ledger.ran(cell);
        }
        assert_eq!(ledger.to_replay(), [ran(1, "changed"), ran(2, "b")], "each once, where it came first");
        ledger.emptied();
        ledger.emptied();
        assert_eq!(ledger.missing, [ran(1, "changed"), ran(2, "b")]);
        assert_eq!(ledger.to_replay(), ledger.missing);
        ledger.ran(ran(2, "b"));
        assert_eq!((&*ledger.missing, &*ledger.to_replay()), (&[ran(1, "changed")][..], &[ran(2, "b")][..]));
        ledger.ran(ran(7, "changed"));
        assert!(ledger.missing.is_empty(), "a cell of a script may have another place now");
    }

    #[test]
    fn a_changed_settings_cell_counts_as_not_run() {
        let mut ledger = Ledger::default();
        ledger.applied("%glue_version 4.0".into());
        assert_eq!(ledger.unapplied(&cells(&["%glue_version 5.0", "x = 1"]), Some(&[1])), [0]);
    }

    #[test]
    fn a_session_that_is_about_to_start_asks_for_nothing_more() {
        let cells = cells(&["%glue_version 4.0", "x = 1", "y = 2"]);
        let mut ledger = Ledger::default();
        ledger.pending.push(Pending::new(1, BatchId(1), None, Some(&cells[1])));
        assert_eq!(ledger.unapplied(&cells, Some(&[2])), [0; 0]);
    }
}
