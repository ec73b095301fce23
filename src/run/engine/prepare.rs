//! What is done before a session on this machine is created: its interpreter is found, and the runtime is made, if Spark is
//! needed and that is wanted.

use crate::local::service::{Interpreter, LocalGlue};
use crate::local::setup::{Around, Cancel, Progress, Runtime, Runtimes, SetupError, Wish};

use super::{LocalEngine, default_python};

/// Whose interpreter it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpreters {
    /// The one that the user has chosen.
    Chosen,
    /// That of the managed runtime.
    Managed,
    /// The system's.
    System,
}

/// All that is needed to prepare a session.
pub(in crate::run) struct Preparation {
    pub(super) engine: LocalEngine,
    pub(super) glue: LocalGlue,
}

/// What a preparation has come to.
#[derive(Debug)]
pub struct Prepared {
    /// Whose interpreter runs the next sessions.
    pub interpreter: Interpreters,
    /// Why there is no runtime although there should be one.
    pub failed: Option<SetupError>,
}

impl Preparation {
    /// Does it.
    pub(in crate::run) async fn run(
        self,
        needs_spark: bool,
        cancel: Cancel,
        tell: impl Fn(Progress) + Send + Sync,
    ) -> Prepared {
        let Preparation { engine, glue } = self;
        let (mut runtime, mut failed) = (None, None);
        if engine.python.is_none() {
            let makes = engine.makes_runtime && needs_spark;
            (runtime, failed) = find(engine.runtimes.as_ref(), makes, cancel, &tell).await;
        }
        let (interpreter, whose) = interpreter(engine, runtime, needs_spark).await;
        glue.use_interpreter(interpreter);
        Prepared { interpreter: whose, failed }
    }

    /// Starts a worker with Spark for the next session, which is expected to have these job arguments, if nothing needs to
    /// be made for that.
    pub(in crate::run) async fn keep_spare(self, arguments: Vec<(String, String)>) {
        let Preparation { engine, glue } = self;
        if !engine.spark.warm {
            return;
        }
        let mut runtime = None;
        if engine.python.is_none() {
            runtime = engine.runtimes.as_ref().and_then(Runtimes::find);
            if runtime.is_none() {
                return;
            }
        }
        let (interpreter, _) = interpreter(engine, runtime, true).await;
        glue.keep_spare(interpreter, &arguments);
    }
}

/// Returns what runs the next session: the chosen interpreter, the runtime's if there is one, else the system's.
async fn interpreter(engine: LocalEngine, runtime: Option<Runtime>, needs_spark: bool) -> (Interpreter, Interpreters) {
    let runtimes = engine.runtimes.clone();
    let package = tokio::task::spawn_blocking(move || runtimes.map(|runtimes| runtimes.package())).await;
    let package = match package {
        Ok(Some(Ok(folder))) => Some(folder),
        Ok(Some(Err(error))) => {
            tracing::warn!("the package awsglue cannot be written: {error}");
            None
        }
        Ok(None) | Err(_) => None,
    };
    let mut spark = engine.spark;
    spark.package = package.or(spark.package);
    spark.warm &= needs_spark && (runtime.is_some() || engine.python.is_some());
    let (python, whose) = match (&runtime, engine.python) {
        (Some(Runtime { python, java_home, class_archive, .. }), _) => {
            spark.java_home = Some(java_home.clone());
            spark.class_archive.clone_from(class_archive);
            (python.clone(), Interpreters::Managed)
        }
        (None, Some(chosen)) => (chosen, Interpreters::Chosen),
        (None, None) => (default_python(), Interpreters::System),
    };
    (Interpreter { python, spark, in_use: runtime.into_iter().collect() }, whose)
}

async fn find(
    runtimes: Option<&Runtimes>,
    makes: bool,
    cancel: Cancel,
    tell: &(dyn Fn(Progress) + Send + Sync),
) -> (Option<Runtime>, Option<SetupError>) {
    let Some(runtimes) = runtimes else {
        return (None, makes.then_some(SetupError::NoFolder));
    };
    if !makes {
        return (runtimes.find(), None);
    }
    match runtimes.ensure(&Around::of_process(), &Wish::default(), cancel, tell).await {
        Ok(runtime) => (Some(runtime), None),
        // One that could not be mended may do.
        Err(error) => (runtimes.find(), Some(error)),
    }
}
