//! Fetching on first need, page by page, and again.

use std::time::Duration;

use crate::account::List;
use crate::account::testing::*;
use crate::model::account::{Status, TroubleKind};

fn pages() -> std::sync::Arc<Scripted> {
    Scripted::new(|_, list, next| match (list, next) {
        (List::Connections, None) => Ok(connections(&["m", "c"], Some("2"))),
        (List::Connections, Some("2")) => Ok(connections(&["b", "z"], Some("3"))),
        (List::Connections, Some(_)) => Ok(connections(&["a"], None)),
        _ => Ok(one("1", list, "x")),
    })
}

#[tokio::test(start_paused = true)]
async fn nothing_is_fetched_before_somebody_asks() {
    let bench = Bench::new(&pages(), None);
    bench.store.refresh(None);
    bench.store.refresh(Some(&identity("dev")));
    bench.store.succeeded(&identity("dev"));
    bench.store.flush();
    tokio::time::advance(MAX_AGE * 10).await;
    bench.settle().await;
    assert_eq!((bench.source.total(), bench.changes()), (0, 0));
    assert!(bench.store.troubles().is_empty());
}

#[tokio::test(start_paused = true)]
async fn pages_are_seen_as_they_come() {
    let bench = Bench::new(&pages(), None);
    let dev = identity("dev");
    bench.source.hold();
    let known = bench.store.connections(&dev);
    assert_eq!((known.status.clone(), known.age, known.complete, known.fresh), (Status::Fetching, None, false, false));
    assert!(known.items.is_empty());

    // One call finds out whether the credentials are good; it is not told which list is first.
    bench.held(1).await;
    bench.source.let_go(1);
    bench.held(1).await;
    bench.source.let_go(1);
    bench.until(|store| store.connections(&dev).items.len() == 2).await;
    let known = bench.store.connections(&dev);
    assert_eq!(names(&known), ["c", "m"]);
    assert_eq!((known.status.clone(), known.age), (Status::Fetching, Some(Duration::ZERO)));
    assert!(!known.complete && !known.is_reliable());
    bench.held(1).await;
    bench.source.let_go(1);
    bench.until(|store| store.connections(&dev).items.len() == 4).await;
    assert_eq!(names(&bench.store.connections(&dev)), ["b", "c", "m", "z"]);

    bench.source.let_go(10);
    bench.settle().await;
    let known = bench.store.connections(&dev);
    assert_eq!(names(&known), ["a", "b", "c", "m", "z"]);
    assert!(known.status == Status::Ready && known.is_reliable());
    assert_eq!(known.find("c").map(|item| &*item.kind), Some("NETWORK"));
    // The caller; the first page; the end.
    assert_eq!(bench.changes(), 3);
    assert_eq!(bench.source.total(), 4);
    // Asking costs no copy.
    assert!(std::sync::Arc::ptr_eq(&known.items, &bench.store.connections(&dev).items));
}

#[tokio::test(start_paused = true)]
async fn an_old_list_stays_until_the_new_one_is_complete() {
    let bench = Bench::new(&pages(), None);
    let dev = identity("dev");
    bench.store.connections(&dev);
    bench.settle().await;
    tokio::time::advance(MAX_AGE).await;
    assert!(bench.store.connections(&dev).is_reliable());
    bench.settle().await;
    assert_eq!(bench.source.count(&List::Connections), 3);

    tokio::time::advance(Duration::from_secs(1)).await;
    bench.source.answer(|_, list, next| match (list, next) {
        (List::Connections, None) => Ok(connections(&["new", "newer", "newest", "n", "o", "p", "q"], Some("2"))),
        (List::Connections, _) => Ok(connections(&["r"], None)),
        _ => Ok(one("1", list, "x")),
    });
    bench.source.hold();
    let known = bench.store.connections(&dev);
    assert_eq!((known.status.clone(), known.items.len()), (Status::Fetching, 5));
    assert!(known.complete && !known.fresh);
    bench.held(2).await;
    bench.source.let_go(2);
    bench.held(1).await;
    assert_eq!(bench.store.connections(&dev).items.len(), 5);
    bench.source.let_go(1);
    bench.settle().await;
    let known = bench.store.connections(&dev);
    assert_eq!(known.items.len(), 8);
    assert!(known.is_reliable() && known.status == Status::Ready);
}

