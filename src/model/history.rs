//! What became of what cells set: the sessions that came of it, and the values that never reached one.
//!
//! Computed while the cells are folded in document order; rules about several cells read it here, so that each of them
//! costs its own cell.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::syntax::literal::Value;

use super::create::CreateSession;
use super::effects::{Change, ChangeKind, CredentialSource, Effects};
use super::setting::{Given, Origin, Setting};
use super::state::{CreationFailure, KernelState, Outcome};

/// What became of what cells set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// The sessions that running the cells would create, in order. If nothing has needed one since the last setting,
    /// the last of them is the one that the next statement would get.
    pub sessions: Vec<PlannedSession>,
    /// What happened to single values, by cell.
    notes: Vec<Note>,
    /// Which sessions a cell has a part in: cell, index of the session. In order.
    parts: Vec<(usize, usize)>,
    /// The cells that attach to another session, in order; those where it is plain as whom they ask for it.
    attachments: Vec<AsWhom>,
    /// The cells to blame for sessions that cannot be created, in no order.
    refused: Vec<AsWhom>,
}

/// As whom and where a session is asked for: one that is there already, with `%reconnect`, or one that cannot be created.
#[derive(Debug, Clone, PartialEq)]
pub struct AsWhom {
    /// The position of the cell that is to blame, or to thank.
    pub cell: usize,
    /// What the clients are made from, where it is set: profile, region, endpoint.
    pub identity: Vec<(Setting, Given)>,
    /// Which temporary credentials are in use.
    pub credentials: Option<CredentialSource>,
}

/// A session as the cells would have it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedSession {
    /// The position of the cell whose statement needs it; `None` if there is none yet.
    pub needed_by: Option<usize>,
    /// The request.
    pub request: Arc<CreateSession>,
    /// What the request's clients are made from, where it is set: profile, region, endpoint.
    pub identity: Vec<(Setting, Given)>,
    /// Which temporary credentials are in use.
    pub credentials: Option<CredentialSource>,
    /// Where each job argument comes from.
    pub arguments: Vec<(String, Origin)>,
}

impl PlannedSession {
    /// Returns where the value of a setting comes from, if it is set.
    pub fn origin(&self, setting: Setting) -> Option<&Origin> {
        let sent = self.request.origins.iter().find(|(known, _)| *known == setting).map(|(_, origin)| origin);
        sent.or_else(|| self.identity(setting).map(|given| &given.origin))
    }

    /// Returns what the clients are made from: the value of profile, region or endpoint.
    pub fn identity(&self, setting: Setting) -> Option<&Given> {
        self.identity.iter().find(|(known, _)| *known == setting).map(|(_, given)| given)
    }

    fn origins(&self) -> impl Iterator<Item = &Origin> {
        let identity = self.identity.iter().map(|(_, given)| &given.origin);
        let arguments = self.arguments.iter().map(|(_, origin)| origin);
        self.request.origins.iter().map(|(_, origin)| origin).chain(identity).chain(arguments)
    }
}

/// What happened to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The position of the cell that sets it.
    pub cell: usize,
    /// Where it stands, in bytes of the cell's text.
    pub range: Range<usize>,
    /// What it is the value of.
    pub slot: Slot,
    /// What happened to it.
    pub fate: Fate,
}

/// What has a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// A setting.
    Setting(Setting),
    /// A job argument, by its name.
    Argument(String),
    /// A tag, by its key.
    Tag(String),
    /// The session's id.
    SessionId,
}

/// What happened to a value that no session got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Another took its place before there was a session.
    Replaced {
        /// What took its place.
        by: Slot,
        /// The cell with the other.
        cell: usize,
        /// Where the other stands, in bytes of that cell's text.
        range: Range<usize>,
        /// The other, as Python prints it.
        value: String,
    },
    /// A session was there already, and no other came after it.
    Late {
        /// The cell that began that session.
        began: usize,
        /// Whether it did so with a query: no line may stand above a `%%sql`.
        query: bool,
    },
}

impl History {
    /// Returns what happened to the values that a cell sets.
    pub fn notes(&self, cell: usize) -> &[Note] {
        let start = self.notes.partition_point(|note| note.cell < cell);
        let end = self.notes.partition_point(|note| note.cell <= cell);
        &self.notes[start..end]
    }

    /// Returns the sessions that get a value from a cell.
    pub fn sessions_of(&self, cell: usize) -> impl Iterator<Item = &PlannedSession> {
        let start = self.parts.partition_point(|(part, _)| *part < cell);
        let of_cell = self.parts[start..].iter().take_while(move |(part, _)| *part == cell);
        of_cell.filter_map(|(_, session)| self.sessions.get(*session))
    }

