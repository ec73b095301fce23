//! The library's client, whose requests go to moto as if that were the real hosts.

use crate::service::{Fault, Faults};
use crate::support::client::client_of;
use crate::support::contents::Contents;
use crate::support::moto::Moto;
use crate::support::proxy::Proxy;
use glue_ls::session::ApiErrorKind;

#[tokio::test]
async fn the_caller_is_who_the_keys_belong_to() {
    let Some(moto) = Moto::with([Contents::new().only(&["*"]), Contents::new()]) else { return };
    for account in &moto.accounts {
        let caller = client_of(&moto.url, account, "eu-west-1").caller().await.unwrap();
        assert_eq!((caller.arn, caller.account), (account.arn.clone(), account.id.clone()));
        assert!(caller.user_id.starts_with("AIDA") || caller.user_id.len() > 10, "{}", caller.user_id);
    }
}

#[tokio::test]
async fn a_refusal_is_told_by_what_it_means() {
    let Some(moto) = Moto::with([Contents::new()]) else { return };
    for (fault, kind) in
        [(Fault::Expired, ApiErrorKind::ExpiredCredentials), (Fault::Rejected, ApiErrorKind::RejectedCredentials)]
    {
        let proxy = Proxy::before(&moto, Faults::none().always("GetCallerIdentity", fault));
        let failure = client_of(&proxy.url, &moto.accounts[0], "eu-west-1").caller().await.unwrap_err();
        assert_eq!(failure.kind, kind, "{fault:?}: {failure}");
        assert_eq!(proxy.calls("GetCallerIdentity"), 1, "{fault:?}");
    }
}
