//! What a run took and cost: the cells that somebody asked for at once.

use std::time::Duration;

use crate::run::cost::Cost;
use crate::run::event::CellReport;

use super::{Usage, small, time};

/// What the cells of a run took and cost, as far as they have ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunReceipt {
    /// How many cells have used something.
    pub cells: usize,
    /// How long those took together, with what they waited for the session.
    pub time: Duration,
    /// What they used; `None` where nothing is counted.
    pub usage: Option<Usage>,
    /// US dollars.
    pub usd: f64,
}

impl RunReceipt {
    /// Takes over the last report of a cell. One that has used nothing changes nothing.
    pub fn add(&mut self, report: &CellReport) {
        let Some(spent) = report.spent.filter(|_| report.state.is_final() && report.cell.is_some()) else { return };
        self.cells += 1;
        self.time = self.time.saturating_add(report.elapsed);
        self.usd += spent.usd;
        self.usage = Some(match self.usage {
            Some(before) => before.and(spent.usage),
            None => spent.usage,
        });
    }

    /// Returns it as a sentence; `None` where nothing was used.
    pub fn text(&self) -> Option<String> {
        let usage = self.usage?;
        let cells = match self.cells {
            1 => "One cell".to_owned(),
            many => format!("{many} cells"),
        };
        let cost = small(Cost { usd: self.usd, estimate: usage.estimate });
        Some(format!("{cells} took {}, used {} DPU-seconds and cost {cost}.", time(self.time), usage.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::{BatchId, CellKey, CellState, Spent};

    fn cell(state: CellState, seconds: u64, spent: Option<(f64, f64)>) -> CellReport {
        let spent = spent.map(|(dpu_seconds, usd)| Spent { usage: Usage { dpu_seconds, estimate: true }, usd });
        let report = CellReport::waiting(Some(CellKey::Ordinal(0)), BatchId(1), state);
        CellReport { elapsed: Duration::from_secs(seconds), spent, ..report }
    }

    #[test]
    fn cells_that_used_something_are_added_up() {
        let mut receipt = RunReceipt::default();
        assert_eq!(receipt.text(), None);
        receipt.add(&cell(CellState::Running, 5, Some((25.0, 0.1))));
        receipt.add(&cell(CellState::Cancelled, 0, None));
        assert_eq!(receipt.text(), None);
        receipt.add(&cell(CellState::Ok, 10, Some((50.0, 0.0061))));
        assert_eq!(
            receipt.text().unwrap(),
            "One cell took 10.0 s, used about 50.0 DPU-seconds and cost about $0.0061."
        );
        receipt.add(&cell(CellState::Error, 60, Some((300.0, 0.0367))));
        assert_eq!(
            receipt.text().unwrap(),
            "2 cells took 1 min 10 s, used about 350.0 DPU-seconds and cost about $0.04."
        );
    }

    #[test]
    fn the_start_of_a_session_is_no_cell() {
        let mut receipt = RunReceipt::default();
        receipt.add(&CellReport { cell: None, ..cell(CellState::Ok, 9, Some((1.0, 1.0))) });
        assert_eq!(receipt, RunReceipt::default());
    }
}
