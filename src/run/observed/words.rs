//! What the Glue kernel says of its session, in what a cell shows.
//!
//! The kernel prints its words between what magics print and what the code of the cell prints, all on the same stream.
//! Code could print the same: so words count only in the place where the kernel says them, as often as the cell has it
//! say them, and only of ids that a session can have.

use crate::model::CellModel;
use crate::run::traceback::without_colours;

use super::Shown;

/// What the kernel says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It has just started.
    Started,
    /// It has created this session, which is not ready yet.
    Created(String),
    /// The session that it has created is ready.
    Ready(String),
    /// It has this session, and the service's word for its state where the kernel says that.
    Has(String, Option<String>),
    /// It has left its session for this one.
    Switched(String),
    /// It has no session.
    HasNone,
    /// This session, or the one it has, is over; the service's word for how.
    Over(Option<String>, String),
    /// This session could not be stopped.
    NotStopped(String),
    /// No session was created; the text says why.
    NotCreated(String),
}

/// The longest id of a session that the service takes.
const LONGEST_ID: usize = 255;
/// The longest line that the kernel could have said, in bytes.
const LONGEST_LINE: usize = 4 * 1024;
/// The most lines that are looked at.
const MOST_LINES: usize = 20_000;

/// Returns whether a text can be the id of a session.
///
/// The service takes nearly all characters. These are the ones that the kernel takes in a prefix, and some that people use
/// in names; others are rather a mistake of ours than an id.
pub fn is_id(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._#/:@+=".contains(c);
    !text.is_empty() && text.len() <= LONGEST_ID && text.chars().all(fits)
}

/// What the kernel has said in a cell, by stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// On standard output. What comes later is added at the end.
    pub stdout: Vec<Said>,
    /// On standard error. What comes later is added at the end.
    pub stderr: Vec<Said>,
}

/// Reads what the kernel has said while it ran a cell. A line that has no end yet counts only if the cell has ended.
pub fn read(cell: &CellModel, shown: &Shown, ended: bool) -> Words {
    let mut may = May::of(cell);
    let stdout = may.stdout(&lines(&shown.stdout, ended));
    Words { stdout, stderr: may.stderr(&lines(&shown.stderr, ended)) }
}

fn lines(text: &str, ended: bool) -> Vec<String> {
    let whole = if ended { text.len() } else { text.rfind('\n').map_or(0, |at| at + 1) };
    let lines = text[..whole].lines().take(MOST_LINES);
    lines.map(|line| if line.len() > LONGEST_LINE { String::new() } else { plain(line) }).collect()
}

fn plain(line: &str) -> String {
    without_colours(line).trim_end().to_owned()
}

/// What the kernel may yet say in the cell.
struct May<'a> {
    creates: bool,
    stops: usize,
    shows_id: usize,
    shows_status: usize,
    /// The arguments of `%reconnect`.
    reconnects: Vec<&'a str>,
    /// Whether the kernel has begun to create a session in this cell.
    began: bool,
}

impl<'a> May<'a> {
    fn of(cell: &'a CellModel) -> May<'a> {
        let calls = |name: &str| cell.effects.calls.iter().filter(|call| call.name == name).count();
        let reconnects = cell.effects.calls.iter().filter(|call| call.name == "reconnect");
        May {
            creates: cell.effects.has_statement,
            stops: calls("stop_session") + calls("delete_session"),
            shows_id: calls("session_id"),
            shows_status: calls("status"),
            reconnects: reconnects.map(|call| call.argument.trim()).collect(),
            began: false,
        }
    }

    fn stdout(&mut self, lines: &[String]) -> Vec<Said> {
        let mut said = Vec::new();
        let mut first = true;
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += 1;
            if line.is_empty() {
                continue;
            }
            if std::mem::take(&mut first) && line == "Welcome to the Glue Interactive Sessions Kernel" {
                said.push(Said::Started);
            } else if self.creates && line == "Trying to create a Glue session for the kernel." {
                self.creates = false;
                self.began = true;
                // What comes behind is what the cell's code prints.
                creation(&lines[at..], &mut said);
                break;
            } else {
                said.extend(self.magic(line, lines.get(at).map(String::as_str)));
            }
        }
        said
    }

