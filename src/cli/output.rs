//! The only module that writes to stdout and stderr.
#![expect(clippy::print_stderr, reason = "this is where output is written")]

use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;

/// Starts logging to stderr. `GLUE_LS_LOG` chooses what is logged (`glue_ls=debug`); warnings by default.
pub(super) fn start_logging() {
    let filter = EnvFilter::try_from_env("GLUE_LS_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let ansi = std::io::stderr().is_terminal();
    // A second start is harmless: the first one stays.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi).try_init();
}

/// Writes a result to stdout. A reader that went away (`| head`) is no failure.
pub(super) fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a message for the user to stderr.
pub(super) fn message(text: &str) {
    eprintln!("glue-ls: {text}");
}

/// Returns whether results are read by a person on a terminal that shows colours.
pub(super) fn colours() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
