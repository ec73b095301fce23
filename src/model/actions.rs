//! What each of the kernel's line magics does, one row per magic.
//!
//! From `KernelMagics.py` of aws-glue-sessions 1.0.9. How a magic is described to people stands in the
//! `facts` tables; a test holds the two lists against each other.

use super::setting::Setting;

/// What a line magic does with its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Quotes removed, stored. Nothing: the setting is unset.
    Text(Setting),
    /// As [`Action::Text`], in lower case; nothing is an error.
    LowerText(Setting),
    /// Quotes removed, read by `int()`, stored as a number.
    Whole(Setting),
    /// Quotes removed, tried by `int()`, stored as text.
    WholeText(Setting),
    /// Quotes removed, tidied as a comma list, stored. Nothing, or a bad item: nothing happens.
    List(Setting),
    /// Stored as it is. Nothing: nothing happens.
    Raw(Setting),
    /// Quotes removed, checked against the characters a session id may have.
    Prefix,
    /// Sets the session type; the argument is ignored.
    SessionType(&'static str),
    /// Stops the session.
    Stop,
    /// Switches to another session.
    Reconnect,
    /// Shows something; the argument is ignored.
    Show,
}

/// The line magics that the kernel registers.
pub static ACTIONS: &[(&str, Action)] = &[
    ("help", Action::Show),
    ("profile", Action::Text(Setting::Profile)),
    ("region", Action::LowerText(Setting::Region)),
    ("idle_timeout", Action::Whole(Setting::IdleTimeout)),
    ("timeout", Action::Whole(Setting::Timeout)),
    ("session_id_prefix", Action::Prefix),
    ("status", Action::Show),
    ("session_id", Action::Show),
    ("list_sessions", Action::Show),
    ("stop_session", Action::Stop),
    ("reconnect", Action::Reconnect),
    ("glue_version", Action::Text(Setting::GlueVersion)),
    ("endpoint", Action::Text(Setting::Endpoint)),
    ("streaming", Action::SessionType("streaming")),
    ("etl", Action::SessionType("etl")),
    ("session_type", Action::Text(Setting::SessionType)),
    ("iam_role", Action::Text(Setting::IamRole)),
    ("number_of_workers", Action::WholeText(Setting::NumberOfWorkers)),
    ("worker_type", Action::Text(Setting::WorkerType)),
    ("security_config", Action::Text(Setting::SecurityConfig)),
    ("connections", Action::List(Setting::Connections)),
    ("extra_py_files", Action::List(Setting::ExtraPyFiles)),
    ("extra_jars", Action::List(Setting::ExtraJars)),
    ("additional_python_modules", Action::List(Setting::AdditionalPythonModules)),
    ("spark_conf", Action::Raw(Setting::SparkConf)),
];

/// Returns what the line magic of that name does; `None` if the kernel registers none.
pub fn action(name: &str) -> Option<Action> {
    ACTIONS.iter().find(|(known, _)| *known == name).map(|(_, action)| *action)
}

/// Returns the setting that a line magic makes, if it makes one.
pub fn setting(name: &str) -> Option<Setting> {
    match action(name)? {
        Action::Text(s)
        | Action::LowerText(s)
        | Action::Whole(s)
        | Action::WholeText(s)
        | Action::List(s)
        | Action::Raw(s) => Some(s),
        Action::Prefix => Some(Setting::SessionIdPrefix),
        Action::SessionType(_) => Some(Setting::SessionType),
        Action::Stop | Action::Reconnect | Action::Show => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::facts::{self, Status};

    #[test]
    fn the_facts_and_the_actions_list_the_same_magics() {
        let described: BTreeSet<&str> = facts::magics()
            .all()
            .iter()
            .filter(|m| m.form == facts::MagicForm::Line)
            .filter(|m| matches!(m.status, Status::Supported | Status::Undocumented))
            .map(|m| m.name.as_str())
            .collect();
        let acted: BTreeSet<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
        assert_eq!(described, acted);
    }
}
