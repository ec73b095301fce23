//! Who runs the cells: AWS, or a Glue service inside this process. Both are reached through the same client.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::account::{AwsSource, Source};
use crate::aws::{Access, Aws, AwsClient, AwsConfig, Identity, Keys, Surroundings, in_process};
use crate::local::catalogue::Catalogue;
use crate::local::service::{LocalConfig, LocalGlue};
use crate::local::setup::{Cancel, Progress, Runtimes};
use crate::local::spare::Spares;
use crate::local::spark::SparkSetup;
use crate::session::{DynGlueApi, Operation};
use crate::settings::{Settings, Warm};

use super::event::EngineName;

mod prepare;

pub(super) use self::prepare::Preparation;
pub use self::prepare::{Interpreters, Prepared};

/// Who runs the cells of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// Sessions of AWS Glue.
    Aws,
    /// Python on this machine.
    Local(Box<LocalEngine>),
}

/// How cells run on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalEngine {
    /// The interpreter that the user has chosen: a path, or a name that is looked up in `PATH`. Without one it is that of
    /// the managed runtime, or else the system's.
    pub python: Option<PathBuf>,
    /// The folder in which cells run.
    pub folder: PathBuf,
    /// What Spark needs, and what there is in the account. Interpreter, Java and package are found when a session starts.
    pub spark: SparkSetup,
    /// Where the managed runtime is, if there is a place for it.
    pub runtimes: Option<Runtimes>,
    /// Whether it is made before the first session of a document that needs Spark.
    pub makes_runtime: bool,
}

impl LocalEngine {
    /// Returns one with an interpreter, and without anything in its account.
    pub fn new(python: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> LocalEngine {
        let engine = LocalEngine::of_user(Some(python.into()), folder, false);
        LocalEngine { runtimes: None, ..engine }
    }

    /// Returns the user's: with the managed runtime, where no interpreter is chosen, and without anything in its account.
    pub fn of_user(python: Option<PathBuf>, folder: impl Into<PathBuf>, makes_runtime: bool) -> LocalEngine {
        let (folder, spark) = (folder.into(), SparkSetup::default());
        LocalEngine { python, folder, spark, runtimes: Runtimes::of_user(), makes_runtime }
    }

    /// Returns the user's as the settings have it. An interpreter that is chosen here wins over that of the settings.
    pub fn of_settings(settings: &Settings, python: Option<PathBuf>, folder: impl Into<PathBuf>) -> LocalEngine {
        let python = python.or_else(|| settings.local_python.clone());
        let mut engine = LocalEngine::of_user(python, folder, settings.local_setup);
        engine.spark.memory.clone_from(&settings.local_memory);
        engine.spark.warm = settings.local_warm != Warm::Never;
        engine.knowing(&settings.local)
    }

    /// Makes a service that runs its sessions so. It does nothing yet.
    pub fn service(&self) -> LocalGlue {
        self.service_with(Spares::default())
    }

    /// The same, whose sessions may find a worker there that is started already.
    fn service_with(&self, spares: Spares) -> LocalGlue {
        let python = self.python.clone().unwrap_or_else(default_python);
        let config = LocalConfig::new(python, self.folder.clone());
        LocalGlue::new(LocalConfig { spark: self.spark.clone(), spares, ..config })
    }

    /// Returns which settings of the local Glue differ such that a session of the one is none of the other: their names, for
    /// people. When Spark starts, and whether the runtime is made, are not among them: they hold from the next session on.
    pub fn differences(&self, other: &LocalEngine) -> Vec<&'static str> {
        let differs = [
            ("`local.python`", self.python != other.python),
            ("`local.memory`", self.spark.memory != other.spark.memory),
            ("what `[local]` says there is", self.spark.catalogue != other.spark.catalogue),
            ("the folder", self.folder != other.folder),
            ("the runtime's folder", self.runtimes != other.runtimes),
        ];
        differs.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
    }

    /// Sees to the interpreter of the next sessions of a service, which [`LocalEngine::service`] has made; the runtime is
    /// made if they need Spark and that is wanted. `tell` takes its progress and must not block.
    pub async fn prepare(
        &self,
        glue: &LocalGlue,
        needs_spark: bool,
        cancel: Cancel,
        tell: impl Fn(Progress) + Send + Sync,
    ) -> Prepared {
        self.preparation(glue).run(needs_spark, cancel, tell).await
    }

