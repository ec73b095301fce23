//! The settings of files on the command line: those of the project file that belongs to each, with flags on top.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::features::RuleConfig;
use crate::host::project::{self, Report};
use crate::settings::Settings;

use super::output;

/// Which project files are read.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct ConfigArguments {
    /// Read the settings in this file, in place of the `glue-ls.toml` nearest above each file
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Read no settings; the policies of `glue-ls.toml` hold all the same
    #[arg(long)]
    no_config: bool,
}

/// The settings of files, read once for each folder. What is wrong with a project file is said once, on stderr.
pub(super) struct Configs {
    arguments: ConfigArguments,
    folders: Mutex<HashMap<PathBuf, Arc<Settings>>>,
    told: Mutex<HashSet<String>>,
}

impl Configs {
    /// Prepares to read what the arguments ask for.
    ///
    /// # Errors
    ///
    /// A sentence for the user where the file that they name cannot be read.
    pub(super) fn new(arguments: &ConfigArguments) -> Result<Configs, String> {
        let mut arguments = arguments.clone();
        if let Some(path) = &mut arguments.config {
            let whole = path.canonicalize().and_then(|whole| std::fs::File::open(&whole).map(|_| whole));
            *path = whole
                .map_err(|error| format!("{}, the file of `--config`, cannot be read: {error}", path.display()))?;
        }
        Ok(Configs { arguments, folders: Mutex::default(), told: Mutex::default() })
    }

    /// Returns the settings of a file. It need not exist.
    pub(super) fn settings_for(&self, path: &Path) -> Arc<Settings> {
        let folder = place(path).0;
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = folders.get(&folder) {
            return Arc::clone(known);
        }
        let settings = Arc::new(self.read(&folder));
        folders.insert(folder, Arc::clone(&settings));
        settings
    }

    /// Returns which rules run on a file: those of its settings, unless flags say otherwise. What `select` names runs,
    /// and nothing else; what `ignore` names does not run, besides what the settings ignore.
    pub(super) fn rules_for(&self, path: &Path, select: &[String], ignore: &[String]) -> Arc<RuleConfig> {
        let (folder, name) = place(path);
        let rules = self.settings_for(path).rules(false, Some(&folder.join(name)));
        if select.is_empty() && ignore.is_empty() {
            return rules;
        }
        let mut rules = (*rules).clone();
        if !select.is_empty() {
            rules.select = select.to_vec();
            rules.ignore.retain(|code| !select.contains(code));
            rules.severity.retain(|code, severity| severity.is_some() || !select.contains(code));
        }
        rules.ignore.extend_from_slice(ignore);
        Arc::new(rules)
    }

    fn read(&self, folder: &Path) -> Settings {
        let mut settings = Settings::default();
        if self.arguments.no_config || self.arguments.config.is_some() {
            project::merge_policies(&mut settings, folder);
            if let Some(path) = &self.arguments.config {
                self.tell(project::merge_file(&mut settings, path));
            }
        } else {
            self.tell(project::merge(&mut settings, folder));
        }
        settings
    }

    fn tell(&self, reports: impl IntoIterator<Item = Report>) {
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
        for mut report in reports {
            if let Ok(inside) = report.path.strip_prefix(&here) {
                report.path = inside.to_owned();
            }
            for line in report.lines() {
                let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
                if told.insert(line.clone()) {
                    output::notice(&format!("{line}\n"));
                }
            }
        }
    }
}

/// Returns the folder of a file, as whole as it can be told, and its name.
fn place(path: &Path) -> (PathBuf, PathBuf) {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = whole.file_name().map(PathBuf::from).unwrap_or_default();
    let folder = whole.parent().map(Path::to_owned).unwrap_or_default();
    (folder.canonicalize().unwrap_or(folder), name)
}
