//! An account with more of everything than anybody reads.
#![cfg(unix)]

use std::sync::Arc;
use std::time::Duration;

use glue_ls::account::{Access, AwsSource, Identity, Options, Store};
use glue_ls::aws::Keys;
use glue_ls::model::account::{Known, Status};
use serde_json::json;
use tokio::sync::Notify;

use super::screen::{Screen, labels};
use crate::cli::run::program::wait_until;
use crate::service::Faults;
use crate::support::client::aws_of;
use crate::support::contents::{Contents, SECRET};
use crate::support::moto::Moto;
use crate::support::profiles::home_of;
use crate::support::proxy::Proxy;

const REGION: &str = "eu-west-1";
const MIB: u64 = 1 << 20;
/// What the server may take at most.
const MOST_MEMORY: u64 = 80 * MIB;

#[test]
fn thousands_of_names_do_not_hold_up_whoever_types() {
    let Some(moto) = Moto::with([Contents::new().many_connections(REGION, 2_000).many_roles(5_000)]) else { return };
    let proxy = Proxy::before(&moto, Faults::none());
    let home = home_of(&moto, &proxy.url);
    let mut screen = Screen::of(&home);
    for cell in ["connections", "roles"] {
        let first = screen.complete(cell);
        assert_eq!(first["isIncomplete"], true, "nothing is known yet");
        assert!(!labels(&first).iter().any(|label| label.starts_with("connection-") || label.starts_with("role-")));
    }
    for (cell, typed, names) in [
        ("connections", "connection-01999", &["connection-01999"][..]),
        ("connections", "connection-0000", &["connection-00000", "connection-00001", "connection-00002"]),
        // Those that Glue can assume come first.
        ("roles", "role-0499", &["role-04991", "role-04992", "role-04995", "role-04996", "role-04999"]),
    ] {
        screen.set(cell, typed);
        let mut found = Vec::new();
        wait_until("the whole list", || {
            found = labels(&screen.complete(cell));
            names.iter().all(|name| found.iter().any(|label| label == name))
        });
        assert_eq!(found[..names.len()], *names);
    }
    screen.set("connections", "connection-01999");
    let settled = screen.complete("connections");
    assert_eq!(
        (settled["isIncomplete"].clone(), labels(&settled)),
        (json!(false), vec!["connection-01999".to_owned()])
    );
    assert!(screen.hover("gone").contains("no connection"), "the list is whole");
    // Each list is fetched once, however often it is asked for.
    let pages = |count: u64, size: u64| count.div_ceil(size);
    assert!(proxy.calls("GetConnections") <= pages(2_000, 100), "{:?}", proxy.all_calls());
    assert!(proxy.calls("ListRoles") <= pages(5_000, 100) + 1, "{:?}", proxy.all_calls());
    assert_eq!(proxy.calls("GetCallerIdentity"), 1);
    if let Some(peak) = screen.editor.client.peak_memory() {
        eprintln!("the server at most: {:.1} MiB", peak as f64 / MIB as f64);
        assert!(peak < MOST_MEMORY, "{peak} bytes");
    }
}

/// Asks until a list is whole.
async fn whole<T>(news: &Notify, mut ask: impl FnMut() -> Known<T>) -> Known<T> {
    loop {
        let told = news.notified();
        let known = ask();
        match &known.status {
            Status::Ready => return known,
            Status::Failed(trouble) => panic!("{trouble:?}"),
            _ => tokio::time::timeout(Duration::from_secs(200), told).await.unwrap(),
        }
    }
}

#[tokio::test]
async fn thousands_of_tables_are_listed_until_the_end() {
    let Some(moto) = Moto::with([Contents::new().many_tables(REGION, "big", 10_000)]) else { return };
    let proxy = Proxy::before(&moto, Faults::none());
    let account = &moto.accounts[0];
    let keys = Keys::new(&account.key, &account.secret, None);
    let identity = Identity { region: Some(REGION.to_owned()), access: Access::Keys(keys), ..Identity::default() };
    let news = Arc::new(Notify::new());
    let told = Arc::clone(&news);
    let options = Options { max_age: Duration::from_secs(600), folder: None };
    let source = Arc::new(AwsSource::new(Arc::new(aws_of(&proxy.url))));
    let store = Store::new(source, options, Arc::new(move |_| told.notify_one()));
    assert_eq!(store.tables(&identity, "big").status, Status::Fetching, "nobody waits for it");
    let databases = whole(&news, || store.databases(&identity)).await;
    assert_eq!(databases.items.len(), 1);
    let tables = whole(&news, || store.tables(&identity, "big")).await;
    assert!(tables.complete && tables.fresh);
    assert_eq!(tables.items.len(), 10_000);
    assert_eq!(tables.find("table_09999").map(|table| table.columns.len()), Some(21));
    assert_eq!(proxy.calls("GetTables"), 100);
    assert!(!format!("{tables:?}").contains(SECRET));
}
