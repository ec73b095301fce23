//! The time between the end of a window and the end of its sessions.
//!
//! Whose turn it is, the record says, and it is changed under the folder's lock only: a window that comes back takes
//! the session as long as the grace lasts; whoever ends the grace may stop the session from then on, and nobody else
//! gets it. So of all that try, one succeeds.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::platform::Life;

use super::{LONGEST_DOCUMENT, Owner, RecordState, RecordedIdentity, Records, SessionRecord, now, shown};

/// What becomes of a session whose window has gone and may come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grace {
    /// When it is stopped, in seconds since 1970; `None`: it is left to its own timeouts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

impl Grace {
    /// Returns a grace of so many seconds from now on.
    pub fn of(seconds: u64) -> Grace {
        Grace { until: Some(now().saturating_add(seconds)) }
    }
}

impl SessionRecord {
    /// Returns how many seconds are left until the session is stopped; `None` if its grace is over, or if there is none
    /// that ends.
    pub fn grace_left(&self) -> Option<u64> {
        self.grace?.until?.checked_sub(now()).filter(|left| *left > 0)
    }

    /// Returns whether the window that comes back may take the session.
    fn is_on_offer(&self) -> bool {
        let Some(grace) = self.grace else { return false };
        // Only what the service has confirmed: anything else may not exist.
        let whole = self.state == RecordState::Created && !self.keep;
        whole && (grace.until.is_none() || self.grace_left().is_some() || self.owner.life() == Life::Alive)
    }
}

impl RecordedIdentity {
    /// Returns whether a session of one could have been created by the other. An account that is not known fits any.
    pub fn fits(&self, other: &Self) -> bool {
        let accounts = self.account.as_ref().zip(other.account.as_ref());
        accounts.is_none_or(|(mine, others)| mine == others)
            && (&self.profile, &self.region, &self.role_arn) == (&other.profile, &other.region, &other.role_arn)
            && self.endpoint.as_deref().map(super::bare) == other.endpoint.as_deref().map(super::bare)
    }
}

impl Records {
    /// Returns the sessions of a document that wait for it to come back, the newest first. A document that has no place
    /// of its own, such as one that was never saved, has none: another one may have its name.
    pub fn waiting(&self, document: &str) -> Vec<SessionRecord> {
        if !has_place(document) || !self.folder().exists() {
            return Vec::new();
        }
        let document = shown(document);
        let mut records = self.all().0;
        records.retain(|record| record.document.as_deref() == Some(&*document) && record.is_on_offer());
        records.reverse();
        records
    }

    /// Makes this process the owner of a session that waits for a document, the newest that `fits`, and returns its
    /// record. `None` if there is none, or if others were quicker.
    ///
    /// # Errors
    ///
    /// The record could not be read or written; then it belongs to whom it belonged before.
    pub fn take_over(
        &self,
        document: &str,
        fits: impl Fn(&SessionRecord) -> bool,
    ) -> io::Result<Option<SessionRecord>> {
        for found in self.waiting(document).into_iter().filter(&fits) {
            let _lock = self.store.lock(false)?;
            let Some(mut record) = self.store.read(&found.id)? else { continue };
            if !record.is_on_offer() || record.document != found.document || !fits(&record) {
                continue;
            }
            record.owner = Owner::this_process();
            record.grace = None;
            self.store.write(&record)?;
            return Ok(Some(record));
        }
        Ok(None)
    }

    /// Makes this process the owner of a session that `from` owns, and begins its grace. Returns whether it was so.
    ///
    /// # Errors
    ///
    /// As those of [`Records::take_over`].
    pub fn adopt(&self, id: &str, from: &Owner, grace: Grace) -> io::Result<bool> {
        let adopted = self.change_if(id, |record| {
            let theirs = record.owner == *from && !record.keep;
            theirs.then(|| {
                record.owner = Owner::this_process();
                record.grace = Some(grace);
            })
        })?;
        Ok(adopted.is_some())
    }

