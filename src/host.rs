//! The machine that glue-ls runs on: environment variables and the AWS config files.
//!
//! Read only, and only what the kernel itself would read. Nothing here touches the network.

pub mod consent;
mod list_file;
pub mod project;
pub mod trust;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::Environment;
use crate::model::environment::read_profiles;

/// Reads what the official kernel would find outside a notebook. Files that are missing or cannot be read
/// count as empty, as they do for the AWS tools.
pub fn environment() -> Environment {
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| is_kernels(name))
        .collect();
    let mut profiles = BTreeMap::new();
    for (path, credentials) in config_files() {
        if let Ok(text) = std::fs::read_to_string(path) {
            read_profiles(&text, credentials, &mut profiles);
        }
    }
    // Only what settings are made of is kept: secrets never enter the model.
    for section in profiles.values_mut() {
        section.retain(|key, _| is_kernels(key));
    }
    Environment { variables, profiles, profiles_complete: false }
}

/// Returns whether there is an AWS configuration on this machine. Where there is none, documents are
/// written for another machine, and nothing can be said of the profiles they name.
pub fn has_config() -> bool {
    config_files().any(|(path, _)| path.is_file())
}

/// The AWS config file and the credentials file, the latter with `true`.
pub fn config_files() -> impl Iterator<Item = (PathBuf, bool)> {
    let files = [("AWS_CONFIG_FILE", "config", false), ("AWS_SHARED_CREDENTIALS_FILE", "credentials", true)];
    files.into_iter().filter_map(|(variable, file, credentials)| {
        let path = match std::env::var_os(variable) {
            Some(path) if !path.is_empty() => PathBuf::from(path),
            _ => std::env::home_dir()?.join(".aws").join(file),
        };
        Some((path, credentials))
    })
}

/// Returns whether the kernel reads a variable or config key of that name for a setting.
fn is_kernels(name: &str) -> bool {
    name.starts_with("glue_")
        || matches!(name, "region" | "AWS_REGION" | "glue_version" | "spark_conf" | "session_id_prefix" | "session_id")
}
