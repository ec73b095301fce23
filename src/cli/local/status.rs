//! `glue-ls local status`: what there is of the runtime.

use clap::ValueEnum;

use crate::cli::{Exit, output};
use crate::local::setup::{Runtimes, State, Status};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object
    Json,
}

/// Shows what there is.
pub(super) fn run(runtimes: &Runtimes, arguments: &Arguments) -> Exit {
    let status = runtimes.status();
    match arguments.format {
        Format::Json => {
            output::result(&format!("{}\n", serde_json::to_string_pretty(&status).unwrap_or_default()));
        }
        Format::Text => output::result(&text(&status)),
    }
    if status.state == State::Ready { Exit::Ok } else { Exit::Found }
}

fn text(status: &Status) -> String {
    let Status { state, message, folder, bytes, busy, .. } = status;
    let mut lines = vec![match state {
        State::Ready => "The local runtime is ready.".to_owned(),
        State::Missing => "There is no local runtime; `glue-ls local setup` makes it.".to_owned(),
        State::Broken => "The local runtime is broken; `glue-ls local setup` makes it anew.".to_owned(),
    }];
    if *busy {
        lines.push("It is being set up or removed right now.".to_owned());
    }
    let mut row = |name: &str, value: String| lines.push(format!("{name:9}{value}"));
    if let Some(message) = message {
        row("note", message.clone());
    }
    row("folder", folder.display().to_string());
    if *bytes > 0 {
        row("size", super::size(*bytes));
    }
    if let (Some(python), Some(version)) = (&status.python, &status.python_version) {
        row("Python", format!("{version} ({})", python.display()));
    }
    if let (Some(home), Some(version)) = (&status.java_home, &status.java_version) {
        row("Java", format!("{version} ({})", home.display()));
    }
    if let Some(archive) = &status.class_archive {
        row("archive", archive.display().to_string());
    }
    let packages: Vec<String> = status.packages.iter().map(|(name, version)| format!("{name} {version}")).collect();
    row(if *state == State::Ready { "packages" } else { "wanted" }, packages.join(", "));
    lines.join("\n") + "\n"
}