    /// Returns as whom a cell attaches to another session; `None` if it does not, or says so only below.
    pub fn attachment(&self, cell: usize) -> Option<&AsWhom> {
        let index = self.attachments.binary_search_by_key(&cell, |attachment| attachment.cell).ok()?;
        self.attachments.get(index)
    }

    /// Returns as whom the first session is asked for that cannot be created because of a cell.
    pub fn refused(&self, cell: usize) -> Option<&AsWhom> {
        self.refused.iter().find(|refused| refused.cell == cell)
    }

    /// Returns the cells for which the two differ, in no order and possibly more than once.
    pub fn differences(&self, other: &History) -> Vec<usize> {
        let mut cells = Vec::new();
        if self.notes != other.notes {
            let gone = self.notes.iter().filter(|note| !other.notes(note.cell).contains(note));
            let come = other.notes.iter().filter(|note| !self.notes(note.cell).contains(note));
            cells.extend(gone.chain(come).map(|note| note.cell));
        }
        if self.sessions != other.sessions {
            cells.extend(self.parts.iter().chain(&other.parts).map(|(cell, _)| *cell));
        }
        if self.sessions != other.sessions || self.attachments != other.attachments {
            cells.extend(self.attachments.iter().chain(&other.attachments).map(|attachment| attachment.cell));
        }
        if self.refused != other.refused {
            cells.extend(self.refused.iter().chain(&other.refused).map(|refused| refused.cell));
        }
        cells
    }
}

/// Settings that become a job argument when a session is created, whatever the argument was before.
const ARGUMENTS: [(Setting, &str); 5] = [
    (Setting::EnableDataCatalog, "--enable-glue-datacatalog"),
    (Setting::ExtraPyFiles, "--extra-py-files"),
    (Setting::ExtraJars, "--extra-jars"),
    (Setting::AdditionalPythonModules, "--additional-python-modules"),
    (Setting::SparkConf, "--conf"),
];

/// A value that a cell has set.
struct Held {
    cell: usize,
    range: Range<usize>,
    value: Value,
    /// Whether a session has got it, or could not be created with it.
    delivered: bool,
    /// The cell that had begun the session that was there when it was set, and whether with a query.
    behind: Option<(usize, bool)>,
}

/// Returns what clients are made from, where it is set.
fn identity(state: &KernelState) -> Vec<(Setting, Given)> {
    let given = |setting| Some((setting, state.resolve(setting).filter(|given| given.value.truthy())?));
    [Setting::Profile, Setting::Region, Setting::Endpoint].into_iter().filter_map(given).collect()
}

/// Returns whether a cell attaches to another session, and nothing below that in it changes as whom.
fn attaches(effects: &Effects) -> bool {
    let changes_identity = |change: &&Change| match &change.kind {
        ChangeKind::Set(setting, _) => matches!(setting, Setting::Profile | Setting::Region | Setting::Endpoint),
        ChangeKind::Credentials(_) | ChangeKind::Variable(..) => true,
        _ => false,
    };
    let first = effects.changes.iter().position(|change| matches!(change.kind, ChangeKind::Reconnect(_)));
    first.is_some_and(|at| !effects.changes[at..].iter().any(|change| changes_identity(&change)))
}

/// Writes a history, cell by cell.
#[derive(Default)]
pub(super) struct Historian {
    history: History,
    held: HashMap<Slot, Held>,
    /// The cell that began the session that is there, and whether with a query.
    began: Option<(usize, bool)>,
    /// Whether a session that is not known took the place of the present one.
    elsewhere: bool,
    /// Whether something was set since the last session was created, or tried.
    pending: bool,
}

impl Historian {
    /// Takes in a cell: what it does, and what that led to in `state`, which has run it.
    pub(super) fn cell(&mut self, cell: usize, effects: &Effects, outcome: &Outcome, state: &KernelState) {
        for change in &effects.changes {
            self.change(cell, change);
        }
        if attaches(effects) {
            let (identity, credentials) = (identity(state), state.credentials().cloned());
            self.history.attachments.push(AsWhom { cell, identity, credentials });
        }
        if let Some(failure) = &outcome.failure {
            self.refused(cell, failure, state);
        }
        if outcome.created.is_none() && outcome.failure.is_none() {
            return;
        }
        self.arguments_replaced();
        self.held.values_mut().for_each(|held| held.delivered = true);
        self.pending = false;
        if let Some(request) = &outcome.created {
            self.began = Some((cell, effects.is_query));
            self.session(Some(cell), request.clone(), state);
        }
    }

