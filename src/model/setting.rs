//! The settings of a session, where a value may come from, and under which names the kernel looks.

use std::ops::Range;

use crate::syntax::literal::Value;

/// A setting that the kernel looks up by priority: magics, environment, AWS config file, defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is named as its magic or `%%configure` key")]
pub enum Setting {
    Profile,
    Endpoint,
    Region,
    IamRole,
    SessionIdPrefix,
    MaxCapacity,
    NumberOfWorkers,
    WorkerType,
    Connections,
    GlueVersion,
    SecurityConfig,
    IdleTimeout,
    Timeout,
    AdditionalPythonModules,
    ExtraPyFiles,
    ExtraJars,
    EnableDataCatalog,
    SparkConf,
    SessionType,
}

impl Setting {
    /// All of them; a setting's place here is its index.
    pub const ALL: [Setting; 19] = [
        Setting::Profile,
        Setting::Endpoint,
        Setting::Region,
        Setting::IamRole,
        Setting::SessionIdPrefix,
        Setting::MaxCapacity,
        Setting::NumberOfWorkers,
        Setting::WorkerType,
        Setting::Connections,
        Setting::GlueVersion,
        Setting::SecurityConfig,
        Setting::IdleTimeout,
        Setting::Timeout,
        Setting::AdditionalPythonModules,
        Setting::ExtraPyFiles,
        Setting::ExtraJars,
        Setting::EnableDataCatalog,
        Setting::SparkConf,
        Setting::SessionType,
    ];

    /// Returns the kernel's own name for the setting.
    pub fn name(self) -> &'static str {
        match self {
            Setting::Profile => "profile",
            Setting::Endpoint => "endpoint_url",
            Setting::Region => "region",
            Setting::IamRole => "iam_role",
            Setting::SessionIdPrefix => "session_id_prefix",
            Setting::MaxCapacity => "max_capacity",
            Setting::NumberOfWorkers => "number_of_workers",
            Setting::WorkerType => "worker_type",
            Setting::Connections => "connections",
            Setting::GlueVersion => "glue_version",
            Setting::SecurityConfig => "security_config",
            Setting::IdleTimeout => "idle_timeout",
            Setting::Timeout => "timeout",
            Setting::AdditionalPythonModules => "additional_python_modules",
            Setting::ExtraPyFiles => "extra_py_files",
            Setting::ExtraJars => "extra_jars",
            Setting::EnableDataCatalog => "enable_data_catalog",
            Setting::SparkConf => "spark_conf",
            Setting::SessionType => "session_type",
        }
    }

    /// Returns the names of environment variables and config-file keys, in the kernel's order.
    ///
    /// From `SystemEnvConfigRetriever` and `AWSFileConfigRetriever` of aws-glue-sessions 1.0.9. The
    /// variable `AWS_REGION` comes between the first two of [`Setting::Region`] and in the environment
    /// alone; see [`super::environment`].
    pub fn outside_names(self) -> Vec<String> {
        let name = self.name();
        match self {
            Setting::GlueVersion | Setting::SparkConf | Setting::SessionIdPrefix | Setting::Region => {
                vec![name.to_owned(), format!("glue_{name}")]
            }
            Setting::SessionType => vec!["glue_job_type".into(), "glue_session_type".into()],
            Setting::IamRole => vec!["glue_role_arn".into(), "glue_iam_role".into()],
            _ => vec![format!("glue_{name}")],
        }
    }

    /// Returns whether values from outside are comma lists that the kernel tidies.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            Setting::ExtraPyFiles | Setting::AdditionalPythonModules | Setting::ExtraJars | Setting::Connections
        )
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A magic or an entry of a cell magic's dictionary.
    Cell {
        /// Position of the cell among the document's cells.
        cell: usize,
        /// Where the value stands, in bytes of the cell's text.
        range: Range<usize>,
    },
    /// An environment variable.
    Environment(String),
    /// A key of a profile in the AWS config file.
    ConfigFile {
        /// The profile.
        profile: String,
        /// The key.
        key: String,
    },
    /// The kernel's default.
    Default,
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The value, as the kernel holds it.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// Tidies a comma list as the kernel does: brackets at the ends go, items are trimmed.
///
/// # Errors
///
/// The item that makes the kernel drop the whole line: an empty one, or one that holds a blank and no
/// `--`. Ranges are bytes of `text`.
pub fn tidy_list(text: &str) -> Result<String, BadItem> {
    let stripped = text.trim_matches(['[', ']']);
    let base = text.len() - text.trim_start_matches(['[', ']']).len();
    let mut items = Vec::new();
    let mut at = base.min(text.len());
    for raw in stripped.split(',') {
        let item = raw.trim_matches(crate::syntax::local_line::is_python_space);
        let lead = raw.len() - raw.trim_start_matches(crate::syntax::local_line::is_python_space).len();
        let range = at + lead..at + lead + item.len();
        if item.is_empty() {
            return Err(BadItem { kind: BadItemKind::Empty, range: at..at + raw.len() });
        }
        if item.contains(' ') && !item.contains("--") {
            return Err(BadItem { kind: BadItemKind::Blank, range });
        }
        items.push(item);
        at += raw.len() + 1;
    }
    Ok(items.join(","))
}

/// An item for which the kernel drops a whole list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadItem {
    /// What is wrong with it.
    pub kind: BadItemKind,
    /// Where it stands, in bytes of the list.
    pub range: Range<usize>,
}

/// What is wrong with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadItemKind {
    /// Nothing between two commas, or behind the last one.
    Empty,
    /// A blank inside.
    Blank,
}

/// Removes double, then single quotes from both ends, any number of them, as the kernel does.
///
/// Returns what is left and the bytes removed at the start; `None` for an empty text.
pub fn strip_quotes(text: &str) -> Option<(&str, usize)> {
    if text.is_empty() {
        return None;
    }
    let start = text.trim_start_matches('"').trim_start_matches('\'');
    let stripped = text.trim_matches('"').trim_matches('\'');
    Some((stripped, text.len() - start.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_go_in_the_kernels_order() {
        assert_eq!(strip_quotes("'\"G.1X\"'"), Some(("\"G.1X\"", 1)));
        assert_eq!(strip_quotes("\"'G.1X'\""), Some(("G.1X", 2)));
        assert_eq!(strip_quotes("\"\""), Some(("", 2)));
        assert_eq!(strip_quotes(""), None);
    }

    #[test]
    fn a_list_is_tidied_or_dropped_as_a_whole() {
        assert_eq!(tidy_list("[a, b]").unwrap(), "a,b");
        assert_eq!(tidy_list("pandas==2.0 --upgrade, numpy").unwrap(), "pandas==2.0 --upgrade,numpy");
        assert_eq!(tidy_list("a, b c").unwrap_err(), BadItem { kind: BadItemKind::Blank, range: 3..6 });
        assert_eq!(tidy_list("a,,b").unwrap_err().kind, BadItemKind::Empty);
        assert_eq!(tidy_list("[]").unwrap_err().kind, BadItemKind::Empty);
    }
}
