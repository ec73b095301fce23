//! What documents may know of accounts: which identity a document's claim becomes, and what is known of that.
//!
//! The user's own identity is always used. One that a document names (by `%profile`, by `%%assume_role`) is used only
//! after the cell that names it was run, or once the user has allowed it for the folder; its endpoint never is.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use crate::account::{Access, Changed, Identity, Options, Source, Store};
use crate::facts;
use crate::host::{self, consent::Consents};
use crate::model::account::{
    Accounts, AccountsHandle, Caller, Claim, Connection, Database, Known, Role, S3Entry, SecurityConfiguration,
    SessionFact, Status, Subnet, Table, Trouble,
};
use crate::model::effects::CredentialSource;
use crate::platform;
use crate::run::LocalNames;
use crate::settings::{Engine, LocalSettings, Settings};

use super::runs::lock;
use super::scripts;

/// For how long names of the local Glue are good. What changes them are the settings, which make it anew.
const LOCAL_AGE: Duration = Duration::from_secs(3_600);

/// What all documents of a client may know of accounts.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// What there is in the local Glue, where cells run there.
    local: Mutex<Option<Arc<Local>>>,
    /// Made when something is asked for the first time.
    store: OnceLock<Store>,
    source: OnceLock<Arc<dyn Source>>,
    own: Mutex<Own>,
    /// Told when something is known that was not before.
    news: Arc<Notify>,
    /// As whom the cells of a document that were run would have a session made.
    live: Mutex<HashMap<String, Identity>>,
    /// The folder that is open.
    root: OnceLock<Option<PathBuf>>,
    /// Folders of documents in which what they name may be allowed, without links; `None` where the user trusts none.
    folders: Mutex<HashMap<String, Option<PathBuf>>>,
    /// What the user has allowed, once it was read.
    allowed: Mutex<Option<Consents>>,
}

/// What there is in the local Glue. It is no account, and no secret: whoever may read the settings may know it.
#[derive(Debug)]
struct Local {
    /// What it was made of.
    settings: Arc<LocalSettings>,
    names: LocalNames,
    store: Store,
}

impl Local {
    /// Returns as whom it is asked: as the role that a document assumes, where it knows roles.
    fn identity(&self, claim: &Claim) -> Identity {
        let region = claim.region.as_ref().and_then(|region| facts::regions().find(&region.name.to_lowercase()));
        let access = match &claim.credentials {
            Some(CredentialSource::Role(arn)) if self.names.roles => Access::Role { arn: arn.clone() },
            _ => self.names.identity.access.clone(),
        };
        let region = region.map(|region| region.id.clone()).or_else(|| self.names.identity.region.clone());
        Identity { region, access, ..self.names.identity.clone() }
    }
}

/// What a document names: a profile, a role.
pub(super) type Naming = (Option<String>, Option<String>);

/// What the user's settings say.
#[derive(Debug, Clone, Default, PartialEq)]
struct Own {
    enabled: bool,
    profile: Option<String>,
    region: Option<String>,
    max_age: Duration,
    trusted: Option<bool>,
    trusted_folders: Vec<PathBuf>,
}

impl Names {
    /// Takes over settings.
    pub(super) fn configure(self: &Arc<Self>, settings: &Settings) {
        self.configure_local(settings);
        let own = Own {
            enabled: settings.account,
            profile: settings.profile.clone(),
            region: settings.region.clone(),
            max_age: Duration::from_secs(u64::from(settings.account_max_age) * 60),
            trusted: settings.trusted,
            trusted_folders: settings.trusted_folders.clone(),
        };
        if let Some(store) = self.store.get() {
            store.configure(own.max_age);
        }
        *lock(&self.own) = own;
        // Trust may have changed.
        lock(&self.folders).clear();
    }

    fn configure_local(self: &Arc<Self>, settings: &Settings) {
        let mut local = lock(&self.local);
        if settings.engine != Engine::Local {
            *local = None;
        } else if local.as_ref().is_none_or(|local| local.settings != settings.local) {
            *local = LocalNames::of_settings(&settings.local).map(|names| {
                let options = Options { max_age: LOCAL_AGE, folder: None };
                let store = Store::new(Arc::clone(&names.source), options, self.changed());
                Arc::new(Local { settings: Arc::clone(&settings.local), names, store })
            });
        }
    }