    fn refused(&mut self, needed_by: usize, failure: &CreationFailure, state: &KernelState) {
        let cell = match failure.origin {
            Some(Origin::Cell { cell, .. }) => cell,
            _ => needed_by,
        };
        // The last one is that of most cells below it.
        if !self.history.refused.iter().rev().any(|known| known.cell == cell) {
            let (identity, credentials) = (identity(state), state.credentials().cloned());
            self.history.refused.push(AsWhom { cell, identity, credentials });
        }
    }

    fn change(&mut self, cell: usize, change: &Change) {
        let (slot, value) = match &change.kind {
            ChangeKind::Set(setting, value) => (Slot::Setting(*setting), value.clone()),
            ChangeKind::DefaultArgument { name, value } => {
                (Slot::Argument(name.clone()), Some(Value::Str(value.clone())))
            }
            ChangeKind::Tag(Value::Str(key), value) => (Slot::Tag(key.clone()), Some(value.clone())),
            ChangeKind::SessionId(value) => (Slot::SessionId, Some(value.clone())),
            ChangeKind::Stop => {
                (self.began, self.elsewhere) = (None, false);
                return;
            }
            ChangeKind::Reconnect(_) => {
                (self.began, self.elsewhere) = (None, true);
                return;
            }
            ChangeKind::Tag(..) | ChangeKind::Credentials(_) | ChangeKind::Variable(..) => return,
        };
        self.pending |= self.began.is_none();
        // Tags are added to a session that is there.
        let at_once = self.began.is_some() && matches!(slot, Slot::Tag(_));
        let old = self.held.remove(&slot);
        let Some(value) = value else { return };
        let mut delivered = at_once;
        if let Some(old) = old {
            // Said again: the session has it, or the next one gets it.
            delivered |= old.delivered && old.value == value;
            if !old.delivered && old.value != value {
                let by = slot.clone();
                let (range, value) = (change.range.clone(), value.to_str());
                self.lost(slot.clone(), old, Fate::Replaced { by, cell, range, value });
            }
        }
        let held = Held { cell, range: change.range.clone(), value, delivered, behind: self.began };
        self.held.insert(slot, held);
    }

    /// A session is being created: settings take the place of job arguments.
    fn arguments_replaced(&mut self) {
        for (setting, name) in ARGUMENTS {
            let by = Slot::Setting(setting);
            let Some(winner) = self.held.get(&by).filter(|held| held.value.truthy()) else { continue };
            let (cell, range, text) = (winner.cell, winner.range.clone(), winner.value.to_str());
            let slot = Slot::Argument(name.to_owned());
            let loses = |held: &Held| !held.delivered && held.value.as_str() != Some(&*text);
            if self.held.get(&slot).is_some_and(loses)
                && let Some(loser) = self.held.remove(&slot)
            {
                self.lost(slot, loser, Fate::Replaced { by, cell, range, value: text });
            }
        }
    }

    fn lost(&mut self, slot: Slot, held: Held, fate: Fate) {
        if self.elsewhere {
            return;
        }
        let fate = held.behind.map_or(fate, |(began, query)| Fate::Late { began, query });
        self.history.notes.push(Note { cell: held.cell, range: held.range, slot, fate });
    }

    fn session(&mut self, needed_by: Option<usize>, request: Arc<CreateSession>, state: &KernelState) {
        let session = PlannedSession {
            needed_by,
            request,
            identity: identity(state),
            credentials: state.credentials().cloned(),
            arguments: state.arguments().iter().map(|(name, _, origin)| (name.clone(), origin.clone())).collect(),
        };
        let index = self.history.sessions.len();
        let mut cells: Vec<usize> = session
            .origins()
            .filter_map(|origin| match origin {
                Origin::Cell { cell, .. } => Some(*cell),
                _ => None,
            })
            .collect();
        cells.sort_unstable();
        cells.dedup();
        self.history.parts.extend(cells.into_iter().map(|cell| (cell, index)));
        self.history.sessions.push(session);
    }

    /// Ends the history; `state` is that behind the last cell.
    pub(super) fn finish(mut self, state: &KernelState) -> History {
        if self.pending && !self.elsewhere && !state.is_live() {
            // Nothing needs a session yet: the one that the next statement would get.
            let mut next = state.clone();
            if let Ok(request) = next.create() {
                self.arguments_replaced();
                self.session(None, Arc::new(request), &next);
            }
        }
        if !self.elsewhere {
            for (slot, held) in std::mem::take(&mut self.held) {
                if let (false, Some((began, query))) = (held.delivered, held.behind.filter(|_| state.is_live())) {
                    self.lost(slot, held, Fate::Late { began, query });
                }
            }
        }
        let key = |note: &Note| (note.cell, note.range.start, note.range.end);
        self.history.notes.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.slot.cmp(&b.slot)));
        self.history.parts.sort_unstable();
        self.history
    }
}
