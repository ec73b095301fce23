//! The user's settings: what an editor sends, and the project file `glue-ls.toml`.
//!
//! Both have the same shape, that of [`table::SETTINGS`]. A value that cannot be used is passed over with a message,
//! never an error: a typo in a setting must not cost the user the tool.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::features::{Prices, RuleConfig, Severity};
use crate::model::plan::DEFAULT_IDLE_TIMEOUT;
use crate::model::policy::Policy;

pub mod assist;
mod check;
mod forms;
mod limits;
mod local;
mod per_file;
mod project;
pub mod reference;
pub mod schema;
pub mod table;

pub use local::LocalSettings;
pub use per_file::FileRules;
pub use project::{Mistake, find_project_file, is_project_file, project_files};

/// The name of the project file.
pub const PROJECT_FILE: &str = "glue-ls.toml";

/// Minutes after which what is known of the account is fetched again when it is needed.
const DEFAULT_ACCOUNT_MAX_AGE: u32 = 10;

/// The code of the rule that reports what breaks the policy.
const POLICY_RULE: &str = "policy";

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
    /// `local.setup`: whether the runtime for Spark on this machine is made when it is needed.
    pub local_setup: bool,
    /// `local.memory`: the most memory of Spark's Java on this machine, as Java writes it.
    pub local_memory: Option<String>,
    /// `local.warm`: when Spark starts on this machine.
    pub local_warm: Warm,
    /// What the local Glue knows, by the names of the settings without `local.`: as it is written, with absolute paths.
    pub local: Arc<LocalSettings>,
    /// `session.defaultIdleTimeout`: minutes of idleness after which a session ends where the document sets none.
    pub idle_timeout: u32,
    /// `session.stopOnExit`: what becomes of sessions when the editor goes.
    pub stop_on_exit: StopOnExit,
    /// `session.grace`: seconds for which they wait for it to come back.
    pub grace: u64,
    /// `session.tags`: tags of every session that is created; those of the document win.
    pub tags: BTreeMap<String, String>,
    /// `session.idleReminder`: minutes without a statement after which the user is reminded of a session; 0 for never.
    pub idle_reminder: u32,
    /// `account.enabled`: whether names are looked up in the account.
    pub account: bool,
    /// `account.maxAge`: minutes after which what is known of the account is fetched again when it is needed.
    pub account_max_age: u32,
    /// `cost.rates`: US dollars for a DPU-hour, by region.
    pub rates: BTreeMap<String, f64>,
    /// `codeLens.enabled`: whether cells of scripts have lenses.
    pub code_lens: bool,
    /// `inlayHints.results`: whether results are shown behind cells of scripts, in editors that show them no other way.
    pub result_hints: bool,
    /// `inlayHints.values`: whether the value that the kernel takes is shown where that is not what is written.
    pub value_hints: bool,
    /// `inlayHints.cost`: whether the size and the price are shown of the session that a document would start.
    pub cost_hints: bool,
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
    /// `rules.perFileIgnores`: rules that do not run on some files.
    pub per_file_ignores: FileRules,
    /// `rules.severity`: severity by code; `None` for `"off"`.
    pub severity: BTreeMap<String, Option<Severity>>,
    /// `policy`: what sessions may be; all that anybody has set holds.
    pub policy: Arc<Policy>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            engine: Engine::default(),
            profile: None,
            region: None,
            local_python: None,
            local_setup: true,
            local_memory: None,
            local_warm: Warm::Session,
            local: Arc::default(),
            idle_timeout: DEFAULT_IDLE_TIMEOUT,
            stop_on_exit: StopOnExit::default(),
            grace: DEFAULT_GRACE,
            tags: BTreeMap::new(),
            idle_reminder: DEFAULT_IDLE_REMINDER,
            account: true,
            account_max_age: DEFAULT_ACCOUNT_MAX_AGE,
            rates: BTreeMap::new(),
            code_lens: true,
            result_hints: true,
            value_hints: true,
            cost_hints: true,
            idle_hints: true,
            trusted: None,
            trusted_folders: Vec::new(),
            syntax_errors: SyntaxErrors::default(),
            select: Vec::new(),
            ignore: Vec::new(),
            per_file_ignores: FileRules::default(),
            severity: BTreeMap::new(),
            policy: Arc::default(),
        }
    }
}

/// When Spark starts on this machine, the latest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warm {
    /// When a cell uses it.
    Never,
    /// With the session.
    Session,
    /// When a document is opened or edited that will need it.
    Open,
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

/// What becomes of sessions when the editor goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StopOnExit {
    /// They wait for it to come back, and are stopped after a while.
    #[default]
    Grace,
    /// They are stopped.
    Always,
    /// They are left to their timeouts.
    Never,
}

