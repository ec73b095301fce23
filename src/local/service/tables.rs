//! The Data Catalog: databases and tables, as a crawler would have described them.

use serde_json::{Map, Value, json};

use super::LocalConfig;
use super::caller::Caller;
use super::expression::Expression;
use super::listing::{MADE, page};
use super::sessions::text;
use super::wire::Refusal;
use crate::local::catalogue::{Column, Database, Format, Table};

/// The most items in a page.
const PAGE: usize = 100;

/// GetDatabase.
pub(super) fn database(
    config: &LocalConfig,
    caller: &Caller,
    members: &Map<String, Value>,
) -> Result<Vec<u8>, Refusal> {
    let (name, found) = find(config, caller, members, "Name")?;
    Ok(json!({"Database": database_described(config, &name, found)}).to_string().into_bytes())
}

/// GetDatabases.
pub(super) fn databases(
    config: &LocalConfig,
    caller: &Caller,
    members: &Map<String, Value>,
) -> Result<Vec<u8>, Refusal> {
    let all = config.spark.catalogue.databases.iter().filter(|_| is_catalogue(config, caller, members)).collect();
    page(members, "DatabaseList", PAGE, all, |(name, found): (&String, &Database)| {
        database_described(config, name, found)
    })
}

/// GetTable.
pub(super) fn table(config: &LocalConfig, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
    let (database, found) = find(config, caller, members, "DatabaseName")?;
    let name = text(members, "Name").to_lowercase();
    let table = found.tables.get(&name).ok_or_else(|| Refusal::not_found(format!("Table {name} not found.")))?;
    Ok(json!({"Table": described(config, &database, &name, table)}).to_string().into_bytes())
}

/// GetTables.
pub(super) fn tables(config: &LocalConfig, caller: &Caller, members: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
    let (database, found) = find(config, caller, members, "DatabaseName")?;
    let expression = match text(members, "Expression") {
        "" => None,
        written => Some(Expression::new(written).ok_or_else(|| {
            Refusal::invalid(format!("The local Glue does not understand the expression {written}."))
        })?),
    };
    let wanted = members.get("AttributesToGet").and_then(Value::as_array).filter(|wanted| !wanted.is_empty());
    let asked = |name: &str| wanted.is_none_or(|wanted| wanted.iter().any(|it| it == name || it == "DEFAULT"));
    let fits = |(name, _): &(&String, &Table)| expression.as_ref().is_none_or(|expression| expression.fits(name));
    let all: Vec<(&String, &Table)> = found.tables.iter().filter(fits).collect();
    page(members, "TableList", PAGE, all, |(name, table)| {
        let mut shown = described(config, &database, name, table);
        if let Some(members) = shown.as_object_mut().filter(|_| !asked("DEFAULT")) {
            members.retain(|member, _| member == "Name" || (member == "TableType" && asked("TABLE_TYPE")));
        }
        shown
    })
}

/// Whether the caller asks about this catalogue. Whoever has assumed a role sees that of the user as well.
fn is_catalogue(config: &LocalConfig, caller: &Caller, members: &Map<String, Value>) -> bool {
    let named = text(members, "CatalogId");
    named.is_empty() || named == caller.account || named == config.account
}

fn find<'a>(
    config: &'a LocalConfig,
    caller: &Caller,
    members: &Map<String, Value>,
    member: &str,
) -> Result<(String, &'a Database), Refusal> {
    // The catalogue has no capitals in names.
    let name = text(members, member).to_lowercase();
    let found = config.spark.catalogue.databases.get(&name).filter(|_| is_catalogue(config, caller, members));
    match found {
        Some(found) => Ok((name, found)),
        None => Err(Refusal::not_found(format!("Database {name} not found."))),
    }
}

fn database_described(config: &LocalConfig, name: &str, database: &Database) -> Value {
    let mut described = json!({"Name": name, "CreateTime": MADE, "CatalogId": config.account});
    if let Some(description) = &database.description {
        described["Description"] = json!(description);
    }
    described
}

/// How Hive reads and writes a format.
struct Reader {
    classification: &'static str,
    input: &'static str,
    output: &'static str,
    library: &'static str,
}

const TEXT: &str = "org.apache.hadoop.mapred.TextInputFormat";
const TEXT_OUT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";

fn reader(format: Format) -> Reader {
    match format {
        Format::Csv => Reader {
            classification: "csv",
            input: TEXT,
            output: TEXT_OUT,
            library: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        },
        Format::Json => Reader {
            classification: "json",
            input: TEXT,
            output: TEXT_OUT,
            library: "org.openx.data.jsonserde.JsonSerDe",
        },
        Format::Parquet => Reader {
            classification: "parquet",
            input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            library: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        },
    }
}

fn described(config: &LocalConfig, database: &str, name: &str, table: &Table) -> Value {
    let Reader { classification, input, output, library } = reader(table.format);
    let mut parameters = json!({"classification": classification, "typeOfData": "file", "EXTERNAL": "TRUE"});
    let option = |name: &str| {
        let own = table.options.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        own.map(|(_, value)| value.as_str())
    };
    let serde = match table.format {
        Format::Csv => {
            let separator = option("sep").or_else(|| option("delimiter")).unwrap_or(",");
            parameters["delimiter"] = json!(separator);
            if option("header").is_none_or(|header| header.eq_ignore_ascii_case("true")) {
                parameters["skip.header.line.count"] = json!("1");
            }
            json!({"field.delim": separator})
        }
        Format::Json => {
            let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            json!({"paths": names.join(",")})
        }
        Format::Parquet => json!({"serialization.format": "1"}),
    };
    let mut described = json!({
        "Name": name,
        "DatabaseName": database,
        "Owner": "owner",
        "CreateTime": MADE,
        "UpdateTime": MADE,
        "Retention": 0,
        "StorageDescriptor": {
            "Columns": columns(&table.columns),
            "Location": location(table),
            "InputFormat": input,
            "OutputFormat": output,
            "Compressed": false,
            "NumberOfBuckets": -1,
            "SerdeInfo": {"SerializationLibrary": library, "Parameters": serde},
            "BucketColumns": [],
            "SortColumns": [],
            "Parameters": parameters,
            "StoredAsSubDirectories": false,
        },
        "PartitionKeys": columns(&table.partitions),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
        "CreatedBy": format!("arn:aws:sts::{}:assumed-role/{}/{}", config.account, config.role, config.user),
        "IsRegisteredWithLakeFormation": false,
        "CatalogId": config.account,
        "VersionId": "0",
    });
    if let Some(description) = &table.description {
        described["Description"] = json!(description);
    }
    described
}

fn columns(columns: &[Column]) -> Vec<Value> {
    columns.iter().map(|column| json!({"Name": column.name, "Type": column.kind})).collect()
}

/// Where a table is: its address, or a URL of its path.
fn location(table: &Table) -> String {
    table.location.clone().unwrap_or_else(|| {
        let path = table.path.display().to_string().replace('\\', "/");
        let root = if path.starts_with('/') { "" } else { "/" };
        format!("file://{root}{path}")
    })
}
