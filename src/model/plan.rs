//! What running a document would do, from top to bottom, without doing it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::syntax::CellKind;

use super::cell_model::NotebookModel;
use super::create::CreateSession;
use super::effects::{MagicCall, statement};
use super::setting::Setting;

/// The plan of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The last CreateSession request; `None` if no cell makes one.
    pub create_session: Option<Arc<CreateSession>>,
    /// What glue-ls itself would send beyond the kernel's last request, with API member names.
    pub sends: Map<String, Json>,
    /// The code cells, in order.
    pub cells: Vec<PlannedCell>,
}

/// What running one cell would do.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedCell {
    /// The cell's position among the document's cells.
    pub cell: usize,
    /// The exact text that RunStatement would get; `None`: nothing is sent.
    pub statement: Option<String>,
    /// The request made first, if the cell needs a session and there is none.
    pub create_session: Option<Arc<CreateSession>>,
    /// The magics run, in order. Bodies and credentials are not among them.
    pub magics: Vec<MagicCall>,
    /// Shell commands that the official kernel would run on this machine.
    pub shell: Vec<String>,
}

/// Minutes of idleness after which a session of glue-ls's own ends where the document says nothing: the
/// service's default is two days at full price.
pub const DEFAULT_IDLE_TIMEOUT: u32 = 60;

/// Makes the plan of a document whose cells a Glue kernel runs. Others have an empty one. A session for which the document
/// sets no idle timeout gets one of `idle_timeout` minutes.
pub fn plan(model: &NotebookModel, idle_timeout: u32) -> Plan {
    let mut plan = Plan { create_session: None, sends: Map::new(), cells: Vec::new() };
    for (index, (cell, outcome)) in model.cells.iter().zip(model.outcomes.iter()).enumerate() {
        if cell.cell.kind != CellKind::Code {
            continue;
        }
        if outcome.created.is_some() {
            plan.create_session.clone_from(&outcome.created);
        }
        plan.cells.push(PlannedCell {
            cell: index,
            statement: if outcome.sent { statement(&cell.cell) } else { None },
            create_session: outcome.created.clone(),
            magics: cell.effects.calls.clone(),
            shell: cell.effects.shell.clone(),
        });
    }
    if let Some(request) = &plan.create_session
        && request.idle_timeout.is_none()
    {
        plan.sends.insert("IdleTimeout".into(), json!(idle_timeout));
    }
    plan
}

impl Plan {
    /// Adds tags of the user's, as far as the document sets no others.
    pub fn with_tags(mut self, tags: &BTreeMap<String, String>) -> Plan {
        if let Some(request) = &self.create_session {
            let added = added_tags(request, tags).map(|(key, value)| (key.clone(), json!(value)));
            let added: Map<String, Json> = added.collect();
            if !added.is_empty() {
                self.sends.insert("Tags".into(), Json::Object(added));
            }
        }
        self
    }
}

/// Returns which of the tags of a user's settings a session gets: what the document sets wins.
pub fn added_tags<'a>(
    request: &'a CreateSession,
    tags: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    tags.iter().filter(|(key, _)| !request.tags.iter().any(|(known, _)| known == *key))
}

/// Where a setting of a request comes from, for people: `cell 3`, `environment variable region`.
pub fn origin_text(request: &CreateSession, setting: Setting) -> Option<String> {
    use super::setting::Origin;
    let (_, origin) = request.origins.iter().find(|(known, _)| *known == setting)?;
    Some(match origin {
        Origin::Cell { cell, .. } => format!("cell {cell}"),
        Origin::Environment(name) => format!("environment variable {name}"),
        Origin::ConfigFile { profile, key } => format!("AWS config file, profile {profile}, {key}"),
        Origin::Default => "the kernel's default".to_owned(),
    })
}
