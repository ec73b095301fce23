//! `glue-ls check`: problems in files and folders.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;

use crate::features::{Analysis, Problem, RuleConfig, Severity};
use crate::model::{Environment, Kernel, NotebookModel};
use crate::text::Range;

use super::load::{Document, find, read};
use super::{Exit, output};

mod format;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and folders; folders are searched for `.ipynb` and `.py`, `.gitignore` is honoured
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How problems are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Take every document for one of this kernel (`glue_pyspark`, `glue_spark`)
    #[arg(long, value_parser = super::kernel)]
    kernel: Option<Kernel>,
    /// Ask no account (checks need none so far)
    #[arg(long)]
    offline: bool,
    /// Run only these rules
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = rule)]
    select: Vec<String>,
    /// Do not run these rules
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = rule)]
    ignore: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One array
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
}

/// A problem and its place in a file.
struct Found<'a> {
    document: &'a Document,
    /// The cell's number, if the document has cells.
    cell: Option<usize>,
    /// As `json` gives it: from the cell's start in a notebook, else from the file's.
    in_cell: Range,
    /// From the file's start.
    in_file: Range,
    problem: Problem,
    /// Where each replacement of each fix goes, as `json` gives it.
    edits: Vec<Vec<(Range, String)>>,
}

/// Checks what the arguments name.
pub(super) fn run(arguments: &Arguments) -> Exit {
    // Checks look at the document alone: what this machine's environment sets is no business of theirs.
    let environment = Arc::new(Environment::default());
    let config = Arc::new(RuleConfig {
        select: arguments.select.clone(),
        ignore: arguments.ignore.clone(),
        syntax_errors: true,
        ..RuleConfig::default()
    });
    let mut failed = false;
    let paths = find(&arguments.paths, &mut |message| {
        output::message(&message);
        failed = true;
    });
    if paths.is_empty() {
        output::message("no notebooks (`.ipynb`) and no scripts (`.py`) are there to check");
    }
    let mut errors = false;
    let mut checked = 0;
    let mut writer = format::Writer::new(arguments.format);
    for path in &paths {
        let document = match read(path) {
            Ok(document) => document,
            Err(message) => {
                output::message(&message);
                failed = true;
                continue;
            }
        };
        checked += 1;
        let model = NotebookModel::of(document.opened.notebook.clone(), arguments.kernel, &environment);
        let analysis = Analysis::new(model, config.clone());
        for (index, cell) in document.opened.notebook.cells.iter().enumerate() {
            for problem in analysis.problems(index).iter() {
                errors |= problem.severity == Severity::Error;
                let edits = problem.fixes.iter().map(|fix| {
                    fix.edits
                        .iter()
                        .map(|(range, text)| (document.in_cell(cell, range.clone()), text.clone()))
                        .collect()
                });
                writer.add(&Found {
                    document: &document,
                    cell: document.cell_number(index),
                    in_cell: document.in_cell(cell, problem.range.clone()),
                    in_file: document.in_file(cell, problem.range.clone()),
                    edits: edits.collect(),
                    problem: problem.clone(),
                });
            }
        }
    }
    output::result(&writer.finish(checked));
    match (failed, errors) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Found,
        (false, false) => Exit::Ok,
    }
}

fn rule(code: &str) -> Result<String, String> {
    match crate::features::diagnostics::rules::find(code) {
        Some(rule) => Ok(rule.code.to_owned()),
        None => Err("there is no such rule; see docs/rules".to_owned()),
    }
}
