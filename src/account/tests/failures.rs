//! What is fetched again after a failure, and when.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::account::List;
use crate::account::testing::*;
use crate::model::account::{Status, TroubleKind};

#[tokio::test(start_paused = true)]
async fn what_may_go_away_by_itself_is_tried_again_less_and_less_often() {
    let source = Scripted::new(|_, list, _| match list {
        List::Roles => Err(trouble(TroubleKind::Throttled)),
        _ => Ok(one("1", list, "x")),
    });
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    // Somebody types for an hour.
    let mut tries = Vec::new();
    for second in 0..3600_u64 {
        let before = source.count(&List::Roles);
        // While it is tried again, it is still what it was.
        let known = bench.store.roles(&dev);
        assert_eq!(failed(&known).is_some(), second > 0, "{:?}", known.status);
        bench.settle().await;
        if source.count(&List::Roles) > before {
            tries.push(second);
        }
        assert_eq!(failed(&bench.store.roles(&dev)), Some(TroubleKind::Throttled));
        bench.settle().await;
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    let waits: Vec<u64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits[0] <= 2 && waits.iter().max().is_some_and(|most| (150..=301).contains(most)), "{waits:?}");
    assert!((15..40).contains(&tries.len()), "{waits:?}");

    source.answer(|_, list, _| Ok(one("1", list, "there")));
    tokio::time::advance(Duration::from_secs(301)).await;
    bench.store.roles(&dev);
    bench.settle().await;
    assert!(bench.store.roles(&dev).is_reliable());
    assert!(bench.store.troubles().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_is_not_tried_again_before_its_time() {
    let denied = || TroubleKind::Denied(Some("iam:ListRoles".into()));
    let source = Scripted::new(move |_, list, _| match list {
        List::Roles => Err(trouble(denied())),
        _ => Ok(one("1", list, "x")),
    });
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    for _ in 0..29 {
        bench.store.roles(&dev);
        bench.store.connections(&dev);
        bench.settle().await;
        tokio::time::advance(Duration::from_secs(10)).await;
    }
    assert_eq!(source.count(&List::Roles), 1);
    assert_eq!(
        bench.store.troubles().iter().map(|(who, what)| (who, &what.kind)).collect::<Vec<_>>(),
        [(&dev, &denied())]
    );
    bench.store.refresh(None);
    bench.settle().await;
    assert_eq!(source.count(&List::Roles), 2);
    tokio::time::advance(MAX_AGE).await;
    bench.store.roles(&dev);
    bench.settle().await;
    assert_eq!(source.count(&List::Roles), 3);
}

#[tokio::test(start_paused = true)]
async fn a_failure_half_way_keeps_what_has_come() {
    let source = Scripted::new(|_, list, next| match (list, next) {
        (List::Connections, None) => Ok(connections(&["b", "a"], Some("2"))),
        (List::Connections, _) => Err(trouble(TroubleKind::Service)),
        _ => Ok(one("1", list, "x")),
    });
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    bench.store.connections(&dev);
    bench.settle().await;
    let known = bench.store.connections(&dev);
    assert_eq!((names(&known), known.complete), (vec!["a".to_owned(), "b".to_owned()], false));
    assert_eq!(failed(&known), Some(TroubleKind::Service));

    // A complete list outlives a failure, too.
    source.answer(|_, list, _| Ok(one("1", list, "whole")));
    bench.store.refresh(None);
    bench.settle().await;
    source.answer(|_, _, _| Err(trouble(TroubleKind::NoNetwork)));
    tokio::time::advance(MAX_AGE + Duration::from_secs(1)).await;
    bench.store.connections(&dev);
    bench.settle().await;
    let known = bench.store.connections(&dev);
    assert_eq!((names(&known), known.complete, known.fresh), (vec!["whole".to_owned()], true, false));
    assert_eq!(failed(&known), Some(TroubleKind::NoNetwork));
}

#[tokio::test(start_paused = true)]
async fn who_has_to_sign_in_is_not_asked_again_until_it_is_done() {
    let source = Scripted::new(|_, _, _| Err(trouble(TroubleKind::Expired)));
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    let ask = || {
        bench.store.roles(&dev);
        bench.store.connections(&dev);
        bench.store.databases(&dev)
    };
    ask();
    bench.settle().await;
    // One call has told what is wrong with all of them.
    assert_eq!(source.total(), 1);
    assert_eq!(failed(&bench.store.connections(&dev)), Some(TroubleKind::Expired));
    assert_eq!(bench.store.troubles().len(), 1);

    bench.settle().await;
    let looked = source.marked.load(Ordering::SeqCst);
    for _ in 0..600 {
        ask();
        bench.settle().await;
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(source.total(), 1);
    let looks = source.marked.load(Ordering::SeqCst) - looked;
    assert!((190..=201).contains(&looks), "{looks}");

    source.sign_in();
    source.answer(|_, list, _| Ok(one("1", list, "x")));
    tokio::time::advance(Duration::from_secs(4)).await;
    bench.store.roles(&dev);
    bench.settle().await;
    // All that were asked for, though one was asked for now.
    assert_eq!(source.total(), 5);
    assert!(ask().is_reliable() && bench.store.roles(&dev).is_reliable());
    assert!(bench.store.troubles().is_empty());
}

#[tokio::test(start_paused = true)]
async fn edited_files_are_read_again_though_the_old_credentials_are_good() {
    let source = Scripted::new(|_, list, _| Ok(one("1", list, "x")));
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    bench.store.roles(&dev);
    bench.settle().await;
    for (edits, renewed) in [(0, 0), (1, 1), (0, 1)] {
        (0..edits).for_each(|_| source.sign_in());
        tokio::time::advance(Duration::from_secs(3600)).await;
        bench.store.roles(&dev);
        bench.settle().await;
        assert_eq!(source.renewed.load(Ordering::SeqCst), renewed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_was_not_enough_is_waited_for_again() {
    let source = Scripted::new(|_, _, _| Err(trouble(TroubleKind::NoRegion)));
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    for round in 1..=3 {
        for _ in 0..4 {
            bench.store.roles(&dev);
            bench.settle().await;
            tokio::time::advance(Duration::from_secs(4)).await;
        }
        assert_eq!(source.total(), round);
        source.sign_in();
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_expire_later_are_noticed_and_a_success_lets_all_try_again() {
    let source = Scripted::new(|_, list, _| Ok(one("1", list, "x")));
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    bench.store.roles(&dev);
    bench.store.connections(&dev);
    bench.settle().await;
    source.answer(|_, _, _| Err(trouble(TroubleKind::Expired)));
    tokio::time::advance(MAX_AGE + Duration::from_secs(1)).await;
    bench.store.roles(&dev);
    bench.store.connections(&dev);
    bench.settle().await;
    assert_eq!(failed(&bench.store.roles(&dev)), Some(TroubleKind::Expired));
    bench.settle().await;
    let before = source.total();

    source.answer(|_, list, _| Ok(one("1", list, "y")));
    bench.store.succeeded(&dev);
    bench.settle().await;
    assert_eq!(source.total(), before + 3);
    assert_eq!(names(&bench.store.connections(&dev)), ["y"]);

    // One list that comes after all does the same.
    source.answer(|_, list, _| match list {
        List::Roles => Err(trouble(TroubleKind::Rejected)),
        _ => Ok(one("1", list, "z")),
    });
    bench.store.refresh(None);
    bench.settle().await;
    assert_eq!(failed(&bench.store.roles(&dev)), Some(TroubleKind::Rejected));
    bench.settle().await;
    source.answer(|_, list, _| Ok(one("1", list, "z")));
    bench.store.databases(&dev);
    bench.settle().await;
    assert!(bench.store.roles(&dev).is_reliable());
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_breaks_is_a_failure() {
    let source = Scripted::new(|_, list, _| match list {
        List::Roles => panic!("a fault of a test's"),
        _ => Ok(one("1", list, "x")),
    });
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    bench.store.roles(&dev);
    bench.settle().await;
    assert_eq!(failed(&bench.store.roles(&dev)), Some(TroubleKind::Other));
    // An answer of another kind is none.
    source.answer(|_, list, _| Ok(one("1", if *list == List::Roles { &List::Databases } else { list }, "x")));
    bench.store.refresh(None);
    bench.settle().await;
    assert_eq!(failed(&bench.store.roles(&dev)), Some(TroubleKind::Other));
    assert_ne!(bench.store.caller(&dev).status, Status::Fetching);
}
