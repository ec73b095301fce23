//! Servers that nobody asks do nothing, and servers beside each other do not get in each other's way.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::screen::{Screen, labels};
use crate::cli::run::program::Home;
use crate::service::{Fault, Faults};
use crate::support::contents::{Contents, SECRET};
use crate::support::moto::Moto;
use crate::support::profiles::home_of;
use crate::support::proxy::Proxy;

const REGION: &str = "eu-west-1";

/// How often the threads of a process went to sleep of themselves, by thread; none where the system does not tell.
fn sleeps(process: u32) -> Option<BTreeMap<String, u64>> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let count = |thread: std::fs::DirEntry| {
        let status = std::fs::read_to_string(thread.path().join("status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        Some((thread.file_name().to_string_lossy().into_owned(), line.trim().parse().ok()?))
    };
    Some(threads.flatten().filter_map(count).collect())
}

#[test]
fn a_server_that_nobody_asks_does_nothing() {
    let contents = Contents::new().jdbc(REGION, "orders", "subnet-0000000a", "eu-west-1b").many_roles(200);
    let Some(moto) = Moto::with([contents]) else { return };
    let proxy = Proxy::before(&moto, Faults::none());
    let mut screen = Screen::of(&home_of(&moto, &proxy.url));
    assert_eq!(screen.names("connections"), ["orders"]);
    screen.names("roles");
    let process = screen.editor.client.process();
    if sleeps(process).is_none() {
        eprintln!("not checked here: the system does not tell what threads do");
        return;
    }
    // What the questions have begun comes to its end.
    let mut quiet = 0;
    let mut last = (screen.editor.client.activity(), sleeps(process));
    while quiet < 20 {
        thread::sleep(Duration::from_millis(25));
        let now = (screen.editor.client.activity(), sleeps(process));
        quiet = if now == last { quiet + 1 } else { 0 };
        last = now;
    }
    let calls = proxy.all_calls();
    thread::sleep(Duration::from_secs(3));
    assert_eq!(proxy.all_calls(), calls, "nobody has asked");
    let (before, after) = (last.1.unwrap(), sleeps(process).unwrap());
    let woken: u64 = after.iter().map(|(thread, count)| count - before.get(thread).copied().unwrap_or_default()).sum();
    // A thread that is not needed any more ends, which is one.
    assert!(woken <= 8, "{woken} in three seconds: {before:?} {after:?}");
    assert_eq!(
        screen.editor.client.activity().map(|now| [now[0].clone(), now[1].clone()]),
        last.0.map(|then| [then[0].clone(), then[1].clone()]),
        "the processor's time"
    );
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

/// Looks at what is kept of accounts for the next start; returns the files.
fn kept(home: &Home) -> Vec<std::path::PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = files(&home.file(".cache/glue-ls/names"));
    for file in &found {
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        assert!(!text.contains(SECRET), "{}", file.display());
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    found
}

#[test]
fn two_servers_share_what_is_kept_for_the_next_start() {
    let contents = Contents::new()
        .jdbc(REGION, "orders", "subnet-0000000a", "eu-west-1b")
        .many_connections(REGION, 300)
        .many_roles(300);
    let Some(moto) = Moto::with([contents]) else { return };
    let proxy = Proxy::before(&moto, Faults::none());
    let home = home_of(&moto, &proxy.url);
    for _ in 0..3 {
        // Both fetch, write and end at the same time.
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut screen = Screen::of(&home);
                    screen.set("connections", "ord");
                    assert_eq!(screen.names("connections"), ["orders"]);
                    screen.refresh();
                    screen.set("roles", "role-0029");
                    assert!(screen.names("roles").contains(&"role-00299".to_owned()));
                });
            }
        });
        let found = kept(&home);
        assert_eq!(found.len(), 1, "one account, one file: {found:?}");
        // The next start knows the names before anybody has answered.
        proxy.set(Faults::none().always("*", Fault::Delay(Duration::from_secs(3600))));
        let mut next = Screen::of(&home);
        next.set("connections", "ord");
        assert_eq!(next.names("connections"), ["orders"]);
        assert_eq!(next.complete("connections")["isIncomplete"], true, "they may not be the last word");
        next.set("roles", "role-0029");
        assert!(labels(&next.complete("roles")).contains(&"role-00299".to_owned()));
        assert_eq!(next.editor.pull_cell("gone"), [""; 0], "of what is old nothing is said to be missing");
        proxy.set(Faults::none());
    }
}

#[test]
fn what_is_kept_may_be_broken() {
    let Some(moto) = Moto::with([Contents::new().jdbc(REGION, "orders", "subnet-0000000a", "eu-west-1b")]) else {
        return;
    };
    let proxy = Proxy::before(&moto, Faults::none());
    let home = home_of(&moto, &proxy.url);
    assert_eq!(Screen::of(&home).names("connections"), ["orders"]);
    for file in kept(&home) {
        let whole = std::fs::read(&file).unwrap();
        for broken in [&b""[..], &b"{"[..], &whole[..whole.len() / 2], &[0xff; 40][..]] {
            std::fs::write(&file, broken).unwrap();
            assert_eq!(Screen::of(&home).names("connections"), ["orders"]);
            assert_eq!(kept(&home), std::slice::from_ref(&file));
        }
    }
}
