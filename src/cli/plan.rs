//! `glue-ls plan`: what running a document would do.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;

use crate::features::{Analysis, plan_report};
use crate::model::plan::plan;
use crate::model::{Kernel, NotebookModel};

use super::config::{ConfigArguments, Configs};
use super::load::read;
use super::{Exit, output};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A notebook or script
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Take the document for one of this kernel (`glue_pyspark`, `glue_spark`)
    #[arg(long, value_parser = super::kernel)]
    kernel: Option<Kernel>,
    #[command(flatten)]
    config: ConfigArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object
    Json,
}

/// Plans what the arguments name.
pub(super) fn run(arguments: &Arguments) -> Exit {
    let document = match read(&arguments.file) {
        Ok(document) => document,
        Err(message) => {
            output::message(&message);
            return Exit::Failed;
        }
    };
    let configs = match Configs::new(&arguments.config) {
        Ok(configs) => configs,
        Err(message) => {
            output::message(&message);
            return Exit::Failed;
        }
    };
    let mut environment = crate::host::environment();
    // A plan is for this machine: a profile that it does not have is none.
    environment.profiles_complete = crate::host::has_config();
    let environment = Arc::new(environment);
    let model = NotebookModel::of(document.opened.notebook.clone(), arguments.kernel, &environment);
    if model.gate.kernel().is_none() {
        output::message(&format!(
            "{} is not run by a Glue kernel, so there is nothing to plan; `--kernel glue_pyspark` plans it all the same",
            arguments.file.display()
        ));
    }
    let settings = configs.settings_for(&arguments.file);
    let plan = plan(&model, settings.idle_timeout).with_tags(&settings.tags);
    let analysis = Analysis::new(model, configs.rules_for(&arguments.file, &[], &[]));
    let number = |index| document.cell_number(index);
    output::result(&match arguments.format {
        Format::Json => plan_report::json(&plan, &analysis, &number),
        Format::Text => plan_report::text(&plan, &analysis, &number),
    });
    Exit::Ok
}
