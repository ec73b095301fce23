//! `glue-ls sessions`: the sessions that glue-ls has created and that may be alive.

use std::sync::Arc;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use crate::platform::Life;
use crate::run::record::Records;
use crate::run::sessions::{self, Listed};
use crate::run::{Shared, Who, age};

use super::{Exit, output};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the sessions that glue-ls has created and that may be alive
    List {
        /// How the list is written
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// Do not ask AWS how they are
        #[arg(long)]
        offline: bool,
    },
    /// Stop a session
    Stop {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        /// The profile to stop it with, where glue-ls has no record of it
        #[arg(long)]
        profile: Option<String>,
        /// The region it is in, where glue-ls has no record of it
        #[arg(long)]
        region: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One array
    Json,
}

/// Does what the arguments name.
pub(super) fn run(arguments: &Arguments) -> Exit {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::message(&format!("cannot start: {error}"));
            return Exit::Failed;
        }
    };
    let shared = Shared::of_user();
    let Some(records) = shared.records.clone() else {
        output::message("there is no folder for records of sessions; set HOME or XDG_STATE_HOME");
        return Exit::Failed;
    };
    runtime.block_on(async {
        match &arguments.action {
            Action::List { format, offline } => list(&shared, &records, *format, *offline).await,
            Action::Stop { id, profile, region } => {
                let who = Who { profile: profile.clone(), region: region.clone() };
                stop(&shared, &records, id, who).await
            }
        }
    })
}

async fn list(shared: &Shared, records: &Arc<Records>, format: Format, offline: bool) -> Exit {
    for broken in records.all().1 {
        output::message(&format!("{}: {}", broken.path.display(), broken.why));
    }
    let listed = if offline {
        let known = sessions::on_record(records).await.into_iter();
        known.map(|record| Listed { record, status: None, error: None }).collect()
    } else {
        sessions::alive(shared, records).await
    };
    match format {
        Format::Json => {
            let array: Vec<_> = listed
                .iter()
                .map(|listed| json!({ "record": listed.record, "status": status(listed), "error": listed.error }))
                .collect();
            output::result(&format!("{}\n", serde_json::to_string_pretty(&array).unwrap_or_default()));
        }
        Format::Text if listed.is_empty() => output::result("No session of glue-ls is alive.\n"),
        Format::Text => output::result(&listed.iter().map(text).collect::<String>()),
    }
    Exit::Ok
}

async fn stop(shared: &Shared, records: &Arc<Records>, id: &str, who: Who) -> Exit {
    match sessions::stop(shared, records, id, who).await {
        Ok(()) => {
            output::result(&format!("The session {id} is stopped.\n"));
            Exit::Ok
        }
        Err(why) => {
            output::message(&format!("{id} could not be stopped: {why}"));
            Exit::Failed
        }
    }
}

/// The service's word, or ours where it has told none.
fn status(listed: &Listed) -> &str {
    match (&listed.status, &listed.error) {
        (Some(status), _) => status.as_str(),
        (None, Some(_)) => "unknown",
        (None, None) => "not asked",
    }
}

fn text(listed: &Listed) -> String {
    let (Listed { record, error, .. }, status) = (listed, status(listed));
    let owner = match record.owner.life() {
        Life::Alive => format!("in use by process {}", record.owner.pid),
        Life::Gone => "nobody looks after it".to_owned(),
        Life::Unknown => format!("owner unknown (process {})", record.owner.pid),
    };
    let region = record.identity.region.as_deref().unwrap_or("default region");
    let mut out = format!("{}  {status}, {} old, {region}, {owner}\n", record.id, age(record.age()));
    if let Some(document) = &record.document {
        out.push_str(&format!("  {document}\n"));
    }
    if let Some(error) = error {
        out.push_str(&format!("  {error}\n"));
    }
    out
}
