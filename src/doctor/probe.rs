//! The questions to AWS, so that a test can answer them.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::aws::{AwsClient, CallFailure, Caller, RoleDetails, Simulation, Verdict, trouble};
use crate::model::account::{Connection, Subnet, Trouble, TroubleKind};
use crate::session::ApiErrorKind;

/// The longest that one question may take, with all its pages.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most pages of a list that are read.
const MOST_PAGES: usize = 50;

/// An answer that is awaited.
pub type Asked<'a, T> = BoxFuture<'a, Result<T, Failure>>;

/// A question that was not answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Whether what was asked for does not exist.
    pub absent: bool,
    /// Why, for people.
    pub trouble: Trouble,
}

impl Failure {
    /// Returns whether a permission is missing.
    pub fn is_denied(&self) -> bool {
        matches!(self.trouble.kind, TroubleKind::Denied(_))
    }

    /// Returns what is wrong and what to do.
    pub fn sentence(&self) -> String {
        let Trouble { message, remedy, .. } = &self.trouble;
        // The message may hold the remedy already.
        if remedy.is_empty() || message.contains(remedy.as_str()) {
            return message.clone();
        }
        format!("{message}; {remedy}")
    }
}

/// A list that is read to see whether it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum List {
    /// ListSessions.
    Sessions,
    /// GetSecurityConfigurations.
    SecurityConfigurations,
    /// GetDatabases.
    Databases,
    /// ListRoles.
    Roles,
    /// ListBuckets.
    Buckets,
}

impl List {
    /// All of them.
    pub const ALL: [List; 5] =
        [List::Sessions, List::SecurityConfigurations, List::Databases, List::Roles, List::Buckets];

    /// Returns the permission that it takes.
    pub fn action(self) -> &'static str {
        match self {
            List::Sessions => "glue:ListSessions",
            List::SecurityConfigurations => "glue:GetSecurityConfigurations",
            List::Databases => "glue:GetDatabases",
            List::Roles => "iam:ListRoles",
            List::Buckets => "s3:ListAllMyBuckets",
        }
    }

    /// Returns whether Glue answers it.
    pub fn is_of_glue(self) -> bool {
        matches!(self, List::Sessions | List::SecurityConfigurations | List::Databases)
    }
}

/// What AWS is asked. Every question only reads.
pub trait Probe: Send + Sync {
    /// Which region is asked.
    fn region(&self) -> Asked<'_, String>;
    /// Who asks.
    fn caller(&self) -> Asked<'_, Caller>;
    /// Whether the first page of a list can be had.
    fn list(&self, list: List) -> Asked<'_, ()>;
    /// The connections.
    fn connections(&self) -> Asked<'_, Vec<Connection>>;
    /// The subnets with these ids.
    fn subnets(&self, ids: Vec<String>) -> Asked<'_, Vec<Subnet>>;
    /// A role, by its name.
    fn role(&self, name: String) -> Asked<'_, RoleDetails>;
    /// A role's policies: ARNs of those that are attached, names of those in it.
    fn role_policies(&self, name: String) -> Asked<'_, Vec<String>>;
    /// The texts of a role's policies.
    fn documents(&self, name: String) -> Asked<'_, Vec<(String, serde_json::Value)>>;
    /// What a principal may do.
    fn simulate(&self, question: Simulation) -> Asked<'_, Vec<Verdict>>;
}

/// Asks AWS.
pub(super) struct AwsProbe {
    pub(super) client: Arc<AwsClient>,
}

impl AwsProbe {
    fn asked<'a, T: Send>(&'a self, call: impl Future<Output = Result<T, CallFailure>> + Send + 'a) -> Asked<'a, T> {
        async move {
            match tokio::time::timeout(PATIENCE, call).await {
                Ok(answer) => answer.map_err(|failure| self.failure(&failure)),
                Err(_) => Err(Failure {
                    absent: false,
                    trouble: Trouble {
                        kind: TroubleKind::NoNetwork,
                        message: format!("no answer came within {} seconds", PATIENCE.as_secs()),
                        remedy: "check the network".to_owned(),
                        retryable: true,
                        requires_reauth: false,
                    },
                }),
            }
        }
        .boxed()
    }

    fn failure(&self, failure: &CallFailure) -> Failure {
        let absent = match &failure.kind {
            ApiErrorKind::NotFound => true,
            ApiErrorKind::Other { code: Some(code) } => code == "NoSuchEntity" || code == "NoSuchEntityException",
            _ => false,
        };
        Failure { absent, trouble: trouble(failure, self.client.identity()) }
    }
}

impl Probe for AwsProbe {
    fn region(&self) -> Asked<'_, String> {
        self.asked(self.client.region())
    }

    fn caller(&self) -> Asked<'_, Caller> {
        self.asked(self.client.caller())
    }

    fn list(&self, list: List) -> Asked<'_, ()> {
        let client = &self.client;
        self.asked(async move {
            match list {
                List::Sessions => client.account_sessions(None).await.map(drop),
                List::SecurityConfigurations => client.security_configurations(None).await.map(drop),
                List::Databases => client.databases(None).await.map(drop),
                List::Roles => client.roles(None).await.map(drop),
                List::Buckets => client.buckets().await.map(drop),
            }
        })
    }

    fn connections(&self) -> Asked<'_, Vec<Connection>> {
        self.asked(async move {
            let (mut found, mut next) = (Vec::new(), None);
            for _ in 0..MOST_PAGES {
                let page = self.client.connections(next).await?;
                found.extend(page.items);
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
            Ok(found)
        })
    }

    fn subnets(&self, ids: Vec<String>) -> Asked<'_, Vec<Subnet>> {
        self.asked(async move { self.client.subnets(&ids).await })
    }

    fn role(&self, name: String) -> Asked<'_, RoleDetails> {
        self.asked(async move { self.client.role(&name).await })
    }

    fn role_policies(&self, name: String) -> Asked<'_, Vec<String>> {
        self.asked(async move { self.client.role_policies(&name).await })
    }

    fn documents(&self, name: String) -> Asked<'_, Vec<(String, serde_json::Value)>> {
        self.asked(async move { self.client.role_policy_documents(&name).await })
    }

    fn simulate(&self, question: Simulation) -> Asked<'_, Vec<Verdict>> {
        self.asked(async move { self.client.simulate(&question).await })
    }
}
