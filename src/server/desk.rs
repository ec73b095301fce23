//! What commands work with: documents, runs, the client, and where the user was last.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tokio::sync::watch;
use tower_lsp_server::Client;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::connect::offers;
use crate::host;
use crate::host::project::Report;
use crate::run::explain::Need;
use crate::run::record::{SessionRecord, Unreadable};
use crate::run::{CellFailure, EngineName, Runner};
use crate::settings::{Engine, Settings, Source, Warm};
use crate::text::Position;

use super::accounts::{Names, folder_to_trust};
use super::capabilities::ClientSupport;
use super::observed::{self, Observer};
use super::publish::Dirty;
use super::runs::{Runnable, Runs, lock, name};
use super::scripts;
use super::view::View;
use super::world::{Others, Touched, World};

/// How often it is looked whether a document that is edited needs Spark: all its cells are looked at for that.
const LOOKS: Duration = Duration::from_secs(5);

/// How many actions a document has at most: twice as many as sessions are listed.
const MOST_OFFERS: usize = 200;

/// What commands work with. Clones share it.
#[derive(Clone)]
pub(super) struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    world: Mutex<World>,
    names: Arc<Names>,
    runs: Runs,
    observer: Observer,
    dirty: Dirty,
    support: OnceLock<ClientSupport>,
    /// The folder that is open.
    root: OnceLock<Option<PathBuf>>,
    /// The client's process, as it says.
    client_process: watch::Sender<Option<u32>>,
    last: Mutex<Option<(String, Option<Position>)>>,
    /// Held while a notebook is written that is edited as a script.
    saving: tokio::sync::Mutex<()>,
    /// When it was last looked whether a document that is edited needs Spark.
    looked: Mutex<Option<Instant>>,
    /// What `initialize` and the client's configuration said last, in this order.
    given: Mutex<[Option<Json>; 2]>,
    /// What was last said about the settings.
    complaints: Mutex<Vec<String>>,
    /// What users can do next, by document, for clients that show no choices.
    offered: Mutex<HashMap<String, Vec<Json>>>,
}

impl Desk {
    pub(super) fn new(client: Client, runs: Runs) -> Desk {
        let names = Arc::new(Names::default());
        Desk {
            inner: Arc::new(Inner {
                client,
                world: Mutex::new(World::new(Arc::clone(&names))),
                names,
                runs,
                observer: Observer::default(),
                dirty: Dirty::default(),
                support: OnceLock::new(),
                root: OnceLock::new(),
                client_process: watch::Sender::default(),
                last: Mutex::default(),
                saving: tokio::sync::Mutex::default(),
                looked: Mutex::default(),
                given: Mutex::default(),
                complaints: Mutex::default(),
                offered: Mutex::default(),
            }),
        }
    }

    /// Takes over what the client has said about itself, once.
    pub(super) fn begin(&self, support: ClientSupport, root: Option<PathBuf>) {
        let _ = self.inner.support.set(support);
        self.names().begin(self.runs().source(), root.clone());
        let _ = self.inner.root.set(root);
    }

    /// Returns where it is noted which process the client says it is.
    pub(super) fn client_process(&self) -> &watch::Sender<Option<u32>> {
        &self.inner.client_process
    }

    pub(super) fn client(&self) -> &Client {
        &self.inner.client
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        // A panic while the lock was held left documents as they were before or after an edit.
        lock(&self.inner.world)
    }

    pub(super) fn names(&self) -> &Arc<Names> {
        &self.inner.names
    }

    pub(super) fn runs(&self) -> &Runs {
        &self.inner.runs
    }

    /// Returns the notebooks whose cells other kernels run.
    pub(super) fn observer(&self) -> &Observer {
        &self.inner.observer
    }

    /// Returns what is held while a notebook is written.
    pub(super) fn saving(&self) -> &tokio::sync::Mutex<()> {
        &self.inner.saving
    }

    pub(super) fn dirty(&self) -> &Dirty {
        &self.inner.dirty
    }

    pub(super) fn support(&self) -> ClientSupport {
        self.inner.support.get().copied().unwrap_or_default()
    }

    pub(super) fn root(&self) -> Option<&Path> {
        self.inner.root.get()?.as_deref()
    }

    /// Takes note of where the user is. Clients that send no arguments with commands mean this place.
    pub(super) fn remember(&self, uri: &str, position: Option<Position>) {
        let mut last = lock(&self.inner.last);
        match &mut *last {
            // A request about the whole document says nothing about the place in it.
            Some((known, _)) if known == uri && position.is_none() => {}
            _ => *last = Some((uri.to_owned(), position)),
        }
    }

    /// Returns where the user was last.
    pub(super) fn last_place(&self) -> Option<(String, Option<Position>)> {
        lock(&self.inner.last).clone()
    }

    /// Returns a document as it is now, with what was found by running it.
    pub(super) fn view(&self, uri: &str) -> Option<View> {
        Some(self.view_and_version(uri)?.0)
    }

