//! What magics take.

use serde::Deserialize;

/// The shape of a magic's argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArgumentKind {
    /// Takes none.
    None,
    /// Text.
    String,
    /// A whole number.
    Int,
    /// Items separated by commas.
    List,
    /// One of [`Argument::values`].
    Enum,
    /// A Python dictionary in the body.
    Dict,
    /// A Python dictionary or string in the body.
    DictOrString,
    /// SQL in the body.
    Sql,
}

/// What a magic takes.
///
/// Patterns are anchored regular expressions over the whole value, after the kernel stripped quotes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// Its shape.
    pub kind: ArgumentKind,
    /// Whether leaving it out is a mistake.
    #[serde(default)]
    pub required: bool,
    /// Accepted values, most useful order for a list to choose from.
    #[serde(default)]
    pub values: Vec<String>,
    /// Whether upper and lower case are the same in `values`.
    #[serde(default)]
    pub ignores_case: bool,
    /// Smallest number that makes sense.
    pub min: Option<i64>,
    /// Largest number that makes sense.
    pub max: Option<i64>,
    /// Fewest characters.
    pub min_length: Option<usize>,
    /// Most characters.
    pub max_length: Option<usize>,
    /// Pattern of the value.
    pub pattern: Option<String>,
    /// What an item of a list is.
    pub item: Option<String>,
    /// Pattern of an item of a list.
    pub item_pattern: Option<String>,
    /// Most entries of a dictionary.
    pub max_items: Option<usize>,
    /// Keys a dictionary must have.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Fewest and most characters of a dictionary's key.
    pub key_length: Option<(usize, usize)>,
    /// Fewest and most characters of a dictionary's value.
    pub value_length: Option<(usize, usize)>,
    /// How the value is put together, for people.
    pub grammar: Option<String>,
    /// Which names of the account or machine complete it: `aws_profiles`, `regions`, `iam_roles`,
    /// `connections`, `security_configurations`, `sessions` or `spark_properties`.
    pub completion: Option<String>,
    /// Unit of a number.
    pub unit: Option<String>,
    /// Whether text after the name on the same line is thrown away.
    #[serde(default)]
    pub ignores_line: bool,
    /// More about the value.
    #[serde(default)]
    pub notes: Vec<String>,
}
