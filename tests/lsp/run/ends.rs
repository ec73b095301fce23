//! The end of the server is the end of what it started.

use serde_json::{Value, json};

use super::{Gate, Guest, Lab};
use crate::lsp::editor::{NOTEBOOK, cell_uri};

/// A server with a cell in it that runs for ever, and others that wait.
fn busy() -> (Lab, Guest) {
    let gate = Gate::new();
    let mut lab = Lab::notebook(&[("a", &gate.endless()), ("b", "2")]);
    for method in ["glue-ls/cellState", "glue-ls/cellOutput"] {
        lab.editor.client.ignore(method);
    }
    lab.ask("runAllCells", json!({ "uri": NOTEBOOK }));
    let guest = gate.guest();
    assert!(std::path::Path::new(&format!("/proc/{}", guest.pid)).exists() || !cfg!(target_os = "linux"));
    (lab, guest)
}

#[test]
fn leaving_in_order_ends_the_workers() {
    let (mut lab, guest) = busy();
    lab.editor.client.call("shutdown", Value::Null);
    lab.editor.client.notify("exit", Value::Null);
    lab.editor.client.close_input();
    assert_eq!(lab.editor.client.exit_code(), Some(0));
    guest.gone();
}

#[test]
fn leaving_without_a_word_ends_the_workers() {
    let (mut lab, guest) = busy();
    lab.editor.client.output_may_be_torn();
    lab.editor.client.hang_up();
    lab.editor.client.exit_code();
    guest.gone();
}

#[test]
fn exit_without_shutdown_ends_the_workers() {
    let (mut lab, guest) = busy();
    lab.editor.client.notify("exit", Value::Null);
    lab.editor.client.close_input();
    assert_eq!(lab.editor.client.exit_code(), Some(1));
    guest.gone();
}

#[test]
fn the_death_of_the_server_ends_the_workers() {
    let (mut lab, guest) = busy();
    lab.editor.client.output_may_be_torn();
    lab.editor.client.kill();
    guest.gone();
}

#[test]
fn a_worker_that_does_not_obey_does_not_outlive_the_server() {
    let gate = Gate::new();
    let deaf = format!(
        "{}import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass",
        gate.ring()
    );
    let mut lab = Lab::notebook(&[("a", &deaf)]);
    for method in ["glue-ls/cellState", "glue-ls/cellOutput"] {
        lab.editor.client.ignore(method);
    }
    lab.ask("runCell", json!({ "cell": cell_uri("a") }));
    let guest = gate.guest();
    lab.editor.client.call("shutdown", Value::Null);
    lab.editor.client.notify("exit", Value::Null);
    lab.editor.client.close_input();
    assert_eq!(lab.editor.client.exit_code(), Some(0));
    guest.gone();
}
