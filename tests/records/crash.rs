//! Processes that are killed at any moment.

use super::*;

/// How many processes are killed.
const ROUNDS: u64 = 60;

/// Begins sessions, changes them, and ends them, until it is killed. It announces a session once its record is written,
/// and the end of one before its record goes.
pub(super) fn churn(records: &Records, seed: u64) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ seed);
    let mut mine = Vec::new();
    for survivor in records.survivors() {
        if random.below(3) == 0 && records.attach(&survivor.id).unwrap() {
            mine.push(survivor.id);
        }
    }
    for step in 0..MOST_STEPS {
        let state = [RecordState::Created, RecordState::Stopping, RecordState::Unclear][random.below(3)];
        match random.below(8) {
            0..=2 => {
                // Names that are escaped, and some that differ in case only.
                let id = format!("{}{seed}/{step}", ["s-", "S-", "é"][random.below(3)]);
                records.begin(&record(&id)).unwrap();
                announce("BEGUN", &id);
                mine.push(id);
            }
            3..=5 if !mine.is_empty() => records.set_state(&mine[random.below(mine.len())], state).unwrap(),
            6 if !mine.is_empty() => records.set_keep(&mine[random.below(mine.len())], step % 2 == 0).unwrap(),
            7 if !mine.is_empty() => {
                let id = mine.swap_remove(random.below(mine.len()));
                announce("OVER", &id);
                records.forget(&id).unwrap();
            }
            _ => {}
        }
    }
}

#[test]
fn whenever_a_process_is_killed_the_next_one_finds_its_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = folder.path().join("glue-ls").join("sessions");
    let records = Records::at(&sessions);
    let mut random = Random(20_261_122);
    // Sessions that were announced and may be alive, and all that were ever announced to be over.
    let (mut alive, mut over) = (BTreeSet::new(), BTreeSet::new());
    let mut most = 0;
    for round in 0..ROUNDS {
        let mut child = Started::new(&sessions, &format!("churn {round}"));
        let mut note = |(word, id): (String, String)| match word.as_str() {
            "BEGUN" => assert!(alive.insert(id)),
            "OVER" => {
                alive.remove(&id);
                over.insert(id);
            }
            other => panic!("{other}"),
        };
        // Some are killed before they have said anything, and the moment after a line is any moment.
        for _ in 0..random.below(25) {
            note(child.next().expect("it does not end by itself"));
        }
        for _ in 0..random.below(300_000) {
            std::hint::spin_loop();
        }
        for said in child.kill() {
            note(said);
        }
        let (all, unreadable) = records.all();
        assert_eq!(unreadable, [], "round {round}");
        let listed = unique(&records.survivors());
        assert_eq!(listed, unique(&all), "round {round}: a dead process is taken for a living one");
        let lost: Vec<&String> = alive.difference(&listed).collect();
        assert!(lost.is_empty(), "round {round}: lost {lost:?}");
        // What is listed without having been announced: begun but not yet said, or over but not yet forgotten.
        let more = listed.iter().filter(|id| !alive.contains(*id) && !over.contains(*id)).count();
        assert!(more as u64 <= round + 1, "round {round}: {more} sessions that nobody announced");
        most = most.max(listed.len());
    }
    assert!(most > 20 && over.len() > 20, "too little happened: {most} at once, {} over", over.len());
    // A process that lives takes what is left, and with it everything is over.
    for survivor in records.survivors() {
        assert!(records.attach(&survivor.id).unwrap());
        records.forget(&survivor.id).unwrap();
    }
    assert_eq!(records.all(), (vec![], vec![]));
    let left: Vec<_> = std::fs::read_dir(&sessions).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [".lock"]);
}
