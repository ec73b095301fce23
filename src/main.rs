//! The `glue-ls` program.

fn main() {}
