//! Fetching one list, page by page.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::keeper::Keeper;
use super::list::{List, Listed, Page, Words};
use super::shelf::Gate;
use super::slot::{Now, is_of_every_call};
use crate::aws::Identity;
use crate::model::account::{Caller, Trouble, TroubleKind};

/// The most items of a list.
const MOST_ITEMS: usize = 20_000;

/// The most pages of a list: pages may be empty.
const MOST_PAGES: usize = 1_000;

/// About how many bytes a list may take.
const MOST_BYTES: usize = 24 * 1024 * 1024;

/// Up to how many items every page is shown as it comes. After that it is shown when it has grown by half, for
/// what is shown is a copy.
const SHOWN_AT_ONCE: usize = 1_000;

/// A fetch that is under way.
struct Fetch {
    keeper: Arc<Keeper>,
    key: Identity,
    list: List,
    id: u64,
    began: Now,
}

/// How a fetch can end before its list does.
enum End {
    /// The list is fetched anew, or was forgotten.
    Superseded,
    Failed(Arc<Trouble>),
}

impl From<Trouble> for End {
    fn from(trouble: Trouble) -> Self {
        End::Failed(Arc::new(trouble))
    }
}

/// Fetches a list.
pub(super) async fn run<T: Listed>(keeper: Arc<Keeper>, key: Identity, list: List, id: u64) {
    let began = keeper.now();
    let fetch = Fetch { keeper, key, list, id, began };
    match fetch.pages::<T>().await {
        Ok((items, cut)) => fetch.done(items, cut),
        Err(End::Superseded) => {}
        Err(End::Failed(trouble)) => {
            if fetch.failed(trouble) {
                fetch.keeper.tell(&fetch.key);
            }
        }
    }
}

impl Fetch {
    /// Returns all items, and whether some are missing.
    async fn pages<T: Listed>(&self) -> Result<(Vec<T>, bool), End> {
        let mut items: Vec<T> = Vec::new();
        if matches!(&self.list, List::Subnets(ids) if ids.is_empty()) {
            return Ok((items, false));
        }
        let gate = self.gate()?;
        let place = gate.places.acquire().await;
        self.check()?;
        let older = self.shown::<T>()?;
        let (mut weight, mut shown, mut told) = (0, 0, false);
        let (mut tokens, mut words) = (HashSet::new(), Words::default());
        let mut page = self.first(&gate).await?;
        for number in 1.. {
            self.check()?;
            let most = if self.list.is_one_of_many() { self.keeper.room(self.weight()) } else { MOST_BYTES };
            for mut item in T::of(page.items).ok_or_else(misplaced)? {
                weight += item.weight();
                if items.len() == MOST_ITEMS || weight > most.min(MOST_BYTES) {
                    return Ok((items, true));
                }
                let index = older.binary_search_by(|older| older.name().cmp(item.name())).ok();
                item.share(index.and_then(|index| older.get(index)), &mut words);
                items.push(item);
            }
            let Some(next) = page.next.filter(|next| !next.is_empty()) else { break };
            if number == MOST_PAGES || !tokens.insert(next.clone()) {
                return Ok((items, true));
            }
            if items.len() > shown && (items.len() <= SHOWN_AT_ONCE || items.len() >= shown + shown / 2) {
                shown = items.len();
                if self.show(in_order(items.clone()), weight)? && !told {
                    told = true;
                    self.keeper.tell(&self.key);
                }
            }
            page = self.keeper.source.page(&self.key, &self.list, Some(next)).await?;
        }
        drop(place);
        Ok((items, false))
    }

    /// Returns the first page. As long as nobody knows whether the credentials are good, one list is fetched at a
    /// time: a program that gives credentials, or a browser that it opens, is not started for each.
    async fn first(&self, gate: &Gate) -> Result<Page, End> {
        // Asked again after a while.
        if self.list == List::Caller && !self.shown::<Caller>()?.is_empty() {
            self.notice_edits().await;
        }
        if !self.is_open()? {
            let first = gate.first.lock().await;
            if !self.is_open()? {
                return self.try_credentials().await;
            }
            drop(first);
        }
        Ok(self.keeper.source.page(&self.key, &self.list, None).await?)
    }

    /// Has environment and files read again if they have changed since the credentials were tried: they may lead to
    /// another account by now, though the old ones are as good as before.
    async fn notice_edits(&self) {
        let source = Arc::clone(&self.keeper.source);
        let mark = tokio::task::spawn_blocking(move || source.mark()).await.ok();
        let edited = self.keeper.update(&self.key, |shelf, _, _, _| {
            let edited = shelf.open && shelf.mark != mark;
            if edited {
                shelf.mark = mark;
            }
            edited
        });
        if edited == Some(true) {
            self.keeper.source.renew();
        }
    }

    async fn try_credentials(&self) -> Result<Page, End> {
        let source = Arc::clone(&self.keeper.source);
        let mark = tokio::task::spawn_blocking(move || source.mark()).await.ok();
        let page = self.keeper.source.page(&self.key, &self.list, None).await.map_err(Arc::new);
        let obstacle = page.as_ref().err().filter(|trouble| is_of_every_call(trouble)).cloned();
        let later = self.keeper.ids.load(Ordering::Relaxed);
        self.keeper.update(&self.key, |shelf, _, _, _| {
            if shelf.meta(&self.list).is_none_or(|meta| meta.fetch != Some(self.id)) {
                return;
            }
            shelf.mark = mark;
            shelf.open = obstacle.is_none();
            shelf.obstacle = obstacle.map(|trouble| (trouble, later));
        });
        page.map_err(End::Failed)
    }