    /// Takes over who fetches and the folder that is open, once, before anything is asked.
    pub(super) fn begin(&self, source: Arc<dyn Source>, root: Option<PathBuf>) {
        let _ = self.source.set(source);
        let _ = self.root.set(root);
    }

    /// Waits until something is known that was not before.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }

    /// Returns what is wrong, for each identity in use.
    pub(super) fn troubles(&self) -> Vec<(Identity, Arc<Trouble>)> {
        self.store.get().map(Store::troubles).unwrap_or_default()
    }

    /// Fetches again what was fetched before.
    pub(super) fn refresh(&self) {
        *lock(&self.allowed) = None;
        lock(&self.folders).clear();
        match self.store.get() {
            Some(store) => store.refresh(None),
            // The next question is answered by what is there then.
            None => self.news.notify_one(),
        }
    }

    /// Writes down what shall be known at the next start.
    pub(super) fn flush(&self) {
        if let Some(store) = self.store.get() {
            store.flush();
        }
    }

    /// Takes note of as whom the cells of a document that were run would have a session made; returns whether that is
    /// something new.
    pub(super) fn ran(&self, uri: &str, identity: Identity) -> bool {
        lock(&self.live).insert(uri.to_owned(), identity.clone()) != Some(identity)
    }

    /// Forgets a document that was closed.
    pub(super) fn forget(&self, uri: &str) {
        lock(&self.live).remove(uri);
        lock(&self.folders).remove(uri);
    }

    /// Takes note that the user has allowed something.
    pub(super) fn allow(&self) {
        *lock(&self.allowed) = None;
        lock(&self.folders).clear();
        self.news.notify_one();
    }

    /// Returns what a claim names that is not the user's own.
    pub(super) fn naming(&self, claim: &Claim) -> Naming {
        let profile = claim.profile.as_ref().filter(|profile| profile.by_document && !self.is_own(&profile.name));
        let role = match &claim.credentials {
            Some(CredentialSource::Role(arn)) => Some(arn.clone()),
            _ => None,
        };
        (profile.map(|profile| profile.name.clone()), role)
    }

    /// Returns whether a profile is the one that is used without anybody naming it.
    fn is_own(&self, profile: &str) -> bool {
        let own = lock(&self.own).profile.clone();
        own.or_else(|| std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty())).as_deref() == Some(profile)
    }

    fn store(self: &Arc<Self>) -> Option<&Store> {
        let source = self.source.get()?;
        Some(self.store.get_or_init(|| {
            let options = Options {
                max_age: lock(&self.own).max_age,
                folder: platform::cache_folder().map(|folder| folder.join("glue-ls").join("names")),
            };
            Store::new(Arc::clone(source), options, self.changed())
        }))
    }

    /// Told when something is known that was not before.
    fn changed(&self) -> Changed {
        let news: Weak<Notify> = Arc::downgrade(&self.news);
        Arc::new(move |_: &Identity| {
            if let Some(news) = news.upgrade() {
                news.notify_one();
            }
        })
    }

    /// Returns the identity that a document's claim stands for, or why it is not used.
    fn identity(&self, uri: &str, claim: &Claim) -> Result<Identity, Status> {
        let own = lock(&self.own).clone();
        if !own.enabled || claim.endpoint {
            return Err(Status::Unasked);
        }
        let region = match &claim.region {
            Some(region) => match facts::regions().find(&region.name.to_lowercase()) {
                Some(known) => Some(known.id.clone()),
                // A name that could be any host's is none of a region.
                None if region.by_document => return Err(Status::Unasked),
                // The user's own may be newer than the table. What is none at all is told by whoever makes the clients.
                None => Some(region.name.clone()),
            },
            None => own.region.clone(),
        };
        let naming = self.naming(claim);
        let profile = claim.profile.as_ref().map(|profile| profile.name.clone()).or(own.profile.clone());
        let wanted = Identity { profile, region, endpoint: None, access: Access::Own };
        if claim.credentials.is_none() && naming == (None, None) {
            return Ok(wanted);
        }
        // Whoever runs the cells that name an identity uses it himself.
        if let Some(live) = lock(&self.live).get(uri)
            && live.profile == wanted.profile
            && is_same(&live.access, claim.credentials.as_ref())
        {
            return Ok(Identity { access: live.access.clone(), ..wanted });
        }
        let access = match &claim.credentials {
            None => Access::Own,
            Some(CredentialSource::Role(arn)) => Access::Role { arn: arn.clone() },
            // Keys are known to whoever has run their cell, and to nobody else.
            Some(CredentialSource::Keys { .. }) => return Err(Status::Unasked),
        };
        if self.folder(uri, &own).is_some_and(|folder| self.is_allowed(&folder, &naming)) {
            return Ok(Identity { access, ..wanted });
        }
        Err(Status::NeedsConsent)
    }

    /// Returns the folder in which what a document names may be allowed. What the disk says of it is kept: this is asked
    /// while somebody types.
    fn folder(&self, uri: &str, own: &Own) -> Option<PathBuf> {
        if let Some(known) = lock(&self.folders).get(uri) {
            return known.clone();
        }
        let place = scripts::place(uri).or_else(|| self.root.get().cloned().flatten());
        let trusted = own.trusted.unwrap_or_else(|| {
            place.as_deref().is_some_and(|place| host::trust::is_trusted(place, &own.trusted_folders))
        });
        let root = self.root.get().and_then(Option::as_deref);
        let folder = folder_to_trust(root, uri).filter(|_| trusted).map(|folder| host::consent::place(&folder));
        lock(&self.folders).insert(uri.to_owned(), folder.clone());
        folder
    }

    fn is_allowed(&self, folder: &Path, (profile, role): &Naming) -> bool {
        let mut allowed = lock(&self.allowed);
        allowed.get_or_insert_with(Consents::read).hold(folder, profile.as_deref(), role.as_deref())
    }
}

