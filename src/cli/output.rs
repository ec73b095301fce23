//! The only module that writes to stdout and stderr.
//!
//! A reader that went away (`| head`, a terminal that was closed) is no failure: whatever runs goes on to its orderly end.

use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;

/// Libraries whose logs, warnings among them, hold requests and answers, and with them credentials and code. Each stands
/// for all whose names begin so.
const CAPPED: &[&str] = &["aws", "hyper", "rustls", "h2"];

/// Starts logging to stderr. `GLUE_LS_LOG` chooses what is logged (`glue_ls=debug`); warnings by default.
pub(super) fn start_logging() {
    let wanted = std::env::var("GLUE_LS_LOG").unwrap_or_default();
    let filter = EnvFilter::try_new(capped(&wanted)).unwrap_or_else(|_| EnvFilter::new("warn"));
    let ansi = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi);
    // It would write them to stderr, with a panic where that is closed.
    let log = log.log_internal_errors(false);
    // A second start is harmless: the first one stays.
    let _ = log.try_init();
}

/// Returns what is to be logged, with errors only from the libraries that are not named in it.
fn capped(wanted: &str) -> String {
    let wanted = if wanted.trim().is_empty() { "warn" } else { wanted };
    let named = |library: &str| {
        // A more special name wins by itself; the same one must not be given twice.
        wanted.split(',').any(|part| part.split(['=', '[']).next().is_some_and(|target| target.trim() == library))
    };
    let caps = CAPPED.iter().filter(|library| !named(library)).map(|library| format!(",{library}=error"));
    std::iter::once(wanted.to_owned()).chain(caps).collect()
}

/// Writes a result to stdout. A reader that went away (`| head`) is no failure.
pub(super) fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a message for the user to stderr.
pub(super) fn message(text: &str) {
    notice(&format!("glue-ls: {text}\n"));
}

/// Writes text for the user to stderr, as it is.
pub(super) fn notice(text: &str) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Shows on a terminal what is being done, in place of what was shown last; nothing takes it away.
pub(super) fn progress(text: &str) {
    let mut out = std::io::stderr().lock();
    if out.is_terminal() {
        let line: String = text.chars().filter(|c| !c.is_control()).take(78).collect();
        // Cut, not wrapped, by a narrow terminal: of two lines one would stay.
        let _ = write!(out, "\r\u{1b}[K\u{1b}[?7l{line}\u{1b}[?7h").and_then(|()| out.flush());
    }
}

/// Returns whether stderr is read by a person on a terminal that shows colours.
pub(super) fn stderr_colours() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Returns whether results are read by a person on a terminal that shows colours.
pub(super) fn colours() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_heard_only_by_their_names() {
        assert_eq!(capped(""), "warn,aws=error,hyper=error,rustls=error,h2=error");
        assert_eq!(capped("trace,hyper=debug"), "trace,hyper=debug,aws=error,rustls=error,h2=error");
        assert_eq!(capped("aws[call]=trace, h2 = info"), "aws[call]=trace, h2 = info,hyper=error,rustls=error");
        for wanted in ["", "trace", "glue_ls=debug", "aws_config=debug"] {
            assert!(EnvFilter::try_new(capped(wanted)).is_ok(), "{wanted}");
        }
    }
}
