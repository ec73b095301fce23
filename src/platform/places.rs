//! Where files belong that are a program's own.

use std::ffi::OsString;
use std::path::PathBuf;

/// The kinds of system that differ in this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    MacOs,
    Windows,
    /// Linux, and what is like it.
    Other,
}

const THIS: Kind = if cfg!(windows) {
    Kind::Windows
} else if cfg!(target_os = "macos") {
    Kind::MacOs
} else {
    Kind::Other
};

/// What a folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    State,
    Cache,
    Config,
}

/// Returns the folder for what a program wants to find again at its next start; it need not exist.
///
/// `XDG_STATE_HOME` chooses it on every system. `None` if the user has no home folder.
pub fn state_folder() -> Option<PathBuf> {
    folder_of(Purpose::State, THIS, |name| std::env::var_os(name), std::env::home_dir())
}

/// Returns the folder for what can be made again; it need not exist.
///
/// `XDG_CACHE_HOME` chooses it on every system. `None` if the user has no home folder.
pub fn cache_folder() -> Option<PathBuf> {
    folder_of(Purpose::Cache, THIS, |name| std::env::var_os(name), std::env::home_dir())
}

/// Returns the folder for what the user has decided; it need not exist.
///
/// `XDG_CONFIG_HOME` chooses it on every system. `None` if the user has no home folder.
pub fn config_folder() -> Option<PathBuf> {
    folder_of(Purpose::Config, THIS, |name| std::env::var_os(name), std::env::home_dir())
}

fn folder_of(
    purpose: Purpose,
    kind: Kind,
    variable: impl Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
) -> Option<PathBuf> {
    // A relative path would mean another folder in each working folder; it is ignored, as the XDG convention asks.
    let chosen = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || home.filter(|path| path.is_absolute());
    let (name, other): (_, &[&str]) = match purpose {
        Purpose::State => ("XDG_STATE_HOME", &[".local", "state"]),
        Purpose::Cache => ("XDG_CACHE_HOME", &[".cache"]),
        Purpose::Config => ("XDG_CONFIG_HOME", &[".config"]),
    };
    let below = |home: PathBuf, names: &[&str]| names.iter().fold(home, |path, name| path.join(name));
    chosen(name).or_else(|| match (kind, purpose) {
        (Kind::Windows, Purpose::Config) => chosen("APPDATA").or_else(|| Some(below(home()?, &["AppData", "Roaming"]))),
        (Kind::Windows, _) => chosen("LOCALAPPDATA").or_else(|| Some(below(home()?, &["AppData", "Local"]))),
        (Kind::MacOs, Purpose::Cache) => Some(below(home()?, &["Library", "Caches"])),
        (Kind::MacOs, _) => Some(below(home()?, &["Library", "Application Support"])),
        (Kind::Other, _) => Some(below(home()?, other)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        PathBuf::from(if cfg!(windows) { r"C:\" } else { "/" })
    }

    fn folder(kind: Kind, variables: &[(&str, PathBuf)], home: Option<&str>) -> Option<PathBuf> {
        let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, path)| path.clone().into());
        folder_of(Purpose::State, kind, variable, home.map(|home| root().join(home)))
    }

    #[test]
    fn each_system_has_its_place() {
        let home = root().join("home");
        let local = ("LOCALAPPDATA", root().join("local"));
        assert_eq!(folder(Kind::Other, &[], Some("home")), Some(home.join(".local").join("state")));
        assert_eq!(folder(Kind::MacOs, &[], Some("home")), Some(home.join("Library").join("Application Support")));
        assert_eq!(folder(Kind::Windows, std::slice::from_ref(&local), Some("home")), Some(root().join("local")));
        assert_eq!(folder(Kind::Windows, &[], Some("home")), Some(home.join("AppData").join("Local")));
        assert_eq!(folder(Kind::Other, &[local], None), None);
    }

    #[test]
    fn caches_and_decisions_have_places_of_their_own() {
        let of = |purpose, kind| folder_of(purpose, kind, |_| None, Some(root().join("home")));
        let home = root().join("home");
        assert_eq!(of(Purpose::Cache, Kind::Other), Some(home.join(".cache")));
        assert_eq!(of(Purpose::Config, Kind::Other), Some(home.join(".config")));
        assert_eq!(of(Purpose::Cache, Kind::MacOs), Some(home.join("Library").join("Caches")));
        assert_eq!(of(Purpose::Config, Kind::Windows), Some(home.join("AppData").join("Roaming")));
    }

    #[test]
    fn the_users_choice_counts_if_it_is_absolute() {
        for kind in [Kind::Other, Kind::MacOs, Kind::Windows] {
            let chosen = ("XDG_STATE_HOME", root().join("chosen"));
            assert_eq!(folder(kind, &[chosen], Some("home")), Some(root().join("chosen")));
            for bad in ["", "relative", "./x"] {
                let bad = [("XDG_STATE_HOME", PathBuf::from(bad))];
                assert_eq!(folder(kind, &bad, Some("home")), folder(kind, &[], Some("home")));
            }
        }
    }
}
