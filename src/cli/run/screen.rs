//! What is shown while cells run: their outputs on stdout, and on a terminal a line that says what happens.

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::cli::output;
use crate::run::cost::Cost;
use crate::run::{CellKey, CellReport, CellState, EngineName, SessionReport, render};

use super::journal::Journal;
use super::lines::Lines;

/// The progress line, and what it is made of.
pub(super) struct Screen {
    terminal: bool,
    /// What the start of a session was at when it was told last, where that is told line by line.
    told: Option<String>,
    /// What is told line by line of sessions on AWS.
    journal: Option<Journal>,
    colour: bool,
    total: usize,
    done: usize,
    current: Option<Current>,
    lines: Lines,
}

struct Current {
    key: Option<CellKey>,
    name: String,
    /// Its name, and where there is no progress line how far the run has come with it.
    head: String,
    state: CellState,
    /// When its state was told first, anew after the start of a session.
    since: Instant,
    message: Option<String>,
    shown: bool,
}

impl Screen {
    /// Shows `total` cells.
    pub(super) fn new(total: usize, engine: EngineName) -> Screen {
        let terminal = super::has_terminal();
        // On this machine a start is told step by step.
        let told = (engine == EngineName::Local && !terminal).then(String::new);
        let journal = (engine == EngineName::Aws).then(Journal::default);
        let (colour, lines) = (output::stderr_colours(), Lines::default());
        Screen { terminal, told, journal, colour, total, done: 0, current: None, lines }
    }

    /// Takes note of the session.
    pub(super) fn session(&mut self, report: &SessionReport) {
        let Some(journal) = &mut self.journal else { return };
        if let Some((text, shown)) = journal.session(report, Instant::now())
            && !(shown && self.terminal)
        {
            self.say(&text);
        }
    }

    /// Takes note of where a cell stands.
    pub(super) fn cell(&mut self, name: &str, report: &CellReport) {
        if report.state.is_final() {
            self.done += 1;
            self.end_lines();
            if report.started_at.is_some() {
                // Before anything else comes: a cell that showed nothing is named too.
                self.head(name);
                self.current = None;
            }
            return;
        }
        if report.state == CellState::Queued {
            return;
        }
        if let (Some(told), CellState::StartingSession, Some(message)) = (&mut self.told, report.state, &report.message)
        {
            // Without the numbers, which change all the time.
            let what = message.split(':').next().unwrap_or_default();
            if told != what {
                output::message(what);
                what.clone_into(told);
            }
        }
        match &mut self.current {
            Some(current) if current.key == report.cell => {
                if current.state != report.state {
                    current.since = Instant::now();
                    self.journal.iter_mut().for_each(Journal::begins);
                }
                current.state = report.state;
                current.message.clone_from(&report.message);
            }
            _ => {
                self.journal.iter_mut().for_each(Journal::begins);
                let head = match &self.journal {
                    Some(_) if !self.terminal => format!("{name} ({} of {})", self.done + 1, self.total),
                    _ => name.to_owned(),
                };
                self.current = Some(Current {
                    key: report.cell.clone(),
                    name: name.to_owned(),
                    head,
                    state: report.state,
                    since: Instant::now(),
                    message: report.message.clone(),
                    shown: false,
                });
            }
        }
        if report.state == CellState::Running && self.journal.is_some() && !self.terminal {
            self.head(name);
        }
    }

    /// Returns how long the cell has run that is being run now; the start of the session does not count.
    pub(super) fn running_for(&self) -> Duration {
        match &self.current {
            Some(current) if current.state == CellState::Running => current.since.elapsed(),
            _ => Duration::ZERO,
        }
    }

    /// Returns the cell that is being run.
    pub(super) fn running(&self) -> Option<CellKey> {
        self.current.as_ref()?.key.clone()
    }

    /// Shows outputs.
    pub(super) fn outputs(&mut self, outputs: &[Json]) {
        if outputs.is_empty() {
            return;
        }
        if let Some(name) = self.current.as_ref().map(|current| current.name.clone()) {
            self.head(&name);
        }
        self.clear();
        let whole = self.lines.take(outputs);
        super::show(&whole);
    }

    /// Shows the lines that have no end yet: none comes any more.
    fn end_lines(&mut self) {
        let left = self.lines.end();
        if !left.is_empty() {
            self.clear();
            super::show(&left);
        }
    }

    /// Shows once which cell the following comes from.
    fn head(&mut self, name: &str) {
        let (shown, name) = match &mut self.current {
            Some(current) if current.name == name => {
                (std::mem::replace(&mut current.shown, true), current.head.as_str())
            }
            _ => (false, name),
        };
        if !shown {
            let name = name.to_owned();
            self.clear();
            let (dim, plain) = if self.colour { ("\u{1b}[2m", "\u{1b}[0m") } else { ("", "") };
            output::notice(&format!("{dim}── {name}{plain}\n"));
        }
    }

    /// Says something.
    pub(super) fn say(&self, text: &str) {
        self.clear();
        output::message(text);
    }

    /// Shows the progress line anew, or says from time to time that something goes on.
    pub(super) fn tick(&mut self, cost: Option<Cost>) {
        let Some(current) = &self.current else { return };
        let elapsed = current.since.elapsed();
        let seconds = elapsed.as_secs();
        let what = match current.state {
            CellState::StartingSession => "starting the session",
            _ => "running",
        };
        if !self.terminal {
            if self.journal.as_mut().is_some_and(|journal| journal.goes_on(elapsed)) {
                let why = current.message.as_deref().and_then(|message| message.lines().next());
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                output::message(&format!("{}: {what}, {seconds} s{why}", current.name));
            }
            return;
        }
        let mut line = format!("[{}/{}] {}: {what}, {seconds} s", self.done + 1, self.total, current.name);
        if let Some(cost) = cost.filter(|cost| cost.usd > 0.0) {
            line.push_str(&format!(", {cost}"));
        }
        let message = current.message.as_deref().and_then(|message| message.lines().next()).map(str::to_owned);
        // A progress bar is a line that has no end for long.
        if let Some(message) = message.or_else(|| self.lines.unfinished().map(render::unfinished)) {
            line.push_str(": ");
            line.push_str(&message);
        }
        let line: String = line.chars().filter(|c| !c.is_control()).take(78).collect();
        let mut out = std::io::stderr().lock();
        // Cut, not wrapped, by a narrow terminal: of two lines one would stay.
        let _ = write!(out, "\r\u{1b}[K\u{1b}[?7l{line}\u{1b}[?7h").and_then(|()| out.flush());
    }

    /// Takes the progress line away.
    pub(super) fn clear(&self) {
        if self.terminal {
            let mut out = std::io::stderr().lock();
            let _ = write!(out, "\r\u{1b}[K").and_then(|()| out.flush());
        }
    }
}
