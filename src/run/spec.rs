//! From the kernel's request to the one that is sent.

use std::collections::BTreeMap;

use crate::model::create::CreateSession;
use crate::model::plan::added_tags;
use crate::model::state::KernelState;
use crate::model::{Origin, Setting};
use crate::session::{SessionId, SessionSpec};
use crate::syntax::literal::Value;

/// Makes what CreateSession takes of the kernel's request: an id that is ours, and an idle timeout of `idle_minutes`
/// and `tags` where the document sets none. `RequestOrigin`, in which the kernel names itself, is left out: its effect is not known.
///
/// # Errors
///
/// A sentence about a number that the API cannot hold.
pub(super) fn spec(
    request: &CreateSession,
    state: &KernelState,
    idle_minutes: u32,
    tags: &BTreeMap<String, String>,
) -> Result<SessionSpec, String> {
    let id = request.id.clone().unwrap_or_else(|| fresh_id(state));
    let mut spec = SessionSpec::new(SessionId::new(id), request.command.clone());
    spec.role.clone_from(&request.role);
    spec.python_version = Some("3".to_owned());
    spec.default_arguments.clone_from(&request.default_arguments);
    spec.tags.clone_from(&request.tags);
    spec.tags.extend(added_tags(request, tags).map(|(key, value)| (key.clone(), value.clone())));
    spec.max_capacity = request.max_capacity;
    spec.number_of_workers = number(Setting::NumberOfWorkers, request.number_of_workers.as_deref())?;
    spec.worker_type.clone_from(&request.worker_type);
    spec.security_configuration.clone_from(&request.security_configuration);
    spec.idle_timeout = match number(Setting::IdleTimeout, request.idle_timeout.as_deref())? {
        None => i32::try_from(idle_minutes).ok(),
        set => set,
    };
    spec.timeout = number(Setting::Timeout, request.timeout.as_deref())?;
    spec.connections.clone_from(&request.connections);
    spec.glue_version.clone_from(&request.glue_version);
    Ok(spec)
}

/// Adds arguments of the job; of two with one name the added one counts.
pub(super) fn with_arguments(mut spec: SessionSpec, arguments: &[(String, String)]) -> SessionSpec {
    spec.default_arguments.retain(|(name, _)| !arguments.iter().any(|(added, _)| added == name));
    spec.default_arguments.extend_from_slice(arguments);
    spec
}

/// A new id: random, behind the prefix if one is set, as the kernel makes them.
fn fresh_id(state: &KernelState) -> String {
    let random = uuid::Uuid::new_v4().to_string();
    match state.resolve(Setting::SessionIdPrefix).map(|given| given.value) {
        Some(Value::Str(prefix)) if !prefix.is_empty() => format!("{prefix}-{random}"),
        _ => random,
    }
}

fn number(setting: Setting, digits: Option<&str>) -> Result<Option<i32>, String> {
    let Some(digits) = digits else { return Ok(None) };
    digits.parse().map(Some).map_err(|_| {
        let shown: String = digits.chars().take(20).collect();
        format!("{} is {shown}, which is more than the service takes", setting.name())
    })
}

/// Returns the text of a setting that is in force; `None` where it is empty or no text.
pub(super) fn text(state: &KernelState, setting: Setting) -> Option<(String, Origin)> {
    let given = state.resolve(setting)?;
    match given.value {
        Value::Str(text) if !text.is_empty() => Some((text, given.origin)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::effects::Effects;
    use crate::model::{Environment, Kernel};
    use crate::syntax::{Cell, CellKind};

    fn after(cells: &[&str]) -> KernelState {
        let mut state = KernelState::new(Arc::new(Environment::default()), Kernel::PySpark);
        for (index, text) in cells.iter().enumerate() {
            for change in &Effects::of(&Cell::whole(CellKind::Code, *text)).changes {
                state.change(index, change);
            }
        }
        state
    }

    #[test]
    fn the_request_gets_an_id_and_an_idle_timeout() {
        let mut state = after(&["%session_id_prefix team\n%number_of_workers 3\n%worker_type G.2X"]);
        let request = state.create().unwrap();
        let made = spec(&request, &state, 60, &BTreeMap::new()).unwrap();
        assert!(made.id.as_str().starts_with("team-"), "{}", made.id);
        assert_eq!(made.id.as_str().len(), "team-".len() + 36);
        assert_eq!((made.idle_timeout, made.number_of_workers), (Some(60), Some(3)));
        assert_ne!(spec(&request, &state, 60, &BTreeMap::new()).unwrap().id, made.id);
    }

    #[test]
    fn what_the_document_sets_stays() {
        let mut state = after(&["%idle_timeout 15", "%%configure\n{'session_id': 'mine'}"]);
        let request = state.create().unwrap();
        let made = spec(&request, &state, 60, &BTreeMap::new()).unwrap();
        assert_eq!((made.id.as_str(), made.idle_timeout), ("mine", Some(15)));
    }

    #[test]
    fn tags_of_the_document_win() {
        let mut state = after(&["%%tags\n{'team': 'ours'}"]);
        let request = state.create().unwrap();
        let tags = BTreeMap::from([("team".to_owned(), "all".to_owned()), ("cost".to_owned(), "42".to_owned())]);
        let made = spec(&request, &state, 60, &tags).unwrap();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(made.tags, [pair("team", "ours"), pair("cost", "42")]);
    }

    #[test]
    fn added_arguments_win() {
        let mut state = after(&["%%configure\n{'--day': '1', '--keep': 'k'}"]);
        let request = state.create().unwrap();
        let made = spec(&request, &state, 60, &BTreeMap::new()).unwrap();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let usual = made.default_arguments.clone();
        assert!(usual.contains(&pair("--day", "1")) && usual.contains(&pair("--keep", "k")), "{usual:?}");
        let made = with_arguments(made, &[pair("--day", "2"), pair("--more", "")]).default_arguments;
        let mut wanted: Vec<_> = usual.into_iter().filter(|argument| *argument != pair("--day", "1")).collect();
        wanted.extend([pair("--day", "2"), pair("--more", "")]);
        assert_eq!(made, wanted);
    }

    #[test]
    fn a_number_that_the_service_cannot_hold_is_named() {
        let mut state = after(&["%idle_timeout 99999999999"]);
        let request = state.create().unwrap();
        let error = spec(&request, &state, 60, &BTreeMap::new()).unwrap_err();
        assert!(error.contains("idle_timeout") && error.contains("99999999999"), "{error}");
    }
}
