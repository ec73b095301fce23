//! What is known of one identity.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

use super::disk;
use super::list::{List, Listed};
use super::slot::{Due, Meta, Now, Slot};
use crate::aws::Access;
use crate::aws::Identity;
use crate::model::account::{
    Caller, Connection, Database, Known, Role, S3Entry, SecurityConfiguration, SessionFact, Status, Subnet, Table,
    Trouble, TroubleKind,
};

/// The most lists of tables, and the most places in S3, of one identity.
const MOST_OF_MANY: usize = 32;

/// How many lists of an identity are fetched at once.
const MOST_FETCHES: usize = 4;

/// What was asked for within this time is not forgotten for something else: where more is asked for again and again
/// than can be kept, fetching would never end.
pub(super) const IN_USE: Duration = Duration::from_secs(10);

/// How often the user's files are looked at, at most, for whether somebody has signed in.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Work for the background.
#[derive(Debug)]
pub(super) enum Job {
    /// Fetches a list; the number tells this fetch from others of it.
    Fetch { list: List, id: u64 },
    /// Reads what is on disk.
    Load,
    /// Looks whether somebody has signed in.
    Look,
    /// Writes to disk.
    Write,
    /// Gives back the memory of what was forgotten: that may take longer than anybody who asks may wait.
    Drop(Box<dyn Any + Send>),
}

/// What fetches of one identity share.
#[derive(Debug)]
pub(super) struct Gate {
    /// How many may go on at once.
    pub(super) places: Semaphore,
    /// Held by the one that finds out whether the credentials are good.
    pub(super) first: Mutex<()>,
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self { places: Semaphore::new(MOST_FETCHES), first: Mutex::new(()) })
    }
}

/// What is known of one identity.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) caller: Slot<Caller>,
    pub(super) connections: Slot<Connection>,
    pub(super) roles: Slot<Role>,
    pub(super) security_configurations: Slot<SecurityConfiguration>,
    pub(super) sessions: Slot<SessionFact>,
    pub(super) subnets: Slot<Subnet>,
    pub(super) databases: Slot<Database>,
    pub(super) tables: HashMap<String, Slot<Table>>,
    pub(super) objects: HashMap<String, Slot<S3Entry>>,
    /// The subnets of the connections, once those are known.
    pub(super) subnet_ids: Option<Arc<[String]>>,
    /// The subnets that were last fetched.
    fetched_subnets: Option<Arc<[String]>>,
    /// When anything of it was last asked for.
    pub(super) asked: Instant,
    pub(super) gate: Arc<Gate>,
    /// Whether a call has shown that the credentials are good, so that others may be made at the same time.
    pub(super) open: bool,
    /// What is wrong with the credentials, for the fetches before the one with this number.
    pub(super) obstacle: Option<(Arc<Trouble>, u64)>,
    /// What told, before the credentials were last found good or bad, whether somebody has signed in since.
    pub(super) mark: Option<u64>,
    looked: Option<Instant>,
    pub(super) looking: bool,
    /// Whether something is to be written to disk.
    pub(super) dirty: bool,
    pub(super) writing: bool,
    /// The account and the region of what came from disk.
    pub(super) disk_account: Option<(String, String)>,
    /// Whether it may be on disk at all.
    pub(super) on_disk: bool,
    /// Whether the caller is looked up with the first list: other credentials may stand in the same place tomorrow.
    may_change: bool,
}

impl Shelf {
    pub(super) fn new(identity: &Identity, folder: bool, now: Now) -> Self {
        let keys = matches!(identity.access, Access::Keys(_));
        Self {
            caller: Slot::default(),
            connections: Slot::default(),
            roles: Slot::default(),
            security_configurations: Slot::default(),
            sessions: Slot::default(),
            subnets: Slot::default(),
            databases: Slot::default(),
            tables: HashMap::new(),
            objects: HashMap::new(),
            subnet_ids: None,
            fetched_subnets: None,
            asked: now.steady,
            gate: Gate::new(),
            open: false,
            obstacle: None,
            mark: None,
            looked: None,
            looking: false,
            dirty: false,
            writing: false,
            disk_account: None,
            on_disk: folder && !keys,
            may_change: !keys,
        }
    }

