//! What is known of all identities, behind one lock that is held for moments only.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::time::Instant;

use super::disk::{self, Place};
use super::fetch;
use super::list::{List, Listed};
use super::shelf::{IN_USE, Job, Shelf};
use super::slot::Now;
use super::source::Source;
use super::{Changed, Options};
use crate::aws::Identity;
use crate::model::account::{
    Caller, Connection, Database, Known, Role, S3Entry, SecurityConfiguration, SessionFact, Subnet, Table,
};

/// The most identities.
const MOST_IDENTITIES: usize = 16;

/// About how many bytes the lists of tables and of places in S3 may take, all together.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What each such list may take even then.
const LEAST_BYTES: usize = 1024 * 1024;

/// What the store's clones and tasks share.
pub(super) struct Keeper {
    pub(super) source: Arc<dyn Source>,
    changed: Changed,
    folder: Option<PathBuf>,
    state: Mutex<State>,
    /// The number of the next fetch.
    pub(super) ids: AtomicU64,
    tidied: AtomicBool,
    runtime: Option<Handle>,
    /// Reads the wall clock.
    wall: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

/// What is known.
#[derive(Debug)]
pub(super) struct State {
    pub(super) max_age: Duration,
    pub(super) shelves: HashMap<Identity, Shelf>,
}

/// Returns the identity that counts here: where Glue is asked makes no other account of it.
fn key_of(identity: &Identity) -> Cow<'_, Identity> {
    match identity.endpoint {
        None => Cow::Borrowed(identity),
        Some(_) => Cow::Owned(Identity { endpoint: None, ..identity.clone() }),
    }
}

impl State {
    /// Returns the shelf of an identity, a new one if there is none yet; `None` if there are too many in use.
    fn shelf(&mut self, key: &Identity, folder: bool, now: Now, jobs: &mut Vec<Job>) -> Option<&mut Shelf> {
        if !self.shelves.contains_key(key) {
            if self.shelves.len() >= MOST_IDENTITIES {
                let oldest = self.shelves.iter().min_by_key(|(_, shelf)| shelf.asked)?;
                if now.steady.saturating_duration_since(oldest.1.asked) < IN_USE {
                    return None;
                }
                let oldest = oldest.0.clone();
                jobs.extend(self.shelves.remove(&oldest).map(|shelf| Job::Drop(Box::new(shelf))));
            }
            let shelf = Shelf::new(key, folder, now);
            if shelf.on_disk {
                jobs.push(Job::Load);
            }
            self.shelves.insert(key.clone(), shelf);
        }
        self.shelves.get_mut(key)
    }

    /// Forgets lists of tables and of places in S3, the longest unused first, until all take no more than they may.
    fn shrink(&mut self, now: Now, jobs: &mut Vec<Job>) {
        let mut all: usize = self.shelves.values().map(Shelf::weight_of_many).sum();
        if all <= MOST_BYTES {
            return;
        }
        let unused =
            |asked: Option<Instant>| asked.is_none_or(|asked| now.steady.saturating_duration_since(asked) >= IN_USE);
        let mut lists: Vec<(Option<Instant>, Identity, List, usize)> = Vec::new();
        for (key, shelf) in &self.shelves {
            let old = shelf.many().filter(|(_, asked, weight)| *weight > 0 && unused(*asked));
            lists.extend(old.map(|(list, asked, weight)| (asked, key.clone(), list, weight)));
        }
        lists.sort_by_key(|(asked, ..)| *asked);
        for (_, key, list, weight) in lists {
            if all <= MOST_BYTES {
                break;
            }
            all -= weight;
            jobs.extend(self.shelves.get_mut(&key).and_then(|shelf| shelf.remove(&list)));
        }
    }
}

impl Keeper {
    pub(super) fn new(
        source: Arc<dyn Source>,
        options: Options,
        changed: Changed,
        wall: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    ) -> Self {
        Self {
            wall,
            source,
            changed,
            folder: options.folder,
            state: Mutex::new(State { max_age: options.max_age, shelves: HashMap::new() }),
            ids: AtomicU64::new(0),
            tidied: AtomicBool::new(false),
            runtime: Handle::try_current().ok(),
        }
    }

