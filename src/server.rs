//! The language server: the only layer that knows LSP and JSON.
//!
//! `transport` cuts frames and `admission` keeps their order; `world` holds the documents; `backend` is
//! the protocol's table of contents, each method a thin file under `requests` or `notifications`.

use std::io;

use tower_lsp_server::LspService;

pub mod admission;
mod backend;
mod capabilities;
mod convert;
mod document;
mod publish;
mod requests;
pub mod transport;
mod view;
mod world;

/// Serves a client over standard input and output until it leaves; returns the process's exit code.
///
/// # Errors
///
/// The runtime or a thread could not be started.
pub fn run_stdio() -> io::Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build()?;
    let (service, socket) = LspService::new(backend::Backend::new);
    let ending = admission::Ending::new();
    let outcome = admission::serve(
        runtime.handle(),
        io::stdin(),
        io::stdout(),
        service,
        socket,
        &transport::Limits::default(),
        &ending,
    )?;
    // Handlers may hang; the process does not wait for them.
    runtime.shutdown_background();
    Ok(outcome.exit_code())
}
