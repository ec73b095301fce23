//! Processes that share a folder at the same time.

use super::*;

/// Claims every survivor there is, says which it got, and lives on until the parent lets go.
pub(super) fn claim_all(records: &Records) {
    for survivor in records.survivors() {
        if let Some(claimed) = records.claim(&survivor.id).unwrap() {
            announce("CLAIMED", &claimed.id);
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
    assert_eq!(records.claim("a-0").unwrap(), None);
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
