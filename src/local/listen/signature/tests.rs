use super::*;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn times_are_read_as_they_are_written() {
    for (text, seconds) in [
        ("19700101T000000Z", 0),
        ("20000229T120000Z", 951_825_600),
        ("20260131T235959Z", 1_769_903_999),
        ("20281231T000001Z", 1_861_833_601),
        ("99991231T235959Z", 253_402_300_799),
    ] {
        assert_eq!(time(text), Some(at(seconds)), "{text}");
        assert_eq!(stamp(at(seconds)), text);
    }
    for bad in [
        "",
        "20260131",
        "20260131T235959",
        "20260131 235959Z",
        "20260132T000000Z",
        "20260229T000000Z",
        "20261301T000000Z",
        "20260131T240000Z",
        "20260131T006000Z",
        "19691231T235959Z",
        "+0260131T235959Z",
        "2026013１T2359Z",
        "20260131T235959Zz",
    ] {
        assert_eq!(time(bad), None, "{bad}");
    }
}

#[test]
fn a_date_is_good_for_five_minutes_around_it() {
    let now = at(1_769_903_999);
    for near in [0, 1, 299, 300] {
        assert_eq!(skew(now - Duration::from_secs(near), now), None);
        assert_eq!(skew(now + Duration::from_secs(near), now), None);
    }
    assert_eq!(
        skew(now - Duration::from_secs(301), now).unwrap(),
        "Signature expired: 20260131T235458Z is now earlier than 20260131T235459Z (20260131T235959Z - 5 min.)"
    );
    assert_eq!(
        skew(now + Duration::from_secs(301), now).unwrap(),
        "Signature not yet current: 20260201T000500Z is still later than 20260201T000459Z (20260131T235959Z + 5 min.)"
    );
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
}

fn ring() -> Ring {
    Ring::of(Key { id: "AKIDEXAMPLE".to_owned(), secret: "secret".to_owned(), token: None, expires: None })
}

const GOOD: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260131/eu-west-1/glue/aws4_request, SignedHeaders=host;x-amz-date, Signature=00";

fn denied(authorization: &str) -> Option<Denial> {
    let headers =
        headers(&[("authorization", authorization), ("host", "localhost:1"), ("x-amz-date", "20260131T235959Z")]);
    claim(&headers, &ring(), at(1_769_903_999)).err()
}

#[test]
fn anything_but_a_whole_claim_is_refused() {
    assert_eq!(denied(GOOD), None);
    assert_eq!(denied(&GOOD.replace(", ", ",")), None);
    for (from, to) in [
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256"),
        ("SignedHeaders=host;x-amz-date, ", ""),
        (", Signature=00", ""),
        ("Signature=00", "Signature=00, Signature=01"),
        ("Signature=00", "Signature=00, More=1"),
        ("Signature=00", "Signature"),
        ("/aws4_request", ""),
        ("/aws4_request", "/aws4_request/more"),
        ("aws4_request", "aws5_request"),
        ("host;x-amz-date", "x-amz-date"),
        ("host;x-amz-date", "host"),
        ("host;x-amz-date", "host;x-amz-date;"),
        ("host;x-amz-date", "host;x-amz-date;other"),
        ("host;x-amz-date", "authorization;host;x-amz-date"),
    ] {
        let bad = GOOD.replacen(from, to, 1);
        assert!(matches!(denied(&bad), Some(Denial::Incomplete(_))), "{bad}: {:?}", denied(&bad));
    }
    for (from, to) in [("20260131", "20260130"), ("/glue/", "/s3/"), ("/eu-west-1/", "//")] {
        let bad = GOOD.replacen(from, to, 1);
        assert!(matches!(denied(&bad), Some(Denial::Scope(_))), "{bad}: {:?}", denied(&bad));
    }
    assert_eq!(denied(&GOOD.replace("AKIDEXAMPLE", "AKIDOTHER")), Some(Denial::UnknownKey));
    assert_eq!(denied("Bearer token").map(|denial| matches!(denial, Denial::Incomplete(_))), Some(true));
}

#[test]
fn a_temporary_key_needs_its_token_and_its_time() {
    let now = at(1_769_903_999);
    let mut keys = ring();
    keys.also(std::sync::Arc::new(move |id| {
        (id == "ASIATEMPORARY").then(|| Key {
            id: id.to_owned(),
            secret: "other".to_owned(),
            token: Some("token".to_owned()),
            expires: Some(now + Duration::from_secs(60)),
        })
    }));
    let claimed = |id: &str, token: Option<&str>, now: SystemTime| {
        let signed = if token.is_some() { "host;x-amz-date;x-amz-security-token" } else { "host;x-amz-date" };
        let authorization = GOOD.replace("AKIDEXAMPLE", id).replace("host;x-amz-date", signed);
        let mut all = vec![
            ("authorization", authorization.as_str()),
            ("host", "localhost:1"),
            ("x-amz-date", "20260131T235959Z"),
        ];
        all.extend(token.map(|token| ("x-amz-security-token", token)));
        claim(&headers(&all), &keys, now).err()
    };
    assert_eq!(claimed("ASIATEMPORARY", Some("token"), now), None);
    assert_eq!(claimed("ASIATEMPORARY", Some("tokem"), now), Some(Denial::UnknownKey));
    assert_eq!(claimed("ASIATEMPORARY", None, now), Some(Denial::UnknownKey));
    assert_eq!(claimed("AKIDEXAMPLE", Some("token"), now), None);
    assert_eq!(claimed("ASIATEMPORARY", Some("token"), now + Duration::from_secs(60)), Some(Denial::ExpiredKey));
}
