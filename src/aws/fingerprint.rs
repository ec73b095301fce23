//! Whether the AWS config files have changed.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use aws_types::os_shim_internal::Env;

/// The most stored sign-ins that are looked at.
const MOST_SIGN_INS: usize = 256;

/// What the AWS config files and the stored sign-ins look like from outside. Two equal ones mean that nothing has
/// changed; it says nothing about what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Looks at the files that `env` leads to.
    pub(super) fn of(env: &Env) -> Fingerprint {
        let home = ["HOME", "USERPROFILE"].into_iter().find_map(|name| variable(env, name)).map(PathBuf::from);
        let below = |path: &str| home.as_deref().map(|home| home.join(path));
        let file = |name: &str, usual: &str| match variable(env, name) {
            Some(path) => Some(match (path.strip_prefix("~/"), &home) {
                (Some(rest), Some(home)) => home.join(rest),
                _ => PathBuf::from(path),
            }),
            None => below(usual),
        };
        let mut hasher = DefaultHasher::new();
        for path in [file("AWS_CONFIG_FILE", ".aws/config"), file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")] {
            look(path.as_deref(), &mut hasher);
        }
        for folder in [below(".aws/sso/cache"), file("AWS_LOGIN_CACHE_DIRECTORY", ".aws/login/cache")] {
            let mut files: Vec<PathBuf> = folder
                .and_then(|folder| std::fs::read_dir(folder).ok())
                .into_iter()
                .flatten()
                .take(MOST_SIGN_INS)
                .filter_map(|entry| Some(entry.ok()?.path()))
                .collect();
            files.sort();
            for path in files {
                look(Some(&path), &mut hasher);
            }
        }
        Fingerprint(hasher.finish())
    }
}

fn variable(env: &Env, name: &str) -> Option<String> {
    env.get(name).ok().filter(|value| !value.is_empty())
}

fn look(path: Option<&Path>, hasher: &mut DefaultHasher) {
    path.hash(hasher);
    let about = path.and_then(|path| std::fs::metadata(path).ok());
    about.map(|about| (about.len(), about.modified().ok())).hash(hasher);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_profile_and_a_new_sign_in_change_it() {
        let home = tempfile::tempdir().unwrap();
        let env = Env::from_slice(&[("HOME", home.path().to_str().unwrap())]);
        let nothing = Fingerprint::of(&env);
        assert_eq!(Fingerprint::of(&env), nothing);
        std::fs::create_dir_all(home.path().join(".aws/sso/cache")).unwrap();
        std::fs::write(home.path().join(".aws/config"), "[default]\n").unwrap();
        let profile = Fingerprint::of(&env);
        assert_ne!(profile, nothing);
        assert_eq!(Fingerprint::of(&env), profile);
        std::fs::write(home.path().join(".aws/config"), "[default]\nregion = eu-west-1\n").unwrap();
        let edited = Fingerprint::of(&env);
        assert_ne!(edited, profile);
        std::fs::write(home.path().join(".aws/sso/cache/a.json"), "{}").unwrap();
        assert_ne!(Fingerprint::of(&env), edited);
    }

    #[test]
    fn the_variables_lead_to_other_files() {
        let home = tempfile::tempdir().unwrap();
        let text = home.path().to_str().unwrap();
        let env = Env::from_slice(&[("HOME", text), ("AWS_CONFIG_FILE", "~/elsewhere")]);
        let before = Fingerprint::of(&env);
        std::fs::write(home.path().join("elsewhere"), "x").unwrap();
        assert_ne!(Fingerprint::of(&env), before);
        // Nothing is known of a computer without a home, and nothing fails.
        assert_eq!(Fingerprint::of(&Env::from_slice(&[])), Fingerprint::of(&Env::from_slice(&[])));
    }
}
