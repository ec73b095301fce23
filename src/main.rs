//! The `glue-ls` program: arguments, exit code, nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    glue_ls::cli::main()
}