/// Returns the folder to trust so that a document may do more than be read: the open one that holds it, else its own.
pub(super) fn folder_to_trust(root: Option<&Path>, uri: &str) -> Option<PathBuf> {
    let place = scripts::place(uri);
    match (root, &place) {
        (Some(root), Some(place)) if place.starts_with(root) => Some(root.to_owned()),
        (Some(root), None) => Some(root.to_owned()),
        _ => place?.parent().map(Path::to_owned),
    }
}

fn is_same(access: &Access, credentials: Option<&CredentialSource>) -> bool {
    match (access, credentials) {
        (Access::Own, None) => true,
        (Access::Role { arn }, Some(CredentialSource::Role(named))) => arn == named,
        (Access::Keys(keys), Some(CredentialSource::Keys { id })) => keys.id() == id,
        _ => false,
    }
}

/// What one document may know.
#[derive(Debug)]
struct OfDocument {
    uri: String,
    names: Arc<Names>,
}

/// Returns what a document may know.
pub(super) fn of_document(names: &Arc<Names>, uri: &str) -> AccountsHandle {
    AccountsHandle::new(Arc::new(OfDocument { uri: uri.to_owned(), names: Arc::clone(names) }))
}

impl OfDocument {
    /// Asks the local Glue where it has such names, else the account.
    fn ask<T>(
        &self,
        claim: &Claim,
        has: fn(&LocalNames) -> bool,
        question: impl FnOnce(&Store, &Identity) -> Known<T>,
    ) -> Known<T> {
        let local = lock(&self.names.local).clone().filter(|local| has(&local.names));
        if let Some(local) = local {
            return question(&local.store, &local.identity(claim));
        }
        match self.names.identity(&self.uri, claim) {
            Ok(identity) => self.names.store().map(|store| question(store, &identity)).unwrap_or_default(),
            Err(status) => Known { status, ..Known::default() },
        }
    }
}

impl Accounts for OfDocument {
    fn caller(&self, claim: &Claim) -> Known<Caller> {
        let local = lock(&self.names.local).as_ref().is_some_and(|local| local.names.roles);
        let mut known = self.ask(claim, |names| names.roles, Store::caller);
        if local && claim.region.is_none() {
            // Regions are not told apart there: who names none is in none.
            known.items = known.items.iter().map(|it| Caller { region: String::new(), ..it.clone() }).collect();
        }
        known
    }

