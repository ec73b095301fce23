//! An account in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use glue_ls::model::account::{
    Accounts, AccountsHandle, Caller, Claim, Connection, Database, Entry, Known, Role, S3Entry, SecurityConfiguration,
    SessionFact, Status, Subnet, Table, Trouble, TroubleKind,
};

/// An account in memory. All of its lists are in the same state; a list without items is one, too.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) caller: Vec<Caller>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) roles: Vec<Role>,
    pub(crate) security_configurations: Vec<SecurityConfiguration>,
    pub(crate) sessions: Vec<SessionFact>,
    pub(crate) subnets: Vec<Subnet>,
    pub(crate) databases: Vec<Database>,
    /// By database.
    pub(crate) tables: BTreeMap<String, Vec<Table>>,
    /// By the address that they lie right below.
    pub(crate) objects: BTreeMap<String, Vec<S3Entry>>,
    pub(crate) status: Status,
    pub(crate) age: Option<Duration>,
    pub(crate) complete: bool,
    pub(crate) fresh: bool,
    /// What was asked for, with the claim.
    pub(crate) asked: Arc<Mutex<Vec<(String, Claim)>>>,
}

impl Default for Account {
    /// An empty account that was fetched three minutes ago, to the end.
    fn default() -> Self {
        Account {
            caller: Vec::new(),
            connections: Vec::new(),
            roles: Vec::new(),
            security_configurations: Vec::new(),
            sessions: Vec::new(),
            subnets: Vec::new(),
            databases: Vec::new(),
            tables: BTreeMap::new(),
            objects: BTreeMap::new(),
            status: Status::Ready,
            age: Some(Duration::from_secs(200)),
            complete: true,
            fresh: true,
            asked: Arc::default(),
        }
    }
}

impl Account {
    /// Adds connections of type `JDBC`.
    pub(crate) fn with_connections(mut self, names: &[&str]) -> Account {
        self.connections.extend(names.iter().map(|name| connection(name)));
        self
    }

    /// Adds roles of account 123456789012, and whether Glue can assume them.
    pub(crate) fn with_roles(mut self, roles: &[(&str, Option<bool>)]) -> Account {
        self.roles.extend(roles.iter().map(|(name, trusts)| role(name, *trusts)));
        self
    }

    /// Adds buckets, folders and objects by their addresses.
    pub(crate) fn with_objects(mut self, addresses: &[&str]) -> Account {
        for address in addresses {
            let path = address.strip_prefix("s3://").unwrap();
            let parent = path.trim_end_matches('/').rfind('/').map_or("", |at| &path[..=at]);
            let size = (!address.ends_with('/')).then_some(1234);
            let entry = S3Entry { name: (*address).to_owned(), size };
            self.objects.entry(format!("s3://{parent}")).or_default().push(entry);
        }
        self
    }

    /// The lists are in that state.
    pub(crate) fn with_status(mut self, status: Status) -> Account {
        self.status = status;
        self
    }

    /// Nothing could be fetched but what an earlier start has left.
    pub(crate) fn failed(self) -> Account {
        let trouble = Trouble {
            kind: TroubleKind::Denied(Some("glue:GetConnections".to_owned())),
            message: "the caller may not list the connections".to_owned(),
            remedy: "allow `glue:GetConnections` in a policy".to_owned(),
            retryable: false,
            requires_reauth: false,
        };
        Account { fresh: false, ..self.with_status(Status::Failed(Arc::new(trouble))) }
    }

    /// Nothing was fetched yet.
    pub(crate) fn unknown(self) -> Account {
        Account { age: None, complete: false, fresh: false, ..self }
    }

    /// Returns what a model asks.
    pub(crate) fn handle(&self) -> AccountsHandle {
        AccountsHandle::new(Arc::new(self.clone()))
    }

    fn known<T: Entry + Clone>(&self, list: &str, items: &[T], claim: &Claim) -> Known<T> {
        self.asked.lock().unwrap().push((list.to_owned(), claim.clone()));
        let mut items = items.to_vec();
        items.sort_by(|a, b| a.name().cmp(b.name()));
        Known {
            items: items.into(),
            status: self.status.clone(),
            age: self.age,
            complete: self.complete,
            fresh: self.fresh,
        }
    }
}

/// A connection of type `JDBC`.
pub(crate) fn connection(name: &str) -> Connection {
    Connection {
        name: name.to_owned(),
        kind: "JDBC".to_owned(),
        description: None,
        subnet: None,
        zone: None,
        security_groups: Vec::new(),
    }
}

/// A role of account 123456789012.
pub(crate) fn role(name: &str, trusts_glue: Option<bool>) -> Role {
    let arn = format!("arn:aws:iam::123456789012:role/{name}");
    Role { name: name.to_owned(), arn, description: None, trusts_glue }
}

impl Accounts for Account {
    fn caller(&self, claim: &Claim) -> Known<Caller> {
        self.known("caller", &self.caller, claim)
    }

    fn connections(&self, claim: &Claim) -> Known<Connection> {
        self.known("connections", &self.connections, claim)
    }

    fn roles(&self, claim: &Claim) -> Known<Role> {
        self.known("roles", &self.roles, claim)
    }

    fn security_configurations(&self, claim: &Claim) -> Known<SecurityConfiguration> {
        self.known("security configurations", &self.security_configurations, claim)
    }

    fn sessions(&self, claim: &Claim) -> Known<SessionFact> {
        self.known("sessions", &self.sessions, claim)
    }

    fn subnets(&self, claim: &Claim) -> Known<Subnet> {
        self.known("subnets", &self.subnets, claim)
    }

    fn databases(&self, claim: &Claim) -> Known<Database> {
        self.known("databases", &self.databases, claim)
    }

    fn tables(&self, claim: &Claim, database: &str) -> Known<Table> {
        let tables = self.tables.get(database).map(Vec::as_slice).unwrap_or_default();
        self.known(database, tables, claim)
    }

    fn objects(&self, claim: &Claim, prefix: &str) -> Known<S3Entry> {
        let objects = self.objects.get(prefix).map(Vec::as_slice).unwrap_or_default();
        self.known(prefix, objects, claim)
    }
}
