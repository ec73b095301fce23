//! The body of `%%configure`: its keys, job arguments and Spark properties.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What may stand in `%%configure`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigureTable {
    /// Number of the format of the file.
    pub schema: u32,
    /// How the kernel reads the body.
    pub parse: ParseRules,
    recognised_keys: Vec<RecognisedKey>,
    misused_keys: Vec<MisusedKey>,
    /// What the service accepts as arguments.
    pub limits: ArgumentLimits,
    job_parameters: Vec<JobParameter>,
    spark_properties: Vec<SparkProperty>,
    /// Where the figures and names come from.
    pub sources: Vec<String>,
}

impl ConfigureTable {
    /// Returns the key the kernel takes as a setting; every other key becomes a job argument.
    pub fn recognised(&self, key: &str) -> Option<&RecognisedKey> {
        self.recognised_keys.iter().find(|row| row.key == key)
    }

    /// Returns the keys the kernel takes as settings, in the order it applies them.
    pub fn recognised_keys(&self) -> &[RecognisedKey] {
        &self.recognised_keys
    }

    /// Returns what is wrong with a key that looks like a setting but is sent as a job argument.
    ///
    /// Keys that are wrong only with a dictionary as value are left out, see
    /// [`ConfigureTable::misused_with_dict`].
    pub fn misused(&self, key: &str) -> Option<&MisusedKey> {
        self.misused_keys.iter().find(|row| row.key == key && !row.only_dict)
    }

    /// Returns what is wrong with a key whose value is a dictionary.
    pub fn misused_with_dict(&self, key: &str) -> Option<&MisusedKey> {
        self.misused_keys.iter().find(|row| row.key == key)
    }

    /// Returns all keys that look like settings but are none.
    pub fn misused_keys(&self) -> &[MisusedKey] {
        &self.misused_keys
    }

    /// Returns the job argument with this name, which starts with two hyphens (`--conf`).
    pub fn job_parameter(&self, name_with_dashes: &str) -> Option<&JobParameter> {
        self.job_parameters.iter().find(|row| row.name == name_with_dashes)
    }

    /// Returns all known job arguments, including internal and removed ones.
    pub fn job_parameters(&self) -> &[JobParameter] {
        &self.job_parameters
    }

    /// Returns the Spark property with this name.
    pub fn spark_property(&self, name: &str) -> Option<&SparkProperty> {
        self.spark_properties.iter().find(|row| row.name == name)
    }

    /// Returns the Spark properties worth offering, the most used first.
    pub fn spark_properties(&self) -> &[SparkProperty] {
        &self.spark_properties
    }
}

/// How the kernel reads the body of `%%configure`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParseRules {
    /// What kind of text it is.
    pub syntax: String,
    /// What it must be at the top.
    pub top_level: String,
    /// What the kernel prints for an empty dictionary.
    pub empty: String,
    /// In which order keys are applied.
    pub order: String,
    /// What stays after an error.
    pub on_error: String,
    /// What becomes of keys the kernel does not know.
    pub unknown_key: String,
}

/// The type a key of `%%configure` wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConfigureKind {
    /// A string.
    String,
    /// Something Python's `int()` takes.
    Int,
    /// Something Python's `float()` takes.
    Number,
    /// A string out of a list.
    Enum,
    /// A dictionary of strings.
    Dict,
}

/// A key of `%%configure` that the kernel takes as a setting.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecognisedKey {
    /// The key.
    pub key: String,
    /// Type of its value.
    pub kind: ConfigureKind,
    /// What it sets: a member of CreateSession, a job argument, or a part of the client.
    pub target: String,
    /// One or two sentences.
    pub description: String,
    /// Label of the magic that sets the same.
    pub magic: Option<String>,
    /// Place in the order in which the kernel applies keys, from 1.
    pub order: u32,
    /// Pattern of the value.
    pub pattern: Option<String>,
    /// Most characters of the value.
    pub max_length: Option<usize>,
    /// Keys that must not be set as well.
    #[serde(default)]
    pub exclusive_with: Vec<String>,
    /// Useless job argument the kernel sends besides.
    pub also_argument: Option<String>,
    /// What else to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A key that looks like a setting but is sent as a job argument nobody reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MisusedKey {
    /// The key.
    pub key: String,
    /// Job argument it becomes.
    pub becomes: String,
    /// What to write instead.
    pub use_instead: String,
    /// Whether only a dictionary as value is wrong.
    #[serde(default)]
    pub only_dict: bool,
}

/// What the service accepts as default arguments of a session.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgumentLimits {
    /// Most arguments.
    pub max_pairs: usize,
    /// Pattern of a name, in the service's notation.
    pub key_pattern: String,
    /// Fewest and most characters of a name.
    pub key_length: (usize, usize),
    /// Fewest and most characters of a value.
    pub value_length: (usize, usize),
    /// Characters of a value, in words.
    pub value_pattern: String,
    /// Size of all job arguments together, in kilobytes.
    pub total_kilobytes: u32,
}

/// A job argument.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobParameter {
    /// Name with its two hyphens.
    pub name: String,
    /// Type of its value, such as `string`, `boolean`, `int`, `enum` or `list<s3uri>`.
    ///
    /// Everything is sent as text, so a boolean is the text `true` or `false`.
    pub kind: String,
    /// One or two sentences.
    pub description: String,
    /// First Glue version that knows it.
    pub since: Option<String>,
    /// The only Glue versions that know it, if it is limited to some.
    #[serde(default)]
    pub versions: Vec<String>,
    /// Accepted values.
    #[serde(default)]
    pub values: Vec<String>,
    /// What holds when it is not given.
    pub default: Option<String>,
    /// What separates the items of a list.
    pub separator: Option<String>,
    /// How the value is put together, for people.
    pub grammar: Option<String>,
    /// Most characters of the value.
    pub max_length: Option<usize>,
    /// What names inside the value must start with.
    pub key_prefix: Option<String>,
    /// When it has an effect at all.
    pub applies_if: Option<String>,
    /// Arguments that must be given as well.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Largest number, by worker type.
    #[serde(default)]
    pub max_by_worker: BTreeMap<String, u32>,
    /// Label of the magic that sets it.
    pub magic: Option<String>,
    /// Kinds of jobs it is for: `spark`, `streaming`, `ray`.
    #[serde(default)]
    pub job_types: Vec<String>,
    /// Whether a session ignores it.
    #[serde(default)]
    pub no_effect_in_session: bool,
    /// Whether Glue or the kernel sets it itself.
    #[serde(default)]
    pub internal: bool,
    /// Whether the documentation forbids setting it.
    #[serde(default)]
    pub forbidden: bool,
    /// Whether something newer replaces it.
    #[serde(default)]
    pub deprecated: bool,
    /// Why it no longer exists.
    pub removed: Option<String>,
    /// What else to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl JobParameter {
    /// Returns whether it is worth offering to somebody who configures a session.
    pub fn is_useful(&self) -> bool {
        !(self.internal || self.forbidden || self.deprecated || self.no_effect_in_session || self.removed.is_some())
    }
}

/// A property of Spark, for `%spark_conf` and `--conf`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SparkProperty {
    /// Its name.
    pub name: String,
    /// Type of its value: `int`, `float`, `boolean`, `string`, `enum`, `bytes`, `size`, `time`, `s3uri`.
    pub kind: String,
    /// Accepted values.
    #[serde(default)]
    pub values: Vec<String>,
    /// Spark's default.
    pub default: Option<String>,
    /// One sentence.
    pub description: String,
}
