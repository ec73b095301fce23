//! The programs and variables around us that a set-up uses.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where programs are looked for.
#[derive(Clone, Default)]
pub struct Around {
    /// `PATH`.
    pub path: Option<OsString>,
    /// `JAVA_HOME`.
    pub java_home: Option<PathBuf>,
    /// Folders that hold folders of Java.
    pub java_folders: Vec<PathBuf>,
    /// The files in which pip may be configured.
    pub pip_files: Vec<PathBuf>,
    /// Variables that configure pip and uv.
    pub variables: Vec<(OsString, OsString)>,
}

impl fmt::Debug for Around {
    /// Without the values of the variables: the address of an index may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&OsString> = self.variables.iter().map(|(name, _)| name).collect();
        f.debug_struct("Around")
            .field("path", &self.path)
            .field("java_home", &self.java_home)
            .field("java_folders", &self.java_folders)
            .field("pip_files", &self.pip_files)
            .field("variables", &names)
            .finish()
    }
}

/// What would lead a program of the runtime elsewhere.
const LEADING_AWAY: &[&str] = &[
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "__PYVENV_LAUNCHER__",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_REQUIREMENT",
    "PIP_CONSTRAINT",
    "PIP_PYTHON",
    "PIP_DRY_RUN",
    "UV_TARGET",
    "UV_PREFIX",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "UV_CONSTRAINT",
    "UV_PROJECT_ENVIRONMENT",
    "SPARK_HOME",
    "SPARK_CONF_DIR",
    "SPARK_DIST_CLASSPATH",
    "SPARK_CLASSPATH",
    "HADOOP_CONF_DIR",
    "YARN_CONF_DIR",
    "HADOOP_CLASSPATH",
    "PYSPARK_SUBMIT_ARGS",
    "PYSPARK_DRIVER_PYTHON",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
];

impl Around {
    /// Returns what this process has around it.
    pub fn of_process() -> Around {
        let usual = if cfg!(windows) {
            ["Java", "Eclipse Adoptium", "Amazon Corretto", "Microsoft", "Zulu"]
                .iter()
                .filter_map(|maker| Some(PathBuf::from(std::env::var_os("ProgramFiles")?).join(maker)))
                .collect()
        } else if cfg!(target_os = "macos") {
            ["/Library/Java/JavaVirtualMachines", "/opt/homebrew/opt", "/usr/local/opt"].map(PathBuf::from).into()
        } else {
            ["/usr/lib/jvm", "/usr/java", "/opt/java"].map(PathBuf::from).into()
        };
        let configures = |name: &OsStr| {
            let name = name.to_string_lossy();
            name.starts_with("PIP_") || name.starts_with("UV_")
        };
        Around {
            path: std::env::var_os("PATH"),
            java_home: std::env::var_os("JAVA_HOME").filter(|home| !home.is_empty()).map(PathBuf::from),
            java_folders: usual,
            pip_files: pip_files(),
            variables: std::env::vars_os().filter(|(name, _)| configures(name)).collect(),
        }
    }

    /// Returns the file that a name stands for: a path, or a name that is looked up in `PATH`.
    pub(super) fn program(&self, name: &Path) -> Option<PathBuf> {
        if name.components().count() > 1 {
            return std::path::absolute(name).ok().filter(|path| path.is_file());
        }
        let file =
            if cfg!(windows) && name.extension().is_none() { name.with_extension("exe") } else { name.to_owned() };
        let path = self.path.as_deref()?;
        std::env::split_paths(path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(&file))
            .find(|file| is_program(file))
    }

    /// Returns a command that nothing leads astray.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for name in LEADING_AWAY {
            command.env_remove(name);
        }
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        for (name, value) in &self.variables {
            if !LEADING_AWAY.iter().any(|leads| name == leads) {
                command.env(name, value);
            }
        }
        command.env("PYTHONNOUSERSITE", "1").env("PYTHONUTF8", "1");
        command
    }

    /// Returns whether pip is told where to install from, which uv would not know.
    pub(super) fn has_pip_configuration(&self) -> bool {
        const ABOUT_SOURCES: &[&str] =
            &["index", "find-links", "find_links", "proxy", "cert", "trusted-host", "trusted_host", "constraint"];
        let about_sources = |text: &str| {
            let text = text.to_ascii_lowercase();
            ABOUT_SOURCES.iter().any(|word| text.contains(word))
        };
        let in_variables = self.variables.iter().any(|(name, value)| {
            let name = name.to_string_lossy();
            let file = name == "PIP_CONFIG_FILE" && !value.is_empty();
            name.starts_with("PIP_") && (file || about_sources(&name))
        });
        in_variables
            || self.pip_files.iter().any(|file| std::fs::read_to_string(file).is_ok_and(|text| about_sources(&text)))
    }
}

/// Returns where pip looks for its configuration.
fn pip_files() -> Vec<PathBuf> {
    let name = if cfg!(windows) { "pip.ini" } else { "pip.conf" };
    let below_home: &[&str] = if cfg!(windows) {
        &["AppData/Roaming/pip", "pip"]
    } else {
        &[".config/pip", ".pip", "Library/Application Support/pip"]
    };
    let own = std::env::home_dir().into_iter().flat_map(|home| below_home.iter().map(move |folder| home.join(folder)));
    let chosen = std::env::var_os("XDG_CONFIG_HOME").map(|folder| PathBuf::from(folder).join("pip"));
    let all = std::env::var_os("ProgramData").map(|folder| PathBuf::from(folder).join("pip")).into_iter();
    let all = all.chain(["/etc", "/etc/xdg/pip", "/Library/Application Support/pip"].map(PathBuf::from));
    own.chain(chosen).chain(all).map(|folder| folder.join(name)).collect()
}

fn is_program(file: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    file.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_an_index_is_not_shown() {
        let variable = ("PIP_INDEX_URL".into(), "https://me:se-cr-et@index.example/simple".into());
        let shown = format!("{:?}", Around { variables: vec![variable], ..Around::default() });
        assert!(shown.contains("PIP_INDEX_URL") && !shown.contains("se-cr-et"), "{shown}");
    }
}
