//! What a run says at its end: what each cell took, what it cost, and what became of the session.

use std::fmt::Write as _;
use std::time::Duration;

use super::cost::Cost;

mod run;
mod session;

pub use run::RunReceipt;
pub use session::SessionReceipt;

/// Most columns of a line.
const WIDTH: usize = 80;

/// What a run did.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// Its cells, in the order in which they ran.
    pub cells: Vec<CellReceipt>,
    /// The session's id, if there was one.
    pub session: Option<String>,
    /// How the session ended.
    pub end: SessionEnd,
    /// What it cost; `None` on the local engine.
    pub cost: Option<Cost>,
}

/// What a cell did.
#[derive(Debug, Clone, PartialEq)]
pub struct CellReceipt {
    /// Its number or name.
    pub name: String,
    /// How it ended.
    pub state: CellEnd,
    /// How long it took.
    pub time: Duration,
    /// What it used; `None` where nothing is counted.
    pub usage: Option<Usage>,
    /// What that cost; `None` where nothing is counted.
    pub cost: Option<Cost>,
}

/// How a cell ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellEnd {
    /// Well.
    Ok,
    /// With an error.
    Error,
    /// It was cancelled.
    Cancelled,
    /// It did not get its turn.
    NotRun,
}

impl CellEnd {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::NotRun => "not run",
        }
    }

    /// The number of its colour on a terminal.
    fn colour(self) -> u8 {
        match self {
            Self::Ok => 32,
            Self::Error => 31,
            Self::Cancelled => 33,
            Self::NotRun => 2,
        }
    }
}

/// An amount of DPU-seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// DPU-seconds; finite and not negative.
    pub dpu_seconds: f64,
    /// Whether it was not counted by the service.
    pub estimate: bool,
}

impl Usage {
    /// Returns what a cell used: what the service had counted for the session after it, less what it had before. Where
    /// it does not tell both, or counts backwards, that is reckoned from the cell's time and the session's DPU.
    pub fn of(before: Option<f64>, after: Option<f64>, time: Duration, dpu: f64) -> Self {
        let counted = before.zip(after).map(|(before, after)| after - before);
        match counted.filter(|used| used.is_finite() && *used >= 0.0) {
            Some(dpu_seconds) => Self { dpu_seconds, estimate: false },
            None => {
                let reckoned = time.as_secs_f64() * dpu;
                Self { dpu_seconds: if reckoned.is_finite() { reckoned.max(0.0) } else { 0.0 }, estimate: true }
            }
        }
    }

    /// Returns both together.
    fn and(self, other: Self) -> Self {
        Self { dpu_seconds: self.dpu_seconds + other.dpu_seconds, estimate: self.estimate || other.estimate }
    }

    /// Returns it as people read it.
    pub(super) fn text(self) -> String {
        format!("{}{:.1}", if self.estimate { "about " } else { "" }, self.dpu_seconds)
    }
}

/// How a session ended, as far as the run is concerned.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionEnd {
    /// There was none.
    None,
    /// It was stopped, or ended by itself: it costs nothing any more.
    Stopped,
    /// It lives on, and costs.
    Alive {
        /// What an hour costs; `None` on the local engine.
        per_hour: Option<Cost>,
        /// What stops it: a command, or words.
        stop: String,
    },
    /// Nobody knows whether it lives.
    Unclear {
        /// What to do: a command, or words.
        stop: String,
    },
}

impl Receipt {
    /// Returns how long all cells took.
    pub fn time(&self) -> Duration {
        self.cells.iter().fold(Duration::ZERO, |sum, cell| sum.saturating_add(cell.time))
    }

    /// Returns what all cells used; `None` if nothing was counted.
    pub fn usage(&self) -> Option<Usage> {
        self.cells.iter().filter_map(|cell| cell.usage).reduce(Usage::and)
    }

    /// Returns what all cells cost, without what the session cost besides; `None` if nothing was counted.
    pub fn cells_cost(&self) -> Option<Cost> {
        let costs = self.cells.iter().filter_map(|cell| cell.cost);
        costs.reduce(|a, b| Cost { usd: a.usd + b.usd, estimate: a.estimate || b.estimate })
    }

