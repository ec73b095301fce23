//! `glue-ls check`: problems in files and folders, and their mending.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;

use crate::features::{Fix, RuleConfig};
use crate::model::Kernel;

use super::config::{ConfigArguments, Configs};
use super::load::find;
use super::{Exit, output};

mod diff;
mod each;
mod file;
mod fix;
mod format;
mod sarif;
mod snippet;

/// What `--help` ends with.
pub(super) const HELP: &str = "\
Problems are written with their place in the file, the lines concerned and what mends them:

  etl.py:5:4: error[unknown-magic] there is no magic `%workertype`; did you mean `%worker_type`?
   --> cell 1
    |
  5 | # %workertype G.1X
    |    ^^^^^^^^^^
    |
    = fix: Write `%worker_type`

`fix` lines are what `--fix` does, `help` lines what `--unsafe-fixes` does besides.

Exit code: 0 no errors, 1 errors found (with --fix: left; with --diff: something would change), 2 a file could not be checked.

Examples:
  glue-ls check .
  glue-ls check etl.ipynb --format json
  glue-ls check jobs/ --format github
  glue-ls check . --fix
  glue-ls check . --diff
  glue-ls check --fix --stdin-filename etl.py < etl.py";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and folders; folders are searched for `.ipynb` and `.py`, `.gitignore` is honoured; `-` is standard input
    #[arg(required_unless_present = "stdin_filename", value_name = "PATH")]
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
    /// Mend what can be mended safely, in place; what is left is reported
    #[arg(long)]
    fix: bool,
    /// Take fixes for safe that should be looked at: `--fix` and `--diff` make them too
    #[arg(long)]
    unsafe_fixes: bool,
    /// Write nothing; show as a unified diff what `--fix` would change
    #[arg(long, conflicts_with = "format")]
    diff: bool,
    /// Check standard input as a file of this name; with `--fix`, the mended text goes to standard output
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArguments,
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

/// What is to be done with each file.
struct Options {
    format: Format,
    colours: bool,
    kernel: Option<Kernel>,
    mode: Mode,
    unsafe_fixes: bool,
    select: Vec<String>,
    ignore: Vec<String>,
    configs: Configs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Problems are reported.
    Report,
    /// Files are mended; what is left is reported.
    Fix,
    /// What mending would change is shown.
    Diff,
}

/// Where a text comes from.
enum Input {
    File(PathBuf),
    /// Standard input, with the name of the file it stands for.
    Standard(PathBuf),
}

impl Options {
    fn new(arguments: &Arguments, configs: Configs) -> Options {
        Options {
            format: arguments.format,
            colours: arguments.format == Format::Text && output::colours(),
            kernel: arguments.kernel,
            mode: match (arguments.diff, arguments.fix) {
                (true, _) => Mode::Diff,
                (_, true) => Mode::Fix,
                _ => Mode::Report,
            },
            unsafe_fixes: arguments.unsafe_fixes,
            select: arguments.select.clone(),
            ignore: arguments.ignore.clone(),
            configs,
        }
    }

    /// Returns the rules for a file.
    fn rules_for(&self, path: &Path) -> Arc<RuleConfig> {
        self.configs.rules_for(path, &self.select, &self.ignore)
    }

    /// Returns whether a fix is one of those that `--fix` makes.
    fn makes(&self, fix: &Fix) -> bool {
        fix.safe || self.unsafe_fixes
    }
}

/// Checks what the arguments name.
pub(super) fn run(arguments: &Arguments) -> Exit {
    let configs = match Configs::new(&arguments.config) {
        Ok(configs) => configs,
        Err(message) => {
            output::message(&message);
            return Exit::Failed;
        }
    };
    let mut failed = false;
    let mut options = Options::new(arguments, configs);
    let inputs = inputs(arguments, &options, &mut failed);
    let Ok(inputs) = inputs else { return Exit::Failed };
    if inputs.is_empty() {
        output::message("no notebooks (`.ipynb`) and no scripts (`.py`) are there to check");
    }
    // The text itself is the result then.
    let text_out = options.mode == Mode::Fix && matches!(inputs[..], [Input::Standard(_)]);
    if text_out {
        options.colours = options.format == Format::Text && output::stderr_colours();
    }
    let mut writer = format::Writer::new(&options);
    let mut differs = false;
    each::in_order(inputs.len(), &|index| file::check(&inputs[index], &options), &mut |report: file::Report| {
        report.messages.iter().for_each(|message| output::message(message));
        failed |= report.failed;
        differs |= report.fixed > 0;
        if let Some(text) = &report.output {
            output::result(text);
        }
        writer.add(report);
    });
    let errors = writer.errors();
    if options.mode == Mode::Diff {
        output::notice(&writer.finish_diff());
    } else if text_out {
        output::notice(&writer.finish(failed));
    } else {
        output::result(&writer.finish(failed));
    }
    match (failed, options.mode) {
        (true, _) => Exit::Failed,
        (false, Mode::Diff) if differs => Exit::Found,
        (false, Mode::Diff) => Exit::Ok,
        (false, _) if errors > 0 => Exit::Found,
        (false, _) => Exit::Ok,
    }
}

/// Returns what is to be checked. `failed` is set if a part of it cannot be found.
fn inputs(arguments: &Arguments, options: &Options, failed: &mut bool) -> Result<Vec<Input>, ()> {
    let dash = Path::new("-");
    let named = arguments.paths.iter().any(|path| path == dash);
    if arguments.stdin_filename.is_some() || named {
        if arguments.paths.iter().any(|path| path != dash) {
            output::message("standard input and files cannot be checked at once; name the one or the others");
            return Err(());
        }
        return Ok(vec![Input::Standard(arguments.stdin_filename.clone().unwrap_or_else(|| dash.to_owned()))]);
    }
    let mut paths = find(&arguments.paths, &mut |message| {
        output::message(&message);
        *failed = true;
    });
    if options.mode == Mode::Fix {
        // Two names of one file are one: it is written once.
        let mut seen = HashSet::new();
        paths.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    }
    Ok(paths.into_iter().map(Input::File).collect())
}

fn rule(code: &str) -> Result<String, String> {
    match crate::features::diagnostics::rules::find(code) {
        Some(rule) => Ok(rule.code.to_owned()),
        None => Err("there is no such rule; see docs/rules".to_owned()),
    }
}