    /// Returns what is known of a list besides its items.
    pub(super) fn meta(&mut self, list: &List) -> Option<&mut Meta> {
        Some(match list {
            List::Caller => &mut self.caller.meta,
            List::Connections => &mut self.connections.meta,
            List::Roles => &mut self.roles.meta,
            List::SecurityConfigurations => &mut self.security_configurations.meta,
            List::Sessions => &mut self.sessions.meta,
            List::Subnets(_) => &mut self.subnets.meta,
            List::Databases => &mut self.databases.meta,
            List::Tables(database) => &mut self.tables.get_mut(database)?.meta,
            List::Objects(prefix) => &mut self.objects.get_mut(prefix)?.meta,
        })
    }

    fn metas(&mut self) -> impl Iterator<Item = &mut Meta> {
        let single = [
            &mut self.caller.meta,
            &mut self.connections.meta,
            &mut self.roles.meta,
            &mut self.security_configurations.meta,
            &mut self.sessions.meta,
            &mut self.subnets.meta,
            &mut self.databases.meta,
        ];
        let tables = self.tables.values_mut().map(|slot| &mut slot.meta);
        let objects = self.objects.values_mut().map(|slot| &mut slot.meta);
        single.into_iter().chain(tables).chain(objects)
    }

    /// Returns the lists that were asked for.
    fn wanted(&mut self) -> Vec<List> {
        let single = [List::Caller, List::Connections, List::Roles, List::SecurityConfigurations, List::Sessions];
        let subnets = self.subnet_ids.clone().map(List::Subnets);
        let tables = self.tables.keys().cloned().map(List::Tables);
        let objects = self.objects.keys().cloned().map(List::Objects);
        let mut lists: Vec<List> = single.into_iter().chain([List::Databases]).chain(subnets).collect();
        lists.extend(tables.chain(objects));
        lists.retain(|list| self.meta(list).is_some_and(|meta| meta.asked.is_some()));
        lists
    }

    /// Makes room for a list of which there can be many. Returns whether there is any.
    pub(super) fn make_room(&mut self, list: &List, now: Now, jobs: &mut Vec<Job>) -> bool {
        match list {
            List::Tables(database) => room_for(&mut self.tables, database, now, jobs),
            List::Objects(prefix) => room_for(&mut self.objects, prefix, now, jobs),
            _ => true,
        }
    }

    /// Begins the fetch of a list if it is due.
    pub(super) fn start(&mut self, list: &List, now: Now, max_age: Duration, ids: &AtomicU64, jobs: &mut Vec<Job>) {
        if let List::Subnets(wanted) = list
            && self.fetched_subnets.as_ref().is_some_and(|fetched| fetched != wanted)
        {
            self.subnets.meta.stale = true;
        }
        let Some(meta) = self.meta(list) else { return };
        match meta.due(now, list.limit(max_age)) {
            Due::No => {}
            Due::Yes => {
                let id = ids.fetch_add(1, Ordering::Relaxed);
                meta.fetch = Some(id);
                if let List::Subnets(wanted) = list {
                    self.fetched_subnets = Some(Arc::clone(wanted));
                }
                jobs.push(Job::Fetch { list: list.clone(), id });
            }
            Due::IfSignedIn => {
                let recently = |looked: Instant| now.steady.saturating_duration_since(looked) < LOOK_EVERY;
                if !self.looking && !self.looked.is_some_and(recently) {
                    self.looking = true;
                    self.looked = Some(now.steady);
                    jobs.push(Job::Look);
                }
            }
        }
    }

