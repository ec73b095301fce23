//! What is read of the computer: variables, config files, signs of SageMaker. Secrets are not kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::host;
use crate::local::setup::Runtimes;
use crate::model::environment::read_profiles;
use crate::run::record::Records;

/// Where SageMaker tells its notebooks which app they are.
const SAGEMAKER_METADATA: &str = "/opt/ml/metadata/resource-metadata.json";

/// The largest such file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// Variables whose values are kept; of others only is kept that they are set.
const KEPT: &[&str] = &[
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_GLUE",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_EC2_METADATA_DISABLED",
    "PATH",
    "JAVA_HOME",
    "JUPYTER_PATH",
    "JUPYTER_DATA_DIR",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "APPDATA",
    "PROGRAMDATA",
];

/// Keys of profiles whose values are kept; of others only is kept that they are set.
const KEPT_KEYS: &[&str] = &["region", "source_profile", "endpoint_url"];

/// What is known of the computer.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// Environment variables; those that may hold secrets without their values.
    pub variables: BTreeMap<String, String>,
    /// Profiles of the AWS config files; keys that may hold secrets without their values.
    pub profiles: BTreeMap<String, BTreeMap<String, String>>,
    /// By what it shows that this is a notebook of SageMaker; `None` if it is none.
    pub sagemaker: Option<String>,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// The folders that glue-ls writes to, each with what it is for.
    pub folders: Vec<(&'static str, Option<PathBuf>)>,
    /// The records of sessions.
    pub records: Option<Records>,
    /// Where the local runtime is.
    pub runtimes: Option<Runtimes>,
}

impl Machine {
    /// Reads this computer. Blocks for as long as a few small files need.
    pub fn of_user() -> Machine {
        let set = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        let variables: BTreeMap<String, String> = set
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| {
                let kept = KEPT.contains(&name.as_str());
                (name, if kept { value.to_string_lossy().into_owned() } else { String::new() })
            })
            .collect();
        let mut profiles = BTreeMap::new();
        for (path, credentials) in host::config_files() {
            if let Ok(text) = std::fs::read_to_string(path) {
                read_profiles(&text, credentials, &mut profiles);
            }
        }
        for (key, value) in profiles.values_mut().flatten() {
            if !KEPT_KEYS.contains(&key.as_str()) {
                value.clear();
            }
        }
        let own = |folder: Option<PathBuf>| folder.map(|folder| folder.join("glue-ls"));
        Machine {
            sagemaker: sagemaker(&variables, Path::new(SAGEMAKER_METADATA)),
            variables,
            profiles,
            home: std::env::home_dir().filter(|home| home.is_absolute()),
            folders: vec![
                ("records of sessions", own(crate::platform::state_folder())),
                ("caches", own(crate::platform::cache_folder())),
                ("decisions of yours, such as folders that you trust", own(crate::platform::config_folder())),
            ],
            records: Records::default_place(),
            runtimes: Runtimes::of_user(),
        }
    }

    /// Returns a variable that is set, with its value if that is kept.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }
}

/// Returns by what it shows that this is a notebook of SageMaker.
fn sagemaker(variables: &BTreeMap<String, String>, metadata: &Path) -> Option<String> {
    let size = std::fs::metadata(metadata).map(|meta| meta.len());
    if size.is_ok_and(|size| size <= LARGEST)
        && let Ok(text) = std::fs::read_to_string(metadata)
        && let Ok(Json::Object(told)) = serde_json::from_str(&text)
        && ["AppType", "DomainId", "ResourceArn"].iter().any(|key| told.contains_key(*key))
    {
        return Some(metadata.display().to_string());
    }
    let signs =
        ["SAGEMAKER_APP_TYPE", "SAGEMAKER_APP_TYPE_LOWERCASE", "SAGEMAKER_INTERNAL_IMAGE_URI", "SAGEMAKER_SPACE_NAME"];
    signs.iter().find(|name| variables.contains_key(**name)).map(|name| format!("the variable {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sagemaker_shows_itself_by_a_file_or_a_variable() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("resource-metadata.json");
        let none = BTreeMap::new();
        assert_eq!(sagemaker(&none, &file), None);
        for text in ["", "[]", "{\"a\": 1}", "no json"] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(sagemaker(&none, &file), None, "{text}");
        }
        std::fs::write(&file, "{\"AppType\": \"JupyterLab\", \"DomainId\": \"d-1\"}").unwrap();
        assert_eq!(sagemaker(&none, &file), Some(file.display().to_string()));
        let set = BTreeMap::from([("SAGEMAKER_SPACE_NAME".to_owned(), String::new())]);
        assert_eq!(sagemaker(&set, Path::new("nowhere")).unwrap(), "the variable SAGEMAKER_SPACE_NAME");
    }
}
