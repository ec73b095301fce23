//! A Glue kernel that is not ours: what the cells that it was seen to run have set, and what it says of its session.
//!
//! Nothing here runs or asks anything. What the kernel prints is also what the code of cells may print: words of
//! the kernel count only where the kernel says them, see [`words`].

pub mod failure;
pub mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::aws::{Access, Identity, Keys};
use crate::facts;
use crate::model::body::{Assumed, assumed};
use crate::model::create::CreateSession;
use crate::model::effects::ChangeKind;
use crate::model::state::KernelState;
use crate::model::{CellModel, Environment, Kernel, Origin, Setting};

use super::event::CellKey;
use super::runner::{Who, identity_of};

/// What a kernel shows of a cell: texts as it printed them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exceptions that were shown as such.
    pub errors: Vec<ShownError>,
}

/// An exception that was shown as such.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShownError {
    /// Its class.
    pub ename: String,
    /// Its text.
    pub evalue: String,
    /// The traceback, with or without colours.
    pub traceback: Vec<String>,
}

/// A cell that another kernel was seen to run.
#[derive(Debug, Clone)]
pub struct SeenCell {
    /// How the front end names it.
    pub key: CellKey,
    /// Its position among the document's cells.
    pub index: usize,
    /// What it does, as it was when it ran.
    pub model: Arc<CellModel>,
    /// Whether it ran to its end, as far as the kernel says.
    pub ok: bool,
}

/// A session that another kernel has made, or uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfKernel {
    /// Its id.
    pub id: String,
    /// As whom and where it was made.
    pub identity: Identity,
    /// Whether the service has told of it, asked as that identity. The kernel may be somebody else than we take it for.
    pub found: bool,
}

/// Takes over what the settings of a cell change. Stopping and reconnecting are no settings: what has become of them, the
/// kernel says.
pub(super) fn take_settings(state: &mut KernelState, access: &mut Access, index: usize, cell: &CellModel) {
    for change in cell.effects.changes.iter().filter(|change| change.kind.is_setting()) {
        if matches!(change.kind, ChangeKind::Credentials(_)) {
            match assumed(&cell.cell) {
                Some(Assumed::Role(arn)) => *access = Access::Role { arn },
                Some(Assumed::Keys { id, secret, token }) => *access = Access::Keys(Keys::new(id, secret, Some(token))),
                None => {}
            }
        }
        state.change(index, change);
    }
}

/// A kernel that is not ours, as far as its cells were seen.
pub struct OtherKernel {
    environment: Arc<Environment>,
    kernel: Kernel,
    state: KernelState,
    access: Access,
}

impl OtherKernel {
    /// Returns a kernel that has just started.
    pub fn new(environment: Arc<Environment>, kernel: Kernel) -> OtherKernel {
        let state = KernelState::new(Arc::clone(&environment), kernel);
        OtherKernel { environment, kernel, state, access: Access::Own }
    }

    /// Takes note that the kernel was started anew: what was set is forgotten.
    pub fn restarted(&mut self) {
        *self = OtherKernel::new(Arc::clone(&self.environment), self.kernel);
    }

    /// Takes note that a cell was run.
    pub fn ran(&mut self, index: usize, cell: &CellModel) {
        take_settings(&mut self.state, &mut self.access, index, cell);
    }

    /// Takes note of whether it has a session.
    pub fn set_live(&mut self, live: bool) {
        self.state.set_live(live);
    }

    /// Returns as whom and where it makes a session now; `fallback` holds where neither cells nor surroundings say it.
    pub fn identity(&self, fallback: &Who) -> Identity {
        identity_of(&self.state, &self.access, &Who::default(), fallback)
    }

    /// Returns the request that it makes for a session now; `None` where it makes none.
    pub fn request(&self) -> Option<CreateSession> {
        self.state.clone().create().ok()
    }

    /// Returns whether cells have chosen as whom or where sessions are made, so that it may be used only by who trusts
    /// the document. A region that exists is no choice of an identity.
    pub fn is_of_document(&self, own_profile: Option<&str>) -> bool {
        let by_cell = |setting| {
            let given = self.state.resolve(setting).filter(|given| given.value.truthy())?;
            matches!(given.origin, Origin::Cell { .. }).then(|| given.value.to_str())
        };
        let region = by_cell(Setting::Region);
        self.access != Access::Own
            || by_cell(Setting::Endpoint).is_some()
            || by_cell(Setting::Profile).is_some_and(|profile| Some(&*profile) != own_profile)
            || region.is_some_and(|region| facts::regions().find(&region.to_lowercase()).is_none())
    }
}
