//! What is looked at before anything else: whether a program of this machine asks, and whom it means.

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};

use super::denial::Denial;

/// Returns whether a request may come in at all.
///
/// # Errors
///
/// Why not.
pub(super) fn look(head: &Parts, port: u16) -> Result<(), Denial> {
    if is_of_browser(&head.headers) {
        return Err(Denial::Browser);
    }
    let host = only(&head.headers, &HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // A request line with a whole address is for proxies.
    if !is_ours(host, port) || head.uri.authority().is_some_and(|authority| !is_ours(authority.as_str(), port)) {
        return Err(Denial::Host);
    }
    if head.method != Method::POST {
        return Err(Denial::Method);
    }
    if head.uri.path() != "/" || head.uri.query().is_some() {
        return Err(Denial::Path);
    }
    Ok(())
}

/// Browsers say so where a page sends anything but a plain GET, and newer ones with every request.
fn is_of_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.keys().any(|name| name.as_str().starts_with("sec-fetch-"))
}

/// Any other name may be a stranger's that was made to point here.
fn is_ours(host: &str, port: u16) -> bool {
    let (name, given) = host.rsplit_once(':').unwrap_or((host, "80"));
    (name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost")) && given == port.to_string()
}

/// Returns a header that is there once.
pub(super) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a http::HeaderValue> {
    let mut all = headers.get_all(name).iter();
    all.next().filter(|_| all.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_ours() {
        for good in ["127.0.0.1:4000", "localhost:4000", "LocalHost:4000"] {
            assert!(is_ours(good, 4000), "{good}");
        }
        for bad in [
            "",
            ":4000",
            "127.0.0.1",
            "localhost",
            "127.0.0.1:4001",
            "127.0.0.1:04000",
            "127.0.0.1:+4000",
            "0.0.0.0:4000",
            "127.0.0.2:4000",
            "127.1:4000",
            "[::1]:4000",
            "localhost.:4000",
            "evil.example:4000",
            "127.0.0.1.evil.example:4000",
            "user@127.0.0.1:4000",
            "localhost:4000:4000",
            " localhost:4000",
        ] {
            assert!(!is_ours(bad, 4000), "{bad}");
        }
        assert!(is_ours("127.0.0.1", 80) && is_ours("localhost:80", 80));
    }
}
