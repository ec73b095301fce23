//! The command line: one thin file per subcommand.
//!
//! stdout carries results only, and only `output` writes to it; logs and messages go to stderr.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::model::Kernel;

mod check;
mod config;
mod doctor;
mod file;
mod grace;
mod load;
mod local;
mod output;
mod plan;
mod rules;
mod run;
mod schema;
mod serve;
mod sessions;
mod signals;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// All went well, nothing was found.
    Ok,
    /// Something was found.
    Found,
    /// It could not be done.
    Failed,
}

#[derive(Debug, Parser)]
#[command(name = "glue-ls", version, about = "A language server for AWS Glue notebooks and scripts")]
#[command(
    after_help = "Without a command, glue-ls serves an editor over standard input and output.\n\nExamples:\n  glue-ls                       serve an editor\n  glue-ls check notebooks/      find mistakes before a session is paid for\n  glue-ls plan etl.ipynb        show what running a notebook would send\n  glue-ls run --local etl.ipynb run a notebook on this machine"
)]
struct Arguments {
    /// Serve over standard input and output (what it does without a command as well)
    #[arg(long, global = false)]
    stdio: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find mistakes in notebooks and scripts, and mend them
    #[command(after_help = check::HELP)]
    Check(check::Arguments),
    /// Show what running a notebook or script would send, without sending it
    #[command(
        after_help = "Examples:\n  glue-ls plan etl.ipynb\n  glue-ls plan etl.ipynb --format json | jq .create_session"
    )]
    Plan(plan::Arguments),
    /// Run a notebook or script, cell after cell
    #[command(
        after_help = "Exit code: 0 all cells ran well, 1 a cell failed, the run was cancelled or its session could not be stopped, 2 it could not be run.\nCtrl-C cancels and stops the session; a second one leaves at once.\n\nExamples:\n  glue-ls run --local etl.ipynb                 on this machine, for nothing\n  glue-ls run etl.ipynb --output done.ipynb     on AWS Glue, with a notebook of the results\n  glue-ls run etl.ipynb --max-cost 2 --timeout 600\n  glue-ls run etl.ipynb --parameters day=2026-11-22 --parameters limit=100\n  glue-ls run --local etl.ipynb --from 3 --to 5  the settings cells above are run too"
    )]
    Run(run::Arguments),
    /// List and stop the sessions that glue-ls has created
    #[command(
        after_help = "Examples:\n  glue-ls sessions list\n  glue-ls sessions stop 01234567-89ab-cdef-0123-456789abcdef"
    )]
    Sessions(sessions::Arguments),
    /// Look for what keeps sessions from working, and say what to do
    #[command(after_help = doctor::HELP)]
    Doctor(doctor::Arguments),
    /// Serve the Glue API on this machine, for boto3, the AWS CLI and other programs; set Spark up
    #[command(after_help = local::HELP)]
    Local(local::Arguments),
    /// List the rules that `check` and editors apply
    #[command(after_help = "Examples:\n  glue-ls rules\n  glue-ls rules --format json")]
    Rules(rules::Arguments),
    /// Write the JSON schema of `glue-ls.toml`
    #[command(after_help = "Example:\n  glue-ls schema > glue-ls.schema.json")]
    Schema,
    /// Look after the sessions of a server that has ended; the program calls it itself
    #[command(name = crate::run::grace::ARGUMENT, hide = true)]
    Grace,
}

/// Runs the program; returns its exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to stdout with code 0, mistakes to stderr with code 2.
            let code = error.exit_code();
            return match error.print() {
                Ok(()) => ExitCode::from(u8::try_from(code).unwrap_or(2)),
                Err(_) => ExitCode::from(2),
            };
        }
    };
    output::start_logging();
    let exit = match arguments.command {
        None => return serve::run(),
        Some(Command::Check(arguments)) => check::run(&arguments),
        Some(Command::Plan(arguments)) => plan::run(&arguments),
        Some(Command::Run(arguments)) => run::run(&arguments),
        Some(Command::Sessions(arguments)) => sessions::run(&arguments),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments),
        Some(Command::Local(arguments)) => local::run(&arguments),
        Some(Command::Rules(arguments)) => rules::run(&arguments),
        Some(Command::Schema) => schema::run(),
        Some(Command::Grace) => grace::run(),
    };
    ExitCode::from(match exit {
        Exit::Ok => 0,
        Exit::Found => 1,
        Exit::Failed => 2,
    })
}

/// Reads the name of a kernel from the command line.
fn kernel(name: &str) -> Result<Kernel, String> {
    Kernel::from_name(name).ok_or_else(|| "the kernels are `glue_pyspark` and `glue_spark`".to_owned())
}
