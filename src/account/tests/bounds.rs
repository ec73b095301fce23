//! How much is kept, and how much is asked at once.

use std::sync::Arc;
use std::time::Duration;

use crate::account::testing::*;
use crate::account::{Items, List, Page};
use crate::model::account::{Status, Table};

fn numbered<T>(page: &str, count: usize, item: impl Fn(&str) -> T) -> Vec<T> {
    (0..count).map(|number| item(&format!("{page}-{number:05}"))).collect()
}

/// Pages without end, each of another hundred.
fn endless(per_page: usize) -> Arc<Scripted> {
    Scripted::new(move |_, list, next| {
        let page: usize = next.map_or(0, |next| next.parse().unwrap());
        let name = format!("{page:05}");
        let items = match list {
            List::Roles => Items::Roles(numbered(&name, per_page, role)),
            List::Tables(_) => Items::Tables(numbered(&name, per_page, |name| table(name, 10))),
            _ => return Ok(one("1", list, "x")),
        };
        Ok(Page { items, next: Some((page + 1).to_string()) })
    })
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_cut_is_not_complete_and_not_fetched_for_ever() {
    let source = endless(100);
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    bench.store.roles(&dev);
    bench.settle().await;
    let known = bench.store.roles(&dev);
    assert_eq!((known.items.len(), known.status.clone()), (20_000, Status::Ready));
    assert!(known.fresh && !known.complete && !known.is_reliable());
    bench.settle().await;
    assert_eq!(source.count(&List::Roles), 201);

    let source = endless(0);
    let bench = Bench::new(&source, None);
    bench.store.roles(&dev);
    bench.settle().await;
    assert!(!bench.store.roles(&dev).complete);
    assert_eq!(source.count(&List::Roles), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_comes_again_ends_the_list() {
    let source = Scripted::new(|_, list, next| match (list, next) {
        (List::Connections, None) => Ok(connections(&["a", "b"], Some("x"))),
        (List::Connections, Some("x")) => Ok(connections(&["b", "c"], Some("y"))),
        (List::Connections, _) => Ok(connections(&["c", "d"], Some("x"))),
        _ => Ok(one("1", list, "x")),
    });
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    bench.store.connections(&dev);
    bench.settle().await;
    let known = bench.store.connections(&dev);
    assert_eq!((names(&known).join(""), known.complete, known.status), ("abcd".to_owned(), false, Status::Ready));
    assert_eq!(source.count(&List::Connections), 3);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_tables_fit_and_are_in_memory_once() {
    let source = Scripted::new(|_, list, next| {
        let page: usize = next.map_or(0, |next| next.parse().unwrap());
        match list {
            List::Tables(_) => {
                let items = Items::Tables(numbered(&format!("{page:05}"), 100, |name| table(name, 10)));
                Ok(Page { items, next: (page < 99).then(|| (page + 1).to_string()) })
            }
            _ => Ok(one("1", list, "x")),
        }
    });
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    bench.store.tables(&dev, "sales");
    bench.settle().await;
    let before = bench.store.tables(&dev, "sales");
    assert_eq!((before.items.len(), before.is_reliable()), (10_000, true));
    let first = &before.items[0].columns[3];
    assert!(before.items.iter().all(|table| Arc::ptr_eq(&table.columns[3].name, &first.name)));
    bench.store.refresh(None);
    bench.settle().await;
    let after = bench.store.tables(&dev, "sales");
    assert!(!Arc::ptr_eq(&before.items, &after.items));
    let shared = |(one, other): (&Table, &Table)| Arc::ptr_eq(&one.columns, &other.columns);
    assert!(before.items.iter().zip(&*after.items).all(shared));
    // The first page and the end, twice, and the caller.
    assert!(bench.changes() <= 6, "{}", bench.changes());
}

#[tokio::test(start_paused = true)]
async fn what_was_not_asked_for_the_longest_time_goes_first() {
    let source = Scripted::new(|_, list, _| Ok(one("1", list, "x")));
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    for number in 0..32 {
        bench.store.tables(&dev, &format!("db{number}"));
        bench.store.objects(&dev, &format!("s3://bucket/{number}/"));
        bench.settle().await;
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    bench.store.tables(&dev, "db0");
    assert_eq!(bench.store.tables(&dev, "db32").status, Status::Fetching);
    assert_eq!(bench.store.objects(&dev, "s3://bucket/32/").status, Status::Fetching);
    bench.settle().await;
    let total = source.total();
    assert_eq!(bench.store.tables(&dev, "db0").status, Status::Ready);
    bench.settle().await;
    assert_eq!(source.total(), total);
    assert_eq!(bench.store.tables(&dev, "db1").status, Status::Fetching);
    bench.settle().await;

    // More than can be kept, asked for all the time, does not end in fetching all the time.
    for _ in 0..3 {
        for number in 0..100 {
            bench.store.tables(&dev, &format!("other{number}"));
            bench.settle().await;
        }
    }
    assert!(source.total() <= total + 1 + 32, "{}", source.total() - total);
    assert_eq!(bench.store.tables(&dev, "other99").status, Status::Unasked);
}

#[tokio::test(start_paused = true)]
async fn big_lists_share_a_bound() {
    let source = endless(500);
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    let weight = || -> usize {
        let names = ["a", "b", "c", "d"];
        names.iter().map(|name| bench.store.tables(&dev, name).items.len()).sum()
    };
    for name in ["a", "b", "c", "d"] {
        bench.store.tables(&dev, name);
        bench.settle().await;
        assert!(!bench.store.tables(&dev, name).items.is_empty());
    }
    let recent = weight();
    assert!((15_000..40_000).contains(&recent), "{recent}");
    // With none of them in use the next has as much room as the first.
    tokio::time::advance(Duration::from_secs(60)).await;
    bench.store.tables(&dev, "e");
    bench.settle().await;
    assert!(bench.store.tables(&dev, "e").items.len() >= 500);
    bench.settle().await;
    assert!(weight() < 40_000);
}

#[tokio::test(start_paused = true)]
async fn few_calls_are_under_way_at_once() {
    let source = Scripted::new(|_, list, _| Ok(one("1", list, "x")));
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    source.hold();
    for number in 0..10 {
        bench.store.tables(&dev, &format!("db{number}"));
    }
    bench.held(1).await;
    source.let_go(1);
    bench.held(4).await;
    source.let_go(100);
    bench.settle().await;
    assert_eq!((source.most_at_once(), source.total()), (4, 11));
}

#[tokio::test(start_paused = true)]
async fn identities_are_bounded() {
    let source = Scripted::new(|_, list, _| Ok(one("1", list, "x")));
    let bench = Bench::new(&source, None);
    for number in 0..40 {
        bench.store.roles(&identity(&format!("p{number}")));
        bench.settle().await;
    }
    assert_eq!(source.count(&List::Roles), 16);
    assert_eq!(bench.store.roles(&identity("p39")).status, Status::Unasked);
    tokio::time::advance(Duration::from_secs(11)).await;
    bench.store.roles(&identity("p39"));
    bench.settle().await;
    assert!(bench.store.roles(&identity("p39")).is_reliable());
    assert_eq!(bench.store.keeper.lock().shelves.len(), 16);
}
