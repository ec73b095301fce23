//! Column types of the Data Catalog, and the words and functions of Spark SQL.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Types and words of tables and queries.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogTypes {
    /// Number of the format of the file.
    pub schema: u32,
    /// Types a column can have.
    pub column_types: Vec<ColumnType>,
    /// Types `ApplyMapping` takes.
    pub apply_mapping_types: Vec<String>,
    /// What else to know about them.
    pub apply_mapping_notes: Vec<String>,
    /// How types are put together, for people.
    pub type_grammar: String,
    /// What JDBC types become.
    pub jdbc_to_glue_default: BTreeMap<String, String>,
    /// What all other JDBC types become.
    pub jdbc_fallback: String,
    /// Types of the service's records.
    pub glue_record_types: Vec<String>,
    /// Types of JDBC.
    pub jdbc_types: Vec<String>,
    /// Logical types of Avro.
    pub avro_logical_types: Vec<AvroLogicalType>,
    /// Rules for names.
    pub name_rules: NameRules,
    /// Values of a table's `classification`.
    pub classification_values: Vec<String>,
    /// Parameters of tables, with their meaning.
    pub table_parameters: BTreeMap<String, String>,
    /// Keywords of Spark SQL, in upper case.
    pub sql_keywords: Vec<String>,
    /// Keywords that cannot be names in ANSI mode, in upper case.
    pub sql_reserved_ansi: Vec<String>,
    /// Functions of Spark SQL.
    pub sql_functions: Vec<SqlFunction>,
    /// Hints of Spark SQL, in upper case.
    pub sql_hints: Vec<String>,
    /// What changes with Spark 4.
    pub spark4_notes: Vec<String>,
    /// Where the figures and names come from.
    pub sources: Vec<String>,
}

impl CatalogTypes {
    /// Returns the simple column type with this name or alias (`int`, `integer`), in lower case.
    pub fn column_type(&self, name: &str) -> Option<&ColumnType> {
        self.column_types.iter().find(|kind| kind.name == name || kind.aliases.iter().any(|alias| alias == name))
    }

    /// Returns the signatures of the SQL function with this name, in lower case.
    pub fn functions<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a SqlFunction> {
        self.sql_functions.iter().filter(move |function| function.name == name)
    }
}

/// A type a column can have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnType {
    /// The catalog's spelling.
    pub name: String,
    /// Spark SQL's spelling.
    pub spark_sql: Option<String>,
    /// The spelling in `ApplyMapping`.
    pub apply_mapping: Option<String>,
    /// What it holds.
    pub doc: String,
    /// Other spellings.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// An example of a type with parameters.
    pub ddl: Option<String>,
    /// Whether it is made of other types.
    #[serde(default)]
    pub complex: bool,
    /// First Glue version that has it.
    pub since: Option<String>,
    /// What else to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What a logical type of Avro is read as.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AvroLogicalType {
    /// Avro's name.
    pub logical: String,
    /// By the reader for 1.7.
    pub reader_1_7: String,
    /// By the reader for 1.8.
    pub reader_1_8: String,
}

/// Rules for names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameRules {
    /// Databases.
    pub database: NameRule,
    /// Tables.
    pub table: NameRule,
    /// Columns.
    pub column: NameRule,
    /// Pattern of names that need no quotes in Athena.
    pub athena_safe: String,
    /// How names are quoted.
    pub quoting: Quoting,
}

/// A rule for names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameRule {
    /// Most characters.
    pub max: usize,
    /// What else to know.
    pub note: Option<String>,
}

/// How names are quoted; the word `name` stands for the name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quoting {
    /// In Spark SQL.
    pub spark_sql: String,
    /// In Athena.
    pub athena: String,
}

/// A function of Spark SQL.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlFunction {
    /// Its name, in lower case.
    pub name: String,
    /// Group it belongs to.
    pub category: String,
    /// How it is called.
    pub signature: String,
    /// One sentence.
    pub doc: String,
}
