//! Which value of a setting holds at a cell, and where it comes from.

use crate::model::create::CreateSession;
use crate::model::effects::ChangeKind;
use crate::model::{NotebookModel, Origin, Setting};
use crate::syntax::split::lines;

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features) struct InForce {
    /// The value, as Python prints it.
    pub(in crate::features) value: String,
    /// Where it comes from.
    pub(in crate::features) origin: Origin,
}

/// Returns the value that a setting has once a cell has been run, all above it before. `None` if none of
/// them sets it and nothing outside the notebook is known to.
pub(in crate::features) fn in_force(model: &NotebookModel, cell: usize, setting: Setting) -> Option<InForce> {
    let last = model.cells.iter().enumerate().take(cell + 1).rev().find_map(|(index, model)| {
        let changes = model.effects.changes.iter().rev();
        changes
            .filter_map(|change| match &change.kind {
                ChangeKind::Set(set, value) if *set == setting => {
                    Some((value, Origin::Cell { cell: index, range: change.range.clone() }))
                }
                _ => None,
            })
            .next()
    });
    if let Some((Some(value), origin)) = last {
        return Some(InForce { value: value.to_str(), origin });
    }
    // Never set, or unset again: the next session's request tells what the environment gives.
    let request = model.outcomes.iter().skip(cell).find_map(|outcome| outcome.created.as_ref());
    let told = request.and_then(|request| {
        let (_, origin) = request.origins.iter().find(|(known, _)| *known == setting)?;
        // What a cell below sets does not hold yet.
        let outside = !matches!(origin, Origin::Cell { .. });
        let value = sent(request, setting).filter(|_| outside)?;
        Some(InForce { value, origin: origin.clone() })
    });
    told.or_else(|| outside(model, cell, setting))
}

/// What the environment gives where no request tells it.
fn outside(model: &NotebookModel, cell: usize, setting: Setting) -> Option<InForce> {
    let environment = &model.environment;
    let given = environment.from_variables(setting).or_else(|| {
        let profile = match setting {
            Setting::Profile => None,
            _ => in_force(model, cell, Setting::Profile).map(|given| given.value).filter(|name| !name.is_empty()),
        };
        environment.from_config_file(setting, profile.as_deref())
    })?;
    let value = given.value.to_str();
    (!value.is_empty()).then_some(InForce { value, origin: given.origin })
}

fn sent(request: &CreateSession, setting: Setting) -> Option<String> {
    match setting {
        Setting::GlueVersion => request.glue_version.clone(),
        Setting::WorkerType => request.worker_type.clone(),
        Setting::NumberOfWorkers => request.number_of_workers.clone(),
        Setting::IdleTimeout => request.idle_timeout.clone(),
        Setting::Timeout => request.timeout.clone(),
        Setting::IamRole => request.role.clone(),
        Setting::SecurityConfig => request.security_configuration.clone(),
        Setting::Connections => Some(request.connections.join(",")).filter(|list| !list.is_empty()),
        Setting::SessionType => Some(request.command.clone()),
        _ => None,
    }
}

impl InForce {
    /// Returns value and origin in a sentence's part, in Markdown; `cell` is where it is read.
    pub(in crate::features) fn markdown(&self, model: &NotebookModel, cell: usize) -> String {
        format!("{} ({})", super::describe::code(&self.value), origin_text(&self.origin, model, cell))
    }
}

/// Returns where a value comes from, in a sentence's part, in Markdown; `cell` is where it is read.
pub(in crate::features) fn origin_text(origin: &Origin, model: &NotebookModel, cell: usize) -> String {
    match origin {
        Origin::Cell { cell: from, range } => {
            let text = model.cells.get(*from).map_or("", |model| &model.cell.text);
            let line = lines(text).take_while(|line| line.content.start <= range.start).count().max(1);
            if *from == cell { format!("line {line} of this cell") } else { format!("line {line} of cell {from}") }
        }
        Origin::Environment(name) => format!("environment variable `{name}`"),
        Origin::ConfigFile { profile, key } => {
            format!("`{key}` of profile `{profile}` in the AWS config file")
        }
        Origin::Default => "the kernel's default".to_owned(),
    }
}
