//! Subnets, buckets and objects: the calls that are signed by hand.

use std::time::{Duration, SystemTime};

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_types::os_shim_internal::Env;
use tokio::time::Instant;

use super::surroundings::Sources;
use super::*;

fn subnets(ids: impl IntoIterator<Item = String>, rest: &str) -> Reply {
    let item = |id| format!("<item><subnetId>{id}</subnetId><vpcId>vpc-1</vpcId></item>");
    let items: String = ids.into_iter().map(item).collect();
    document(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeSubnetsResponse xmlns=\"http://x\"><requestId>r\
         </requestId><subnetSet>{items}</subnetSet>{rest}</DescribeSubnetsResponse>"
    ))
}

fn ids(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn objects(entries: &str) -> Reply {
    document(format!("<ListBucketResult xmlns=\"http://x\"><Name>b</Name>{entries}</ListBucketResult>"))
}

#[tokio::test(start_paused = true)]
async fn subnets_are_looked_at_in_chunks_and_only_where_there_are_any() {
    let many: Vec<String> = (0..450).map(|number| format!("subnet-{number:03}")).collect();
    let service = Scripted::new([
        subnets(many[..200].iter().cloned(), "<nextToken>a+b</nextToken>"),
        subnets([], ""),
        subnets(many[200..400].iter().cloned(), ""),
        subnets(many[400..].iter().cloned(), ""),
    ]);
    let client = service.patient_client();
    assert_eq!(client.subnets(&[]).await.unwrap(), []);
    assert!(service.sent().is_empty());
    let found = client.subnets(&[many.clone(), many.clone()].concat()).await.unwrap();
    assert_eq!(found.len(), 450);
    assert_eq!((found[7].id.as_str(), found[7].vpc.as_str()), ("subnet-007", "vpc-1"));
    let sent = service.sent();
    assert_eq!((sent[0].method.as_str(), sent[0].address.as_str()), ("POST", "https://ec2.eu-west-1.amazonaws.com/"));
    assert!(sent[0].body.starts_with("Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=subnet-id&"));
    assert!(sent[0].body.ends_with("&Filter.1.Value.200=subnet-199"), "{}", sent[0].body);
    assert!(sent[1].body.ends_with("&NextToken=a%2Bb"), "{}", sent[1].body);
    assert!(sent[3].body.ends_with("&Filter.1.Value.50=subnet-449"), "{}", sent[3].body);
    let authorization = sent[0].header("authorization");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/"), "{authorization}");
    assert!(authorization.contains("/eu-west-1/ec2/aws4_request"), "{authorization}");
    assert_eq!(sent[0].header("x-amz-security-token"), "the-token");
    assert!(sent[0].header("user-agent").starts_with("glue-ls/"));
}

#[tokio::test(start_paused = true)]
async fn a_subnet_that_may_not_be_looked_at_names_the_action() {
    let message = "You are not authorized to perform this operation. User: arn:x is not authorized to perform: \
                   ec2:DescribeSubnets because no identity-based policy allows it";
    let service = Scripted::new([ec2_refused(403, "UnauthorizedOperation", message)]);
    let failure = service.client().subnets(&ids(&["subnet-1"])).await.unwrap_err();
    assert_eq!(failure.kind, ApiErrorKind::AccessDenied { action: Some("ec2:DescribeSubnets".into()) });
    let told = trouble(&failure, &identity());
    assert_eq!(told.message, "The permission ec2:DescribeSubnets is missing");
    let failure = Scripted::new([ec2_refused(401, "AuthFailure", "AWS was not able to validate the credentials")])
        .client()
        .subnets(&ids(&["subnet-1"]))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, ApiErrorKind::RejectedCredentials);
    assert!(failure.remedy().is_some_and(|remedy| remedy.contains("%%assume_role")));
}

