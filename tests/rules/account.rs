//! What is known of an account in a test.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use glue_ls::model::account::{
    Accounts, AccountsHandle, Caller, Claim, Connection, Database, Entry, Known as List, Role, S3Entry,
    SecurityConfiguration, SessionFact, Status, Subnet, Table,
};
use glue_ls::model::effects::CredentialSource;
use serde::Deserialize;

/// What is known of an account. A list that is not given is not known.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Known {
    caller: Option<CallerRow>,
    connections: Option<Vec<ConnectionRow>>,
    roles: Option<Vec<RoleRow>>,
    security_configurations: Option<Vec<String>>,
    sessions: Option<Vec<SessionRow>>,
    /// VPCs by the ids of subnets.
    subnets: Option<BTreeMap<String, String>>,
    /// How old all of it is, in seconds; two minutes if it does not say.
    age: Option<u64>,
    /// Whether the lists were not fetched to their ends.
    incomplete: bool,
    /// Whether it is too old to be relied on.
    old: bool,
    /// What is known in place of all this where a claim names a region.
    regions: BTreeMap<String, Known>,
    /// What is known in place of all this where a claim names a profile.
    profiles: BTreeMap<String, Known>,
    /// What is known in place of all this where a role is assumed, by the role's ARN.
    assumed: BTreeMap<String, Known>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CallerRow {
    account: String,
    region: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ConnectionRow {
    name: String,
    kind: String,
    subnet: Option<String>,
    zone: Option<String>,
    security_groups: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RoleRow {
    arn: String,
    trusts_glue: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SessionRow {
    id: String,
    status: String,
    /// When it was created, in seconds since 1970.
    created: Option<u64>,
}

impl Known {
    /// Reads what is known.
    #[track_caller]
    pub(crate) fn of_toml(text: &str) -> Known {
        toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// Reads what is known, as the rules' pages write it.
    #[track_caller]
    pub(crate) fn of_json(text: &str) -> Known {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// Returns what a model asks.
    pub(crate) fn handle(&self) -> AccountsHandle {
        AccountsHandle::new(Arc::new(self.clone()))
    }

    fn seen_by(&self, claim: &Claim) -> &Known {
        let of = |credentials: &CredentialSource| match credentials {
            CredentialSource::Role(arn) => self.assumed.get(arn),
            CredentialSource::Keys { .. } => None,
        };
        let identity = match (&claim.credentials, &claim.profile) {
            (Some(credentials), _) => of(credentials),
            (None, Some(profile)) => self.profiles.get(&profile.name),
            (None, None) => None,
        };
        let identity = identity.unwrap_or(self);
        claim.region.as_ref().and_then(|region| identity.regions.get(&region.name)).unwrap_or(identity)
    }

    fn list<Row, T: Entry>(&self, rows: Option<&Vec<Row>>, item: impl Fn(&Row) -> T) -> List<T> {
        let Some(rows) = rows else { return List::default() };
        let mut items: Vec<T> = rows.iter().map(item).collect();
        items.sort_by(|a, b| a.name().cmp(b.name()));
        List {
            items: items.into(),
            status: Status::Ready,
            age: Some(Duration::from_secs(self.age.unwrap_or(120))),
            complete: !self.incomplete,
            fresh: !self.old,
        }
    }
}

impl Accounts for Known {
    fn caller(&self, claim: &Claim) -> List<Caller> {
        let known = self.seen_by(claim);
        let rows = known.caller.clone().map(|row| vec![row]);
        known.list(rows.as_ref(), |row| Caller {
            arn: format!("arn:aws:iam::{}:user/ana", row.account),
            account: row.account.clone(),
            region: claim.region.as_ref().map_or(&row.region, |region| &region.name).clone(),
        })
    }

    fn connections(&self, claim: &Claim) -> List<Connection> {
        let known = self.seen_by(claim);
        known.list(known.connections.as_ref(), |row| Connection {
            name: row.name.clone(),
            kind: row.kind.clone(),
            description: None,
            subnet: row.subnet.clone(),
            zone: row.zone.clone(),
            security_groups: row.security_groups.clone(),
        })
    }

    fn roles(&self, claim: &Claim) -> List<Role> {
        let known = self.seen_by(claim);
        known.list(known.roles.as_ref(), |row| Role {
            name: row.arn.rsplit('/').next().unwrap_or_default().to_owned(),
            arn: row.arn.clone(),
            description: None,
            trusts_glue: row.trusts_glue,
        })
    }

    fn security_configurations(&self, claim: &Claim) -> List<SecurityConfiguration> {
        let known = self.seen_by(claim);
        known.list(known.security_configurations.as_ref(), |name| SecurityConfiguration {
            name: name.clone(),
            summary: String::new(),
        })
    }

    fn sessions(&self, claim: &Claim) -> List<SessionFact> {
        let known = self.seen_by(claim);
        known.list(known.sessions.as_ref(), |row| SessionFact {
            id: row.id.clone(),
            status: row.status.clone(),
            created: row.created.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)),
            tags: Vec::new(),
            size: None,
            glue_version: None,
        })
    }

    fn subnets(&self, claim: &Claim) -> List<Subnet> {
        let known = self.seen_by(claim);
        let rows = known.subnets.as_ref().map(|subnets| subnets.iter().collect::<Vec<_>>());
        known.list(rows.as_ref(), |(id, vpc)| Subnet { id: (*id).clone(), vpc: (*vpc).clone(), zone: None })
    }

    fn databases(&self, _: &Claim) -> List<Database> {
        List::default()
    }

    fn tables(&self, _: &Claim, _: &str) -> List<Table> {
        List::default()
    }

    fn objects(&self, _: &Claim, _: &str) -> List<S3Entry> {
        List::default()
    }
}