    /// Begins the grace of a session of this process, which nobody looks after from now on. Returns whether it is one
    /// that is not to be kept.
    ///
    /// # Errors
    ///
    /// As those of [`Records::take_over`].
    pub fn leave(&self, id: &str, grace: Grace) -> io::Result<bool> {
        let left = self.change_if(id, |record| {
            let ours = record.owner == Owner::this_process() && !record.keep;
            ours.then(|| record.grace = Some(grace))
        })?;
        Ok(left.is_some())
    }

    /// Returns whether a session's grace goes on, in this process's hands.
    ///
    /// # Errors
    ///
    /// The record could not be read.
    pub fn is_in_grace(&self, id: &str) -> io::Result<bool> {
        let record = self.get(id)?;
        Ok(record.is_some_and(|record| record.grace.is_some() && record.owner == Owner::this_process()))
    }

    /// Ends the grace of a session in this process's hands: from now on it may be stopped, and nobody can take it over.
    /// `None` if it is not in its hands any more.
    ///
    /// # Errors
    ///
    /// As those of [`Records::take_over`]. The grace goes on.
    pub fn end_grace(&self, id: &str) -> io::Result<Option<SessionRecord>> {
        self.change_if(id, |record| {
            let ours = record.owner == Owner::this_process() && record.grace.is_some();
            ours.then(|| {
                record.grace = None;
                record.state = RecordState::Stopping;
            })
        })
    }

    /// Makes this process the owner of a session that the user attaches to, so that nobody else stops it meanwhile:
    /// of a survivor, and of one in its grace. It is kept from now on. Returns whether that was so.
    ///
    /// # Errors
    ///
    /// As those of [`Records::take_over`].
    pub fn attach(&self, id: &str) -> io::Result<bool> {
        let attached = self.change_if(id, |record| {
            let free = record.grace.is_some() || record.owner.life() == Life::Gone;
            free.then(|| {
                record.owner = Owner::this_process();
                record.grace = None;
                record.keep = true;
            })
        })?;
        Ok(attached.is_some())
    }

    /// Changes a record if `change` says that it is to be, and returns it as it is then.
    fn change_if(
        &self,
        id: &str,
        change: impl FnOnce(&mut SessionRecord) -> Option<()>,
    ) -> io::Result<Option<SessionRecord>> {
        if !self.folder().exists() {
            return Ok(None);
        }
        let _lock = self.store.lock(false)?;
        let Some(mut record) = self.store.read(id)? else { return Ok(None) };
        if change(&mut record).is_none() {
            return Ok(None);
        }
        self.store.write(&record)?;
        Ok(Some(record))
    }
}

