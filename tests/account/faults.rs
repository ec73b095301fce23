//! What people are told when AWS is not at its best.

use std::thread;

use crate::cli::run::program::{Home, Ran};
use crate::service::{Fault, Faults};
use crate::support::contents::Contents;
use crate::support::moto::Moto;
use crate::support::profiles::home_of;
use crate::support::proxy::Proxy;

/// Lists the sessions of the account, and looks at what must never be said.
#[track_caller]
fn list(home: &Home, moto: &Moto) -> Ran {
    let ran = home.run(&["sessions", "list"]);
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(&moto.accounts[0].secret), "a secret is shown: {text}");
    }
    ran
}

#[test]
fn each_trouble_has_its_own_words() {
    let Some(moto) = Moto::with([Contents::new()]) else { return };
    let proxy = Proxy::before(&moto, Faults::none());
    assert_eq!(list(&home_of(&moto, &proxy.url), &moto).code, Some(0));
    assert_eq!(proxy.signers("ListSessions"), [(moto.accounts[0].key.clone(), "eu-west-1".to_owned())].into());
    let told = |fault: Fault, said: &str| {
        let proxy = Proxy::before(&moto, Faults::none().always("ListSessions", fault));
        let ran = list(&home_of(&moto, &proxy.url), &moto);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{fault:?}: {ran:?}");
        assert!(ran.stderr.to_lowercase().contains(said), "{fault:?}: {said}: {}", ran.stderr);
        assert!(ran.stderr.lines().count() <= 3 && !ran.stderr.contains('\u{fffd}'), "{fault:?}: {}", ran.stderr);
        assert_eq!(proxy.all_calls().keys().collect::<Vec<_>>(), ["ListSessions"], "{fault:?}");
    };
    // Most of them are tried again after a while, and all of them wait at the same time.
    thread::scope(|scope| {
        for (fault, said) in [
            (Fault::Throttle, "too many"),
            (Fault::Internal, "500"),
            (Fault::Unavailable, "503"),
            (Fault::Expired, "renew aws_access_key_id"),
            (Fault::Rejected, "renew aws_access_key_id"),
            (Fault::Denied, "glue:listsessions"),
            (Fault::Skewed, "clock"),
            (Fault::Portal, "not json"),
            (Fault::Garbage, "not json"),
            (Fault::Truncated, "not json"),
            (Fault::HangUp, "connection"),
            (Fault::BrokenOff, "listsessions"),
        ] {
            let told = &told;
            scope.spawn(move || told(fault, said));
        }
    });
}

#[test]
fn what_passes_by_itself_is_not_told() {
    let Some(moto) = Moto::with([Contents::new()]) else { return };
    for fault in [Fault::Throttle, Fault::Internal, Fault::HangUp] {
        let proxy = Proxy::before(&moto, Faults::none().first("ListSessions", 1, fault));
        let ran = list(&home_of(&moto, &proxy.url), &moto);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{fault:?}");
        assert_eq!((proxy.calls("ListSessions"), proxy.handled("ListSessions")), (2, 1), "{fault:?}");
    }
}
