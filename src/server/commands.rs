//! The commands of `workspace/executeCommand`: one row and one file each.

use futures_util::future::BoxFuture;
use serde_json::Value as Json;
use tower_lsp_server::jsonrpc::{Error, Result};

use super::desk::Desk;

mod arguments;
mod attach;
mod blocked;
mod cancel;
mod clear_outputs;
mod doctor;
mod list;
mod list_names;
mod load_names;
mod open_as_script;
mod refresh_account;
mod restart;
mod run;
mod selection;
mod session;
mod show_output;
mod show_plan;
mod target;
mod trust_folder;

pub(super) use session::told;
pub(super) use show_output::open as open_text;

use arguments::Arguments;

/// A command.
pub(super) struct Command {
    /// Its id.
    pub(super) id: &'static str,
    /// Does it. What it sees of documents it must take before its first `.await`.
    run: fn(Desk, Arguments) -> BoxFuture<'static, Result<Json>>,
}

/// All commands.
pub(super) static COMMANDS: &[Command] = &[
    Command { id: "glue-ls.runCell", run: |desk, arguments| Box::pin(run::cell(desk, arguments)) },
    Command { id: "glue-ls.runCellsAbove", run: |desk, arguments| Box::pin(run::above(desk, arguments)) },
    Command { id: "glue-ls.runAllCells", run: |desk, arguments| Box::pin(run::all(desk, arguments)) },
    Command { id: "glue-ls.runSelection", run: |desk, arguments| Box::pin(selection::handle(desk, arguments)) },
    Command { id: "glue-ls.cancel", run: |desk, arguments| Box::pin(cancel::handle(desk, arguments)) },
    Command { id: "glue-ls.startSession", run: |desk, arguments| Box::pin(session::start(desk, arguments)) },
    Command { id: "glue-ls.stopSession", run: |desk, arguments| Box::pin(session::stop(desk, arguments)) },
    Command { id: "glue-ls.restartSession", run: |desk, arguments| Box::pin(restart::handle(desk, arguments)) },
    Command { id: "glue-ls.attachSession", run: |desk, arguments| Box::pin(attach::handle(desk, arguments)) },
    Command { id: "glue-ls.listSessions", run: |desk, arguments| Box::pin(list::handle(desk, arguments)) },
    Command { id: "glue-ls.sessionStatus", run: |desk, arguments| Box::pin(session::status(desk, arguments)) },
    Command { id: "glue-ls.showPlan", run: |desk, arguments| Box::pin(show_plan::handle(desk, arguments)) },
    Command { id: "glue-ls.showOutput", run: |desk, arguments| Box::pin(show_output::handle(desk, arguments)) },
    Command { id: "glue-ls.clearOutputs", run: |desk, arguments| Box::pin(clear_outputs::handle(desk, arguments)) },
    Command { id: "glue-ls.refreshAccount", run: |desk, arguments| Box::pin(refresh_account::handle(desk, arguments)) },
    Command { id: "glue-ls.loadNames", run: |desk, arguments| Box::pin(load_names::handle(desk, arguments)) },
    Command { id: "glue-ls.listNames", run: |desk, arguments| Box::pin(list_names::handle(desk, arguments)) },
    Command { id: "glue-ls.openAsScript", run: |desk, arguments| Box::pin(open_as_script::handle(desk, arguments)) },
    Command { id: "glue-ls.doctor", run: |desk, arguments| Box::pin(doctor::handle(desk, arguments)) },
    Command { id: "glue-ls.trustFolder", run: |desk, arguments| Box::pin(trust_folder::handle(desk, arguments)) },
];

/// Does the command of that id.
///
/// # Errors
///
/// There is no such command, or its argument is not understood; the message is for people.
pub(super) fn execute(
    id: &str,
    arguments: Option<Vec<Json>>,
    desk: Desk,
) -> std::result::Result<BoxFuture<'static, Result<Json>>, Error> {
    let Some(command) = COMMANDS.iter().find(|command| command.id == id) else {
        return Err(Error::invalid_params(format!("there is no command `{id}`")));
    };
    let arguments = Arguments::read(arguments).map_err(Error::invalid_params)?;
    Ok((command.run)(desk, arguments))
}