    /// Returns a document as it is now, with the version that the client gave it.
    pub(super) fn view_and_version(&self, uri: &str) -> Option<(View, Option<i32>)> {
        let (mut view, version, owner) = {
            let world = self.world();
            (world.view(uri)?, world.version(uri), world.owner(uri).to_owned())
        };
        view.add_failures(uri, &owner, &lock(&self.runs().results));
        Some((view, version))
    }

    /// Sends new diagnostics on their way. Never waits for the client.
    pub(super) fn show(&self, touched: Touched) {
        let support = self.support();
        if !support.pulls_diagnostics {
            let documents = self.world().all_touched(touched);
            self.inner.dirty.mark(documents);
        } else if touched.others != Others::None && support.refreshes_diagnostics {
            self.inner.dirty.mark_all();
        }
    }

    /// Sends the diagnostics of a notebook or text on their way once more: what was found by running has changed.
    pub(super) fn show_again(&self, uri: &str) {
        let documents = self.world().shown_in(uri);
        self.show(Touched { documents, others: Others::Notebook(uri.to_owned()) });
    }

    /// Takes a document for one of Glue's, because the user runs its cells as such; returns whether that is something
    /// new. Its cells may have other problems then.
    pub(super) fn adopt(&self, uri: &str) -> bool {
        let touched = self.world().adopt(uri);
        let new = touched != Touched::default();
        if new {
            self.show(touched);
        }
        new
    }

    /// Takes note of what a source of settings says.
    pub(super) fn give(&self, source: Source, value: Option<Json>) {
        let slot = if source == Source::Start { 0 } else { 1 };
        lock(&self.inner.given)[slot] = value;
    }

    /// Puts the settings together anew: `initialize`, then the client's configuration, then the project
    /// file.
    pub(super) fn settle(&self) {
        let given = lock(&self.inner.given).clone();
        let mut settings = Settings::default();
        let mut complaints = Vec::new();
        for (value, source) in given.iter().zip([Source::Start, Source::Client]) {
            if let Some(value) = value {
                complaints.extend(settings.merge(value, source, self.root()));
            }
        }
        if let Some(root) = self.root() {
            let reports = host::project::merge(&mut settings, root);
            complaints.extend(reports.iter().flat_map(Report::lines));
        }
        let before = std::mem::replace(&mut *lock(&self.inner.complaints), complaints.clone());
        for complaint in complaints.into_iter().filter(|complaint| !before.contains(complaint)) {
            self.log(lsp::MessageType::Warning, format!("glue-ls settings: {complaint}"));
        }
        self.names().configure(&settings);
        let touched = self.world().configure(settings);
        self.show(touched);
    }

    /// Takes note of as whom the cells of a document that were run would have a session made.
    pub(super) fn note_identity(&self, uri: &str) {
        // On this machine nobody is anybody.
        let runner = self.runs().existing(uri).filter(|runner| runner.engine().name() == EngineName::Aws);
        if let Some(runner) = runner
            && self.names().ran(uri, runner.identity())
        {
            self.accounts_changed();
        }
    }

    /// Has the connections of the account looked up that a cell could have had which failed for want of one: they are
    /// offered next.
    pub(super) fn warm_connections(&self, uri: &str, failure: &CellFailure) {
        let change = failure.explanation.as_ref().and_then(|explanation| explanation.change);
        if change.is_none_or(|change| change.need != Need::InVpc) {
            return;
        }
        let Some(document) = self.world().runnable(uri) else { return };
        let cell = (0..document.cells().len()).find(|&index| document.key(index) == failure.cell);
        if let Some(cell) = cell {
            // What is known by now is of no interest: asking is what has them fetched.
            drop(offers(&document.analysis.model, cell, &document.analysis.config().policy));
        }
    }

    /// Shows again what depends on what is known of accounts.
    pub(super) fn accounts_changed(&self) {
        let touched = self.world().accounts_changed();
        self.show(touched);
    }

    /// Returns the runner of a document. The policy is the one that holds at this moment, also that of project files
    /// between the document and the folder that is open.
    pub(super) fn runner(&self, document: &Runnable) -> Arc<Runner> {
        self.settle();
        let mut settings = self.world().settings().clone();
        if let Some(folder) = scripts::place(&document.uri).as_deref().and_then(Path::parent) {
            host::project::merge_policies(&mut settings, folder);
        }
        let runner = self.runs().runner(document, &settings, self.root());
        observed::hand_over(self, &document.uri, &runner);
        runner
    }

