//! What is wrong with an account, as editors show it: in completion, in hover, as a state or a line of the log. And that
//! it passes without a restart.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::screen::{Said, Screen};
use crate::cli::run::program::{Home, wait_until};
use crate::service::{Fault, Faults};
use crate::support::contents::Contents;
use crate::support::moto::Moto;
use crate::support::port::ClosedPort;
use crate::support::profiles::{Profiles, home_at, home_of, sign_in};
use crate::support::proxy::Proxy;

/// How many calls for one list may come while it is asked for again and again: a few attempts of a few fetches, between
/// which the wait doubles.
const FEW: u64 = 16;

fn moto() -> Option<Moto> {
    let contents =
        Contents::new().jdbc("eu-west-1", "orders", "subnet-0000000a", "eu-west-1b").role("Etl", "glue.amazonaws.com");
    Moto::with([contents])
}

/// Two clients, one that shows the state of accounts itself and one that knows nothing of ours.
struct Both {
    asking: Screen,
    plain: Screen,
}

impl Both {
    fn start(home: &Home) -> Both {
        let mut both = Both { asking: Screen::of(home), plain: Screen::plain(home) };
        both.asking.complete("connections");
        both.plain.complete("connections");
        both
    }

    /// Looks at all that is shown of a trouble.
    #[track_caller]
    fn look_at(&mut self, said: &Said) {
        let troubles = self.asking.told(said);
        for trouble in &troubles {
            assert!(!trouble["message"].as_str().unwrap().is_empty() && trouble["retryable"].is_boolean(), "{trouble}");
        }
        self.plain.logged(said);
        for screen in [&mut self.asking, &mut self.plain] {
            screen.look_at(said);
            screen.explains();
        }
    }

    /// Asks very often; returns how many calls of each operation came of that.
    fn hammer(&mut self, proxy: &Proxy) -> BTreeMap<String, u64> {
        let before = proxy.all_calls();
        for _ in 0..60 {
            for screen in [&mut self.asking, &mut self.plain] {
                screen.look_once();
                screen.hover("gone");
            }
        }
        let mut after = proxy.all_calls();
        after.retain(|operation, count| {
            *count -= before.get(operation).copied().unwrap_or_default();
            *count > 0
        });
        after
    }

    /// Has all fetched again, and looks whether all is well. Everything that was told before must have been read.
    #[track_caller]
    fn refresh(&mut self) {
        self.asking.refresh();
        self.plain.refresh();
        self.are_well();
    }

    #[track_caller]
    fn are_well(&mut self) {
        // Whoever does not ask does not learn of it: nothing goes on by itself.
        assert_eq!(self.plain.names("connections"), ["orders"]);
        assert_eq!(self.asking.names("connections"), ["orders"]);
        self.asking.told_all_is_well();
        for screen in [&mut self.asking, &mut self.plain] {
            assert!(screen.hover("gone").contains("no connection"), "{}", screen.hover("gone"));
        }
    }
}

/// A fault that passes; `most` are the calls that may come while everybody asks again and again.
#[track_caller]
fn passes(operation: &str, fault: Fault, most: u64, said: Said) {
    let Some(moto) = moto() else { return };
    let proxy = Proxy::before(&moto, Faults::none().always(operation, fault));
    let mut both = Both::start(&home_of(&moto, &proxy.url));
    both.look_at(&said);
    let calls = both.hammer(&proxy);
    // Two servers.
    assert!(calls.values().all(|count| *count <= 2 * most), "{calls:?}");
    // What hammering brought is no news.
    for screen in [&mut both.asking, &mut both.plain] {
        screen.look_at(&said);
    }
    proxy.set(Faults::none());
    both.refresh();
}

#[test]
fn expired_keys() {
    let said = Said { label: "The AWS credentials have expired", message: "have expired", remedy: "AWS_ACCESS_KEY_ID" };
    passes("*", Fault::Expired, 0, said);
}

#[test]
fn rejected_keys() {
    let said =
        Said { label: "AWS does not accept the credentials", message: "does not accept", remedy: "AWS_ACCESS_KEY_ID" };
    passes("*", Fault::Rejected, 0, said);
}

#[test]
fn a_wrong_clock() {
    let said = Said { label: "The computer's clock is wrong", message: "clock", remedy: "set the clock" };
    passes("*", Fault::Skewed, 0, said);
}

#[test]
fn a_missing_permission() {
    let said = Said {
        label: "Not allowed: glue:GetConnections",
        message: "The permission glue:GetConnections is missing",
        remedy: "ask for glue:GetConnections to be allowed",
    };
    passes("GetConnections", Fault::Denied, 0, said);
}