    pub(super) fn now(&self) -> Now {
        Now { steady: Instant::now(), wall: (self.wall)() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, key: &Identity) {
        (self.changed)(key);
    }

    fn runtime(&self) -> Option<Handle> {
        self.runtime.clone().or_else(|| Handle::try_current().ok())
    }

    /// Returns a list as it is known, and sees to it that it is fetched if it is due.
    pub(super) fn ask<T: Listed>(self: &Arc<Self>, identity: &Identity, list: &List) -> Known<T> {
        self.with_shelf(identity, |keeper, shelf, now, max_age, jobs| {
            if !shelf.make_room(list, now, jobs) {
                return Known::default();
            }
            if let Some(meta) = shelf.meta(list) {
                meta.asked = Some(now.steady);
            }
            shelf.start_caller(now, max_age, &keeper.ids, jobs);
            shelf.start(list, now, max_age, &keeper.ids, jobs);
            T::slot(shelf, list).map(|slot| slot.known(now, list.limit(max_age))).unwrap_or_default()
        })
    }

    /// Returns the subnets of the connections.
    pub(super) fn ask_subnets(self: &Arc<Self>, identity: &Identity) -> Known<Subnet> {
        self.with_shelf(identity, |keeper, shelf, now, max_age, jobs| {
            shelf.subnets.meta.asked = Some(now.steady);
            shelf.connections.meta.asked = Some(now.steady);
            shelf.start_caller(now, max_age, &keeper.ids, jobs);
            shelf.start(&List::Connections, now, max_age, &keeper.ids, jobs);
            let Some(ids) = shelf.subnet_ids.clone() else { return shelf.subnets_before(now, max_age) };
            shelf.start(&List::Subnets(ids), now, max_age, &keeper.ids, jobs);
            shelf.subnets.known(now, max_age)
        })
    }

    fn with_shelf<T>(
        self: &Arc<Self>,
        identity: &Identity,
        ask: impl FnOnce(&Self, &mut Shelf, Now, Duration, &mut Vec<Job>) -> Known<T>,
    ) -> Known<T> {
        let Some(runtime) = self.runtime() else { return Known::default() };
        let (key, now, mut jobs) = (key_of(identity), self.now(), Vec::new());
        let known = {
            let mut state = self.lock();
            let max_age = state.max_age;
            match state.shelf(&key, self.folder.is_some(), now, &mut jobs) {
                Some(shelf) => {
                    shelf.asked = now.steady;
                    ask(self, shelf, now, max_age, &mut jobs)
                }
                None => Known::default(),
            }
        };
        self.spawn(&runtime, &key, jobs);
        known
    }

    /// Does something with the shelf of an identity, if it is still there, and begins what follows from it.
    pub(super) fn update<R>(
        self: &Arc<Self>,
        key: &Identity,
        change: impl FnOnce(&mut Shelf, Now, Duration, &mut Vec<Job>) -> R,
    ) -> Option<R> {
        let (now, mut jobs) = (self.now(), Vec::new());
        let result = {
            let mut state = self.lock();
            let max_age = state.max_age;
            let shelf = state.shelves.get_mut(key)?;
            let result = change(shelf, now, max_age, &mut jobs);
            let may_write = shelf.on_disk && shelf.dirty && !shelf.writing && shelf.account().is_some();
            if may_write && shelf.is_quiet() {
                (shelf.dirty, shelf.writing) = (false, true);
                jobs.push(Job::Write);
            }
            state.shrink(now, &mut jobs);
            result
        };
        if let Some(runtime) = self.runtime() {
            self.spawn(&runtime, key, jobs);
        }
        Some(result)
    }

    /// Returns about how many bytes a list may take; `own` is what it takes by now.
    pub(super) fn room(&self, own: usize) -> usize {
        let all: usize = self.lock().shelves.values().map(Shelf::weight_of_many).sum();
        MOST_BYTES.saturating_sub(all.saturating_sub(own)).max(LEAST_BYTES)
    }

    fn spawn(self: &Arc<Self>, runtime: &Handle, key: &Identity, jobs: Vec<Job>) {
        for job in jobs {
            let (keeper, key) = (Arc::clone(self), key.clone());
            match job {
                Job::Fetch { list, id } => keeper.fetch(runtime, key, list, id),
                Job::Load => drop(runtime.spawn_blocking(move || keeper.load(&key))),
                Job::Look => drop(runtime.spawn_blocking(move || keeper.look(&key))),
                Job::Write => drop(runtime.spawn_blocking(move || keeper.write(&key))),
                Job::Drop(forgotten) => drop(runtime.spawn_blocking(move || drop(forgotten))),
            }
        }
    }

    fn fetch(self: Arc<Self>, runtime: &Handle, key: Identity, list: List, id: u64) {
        macro_rules! run {
            ($($list:pat => $type:ty,)*) => {
                match &list {
                    $($list => drop(runtime.spawn(fetch::run::<$type>(self, key, list, id))),)*
                }
            };
        }
        run! {
            List::Caller => Caller,
            List::Connections => Connection,
            List::Roles => Role,
            List::SecurityConfigurations => SecurityConfiguration,
            List::Sessions => SessionFact,
            List::Subnets(_) => Subnet,
            List::Databases => Database,
            List::Tables(_) => Table,
            List::Objects(_) => S3Entry,
        }
    }

    /// Fetches again what was asked before, of one identity or of all.
    pub(super) fn refresh(self: &Arc<Self>, identity: Option<&Identity>) {
        self.source.renew();
        let keys: Vec<Identity> = match identity {
            Some(identity) => vec![key_of(identity).into_owned()],
            None => self.lock().shelves.keys().cloned().collect(),
        };
        for key in keys {
            self.update(&key, |shelf, now, max_age, jobs| {
                shelf.refresh(now);
                shelf.start_wanted(now, max_age, &self.ids, jobs);
            });
        }
    }

    /// Takes note that a call of an identity went well.
    pub(super) fn succeeded(self: &Arc<Self>, identity: &Identity) {
        self.update(&key_of(identity), |shelf, now, max_age, jobs| {
            shelf.signed_in(now);
            shelf.start_wanted(now, max_age, &self.ids, jobs);
        });
    }

    fn place(&self, key: &Identity) -> Option<Place> {
        Place::of(self.folder.as_deref()?, key, self.source.surroundings(key))
    }

    /// Takes over what is on disk. Blocks.
    fn load(self: &Arc<Self>, key: &Identity) {
        let Some(copy) = self.place(key).and_then(|place| disk::read(&place, self.now().wall)) else { return };
        if self.update(key, |shelf, now, _, _| shelf.take_over(copy, now)) == Some(true) {
            self.tell(key);
        }
    }

    /// Looks whether somebody has signed in, and if so, fetches what could not be fetched before. Blocks.
    fn look(self: &Arc<Self>, key: &Identity) {
        let mark = Some(self.source.mark());
        let signed_in = self.update(key, |shelf, _, _, _| shelf.mark != mark) == Some(true);
        if signed_in {
            self.source.renew();
        }
        self.update(key, |shelf, now, max_age, jobs| {
            shelf.looking = false;
            if signed_in {
                shelf.mark = mark;
                shelf.signed_in(now);
                shelf.start_wanted(now, max_age, &self.ids, jobs);
            }
        });
    }

    /// Writes to disk what is to be written of an identity. Blocks.
    fn write(self: &Arc<Self>, key: &Identity) {
        self.save(key);
        self.update(key, |shelf, _, _, _| shelf.writing = false);
    }

    fn save(&self, key: &Identity) {
        let now = self.now();
        let copy = self.lock().shelves.get(key).and_then(|shelf| shelf.copy(now));
        let (Some(copy), Some(place)) = (copy, self.place(key)) else { return };
        if let Err(error) = disk::write(&place, &copy, now.wall) {
            tracing::debug!(%error, "what is known of an account could not be kept");
        }
        if let Some(folder) = self.folder.as_deref().filter(|_| !self.tidied.swap(true, Ordering::Relaxed)) {
            disk::tidy(folder);
        }
    }

    /// Writes to disk what is to be written. Blocks.
    pub(super) fn flush(&self) {
        let mut keys = Vec::new();
        for (key, shelf) in &mut self.lock().shelves {
            if shelf.on_disk && (shelf.dirty || shelf.writing) && shelf.account().is_some() {
                shelf.dirty = false;
                keys.push(key.clone());
            }
        }
        keys.iter().for_each(|key| self.save(key));
    }
}