    /// What a magic has the kernel say.
    fn magic(&mut self, line: &str, next: Option<&str>) -> Option<Said> {
        if line == "There is no current session." {
            let left =
                [&mut self.stops, &mut self.shows_id, &mut self.shows_status].into_iter().find(|left| **left > 0)?;
            *left -= 1;
            return Some(Said::HasNone);
        }
        if let Some(id) = id_in(line, "Stopping session: ", "") {
            self.stops = self.stops.checked_sub(1)?;
            return Some(Said::Over(Some(id), "STOPPED".to_owned()));
        }
        if let Some(id) = id_in(line, "Current active Session ID: ", "") {
            self.shows_id = self.shows_id.checked_sub(1)?;
            return Some(Said::Has(id, None));
        }
        if let Some(id) = id_in(line, "Session ID: ", "") {
            let status = next?.strip_prefix("Status: ")?;
            self.shows_status = self.shows_status.checked_sub(1)?;
            return Some(Said::Has(id, Some(word(status)?)));
        }
        let switched = id_in(line, "Switched to Session: ", ".");
        let id = switched.clone().or_else(|| id_in(line, "Session: ", " is already active."))?;
        let place = self.reconnects.iter().position(|argument| *argument == id)?;
        self.reconnects.remove(place);
        Some(if switched.is_some() { Said::Switched(id) } else { Said::Has(id, None) })
    }

    fn stderr(&self, lines: &[String]) -> Vec<Said> {
        let mut said = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let next = lines.get(at + 1).map(String::as_str).unwrap_or_default();
            if let Some((id, status)) =
                line.strip_prefix("session_id=").and_then(|rest| rest.split_once(" has reached "))
                && let Some(status) = status.strip_suffix(" status.").and_then(word)
                && is_id(id)
                && next.starts_with("Please re-run the same cell to restart the session.")
            {
                said.push(Said::Over(Some(id.to_owned()), status));
            } else if let Some(rest) = line.strip_prefix("Exception encountered while stopping session ")
                && let Some((id, _)) = rest.split_once(": ").filter(|(id, _)| is_id(id))
            {
                said.push(Said::NotStopped(id.to_owned()));
            } else if let Some(status) = line
                .strip_prefix("Session failed to reach READY instead reaching terminal state ")
                .filter(|_| self.began)
                && let Some(status) = word(status.trim_end_matches('.'))
            {
                said.push(Said::Over(None, status));
            } else if let Some(why) = line.strip_prefix("Exception encountered while creating session: ") {
                // The region may be refused before the kernel says that it begins.
                said.extend((self.began || self.creates).then(|| Said::NotCreated(why.to_owned())));
            }
        }
        said
    }
}

/// Reads what follows the word that a session is created.
fn creation(lines: &[String], said: &mut Vec<Said>) {
    let mut asked: Option<&str> = None;
    let mut created: Option<String> = None;
    for line in lines {
        match &created {
            None => {
                if asked.is_none() {
                    asked = line.strip_prefix("Session ID: ");
                }
                // The service answers with the id that was asked for.
                let waits = id_in(line, "Waiting for session ", " to get into ready status...");
                if let Some(id) = waits.filter(|id| asked == Some(id)) {
                    said.push(Said::Created(id.clone()));
                    created = Some(id);
                }
            }
            Some(id) => {
                if id_in(line, "Session ", " has been created.").as_ref() == Some(id) {
                    said.push(Said::Ready(id.clone()));
                }
                return;
            }
        }
    }
}

fn id_in(line: &str, before: &str, after: &str) -> Option<String> {
    let id = line.strip_prefix(before)?.strip_suffix(after)?;
    is_id(id).then(|| id.to_owned())
}

/// A word of the service for a state.
fn word(text: &str) -> Option<String> {
    let text = text.trim();
    let fits =
        !text.is_empty() && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    fits.then(|| text.to_owned())
}
