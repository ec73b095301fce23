//! Databases and tables of the Data Catalog.

use std::collections::HashMap;

use aws_sdk_glue::types;

use super::{Page, told};
use crate::aws::client::AwsClient;
use crate::aws::errors::CallFailure;
use crate::aws::watch::Watch;
use crate::model::account::{Column, Database, Table};

/// The most items that the catalogue puts in a page.
const PAGE: i32 = 100;

impl AwsClient {
    /// Lists databases by GetDatabases.
    ///
    /// # Errors
    /// When the call cannot be made, is refused or not understood.
    pub async fn databases(&self, next: Option<String>) -> Result<Page<Database>, CallFailure> {
        const CALL: &str = "GetDatabases";
        let services = self.services(CALL).await?;
        let watch = Watch::default();
        let request = services.glue.get_databases().max_results(PAGE).set_next_token(next.clone());
        let request = request.customize().interceptor(watch.clone());
        let answer = services.settled(CALL, &watch, Box::pin(request.send()).await)?;
        let database = |database: types::Database| {
            let name = told(Some(database.name))?;
            Some(Database { name, description: told(database.description), location: told(database.location_uri) })
        };
        let items = answer.database_list.into_iter().filter_map(database).collect();
        Page::new(CALL, next.as_deref(), items, answer.next_token).map_err(|failure| services.failed(failure))
    }

    /// Lists the tables of a database, with their columns, by GetTables.
    ///
    /// # Errors
    /// When the call cannot be made, is refused or not understood; [`NotFound`](crate::session::ApiErrorKind::NotFound)
    /// when there is no such database.
    pub async fn tables(&self, database: &str, next: Option<String>) -> Result<Page<Table>, CallFailure> {
        const CALL: &str = "GetTables";
        let services = self.services(CALL).await?;
        let watch = Watch::default();
        let request = services.glue.get_tables().database_name(database).max_results(PAGE);
        let request = request.set_next_token(next.clone()).customize().interceptor(watch.clone());
        let answer = services.settled(CALL, &watch, Box::pin(request.send()).await)?;
        let items = answer.table_list.unwrap_or_default().into_iter().filter_map(table).collect();
        Page::new(CALL, next.as_deref(), items, answer.next_token).map_err(|failure| services.failed(failure))
    }
}

fn table(table: types::Table) -> Option<Table> {
    let name = told(Some(table.name.clone()))?;
    let (format, location) = (format(&table), location(&table));
    let columns = table.storage_descriptor.and_then(|storage| storage.columns).unwrap_or_default();
    let partitions = table.partition_keys.unwrap_or_default();
    // Iceberg has its partition columns among the others as well.
    let partitioned: Vec<String> = partitions.iter().map(|column| column.name.clone()).collect();
    let plain = columns.into_iter().filter(|column| !partitioned.contains(&column.name));
    let columns = plain.map(|it| column(it, false)).chain(partitions.into_iter().map(|it| column(it, true))).collect();
    Some(Table { name, description: told(table.description), kind: told(table.table_type), format, location, columns })
}

fn column(column: types::Column, partition: bool) -> Column {
    let kind = column.r#type.unwrap_or_default().into();
    Column { name: column.name.into(), kind, comment: told(column.comment).map(Into::into), partition }
}

fn parameter<'a>(parameters: Option<&'a HashMap<String, String>>, name: &str) -> Option<&'a str> {
    parameters?.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
}

/// A table's format: what a table format says of itself, else what Spark, a crawler or the reader of its files say.
fn format(table: &types::Table) -> Option<String> {
    if table.table_type() == Some("VIRTUAL_VIEW") {
        return None;
    }
    let own = |name| parameter(table.parameters(), name).map(str::to_ascii_lowercase);
    let storage = table.storage_descriptor();
    let input = storage.and_then(|storage| storage.input_format()).unwrap_or_default().to_ascii_lowercase();
    own("table_type")
        .filter(|kind| matches!(kind.as_str(), "iceberg" | "delta" | "hudi"))
        .or_else(|| input.contains("hudi").then(|| "hudi".to_owned()))
        .or_else(|| own("spark.sql.sources.provider").filter(|provider| provider != "hive"))
        .or_else(|| own("classification").filter(|kind| kind != "unknown"))
        .or_else(|| of_reader(storage?.serde_info()?).or_else(|| of_input(&input)).map(str::to_owned))
}

