//! Nothing of one identity is an answer about another.

use proptest::prelude::*;

use crate::account::testing::*;
use crate::account::{List, Store};
use crate::aws::{Access, Identity};

/// Identities that differ in one thing each.
fn identities() -> Vec<Identity> {
    let region = |name: &str| Some(name.to_owned());
    let role = |name: &str| Access::Role { arn: format!("arn:aws:iam::2:role/{name}") };
    vec![
        Identity::default(),
        identity("a"),
        identity("b"),
        Identity { region: region("eu-west-1"), ..identity("a") },
        Identity { region: region("us-east-1"), ..identity("a") },
        Identity { access: role("r"), ..identity("a") },
        Identity { access: role("s"), ..identity("a") },
        keys(),
        Identity { profile: None, region: region("a"), ..Identity::default() },
    ]
}

/// What the source calls whatever an identity has.
fn mark(identity: &Identity) -> String {
    format!("of {identity:?}")
}

fn ask(store: &Store, identity: &Identity, list: usize) -> Vec<String> {
    match list {
        0 => names(&store.connections(identity)),
        1 => names(&store.roles(identity)),
        2 => names(&store.security_configurations(identity)),
        3 => names(&store.sessions(identity)),
        4 => names(&store.databases(identity)),
        5 => names(&store.tables(identity, "db")),
        6 => names(&store.objects(identity, "s3://b/")),
        _ => store.subnets(identity).items.iter().map(|subnet| subnet.vpc.replacen("vpc-", "", 1)).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nothing_of_one_is_answered_for_another(
        steps in prop::collection::vec((0_usize..9, 0_usize..8, 0_u8..12), 1..40),
        restart in 0_usize..40,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let source = Scripted::new(|identity, list, _| Ok(one("1", list, &mark(identity))));
            let mut bench = Bench::new(&source, Some(folder.path()));
            for (number, (who, list, what)) in steps.into_iter().enumerate() {
                let identity = &identities()[who];
                if number == restart {
                    bench.settle().await;
                    bench = Bench::new(&source, Some(folder.path()));
                }
                match what {
                    0 => bench.store.refresh(Some(identity)),
                    1 => bench.store.refresh(None),
                    2 => tokio::time::advance(MAX_AGE * 2).await,
                    3 => bench.settle().await,
                    4 => bench.store.flush(),
                    _ => {}
                }
                for _ in 0..usize::from(what) {
                    let found = ask(&bench.store, identity, list);
                    assert!(found.iter().all(|name| *name == mark(identity)), "{identity:?}: {found:?}");
                    tokio::task::yield_now().await;
                }
            }
            for identity in &identities() {
                (0..8).for_each(|list| drop(ask(&bench.store, identity, list)));
                bench.settle().await;
                for list in 0..8 {
                    assert_eq!(ask(&bench.store, identity, list), [mark(identity)]);
                }
                bench.settle().await;
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_is_neither_asked_nor_another_identity() {
    let source = Scripted::new(|identity, list, _| {
        assert_eq!(identity.endpoint, None);
        Ok(one("1", list, "x"))
    });
    let bench = Bench::new(&source, None);
    let elsewhere = Identity { endpoint: Some("http://evil.example".to_owned()), ..identity("dev") };
    bench.store.roles(&elsewhere);
    bench.settle().await;
    assert!(bench.store.roles(&identity("dev")).is_reliable());
    bench.store.refresh(Some(&elsewhere));
    bench.settle().await;
    assert_eq!(source.count(&List::Roles), 2);
}

#[tokio::test(start_paused = true)]
async fn another_account_behind_the_same_name_is_another_account() {
    let source = Scripted::new(|_, list, _| Ok(one("1", list, "of one")));
    let bench = Bench::new(&source, None);
    let dev = identity("dev");
    bench.store.roles(&dev);
    bench.store.subnets(&dev);
    bench.settle().await;
    source.answer(|_, list, _| match list {
        List::Caller => Ok(one("2", list, "")),
        _ => Ok(one("2", list, "of two")),
    });
    // Roles are fetched again because of the caller, though nobody asks for them now.
    tokio::time::advance(MAX_AGE * 2).await;
    bench.store.connections(&dev);
    bench.settle().await;
    assert_eq!(names(&bench.store.roles(&dev)), ["of two"]);
    assert_eq!(names(&bench.store.connections(&dev)), ["of two"]);
    assert_eq!(bench.store.subnets(&dev).items[0].vpc, "vpc-of two");
    bench.settle().await;
}
