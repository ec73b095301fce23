//! What a request asks for.

use hyper::http::request::Parts;

/// What a request asks for, of which service.
pub(super) struct Asked {
    /// The service, as signatures name it (`glue`, `sts`, `iam`, `ec2`, `s3`, `portal.sso`).
    pub(super) service: String,
    /// The operation.
    pub(super) operation: String,
    /// Key and region of the signature.
    pub(super) signer: Option<(String, String)>,
}

impl Asked {
    pub(super) fn of(head: &Parts, body: &[u8]) -> Self {
        let signed = scope(head);
        let service = signed.as_ref().map_or_else(String::new, |(_, _, service)| service.clone());
        let signer = signed.map(|(key, region, _)| (key, region));
        let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let body = String::from_utf8_lossy(body);
        let action = || body.split('&').chain(query.split('&')).find_map(|pair| pair.strip_prefix("Action="));
        if let Some(target) = target {
            let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
            return Self { service, operation, signer };
        }
        if path == "/federation/credentials" {
            return Self { service: "portal.sso".to_owned(), operation: "GetRoleCredentials".to_owned(), signer };
        }
        let operation = match (service.as_str(), path) {
            ("s3", "/") => "ListBuckets",
            ("s3", _) if query.contains("list-type=2") => "ListObjectsV2",
            ("s3", _) if query.contains("location") => "GetBucketLocation",
            ("s3", _) if head.method == hyper::Method::HEAD => "HeadBucket",
            ("s3", _) => "GetObject",
            ("", "/token") => "CreateToken",
            _ => action().unwrap_or("none"),
        };
        Self { operation: operation.to_owned(), service, signer }
    }
}

/// Key, region and service of `Credential=<key>/<date>/<region>/<service>/aws4_request`.
fn scope(head: &Parts) -> Option<(String, String, String)> {
    let (_, credential) = head.headers.get("authorization")?.to_str().ok()?.split_once("Credential=")?;
    let mut parts = credential.split('/').map(str::to_owned);
    Some((parts.next()?, parts.nth(1)?, parts.next()?))
}