#[test]
fn throttling() {
    let said = Said { label: "Too many calls to AWS", message: "gets too many calls", remedy: "it is tried again" };
    passes("*", Fault::Throttle, FEW, said);
}

#[test]
fn a_service_that_fails() {
    let said =
        Said { label: "AWS fails to list the names", message: "Glue failed at GetConnections", remedy: "tried again" };
    passes("GetConnections", Fault::Internal, FEW, said);
}

#[test]
fn a_service_that_is_unavailable() {
    let said = Said { label: "AWS fails to list the names", message: "(HTTP 503)", remedy: "tried again" };
    passes("*", Fault::Unavailable, FEW, said);
}

#[test]
fn a_connection_that_is_closed() {
    let said = Said { label: "AWS cannot be reached", message: "broke the connection", remedy: "check the network" };
    passes("*", Fault::HangUp, FEW, said);
}

#[test]
fn an_answer_that_breaks_off() {
    let said = Said { label: "AWS cannot be reached", message: "broke the connection", remedy: "check the network" };
    passes("GetConnections", Fault::BrokenOff, FEW, said);
}

#[test]
fn an_answer_that_is_cut() {
    let said =
        Said { label: "AWS fails to list the names", message: "cannot be understood", remedy: "whether a proxy" };
    passes("GetConnections", Fault::Truncated, FEW, said);
}

#[test]
fn an_answer_that_is_garbage() {
    let said =
        Said { label: "AWS fails to list the names", message: "cannot be understood", remedy: "whether a proxy" };
    passes("*", Fault::Garbage, FEW, said);
}

#[test]
fn a_login_page_in_place_of_aws() {
    let said =
        Said { label: "AWS fails to list the names", message: "cannot be understood", remedy: "whether a proxy" };
    passes("*", Fault::Portal, FEW, said);
}

#[test]
fn a_region_that_is_not_enabled() {
    let Some(moto) = Moto::with([Contents::new().jdbc("ap-east-1", "orders", "subnet-0000000a", "ap-east-1a")]) else {
        return;
    };
    let proxy = Proxy::before(&moto, Faults::none().always("*", Fault::Rejected));
    let mut both = Both::start(&home_of(&moto, &proxy.url).with("AWS_REGION", "ap-east-1"));
    let said = Said {
        label: "Glue does not answer in this region",
        message: "a region that accounts have to enable first",
        remedy: "enable the region",
    };
    both.look_at(&said);
    let calls = both.hammer(&proxy);
    assert!(calls.values().all(|count| *count <= 2), "{calls:?}");
    proxy.set(Faults::none());
    both.refresh();
}

#[test]
fn a_region_that_does_not_exist() {
    let Some(moto) = moto() else { return };
    let proxy = Proxy::before(&moto, Faults::none());
    // A name that is kept from ever having an address.
    let home = home_of(&moto, &proxy.url)
        .with("AWS_REGION", "eu-west-9")
        .with("AWS_ENDPOINT_URL_GLUE", "http://glue.eu-west-9.invalid");
    let mut both = Both::start(&home);
    let said = Said {
        label: "Glue does not answer in this region",
        message: "eu-west-9 has no Glue, or does not exist",
        remedy: "choose another",
    };
    both.look_at(&said);
    assert_eq!(both.hammer(&proxy), BTreeMap::new());
}

#[test]
fn a_region_that_is_none() {
    let Some(moto) = moto() else { return };
    let proxy = Proxy::before(&moto, Faults::none());
    let mut both = Both::start(&home_of(&moto, &proxy.url).with("AWS_REGION", "eu west 1"));
    let said = Said {
        label: "Glue does not answer in this region",
        message: "\"eu west 1\" is no region",
        remedy: "choose a region",
    };
    both.look_at(&said);
    both.hammer(&proxy);
    assert_eq!(proxy.all_calls(), BTreeMap::new(), "nobody is asked");
}

#[test]
fn no_region_until_the_config_file_has_one() {
    let Some(moto) = moto() else { return };
    let proxy = Proxy::before(&moto, Faults::none());
    let home = home_of(&moto, &proxy.url).with("AWS_REGION", "");
    let mut both = Both::start(&home);
    both.look_at(&Said {
        label: "No region is chosen",
        message: "No AWS region is chosen",
        remedy: "set one with %region",
    });
    both.hammer(&proxy);
    assert_eq!(proxy.all_calls(), BTreeMap::new(), "nobody is asked");
    Profiles::new().profile("default", &["region = eu-west-1"]).write(&home);
    both.are_well();
}

