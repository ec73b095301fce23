//! Lists of what an account has, for a client that shows them beside the document: connections, databases, tables and
//! columns, each with what is to be written in a cell for it.
//!
//! What is known at that moment is listed, whatever becomes of fetching it.

use std::time::Duration;

use crate::model::account::{Accounts, Claim, Column, Connection, Database, Entry, Known, Status, Subnet, Table};

use super::diagnostics::rules::in_account::is_plain;
use super::hover::account as described;
use super::hover::describe::{one_line, shortened};

/// The most names of a list. Who has more finds them by completion, or by their names.
const MOST: usize = 2_000;

/// The longest name, in bytes; the service's own limits are lower.
const LONGEST: usize = 1_024;

/// The most characters of a location or of what an owner says, beside a name.
const SHORT: usize = 120;

/// What is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameKind {
    /// Connections.
    Connections,
    /// Databases of the Data Catalog.
    Databases,
    /// Tables of a database.
    Tables {
        /// The database.
        database: String,
    },
    /// Columns of a table.
    Columns {
        /// The database.
        database: String,
        /// The table.
        table: String,
    },
}

/// A name of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name itself.
    pub name: String,
    /// What it is, in a few words without line breaks; may be empty.
    pub detail: String,
    /// All that is known of it, in Markdown.
    pub documentation: String,
    /// What to write in a cell for it: the whole magic for a connection, the name as Spark reads it for all else. `None` if
    /// the name cannot be written so that it is read as that very name.
    pub insert: Option<String>,
}

/// A list as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Names {
    /// What is in it, in order of the names; of columns in their own order.
    pub items: Vec<Name>,
    /// What became of fetching it.
    pub status: Status,
    /// Whether that is all there is.
    pub complete: bool,
}

/// Returns the names of a kind as whoever `claim` stands for has them. Never waits.
pub fn names(accounts: &dyn Accounts, claim: &Claim, kind: &NameKind) -> Names {
    match kind {
        NameKind::Connections => connections(accounts, claim),
        NameKind::Databases => {
            let known = accounts.databases(claim);
            list(&known, |item| database(item, known.age))
        }
        NameKind::Tables { database } => {
            let known = accounts.tables(claim, database);
            list(&known, |item| table(database, item, known.age))
        }
        NameKind::Columns { database, table } => {
            let known = accounts.tables(claim, database);
            let found = known.find(table);
            let columns = found.map(|table| &*table.columns).unwrap_or_default();
            Names {
                items: columns.iter().take(MOST).filter(|item| is_shown(&item.name)).map(column).collect(),
                complete: columns.len() <= MOST && (found.is_some() || known.complete),
                status: known.status,
            }
        }
    }
}

/// Returns the region that is asked; `None` while that is not known, and where regions are not told apart.
pub fn region(accounts: &dyn Accounts, claim: &Claim) -> Option<String> {
    let caller = accounts.caller(claim).items.first()?.region.clone();
    (!caller.is_empty()).then_some(caller)
}

fn list<T: Entry>(known: &Known<T>, item: impl Fn(&T) -> Name) -> Names {
    let shown = known.items.iter().filter(|item| is_shown(item.name()));
    let items: Vec<Name> = shown.take(MOST).map(item).collect();
    Names { complete: known.complete && items.len() == known.items.len(), status: known.status.clone(), items }
}

fn connections(accounts: &dyn Accounts, claim: &Claim) -> Names {
    let known = accounts.connections(claim);
    let lies_somewhere = known.items.iter().any(|item| item.subnet.is_some());
    let subnets = if lies_somewhere { accounts.subnets(claim) } else { Known::default() };
    let mut names = list(&known, |item| {
        let subnet = item.subnet.as_deref().and_then(|id| subnets.find(id));
        connection(item, subnet, known.age)
    });
    if names.status == Status::Ready && subnets.is_unfinished() {
        names.status = Status::Fetching;
    }
    names
}

fn connection(connection: &Connection, subnet: Option<&Subnet>, age: Option<Duration>) -> Name {
    let zone = connection.zone.as_deref().or_else(|| subnet.and_then(|subnet| subnet.zone.as_deref()));
    let parts =
        [Some(connection.kind.as_str()), subnet.map(|subnet| subnet.vpc.as_str()), connection.subnet.as_deref(), zone];
    Name {
        name: connection.name.clone(),
        detail: joined(parts.into_iter().flatten()),
        documentation: described::connection(connection, subnet, age),
        insert: is_plain(&connection.name).then(|| format!("%connections {}", connection.name)),
    }
}

fn database(database: &Database, age: Option<Duration>) -> Name {
    Name {
        name: database.name.clone(),
        detail: joined(database.description.as_deref().or(database.location.as_deref()).into_iter()),
        documentation: described::database(database, age),
        insert: identifier(&database.name),
    }
}