    /// Begins the fetch of the caller if it is due, and matters.
    pub(super) fn start_caller(&mut self, now: Now, max_age: Duration, ids: &AtomicU64, jobs: &mut Vec<Job>) {
        if self.may_change {
            self.caller.meta.asked = Some(now.steady);
            self.start(&List::Caller, now, max_age, ids, jobs);
        }
    }

    /// Begins the fetches of everything that was asked for and is due.
    pub(super) fn start_wanted(&mut self, now: Now, max_age: Duration, ids: &AtomicU64, jobs: &mut Vec<Job>) {
        for list in self.wanted() {
            self.start(&list, now, max_age, ids, jobs);
        }
    }

    /// Begins what waited for a list that was fetched now: the subnets for the connections, whatever was failed for
    /// want of credentials for anything, and everything where another account was found.
    pub(super) fn start_wanted_after(&mut self, now: Now, max_age: Duration, ids: &AtomicU64, jobs: &mut Vec<Job>) {
        for list in self.wanted() {
            let waited = self.meta(&list).is_some_and(|meta| meta.failure.is_some() || meta.when.is_none());
            if waited || matches!(list, List::Subnets(_)) {
                self.start(&list, now, max_age, ids, jobs);
            }
        }
    }

    /// Takes note that nothing is what it was, and that what is under way does not count.
    pub(super) fn refresh(&mut self, now: Now) {
        for meta in self.metas() {
            meta.fetch = None;
            meta.refresh(now);
        }
        // What is under way may hang, and is not waited for.
        self.gate = Gate::new();
        self.open = false;
    }

    /// Lets what failed for want of credentials be fetched again.
    pub(super) fn signed_in(&mut self, now: Now) {
        self.metas().for_each(|meta| meta.signed_in(now));
    }

    /// Returns whether a list was fetched to its end since then.
    pub(super) fn has_succeeded_since(&mut self, then: Now) -> bool {
        self.metas().any(|meta| meta.failure.is_none() && meta.ended.is_some_and(|ended| ended > then.steady))
    }

    /// Forgets all that is known, for it is of another account.
    pub(super) fn forget(&mut self) {
        self.connections.reset();
        self.roles.reset();
        self.security_configurations.reset();
        self.sessions.reset();
        self.subnets.reset();
        self.databases.reset();
        self.tables.values_mut().for_each(|slot| drop(slot.reset()));
        self.objects.values_mut().for_each(|slot| drop(slot.reset()));
        self.subnet_ids = None;
        self.fetched_subnets = None;
        self.disk_account = None;
    }

    /// Forgets what came from disk.
    pub(super) fn forget_disk(&mut self) {
        fn forget<T>(slot: &mut Slot<T>) {
            if slot.meta.from_disk {
                slot.items = Arc::new([]);
                let meta = &mut slot.meta;
                (meta.from_disk, meta.complete, meta.when) = (false, false, None);
            }
        }
        forget(&mut self.connections);
        forget(&mut self.roles);
        forget(&mut self.security_configurations);
        forget(&mut self.subnets);
        forget(&mut self.databases);
        self.disk_account = None;
    }