    /// Returns what is to be done before a session of a service is created.
    fn preparation(&self, glue: &LocalGlue) -> Preparation {
        Preparation { engine: self.clone(), glue: glue.clone() }
    }

    /// Returns it with what the settings say of the local Glue; see [`Catalogue::of_settings`].
    #[must_use]
    fn knowing(mut self, settings: &Map<String, Json>) -> LocalEngine {
        self.spark.catalogue = Arc::new(Catalogue::of_settings(settings));
        self
    }
}

/// What there is in the local Glue, for those who want names: no session runs there.
#[derive(Debug, Clone)]
pub struct LocalNames {
    /// Where the names come from.
    pub source: Arc<dyn Source>,
    /// As whom they are asked for; in other accounts as a role.
    pub identity: Identity,
    /// Whether there are databases.
    pub databases: bool,
    /// Whether there are connections.
    pub connections: bool,
    /// Whether there are roles.
    pub roles: bool,
    /// Whether there are security configurations.
    pub security_configurations: bool,
}

impl LocalNames {
    /// Returns what the settings say of the local Glue; `None` where that is nothing that has a name.
    pub fn of_settings(settings: &Map<String, Json>) -> Option<LocalNames> {
        let catalogue = Catalogue::of_settings(settings);
        let names = LocalNames {
            databases: !catalogue.databases.is_empty(),
            connections: !catalogue.connections.is_empty(),
            roles: !catalogue.roles.is_empty(),
            security_configurations: !catalogue.security_configurations.is_empty(),
            // Nothing is ever run there.
            source: {
                let engine = LocalEngine::new(default_python(), std::env::temp_dir());
                let spark = SparkSetup { catalogue: Arc::new(catalogue), ..SparkSetup::default() };
                let engine = LocalEngine { spark, ..engine };
                Arc::new(AwsSource::new(Arc::new(Local::new(&engine, Spares::default()).aws)))
            },
            identity: own(),
        };
        (names.databases || names.connections || names.roles || names.security_configurations).then_some(names)
    }
}

impl Engine {
    /// Returns why a session of this one is none of the other, for people: a clause. `None` if it is.
    pub fn changed(&self, other: &Engine) -> Option<String> {
        match (self, other) {
            (Engine::Aws, Engine::Aws) => None,
            (Engine::Local(before), Engine::Local(now)) => {
                let names = before.differences(now);
                (!names.is_empty()).then(|| format!("{} changed", names.join(" and ")))
            }
            _ => Some(format!("cells run on {} now", if *other == Engine::Aws { "AWS" } else { "this machine" })),
        }
    }

    /// Returns its name.
    pub fn name(&self) -> EngineName {
        match self {
            Engine::Aws => EngineName::Aws,
            Engine::Local(_) => EngineName::Local,
        }
    }
}

/// The local Glue of one document, and the client that reaches it.
struct Local {
    glue: LocalGlue,
    engine: LocalEngine,
    aws: Aws,
    /// Whether it knows roles: then only these can be assumed, and they are.
    has_roles: bool,
}

impl Local {
    /// Makes one. Nothing is started or touched yet.
    fn new(engine: &LocalEngine, spares: Spares) -> Local {
        let glue = engine.service_with(spares);
        let service = glue.clone();
        let config = AwsConfig {
            http_client: Some(in_process(move |request| service.handle(request))),
            surroundings: Surroundings::Isolated,
            own_keys: Some(Keys::new("local", "local", None)),
            ..AwsConfig::default()
        };
        let has_roles = !engine.spark.catalogue.roles.is_empty();
        Local { glue, engine: engine.clone(), aws: Aws::new(config), has_roles }
    }

    /// Returns the client for an identity: of it only the role counts.
    fn client(&self, identity: Identity) -> Arc<AwsClient> {
        let access = match identity.access {
            Access::Role { arn } if self.has_roles => Access::Role { arn },
            _ => Access::Own,
        };
        self.aws.client(&Identity { access, ..own() })
    }
}

/// The user himself, on the local service.
fn own() -> Identity {
    Identity { profile: None, region: Some(LOCAL_REGION.to_owned()), endpoint: None, access: Access::Own }
}