fn table(database: &str, table: &Table, age: Option<Duration>) -> Name {
    let view = table.kind.as_deref().filter(|kind| kind.contains("VIEW")).map(|_| "view");
    let parts = [view.or(table.format.as_deref()), table.location.as_deref()];
    let insert = identifier(database).zip(identifier(&table.name));
    Name {
        name: table.name.clone(),
        detail: joined(parts.into_iter().flatten()),
        documentation: described::table(database, table, age),
        insert: insert.map(|(database, table)| format!("{database}.{table}")),
    }
}

fn column(column: &Column) -> Name {
    let parts = [&*column.kind, if column.partition { "partition" } else { "" }];
    Name {
        name: column.name.to_string(),
        detail: joined(parts.into_iter()),
        documentation: described::column(column),
        insert: identifier(&column.name),
    }
}

/// Puts what is known of a thing behind one another, in one line.
fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let parts = parts.map(|part| one_line(&shortened(part.trim(), SHORT))).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

/// Returns whether a name can be shown as it is, and be asked for again.
fn is_shown(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST && one_line(name) == name
}

/// Returns a name as Spark reads it in SQL and in `spark.table`: in backquotes unless it is an ordinary word.
fn identifier(name: &str) -> Option<String> {
    let ordinary = |c: char| c.is_ascii_alphanumeric() || c == '_';
    // What starts with a digit may be read as a number.
    let plain = name.chars().all(ordinary) && !name.starts_with(|c: char| c.is_ascii_digit());
    // Quotes and backslashes would end the text that it is written into.
    let writable = is_shown(name) && !name.contains(['"', '\'', '\\']);
    writable.then(|| if plain { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) })
}

#[cfg(test)]
mod tests {
    use crate::model::account::{Caller, NoAccounts, Role, S3Entry, SecurityConfiguration, SessionFact};

    use super::*;

    /// An account with what its lists hold.
    #[derive(Debug, Default)]
    struct Shelves {
        connections: Known<Connection>,
        subnets: Known<Subnet>,
        databases: Known<Database>,
        tables: Known<Table>,
    }

    impl Accounts for Shelves {
        fn caller(&self, claim: &Claim) -> Known<Caller> {
            NoAccounts.caller(claim)
        }
        fn connections(&self, _: &Claim) -> Known<Connection> {
            self.connections.clone()
        }
        fn roles(&self, claim: &Claim) -> Known<Role> {
            NoAccounts.roles(claim)
        }
        fn security_configurations(&self, claim: &Claim) -> Known<SecurityConfiguration> {
            NoAccounts.security_configurations(claim)
        }
        fn sessions(&self, claim: &Claim) -> Known<SessionFact> {
            NoAccounts.sessions(claim)
        }
        fn subnets(&self, _: &Claim) -> Known<Subnet> {
            self.subnets.clone()
        }
        fn databases(&self, _: &Claim) -> Known<Database> {
            self.databases.clone()
        }
        fn tables(&self, claim: &Claim, database: &str) -> Known<Table> {
            if database == "shop" { self.tables.clone() } else { NoAccounts.tables(claim, database) }
        }
        fn objects(&self, claim: &Claim, prefix: &str) -> Known<S3Entry> {
            NoAccounts.objects(claim, prefix)
        }
    }

    fn ready<T>(items: Vec<T>) -> Known<T> {
        Known { items: items.into(), status: Status::Ready, complete: true, fresh: true, ..Known::default() }
    }

    fn connection(name: &str, subnet: Option<&str>) -> Connection {
        Connection {
            name: name.to_owned(),
            kind: "JDBC".to_owned(),
            description: None,
            subnet: subnet.map(str::to_owned),
            zone: None,
            security_groups: Vec::new(),
        }
    }

    fn database(name: &str) -> Database {
        Database { name: name.to_owned(), description: Some("All\nof it".to_owned()), location: None }
    }

    fn table(name: &str, columns: &[(&str, &str, bool)]) -> Table {
        let column = |&(name, kind, partition): &(&str, &str, bool)| Column {
            name: name.into(),
            kind: kind.into(),
            comment: Some("of <it>".into()),
            partition,
        };
        Table {
            name: name.to_owned(),
            description: None,
            kind: Some("EXTERNAL_TABLE".to_owned()),
            format: Some("parquet".to_owned()),
            location: Some("s3://lake/shop/orders/".to_owned()),
            columns: columns.iter().map(column).collect(),
        }
    }

    fn inserts(names: &Names) -> Vec<Option<&str>> {
        names.items.iter().map(|item| item.insert.as_deref()).collect()
    }

