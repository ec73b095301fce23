//! What a run costs, and the receipt at its end.

use std::collections::BTreeMap;

use crate::run::cost::Cost;
use crate::run::receipt::{CellEnd, CellReceipt, Receipt, SessionEnd};
use crate::run::{CellReport, CellState, Closed, EngineName, Options, SessionReport};

/// Counts what a run costs.
pub(super) struct Bill {
    engine: EngineName,
    /// By their places in the document.
    cells: BTreeMap<usize, CellReceipt>,
    session: Option<SessionReport>,
}

impl Bill {
    pub(super) fn new(options: &Options) -> Bill {
        Bill { engine: options.engine.name(), cells: BTreeMap::new(), session: None }
    }

    /// Takes note of the session.
    pub(super) fn session(&mut self, report: &SessionReport) {
        self.session = Some(report.clone());
    }

    /// Takes note of a cell that is done.
    pub(super) fn cell(&mut self, place: usize, name: String, report: &CellReport) {
        let state = match report.state {
            CellState::Ok => CellEnd::Ok,
            CellState::Error => CellEnd::Error,
            _ if report.started_at.is_none() => CellEnd::NotRun,
            _ => CellEnd::Cancelled,
        };
        let spent = report.spent.filter(|_| self.engine == EngineName::Aws && state != CellEnd::NotRun);
        let usage = spent.map(|spent| spent.usage);
        let cost = spent.map(|spent| Cost { usd: spent.usd, estimate: spent.usage.estimate });
        self.cells.insert(place, CellReceipt { name, state, time: report.elapsed, usage, cost });
    }

    /// Returns what the session has cost so far, on AWS.
    pub(super) fn so_far(&self) -> Option<Cost> {
        self.session.as_ref().filter(|_| self.engine == EngineName::Aws)?.so_far()
    }

    /// Returns the receipt.
    pub(super) fn receipt(&self, closed: &Closed) -> Receipt {
        let session = closed.report.session_id.clone();
        let end = match (&session, &closed.alive) {
            (None, _) => SessionEnd::None,
            (Some(_), None) => SessionEnd::Stopped,
            (Some(id), Some(alive)) => {
                let stop = format!("glue-ls sessions stop {id}");
                match (&closed.report.status, alive.kept) {
                    (_, true) => {
                        let per_hour = closed.report.meter.map(|meter| meter.tariff.per_hour());
                        SessionEnd::Alive { per_hour: per_hour.filter(|_| self.engine == EngineName::Aws), stop }
                    }
                    _ => SessionEnd::Unclear { stop },
                }
            }
        };
        let cost = (self.engine == EngineName::Aws).then(|| closed.report.so_far().unwrap_or(Cost::ZERO));
        let mut cells: Vec<CellReceipt> = self.cells.values().cloned().collect();
        if session.is_none() {
            cells.iter_mut().for_each(|cell| (cell.usage, cell.cost) = (None, None));
        }
        Receipt { cells, session, end, cost }
    }
}
