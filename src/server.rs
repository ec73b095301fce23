//! The language server: the only layer that knows LSP and JSON.
//!
//! `transport` cuts frames and `admission` keeps their order; `world` holds the documents; `backend` is
//! the protocol's table of contents, each method a thin file under `requests` or `notifications`.

use std::io;

use tower_lsp_server::LspService;

mod accounts;
pub mod admission;
mod announce;
mod announced;
mod answers;
mod backend;
mod capabilities;
mod commands;
mod convert;
mod desk;
mod document;
mod leaving;
mod observed;
mod offers;
mod publish;
mod requests;
mod results;
mod runs;
mod scripts;
pub mod transport;
mod uri;
mod view;
mod watch;
mod world;

/// Serves a client over standard input and output until it leaves; returns the process's exit code.
///
/// # Errors
///
/// The runtime or a thread could not be started.
pub fn run_stdio() -> io::Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (service, socket) = LspService::build(backend::Backend::new)
        .custom_method("window/workDoneProgress/cancel", backend::Backend::work_done_progress_cancel)
        .custom_method("glue-ls/observed", backend::Backend::observed)
        .finish();
    let desk = service.inner().desk().clone();
    let ending = admission::Ending::new();
    watch::ends(runtime.handle(), &desk, &ending);
    watch::sleep(runtime.handle(), &desk);
    let outcome = admission::serve(
        runtime.handle(),
        io::stdin(),
        io::stdout(),
        service,
        socket,
        &transport::Limits::default(),
        &ending,
    )?;
    leaving::leave(&runtime, &desk);
    desk.names().flush();
    // Handlers may hang; the process does not wait for them.
    runtime.shutdown_background();
    Ok(outcome.exit_code())
}
