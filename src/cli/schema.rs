//! `glue-ls schema`: the JSON schema of the project file.

use crate::settings::schema;

use super::{Exit, output};

/// Writes the schema.
pub(super) fn run() -> Exit {
    output::result(&schema::text());
    Exit::Ok
}
