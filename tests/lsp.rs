//! The language server as editors use it: documents in every form, over the real binary's stdio.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test reports by panicking, and says on stderr what it leaves out"
)]

mod bad_input;
mod converge;
mod corpus;
mod editing;
pub(crate) mod editor;
mod forms;
mod handshake;
mod notebook;
mod project_file;
mod replay;
pub(crate) mod run;
mod settings;
mod typing;

use std::path::{Path, PathBuf};

/// Returns the folder of real notebooks and scripts, or nothing, loudly, where it is not at hand.
pub(crate) fn corpus_folder() -> Option<PathBuf> {
    let shared = std::env::var_os("GLUE_LS_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let folder = shared.join("corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: there is no {}; set GLUE_LS_SHARED to the folder that holds `corpus`", folder.display());
    None
}
