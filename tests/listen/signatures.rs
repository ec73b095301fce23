//! Signatures: good ones, and all that somebody without the key may try.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use glue_ls::local::listen::{Bounds, Key};

use super::server::{Server, Wanted, on_the_wire};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn who_has_the_key_is_served() {
    let server = Server::new().await;
    server.serves().await;
    let local = format!("localhost:{}", server.port);
    assert_eq!(server.answer(&server.request().with("host", &local)).await.status, 200);
    let answer = server.answer(&server.request().sts()).await;
    assert!(answer.status == 200 && answer.body.contains("<GetCallerIdentityResult>"), "{answer:?}");
    for (name, value) in [("cache-control", "no-store"), ("x-content-type-options", "nosniff")] {
        assert!(answer.head.contains(&format!("{name}: {value}")), "{answer:?}");
    }
    // A header may come twice, and is signed as both.
    let mut twice = server.request();
    twice.headers.push(("x-more", "a  b".to_owned()));
    twice.headers.push(("x-more", "c".to_owned()));
    assert_eq!(server.answer(&twice).await.status, 200);
    // What proxies and clients add is nobody's business.
    assert_eq!(server.answer(&server.request().aside("user-agent", "x")).await.status, 200);
}

#[tokio::test]
async fn without_a_signature_nobody_is() {
    let server = Server::new().await;
    let request = server.request();
    let unsigned = |request: &Wanted| {
        let headers: Vec<_> = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        on_the_wire("POST", "/", &headers, &request.body)
    };
    let answer = server.refuses(unsigned(&request), 400, "MissingAuthenticationTokenException").await;
    assert!(answer.head.contains("x-amzn-errortype: missingauthenticationtokenexception"), "{answer:?}");
    server.refuses(unsigned(&request.sts()), 403, "MissingAuthenticationToken").await;
    // Nor by an address, as links that are handed around are signed.
    let mut link = server.request();
    link.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00".to_owned();
    server.refuses(unsigned(&link), 400, "MissingAuthenticationTokenException").await;
}

#[tokio::test]
async fn wrong_keys_are_refused() {
    let server = Server::new().await;
    let with = |key: Key| Wanted { key, ..server.request() };
    let secret = Key { secret: Key::random().secret, ..server.key.clone() };
    server.refuses(with(secret.clone()).bytes(), 400, "InvalidSignatureException").await;
    server.refuses(with(secret).sts().bytes(), 403, "SignatureDoesNotMatch").await;
    let other = Key { id: Key::random().id, ..server.key.clone() };
    server.refuses(with(other.clone()).bytes(), 400, "UnrecognizedClientException").await;
    server.refuses(with(other).sts().bytes(), 403, "InvalidClientTokenId").await;
    let none = Key { id: String::new(), ..server.key.clone() };
    server.refuses(with(none).bytes(), 400, "UnrecognizedClientException").await;
    // Another start of the server has another key.
    let before = Server::new().await;
    server.refuses(with(before.key.clone()).bytes(), 400, "UnrecognizedClientException").await;
}

#[tokio::test]
async fn every_digit_of_a_signature_counts() {
    let server = Server::new().await;
    let headers = server.request().signed();
    let place = headers.iter().position(|(name, _)| name == "authorization").unwrap();
    let signature = headers[place].1.rsplit_once("Signature=").unwrap().1.len();
    assert_eq!(signature, 64);
    let changed = |change: &dyn Fn(&mut String)| {
        let mut headers = headers.clone();
        change(&mut headers[place].1);
        on_the_wire("POST", "/", &headers, b"{}")
    };
    for back in [1, 2, 32, 64] {
        let one_digit = changed(&|authorization| {
            let at = authorization.len() - back;
            let other = if &authorization[at..=at] == "0" { "1" } else { "0" };
            authorization.replace_range(at..=at, other);
        });
        server.refuses(one_digit, 400, "InvalidSignatureException").await;
    }
    let shorter = changed(&|authorization| authorization.truncate(authorization.len() - 1));
    server.refuses(shorter, 400, "InvalidSignatureException").await;
    let longer = changed(&|authorization| authorization.push('0'));
    server.refuses(longer, 400, "InvalidSignatureException").await;
    let none = changed(&|authorization| authorization.truncate(authorization.len() - signature));
    server.refuses(none, 400, "InvalidSignatureException").await;
    let capitals = changed(&|authorization| {
        let at = authorization.len() - signature;
        let upper = authorization[at..].to_uppercase();
        authorization.replace_range(at.., &upper);
    });
    server.refuses(capitals, 400, "InvalidSignatureException").await;
    let region = changed(&|authorization| *authorization = authorization.replace("eu-west-1", "eu-west-2"));
    server.refuses(region, 400, "InvalidSignatureException").await;
    let service = changed(&|authorization| *authorization = authorization.replace("/glue/", "/iam/"));
    server.refuses(service, 403, "SignatureDoesNotMatch").await;
    let unsigned = changed(&|authorization| *authorization = authorization.replace("content-type;", ""));
    server.refuses(unsigned, 400, "InvalidSignatureException").await;
}