/// For how many seconds sessions wait for their editor where nothing is set.
const DEFAULT_GRACE: u64 = 600;

/// After how many minutes without a statement the user is reminded of a session where nothing is set.
const DEFAULT_IDLE_REMINDER: u32 = 15;

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

/// How limits of a policy that an editor has sent are called.
const EDITOR: &str = "your editor's settings";

impl Settings {
    /// Takes over what `value` sets, an object such as an editor's `glue-ls` section. Patterns of files count from
    /// `folder`. Returns a message for each value that was passed over.
    pub fn merge(&mut self, value: &Json, source: Source, folder: Option<&Path>) -> Vec<String> {
        let checked = check::check(&check::nested(value), source);
        let broken = checked.complaints.iter().find(|complaint| !complaint.usable && complaint.path[0] == "policy");
        limits::add(&mut self.policy, &checked.values, EDITOR, broken.map(|complaint| complaint.message.clone()));
        let mut messages: Vec<String> = checked.complaints.into_iter().map(|complaint| complaint.message).collect();
        self.apply(&checked.values, folder, &mut messages);
        messages
    }

    /// Takes over what the text of a project file sets. Returns what is wrong with it, in order; all the rest counts.
    pub fn merge_project_file(&mut self, path: &Path, text: &str) -> Vec<Mistake> {
        let read = project::read(text);
        // Whoever wrote the project cannot switch off what the user's own policy asks for.
        let before = (!self.policy.is_empty()).then(|| self.clone());
        let (account, local_setup, local_warm) = (self.account, self.local_setup, self.local_warm);
        self.add_limits(path, text, &read);
        let mut messages = Vec::new();
        self.apply(&read.values, path.parent(), &mut messages);
        // Nor have the account asked, or Spark installed or started, where the user does not want that.
        self.account &= account;
        self.local_setup &= local_setup;
        self.local_warm = self.local_warm.min(local_warm);
        if let Some(before) = before {
            self.keep_policy_rule(&before);
        }
        let mut mistakes = read.mistakes;
        mistakes.extend(messages.into_iter().map(Mistake::of_file));
        mistakes
    }

    /// Takes over only the policy of a project file: one further up, or one whose other settings are not wanted.
    pub fn merge_project_policy(&mut self, path: &Path, text: &str) {
        let read = project::read(text);
        self.add_limits(path, text, &read);
    }

    /// Takes note that a project file cannot be read, which may hold a policy.
    pub fn policy_is_unreadable(&mut self, path: &Path, why: &str) {
        limits::add(&mut self.policy, &[], &shown(path), Some(why.to_owned()));
    }

    fn add_limits(&mut self, path: &Path, text: &str, read: &project::Read) {
        let broken = read.mistakes.iter().find(|mistake| mistake.hides_policy).map(|mistake| {
            let line = text[..mistake.range.start].matches('\n').count() + 1;
            format!("line {line}: {}", mistake.message)
        });
        limits::add(&mut self.policy, &read.values, &shown(path), broken);
    }

    /// Leaves the rule about the policy as it was before a project file was read.
    fn keep_policy_rule(&mut self, before: &Settings) {
        let is_policy = |code: &String| code == POLICY_RULE;
        if !before.ignore.iter().any(is_policy) {
            self.ignore.retain(|code| !is_policy(code));
        }
        let selected = |settings: &Settings| settings.select.is_empty() || settings.select.iter().any(is_policy);
        if selected(before) && !selected(self) {
            self.select.push(POLICY_RULE.to_owned());
        }
        match before.severity.get(POLICY_RULE) {
            Some(severity) => drop(self.severity.insert(POLICY_RULE.to_owned(), *severity)),
            None => drop(self.severity.remove(POLICY_RULE)),
        }
        self.per_file_ignores.retain(POLICY_RULE, &before.per_file_ignores);
    }