/// An engine at work for one document.
pub(super) struct Machine {
    aws: Arc<Aws>,
    local: Option<Local>,
    /// Takes the place of every service.
    #[cfg(test)]
    scripted: Option<Arc<dyn DynGlueApi>>,
}

/// The region of the local service, which has none, where the document sets none.
const LOCAL_REGION: &str = "us-east-1";

impl Machine {
    /// Makes an engine. Nothing is started or touched yet.
    pub(super) fn new(engine: &Engine, aws: Arc<Aws>, spares: Spares) -> Machine {
        let local = match engine {
            Engine::Aws => None,
            Engine::Local(engine) => Some(Local::new(engine, spares)),
        };
        Machine {
            aws,
            local,
            #[cfg(test)]
            scripted: None,
        }
    }

    /// Returns the engine with another service in the place of its own, if there is one.
    #[cfg(test)]
    pub(super) fn behind(self, scripted: Option<Arc<dyn DynGlueApi>>) -> Machine {
        Machine { scripted, ..self }
    }

    /// Returns what is to be done before a session is created; `None` where that is nothing.
    pub(super) fn preparation(&self) -> Option<Preparation> {
        let local = self.local.as_ref()?;
        Some(local.engine.preparation(&local.glue))
    }

    /// Takes over what holds from the next session on; see [`LocalEngine::differences`].
    pub(super) fn prefer(&mut self, engine: &Engine) {
        if let (Some(local), Engine::Local(wanted)) = (&mut self.local, engine) {
            local.engine.spark.warm = wanted.spark.warm;
            local.engine.makes_runtime = wanted.makes_runtime;
        }
    }

    /// Returns whether the runtime is made for a document that needs it.
    pub(super) fn makes_runtime(&self) -> bool {
        self.local.as_ref().is_some_and(|local| local.engine.makes_runtime && local.engine.python.is_none())
    }

    /// Returns the identity with what the environment and the config files add to it now, so that it means the same
    /// later and elsewhere. Nobody is asked.
    ///
    /// # Errors
    ///
    /// There is no region, or the config files cannot be read; a sentence for the user.
    pub(super) async fn pin(&self, mut identity: Identity) -> Result<Identity, String> {
        if self.local.is_some() {
            return Ok(identity);
        }
        let region = self.aws.client(&identity).region().await;
        let region = region.map_err(|failure| failure.of(Operation::CreateSession).to_string())?;
        identity.region = Some(region);
        if identity.profile.is_none() && variable("AWS_ACCESS_KEY_ID").is_none() {
            identity.profile = variable("AWS_PROFILE");
        }
        Ok(identity)
    }

    /// Returns the client of AWS for an identity; `None` on this machine, where there are no identities.
    pub(super) fn client(&self, identity: &Identity) -> Option<Arc<AwsClient>> {
        self.local.is_none().then(|| self.aws.client(identity))
    }

    /// Returns the client with which a role is assumed at once; `None` on this machine where it knows no roles: there
    /// any may be named, and means nothing.
    pub(super) fn assuming(&self, identity: &Identity) -> Option<Arc<AwsClient>> {
        match &self.local {
            None => Some(self.aws.client(identity)),
            Some(local) => local.has_roles.then(|| local.client(identity.clone())),
        }
    }

    /// Returns the service for an identity. On this machine it is the user or a role that he has assumed, and needs no
    /// credentials.
    pub(super) fn api(&self, identity: Identity) -> Arc<dyn DynGlueApi> {
        #[cfg(test)]
        if let Some(scripted) = &self.scripted {
            return Arc::clone(scripted);
        }
        match &self.local {
            None => self.aws.client(&identity),
            Some(local) => local.client(identity),
        }
    }

    /// Ends what runs on this machine. Sessions of AWS stay as they are.
    pub(super) async fn shutdown(&self) {
        if let Some(local) = &self.local {
            local.glue.shutdown().await;
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the interpreter that runs cells on this machine: the chosen one, else that of the managed runtime, else the
/// system's.
pub fn python_of(chosen: Option<PathBuf>) -> PathBuf {
    let managed = || Some(Runtimes::of_user()?.find()?.python);
    chosen.or_else(managed).unwrap_or_else(default_python)
}

/// Returns the interpreter that is looked for where none is set.
pub fn default_python() -> PathBuf {
    PathBuf::from(if cfg!(windows) { "python" } else { "python3" })
}