    /// Returns it as text of whole lines, with colours for a terminal or without.
    ///
    /// No line has more than 80 columns, but for one that holds nothing but what stops the session: a command is
    /// there to be copied.
    pub fn text(&self, colour: bool) -> String {
        let mut out = String::new();
        if !self.cells.is_empty() {
            self.table(&mut out, colour);
        }
        match &self.session {
            Some(id) => wrapped(&mut out, "Session:", &clean(id)),
            None => wrapped(&mut out, "Session:", "none was started"),
        }
        let alive = |out: &mut String, text: &str, stop: &str| {
            let text = if colour { format!("\u{1b}[33m{text}\u{1b}[0m") } else { text.to_owned() };
            let _ = writeln!(out, "{text}\n    {}", clean(stop));
        };
        match &self.end {
            SessionEnd::None => {}
            SessionEnd::Stopped => out.push_str("         stopped\n"),
            SessionEnd::Alive { per_hour: Some(cost), stop } => {
                alive(&mut out, &format!("It is still alive and costs {}. This stops it:", cost.per_hour_text()), stop);
            }
            SessionEnd::Alive { per_hour: None, stop } => alive(&mut out, "It is still alive. This stops it:", stop),
            SessionEnd::Unclear { stop } => {
                alive(&mut out, "It may still be alive and cost money. This makes sure that it is not:", stop);
            }
        }
        match &self.cost {
            // More than the cells': the session costs while it waits, too.
            Some(cost) if self.usage().is_some() => {
                wrapped(&mut out, "Cost:", &format!("{cost}, the session from start to end"));
            }
            Some(cost) => wrapped(&mut out, "Cost:", &cost.to_string()),
            None => wrapped(&mut out, "Cost:", "local, no cost"),
        }
        out
    }

    fn table(&self, out: &mut String, colour: bool) {
        let usage = |usage: Option<Usage>| usage.map_or_else(String::new, Usage::text);
        let counted = self.usage();
        let paid = self.cost.is_some();
        let cost = |cost: Option<Cost>| cost.filter(|_| paid).map_or_else(String::new, small);
        let seconds = if counted.is_some() { "DPU-seconds" } else { "" };
        let dollars = if counted.is_some() && paid { "Cost" } else { "" };
        let head = ["Cell", "State", "Time", seconds, dollars].map(str::to_owned);
        let total = ["Total".to_owned(), String::new(), time(self.time()), usage(counted), cost(self.cells_cost())];
        let cells = self.cells.iter().map(|cell| {
            let took = if cell.state == CellEnd::NotRun { String::new() } else { time(cell.time) };
            [clean(&cell.name), cell.state.word().to_owned(), took, usage(cell.usage), cost(cell.cost)]
        });
        let mut rows: Vec<[String; 5]> = std::iter::once(head).chain(cells).collect();
        rows.push(total);
        let mut widths = [0; 5];
        for row in &rows {
            for (widest, text) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(width(text));
            }
        }
        // The names get what the others leave.
        let others: usize = widths[1..].iter().sum::<usize>() + 4 * 2;
        widths[0] = widths[0].min(WIDTH.saturating_sub(others).max(1));
        let last = rows.len() - 1;
        for (at, row) in rows.into_iter().enumerate() {
            let [name, state, time, used, cost] = row;
            let name = pad_end(shortened(&name, widths[0]), widths[0]);
            let state = pad_end(state, widths[1]);
            let columns = [(time, widths[2]), (used, widths[3]), (cost, widths[4])];
            let numbers = columns.map(|(text, width)| pad_start(&text, width)).join("  ");
            let numbers = numbers.trim_end();
            let paint = |code: u8, text: &str| format!("\u{1b}[{code}m{text}\u{1b}[0m");
            let line = match self.cells.get(at.wrapping_sub(1)) {
                _ if !colour => format!("{name}  {state}  {numbers}"),
                Some(cell) if at < last => format!("{name}  {}  {numbers}", paint(cell.state.colour(), &state)),
                _ => paint(1, &format!("{name}  {state}  {numbers}")),
            };
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
}

/// Writes a label and a text, which goes on below itself where it is too long.
fn wrapped(out: &mut String, label: &str, text: &str) {
    let mut column = WIDTH;
    let mut start = Some(label);
    for c in text.chars() {
        let columns = columns(c);
        if column + columns > WIDTH {
            if start.is_none() {
                out.push('\n');
            }
            let _ = write!(out, "{:<9}", start.take().unwrap_or_default());
            column = 9;
        }
        out.push(c);
        column += columns;
    }
    out.push('\n');
}

/// Returns what a part of a session cost, as people read it: a cell costs a fraction of a cent.
fn small(cost: Cost) -> String {
    if cost.usd < 0.01 {
        return format!("{}${:.4}", if cost.estimate { "about " } else { "" }, cost.usd);
    }
    cost.to_string()
}

/// Returns a time as people read it.
fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    // What would be rounded to 60.0 is a minute.
    if time < Duration::from_millis(59_950) {
        return format!("{:.1} s", time.as_secs_f64());
    }
    let seconds = if seconds < 60 { 60 } else { seconds };
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

/// Returns a text on one line, without what would steer a terminal or turn the text around.
fn clean(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// Returns a text of no more than so many columns; one that is cut ends in an ellipsis.
fn shortened(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut left = most.saturating_sub(1);
    for c in text.chars() {
        match left.checked_sub(columns(c)) {
            Some(rest) => left = rest,
            None => break,
        }
        out.push(c);
    }
    out.push('…');
    out
}

fn pad_end(mut text: String, to: usize) -> String {
    text.push_str(&" ".repeat(to.saturating_sub(width(&text))));
    text
}

fn pad_start(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}

fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// Returns how many columns a character takes on a terminal, for the scripts where it is not one.
fn columns(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
