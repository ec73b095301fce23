//! The user's settings: what an editor sends, and the project file `glue-ls.toml`.
//!
//! Both have the same shape. A value of the wrong type is passed over with a message, never an error:
//! a typo in a setting must not cost the user the tool.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::features::{RuleConfig, Severity};
use crate::model::plan::DEFAULT_IDLE_TIMEOUT;

mod running;

/// The name of the project file.
pub const PROJECT_FILE: &str = "glue-ls.toml";

/// The user's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `engine`: who runs cells.
    pub engine: Engine,
    /// `profile`: the AWS profile where neither document nor environment names one.
    pub profile: Option<String>,
    /// `region`: the AWS region where neither document nor environment names one.
    pub region: Option<String>,
    /// `local.python`: the interpreter that runs cells on this machine.
    pub local_python: Option<PathBuf>,
    /// `session.defaultIdleTimeout`: minutes of idleness after which a session ends where the document sets none.
    pub idle_timeout: u32,
    /// `cost.rates`: US dollars for a DPU-hour, by region.
    pub rates: BTreeMap<String, f64>,
    /// `codeLens.enabled`: whether cells of scripts have lenses.
    pub code_lens: bool,
    /// `inlayHints.results`: whether results are shown behind cells of scripts, in editors that show them no other way.
    pub result_hints: bool,
    /// `inlayHints.idleTimeout`: whether the idle timeout that a session gets is shown where the document sets none.
    pub idle_hints: bool,
    /// `trusted`: whether documents may be run; `None` where the client has no such notion.
    pub trusted: Option<bool>,
    /// `trustedFolders`: folders below which documents may be run.
    pub trusted_folders: Vec<PathBuf>,
    /// `python.syntaxErrors`: when syntax errors in code are reported.
    pub syntax_errors: SyntaxErrors,
    /// `rules.select`: if not empty, only these rules run.
    pub select: Vec<String>,
    /// `rules.ignore`: these rules do not run.
    pub ignore: Vec<String>,
    /// `rules.severity`: severity by code; `None` for `"off"`.
    pub severity: BTreeMap<String, Option<Severity>>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            engine: Engine::default(),
            profile: None,
            region: None,
            local_python: None,
            idle_timeout: DEFAULT_IDLE_TIMEOUT,
            rates: BTreeMap::new(),
            code_lens: true,
            result_hints: true,
            idle_hints: true,
            trusted: None,
            trusted_folders: Vec::new(),
            syntax_errors: SyntaxErrors::default(),
            select: Vec::new(),
            ignore: Vec::new(),
            severity: BTreeMap::new(),
        }
    }
}

/// Who runs cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// Python on this machine, which costs nothing.
    #[default]
    Local,
    /// Sessions of AWS Glue.
    Aws,
}

/// Where settings come from: not every place may set everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// What the client sends at the start, on the user's behalf.
    Start,
    /// The client's configuration, part of which may belong to the folder that is open.
    Client,
    /// The project file, which belongs to whoever wrote the project.
    Project,
}

/// When syntax errors in code are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SyntaxErrors {
    /// Where no other Python server is likely to report them.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl Settings {
    /// Takes over what `value` sets, an object such as an editor's `glue-ls` section. Returns a message
    /// for each value that was passed over.
    pub fn merge(&mut self, value: &Json, source: Source) -> Vec<String> {
        let mut complaints = running::merge(self, value, source);
        if let Some(value) = get(value, &["python", "syntaxErrors"]) {
            match value.as_str() {
                Some("auto") => self.syntax_errors = SyntaxErrors::Auto,
                Some("on") => self.syntax_errors = SyntaxErrors::On,
                Some("off") => self.syntax_errors = SyntaxErrors::Off,
                _ => complaints.push("`python.syntaxErrors` must be \"auto\", \"on\" or \"off\"".to_owned()),
            }
        }
        for (name, list) in [("select", &mut self.select), ("ignore", &mut self.ignore)] {
            let Some(value) = get(value, &["rules", name]) else { continue };
            match value.as_array() {
                Some(items) if items.iter().all(Json::is_string) => {
                    *list = items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
                }
                _ => complaints.push(format!("`rules.{name}` must be a list of rules")),
            }
        }
        if let Some(value) = get(value, &["rules", "severity"]) {
            match value.as_object() {
                Some(pairs) => {
                    for (code, level) in pairs {
                        match level.as_str() {
                            Some("off") => drop(self.severity.insert(code.clone(), None)),
                            Some(name) if Severity::from_name(name).is_some() => {
                                self.severity.insert(code.clone(), Severity::from_name(name));
                            }
                            _ => complaints.push(format!(
                                "`rules.severity.{code}` must be \"error\", \"warning\", \"information\", \"hint\" or \"off\""
                            )),
                        }
                    }
                }
                None => complaints.push("`rules.severity` must be a table of rules".to_owned()),
            }
        }
        let known = |code: &String| crate::features::diagnostics::rules::find(code).is_some();
        for code in self.select.iter().chain(&self.ignore).chain(self.severity.keys()) {
            if !known(code) {
                complaints.push(format!("there is no rule `{code}`"));
            }
        }
        complaints
    }

    /// Takes over what the text of a project file sets. Returns a message for each value that was passed
    /// over, or for the first mistake that keeps the file from being read at all.
    pub fn merge_project_file(&mut self, text: &str) -> Vec<String> {
        match toml::from_str::<Json>(text) {
            Ok(value) => self.merge(&value, Source::Project),
            Err(error) => vec![error.to_string()],
        }
    }

    /// Returns which rules run; `likely_other_server` tells whether another Python server looks at the
    /// same code.
    pub fn rules(&self, likely_other_server: bool) -> Arc<RuleConfig> {
        Arc::new(RuleConfig {
            severity: self.severity.clone(),
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            syntax_errors: match self.syntax_errors {
                SyntaxErrors::On => true,
                SyntaxErrors::Off => false,
                SyntaxErrors::Auto => !likely_other_server,
            },
        })
    }
}

/// Finds the project file: in `folder` or the nearest folder above it that has one.
pub fn find_project_file(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join(PROJECT_FILE)).find(|path| path.is_file())
}

/// Returns a value by its path of keys; `a.b` written as one key counts as well.
fn get<'a>(value: &'a Json, path: &[&str]) -> Option<&'a Json> {
    let joined = path.join(".");
    let nested = path.iter().try_fold(value, |value, key| value.get(key));
    nested.or_else(|| value.get(&joined)).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn later_settings_win_and_wrong_ones_are_passed_over() {
        let mut settings = Settings::default();
        let complaints = settings.merge(
            &json!({
                "python": {"syntaxErrors": "on"},
                "rules": {"ignore": ["unknown-region"], "severity": {"python-syntax": "warning", "unknown-magic": 3}},
            }),
            Source::Client,
        );
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert_eq!(settings.syntax_errors, SyntaxErrors::On);
        assert_eq!(settings.severity["python-syntax"], Some(Severity::Warning));
        let complaints = settings.merge_project_file("[rules]\nignore = []\nselect = ['nonsense']\n");
        assert_eq!(complaints, ["there is no rule `nonsense`"]);
        assert!(settings.ignore.is_empty());
        assert!(!settings.merge_project_file("[rules\n").is_empty());
    }
}
