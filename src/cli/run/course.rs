//! How far a run has come, from what it tells.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value as Json;

use crate::cli::load::Document;
use crate::run::{CellFailure, CellKey, CellReport, CellRun, CellState, Event, Options, SessionReport, nbformat};

use super::bill::Bill;
use super::screen::Screen;

/// What a cell did, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) state: Option<CellState>,
    pub(super) outputs: Vec<Json>,
    pub(super) elapsed: Duration,
    /// Its place in the order of execution, from 1.
    pub(super) count: Option<i64>,
}

/// How far a run has come.
pub(super) struct Course<'a> {
    document: &'a Document,
    /// By places in the document.
    pub(super) done: BTreeMap<usize, Done>,
    pub(super) screen: Screen,
    pub(super) bill: Bill,
    /// The session, as it was told last.
    pub(super) session: Option<SessionReport>,
    /// Whether there was ever one that cells could run in.
    pub(super) was_ready: bool,
    /// How many cells have no final state yet.
    pub(super) left: usize,
    count: i64,
}

impl<'a> Course<'a> {
    pub(super) fn new(document: &'a Document, cells: &[CellRun], options: &Options) -> Course<'a> {
        Course {
            document,
            done: cells.iter().map(|cell| (cell.index, Done::default())).collect(),
            screen: Screen::new(cells.len(), options.engine.name()),
            bill: Bill::new(options),
            session: None,
            was_ready: false,
            left: cells.len(),
            count: 0,
        }
    }

    /// Takes over what the run tells, and shows it.
    pub(super) fn take(&mut self, event: Event) {
        match event {
            Event::Session(report) => {
                self.was_ready |= report.status.as_deref() == Some("READY");
                self.bill.session(&report);
                self.screen.session(&report);
                self.session = Some(report);
            }
            Event::Cell(report) => self.cell(&report),
            Event::Output { cell: CellKey::Ordinal(cell), outputs, replace, rest, .. } => {
                self.screen.outputs(rest.as_deref().unwrap_or(&outputs));
                if let Some(done) = self.done.get_mut(&cell) {
                    if replace {
                        done.outputs.clear();
                    }
                    nbformat::join(&mut done.outputs, outputs);
                }
            }
            // What is kept is the exception as it came.
            Event::Failure(CellFailure { cell: CellKey::Ordinal(cell), whole: Some(whole), .. }) => {
                let outputs = self.done.get_mut(&cell).into_iter().flat_map(|done| done.outputs.iter_mut().rev());
                if let Some(shown) = outputs.into_iter().find(|output| output["output_type"] == "error") {
                    shown.clone_from(&whole);
                }
            }
            // Else nobody knows why a cell waits.
            Event::Past(past) if !past.since => {
                if let Some(text) = past.unfinished() {
                    self.screen.say(&text);
                }
            }
            Event::Output { .. } | Event::Elsewhere { .. } | Event::Failure(_) | Event::Notice(_) | Event::Past(_) => {}
        }
    }

    fn cell(&mut self, report: &CellReport) {
        let Some(CellKey::Ordinal(index)) = report.cell else { return };
        let Some(cell) = self.done.get_mut(&index) else { return };
        if report.started_at.is_some() && cell.count.is_none() {
            self.count += 1;
            cell.count = Some(self.count);
        }
        cell.state = Some(report.state);
        cell.elapsed = report.elapsed;
        let name = self.document.cell_number(index).map_or("script".to_owned(), |number| format!("cell {number}"));
        self.screen.cell(&name, report);
        if report.state.is_final() {
            self.left = self.left.saturating_sub(1);
            self.bill.cell(index, name, report);
        }
    }
}
