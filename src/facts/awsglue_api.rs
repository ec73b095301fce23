//! The `awsglue` Python library: classes, transforms, connection types and formats.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The library's public surface and the options its calls take.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsGlueApi {
    /// Number of the format of the file.
    pub schema: u32,
    /// The state of the library the signatures were parsed from.
    pub library: Library,
    /// What changed between Glue versions.
    pub library_differences: Vec<LibraryDifference>,
    /// The classes.
    pub classes: Vec<Class>,
    /// The transforms, which are called as `Name.apply(…)`.
    pub transforms: Vec<Transform>,
    /// Functions on columns.
    pub functions: Vec<Function>,
    /// The function that reads job arguments.
    pub get_resolved_options: ResolvedOptions,
    /// Types of the library's own schemas.
    pub glue_types: Vec<GlueType>,
    /// Data stores that frames are read from and written to.
    pub connection_types: Vec<ConnectionType>,
    /// Data formats.
    pub formats: Vec<Format>,
    /// What `resolveChoice` takes.
    pub resolve_choice: ResolveChoice,
    /// What an item of `ApplyMapping`'s mappings is.
    pub apply_mapping_tuple: MappingTuple,
    /// Operators `SplitRows` takes.
    pub split_rows_operators: SplitRowsOperators,
    /// What notebooks and scripts usually start with.
    pub boilerplate: Boilerplate,
    /// What people get wrong.
    pub common_mistakes: Vec<ApiMistake>,
    /// Where the figures and names come from.
    pub sources: Vec<String>,
}

impl AwsGlueApi {
    /// Returns the class with this name (`GlueContext`).
    pub fn class(&self, name: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.name == name)
    }

    /// Returns the transform with this name (`ApplyMapping`).
    pub fn transform(&self, name: &str) -> Option<&Transform> {
        self.transforms.iter().find(|transform| transform.name == name)
    }

    /// Returns the connection type with this name (`s3`).
    pub fn connection_type(&self, name: &str) -> Option<&ConnectionType> {
        self.connection_types.iter().find(|connection| connection.name == name)
    }

    /// Returns the format with this name (`parquet`).
    pub fn format(&self, name: &str) -> Option<&Format> {
        self.formats.iter().find(|format| format.name == name)
    }

    /// Returns the mistake with this code.
    pub fn mistake(&self, code: &str) -> Option<&ApiMistake> {
        self.common_mistakes.iter().find(|mistake| mistake.code == code)
    }
}

/// A state of the library.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// Its repository on GitHub.
    pub repository: String,
    /// Commit.
    pub commit: String,
    /// Day, as `YYYY-MM-DD`.
    pub date: String,
    /// What else to know.
    pub note: String,
}

/// A change of the library between Glue versions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryDifference {
    /// What changed.
    pub item: String,
    /// First Glue version with the new behaviour.
    pub since: String,
    /// Behaviour before.
    pub before: String,
    /// Behaviour since.
    pub now: String,
}

/// A class.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Module it is imported from.
    pub module: String,
    /// Attributes that hold other classes.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    /// Methods.
    pub methods: Vec<Method>,
}

impl Class {
    /// Returns the method with this name; of overloaded ones the first.
    pub fn method(&self, name: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// Returns the attribute with this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

/// An attribute of a class.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Class of its value.
    pub kind: String,
}

/// A method.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// As in Python, without `self`.
    pub signature: String,
    /// Parameters, without `self`.
    #[serde(default)]
    pub params: Vec<Param>,
    /// Type of the result.
    pub returns: Option<String>,
    /// One sentence.
    pub doc: String,
    /// Whether it is called on the class.
    #[serde(default)]
    pub class_method: bool,
}

/// A parameter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Its name, with `*` or `**` as in Python.
    pub name: String,
    /// Type of its value, in words where Python has none.
    pub kind: String,
    /// Whether it must be given.
    pub required: bool,
    /// Default, as Python source.
    pub default: Option<String>,
    /// One sentence.
    pub doc: Option<String>,
}

/// A transform.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transform {
    /// Its name.
    pub name: String,
    /// Module it is imported from.
    pub module: String,
    /// The call, as in Python.
    pub call: String,
    /// Parameters of `apply`.
    pub params: Vec<Param>,
    /// Type of the result.
    pub returns: String,
    /// One sentence.
    pub doc: String,
}

