//! What an account holds.

use serde_json::{Map, Value, json};

/// Part of every secret that an account holds. Whoever sees it has seen too much.
pub(crate) const SECRET: &str = "hunter2";

/// What an account holds. In every text `{account}` stands for its number, `{account:1}` for that of the second account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contents {
    account: Map<String, Value>,
}

impl Contents {
    /// Nothing, and a user who may do everything.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a connection, written as `ConnectionInput`.
    pub(crate) fn connection(self, region: &str, input: Value) -> Self {
        self.push(region, "connections", input)
    }

    /// Adds a connection to a database, with a password.
    pub(crate) fn jdbc(self, region: &str, name: &str, subnet: &str, zone: &str) -> Self {
        let url = format!("jdbc:postgresql://{name}.example.com:5432/shop");
        let secrets = json!({"JDBC_CONNECTION_URL": url, "USERNAME": "etl", "PASSWORD": format!("{SECRET}-{name}")});
        let place = json!({"SubnetId": subnet, "SecurityGroupIdList": ["sg-00000001"], "AvailabilityZone": zone});
        let input = json!({
            "Name": name, "Description": format!("The shop's {name}"), "ConnectionType": "JDBC",
            "ConnectionProperties": secrets, "PhysicalConnectionRequirements": place,
        });
        self.connection(region, input)
    }

    /// Adds a subnet, and its VPC if that is a new one. Ids are eight or seventeen hexadecimal digits.
    pub(crate) fn subnet(self, region: &str, id: &str, vpc: &str, zone: &str) -> Self {
        self.push(region, "subnets", json!({"id": id, "vpc": vpc, "zone": zone}))
    }

    /// Adds a database with tables of these columns (name and type).
    pub(crate) fn database(self, region: &str, name: &str, tables: &[(&str, &[(&str, &str)])]) -> Self {
        let column =
            |(name, kind): &(&str, &str)| json!({"Name": name, "Type": kind, "Comment": format!("The {name}")});
        let table = |(table, columns): &(&str, &[(&str, &str)])| {
            let columns: Vec<Value> = columns.iter().map(column).collect();
            json!({
                "Name": table, "TableType": "EXTERNAL_TABLE", "Parameters": {"classification": "parquet"},
                "StorageDescriptor": {"Columns": columns, "Location": format!("s3://data/{name}/{table}/")},
            })
        };
        let tables: Vec<Value> = tables.iter().map(table).collect();
        self.push(region, "databases", json!({"Name": name, "Description": format!("All of {name}"), "Tables": tables}))
    }

    /// Adds a database with so many tables (`table_00000`, …) of 20 columns.
    pub(crate) fn many_tables(self, region: &str, database: &str, count: usize) -> Self {
        self.push(region, "databases", json!({"Name": database, "ManyTables": count}))
    }

    /// Adds so many connections (`connection-00000`, …), each with a password.
    pub(crate) fn many_connections(mut self, region: &str, count: usize) -> Self {
        self.region(region).insert("many_connections".to_owned(), count.into());
        self
    }

    /// Adds so many roles (`role-00000`, …); of four, the first and the last trust Glue.
    pub(crate) fn many_roles(mut self, count: usize) -> Self {
        self.account.insert("many_roles".to_owned(), count.into());
        self
    }

    /// Adds a role that a service (`glue.amazonaws.com`), or whoever an ARN names, may assume.
    pub(crate) fn role(self, name: &str, trusted: &str) -> Self {
        self.role_with(json!({"name": name, "trust": trust(&[trusted])}))
    }

    /// Adds a role: `name`, `trust`, and perhaps `path`, `description`, `policies` (by name), `managed` (ARNs).
    pub(crate) fn role_with(mut self, role: Value) -> Self {
        self.list("roles").push(role);
        self
    }

    /// Adds a security configuration that encrypts what is written to S3.
    pub(crate) fn security_configuration(mut self, region: &str, name: &str) -> Self {
        let configuration = json!({
            "S3Encryption": [{"S3EncryptionMode": "SSE-S3"}],
            "CloudWatchEncryption": {"CloudWatchEncryptionMode": "DISABLED"},
            "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "DISABLED"},
        });
        object(self.region(region), "security_configurations").insert(name.to_owned(), configuration);
        self
    }

    /// Adds a bucket with objects of this text. Names of buckets are taken once for all accounts.
    pub(crate) fn bucket(mut self, name: &str, objects: &[(&str, &str)]) -> Self {
        let objects = objects.iter().map(|(path, text)| ((*path).to_owned(), (*text).into())).collect();
        object(&mut self.account, "buckets").insert(name.to_owned(), Value::Object(objects));
        self
    }

    /// Adds a session, written as CreateSession takes it, and perhaps `Status` and `AgeSeconds`.
    pub(crate) fn session(self, region: &str, session: Value) -> Self {
        self.push(region, "sessions", session)
    }

    /// Lets the user do nothing but these actions, and has moto look at signatures and policies.
    pub(crate) fn only(mut self, actions: &[&str]) -> Self {
        let policy = policy("Allow", actions);
        self.account.insert("user".to_owned(), json!({"policies": {"only": policy}}));
        self.account.insert("enforce".to_owned(), true.into());
        self
    }

    /// Returns the description for moto.
    pub(crate) fn into_json(self) -> Value {
        Value::Object(self.account)
    }

    fn region(&mut self, region: &str) -> &mut Map<String, Value> {
        object(object(&mut self.account, "regions"), region)
    }

    fn list(&mut self, name: &str) -> &mut Vec<Value> {
        list(&mut self.account, name)
    }

    fn push(mut self, region: &str, name: &str, item: Value) -> Self {
        list(self.region(region), name).push(item);
        self
    }
}

/// Returns a trust policy for services (names) and others (ARNs).
pub(crate) fn trust(trusted: &[&str]) -> Value {
    let statement = |who: &&str| {
        let kind = if who.starts_with("arn:") { "AWS" } else { "Service" };
        json!({"Effect": "Allow", "Principal": {kind: who}, "Action": "sts:AssumeRole"})
    };
    json!({"Version": "2012-10-17", "Statement": trusted.iter().map(statement).collect::<Vec<_>>()})
}

/// Returns a policy with one statement about all resources.
pub(crate) fn policy(effect: &str, actions: &[&str]) -> Value {
    let statement = json!({"Effect": effect, "Action": actions, "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn object<'m>(map: &'m mut Map<String, Value>, name: &str) -> &'m mut Map<String, Value> {
    map.entry(name).or_insert_with(|| json!({})).as_object_mut().unwrap()
}

fn list<'m>(map: &'m mut Map<String, Value>, name: &str) -> &'m mut Vec<Value> {
    map.entry(name).or_insert_with(|| json!([])).as_array_mut().unwrap()
}