/// The format that the class that reads and writes the rows stands for.
fn of_reader(reader: &types::SerDeInfo) -> Option<&'static str> {
    let class = reader.serialization_library()?.rsplit('.').next()?.to_ascii_lowercase();
    // LazySimpleSerDe splits text wherever it is told to.
    if class == "lazysimpleserde" {
        let separator = reader.parameters().and_then(|parameters| parameters.get("field.delim"));
        return separator.map(|separator| match separator.as_str() {
            "," => "csv",
            "\t" | "\\t" => "tsv",
            _ => "text",
        });
    }
    ["parquet", "orc", "avro", "json", "csv", "ion", "grok", "xml", "regex"]
        .into_iter()
        .find(|name| class.contains(name))
}

/// The format that the class that opens the files stands for.
fn of_input(class: &str) -> Option<&'static str> {
    ["parquet", "orc", "avro", "iceberg"].into_iter().find(|name| class.contains(name))
}

/// Where a table's data is. Spark keeps the place of its own tables beside a placeholder.
fn location(table: &types::Table) -> Option<String> {
    let storage = table.storage_descriptor()?;
    let reader = storage.serde_info().and_then(|reader| reader.parameters());
    let of_spark = parameter(table.parameters(), "spark.sql.sources.provider").and(parameter(reader, "path"));
    let plain = storage.location().filter(|place| !place.trim().is_empty() && !place.contains("__PLACEHOLDER__"));
    of_spark.or(plain).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_class(class: &str, separator: Option<&str>) -> types::StorageDescriptor {
        let parameters = separator.map(|separator| HashMap::from([("field.delim".to_owned(), separator.to_owned())]));
        let reader = types::SerDeInfo::builder().serialization_library(class).set_parameters(parameters).build();
        types::StorageDescriptor::builder().serde_info(reader).build()
    }

    fn told_format(parameters: &[(&str, &str)], storage: types::StorageDescriptor) -> Option<String> {
        let parameters = parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let table = types::Table::builder().name("t").set_parameters(Some(parameters)).storage_descriptor(storage);
        format(&table.build().unwrap())
    }

    #[test]
    fn a_format_is_told_by_the_table_or_by_its_reader() {
        let parquet = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
        let lazy = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
        for (parameters, class, separator, format) in [
            (&[("table_type", "ICEBERG"), ("classification", "parquet")][..], parquet, None, Some("iceberg")),
            (&[("spark.sql.sources.provider", "delta"), ("EXTERNAL", "TRUE")], lazy, None, Some("delta")),
            (&[("spark.sql.sources.provider", "hive")], parquet, None, Some("parquet")),
            (&[("classification", "CSV")], lazy, None, Some("csv")),
            (&[("classification", "UNKNOWN")], lazy, Some("|"), Some("text")),
            (&[("table_type", "EXTERNAL_TABLE")], parquet, None, Some("parquet")),
            (&[], "org.apache.hadoop.hive.ql.io.orc.OrcSerde", None, Some("orc")),
            (&[], "org.openx.data.jsonserde.JsonSerDe", None, Some("json")),
            (&[], "org.apache.hadoop.hive.serde2.OpenCSVSerde", None, Some("csv")),
            (&[], lazy, Some(","), Some("csv")),
            (&[], lazy, None, None),
            (&[], "com.example.Own", None, None),
        ] {
            assert_eq!(
                told_format(parameters, of_class(class, separator)).as_deref(),
                format,
                "{parameters:?} {class}"
            );
        }
        let hudi =
            types::StorageDescriptor::builder().input_format("org.apache.hudi.hadoop.HoodieParquetInputFormat").build();
        assert_eq!(told_format(&[], hudi).as_deref(), Some("hudi"));
    }

    #[test]
    fn a_place_is_that_of_the_data_and_not_sparks_placeholder() {
        let path = HashMap::from([("path".to_owned(), "s3://b/real".to_owned())]);
        let storage = types::StorageDescriptor::builder()
            .location("s3://b/t-__PLACEHOLDER__")
            .serde_info(types::SerDeInfo::builder().set_parameters(Some(path)).build())
            .build();
        let table = types::Table::builder().name("t").storage_descriptor(storage);
        assert_eq!(location(&table.clone().build().unwrap()), None);
        let spark = table.parameters("spark.sql.sources.provider", "delta").build().unwrap();
        assert_eq!(location(&spark).as_deref(), Some("s3://b/real"));
    }
}
