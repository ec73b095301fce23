//! A source that says what a test wants, and a store on it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::keeper::Keeper;
use super::{Items, List, Options, Page, Source, Store};
use crate::aws::{Access, Identity, Keys};
use crate::model::account::{
    Caller, Column, Connection, Database, Entry, Known, Role, S3Entry, SecurityConfiguration, SessionFact, Status,
    Subnet, Table, Trouble, TroubleKind,
};

pub(super) const MAX_AGE: Duration = Duration::from_secs(300);

type Answer = Arc<dyn Fn(&Identity, &List, Option<&str>) -> Result<Page, Trouble> + Send + Sync>;

/// A source that counts what it is asked.
pub(super) struct Scripted {
    answer: Mutex<Answer>,
    calls: Mutex<Vec<(Identity, List, Option<String>)>>,
    /// Each page takes one.
    permits: Semaphore,
    now: AtomicUsize,
    most: AtomicUsize,
    mark: AtomicU64,
    pub(super) renewed: AtomicUsize,
    pub(super) marked: AtomicUsize,
    surroundings: Mutex<Vec<String>>,
    began: (Instant, SystemTime),
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

impl Scripted {
    pub(super) fn new(
        answer: impl Fn(&Identity, &List, Option<&str>) -> Result<Page, Trouble> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            answer: Mutex::new(Arc::new(answer)),
            calls: Mutex::default(),
            permits: Semaphore::new(1_000_000),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            mark: AtomicU64::new(0),
            renewed: AtomicUsize::new(0),
            marked: AtomicUsize::new(0),
            surroundings: Mutex::default(),
            began: (Instant::now(), SystemTime::now()),
        })
    }

    pub(super) fn answer(
        &self,
        answer: impl Fn(&Identity, &List, Option<&str>) -> Result<Page, Trouble> + Send + Sync + 'static,
    ) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Lets pages wait until they are let go.
    pub(super) fn hold(&self) {
        self.permits.forget_permits(2_000_000);
    }

    pub(super) fn let_go(&self, pages: usize) {
        self.permits.add_permits(pages);
    }

    pub(super) fn sign_in(&self) {
        self.mark.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn surroundings(&self, texts: &[&str]) {
        *self.surroundings.lock().unwrap() = texts.iter().map(ToString::to_string).collect();
    }

    /// Returns how often a list was asked for, each page counted.
    pub(super) fn count(&self, list: &List) -> usize {
        self.calls.lock().unwrap().iter().filter(|(_, asked, _)| asked == list).count()
    }

    pub(super) fn total(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    pub(super) fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

impl Source for Scripted {
    fn page<'a>(
        &'a self,
        identity: &'a Identity,
        list: &'a List,
        next: Option<String>,
    ) -> BoxFuture<'a, Result<Page, Trouble>> {
        Box::pin(async move {
            self.calls.lock().unwrap().push((identity.clone(), list.clone(), next.clone()));
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            self.permits.acquire().await.unwrap().forget();
            self.now.fetch_sub(1, Ordering::SeqCst);
            let answer = Arc::clone(&self.answer.lock().unwrap());
            answer(identity, list, next.as_deref())
        })
    }

    fn mark(&self) -> u64 {
        self.marked.fetch_add(1, Ordering::SeqCst);
        self.mark.load(Ordering::SeqCst)
    }

    fn surroundings(&self, _: &Identity) -> Vec<String> {
        self.surroundings.lock().unwrap().clone()
    }

    fn renew(&self) {
        self.renewed.fetch_add(1, Ordering::SeqCst);
    }
}

/// A store on a scripted source.
pub(super) struct Bench {
    pub(super) source: Arc<Scripted>,
    pub(super) store: Store,
    changes: Arc<Mutex<HashMap<Identity, usize>>>,
}

impl Bench {
    pub(super) fn new(source: &Arc<Scripted>, folder: Option<&Path>) -> Self {
        let changes: Arc<Mutex<HashMap<Identity, usize>>> = Arc::default();
        let noted = Arc::clone(&changes);
        let options = Options { max_age: MAX_AGE, folder: folder.map(Path::to_owned) };
        let changed =
            Arc::new(move |identity: &Identity| *noted.lock().unwrap().entry(identity.clone()).or_default() += 1);
        // The wall clock goes with the one that tests move.
        let (steady, wall) = source.began;
        let wall = Arc::new(move || wall + steady.elapsed());
        let keeper = Keeper::new(Arc::clone(source) as Arc<dyn Source>, options, changed, wall);
        let store = Store { keeper: Arc::new(keeper) };
        Self { source: Arc::clone(source), store, changes }
    }

    pub(super) fn changes(&self) -> usize {
        self.changes.lock().unwrap().values().sum()
    }

