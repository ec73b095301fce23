//! As whom calls are made, and when anything is touched at all.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_types::os_shim_internal::Env;
use serde_json::json;

use super::surroundings::Sources;
use super::*;

fn statement() -> Reply {
    ok(json!({"Statement": {"Id": 1, "State": "RUNNING"}}))
}

fn as_role() -> Identity {
    let arn = "arn:aws:iam::123456789012:role/Creator".to_owned();
    Identity { profile: Some("base".into()), access: Access::Role { arn }, ..identity() }
}

/// A client whose config files are these.
fn with_files(service: &Scripted, identity: Identity, config: &str) -> AwsClient {
    let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config).build();
    let sources = Sources { env: Env::from_slice(&[]), files };
    let http_client = Some(service.http_client());
    AwsClient::with_sources(AwsConfig { http_client, ..AwsConfig::default() }, identity, sources)
}

const BASE: &str = "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = base-secret\n";

fn expiring_in(minutes: u64) -> String {
    DateTime::from(SystemTime::now() + Duration::from_secs(60 * minutes)).fmt(Format::DateTime).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_role_is_assumed_once_and_again_before_its_credentials_expire() {
    let service = Scripted::new([assumed("ASIAONE", &expiring_in(60)), statement(), statement()]);
    let client = with_files(&service, as_role(), BASE);
    GlueApi::get_statement(&client, &id(), one()).await.unwrap();
    GlueApi::get_statement(&client, &id(), one()).await.unwrap();
    assert_eq!(service.operations(), ["AssumeRole", "GetStatement", "GetStatement"]);
    let sent = service.sent();
    assert!(sent[0].header("authorization").contains("Credential=AKIABASE/"));
    assert!(sent[0].body.contains("RoleSessionName=AssumeRoleSession"), "{}", sent[0].body);
    assert!(sent[1].header("authorization").contains("Credential=ASIAONE/"));
    assert_eq!(sent[2].header("x-amz-security-token"), "role-token");

    // Less is left than the margin, which the cache varies between a half and the whole.
    let service = Scripted::new([
        assumed("ASIAONE", &expiring_in(2)),
        statement(),
        assumed("ASIATWO", &expiring_in(60)),
        statement(),
    ]);
    let client = with_files(&service, as_role(), BASE);
    GlueApi::get_statement(&client, &id(), one()).await.unwrap();
    GlueApi::get_statement(&client, &id(), one()).await.unwrap();
    assert_eq!(service.operations(), ["AssumeRole", "GetStatement", "AssumeRole", "GetStatement"]);
    assert!(service.sent()[3].header("authorization").contains("Credential=ASIATWO/"));
    let text = format!("{client:?}");
    for secret in ["role-secret", "role-token", "base-secret"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_may_not_be_assumed_is_an_error_of_its_own() {
    let message = "User: x is not authorized to perform: sts:AssumeRole on resource: y";
    let service = Scripted::new([xml_refused(403, "AccessDenied", message)]);
    let error = GlueApi::run_statement(&with_files(&service, as_role(), BASE), &id(), "1").await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::AccessDenied { action: Some("sts:AssumeRole".into()) });
    assert!(error.to_string().contains("AssumeRole: User: x"), "{error}");
    assert_eq!(service.operations(), ["AssumeRole"]);

    let error = GlueApi::run_statement(&with_files(&Scripted::new([]), as_role(), BASE), &id(), "1").await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Connection { sent: false }, "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_is_not_signed_in_says_how_to_sign_in() {
    let config = "[profile dev]\nsso_start_url = https://glue-ls-tests.invalid/start\nsso_region = eu-west-1\n\
                  sso_account_id = 123456789012\nsso_role_name = Dev\n";
    let service = Scripted::new([]);
    let identity = Identity { profile: Some("dev".into()), ..identity() };
    let error = GlueApi::run_statement(&with_files(&service, identity, config), &id(), "1").await.unwrap_err();
    assert!(error.requires_reauth() && !error.is_ambiguous(), "{error:?}");
    assert!(error.to_string().contains("run `aws sso login --profile dev`"), "{error}");
    assert!(service.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_expired_credentials_the_files_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("credentials");
    let write = |key: &str| {
        std::fs::write(&path, format!("[base]\naws_access_key_id = {key}\naws_secret_access_key = s\n")).unwrap();
    };
    write("AKIAOLD");
    let files = EnvConfigFiles::builder().with_file(EnvConfigFileKind::Credentials, &path).build();
    let service = Scripted::new([refused(400, "ExpiredTokenException", "expired"), statement()]);
    let sources = Sources { env: Env::from_slice(&[]), files };
    let config = AwsConfig { http_client: Some(service.http_client()), ..AwsConfig::default() };
    let identity = Identity { profile: Some("base".into()), ..identity() };
    let client = AwsClient::with_sources(config, identity, sources);
    let error = GlueApi::get_statement(&client, &id(), one()).await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::ExpiredCredentials);
    write("AKIANEW");
    GlueApi::get_statement(&client, &id(), one()).await.unwrap();
    assert!(service.sent()[1].header("authorization").contains("Credential=AKIANEW/"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_first_call() {
    let service = Scripted::new([statement()]);
    let client = service.client();
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    assert!(service.sent().is_empty());
    GlueApi::get_statement(&*client, &id(), one()).await.unwrap();
    assert_eq!(service.operations(), ["GetStatement"]);
}

#[tokio::test(start_paused = true)]
async fn requests_are_signed_and_name_the_program() {
    let service = Scripted::new([statement()]);
    GlueApi::get_statement(&*service.client(), &id(), one()).await.unwrap();
    let sent = &service.sent()[0];
    let signature = sent.header("authorization");
    assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/"), "{signature}");
    assert!(signature.contains("/eu-west-1/glue/aws4_request"), "{signature}");
    assert_eq!(sent.header("x-amz-security-token"), "the-token");
    assert!(sent.header("user-agent").contains("app/glue-ls"), "{}", sent.header("user-agent"));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_is_for_glue_alone() {
    let service = Scripted::new([caller(ROLE_SESSION), ok(json!({"Tags": {}}))]);
    let endpoint = Some("https://glue.example".to_owned());
    let client = service.client_of(&Identity { endpoint, access: Access::Keys(keys()), ..identity() });
    GlueApi::get_tags(&*client, &id()).await.unwrap();
    let hosts: Vec<String> = service.sent().into_iter().map(|sent| sent.host).collect();
    assert_eq!(hosts, ["sts.eu-west-1.amazonaws.com", "glue.example"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_region_nothing_is_sent_and_the_error_says_what_to_do() {
    let service = Scripted::new([statement()]);
    let client = service.client_of(&Identity { access: Access::Keys(keys()), ..Identity::default() });
    let error = GlueApi::get_statement(&*client, &id(), one()).await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::NoRegion);
    assert!(error.to_string().contains("%region"), "{error}");
    let region = Some("evil.example/".to_owned());
    let client = service.client_of(&Identity { region, access: Access::Keys(keys()), ..Identity::default() });
    let error = GlueApi::get_statement(&*client, &id(), one()).await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::InvalidInput);
    assert!(error.message.contains("\"evil.example/\" is no region"), "{error}");
    assert!(service.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_isolated_client_takes_no_credentials_from_the_computer() {
    let service = Scripted::new([statement()]);
    for access in [Access::Own, as_role().access] {
        let error = GlueApi::get_statement(&*service.client_of(&Identity { access, ..identity() }), &id(), one()).await;
        assert_eq!(error.unwrap_err().kind, ApiErrorKind::NoCredentials);
    }
    assert!(service.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_caller_is_asked_for_once_in_a_while() {
    let service = Scripted::new(std::iter::repeat_n(caller(ROLE_SESSION), 2));
    let client = service.client();
    let first = client.caller().await.unwrap();
    assert_eq!((first.account.as_str(), first.owner().as_str()), ("123456789012", "AROA1:mex"));
    assert_eq!(client.caller().await.unwrap(), first);
    assert_eq!(service.sent().len(), 1);
    tokio::time::advance(std::time::Duration::from_secs(16 * 60)).await;
    client.caller().await.unwrap();
    assert_eq!(service.sent().len(), 2);
    assert_eq!(service.sent()[0].host, "sts.eu-west-1.amazonaws.com");
}

#[tokio::test]
async fn equal_identities_share_a_client_until_it_is_forgotten() {
    let aws = Aws::new(AwsConfig::default());
    let first = aws.client(&identity());
    assert!(Arc::ptr_eq(&first, &aws.client(&identity())));
    assert!(!Arc::ptr_eq(&first, &aws.client(&as_role())));
    aws.forget();
    assert!(!Arc::ptr_eq(&first, &aws.client(&identity())));
    for number in 0..100 {
        aws.client(&Identity { profile: Some(number.to_string()), ..identity() });
    }
    assert!(aws.len() <= 17, "{}", aws.len());
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_in_debug_output_or_errors() {
    let service = Scripted::new([refused(400, "UnrecognizedClientException", "The security token is invalid.")]);
    let client = service.client();
    let error = GlueApi::run_statement(&*client, &id(), "1").await.unwrap_err();
    for text in [format!("{client:?}"), format!("{error:?}"), error.to_string()] {
        assert!(!text.contains("the-secret") && !text.contains("the-token"), "{text}");
    }
}
