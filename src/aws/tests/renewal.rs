//! Credentials that are renewed: by the program before they expire, and by the user outside of it.

use std::path::Path;
use std::time::{Duration, SystemTime};

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_types::os_shim_internal::Env;
use serde_json::json;

use super::surroundings::Sources;
use super::*;

fn write(path: &Path, key: &str) {
    std::fs::write(path, format!("[base]\naws_access_key_id = {key}\naws_secret_access_key = base-secret\n")).unwrap();
}

fn client(service: &Scripted, credentials: &Path, access: Access) -> AwsClient {
    let files = EnvConfigFiles::builder().with_file(EnvConfigFileKind::Credentials, credentials).build();
    let path = credentials.to_str().unwrap();
    let env = Env::from_slice(&[("AWS_SHARED_CREDENTIALS_FILE", path)]);
    let config = AwsConfig { http_client: Some(service.http_client()), ..AwsConfig::default() };
    let identity = Identity { profile: Some("base".into()), access, ..identity() };
    AwsClient::with_sources(config, identity, Sources { env, files })
}

fn key_of(sent: &Sent) -> &str {
    let authorization = sent.header("authorization");
    authorization.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

fn subnets() -> Reply {
    document("<DescribeSubnetsResponse/>")
}

fn objects() -> Reply {
    document("<ListBucketResult/>")
}

fn connections() -> Reply {
    ok(json!({"ConnectionList": []}))
}

fn roles() -> Reply {
    xml("ListRoles", "<Roles></Roles><IsTruncated>false</IsTruncated>")
}

/// A call of each service.
async fn each(client: &AwsClient, number: usize) -> Result<(), CallFailure> {
    match number {
        0 => client.connections(None).await.map(drop),
        1 => client.roles(None).await.map(drop),
        2 => client.subnets(&["subnet-1".to_owned()]).await.map(drop),
        _ => client.objects("my-data", "", None).await.map(drop),
    }
}

#[tokio::test(start_paused = true)]
async fn fresh_keys_are_noticed_after_any_call_that_needs_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("credentials");
    for (number, expired, good) in [
        (0, refused(400, "ExpiredTokenException", "old"), connections()),
        (1, xml_refused(403, "ExpiredToken", "old"), roles()),
        (2, ec2_refused(400, "RequestExpired", "Request has expired."), subnets()),
        (3, s3_refused(400, "ExpiredToken", &[]), objects()),
    ] {
        write(&path, "AKIAOLD");
        let service = Scripted::new([expired, good]);
        let client = client(&service, &path, Access::Own);
        let failure = each(&client, number).await.unwrap_err();
        assert_eq!(failure.kind, ApiErrorKind::ExpiredCredentials, "{number}");
        write(&path, "AKIANEW");
        each(&client, number).await.unwrap();
        let keys: Vec<String> = service.sent().iter().map(|sent| key_of(sent).to_owned()).collect();
        assert_eq!(keys, ["AKIAOLD", "AKIANEW"], "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_is_edited_is_read_again_once_it_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("credentials");
    write(&path, "AKIAONE");
    let service = Scripted::new([connections(), connections(), connections()]);
    let client = client(&service, &path, Access::Own);
    client.connections(None).await.unwrap();
    write(&path, "AKIAANOTHER");
    client.connections(None).await.unwrap();
    client.forget();
    client.connections(None).await.unwrap();
    let keys: Vec<String> = service.sent().iter().map(|sent| key_of(sent).to_owned()).collect();
    assert_eq!(keys, ["AKIAONE", "AKIAONE", "AKIAANOTHER"]);
}

#[tokio::test(start_paused = true)]
async fn all_services_share_the_credentials_of_a_role_and_renew_them_before_they_expire() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("credentials");
    write(&path, "AKIABASE");
    let expiring_in = |minutes: u64| {
        DateTime::from(SystemTime::now() + Duration::from_secs(60 * minutes)).fmt(Format::DateTime).unwrap()
    };
    let role = Access::Role { arn: "arn:aws:iam::123456789012:role/Other".into() };
    let service = Scripted::new([assumed("ASIAONE", &expiring_in(60)), connections(), roles(), subnets(), objects()]);
    let shared = client(&service, &path, role.clone());
    for number in 0..4 {
        each(&shared, number).await.unwrap();
    }
    let keys: Vec<String> = service.sent().iter().map(|sent| key_of(sent).to_owned()).collect();
    assert_eq!(keys, ["AKIABASE", "ASIAONE", "ASIAONE", "ASIAONE", "ASIAONE"]);
    let text = format!("{shared:?}");
    for secret in ["role-secret", "role-token", "base-secret"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }

    let service = Scripted::new([
        assumed("ASIAONE", &expiring_in(2)),
        subnets(),
        assumed("ASIATWO", &expiring_in(60)),
        objects(),
    ]);
    let short = client(&service, &path, role.clone());
    each(&short, 2).await.unwrap();
    each(&short, 3).await.unwrap();
    assert_eq!(key_of(&service.sent()[3]), "ASIATWO");

    let denied = "User: x is not authorized to perform: sts:AssumeRole on resource: y";
    let service = Scripted::new([xml_refused(403, "AccessDenied", denied)]);
    let failure = each(&client(&service, &path, role), 2).await.unwrap_err();
    assert_eq!(failure.kind, ApiErrorKind::AccessDenied { action: Some("sts:AssumeRole".into()) });
    assert_eq!(trouble(&failure, &identity()).message, "The permission sts:AssumeRole is missing");
}