    /// Waits until nothing goes on in the background.
    pub(super) async fn settle(&self) {
        while Arc::strong_count(&self.store.keeper) > 1 {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until that many pages wait to be let go.
    pub(super) async fn held(&self, pages: usize) {
        while self.source.now.load(Ordering::SeqCst) != pages {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until something holds.
    pub(super) async fn until(&self, holds: impl Fn(&Store) -> bool) {
        while !holds(&self.store) {
            tokio::task::yield_now().await;
        }
    }
}

pub(super) fn identity(profile: &str) -> Identity {
    Identity { profile: Some(profile.to_owned()), ..Identity::default() }
}

pub(super) fn keys() -> Identity {
    let keys = Keys::new("AKIAEXAMPLE", "the-secret-key", Some("the-token".to_owned()));
    Identity { access: Access::Keys(keys), ..identity("with-keys") }
}

pub(super) fn trouble(kind: TroubleKind) -> Trouble {
    let retryable = matches!(kind, TroubleKind::Throttled | TroubleKind::Service | TroubleKind::NoNetwork);
    let requires_reauth = matches!(kind, TroubleKind::NoCredentials | TroubleKind::Expired | TroubleKind::Rejected);
    Trouble { kind, message: "it failed".to_owned(), remedy: "mend it".to_owned(), retryable, requires_reauth }
}

pub(super) fn failed<T>(known: &Known<T>) -> Option<TroubleKind> {
    match &known.status {
        Status::Failed(trouble) => Some(trouble.kind.clone()),
        _ => None,
    }
}

pub(super) fn names<T: Entry>(known: &Known<T>) -> Vec<String> {
    known.items.iter().map(|item| item.name().to_owned()).collect()
}

pub(super) fn connection(name: &str, subnet: Option<&str>) -> Connection {
    Connection {
        name: name.to_owned(),
        kind: "NETWORK".to_owned(),
        description: Some("password: hunter2".to_owned()),
        subnet: subnet.map(str::to_owned),
        zone: Some("eu-west-1a".to_owned()),
        security_groups: vec!["sg-1".to_owned()],
    }
}

pub(super) fn role(name: &str) -> Role {
    Role {
        name: name.to_owned(),
        arn: format!("arn:aws:iam::1:role/{name}"),
        description: None,
        trusts_glue: Some(true),
    }
}

pub(super) fn database(name: &str) -> Database {
    Database { name: name.to_owned(), description: None, location: None }
}

pub(super) fn table(name: &str, columns: usize) -> Table {
    let column = |number| Column {
        name: format!("column_name_{number}").into(),
        kind: "string".into(),
        comment: None,
        partition: false,
    };
    Table {
        name: name.to_owned(),
        description: None,
        kind: Some("EXTERNAL_TABLE".to_owned()),
        format: Some("parquet".to_owned()),
        location: Some(format!("s3://a-bucket-of-the-company/warehouse/{name}/")),
        columns: (0..columns).map(column).collect(),
    }
}

fn caller(account: &str) -> Caller {
    Caller {
        arn: format!("arn:aws:iam::{account}:user/me"),
        account: account.to_owned(),
        region: "eu-west-1".to_owned(),
    }
}

/// Returns one page with one item of the kind that is asked for, with a name of the test's.
pub(super) fn one(account: &str, list: &List, name: &str) -> Page {
    let items = match list {
        List::Caller => Items::Caller(vec![caller(account)]),
        List::Connections => Items::Connections(vec![connection(name, Some("subnet-1"))]),
        List::Roles => Items::Roles(vec![role(name)]),
        List::SecurityConfigurations => Items::SecurityConfigurations(vec![SecurityConfiguration {
            name: name.to_owned(),
            summary: "encrypts nothing".to_owned(),
        }]),
        List::Sessions => Items::Sessions(vec![SessionFact {
            id: name.to_owned(),
            status: "READY".to_owned(),
            created: None,
            tags: Vec::new(),
            size: None,
            glue_version: None,
        }]),
        List::Subnets(ids) => Items::Subnets(
            ids.iter().map(|id| Subnet { id: id.clone(), vpc: format!("vpc-{name}"), zone: None }).collect(),
        ),
        List::Databases => Items::Databases(vec![database(name)]),
        List::Tables(_) => Items::Tables(vec![table(name, 2)]),
        List::Objects(_) => Items::Objects(vec![S3Entry { name: name.to_owned(), size: None }]),
    };
    Page { items, next: None }
}

/// Returns a page of connections.
pub(super) fn connections(names: &[&str], next: Option<&str>) -> Page {
    let items = names.iter().map(|name| connection(name, None)).collect();
    Page { items: Items::Connections(items), next: next.map(str::to_owned) }
}
