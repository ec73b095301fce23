//! What is left for the next start.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use crate::account::List;
use crate::account::testing::*;
use crate::aws::{Access, Identity};
use crate::model::account::Status;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn named(name: &'static str) -> std::sync::Arc<Scripted> {
    Scripted::new(move |_, list, _| Ok(one("1", list, name)))
}

/// Asks for everything and waits for it.
async fn fill(bench: &Bench, identity: &Identity) {
    let store = &bench.store;
    store.connections(identity);
    store.roles(identity);
    store.security_configurations(identity);
    store.databases(identity);
    store.subnets(identity);
    store.sessions(identity);
    store.tables(identity, "db");
    store.objects(identity, "s3://bucket/secret-place/");
    bench.settle().await;
}

#[tokio::test(start_paused = true)]
async fn the_next_start_knows_names_at_once_and_does_not_rely_on_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("new").join("accounts");
    let dev = identity("dev");
    fill(&Bench::new(&named("first"), Some(&folder)), &dev).await;
    let written = files(&folder);
    assert_eq!(written.len(), 1, "{written:?}");

    let source = named("second");
    source.hold();
    let bench = Bench::new(&source, Some(&folder));
    bench.store.subnets(&dev);
    bench.until(|store| !store.roles(&dev).items.is_empty()).await;
    let known = bench.store.roles(&dev);
    assert_eq!((names(&known), known.complete, known.fresh), (vec!["first".to_owned()], true, false));
    assert_eq!(known.status, Status::Fetching);
    assert!(known.age.is_some_and(|age| age < Duration::from_secs(60)));
    assert_eq!(known.items[0], role("first"));
    let connection = &bench.store.connections(&dev).items[0];
    assert_eq!((connection.subnet.as_deref(), connection.description.as_deref()), (Some("subnet-1"), None));
    assert_eq!(names(&bench.store.security_configurations(&dev)), ["first"]);
    assert_eq!(names(&bench.store.databases(&dev)), ["first"]);
    assert_eq!(bench.store.subnets(&dev).items[0].vpc, "vpc-first");
    assert!(bench.store.sessions(&dev).items.is_empty());
    tokio::time::advance(Duration::from_secs(100)).await;
    assert!(bench.store.roles(&dev).age.is_some_and(|age| age >= Duration::from_secs(100)));

    source.let_go(100);
    bench.settle().await;
    assert!(bench.store.roles(&dev).is_reliable());
    assert_eq!(names(&bench.store.roles(&dev)), ["second"]);
    assert!(fs::read_to_string(&written[0]).unwrap().contains("second"));
    assert_eq!(files(&folder), written);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("accounts");
    fill(&Bench::new(&named("x"), Some(&folder)), &identity("dev")).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&files(&folder)[0])), (0o700, 0o600));
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let source = named("x");
    source.surroundings(&["AWS_ACCESS_KEY_ID=AKIAINENVIRONMENT"]);
    let bench = Bench::new(&source, Some(folder.path()));
    fill(&bench, &keys()).await;
    bench.store.flush();
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
    assert!(bench.store.roles(&keys()).is_reliable());

    fill(&bench, &Identity::default()).await;
    let text = fs::read_to_string(&files(folder.path())[0]).unwrap();
    for secret in ["hunter2", "AKIA", "secret", "token", "column_name", "s3://"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(!files(folder.path())[0].to_str().unwrap().contains("AKIA"));
}

