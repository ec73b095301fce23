//! The kernel's state, cell after cell.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::syntax::literal::Value;

use super::create::{CreateSession, create_session};
use super::effects::{Change, ChangeKind, CredentialSource, Effects};
use super::environment::Environment;
use super::gate::Kernel;
use super::refusal::CreationRefusal;
use super::setting::{Given, Origin, Setting};

/// A tag, key and value as the kernel holds them: of any type until the session is created.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenTag {
    /// The key.
    pub key: Value,
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// The kernel's state: what the cells so far have set, and whether a session runs.
#[derive(Debug, Clone)]
pub struct KernelState {
    environment: Arc<Environment>,
    overrides: [Option<Given>; Setting::ALL.len()],
    tags: Vec<GivenTag>,
    /// Job arguments in the order they were first set.
    arguments: Vec<(String, String, Origin)>,
    session_id: Option<Given>,
    /// Environment variables that cells have set.
    own_variables: BTreeMap<String, Origin>,
    credentials: Option<CredentialSource>,
    /// Whether a session runs.
    live: bool,
    /// Whether the kernel is the Scala one.
    scala: bool,
    /// The outcome of the last attempt to create a session, while nothing has changed since.
    last_failure: Option<CreationFailure>,
}

/// Why a session could not be created, and what is to blame.
#[derive(Debug, Clone, PartialEq)]
pub struct CreationFailure {
    /// Why.
    pub refusal: CreationRefusal,
    /// The setting to blame, where one is.
    pub origin: Option<Origin>,
}

/// What a cell led to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// The request made first, if the cell made the kernel create a session.
    pub created: Option<Arc<CreateSession>>,
    /// Why no session could be created, if one was to be. Boxed, since nearly every outcome is without.
    pub failure: Option<Box<CreationFailure>>,
    /// Whether the cell's statement was sent.
    pub sent: bool,
    /// Settings that came while a session was running: they wait for the next one.
    pub late_settings: bool,
}

impl KernelState {
    /// Returns the state of a kernel that has just started.
    pub fn new(environment: Arc<Environment>, kernel: Kernel) -> KernelState {
        let argument = |name: &str, value: &str| (name.to_owned(), value.to_owned(), Origin::Default);
        let mut arguments = Vec::new();
        if kernel == Kernel::Spark {
            arguments.push(argument("--session-language", "scala"));
        }
        arguments.push(argument("--enable-glue-datacatalog", "true"));
        let session_id = environment
            .variables
            .get("session_id")
            .filter(|id| !id.is_empty())
            .map(|id| Given { value: Value::Str(id.clone()), origin: Origin::Environment("session_id".into()) });
        KernelState {
            environment,
            overrides: Default::default(),
            tags: Vec::new(),
            arguments,
            session_id,
            own_variables: BTreeMap::new(),
            credentials: None,
            live: false,
            scala: kernel == Kernel::Spark,
            last_failure: None,
        }
    }

    /// Returns whether a session runs.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Returns whether the kernel is the Scala one.
    pub fn is_scala(&self) -> bool {
        self.scala
    }

    /// Returns whether temporary credentials are in use.
    pub fn has_credentials(&self) -> bool {
        self.credentials.is_some()
    }

    /// Returns which temporary credentials are in use.
    pub fn credentials(&self) -> Option<&CredentialSource> {
        self.credentials.as_ref()
    }

    /// Returns the environment, with what `%env` has changed.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Returns the setting by the kernel's priority: magics, environment, config file, default.
    pub fn resolve(&self, setting: Setting) -> Option<Given> {
        if let Some(given) = &self.overrides[setting as usize] {
            return Some(given.clone());
        }
        if let Some(mut given) = self.environment.from_variables(setting) {
            if let Origin::Environment(name) = &given.origin {
                given.origin = self.variable_origin(name);
            }
            return Some(given);
        }
        if let Some(given) = self.environment.from_config_file(setting, self.config_profile().as_deref()) {
            return Some(given);
        }
        let default = match setting {
            Setting::SessionType => "etl",
            Setting::GlueVersion => "4.0",
            _ => return None,
        };
        Some(Given { value: Value::Str(default.into()), origin: Origin::Default })
    }

    /// Returns where a variable of the environment comes from: the cell that set it, if one did.
    pub(super) fn variable_origin(&self, name: &str) -> Origin {
        self.own_variables.get(name).cloned().unwrap_or_else(|| Origin::Environment(name.to_owned()))
    }

    /// The profile whose section of the config file is read: the magic's, never the environment's.
    fn config_profile(&self) -> Option<String> {
        match &self.overrides[Setting::Profile as usize] {
            Some(Given { value: Value::Str(name), .. }) if !name.is_empty() => Some(name.clone()),
            _ => None,
        }
    }