/// Returns whether a document's name means this document and no other, also later.
fn has_place(document: &str) -> bool {
    let short = document.chars().count() < LONGEST_DOCUMENT;
    // What follows them is not written down.
    let whole_uri = document.contains("://") && !document.contains(['?', '#']);
    short && (Path::new(document).is_absolute() || whole_uri)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    const DOCUMENT: &str = "/home/me/a.ipynb";

    fn records() -> (TempDir, Records) {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::at(folder.path().join("sessions"));
        (folder, records)
    }

    fn identity() -> RecordedIdentity {
        RecordedIdentity { region: Some("eu-west-1".into()), ..RecordedIdentity::default() }
    }

    /// A session of this process.
    fn session(id: &str) -> SessionRecord {
        let document = Some(DOCUMENT.to_owned());
        SessionRecord { document, state: RecordState::Created, ..SessionRecord::new(id, identity()) }
    }

    fn gone() -> Owner {
        Owner { started_at: Some("long ago".into()), ..Owner::this_process() }
    }

    fn any(_: &SessionRecord) -> bool {
        true
    }

    #[test]
    fn a_window_that_comes_back_gets_its_session_once() {
        let (_folder, records) = records();
        let me = Owner::this_process();
        records.begin(&session("a")).unwrap();
        assert_eq!(records.take_over(DOCUMENT, any).unwrap(), None, "its window is there");
        assert!(records.adopt("a", &me, Grace::of(600)).unwrap());
        assert_eq!((records.waiting(DOCUMENT).len(), records.survivors().len()), (1, 0));
        assert!(records.waiting(DOCUMENT)[0].grace_left().is_some_and(|left| (500..=600).contains(&left)));
        assert_eq!(records.take_over("/home/me/b.ipynb", any).unwrap(), None);
        assert_eq!(records.take_over(DOCUMENT, |_| false).unwrap(), None);
        let taken = records.take_over(DOCUMENT, any).unwrap().unwrap();
        assert_eq!((taken.grace, &taken.owner, taken.state), (None, &me, RecordState::Created));
        assert_eq!(records.take_over(DOCUMENT, any).unwrap(), None);
        assert_eq!(records.end_grace("a").unwrap(), None, "what was taken over is not stopped");
        assert!(!records.is_in_grace("a").unwrap());
    }

    #[test]
    fn what_is_about_to_be_stopped_is_not_given_away() {
        let (_folder, records) = records();
        records.begin(&session("a")).unwrap();
        assert!(records.leave("a", Grace::of(600)).unwrap());
        let ended = records.end_grace("a").unwrap().unwrap();
        assert_eq!((ended.grace, ended.state), (None, RecordState::Stopping));
        assert_eq!(records.take_over(DOCUMENT, any).unwrap(), None);
        assert_eq!(records.end_grace("a").unwrap(), None, "it is ended once");
        assert_eq!(records.end_grace("no such session").unwrap(), None);
    }

    #[test]
    fn who_keeps_the_grace_may_be_gone() {
        let (_folder, records) = records();
        for (id, until, waits) in [("late", Some(1), false), ("early", Some(now() + 600), true), ("never", None, true)]
        {
            let grace = Some(Grace { until });
            records.begin(&SessionRecord { owner: gone(), grace, ..session(id) }).unwrap();
            assert_eq!(records.waiting(DOCUMENT).iter().any(|record| record.id == id), waits, "{id}");
            // Whatever was promised, nobody would keep it.
            assert!(records.survivors().iter().any(|record| record.id == id), "{id}");
        }
        assert_eq!(records.take_over(DOCUMENT, any).unwrap().map(|record| record.id).as_deref(), Some("never"));
    }

    #[test]
    fn only_what_certainly_exists_and_is_to_be_stopped_waits() {
        let (_folder, records) = records();
        let grace = Some(Grace::of(600));
        for state in [RecordState::Creating, RecordState::Stopping, RecordState::Unclear] {
            records.begin(&SessionRecord { state, grace, ..session("a") }).unwrap();
            assert_eq!(records.waiting(DOCUMENT), []);
        }
        records.begin(&SessionRecord { keep: true, grace, ..session("a") }).unwrap();
        assert_eq!(records.waiting(DOCUMENT), []);
        assert!(!records.adopt("a", &Owner::this_process(), Grace::of(1)).unwrap(), "the user wants it kept");
    }

    #[test]
    fn a_name_that_others_may_have_finds_nothing() {
        let (_folder, records) = records();
        let grace = Some(Grace::of(600));
        let long = format!("/{}", "x".repeat(5000));
        for name in ["untitled:Untitled-1.ipynb", "a.ipynb", "", "vscode-vfs://host/a.py?branch=x", &long] {
            records.begin(&SessionRecord { document: Some(name.into()), grace, ..session("a") }).unwrap();
            assert_eq!(records.waiting(name), [], "{name}");
        }
        for name in ["vscode-remote://me:secret@host/a.py", DOCUMENT] {
            records.begin(&SessionRecord { document: Some(name.into()), grace, ..session("a") }).unwrap();
            assert_eq!(records.waiting(name).len(), 1, "{name}");
        }
    }

    #[test]
    fn a_session_that_is_attached_to_is_stopped_by_nobody() {
        let (_folder, records) = records();
        records.begin(&session("mine")).unwrap();
        assert!(!records.attach("mine").unwrap(), "its window is there");
        records.begin(&SessionRecord { owner: gone(), ..session("survivor") }).unwrap();
        records.begin(&session("waits")).unwrap();
        records.leave("waits", Grace::of(600)).unwrap();
        for id in ["survivor", "waits"] {
            assert!(records.attach(id).unwrap());
            assert_eq!(records.end_grace(id).unwrap(), None);
            assert!(!records.adopt(id, &Owner::this_process(), Grace::of(1)).unwrap());
        }
        assert_eq!(records.survivors(), []);
        assert!(!records.attach("none of ours").unwrap());
    }

    #[test]
    fn an_identity_fits_itself_only() {
        let known = RecordedIdentity { account: Some("1".into()), ..identity() };
        assert!(known.fits(&identity()) && identity().fits(&known) && known.fits(&known));
        let other = |change: fn(&mut RecordedIdentity)| {
            let mut other = known.clone();
            change(&mut other);
            other
        };
        for other in [
            other(|it| it.account = Some("2".into())),
            other(|it| it.region = None),
            other(|it| it.profile = Some("team".into())),
            other(|it| it.role_arn = Some("arn:aws:iam::1:role/R".into())),
            other(|it| it.endpoint = Some("https://host".into())),
        ] {
            assert!(!known.fits(&other), "{other:?}");
        }
    }

    #[test]
    fn of_all_who_race_for_a_session_one_gets_it() {
        let (_folder, records) = records();
        let (mut taken, mut stopped) = (0, 0);
        for round in 0..30 {
            let id = format!("s-{round}");
            records.begin(&session(&id)).unwrap();
            records.leave(&id, Grace::of(600)).unwrap();
            let (takers, stoppers) = (AtomicUsize::new(0), AtomicUsize::new(0));
            thread::scope(|scope| {
                for number in 0..6 {
                    let (records, id, takers, stoppers) = (&records, &id, &takers, &stoppers);
                    scope.spawn(move || {
                        // Who begins is not always the same.
                        if (number + round) % 2 == 0 {
                            let took = records.take_over(DOCUMENT, any).unwrap().is_some();
                            takers.fetch_add(usize::from(took), Ordering::Relaxed);
                        } else {
                            let ended = records.end_grace(id).unwrap().is_some();
                            stoppers.fetch_add(usize::from(ended), Ordering::Relaxed);
                        }
                    });
                }
            });
            let (takers, stoppers) = (takers.into_inner(), stoppers.into_inner());
            assert_eq!(takers + stoppers, 1, "round {round}: {takers} took it, {stoppers} would stop it");
            (taken, stopped) = (taken + takers, stopped + stoppers);
            records.forget(&id).unwrap();
        }
        assert_eq!(taken + stopped, 30);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Whatever is done in whatever order: what was taken over is never stopped, and nothing is given away twice.
        #[test]
        fn turns_are_kept(steps in proptest::collection::vec(0_u8..6, 1..24)) {
            let (_folder, records) = records();
            let me = Owner::this_process();
            records.begin(&session("a")).unwrap();
            // Who may do what, as it should be.
            let (mut waits, mut stopping) = (false, false);
            let mut kept = BTreeSet::new();
            for step in steps {
                match step {
                    0 => {
                        let left = records.leave("a", Grace::of(600)).unwrap();
                        prop_assert_eq!(left, kept.is_empty());
                        waits |= left;
                    }
                    1 => {
                        let adopted = records.adopt("a", &me, Grace::of(600)).unwrap();
                        prop_assert_eq!(adopted, kept.is_empty());
                        waits |= adopted;
                    }
                    2 => {
                        let on_offer = waits && !stopping && kept.is_empty();
                        prop_assert_eq!(records.take_over(DOCUMENT, any).unwrap().is_some(), on_offer);
                        waits &= !on_offer;
                    }
                    3 => {
                        prop_assert_eq!(records.end_grace("a").unwrap().is_some(), waits);
                        stopping |= waits;
                        waits = false;
                    }
                    4 => {
                        prop_assert_eq!(records.attach("a").unwrap(), waits);
                        if waits {
                            kept.insert("a");
                        }
                        waits = false;
                    }
                    _ => prop_assert_eq!(records.is_in_grace("a").unwrap(), waits),
                }
            }
        }
    }
}
