//! Subnets of EC2, buckets and objects of S3.

use super::Page;
use crate::aws::client::{AwsClient, Services};
use crate::aws::direct::{Answer, Call, Direct, Service, Tree, child, children};
use crate::aws::errors::CallFailure;
use crate::model::account::{S3Entry, Subnet};
use crate::session::ApiErrorKind;

/// The most values that EC2 takes in one filter.
const SUBNETS_AT_ONCE: usize = 200;

/// The most pages of an answer that is wanted whole.
const MOST_PAGES: usize = 20;

/// The most buckets that S3 puts in a page.
const BUCKETS_PAGE: u32 = 10_000;

/// The most names that S3 puts in a page.
const OBJECTS_PAGE: u32 = 1_000;

impl AwsClient {
    /// Looks at subnets by DescribeSubnets. Those that do not exist are left out.
    ///
    /// # Errors
    /// When the call cannot be made, is refused or not understood.
    pub async fn subnets(&self, ids: &[String]) -> Result<Vec<Subnet>, CallFailure> {
        const CALL: &str = "DescribeSubnets";
        let mut ids: Vec<&str> = ids.iter().map(String::as_str).filter(|id| !id.is_empty()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let services = self.services(CALL).await?;
        let mut found = Vec::new();
        for ids in ids.chunks(SUBNETS_AT_ONCE) {
            let mut next: Option<String> = None;
            for _ in 0..MOST_PAGES {
                // A filter, for of ids that are named otherwise one that does not exist fails the call.
                let mut form = "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=subnet-id".to_owned();
                for (index, id) in ids.iter().enumerate() {
                    form.push_str(&format!("&Filter.1.Value.{}={}", index + 1, encoded(id)));
                }
                if let Some(next) = &next {
                    form.push_str(&format!("&NextToken={}", encoded(next)));
                }
                let page = asked(&services, CALL, Service::Ec2, None, &[], form).await?;
                let page =
                    subnets_of(&page).and_then(|(subnets, more)| Page::new(CALL, next.as_deref(), subnets, more));
                let page = page.map_err(|failure| services.failed(failure))?;
                found.extend(page.items);
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Lists the caller's buckets by ListBuckets.
    ///
    /// # Errors
    /// When the call cannot be made, is refused or not understood.
    pub async fn buckets(&self) -> Result<Vec<S3Entry>, CallFailure> {
        const CALL: &str = "ListBuckets";
        let services = self.services(CALL).await?;
        let mut found = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let most = BUCKETS_PAGE.to_string();
            let mut query = vec![("max-buckets", most.as_str())];
            query.extend(next.as_deref().map(|next| ("continuation-token", next)));
            let page = asked(&services, CALL, Service::S3, None, &query, String::new()).await?;
            let page = buckets_of(&page).and_then(|(buckets, more)| Page::new(CALL, next.as_deref(), buckets, more));
            let page = page.map_err(|failure| services.failed(failure))?;
            found.extend(page.items);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        Ok(found)
    }

    /// Lists the folders and objects of a bucket right below `prefix`, which is empty or ends with a slash, by
    /// ListObjectsV2. A bucket of another region is asked there.
    ///
    /// # Errors
    /// When the call cannot be made, is refused or not understood; [`NotFound`](ApiErrorKind::NotFound) when there is
    /// no such bucket.
    pub async fn objects(
        &self,
        bucket: &str,
        prefix: &str,
        next: Option<String>,
    ) -> Result<Page<S3Entry>, CallFailure> {
        const CALL: &str = "ListObjectsV2";
        let services = self.services(CALL).await?;
        let most = OBJECTS_PAGE.to_string();
        // Names may hold what XML cannot; so they come encoded.
        let mut query = vec![("delimiter", "/"), ("encoding-type", "url"), ("list-type", "2"), ("max-keys", &most)];
        query.push(("prefix", prefix));
        query.extend(next.as_deref().map(|next| ("continuation-token", next)));
        let page = asked(&services, CALL, Service::S3, Some(bucket), &query, String::new()).await?;
        let page = objects_of(&page, bucket, prefix)
            .and_then(|(entries, more)| Page::new(CALL, next.as_deref(), entries, more));
        page.map_err(|failure| services.failed(failure))
    }

    /// Reads an object that is text (`s3://bucket/key`), by GetObject. A bucket of another region is asked there.
    ///
    /// # Errors
    /// When the call cannot be made, is refused or not understood; also where the object is no text, or longer than the
    /// longest answer that is read.
    pub async fn object(&self, uri: &str) -> Result<String, CallFailure> {
        const CALL: &str = "GetObject";
        let services = self.services(CALL).await?;
        let place =
            uri.strip_prefix("s3://").and_then(|place| place.split_once('/')).filter(|(_, key)| !key.is_empty());
        let Some((bucket, key)) = place else {
            let failure = CallFailure::new(CALL, ApiErrorKind::InvalidInput, "it is no address of an object");
            return Err(services.failed(failure));
        };
        asked_for(&services, CALL, Service::S3, Place { bucket: Some(bucket), key }, &[], String::new()).await
    }
}

/// What of S3 a call is about; nothing for another service.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    bucket: Option<&'a str>,
    /// Empty for the bucket itself.
    key: &'a str,
}

/// Makes a call that is not about an object.
async fn asked(
    services: &Services,
    call: &'static str,
    service: Service,
    bucket: Option<&str>,
    query: &[(&str, &str)],
    body: String,
) -> Result<String, CallFailure> {
    asked_for(services, call, service, Place { bucket, key: "" }, query, body).await
}

/// Makes a call, in the region that a bucket turns out to be in.
async fn asked_for(
    services: &Services,
    call: &'static str,
    service: Service,
    place: Place<'_>,
    query: &[(&str, &str)],
    body: String,
) -> Result<String, CallFailure> {
    let bucket = place.bucket;
    let invalid = |message: String| services.failed(CallFailure::new(call, ApiErrorKind::InvalidInput, message));
    let Some(direct) = services.direct.as_ref() else { return Err(invalid("it is not set up".to_owned())) };
    let region = bucket.and_then(|bucket| direct.region_of(bucket)).unwrap_or_else(|| services.region.clone());
    let one = async |region: &str| {
        let address = address(direct, service, place, region, query).map_err(invalid)?;
        let method = if body.is_empty() { "GET" } else { "POST" };
        let call = Call { name: call, service, region, method, address, body: body.clone() };
        direct.call(&call, &services.sign_in).await.map_err(|failure| services.failed(failure))
    };
    let told = match one(&region).await? {
        Answer::Good(text) => return Ok(text),
        Answer::Elsewhere(region) => region,
    };
    match one(&told).await? {
        Answer::Good(text) => {
            if let Some(bucket) = bucket {
                direct.is_in(bucket, &told);
            }
            Ok(text)
        }
        Answer::Elsewhere(_) => Err(services.failed(CallFailure::bad(call, "S3 does not say where the bucket is"))),
    }
}

fn address(
    direct: &Direct,
    service: Service,
    Place { bucket, key }: Place<'_>,
    region: &str,
    query: &[(&str, &str)],
) -> Result<String, String> {
    let mut address = match bucket {
        Some(bucket) => direct.endpoints().bucket(bucket, region)?,
        None => format!("{}/", direct.endpoints().base(service, region)?),
    };
    if !key.is_empty() {
        let slash = if address.ends_with('/') { "" } else { "/" };
        let parts: Vec<String> = key.split('/').map(encoded).collect();
        address.push_str(&format!("{slash}{}", parts.join("/")));
    }
    for (index, (name, value)) in query.iter().enumerate() {
        address.push(if index == 0 { '?' } else { '&' });
        address.push_str(&format!("{name}={}", encoded(value)));
    }
    Ok(address)
}

type Parsed<T> = Result<(Vec<T>, Option<String>), CallFailure>;

fn subnets_of(text: &str) -> Parsed<Subnet> {
    let tree = Tree::of(text, "DescribeSubnetsResponse");
    let tree = tree.ok_or_else(|| CallFailure::bad("DescribeSubnets", "it is not what EC2 answers"))?;
    let items = children(tree.root(), "subnetSet").flat_map(|set| children(set, "item"));
    let subnets = items.filter_map(|item| {
        Some(Subnet {
            id: child(item, "subnetId")?.to_owned(),
            vpc: child(item, "vpcId")?.to_owned(),
            zone: child(item, "availabilityZone").map(str::to_owned),
        })
    });
    Ok((subnets.collect(), child(tree.root(), "nextToken").map(str::to_owned)))
}

fn buckets_of(text: &str) -> Parsed<S3Entry> {
    let tree = Tree::of(text, "ListAllMyBucketsResult");
    let tree = tree.ok_or_else(|| CallFailure::bad("ListBuckets", "it is not what S3 answers"))?;
    let buckets = children(tree.root(), "Buckets").flat_map(|buckets| children(buckets, "Bucket"));
    let entries = buckets
        .filter_map(|bucket| child(bucket, "Name"))
        .map(|name| S3Entry { name: format!("s3://{name}/"), size: None });
    Ok((entries.collect(), child(tree.root(), "ContinuationToken").map(str::to_owned)))
}

fn objects_of(text: &str, bucket: &str, prefix: &str) -> Parsed<S3Entry> {
    let tree = Tree::of(text, "ListBucketResult");
    let tree = tree.ok_or_else(|| CallFailure::bad("ListObjectsV2", "it is not what S3 answers"))?;
    let root = tree.root();
    let encoded = child(root, "EncodingType") == Some("url");
    let name = |text: &str| if encoded { decoded(text) } else { Some(text.to_owned()) };
    let mut entries = Vec::new();
    for folder in children(root, "CommonPrefixes") {
        if let Some(folder) = child(folder, "Prefix").and_then(name) {
            entries.push(S3Entry { name: format!("s3://{bucket}/{folder}"), size: None });
        }
    }
    for object in children(root, "Contents") {
        // The object that stands for the folder itself is not in the folder.
        if let Some(key) = child(object, "Key").and_then(name).filter(|key| key != prefix) {
            let size = child(object, "Size").and_then(|size| size.trim().parse().ok());
            entries.push(S3Entry { name: format!("s3://{bucket}/{key}"), size });
        }
    }
    let more = child(root, "IsTruncated").is_none_or(|more| more.trim() == "true");
    Ok((entries, child(root, "NextContinuationToken").filter(|_| more).map(str::to_owned)))
}

/// A value as it is written in a query or a form.
fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// A name as S3 meant it: in its encoding a plus sign is a space. `None` if it is no text.
fn decoded(text: &str) -> Option<String> {
    crate::aws::trust::decoded(&text.replace('+', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_their_encoding() {
        for value in ["", "a/b c+d%&=é✓", "100%", "~-_.", "\u{1}\n"] {
            assert_eq!(decoded(&encoded(value)).as_deref(), Some(value));
        }
        assert_eq!(encoded("a b/ü"), "a%20b%2F%C3%BC");
        assert_eq!(decoded("a+b%2Bc").as_deref(), Some("a b+c"));
        assert_eq!(decoded("%FF"), None);
        assert_eq!(decoded("%zz%4").as_deref(), Some("%zz%4"));
    }

    #[test]
    fn answers_of_another_kind_are_not_taken_for_empty_ones() {
        for text in ["", "{}", "<html/>", "<ListBucketResult>", "<Error><Code>x</Code></Error>"] {
            assert!(subnets_of(text).is_err() && buckets_of(text).is_err(), "{text}");
            assert!(objects_of(text, "b", "").is_err(), "{text}");
        }
    }
}