    /// Returns the tags of the next session, without the kernel's own `owner`.
    pub fn tags(&self) -> Vec<GivenTag> {
        let mut tags: Vec<GivenTag> = Vec::new();
        let mut put = |tag: GivenTag| match tags.iter_mut().find(|t| t.key.same_key(&tag.key)) {
            Some(old) => *old = tag,
            None => tags.push(tag),
        };
        let outside = |pairs: Option<Vec<(String, serde_json::Value)>>, origin: Origin| {
            pairs.into_iter().flatten().map(move |(key, value)| GivenTag {
                key: Value::Str(key),
                value: match value {
                    serde_json::Value::String(text) => Value::Str(text),
                    other => Value::Int(other.to_string()),
                },
                origin: origin.clone(),
            })
        };
        let profile = self.config_profile();
        let origin = Origin::ConfigFile {
            profile: profile.clone().unwrap_or_else(|| "default".into()),
            key: "glue_tags".into(),
        };
        outside(self.environment.tags_from_config_file(profile.as_deref()), origin).for_each(&mut put);
        let origin = self.variable_origin("glue_tags");
        outside(self.environment.tags_from_variables(), origin).for_each(&mut put);
        self.tags.iter().cloned().for_each(&mut put);
        tags.retain(|tag| tag.key.as_str() != Some("owner"));
        tags
    }

    /// Returns the job arguments set so far, in order.
    pub fn arguments(&self) -> &[(String, String, Origin)] {
        &self.arguments
    }

    /// Returns the id asked for, if one is.
    pub fn session_id(&self) -> Option<&Given> {
        self.session_id.as_ref()
    }

    /// Sets a job argument.
    pub(super) fn set_argument(&mut self, name: &str, value: String, origin: Origin) {
        match self.arguments.iter_mut().find(|(known, ..)| known == name) {
            Some(old) => *old = (name.to_owned(), value, origin),
            None => self.arguments.push((name.to_owned(), value, origin)),
        }
    }

    /// Runs a cell: applies its changes, and creates a session where its statement needs one.
    pub fn run(&mut self, cell: usize, effects: &Effects) -> Outcome {
        let mut outcome = Outcome::default();
        for change in &effects.changes {
            outcome.late_settings |= self.live && change.kind.is_setting();
            self.change(cell, change);
        }
        if !effects.has_statement {
            return outcome;
        }
        if !self.live {
            match self.create() {
                Ok(request) => {
                    outcome.created = Some(Arc::new(request));
                    self.live = true;
                }
                Err(failure) => {
                    outcome.failure = Some(Box::new(failure));
                    return outcome;
                }
            }
        }
        outcome.sent = true;
        outcome
    }

    /// Applies one change that a cell makes.
    pub fn change(&mut self, cell: usize, change: &Change) {
        self.apply(&change.kind, Origin::Cell { cell, range: change.range.clone() });
    }

    /// Takes over whether a session runs, as the outside has found it.
    ///
    /// A session that has ended keeps no id: the next one gets another.
    pub fn set_live(&mut self, live: bool) {
        if self.live && !live {
            self.session_id = None;
        }
        self.live = live;
        self.last_failure = None;
    }

    /// Makes the request for a session from what the cells so far have set. The session counts as running only after
    /// [`KernelState::set_live`].
    ///
    /// # Errors
    ///
    /// Why none can be created, as the kernel or its AWS client would refuse it.
    pub fn create(&mut self) -> Result<CreateSession, CreationFailure> {
        if let Some(failure) = &self.last_failure {
            return Err(failure.clone());
        }
        let created = create_session(self);
        if let Err(failure) = &created {
            self.last_failure = Some(failure.clone());
        }
        created
    }

    fn apply(&mut self, change: &ChangeKind, origin: Origin) {
        self.last_failure = None;
        match change {
            ChangeKind::Set(setting, value) => {
                self.overrides[*setting as usize] = value.clone().map(|value| Given { value, origin });
            }
            ChangeKind::DefaultArgument { name, value } => self.set_argument(name, value.clone(), origin),
            ChangeKind::SessionId(value) => {
                let prefix = self.resolve(Setting::SessionIdPrefix).filter(|given| given.value.truthy());
                self.session_id = value.truthy().then(|| Given {
                    value: match prefix {
                        Some(prefix) => Value::Str(format!("{}-{}", prefix.value.to_str(), value.to_str())),
                        None => value.clone(),
                    },
                    origin,
                });
            }
            ChangeKind::Tag(key, value) => {
                let tag = GivenTag { key: key.clone(), value: value.clone(), origin };
                match self.tags.iter_mut().find(|t| t.key.same_key(&tag.key)) {
                    Some(old) => *old = tag,
                    None => self.tags.push(tag),
                }
            }
            ChangeKind::Credentials(source) => self.credentials = Some(source.clone()),
            ChangeKind::Variable(name, value) => {
                Arc::make_mut(&mut self.environment).variables.insert(name.clone(), value.clone());
                self.own_variables.insert(name.clone(), origin);
            }
            ChangeKind::Stop => {
                if self.live {
                    self.live = false;
                    self.session_id = None;
                }
            }
            // Whether a session of that name exists is known to the account alone: the state stays.
            ChangeKind::Reconnect(_) => {}
        }
    }
}
