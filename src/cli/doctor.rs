//! `glue-ls doctor`: what keeps sessions from running, and what to paste to mend it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;

use crate::doctor::{self, Chosen, Request, Status, Subject};
use crate::model::{Environment, Kernel, NotebookModel};
use crate::run::python_of;

use super::config::{ConfigArguments, Configs};
use super::load::read;
use super::{Exit, output};

/// What `--help` says below the options.
pub(super) const HELP: &str = "It only looks: nothing is changed, and no session is started. Each finding comes with the command and the policy\nto paste.\n\nExit code: 0 nothing failed, 1 something failed, 2 it could not look.\n\nExamples:\n  glue-ls doctor                             as yourself, where you are\n  glue-ls doctor --profile dev etl.ipynb     with the role that the notebook sets\n  glue-ls doctor --as-document etl.ipynb     with the profile, region and role that it names\n  glue-ls doctor --format json | jq '.checks[] | select(.status == \"failed\")'";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A notebook or script, of which the runtime role is looked at
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The AWS profile to look with
    #[arg(long)]
    profile: Option<String>,
    /// The AWS region to look in
    #[arg(long)]
    region: Option<String>,
    /// Look with the profile, the region and the role of `%%assume_role` that FILE names
    #[arg(long, requires = "file")]
    as_document: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object
    Json,
}

/// Examines what the arguments name.
pub(super) fn run(arguments: &Arguments) -> Exit {
    let request = match request(arguments) {
        Ok(request) => request,
        Err(message) => {
            output::message(&message);
            return Exit::Failed;
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::message(&format!("cannot start: {error}"));
            return Exit::Failed;
        }
    };
    let report = runtime.block_on(doctor::examine_user(request, &output::progress));
    output::progress("");
    // A look-up of a name that nobody waits for any more may take its time.
    runtime.shutdown_background();
    match arguments.format {
        Format::Json => {
            output::result(&format!("{}\n", serde_json::to_string_pretty(&report.json()).unwrap_or_default()));
        }
        Format::Text => output::result(&report.text(output::colours())),
    }
    if report.worst() == Status::Failed { Exit::Found } else { Exit::Ok }
}

fn chosen(value: Option<&String>, from: &str) -> Option<Chosen> {
    value.map(|value| Chosen { value: value.clone(), from: from.to_owned() })
}

/// Finds out what is to be looked at.
fn request(arguments: &Arguments) -> Result<Request, String> {
    let here = std::env::current_dir().unwrap_or_default();
    let configs = Configs::new(&arguments.config)?;
    let settings = configs.settings_for(arguments.file.as_deref().unwrap_or(&here.join("glue-ls.toml")));
    let environment = crate::host::environment();
    let mut request = Request {
        profile: chosen(arguments.profile.as_ref(), "`--profile`"),
        region: chosen(arguments.region.as_ref(), "`--region`"),
        policy: Arc::clone(&settings.policy),
        python: python_of(settings.local_python.clone()),
        chose_python: settings.local_python.is_some(),
        makes_runtime: settings.local_setup,
        folder: here,
        trusted_folders: settings.trusted_folders.clone(),
        ..Request::default()
    };
    match &arguments.file {
        Some(file) => of_document(&mut request, arguments, file, environment)?,
        None => request.role = doctor::role_outside(&environment, arguments.profile.as_deref()),
    }
    // As for a run: what the environment says to the kernel, then the settings; the rest is the client's to find.
    let variable = || doctor::region_outside(&crate::host::environment());
    request.region =
        request.region.take().or_else(variable).or_else(|| chosen(settings.region.as_ref(), "the setting `region`"));
    Ok(request)
}

/// Adds what a document says.
fn of_document(
    request: &mut Request,
    arguments: &Arguments,
    file: &Path,
    environment: Environment,
) -> Result<(), String> {
    let document = read(file)?;
    let name = file.display().to_string();
    let whole = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    request.folder = whole.parent().map(Path::to_owned).unwrap_or_default();
    let environment = Arc::new(environment);
    // The user has named the file: it is taken for one of the kernel's whatever it says.
    let model = NotebookModel::of(document.opened.notebook.clone(), None, &environment);
    let model = match model.gate.kernel() {
        Some(_) => model,
        None => NotebookModel::of(document.opened.notebook.clone(), Some(Kernel::PySpark), &environment),
    };
    let cell_name = |index: usize| match document.cell_number(index) {
        Some(number) => format!("cell {number} of {name}"),
        None => name.clone(),
    };
    let path = file.to_str().map(str::to_owned);
    let subject = Subject { model: &model, name: &name, path: path.as_deref(), cell_name: &cell_name };
    subject.add_to(request, arguments.as_document);
    Ok(())
}