#[tokio::test(start_paused = true)]
async fn buckets_are_listed_to_their_end() {
    let buckets = |names: &[&str], rest: &str| {
        let all: String = names.iter().map(|name| format!("<Bucket><Name>{name}</Name></Bucket>")).collect();
        document(format!("<ListAllMyBucketsResult><Buckets>{all}</Buckets>{rest}</ListAllMyBucketsResult>"))
    };
    let service = Scripted::new([
        buckets(&["a-data", "b.data"], "<ContinuationToken>t/1=</ContinuationToken>"),
        buckets(&["c-data"], ""),
    ]);
    let found = service.client().buckets().await.unwrap();
    let names: Vec<&str> = found.iter().map(|bucket| bucket.name.as_str()).collect();
    assert_eq!(names, ["s3://a-data/", "s3://b.data/", "s3://c-data/"]);
    let sent = service.sent();
    assert_eq!(sent[0].address, "https://s3.eu-west-1.amazonaws.com/?max-buckets=10000");
    assert!(sent[1].address.ends_with("&continuation-token=t%2F1%3D"), "{}", sent[1].address);
    assert_eq!(sent[0].method, "GET");
    assert_eq!(sent[0].header("x-amz-content-sha256").len(), 64);
    assert!(sent[0].header("authorization").contains("/eu-west-1/s3/aws4_request"));
}

#[tokio::test(start_paused = true)]
async fn folders_and_objects_are_told_apart() {
    let service = Scripted::new([objects(
        "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>n</NextContinuationToken>\
         <Contents><Key>in/</Key><Size>0</Size></Contents><Contents><Key>in/a+b%2B%C3%BC.csv</Key><Size>12</Size></Contents>\
         <CommonPrefixes><Prefix>in/2024/</Prefix></CommonPrefixes>",
    )]);
    let page = service.client().objects("my-data", "in/", Some("t".into())).await.unwrap();
    let told: Vec<_> = page.items.iter().map(|entry| (entry.name.as_str(), entry.size)).collect();
    assert_eq!(told, [("s3://my-data/in/2024/", None), ("s3://my-data/in/a b+ü.csv", Some(12))]);
    assert_eq!(page.next.as_deref(), Some("n"));
    assert_eq!(
        service.sent()[0].address,
        "https://my-data.s3.eu-west-1.amazonaws.com/?delimiter=%2F&encoding-type=url&list-type=2&max-keys=1000\
         &prefix=in%2F&continuation-token=t"
    );
    // A token beside an end is none, and names that are not encoded are left as they are.
    let plain = "<IsTruncated>false</IsTruncated><NextContinuationToken>n</NextContinuationToken>\
                 <Contents><Key>a+b%20&amp;</Key></Contents>";
    let page = Scripted::new([objects(plain)]).client().objects("my-data", "", None).await.unwrap();
    assert_eq!((page.items[0].name.as_str(), page.next), ("s3://my-data/a+b%20&", None));
}

