//! The user's files and variables that decide who the caller is.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::aws::Identity;

/// The most files of one folder that are looked at.
const MOST_FILES: usize = 256;

/// Variables that choose the files and the services.
const PLACES: &[&str] = &[
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_GLUE",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_STS",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
];

/// Variables that count where no profile is chosen. Of keys only the id is looked at.
const CREDENTIALS: &[&str] = &[
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
];

/// Returns the variables that decide who the caller is, where they are set.
pub(super) fn surroundings(identity: &Identity, variable: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let credentials = if identity.profile.is_none() { CREDENTIALS } else { &[] };
    let names = PLACES.iter().chain(credentials);
    names.filter_map(|name| Some(format!("{name}={}", variable(name).filter(|value| !value.is_empty())?))).collect()
}

/// Returns what changes when one of the files changes that credentials come from: config files, and what
/// `aws sso login` and the like leave.
pub(super) fn mark() -> u64 {
    let path = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let aws = std::env::home_dir().map(|home| home.join(".aws"));
    let below = |names: &[&str]| {
        let aws = aws.as_ref()?;
        Some(names.iter().fold(aws.clone(), |path, name| path.join(name)))
    };
    let files = [
        path("AWS_CONFIG_FILE").or_else(|| below(&["config"])),
        path("AWS_SHARED_CREDENTIALS_FILE").or_else(|| below(&["credentials"])),
        path("AWS_WEB_IDENTITY_TOKEN_FILE"),
    ];
    let folders = [below(&["sso", "cache"]), path("AWS_LOGIN_CACHE_DIRECTORY").or_else(|| below(&["login", "cache"]))];
    mark_of(files.iter().flatten(), folders.iter().flatten())
}

fn mark_of<'a>(files: impl Iterator<Item = &'a PathBuf>, folders: impl Iterator<Item = &'a PathBuf>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut look = |path: &Path| {
        let about = fs::metadata(path).ok();
        let about = about.map(|about| (about.modified().ok(), about.len()));
        (path, about).hash(&mut hasher);
    };
    files.for_each(|path| look(path));
    for folder in folders {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        let mut paths: Vec<PathBuf> = entries.flatten().take(MOST_FILES).map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().for_each(|path| look(path));
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_changes_the_mark() {
        let folder = tempfile::tempdir().unwrap();
        let (config, cache) = (folder.path().join("config"), folder.path().join("cache"));
        let mark = || mark_of([&config].into_iter(), [&cache].into_iter());
        let nothing = mark();
        fs::write(&config, "[default]\n").unwrap();
        let with_config = mark();
        fs::create_dir(&cache).unwrap();
        fs::write(cache.join("token.json"), "{}").unwrap();
        let with_token = mark();
        assert_eq!(mark(), with_token);
        let token = File::options().append(true).open(cache.join("token.json")).unwrap();
        token.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        let renewed = mark();
        let marks = [nothing, with_config, with_token, renewed];
        for (index, mark) in marks.iter().enumerate() {
            assert!(!marks[index + 1..].contains(mark), "{marks:?}");
        }
    }

    use std::fs::File;

    #[test]
    fn credentials_of_the_environment_count_without_a_profile() {
        let variable = |name: &str| match name {
            "AWS_ACCESS_KEY_ID" => Some("AKIA1".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some("secret".to_owned()),
            "AWS_REGION" => Some("eu-west-1".to_owned()),
            "AWS_PROFILE" => Some(String::new()),
            _ => None,
        };
        let own = surroundings(&Identity::default(), variable);
        assert_eq!(own, ["AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIA1"]);
        let named = Identity { profile: Some("dev".to_owned()), ..Identity::default() };
        assert_eq!(surroundings(&named, variable), ["AWS_REGION=eu-west-1"]);
    }
}
