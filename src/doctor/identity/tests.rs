use std::collections::BTreeMap;

use super::*;
use crate::doctor::testing::{USER, failure};
use crate::doctor::{Chosen, Status};

fn machine(variables: &[(&str, &str)], profiles: &[(&str, &[(&str, &str)])]) -> Machine {
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    Machine {
        variables: map(variables),
        profiles: profiles.iter().map(|(name, keys)| ((*name).to_owned(), map(keys))).collect(),
        ..Machine::default()
    }
}

fn with_profile(name: &str) -> Request {
    let profile = Some(Chosen { value: name.to_owned(), from: "`--profile`".to_owned() });
    Request { profile, ..Request::default() }
}

#[test]
fn the_source_of_credentials_is_told_with_the_way_to_sign_in() {
    let profiles: &[(&str, &[(&str, &str)])] = &[
        ("default", &[("aws_access_key_id", "")]),
        ("sso", &[("sso_session", "")]),
        ("chain", &[("role_arn", ""), ("source_profile", "sso")]),
        ("program", &[("credential_process", "")]),
        ("circle", &[("role_arn", ""), ("source_profile", "circle2")]),
        ("circle2", &[("source_profile", "circle")]),
    ];
    let of = |variables: &[(&str, &str)], request: &Request| source(request, &machine(variables, profiles));
    let plain = Request::default();
    assert_eq!(
        of(&[("AWS_ACCESS_KEY_ID", "")], &plain).text,
        "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    );
    assert_eq!(of(&[], &plain).text, "the profile `default` (keys in the file)");
    assert_eq!(
        of(&[("AWS_PROFILE", "program")], &plain).text,
        "the profile `program` (credential_process, from AWS_PROFILE)"
    );
    let sso = of(&[("AWS_ACCESS_KEY_ID", "")], &with_profile("chain"));
    assert!(sso.text.contains("IAM Identity Center, from `--profile`"), "{sso:?}");
    assert_eq!(sso.sign_in.as_deref(), Some("aws sso login --profile sso"));
    assert_eq!(of(&[], &with_profile("circle")).text, "the profile `circle`, from `--profile`");
    let bare = |variables: &[(&str, &str)]| source(&plain, &machine(variables, &[])).text;
    assert!(bare(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")]).contains("container"));
    assert!(bare(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "")]).contains("web identity"));
    assert!(bare(&[]).contains("instance"));
    let assumed = Request { assume: Some("arn:r".into()), ..Request::default() };
    assert!(source(&assumed, &machine(&[], profiles)).text.starts_with("the role `arn:r`, assumed with the profile"));
}

#[test]
fn each_trouble_of_credentials_has_its_remedy() {
    let source = Source { text: "the profile `x`".into(), sign_in: Some("aws sso login --profile x".into()) };
    let of = |kind| credentials(&Err(failure(kind, "why")), &source);
    let expired = of(TroubleKind::Expired);
    assert_eq!((expired[0].status, expired[1].status), (Status::Failed, Status::Warning));
    assert_eq!(expired[0].fixes.len(), 1);
    assert_eq!(expired[0].message, "why; mend it. Looked for in the profile `x`.");
    let skew = of(TroubleKind::ClockSkew);
    assert_eq!((skew[0].status, skew[1].status, skew[1].id), (Status::Warning, Status::Failed, "clock"));
    assert_eq!(of(TroubleKind::NoNetwork)[0].status, Status::Failed);
    let none = Source { sign_in: None, ..source };
    let none = credentials(&Err(failure(TroubleKind::NoCredentials, "none")), &none);
    assert_eq!(none[0].fixes, [crate::doctor::Fix::Command("aws configure sso".into())]);
}

#[test]
fn a_comma_in_the_name_of_a_session_is_a_trap() {
    let caller = |id: &str| Caller { account: "1".into(), arn: USER.into(), user_id: id.into() };
    let source = Source { text: "x".into(), sign_in: None };
    assert_eq!(credentials(&Ok(caller("AROA:a,b")), &source)[0].status, Status::Warning);
    assert_eq!(credentials(&Ok(caller("AROA:ab")), &source)[0].status, Status::Ok);
}

#[test]
fn the_region_is_told_with_its_origin() {
    let of = |variables: &[(&str, &str)], request: &Request, name: &str| {
        region(&Ok(name.to_owned()), request, &machine(variables, &[]))
    };
    let plain = Request::default();
    assert_eq!(of(&[("AWS_REGION", "eu-west-1")], &plain, "eu-west-1").message, "`eu-west-1`, from AWS_REGION");
    let default = of(&[("AWS_DEFAULT_REGION", "eu-west-1")], &plain, "eu-west-1");
    assert!(default.status == Status::Warning && default.message.contains("does not read"), "{default:?}");
    assert!(of(&[], &with_profile("dev"), "eu-west-1").message.ends_with("the profile `dev`"));
    assert_eq!(of(&[("AWS_REGION", "eu-wset-1")], &plain, "eu-wset-1").status, Status::Warning);
    let none = region(&Err(failure(TroubleKind::NoRegion, "none")), &plain, &Machine::default());
    assert_eq!((none.status, none.fixes.len()), (Status::Failed, 1));
}

#[test]
fn addresses_of_ones_own_are_told_without_their_secrets() {
    let of = |variables: &[(&str, &str)]| endpoint(&Request::default(), &machine(variables, &[]));
    assert_eq!(of(&[]), None);
    let set = of(&[("AWS_ENDPOINT_URL_GLUE", "http://me:secret@proxy.test:8080/path?token=secret")]).unwrap();
    assert!(set.message.contains("`http://proxy.test:8080` (AWS_ENDPOINT_URL_GLUE)"), "{}", set.message);
    assert!(!set.message.contains("secret"), "{}", set.message);
    let ignored = [("AWS_ENDPOINT_URL", "http://a"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE")];
    assert_eq!(of(&ignored), None);
    let profiles: &[(&str, &[(&str, &str)])] = &[("default", &[("endpoint_url", "https://b")])];
    assert!(endpoint(&Request::default(), &machine(&[], profiles)).unwrap().message.contains("the profile"));
}
