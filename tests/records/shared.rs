//! Processes that share a folder at the same time.

use glue_ls::run::record::{Grace, Owner};

use super::*;

/// Claims every survivor there is, says which it got, and lives on until the parent lets go.
pub(super) fn claim_all(records: &Records) {
    for survivor in records.survivors() {
        if records.attach(&survivor.id).unwrap() {
            announce("CLAIMED", &survivor.id);
        }
    }
    announce("DONE", "");
    wait_for_parent();
}

/// Begins sessions, and lives on until the parent lets go.
pub(super) fn begin_some(records: &Records, name: &str) {
    for number in 0..20 {
        records.begin(&record(&format!("{name}-{number}"))).unwrap();
    }
    announce("DONE", "");
    wait_for_parent();
}

/// Reads up to `DONE`, and returns what was claimed.
fn claims(child: &mut Started) -> Vec<String> {
    let said = std::iter::from_fn(|| child.next()).take_while(|(word, _)| word != "DONE");
    said.map(|(_, id)| id).collect()
}

#[test]
fn a_survivor_has_one_owner_and_a_dead_owner_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::at(folder.path());
    let mut owners: Vec<Started> =
        ["a", "b"].iter().map(|name| Started::new(folder.path(), &format!("begin {name}"))).collect();
    for owner in &mut owners {
        assert_eq!(claims(owner), [""; 0]);
    }
    let all = unique(&records.all().0);
    assert_eq!(all.len(), 40);
    // Their owners live: nobody else's, neither in a list nor on demand.
    assert_eq!(records.survivors(), []);
    assert!(!records.attach("a-0").unwrap());
    assert!(records.begin(&record("a-0")).is_err());
    owners.clear();
    assert_eq!(unique(&records.survivors()), all);

    for _ in 0..3 {
        let mut children: Vec<Started> = (0..4).map(|_| Started::new(folder.path(), "claim 0")).collect();
        let claimed: Vec<String> = children.iter_mut().flat_map(claims).collect();
        assert_eq!(claimed.iter().cloned().collect::<BTreeSet<_>>(), all);
        assert_eq!(claimed.len(), all.len(), "one was claimed twice");
        assert_eq!(records.survivors(), []);
        // They die, and what they had claimed can be claimed again.
        drop(children);
        assert_eq!(unique(&records.survivors()), all);
    }
}

/// How many sessions wait for their windows.
const WAITING: usize = 40;

/// Adopts all sessions of the parent, and, as soon as the parent lets go, ends their graces one after another.
pub(super) fn keep_graces(records: &Records) {
    for record in records.all().0 {
        assert!(records.adopt(&record.id, &record.owner, Grace::of(600)).unwrap());
    }
    announce("DONE", "");
    wait_for_parent();
    for number in 0..WAITING {
        if let Some(record) = records.end_grace(&format!("s-{number}")).unwrap() {
            // From here on it would be stopped.
            announce("ENDED", &record.id);
        }
    }
    announce("DONE", "");
    wait_for_parent();
}

/// Takes over what it gets, in an order of its own, as soon as the parent lets go.
pub(super) fn come_back(records: &Records, seed: usize) {
    announce("DONE", "");
    wait_for_parent();
    for number in 0..WAITING {
        // Seven has no part in forty: each is tried once, some from behind.
        let number = (number * 7 + seed * 13) % WAITING;
        let document = format!("/notebooks/{number}.ipynb");
        let fits = |record: &SessionRecord| record.id == format!("s-{number}");
        if let Some(record) = records.take_over(&document, fits).unwrap() {
            assert_eq!((&record.owner, record.grace), (&Owner::this_process(), None));
            announce("CLAIMED", &record.id);
        }
    }
    announce("DONE", "");
    wait_for_parent();
}

#[test]
fn processes_that_race_for_sessions_get_each_of_them_once() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::at(folder.path());
    for number in 0..WAITING {
        let mut record = record(&format!("s-{number}"));
        record.document = Some(format!("/notebooks/{number}.ipynb"));
        record.state = RecordState::Created;
        records.begin(&record).unwrap();
    }
    let mut grace = Started::new(folder.path(), "grace 0");
    assert_eq!(claims(&mut grace), [""; 0]);
    assert_eq!(records.survivors(), [], "somebody looks after all of them");
    let mut windows: Vec<Started> =
        (1..=3).map(|seed| Started::new(folder.path(), &format!("window {seed}"))).collect();
    for window in &mut windows {
        assert_eq!(claims(window), [""; 0]);
    }
    grace.go();
    windows.iter_mut().for_each(Started::go);
    let ended = claims(&mut grace);
    let taken: Vec<Vec<String>> = windows.iter_mut().map(claims).collect();
    let all: Vec<&String> = ended.iter().chain(taken.iter().flatten()).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "one was given away twice: {ended:?} {taken:?}");
    assert_eq!(all.len(), WAITING, "one is nobody's");
    for record in records.all().0 {
        let stopping = record.state == RecordState::Stopping;
        assert_eq!((stopping, record.grace), (ended.contains(&record.id), None), "{record:?}");
    }
    // Each of them is its owner's, and a survivor once that is gone.
    assert_eq!(records.survivors(), []);
    drop((grace, windows));
    assert_eq!(unique(&records.survivors()).len(), WAITING);
}