#[tokio::test(start_paused = true)]
async fn a_bucket_of_another_region_is_asked_there_and_remembered() {
    let elsewhere = |status, code: &str| s3_refused(status, code, &[("x-amz-bucket-region", "ap-south-1")]);
    for (status, code) in [(301, "PermanentRedirect"), (400, "AuthorizationHeaderMalformed"), (307, "Redirect")] {
        let service = Scripted::new([elsewhere(status, code), objects(""), objects("")]);
        let client = service.client();
        client.objects("my-data", "", None).await.unwrap();
        client.objects("my-data", "x/", None).await.unwrap();
        let sent = service.sent();
        let hosts: Vec<&str> = sent.iter().map(|sent| sent.host.as_str()).collect();
        let there = "my-data.s3.ap-south-1.amazonaws.com";
        assert_eq!(hosts, ["my-data.s3.eu-west-1.amazonaws.com", there, there]);
        assert!(sent[1].header("authorization").contains("/ap-south-1/s3/"));
    }
    // Some tell it in the text.
    let told =
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>ap-south-1</Region></Error>";
    let service = Scripted::new([Reply::Answer(400, vec![], told.into()), objects("")]);
    service.client().objects("my-data", "", None).await.unwrap();
    // It is followed once, only to regions, and a refusal there is one.
    let service = Scripted::new([
        elsewhere(301, "PermanentRedirect"),
        s3_refused(301, "PermanentRedirect", &[("x-amz-bucket-region", "eu-west-3")]),
    ]);
    assert_eq!(service.client().objects("my-data", "", None).await.unwrap_err().kind, ApiErrorKind::BadAnswer);
    assert_eq!(service.sent().len(), 2);
    let service = Scripted::new([s3_refused(301, "PermanentRedirect", &[("x-amz-bucket-region", "evil.example/")])]);
    let failure = service.client().objects("my-data", "", None).await.unwrap_err();
    assert_eq!(failure.kind, ApiErrorKind::Other { code: Some("PermanentRedirect".into()) });
    let service = Scripted::new([elsewhere(301, "PermanentRedirect"), s3_refused(403, "AccessDenied", &[])]);
    let failure = service.client().objects("my-data", "", None).await.unwrap_err();
    assert_eq!(failure.kind, ApiErrorKind::AccessDenied { action: None });
    assert_eq!(trouble(&failure, &identity()).message, "The permission s3:ListBucket is missing");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_cannot_be_one_is_not_asked_for() {
    let service = Scripted::new([]);
    for bucket in ["evil.example/", "a", "x@y.example", "b#", "arn:aws:s3:::b"] {
        let failure = service.client().objects(bucket, "", None).await.unwrap_err();
        assert_eq!(failure.kind, ApiErrorKind::InvalidInput, "{bucket}");
    }
    assert!(service.sent().is_empty());
    let service = Scripted::new([s3_refused(404, "NoSuchBucket", &[])]);
    let failure = service.client().objects("my-data", "", None).await.unwrap_err();
    assert_eq!(failure.kind, ApiErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn faults_pass_or_are_told_by_meaning() {
    for fault in [
        s3_refused(503, "SlowDown", &[]),
        s3_refused(500, "InternalError", &[]),
        page(502),
        Reply::HangUp,
        Reply::Truncated("<ListBucket".into()),
    ] {
        let service = Scripted::new([fault.clone(), fault.clone(), objects("")]);
        service.client().objects("my-data", "", None).await.unwrap();
        assert_eq!(service.sent().len(), 3, "{fault:?}");
    }
    let long = document(format!("<ListBucketResult>{}</ListBucketResult>", "x".repeat(5_000)));
    let deep = document("<a>".repeat(1_000));
    for (reply, kind, attempts) in [
        (s3_refused(503, "SlowDown", &[]), ApiErrorKind::Throttled, 3),
        (s3_refused(500, "InternalError", &[]), ApiErrorKind::Server { status: Some(500) }, 3),
        (page(502), ApiErrorKind::Server { status: Some(502) }, 3),
        (page(403), ApiErrorKind::Other { code: None }, 1),
        (Reply::HangUp, ApiErrorKind::Connection { sent: true }, 3),
        (Reply::Truncated("<".into()), ApiErrorKind::Connection { sent: true }, 3),
        (page(200), ApiErrorKind::BadAnswer, 1),
        (document(""), ApiErrorKind::BadAnswer, 1),
        (long, ApiErrorKind::BadAnswer, 1),
        (deep, ApiErrorKind::BadAnswer, 1),
        (s3_refused(400, "ExpiredToken", &[]), ApiErrorKind::ExpiredCredentials, 1),
        (s3_refused(403, "InvalidAccessKeyId", &[]), ApiErrorKind::RejectedCredentials, 1),
    ] {
        let service = Scripted::new(std::iter::repeat_n(reply.clone(), 9));
        let failure = service.client().objects("my-data", "", None).await.unwrap_err();
        assert_eq!((failure.call, &failure.kind), ("ListObjectsV2", &kind), "{reply:?}: {failure}");
        assert_eq!(service.sent().len(), attempts, "{reply:?}");
        assert_eq!(failure.region(), Some("eu-west-1"));
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_in_time() {
    let started = Instant::now();
    let service = Scripted::new(std::iter::repeat_n(Reply::Silence, 9));
    let failure = service.client().subnets(&ids(&["subnet-1"])).await.unwrap_err();
    assert_eq!(failure.kind, ApiErrorKind::Timeout);
    assert!(started.elapsed() <= limits().call, "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_is_asked_for_is_kept_within_reason() {
    let slow = |seconds: &str| s3_refused(503, "SlowDown", &[("retry-after", seconds)]);
    for (asked, least, most) in [("7", 7, 8), ("100000", 20, 21)] {
        let started = Instant::now();
        Scripted::new([slow(asked), objects("")]).client().objects("my-data", "", None).await.unwrap();
        let waited = started.elapsed();
        assert!((Duration::from_secs(least)..Duration::from_secs(most)).contains(&waited), "{waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_is_corrected_by_the_services() {
    let there = DateTime::from(SystemTime::now() + Duration::from_secs(86_400 * 3));
    let date = there.fmt(Format::HttpDate).unwrap();
    let skewed = || s3_refused(403, "RequestTimeTooSkewed", &[("date", &date)]);
    let service = Scripted::new([skewed(), objects(""), objects("")]);
    let client = service.client();
    client.objects("my-data", "", None).await.unwrap();
    client.objects("my-data", "", None).await.unwrap();
    let days: Vec<String> = service.sent().iter().map(|sent| sent.header("x-amz-date")[..8].to_owned()).collect();
    let expected = there.fmt(Format::DateTime).unwrap()[..10].replace('-', "");
    assert_ne!(days[0], expected);
    assert_eq!(days[1..], [expected.clone(), expected]);
    // Where that does not help, or the service does not tell the time, it is no loop.
    let service = Scripted::new(std::iter::repeat_n(skewed(), 9));
    let failure = service.client().objects("my-data", "", None).await.unwrap_err();
    assert_eq!((failure.kind, service.sent().len()), (ApiErrorKind::ClockSkew, 2));
    let service = Scripted::new([s3_refused(403, "RequestTimeTooSkewed", &[])]);
    service.client().objects("my-data", "", None).await.unwrap_err();
    assert_eq!(service.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn endpoints_of_the_profile_are_honoured() {
    let keys = "aws_access_key_id = AKIABASE\naws_secret_access_key = base-secret\n";
    for (config, ec2, s3) in [
        (
            format!("[default]\n{keys}endpoint_url = http://all.example:5000/\n"),
            "http://all.example:5000/",
            "http://all.example:5000/my-data?",
        ),
        (
            format!(
                "[default]\n{keys}services = dev\n[services dev]\ns3 =\n  endpoint_url = https://minio.example/x\n"
            ),
            "https://ec2.eu-west-1.amazonaws.com/",
            "https://minio.example/x/my-data?",
        ),
        (
            format!("[default]\n{keys}endpoint_url = http://all.example\nignore_configured_endpoint_urls = true\n"),
            "https://ec2.eu-west-1.amazonaws.com/",
            "https://my-data.s3.eu-west-1.amazonaws.com/?",
        ),
        (
            format!("[default]\n{keys}use_dualstack_endpoint = true\n"),
            "https://ec2.eu-west-1.api.aws/",
            "https://my-data.s3.dualstack.eu-west-1.amazonaws.com/?",
        ),
    ] {
        let service = Scripted::new([subnets([], ""), objects("")]);
        let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config.clone()).build();
        let sources = Sources { env: Env::from_slice(&[]), files };
        let aws = AwsConfig { http_client: Some(service.http_client()), ..AwsConfig::default() };
        let identity = Identity { profile: Some("default".into()), ..identity() };
        let client = AwsClient::with_sources(aws, identity, sources);
        client.subnets(&ids(&["subnet-1"])).await.unwrap();
        client.objects("my-data", "", None).await.unwrap();
        let sent = service.sent();
        assert_eq!(sent[0].address, ec2, "{config}");
        assert!(sent[1].address.starts_with(s3), "{}: {config}", sent[1].address);
        assert!(sent[1].header("authorization").contains("Credential=AKIABASE/"));
    }
}
