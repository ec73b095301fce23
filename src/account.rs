//! What is known of the user's accounts: fetched in the background, kept, aged.
//!
//! [`Store`] answers at once, from what is there, and fetches what is missing or old because somebody has asked: while
//! nobody asks, nothing happens, and there are no timers. What it knows it knows of one [`Identity`] at a time; nothing
//! of one is ever an answer about another. Names are left on disk for the next start, except of identities with keys.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

mod disk;
mod fetch;
mod files;
mod keeper;
mod list;
mod shelf;
mod slot;
mod source;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use list::{Items, List, Page};
pub use source::{AwsSource, Source};

use self::keeper::Keeper;
pub use crate::aws::{Access, Identity};

use crate::model::account::{
    Caller, Connection, Database, Known, Role, S3Entry, SecurityConfiguration, SessionFact, Subnet, Table, Trouble,
};

/// Told which identity something else is known of now. It is called in the background, without any lock.
pub type Changed = Arc<dyn Fn(&Identity) + Send + Sync>;

/// How a store works.
#[derive(Debug, Clone)]
pub struct Options {
    /// How old a list may be and still be relied on. Lists that change by themselves are believed for less.
    pub max_age: Duration,
    /// The folder that is the store's own, where names are left for the next start; `None` to leave nothing. It need
    /// not exist.
    pub folder: Option<PathBuf>,
}

/// What is known of accounts. Clones are the same store.
///
/// Whether an identity may be used at all is for the one who asks to decide. An endpoint of an identity is left out of
/// account: it is neither asked, nor does it make another identity.
#[derive(Clone)]
pub struct Store {
    keeper: Arc<Keeper>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("source", &self.keeper.source).finish_non_exhaustive()
    }
}

impl Store {
    /// Returns a store that knows nothing yet and has done nothing.
    ///
    /// It fetches on the runtime that this is called in, else on that in which it is asked; without one it knows
    /// nothing.
    pub fn new(source: Arc<dyn Source>, options: Options, changed: Changed) -> Store {
        Store { keeper: Arc::new(Keeper::new(source, options, changed, Arc::new(SystemTime::now))) }
    }

    /// Returns who the caller is.
    pub fn caller(&self, identity: &Identity) -> Known<Caller> {
        self.keeper.ask(identity, &List::Caller)
    }

    /// Returns the connections.
    pub fn connections(&self, identity: &Identity) -> Known<Connection> {
        self.keeper.ask(identity, &List::Connections)
    }

    /// Returns the roles.
    pub fn roles(&self, identity: &Identity) -> Known<Role> {
        self.keeper.ask(identity, &List::Roles)
    }

    /// Returns the security configurations.
    pub fn security_configurations(&self, identity: &Identity) -> Known<SecurityConfiguration> {
        self.keeper.ask(identity, &List::SecurityConfigurations)
    }

    /// Returns the sessions. They are believed for half a minute.
    pub fn sessions(&self, identity: &Identity) -> Known<SessionFact> {
        self.keeper.ask(identity, &List::Sessions)
    }

    /// Returns the subnets of the connections, which are fetched for that.
    ///
    /// Where it is not allowed to look at them the list is empty and failed: then the ids are all that is known.
    pub fn subnets(&self, identity: &Identity) -> Known<Subnet> {
        self.keeper.ask_subnets(identity)
    }

    /// Returns the databases.
    pub fn databases(&self, identity: &Identity) -> Known<Database> {
        self.keeper.ask(identity, &List::Databases)
    }

    /// Returns the tables of a database.
    pub fn tables(&self, identity: &Identity, database: &str) -> Known<Table> {
        self.keeper.ask(identity, &List::Tables(database.to_owned()))
    }

    /// Returns what is right below a place in S3, the buckets for `s3://`. It is believed for a minute.
    pub fn objects(&self, identity: &Identity, prefix: &str) -> Known<S3Entry> {
        self.keeper.ask(identity, &List::Objects(prefix.to_owned()))
    }

    /// Fetches again what was asked before, of one identity or of all, whatever became of it; what is under way does
    /// not count. Environment and config files are read again. Until a list has come it is not fresh.
    pub fn refresh(&self, identity: Option<&Identity>) {
        self.keeper.refresh(identity);
    }

    /// Takes note that a call of an identity went well elsewhere, so that its credentials are good: what could not be
    /// fetched for want of them is fetched again.
    pub fn succeeded(&self, identity: &Identity) {
        self.keeper.succeeded(identity);
    }

    /// Changes how old a list may be and still be relied on.
    pub fn configure(&self, max_age: Duration) {
        self.keeper.lock().max_age = max_age;
    }

    /// Returns what keeps lists that were asked for from being fetched, each trouble once for each identity.
    pub fn troubles(&self) -> Vec<(Identity, Arc<Trouble>)> {
        let mut found = Vec::new();
        for (key, shelf) in &mut self.keeper.lock().shelves {
            found.extend(shelf.troubles().into_iter().map(|trouble| (key.clone(), trouble)));
        }
        found
    }

    /// Writes to disk what is to be written. It blocks for as long as that takes; what cannot be written is lost.
    pub fn flush(&self) {
        self.keeper.flush();
    }
}