    fn connections(&self, claim: &Claim) -> Known<Connection> {
        let known = self.ask(claim, |names| names.connections, Store::connections);
        if known.items.iter().any(|connection| connection.subnet.is_some()) {
            // Whoever sees a connection is told of its VPC, and would not look a second time for that.
            let _ = self.subnets(claim);
        }
        known
    }

    fn roles(&self, claim: &Claim) -> Known<Role> {
        self.ask(claim, |names| names.roles, Store::roles)
    }

    fn security_configurations(&self, claim: &Claim) -> Known<SecurityConfiguration> {
        self.ask(claim, |names| names.security_configurations, Store::security_configurations)
    }

    fn sessions(&self, claim: &Claim) -> Known<SessionFact> {
        self.ask(claim, |_| false, Store::sessions)
    }

    fn subnets(&self, claim: &Claim) -> Known<Subnet> {
        self.ask(claim, |names| names.connections, Store::subnets)
    }

    fn databases(&self, claim: &Claim) -> Known<Database> {
        self.ask(claim, |names| names.databases, Store::databases)
    }

    fn tables(&self, claim: &Claim, database: &str) -> Known<Table> {
        self.ask(claim, |names| names.databases, |store, identity| store.tables(identity, database))
    }

    fn objects(&self, claim: &Claim, prefix: &str) -> Known<S3Entry> {
        self.ask(claim, |_| false, |store, identity| store.objects(identity, prefix))
    }
}

#[cfg(test)]
mod tests {
    use crate::model::account::Named;

    use super::*;

    const URI: &str = "file:///no/such/folder/a.ipynb";

    fn names(trusted: bool) -> Names {
        let own = Own { enabled: true, profile: Some("mine".into()), trusted: Some(trusted), ..Own::default() };
        Names { own: Mutex::new(own), ..Names::default() }
    }

    fn named(name: &str, by_document: bool) -> Option<Named> {
        Some(Named { name: name.to_owned(), by_document })
    }

    fn role(arn: &str) -> Claim {
        Claim { credentials: Some(CredentialSource::Role(arn.to_owned())), ..Claim::default() }
    }

    #[test]
    fn what_a_document_names_is_used_by_nobody_but_who_has_run_or_allowed_it() {
        const ROLE: &str = "arn:aws:iam::111122223333:role/Other";
        for trusted in [false, true] {
            let names = names(trusted);
            let of = |claim: Claim| names.identity(URI, &claim);
            for own in [
                Claim::default(),
                Claim { profile: named("mine", true), ..Claim::default() },
                Claim { profile: named("surroundings", false), ..Claim::default() },
                Claim { region: named("EU-WEST-1", true), ..Claim::default() },
            ] {
                assert_eq!(of(own.clone()).unwrap().access, Access::Own, "{own:?}");
            }
            let others = Claim { profile: named("others", true), ..Claim::default() };
            assert_eq!(of(others.clone()), Err(Status::NeedsConsent));
            assert_eq!(of(role(ROLE)), Err(Status::NeedsConsent));
            let keys = Claim { credentials: Some(CredentialSource::Keys { id: "ASIA".into() }), ..Claim::default() };
            for never in [
                Claim { endpoint: true, ..Claim::default() },
                Claim { region: named("x.evil.example/", true), ..Claim::default() },
                keys,
            ] {
                assert_eq!(of(never.clone()), Err(Status::Unasked), "{never:?}");
            }

            let live = Identity { profile: Some("others".into()), ..Identity::default() };
            assert!(names.ran(URI, live.clone()) && !names.ran(URI, live.clone()));
            assert_eq!(of(others.clone()), Ok(live));
            assert_eq!(of(role(ROLE)), Err(Status::NeedsConsent), "it was not this one that was run");
            assert_eq!(names.identity("file:///no/such/folder/b.ipynb", &others), Err(Status::NeedsConsent));
            names.forget(URI);
            assert_eq!(of(others), Err(Status::NeedsConsent));
        }
    }

    #[test]
    fn who_wants_no_account_asked_has_none_asked() {
        let names = names(true);
        lock(&names.own).enabled = false;
        assert_eq!(names.identity(URI, &Claim::default()), Err(Status::Unasked));
    }
}