#[tokio::test]
async fn a_signature_is_of_its_request_alone() {
    let server = Server::new().await;
    let request = server.request();
    server.refuses(request.bytes_with(br#"{"MaxResults":1}"#), 400, "InvalidSignatureException").await;
    server.refuses(request.bytes_with(b""), 400, "InvalidSignatureException").await;
    for name in ["x-amz-target", "content-type", "x-amz-date"] {
        let mut headers = request.signed();
        let value = &mut headers.iter_mut().find(|(known, _)| known == name).unwrap().1;
        *value = match name {
            "x-amz-target" => "AWSGlue.DeleteSession".to_owned(),
            "x-amz-date" if value.ends_with("00Z") => value.replace("00Z", "01Z"),
            "x-amz-date" => format!("{}00Z", &value[..13]),
            _ => "text/plain".to_owned(),
        };
        server.refuses(on_the_wire("POST", "/", &headers, b"{}"), 400, "InvalidSignatureException").await;
    }
    // A second value beside the one that is signed.
    for name in ["x-amz-target", "content-type"] {
        let mut headers = request.signed();
        headers.push((name.to_owned(), "AWSGlue.DeleteSession".to_owned()));
        server.refuses(on_the_wire("POST", "/", &headers, b"{}"), 400, "InvalidSignatureException").await;
    }
    for name in ["authorization", "x-amz-date"] {
        let mut headers = request.signed();
        let again = headers.iter().find(|(known, _)| known == name).unwrap().clone();
        headers.push(again);
        server.refuses(on_the_wire("POST", "/", &headers, b"{}"), 400, "IncompleteSignatureException").await;
    }
}

#[tokio::test]
async fn what_counts_must_be_signed() {
    let server = Server::new().await;
    for name in ["host", "x-amz-target", "x-amz-date"] {
        let wanted = Wanted { hidden: vec![name], ..server.request() };
        let signed = String::from_utf8(wanted.bytes()).unwrap();
        let names = signed.split_once("SignedHeaders=").unwrap().1.split(',').next().unwrap();
        assert!(!names.split(';').any(|signed| signed == name), "{names}");
        server.refuses(wanted.bytes(), 400, "IncompleteSignatureException").await;
    }
    let aside = server.request().aside("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    server.refuses(aside.bytes(), 400, "IncompleteSignatureException").await;
    let mut without_date = server.request().signed();
    without_date.retain(|(name, _)| name != "x-amz-date");
    server.refuses(on_the_wire("POST", "/", &without_date, b"{}"), 400, "IncompleteSignatureException").await;
}

#[tokio::test]
async fn the_hash_that_a_client_sends_must_be_that_of_the_body() {
    let server = Server::new().await;
    let good = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(server.answer(&server.request().with("x-amz-content-sha256", good)).await.status, 200);
    for bad in ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "", &good.replace('4', "5")] {
        let wanted = server.request().with("x-amz-content-sha256", bad);
        server.refuses(wanted.bytes(), 400, "InvalidSignatureException").await;
    }
}

#[tokio::test]
async fn old_signatures_are_worth_nothing() {
    let server = Server::new().await;
    let now = SystemTime::now();
    let at = |time: SystemTime| Wanted { time, ..server.request() };
    assert_eq!(server.answer(&at(now - 4 * MINUTE)).await.status, 200);
    assert_eq!(server.answer(&at(now + 4 * MINUTE)).await.status, 200);
    let old = server.refuses(at(now - 6 * MINUTE).bytes(), 400, "InvalidSignatureException").await;
    assert!(old.body.contains("Signature expired: ") && old.body.contains(" - 5 min.)"), "{old:?}");
    server.refuses(at(now - 60 * 24 * 365 * MINUTE).bytes(), 400, "InvalidSignatureException").await;
    server.refuses(at(now - 6 * MINUTE).sts().bytes(), 403, "SignatureDoesNotMatch").await;
    let early = server.refuses(at(now + 6 * MINUTE).bytes(), 400, "InvalidSignatureException").await;
    assert!(early.body.contains("Signature not yet current: "), "{early:?}");
    // A new date does not mend an old scope.
    let mut headers = at(now - 60 * 24 * MINUTE).signed();
    let today = at(now).signed().into_iter().find(|(name, _)| name == "x-amz-date").unwrap();
    headers.retain(|(name, _)| name != "x-amz-date");
    headers.push(today);
    server.refuses(on_the_wire("POST", "/", &headers, b"{}"), 400, "InvalidSignatureException").await;
    // Clients send a request again as it was, when its answer was lost.
    let again = at(now).bytes();
    for _ in 0..3 {
        assert_eq!(server.told(&again).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn other_services_and_other_ways_of_signing_are_refused() {
    let server = Server::new().await;
    for service in ["s3", "logs", "GLUE", "execute-api"] {
        let wanted = Wanted { service, ..server.request() };
        server.refuses(wanted.bytes(), 400, "InvalidSignatureException").await;
    }
    for authorization in [
        "",
        "Basic dXNlcjpwYXNzd29yZA==",
        "Bearer token",
        "AWS AKID:signature",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=",
        "AWS4-ECDSA-P256-SHA256 Credential=A/20260101/glue/aws4_request, SignedHeaders=host, Signature=00",
    ] {
        let mut headers = server.request().signed();
        headers.retain(|(name, _)| name != "authorization");
        headers.push(("authorization".to_owned(), authorization.to_owned()));
        let bytes = on_the_wire("POST", "/", &headers, b"{}");
        server.refuses(bytes, 400, "IncompleteSignatureException").await;
    }
}

#[tokio::test]
async fn temporary_keys_come_with_a_token() {
    let now = SystemTime::now();
    let key = |id: &str, until: SystemTime| Key {
        id: id.to_owned(),
        secret: "temporary-secret".to_owned(),
        token: Some("the-token".to_owned()),
        expires: Some(until),
    };
    let keys = [key("ASIAGOOD", now + 60 * MINUTE), key("ASIAOLD", now - MINUTE)];
    let known = keys.clone();
    let find = Arc::new(move |id: &str| known.iter().find(|key| key.id == id).cloned());
    let server = Server::with(Bounds::default(), |listener| listener.with_keys(find)).await;
    let with = |key: &Key| Wanted { key: key.clone(), ..server.request() };
    assert_eq!(server.answer(&with(&keys[0])).await.status, 200);
    server.refuses(with(&keys[1]).bytes(), 400, "ExpiredTokenException").await;
    server.refuses(with(&keys[1]).sts().bytes(), 403, "ExpiredToken").await;
    let without = Key { token: None, ..keys[0].clone() };
    server.refuses(with(&without).bytes(), 400, "UnrecognizedClientException").await;
    let wrong = Key { token: Some("the-tokem".to_owned()), ..keys[0].clone() };
    server.refuses(with(&wrong).bytes(), 400, "UnrecognizedClientException").await;
    let secret = Key { secret: "temporary-secres".to_owned(), ..keys[0].clone() };
    server.refuses(with(&secret).bytes(), 400, "InvalidSignatureException").await;
    // What the environment has of other keys does not keep anybody out.
    let stale = Key { token: Some("of-another-account".to_owned()), ..server.key.clone() };
    assert_eq!(server.answer(&with(&stale)).await.status, 200);
}
