//! `glue-ls doctor`: what keeps sessions from running, and what to paste to mend it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;

use crate::doctor::{self, Chosen, Request, Status};
use crate::model::account::Claim;
use crate::model::effects::CredentialSource;
use crate::model::{Environment, Kernel, NotebookModel, Origin, Setting};
use crate::run::default_python;

use super::config::{ConfigArguments, Configs};
use super::load::read;
use super::{Exit, output};

mod text;

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
        Format::Text => output::result(&text::text(&report, output::colours())),
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
        python: settings.local_python.clone().unwrap_or_else(default_python),
        folder: here,
        trusted_folders: settings.trusted_folders.clone(),
        ..Request::default()
    };
    match &arguments.file {
        Some(file) => of_document(&mut request, arguments, file, environment)?,
        None => request.role = outside(&environment, Setting::IamRole, arguments.profile.as_deref()),
    }
    // As for a run: what the environment says to the kernel, then the settings; the rest is the client's to find.
    let variable = || {
        let given = crate::host::environment().from_variables(Setting::Region)?;
        let from = place(&given.origin, None);
        Some(Chosen { value: given.value.to_str(), from }).filter(|chosen| !chosen.value.is_empty())
    };
    request.region =
        request.region.take().or_else(variable).or_else(|| chosen(settings.region.as_ref(), "the setting `region`"));
    Ok(request)
}

/// Adds what a document says: its role, and with `--as-document` as whom and where it would run.
fn of_document(
    request: &mut Request,
    arguments: &Arguments,
    file: &Path,
    environment: Environment,
) -> Result<(), String> {
    let document = read(file)?;
    let name = file.display();
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
        None => name.to_string(),
    };
    let Some(session) = model.history.sessions.last() else {
        request.role = outside(&environment, Setting::IamRole, arguments.profile.as_deref());
        return Ok(());
    };
    if let Some(role) = session.request.role.clone().filter(|role| !role.is_empty()) {
        let from = session.origin(Setting::IamRole).map(|origin| place(origin, Some(&cell_name)));
        request.role = Some(Chosen { value: role, from: from.unwrap_or_else(|| name.to_string()) });
    }
    let claim = Claim::of(session);
    let by_document = |named: &Option<crate::model::account::Named>, known: &Option<Chosen>| {
        named.as_ref().filter(|named| named.by_document && known.is_none()).map(|named| named.name.clone())
    };
    let profile = by_document(&claim.profile, &request.profile);
    let region = by_document(&claim.region, &request.region);
    let from = name.to_string();
    if arguments.as_document {
        request.profile = request.profile.take().or_else(|| chosen(profile.as_ref(), &from));
        request.region = request.region.take().or_else(|| chosen(region.as_ref(), &from));
        let mut unused = Vec::new();
        match &claim.credentials {
            Some(CredentialSource::Role(arn)) => request.assume = Some(arn.clone()),
            Some(CredentialSource::Keys { .. }) => unused.push("the keys of its %%assume_role"),
            None => {}
        }
        if claim.endpoint {
            unused.push("its %endpoint");
        }
        if !unused.is_empty() {
            let message = format!("{name}: {} are not used here.", unused.join(" and "));
            request.unused = Some((message, None));
        }
        return Ok(());
    }
    let mut named = Vec::new();
    named.extend(profile.map(|profile| format!("the profile `{}`", plain(&profile))));
    named.extend(region.map(|region| format!("the region `{}`", plain(&region))));
    named.extend(claim.credentials.as_ref().map(|source| match source {
        CredentialSource::Role(arn) => format!("the role `{}`, which it assumes", plain(arn)),
        CredentialSource::Keys { .. } => "keys of its own".to_owned(),
    }));
    if claim.endpoint {
        named.push("an address of its own".to_owned());
    }
    if !named.is_empty() {
        let message = format!(
            "{name} names {}. What follows is as yourself; `--as-document` looks as the document does.",
            named.join(", ")
        );
        let command = file.to_str().map(|path| format!("glue-ls doctor --as-document {}", doctor::quoted(path)));
        request.unused = Some((message, command));
    }
    Ok(())
}

/// What the kernel would find outside of a document.
fn outside(environment: &Environment, setting: Setting, profile: Option<&str>) -> Option<Chosen> {
    let given = environment.from_variables(setting).or_else(|| environment.from_config_file(setting, profile))?;
    let from = place(&given.origin, None);
    Some(Chosen { value: given.value.to_str(), from }).filter(|chosen| !chosen.value.is_empty())
}

/// Where a setting comes from, for people.
fn place(origin: &Origin, cell: Option<&dyn Fn(usize) -> String>) -> String {
    match origin {
        Origin::Cell { cell: index, .. } => cell.map_or_else(|| "the document".to_owned(), |name| name(*index)),
        Origin::Environment(name) => name.clone(),
        Origin::ConfigFile { profile, key } => format!("`{key}` of the profile `{}`", plain(profile)),
        Origin::Default => "the default".to_owned(),
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