/// A function.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Module it is imported from.
    pub module: String,
    /// As in Python.
    pub signature: String,
    /// One sentence.
    pub doc: String,
}

/// `getResolvedOptions`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolvedOptions {
    /// Its name.
    pub name: String,
    /// Module it is imported from.
    pub module: String,
    /// As in Python.
    pub signature: String,
    /// Parameters.
    pub params: Vec<Param>,
    /// Type of the result.
    pub returns: String,
    /// One sentence.
    pub doc: String,
    /// Names that must not be asked for.
    pub reserved: Vec<String>,
    /// Names with a behaviour of their own.
    pub special: BTreeMap<String, String>,
    /// What it raises, and when.
    pub raises: Vec<String>,
    /// What else to know.
    pub notes: Vec<String>,
}

/// A type of the library's own schemas.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlueType {
    /// Name of the class.
    pub name: String,
    /// Name inside schemas and mappings.
    pub type_name: String,
    /// What else to know.
    pub doc: Option<String>,
}

/// Where an option or connection is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// When reading.
    Source,
    /// When writing.
    Sink,
}

/// A kind of data store.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionType {
    /// The value of `connection_type`.
    pub name: String,
    /// Name for people.
    pub title: Option<String>,
    /// Whether it can be read, written or both.
    pub roles: Vec<Role>,
    /// Whether it can be read as a stream.
    #[serde(default)]
    pub streaming: bool,
    /// First Glue version that has it.
    pub since: Option<String>,
    /// Keys of `connection_options`.
    #[serde(default)]
    pub options: Vec<ConnectionOption>,
    /// Whether the list of options may be incomplete or outdated, so that an unknown one is no error.
    #[serde(default)]
    pub uncertain: bool,
    /// What else to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A key of `connection_options` or `format_options`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionOption {
    /// The key.
    pub name: String,
    /// Type of its value: `string`, `boolean`, `int`, `enum`, `list<…>`, `s3uri` and so on; one that
    /// ends in `-string` is written as text.
    pub kind: String,
    /// Whether it must be given.
    #[serde(default)]
    pub required: bool,
    /// One sentence.
    pub doc: String,
    /// Whether it is for reading or writing only.
    pub role: Option<Role>,
    /// Accepted values.
    #[serde(default)]
    pub values: Vec<String>,
    /// What holds when it is not given.
    pub default: Option<String>,
    /// What may be given in its place.
    pub alternative: Option<String>,
    /// Whether it holds a secret.
    #[serde(default)]
    pub secret: bool,
    /// Which names of the account complete it.
    pub completion: Option<String>,
    /// Smallest value.
    pub min: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
    /// First Glue version that has it.
    pub since: Option<String>,
    /// Where its values come from, in words.
    pub values_from: Option<String>,
    /// What else to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A data format.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// The value of `format`.
    pub name: String,
    /// Whether it can be read.
    #[serde(default)]
    pub read: bool,
    /// Whether it can be written.
    #[serde(default)]
    pub write: bool,
    /// Whether it can be read as a stream.
    #[serde(default)]
    pub streaming: bool,
    /// Keys of `format_options`.
    #[serde(default)]
    pub options: Vec<ConnectionOption>,
    /// What else to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What `resolveChoice` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolveChoice {
    /// Actions of an item of `specs`; `{type}` stands for a type.
    pub spec_actions: Vec<String>,
    /// Values of `choice`.
    pub choice_values: Vec<String>,
    /// Parameters that `match_catalog` needs.
    pub match_catalog_needs: Vec<String>,
}

/// What an item of `ApplyMapping`'s mappings is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingTuple {
    /// The four documented places.
    pub documented: Vec<String>,
    /// Lengths the library accepts.
    pub accepted_lengths: Vec<usize>,
    /// What else to know.
    pub note: String,
}

/// Operators of `SplitRows`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitRowsOperators {
    /// Documented ones.
    pub documented: Vec<String>,
    /// Ones that may work.
    pub likely: Vec<String>,
}

/// What notebooks and scripts usually start with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boilerplate {
    /// Names that are imported.
    pub imports: Vec<String>,
    /// Variables, with the class of their value.
    pub variables: BTreeMap<String, String>,
}

/// Something people get wrong.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiMistake {
    /// Stable code.
    pub code: String,
    /// What to tell the user.
    pub message: String,
}
