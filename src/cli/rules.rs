//! `glue-ls rules`: what is checked.

use std::fmt::Write;

use crate::features::diagnostics::help_url;
use crate::features::diagnostics::rules::RULES;

use super::{Exit, output};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How the rules are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One array
    Json,
}

/// Lists the rules.
pub(super) fn run(arguments: &Arguments) -> Exit {
    let mut out = String::new();
    match arguments.format {
        Format::Text => {
            let width = RULES.iter().map(|rule| rule.code.len()).max().unwrap_or_default();
            for rule in RULES {
                let _ = writeln!(out, "{:width$}  {:7}  {}", rule.code, rule.severity.name(), rule.summary);
            }
        }
        Format::Json => {
            let rules: Vec<serde_json::Value> = RULES
                .iter()
                .map(|rule| {
                    serde_json::json!({
                        "code": rule.code,
                        "severity": rule.severity.name(),
                        "summary": rule.summary,
                        "help_url": help_url(rule.code),
                    })
                })
                .collect();
            out = serde_json::to_string_pretty(&rules).unwrap_or_default();
            out.push('\n');
        }
    }
    output::result(&out);
    Exit::Ok
}