    fn gate(&self) -> Result<Arc<Gate>, End> {
        let state = self.keeper.lock();
        state.shelves.get(&self.key).map(|shelf| Arc::clone(&shelf.gate)).ok_or(End::Superseded)
    }

    /// Returns whether the credentials are known to be good.
    fn is_open(&self) -> Result<bool, End> {
        self.check()?;
        let state = self.keeper.lock();
        let shelf = state.shelves.get(&self.key).ok_or(End::Superseded)?;
        match &shelf.obstacle {
            Some((trouble, later)) if !shelf.open && self.id < *later => Err(End::Failed(Arc::clone(trouble))),
            _ => Ok(shelf.open),
        }
    }

    /// Returns an error if this fetch does not count any more.
    fn check(&self) -> Result<(), End> {
        let mut state = self.keeper.lock();
        let meta = state.shelves.get_mut(&self.key).and_then(|shelf| shelf.meta(&self.list));
        if meta.is_some_and(|meta| meta.fetch == Some(self.id)) { Ok(()) } else { Err(End::Superseded) }
    }

    fn weight(&self) -> usize {
        let mut state = self.keeper.lock();
        let meta = state.shelves.get_mut(&self.key).and_then(|shelf| shelf.meta(&self.list));
        meta.map_or(0, |meta| meta.weight)
    }

    /// Returns the items that are shown now.
    fn shown<T: Listed>(&self) -> Result<Arc<[T]>, End> {
        let mut state = self.keeper.lock();
        let slot = state.shelves.get_mut(&self.key).and_then(|shelf| T::slot(shelf, &self.list));
        slot.map(|slot| Arc::clone(&slot.items)).ok_or(End::Superseded)
    }

    /// Shows what has come so far, unless more is shown already. Returns whether it did.
    fn show<T: Listed>(&self, items: Arc<[T]>, weight: usize) -> Result<bool, End> {
        let mut old = None;
        let shown = self.keeper.update(&self.key, |shelf, _, _, _| {
            let slot = T::slot(shelf, &self.list).filter(|slot| slot.meta.fetch == Some(self.id))?;
            if slot.meta.complete || items.len() < slot.items.len() {
                return Some(false);
            }
            slot.meta.partly(self.began, weight);
            old = Some(std::mem::replace(&mut slot.items, items));
            Some(true)
        });
        drop(old);
        shown.flatten().ok_or(End::Superseded)
    }

    fn done<T: Listed>(&self, items: Vec<T>, cut: bool) {
        let weight = items.iter().map(T::weight).sum();
        let items = in_order(items);
        let subnets = T::subnets(&items);
        let caller = T::caller(&items).cloned();
        let mut old = None;
        let done = self.keeper.update(&self.key, |shelf, now, max_age, jobs| {
            let before = shelf.account().map(|(account, region)| (account.to_owned(), region.to_owned()));
            let Some(slot) = T::slot(shelf, &self.list).filter(|slot| slot.meta.fetch == Some(self.id)) else {
                return false;
            };
            slot.meta.fetched(self.began, now, !cut);
            slot.meta.weight = weight;
            old = Some(std::mem::replace(&mut slot.items, items));
            if let Some(caller) = caller {
                let whose = Some((caller.account, caller.region));
                if before.is_some() && before != whose {
                    shelf.forget();
                } else if shelf.disk_account.is_some() && shelf.disk_account != whose {
                    shelf.forget_disk();
                }
            }
            if subnets.is_some() {
                shelf.subnet_ids = subnets;
            }
            shelf.dirty |= self.list.is_kept();
            shelf.open = true;
            shelf.obstacle = None;
            shelf.signed_in(now);
            shelf.start_wanted_after(now, max_age, &self.keeper.ids, jobs);
            true
        });
        drop(old);
        if done == Some(true) {
            self.keeper.tell(&self.key);
        }
    }

    /// Takes note of a failure. Returns whether this fetch still counted.
    fn failed(&self, trouble: Arc<Trouble>) -> bool {
        let of_every_call = is_of_every_call(&trouble);
        let failed = self.keeper.update(&self.key, |shelf, now, max_age, jobs| {
            // Who has signed in while this was under way has done what it would wait for.
            let signed_in = shelf.has_succeeded_since(self.began);
            let Some(meta) = shelf.meta(&self.list).filter(|meta| meta.fetch == Some(self.id)) else { return false };
            meta.failed(trouble, now, max_age);
            if signed_in {
                meta.signed_in(now);
                shelf.start_wanted(now, max_age, &self.keeper.ids, jobs);
            } else if of_every_call {
                shelf.open = false;
            }
            true
        });
        failed == Some(true)
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        // What is broken must not look as if it were still on its way. At any other time this does not count any more.
        if std::thread::panicking() {
            self.failed(Arc::new(broken("fetching it broke off")));
        }
    }
}

fn broken(message: &str) -> Trouble {
    Trouble {
        kind: TroubleKind::Other,
        message: message.to_owned(),
        remedy: "refresh the account".to_owned(),
        retryable: true,
        requires_reauth: false,
    }
}

fn misplaced() -> End {
    End::from(broken("the answer is of another list"))
}

/// Returns items in order of their names, each name once.
fn in_order<T: Listed>(mut items: Vec<T>) -> Arc<[T]> {
    items.sort_by(|one, other| one.name().cmp(other.name()));
    items.dedup_by(|one, other| one.name() == other.name());
    items.into()
}