#[tokio::test(start_paused = true)]
async fn sessions_and_places_in_s3_are_believed_for_less() {
    let bench = Bench::new(&pages(), None);
    let dev = identity("dev");
    let ask = || {
        let store = &bench.store;
        (store.sessions(&dev).fresh, store.objects(&dev, "s3://b/").fresh, store.roles(&dev).fresh)
    };
    ask();
    bench.settle().await;
    assert_eq!(ask(), (true, true, true));
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(ask(), (false, true, true));
    bench.settle().await;
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(ask(), (true, false, true));
    bench.settle().await;
    let count = |list| bench.source.count(&list);
    assert_eq!((count(List::Sessions), count(List::Objects("s3://b/".into())), count(List::Roles)), (2, 2, 1));
    bench.store.configure(Duration::from_secs(20));
    assert_eq!(ask(), (false, true, false));
    bench.settle().await;
    assert_eq!(bench.source.count(&List::Roles), 2);
    // Nothing is believed, and yet nothing is fetched at every question.
    bench.store.configure(Duration::ZERO);
    for _ in 0..5 {
        ask();
        bench.settle().await;
    }
    assert_eq!(bench.source.count(&List::Roles), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_fetches_again_what_was_asked_and_what_was_under_way_does_not_count() {
    let source = Scripted::new(|_, list, _| Ok(one("1", list, "old")));
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    bench.store.roles(&dev);
    bench.store.tables(&dev, "sales");
    bench.settle().await;
    tokio::time::advance(MAX_AGE * 2).await;
    source.hold();
    bench.store.roles(&dev);
    bench.held(2).await;
    bench.store.refresh(Some(&dev));
    assert_eq!(source.renewed.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert!(!bench.store.roles(&dev).fresh);
    // The two that hang do not hold the others up.
    bench.held(3).await;
    source.answer(|_, list, _| Ok(one("1", list, "new")));
    source.let_go(100);
    bench.settle().await;
    let known = bench.store.roles(&dev);
    assert_eq!((names(&known), known.is_reliable()), (vec!["new".to_owned()], true));
    assert_eq!(names(&bench.store.tables(&dev, "sales")), ["new"]);
    bench.settle().await;
    assert_eq!((source.count(&List::Roles), source.count(&List::Tables("sales".into()))), (3, 2));
    assert_eq!(source.count(&List::Connections), 0);
}

#[tokio::test(start_paused = true)]
async fn subnets_follow_the_connections() {
    let dev = identity("dev");
    let source = Scripted::new(|_, list, _| Ok(one("1", list, "x")));
    let bench = Bench::new(&source, None);
    assert_eq!(bench.store.subnets(&dev).status, Status::Fetching);
    bench.settle().await;
    let known = bench.store.subnets(&dev);
    assert_eq!((names(&known), known.is_reliable()), (vec!["subnet-1".to_owned()], true));
    let first = List::Subnets(["subnet-1".to_owned()].into());
    assert_eq!((source.count(&first), source.count(&List::Connections)), (1, 1));

    // Another subnet makes another list of them.
    source.answer(|_, list, _| match list {
        List::Connections => {
            let items =
                ["subnet-2", "subnet-1", "subnet-2"].map(|subnet| connection(&format!("of {subnet}"), Some(subnet)));
            Ok(crate::account::Page { items: crate::account::Items::Connections(items.into()), next: None })
        }
        _ => Ok(one("1", list, "x")),
    });
    bench.store.refresh(None);
    bench.settle().await;
    assert_eq!(names(&bench.store.subnets(&dev)), ["subnet-1", "subnet-2"]);
    bench.settle().await;

    // Without any there is nothing to ask.
    let source = Scripted::new(|_, list, _| match list {
        List::Connections => Ok(connections(&["a"], None)),
        _ => Ok(one("1", list, "x")),
    });
    let bench = Bench::new(&source, None);
    bench.store.subnets(&dev);
    bench.settle().await;
    assert!(bench.store.subnets(&dev).is_reliable());
    assert_eq!(source.total(), 2);
}

#[tokio::test(start_paused = true)]
async fn where_subnets_are_denied_they_stay_so() {
    let source = Scripted::new(|_, list, _| match list {
        List::Subnets(_) => Err(trouble(TroubleKind::Denied(Some("ec2:DescribeSubnets".into())))),
        _ => Ok(one("1", list, "x")),
    });
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    for _ in 0..3 {
        bench.store.subnets(&dev);
        bench.settle().await;
        tokio::time::advance(Duration::from_secs(10)).await;
    }
    let known = bench.store.subnets(&dev);
    assert_eq!(failed(&known), Some(TroubleKind::Denied(Some("ec2:DescribeSubnets".into()))));
    assert!(known.items.is_empty() && !known.complete);
    assert_eq!(source.count(&List::Subnets(["subnet-1".to_owned()].into())), 1);
    assert_eq!(bench.store.troubles().len(), 1);
}

#[test]
fn without_a_runtime_nothing_is_known() {
    let source = Scripted::new(|_, list, _| Ok(one("1", list, "x")));
    let bench = Bench::new(&source, None);
    assert_eq!(bench.store.roles(&identity("dev")).status, Status::Unasked);
    assert_eq!(source.total(), 0);
}