#[tokio::test(start_paused = true)]
async fn what_is_of_another_account_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let dev = identity("dev");
    fill(&Bench::new(&named("first"), Some(folder.path())), &dev).await;
    let source = Scripted::new(|_, list, _| Ok(one("2", list, "second")));
    source.hold();
    let bench = Bench::new(&source, Some(folder.path()));
    bench.store.caller(&dev);
    bench.held(1).await;
    bench.until(|store| !store.keeper.lock().shelves[&dev].databases.items.is_empty()).await;
    source.let_go(1);
    bench.until(|store| store.caller(&dev).status == Status::Ready).await;
    assert!(bench.store.databases(&dev).items.is_empty());
    source.let_go(100);
    bench.settle().await;
    let text = fs::read_to_string(&files(folder.path())[0]).unwrap();
    assert!(text.contains("second") && !text.contains("first"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn what_decides_who_the_caller_is_decides_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let source = named("x");
    let role = |arn: &str| Identity { access: Access::Role { arn: arn.to_owned() }, ..Identity::default() };
    let own = Identity::default();
    let in_region = Identity { region: Some("a".to_owned()), ..Identity::default() };
    let bench = Bench::new(&source, Some(folder.path()));
    for (number, identity) in [own.clone(), identity("a"), role("a"), in_region, role("b")].iter().enumerate() {
        fill(&bench, identity).await;
        assert_eq!(files(folder.path()).len(), number + 1);
    }
    source.surroundings(&["AWS_ACCESS_KEY_ID=AKIA2"]);
    fill(&Bench::new(&source, Some(folder.path())), &own).await;
    assert_eq!(files(folder.path()).len(), 6);
}

#[tokio::test(start_paused = true)]
async fn two_servers_keep_what_the_other_has_found() {
    let folder = tempfile::tempdir().unwrap();
    let dev = identity("dev");
    let (one, other) = (Bench::new(&named("one"), Some(folder.path())), Bench::new(&named("two"), Some(folder.path())));
    one.store.caller(&dev);
    other.store.caller(&dev);
    one.settle().await;
    other.settle().await;
    one.store.roles(&dev);
    one.settle().await;
    other.store.databases(&dev);
    other.settle().await;
    one.store.flush();
    let source = named("three");
    source.hold();
    let third = Bench::new(&source, Some(folder.path()));
    third.until(|store| !store.roles(&dev).items.is_empty()).await;
    assert_eq!(names(&third.store.roles(&dev)), ["one"]);
    assert_eq!(names(&third.store.databases(&dev)), ["two"]);
    source.let_go(100);
    third.settle().await;
    assert_eq!(files(folder.path()).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_uses_goes_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, days: u64| {
        let path = folder.path().join(name);
        fs::write(&path, "{}").unwrap();
        let time = SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60);
        fs::File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
        path
    };
    let hex = |number: u32| format!("{number:032x}.json");
    let old = file(&hex(1), 31);
    let young = file(&hex(2), 29);
    let foreign = file("notes.json", 400);
    let unfinished = file(".account-abc", 1);
    let under_way = file(".account-def", 0);
    fill(&Bench::new(&named("x"), Some(folder.path())), &identity("dev")).await;
    assert!(!old.exists() && !unfinished.exists());
    assert!(young.exists() && foreign.exists() && under_way.exists());
    for number in 0..100 {
        file(&hex(100 + number), 2);
    }
    fill(&Bench::new(&named("x"), Some(folder.path())), &identity("other")).await;
    assert_eq!(files(folder.path()).len(), 64 + 2);
    assert!(!young.exists());
}

/// Puts something in the place of the file of an identity, and returns what the next start makes of it.
async fn start_with(contents: &[u8]) -> (Vec<String>, bool) {
    let folder = tempfile::tempdir().unwrap();
    let dev = identity("dev");
    fill(&Bench::new(&named("first"), Some(folder.path())), &dev).await;
    let path = files(folder.path()).remove(0);
    fs::write(&path, contents).unwrap();
    let source = named("second");
    source.hold();
    let bench = Bench::new(&source, Some(folder.path()));
    let before = bench.store.roles(&dev);
    assert!(before.items.is_empty());
    bench.held(1).await;
    // Reading is over when only the store and the fetches have a hand in it.
    while std::sync::Arc::strong_count(&bench.store.keeper) > 3 {
        tokio::task::yield_now().await;
    }
    let found = names(&bench.store.roles(&dev));
    source.let_go(100);
    bench.settle().await;
    assert_eq!(names(&bench.store.roles(&dev)), ["second"]);
    bench.settle().await;
    let after = fs::read_to_string(&path).unwrap_or_default();
    (found, serde_json::from_str::<serde_json::Value>(&after).is_ok() && after.contains("second"))
}

async fn good() -> String {
    let folder = tempfile::tempdir().unwrap();
    fill(&Bench::new(&named("kept"), Some(folder.path())), &identity("dev")).await;
    fs::read_to_string(&files(folder.path())[0]).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_understood_is_ignored_and_replaced() {
    let good = good().await;
    assert_eq!(start_with(good.as_bytes()).await, (vec!["kept".to_owned()], true));
    let huge = format!("{good}{}", " ".repeat(17 * 1024 * 1024));
    let many =
        good.replace(r#"["kept","arn:aws:iam::1:role/kept",true]"#, &vec![r#"["kept","",true]"#; 20_001].join(","));
    assert_ne!(many, good);
    let bad = [
        good[..good.len() / 2].to_owned(),
        good.replace(r#""format":1"#, r#""format":2"#),
        good.replace("profile dev", "profile other"),
        String::new(),
        "null".to_owned(),
        "[".repeat(100_000),
        huge,
        many,
    ];
    for contents in bad {
        let start: String = contents.chars().take(60).collect();
        assert_eq!(start_with(contents.as_bytes()).await, (Vec::new(), true), "{start}");
    }
    // A time to come is not believed.
    let value: serde_json::Value = serde_json::from_str(&good).unwrap();
    let at = value["roles"]["at"].as_u64().unwrap();
    let late = good.replace(&at.to_string(), &u64::MAX.to_string());
    assert_eq!(start_with(late.as_bytes()).await, (vec!["kept".to_owned()], true));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_bytes_are_survived(
        random in prop::collection::vec(any::<u8>(), 0..300),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        which in 0..3,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut bytes = good().await.into_bytes();
            match which {
                0 => bytes = random,
                1 => bytes.truncate(cut.index(bytes.len())),
                _ => for (index, byte) in flips {
                    let index = index.index(bytes.len());
                    bytes[index] = byte;
                },
            }
            let (_, replaced) = start_with(&bytes).await;
            assert!(replaced);
        });
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_written_yet_is_written_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let source = named("x");
    let bench = Bench::new(&source, Some(folder.path()));
    let dev = identity("dev");
    bench.store.caller(&dev);
    bench.settle().await;
    fs::remove_file(&files(folder.path())[0]).unwrap();
    // One list has come, another one is on its way, so that nothing is written.
    source.hold();
    bench.store.roles(&dev);
    bench.held(1).await;
    bench.store.databases(&dev);
    bench.held(2).await;
    source.let_go(1);
    bench
        .until(|store| store.roles(&dev).status == Status::Ready || store.databases(&dev).status == Status::Ready)
        .await;
    assert!(files(folder.path()).is_empty());
    bench.store.flush();
    let written = files(folder.path());
    assert_eq!(written.len(), 1);
    source.let_go(10);
    bench.settle().await;
    assert_eq!((files(folder.path()), source.count(&List::Roles)), (written, 1));
}