    fn apply(
        &mut self,
        values: &[(&'static table::SettingSpec, Json)],
        folder: Option<&Path>,
        messages: &mut Vec<String>,
    ) {
        for (spec, value) in values {
            let flag = || value.as_bool().unwrap_or_default();
            match spec.name {
                "engine" => self.engine = if value == "aws" { Engine::Aws } else { Engine::Local },
                "profile" => self.profile = text(value),
                "region" => self.region = text(value),
                "local.python" => self.local_python = text(value).map(|path| home(Path::new(&path))),
                "local.setup" => self.local_setup = value != "never",
                "local.memory" => self.local_memory = text(value),
                "local.warm" => {
                    self.local_warm = match value.as_str() {
                        Some("open") => Warm::Open,
                        Some("never") => Warm::Never,
                        _ => Warm::Session,
                    };
                }
                "session.defaultIdleTimeout" => {
                    let minutes = value.as_u64().and_then(|minutes| u32::try_from(minutes).ok());
                    self.idle_timeout = minutes.unwrap_or(DEFAULT_IDLE_TIMEOUT);
                }
                "session.stopOnExit" => {
                    self.stop_on_exit = match value.as_str() {
                        Some("always") => StopOnExit::Always,
                        Some("never") => StopOnExit::Never,
                        _ => StopOnExit::Grace,
                    };
                }
                "session.grace" => self.grace = value.as_u64().unwrap_or(DEFAULT_GRACE),
                "session.tags" => {
                    let tags = value.as_object().into_iter().flatten();
                    self.tags.extend(tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))));
                }
                "session.idleReminder" => {
                    let minutes = value.as_u64().and_then(|minutes| u32::try_from(minutes).ok());
                    self.idle_reminder = minutes.unwrap_or(DEFAULT_IDLE_REMINDER);
                }
                "account.enabled" => self.account = flag(),
                "account.maxAge" => {
                    let minutes = value.as_u64().and_then(|minutes| u32::try_from(minutes).ok());
                    self.account_max_age = minutes.unwrap_or(DEFAULT_ACCOUNT_MAX_AGE);
                }
                "cost.rates" => {
                    let rates = value.as_object().into_iter().flatten();
                    self.rates.extend(rates.filter_map(|(region, rate)| Some((region.clone(), rate.as_f64()?))));
                }
                "codeLens.enabled" => self.code_lens = flag(),
                "inlayHints.results" => self.result_hints = flag(),
                "inlayHints.values" => self.value_hints = flag(),
                "inlayHints.cost" => self.cost_hints = flag(),
                "inlayHints.idleTimeout" => self.idle_hints = flag(),
                "trusted" => self.trusted = Some(flag()),
                "trustedFolders" => {
                    self.trusted_folders = texts(value).iter().map(|folder| home(Path::new(folder))).collect();
                }
                "python.syntaxErrors" => {
                    self.syntax_errors = match value.as_str() {
                        Some("on") => SyntaxErrors::On,
                        Some("off") => SyntaxErrors::Off,
                        _ => SyntaxErrors::Auto,
                    };
                }
                "rules.select" => self.select = texts(value),
                "rules.ignore" => self.ignore = texts(value),
                "rules.perFileIgnores" => {
                    for (pattern, codes) in value.as_object().into_iter().flatten() {
                        if let Err(why) = self.per_file_ignores.add(folder, pattern, texts(codes)) {
                            messages.push(format!("`rules.perFileIgnores`: {why}"));
                        }
                    }
                }
                "rules.severity" => {
                    for (code, level) in value.as_object().into_iter().flatten() {
                        self.severity.insert(code.clone(), level.as_str().and_then(Severity::from_name));
                    }
                }
                name => {
                    // The policy is taken over by itself.
                    if let Some(name) = name.strip_prefix("local.") {
                        local::take(Arc::make_mut(&mut self.local), name, value, folder);
                    }
                }
            }
        }
    }

    /// Returns what the user has said of prices.
    pub fn prices(&self) -> Prices {
        Prices { rates: self.rates.clone(), region: self.region.clone() }
    }

    /// Returns which rules run on a file; `likely_other_server` tells whether another Python server looks at the same
    /// code.
    pub fn rules(&self, likely_other_server: bool, file: Option<&Path>) -> Arc<RuleConfig> {
        let mut ignore = self.ignore.clone();
        ignore.extend(file.into_iter().flat_map(|file| self.per_file_ignores.of(file)).map(str::to_owned));
        Arc::new(RuleConfig {
            severity: self.severity.clone(),
            select: self.select.clone(),
            ignore,
            syntax_errors: match self.syntax_errors {
                SyntaxErrors::On => true,
                SyntaxErrors::Off => false,
                SyntaxErrors::Auto => !likely_other_server,
            },
            policy: Arc::clone(&self.policy),
            idle_timeout: Some(self.idle_timeout),
            tags: self.tags.clone(),
        })
    }
}

/// A path for people: below the current folder without it, so that messages are the same on every machine.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let inside = here.as_deref().filter(|here| here.parent().is_some()).and_then(|here| path.strip_prefix(here).ok());
    inside.unwrap_or(path).display().to_string()
}

/// The text of a value; `None` for a blank one.
fn text(value: &Json) -> Option<String> {
    value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn texts(value: &Json) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

/// Puts the home folder in the place of a leading `~`.
fn home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests;
