//! What a notebook means: whether it is Glue's, which settings it makes, what running it would send.
//!
//! Plain values and functions: no I/O, no editor, no service. Environment variables and the AWS
//! configuration come in as an [`Environment`]. Imports `syntax`, `facts` and `text`.

pub mod account;
pub mod actions;
pub mod body;
pub mod cell_model;
pub mod cost;
pub mod create;
pub mod effects;
pub mod environment;
pub mod expand;
pub mod gate;
pub mod history;
mod local_python;
pub mod numbers;
pub mod open;
pub mod plan;
pub mod policy;
pub mod refusal;
pub mod setting;
pub mod spark;
pub mod state;

pub use cell_model::{CellModel, NotebookModel};
pub use environment::Environment;
pub use gate::{Gate, Kernel};
pub use refusal::Refusal;
pub use setting::{Origin, Setting};

use crate::facts;
use crate::syntax::literal::Value;

/// Returns the Python (major, minor) that sessions of the state's Glue version run; the newest one's
/// where the version is not known, so that nothing is reported that might be fine.
fn session_python(state: &state::KernelState) -> (u8, u8) {
    let given = state.resolve(Setting::GlueVersion);
    let known = match given.as_ref().map(|given| &given.value) {
        Some(Value::Str(version)) => facts::versions().glue(version),
        _ => None,
    };
    known.or_else(|| facts::versions().glue_versions().last()).map_or((3, 13), facts::GlueVersion::python_minor)
}