    #[test]
    fn a_connection_tells_its_network_and_is_a_magic() {
        let subnet = Subnet { id: "subnet-1".into(), vpc: "vpc-1".into(), zone: Some("eu-west-1a".into()) };
        let mut shelves = Shelves {
            connections: ready(vec![connection("a b", None), connection("orders", Some("subnet-1"))]),
            subnets: ready(vec![subnet]),
            ..Shelves::default()
        };
        let found = names(&shelves, &Claim::default(), &NameKind::Connections);
        assert_eq!((&found.status, found.complete), (&Status::Ready, true));
        assert_eq!(found.items[1].detail, "JDBC, vpc-1, subnet-1, eu-west-1a");
        assert!(found.items[1].documentation.contains("VPC `vpc-1`"), "{:?}", found.items[1]);
        // The kernel would read another name, or two.
        assert_eq!(inserts(&found), [None, Some("%connections orders")]);
        // More of it is on its way.
        shelves.subnets = Known { status: Status::Fetching, ..Known::default() };
        let found = names(&shelves, &Claim::default(), &NameKind::Connections);
        assert_eq!((&found.status, &*found.items[1].detail), (&Status::Fetching, "JDBC, subnet-1"));
    }

    #[test]
    fn names_are_written_as_spark_reads_them() {
        let odd = ["2024", "a-b", "a`b", "it's", "plain_1"];
        let shelves = Shelves { databases: ready(odd.map(database).into()), ..Shelves::default() };
        let found = names(&shelves, &Claim::default(), &NameKind::Databases);
        assert_eq!(inserts(&found), [Some("`2024`"), Some("`a-b`"), Some("`a``b`"), None, Some("plain_1")]);
        assert_eq!(found.items[0].detail, "All of it");
    }

    #[test]
    fn tables_have_columns_and_where_they_are() {
        let columns = [("id", "bigint", false), ("day of", "date", true)];
        let tables = ready(vec![table("orders", &columns), table("x-y", &[])]);
        let shelves = Shelves { tables, ..Shelves::default() };
        let of = |kind: NameKind| names(&shelves, &Claim::default(), &kind);
        let found = of(NameKind::Tables { database: "shop".into() });
        assert_eq!(inserts(&found), [Some("shop.orders"), Some("shop.`x-y`")]);
        assert_eq!(found.items[0].detail, "parquet, s3://lake/shop/orders/");
        for part in ["`shop.orders`", "- `id` bigint", "- `day of` date, partition", "s3://lake"] {
            assert!(found.items[0].documentation.contains(part), "{part}: {}", found.items[0].documentation);
        }
        let found = of(NameKind::Columns { database: "shop".into(), table: "orders".into() });
        assert_eq!(inserts(&found), [Some("id"), Some("`day of`")]);
        assert_eq!(found.items[1].detail, "date, partition");
        assert!(found.items[1].documentation.contains("of \\<it\\>"), "{:?}", found.items[1]);
        let missing = of(NameKind::Columns { database: "shop".into(), table: "gone".into() });
        assert_eq!((missing.items.len(), missing.complete), (0, true));
        assert_eq!(of(NameKind::Tables { database: "gone".into() }).status, Status::Unasked);
    }

    #[test]
    fn what_cannot_be_shown_is_left_out_and_long_lists_are_cut() {
        let mut bad = vec![database("a\nb"), database(&"x".repeat(LONGEST + 1)), database("good")];
        let shelves = Shelves { databases: ready(bad.clone()), ..Shelves::default() };
        let found = names(&shelves, &Claim::default(), &NameKind::Databases);
        assert_eq!((inserts(&found), found.complete), (vec![Some("good")], false));
        bad = (0..MOST + 1).map(|index| database(&format!("d{index:05}"))).collect();
        let shelves = Shelves { databases: ready(bad), ..Shelves::default() };
        let found = names(&shelves, &Claim::default(), &NameKind::Databases);
        assert_eq!((found.items.len(), found.complete), (MOST, false));
        let columns: Vec<Column> = (0..MOST + 1)
            .map(|index| Column {
                name: format!("c{index}").into(),
                kind: "int".into(),
                comment: None,
                partition: false,
            })
            .collect();
        let wide = Table { columns: columns.into(), ..table("wide", &[]) };
        let shelves = Shelves { tables: ready(vec![wide]), ..Shelves::default() };
        let of = NameKind::Columns { database: "shop".into(), table: "wide".into() };
        let found = names(&shelves, &Claim::default(), &of);
        assert_eq!((found.items.len(), found.complete), (MOST, false));
        let table = names(&shelves, &Claim::default(), &NameKind::Tables { database: "shop".into() });
        assert!(table.items[0].documentation.len() < 5_000 && table.items[0].documentation.contains("1977 more"));
    }

    #[test]
    fn nobody_is_asked_where_there_is_no_account() {
        let found = names(&NoAccounts, &Claim::default(), &NameKind::Connections);
        assert_eq!((found.items.len(), found.status, found.complete), (0, Status::Unasked, false));
        assert_eq!(region(&NoAccounts, &Claim::default()), None);
    }
}