    /// Takes back the session that waits for a document, or those of all that are open, so that they are not stopped. Nobody
    /// is asked but the folder of records, and nothing happens where documents are not run on AWS.
    pub(super) fn take_back(&self, uri: Option<&str>) {
        if self.world().settings().engine != Engine::Aws {
            return;
        }
        let Some(records) = self.runs().records() else { return };
        let missing = |uri: &String| self.runs().existing(uri).is_none();
        let open = uri.map_or_else(|| self.world().open_uris(), |uri| vec![uri.to_owned()]);
        let open: Vec<String> = open.into_iter().filter(missing).collect();
        if open.is_empty() {
            return;
        }
        let desk = self.clone();
        tokio::spawn(async move {
            let waits = move || open.into_iter().filter(|uri| !records.waiting(&name(uri)).is_empty()).collect();
            let waiting: Vec<String> = tokio::task::spawn_blocking(waits).await.unwrap_or_default();
            for uri in waiting {
                let Some(document) = desk.world().runnable(&uri) else { continue };
                let settings = desk.world().settings().clone();
                let trusted = settings.trusted.unwrap_or_else(|| desk.is_trusted(&uri, &settings));
                if trusted && document.obstacle().is_none() {
                    desk.runner(&document);
                }
            }
        });
    }

    /// Has Spark started for a document that was opened, where the user wants that, the document needs it and may be run.
    pub(super) fn warm(&self, uri: &str) {
        let settings = self.world().settings().clone();
        if settings.engine != Engine::Local || settings.local_warm != Warm::Open {
            return;
        }
        let (desk, uri) = (self.clone(), uri.to_owned());
        tokio::spawn(async move {
            let Some(document) = desk.world().runnable(&uri) else { return };
            let trusted = settings.trusted.unwrap_or_else(|| desk.is_trusted(&uri, &settings));
            let has_session = desk.runs().existing(&uri).is_some_and(|runner| runner.has_session());
            if trusted && !has_session && document.obstacle().is_none() && document.needs_spark() {
                desk.runs().keep_spare(&desk.runner(&document), &document);
            }
        });
    }

    /// The same for a document that was edited, now and then.
    pub(super) fn warm_again(&self, uri: &str) {
        let mut looked = lock(&self.inner.looked);
        if looked.is_none_or(|last| last.elapsed() >= LOOKS) {
            *looked = Some(Instant::now());
            drop(looked);
            self.warm(uri);
        }
    }

    /// Returns whether the user trusts the folder that a document is in.
    pub(super) fn is_trusted(&self, uri: &str, settings: &Settings) -> bool {
        let Some(place) = scripts::place(uri).or_else(|| self.root().map(Path::to_owned)) else { return false };
        host::trust::is_trusted(&place, &settings.trusted_folders)
    }

    /// Returns the folder to trust so that a document can be run: the open one that holds it, else its own.
    pub(super) fn folder_to_trust(&self, uri: &str) -> Option<PathBuf> {
        folder_to_trust(self.root(), uri)
    }

    /// Returns what earlier runs may have left behind, oldest first.
    pub(super) async fn survivors(&self) -> Vec<SessionRecord> {
        let Some(records) = self.runs().records() else { return Vec::new() };
        let found = tokio::task::spawn_blocking(move || records.survivors()).await;
        found.unwrap_or_default()
    }

    /// Returns what lies among the records of sessions and cannot be read.
    pub(super) async fn unreadable_records(&self) -> Vec<Unreadable> {
        let Some(records) = self.runs().records() else { return Vec::new() };
        let found = tokio::task::spawn_blocking(move || records.all().1).await;
        found.unwrap_or_default()
    }

    /// Tells the user something, without anybody waiting for it.
    pub(super) fn say(&self, kind: lsp::MessageType, text: String) {
        let client = self.client().clone();
        tokio::spawn(async move { client.show_message(kind, text).await });
    }

    /// Takes note of what can be done next: actions, each with the document that it is meant for. They stand among the code
    /// actions of that document until the next command, for clients that show no choice.
    pub(super) fn offer(&self, actions: impl IntoIterator<Item = Json>) {
        for action in actions {
            let Some(uri) = action["arguments"][0]["uri"].as_str().map(str::to_owned) else { continue };
            if !self.world().is_open(&uri) {
                continue;
            }
            let mut offered = lock(&self.inner.offered);
            let known = offered.entry(uri).or_default();
            if known.len() < MOST_OFFERS && !known.contains(&action) {
                known.push(action);
            }
        }
    }

    /// Returns what can be done next about a document, as far as its user could not choose yet.
    pub(super) fn offered(&self, uri: &str) -> Vec<Json> {
        let owner = self.world().owner(uri).to_owned();
        lock(&self.inner.offered).get(&owner).cloned().unwrap_or_default()
    }

    /// Forgets what could be done next about a document.
    pub(super) fn withdraw_offers(&self, uri: &str) {
        let owner = self.world().owner(uri).to_owned();
        lock(&self.inner.offered).remove(&owner);
    }

    /// Tells the user something, in a log that does not get into the way.
    pub(super) fn log(&self, kind: lsp::MessageType, text: String) {
        let client = self.client().clone();
        tokio::spawn(async move { client.log_message(kind, text).await });
    }
}