#[test]
fn no_credentials_until_somebody_signs_in() {
    let Some(moto) = moto() else { return };
    let proxy = Proxy::before(&moto, Faults::none());
    let home = home_at(&proxy.url).with("AWS_REGION", "eu-west-1");
    let mut both = Both::start(&home);
    both.look_at(&Said {
        label: "No AWS credentials",
        message: "There are no AWS credentials",
        remedy: "aws configure sso",
    });
    both.hammer(&proxy);
    assert_eq!(proxy.all_calls(), BTreeMap::new(), "nobody is asked");
    Profiles::new().keys("default", &moto.accounts[0]).write(&home);
    both.are_well();
}

#[test]
fn a_sign_in_that_has_expired_until_it_is_renewed() {
    let Some(moto) = moto() else { return };
    let proxy = Proxy::before(&moto, Faults::none());
    let home = home_at(&proxy.url).with("AWS_PROFILE", "work");
    Profiles::new().sso("work", &moto.accounts[0]).write(&home);
    proxy.portal("t0ken-of-the-sign-in", &moto.accounts[0]);
    sign_in(&home, "t0ken-of-the-sign-in", "2020-01-01T00:00:00Z");
    let mut both = Both::start(&home);
    let said = Said {
        label: "The AWS credentials have expired",
        message: "have expired",
        remedy: "aws sso login --profile work",
    };
    both.look_at(&said);
    both.hammer(&proxy);
    assert_eq!(proxy.all_calls(), BTreeMap::new(), "nobody is asked");
    sign_in(&home, "t0ken-of-the-sign-in", "2100-01-01T00:00:00Z");
    both.are_well();
    assert!(proxy.calls("GetRoleCredentials") <= 2 * 3, "{:?}", proxy.all_calls());
}

#[test]
fn no_network_until_there_is_one() {
    let Some(moto) = moto() else { return };
    let port = ClosedPort::new();
    let mut both = Both::start(&home_of(&moto, &port.url()));
    let said = Said { label: "AWS cannot be reached", message: "cannot be reached", remedy: "check the network" };
    both.look_at(&said);
    let proxy = Proxy::on(port.listen(), &moto, Faults::none());
    both.refresh();
    assert!(proxy.calls("GetConnections") <= 4, "{:?}", proxy.all_calls());
}

#[test]
fn nothing_waits_for_a_list_that_hangs() {
    let Some(moto) = moto() else { return };
    let proxy = Proxy::before(&moto, Faults::none().always("*", Fault::Delay(Duration::from_secs(3600))));
    let home = home_of(&moto, &proxy.url);
    let mut screen = Screen::of(&home);
    for _ in 0..20 {
        let list = screen.complete("connections");
        assert_eq!((list["isIncomplete"].clone(), list["items"].clone()), (json!(true), json!([])));
        screen.explains();
        assert_eq!(screen.editor.pull_cell("gone"), [""; 0], "of what is not known nothing is said");
        screen.editor.ask("textDocument/signatureHelp", &crate::lsp::editor::cell_uri("connections"), 0, 13);
    }
    wait_until("the first call", || !proxy.all_calls().is_empty());
    // Nothing was answered so far, and nothing has failed: all answers above came while the call was under way.
    assert_eq!(screen.editor.client.unread().count(), 0);
    assert_eq!(
        proxy.all_calls().values().sum::<u64>(),
        1,
        "while nobody knows whether keys are good, one call is made"
    );
    proxy.set(Faults::none());
    screen.refresh();
    assert_eq!(screen.names("connections"), ["orders"]);
    assert!(screen.names("roles").iter().any(|label| label == "Etl"));
}

#[test]
fn what_is_slow_comes_in_the_end() {
    let Some(moto) = moto() else { return };
    let proxy = Proxy::before(&moto, Faults::none().always("*", Fault::Delay(Duration::from_millis(700))));
    let mut screen = Screen::of(&home_of(&moto, &proxy.url));
    assert_eq!(screen.complete("connections")["isIncomplete"], true);
    assert_eq!(screen.names("connections"), ["orders"]);
    assert_eq!(proxy.calls("GetConnections"), 1);
}

#[test]
fn what_one_list_lacks_the_others_have() {
    let Some(moto) = moto() else { return };
    let proxy = Proxy::before(&moto, Faults::none().always("GetConnections", Fault::Denied));
    let mut both = Both::start(&home_of(&moto, &proxy.url));
    both.look_at(&Said {
        label: "Not allowed: glue:GetConnections",
        message: "glue:GetConnections",
        remedy: "ask for glue:GetConnections",
    });
    for screen in [&mut both.asking, &mut both.plain] {
        assert!(screen.names("roles").iter().any(|label| label == "Etl"));
    }
    assert_eq!(proxy.calls("GetConnections"), 2, "one of each");
}