    /// Returns whether nothing is being fetched.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.metas().all(|meta| meta.fetch.is_none())
    }

    /// Returns the account and the region, as the caller's identity told in this process.
    pub(super) fn account(&self) -> Option<(&str, &str)> {
        let caller = self.caller.items.first()?;
        Some((&caller.account, &caller.region))
    }

    /// Returns the subnets as they are known while those of the connections are not.
    pub(super) fn subnets_before(&self, now: Now, limit: Duration) -> Known<Subnet> {
        let status = match self.connections.meta.status() {
            Status::Ready => Status::Fetching,
            other => other,
        };
        Known { status, ..self.subnets.known(now, limit) }
    }

    /// Takes over what was on disk, for the lists of which nothing is known. Returns whether there was anything.
    pub(super) fn take_over(&mut self, copy: disk::Copy, now: Now) -> bool {
        if self.account().is_some_and(|(account, region)| (account, region) != (&*copy.account, &*copy.region)) {
            return false;
        }
        let taken = [
            copy.connections.is_some_and(|saved| saved.put(&mut self.connections, now)),
            copy.roles.is_some_and(|saved| saved.put(&mut self.roles, now)),
            copy.security_configurations.is_some_and(|saved| saved.put(&mut self.security_configurations, now)),
            copy.databases.is_some_and(|saved| saved.put(&mut self.databases, now)),
            copy.subnets.is_some_and(|saved| saved.put(&mut self.subnets, now)),
        ];
        let any = taken.contains(&true);
        if any {
            self.disk_account = Some((copy.account, copy.region));
        }
        any
    }

    /// Returns what is to be on disk; `None` if it is not known whose it is.
    pub(super) fn copy(&self, now: Now) -> Option<disk::Copy> {
        let (account, region) = self.account()?;
        Some(disk::Copy {
            account: account.to_owned(),
            region: region.to_owned(),
            connections: disk::Saved::of(&self.connections, now),
            roles: disk::Saved::of(&self.roles, now),
            security_configurations: disk::Saved::of(&self.security_configurations, now),
            databases: disk::Saved::of(&self.databases, now),
            subnets: disk::Saved::of(&self.subnets, now),
        })
    }

    /// Returns what keeps lists from being fetched, each trouble once.
    pub(super) fn troubles(&mut self) -> Vec<Arc<Trouble>> {
        let mut found: Vec<Arc<Trouble>> = Vec::new();
        let lists = self.wanted();
        for list in lists {
            let Some(failure) = self.meta(&list).and_then(|meta| meta.failure.as_ref()) else { continue };
            // A database that does not exist is no trouble of the account.
            let of_the_list = list.is_one_of_many() && failure.trouble.kind == TroubleKind::Other;
            if !of_the_list && !found.contains(&failure.trouble) {
                found.push(Arc::clone(&failure.trouble));
            }
        }
        found
    }

    /// Returns the lists of which there can be many, with when they were last asked for and their weight.
    pub(super) fn many(&self) -> impl Iterator<Item = (List, Option<Instant>, usize)> {
        let tables = self.tables.iter().map(|(name, slot)| (List::Tables(name.clone()), &slot.meta));
        let objects = self.objects.iter().map(|(name, slot)| (List::Objects(name.clone()), &slot.meta));
        tables.chain(objects).map(|(list, meta)| (list, meta.asked, meta.weight))
    }

    /// Returns about how many bytes the lists of which there can be many take.
    pub(super) fn weight_of_many(&self) -> usize {
        let tables = self.tables.values().map(|slot| slot.meta.weight);
        tables.chain(self.objects.values().map(|slot| slot.meta.weight)).sum()
    }

    /// Forgets one of them. What it held is returned, to be dropped where nobody waits.
    pub(super) fn remove(&mut self, list: &List) -> Option<Job> {
        match list {
            List::Tables(name) => self.tables.remove(name).map(|slot| Job::Drop(Box::new(slot))),
            List::Objects(name) => self.objects.remove(name).map(|slot| Job::Drop(Box::new(slot))),
            _ => None,
        }
    }
}

fn room_for<T: Listed>(slots: &mut HashMap<String, Slot<T>>, name: &str, now: Now, jobs: &mut Vec<Job>) -> bool {
    if slots.contains_key(name) {
        return true;
    }
    if slots.len() >= MOST_OF_MANY {
        let oldest = slots.iter().min_by_key(|(_, slot)| slot.meta.asked).map(|(name, slot)| (name, slot.meta.asked));
        let Some((oldest, asked)) = oldest else { return false };
        if asked.is_some_and(|asked| now.steady.saturating_duration_since(asked) < IN_USE) {
            return false;
        }
        let oldest = oldest.clone();
        jobs.extend(slots.remove(&oldest).map(|slot| Job::Drop(Box::new(slot))));
    }
    slots.insert(name.to_owned(), Slot::default());
    true
}
